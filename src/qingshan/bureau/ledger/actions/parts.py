"""A task is split into parts with their own unit, standard and day (任务分解)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max

from qingshan.bureau.base import audit, clock, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.ledger import fields as rules
from qingshan.bureau.ledger.actions.tasks import EDIT, WATCHED, apply, entered, keep, locked
from qingshan.bureau.ledger.models import Task, TaskEvent

if TYPE_CHECKING:
    from qingshan.bureau.ledger.declared import Stages


@transaction.atomic
def add_part(task_id: int, *, by: Person, fields: dict) -> Task:
    """Add one part to a task (新增子任务); it ends no later than the whole and has a unit that answers for it."""
    need(by, "ledger.edit_task", EDIT)
    whole = _splittable(task_id, by)
    part = _part(whole, fields, by)
    _split(whole, [part], by)
    return part


@transaction.atomic
def split_by_stages(task_id: int, stages: str, *, by: Person) -> list[Task]:
    """Split a task into the declared stages at once (按阶段分解): draft, review, issue; each with its standard, weight and day."""
    need(by, "ledger.edit_task", EDIT)
    whole = _splittable(task_id, by)
    try:
        said: Stages = packs.get("stages", stages, at=clock.today())  # type: ignore[assignment]
    except LookupError as unknown:
        raise Refused(str(unknown), field="stages", status=422) from None
    if whole.parts.live().exists():
        raise Refused(f"“{whole}”已有子任务，不能再按阶段整套分解；可以逐项新增")
    leads = list(whole.leads.values_list("pk", flat=True))
    if not leads:
        raise Refused(f"“{whole}”还没有牵头单位，先定牵头单位再分解", field="leads", status=422)
    days = (whole.deadline - whole.begins).days
    parts = [
        _part(
            whole,
            {
                "title": f"{stage.title}：{whole.title}"[:300], "standard": stage.standard, "weight": str(stage.weight), "leads": leads,
                "coops": [], "deadline": (whole.begins + timedelta(days=round(days * stage.until / 100))).isoformat(),
                "rhythm": whole.rhythm,
            },
            by,
        )
        for stage in said.stage
    ]  # fmt: skip
    _split(whole, parts, by)
    return parts


def _splittable(task_id: int, by: Person) -> Task:
    whole = locked(task_id, by)
    if not whole.is_going:
        raise Refused(f"“{whole}”{whole.get_state_display()}，不能再分解")
    if whole.parent_id is not None:
        raise Refused(f"“{whole}”本身是子任务，子任务下面不再分")
    if whole.is_target:
        raise Refused(f"“{whole}”是目标，由指标评判，不能分解；可分解的是完成它的任务")
    return whole


def _part(whole: Task, fields: dict, by: Person) -> Task:
    stands = rules.cleaned({"deadline": whole.deadline.isoformat(), "topic": whole.topic, **fields}, whole.year)
    if not stands["leads"]:
        raise Refused("请选子任务的牵头单位：没有牵头单位的没有人反馈", field="leads", status=422)
    day = date.fromisoformat(stands["deadline"])
    if day > whole.deadline:
        raise Refused(f"子任务期限 {day} 晚于任务期限 {whole.deadline}，请改早，或先调整任务的期限", field="deadline", status=422)
    last = whole.parts.aggregate(last=Max("number"))["last"] or 0
    part = Task(kind=Task.Kind.TASK, year=whole.year, plan=whole.plan, parent=whole, number=last + 1)
    apply(part, stands, fields)
    part.begins = min(whole.begins, part.deadline)
    part.changed = clock.now()
    part.save()
    part.leads.set(stands["leads"])
    part.coops.set(stands["coops"])
    return entered(part, by, "新增子任务", f"由“{whole}”分解")


def _split(whole: Task, parts: list[Task], by: Person) -> None:
    words = "；".join(f"{part.label} {part.title}（{'、'.join(map(str, part.leads.all()))}，{part.deadline}）" for part in parts)
    keep(whole, by, TaskEvent.Act.SPLIT, audit.snapshot(whole, *WATCHED), words=words, data={"parts": [part.pk for part in parts]})
