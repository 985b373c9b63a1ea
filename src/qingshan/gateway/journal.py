"""The journal (流水): frames in, acknowledged only once they are on disk.

One writer thread owns the only writing connection. Whatever came in while it committed is its next batch (group commit),
so one flush to disk serves many packets. A batch that is small goes into the journal at once; past that, and until the spool
is empty again, batches go to the spool, are acknowledged from there, and are settled in order when the rush lets up.
`Reader` reads the same file from any process; WAL keeps the two apart.
"""

from __future__ import annotations

import errno
import json
import logging
import math
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from qingshan.gateway.record import REFUSED, REREAD, Record, read
from qingshan.gateway.schema import FILE, PRAGMAS, TABLES
from qingshan.gateway.spool import FOLDER, Position, Spool, rest
from qingshan.gateway.tickets import Ticket
from qingshan.seals import chain

log = logging.getLogger("qingshan.gateway")

_COLUMNS = "id, received, peer, mn, st, cn, data_time, pno, verdict, notes, version, items, digest, raw, chain"
_ROW = "(" + ",".join("?" * 15) + ")"
_AT_ONCE = 200  # rows an INSERT statement carries: one step of SQLite, outside the interpreter lock
_BATCH = 4000
_DIRECT = 400  # records of a batch that still goes straight into the journal
_CHUNK = 500  # records settled at once
_RUSH = 5000  # records a second from which settling waits
_MEMORY_S = 0.1  # over which that rate is taken
_LATEST_S = 20.0  # and how long it waits at most
_CAP = 2**30  # bytes in the spool from which nothing more is taken in
_KNOWN = 50_000  # devices whose newest time is kept in memory

Done = Callable[[list[Record], Exception | None], None]


class Journal:
    """The writing side. `done(records, error)` is called in the writer's thread after each commit (or failure) of a batch;
    records whose token is a `Ticket` are reported to it instead."""

    def __init__(self, path: Path | str, done: Done | None = None) -> None:
        path = Path(path)
        self.path = path / FILE if path.is_dir() else path
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.done = done
        self.stored = self.repeats = 0
        self._waiting: list[Record] = []
        self._wake = threading.Condition()
        self._closing = False
        self._failing = False
        self._connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, cached_statements=32)
        for pragma in PRAGMAS:
            self._connection.execute(pragma)
        self._connection.executescript(TABLES)
        self._resume()
        self._connection.execute("INSERT INTO chain_rule SELECT ?, 'row' WHERE NOT EXISTS (SELECT 1 FROM chain_rule)", (self._last + 1,))
        place = Position(*self._connection.execute("SELECT segment, at FROM spool").fetchone())
        self._spool = Spool(self.path.parent / FOLDER, place)
        self._rush, self._counted, self._since = 0.0, time.monotonic(), time.monotonic()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Records not yet taken by the writer."""
        return len(self._waiting)

    @property
    def backlog(self) -> int:
        """Bytes acknowledged that are in the spool and not yet among the frames."""
        return self._spool.backlog

    def submit(self, records: list[Record]) -> None:
        """Hand over records, in order; returns at once."""
        with self._wake:
            if self._closing:
                raise RuntimeError("流水已关闭")
            self._waiting += records
            self._wake.notify()

    def close(self, settle_s: float = math.inf) -> None:
        """Write what waits and settle the spool, for so many seconds at most, then stop; the rest is settled after the next start."""
        with self._wake:
            self._closing = True
            self._until = time.monotonic() + settle_s
            self._wake.notify()
        self._thread.join()
        self._connection.close()

    def _resume(self) -> None:
        """Where the file stands: last frame, its seal; what is known of newest times is asked again."""
        row = self._connection.execute("SELECT id, chain FROM frame ORDER BY id DESC LIMIT 1").fetchone()
        self._last, self._seal = row or (0, chain.GENESIS)
        self._newest: dict[tuple[str, str, str], str] = {}

    def _run(self) -> None:
        while True:
            batch = self._next()
            if batch:
                self._keep(batch)
            elif self._closing and (not self._spool.backlog or self._failing or time.monotonic() > self._until):
                break
            if self._spool.backlog and self._is_time():
                self._settle()
        self._spool.close()

    def _next(self) -> list[Record]:
        """What came in, at most a batch; nothing where there is settling to do or the end has come."""
        with self._wake:
            if self._spool.backlog >= _CAP:
                return []
            while not self._waiting and not self._closing:
                if not self._spool.backlog:
                    self._wake.wait()
                elif self._is_time():
                    break
                else:
                    self._wake.wait(_MEMORY_S / 2)
            batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
        return batch

    def _is_time(self) -> bool:
        """Whether to settle now: the rush is over, or it lasts too long."""
        present = time.monotonic()
        rate = self._rush * math.exp((self._counted - present) / _MEMORY_S) / _MEMORY_S
        return rate < _RUSH or present - self._since > _LATEST_S or self._spool.backlog >= _CAP or self._closing

    def _keep(self, batch: list[Record]) -> None:
        present = time.monotonic()
        self._rush = self._rush * math.exp((self._counted - present) / _MEMORY_S) + len(batch)
        self._counted = present
        error: Exception | None = None
        try:
            if self._spool.backlog or len(batch) > _DIRECT:
                if not self._spool.backlog:
                    self._since = present
                self._spool.append(batch)
            else:
                self._write(batch)
            self._failing = False
        except (sqlite3.Error, OSError) as problem:
            error = problem
            self._give_up(problem, f"{len(batch)} 个报文未保存也未应答，设备会重发")
        self._tell(batch, error)

    def _tell(self, batch: list[Record], error: Exception | None) -> None:
        """Tickets of their own records, `done` of those that came over links."""
        tickets: dict[Ticket, int] = {}
        for record in batch:
            if type(record.token) is Ticket:
                tickets[record.token] = tickets.get(record.token, 0) + 1
        for ticket, count in tickets.items():
            ticket.take(count, error)
        if self.done:
            others = [record for record in batch if type(record.token) is not Ticket] if tickets else batch
            if others:
                self.done(others, error)

    def _settle(self) -> None:
        """Move the spool's next records among the frames, and how far it has come, in one transaction."""
        try:
            records, place = self._spool.take(_CHUNK)
            if records:
                self._write(records, place)
                self._spool.commit(place)
            else:
                self._spool.clear()
            self._failing = False
        except (sqlite3.Error, OSError) as problem:
            self._spool.back()
            self._give_up(problem, f"已应答的 {self._spool.backlog} 字节留在 {self._spool.folder}，一个不少")

    def _give_up(self, problem: Exception, words: str) -> None:
        """Nothing of this batch is among the frames: the devices send it again, or it stays in the spool."""
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._resume()
        except sqlite3.Error as second:
            log.error("流水回滚失败：%s", second)
        if not self._failing:
            full = "full" in str(problem) or getattr(problem, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
            what = "磁盘已满" if full else f"写入失败（{problem}）"
            log.error("%s：%s，%s；腾出空间后自动恢复", self.path, what, words)
        self._failing = True
        time.sleep(0.2)

    def _write(self, batch: list[Record], place: Position | None = None) -> None:
        connection = self._connection
        batch = [read(record) if record.is_unread else record for record in batch]
        connection.execute("BEGIN IMMEDIATE")
        rows: list[object] = []
        repeats: list[tuple[int, str, str]] = []
        links: dict[str, list] = {}
        refused: list[tuple[str]] = []
        fresh: dict[tuple, list[tuple[bytes, int, str, int]]] = {}
        newest = self._newest if len(self._newest) < _KNOWN else {}
        seal, last = self._seal, self._last
        link = chain.link
        for record in batch:
            if record.digest is not None and self._repeats(record, fresh, newest):
                repeats.append((record.frame, record.received, record.peer))
            else:
                last += 1
                record.frame = last
                if record.digest is not None:
                    key = (record.mn, record.cn, record.data_time, record.pno, record.verdict)
                    fresh.setdefault(key, []).append((record.digest, last, record.qn, record.version))
                row = (
                    last, record.received, record.peer, record.mn, record.st, record.cn, record.data_time, record.pno, record.verdict,
                    record.notes, record.version, record.items, record.digest, record.raw,
                )  # fmt: skip
                seal = link(seal, sealed(*row))
                rows += row
                rows.append(seal)
            if REREAD in record.notes:  # says nothing of the device's last state
                continue
            if record.is_identified:
                state = links.get(record.mn)
                if state is None:
                    state = links[record.mn] = [record, 0, 0, 0]
                state[0] = record
                state[3 if record.repeated else 1] += 1
                state[2] += record.verdict in REFUSED
            elif record.mn:
                refused.append((record.mn,))
        self._insert(rows)
        if repeats:
            connection.executemany("INSERT INTO repeat VALUES (?,?,?)", repeats)
        if links:
            connection.executemany(_LINK, [_link_row(*state) for state in links.values()])
        if refused:
            connection.executemany("UPDATE link SET frames=frames+1, refused=refused+1 WHERE mn=?", refused)
        if place is not None:
            connection.execute("UPDATE spool SET segment=?, at=?", place)
        connection.execute("COMMIT")
        self._seal, self._last, self._newest = seal, last, newest
        self.stored += len(batch) - len(repeats)
        self.repeats += len(repeats)

    def _insert(self, rows: list[object]) -> None:
        width = 15 * _AT_ONCE
        for at in range(0, len(rows), width):
            part = rows[at : at + width]
            self._connection.execute(f"INSERT INTO frame({_COLUMNS}) VALUES {','.join([_ROW] * (len(part) // 15))}", part)  # noqa: S608

    def _repeats(self, record: Record, fresh: dict, newest: dict[tuple[str, str, str], str]) -> bool:
        """Whether this content is already there; sets ``frame`` to the earlier one, or ``version`` and the note where values differ."""
        line = (record.mn, record.cn, record.verdict)
        at = record.data_time or ""
        known = newest.get(line)
        if known is None:
            known = self._connection.execute(
                "SELECT max(data_time) FROM frame WHERE mn=? AND cn=? AND digest IS NOT NULL AND verdict=?", line
            ).fetchone()[0] or ""  # fmt: skip
        newest[line] = max(at, known)
        if at > known:
            return False
        key = (record.mn, record.cn, record.data_time, record.pno, record.verdict)
        earlier = fresh.get(key, [])
        stored = self._connection.execute(
            "SELECT digest, id, raw, version FROM frame WHERE mn=? AND cn=? AND data_time=? AND pno=? AND digest IS NOT NULL"
            " AND verdict=? ORDER BY version", key
        ).fetchall()  # fmt: skip
        versions = [(digest, number, _holds(raw, record.qn), version) for digest, number, raw, version in stored]
        versions += [(digest, number, qn == record.qn, version) for digest, number, qn, version in earlier]
        if not versions:
            return False
        for position, (digest, number, same_exchange, _) in enumerate(versions):
            if digest == record.digest and (same_exchange or position == len(versions) - 1):
                record.frame, record.repeated = number, True
                return True
        if REREAD in record.notes:  # what came since stands
            record.frame, record.repeated = versions[-1][1], True
            return True
        record.version = versions[-1][3] + 1
        record.notes = f"{record.notes},changed" if record.notes else "changed"
        return False


def sealed(
    number: int, received: str, peer: str, mn: str, st: str, cn: str, data_time: str | None, pno: int, verdict: str,
    notes: str, version: int, items: str | None, digest: bytes | None, raw: bytes,
) -> bytes:  # fmt: skip
    """What the chain seals of a frame: every column, so that neither its bytes nor what was read from them can change unseen."""
    text = (
        f"{number}\x1f{received}\x1f{peer}\x1f{mn}\x1f{st}\x1f{cn}\x1f{data_time}\x1f{pno}\x1f{verdict}\x1f{notes}\x1f{version}\x1f{items}"
    )
    return b"".join((len(raw).to_bytes(4, "big"), raw, digest or b"", b"\x1f", text.encode("utf-8", "surrogatepass")))


def _holds(raw: bytes, qn: str) -> bool:
    return bool(qn) and qn.encode() in raw[:64]


_LINK = """
INSERT INTO link VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(mn) DO UPDATE SET frame=excluded.frame, received=excluded.received,
 peer=excluded.peer, cn=excluded.cn, data_time=coalesce(excluded.data_time, link.data_time), verdict=excluded.verdict, notes=excluded.notes,
 frames=link.frames+excluded.frames, refused=link.refused+excluded.refused, repeats=link.repeats+excluded.repeats
"""


def _link_row(record: Record, frames: int, refused: int, repeats: int) -> tuple:
    return (
        record.mn, record.frame, record.received, record.peer, record.cn, record.data_time, record.verdict, record.notes,
        frames, refused, repeats,
    )  # fmt: skip


class StoredFrame(NamedTuple):
    """One frame as kept; ``notes`` a comma-joined list of ``gateway.record.NOTES``."""

    id: int
    received: str
    peer: str
    mn: str
    st: str
    cn: str
    data_time: str | None
    pno: int
    verdict: str
    notes: str
    version: int
    items: str | None
    digest: bytes | None
    raw: bytes
    chain: bytes


class Reading(NamedTuple):
    """One value of one packet; ``data_time`` is the device's label, the START of a period; ``value`` None where the text is no number."""

    frame: int
    received: str
    mn: str
    st: str
    cn: str
    data_time: str | None
    item_code: str
    suffix: str
    value: float | None
    text: str
    flag: str | None
    notes: str
    version: int


class Link(NamedTuple):
    """The last state of one device."""

    mn: str
    frame: int
    received: str
    peer: str
    cn: str
    data_time: str | None
    verdict: str
    notes: str
    frames: int
    refused: int
    repeats: int


class Reader:
    """The reading side, for worker and pages; opens the file read-only and never holds the writer up.

    Where no journal exists yet it is empty.
    """

    def __init__(self, path: Path | str) -> None:
        path = Path(path)
        self.path = path if path.suffix == ".sqlite3" else path / FILE
        self._local = threading.local()

    def _rows(self, sql: str, *arguments: object) -> list[tuple]:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            if not self.path.exists():
                return []
            connection = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=20)
            self._local.connection = connection
        return connection.execute(sql, arguments).fetchall()

    def close(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def last(self) -> int:
        """The newest frame's id; 0 where there is none."""
        rows = self._rows("SELECT max(id) FROM frame")
        return (rows[0][0] or 0) if rows else 0

    def frame(self, number: int) -> StoredFrame:
        """One frame; raises LookupError."""
        rows = self._rows(f"SELECT {_COLUMNS} FROM frame WHERE id=?", number)  # noqa: S608
        if not rows:
            raise LookupError(f"流水中没有报文 {number}")
        return StoredFrame(*rows[0])

    def frames(self, after: int = 0, limit: int = 1000, mn: str | None = None) -> list[StoredFrame]:
        """Frames with an id above `after`, oldest first; all verdicts."""
        which = "" if mn is None else " AND mn=?"
        arguments = (after, limit) if mn is None else (after, mn, limit)
        rows = self._rows(f"SELECT {_COLUMNS} FROM frame WHERE id>?{which} ORDER BY id LIMIT ?", *arguments)  # noqa: S608
        return [StoredFrame(*row) for row in rows]

    def recent(self, limit: int = 50, mn: str | None = None) -> list[StoredFrame]:
        """The newest frames, newest first."""
        which, arguments = ("", (limit,)) if mn is None else (" WHERE mn=?", (mn, limit))
        return [StoredFrame(*row) for row in self._rows(f"SELECT {_COLUMNS} FROM frame{which} ORDER BY id DESC LIMIT ?", *arguments)]  # noqa: S608

    def readings(self, after_frame: int = 0, limit: int = 1000) -> list[Reading]:
        """All values of the next `limit` usable frames after `after_frame`; a frame is never cut, go on from ``rows[-1].frame``."""
        rows = self._rows(
            "SELECT id, received, mn, st, cn, data_time, items, notes, version FROM frame"
            " WHERE id>? AND items IS NOT NULL ORDER BY id LIMIT ?", after_frame, limit
        )  # fmt: skip
        return [reading for row in rows for reading in _readings(*row)]

    def unused(self, mn: str, after: int, upto: int) -> list[StoredFrame]:
        """Frames of a device with an id above `after`, up to `upto`, that were kept and not used; oldest first."""
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM frame WHERE id>? AND id<=? AND +mn=? AND items IS NULL"  # noqa: S608
            " AND verdict NOT IN ('ok', 'by_policy', 'noise', 'torn') ORDER BY id", after, upto, mn
        )  # fmt: skip
        return [StoredFrame(*row) for row in rows]

    def holds(self, mn: str, cn: str, data_time: str | None, pno: int) -> bool:
        """Whether a frame that is used has this content's place, whatever its values."""
        return bool(self._rows(
            "SELECT 1 FROM frame WHERE mn=? AND cn=? AND data_time=? AND pno=? AND digest IS NOT NULL AND items IS NOT NULL LIMIT 1",
            mn, cn, data_time, pno,
        ))  # fmt: skip

    def backlog(self) -> int:
        """Bytes acknowledged in a rush and not yet among the frames; more than 0 for long says that the disk or the machine is too slow."""
        try:
            rows = self._rows("SELECT segment, at FROM spool")
        except sqlite3.OperationalError:  # a journal from before the spool
            return 0
        return rest(self.path.parent / FOLDER, Position(*rows[0])) if rows else 0

    def links(self) -> list[Link]:
        """The last state of every device that ever reported, by MN."""
        return [Link(*row) for row in self._rows("SELECT * FROM link ORDER BY mn")]

    def before(self, moment: str) -> int:
        """The last frame received before a moment (ISO text); 0 where there is none. Frames are numbered as they come."""
        low, high = 0, self.last()
        while low < high:
            middle = (low + high + 1) // 2
            rows = self._rows("SELECT received FROM frame WHERE id<=? ORDER BY id DESC LIMIT 1", middle)
            low, high = (middle, high) if rows and rows[0][0] < moment else (low, middle - 1)
        return low

    def paces(self, after: int) -> dict[str, int]:
        """Frames of each device with an id above `after`."""
        return dict(self._rows("SELECT mn, count(*) FROM frame WHERE id>? GROUP BY mn", after))

    def newest(self, after: int, cns: tuple[str, ...]) -> dict[str, tuple[str, str, str]]:
        """The newest usable frame of each device of those commands above `after`: (cn, data_time, received)."""
        marks = ",".join("?" * len(cns))
        rows = self._rows(
            f"SELECT mn, cn, data_time, received FROM frame WHERE id IN (SELECT max(id) FROM frame WHERE id>? AND cn IN ({marks})"  # noqa: S608
            " AND items IS NOT NULL AND data_time IS NOT NULL GROUP BY mn)", after, *cns
        )  # fmt: skip
        return {mn: (cn, time, received) for mn, cn, time, received in rows}

    def count(self) -> dict[str, int]:
        """Frames by verdict."""
        return dict(self._rows("SELECT verdict, count(*) FROM frame GROUP BY verdict"))

    def verify(self) -> chain.Verdict:
        """Walk the chain of all frames from the first."""
        return chain.verify(self._sealed())

    def _sealed(self) -> Iterator[tuple[bytes, bytes]]:
        try:
            rule = self._rows("SELECT first FROM chain_rule ORDER BY first LIMIT 1")
        except sqlite3.OperationalError:  # a journal from before the rule
            rule = []
        whole = rule[0][0] if rule else self.last() + 1
        after = 0
        while rows := self._rows(f"SELECT {_COLUMNS} FROM frame WHERE id>? ORDER BY id LIMIT 2000", after):  # noqa: S608
            for row in rows:
                after = row[0]
                yield (sealed(*row[:-1]) if after >= whole else row[13]), row[14]


def _readings(
    number: int, received: str, mn: str, st: str, cn: str, data_time: str | None, items: str, notes: str, version: int
) -> Iterator[Reading]:
    for code, values in json.loads(items).items():
        flag = values.get("Flag")
        for kind, text in values.items():
            if kind != "Flag":
                yield Reading(number, received, mn, st, cn, data_time, code, kind, number_of(text), text, flag, notes, version)


def number_of(text: str) -> float | None:
    """A value's text as a number; None for blank, words, NaN and infinities."""
    if not text or text.strip("0123456789.eE+-"):
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1e300 else None
