"""Two small files between the bureau and the gateway: each is written by one side and read by the other (传令与回报).

``orders.sqlite3``: the bureau's word, profiles and commands. ``desk.sqlite3``: what the gateway learns of each device and how
commands fare. Neither side waits for the other; secrets in both are sealed (`keyring`).
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from qingshan.gateway.commands import Exchange

ORDERS, DESK = "orders.sqlite3", "desk.sqlite3"
_PRAGMAS = ("PRAGMA synchronous=NORMAL", "PRAGMA busy_timeout=10000")
_ORDERS = """
CREATE TABLE IF NOT EXISTS profile(mn TEXT PRIMARY KEY, body TEXT NOT NULL, sealed BLOB);       -- sealed: the password
CREATE TABLE IF NOT EXISTS command(
  id TEXT PRIMARY KEY, mn TEXT NOT NULL, kind TEXT NOT NULL, params TEXT NOT NULL, sealed BLOB, asked TEXT NOT NULL, expires TEXT NOT NULL,
  timeout_s REAL NOT NULL, retries INTEGER NOT NULL, wait_s REAL NOT NULL, cancelled INTEGER NOT NULL DEFAULT 0);
"""
_DESK = """
CREATE TABLE IF NOT EXISTS progress(
  id TEXT PRIMARY KEY, mn TEXT NOT NULL, state TEXT NOT NULL, words TEXT NOT NULL, attempts INTEGER NOT NULL, frames INTEGER NOT NULL,
  data TEXT NOT NULL, trail TEXT NOT NULL, changed TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS device(mn TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sign(
  mn TEXT NOT NULL, sign TEXT NOT NULL, count INTEGER NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL, example BLOB NOT NULL,
  PRIMARY KEY(mn, sign)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS change(mn TEXT NOT NULL, at TEXT NOT NULL, sign TEXT NOT NULL, what TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS change_by_mn ON change(mn, at);
CREATE TABLE IF NOT EXISTS key(mn TEXT NOT NULL, slot TEXT NOT NULL, sealed BLOB NOT NULL, created TEXT NOT NULL, since TEXT NOT NULL,
  PRIMARY KEY(mn, slot)) WITHOUT ROWID;
"""


class Order(NamedTuple):
    """A command as the bureau asks it."""

    id: str
    mn: str
    kind: str
    params: str  # JSON, without secrets
    sealed: bytes | None  # JSON of the secret parameters, sealed
    asked: str
    expires: str
    timeout_s: float
    retries: int
    wait_s: float
    cancelled: int = 0


class Profile(NamedTuple):
    """What is agreed with a device, as the gateway needs it; ``body`` JSON {refuses, accepts, version, sets_time}."""

    mn: str
    body: str
    sealed: bytes | None


class Progress(NamedTuple):
    """How a command fares."""

    id: str
    mn: str
    state: str
    words: str
    attempts: int
    frames: int
    data: dict[str, str]
    trail: list[list[str]]
    changed: str


class Sign(NamedTuple):
    """One deviation of one device: how often seen, and the last frame that showed it."""

    mn: str
    sign: str
    count: int
    first: str
    last: str
    example: bytes


class Key(NamedTuple):
    """One SM4 key of a device; ``slot`` is ``"current"``, ``"previous"`` or ``"candidate"`` (sent, not confirmed).

    ``created`` as agreed with the device, ``since`` in use here.
    """

    mn: str
    slot: str
    sealed: bytes
    created: str
    since: str


class _File:
    """One SQLite file, written by this side; safe between threads."""

    def __init__(self, path: Path, tables: str, mode: str = "DELETE") -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        path.chmod(0o600)
        for pragma in (f"PRAGMA journal_mode={mode}", *_PRAGMAS):
            self._connection.execute(pragma)
        self._connection.executescript(tables)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def write(self, *statements: tuple[str, Iterable[tuple]]) -> None:
        """All or nothing."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                for sql, rows in statements:
                    self._connection.executemany(sql, rows)
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise


def tell(folder: Path, profiles: Iterable[Profile] = (), orders: Iterable[Order] = (), cancelled: Iterable[str] = ()) -> None:
    """The bureau's word to the gateway; telling the same again changes nothing."""
    with closing(_File(Path(folder) / ORDERS, _ORDERS)) as file:
        file.write(
            ("INSERT INTO profile VALUES (?,?,?) ON CONFLICT(mn) DO UPDATE SET body=excluded.body, sealed=excluded.sealed", profiles),
            ("INSERT OR IGNORE INTO command VALUES (?,?,?,?,?,?,?,?,?,?,?)", orders),
            ("UPDATE command SET cancelled=1 WHERE id=?", [(number,) for number in cancelled]),
        )


class _Reader:
    """A read-only connection to a file that may not be there yet."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self, sql: str, *arguments: object) -> list[tuple]:
        if not self.path.exists():
            return []
        with closing(sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as connection:
            try:
                return connection.execute(sql, arguments).fetchall()
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):  # made this moment
                    return []
                raise


class OrderReader(_Reader):
    """The gateway's view of the bureau's word."""

    def __init__(self, folder: Path) -> None:
        super().__init__(Path(folder) / ORDERS)
        self._stamp: object = None

    def has_changed(self) -> bool:
        """Whether the file was written since the last asking; a look at two files' times, no query."""
        stamp = []
        for path in (self.path, self.path.with_name(self.path.name + "-wal")):
            try:
                stat = path.stat()
                stamp.append((stat.st_mtime_ns, stat.st_size))
            except OSError:
                stamp.append((0, 0))
        changed, self._stamp = stamp != self._stamp, stamp
        return changed

    def profiles(self) -> list[Profile]:
        return [Profile(*row) for row in self.rows("SELECT mn, body, sealed FROM profile")]

    def orders(self, since: str) -> list[Order]:
        """Commands that may still wait at `since` [ISO]."""
        return [Order(*row) for row in self.rows("SELECT * FROM command WHERE expires>? ORDER BY asked, rowid", since)]


class DeskReader(_Reader):
    """What the gateway has written down, for pages."""

    def __init__(self, folder: Path) -> None:
        super().__init__(Path(folder) / DESK)

    def progress(self, ids: Iterable[str]) -> dict[str, Progress]:
        wanted = list(ids)
        sql = f"SELECT * FROM progress WHERE id IN ({','.join('?' * len(wanted))})"  # noqa: S608
        rows = self.rows(sql, *wanted) if wanted else []
        return {r[0]: Progress(*r[:6], json.loads(r[6]), json.loads(r[7]), r[8]) for r in rows}

    def ended(self) -> set[str]:
        return {row[0] for row in self.rows("SELECT id FROM progress")}

    def device(self, mn: str) -> dict[str, Any]:
        rows = self.rows("SELECT body FROM device WHERE mn=?", mn)
        return json.loads(rows[0][0]) if rows else {}

    def devices(self) -> dict[str, dict[str, Any]]:
        return {mn: json.loads(body) for mn, body in self.rows("SELECT mn, body FROM device")}

    def signs(self, mn: str | None = None) -> list[Sign]:
        which, arguments = ("", ()) if mn is None else (" WHERE mn=?", (mn,))
        return [Sign(*row) for row in self.rows(f"SELECT * FROM sign{which} ORDER BY count DESC", *arguments)]  # noqa: S608

    def changes(self, mn: str, limit: int = 20) -> list[tuple[str, str, str]]:
        """(time, sign, "begins" or "ends"), the newest first."""
        return self.rows("SELECT at, sign, what FROM change WHERE mn=? ORDER BY at DESC, rowid DESC LIMIT ?", mn, limit)

    def sm4_keys(self, mn: str | None = None) -> list[Key]:
        which, arguments = ("", ()) if mn is None else (" WHERE mn=?", (mn,))
        return [Key(*row) for row in self.rows(f"SELECT * FROM key{which} ORDER BY mn, slot", *arguments)]  # noqa: S608


class Notebook(_File):
    """The gateway's own writing."""

    def __init__(self, folder: Path) -> None:
        super().__init__(Path(folder) / DESK, _DESK, "WAL")

    def keep(
        self,
        exchanges: Iterable[Exchange] = (),
        devices: Iterable[tuple[str, str]] = (),
        signs: Iterable[tuple[str, str, int, str, str, bytes]] = (),
        changes: Iterable[tuple[str, str, str, str]] = (),
        at: datetime | None = None,
    ) -> None:
        """How commands fare, what devices are like, deviations counted on top of those before, and changes of dialect."""
        stamp = at.isoformat(timespec="seconds") if at else ""
        self.write(
            ("INSERT OR REPLACE INTO progress VALUES (?,?,?,?,?,?,?,?,?)",
             [(e.id, e.mn, e.state, e.words, e.attempts, e.frames, json.dumps(e.data, ensure_ascii=False),
               json.dumps(e.trail, ensure_ascii=False), stamp) for e in exchanges]),
            ("INSERT OR REPLACE INTO device VALUES (?,?)", devices),
            ("INSERT INTO sign VALUES (?,?,?,?,?,?) ON CONFLICT(mn, sign) DO UPDATE SET count=sign.count+excluded.count,"
             " last=excluded.last, example=excluded.example", signs),
            ("INSERT INTO change VALUES (?,?,?,?)", changes),
        )  # fmt: skip

    def put_key(self, mn: str, sealed: bytes, created: str, since: str) -> None:
        """A new current key; the one before stays as the previous one, a key on its way is dropped."""
        self.write(
            ("INSERT OR REPLACE INTO key SELECT mn, 'previous', sealed, created, since FROM key WHERE mn=? AND slot='current'", [(mn,)]),
            ("DELETE FROM key WHERE mn=? AND slot='candidate'", [(mn,)]),
            ("INSERT OR REPLACE INTO key VALUES (?, 'current', ?, ?, ?)", [(mn, sealed, created, since)]),
        )

    def put_candidate(self, mn: str, sealed: bytes, created: str, since: str) -> None:
        """A key about to be sent: on disk first, so that a device that took it is never locked out by a stop."""
        self.write(("INSERT OR REPLACE INTO key VALUES (?, 'candidate', ?, ?, ?)", [(mn, sealed, created, since)]))
