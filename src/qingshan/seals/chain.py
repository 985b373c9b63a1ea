"""Hash chain (链式封印): every entry seals all entries before it, so none can be altered or removed unseen.

``link`` is the hash over the length and bytes of the previous seal, then the payload; the length keeps
two splits of the same bytes apart. Nothing here reads a clock, a file or a database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from qingshan.seals import sm3

GENESIS = b""
SIZE = 32


def _sm3(data: bytes) -> bytes:
    return hashlib.new("sm3", data).digest() if "sm3" in hashlib.algorithms_available else sm3.digest(data)


METHODS: dict[str, Callable[[bytes], bytes]] = {"sha256": lambda data: hashlib.sha256(data).digest(), "sm3": _sm3}
"""hash functions by name: SHA-256 (FIPS 180-4) and SM3 (GB/T 32905—2016)"""


def link(previous: bytes, payload: bytes, method: str = "sha256") -> bytes:
    """The seal (封印) of `payload` after `previous`: 32 bytes; the first entry has ``GENESIS`` before it."""
    data = len(previous).to_bytes(4, "big") + previous + payload
    return hashlib.sha256(data).digest() if method == "sha256" else METHODS[method](data)


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
