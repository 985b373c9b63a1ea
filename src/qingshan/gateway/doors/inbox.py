"""The inbox (收件箱): a folder any process of this machine may drop deliveries into; the gateway takes them, oldest first.

``new/`` holds what waits, ``part/`` what is being written, ``bad/`` what could not be taken, each with its reason beside it.
A file is in ``new/`` only once all of it is on disk, and leaves only once the journal has committed it. Killed in between, the gateway
takes it again and the journal knows every line of it: each is stored once.
"""

from __future__ import annotations

import itertools
import logging
import os
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from qingshan.gateway.doors import delivery as deliveries
from qingshan.gateway.doors.delivery import BEIJING, Delivery, Faulty
from qingshan.gateway.journal import Journal
from qingshan.gateway.tickets import Ticket

log = logging.getLogger("qingshan.gateway")
FOLDER = "inbox"
FULL = 20_000  # files that may wait
KINDS = (".jsonl", ".raw")  # deliveries, and what never became one
_count = itertools.count()


class InboxFull(OSError):
    """So much waits that nothing more is taken: the gateway is not running, or the disk is full."""


@dataclass(frozen=True)
class Bad:
    """A file set aside."""

    name: str
    size: int
    at: float
    reason: str

    @property
    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.at, BEIJING).replace(tzinfo=None)

    @property
    def is_delivery(self) -> bool:
        """Whether it can be taken again as it is."""
        return self.name.endswith(".jsonl")


class Inbox:
    """The folder, as those who drop and those who look see it."""

    def __init__(self, data: Path | str) -> None:
        self.folder = Path(data) / FOLDER
        self.new, self.part, self.bad = self.folder / "new", self.folder / "part", self.folder / "bad"

    def make(self) -> None:
        for folder in (self.new, self.part, self.bad):
            folder.mkdir(parents=True, exist_ok=True)

    def drop(self, delivery: Delivery) -> Path:
        """Put a delivery in; when this returns it is on disk and will reach the journal. Raises Faulty, InboxFull, OSError."""
        data = deliveries.encode(delivery)
        self.make()
        if _many(self.new, FULL):
            raise InboxFull(f"收件箱里已有 {FULL} 件没有取走；请看网关是否在运行、磁盘是否已满")
        name = f"{time.time_ns():020d}-{os.getpid()}-{next(_count)}-{delivery.delivery}.jsonl"
        part, ready = self.part / name, self.new / name
        try:
            with part.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(ready)
            flush(self.new)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        return ready

    def waiting(self) -> list[str]:
        """Names of what waits, oldest first."""
        try:
            return sorted(entry.name for entry in os.scandir(self.new) if entry.name.endswith(".jsonl"))
        except FileNotFoundError:
            return []

    def oldest(self) -> float | None:
        """[s] since the epoch, when the oldest file waiting was put in."""
        names = self.waiting()
        head = names[0].split("-", 1)[0] if names else ""
        return int(head) / 1e9 if head.isdecimal() else None

    def put_aside(self, name: str, reason: str) -> None:
        """Move a file that cannot be taken to ``bad/`` with its reason; it is kept until someone decides."""
        beside = self.bad / f"{name}.txt"
        beside.write_text(reason + "\n", encoding="utf-8")
        (self.new / name).replace(self.bad / name)
        flush(self.bad)
        log.error("收件箱：%s 不能收取：%s；已移到 %s", name, reason, self.bad)

    def keep_bad(self, name: str, data: bytes, reason: str) -> None:
        """Keep what never became a delivery, such as a message nobody can read, where people see it. Raises OSError, InboxFull."""
        self.make()
        if _many(self.bad, FULL):
            raise InboxFull(f"存疑件已有 {FULL} 份，请先处理")
        path = self.bad / f"{time.time_ns():020d}-{os.getpid()}-{next(_count)}-{name}"
        path.with_name(path.name + ".txt").write_text(reason + "\n", encoding="utf-8")
        with path.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        flush(self.bad)

    def aside(self) -> list[Bad]:
        """What was set aside, newest first."""
        found: list[Bad] = []
        if not self.bad.is_dir():
            return found
        for path in sorted((p for p in self.bad.glob("*") if p.suffix in KINDS), reverse=True):
            beside = self.bad / f"{path.name}.txt"
            reason = beside.read_text(encoding="utf-8").strip() if beside.exists() else "没有写明原因"
            stat = path.stat()
            found.append(Bad(path.name, stat.st_size, stat.st_mtime, reason))
        return found

    def again(self, name: str) -> None:
        """Put a file set aside back to be taken (重新收取); raises LookupError."""
        path = self._aside(name)
        if path.suffix != ".jsonl":
            raise LookupError(f"“{name[:80]}”不是来件，是读不懂的原文，不能重新收取")
        path.replace(self.new / name)
        (self.bad / f"{name}.txt").unlink(missing_ok=True)

    def read_aside(self, name: str) -> bytes:
        """The bytes of a file set aside; raises LookupError."""
        return self._aside(name).read_bytes()

    def _aside(self, name: str) -> Path:
        path = self.bad / name
        if Path(name).name != name or path.suffix not in KINDS or not path.is_file():
            raise LookupError(f"收件箱的存疑件里没有“{name[:80]}”")
        return path


def flush(folder: Path) -> None:
    """Make a rename in a folder last; Windows does so by itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _many(folder: Path, most: int) -> bool:
    return sum(1 for _ in itertools.islice(os.scandir(folder), most)) >= most


class Taker:
    """Takes the inbox into a journal, in a thread of the gateway's process."""

    def __init__(self, inbox: Inbox, journal: Journal, every: float = 0.2) -> None:
        self.inbox, self.journal, self.every = inbox, journal, every
        self.taken = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="inbox", daemon=True)

    def start(self) -> Taker:
        self.inbox.make()
        for left in self.inbox.part.iterdir():
            if left.stat().st_mtime < time.time() - 86_400:  # its writer died before it had promised anything
                left.unlink(missing_ok=True)
        self._thread.start()
        return self

    def close(self) -> None:
        """Finish the file under way, then stop; before the journal closes."""
        self._stopping.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopping.is_set():
            for name in self.inbox.waiting():
                if self._stopping.is_set() or not self._take(name):
                    break
            self._stopping.wait(self.every)

    def _take(self, name: str) -> bool:
        """One file; False where it must be tried again later."""
        path = self.inbox.new / name
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return True
        except OSError as error:
            log.error("收件箱：%s 读不出：%s；稍后再试", name, error)
            return False
        try:
            delivery = deliveries.decode(data)
        except Faulty as wrong:
            return self._aside(name, str(wrong))
        ticket = Ticket(len(delivery.lines))
        self.journal.submit(deliveries.records(delivery, ticket))
        while not ticket.done.wait(0.5):
            if self._stopping.is_set() and not self.journal.waiting:
                ticket.done.wait(5)
                break
        if ticket.error is not None or not ticket.done.is_set():
            return False  # what was written of it is known as a repeat next time
        path.unlink(missing_ok=True)
        self.taken += 1
        return True

    def _aside(self, name: str, reason: str) -> bool:
        try:
            self.inbox.put_aside(name, reason)
        except OSError as error:
            log.error("收件箱：%s 移不走：%s；稍后再试", name, error)
            return False
        return True
