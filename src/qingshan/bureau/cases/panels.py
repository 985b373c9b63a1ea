"""What the order page shows, put together: proof slots, timeline, board; apps above add panels (处置单页面)."""

from __future__ import annotations

from dataclasses import dataclass, field

from qingshan.bureau.base import packs
from qingshan.bureau.cases.models import Case, CaseEvent, Proof

more: dict = {}
"""Panels of apps above, by name: ``make(case, person) -> Panel | None``; registered in their ``AppConfig.ready``."""


@dataclass(frozen=True)
class Panel:
    """A panel of another app on the order page."""

    template: str
    context: dict
    scripts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Slot:
    """One declared kind of proof: what is there, and whether a step to come needs it."""

    name: str
    title: str
    is_photo: bool
    needed: bool
    proofs: list[Proof]


def slots(case: Case, proofs: list[Proof]) -> list[Slot]:
    """Every declared kind of proof in order."""
    declared = case.declared
    needed = {n for s in declared.step for n in s.needs}
    return [
        Slot(name, title, name in declared.photo, name in needed and not case.is_closed, [p for p in proofs if p.kind == name])
        for name, title in declared.proof.items()
    ]


@dataclass
class Line:
    """One line of the timeline."""

    event: CaseEvent
    proofs: list[Proof] = field(default_factory=list)


def timeline(events: list[CaseEvent], proofs: list[Proof]) -> list[Line]:
    """Events newest first, each with the proofs given before it and after the one before."""
    lines, last = [], None
    for event in events:
        lines.append(Line(event, [p for p in proofs if p.at <= event.at and (last is None or p.at > last)]))
        last = event.at
    return lines[::-1]


@dataclass
class Column:
    title: str
    rows: list


def board(rows: list) -> list[Column]:
    """Columns by state, in the order of the workflows; workflows that share a word share a column."""
    columns: dict[str, Column] = {}
    for workflow in packs.all("cases").values():
        for words in workflow.state.values():
            columns.setdefault(words, Column(words, []))
    for row in rows:
        columns[row.case.state_words].rows.append(row)
    return list(columns.values())
