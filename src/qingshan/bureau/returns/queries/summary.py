"""A period put together: who has reported, who has not, each task's three lights, the frozen figures and their corrections (汇总)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet

from qingshan.bureau.base import clock, packs
from qingshan.bureau.base.models import Organisation, Person
from qingshan.bureau.ledger import lights
from qingshan.bureau.ledger import queries as ledger
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.returns.models import Figure, Line, Period

RULE = "three_sources"


def combine(signals: lights.Signals, on: date) -> lights.Signal:
    """The one light of three by the declared table."""
    return lights.combine(signals, packs.get("light_rules", RULE, at=on).row)


def periods(person: Person) -> QuerySet[Period]:
    """Periods a person sees, with how many lines there are, were sent and were sent late."""
    sent = ~Q(lines__sent_at=None)
    waiting = Q(lines__sent_at=None, lines__task__state=Task.State.DOING)
    return Period.objects.within(person).select_related("rota").annotate(
        n_lines=Count("lines"), n_sent=Count("lines", sent), n_late=Count("lines", Q(lines__is_late=True)),
        n_owed=Count("lines", waiting), n_silent=Count("lines__organisation", waiting, distinct=True),
    )  # fmt: skip


@dataclass
class Unit:
    """One unit in a period."""

    organisation: Organisation
    lines: list[Line] = field(default_factory=list)

    @property
    def sent(self) -> int:
        return sum(line.sent_at is not None for line in self.lines)

    @property
    def late(self) -> int:
        return sum(line.is_late for line in self.lines)

    @property
    def owed(self) -> int:
        return sum(line.sent_at is None and line.task.state == Task.State.DOING for line in self.lines)

    def words(self, period: Period, now: datetime) -> str:
        if not self.owed:
            return "已报齐" + (f"，逾期 {self.late} 项" if self.late else "")
        return ("未报" if not self.sent else "未报齐") + ("" if now <= period.due_at else "，已过截止")

    def light(self, period: Period, now: datetime) -> str:
        if not self.owed:
            return "amber" if self.late else "green"
        return "none" if now <= period.due_at else "red"


@dataclass
class Shown:
    """One line of the summary: as it stands, or as it was frozen, with its lights and corrections."""

    line: Line
    figure: Figure | None = None
    signals: lights.Signals | None = None
    light: lights.Signal | None = None

    @property
    def value(self):
        return self.figure.value if self.figure else self.line.value

    @property
    def words(self) -> str:
        return self.figure.words if self.figure else self.line.words

    @property
    def sent_at(self):
        return self.figure.sent_at if self.figure else self.line.sent_at

    @property
    def is_late(self) -> bool:
        return self.figure.is_late if self.figure else self.line.is_late

    @property
    def how_words(self) -> str:
        if self.sent_at is None:
            return "未报" if self.line.task.state == Task.State.DOING or self.figure else "不用报"
        return self.figure.how_words if self.figure else self.line.get_how_display()

    @property
    def three(self) -> list[tuple[str, str, str, str]]:
        """The three lights as (source, colour, words, why), frozen or live."""
        if self.figure:
            return [(name, *self.figure.lights.get(key, ["none", "—", ""])) for key, name in SOURCES]
        return [(s.source, s.colour, s.words, s.why) for s in self.signals] if self.signals else []

    @property
    def joined(self) -> tuple[str, str]:
        if self.figure:
            colour, words, _ = self.figure.lights.get("all", ["none", "—", ""])
            return colour, words
        return (self.light.colour, self.light.words) if self.light else ("none", "—")

    @property
    def corrections(self) -> list:
        return list(self.figure.corrections.all()) if self.figure else []


SOURCES = (("time", "时间"), ("data", "数据"), ("report", "反馈"))


def judged(lines: list[Line], on: date) -> dict[int, tuple[ledger.Row, lights.Signals, lights.Signal]]:
    """The ledger's row, three lights and their join for each line, as of a day."""
    tasks = {line.task_id: line.task for line in lines}
    blocked = {line.task_id for line in lines if line.how == Line.How.BLOCKED and line.sent_at}
    rows = {row.task.pk: row for row in ledger.judged_rows(list(tasks.values()), on)}
    found = {}
    for pk, row in rows.items():
        row.blocked = pk in blocked
        found[pk] = (row, row.signals, combine(row.signals, on))
    return {line.pk: found[line.task_id] for line in lines}


def lines_of(period: Period, person: Person) -> list[Line]:
    """The period's lines a person sees."""
    found = Line.objects.within(person).filter(period=period).select_related("task", "organisation", "sent_by")
    return list(found.prefetch_related("task__leads", "task__coops"))


def shown(period: Period, lines: list[Line]) -> list[Shown]:
    """The lines as a page shows them: from the frozen figures where the period is frozen, else as they stand now."""
    if period.is_frozen:
        frozen = Figure.objects.filter(period=period, edition=period.edition).prefetch_related("corrections__by")
        figures = {f.line_id: f for f in frozen}
        return [Shown(line, figures.get(line.pk)) for line in lines if line.pk in figures]
    found = judged(lines, min(clock.today(), period.last))
    return [Shown(line, None, found[line.pk][1], found[line.pk][2]) for line in lines]


def units(lines: list[Line]) -> list[Unit]:
    """Lines by unit, those who owe first."""
    found: dict[int, Unit] = {}
    for line in lines:
        found.setdefault(line.organisation_id, Unit(line.organisation)).lines.append(line)
    return sorted(found.values(), key=lambda u: (-u.owed, u.organisation.kind, u.organisation.name))


def silent(on_or_before: datetime) -> dict[int, list[tuple[Period, int]]]:
    """Units that owe lines in open periods: unit id → (period, how many lines); the earliest due first."""
    owed = (
        Line.objects.filter(period__frozen_at=None, sent_at=None, task__state=Task.State.DOING, period__opened_at__lte=on_or_before)
        .values_list("organisation_id", "period_id").annotate(n=Count("pk"))
    )  # fmt: skip
    open_periods = {p.pk: p for p in Period.objects.filter(frozen_at=None).select_related("rota")}
    found = defaultdict(list)
    for unit, period, n in owed.order_by("period__due_at", "period_id", "organisation_id"):
        found[unit].append((open_periods[period], n))
    return dict(found)
