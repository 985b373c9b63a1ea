"""An assessment run (评价): days of stations over a period, with all that is needed to make the very same numbers again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qingshan import standards
from qingshan.lake import days
from qingshan.lake.columns import LakeRefused
from qingshan.lake.store import Lake

CODES = ("GB 3095", "HJ 633", "HJ 663")


@dataclass(frozen=True)
class Run:
    """What was computed, from what, by what. The same data, code and editions give the same `identity`."""

    days: pa.Table
    """one row a station-day, columns of `kernels.AIR_DAYS`, sorted (station, day)"""
    start: date
    end: date
    stations: tuple[str, ...] | None
    editions: tuple[str, ...]
    verify: tuple[str, ...]
    """what in these editions nobody has read in the source (待核实)"""
    code_version: str
    table_version: int
    """version of the cold table when the run was made"""
    sequence: int
    """what the store knew: ``assess(…, as_of=run.sequence)`` rebuilds this run"""
    as_of: datetime | None
    """the time of receipt asked for, if any"""
    input_hash: str
    """SHA-256 over the hours that went in"""

    @property
    def identity(self) -> str:
        """A short name of the result: same inputs, editions and code, same name."""
        said = [self.start.isoformat(), self.end.isoformat(), self.stations, self.editions, self.code_version, self.input_hash]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:16]

    def asdict(self) -> dict[str, Any]:
        """The run without its rows, as plain values."""
        return {
            "identity": self.identity, "start": self.start.isoformat(), "end": self.end.isoformat(),
            "stations": None if self.stations is None else list(self.stations),
            "editions": list(self.editions), "verify": list(self.verify), "code_version": self.code_version,
            "table_version": self.table_version, "sequence": self.sequence,
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "input_hash": self.input_hash, "station_days": self.days.num_rows,
        }  # fmt: skip


def assess(
    lake: Lake, start: date, end: date, stations: Sequence[str] | None = None, as_of: datetime | int | None = None, workers: int = 2
) -> Run:
    """Evaluate days (评价日均值、日最大8小时均值、AQI), each by the editions in force on it.

    Parameters
    ----------
    start, end : both included
    stations : ids; None for all there are
    as_of : None as known now (answered from kept months, only changed days computed); a datetime as received by then;
        a run's `sequence` to rebuild that run
    """
    if start > end:
        raise LakeRefused(f"评价的起始日 {start} 晚于截止日 {end}")
    if start.year < 1990 or end.year > 2100:
        raise LakeRefused(f"评价时段 {start} 至 {end} 不对，请核对年份")
    months = [str(m) for m in np.arange(np.datetime64(start, "M"), np.datetime64(end, "M") + 1)]
    version, sequence = lake.version, lake.sequence
    if as_of is None:
        for _ in range(5):
            try:
                table = days.Kept(lake).months(months, sequence, workers)
                break
            except days.Moved as moved:
                sequence = moved.sequence
        else:
            table = days.compute(lake, months, sequence, workers)
    else:
        sequence = as_of if isinstance(as_of, int) else sequence
        table = days.compute(lake, months, as_of, workers)
    inside = pc.and_(pc.greater_equal(table["day"], pa.scalar(start)), pc.less_equal(table["day"], pa.scalar(end)))
    if stations is not None:
        inside = pc.and_(inside, pc.is_in(table["station"], pa.array(list(stations), pa.string())))
    table = table.filter(inside).sort_by([("station", "ascending"), ("day", "ascending")]).combine_chunks()
    ruled = _editions(table["day"])
    return Run(
        table.drop_columns("digest"), start, end, None if stations is None else tuple(sorted(set(stations))),
        tuple(map(str, ruled)), tuple(dict.fromkeys(f"{e}：{mark}" for e in ruled for mark in e.verify)),
        days.code_version(), version, sequence, as_of if isinstance(as_of, datetime) else None, _input_hash(table),
    )  # fmt: skip


def _editions(day: pa.ChunkedArray) -> list[standards.Edition]:
    column = pc.unique(day).to_numpy(zero_copy_only=False).astype("datetime64[D]")
    return list(dict.fromkeys(edition for code in CODES for edition, _, _ in standards.spans(code, column)))


def _input_hash(table: pa.Table) -> str:
    station = table["station"].combine_chunks().dictionary_encode()
    digest = table["digest"].combine_chunks()
    total = hashlib.sha256()
    total.update("\n".join(station.dictionary.to_pylist()).encode())
    total.update(station.indices.to_numpy().astype("<i4").tobytes())
    total.update(table["day"].to_numpy().astype("datetime64[D]").astype("<i8").tobytes())
    if len(digest):
        total.update(digest.buffers()[1][digest.offset * 16 : (digest.offset + len(digest)) * 16])
    return total.hexdigest()
