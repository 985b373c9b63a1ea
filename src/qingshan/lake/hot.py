"""Hot rows: the last days, in one SQLite file (WAL) that several processes read and write."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from time import sleep

import numpy as np
import pyarrow as pa

from qingshan.lake import columns

SCHEMA = """
CREATE TABLE IF NOT EXISTS batch (sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL, rows INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS hour (
  id INTEGER PRIMARY KEY AUTOINCREMENT, station TEXT NOT NULL, time INTEGER NOT NULL, received INTEGER NOT NULL,
  sequence INTEGER NOT NULL, flags TEXT, origin TEXT);
CREATE INDEX IF NOT EXISTS hour_station_time ON hour (station, time);
CREATE INDEX IF NOT EXISTS hour_time ON hour (time);
CREATE INDEX IF NOT EXISTS hour_sequence ON hour (sequence);
"""


class Hot:
    """The SQLite file. `time` and `received` are kept in microseconds of the area's clock."""

    def __init__(self, path: Path):
        self.path = path
        with self._connect() as db:
            if db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                _set_wal(db)
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'hour_sequence'").fetchone():
                db.executescript(SCHEMA)

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self.path, timeout=20, isolation_level=None)
        try:
            db.execute("PRAGMA synchronous=FULL")
            yield db
        finally:
            db.close()

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._connect() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def put(self, rows: pa.Table, floor: int) -> int:
        """Add rows in one transaction, an identical row once only; returns how many are new. `floor`: highest cold sequence."""
        items = columns.item_names(rows)
        names = ["station", "time", "received", "flags", "origin", *items]
        quoted = [f'"{n}"' for n in names]
        same = " AND ".join(f"{q} IS ?{i}" for i, q in enumerate(quoted, 1))
        marks = ", ".join(f"?{i}" for i in range(1, len(names) + 1))
        insert = (  # names are checked by columns.item_names
            f"INSERT INTO hour (sequence, {', '.join(quoted)}) SELECT ?{len(names) + 1}, {marks} "  # noqa: S608
            f"WHERE NOT EXISTS (SELECT 1 FROM hour WHERE {same})"
        )
        with self._change() as db:
            there = {row[1] for row in db.execute("PRAGMA table_info(hour)")}
            for item in items:
                if item not in there:
                    db.execute(f'ALTER TABLE hour ADD COLUMN "{item}" REAL')
            sequence = self._next(db, floor)
            before = db.total_changes
            db.executemany(insert, ((*row, sequence) for row in zip(*(_plain(rows[n]) for n in names))))
            new = db.total_changes - before
            if new:
                db.execute("INSERT INTO batch (sequence, kind, rows) VALUES (?, 'put', ?)", (sequence, new))
        return new

    def elsewhere(self, floor: int, write: Callable[[int], int]) -> int:
        """Let `write` store rows under the next sequence number and return how many; the number is taken when there were any."""
        with self._change() as db:
            sequence = self._next(db, floor)
            rows = write(sequence)
            if rows:
                db.execute("INSERT INTO batch (sequence, kind, rows) VALUES (?, 'backfill', ?)", (sequence, rows))
        return rows

    @staticmethod
    def _next(db: sqlite3.Connection, floor: int) -> int:
        return max(floor, db.execute("SELECT coalesce(max(sequence), 0) FROM batch").fetchone()[0]) + 1

    def sequence(self) -> int:
        """The highest sequence number given out."""
        with self._connect() as db:
            return int(db.execute("SELECT coalesce(max(sequence), 0) FROM batch").fetchone()[0])

    def rows(
        self, stations: Sequence[str] | None = None, first: datetime | None = None, last: datetime | None = None
    ) -> tuple[pa.Table, int]:
        """Rows of the stations and hours asked for, in the order stored, and the highest row id among them (0 for none)."""
        where, values = ["1"], []
        for clause, value in (("time >= ?", _micros(first)), ("time <= ?", _micros(last))):
            if value is not None:
                where.append(clause)
                values.append(value)
        few = stations is not None and len(stations) <= 500
        if few:
            where.append(f"station IN ({','.join('?' * len(stations))})")
            values.extend(stations)
        with self._connect() as db:
            cursor = db.execute(f"SELECT * FROM hour WHERE {' AND '.join(where)} ORDER BY id", values)  # noqa: S608
            names = [d[0] for d in cursor.description]
            found = cursor.fetchall()
        table = _arrow(names, found)
        if stations is not None and not few:
            table = table.filter(pa.compute.is_in(table["station"], pa.array(list(stations), pa.string())))
        return table, found[-1][0] if found else 0

    def changed(self, after: int, upto: int, first: datetime, last: datetime) -> dict[tuple[str, date], int]:
        """Station-days that rows stored under the sequence numbers after … upto speak of, each with the highest number."""
        with self._connect() as db:
            found = db.execute(
                "SELECT station, (time - 3600000000) / 86400000000, max(sequence) FROM hour"
                " WHERE sequence > ? AND sequence <= ? AND time >= ? AND time <= ? GROUP BY 1, 2",
                (after, upto, _micros(first), _micros(last)),
            ).fetchall()
        return {(station, np.datetime64(day, "D").item()): sequence for station, day, sequence in found}

    def delete(self, last_id: int, last: datetime) -> None:
        """Take out rows that now lie in the cold table."""
        with self._change() as db:
            db.execute("DELETE FROM hour WHERE id <= ? AND time <= ?", (last_id, _micros(last)))

    def stations(self) -> list[str]:
        """Stations with hot rows."""
        with self._connect() as db:
            return [row[0] for row in db.execute("SELECT DISTINCT station FROM hour")]

    def span(self) -> tuple[datetime, datetime] | None:
        """First and last hour label, or None when empty."""
        with self._connect() as db:
            # two questions: both at once walk the whole index
            first, last = db.execute("SELECT (SELECT min(time) FROM hour), (SELECT max(time) FROM hour)").fetchone()
        return None if first is None else (_moment(first), _moment(last))


def _set_wal(db: sqlite3.Connection) -> None:
    """SQLite does not wait for other processes here, so we do: two may open a new store at once."""
    for attempt in range(50):
        try:
            db.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if attempt == 49:
                raise
            sleep(0.1)


def _plain(column: pa.ChunkedArray) -> list:
    if column.type == pa.timestamp("us"):
        return column.cast(pa.int64()).to_pylist()
    return column.to_pylist()


def _micros(at: datetime | None) -> int | None:
    return None if at is None else int(np.datetime64(at, "us").astype(np.int64))


def _moment(value: int) -> datetime:
    return np.datetime64(value, "us").item()


def _arrow(names: list[str], found: list[tuple]) -> pa.Table:
    if not found:
        return columns.empty(n for n in names if n != "id" and n not in columns.KEYS)
    out = {}
    for name, values in zip(names, zip(*found)):
        if name == "id":
            continue
        kind = columns.TYPES.get(name, pa.float64())
        out[name] = pa.array(values, pa.int64()).cast(kind) if kind == pa.timestamp("us") else pa.array(values, kind)
    return pa.table(out)
