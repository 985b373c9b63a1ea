"""Decisions of all meetings and instructions on one page, each with the light of what it became (议定事项督办)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from qingshan.bureau.base import clock
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.typed import number
from qingshan.bureau.cases.models import Case
from qingshan.bureau.cases.queries import clock_of
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.ledger.queries import judged_rows
from qingshan.bureau.meetings.models import Decision, Meeting

TABS = {"open": "在办", "pending": "待核对", "late": "滞后逾期", "done": "已办结", "": "全部"}
DONE = (Decision.State.ANSWERED, Decision.State.LEFT)


@dataclass(frozen=True)
class Row:
    """One decision as it stands: its light with the reason, who does it, by when, where it is followed."""

    decision: Decision
    light: str
    words: str
    units: str
    deadline: date | None
    url: str
    followed: str

    @property
    def is_done(self) -> bool:
        return self.light == "blue"

    @property
    def is_late(self) -> bool:
        return self.light == "red"


def visible(person: Person) -> QuerySet[Decision]:
    """The bureau sees every decision; another unit those that became a task or case of its own."""
    found = Decision.objects.standing().exclude(meeting__state=Meeting.State.CANCELLED)
    if person.scope_areas() is not None:
        found = found.filter(Q(task__in=Task.objects.within(person).values("pk")) | Q(case__in=Case.objects.within(person).values("pk")))
    return found


def rows(person: Person, query: Mapping[str, str], on: date) -> list[Row]:
    """Decisions under the filters, the late first, then by deadline."""
    found = visible(person).filter(meeting__year=number(query.get("year")) or on.year)
    if kind := query.get("kind", ""):
        found = found.filter(meeting__kind=kind[:60])
    if (unit := number(query.get("unit"))) is not None:
        found = found.filter(Q(task__leads=unit) | Q(task__coops=unit) | Q(case__responsible=unit)).distinct()
    for word in query.get("q", "").split()[:5]:
        found = found.filter(Q(text__icontains=word) | Q(meeting__title__icontains=word))
    made = judged(list(whole(found)), clock.now())
    order = {"red": 0, "amber": 1, "none": 2, "green": 3, "blue": 4}
    return sorted(made, key=lambda r: (order[r.light], r.deadline or date.max, r.decision.pk))


def whole(found: QuerySet[Decision]) -> QuerySet[Decision]:
    return (
        found.select_related("meeting", "task__parent", "case__responsible", "reviewed_by")
        .defer("meeting__text", "read")
        .prefetch_related("task__leads", "task__coops")
    )


def of_meeting(person: Person, meeting: Meeting) -> list[Row]:
    """The decisions of one meeting in the order of its words; a unit sees its own."""
    return judged(list(whole(visible(person).filter(meeting=meeting)).order_by("start", "pk")), clock.now())


def search(person: Person, text: str, limit: int) -> list[Row]:
    """Decisions whose own words hold the text, the newest first."""
    return judged(list(whole(visible(person).filter(text__icontains=text)).order_by("-meeting__starts_at", "start")[:limit]), clock.now())


def judged(found: list[Decision], now: datetime) -> list[Row]:
    """Each decision with its light: that of the row of the ledger, of the case's clock, or amber while nobody has looked at it."""
    tasks = [d.task for d in found if d.task_id]
    lights = {row.task.pk: row for row in judged_rows(tasks, now.date())} if tasks else {}
    made = []
    for one in found:
        if one.task_id:
            row = lights[one.task_id]
            gone = one.task.state == Task.State.CANCELLED
            made.append(Row(
                one, "none" if gone else row.light.colour, "台账已撤销" if gone else row.light.words, row.leads, one.task.deadline,
                reverse("ledger:task", args=[one.task_id]), f"台账第 {one.task.label} 项",
            ))  # fmt: skip
        elif one.case_id:
            made.append(_of_case(one, now))
        elif one.is_pending:
            day = one.fields.get("deadline") or ""
            made.append(Row(one, "amber", "待核对", "", date.fromisoformat(day) if day else None, _review(one), ""))
        else:
            made.append(Row(one, "blue", one.get_state_display(), "", None, _review(one), ""))
    return made


def _of_case(one: Decision, now: datetime) -> Row:
    """A case is late by its step's clock, or past the day the meeting set."""
    case, clock_ = one.case, clock_of(one.case, now)
    day = date.fromisoformat(one.fields["deadline"]) if one.fields.get("deadline") else None
    late = not case.is_closed and day is not None and day < now.date()
    words = "已办结" if case.is_closed else f"逾期 {(now.date() - day).days} 天" if late else f"{case.state_words}，{clock_.words}"
    return Row(
        one, "red" if late else clock_.light, words, str(case.responsible), day, reverse("cases:order", args=[case.number]), case.number
    )


def _review(one: Decision) -> str:
    return f"{reverse('meetings:minutes', args=[one.meeting_id])}#decision-{one.pk}"


def narrowed(found: list[Row], tab: str) -> list[Row]:
    """The rows of a tab."""
    if tab == "pending":
        return [r for r in found if r.decision.is_pending]
    if tab == "late":
        return [r for r in found if r.is_late]
    if tab == "done":
        return [r for r in found if r.is_done]
    return [r for r in found if not r.is_done] if tab == "open" else found


def counts(found: list[Row]) -> dict[str, int]:
    return {tab: len(narrowed(found, tab)) for tab in TABS}


def n_pending(person: Person) -> list[Meeting]:
    """Meetings with decisions nobody has looked at yet, with their number `n`."""
    waits = Q(decisions__retired=False, decisions__state=Decision.State.PENDING)
    found = Meeting.objects.within(person).filter(state=Meeting.State.HELD).defer("text")
    return list(found.annotate(n=Count("decisions", waits)).filter(n__gt=0).order_by("starts_at"))
