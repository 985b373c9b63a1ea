"""Numbers that come with addresses and forms, where anyone may write anything."""

from __future__ import annotations

from collections.abc import Iterable

_HALF = str.maketrans("０１２３４５６７８９", "0123456789")
LONGEST = 18
"""digits: the whole numbers a database key can hold"""


def number(text: str | None) -> int | None:
    """The whole number `text` writes in digits (full-width ones too); None where it is none or longer than any key."""
    text = (text or "").strip().translate(_HALF)
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST else None


def numbers(texts: Iterable[str]) -> list[int]:
    """Those of `texts` that are numbers, in order."""
    return [found for found in map(number, texts) if found is not None]
