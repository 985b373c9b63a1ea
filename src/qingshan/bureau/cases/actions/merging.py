"""Sources about one thing are merged and parted (并案、拆出): each keeps its own steps, clock and closing rule."""

from __future__ import annotations

from django.db import transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.cases import queries
from qingshan.bureau.cases.actions import marks
from qingshan.bureau.cases.models import Case, CaseEvent


@transaction.atomic
def merge(number: str, into: str, *, by: Person, reason: str) -> Case:
    """Put a source under the case in which the thing is solved; the proofs of that one serve it, its own clock goes on."""
    if number == into:
        raise Refused("不能并入自己", field="into")
    seen = Case.objects.within(by)
    queries.need("merge", seen.get(number=number), by)
    if not seen.filter(number=into).exists():
        raise Refused(f"没有事项 {into[:30]}，请核对编号", field="into", status=404)
    pair = {one: marks.locked(one, by) for one in sorted((number, into))}  # always locked in the same order
    case, main = pair[number], pair[into]
    reason = marks.must_say(reason, "并案")
    for one in (case, main):
        if not one.declared.merge:
            raise Refused(f"“{one.declared.title}”不能并案")
        if one.is_closed:
            raise Refused(f"{one.number} 已办结，不能并案")
    if case.main_id:
        raise Refused(f"{case.number} 已并入 {case.main.number}，先拆出")
    if main.main_id:
        raise Refused(f"{main.number} 自己已并入 {main.main.number}，请并入那一件", field="into")
    if case.sources.exists():
        raise Refused(f"{case.number} 下面还有并入的来件，请把 {main.number} 并入它")
    now, case.main = clock.now(), main
    marks.log(case, CaseEvent.Kind.MERGE, f"并入 {main.number}", by=by, at=now, was=case.state, note=reason)
    marks.log(main, CaseEvent.Kind.NOTE, f"收并 {case.number}", by=by, at=now, was=main.state, note=reason, step="merged")
    marks.keep(case, "main")
    audit.record(by, "并案", case, {"main": None}, {"main": main.number}, reason)
    return case


@transaction.atomic
def part(number: str, *, by: Person, reason: str) -> Case:
    """Take a source out again (拆出): the reverse of merging, recorded."""
    case = marks.locked(number, by)
    queries.need("part", case, by)
    reason = marks.must_say(reason, "拆出")
    if not case.main_id:
        raise Refused(f"{case.number} 没有并入别的事项")
    if not Case.objects.within(by).filter(pk=case.main_id).exists():
        raise Refused(f"{case.number} 并入的那一件不在你的范围，请由交办单位拆出")
    if case.is_closed:
        raise Refused(f"{case.number} 已凭 {case.main.number} 的佐证办结，先撤回办结再拆出")
    main, now = case.main, clock.now()
    undone = set(case.events.exclude(undoes=None).values_list("undoes", flat=True))
    merged = case.events.filter(kind=CaseEvent.Kind.MERGE).exclude(pk__in=undone).order_by("-at", "-id").first()
    case.main = None
    marks.log(case, CaseEvent.Kind.PART, f"从 {main.number} 拆出", by=by, at=now, was=case.state, note=reason, undoes=merged)
    marks.log(main, CaseEvent.Kind.NOTE, f"拆出 {case.number}", by=by, at=now, was=main.state, note=reason, step="parted")
    marks.keep(case, "main")
    audit.record(by, "拆出", case, {"main": main.number}, {"main": None}, reason)
    return case
