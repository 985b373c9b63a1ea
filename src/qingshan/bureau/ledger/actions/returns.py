"""Units return what they did; the committee's office checks, sends back, chases and closes."""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from qingshan.bureau.base import attachments, audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Attachment, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.ledger import fields as rules
from qingshan.bureau.ledger import measures
from qingshan.bureau.ledger.actions.tasks import WATCHED, keep, locked
from qingshan.bureau.ledger.models import Task, TaskEvent, TaskReturn
from qingshan.bureau.ledger.models.task import figure

RETURN_FIELDS = (*WATCHED, "reported", "verified")


def may_report(task: Task, person: Person) -> bool:
    """Whether the person's unit answers for the task's figure and state: it leads, or the task has no lead unit and it helps."""
    mine = person.scope_organisations_ids()
    return task.leads.filter(pk__in=mine).exists() or (not task.leads.exists() and task.coops.filter(pk__in=mine).exists())


def may_return(task: Task, person: Person) -> bool:
    """Whether the person works in a unit that leads the task or helps with it."""
    mine = person.scope_organisations_ids()
    return task.leads.filter(pk__in=mine).exists() or task.coops.filter(pk__in=mine).exists()


@transaction.atomic
def return_task(
    task_id: int, *, by: Person, words: str, value=None, done: bool = False, blocked: bool = False,
    files: tuple[UploadedFile, ...] | list[UploadedFile] = (), token: str = "",
) -> TaskReturn:  # fmt: skip
    """Return progress (反馈): the cumulative figure, words, evidence; `done` reports the task complete, `blocked` says it cannot be done.

    The figure and the completion are the lead unit's to report; a helping unit's own figure stands in its words, and the task's is not
    touched. The same `token` twice (a phone that sent again) is one return.
    """
    need(by, "ledger.return_task", "反馈需要“反馈任务进展”权限")
    task = locked(task_id, by)
    if token:
        there = TaskReturn.objects.filter(task=task, token=token).first()
        if there:
            return there
    if not may_return(task, by):
        raise Refused(
            f"“{task}”由{'、'.join(map(str, task.leads.all())) or '未定单位'}牵头，您的单位不是牵头或配合单位，不能代为反馈", status=403
        )
    if not task.is_going:
        raise Refused(f"“{task}”{task.get_state_display()}，不再收反馈")
    words, figure_now = words.strip(), rules.number(value)[0]
    if not words:
        raise Refused("请写进展：做了什么、还差什么" if not blocked else "请写清为什么办不了、需要谁帮什么", field="words", status=422)
    if done and blocked:
        raise Refused("“报完成”和“办不了”只能选一个", field="done", status=422)
    if figure_now is not None and figure_now < 0:
        raise Refused("累计完成不能是负数", field="value", status=422)
    reports = may_report(task, by)
    if done and not reports:
        leads = "、".join(map(str, task.leads.all()))
        raise Refused(f"“{task}”由{leads}牵头，报完成由牵头单位办；配合单位请反馈进展", field="done", status=403)
    if figure_now is not None and not reports:
        words = f"配合单位完成 {figure(figure_now)} {task.unit}。{words}"
    stands = figure_now if figure_now is not None else task.reported
    if done and task.value is not None and not task.is_target and not task.meets(stands):
        raise Refused(
            f"要求{task.get_operator_display()} {task.goal} {task.unit}，现填 {figure(stands) or '空'}，还不能报完成",
            field="value",
            status=422,
        )
    evidence = [attachments.keep(file, by, kinds=("image", "document", "sheet"), owner=task) for file in files]
    if done and not evidence and not TaskReturn.objects.filter(task=task, evidence__isnull=False).exists():
        raise Refused("报完成须附佐证（照片、文件或表格），现在一件也没有", field="files", status=422)
    before, was, now = audit.snapshot(task, *RETURN_FIELDS), task.state, clock.now()
    said, figure_now = figure_now, figure_now if reports else None
    returned = TaskReturn.objects.create(
        task=task, at=now, by=by, organisation=by.organisation, value=figure_now, words=words, done=done, blocked=blocked, token=token
    )
    returned.evidence.set(evidence)
    if figure_now is not None:
        task.reported = figure_now
    task.last_return, task.last_return_by = now, by
    if reports:
        task.state = Task.State.REPORTED if done else Task.State.DOING
    act = TaskEvent.Act.REPORT if done else TaskEvent.Act.BLOCKED if blocked else TaskEvent.Act.RETURN
    keep(task, by, act, before, words=words, was=was, data={"value": None if said is None else str(said)}, returned=returned)
    return returned


@transaction.atomic
def verify_task(task_id: int, *, by: Person, value, basis: str) -> Task:
    """Write down what a check on the spot or in a register counted (核实数), beside what the unit reported."""
    need(by, "ledger.close_task", "核实需要“任务销号”权限")
    task = locked(task_id, by)
    counted = rules.number(value)[0]
    if counted is None or counted < 0:
        raise Refused("请填核实的数量", field="value", status=422)
    if not basis.strip():
        raise Refused("请写核实的依据，如现场核查单编号", field="basis", status=422)
    before = audit.snapshot(task, *RETURN_FIELDS)
    task.verified, task.verified_on = counted, clock.today()
    keep(task, by, TaskEvent.Act.VERIFY, before, words=basis.strip(), data={"value": str(counted)})
    return task


@transaction.atomic
def send_back_task(task_id: int, *, by: Person, reason: str) -> Task:
    """Send a reported task back (退回) with the reason; the unit goes on with it."""
    need(by, "ledger.close_task", "退回需要“任务销号”权限")
    task = locked(task_id, by)
    if task.state != Task.State.REPORTED:
        raise Refused(f"“{task}”当前为“{task.get_state_display()}”，没有报完成，不用退回")
    if not reason.strip():
        raise Refused("请写退回的理由：哪里没做到、要补什么", field="reason", status=422)
    before, was = audit.snapshot(task, *RETURN_FIELDS), task.state
    task.state = Task.State.DOING
    keep(task, by, TaskEvent.Act.SEND_BACK, before, words=reason.strip(), was=was)
    return task


def missing_to_close(task: Task) -> list[str]:
    """What still stands against closing the task, in words; empty where it may be closed."""
    missing = []
    if task.state != Task.State.REPORTED:
        missing.append("牵头单位还没有报完成")
    if not Attachment.objects.filter(owner_type="ledger.task", owner_id=str(task.pk)).exists():
        missing.append("没有佐证")
    if going := task.parts.going().count():
        missing.append(f"还有 {going} 项子任务没有销号")
    measure = measures.of([task], clock.today()).get(task.pk)
    truth = measure.value if measure is not None and measure.value is not None else task.verified
    if task.value is not None and truth is not None and not task.meets(truth):
        missing.append(f"要求 {task.goal} {task.unit}，{'实测' if measure and measure.value is not None else '核实'} {figure(truth)}")
    return missing


@transaction.atomic
def close_task(task_id: int, *, by: Person, basis: str) -> Task:
    """Close a task after its evidence was checked (销号)."""
    need(by, "ledger.close_task", "销号需要“任务销号”权限")
    task = locked(task_id, by)
    missing = missing_to_close(task)
    if missing:
        raise Refused(f"“{task}”当前为“{task.get_state_display()}”，不能销号：{'；'.join(missing)}")
    if not basis.strip():
        raise Refused("请写销号依据，如现场核查单编号", field="basis", status=422)
    before, was = audit.snapshot(task, *RETURN_FIELDS), task.state
    task.state, task.closed = Task.State.CLOSED, clock.today()
    keep(task, by, TaskEvent.Act.CLOSE, before, words=basis.strip(), was=was)
    return task


@transaction.atomic
def reopen_task(task_id: int, *, by: Person, reason: str) -> Task:
    """Take up a closed or withdrawn task again (恢复办理)."""
    need(by, "ledger.close_task", "恢复办理需要“任务销号”权限")
    task = locked(task_id, by)
    if task.is_going:
        raise Refused(f"“{task}”正在办理，不用恢复")
    if task.parent is not None and not task.parent.is_going:
        raise Refused(f"上级任务“{task.parent}”{task.parent.get_state_display()}，请先恢复上级任务")
    if not reason.strip():
        raise Refused("请写恢复办理的理由", field="reason", status=422)
    before, was = audit.snapshot(task, *RETURN_FIELDS), task.state
    task.state, task.closed = Task.State.DOING, None
    keep(task, by, TaskEvent.Act.REOPEN, before, words=reason.strip(), was=was)
    return task


@transaction.atomic
def remind_tasks(task_ids: list[int], *, by: Person, words: str = "") -> list[TaskEvent]:
    """Chase the responsible units (催办); once a day and task, so that nobody is flooded."""
    need(by, "ledger.remind_task", "催办需要“催办”权限")
    ids = list(dict.fromkeys(task_ids))
    if not ids:
        raise Refused("还没有选任务，请先在左边打勾", status=400)
    tasks = list(Task.objects.within(by).select_for_update().filter(pk__in=ids))
    if len(tasks) != len(ids):
        raise Task.DoesNotExist
    done = [task for task in tasks if not task.is_going]
    if done:
        raise Refused(f"“{done[0]}”{done[0].get_state_display()}，不用催办")
    today, events = clock.today(), []
    for task in tasks:
        if task.events.filter(act=TaskEvent.Act.REMIND, at__date=today).exists():
            continue
        to = "、".join(map(str, task.leads.all())) or "未定单位"
        events.append(
            TaskEvent.objects.create(
                task=task,
                act=TaskEvent.Act.REMIND,
                was=task.state,
                became=task.state,
                at=clock.now(),
                by=by,
                words=words.strip(),
                data={"to": to},
            )
        )
        audit.record(by, "催办", task, None, {"to": to}, basis=words.strip())
    if not events:
        raise Refused("所选任务今天都催办过了，明天再催")
    return events
