"""One character for one (折叠): full-width to half-width, traditional to simplified, so that offsets stay those of the source."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from qingshan.plans.words import words

_SPACE = "\ufeff\u200b\u200c\u200d\u2060\u00ad"


def _table() -> dict[int, str]:
    table = {0xFF01 + k: chr(0x21 + k) for k in range(94)}
    pairs: dict[str, str] = words("fold")["same"]
    table |= {ord(a): b for a, b in pairs.items()}
    traditional, simplified = ("".join(words("fold")[key]) for key in ("traditional", "simplified"))
    table |= {ord(a): b for a, b in zip(traditional, simplified, strict=True)}
    table |= {ord(c): " " for c in _SPACE}
    return table


_FOLD = _table()
_WORD = re.compile(r"[^\s]+")
_PAGE = re.compile(  # - 2 - of a page's foot
    r"(?:(?<=\s)|(?<=[^\x00-\x7f])|^)-(?: {1,2}\d{1,3} {1,2}|\d{1,3}(?=-\s*$))-(?=\s|[^\x00-\x7f]|$)"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A run of the source without its spaces: ``s[k]`` is the source character ``at[k]``; ``gaps`` are indices that a space preceded."""

    s: str
    at: tuple[int, ...]
    gaps: tuple[int, ...]

    def span(self, i: int, j: int) -> tuple[int, int]:
        """Source offsets of ``s[i:j]`` (j > i)."""
        return self.at[i], self.at[j - 1] + 1

    def part(self, i: int, j: int) -> Line:
        inside = self.gaps[bisect_right(self.gaps, i) : bisect_left(self.gaps, j)]
        return Line(self.s[i:j], self.at[i:j], tuple(g - i for g in inside))


_NOTE = re.compile(r"\[([^\[\]\n]{2,200})\]")
_UNITS = re.compile(r"牵头|负责|配合|(?:责任|落实|参与)(?:单位|部门)")


def fold(source: str) -> str:
    """The source folded; the same length, always. A note of units in square brackets stands in round ones."""
    return _NOTE.sub(lambda m: f"({m[1]})" if _UNITS.search(m[1]) else m[0], source.translate(_FOLD))


def line(folded: str, start: int, end: int) -> Line:
    """The run ``start:end`` without spaces."""
    at: list[int] = []
    gaps: list[int] = []
    page = next(_PAGE.finditer(folded[start:end]), None) if "-" in folded[start:end] else None
    gone = range(start + page.start(), start + page.end()) if page else range(0)
    for m in _WORD.finditer(folded, start, end):
        kept = [k for k in range(m.start(), m.end()) if k not in gone] if page else range(m.start(), m.end())
        if at and kept:
            gaps.append(len(at))
        at.extend(kept)
    return Line("".join(folded[k] for k in at), tuple(at), tuple(gaps))


def joined(parts: list[Line]) -> Line:
    """Lines that page breaks had cut, as one."""
    if len(parts) == 1:
        return parts[0]
    gaps: list[int] = []
    n = 0
    for part in parts:
        gaps += ([n] if n else []) + [g + n for g in part.gaps]
        n += len(part.s)
    return Line("".join(p.s for p in parts), tuple(k for p in parts for k in p.at), tuple(gaps))
