"""From the journal into the store (接收入库): readings after the cursor, each by its device's profile.

At least once, and so exactly once: the store keeps an identical row once, and the cursor moves in the same
transaction as the latest values and the hours to judge. A stop at any point only repeats work.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache

from django.db import connection, transaction

from qingshan.bureau.base import clock
from qingshan.bureau.monitor import doors, readings
from qingshan.bureau.monitor.actions import marks, minutes
from qingshan.bureau.monitor.models import Arrival, Cursor, Held, Minute, MinuteHour, Reread
from qingshan.bureau.monitor.raw import Gathered, Said
from qingshan.bureau.sites import factors
from qingshan.bureau.sites.models import Device
from qingshan.terms import items
from qingshan.terms.items import Item

CURSOR = "readings"
HOUR, MINUTE, NOW = "2061", "2051", "2011"
KEEP_LATEST = """
    INSERT INTO monitor_latest (station_id, item, kind, at, value, flag, frame, received) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (station_id, item, kind) DO UPDATE
    SET at = excluded.at, value = excluded.value, flag = excluded.flag, frame = excluded.frame, received = excluded.received
    WHERE monitor_latest.at <= excluded.at
"""
SAMPLE = 12
CONVERTED = "_zs"
"""after the symbol of an item of flue gas: the converted concentration as the device says it (折算浓度)"""
LEFT_OUT = "因子对照写明不入库"
AHEAD = timedelta(minutes=10)
MAX_HELD = 5_000  # kinds of held readings kept; hostile senders invent endless ones


@dataclass
class Batch:
    """What a stretch of the journal amounts to, before anything is written."""

    hours: dict[tuple[str, datetime, int], dict] = field(default_factory=dict)
    hour_flags: dict[tuple[str, datetime, int], dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    minutes: dict[tuple[int, str, datetime], Minute] = field(default_factory=dict)
    latest: dict[tuple[int, str, str], tuple] = field(default_factory=dict)
    """(station, item, kind) → (at, value, flag, frame, received)"""
    raw: list[Said] = field(default_factory=list)
    held: dict[tuple[str, str], Held] = field(default_factory=dict)
    stations: dict[str, int] = field(default_factory=dict)

    def hold(self, reading, reason: str) -> None:
        key = (reading.mn[:60], reading.item_code[:40])
        held = self.held.setdefault(key, Held(mn=key[0], code=key[1], reason=reason, first_frame=reading.frame, sample=[]))
        held.reason, held.frame, held.count = reason, reading.frame, held.count + 1
        if reading.value is not None:
            held.sample = [*held.sample, reading.value][-SAMPLE:]

    def keep_latest(self, station: int, item: str, kind: str, at: datetime, value, flag: str, reading) -> None:
        key = (station, item, kind)
        if key not in self.latest or self.latest[key][0] <= at:
            self.latest[key] = (at, value, flag, reading.frame, reading.received)


def step(reader, lake, limit: int = 2_000) -> int:
    """Take the next stretch of the journal; returns how many readings it held (0: nothing new)."""
    cursor, _ = Cursor.objects.get_or_create(name=CURSOR)
    rows = timed(reader.readings(after_frame=cursor.frame, limit=limit))
    if not rows:
        return 0
    known = profiles({r.mn for r in rows})
    batch = sort_out(rows, known)
    store(batch, lake)
    gathered = minutes.ready(reader, cursor.frame)
    try:
        minutes.gather(gathered, batch.raw, known.values())
        with transaction.atomic():
            keep(batch)
            done = minutes.close(gathered, gathered.newest, rows[-1].frame)
            Cursor.objects.filter(name=CURSOR).update(frame=rows[-1].frame, at=clock.now())
    except Exception:
        gathered.begun = False  # gathered again from the journal
        raise
    gathered.forget(done)
    return len(rows)


def reread(reader, lake, limit: int = 2_000) -> int:
    """Read again the earlier frames of devices whose profile changed; returns how many requests were finished."""
    done = 0
    again = Gathered()  # what is read again is whole in itself: it leaves the open periods of the present alone
    for asked in Reread.objects.filter(done=None).order_by("id"):
        at = asked.from_frame
        known = profiles({asked.mn})
        while at < asked.up_to:
            rows = timed(reader.readings(after_frame=at, limit=limit))
            if not rows:
                break
            at = rows[-1].frame
            mine = [r for r in rows if r.mn == asked.mn and r.frame <= asked.up_to]
            batch = sort_out(mine, known)
            store(batch, lake)
            minutes.gather(again, batch.raw, known.values())
            with transaction.atomic():
                keep(batch)
                Reread.objects.filter(pk=asked.pk).update(from_frame=at)
        with transaction.atomic():
            minutes.close_all(again)
            Reread.objects.filter(pk=asked.pk).update(done=clock.now())
        done += 1
    return done


def timed(rows) -> list:
    """The journal's rows with their times as times; a label that is no time is held like any other fault."""
    moment = cache(_moment)  # all values of a frame have the same
    return [r._replace(received=moment(r.received), data_time=moment(r.data_time)) for r in rows]


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def profiles(mns: set[str]) -> dict[str, Device]:
    """Profiles of admitted devices that have a station."""
    found = Device.objects.filter(mn__in=mns, admitted=True).exclude(station=None).select_related("station__network")
    return {d.mn: d for d in found} | doors.profiles(mns)


def sort_out(rows, known: dict[str, Device]) -> Batch:
    """Readings as hours, minutes and latest values of stations; what cannot be understood is held, with the reason."""
    batch = Batch()
    meanings: dict[tuple[str, str, date | None], tuple] = {}
    for reading in rows:
        if reading.cn not in (HOUR, MINUTE, NOW):
            continue
        device = known.get(reading.mn)
        if device is None or doors.is_feigned(reading):
            batch.hold(reading, "设备未准入，或未指定站点")
            continue
        day = reading.data_time.date() if reading.item_code in device.factors and reading.data_time else None
        key = (reading.mn, reading.item_code, day)
        if key not in meanings:
            meanings[key] = _meaning(device, reading.item_code, day)
        item, unit, times, unknown = meanings[key]
        if unknown is LEFT_OUT:
            continue
        if item is None:
            batch.hold(reading, unknown)
            continue
        if reading.suffix not in (
            ("Rtd",) if reading.cn == NOW else ("Avg", "ZsAvg") if reading.cn == HOUR and item.medium == "flue" else ("Avg",)
        ):
            continue
        if reading.data_time is None:
            batch.hold(reading, "报文没有 DataTime，或不是时间")
            continue
        if unknown:
            batch.hold(reading, unknown)
            continue
        value = None if reading.value is None else readings.convert(reading.value * times if times != 1 else reading.value, unit, item)
        if _is_ahead(reading, device):
            batch.hold(reading, "时段终点晚于接收时间：请核对时间标签或设备时钟")
            continue
        _take(batch, reading, device, item.symbol + CONVERTED * (reading.suffix == "ZsAvg"), value)
    return batch


def _meaning(device: Device, code: str, day: date | None) -> tuple[Item | None, str, float, str]:
    """(item, unit it is sent in, factor, what is unknown) of a factor on a day: by the device's own map, else by the table of codes."""
    medium = device.station.network.medium
    item, unit, times = items.find_code(code, medium if device.station.is_outlet else ""), device.units.get(code, ""), 1.0
    if code in device.factors:
        row = next((f for f in factors.known(device.factors)[code] if day is not None and f.holds_on(day)), None)
        if row is None:
            return None, "", 1.0, "因子对照没有写这一天"
        if not row.item:
            return None, "", 1.0, LEFT_OUT
        item, unit, times = next((i for i in factors.choices(medium) if i.symbol == row.item), None), row.unit or unit, row.times
    if item is None:
        return None, "", 1.0, "因子编码不在编码表中"
    if not unit and item.unit in readings.UNITS:
        return item, "", times, "设备档案未写这个因子的单位"
    try:
        readings.convert(1.0, unit or item.unit, item)
    except readings.UnitUnknown as wrong:
        return item, unit, times, str(wrong)[:120]
    return item, unit or item.unit, times, ""


def _is_ahead(reading, device: Device) -> bool:
    """Whether the period ends after the frame came: a clock or a label that is wrong would run ahead of live data."""
    if reading.cn == HOUR:
        end = readings.hour_end(reading.data_time, device.label)
    elif reading.cn == MINUTE:
        end = readings.minute_start(reading.data_time, device.label, device.minutes)
    else:
        end = reading.data_time
    return end > reading.received + AHEAD


def _take(batch: Batch, reading, device: Device, item: str, value: float | None) -> None:
    """One understood reading to where it belongs."""
    station, flag = device.station, (reading.flag or "")[:4]
    labelled = reading.data_time
    if reading.cn == HOUR:
        time = readings.hour_end(labelled, device.label)
        key = (station.code, time, reading.frame)
        batch.stations[station.code] = station.pk
        row = batch.hours.setdefault(
            key, {"station": station.code, "time": time, "received": reading.received, "origin": doors.origin(reading)}
        )
        row[item] = value
        if not readings.is_valid(flag):
            batch.hour_flags[key][item] = flag
        if not item.endswith(CONVERTED):
            batch.keep_latest(station.pk, item, "hour", time, value, flag, reading)
    elif reading.cn == MINUTE:
        start = readings.minute_start(labelled, device.label, device.minutes)
        batch.minutes[station.pk, item, start] = Minute(
            station_id=station.pk, item=item, time=start, minutes=device.minutes, value=value, flag=flag, frame=reading.frame,
            received=reading.received,
        )  # fmt: skip
        batch.keep_latest(station.pk, item, "minute", start + device.minutes * readings.HOUR / 60, value, flag, reading)
    else:
        batch.raw.append(Said(station.pk, item, labelled, value, flag, reading.frame, reading.received))
        batch.keep_latest(station.pk, item, "now", labelled, value, flag, reading)


def store(batch: Batch, lake) -> None:
    """Hours into the observation store; flagged values are kept there but do not count."""
    rows = []
    for key, row in batch.hours.items():
        flags = batch.hour_flags.get(key)
        rows.append({**row, "flags": ";".join(f"{i}:{f}" for i, f in sorted(flags.items())) if flags else None})
    if rows:
        lake.put_rows(marks.overlay(rows))


def keep(batch: Batch) -> None:
    """What the bureau's database keeps of a batch; runs inside the transaction that moves the cursor."""
    if batch.hours:
        arrivals = {(batch.stations[code], time): (frame, row["received"]) for (code, time, frame), row in batch.hours.items()}
        Arrival.objects.bulk_create(
            [Arrival(station_id=s, time=t, frame=f, received=r) for (s, t), (f, r) in arrivals.items()],
            update_conflicts=True, unique_fields=["station", "time"], update_fields=["frame", "received"],
        )  # fmt: skip
        MinuteHour.objects.bulk_create(
            [MinuteHour(station_id=s, time=t, dirty=False, has_hour=True) for s, t in arrivals],
            update_conflicts=True, unique_fields=["station", "time"], update_fields=["has_hour"],
        )  # fmt: skip
    if batch.minutes:
        Minute.objects.bulk_create(
            list(batch.minutes.values()), update_conflicts=True, unique_fields=["station", "item", "time"],
            update_fields=["minutes", "value", "flag", "frame", "received"],
        )  # fmt: skip
        ends = {(s, readings.hour_end(t, "start")) for s, _, t in batch.minutes}
        MinuteHour.objects.bulk_create(
            [MinuteHour(station_id=s, time=t, dirty=True) for s, t in ends],
            update_conflicts=True, unique_fields=["station", "time"], update_fields=["dirty"],
        )  # fmt: skip
    _keep_latest(batch)
    _keep_held(batch)


def _keep_latest(batch: Batch) -> None:
    """The newer of each, in one prepared statement: at a thousand packets a second the ORM's rows would fall behind."""
    if not batch.latest:
        return
    moment = cache(connection.ops.adapt_datetimefield_value)
    rows = [
        (station, item, kind, moment(at), value, flag, frame, moment(received))
        for (station, item, kind), (at, value, flag, frame, received) in sorted(batch.latest.items())
    ]
    with connection.cursor() as cursor:
        cursor.executemany(KEEP_LATEST, rows)


def _keep_held(batch: Batch) -> None:
    for (mn, code), held in batch.held.items():
        there = Held.objects.filter(mn=mn, code=code).first()
        if there is None:
            if Held.objects.count() < MAX_HELD:
                held.save()
            continue
        there.reason, there.frame, there.count = held.reason, held.frame, there.count + held.count
        there.sample = [*there.sample, *held.sample][-SAMPLE:]
        there.save()
