"""The checks behind “不严不实”: each looks at the gathered facts and says which tasks are weak, and why."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from qingshan.bureau.base.models import Organisation
from qingshan.bureau.ledger.lights import Signal
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.ledger.models.task import figure
from qingshan.bureau.ledger.queries import Row
from qingshan.bureau.returns.declared import DoubtRule, checks


@dataclass(frozen=True)
class Doubt:
    """One weak point: by which rule, of which task and unit, in words."""

    rule: DoubtRule
    task: Task
    unit: Organisation | None
    words: str

    @property
    def key(self) -> tuple[str, int]:
        return self.rule.name, self.task.pk


@dataclass
class Facts:
    """What the checks look at, asked once for all of them."""

    on: date
    rows: list[Row] = field(default_factory=list)
    joined: dict[int, Signal] = field(default_factory=dict)
    """by task: the one light of three"""
    proofs: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    """by task: (sha256, name) of its evidence"""
    frozen: dict[tuple[int, int], list[tuple[str, Decimal | None]]] = field(default_factory=dict)
    """by task and unit: (period's name, figure as corrected), oldest first, of periods that are frozen"""
    silent: dict[tuple[int, int], list[tuple[str, datetime]]] = field(default_factory=dict)
    """by task and unit: (name, due) of periods past due without a return, since the last one that had one"""
    shots: dict[int, list[str]] = field(default_factory=dict)
    """by task: what does not agree in the photographs of its latest returns"""
    units: dict[int, Organisation] = field(default_factory=dict)


def lead(row: Row) -> Organisation | None:
    return next(iter(row.task.leads.all()), None)


@checks.add("done_but_short")
def done_but_short(rule: DoubtRule, facts: Facts) -> list[Doubt]:
    """A unit reports the figure reached, and the measured or verified one says otherwise."""
    found = []
    for row in facts.rows:
        if row.light.clash:
            found.append(Doubt(rule, row.task, lead(row), f"{row.light.clash}，要求 {row.task.goal} {row.task.unit}".strip()))
        elif row.task.state == Task.State.REPORTED and row.task.value is not None and not row.task.is_target:
            value = row.task.verified if row.task.verified is not None else row.task.reported
            if value is not None and not row.task.meets(value):
                found.append(Doubt(rule, row.task, lead(row), f"报完成，但数只有 {figure(value)}/{row.task.goal} {row.task.unit}".strip()))
    return found


@checks.add("done_without_evidence")
def done_without_evidence(rule: DoubtRule, facts: Facts) -> list[Doubt]:
    """Reported done, and nothing is attached."""
    return [
        Doubt(rule, row.task, lead(row), "已报完成，没有一件佐证")
        for row in facts.rows
        if row.task.state == Task.State.REPORTED and not facts.proofs.get(row.task.pk)
    ]


@checks.add("same_evidence")
def same_evidence(rule: DoubtRule, facts: Facts) -> list[Doubt]:
    """One and the same file stands as evidence of several tasks."""
    by_file, titles = defaultdict(dict), {row.task.pk: row.task for row in facts.rows}
    for pk, proofs in facts.proofs.items():
        for sha256, name in proofs:
            by_file[sha256].setdefault(pk, name)
    found = []
    for row in facts.rows:
        shared = {other for sha256, _ in facts.proofs.get(row.task.pk, ()) for other in by_file[sha256]} - {row.task.pk}
        if shared:
            name = next(n for s, n in facts.proofs[row.task.pk] if len(by_file[s]) > 1)
            others = "、".join(f"“{titles[pk].title[:20]}”" for pk in sorted(shared) if pk in titles)
            found.append(Doubt(rule, row.task, lead(row), f"佐证“{name}”也用在{others or '别的任务'}"))
    return found


@checks.add("figure_fell")
def figure_fell(rule: DoubtRule, facts: Facts) -> list[Doubt]:
    """A figure counted up from the year's start is lower than in the period before."""
    tasks, found = {row.task.pk: row.task for row in facts.rows}, []
    for (task, unit), figures in facts.frozen.items():
        known = [(name, value) for name, value in figures if value is not None]
        if task in tasks and len(known) > 1 and known[-1][1] < known[-2][1] - Decimal(str(rule.over)):
            (before, was), (after, now) = known[-2:]
            found.append(
                Doubt(rule, tasks[task], facts.units.get(unit), f"{before} {figure(was)}，{after} {figure(now)}，少了 {figure(was - now)}")
            )
    return found


@checks.add("silent_but_normal")
def silent_but_normal(rule: DoubtRule, facts: Facts) -> list[Doubt]:
    """Nothing was reported for a period past its due time, and the task's light is green all the same."""
    rows, found = {row.task.pk: row for row in facts.rows}, []
    for (task, unit), missed in facts.silent.items():
        if task in rows and len(missed) > rule.over and facts.joined[task].colour == "green":
            found.append(
                Doubt(
                    rule,
                    rows[task].task,
                    facts.units.get(unit),
                    f"{'、'.join(n for n, _ in missed[-3:])}未报，灯仍是绿的（{facts.joined[task].words}）",
                )
            )
    return found


@checks.add("photo_mismatch")
def photo_mismatch(rule: DoubtRule, facts: Facts) -> list[Doubt]:
    """A photograph's own time or place does not agree with the phone or the period."""
    return [Doubt(rule, row.task, lead(row), facts.shots[row.task.pk][-1]) for row in facts.rows if facts.shots.get(row.task.pk)]


@checks.add("task_late")
def task_late(rule: DoubtRule, facts: Facts) -> list[Doubt]:
    """The share done lies further behind the time elapsed than allowed, before the deadline."""
    found = []
    for row in facts.rows:
        light = row.light
        running = row.task.state == Task.State.DOING and row.task.days_left(facts.on) >= 0
        if running and light.done is not None and light.due is not None and not light.capped and light.due - light.done > rule.over:
            found.append(
                Doubt(rule, row.task, lead(row), f"完成 {light.done:g}%，序时 {light.due:g}%，落后 {light.due - light.done:.1f} 个百分点")
            )
    return found


@checks.add("task_overdue")
def task_overdue(rule: DoubtRule, facts: Facts) -> list[Doubt]:
    """The deadline is past, and the task is not reported done."""
    return [
        Doubt(rule, row.task, lead(row), f"期限 {row.task.deadline:%Y-%m-%d}，逾期 {-row.task.days_left(facts.on)} 天，还没有报完成")
        for row in facts.rows
        if row.task.state == Task.State.DOING and -row.task.days_left(facts.on) > rule.over
    ]
