"""The words of minutes cut into runs that carry the marks of their decisions (原文与标记)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from qingshan.bureau.meetings.models import Decision, Meeting


@dataclass(frozen=True)
class Run:
    """A run of text; `decision` is what it was read as, None for the rest. `start` is its place in the whole text."""

    text: str
    start: int
    decision: Decision | None = None


def lines(meeting: Meeting, decisions: list[Decision]) -> list[list[Run]]:
    """The text line by line, nothing lost: the runs joined by line ends are the text."""
    text = meeting.text
    cuts = sorted({0, len(text), *(d.start for d in decisions), *(d.end for d in decisions)})
    at = {d.start: d for d in sorted(decisions, key=lambda d: d.start - d.end)}
    made: list[list[Run]] = [[]]
    here: Decision | None = None
    for a, b in pairwise(cuts):
        here = at.get(a) or (here if here is not None and here.end > a else None)
        for n, part in enumerate(text[a:b].split("\n")):
            if n:
                made.append([])
                a += 1
            if part:
                made[-1].append(Run(part, a, here))
            a += len(part)
    return made


def quote(decision: Decision, text: str, around: int = 40) -> dict[str, str]:
    """The sentence in its place: what stands before, the words, what stands behind."""
    return {
        "before": text[max(0, decision.start - around) : decision.start].rsplit("\n", 1)[-1],
        "words": text[decision.start : decision.end],
        "after": text[decision.end : decision.end + around].split("\n", 1)[0],
    }
