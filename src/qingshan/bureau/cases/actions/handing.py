"""Cases change hands and limits: transfer, joint handling, extension, answers to the ladder (转办、联办、延期、约谈)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Organisation, Person
from qingshan.bureau.cases import queries
from qingshan.bureau.cases.actions import marks
from qingshan.bureau.cases.models import Case, CaseEvent


def _open(number: str, action: str, by: Person) -> tuple[Case, dict, dict, datetime]:
    """The case, which the person may do this to and which is not closed; how it stands for the reverse step and for the trail."""
    case = marks.locked(number, by)
    queries.need(action, case, by)
    if case.is_closed:
        raise Refused(f"{case.number} 已办结，不能{queries.TITLES[action]}")
    return case, marks.as_it_stands(case), audit.snapshot(case, *marks.SHOWN), clock.now()


@transaction.atomic
def transfer(number: str, to: Organisation, *, by: Person, reason: str) -> Case:
    """Hand it to another unit (转办): it starts again from the first state; the term of the whole goes on."""
    case, before, shown, now = _open(number, "transfer", by)
    reason = marks.must_say(reason, "转办")
    if to.pk == case.responsible_id:
        raise Refused(f"{case.number} 已由{to}负责，不用转办", field="to")
    was, old, due_at = case.state, case.responsible, case.due_at
    marks.use_proofs(case)
    case.responsible, case.state, case.entered_at, case.rung, case.asked = to, case.declared.first, now, "", None
    case.helpers.remove(to)
    marks.set_due(case, now)
    marks.log(case, CaseEvent.Kind.TRANSFER, f"转办：{old} → {to}", by=by, at=now, was=was, note=reason, before=before, due_at=due_at)
    marks.keep(case)
    marks.sealed(by, "转办", case, shown, reason)
    return case


@transaction.atomic
def join(number: str, helpers: Iterable[Organisation], *, by: Person, reason: str = "", add: bool = False) -> Case:
    """Set which units help (联合办理), or `add` some; they see the case and give proofs; the responsible unit stays responsible."""
    case, before, _, now = _open(number, "join", by)
    there = list(case.helpers.order_by("pk"))
    wanted = sorted({h for h in (*helpers, *(there if add else ())) if h.pk != case.responsible_id}, key=lambda h: h.pk)
    if wanted == there:
        raise Refused("配合单位没有变化", field="helpers")
    case.helpers.set(wanted)
    title = f"联合办理：{marks.told(wanted)}" if wanted else "不再联合办理"
    marks.log(case, CaseEvent.Kind.JOIN, title[:40], by=by, at=now, was=case.state, note=reason, before=before)
    marks.keep(case, "state")
    audit.record(by, "联合办理", case, {"helpers": marks.told(there)}, {"helpers": marks.told(wanted)}, reason)
    return case


def _allowed(case: Case, span: int) -> None:
    rule = case.declared.extension
    if rule is None:
        raise Refused(f"“{case.declared.title}”不能延期")
    if case.extended >= rule.most:
        raise Refused(f"已延期 {case.extended} 次，最多 {rule.most} 次")
    if not 0 < span <= rule.span:
        raise Refused(f"一次最多延 {rule.span} {rule.unit}，不能延 {span} {rule.unit}", field="span")
    if case.due_at is None:
        raise Refused(f"{case.number} 本环节没有期限，不用延期")


@transaction.atomic
def ask_extension(number: str, span: int, *, by: Person, reason: str) -> Case:
    """The responsible unit asks for more time (申请延期); the limit stays until the office says so."""
    case, before, shown, now = _open(number, "ask_extension", by)
    reason = marks.must_say(reason, "申请延期")
    _allowed(case, span)
    case.asked = {"span": span, "reason": reason[:500], "by": str(by)}
    unit = case.declared.extension.unit
    marks.log(case, CaseEvent.Kind.ASK, f"申请延期 {span} {unit}", by=by, at=now, was=case.state, note=reason, before=before)
    marks.keep(case, "asked")
    marks.sealed(by, "申请延期", case, shown, reason)
    return case


@transaction.atomic
def extend(number: str, span: int, *, by: Person, reason: str) -> Case:
    """Put the limits off (延期): that of the state and that of the whole, no farther and no oftener than declared."""
    case, before, shown, now = _open(number, "extend", by)
    reason = marks.must_say(reason, "延期")
    _allowed(case, span)
    rule = case.declared.extension
    old = case.due_at
    if case.term_at:
        case.term_at = queries.put_off(case.term_at, span, bool(rule.workdays))
    end = queries.put_off(case.due_at, span, bool(rule.workdays))
    guessed = case.guessed or bool(rule.workdays and queries.calendar().guesses(old, end))
    found = queries.until(case.entered_at, end, guessed)
    case.due_at, case.warn_at, case.guessed = found.due_at, found.warn_at, found.guessed
    case.extended, case.asked, case.rung = case.extended + 1, None, ""
    title = f"延期 {span} {rule.unit}至 {case.due_at:%Y-%m-%d}"
    late = old if old < now else None
    marks.log(case, CaseEvent.Kind.EXTEND, title, by=by, at=now, was=case.state, note=reason, before=before, due_at=late)
    marks.keep(case)
    marks.sealed(by, "延期", case, shown, reason)
    return case


@transaction.atomic
def refuse_extension(number: str, *, by: Person, reason: str) -> Case:
    """Say no to what was asked (不同意延期)."""
    case, before, shown, now = _open(number, "refuse_extension", by)
    reason = marks.must_say(reason, "不同意延期")
    if not case.asked:
        raise Refused(f"{case.number} 没有待批的延期申请")
    case.asked = None
    marks.log(case, CaseEvent.Kind.ASK, "不同意延期", by=by, at=now, was=case.state, note=reason, before=before)
    marks.keep(case, "asked")
    marks.sealed(by, "不同意延期", case, shown, reason)
    return case


@transaction.atomic
def answer_rung(number: str, *, by: Person, reason: str) -> Case:
    """Write down what came of a proposed talk (约谈结果): held with whom and what was agreed, or why it is not needed."""
    case, _, shown, now = _open(number, "answer_rung", by)
    reason = marks.must_say(reason, "记约谈结果")
    if case.rung != "interview":
        raise Refused(f"{case.number} 没有待办的约谈建议")
    case.rung = "interviewed"
    marks.log(case, CaseEvent.Kind.NOTE, "约谈结果", by=by, at=now, was=case.state, note=reason, step="interviewed")
    marks.keep(case, "rung")
    marks.sealed(by, "记约谈结果", case, shown, reason)
    return case
