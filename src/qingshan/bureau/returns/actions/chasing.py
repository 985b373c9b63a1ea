"""The silent are chased by the rhythm's rule, once a day at most, or by hand (催报)."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from django.db import IntegrityError, transaction
from django.urls import reverse

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Organisation, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.cases.clocks import Calendar
from qingshan.bureau.cases.queries import calendar
from qingshan.bureau.notices import actions as notices
from qingshan.bureau.returns import spans
from qingshan.bureau.returns.declared import Chase as ChaseRule
from qingshan.bureau.returns.models import Chase, Period
from qingshan.bureau.returns.queries import rotas, summary


def level_of(period: Period, now: datetime, days: Calendar) -> int:
    """How loudly a unit that owes lines of this period is to be chased now; 0: not at all."""
    rhythm = period.rota.declared(period.last)
    rule = rhythm.chase if rhythm else ChaseRule()
    away = spans.workdays_from(period.due_at.date(), now.date(), days)
    if now <= period.due_at:
        if now.date() == period.due_at.date():
            return Chase.Level.DUE
        return Chase.Level.SOON if -away <= rule.before else 0
    return Chase.Level.LISTED if away >= rule.listed else Chase.Level.LEADER if away >= rule.leader else Chase.Level.DUE


def chase_due() -> str:
    """Chase every unit whose silence calls for it today; on working days only. The worker's duty, safe to repeat."""
    now, days = clock.now(), calendar()
    if not days.is_workday(now.date()):
        return ""
    silent = summary.silent(now)
    chased = set(Chase.objects.filter(on=now.date()).values_list("organisation_id", flat=True))
    done = 0
    for unit, owed in silent.items():
        loud = [(level_of(period, now, days), period, n) for period, n in owed]
        loud = [one for one in loud if one[0]]
        if loud and unit not in chased:
            done += _chase(unit, loud, now, None) is not None
    return f"催报 {done} 个单位" if done else ""


@transaction.atomic
def chase_units(period_id: int, *, by: Person, unit_ids: list[int], words: str = "") -> list[Chase]:
    """Chase chosen units of a period by hand; who was chased today already is left alone."""
    need(by, "returns.chase_unit", "催报需要“催报”权限")
    now, days = clock.now(), calendar()
    period = Period.objects.within(by).select_related("rota").get(pk=period_id)
    if period.is_frozen:
        raise Refused(f"{period.name}已定格，不用再催")
    if not unit_ids:
        raise Refused("还没有选单位，请先打勾", status=400)
    silent = summary.silent(now)
    made = []
    for unit in dict.fromkeys(unit_ids):
        owed = [(max(level_of(one, now, days), Chase.Level.SOON), one, n) for one, n in silent.get(unit, ()) if one.pk == period.pk]
        if owed and (chase := _chase(unit, owed, now, by, words)):
            made.append(chase)
    if not made:
        raise Refused("所选单位已报齐，或今天已经催过，每天最多催一次")
    return made


def _chase(unit: int, owed: list[tuple[int, Period, int]], now: datetime, by: Person | None, words: str = "") -> Chase | None:
    """One reminder of a day to one unit; None where it was chased today."""
    level, n = max(level for level, _, _ in owed), sum(n for _, _, n in owed)
    said = "；".join(f"{p.name} {k} 项，{p.due_at.month}月{p.due_at.day}日 {p.due_at:%H:%M} 截止" for _, p, k in owed)
    organisation = Organisation.objects.get(pk=unit)
    people = defaultdict(list)
    for person in Person.objects.filter(organisation=unit, is_active=True):
        people[unit].append(person)
    told = rotas.whom(unit, rotas.reporters([unit]), people, level >= Chase.Level.LEADER)
    try:
        with transaction.atomic():
            chase = Chase.objects.create(
                organisation=organisation,
                on=now.date(),
                at=now,
                level=level,
                owed=n,
                by=by,
                words="。".join(filter(None, (words.strip(), said)))[:400],
            )
    except IntegrityError:
        return None
    chase.periods.set([period for _, period, _ in owed])
    chase.people.set(told)
    after = {"level": Chase.Level(level).label, "owed": n, "to": [str(p) for p in told] or ["没有可告知的人"]}
    audit.record(by, "催报", organisation, None, after, basis=said[:200])
    title = f"{Chase.Level(level).label}：{organisation}有 {n} 项未报"
    notices.send("return_due", title=title, text=chase.words, url=reverse("returns:mine"), people=told, to=[unit], but=by)
    return chase
