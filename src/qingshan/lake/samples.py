"""Discrete samples (手工采样): sections each month, wells each quarter, noise points at their times; every version kept.

One row is what one file said of one item in one sample. `time` is when it was taken. A value below the detection limit keeps the
limit and its sign; it is never turned into a number here. Rows lie beside the hot hours and share their sequence numbers, so
``as_of`` means the same for both.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from qingshan.lake.columns import STRUCK, LakeRefused
from qingshan.lake.hot import Hot

SCHEMA = """
CREATE TABLE IF NOT EXISTS sample (
  id INTEGER PRIMARY KEY AUTOINCREMENT, station TEXT NOT NULL, time INTEGER NOT NULL, item TEXT NOT NULL, value REAL,
  censor TEXT NOT NULL, flag TEXT NOT NULL, received INTEGER NOT NULL, sequence INTEGER NOT NULL, origin TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS sample_place ON sample (station, time, item);
CREATE INDEX IF NOT EXISTS sample_time ON sample (time);
"""
CENSORS = ("", "<", ">")
COLUMNS = pa.schema(
    [("station", pa.string()), ("time", pa.timestamp("us")), ("item", pa.string()), ("value", pa.float64()), ("censor", pa.string())]
)


@dataclass(frozen=True)
class Sample:
    """One item of one sample: its value in the item's own unit; with `censor` "<" the detection limit it stayed below."""

    station: str
    time: datetime
    item: str
    value: float | None
    censor: str = ""
    flag: str = ""
    """``X``: struck out by a reviewer; any other flag: reported but not valid"""


class Samples:
    """The sample rows of one store, in the file of its hot hours."""

    def __init__(self, hot: Hot):
        self.hot = hot
        self._made: set[Path] = set()

    def _ready(self, db: sqlite3.Connection) -> None:
        if self.hot.path not in self._made:
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'sample_time'").fetchone():
                for statement in SCHEMA.split(";"):
                    db.execute(statement)
            self._made.add(self.hot.path)

    def put(self, samples: Iterable[Sample], *, received: datetime, origin: str, floor: int = 0) -> tuple[int, int, int]:
        """Add samples in one transaction: (new, changed, the same). What the present version already says is not stored again."""
        rows = [_checked(s) for s in samples]
        added = changed = same = 0
        with self.hot._change() as db:
            self._ready(db)
            sequence = self.hot._next(db, floor)
            for s in rows:
                key = (s.station, _micros(s.time), s.item)
                there = db.execute(
                    "SELECT value, censor, flag, origin FROM sample WHERE station = ? AND time = ? AND item = ?"
                    " ORDER BY received DESC, sequence DESC, id DESC",
                    key,
                ).fetchall()
                says = (s.value, s.censor, s.flag)
                known = [row[:3] for row in there[:1]]
                if not origin.startswith("basis:"):  # an old file sent again never undoes a correction by hand (更正、剔除)
                    known += [row[:3] for row in there if not row[3].startswith("basis:")][:1]
                if says in known:
                    same += 1
                    continue
                added, changed = (added, changed + 1) if there else (added + 1, changed)
                db.execute(
                    "INSERT INTO sample (station, time, item, value, censor, flag, received, sequence, origin)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (*key, *says, _micros(received), sequence, origin),
                )
            if added + changed:
                db.execute("INSERT INTO batch (sequence, kind, rows) VALUES (?, 'samples', ?)", (sequence, added + changed))
        return added, changed, same

    def read(
        self, stations: Sequence[str] | None, start: date | datetime | None, end: date | datetime | None, as_of: datetime | int | None
    ) -> pa.Table:
        """The latest version of each item of each sample, sorted (station, time, item); what is struck out or flagged is left out.

        A date stands for its whole day, from 00:00 to before the next 00:00: a sample has a time, not an hour's label.
        """
        where, values = ["1"], []
        first = datetime(start.year, start.month, start.day) if start is not None and not isinstance(start, datetime) else start
        if first is not None:
            where.append("time >= ?")
            values.append(_micros(first))
        if end is not None:
            last = _micros(end) if isinstance(end, datetime) else _micros(datetime(end.year, end.month, end.day) + timedelta(days=1)) - 1
            where.append("time <= ?")
            values.append(last)
        if isinstance(as_of, datetime):
            where.append("received <= ?")
            values.append(_micros(as_of))
        elif as_of is not None:
            where.append("sequence <= ?")
            values.append(as_of)
        wanted = None if stations is None else set(stations)
        with self.hot._connect() as db:
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'sample_time'").fetchone():
                return COLUMNS.empty_table()
            found = db.execute(
                "SELECT station, time, item, value, censor, flag FROM sample"  # noqa: S608
                f" WHERE {' AND '.join(where)} ORDER BY station, time, item, received, sequence, id",
                values,
            ).fetchall()
        last_of = {row[:3]: row for row in found if wanted is None or row[0] in wanted}
        kept = [row[:5] for row in last_of.values() if not row[5] and row[3] is not None]
        columns = list(zip(*kept)) or [()] * 5
        arrays = [
            pa.array(columns[1], pa.int64()).cast(field.type) if field.name == "time" else pa.array(columns[i], field.type)
            for i, field in enumerate(COLUMNS)
        ]
        return pa.table(arrays, schema=COLUMNS)

    def versions(self, station: str, time: datetime, item: str) -> list[dict]:
        """Everything ever said of one item of one sample, oldest first."""
        with self.hot._connect() as db:
            self._ready(db)
            cursor = db.execute(
                "SELECT value, censor, flag, received, sequence, origin FROM sample WHERE station = ? AND time = ? AND item = ?"
                " ORDER BY received, sequence, id",
                (station, _micros(time), item),
            )
            names = [d[0] for d in cursor.description]
            return [{**dict(zip(names, row)), "received": _moment(row[3])} for row in cursor.fetchall()]

    def span(self) -> tuple[datetime, datetime] | None:
        """First and last time of sampling, or None without samples."""
        with self.hot._connect() as db:
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'sample_time'").fetchone():
                return None
            first, last = db.execute("SELECT min(time), max(time) FROM sample").fetchone()
        return None if first is None else (_moment(first), _moment(last))


def struck(station: str, time: datetime, item: str) -> Sample:
    """The version that takes a value out (剔除)."""
    return Sample(station, time, item, None, "", STRUCK)


def _checked(s: Sample) -> Sample:
    if not s.station.strip() or not s.item.strip():
        raise LakeRefused("采样数据要有站点和监测项目")
    if s.time.tzinfo:
        raise LakeRefused("采样时间带时区；这里的时间是当地钟面时间，请先换成北京时间并去掉时区")
    if s.censor not in CENSORS:
        raise LakeRefused(f"{s.station} {s.time} {s.item}：检出标记“{s.censor}”不认识；可用 <（低于检出限）、>（高于上限）或空")
    if s.value is not None and not math.isfinite(s.value):
        raise LakeRefused(f"{s.station} {s.time} {s.item}：值 {s.value} 不是有限的数")
    if s.value is None and not s.flag:
        raise LakeRefused(f"{s.station} {s.time} {s.item}：没有值；要剔除请写标记 {STRUCK}")
    return s


def _micros(at: datetime) -> int:
    return int(np.datetime64(at, "us").astype(np.int64))


def _moment(value: int) -> datetime:
    return np.datetime64(value, "us").item()
