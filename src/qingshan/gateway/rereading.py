"""Frames of one device that were kept and not used, judged again (重读): after a policy was relaxed, a key or a password corrected.

The journal is never changed: a frame that may be used now is written again at its end, with its own bytes, the note ``reread`` and
the old frame's number for a peer. What the device has sent again meanwhile, or was read again before, is left as it is.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from qingshan import hj212
from qingshan.gateway.devices import Device
from qingshan.gateway.journal import Journal, Reader, StoredFrame
from qingshan.gateway.record import REREAD, Record, evaluate, now
from qingshan.gateway.tickets import Ticket

log = logging.getLogger("qingshan.gateway")
_AT_ONCE = 500  # frames judged, then handed to the journal
_PATIENCE_S = 60.0


class NotWritten(RuntimeError):
    """The journal did not take what was read again; asked again, it goes on where it stopped."""


@dataclass
class Outcome:
    """What came of it, in frames."""

    looked_at: int = 0
    used: int = 0
    there: int = 0
    refused: int = 0

    @property
    def words(self) -> str:
        if not self.looked_at:
            return "没有未采用的数据报文"
        parts = [(self.used, "采用"), (self.there, "设备已补传或已重读"), (self.refused, "仍不采用")]
        return f"重读 {self.looked_at} 包：" + "，".join(f"{words} {count} 包" for count, words in parts if count)


def reread(journal: Journal, device: Device, since: datetime | None = None) -> Outcome:
    """Judge again what `device` sent and was not used, received from `since` on, oldest first; in a thread of its own.

    Raises NotWritten.
    """
    reader = Reader(journal.path)
    outcome = Outcome()
    try:
        batch: list[Record] = []
        for frame in _unused(reader, device.mn, since):
            record = _judged(frame, device)
            if record is None:
                continue
            outcome.looked_at += 1
            if record.items is None:
                outcome.refused += 1
            elif reader.holds(record.mn, record.cn, record.data_time, record.pno):
                outcome.there += 1
            else:
                batch.append(record)
            if len(batch) >= _AT_ONCE:
                _write(journal, batch, outcome)
                batch = []
        _write(journal, batch, outcome)
    finally:
        reader.close()
    return outcome


def _unused(reader: Reader, mn: str, since: datetime | None) -> Iterator[StoredFrame]:
    after, last = reader.before(since.isoformat()) if since else 0, reader.last()
    while after < last:
        upto = min(after + 20_000, last)  # a stretch at a time: other readers and the writer are never held up
        yield from reader.unused(mn, after, upto)
        after = upto


def _judged(frame: StoredFrame, device: Device) -> Record | None:
    """The record of a frame as it would be written now; None where it holds no data of a time."""
    parsed = hj212.frame_of(frame.raw)
    message = hj212.parse(parsed, device.keys)
    if message.mn != device.mn or message.cn[:1] != "2":
        return None
    record = evaluate(parsed, device, message, datetime.fromisoformat(frame.received), frame.received, f"{REREAD}:{frame.id}")
    if record.items is not None and record.digest is None:  # without a time nothing tells it from the same sent again
        return None
    notes = f"{record.notes},{REREAD}" if record.notes else REREAD
    return dataclasses.replace(record, answer=b"", notes=notes, received=now().isoformat(timespec="microseconds"))


def _write(journal: Journal, batch: list[Record], outcome: Outcome) -> None:
    if not batch:
        return
    ticket = Ticket(len(batch))
    for record in batch:
        record.token = ticket
    journal.submit(batch)
    if not ticket.done.wait(_PATIENCE_S) or ticket.error is not None:
        raise NotWritten(f"流水没有写成（{ticket.error or '超时'}），已重读的不受影响，请再下一次")
    repeated = sum(record.repeated for record in batch)
    outcome.there += repeated
    outcome.used += len(batch) - repeated
