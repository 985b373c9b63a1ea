"""What the worker does by itself (例行): opens what relapsed, climbs the overdue ladder, reckons limits anew."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.cases import clocks, measures, queries
from qingshan.bureau.cases.actions import marks
from qingshan.bureau.cases.actions.reversing import reopen
from qingshan.bureau.cases.declared import Relapse
from qingshan.bureau.cases.models import Case, CaseEvent
from qingshan.bureau.cases.queries.likeness import rules


def watch_relapses() -> str:
    """Hold every closed case that is still watched against its rules; the first that holds opens it again."""
    now, done = clock.now(), 0
    longest: dict[str, int] = {}
    for flow in queries.versions():
        longest[flow.name] = max([longest.get(flow.name, 0), *(rule.watch for rule in flow.relapse)])
    for name, days in longest.items():
        if not days:
            continue
        watched = Case.objects.filter(workflow=name, main=None, closed_at__gte=now - timedelta(days=days))
        for case in watched.select_related("station", "area"):
            if case.state not in case.declared.void:
                done += _hold(case, now.date())
    return f"反弹重启 {done} 件" if done else ""


def _hold(case: Case, today: date) -> int:
    for rule in case.declared.relapse:
        if case.closed_at.date() + timedelta(days=rule.watch) < today:
            continue
        found = _measured(case, rule, today) if rule.gauge else _again(case, rule)
        if found:
            try:
                reopen(case.number, by=None, reason=f"{rule.title}：{found}")
            except Refused:  # another case about the same thing is open: it goes on there
                return 0
            return 1
    return 0


def _since(case: Case) -> datetime:
    """Since when a closed case is watched: its closing, or a re-opening taken back."""
    taken_back = case.events.filter(kind=CaseEvent.Kind.UNDO, undoes__kind=CaseEvent.Kind.REOPEN)
    return max([case.closed_at, *taken_back.values_list("at", flat=True)])


def _measured(case: Case, rule: Relapse, today: date) -> str:
    """Bad values since the closing, the day of the closing left out; those a reversed re-opening went by do not count again."""
    since = _since(case)
    found = [v for v in measures.values(case, rule.gauge, since.date() + timedelta(days=1), today) if v.at > since]
    run = measures.bad_run(found, rule.gauge, rule.times, rule.within)
    if not run:
        return ""
    form = "%m-%d %H时" if rule.gauge.statistic == "hour" else "%m-%d"
    shown = "、".join(f"{v.at:{form}} {v.text or f'{v.value:g}'}" for v in run)
    return f"{rule.gauge.words}，销号后 {rule.within} 天内 {len(run)} 次超出（{shown}）"


def _again(case: Case, rule: Relapse) -> str:
    """The same thing reported anew at the same place since the closing."""
    since = _since(case)
    wanted = rule.workflow or (case.workflow,)
    later = Case.objects.filter(workflow__in=wanted, opened_at__gt=since, area=case.area_id).exclude(pk=case.pk).order_by("opened_at")
    near = [other for other in later if _is_near(case, other, rule.metres)]
    for i in range(len(near) - rule.times + 1):
        run = near[i : i + rule.times]
        if run[-1].opened_at - run[0].opened_at < timedelta(days=rule.within):
            return f"销号后同一地点又有 {'、'.join(other.number for other in run)}"
    return ""


def _is_near(case: Case, other: Case, most: int) -> bool:
    far = queries.metres(case, other)
    if far is not None:
        return far <= most
    return bool(case.place) and case.place == other.place


def climb_ladder() -> str:
    """Each case past its limit gets the highest rung it has reached and not had yet (提醒、督办、建议约谈)."""
    now, done, days = clock.now(), 0, queries.calendar()
    rungs = rules().rung
    order = [r.kind for r in rungs]
    for number, due_at, had in Case.objects.filter(closed_at=None, due_at__lt=now).values_list("number", "due_at", "rung"):
        late = clocks.late_workdays(due_at, now, days)
        reached = [r for r in rungs if r.after <= late]
        if had == "interviewed" or not reached or (had in order and order.index(had) >= order.index(reached[-1].kind)):
            continue
        done += _rung(number, reached[-1], late)
    return f"逾期提醒、督办 {done} 件" if done else ""


@transaction.atomic
def _rung(number: str, rung, late: int) -> int:
    case = Case.objects.select_for_update().get(number=number)
    now = clock.now()
    if case.is_closed or case.due_at is None or case.due_at >= now:
        return 0
    shown, case.rung = audit.snapshot(case, *marks.SHOWN), rung.kind
    note = f"“{case.state_words}”已逾期 {late} 个工作日，责任单位{case.responsible}"
    marks.log(case, CaseEvent.Kind.NOTE, rung.title, by=None, at=now, was=case.state, note=note, step=rung.kind)
    marks.keep(case, "rung")
    marks.sealed(None, rung.title, case, shown, note)
    return 1


def reckon_again() -> str:
    """Limits reckoned over a year whose holidays were not published then, reckoned anew now that they are."""
    done, days = 0, queries.calendar()
    for case in Case.objects.filter(guessed=True, closed_at=None, extended=0):
        if days.guesses(case.entered_at, max(filter(None, (case.due_at, case.term_at)), default=case.entered_at)):
            continue
        done += _reckon(case.number)
    return f"按新公布的放假安排重算期限 {done} 件" if done else ""


@transaction.atomic
def _reckon(number: str) -> int:
    case = Case.objects.select_for_update().get(number=number)
    if case.declared.is_lost:
        return 0
    shown, old, now = audit.snapshot(case, *marks.SHOWN), (case.due_at, case.term_at), clock.now()
    declared = case.declared
    if declared.term and case.term_at and clocks.needs_calendar(declared.term):
        case.term_at = queries.term(declared, case.opened_at)
    marks.set_due(case, case.entered_at)
    if changed := (case.due_at, case.term_at) != old:
        was, now_is = (f"{ends[1] or ends[0]:%Y-%m-%d}" for ends in (old, (case.due_at, case.term_at)))
        note = f"放假安排公布，期限由 {was} 改为 {now_is}"
        marks.log(case, CaseEvent.Kind.NOTE, "重算期限", by=None, at=now, was=case.state, note=note, step="reckoned")
    marks.keep(case)
    marks.sealed(None, "重算期限", case, shown)
    return int(changed)
