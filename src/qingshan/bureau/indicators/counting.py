"""Values counted from rows (登记册、事项、任务): which rows took part, which of them are the part that counts, what comes of it.

`tally` is a pure function of the rows on record, so a value of last year can be made again from what its run kept.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, time
from fractions import Fraction

from django.db.models import Prefetch
from django.urls import reverse

from qingshan.bureau.base import clock, countable
from qingshan.bureau.cases.models import Case, CaseEvent
from qingshan.bureau.indicators.declared_sources import CaseRows, RegisterRows, TaskRows
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.ledger.models import Task

RATIOS = ("ratio", "share", "coverage", "kept", "closed_ratio", "on_time_ratio")


@dataclass(frozen=True)
class Counted:
    """One row that took part. `part`: whether it is of those that count; `amount`: the field summed, as written; `unit`: for coverage."""

    key: str
    title: str
    area: int | None
    url: str = ""
    part: bool = True
    amount: str = ""
    unit: int | None = None
    said: str = ""
    """what it is, in a word: 已销号、超期"""


@dataclass(frozen=True)
class Rows:
    """Everything a value was counted from; `whole`: how many units there are, for coverage."""

    counted: tuple[Counted, ...]
    whole: int = 0

    def as_data(self) -> dict:
        return {"rows": [asdict(c) for c in self.counted], "whole": self.whole}

    @classmethod
    def from_data(cls, data: dict) -> Rows:
        return cls(tuple(Counted(**row) for row in data["rows"]), data["whole"])


def tally(source, rows: Rows) -> tuple[float, str]:
    """The number, unrounded, and why there is none."""
    counts = [c for c in rows.counted if c.part]
    measure = source.measure
    if measure in ("count", "closed"):
        return float(len(counts)), ""
    if measure == "coverage":
        covered = {c.unit for c in counts if c.unit is not None}
        return (100 * len(covered) / rows.whole, "") if rows.whole else (math.nan, "区划里还没有可覆盖的单元，覆盖率无从计算")
    if measure == "mean":
        given = [Fraction(c.amount) for c in counts if c.amount]
        return (float(sum(given, Fraction(0)) / len(given)), "") if given else (math.nan, f"没有填了“{source.field}”的行，平均无从计算")
    if measure in ("sum", "share"):
        lacking = sum(1 for c in (counts if measure == "sum" else rows.counted) if not c.amount)
        if lacking and getattr(source, "blank", "refuse") == "refuse":
            return math.nan, f"{lacking} 行没有填写“{source.field}”，合计不全"
    if measure == "sum":
        return float(sum((Fraction(c.amount or 0) for c in counts), Fraction(0))), ""
    if measure == "share":
        whole = sum((Fraction(c.amount) for c in rows.counted), Fraction(0))
        part = sum((Fraction(c.amount) for c in counts), Fraction(0))
        return (float(100 * part / whole), "") if whole else (math.nan, f"“{source.field}”合计为 0，比例无从计算")
    if not rows.counted:
        return math.nan, "时段内没有符合条件的行，比例无从计算"
    return 100 * len(counts) / len(rows.counted), ""


def _end(period: Period) -> datetime:
    return datetime.combine(period.end, time.max)


class Source:
    """Rows of all kinds for one page: each kind is asked for once a period, whatever number of areas is wanted."""

    def __init__(self, places):
        self.places = places
        self._kept: dict[tuple, list] = {}

    def rows(self, source, place, period: Period) -> Rows:
        """The rows of one area (by the areas inside it); rows of no area belong to the whole district."""
        key = (source.model_dump_json(), period)
        if key not in self._kept:
            self._kept[key] = self._all(source, period)
        found = [c for c in self._kept[key] if c.area in place.inside or (c.area is None and place.level == "district")]
        whole = 0
        if getattr(source, "measure", "") == "coverage":
            whole = sum(1 for p in self.places.values() if p.level == source.per and p.id in place.inside)
        return Rows(tuple(found), whole)

    def _all(self, source, period: Period) -> list[Counted]:
        if isinstance(source, RegisterRows):
            return list(self._register(source, period))
        if isinstance(source, CaseRows):
            found = self._once(("cases", source.by, period), lambda: _cases(source.by, period))
            wanted = [case for case in found if not source.workflow or case.workflow in source.workflow]
            return [_case(source, case, period) for case in wanted if _answered(source, case)]
        found = self._once(("tasks", source.by, period), lambda: _tasks(source.by, period))
        wanted = [t for t in found if source.row in ("any", t.kind) and (not source.topic or t.topic in source.topic)]
        return [_task(source, task, period) for task in wanted]

    def _once(self, key: tuple, ask) -> list:
        if key not in self._kept:
            self._kept[key] = ask()
        return self._kept[key]

    def _register(self, source: RegisterRows, period: Period) -> Iterable[Counted]:
        there = countable.known()[source.register_name]
        kept = there.duties[source.rule].kept(period.end) if source.rule else {}
        for row in self._once(("register", source.register_name, period.end), lambda: list(there.rows(period.end))):
            if not all(row.fields.get(name) in values for name, values in source.where.items()):
                continue
            if source.dated and not str(period.start) <= str(row.fields.get(source.dated) or "") <= str(period.end):
                continue
            if source.rule and row.key not in kept:
                continue
            part = kept[row.key] if source.rule else all(row.fields.get(name) in values for name, values in source.part.items())
            amount = row.fields.get(source.field) if source.field else None
            unit = self._unit(row.area, source.per) if source.measure == "coverage" else None
            number = "" if amount is None else str(amount)
            said = _said(source, there, row) if not source.rule else f"{there.duties[source.rule].title}{'已有' if part else '没有'}"
            yield Counted(row.key, row.title, row.area, row.url, part, number, unit, said)

    def _unit(self, area: int | None, level: str) -> int | None:
        return next((p.id for p in self.places.values() if p.level == level and area in p.inside), None)


def _said(source: RegisterRows, there: countable.Countable, row: countable.Row) -> str:
    """What a row is that decides whether it counts, in words: 已淘汰，完成日期 2026-05-08."""
    words = []
    for name in dict.fromkeys((*source.part, *source.where, *filter(None, (source.dated,)))):
        column, value = there.columns[name], row.fields.get(name)
        shown = ("是" if value else "否") if isinstance(value, bool) else column.choices.get(str(value), str(value))
        words.append("—" if value is None else shown if column.type == "choice" else f"{column.title} {shown}")
    return "，".join(words)


def _cases(by: str, period: Period) -> list[Case]:
    """Cases opened or closed in the period, with what had happened to them by its end."""
    start, end = datetime.combine(period.start, time.min), _end(period)
    events = Prefetch("events", CaseEvent.objects.filter(at__lte=min(end, clock.now())), to_attr="past")
    return list(Case.objects.filter(**{f"{by}_at__gte": start, f"{by}_at__lte": end}).order_by("number").prefetch_related(events))


def _case(source: CaseRows, case: Case, period: Period) -> Counted:
    """One case as it stood at the period's end: closed or not, and whether any step was past its limit."""
    end = min(_end(period), clock.now())
    there = case.past[-1].became in case.declared.final if case.past else False  # opened again later, it was closed then
    closed = there or (case.closed_at is not None and case.closed_at <= end)
    running = case.due_at is not None and case.entered_at <= end and not closed
    late = any(e.was_late for e in case.past) or (running and case.due_at < end)
    amount = _answer(case, source.field) if source.field else ""
    part = {"count": True, "closed": closed, "closed_ratio": closed, "on_time_ratio": not late, "sum": bool(amount)}[source.measure]
    said = ("已销号" if closed else "办理中") + ("，超期" if late else "")
    return Counted(case.number, case.title, case.area_id, reverse("cases:order", args=[case.number]), part, amount, said=said)


def _answer(case: Case, name: str) -> str:
    """What was answered to something asked: the latest of a step, else what was written at the opening."""
    return str(case.answers.get(name) or case.facts.get(name) or "")


def _answered(source: CaseRows, case: Case) -> bool:
    return all(_answer(case, name) in values for name, values in source.where.items())


def _tasks(by: str, period: Period) -> list[Task]:
    """Tasks due in the period, or all of its year; cancelled ones do not count, and parts count in their whole."""
    found = Task.objects.live().whole()
    found = found.filter(year=period.end.year) if by == "year" else found.filter(deadline__gte=period.start, deadline__lte=period.end)
    return list(found.order_by("year", "number", "id").only("id", "title", "kind", "topic", "area_id", "closed", "deadline"))


def _task(source: TaskRows, task: Task, period: Period) -> Counted:
    closed = task.closed is not None and task.closed <= period.end
    on_time = closed and task.closed <= task.deadline
    part = {"count": True, "closed": closed, "closed_ratio": closed, "on_time_ratio": on_time}[source.measure]
    said = ("按期销号" if on_time else "逾期销号") if closed else "未销号"
    return Counted(str(task.pk), task.title, task.area_id, reverse("ledger:task", args=[task.pk]), part, said=said)


def visible(rows: Iterable[Counted], areas: Collection[int] | None) -> list[Counted]:
    """The rows a person may be shown, by the areas of the person's scope (None: all)."""
    return [c for c in rows if areas is None or c.area in areas]
