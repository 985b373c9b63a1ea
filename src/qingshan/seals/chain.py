"""Hash chain (链式封印): every entry seals all entries before it, so none can be altered or removed unseen.

``link`` is SHA-256 over the length and bytes of the previous seal, then the payload; the length keeps
two splits of the same bytes apart. Nothing here reads a clock, a file or a database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

GENESIS = b""
SIZE = 32


def link(previous: bytes, payload: bytes) -> bytes:
    """The seal (封印) of `payload` after `previous`: 32 bytes; the first entry has ``GENESIS`` before it."""
    return hashlib.sha256(len(previous).to_bytes(4, "big") + previous + payload).digest()


@dataclass(frozen=True)
class Verdict:
    """What a check of the chain found: how many entries agree, and the first that does not (counted from 0)."""

    count: int
    head: bytes
    broken_at: int | None = None

    @property
    def is_whole(self) -> bool:
        """True where every entry carries the seal its place demands."""
        return self.broken_at is None


def verify(entries: Iterable[tuple[bytes, bytes]], start: bytes = GENESIS) -> Verdict:
    """Walk (payload, seal) pairs in order from `start`; stops at the first seal that does not follow."""
    head, count = start, 0
    for payload, seal in entries:
        if link(head, payload) != seal:
            return Verdict(count, head, broken_at=count)
        head, count = seal, count + 1
    return Verdict(count, head)
