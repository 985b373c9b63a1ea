"""Reading packs in order and finding every fault."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from pydantic import ValidationError

from qingshan.bureau.base.packs.declared import Declaration, kinds
from qingshan.bureau.base.packs.faults import sentences
from qingshan.bureau.base.packs.lines import broken, line_of
from qingshan.terms.registry import unknown

MAX_BYTES = 2 * 2**20
ELSEWHERE = ("standards", "templates", "geometry", "documents")


class PackFaults(Exception):
    """Every fault of the packs, one line each; nothing was taken over."""

    def __init__(self, lines: list[str]):
        super().__init__("\n".join(lines))
        self.lines = lines


@dataclass(frozen=True)
class Found:
    """One declaration with the pack and file it came from, the kind of the folder, and what it replaced."""

    kind: str
    pack: str
    file: str
    declaration: Declaration
    replaced: tuple[Found, ...] = ()
    earlier: tuple[Found, ...] = ()
    """earlier editions in the same pack"""

    @property
    def past(self) -> tuple[Found, ...]:
        """All that what was begun before may still go by: earlier editions, what this replaced, and theirs."""
        return (*self.earlier, *(one for there in self.replaced for one in (there, *there.past)))


@dataclass
class Catalogue:
    """All declarations in force order: kind → name → versions."""

    packs: tuple[str, ...] = ()
    items: dict[str, dict[str, list[Found]]] = field(default_factory=dict)
    derived: dict = field(default_factory=dict, repr=False, compare=False)
    """what rooms worked out of it, once it was whole"""

    def names(self, kind: str) -> list[str]:
        return sorted(self.items.get(kind, {}))

    def missing(self, kind: str, name: str) -> str | None:
        """A sentence where `name` is not declared, else None."""
        there = self.items.get(kind, {})
        return None if name in there else unknown(kinds[kind].words, name, there)


def load(folders: list[Path | str]) -> Catalogue:
    """Read the packs in order, a later one over an earlier; raises PackFaults with all faults, or gives the whole."""
    catalogue, lines = Catalogue(packs=tuple(Path(f).name for f in folders)), []
    for folder in map(Path, folders):
        read, wrong = _read(folder)
        lines += wrong
        lines += _take(catalogue, folder.name, read)
    if not lines:
        for versions in (v for names in catalogue.items.values() for v in names.values()):
            for one in versions:
                lines += [f"{one.file}：{sentence}" for sentence in one.declaration.faults(catalogue)]
    if lines:
        raise PackFaults(lines)
    return catalogue


def _read(folder: Path) -> tuple[list[Found], list[str]]:
    if not folder.is_dir():
        return [], [f"{_shown(folder)}：没有这个制度包目录"]
    read, lines = [], []
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in ELSEWHERE and not path.name.startswith((".", "_")):
            try:
                kind = kinds[path.name]
            except LookupError as error:
                lines.append(f"{_shown(path)}：{error}")
                continue
            for file in sorted(path.glob("*.toml")):
                one, wrong = _one(file, path.name, kind, folder.name)
                lines += wrong
                read += [one] if one else []
    return read, lines


def _one(file: Path, kind_name: str, kind: type[Declaration], pack: str) -> tuple[Found | None, list[str]]:
    shown = _shown(file)
    try:
        if file.stat().st_size > MAX_BYTES:
            return None, [f"{shown}：文件超过 2 MB，声明不应这样大"]
        text = file.read_text("utf-8-sig")
        declaration = _declared(kind, text)
    except UnicodeDecodeError as error:
        return None, [f"{shown}：第 {error.start} 字节处不是 UTF-8 文字，请另存为 UTF-8"]
    except tomllib.TOMLDecodeError as error:
        return None, [f"{shown}{broken(error, text)}"]
    except ValidationError as error:
        places = [line_of(text, tuple(fault["loc"])) for fault in error.errors(include_url=False)]
        lines = [f" 第 {n} 行" if n else "" for n in places]
        return None, [f"{shown}{line}{sentence}" for line, sentence in zip(lines, sentences(error, kind), strict=True)]
    if not file.stem.startswith(declaration.name):
        return None, [f"{shown}：name = “{declaration.name}”与文件名不一致；文件应叫 {declaration.name}.toml 或 {declaration.name}-….toml"]
    if declaration.since and declaration.until and declaration.until < declaration.since:
        return None, [f"{shown}：to = {declaration.until} 早于 from = {declaration.since}"]
    return Found(kind_name, pack, shown, declaration), []


@lru_cache(maxsize=4096)
def _declared(kind: type[Declaration], text: str) -> Declaration:
    """A declaration out of its text; the same text is read once, however often packs are loaded anew."""
    return kind.model_validate(tomllib.loads(text))


def _take(catalogue: Catalogue, pack: str, read: list[Found]) -> list[str]:
    """Put one pack's declarations over what is there; versions of a name in one pack may not overlap, editions of it follow one another."""
    lines: list[str] = []
    mine: dict[tuple[str, str], list[Found]] = {}
    for one in read:
        mine.setdefault((one.kind, one.declaration.name), []).append(one)
    for (kind, name), versions in mine.items():
        newest = max(f.declaration.edition for f in versions)
        earlier = tuple(f for f in versions if f.declaration.edition < newest)
        versions = sorted((f for f in versions if f.declaration.edition == newest), key=lambda f: f.declaration.since or dt.date.min)
        for a, b in pairwise(versions):
            if (a.declaration.until or dt.date.max) >= (b.declaration.since or dt.date.min):
                lines.append(f"{b.file}：“{name}”与 {a.file} 的有效期重叠；前一版请写 to")
        names = catalogue.items.setdefault(kind, {})
        there = names.get(name)
        for one in versions:
            wanted = one.declaration.overrides
            if there and not wanted:
                lines.append(f'{one.file}：“{name}”已在 {there[0].file} 声明；要替换请写 overrides = "{there[0].pack}"')
            elif wanted and (not there or there[0].pack != wanted):
                where = f"“{name}”现由“{there[0].pack}”声明" if there else f"前面的制度包没有声明“{name}”"
                lines.append(f"{one.file}：overrides = “{wanted}”没有可替换的：{where}")
        versions = [replace(v, replaced=tuple(there or ()), earlier=earlier) for v in versions]
        names[name] = versions
    return lines


def _shown(path: Path) -> str:
    """The path as people know it: from ``packs/`` on."""
    parts = path.parts
    return "/".join(parts[len(parts) - 1 - parts[::-1].index("packs") :]) if "packs" in parts else path.as_posix()
