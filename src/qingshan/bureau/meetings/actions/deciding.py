"""Decisions are reviewed: into the ledger, handed over as a case, answered on the spot, or left; each can be taken back (核对议定事项)."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db import transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area, Organisation, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.cases import actions as cases
from qingshan.bureau.cases.models import Case
from qingshan.bureau.ledger import actions as ledger
from qingshan.bureau.ledger import fields as rules
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.ledger.units import Directory
from qingshan.bureau.meetings import reading
from qingshan.bureau.meetings.actions.calling import locked, step
from qingshan.bureau.meetings.actions.holding import KEEP
from qingshan.bureau.meetings.models import Decision, Meeting

FIELDS = ("state", "fields", "words", "task", "case")
LONGEST = 500
"""characters of a place a person marks"""


def _decision(pk: int, by: Person, version: int | None) -> Decision:
    """The decision, its meeting locked, where nobody changed it since `version`."""
    need(by, "meetings.keep_minutes", KEEP)
    meeting = locked(Decision.objects.values_list("meeting_id", flat=True).get(pk=pk, meeting__in=Meeting.objects.within(by)), by)
    decision = Decision.objects.select_for_update(of=("self",)).select_related("task", "case", "reviewed_by").get(pk=pk)
    decision.meeting = meeting
    if decision.retired:
        raise Refused(f"“{decision}”已随纪要重录撤下，请刷新页面")
    if version is not None and version != decision.version:
        who = f"{decision.reviewed_by} {decision.reviewed:%H:%M} 已改" if decision.reviewed_by and decision.reviewed else "刚被别人改过"
        raise Refused(f"“{decision}”{who}，现为“{decision.get_state_display()}”，请看过再办")
    return decision


def _pending(decision: Decision) -> None:
    if not decision.is_pending:
        raise Refused(f"“{decision}”{decision.get_state_display()}；要改先退回待核对")
    if decision.meeting.state not in (Meeting.State.HELD,):
        raise Refused(f"“{decision.meeting}”{decision.meeting.get_state_display()}，不能再核对；确需更正先撤回签发")


def _save(decision: Decision, by: Person, act: str, before: dict, state: str, words: str = "") -> Decision:
    decision.state, decision.words = state, words[:500]
    decision.reviewed_by, decision.reviewed = (None, None) if state == Decision.State.PENDING else (by, clock.now())
    decision.version += 1
    decision.save()
    became = (decision.task and f"台账 {decision.task.label}") or (decision.case and decision.case.number) or words
    step(decision.meeting, by, act, decision.meeting.state, f"{decision}{'：' + became if became else ''}", decision=decision.pk)
    audit.record(by, act, decision, before, audit.snapshot(decision, *FIELDS), basis=words)
    return decision


@transaction.atomic
def accept_decision(
    pk: int, *, by: Person, fields: dict | None = None, become: str = "", version: int | None = None
) -> Decision:
    """Accept a decision, as read or with corrected fields: a row of the ledger (`task`) or a case followed step by step (`case`)."""
    decision = _decision(pk, by, version)
    _pending(decision)
    declared = decision.meeting.declared
    become = become or (declared.becomes if declared else "task")
    before = audit.snapshot(decision, *FIELDS)
    stands = {**decision.fields, **(fields or {})}
    decision.fields = _checked(stands, decision.meeting)
    if become == "task":
        decision.task = _task(decision, by)
        return _save(decision, by, "议定事项入台账", before, Decision.State.TASK)
    if become != "case":
        raise Refused("请选“入台账”或“交办督办”", field="become", status=422)
    decision.case = _case(decision, by, declared.workflow if declared else "meeting_decision")
    return _save(decision, by, "议定事项交办", before, Decision.State.CASE)


def _checked(fields: dict, meeting: Meeting) -> dict:
    """The fields as they will stand; a decision nobody does, or without a day, is not followed."""
    title = " ".join(str(fields.get("title") or "").split())
    if not title:
        raise Refused("事项不能为空", field="title", status=422)
    leads = list(Organisation.objects.filter(pk__in=fields.get("leads") or []).values_list("pk", flat=True))
    if not leads:
        raise Refused("请选责任单位：没有责任单位的议定事项没有人办", field="leads", status=422)
    if not fields.get("deadline"):
        raise Refused("请填期限：会议没有定期限的，由督办定一个", field="deadline", status=422)
    day = rules.deadline_of(fields["deadline"], meeting.year)
    if day < meeting.starts_at.date():
        raise Refused(f"期限 {day} 早于会议 {meeting.starts_at.date()}，请核对", field="deadline", status=422)
    return {**fields, "title": title[:300], "leads": leads, "deadline": day.isoformat()}


def _task(decision: Decision, by: Person) -> Task:
    meeting, stands = decision.meeting, decision.fields
    fields = {
        **{name: stands.get(name) for name in ("title", "leads", "coops", "deadline", "rhythm", "check", "value", "unit", "operator")},
        "topic": meeting.kind_title, "units_text": stands.get("units_text", ""), "area": meeting.area_id,
        "basis": f"{meeting}{'（' + meeting.order_words + '）' if meeting.order_words else ''}", "note": "",
    }  # fmt: skip
    return ledger.add_task(by=by, kind="task", fields=fields, year=_year(stands["deadline"]))


def _year(deadline: str) -> int:
    """The ledger of this year holds what is due in it or later."""
    return min(date.fromisoformat(deadline).year, clock.today().year)


def _case(decision: Decision, by: Person, workflow: str) -> Case:
    meeting, stands = decision.meeting, decision.fields
    if len(stands["leads"]) > 1:
        raise Refused("督办件一件一个责任单位：请只留一个，其余作配合，或改为入台账", field="leads", status=422)
    unit = Organisation.objects.select_related("area").get(pk=stands["leads"][0])
    area = meeting.area or unit.area or Area.objects.filter(level=Area.Level.DISTRICT).defer("geometry").order_by("code").first()
    if area is None:
        raise Refused("还没有区划，不能交办；请先在“区域与单位”里录入本区", status=409)
    due = date.fromisoformat(stands["deadline"])
    coops = [str(u) for u in reading.units_named(stands.get("coops") or [])]
    said = f"{meeting}：“{decision.text.strip()[:180]}”{'配合：' + '、'.join(coops) + '。' if coops else ''}期限 {due.month}月{due.day}日。"
    facts = {
        "meeting": str(meeting), "leader": str(meeting.leader or meeting.chair or "主持人"), "words": decision.text.strip(),
        "on": meeting.starts_at.date().isoformat(),
    }  # fmt: skip
    return cases.open_case(
        workflow, title=stands["title"][:120], area=area, responsible=unit, by=by, origin=f"decision:{decision.pk}", summary=said[:300],
        facts=facts, term_at=datetime.combine(due, time(23, 59)) if due >= clock.today() else None, basis=str(meeting)[:200],
    )  # fmt: skip


@transaction.atomic
def answer_decision(pk: int, *, by: Person, words: str, version: int | None = None) -> Decision:
    """Write down the answer that was given on the spot (当场答复); nothing more is to be done."""
    decision = _decision(pk, by, version)
    _pending(decision)
    if not words.strip():
        raise Refused("请写怎么答复的", field="words", status=422)
    return _save(decision, by, "当场答复", audit.snapshot(decision, *FIELDS), Decision.State.ANSWERED, words.strip())


@transaction.atomic
def leave_decision(pk: int, *, by: Person, reason: str, version: int | None = None) -> Decision:
    """Leave it out of what is followed (不督办), with a reason."""
    decision = _decision(pk, by, version)
    _pending(decision)
    if not reason.strip():
        raise Refused("请写不督办的理由", field="words", status=422)
    return _save(decision, by, "不督办", audit.snapshot(decision, *FIELDS), Decision.State.LEFT, reason.strip())


@transaction.atomic
def reset_decision(pk: int, *, by: Person, reason: str, version: int | None = None) -> Decision:
    """Take a review back (退回待核对): the row of the ledger is withdrawn there; a case that was handed over goes its own way."""
    decision = _decision(pk, by, version)
    if decision.is_pending:
        raise Refused(f"“{decision}”还没有核对过")
    if not reason.strip():
        raise Refused("请写退回的原因", field="reason", status=422)
    if decision.case_id and not decision.case.is_closed:
        raise Refused(f"“{decision}”已交办为 {decision.case.number}，请在那里办结或退回")
    if decision.meeting.state == Meeting.State.CLOSED:
        raise Refused(f"“{decision.meeting}”的纪要已签发，先撤回签发")
    before = audit.snapshot(decision, *FIELDS)
    if decision.task_id:
        if decision.task.is_going:
            ledger.cancel_task(decision.task_id, by=by, basis=f"议定事项退回核对：{reason.strip()}"[:200])
        elif decision.task.state == Task.State.CLOSED:
            raise Refused(f"“{decision}”在台账里已销号，不能退回")
        decision.task = None
    decision.case = None
    return _save(decision, by, "退回待核对", before, Decision.State.PENDING, reason.strip())


@transaction.atomic
def add_decision(meeting_id: int, *, by: Person, start: int, end: int) -> Decision:
    """Mark a sentence the reader missed (补录), by the exact span a person selected."""
    need(by, "meetings.keep_minutes", KEEP)
    meeting = locked(meeting_id, by)
    if meeting.state != Meeting.State.HELD:
        raise Refused(f"“{meeting}”{meeting.get_state_display()}，不能补录")
    if not 0 <= start < end <= len(meeting.text):
        raise Refused(f"选中的位置 {start}–{end} 不在纪要 {len(meeting.text)} 字之内，请重新选择", status=400)
    words = meeting.text[start:end]
    start += len(words) - len(words.lstrip())
    end = start + len(words.strip())
    if start >= end:
        raise Refused("选中的全是空白，请选有字的地方", status=400)
    if end - start > LONGEST:
        raise Refused(f"选中了 {end - start} 字，一项至多 {LONGEST} 字，请只选一件事", status=400)
    if meeting.decisions.standing().filter(start=start, end=end).exists():
        raise Refused("这一处已经有了")
    read, fields = reading.read_span(meeting, start, end, Directory())
    near = meeting.decisions.standing().filter(start__lte=start).order_by("-start").first()
    decision = Decision.objects.create(
        meeting=meeting, start=start, end=end, text=meeting.text[start:end], path=near.path if near else [], read=read, fields=fields,
        added_by=by,
    )  # fmt: skip
    step(meeting, by, "补录", meeting.state, str(decision), decision=decision.pk)
    audit.record(by, "补录议定事项", decision, None, {"start": start, "end": end, "text": decision.text})
    return decision
