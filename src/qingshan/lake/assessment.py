"""An assessment run (评价): days of stations over a period, with all that is needed to make the very same numbers again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from qingshan import standards
from qingshan.lake import days, kernels
from qingshan.lake.columns import LakeRefused
from qingshan.lake.store import Lake
from qingshan.terms.items import AIR
from qingshan.terms.registry import unknown

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
    unplanned: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """by station, the items its monitoring plan leaves out (HJ 633—2026 5.3.2)"""

    @property
    def identity(self) -> str:
        """A short name of the result: same inputs, editions and code, same name."""
        days = [self.start.isoformat(), self.end.isoformat(), self.stations, self.unplanned]
        said = [*days, self.editions, self.code_version, self.input_hash]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:16]

    @cached_property
    def result_hash(self) -> str:
        """SHA-256 over every figure of every station-day, as a CSV file holds them (结果指纹)."""
        out = pa.BufferOutputStream()
        pyarrow.csv.write_csv(self.days, out)
        return hashlib.sha256(out.getvalue()).hexdigest()

    def asdict(self) -> dict[str, Any]:
        """The run without its rows, as plain values."""
        return {
            "identity": self.identity, "start": self.start.isoformat(), "end": self.end.isoformat(),
            "stations": None if self.stations is None else list(self.stations),
            "editions": list(self.editions), "verify": list(self.verify), "code_version": self.code_version,
            "table_version": self.table_version, "sequence": self.sequence,
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "input_hash": self.input_hash, "station_days": self.days.num_rows,
            "unplanned": {station: list(items) for station, items in self.unplanned},
        }  # fmt: skip


def assess(
    lake: Lake, start: date, end: date, stations: Sequence[str] | None = None, as_of: datetime | int | None = None, workers: int = 2,
    unplanned: Mapping[str, Collection[str]] | None = None, engine: str = "local", url: str = "",
) -> Run:  # fmt: skip
    """Evaluate days (评价日均值、日最大8小时均值、AQI), each by the editions in force on it.

    Parameters
    ----------
    start, end : both included; days before the first edition in force nationwide (2016-01-01) are left out, and the run's `start`
        says so; NotInForce where all of them are
    stations : ids; None for all there are
    as_of : None as known now (answered from kept months, only changed days computed); a datetime as received by then;
        a run's `sequence` to rebuild that run
    unplanned : by station, the items its monitoring plan leaves out: that they are missing holds no AQI back (HJ 633—2026 5.3.2)
    engine, url : one of `days.ENGINES`, and where the Spark Connect server is; the values are the same whichever computes
    """
    evaluate = days.by(engine, workers, url)
    plan = _unplanned(unplanned or {}, stations)
    if start > end:
        raise LakeRefused(f"评价的起始日 {start} 晚于截止日 {end}")
    if start.year < 1990 or end.year > 2100:
        raise LakeRefused(f"评价时段 {start} 至 {end} 不对，请核对年份")
    first = in_force_from()
    if end < first:
        raise standards.NotInForce(
            f"{CODES[1]} 自 {first} 起全国实施，{start} 至 {end} 没有现行版本；先行城市的旧数据用 qingshan air daily --edition 2012"
        )
    start = max(start, first)
    months = [str(m) for m in np.arange(np.datetime64(start, "M"), np.datetime64(end, "M") + 1)]
    version, sequence = lake.version, lake.sequence
    if as_of is None:
        for _ in range(5):
            try:
                table = days.Kept(lake).months(months, sequence, evaluate)
                break
            except days.Moved as moved:
                sequence = moved.sequence
        else:
            table = days.compute(lake, months, sequence, evaluate)
    else:
        sequence = as_of if isinstance(as_of, int) else sequence
        table = days.compute(lake, months, as_of, evaluate)
    inside = pc.and_(pc.greater_equal(table["day"], pa.scalar(start)), pc.less_equal(table["day"], pa.scalar(end)))
    if stations is not None:
        inside = pc.and_(inside, pc.is_in(table["station"], pa.array(list(stations), pa.string())))
    table = table.filter(inside).sort_by([("station", "ascending"), ("day", "ascending")]).combine_chunks()
    table = kernels.planned(table, dict(plan))
    ruled = _editions(table["day"])
    return Run(
        table.drop_columns("digest"), start, end, None if stations is None else tuple(sorted(set(stations))),
        tuple(map(str, ruled)), tuple(dict.fromkeys(f"{e}：{mark}" for e in ruled for mark in e.verify)),
        days.code_version(), version, sequence, as_of if isinstance(as_of, datetime) else None, _input_hash(table), plan,
    )  # fmt: skip


def keep(lake: Lake, run: Run) -> Path:
    """Put a run on record beside the data (``lake/runs/<identity>.json``), so that it can be made again by name; the first stands."""
    path = lake.folder / "runs" / f"{run.identity}.json"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(run.asdict() | {"result_hash": run.result_hash}, ensure_ascii=False, indent=1), encoding="utf-8")
        os.replace(part, path)
    return path


def kept(lake: Lake, identity: str) -> dict[str, Any]:
    """The record of a run; LookupError with the ones there are."""
    folder = lake.folder / "runs"
    there = sorted(p.stem for p in folder.glob("*.json")) if folder.is_dir() else []
    found = [name for name in there if name == identity or (len(identity) >= 6 and name.startswith(identity))]
    if len(found) != 1:
        raise LookupError(f"“{identity}”对应 {len(found)} 个运行，请写全" if found else unknown("运行标识", identity, there))
    return json.loads((folder / f"{found[0]}.json").read_text(encoding="utf-8"))


def rerun(lake: Lake, record: Mapping[str, Any], workers: int = 2) -> Run:
    """The run of a record made again from what the store knew then; whether it is the same, `result_hash` tells."""
    as_of = datetime.fromisoformat(record["as_of"]) if record["as_of"] else int(record["sequence"])
    start, end = date.fromisoformat(record["start"]), date.fromisoformat(record["end"])
    made = assess(lake, start, end, record["stations"], as_of, workers, record["unplanned"])
    return replace(made, table_version=record["table_version"], sequence=record["sequence"], as_of=as_of if record["as_of"] else None)


def in_force_from() -> date:
    """The first day on which an edition of every standard an assessment needs was in force nationwide."""
    return max(min(p.start for e in standards.editions(code) for p in e.phases if not p.region) for code in CODES)


def _unplanned(given: Mapping[str, Collection[str]], stations: Sequence[str] | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    for station, items in given.items():
        if stray := set(items) - set(AIR):
            raise LakeRefused(f"{station} 的 unplanned：{unknown('监测项目', '、'.join(sorted(stray)), AIR)}")
    kept = (station for station in sorted(given) if given[station] and (stations is None or station in stations))
    return tuple((station, tuple(i for i in AIR if i in given[station])) for station in kept)


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
