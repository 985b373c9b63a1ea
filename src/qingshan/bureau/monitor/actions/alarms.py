"""Alarm episodes: opened, continued, ended by valid hours (报警): one a station, item and rule, not one an hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from qingshan.bureau.base import audit, clock, packs
from qingshan.bureau.cases import actions as cases
from qingshan.bureau.monitor import levels
from qingshan.bureau.monitor.declared import Rule
from qingshan.bureau.monitor.models import Alarm, AlarmHour
from qingshan.bureau.sites.models import Station
from qingshan.bureau.sites.queries import responsible_for

HOUR = timedelta(hours=1)


def consider(station: Station, time: datetime, values: dict[str, float], frame: int | None, lake) -> list[Alarm]:
    """Hold one hour of a station against every rule; runs inside the transaction that marks the hour judged."""
    touched = []
    for rule in packs.all("alarms", at=(time - timedelta(seconds=1)).date()).values():
        if station.level not in rule.level or not station.measures(rule.item):
            continue
        value = values.get(rule.item)
        if value is None:  # a missing hour neither opens nor ends
            continue
        threshold = levels.threshold(rule, time)
        alarm = _hold(rule, threshold, station, time, value, frame, lake)
        if alarm:
            touched.append(alarm)
    return touched


def _hold(rule: Rule, threshold: levels.Threshold, station: Station, time: datetime, value: float, frame: int | None, lake) -> Alarm | None:
    is_above = threshold.is_below(value)
    last = Alarm.objects.filter(station=station, item=rule.item, rule=rule.name).order_by("-opened_at", "-id").first()
    if last and last.opened_at <= time <= last.last_at:  # a corrected or repeated hour inside the episode
        return _correct(last, time, value, is_above, frame)
    if last and last.is_open and time > last.last_at:
        return _go_on(last, time, value, frame) if is_above else _end(last, time)
    if not is_above:
        return None
    if last and last.ended_at and last.ended_at <= time <= last.ended_at + rule.quiet * HOUR:
        return _resume(last, time, value, frame)
    if time < clock.now() - rule.fresh * HOUR or (last and time < last.opened_at):
        return None  # back-filled history opens no alarm
    run = _run(rule, threshold, station, time, lake)
    if len(run) < rule.consecutive:
        return None
    return _open(rule, threshold, station, run, frame)


def _run(rule: Rule, threshold: levels.Threshold, station: Station, time: datetime, lake) -> list[tuple[datetime, float]]:
    """The unbroken hours above the level that end at `time`, oldest first."""
    start = time - (max(rule.consecutive, 12) - 1) * HOUR
    table = lake.hours(stations=[station.code], start=start, end=time, items=(rule.item,))
    found = {r["time"]: r[rule.item] for r in table.to_pylist() if r[rule.item] is not None}
    run, at = [], time
    while at in found and threshold.is_below(found[at]):
        run.append((at, found[at]))
        at -= HOUR
    return run[::-1]


def _open(rule: Rule, threshold: levels.Threshold, station: Station, run: list[tuple[datetime, float]], frame: int | None) -> Alarm:
    """Open an episode and, by rule, the order to the responsible unit."""
    peak_at, peak = max(run, key=lambda r: r[1])
    alarm = Alarm.objects.create(
        rule=rule.name, title=rule.title, station=station, item=rule.item, threshold=threshold.value, clause=threshold.words,
        opened_at=run[0][0], last_at=run[-1][0], hours=len(run), peak=peak, peak_at=peak_at, raised=clock.now(),
    )  # fmt: skip
    AlarmHour.objects.bulk_create([AlarmHour(alarm=alarm, time=t, value=v, frame=frame if t == run[-1][0] else None) for t, v in run])
    audit.record(
        None, "报警", alarm, None, audit.snapshot(alarm, "station", "item", "opened_at", "peak", "threshold"), basis=f"规则 {rule.name}"
    )
    responsible = responsible_for(station)
    if rule.order and responsible:
        value = levels.shown(rule.item, run[-1][1])
        alarm.case = cases.open_case(
            rule.order,
            title=f"{station.name} {rule.item} 小时值 {value}",
            area=station.area, responsible=responsible, station=station, origin=f"alarm:{alarm.pk}",
            place=station.address or station.name, lon=station.lon, lat=station.lat,
            summary=f"{levels.hour_words(run[-1][0])} {rule.item} {value} {levels.unit(rule.item)}，高于 {threshold.words}",
            basis=f"报警规则“{rule.title}”（{rule.name}）",
        )  # fmt: skip
        alarm.save(update_fields=["case"])
    return alarm


def _go_on(alarm: Alarm, time: datetime, value: float, frame: int | None) -> Alarm:
    AlarmHour.objects.create(alarm=alarm, time=time, value=value, frame=frame)
    alarm.last_at, alarm.hours = time, alarm.hours + 1
    if value > alarm.peak:
        alarm.peak, alarm.peak_at = value, time
    alarm.save(update_fields=["last_at", "hours", "peak", "peak_at"])
    return alarm


def _end(alarm: Alarm, time: datetime) -> Alarm:
    alarm.ended_at = time
    alarm.save(update_fields=["ended_at"])
    audit.record(None, "报警回落", alarm, {"ended_at": None}, {"ended_at": str(time)})
    return alarm


def _resume(alarm: Alarm, time: datetime, value: float, frame: int | None) -> Alarm:
    """Above again within the quiet period: the same episode goes on."""
    audit.record(None, "报警再起", alarm, {"ended_at": str(alarm.ended_at)}, {"ended_at": None})
    alarm.ended_at = None
    alarm.save(update_fields=["ended_at"])
    return _go_on(alarm, time, value, frame)


def _correct(alarm: Alarm, time: datetime, value: float, is_above: bool, frame: int | None) -> Alarm:
    """An hour inside the episode came again with another value: the rows and the peak follow, the episode stays."""
    if is_above:
        AlarmHour.objects.update_or_create(alarm=alarm, time=time, defaults={"value": value, "frame": frame})
    else:
        AlarmHour.objects.filter(alarm=alarm, time=time).delete()
    rows = list(alarm.rows.all())
    if rows:
        top = max(rows, key=lambda r: r.value)
        alarm.peak, alarm.peak_at, alarm.hours = top.value, top.time, len(rows)
        alarm.save(update_fields=["peak", "peak_at", "hours"])
    return alarm
