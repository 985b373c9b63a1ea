"""Evaluated days kept by month, so that a page asking for a year computes only what changed.

A month's file lies beside the data and may be deleted at any time: it is computed again. It says by which code it was computed, from
which cold files and up to which sequence number, and holds a digest of the hours of every station-day.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import qingshan
from qingshan.lake import columns, compiled, engine, kernels
from qingshan.lake.cold import File
from qingshan.lake.store import Lake
from qingshan.methods import air
from qingshan.methods.air.days import DaysCall
from qingshan.terms.items import AIR
from qingshan.terms.registry import unknown

SCHEMA = pa.schema([*kernels.AIR_DAYS, ("digest", pa.binary(16))])
FEW = 3_000  # changed station-days up to which only they are computed again


class Moved(Exception):
    """Another process has kept a month at a later sequence number than the one asked for."""

    def __init__(self, sequence: int):
        super().__init__(sequence)
        self.sequence = sequence


@lru_cache(maxsize=1)
def code_version() -> str:
    """The product's version and a digest of the code and the editions that numbers come from."""
    root = Path(qingshan.__file__).parent
    rooms = [p for room in ("terms", "standards", "stats", "methods") for p in (root / room).rglob("*")]
    rooms = [p for p in rooms if p.suffix in (".py", ".toml", ".csv")]
    own = [root / "lake" / name for name in ("kernels.py", "compiled.py", "columns.py", "days.py")]
    total = hashlib.sha256()
    for path in sorted([*rooms, *own], key=lambda p: p.relative_to(root).as_posix()):
        total.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return f"{qingshan.__version__}+{total.hexdigest()[:12]}"


class OtherCode(RuntimeError):
    """A worker of a cluster has other code or other editions than the one that asks: its numbers could differ."""


@dataclass(frozen=True)
class Checked:
    """The kernel for a worker elsewhere, which refuses to compute by other code than the driver's."""

    version: str

    def __call__(self, block: pa.Table) -> pa.Table:
        if code_version() != self.version:
            raise OtherCode(f"计算节点的青山是 {code_version()}，本机是 {self.version}；请装成同一版本再算")
        return kernel(block)


Evaluate = Callable[[Iterable[engine.Block]], Iterator[pa.Table]]
"""Days of blocks, in the order of the blocks: a kernel and an engine together"""

ENGINES = {
    "local": "本机多线程",
    "fast": "本机多线程，按日统计编译成机器码（须安装 numba）",
    "spark": "Spark 集群（Spark Connect）",
}


def by(name: str = "local", workers: int = 2, url: str = "") -> Evaluate:
    """How days are computed: `name` of `ENGINES`, `url` of the Spark Connect server. The values are the same whichever is taken."""
    if name == "local":
        return partial(engine.local, kernel, workers=workers)
    if name == "fast":
        compiled.ready()
        return partial(engine.local, partial(kernel, statistics=compiled.days), workers=workers)
    if name == "spark":
        return partial(engine.spark, Checked(code_version()), url=url, schema=SCHEMA)
    raise LookupError(unknown("计算引擎", name, ENGINES))


def kernel(block: pa.Table, statistics: DaysCall = air.days) -> pa.Table:
    """`kernels.air_days` with the digest of each station-day's hours."""
    days = kernels.station_days(block)
    hours = np.stack([days.hours[item] for item in AIR], axis=-1) + 0.0  # −0 is 0
    hours[np.isnan(hours)] = np.nan
    digests = [hashlib.blake2b(row, digest_size=16).digest() for row in hours.astype("<f8").reshape(len(hours), 24 * len(AIR))]
    return kernels.evaluate(days, statistics).append_column("digest", pa.array(digests, pa.binary(16)))


def compute(lake: Lake, months: Iterable[str], as_of: datetime | int | None, evaluate: Evaluate | None = None) -> pa.Table:
    """The days of whole months from the hours, nothing kept."""
    blocks = (block for month in months for block in lake.blocks(*edges(month), as_of))
    found = list((evaluate or by())(blocks))
    return pa.concat_tables(found).sort_by([("station", "ascending"), ("day", "ascending")]) if found else SCHEMA.empty_table()


def edges(month: str) -> tuple[date, date]:
    """First and last day of a month ("2026-02")."""
    first = date.fromisoformat(f"{month}-01")
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


class Month(NamedTuple):
    """The days of one month, the sequence number they were computed at, and the cold files they came from."""

    days: pa.Table
    sequence: int
    files: str


class Kept:
    """The months kept in ``<lake>/days``."""

    def __init__(self, lake: Lake):
        self.lake, self.folder = lake, lake.folder / "days"

    def months(self, months: list[str], sequence: int, evaluate: Evaluate | None = None) -> pa.Table:
        """The days of `months` as known at `sequence`. Raises `Moved` when a month is kept at a later one."""
        there = {month: self._load(month) for month in months}
        cold: dict[str, list[File]] = {month: [] for month in months}
        for file in self.lake.cold.files(months):
            cold[file.month].append(file)
        since = min((kept.sequence for kept in there.values() if kept), default=sequence)
        first, last = columns.bounds(edges(months[0])[0], edges(months[-1])[1])
        changed = self.lake.hot.changed(since, sequence, first, last) if since < sequence else {}
        tables = []
        for month in months:
            kept, files = there[month], _names(cold[month])
            if kept and kept.sequence > sequence:
                raise Moved(kept.sequence)
            late = {key for key, at in changed.items() if kept and at > kept.sequence and f"{key[1]:%Y-%m}" == month}
            # cold rows stored later than the month was kept: a backfill under way, or one broken off
            if kept is None or kept.files != files or any(f.sequence > kept.sequence for f in cold[month]) or len(late) > FEW:
                table = compute(self.lake, [month], sequence, evaluate)
            elif late:
                table = self._renew(kept.days, late, sequence)
            else:
                tables.append(kept.days)
                continue
            self._save(month, Month(table, sequence, files))
            tables.append(table)
        return pa.concat_tables(tables)

    def _renew(self, table: pa.Table, late: set[tuple[str, date]], sequence: int) -> pa.Table:
        stations = sorted({station for station, _ in late})
        start, end = min(day for _, day in late), max(day for _, day in late)
        fresh = kernel(self.lake.hours(stations, start, end, AIR, sequence))
        old = pc.invert(
            pc.and_(
                pc.is_in(table["station"], pa.array(stations, pa.string())),
                pc.and_(pc.greater_equal(table["day"], pa.scalar(start)), pc.less_equal(table["day"], pa.scalar(end))),
            )
        )
        return pa.concat_tables([table.filter(old), fresh]).sort_by([("station", "ascending"), ("day", "ascending")])

    def _load(self, month: str) -> Month | None:
        path = self.folder / f"{month}.arrow"
        try:
            stat = path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if path in _memory and _memory[path][0] == stamp:
                return _memory[path][1]
            with pa.OSFile(str(path)) as file, pa.ipc.open_file(file) as reader:
                about = json.loads(reader.schema.metadata[b"qingshan"])
                table = reader.read_all().replace_schema_metadata()
        except (OSError, pa.ArrowInvalid, KeyError, TypeError, ValueError):
            return None
        if about["code"] != code_version() or table.schema != SCHEMA:
            return None
        kept = Month(table, about["sequence"], about["files"])
        if table.num_rows <= IN_MEMORY:
            while len(_memory) >= 60:
                _memory.pop(next(iter(_memory)), None)
            _memory[path] = (stamp, kept)
        return kept

    def _save(self, month: str, kept: Month) -> None:
        about = json.dumps({"code": code_version(), "sequence": kept.sequence, "files": kept.files})
        self.folder.mkdir(exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.folder, suffix=".part")
        try:
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            schema = kept.days.schema.with_metadata({"qingshan": about})
            with os.fdopen(handle, "wb") as file, pa.ipc.new_file(file, schema, options=options) as writer:
                writer.write_table(kept.days.combine_chunks())
            os.replace(name, self.folder / f"{month}.arrow")
        except OSError:  # a full disk, or a file another process holds: the answer stands, only the keeping is lost
            Path(name).unlink(missing_ok=True)


IN_MEMORY = 20_000  # months of more station-days are read from disk each time
_memory: dict[Path, tuple[tuple[int, int, int], Month]] = {}


def _names(files: list[File]) -> str:
    """What a month's cold part consists of: a file once written never changes."""
    return hashlib.sha256("\n".join(sorted(f.path.name for f in files)).encode()).hexdigest()[:32]
