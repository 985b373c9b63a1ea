"""Rules that look at no single hour (断线、捕集率): asked by the worker, opened and ended by the same actions as the others."""

from __future__ import annotations

from datetime import datetime, timedelta

from qingshan.bureau.base import clock, packs
from qingshan.bureau.monitor import queries, stores
from qingshan.bureau.monitor.actions import alarms
from qingshan.bureau.monitor.declared import Rule
from qingshan.bureau.monitor.levels import hour_words
from qingshan.bureau.monitor.models import Alarm
from qingshan.bureau.sites.models import OUTLETS, Station
from qingshan.terms import items

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


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


def _going(rule: Rule) -> set[int]:
    """Stations whose alarm of the rule is open."""
    return set(Alarm.objects.filter(rule=rule.name, ended_at=None).values_list("station", flat=True))


def _rules(name: str, now: datetime) -> list[Rule]:
    return [r for r in packs.all("alarms", at=now.date()).values() if r.conditions == (name,)]


def _stations(rule: Rule, now: datetime) -> list[Station]:
    found = Station.objects.in_use(now.date()).filter(level__in=rule.level, network__medium__in=("air", *OUTLETS))
    return list(found.select_related("hour", "area", "responsible", "network").defer("area__geometry"))
