"""A unit sends what it did on a task in a period, or keeps a draft (报送、存草稿)."""

from __future__ import annotations

import re
from decimal import Decimal

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from qingshan.bureau.base import attachments, audit, clock, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Attachment, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.ledger import fields as rules
from qingshan.bureau.ledger.actions.tasks import WATCHED, keep
from qingshan.bureau.ledger.models import Task, TaskEvent, TaskReturn
from qingshan.bureau.ledger.models.task import figure
from qingshan.bureau.returns import photos
from qingshan.bureau.returns.models import Line, Period, Sending, Shot
from qingshan.bureau.returns.models.rota import units_of
from qingshan.bureau.returns.queries import due

SEND = "报送需要“报送进展”权限"
TOKEN = re.compile(r"^[A-Za-z0-9_-]{8,60}$")
MAX_FILES = 9
LONGEST = 8 * 3600
COUNTED_UP = ("", ">=", ">", "=", "approx")


@transaction.atomic
def send_line(
    line_id: int, *, by: Person, token: str, value=None, words: str = "", how: str = Line.How.NORMAL,
    files: tuple[UploadedFile, ...] | list[UploadedFile] = (), notes: tuple | list = (), seconds: int | None = None,
) -> Sending:  # fmt: skip
    """Send one line; the same `token` twice is one sending. Until the period is frozen it may be sent again, later ones standing.

    `notes` say for each file, in order, when and where the phone had it taken; `seconds` how long the form was open.
    """
    need(by, "returns.send_return", SEND)
    line = Line.objects.within(by).select_related("period__rota", "organisation").get(pk=line_id)
    period = Period.objects.select_for_update().get(pk=line.period_id)
    line = Line.objects.select_for_update().get(pk=line_id)
    line.period = period
    if line.organisation_id not in units_of(by):
        raise Refused(f"您不是{line.organisation}的人员或信息员，不能代为报送", status=403)
    if not TOKEN.match(token):
        raise Refused("提交标记不对，请刷新页面后再报", status=400)
    there = Sending.objects.filter(line=line, token=token).first()
    if there:
        return there
    if period.is_frozen:
        raise Refused(f"{period.name}已定格，不能再报；数有变化请在这一期的汇总页写更正")
    task = Task.objects.select_for_update().get(pk=line.task_id)
    line.task = task
    number, words = _checked(line, value, words, how)
    if len(files) > MAX_FILES:
        raise Refused(f"一次最多 {MAX_FILES} 件佐证，这次选了 {len(files)} 件", field="files", status=422)
    offer = due.offers([line], clock.today())[line.pk]
    if not words:
        words = f"报 {figure(number)}" + (f"，与{offer.words}一致" if offer.value == number else "")
    before, was, now = audit.snapshot(task, *WATCHED, "reported", "verified"), task.state, clock.now()
    evidence = [attachments.keep(file, by, kinds=("image", "document", "sheet"), owner=task) for file in files]
    if how == Line.How.DONE and not evidence and not Attachment.objects.filter(owner_type="ledger.task", owner_id=str(task.pk)).exists():
        raise Refused("报完成须附佐证（照片、文件或表格），现在一件也没有", field="files", status=422)
    sending = Sending.objects.create(
        line=line, token=token, at=now, by=by, value=number, words=words, how=how, is_late=now > period.due_at,
        offered=offer.value, offered_from=f"{offer.source}：{offer.words}" if offer.value is not None else "",
        seconds=min(seconds, LONGEST) if seconds is not None and seconds >= 0 else None,
    )  # fmt: skip
    _note_shots(sending, evidence, notes, period)
    _stand(line, sending)
    _pass_on(sending, task, evidence, before, was)
    _use_elsewhere(sending)
    return sending


def _checked(line: Line, value, words: str, how: str) -> tuple[Decimal | None, str]:
    """The figure and the words as they will stand; Refused names the field and what is wrong with it."""
    task, words = line.task, str(words).replace("\x00", "").strip()[:2000]
    if not task.is_going:
        raise Refused(f"“{task}”{task.get_state_display()}，不用再报")
    if how not in Line.How.values:
        raise Refused("请选状态：正常推进、报完成或办不了", field="how", status=422)
    number = rules.number(value, task.unit)[0]
    if number is not None and number < 0:
        raise Refused("累计完成不能是负数", field="value", status=422)
    if how == Line.How.BLOCKED and not words:
        raise Refused("请写清为什么办不了、需要谁帮什么", field="words", status=422)
    if number is None and not words:
        raise Refused("请填累计完成，或写进展" if due.wants_value(task) else "请写进展：做了什么、还差什么", field="words", status=422)
    short = due.wants_value(task) and not task.meets(_whole(line, number if number is not None else line.value))
    if how == Line.How.DONE and _leads(line) and short:
        raise Refused(
            f"要求{task.get_operator_display()} {task.goal} {task.unit}，现填 {figure(number) or '空'}，还不能报完成",
            field="value",
            status=422,
        )
    return number, words


def _leads(line: Line) -> bool:
    """Whether the unit leads the task; a unit that helps says what it did, the task's figure and state are not its to say."""
    return line.organisation_id in {unit.pk for unit in line.task.leads.all()}


def _whole(line: Line, number: Decimal | None) -> Decimal | None:
    """What the task stands at with this figure. Units that share a task count up together; shares of other kinds do not add."""
    task = line.task
    if number is None:
        return task.reported
    others = {u.pk for u in task.leads.all()} - {line.organisation_id}
    if not _leads(line):
        return task.reported
    if not others:
        return number
    if task.operator not in COUNTED_UP or task.unit.strip() in ("%", "％") or task.is_target:
        return task.reported
    latest: dict[int, Decimal] = {}
    for unit, value in (
        Line.objects.filter(task=task, organisation__in=others).exclude(sent_at=None).exclude(value=None)
        .order_by("period__last", "sent_at").values_list("organisation_id", "value")
    ):  # fmt: skip
        latest[unit] = value
    return number + sum(latest.values(), Decimal(0))


def _others_done(line: Line) -> bool:
    """Whether every other lead unit has reported done as well; a figure that is reached as a whole needs no such count."""
    if due.wants_value(line.task):
        return True
    others = {u.pk for u in line.task.leads.all()} - {line.organisation_id}
    latest = dict(
        Line.objects.filter(task=line.task, organisation__in=others).exclude(sent_at=None)
        .order_by("period__last", "sent_at").values_list("organisation_id", "how")
    )  # fmt: skip
    return all(latest.get(unit) == Line.How.DONE for unit in others)


def _note_shots(sending: Sending, evidence: list[Attachment], notes, period: Period) -> None:
    rule = packs.all("doubts").get("photo_mismatch")
    limit = rule.over if rule else 500.0
    for at, attachment in enumerate(evidence):
        if attachment.kind != Attachment.Kind.IMAGE:
            continue
        photo, phone = photos.told(attachments.read(attachment)), photos.said(notes[at] if at < len(notes) else None)
        Shot.objects.create(
            sending=sending, attachment=attachment, taken_at=photo.at, lat=photo.lat, lon=photo.lon, said_at=phone.at,
            said_lat=phone.lat, said_lon=phone.lon, accuracy=phone.accuracy,
            mismatch=photos.mismatch(photo, phone, period.first, sending.at, limit),
        )  # fmt: skip


def _stand(line: Line, sending: Sending) -> None:
    """The latest sending stands in the line; the draft is used up."""
    line.value, line.words, line.how = sending.value, sending.words, sending.how
    line.sent_at, line.sent_by, line.is_late = sending.at, sending.by, sending.is_late
    line.draft = line.draft_at = None
    line.save(update_fields=["value", "words", "how", "sent_at", "sent_by", "is_late", "draft", "draft_at"])


def _pass_on(sending: Sending, task: Task, evidence: list[Attachment], before: dict, was: str) -> None:
    """The same return in the ledger: its figure, state, event and audit row."""
    line, by, leads = sending.line, sending.by, _leads(sending.line)
    done, blocked = sending.how == Line.How.DONE and leads and _others_done(line), sending.how == Line.How.BLOCKED
    words = sending.words if leads or sending.value is None else f"配合单位完成 {figure(sending.value)} {task.unit}。{sending.words}"
    returned = TaskReturn.objects.create(
        task=task, at=sending.at, by=by, organisation=line.organisation,
        value=_whole(line, sending.value) if leads and sending.value is not None else None, words=words, done=done, blocked=blocked,
        token=f"line-{sending.pk}",
    )  # fmt: skip
    returned.evidence.set(evidence)
    if returned.value is not None:
        task.reported = returned.value
    task.last_return, task.last_return_by = sending.at, by
    if leads:
        task.state = Task.State.REPORTED if done else Task.State.DOING
    act = TaskEvent.Act.REPORT if done else TaskEvent.Act.BLOCKED if blocked else TaskEvent.Act.RETURN
    data = {"period": str(line.period), "value": None if sending.value is None else str(sending.value)}
    keep(task, by, act, before, words=words, was=was, data=data, returned=returned)
    sending.returned = returned
    sending.save(update_fields=["returned"])


def _use_elsewhere(sending: Sending) -> None:
    """The same unit and task in other open periods that nobody has sent yet: one number, entered once (一数多用)."""
    line = sending.line
    same = Line.objects.select_for_update().filter(
        task=line.task, organisation=line.organisation, sent_at=None, period__frozen_at=None, period__last=line.period.last
    )
    for other in same.exclude(pk=line.pk).select_related("period"):
        copied = Sending.objects.create(
            line=other, token=f"copy-{sending.pk}", at=sending.at, by=sending.by, value=sending.value, words=sending.words, how=sending.how,
            is_late=sending.at > other.period.due_at, copied_from=sending, returned=sending.returned,
        )  # fmt: skip
        _stand(other, copied)
        audit.record(sending.by, "一数多用", other.period, None, {"task": str(line.task), "from": str(line.period)})


@transaction.atomic
def save_drafts(drafts: dict[int, dict[str, str]], *, by: Person) -> int:
    """Keep what was typed, line by line, unchecked and unsent; how many were kept."""
    need(by, "returns.send_return", SEND)
    lines = Line.objects.within(by).filter(pk__in=drafts, organisation__in=units_of(by), period__frozen_at=None)
    now, kept = clock.now(), 0
    for line in lines.select_for_update():
        typed = drafts[line.pk]
        draft = {
            "value": str(typed.get("value", ""))[:40],
            "words": str(typed.get("words", ""))[:2000],
            "how": str(typed.get("how", "normal")),
        }
        if draft["how"] not in Line.How.values:
            draft["how"] = Line.How.NORMAL
        sent = {"value": "" if line.value is None else plain_figure(line.value), "words": line.words, "how": line.how}
        if draft != (line.draft or (sent if line.sent_at else {"value": "", "words": "", "how": "normal"})):
            line.draft, line.draft_at = draft, now
            line.save(update_fields=["draft", "draft_at"])
            kept += 1
    return kept


def plain_figure(value: Decimal) -> str:
    """A figure as a field shows it."""
    return f"{value.normalize():f}"
