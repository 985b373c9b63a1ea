"""What the page of one case shows, put together: proof slots, timeline, board; apps above add panels (一案一档)."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber

from qingshan.bureau.cases import queries
from qingshan.bureau.cases.declared import Evidence
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
    wanted: Evidence
    given: bool = False
    """something of this round is there"""
    short: str = ""
    """why what is there does not count yet"""

    @property
    def with_file(self) -> bool:
        return self.wanted.type in ("file", "photo")


def slots(case: Case, proofs: list[Proof], there: Mapping[str, str]) -> list[Slot]:
    """Every declared kind of proof in order."""
    declared = case.declared
    needed = {n for s in declared.step for n in declared.needs_of(s) if s.to not in declared.void}
    return [
        Slot(
            name, wanted.title, wanted.type == "photo", name in needed and not case.is_closed,
            [p for p in proofs if p.kind == name], wanted, name in there, there.get(name, ""),
        )
        for name, wanted in declared.proof.items()
    ]  # fmt: skip


@dataclass
class Line:
    """One line of the timeline."""

    event: CaseEvent
    proofs: list[Proof] = field(default_factory=list)
    gone: bool = False
    """taken back by a later one"""


def timeline(events: list[CaseEvent], proofs: list[Proof]) -> list[Line]:
    """Events newest first, each with the proofs given before it and after the one before."""
    lines, last = [], None
    gone = {event.undoes_id for event in events if event.undoes_id}
    for event in events:
        lines.append(Line(event, [p for p in proofs if p.at <= event.at and (last is None or p.at > last)], event.pk in gone))
        last = event.at
    return lines[::-1]


@dataclass
class Column:
    title: str
    rows: list
    n: int = 0


MOST_CARDS = 25
"""cards a column of the board shows"""
NEVER = datetime(9999, 12, 31)


def board(found: QuerySet[Case], rows: Callable[[list[Case]], list]) -> list[Column]:
    """Columns by state, in the order of the workflows; workflows that share a word share a column; none without cases."""
    words: dict[tuple[str, str], str] = {}
    for flow in queries.versions():  # those in use first: a word an earlier version had stands only where no later one has the state
        for state, said in flow.state.items():
            words.setdefault((flow.name, state), said)
    columns: dict[str, Column] = {}
    plain = found.order_by().select_related(None).prefetch_related(None)
    there = {(flow, state): n for flow, state, n in plain.values_list("workflow", "state").annotate(n=Count("pk"))}
    for key, said in words.items():
        if key in there:
            columns.setdefault(said, Column(said, [])).n += there[key]
    nth = Window(RowNumber(), partition_by=["workflow", "state"], order_by=[F("due_at").asc(nulls_last=True), F("pk").desc()])
    first = plain.annotate(nth=nth).filter(nth__lte=MOST_CARDS).values_list("pk", "workflow", "state", "due_at")
    picked: dict[str, list] = {}
    for pk, flow, state, due_at in first:
        picked.setdefault(words.get((flow, state), ""), []).append((due_at or NEVER, pk))
    chosen = {said: [pk for _, pk in sorted(some)[:MOST_CARDS]] for said, some in picked.items()}
    wanted = [pk for some in chosen.values() for pk in some]
    shown = Case.objects.filter(pk__in=wanted).select_related("area", "responsible").prefetch_related("helpers")
    cases = {case.pk: case for case in shown}
    for said, column in columns.items():
        column.rows = rows([cases[pk] for pk in chosen.get(said, [])])
    return list(columns.values())


@dataclass
class Day:
    """One day of the calendar with the cases that are due on it."""

    on: date
    is_month: bool
    rows: list = field(default_factory=list)


def month(found: QuerySet[Case], first: date, rows: Callable[[list[Case]], list]) -> list[list[Day]]:
    """The weeks of a month, Monday to Sunday, each day with what is due on it."""
    days = [Day(day, day.month == first.month) for day in Calendar().itermonthdates(first.year, first.month)]
    by_day = {day.on: day for day in days}
    start, end = datetime.combine(days[0].on, time.min), datetime.combine(days[-1].on, time.max)
    for row in rows(list(found.filter(closed_at=None, due_at__range=(start, end)).order_by("due_at", "id")[:500])):
        by_day[row.case.due_at.date()].rows.append(row)
    return [days[i : i + 7] for i in range(0, len(days), 7)]
