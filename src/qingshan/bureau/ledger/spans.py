"""A plan's text cut into pieces that carry the marks of its findings (原文与标记)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, pairwise, takewhile

from qingshan.bureau.ledger.models import Finding, Plan


@dataclass(frozen=True)
class Piece:
    """A run of text under the same marks: the words, the classes that draw it, the findings it belongs to."""

    text: str
    marks: str = ""
    ids: str = ""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph with its number, kind and exact first place; `lead` is the blank space before the first word."""

    number: int
    kind: str
    start: int
    lead: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Run:
    """One of the places of a finding."""

    start: int
    end: int
    finding: Finding


def paragraphs(plan: Plan, findings: list[Finding], rows: list[list] | None = None) -> list[Paragraph]:
    """The text in order, whole or the paragraphs `rows`, nothing lost and nothing twice: the pieces joined are the text."""
    text, found = plan.text, sorted((Run(a, b, f) for f in findings for a, b in f.places), key=lambda r: r.start)
    made, at, longest = [], 0, max((r.end - r.start for r in found), default=0)
    for number, start, end, kind in plan.paragraphs if rows is None else rows:
        words = text[start:end]
        lead = words[: len(words) - len(words.lstrip())]
        while at < len(found) and found[at].start < start - longest:
            at += 1
        here = [f for f in takewhile(lambda f, end=end: f.start < end, islice(found, at, None)) if f.end > start]
        made.append(Paragraph(number, kind, start, lead, _pieces(text, start + len(lead), end, here)))
    return made


def _pieces(text: str, start: int, end: int, runs: list[Run]) -> tuple[Piece, ...]:
    cuts = sorted({start, end, *(max(start, min(end, at)) for r in runs for at in (r.start, r.end))})
    made = []
    for a, b in pairwise(cuts):
        covering = [r.finding for r in runs if r.start <= a and r.end >= b]
        made.append(Piece(text[a:b], _marks(covering), " ".join(str(f.pk) for f in _ranked(covering))))
    return tuple(made)


def _ranked(findings: list[Finding]) -> list[Finding]:
    """Targets and tasks before doubts before what was not read, the shorter first: a click chooses the first."""
    order = {"target": 0, "task": 0, "doubt": 1, "unread": 2}
    return sorted(findings, key=lambda f: (order[f.kind], f.end - f.start, f.pk))


def _marks(findings: list[Finding]) -> str:
    kinds = {"quiet" if f.read.get("quiet") else f.kind for f in findings if f.state != Finding.State.REJECTED}
    if any(f.kind in ("target", "task") and f.read.get("masked") for f in findings):
        kinds.add("doubt")
    if not kinds and findings:
        return "left-out"
    if len(kinds) > 1:
        kinds -= {"unread", "quiet"}
    return " ".join(sorted(kinds))
