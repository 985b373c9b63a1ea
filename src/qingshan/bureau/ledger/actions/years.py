"""Tasks go on into the next year, and point to the yearly task they come from (结转、对应)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.ledger.actions.tasks import EDIT, WATCHED, chosen, entered, keep, locked
from qingshan.bureau.ledger.lights import REACHING
from qingshan.bureau.ledger.models import Task, TaskEvent
from qingshan.bureau.ledger.models.task import figure

CARRIED = (
    "kind", "title", "topic", "indicator", "indicator_text", "operator", "value", "value_text", "unit", "check_kind", "aspirational",
    "area", "units_text", "rhythm", "note", "standard", "weight", "plan",
)  # fmt: skip


@transaction.atomic
def carry_over(task_ids: list[int], *, by: Person, basis: str, rest: bool = False) -> list[Task]:
    """Carry unfinished tasks into the next year (结转): each gets a successor with its units, tags, groups and open parts.

    The old row stays in its year and says where it went. `rest` asks only for what is still missing of a figure to reach.
    """
    need(by, "ledger.edit_task", EDIT)
    if not basis.strip():
        raise Refused("结转须写明依据（会议、文件或批示）", field="basis", status=422)
    return [_carry(locked(pk, by), by, basis.strip(), rest) for pk in chosen(task_ids)]


def _carry(task: Task, by: Person, basis: str, rest: bool, parent: Task | None = None) -> Task:
    if not task.is_going:
        raise Refused(f"“{task}”{task.get_state_display()}，不用结转")
    if task.parent_id is not None and parent is None:
        raise Refused(f"“{task}”是子任务，随上级任务“{task.parent}”一起结转")
    there = task.carried.live().first()
    if there is not None:
        raise Refused(f"“{task}”已结转到 {there.year} 年第 {there.number} 项，不能再结转")
    year = task.year + 1
    going_on = Task(year=year, carried_from=task, parent=parent, **{name: getattr(task, name) for name in CARRIED})
    going_on.number = task.number if parent else Task.objects.next_number(year)
    going_on.begins, going_on.deadline = date(year, 1, 1), _a_year_later(task.deadline)
    going_on.basis, going_on.changed = basis[:200], clock.now()
    if rest:
        _only_the_rest(going_on, task)
    going_on.save()
    for name in ("leads", "coops", "groups"):
        getattr(going_on, name).set(getattr(task, name).all())
    for tag in task.tags.all():
        going_on.tags.create(tag=tag.tag, words=tag.words, by=by, at=going_on.changed)
    entered(going_on, by, "结转任务", f"由 {task.year} 年第 {task.label} 项结转；依据：{basis}")
    words = f"结转到 {year} 年第 {going_on.label} 项；依据：{basis}"
    keep(task, by, TaskEvent.Act.CARRY, audit.snapshot(task, *WATCHED), words=words, data={"to_task": going_on.pk})
    for part in task.parts.going().order_by("number"):
        _carry(part, by, basis, rest, going_on)
    return going_on


def _a_year_later(day: date) -> date:
    return day.replace(year=day.year + 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 1)


def _only_the_rest(going_on: Task, task: Task) -> None:
    """Ask the successor for what is missing of a figure to reach; caps, states and shares keep theirs."""
    done = task.verified if task.verified is not None else task.reported
    countable = task.value is not None and task.operator in REACHING and task.operator != "maintain" and task.unit not in ("%", "‰")
    if task.is_target or not countable or "/" in task.value_text or not done or done >= task.value:
        return
    left: Decimal = task.value - done
    going_on.value, going_on.value_text = left, ""
    going_on.note = f"{task.note}；{task.year} 年要求 {task.goal}{task.unit}，已完成 {figure(done)}".removeprefix("；")[:300]


@transaction.atomic
def undo_carry(task_id: int, *, by: Person, basis: str) -> Task:
    """Take a carry-over back (撤回结转) while nothing has happened to the successor; it is withdrawn."""
    need(by, "ledger.edit_task", EDIT)
    going_on = locked(task_id, by)
    task = going_on.carried_from
    if task is None:
        raise Refused(f"“{going_on}”不是结转来的")
    if going_on.parent_id is not None:
        raise Refused(f"“{going_on}”是子任务，请撤回上级任务“{going_on.parent}”的结转")
    if not basis.strip():
        raise Refused("撤回结转须写明依据", field="basis", status=422)
    for one in [going_on, *going_on.parts.live()]:
        if not one.is_going:
            raise Refused(f"“{one}”{one.get_state_display()}，不能撤回结转")
        if one.returns.exists() or one.events.exclude(act=TaskEvent.Act.ENTER).exists():
            raise Refused(f"“{one}”结转后已有反馈或改动，不能撤回结转；不再办的请撤销")
        if not one.carried_from_id:
            raise Refused(f"“{one}”是结转后新增的子任务，请先撤销它")
    for one in [*going_on.parts.live(), going_on]:
        before, was = audit.snapshot(one, *WATCHED), one.state
        one.state = Task.State.CANCELLED
        keep(one, by, TaskEvent.Act.UNCARRY, before, words=basis.strip(), was=was)
        old = locked(one.carried_from_id, by)
        words = f"撤回结转（{one.year} 年第 {one.label} 项）；{basis.strip()}"
        keep(old, by, TaskEvent.Act.UNCARRY, audit.snapshot(old, *WATCHED), words=words)
    return going_on


@transaction.atomic
def link_tasks(pairs: dict[int, int | None], *, by: Person, basis: str = "") -> list[Task]:
    """Say from which task of another plan each row comes (对应): an action plan's row from the yearly plan's; None takes the link away."""
    need(by, "ledger.edit_task", EDIT)
    if not pairs:
        raise Refused("还没有选要对应的任务", status=400)
    linked = []
    for task_id, origin_id in pairs.items():
        task = locked(task_id, by)
        origin = None if origin_id is None else Task.objects.within(by).get(pk=origin_id)
        if origin is not None:
            _may_come_from(task, origin)
        if task.origin_id == origin_id:
            continue
        before = audit.snapshot(task, *WATCHED)
        task.origin = origin
        words = "；".join(filter(None, (f"来自 {origin.year} 年第 {origin.label} 项“{origin}”" if origin else "不再对应", basis.strip())))
        keep(task, by, TaskEvent.Act.LINK, before, words=words, data={"to_task": origin_id})
        linked.append(task)
    return linked


def _may_come_from(task: Task, origin: Task) -> None:
    if origin.pk == task.pk:
        raise Refused(f"“{task}”不能与自己对应")
    if origin.plan_id == task.plan_id:
        raise Refused(f"“{task}”与“{origin}”在同一份文件里，对应的应是另一份文件的任务")
    if origin.state == Task.State.CANCELLED:
        raise Refused(f"“{origin}”已撤销，不能对应")
    seen, above = {task.pk}, origin
    while above is not None:
        if above.pk in seen:
            raise Refused(f"“{origin}”本来就来自“{task}”，不能再反过来对应")
        seen.add(above.pk)
        above = above.origin
