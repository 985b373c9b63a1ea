"""Rules that look at no single hour (断线、捕集率): asked by the worker, opened and ended by the same actions as the others."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Q

from qingshan.bureau.base import audit, clock, packs
from qingshan.bureau.monitor import conditions, queries, stores
from qingshan.bureau.monitor.actions import alarms, orders
from qingshan.bureau.monitor.declared import Rule
from qingshan.bureau.monitor.levels import hour_words
from qingshan.bureau.monitor.models import Alarm, Lead
from qingshan.bureau.monitor.queries.outlets import Counts, of_days
from qingshan.bureau.sites.models import OUTLETS, Station
from qingshan.terms import items

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DAY_WAITS = timedelta(minutes=70)
"""after midnight the last hour of the day is waited for"""
FEW = 50
"""outlets read at once"""


def watch_silence(now: datetime | None = None) -> int:
    """Stations that have sent no hour for so long, but those reported down; one that never sent an hour has not begun."""
    now, touched = now or clock.now(), 0
    at = now.replace(minute=0, second=0, microsecond=0)
    for rule in _rules("silent", now):
        going, told = _going(rule), queries.down(now)
        for station in _stations(rule, now):
            hour = getattr(station, "hour", None)
            if hour is None:
                continue
            hours = int((at - hour.time) / HOUR)
            holds = hours >= rule.silent and station.pk not in told
            if not holds and station.pk not in going:
                continue
            words = f"最近的小时值为 {hour_words(hour.time)}，超过 {rule.silent} 小时没有新的"
            touched += bool(
                alarms.stand(rule, station, holds=holds, value=hours, level=rule.silent, words=words,
                             since=min(hour.time + rule.silent * HOUR, at), at=at)
            )  # fmt: skip
    return touched


def watch_capture(now: datetime | None = None) -> int:
    """Stations whose valid hours of the last whole days are too few; hours before a station began are not due."""
    now, touched = now or clock.now(), 0
    last = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for rule in _rules("capture", now):
        if rule.media[0] in OUTLETS:
            touched += _watch_delivery(rule, last, now)
            continue
        stations = [s for s in _stations(rule, now) if s.measures(rule.item)]
        start = last - rule.capture.days * DAY + HOUR
        table = stores.lake().hours([s.code for s in stations], start, last, items.AIR)
        going, valid = _going(rule), {}
        for code, value in zip(table["station"].to_pylist(), table[rule.item].to_pylist()):
            valid[code] = valid.get(code, 0) + (value is not None)
        for station in stations:
            begun = getattr(station, "hour", None) is not None
            if not begun or (station.since and station.since > start.date()):
                continue
            rate = 100 * valid.get(station.code, 0) / (24 * rule.capture.days)
            words = f"近 {rule.capture.days} 天 {rule.item} 捕集率 {rate:.1f}%，低于 {rule.capture.below:g}%"
            holds = rate < rule.capture.below
            if not holds and station.pk not in going:
                continue
            touched += bool(
                alarms.stand(rule, station, holds=holds, value=round(rate, 1), level=rule.capture.below, words=words, since=last, at=last)
            )
    return touched


def _watch_delivery(rule: Rule, last: datetime, now: datetime) -> int:
    """Outlets whose 有效传输率 over the last whole days is too low; stopped hours are not due, and a day of nothing due says nothing."""
    first, touched, going = last.date() - rule.capture.days * DAY, 0, _going(rule)
    stations = [s for s in _stations(rule, now) if getattr(s, "hour", None) is not None and not (s.since and s.since > first)]
    for few in (stations[k : k + FEW] for k in range(0, len(stations), FEW)):
        found = of_days(few, first, last.date() - DAY)
        for station in few:
            total = sum(found[station.code].counts(), Counts())
            if total.effective is None:
                continue
            holds = total.effective < rule.capture.below
            if holds or station.pk in going:
                counts = f"应传 {total.due}、有效 {total.valid}"
                words = f"近 {rule.capture.days} 天有效传输率 {total.effective:.1f}%（{counts}），低于 {rule.capture.below:g}%"
                value = round(total.effective, 1)
                touched += bool(
                    alarms.stand(rule, station, holds=holds, value=value, level=rule.capture.below, words=words, since=last, at=last)
                )
    return touched


def watch_findings(now: datetime | None = None) -> int:
    """Stations with strong quality leads that are open, or whose check is going on; the leads go with the order that is opened."""
    now, touched = now or clock.now(), 0
    at = now.replace(minute=0, second=0, microsecond=0)
    for rule in (r for r in packs.all("alarms", at=now.date()).values() if r.is_finding):
        there = Lead.objects.filter(strength__gte=rule.found.strength).filter(
            Q(state=Lead.State.OPEN) | Q(state=Lead.State.CASE, case__closed_at=None)
        )
        if rule.found.checks:
            there = there.filter(check_name__in=rule.found.checks)
        by_station: dict[int, list[Lead]] = {}
        for lead in there.order_by("-strength", "-stop"):
            by_station.setdefault(lead.station_id, []).append(lead)
        going = _going(rule)
        for station in _stations(rule, now):
            leads = by_station.get(station.pk, [])
            if leads or station.pk in going:
                touched += bool(_watch_leads(rule, station, leads, at))
    return touched


@transaction.atomic
def _watch_leads(rule: Rule, station: Station, leads: list[Lead], at: datetime) -> Alarm | None:
    top = leads[0] if leads else None
    words = f"{len(leads)} 条线索，最强：{top.item} {top.title}（{top.get_strength_display()}）".replace("  ", " ") if top else ""
    alarm = alarms.stand(
        rule, station, holds=bool(leads), value=float(len(leads)), level=float(rule.found.strength), words=words,
        since=min(at, top.start) if top else at, at=at,
    )  # fmt: skip
    if alarm is None:
        return None
    if not leads and alarm.case_id is None:
        alarms.set_aside(alarm, "线索都已排除")
    for lead in leads if alarm.case_id else ():
        if lead.state == Lead.State.OPEN:
            lead.state, lead.case = Lead.State.CASE, alarm.case
            lead.save(update_fields=["state", "case"])
            after = {"state": lead.state, "case": alarm.case.number}
            audit.record(None, "线索立件核查", lead, {"state": Lead.State.OPEN}, after, rule.basis)
    return alarm


def watch_days(now: datetime | None = None) -> int:
    """Day means of outlets and sections against their limits, once the day's last hour could have come; late hours are held again.

    Two days are looked at each time, and each says the same however often it is asked.
    """
    now, touched = now or clock.now(), []
    last = (now - DAY_WAITS).date() - DAY
    rules = [r for r in packs.all("alarms", at=last).values() if r.is_daily]
    media = {medium for rule in rules for medium in rule.media}
    stations = list(
        Station.objects.in_use(last).filter(network__medium__in=media).select_related("network", "outlet", "area", "responsible")
        .defer("area__geometry").order_by("pk")
    )  # fmt: skip
    for few in (stations[k : k + FEW] for k in range(0, len(stations), FEW)):
        hours = conditions.Hours(stores.lake())
        hours.days_of(few, last)
        with transaction.atomic():
            known, mine = alarms.last_of([s.pk for s in few], datetime.combine(last, time.min)), []
            for day in (last - DAY, last):
                end = datetime.combine(day + DAY, time.min)
                for station in few:
                    if station.since and station.since > day:
                        continue
                    values = hours.values(station, end, "day")
                    for rule in rules:
                        if station.level in rule.level and station.network.medium in rule.media:
                            mine.append(alarms.hold_rule(rule, station, end, values, None, hours, known))
            found = alarms.all_touched(mine)
            orders.follow(found)
        touched += found
    return len(touched)


def _going(rule: Rule) -> set[int]:
    """Stations whose alarm of the rule is open."""
    return set(Alarm.objects.filter(rule=rule.name, ended_at=None).values_list("station", flat=True))


def _rules(name: str, now: datetime) -> list[Rule]:
    return [r for r in packs.all("alarms", at=now.date()).values() if r.conditions == (name,)]


def _stations(rule: Rule, now: datetime) -> list[Station]:
    found = Station.objects.in_use(now.date()).filter(level__in=rule.level, network__medium__in=rule.media)
    return list(found.select_related("hour", "area", "responsible", "network", "outlet").defer("area__geometry"))
