"""The observation store (观测数据库): hot rows in SQLite, closed days in a Delta table, every version of every value kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from qingshan.lake import cold, columns
from qingshan.lake.cold import Cold, File
from qingshan.lake.columns import AIR, LakeRefused
from qingshan.lake.hot import Hot
from qingshan.lake.samples import Sample, Samples

BUCKETS = 4


class Lake:
    """Hourly observations with two times: when a value was valid (`time`, END of the hour) and when it was received.

    Several processes and threads may use one folder at once. A value is never overwritten: a row received later supersedes it, item by
    item, and what was known earlier can be asked for with `as_of`.

    Parameters
    ----------
    folder : where ``hot.sqlite3`` and the Delta table ``hours/`` lie; made when absent
    buckets : station buckets of a new table (more for thousands of stations); an existing table keeps its own
    """

    def __init__(self, folder: str | Path, buckets: int = BUCKETS):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.hot = Hot(self.folder / "hot.sqlite3")
        self.cold = Cold(self.folder / "hours", buckets)
        self.sampled = Samples(self.hot)

    @property
    def version(self) -> int:
        """Version of the cold table; -1 before anything was settled."""
        return self.cold.version

    @property
    def sequence(self) -> int:
        """The store's own count of changes: `as_of` this number rebuilds exactly what is known now."""
        return self.hot.sequence()

    def state(self) -> tuple[int, int]:
        """A token that changes whenever an answer may: (version, sequence)."""
        return self.version, self.sequence

    def put(self, table: pa.Table) -> int:
        """Add hour rows; returns how many were new (a row that says the very same, received at the same time, is stored once)."""
        rows = columns.canonical(table)
        return self.hot.put(rows, self.cold.sequence()) if rows.num_rows else 0

    def put_rows(self, rows: Sequence[Mapping[str, Any]]) -> int:
        """`put` for a few rows given as mappings."""
        return self.put(from_rows(rows))

    def backfill(self, table: pa.Table) -> int:
        """Add hour rows in bulk straight to the cold table: years of history, not the day's traffic."""
        rows = columns.canonical(table)
        if not rows.num_rows:
            return 0

        def write(sequence: int) -> int:
            return self.cold.merge(rows.append_column("sequence", pa.repeat(pa.scalar(sequence, pa.int64()), rows.num_rows)))

        with self._alone():
            return self.hot.elsewhere(self.cold.sequence(), write)

    def supersede(self, station: str, time: datetime, item: str, value: float | None, *, received: datetime, basis: str) -> None:
        """Correct one value (更正), or strike it out with None (剔除); `basis` says on what ground and is kept as its origin."""
        if not basis.strip():
            raise LakeRefused("更正观测值要写明依据")
        struck = f"{item}:{columns.STRUCK}" if value is None else None
        row = {"station": station, "time": time, "received": received, item: value, "flags": struck, "origin": f"basis:{basis}"}
        self.put_rows([row])

    def put_samples(self, samples: Sequence[Sample], *, received: datetime, origin: str) -> tuple[int, int, int]:
        """Add discrete samples (手工采样): (new, changed, the same). A corrected value is a new version, never an overwriting."""
        return self.sampled.put(samples, received=received, origin=origin, floor=self.cold.sequence())

    def samples(
        self, stations: Sequence[str] | None = None, start: date | datetime | None = None, end: date | datetime | None = None,
        as_of: datetime | int | None = None,
    ) -> pa.Table:  # fmt: skip
        """Samples in long form (station, time, item, value, censor), each as its latest version says; see `Samples.read`."""
        return self.sampled.read(stations, start, end, as_of)

    def hours(
        self,
        stations: Sequence[str] | None = None,
        start: date | datetime | None = None,
        end: date | datetime | None = None,
        items: Sequence[str] = AIR,
        as_of: datetime | int | None = None,
    ) -> pa.Table:
        """Hour values sorted (station, time): each as its latest version says, null where missing, flagged or struck out.

        Parameters
        ----------
        stations : ids; None for all
        start, end : both included; a date is the whole day (01:00 to 24:00), a datetime that hour label
        items : the columns wanted
        as_of : None as known now; a datetime as had been received by then; an int as stored up to that sequence number
        """
        return columns.latest(columns.known_at(self.rows(stations, start, end), as_of), items)

    def rows(
        self, stations: Sequence[str] | None = None, start: date | datetime | None = None, end: date | datetime | None = None
    ) -> pa.Table:
        """All stored rows, every version, unsorted. Hot is read before cold: rows on their way to cold are seen twice, never missed."""
        if stations is not None:
            stations = list(dict.fromkeys(stations))
            if not stations:
                return columns.empty()
        first, last = columns.bounds(start, end)
        hot, _ = self.hot.rows(stations, first, last)
        files = self.files(stations, first, last)
        cold = self.cold.rows(files, stations, first, last)
        return columns.concat([cold, hot]) if hot.num_rows else cold

    def files(
        self, stations: Sequence[str] | None = None, start: date | datetime | None = None, end: date | datetime | None = None
    ) -> list[File]:
        """The cold files that may hold rows of the stations and hours asked for."""
        first, last = columns.bounds(start, end)
        files = self.cold.files(None, stations)
        return [f for f in files if (first is None or f.last >= first) and (last is None or f.first <= last)]

    def blocks(
        self, start: date | datetime | None = None, end: date | datetime | None = None, as_of: datetime | int | None = None
    ) -> Iterator[Callable[[], pa.Table]]:
        """Calls that read `hours` block by block: a month of one station bucket, whole station-days, for `engine.local`."""
        first, last = columns.bounds(start, end)
        hot, _ = self.hot.rows(None, first, last)
        files = self.files(None, first, last)
        bucket = columns.buckets_of(hot["station"], self.cold.buckets).to_numpy()
        month = columns.days_of(hot["time"].to_numpy()).astype("datetime64[M]").astype(str)
        for key in sorted({(f.month, f.bucket) for f in files} | set(zip(month.tolist(), bucket.tolist()))):
            mine = hot.filter(pa.array((month == key[0]) & (bucket == key[1]))) if hot.num_rows else hot
            yield Block(tuple(f for f in files if (f.month, f.bucket) == key), mine, first, last, as_of)

    def latest(
        self, at: datetime | None = None, hours: int = 24, stations: Sequence[str] | None = None, items: Sequence[str] = AIR
    ) -> pa.Table:
        """The last hour row of each station within the `hours` up to `at` (None: up to the newest data)."""
        span = self.span()
        if span is None:
            return columns.latest(columns.empty(items), items)
        at = at or span[1]
        table = self.hours(stations, at - timedelta(hours=hours - 1), at, items)
        table = table.filter(reduce(pc.or_, (pc.is_valid(table[item]) for item in items)))
        station = table["station"].to_pylist()
        ends = [i for i, name in enumerate(station) if i + 1 == len(station) or station[i + 1] != name]
        return table.take(pa.array(ends, pa.int64()))

    def versions(self, station: str, time: datetime) -> list[dict[str, Any]]:
        """Everything ever said about one station-hour, oldest first."""
        return columns.distinct(self.rows([station], time, time)).to_pylist()

    def settle(self, before: date) -> int:
        """Move closed days (those before `before`) to the cold table; returns how many rows were new there.

        Killed at any moment it loses nothing and doubles nothing: rows leave the hot file only after the commit, and a row the table
        already has is not added again.
        """
        last = datetime(before.year, before.month, before.day)
        with self._alone():
            rows, last_id = self.hot.rows(last=last)
            if not rows.num_rows:
                return 0
            added = self.cold.merge(rows)
            self.hot.delete(last_id, last)
        return added

    def stations(self) -> list[str]:
        """All stations with data."""
        return sorted(self.cold.stations().union(self.hot.stations()))

    def span(self) -> tuple[datetime, datetime] | None:
        """First and last hour label in the store, or None when it is empty."""
        hot = self.hot.span()
        spans = [(f.first, f.last) for f in self.cold.files()] + ([hot] if hot else [])
        return (min(a for a, _ in spans), max(b for _, b in spans)) if spans else None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Only one process writes the cold table; SQLite's lock goes with the process, also when it is killed."""
        db = sqlite3.connect(self.folder / "settle.lock", timeout=120, isolation_level=None)
        try:
            db.execute("BEGIN EXCLUSIVE")
            yield
        finally:
            db.close()


@dataclass(frozen=True)
class Block:
    """A call that reads `Lake.hours` of a month of one station bucket. It knows files, not the store, so it can be sent elsewhere."""

    files: tuple[File, ...]
    hot: pa.Table
    first: datetime | None
    last: datetime | None
    as_of: datetime | int | None

    def __call__(self) -> pa.Table:
        all_known = self.as_of is None or (isinstance(self.as_of, int) and all(f.sequence <= self.as_of for f in self.files))
        if self.files and not self.hot.num_rows and all_known:
            try:
                return _within(columns.latest(cold.lean(self.files, AIR), AIR), self.first, self.last)
            except columns.SeveralVersions:
                pass
        rows = cold.rows(self.files, columns.empty().schema, None, self.first, self.last) if self.files else columns.empty()
        rows = columns.concat([rows, self.hot]) if self.hot.num_rows else rows
        return columns.latest(columns.known_at(rows, self.as_of), AIR)


def _within(rows: pa.Table, first: datetime | None, last: datetime | None) -> pa.Table:
    edges = pc.min_max(rows["time"]).as_py() if rows.num_rows else {"min": first, "max": last}
    if first is not None and edges["min"] < first:
        rows = rows.filter(pc.greater_equal(rows["time"], pa.scalar(first, pa.timestamp("s"))))
    if last is not None and edges["max"] > last:
        rows = rows.filter(pc.less_equal(rows["time"], pa.scalar(last, pa.timestamp("s"))))
    return rows


def from_rows(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """An hour table from mappings; a key a row lacks is null."""
    names = list(dict.fromkeys(key for row in rows for key in row))
    if any(getattr(row.get(n), "tzinfo", None) for row in rows for n in ("time", "received")):
        raise LakeRefused("时间带时区；这里的时间是当地钟面时间，请先换成北京时间并去掉时区")
    kinds = columns.TYPES
    return pa.table({n: pa.array([row.get(n) for row in rows], kinds.get(n, pa.float64())) for n in names})
