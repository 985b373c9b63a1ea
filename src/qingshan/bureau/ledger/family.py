"""Tasks and their parts as one family (任务与子任务): parts are judged with the whole, and stand under it in a list."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from qingshan.bureau.ledger import measures, rollup
from qingshan.bureau.ledger.lights import elapsed, judge
from qingshan.bureau.ledger.models import Task

if TYPE_CHECKING:
    from qingshan.bureau.ledger.declared import LightScheme
    from qingshan.bureau.ledger.queries import Row


def with_parts(rows: list[Row], scheme: LightScheme, on: date) -> list[Row]:
    """Give each task its parts, judged, and the light that they and it make together; a target has none."""
    wholes = {row.task.pk: row for row in rows if row.task.parent_id is None and not row.task.is_target}
    if not wholes:
        return rows
    there = {row.task.pk: row for row in rows}
    parts = list(Task.objects.filter(parent__in=wholes).live().prefetch_related("leads", "coops").order_by("parent", "number", "pk"))
    measured = measures.of((task for task in parts if task.indicator), on)
    for task in parts:
        whole = wholes[task.parent_id]
        task.parent = whole.task
        known = there.get(task.pk)
        if known is None:
            measure = measured.get(task.pk)
            known = type(whole)(task, judge(task, scheme, on, measure), measure, on, whole.towns)
        whole.parts.append(known)
    for row in wholes.values():
        if row.parts:
            due = round(elapsed(row.task.begins, row.task.deadline, on), 1)
            row.light = rollup.roll_up(row.light, [rollup.Part(float(one.task.weight), one.light) for one in row.parts], due, scheme)
    return rows


def in_order(rows: list[Row]) -> list[Row]:
    """The same rows with each part right under its whole; a part whose whole is not among them keeps its place."""
    there = {row.task.pk for row in rows}
    under: dict[int, list[Row]] = {}
    for row in rows:
        if row.task.parent_id in there:
            under.setdefault(row.task.parent_id, []).append(row)
    found = []
    for row in rows:
        if row.task.parent_id not in there:
            found += [row, *sorted(under.get(row.task.pk, ()), key=lambda one: (one.task.number, one.task.pk))]
    return found
