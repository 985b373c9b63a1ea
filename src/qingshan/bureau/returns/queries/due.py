"""What a person's units owe now, with what the platform already knows (我的填报)."""

from __future__ import annotations

import copy
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q, QuerySet

from qingshan.bureau.base.models import Person
from qingshan.bureau.ledger import measures
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.ledger.models.task import figure
from qingshan.bureau.returns.models import Line, Period, Reporter
from qingshan.bureau.returns.models.rota import units_of


@dataclass(frozen=True)
class Offer:
    """What stands in the field before anyone types: the value, where it is from in words, and the page it opens to."""

    value: Decimal | None = None
    source: str = ""
    words: str = ""
    url: str = ""
    reason: str = ""

    @property
    def is_data(self) -> bool:
        return self.source == "数据"


@dataclass
class Due:
    """One line before a person: the task, what is offered, what was sent or drafted, whether it can still be sent."""

    line: Line
    offer: Offer
    last_words: str = ""
    also: list[str] = field(default_factory=list)

    @property
    def value(self):
        """What the field shows: the draft, what was sent, else what is offered."""
        if self.line.draft is not None:
            return self.line.draft.get("value", "")
        if self.line.sent_at:
            return self.line.value
        return self.offer.value

    @property
    def words(self) -> str:
        return self.line.draft.get("words", "") if self.line.draft is not None else self.line.words

    @property
    def how(self) -> str:
        return self.line.draft.get("how", "normal") if self.line.draft is not None else self.line.how

    @property
    def wants_value(self) -> bool:
        return wants_value(self.line.task)


def wants_value(task: Task) -> bool:
    """Whether the task has a figure that a unit counts up to."""
    return task.value is not None and not task.is_target


def open_lines(person: Person) -> QuerySet[Line]:
    """Lines of the person's units in periods that are not frozen; closed tasks are no longer asked."""
    return (
        Line.objects.filter(organisation__in=units_of(person), period__frozen_at=None)
        .exclude(task__state__in=[Task.State.CLOSED, Task.State.CANCELLED])
        .select_related("period__rota", "task__plan", "organisation", "sent_by")
        .defer("task__plan__text", "task__plan__paragraphs")
        .prefetch_related("task__leads")
    )


def still_owed(lines: QuerySet[Line]) -> QuerySet[Line]:
    """Of lines, those not sent whose task is still under way; one that was reported done waits for the office, not the unit."""
    return lines.filter(sent_at=None, task__state=Task.State.DOING)


def n_owed(person: Person) -> int:
    """How many lines wait for this person."""
    named = Reporter.objects.filter(person=person, until=None).exclude(duty=Reporter.Duty.LEADER).values("organisation")
    units = Q(organisation__in=person.scope_organisations_ids()) | Q(organisation__in=named)
    return still_owed(Line.objects.filter(units, period__frozen_at=None)).count()


def offers(lines: list[Line], on: date) -> dict[int, Offer]:
    """What the platform already knows of each line: measured or counted first, then the newer of the unit's last return and the ledger."""
    measured, last = _measured(lines, on), _last_sent(lines)
    found = {}
    for line in lines:
        measure, before = measured.get(line.pk), last.get((line.task_id, line.organisation_id))
        reason = measure.reason if measure else ""
        if not wants_value(line.task):
            found[line.pk] = Offer(reason=reason)
        elif measure is not None and measure.value is not None:
            until = f"，截至{measure.on.month}月{measure.on.day}日" if measure.on else ""
            found[line.pk] = Offer(Decimal(str(measure.value)), "数据", f"平台已有数{until}", measure.url)
        elif _ledger_is_newer(line, before):
            found[line.pk] = Offer(line.task.reported, "台账", "台账最近一次反馈", f"/ledger/{line.task_id}/", reason)
        elif before is not None and before.value is not None:
            found[line.pk] = Offer(before.value, "上期", f"{before.period.name}报", "", reason)
        else:
            found[line.pk] = Offer(reason=reason or "还没有数，第一次请照实填")
    return found


def leads_alone(line: Line) -> bool:
    """Whether the unit is the task's one lead unit, so that the task's whole figure is its own."""
    return [unit.pk for unit in line.task.leads.all()] == [line.organisation_id]


def _ledger_is_newer(line: Line, before: Line | None) -> bool:
    """Whether the unit, leading alone, returned a figure in the ledger after its last return in a period."""
    task = line.task
    if task.reported is None or not leads_alone(line):
        return False
    if before is None or before.value is None or before.sent_at is None:
        return True
    return task.last_return is not None and task.last_return > before.sent_at and task.reported != before.value


def _measured(lines: list[Line], on: date) -> dict[int, measures.Measure]:
    """Measures by line. A unit that shares or helps is offered its own town's count; another unit's share nobody measures."""
    asked, keys = [], {}
    for line in lines:
        if not line.task.indicator:
            continue
        day = min(on, line.period.last)
        if leads_alone(line):
            keys[line.pk] = (line.task_id, line.task.area_id, day)
            asked.append((keys[line.pk], line.task))
        elif line.organisation.kind == "town" and line.organisation.area_id:
            one = copy.copy(line.task)
            one.area_id = line.organisation.area_id
            keys[line.pk] = (line.task_id, one.area_id, day)
            asked.append((keys[line.pk], one))
    answers = {}
    for key, task in asked:
        if key not in answers:
            answers[key] = measures.of([task], key[2]).get(task.pk)
    return {pk: answers[key] for pk, key in keys.items() if answers[key] is not None}


def _last_sent(lines: list[Line]) -> dict[tuple[int, int], Line]:
    """The latest line each unit sent on each task in an earlier period."""
    if not lines:
        return {}
    tasks, units = {line.task_id for line in lines}, {line.organisation_id for line in lines}
    here = {line.pk for line in lines}
    sent = (
        Line.objects.filter(task__in=tasks, organisation__in=units).exclude(sent_at=None)
        .select_related("period__rota").order_by("period__last", "sent_at")
    )  # fmt: skip
    return {(line.task_id, line.organisation_id): line for line in sent if line.pk not in here}


def mine(person: Person, now: datetime) -> list[tuple[Period, list[Due]]]:
    """Everything the person's units owe in open periods, the period due first at the top, what is still owed before what is sent."""
    lines = list(open_lines(person))
    offered, last = offers(lines, now.date()), _last_sent(lines)
    places = defaultdict(list)
    for line in lines:
        places[(line.task_id, line.organisation_id)].append(line.period)
    found: dict[int, tuple[Period, list[Due]]] = {}
    for line in lines:
        before = last.get((line.task_id, line.organisation_id))
        also = [p.rota.title for p in places[(line.task_id, line.organisation_id)] if p.pk != line.period_id]
        due = Due(line, offered[line.pk], before.words if before else "", also)
        found.setdefault(line.period_id, (line.period, []))[1].append(due)
    for _, dues in found.values():
        dues.sort(key=lambda d: (d.line.sent_at is not None, d.line.organisation_id, d.line.task.number, d.line.pk))
    return sorted(found.values(), key=lambda pair: (pair[0].due_at, pair[0].pk))


def said(value) -> str:
    """A figure for people; — where there is none."""
    return figure(value) or "—"
