"""What was done is taken back, and what was closed opens again (撤回、重启): by a further event, never by an edit."""

from __future__ import annotations

from django.db import transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.cases import queries
from qingshan.bureau.cases.actions import marks
from qingshan.bureau.cases.models import Case, CaseEvent


@transaction.atomic
def undo(number: str, *, by: Person, reason: str, event: int | None = None) -> Case:
    """Take back the last thing done (撤回): the case stands as before, with its old limits; the event and its reversal both stay.

    `event` is the one meant; where another was done since, nothing is taken back.
    """
    case = marks.locked(number, by)
    queries.need("undo", case, by)
    reason = marks.must_say(reason, "撤回")
    last = queries.reversible(case)
    if last is None:
        raise Refused(f"{case.number} 没有可撤回的步骤" + ("；并案用“拆出”撤回" if case.main_id else ""))
    if event is not None and last.pk != event:
        raise Refused(f"{case.number} 后来又办了“{last.title}”，请到这一件里撤回")
    if case.main_id and case.is_closed and case.main.is_closed:
        raise Refused(f"主件 {case.main.number} 已办结，先撤回主件的办结")
    if last.before.get("closed_at") and case.sources.filter(closed_at=None).exists():
        raise Refused("并入的来件还没有办结，不能撤回重启")
    shown, was, now = audit.snapshot(case, *marks.SHOWN), case.state, clock.now()
    marks.put_back(case, last.before)
    marks.log(case, CaseEvent.Kind.UNDO, f"撤回“{last.title}”"[:40], by=by, at=now, was=was, note=reason, undoes=last)
    marks.keep(case)
    marks.sealed(by, "撤回步骤", case, shown, reason)
    return case


@transaction.atomic
def reopen(number: str, *, by: Person | None, reason: str) -> Case:
    """Open a closed case again (重启): a further round, which needs its proofs again. `by` None is a declared rule."""
    case = marks.locked(number, by) if by is not None else Case.objects.select_for_update().get(number=number)
    if by is not None:
        queries.need("reopen", case, by)
    reason = marks.must_say(reason, "重启")
    declared = case.declared
    if not case.is_closed:
        raise Refused(f"{case.number} 还没有办结，不用重启")
    if not declared.reopen:
        raise Refused(f"“{declared.title}”办结后不重启，请另开一件")
    if case.main_id:
        raise Refused(f"{case.number} 已并入 {case.main.number}，请重启那一件")
    before, shown, was, now = marks.as_it_stands(case), audit.snapshot(case, *marks.SHOWN), case.state, clock.now()
    case.state, case.entered_at, case.closed_at, case.rung, case.asked = declared.reopen, now, None, "", None
    case.round, case.extended, case.term_at = marks.next_round(case), 0, queries.term(declared, now)
    marks.set_due(case, now)
    title = "重启" if by is not None else "反弹重启"
    marks.log(case, CaseEvent.Kind.REOPEN, title, by=by, at=now, was=was, note=reason, before=before)
    marks.keep(case)
    marks.sealed(by, title, case, shown, reason)
    return case
