"""The catalogue turns a day into an edition. Only ``get`` and ``spans`` do so; there is no "latest"."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.standards.edition import Edition, NotInForce, Phase
from qingshan.terms import arguments
from qingshan.terms.arguments import answered
from qingshan.terms.registry import unknown

DATA = Path(__file__).parent / "data"

_HEAD = ("code", "edition", "title", "medium", "document", "phase", "amends", "name", "verify")
_NEEDED = ("code", "edition", "title", "phase")
_PHASE = ("id", "from", "to", "clause", "region")


class FaultyStandard(ValueError):
    """A file of a standard says something it may not; every fault is a line (标准文件有误)."""


def _phases(path: Path, raw: Any, faults: list[str]) -> tuple[Phase, ...]:
    found = []
    for i, entry in enumerate(raw if isinstance(raw, list) else [], 1):
        for key in sorted(set(entry) - set(_PHASE)):
            faults.append(f"{path} phase[{i}]：{unknown('键', key, _PHASE)}")
        start, end = entry.get("from"), entry.get("to")
        if type(start) is not date or not (end is None or type(end) is date):
            faults.append(f"{path} phase[{i}]：from、to 须写成日期，如 2026-03-01")
        elif end is not None and end < start:
            faults.append(f"{path} phase[{i}]：to {end} 早于 from {start}")
        else:
            found.append(Phase(str(entry.get("id", "")), start, end, entry.get("clause", ""), entry.get("region", "")))
    return tuple(found)


def _tables(path: Path, raw: dict[str, Any], faults: list[str]) -> dict[str, dict[str, Any]]:
    tables: dict[str, dict[str, Any]] = {}
    for key, value in raw.items():
        if key in _HEAD:
            continue
        if not isinstance(value, dict):
            faults.append(f"{path}：{unknown('键', key, _HEAD)}；表须写成 [{key}]")
        elif not value.get("clause"):
            faults.append(f"{path} [{key}]：缺 clause（条款号）")
        else:
            tables[key] = dict(value)
            if "csv" in value:
                with (path.parent / value["csv"]).open(encoding="utf-8-sig", newline="") as file:
                    tables[key]["row"] = list(csv.DictReader(file))
    return tables


def read(path: Path) -> Edition:
    """One edition from its TOML file; FaultyStandard names every fault of the file at once."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FaultyStandard(f"{path}：不是 TOML 文件：{error}") from None
    faults = [f"{path}：缺 {key}" for key in _NEEDED if not raw.get(key)]
    phases = _phases(path, raw.get("phase"), faults)
    tables = _tables(path, raw, faults)
    if faults:
        raise FaultyStandard("\n".join(faults))
    return Edition(
        raw["code"], raw["edition"], raw["title"], phases, tables, raw.get("document", {}),
        raw.get("amends", ""), raw.get("name", ""), tuple(raw.get("verify", ())), raw.get("medium", "air"),
    )  # fmt: skip


def _amended(edition: Edition, base: Edition) -> Edition:
    """The edition with the tables of the one it amends, except those it restates."""
    return Edition(
        edition.code, edition.edition, edition.title, edition.phases, {**base.tables, **edition.tables},
        edition.document, edition.amends, edition.name, base.marks + edition.marks, edition.medium,
    )  # fmt: skip


class Catalogue:
    """Editions from one or more folders ``<standard>/<edition>.toml``: the national ones, then a bureau's own."""

    def __init__(self, *folders: Path) -> None:
        self.folders = folders

    @cached_property
    def _editions(self) -> dict[str, dict[str, Edition]]:
        found: dict[str, dict[str, Edition]] = {}
        where: dict[tuple[str, str], Path] = {}
        faults = []
        for path in (p for folder in self.folders for p in sorted(folder.rglob("*.toml"))):
            try:
                edition = read(path)
            except FaultyStandard as error:
                faults.append(str(error))
                continue
            key = (edition.code, edition.edition)
            if key in where:
                faults.append(f"{path}：{edition} 已在 {where[key]} 中")
            where[key] = path
            found.setdefault(edition.code, {})[edition.edition] = edition
        for code, editions in found.items():
            for key_, edition in list(editions.items()):
                if edition.amends and edition.amends not in editions:
                    faults.append(f"{where[code, key_]}：amends：{unknown(f'{code} 版本', edition.amends, editions)}")
                elif edition.amends:
                    editions[key_] = _amended(edition, editions[edition.amends])
            faults.extend(_overlaps(editions.values()))
        if faults:
            raise FaultyStandard("\n".join(faults))
        return found

    def codes(self) -> tuple[str, ...]:
        """The standards there are, as ``"HJ 633"``."""
        return tuple(sorted(self._editions))

    def editions(self, code: str) -> tuple[Edition, ...]:
        """All editions of a standard, oldest first."""
        if code not in self._editions:
            alike = [known for known in self._editions if "".join(known.split()).upper() == "".join(str(code).split()).upper()]
            hint = f"；写成“{alike[0]}”" if alike else ""
            raise LookupError(unknown("标准", str(code), self._editions) + hint)
        return tuple(sorted(self._editions[code].values(), key=lambda e: min(p.start for p in e.phases)))

    def get(self, code: str, *, at: date | None = None, edition: str | None = None, region: str = "") -> Edition:
        """The edition in force on a day (``at``), or the one named (``edition``): one of the two, always.

        Parameters
        ----------
        code : str, as printed: ``"HJ 633"``
        at : date of the observation. An hour labelled 00:00 belongs to the day before: see :func:`qingshan.stats.clock.day_of`
        edition : str, as printed after the dash: ``"2012"``; an amended edition is ``"2012+2018"``
        region : name of a regional phase (先行实施地区), which then comes before the national one

        Raises
        ------
        NotInForce : the day lies outside all phases, or only in a draft for comment; LookupError : no such standard or edition
        """
        if (at is None) == (edition is None):
            raise TypeError("standards.get 要日期 at= 或版本 edition=，二者取一")
        editions = self.editions(code)
        if edition is not None:
            for one in editions:
                if one.edition == str(edition):
                    return one
            raise LookupError(unknown(f"{code} 版本", str(edition), [e.edition for e in editions]))
        return self._at(code, _as_day(at), region)[0]

    def _at(self, code: str, day: date, region: str) -> tuple[Edition, Phase]:
        held = [(e, p) for e in self.editions(code) for p in e.phases if p.holds(day, region)]
        found = [(e, p) for e, p in held if not p.is_draft]
        if not found:
            there = "；".join(f"{e}：{'、'.join(map(str, e.phases))}" for e in self.editions(code))
            draft = f"；按征求意见稿试算的须写明 edition=“{held[0][0].edition}”" if held else ""
            raise NotInForce(f"{code} 在 {day} 没有现行版本；已有 {there}{draft}")
        return sorted(found, key=lambda pair: pair[1].region != region)[0]

    def spans(self, code: str, days: ArrayLike, region: str = "") -> Iterator[tuple[Edition, Phase, NDArray[np.bool_]]]:
        """A series across changes of edition: each edition and phase with the mask of the days it rules.

        Parameters
        ----------
        days : array_like of dates (datetime64[D]), any shape; a day outside all phases raises NotInForce,
            a missing one (NaT) ValueError
        """
        column = arguments.moments(days, "D", f"{code} 的日期")
        if np.isnat(column).any():
            raise ValueError(f"{code}：{int(np.isnat(column).sum())} 个日期缺失，不能定版本")
        left = np.ones(column.shape, bool)
        while left.any():
            first = column[left].min()
            if not np.datetime64("0001-01-01") <= first <= np.datetime64("9999-12-31"):
                raise NotInForce(f"{code} 在 {first} 没有现行版本")
            edition, phase = self._at(code, first.item(), region)
            mask = left & (column >= np.datetime64(phase.start, "D"))
            if phase.end is not None:
                mask &= column <= np.datetime64(phase.end, "D")
            if region and phase.region != region:
                mask &= ~self._in_region(code, column, region)
            yield edition, phase, mask
            left &= ~mask

    def _in_region(self, code: str, column: NDArray[np.datetime64], region: str) -> NDArray[np.bool_]:
        inside = np.zeros(column.shape, bool)
        for phase in (p for e in self.editions(code) for p in e.phases if p.region == region):
            inside |= (column >= np.datetime64(phase.start, "D")) & (column <= np.datetime64(phase.end or date.max, "D"))
        return inside


def _as_day(at: object) -> date:
    if isinstance(at, np.datetime64):
        at = at.astype("datetime64[D]").item() if np.datetime_data(at.dtype)[0] in "YMWD" else at.item()
    if isinstance(at, datetime) or not isinstance(at, date):
        raise TypeError(f"at= 要日期（date），得到 {at!r}；小时值先用 stats.clock.day_of 归到所属日")
    return at


def _overlaps(editions: Iterable[Edition]) -> list[str]:
    spans = sorted(((p.region, p.start, p.end or date.max, e) for e in editions for p in e.phases), key=lambda s: s[:2])
    return [
        f"{later[3]} 自 {later[1]} 与 {earlier[3]}（至 {earlier[2]}）的实施阶段重叠"
        for earlier, later in pairwise(spans)
        if earlier[0] == later[0] and later[1] <= earlier[2]
    ]


national = Catalogue(DATA)
get, spans = answered(national.get), answered(national.spans)
editions, codes = answered(national.editions), national.codes
