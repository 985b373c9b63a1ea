"""One declared step is taken (办理)."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.cases import queries
from qingshan.bureau.cases.actions import marks
from qingshan.bureau.cases.declared import Step, actors
from qingshan.bureau.cases.models import Case, CaseEvent


@transaction.atomic
def take_step(number: str, name: str, *, by: Person, note: str = "", answers: dict[str, str] | None = None) -> Case:
    """Take one declared step: right state, right person, every proof, condition, answer and reason there; then move."""
    case = marks.locked(number, by)
    declared = case.declared
    step = declared.find_step(name)
    if case.state not in step.start:
        raise Refused(f"{case.number} 当前为“{case.state_words}”，不能{step.title}；请刷新后再看")
    if not queries.may(case, step, by):
        raise PermissionDenied(f"{step.title}须由{_who(case, step)}办理")
    now = clock.now()
    missing = queries.lacks(case, step, now)
    if missing:
        raise Refused(f"不能{step.title}：{'、'.join(missing)}")
    note = note.strip()
    if step.reason and not note:
        raise Refused(f"{step.title}须写明意见", field="note")
    said = _answers(step, answers or {})
    if case.is_closed and step.to not in declared.final and case.main_id:
        raise Refused(f"{case.number} 已并入 {case.main.number}，先拆出再重启")
    before, shown, was, due_at = marks.as_it_stands(case), audit.snapshot(case, *marks.SHOWN), case.state, case.due_at
    marks.use_proofs(case)
    if case.is_closed and step.to not in declared.final:
        case.round = marks.next_round(case)
    case.state, case.entered_at, case.rung, case.asked = step.to, now, "", None
    marks.set_due(case, now)
    case.closed_at = now if step.to in declared.final else None
    case.answers = {**case.answers, **said}
    answered = {a.title: a.words(said[a.name]) for a in step.ask if said.get(a.name)}
    more = {"step": step.name, "due_at": due_at, "answers": answered}
    marks.log(case, CaseEvent.Kind.STEP, step.title, by=by, at=now, was=was, note=note, before=before, **more)
    marks.keep(case)
    marks.sealed(by, step.title, case, shown, note[:2000])
    return case


def _answers(step: Step, given: dict[str, str]) -> dict[str, str]:
    """Answers to what the step asks, each checked; others are left out."""
    said = {}
    for ask in step.ask:
        try:
            said[ask.name] = ask.read(given.get(ask.name))
        except ValueError as no:
            raise Refused(str(no), field=ask.name) from None
    return said


def _who(case: Case, step: Step) -> str:
    who = actors[step.by].words.format(case=case)
    return who + (f"、角色为{'、'.join(step.roles)}的人" if step.roles else "") + ("、所在单位类别相符的人" if step.units else "")
