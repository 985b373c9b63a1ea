"""The packs of this installation: read once, read again when a file of the bureau's own packs changes, steady within a request.

Every process asks for itself whether the files have changed (``refresh``), so what one publishes the others use within seconds.
Packs that cannot be read do not come into use: the last good ones stay, and ``trouble`` says why.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from django.conf import settings

from qingshan.bureau.base.packs.catalogue import MAX_BYTES, Catalogue, PackFaults, load
from qingshan.bureau.base.packs.declared import Declaration, kinds
from qingshan.terms.registry import unknown

log = logging.getLogger("qingshan.packs")

EVERY = 2.0
"""seconds for which the files are not looked at again"""


@dataclass(frozen=True)
class Kept:
    """A catalogue with the fingerprint of the files it was read from."""

    catalogue: Catalogue
    stamp: str


_kept: Kept | None = None
_refused: tuple[str, tuple[str, ...]] | None = None
"""the fingerprint of files that could not be read, and their faults"""
_looked = -1e9
_lock = threading.Lock()
_pinned: ContextVar[Catalogue | None] = ContextVar("packs", default=None)


def found() -> Catalogue:
    """The catalogue in use: the national pack, then the bureau's own folders by name."""
    pinned = _pinned.get()
    if pinned is not None:
        return pinned
    kept = _kept
    return kept.catalogue if kept is not None else _first()


def _first() -> Catalogue:
    global _kept
    with _lock:
        if _kept is None:
            stamp = _stamp()  # before reading: a file changed meanwhile is seen at the next look
            _kept = Kept(load(_folders()), stamp)
        return _kept.catalogue


def refresh(*, now: bool = False) -> bool:
    """Look whether the files have changed, and read them again where they have; says whether others came into use.

    Looks at most every EVERY seconds, but for `now`. Who comes while another looks goes on with what is in use.
    """
    global _kept, _refused, _looked
    if _kept is None:
        return False
    if not now and time.monotonic() - _looked < EVERY:
        return False
    if not _lock.acquire(blocking=now):
        return False
    try:
        _looked = time.monotonic()
        try:
            stamp = _stamp()
        except OSError as error:
            log.error("制度包目录读不了，仍按原来的执行：%s", error)
            return False
        if _kept is not None and stamp == _kept.stamp:
            _refused = None
            return False
        if _refused is not None and stamp == _refused[0]:
            return False
        try:
            _kept, _refused = Kept(load(_folders()), stamp), None
        except (PackFaults, OSError) as error:
            _refused = stamp, tuple(str(error).splitlines())
            log.error("制度包有误，仍按改动以前的执行：%s", "；".join(_refused[1][:6]))
            return False
        log.info("制度包已更新")
        return True
    finally:
        _lock.release()


def trouble() -> tuple[str, ...]:
    """Faults for which the files as they stand are not in use; none where they are."""
    refused = _refused
    return refused[1] if refused is not None else ()


@contextmanager
def steady() -> Iterator[None]:
    """Within it every question is answered from one catalogue, whatever others publish meanwhile."""
    refresh()
    token = _pinned.set(found())
    try:
        yield
    finally:
        _pinned.reset(token)


def clear() -> None:
    """Read the packs again at the next question (tests, and after a pack was changed)."""
    global _kept, _refused, _looked
    with _lock:
        _kept, _refused, _looked = None, None, -1e9
    _pinned.set(None)


def replace(files: Mapping[Path, str]) -> None:
    """Write files of the bureau's own packs and use them; PackFaults where all packs would not load with them, and nothing is written.

    They are tried on a copy first, and each takes its place whole, in the order given: no other process reads half of one.
    """
    _try(files)
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o640)
            os.replace(temporary, path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
    _pinned.set(None)
    refresh(now=True)


def _try(files: Mapping[Path, str]) -> None:
    own = Path(settings.BUREAU_PACKS)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "packs"
        if own.is_dir():
            shutil.copytree(own, copy)
        for path, text in files.items():
            there = copy / path.relative_to(own)
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_text(text, encoding="utf-8")
        load(_folders(copy))


def _folders(own: Path | None = None) -> list[Path]:
    own = Path(settings.BUREAU_PACKS) if own is None else own
    return [*settings.PACK_FOLDERS, *(sorted(p for p in own.iterdir() if p.is_dir()) if own.is_dir() else [])]


def _stamp() -> str:
    """Of the names and contents of all declarations in the bureau's own packs: two equal ones are the same packs."""
    said = hashlib.sha256(str(settings.BUREAU_PACKS).encode())
    for folder in _folders()[len(settings.PACK_FOLDERS) :]:
        said.update(f"\0{folder.name}".encode())
        for path in sorted(folder.glob("*/*.toml")):
            try:
                size = path.stat().st_size
                data = path.read_bytes() if size <= MAX_BYTES else str(size).encode()
            except OSError as error:  # taken away or closed to us between listing and reading
                data = str(error).encode()
            said.update(f"\0{path.relative_to(folder)}\0{len(data)}\0".encode())
            said.update(data)
    return said.hexdigest()


def get(kind: str, name: str, at: dt.date | None = None, edition: int | None = None) -> Declaration:
    """The declaration of `name` in force on `at`; LookupError says what names or days there are.

    With an `edition` the one of that edition, wherever it was replaced since; the one in force where its file is gone.
    """
    kinds[kind]
    versions = found().items.get(kind, {}).get(name)
    if not versions:
        raise LookupError(unknown(kinds[kind].words, name, found().items.get(kind, {})))
    if edition is not None and versions[0].declaration.edition != edition:
        kept = [f.declaration for f in versions[0].past if f.declaration.edition == edition and f.declaration.in_force(at)]
        if kept:
            return kept[0]
        return versions[-1].declaration
    right = [f.declaration for f in versions if f.declaration.in_force(at)]
    if not right:
        spans = "；".join(f"{f.declaration.since or '…'} 至 {f.declaration.until or '…'}" for f in versions)
        raise LookupError(f"{kinds[kind].words}“{name}”在 {at} 没有有效版本；有：{spans}")
    return right[-1]


def editions(kind: str, name: str) -> list[Declaration]:
    """Every version of `name` by which something may have been begun: those in use, their earlier editions, what they replaced."""
    versions = found().items.get(kind, {}).get(name, [])
    kept: dict[tuple, Declaration] = {}
    for one in (*versions, *(versions[0].past if versions else ())):
        kept.setdefault((one.declaration.edition, one.declaration.since), one.declaration)
    return list(kept.values())


def all(kind: str, at: dt.date | None = None) -> MappingProxyType[str, Declaration]:
    """Name → declaration of one kind, those in force on `at`."""
    kinds[kind]
    right = {n: [f.declaration for f in v if f.declaration.in_force(at)] for n, v in found().items.get(kind, {}).items()}
    return MappingProxyType({name: versions[-1] for name, versions in right.items() if versions})
