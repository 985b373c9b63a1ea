"""The unified social credit code (统一社会信用代码) and its check character, GB 32100—2015: weights are powers of 3 modulo 31."""

from __future__ import annotations

import re
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""the 31 characters of a code; I, O, S, V, Z are not used"""
WEIGHTS = tuple(pow(3, i, 31) for i in range(17))


def plain(code: str) -> str:
    """A code as it is compared: half-width, upper case, without blanks and hyphens."""
    return re.sub(r"[\s\-－—]", "", unicodedata.normalize("NFKC", code)).upper()


def check_character(first: str) -> str:
    """The 18th character of a code, from the first 17; ValueError where one is not of the alphabet."""
    if len(first) != 17:
        raise ValueError(f"须是前 17 位，给了 {len(first)} 位")
    total = sum(_place(c) * w for c, w in zip(first, WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def fault(code: str) -> str:
    """What is wrong with a code, in words; empty where nothing is."""
    said = plain(code)
    if len(said) != 18:
        return f"统一社会信用代码须是 18 位，这里 {len(said)} 位"
    for place, character in enumerate(said, 1):
        if character not in ALPHABET:
            return f"第 {place} 位“{character}”不是代码里用的字符（不用 I、O、S、V、Z）"
    if check_character(said[:17]) != said[17]:
        return "校验位不符，可能抄错了一位"
    return ""


def _place(character: str) -> int:
    place = ALPHABET.find(character)
    if place < 0:
        raise ValueError(f"“{character}”不是代码里用的字符")
    return place
