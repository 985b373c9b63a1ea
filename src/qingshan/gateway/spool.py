"""The spool (缓存区): packets on disk before they are in the journal, for bursts faster than the journal takes them in.

Segment files of records, appended and flushed in groups; a packet may be acknowledged once its group is flushed. The journal
takes records out in order and commits, in the same transaction, how far it has come, so a crash replays each exactly once.
A record is length, CRC-32 and payload: kind, length of the words, words, raw bytes. What follows the last whole record of a
segment was never flushed and never acknowledged.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, NamedTuple

from qingshan.gateway.record import Record

FOLDER = "spool"
SEGMENT = 16 * 2**20
_CHUNK = 2**18
_HEAD = struct.Struct(">IIBI")  # of payload: size, CRC-32; kind, size of the words
_UNREAD, _READ = 0, 1
_LONGEST = 2**20  # no record is longer: a size above is no size
_flush = getattr(os, "fdatasync", os.fsync)


class Position(NamedTuple):
    """A place between two records: number of the segment, bytes from its start."""

    segment: int
    at: int


def encode(record: Record) -> bytes:
    """A record as it lies on disk; what can be read from its bytes again is left out."""
    if record.is_unread:
        kind, words = _UNREAD, f"{record.received}\x1f{record.peer}".encode("utf-8", "surrogatepass")
    else:
        digest = record.digest.hex() if record.digest is not None else None
        content = (
            record.received, record.peer, record.verdict, record.mn, record.st, record.cn, record.qn, record.data_time, record.pno,
            record.notes, record.items, digest, record.is_identified,
        )  # fmt: skip
        kind, words = _READ, json.dumps(content, separators=(",", ":")).encode()
    body = words + record.raw
    return _HEAD.pack(len(body), zlib.crc32(body, len(words) << 1 | kind), kind, len(words)) + body


def _decode(kind: int, words: bytes, raw: bytes) -> Record:
    if kind == _UNREAD:
        received, peer = words.decode("utf-8", "surrogatepass").split("\x1f")
        return Record(received, peer, raw, "ok", is_identified=True, is_unread=True)
    received, peer, verdict, mn, st, cn, qn, data_time, pno, notes, items, digest, is_identified = json.loads(words)
    return Record(
        received, peer, raw, verdict, mn, st, cn, qn, data_time, pno, notes, items,
        bytes.fromhex(digest) if digest is not None else None, is_identified=is_identified,
    )  # fmt: skip


def rest(folder: Path, done: Position) -> int:
    """Bytes in the segments of a folder behind a place."""
    sizes = {}
    for number in _numbers(folder):
        try:
            sizes[number] = (folder / _name(number)).stat().st_size
        except FileNotFoundError:  # settled meanwhile, by the process that owns it
            continue
    return sum(size for number, size in sizes.items() if number >= done.segment) - min(done.at, sizes.get(done.segment, 0))


def _numbers(folder: Path) -> list[int]:
    return sorted(int(path.stem) for path in folder.glob("*.spool"))


def _name(number: int) -> str:
    return f"{number:010d}.spool"


class Spool:
    """The files of one journal; used by one thread. `done` is how far the journal has taken records in."""

    def __init__(self, folder: Path, done: Position) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.done = self._next = done
        self._writing: BinaryIO | None = None
        self._reading: tuple[int, BinaryIO] | None = None
        for number in _numbers(self.folder):
            if number < done.segment:
                self._path(number).unlink()
        self._newest = max([done.segment, *_numbers(self.folder)])
        self.backlog = rest(self.folder, self.done)
        """bytes not yet in the journal"""

    def append(self, records: list[Record]) -> None:
        """Put records on disk; on return they are flushed. OSError: none of them may be acknowledged."""
        blob = b"".join(map(encode, records))
        try:
            if self._writing is None:
                self._open()
            file = self._writing
            assert file is not None
            view = memoryview(blob)
            while view:
                view = view[file.write(view) :]
            _flush(file.fileno())
        except OSError:
            self._end()  # what stands behind the last flush is in doubt: nothing more is put behind it
            self.backlog = rest(self.folder, self.done)
            raise
        self.backlog += len(blob)
        self._size += len(blob)
        if self._size >= SEGMENT:
            self._end()

    def take(self, count: int) -> tuple[list[Record], Position]:
        """The next records, at most `count`, and the place behind them."""
        records: list[Record] = []
        at, size = self._next, 0
        while not records:
            data = self._read(at)
            while len(records) < count and len(data) - size >= _HEAD.size:
                length, check, kind, words = _HEAD.unpack_from(data, size)
                end = size + _HEAD.size + length
                if length > _LONGEST or words > length or end > len(data):
                    break
                start = size + _HEAD.size
                if kind > _READ or zlib.crc32(data[start:end], words << 1 | kind) != check:
                    break
                records.append(_decode(kind, data[start : start + words], data[start + words : end]))
                size = end
            if not records:
                if at.segment >= self._newest:  # nothing whole is left
                    break
                at = Position(at.segment + 1, 0)
        self._next = Position(at.segment, at.at + size)
        return records, self._next

    def commit(self, place: Position) -> None:
        """The journal has all records before `place`."""
        for number in range(self.done.segment, place.segment):
            self._drop(number)
        self.done = place
        self.backlog = rest(self.folder, self.done)
        if self.backlog <= 0 and self._writing is None:
            self._drop(place.segment)

    def clear(self) -> None:
        """Nothing whole is left to take: what remains of old segments was never acknowledged."""
        if self._writing is None:
            for number in range(self.done.segment, self._newest + 1):
                self._drop(number)
        self.backlog = 0

    def back(self) -> None:
        """What was taken could not be put into the journal: it comes again."""
        self._next = self.done

    def close(self) -> None:
        """Close the files; what is not in the journal stays."""
        self._end()
        if self._reading:
            self._reading[1].close()
            self._reading = None
        if self.backlog <= 0:
            self.clear()

    def _open(self) -> None:
        self._newest = max(self._newest, self._next.segment) + 1
        self._writing = self._path(self._newest).open("xb", buffering=0)
        self._size = 0
        if os.name != "nt":
            folder = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _end(self) -> None:
        if self._writing is not None:
            self._writing.close()
            self._writing = None

    def _read(self, at: Position) -> bytes:
        if self._reading is None or self._reading[0] != at.segment:
            if self._reading:
                self._reading[1].close()
                self._reading = None
            try:
                self._reading = (at.segment, self._path(at.segment).open("rb", buffering=0))
            except FileNotFoundError:
                return b""
        file = self._reading[1]
        file.seek(at.at)
        data = file.read(_CHUNK)
        if len(data) >= _HEAD.size:
            whole = _HEAD.size + _HEAD.unpack_from(data)[0]
            if len(data) < whole <= _LONGEST:
                data += file.read(whole - len(data))
        return data

    def _drop(self, number: int) -> None:
        if self._reading and self._reading[0] == number:
            self._reading[1].close()
            self._reading = None
        self._path(number).unlink(missing_ok=True)

    def _path(self, number: int) -> Path:
        return self.folder / _name(number)
