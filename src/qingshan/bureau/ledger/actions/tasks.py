"""Rows of the ledger are added, adjusted and withdrawn by those who keep it."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Organisation, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.ledger import fields as rules
from qingshan.bureau.ledger.models import Plan, Task, TaskEvent

EDIT = "新增、调整任务需要“新增、调整任务”权限"
WATCHED = (
    "title", "topic", "indicator", "indicator_text", "operator", "value", "value_text", "unit", "check_kind", "aspirational", "basis",
    "area", "leads", "coops", "deadline", "rhythm", "note", "state", "standard", "weight",
    "origin", "groups",
)  # fmt: skip
EDITABLE = (
    "title", "topic", "indicator", "indicator_text", "operator", "value", "value_text", "unit", "check", "aspirational", "area", "leads",
    "coops", "deadline", "rhythm", "note", "units_text", "standard", "weight",
)  # fmt: skip


def locked(task_id: int, by: Person) -> Task:
    """The task, locked, where the person may see it; another unit's task does not exist."""
    return Task.objects.within(by).select_for_update().get(pk=task_id)


def keep(
    task: Task, by: Person, act: str, before: dict, *, words: str = "", was: str = "", data: dict | None = None, returned=None
) -> TaskEvent:
    """Save a changed task with its event and its audit row; the version rises so that older sheets are noticed."""
    now = clock.now()
    task.version += 1
    task.changed = now
    task.save()
    event = TaskEvent.objects.create(
        task=task, act=act, was=was or task.state, became=task.state, at=now, by=by, words=words, data=data or {}, returned=returned
    )
    audit.record(by, TaskEvent.Act(act).label, task, before, audit.snapshot(task, *WATCHED), basis=words)
    return event


def entered(task: Task, by: Person, action: str, words: str, act: str = TaskEvent.Act.ENTER, data: dict | None = None) -> Task:
    """Record a row that has just been saved with its units: its first event and its audit row."""
    TaskEvent.objects.create(task=task, act=act, became=task.state, at=task.changed, by=by, words=words, data=data or {})
    audit.record(by, action, task, None, audit.snapshot(task, *WATCHED), basis=task.basis)
    return task


@transaction.atomic
def add_task(*, by: Person, kind: str, fields: dict, year: int, plan_id: int | None = None) -> Task:
    """Add a row that no plan's sentence stands for (手工新增), such as a task from a meeting."""
    need(by, "ledger.edit_task", EDIT)
    plan = Plan.objects.within(by).get(pk=plan_id) if plan_id else None
    stands = rules.cleaned(fields, year)
    if not stands["leads"]:
        raise Refused("请选牵头单位：没有牵头单位的任务没有人反馈", field="leads", status=422)
    task = Task(kind=rules.choice(kind, Task.Kind, "kind"), year=year, plan=plan, number=Task.objects.next_number(year))
    apply(task, stands, fields)
    task.begins = min(max(date(year, 1, 1), clock.today() if clock.today().year == year else date(year, 1, 1)), task.deadline)
    task.changed = clock.now()
    task.save()
    task.leads.set(stands["leads"])
    task.coops.set(stands["coops"])
    return entered(task, by, "新增任务", f"手工新增，依据：{task.basis}" if task.basis else "手工新增")


def apply(task: Task, stands: dict, fields: dict) -> None:
    """Write checked fields onto a row; units are set after it is saved."""
    for name in ("title", "topic", "indicator", "indicator_text", "operator", "value_text", "unit", "rhythm", "note", "aspirational"):
        setattr(task, name, stands[name])
    task.value, task.check_kind = rules.number(fields.get("value"), stands["unit"])[0], stands["check"]
    task.deadline = date.fromisoformat(stands["deadline"])
    task.area_id = stands["area"]
    task.standard, task.weight = stands["standard"], rules.weight(fields.get("weight", task.weight))
    task.basis = str(fields.get("basis") or task.basis).strip()[:200]


@transaction.atomic
def edit_task(task_id: int, *, by: Person, fields: dict, basis: str, version: int | None = None) -> Task:
    """Adjust a row (调整); a changed figure, deadline or unit needs a written reason, and a newer change is never overwritten."""
    need(by, "ledger.edit_task", EDIT)
    task = locked(task_id, by)
    if not task.is_going:
        raise Refused(f"“{task}”{task.get_state_display()}，不能调整；确需改动请先恢复办理")
    if version is not None and version != task.version:
        raise Refused(f"“{task}”在您打开之后被改过（{task.changed:%m月%d日 %H:%M}），您的改动没有保存，请看过新内容再改")
    before = audit.snapshot(task, *WATCHED)
    now = {name: field_of(task, name) for name in EDITABLE}
    merged = {**now, **fields}
    stands = rules.cleaned(merged, task.year)
    weighty = [
        label
        for name, label in (("value", "数值"), ("operator", "比较"), ("deadline", "期限"), ("leads", "牵头单位"))
        if _differs(now, merged, name, task)
    ]
    if weighty and not basis.strip():
        raise Refused(f"改了{'、'.join(weighty)}，请写明依据（会议、文件或批示）", field="reason", status=422)
    _keep_in_the_whole(task, date.fromisoformat(stands["deadline"]))
    apply(task, stands, merged)
    task.begins = min(task.begins, task.deadline)
    task.leads.set(stands["leads"])
    task.coops.set(stands["coops"])
    after = audit.snapshot(task, *WATCHED)
    if after == before:
        return task
    changed = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    keep(task, by, TaskEvent.Act.EDIT, before, words=basis.strip(), data={"changed": changed})
    return task


def _keep_in_the_whole(task: Task, day: date) -> None:
    """A part ends no later than its whole, and a whole no earlier than its open parts."""
    if task.parent is not None and day > task.parent.deadline:
        raise Refused(f"子任务期限 {day} 晚于任务期限 {task.parent.deadline}，请改早，或先调整任务的期限", field="deadline", status=422)
    last = task.parts.going().order_by("-deadline").first() if day < task.deadline else None
    if last is not None and last.deadline > day:
        raise Refused(f"子任务 {last.label} 的期限 {last.deadline} 更晚，请先调整子任务", field="deadline", status=422)


def field_of(task: Task, name: str):
    """A field of a task in the shape forms and sheets give it."""
    if name in ("leads", "coops"):
        return list(getattr(task, name).values_list("pk", flat=True))
    if name == "check":
        return task.check_kind
    if name == "value":
        return task.value_text if rules.FRACTION.match(task.value_text) else task.value
    if name == "area":
        return task.area_id
    if name == "deadline":
        return task.deadline.isoformat()
    return getattr(task, name)


def _differs(now: dict, merged: dict, name: str, task: Task) -> bool:
    if name == "value":
        new, wording = rules.number(merged["value"], merged["unit"])
        return wording != task.value_text if wording else new != task.value
    if name == "deadline":
        return rules.deadline_of(merged["deadline"], task.year) != task.deadline
    if name == "leads":
        return set(merged["leads"]) != set(now["leads"])
    if name == "operator":
        return rules.operator_of(merged["operator"]) != task.operator
    return merged[name] != now[name]


@transaction.atomic
def move_deadlines(task_ids: list[int], *, by: Person, deadline: date, basis: str) -> list[Task]:
    """Move the deadline of several rows at once (调整期限), for one written reason."""
    need(by, "ledger.edit_task", EDIT)
    return [edit_task(pk, by=by, fields={"deadline": deadline.isoformat()}, basis=basis) for pk in chosen(task_ids)]


@transaction.atomic
def reassign_tasks(task_ids: list[int], *, by: Person, leads: list[int], basis: str) -> list[Task]:
    """Give several rows to another lead unit (转派), for one written reason."""
    need(by, "ledger.edit_task", EDIT)
    if not Organisation.objects.filter(pk__in=leads).exists():
        raise Refused("请选转派给哪个单位", field="leads", status=422)
    return [edit_task(pk, by=by, fields={"leads": leads}, basis=basis) for pk in chosen(task_ids)]


def chosen(task_ids: list[int]) -> list[int]:
    """The ids once each; Refused where none was ticked."""
    ids = list(dict.fromkeys(task_ids))
    if not ids:
        raise Refused("还没有选任务，请先在左边打勾", status=400)
    return ids


@transaction.atomic
def cancel_task(task_id: int, *, by: Person, basis: str) -> Task:
    """Withdraw a row (撤销): it stays in the ledger's history and counts no more; its sentence may be reviewed again."""
    need(by, "ledger.edit_task", EDIT)
    task = locked(task_id, by)
    if not task.is_going:
        raise Refused(f"“{task}”{task.get_state_display()}，不能撤销")
    if not basis.strip():
        raise Refused("撤销须写明依据（会议、文件或批示）", field="reason", status=422)
    going = task.parts.going().count()
    if going:
        raise Refused(f"“{task}”还有 {going} 项子任务在办，请先逐项撤销或销号")
    before, was = audit.snapshot(task, *WATCHED), task.state
    task.state = Task.State.CANCELLED
    keep(task, by, TaskEvent.Act.CANCEL, before, words=basis.strip(), was=was)
    return task
