"""How the network runs (网络运行): links, pace, clocks, silent instruments, capture, what was reported down, disk and queue."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from django.conf import settings

from qingshan.bureau.base.models import Area, Person
from qingshan.bureau.monitor import stores
from qingshan.bureau.monitor.models import Cursor, Latest, Mark
from qingshan.bureau.monitor.observed import observe
from qingshan.bureau.monitor.queries.trace import LinkRow, links
from qingshan.bureau.sites.models import Device, Station
from qingshan.terms import items

HOUR = timedelta(hours=1)
WINDOW = timedelta(minutes=10)
"""over which the pace is counted"""
QUIET = timedelta(hours=2)
DRIFT = timedelta(minutes=10)
DOWN = (Mark.Kind.MAINTENANCE, Mark.Kind.CALIBRATION, Mark.Kind.STOP, Mark.Kind.FAULT)
HOURLY, MINUTE, NOW = "2061", "2051", "2011"


def down(at: datetime) -> set[int]:
    """Stations that people reported wholly down at a moment and a reviewer agreed: they raise no offline alarm."""
    found = Mark.objects.filter(state=Mark.State.IN_FORCE, source=Mark.Source.PERSON, kind__in=DOWN, items=[], start__lte=at, end__gt=at)
    return set(found.values_list("station", flat=True))


@dataclass(frozen=True)
class Running:
    """One link as the operations page shows it."""

    link: LinkRow
    pace: float
    """frames a minute over the last ten"""
    drift: timedelta | None
    """of the receive time after the device's own; None where no live frame says"""
    capture: float | None
    """[%] valid hours of the plan's items over the last 24, stopped hours left out"""
    silent: tuple[str, ...]
    """items of the plan without a value for two hours while the link is up"""
    notice: Mark | None

    @property
    def station(self) -> Station | None:
        return self.link.device.station if self.link.device else None

    @property
    def is_down(self) -> bool:
        return self.link.light == "red"

    @property
    def is_off(self) -> bool:
        """Whether its clock is out by more than ten minutes."""
        return self.drift is not None and abs(self.drift) > DRIFT

    @property
    def drift_words(self) -> str:
        if self.drift is None:
            return "—"
        seconds = int(abs(self.drift).total_seconds())
        size = f"{seconds} 秒" if seconds < 120 else f"{seconds // 60} 分" if seconds < 7200 else f"{seconds // 3600} 小时"
        return size if seconds < 5 else f"{'慢' if self.drift > timedelta(0) else '快'} {size}"

    @property
    def state(self) -> str:
        """Which tab it is under besides all."""
        if self.notice and self.notice.state == Mark.State.IN_FORCE:
            return "told"
        if self.is_down:
            return "down"
        if self.link.received is None and self.link.words != "待准入":
            return "never"
        return "fault" if self.is_off or self.silent or self.link.held or self.link.words == "待准入" else "up"


@dataclass(frozen=True)
class Machine:
    """Disk and queue of this installation."""

    free: int
    total: int
    journal: int
    lake: int
    waiting: int
    """frames received and not yet taken into the store"""
    read_at: datetime | None

    @property
    def free_share(self) -> float:
        return 100 * self.free / self.total

    @property
    def light(self) -> str:
        return "red" if self.free_share < 5 else "amber" if self.free_share < 15 else "green"


def machine() -> Machine:
    """Disk, journal, store and queue now."""
    folder = Path(settings.DATA_FOLDER)
    disk = shutil.disk_usage(folder)
    cursor = Cursor.objects.filter(name="readings").first()
    return Machine(
        disk.free, disk.total, sum(p.stat().st_size for p in folder.glob("journal.sqlite3*")),
        sum(p.stat().st_size for p in (folder / "lake").rglob("*") if p.is_file()),
        max(0, stores.reader().last() - (cursor.frame if cursor else 0)), cursor.at if cursor else None,
    )  # fmt: skip


def running(person: Person, at: datetime, area: Area | None = None) -> list[Running]:
    """Every link this person may see, those down first; `area`: of a town only."""
    rows = links(person, at)
    if area is not None and area.level != Area.Level.DISTRICT:
        inside = Area.objects.below({area.pk})
        rows = [r for r in rows if r.device and r.device.station and r.device.station.area_id in inside]
    found = [r.device.station for r in rows if r.device and r.device.station]
    after = stores.reader().before((at - WINDOW).isoformat(timespec="microseconds"))
    paces, newest = stores.reader().paces(after), stores.reader().newest(after, (NOW, MINUTE))
    captured, quiet, told = _captured(found, at), _quiet(found, at), _told(found, at)
    minutes = WINDOW.total_seconds() / 60
    out = []
    for row in rows:
        station = row.device.station if row.device else None
        is_up = row.received is not None and at - row.received < QUIET
        out.append(Running(
            row, paces.get(row.mn, 0) / minutes, _drift(newest.get(row.mn), row.device),
            captured.get(station.code) if station else None, quiet.get(station.pk, ()) if station and is_up else (),
            told.get(station.pk) if station else None,
        ))  # fmt: skip
    order = {"down": 0, "fault": 1, "told": 2, "never": 3, "up": 4}
    return sorted(out, key=lambda r: (order[r.state], r.link.mn))


def _drift(said: tuple[str, str, str] | None, device: Device | None) -> timedelta | None:
    """How far the frame's own time lies before its arrival; a minute record is sent once its minute is over."""
    if said is None:
        return None
    cn, time, received = said
    try:
        own = datetime.fromisoformat(time)
    except ValueError:
        return None
    if cn == MINUTE and (device is None or device.label == Device.Label.START):
        own += timedelta(minutes=device.minutes if device else 1)
    return datetime.fromisoformat(received) - own


def _captured(found: Sequence[Station], at: datetime) -> dict[str, float | None]:
    last = at.replace(minute=0, second=0, microsecond=0)
    there = observe(stores.lake(), [s.code for s in found], last - 23 * HOUR, last)
    out: dict[str, float | None] = {}
    for station in found:
        due = valid = 0
        for item in _planned(station, there[station.code].values):
            if item not in there[station.code].values:
                due += 24
                continue
            stopped = there[station.code].flags[item] == "F"
            due += int((~stopped).sum())
            valid += int((~np.isnan(there[station.code].valid(item))).sum())
        out[station.code] = 100 * valid / due if due else None
    return out


def _planned(station: Station, came) -> tuple[str, ...]:
    """Items due: the plan's; without a plan the six of air, and elsewhere those that came."""
    if station.items or station.network.medium == "air":
        return station.measured
    return tuple(i for i in came if i in items.symbols(station.network.medium))


def _quiet(found: Sequence[Station], at: datetime) -> dict[int, tuple[str, ...]]:
    """Planned items of each station whose newest value of any kind is more than two hours old."""
    newest: dict[tuple[int, str], datetime] = {}
    for pk, item, time in Latest.objects.filter(station__in=found).values_list("station", "item", "at"):
        newest[pk, item] = max(time, newest.get((pk, item), time))
    out = {}
    never = at - 100 * QUIET
    for station in found:
        came = [i for pk, i in newest if pk == station.pk]
        lost = [i for i in _planned(station, came) if at - newest.get((station.pk, i), never) > QUIET]
        out[station.pk] = tuple(items.get(i, station.network.medium).name if station.is_outlet else i for i in lost)
    return out


def _told(found: Sequence[Station], at: datetime) -> dict[int, Mark]:
    """What is reported of each station now, agreed before waiting."""
    marks = Mark.objects.filter(
        station__in=found, state__in=(Mark.State.FILED, Mark.State.IN_FORCE), source=Mark.Source.PERSON, kind__in=DOWN, start__lte=at,
        end__gt=at,
    ).order_by("state", "-at")  # fmt: skip
    out: dict[int, Mark] = {}
    for mark in marks:
        if mark.station_id not in out or mark.state == Mark.State.IN_FORCE:
            out[mark.station_id] = mark
    return out
