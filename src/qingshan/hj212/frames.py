"""Cutting frames out of a byte stream (组帧), by the length field and never by CR LF or ``&&``.

Encrypted data areas of 2025 may hold any byte, ``##`` and CR LF too. Where the length field lies, the check code decides
where a frame ends; where nothing confirms an end, the bytes come out all the same, marked, so that they can be kept.
"""

from __future__ import annotations

import re
from itertools import chain, islice

from qingshan.hj212.crc import TABLE, crc, modbus

LONGEST = 9999  # four digits; the standard allows 1024
LIMIT = 32 * 1024  # bytes that may wait for the rest of a frame
_HEADER = re.compile(rb"##(\d{3,4})(?=[A-Za-z])")
_PARTIAL = re.compile(rb"#(?:#\d{0,4})?\Z")
_END = re.compile(rb"&&([0-9A-Fa-f]{4})(?=[\r\n]|\*\*|##\d|\Z)")
_ANY_END = re.compile(rb"&&([0-9A-Fa-f]{4})")  # noise may follow at once
_PRINTED = re.compile(
    rb"CP=&&\{(?:0[xX][0-9A-Fa-f]{2},?)++\}[^&{}#]{0,15}&&([0-9A-Fa-f]{4})"
)  # ciphertext as printed ends where its form ends
_BETWEEN = b"\r\n\0 \t*"  # line ends and the "**" one vendor adds: not worth a record
_BEGINNINGS = {b"##%04d%s" % (n, first): n for n in range(8, 1025) for first in (b"QN=", b"ST=")}  # as nearly all packets begin → length
_ENDINGS = {b"&&%04X" % code: code for code in TABLE}  # and end → check code
_blank = object.__new__
_TRIES = 8  # ends looked at in one go: a hostile stream cannot buy work with "&&0000&&0000…"


class Frame:
    """Bytes that claim to be one packet.

    ``raw`` from ``##`` to the check code; ``segment`` the data segment; ``declared`` what the length field says (−1: none);
    ``digits`` of that field; ``sent`` and ``computed`` check codes (``sent`` −1 where there is none);
    ``fault``: ``""``, ``"length"`` (the end was found by the check code), ``"open"`` (no end confirmed), ``"torn"``, ``"noise"``.
    """

    __slots__ = ("computed", "declared", "digits", "fault", "raw", "segment", "sent")

    def __init__(self, raw: bytes, segment: bytes, declared: int, digits: int, sent: int, computed: int, fault: str) -> None:
        self.raw = raw
        self.segment = segment
        self.declared = declared
        self.digits = digits
        self.sent = sent
        self.computed = computed
        self.fault = fault

    def __repr__(self) -> str:
        return f"Frame({self.raw[:24]!r}…, {len(self.raw)} bytes, fault={self.fault!r})"


def _fits(segment: bytes, sent: int) -> bool:
    if crc(segment) == sent:
        return True
    other = modbus(segment)
    return sent in (other, (other & 0xFF) << 8 | other >> 8)


def _loose(raw: bytes, fault: str) -> Frame:
    found = _HEADER.match(raw)
    if found is None:
        return Frame(raw, b"", -1, 0, -1, -1, fault)
    return Frame(raw, raw[found.end() :], int(found[1]), len(found[1]), -1, -1, fault)


class Framer:
    """Takes bytes as they come and gives frames as soon as they are whole.

    >>> framer = Framer()
    >>> [f.sent for f in framer.feed(b"\\r\\n##0087QN=20240601085857223;ST=32;CN=1011;PW=123456;")]
    []
    >>> [hex(f.sent) for f in framer.feed(b"MN=010000A8900016F000169DC0;Flag=9;CP=&&&&2200")]
    ['0x2200']
    """

    __slots__ = ("_rest", "limit")

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self._rest = b""

    @property
    def waiting(self) -> int:
        """Bytes kept for a frame that is not whole yet."""
        return len(self._rest)

    def feed(self, data: bytes) -> list[Frame]:
        """Frames completed by `data`, in order; noise and torn frames come out as such."""
        return self._cut(self._rest + data if self._rest else data, closed=False)

    def flush(self) -> list[Frame]:
        """What still waits, when nothing more will come (link closed, end of file, line silent)."""
        return self._cut(self._rest, closed=True)

    def _cut(self, data: bytes, closed: bool) -> list[Frame]:
        out: list[Frame] = []
        at, size = 0, len(data)
        while at < size:
            length = _BEGINNINGS.get(data[at : at + 9])
            if length:
                end = at + 6 + length
                code = _ENDINGS.get(data[end - 2 : end + 4])
                segment = data[at + 6 : end]
                if code is not None and code == crc(segment):
                    frame = _blank(Frame)  # as __init__ does, without the call
                    frame.raw = data[at : end + 4]
                    frame.segment = segment
                    frame.declared = length
                    frame.digits = 4
                    frame.sent = frame.computed = code
                    frame.fault = ""
                    out.append(frame)
                    at = end + 6 if data[end + 4 : end + 6] == b"\r\n" else end + 4
                    continue
            found = _HEADER.match(data, at)
            if found is None:
                at, wait = _skip(data, at, out, closed)
                if wait:
                    break
                continue
            start = found.end()
            end = start + int(found[1])
            if end + 4 <= size and data[end - 2 : end] == b"&&":
                segment = data[start:end]
                computed = crc(segment)
                sent = _code(data[end : end + 4])
                if computed == sent or (sent >= 0 and not segment.endswith(b"CP=&&") and _inner(data, start, end) is None):
                    out.append(Frame(data[at : end + 4], segment, end - start, start - at - 2, sent, computed, ""))
                    at = end + 6 if data[end + 4 : end + 6] == b"\r\n" else end + 4
                    continue
            step = self._resynchronise(data, at, start, end, out, closed)
            if step == at:
                break
            at = step
        self._rest = data[at:] if at < size else b""
        return out

    def _resynchronise(self, data: bytes, at: int, start: int, end: int, out: list[Frame], closed: bool) -> int:
        """Deal with a header whose length field does not lead to an end; returns where to go on, `at` to wait."""
        size = len(data)
        following = _HEADER.search(data, start)
        limit = following.start() if following else size
        ends = list(_END.finditer(data, start, limit))[-_TRIES:]
        for found in chain(ends, islice(_ANY_END.finditer(data, start, limit), _TRIES)):
            segment, sent = data[start : found.start() + 2], int(found[1], 16)
            if not segment.endswith(b"CP=&&") and _fits(segment, sent):
                out.append(Frame(data[at : found.end()], segment, end - start, start - at - 2, sent, crc(segment), "length"))
                return found.end()
        printed = _PRINTED.search(data, start, limit)
        if printed:
            segment, sent = data[start : printed.end() - 4], int(printed[1], 16)
            out.append(Frame(data[at : printed.end()], segment, end - start, start - at - 2, sent, crc(segment), "open"))
            return printed.end()
        settled = following is not None or closed or size - at >= self.limit
        if end + 4 > size and not closed and size - at < self.limit:  # more may come, unless a good frame already stands inside
            inner = _inner(data, start, size)
            if inner is None:
                return at
            limit, settled = inner, True
            ends = list(_END.finditer(data, start, limit))[-_TRIES:]
        for found in reversed(ends):
            if (settled or found.end() < size) and data[found.start() - 3 : found.start()] != b"CP=":
                segment = data[start : found.start() + 2]
                out.append(Frame(data[at : found.end()], segment, end - start, start - at - 2, int(found[1], 16), crc(segment), "open"))
                return found.end()
        if not settled:
            return at
        out.append(_loose(data[at:limit], "torn"))
        return limit


def _inner(data: bytes, start: int, stop: int) -> int | None:
    """Where a whole, confirmed packet begins inside another one, which then is torn; None almost always."""
    for tries, found in enumerate(_HEADER.finditer(data, start, stop)):
        if tries >= _TRIES:
            break
        first = found.end()
        end = first + int(found[1])
        sent = _code(data[end : end + 4])
        if sent >= 0 and data[end - 2 : end] == b"&&" and _fits(data[first:end], sent):
            return found.start()
    return None


def _code(text: bytes) -> int:
    """Four hex digits as a number, −1 where they are something else."""
    if len(text) != 4 or not text.isalnum():
        return -1
    try:
        return int(text, 16)
    except ValueError:
        return -1


def _skip(data: bytes, at: int, out: list[Frame], closed: bool) -> tuple[int, bool]:
    """Step over bytes that are no header; returns (where to go on, whether to wait for more)."""
    following = _HEADER.search(data, at)
    if following:
        stop, wait = following.start(), False
    else:
        partial = None if closed else _PARTIAL.search(data, at)
        stop, wait = (partial.start(), True) if partial else (len(data), True)
    junk = data[at:stop]
    if junk.strip(_BETWEEN):
        out.append(Frame(junk, b"", -1, 0, -1, -1, "noise"))
    return stop, wait
