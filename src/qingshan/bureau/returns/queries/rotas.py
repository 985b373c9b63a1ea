"""Which tasks a rota covers, who reports for a unit, what the calendar knows (填报安排)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet

from qingshan.bureau.base import packs
from qingshan.bureau.base.models import Person
from qingshan.bureau.cases.clocks import spans as days_of
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.returns.models import Reporter, Rota


def live_rotas(on: date) -> QuerySet[Rota]:
    """Rotas that have begun and are not stopped on a day."""
    return Rota.objects.filter(began__lte=on).exclude(stopped__lt=on)


def tasks_of(rota: Rota) -> QuerySet[Task]:
    """The rota's tasks still to be done. Targets are not asked of units: the platform measures them, or 单位填报 does."""
    going = Task.objects.filter(kind=Task.Kind.TASK, state=Task.State.DOING)
    chosen = going.filter(plan=rota.plan_id) if rota.plan_id else going.filter(rotas=rota)
    return chosen.prefetch_related("leads", "coops")


def owed(rota: Rota, first: date, last: date) -> list[tuple[Task, int]]:
    """What is owed for a span: each task under way in it with each unit that reports."""
    found = []
    for task in tasks_of(rota):
        if task.begins <= last:
            units = {u.pk for u in task.leads.all()} | ({u.pk for u in task.coops.all()} if rota.who == Rota.Who.ALL else set())
            found += [(task, unit) for unit in sorted(units)]
    return found


def reporters(units: Iterable[int]) -> dict[int, list[Reporter]]:
    """Named reporters of units, A 角 first."""
    order = {duty: n for n, duty in enumerate(Reporter.Duty.values)}
    found = defaultdict(list)
    for row in Reporter.objects.filter(organisation__in=list(units), until=None).select_related("person"):
        found[row.organisation_id].append(row)
    return {unit: sorted(rows, key=lambda r: order[r.duty]) for unit, rows in found.items()}


def whom(unit: int, named: dict[int, list[Reporter]], people: dict[int, list[Person]], with_leader: bool) -> list[Person]:
    """Whom a reminder to the unit reaches: its reporters, its leader from the second step on; where none is named, its people."""
    rows = [r.person for r in named.get(unit, ()) if with_leader or r.duty != Reporter.Duty.LEADER]
    if not [r for r in named.get(unit, ()) if r.duty != Reporter.Duty.LEADER]:
        rows += people.get(unit, [])
    return list(dict.fromkeys(p for p in rows if p.is_active))


def calendar_note(*days: date) -> str:
    """A sentence where no holidays are declared for a year the days lie in: they were reckoned by weekdays alone."""
    known = {d.year for one in packs.all("holidays").values() for d in days_of(one.off)}
    missing = sorted({d.year for d in days} - known)
    return f"{'、'.join(map(str, missing))}年节假日安排还没有录入，截止日按周一至周五推算" if missing else ""
