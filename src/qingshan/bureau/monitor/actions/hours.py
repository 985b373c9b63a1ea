"""Hours: built from minutes where a device sends no hour, then judged (小时值合成与评价)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from django.db import transaction

from qingshan import standards
from qingshan.bureau.base import clock, packs
from qingshan.bureau.monitor import conditions, readings
from qingshan.bureau.monitor.actions import alarms, marks, minutes, orders
from qingshan.bureau.monitor.declared import WATCHED, Rollup
from qingshan.bureau.monitor.models import Arrival, Difference, Hour, MadeMinute, Minute, MinuteHour
from qingshan.bureau.monitor.observed import observe
from qingshan.bureau.sites.models import Station
from qingshan.lake.columns import parse_flags
from qingshan.methods import air, online
from qingshan.terms import items

GRACE = timedelta(minutes=5)  # after the hour, the device's own hour record is waited for
KEEP_MINUTES = timedelta(days=3)
BATCH = 500
BUILD, COMPARED = 60, 20  # hours built, or only compared, in one round: judging waits meanwhile


def day_of(time: datetime) -> date:
    """The day an hour label belongs to: 00:00 is hour 24 of the day before."""
    return (time - timedelta(seconds=1)).date()


def build(lake) -> int:
    """Hours of devices that send only minutes, or only real-time readings: mean and flag as the medium's roll-up says (45 minutes: GB 3095
    表4). Of devices that send the hour themselves it is only compared; returns how many were built.
    """
    closed = minutes.close_quiet()
    waiting = list(_waiting(has_hour=False)[:BUILD])
    built = [made for hour in waiting if (made := _made(hour))]
    if built:
        lake.put_rows(marks.overlay([b.row for b in built]))
    with transaction.atomic():
        for made in built:
            Arrival.objects.update_or_create(
                station=made.hour.station, time=made.hour.time, defaults={"frame": made.frame, "received": made.received}
            )
            minutes.note(made.differences)
        MinuteHour.objects.filter(pk__in=[h.pk for h in waiting]).update(dirty=False)
    return len(built) + closed + compare(lake)


def compare(lake) -> int:
    """Hours that devices sent themselves against what their finer values make; nothing of the device's is changed."""
    waiting = list(_waiting(has_hour=True)[:COMPARED])
    if not waiting:
        return 0
    codes, times = sorted({h.station.code for h in waiting}), [h.time for h in waiting]
    there = observe(lake, codes, min(times), max(times))
    found = []
    for hour in waiting:
        made = _made(hour)
        if made is None:
            continue
        found += made.differences
        said = there[hour.station.code]
        at = int((hour.time - said.first) / readings.HOUR)
        flags = parse_flags(made.row["flags"])
        for item, value in made.values.items():
            if item not in said.values or (np.isnan(said.values[item][at]) and not said.flags[item][at]):
                continue
            own, flag = said.values[item][at], str(said.flags[item][at])
            own = None if np.isnan(own) else float(own)
            if minutes.differ(made.rule, hour.station, item, own, flag, value, flags.get(item, "")):
                found.append(Difference(
                    station=hour.station, item=item, kind="hour", time=hour.time, said=own, said_flag=flag, made=value,
                    made_flag=flags.get(item, ""), found=clock.now(),
                ))  # fmt: skip
    with transaction.atomic():
        minutes.note(found)
        for hour in waiting:
            MadeMinute.objects.filter(station=hour.station, time__gte=hour.time - readings.HOUR, time__lt=hour.time).delete()
        MinuteHour.objects.filter(pk__in=[h.pk for h in waiting]).update(dirty=False)
    return 0


def _waiting(has_hour: bool):
    there = MinuteHour.objects.filter(dirty=True, has_hour=has_hour, time__lte=clock.now() - GRACE)
    return there.select_related("station__network").order_by("time")


@dataclass(frozen=True)
class BuiltHour:
    """An hour as its finer values make it."""

    hour: MinuteHour
    rule: Rollup
    row: dict
    values: dict[str, float | None]
    received: datetime
    frame: int
    differences: list[Difference]


def _made(hour: MinuteHour) -> BuiltHour | None:
    """An hour out of the device's minutes, and out of those made of its real-time readings where it sends none; None without any."""
    span = {"station": hour.station, "time__gte": hour.time - readings.HOUR, "time__lt": hour.time}
    own, made = list(Minute.objects.filter(**span)), list(MadeMinute.objects.filter(**span))
    rule = rollup_of(hour.station, day_of(hour.time))
    differences = minutes.compare_minutes(rule, hour.station, own, made)
    sent = {m.item for m in own}
    by_item: dict[str, list] = defaultdict(list)
    for minute in (*own, *(m for m in made if m.item not in sent)):
        if minute.flag == "-":  # too few readings: as if none had come
            minute.flag = ""
        by_item[minute.item].append(minute)
    if not by_item:
        return None
    frames = [f for ms in by_item.values() for m in ms for f in (getattr(m, "first", m.frame), m.frame)]
    received = max(m.received for ms in by_item.values() for m in ms)
    values, flags = {}, {}
    weights = {m.time: m.value for m in by_item.get(rule.weight, ()) if readings.is_valid(m.flag)}
    for item, ms in by_item.items():
        values[item], flag = hour_of(rule, ms, weights if item != rule.weight else {})
        if flag:
            flags[item] = flag
    row = {
        "station": hour.station.code, "time": hour.time, "received": received, "origin": f"frames:{min(frames)}-{max(frames)}", **values,
        "flags": ";".join(f"{i}:{f}" for i, f in sorted(flags.items())) or None,
    }  # fmt: skip
    return BuiltHour(hour, rule, row, values, received, max(frames), differences)


rollup_of = minutes.rollup_of


def hour_of(rule: Rollup, of: list, flow: dict[datetime, float | None] | None = None) -> tuple[float | None, str]:
    """(mean, flag) of an hour's minute values, each for its minutes. Without a mean the flag says why; "": too few came.

    flow : by the start of the minute period, where the mean is weighted by it; without any flow above 0 it is not weighted
    """
    times = [m.minutes for m in of]
    values = np.repeat([np.nan if m.value is None else m.value for m in of], times)
    flags = np.repeat([m.flag or "N" for m in of], times)
    weights = [(flow or {}).get(m.time) for m in of]
    weighted = np.repeat([np.nan if w is None or w < 0 else w for w in weights], times) if any(weights) else None
    found = online.roll_up(values, flags, least=rule.hour, rule=rule.flags, share=rule.share, weights=weighted)
    flag = str(found.flag)
    return (float(found.mean), "") if flag == "N" else (None, flag)


def judge(lake) -> int:
    """Judge the hours that arrived: hourly AQI by the edition of their day, then the alarm rules; each hour once."""
    with_it = ("station__network", "station__area", "station__responsible", "station__outlet")
    arrivals = list(Arrival.objects.select_related(*with_it).order_by("time", "station_id")[:BATCH])
    if not arrivals:
        return 0
    values = conc_of(lake, arrivals)
    judged = {(a.station_id, a.time): evaluate(a.time, values.get((a.station.code, a.time), {}), a.station.unplanned) for a in arrivals}
    with transaction.atomic():
        newest = {a.station_id: a for a in arrivals}
        there = dict(Hour.objects.filter(station__in=newest).values_list("station_id", "time"))
        Hour.objects.bulk_create(
            [
                Hour(station_id=s, time=a.time, received=a.received, **judged[s, a.time])
                for s, a in newest.items() if s not in there or there[s] <= a.time
            ],
            update_conflicts=True, unique_fields=["station"],
            update_fields=["time", "aqi", "level", "primary", "edition", "values", "received"],
        )  # fmt: skip
        hours = conditions.Hours(lake, air_items())
        look_ahead(hours, arrivals)
        last = alarms.last_of([a.station_id for a in arrivals], arrivals[0].time)
        touched = [alarms.hold(a.station, a.time, values.get((a.station.code, a.time), {}), a.frame, hours, last) for a in arrivals]
        orders.follow(alarms.all_touched(touched))
        for arrival in arrivals:  # one that changed meanwhile stays
            Arrival.objects.filter(pk=arrival.pk, received=arrival.received).delete()
    return len(arrivals)


def conc_of(lake, arrivals) -> dict[tuple[str, datetime], dict[str, float]]:
    """Valid values of the arrived hours of the air: (station code, time) → {item: value}."""
    times, wanted_items = [a.time for a in arrivals], air_items()
    wanted = {(a.station.code, a.time) for a in arrivals if a.station.network.medium == "air"}
    if not wanted:
        return {}
    table = lake.hours(stations=sorted({code for code, _ in wanted}), start=min(times), end=max(times), items=wanted_items)
    rows = table.to_pylist()
    return {
        (r["station"], r["time"]): {i: r[i] for i in wanted_items if r[i] is not None}
        for r in rows if (r["station"], r["time"]) in wanted
    }  # fmt: skip


def air_items() -> tuple[str, ...]:
    """The six of the air, and what else of it the rules watch."""
    more = [r.item for r in packs.all("alarms").values() if r.item and r.media == ("air",)]
    return tuple(dict.fromkeys((*items.AIR, *more)))


def look_ahead(hours: conditions.Hours, arrivals) -> None:
    """Read the outlets and sections among the arrivals together, a day at a time in order: one reading, not one a station."""
    days: dict[date, dict[int, Station]] = {}
    for a in arrivals:
        if a.station.network.medium in WATCHED[1:]:
            days.setdefault(day_of(a.time), {})[a.station_id] = a.station
    if len(days) == 1:
        ((day, there),) = days.items()
        hours.days_of(list(there.values()), day)


def evaluate(time: datetime, values: dict[str, float], unplanned: tuple[str, ...] = ()) -> dict:
    """Hourly AQI of one station: {aqi, level, primary, edition, values}. HJ 633 实时报; `unplanned` items are not monitored there."""
    std = standards.get("HJ 633", at=day_of(time))
    hour = air.hourly(std, {i: np.array([values.get(i, np.nan)]) for i in items.AIR}, unplanned=unplanned)
    aqi = float(hour.aqi[0])
    known = not np.isnan(aqi)
    return {
        "aqi": int(aqi) if known else None,
        "level": int(hour.level[0]) if known else None,
        "primary": str(air.primary_words(hour.primary, none="")[0]) if known else "",
        "edition": str(std),
        "values": {i: v for i, v in values.items() if i in items.AIR},
    }


def sweep_minutes() -> int:
    """Drop minute values older than three days: the journal keeps the frames, the store the hours."""
    before = clock.now() - KEEP_MINUTES
    Difference.objects.filter(time__lt=clock.now() - minutes.KEEP_DIFFERENCES).delete()
    made = MadeMinute.objects.filter(time__lt=before).delete()[0]
    MinuteHour.objects.filter(time__lt=before, dirty=False).delete()
    return made + Minute.objects.filter(time__lt=before).delete()[0]
