"""Minutes out of real-time readings (分钟值汇总), and what a device's own minutes and hours differ in from what its finer values make."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache

from django.db import connection, transaction

from qingshan.bureau.base import clock, packs
from qingshan.bureau.monitor import bounds, readings
from qingshan.bureau.monitor.declared import Rollup
from qingshan.bureau.monitor.models import Cursor, Difference, Minute, MinuteHour
from qingshan.bureau.monitor.raw import Gathered, Made, Said
from qingshan.bureau.sites.models import Device, Station

CURSOR = "raw"
QUIET = timedelta(minutes=4)
"""where nothing comes any more a period is closed by the clock, shortly before its hour is built"""
KEEP_DIFFERENCES = timedelta(days=90)
KEEP = """
    INSERT INTO monitor_mademinute (station_id, item, time, minutes, value, flag, count, first, frame, received)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (station_id, item, time) DO UPDATE
    SET minutes = excluded.minutes, value = excluded.value, flag = excluded.flag, count = excluded.count, first = excluded.first,
        frame = excluded.frame,
        received = excluded.received
    WHERE monitor_mademinute.count <= excluded.count
"""
"""a period read again in part never replaces the whole one"""


def rollup_of(station: Station, day) -> Rollup:
    """The roll-up of the station's medium; that of the air where none names it."""
    rules = packs.all("rollups", at=day)
    return next((r for r in rules.values() if station.network.medium in r.media), rules["air"])


def ready(reader, up_to: int) -> Gathered:
    """What is open; on the first call of a process gathered again from the journal, up to the frame that was read."""
    from qingshan.bureau.monitor import stores
    from qingshan.bureau.monitor.actions import intake

    found = stores.gathered()
    if found.begun:
        return found
    found.open.clear()
    at = Cursor.objects.filter(name=CURSOR).values_list("frame", flat=True).first()
    at = up_to if at is None else at
    while at < up_to:
        rows = [r for r in intake.timed(reader.readings(after_frame=at, limit=5_000)) if r.frame <= up_to]
        if not rows:
            break
        known = intake.profiles({r.mn for r in rows})
        gather(found, intake.sort_out(rows, known).raw, known.values())
        at = rows[-1].frame
    found.begun = True
    return found


def gather(gathered: Gathered, said: Sequence[Said], devices: Iterable[Device]) -> None:
    """Add readings, by the roll-up of each station's medium."""
    if not said:
        return
    day = clock.today()
    if gathered.read != (at := clock.now().replace(second=0, microsecond=0)):  # declarations as they stand, once a minute
        gathered.rules, gathered.read = {}, at
    for device in devices:
        if device.station_id is not None:
            gathered.paces[device.station_id] = device.seconds
            if device.station_id not in gathered.rules:
                gathered.rules[device.station_id] = rollup_of(device.station, day)
    gathered.add(said)


def close(gathered: Gathered, newest: datetime, frame: int) -> list[tuple[int, datetime]]:
    """Keep the minutes of the periods that are over by `newest`; inside the transaction that moves the cursor. They are then forgotten."""
    keys = gathered.ripe(newest)
    keep(list(gathered.make(keys)))
    left = min((p.first for key, p in gathered.open.items() if key not in set(keys)), default=None)
    Cursor.objects.update_or_create(name=CURSOR, defaults={"frame": frame if left is None else left - 1, "at": clock.now()})
    return keys


def close_quiet() -> int:
    """Close what is over by the clock, where nothing new comes to say so."""
    from qingshan.bureau.monitor import stores

    gathered = stores.gathered()
    until = clock.now() - QUIET
    if not gathered.begun or not gathered.ripe(until, 1):
        return 0
    frame = Cursor.objects.filter(name="readings").values_list("frame", flat=True).first() or 0
    with transaction.atomic():
        keys = close(gathered, until, frame)
    gathered.forget(keys)
    return len(keys)


def close_all(gathered: Gathered) -> None:
    """Keep everything gathered, and forget it."""
    keys = list(gathered.open)
    keep(list(gathered.make(keys)))
    gathered.forget(keys)


def keep(made: Sequence[Made]) -> None:
    """Minute values into the bureau's database, and their hours to be built."""
    if not made:
        return
    moment = cache(connection.ops.adapt_datetimefield_value)
    rows = [
        (m.station, m.item, moment(m.time), m.minutes, m.value, m.flag, m.count, m.first, m.frame, moment(m.received))
        for m in sorted(made, key=lambda m: m[:3])
    ]
    with connection.cursor() as cursor:
        cursor.executemany(KEEP, rows)
    ends = {(m.station, readings.hour_end(m.time, "start")) for m in made}
    MinuteHour.objects.bulk_create(
        [MinuteHour(station_id=s, time=t, dirty=True) for s, t in ends],
        update_conflicts=True, unique_fields=["station", "time"], update_fields=["dirty"],
    )  # fmt: skip


def differ(rule: Rollup, station: Station, item: str, said: float | None, flag: str, made: float | None, made_flag: str) -> bool:
    """Whether what a device says and what its finer values make are two things: one counts and the other does not, or they lie apart."""
    says, makes = readings.is_valid(flag) and said is not None, made is not None
    if not makes and made_flag in ("", "-"):
        return False  # too few finer values came to say anything
    if says != makes:
        return True
    if not says:
        return False
    digit = 10.0 ** -bounds.about_item(item, station.network.medium).decimals
    return abs(said - made) > max(rule.differ * abs(made), digit)


def note(found: Sequence[Difference]) -> None:
    """Keep differences, each once; what came later replaces what was."""
    Difference.objects.bulk_create(
        found, update_conflicts=True, unique_fields=["station", "item", "kind", "time"],
        update_fields=["said", "said_flag", "made", "made_flag", "found"],
    )  # fmt: skip


def compare_minutes(rule: Rollup, station: Station, own: Sequence[Minute], made: Sequence) -> list[Difference]:
    """Where a device's minutes differ from those made of its real-time readings."""
    by_key = {(m.item, m.time): m for m in made}
    found = []
    for minute in own:
        ours = by_key.get((minute.item, minute.time))
        if ours is None or ours.minutes != minute.minutes:
            continue
        if differ(rule, station, minute.item, minute.value, minute.flag, ours.value, ours.flag):
            found.append(Difference(
                station=station, item=minute.item, kind="minute", time=minute.time, said=minute.value, said_flag=minute.flag,
                made=ours.value, made_flag=ours.flag, found=clock.now(),
            ))  # fmt: skip
    return found
