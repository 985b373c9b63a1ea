"""Clauses (分句): text between , ; 。 or line ends, quotes and brackets kept whole."""

from __future__ import annotations

import re
from dataclasses import dataclass

OPEN = {"“": "”", "(": ")", "《": "》", "[": "]", "‘": "’"}
CLOSE = {v: k for k, v in OPEN.items()}
_MARKS = re.compile("[" + re.escape("".join([*OPEN, '"'])) + "]")
BLANK = "\ue000"  # private use: no text has it
_THOUSANDS = re.compile(r"\d,\d{3}(?!\d)")
_LONGEST = 400
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Clause:
    """``s[i:j]`` of its line. ``sentence`` and ``segment`` are running numbers; ``first`` of its segment."""

    i: int
    j: int
    sentence: int
    segment: int
    first: bool
    aside: bool  # a bracket that stands by itself


def pairs(s: str) -> dict[int, int]:
    """Index of each opening mark whose partner comes within reach → index of the partner. Straight quotes pair in turn."""
    if not _MARKS.search(s):
        return {}
    stack: list[int] = []
    out: dict[int, int] = {}
    straight = -1
    for k, c in enumerate(s):
        if c in OPEN:
            stack.append(k)
        elif c in CLOSE:
            for back in range(len(stack) - 1, max(-1, len(stack) - 4), -1):
                if s[stack[back]] == CLOSE[c]:
                    if k - stack[back] <= _LONGEST:
                        out[stack[back]] = k
                    del stack[back:]
                    break
        elif c == '"':
            if straight >= 0 and k - straight <= 60:
                out[straight], straight = k, -1
            else:
                straight = k
    return out


def split(s: str, start: int) -> list[Clause]:
    """Clauses of ``s[start:]``."""
    partner = pairs(s)
    out: list[Clause] = []
    sentence = segment = 0
    first = True
    i = k = start
    n = len(s)

    def close(j: int) -> None:
        nonlocal first
        a, b = i, j
        while a < b and s[a] in ",;。!?:、":
            a += 1
        if b > a:
            out.append(Clause(a, b, sentence, segment, first, s[a] == "(" and partner.get(a) == b - 1))
            first = False

    while k < n:
        c = s[k]
        if k in partner:
            if c == "(" and k == i:  # an aside at the head of a clause stands alone
                close(k)
                i = k
                k = partner[k] + 1
                if k >= n or s[k] in ",;。!?":
                    continue
                if any(mark in s[i:k] for mark in "单位部门") and (k - i) > 6:
                    close(k)
                    i = k
                continue
            k = partner[k] + 1
            continue
        if c == "," and not (k and _THOUSANDS.match(s, k - 1)):
            close(k)
            i = k + 1
        elif c in ";。!?" or (c == "." and _full_stop(s, i, k)):
            close(k)
            i = k + 1
            segment += 1
            sentence += c != ";"
            first = True
        k += 1
    close(n)
    return out


def _full_stop(s: str, i: int, k: int) -> bool:
    """A point between Chinese words stands for 。 in scanned text; not in 吨/月.平方公里 and not behind the number of an item."""
    if k <= i + 2 or s[k + 1 : k + 3] == "平方" or not _CHINESE.match(s, k - 1):
        return False
    return k + 1 == len(s) or _CHINESE.match(s, k + 1) is not None


def blanked(s: str) -> str:
    """The same length, with what stands in quotes, title marks and brackets blanked; an empty bracket stays: it is a lost number."""
    partner = pairs(s)
    if not partner:
        return s
    out = list(s)
    for a, b in partner.items():
        if b - a > 1:
            out[a : b + 1] = BLANK * (b + 1 - a)
    return "".join(out)


def without_asides(s: str) -> str:
    """The clause without its round brackets."""
    if "(" not in s:
        return s
    out, k, partner = [], 0, pairs(s)
    while k < len(s):
        if s[k] == "(" and k in partner:
            k = partner[k] + 1
        else:
            out.append(s[k])
            k += 1
    return "".join(out)
