"""What could be behind an alarm (可疑源): the stations around, the wind, registered sources and past cases nearby, ranked with reasons."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Q
from django.urls import reverse

from qingshan.bureau.base import packs
from qingshan.bureau.base.models import Person
from qingshan.bureau.cases.models import Case
from qingshan.bureau.monitor import bounds, levels, neighbours, stores
from qingshan.bureau.monitor.models import Alarm
from qingshan.bureau.monitor.queries.outlets import FLOW, OXYGEN, of_days
from qingshan.bureau.registers import queries as registers
from qingshan.bureau.registers import sight
from qingshan.bureau.registers.models import Entry
from qingshan.bureau.sites.models import Station
from qingshan.stats import bearing

HOUR = timedelta(hours=1)
AROUND = 15.0  # km: stations shown
SOURCES = 8.0  # km: sources considered
SCALE = 2.5  # km: how fast a source's weight falls with distance
PAST = timedelta(days=730)
MOST = 8
WATER_BACK = timedelta(hours=12)
CALM = 0.5  # m/s: below it the wind says nothing


@dataclass(frozen=True)
class Beside:
    """A station around, in the alarm's worst hour."""

    station: Station
    km: float
    direction: str
    value: str
    above: bool


@dataclass(frozen=True)
class Wind:
    """The wind of the episode: vector mean of the hours above, and of which station."""

    degrees: float | None
    """from which it blew [°]"""
    speed: float
    words: str


@dataclass(frozen=True)
class Candidate:
    """A registered source that could be behind it. A lead, never a verdict."""

    entry: Entry
    register: str
    km: float
    direction: str
    score: float
    reasons: tuple[str, ...]
    url: str


def beside(alarm: Alarm, person: Person) -> list[Beside]:
    """Stations around with their value in the hour of the peak, the nearest first. Those out of the person's scope are left out."""
    if not alarm.item:
        return []
    medium = alarm.station.network.medium
    stations = list(Station.objects.within(person).filter(network__medium=medium).exclude(lon=None).defer("note"))
    near = neighbours.near(alarm.station, stations, AROUND, 8)
    back = WATER_BACK if medium == "water" else timedelta(0)  # sections speak every four hours
    table = stores.lake().hours([n.station.code for n in near], alarm.peak_at - back, alarm.peak_at, (alarm.item,)) if near else None
    there = {c: v for c, v in zip(table["station"].to_pylist(), table[alarm.item].to_pylist()) if v is not None} if table else {}
    return [
        Beside(n.station, n.km, n.direction, levels.of_alarm(alarm, v), v is not None and _beyond(alarm, v))
        for n in near for v in [there.get(n.station.code)]
    ]  # fmt: skip


def _beyond(alarm: Alarm, value: float) -> bool:
    return value < alarm.threshold if alarm.low else value > alarm.threshold


@dataclass(frozen=True)
class Reason:
    """One hour of an outlet's episode with what it follows from: measured, oxygen, converted, flow, rate."""

    time: datetime
    measured: str
    oxygen: str
    held: str
    flow: str


def hours_of(alarm: Alarm) -> list[Reason]:
    """The hours, or days, beyond of an outlet: what was measured, and by which oxygen and flow it became what is held against the limit."""
    station = alarm.station
    rows = list(alarm.rows.all())
    if not station.is_outlet or not rows or alarm.of == "day":
        return []
    first, last = ((t - timedelta(seconds=1)).date() for t in (rows[0].time, rows[-1].time))
    one = of_days([station], first, last)[station.code]
    flow, found = FLOW[one.medium], []
    columns = {name: one.valid(name) if name in one.observed.values else None for name in (alarm.item, OXYGEN, flow)}

    def said(name: str, k: int) -> str:
        column = columns[name]
        return "—" if column is None or np.isnan(column[k]) else f"{column[k]:.{bounds.about_item(name, one.medium).decimals}f}"

    for row in rows:
        k = one.at(row.time)
        found.append(Reason(row.time, said(alarm.item, k), said(OXYGEN, k), levels.of_alarm(alarm, row.value), said(flow, k)))
    return found


def siblings(alarm: Alarm, person: Person) -> list[tuple[Station, Alarm | None]]:
    """The other outlets of the same firm, each with its alarm that is going on."""
    outlet = getattr(alarm.station, "outlet", None)
    if outlet is None:
        return []
    same = Q(outlet__credit_code=outlet.credit_code) if outlet.credit_code else Q(outlet__firm=outlet.firm)
    found = Station.objects.within(person).filter(same).exclude(pk=alarm.station_id).select_related("outlet", "network")
    found = found.order_by("code")[:12]
    going = {a.station_id: a for a in Alarm.objects.filter(station__in=found, ended_at=None).exclude(item="")}
    return [(station, going.get(station.pk)) for station in found]


def wind_of(alarm: Alarm) -> Wind:
    """The wind of the hours above, at the station itself or the nearest that measures it; it says nothing of water."""
    if alarm.station.network.medium != "air":
        return Wind(None, 0.0, "")
    stations = [alarm.station, *(n.station for n in neighbours.near(alarm.station, Station.objects.ambient().exclude(lon=None), 30, 6))]
    first, last = max(alarm.opened_at, alarm.last_at - 11 * HOUR), alarm.last_at
    table = stores.lake().hours([s.code for s in stations], first, last, ("wind_direction", "wind_speed"))
    found: dict[str, list[tuple[float, float]]] = {}
    for row in table.to_pylist():
        if row["wind_direction"] is not None and row["wind_speed"] is not None:
            found.setdefault(row["station"], []).append((row["wind_direction"], row["wind_speed"]))
    for station in stations:
        if hours := found.get(station.code):
            turn, speed = np.radians([d for d, _ in hours]), np.array([s for _, s in hours])
            east, north = float((speed * np.sin(turn)).mean()), float((speed * np.cos(turn)).mean())
            strength = math.hypot(east, north)
            if strength < CALM:
                return Wind(None, strength, f"{station.name} {len(hours)} 小时平均不足 {CALM:g} m/s，静风，风向不作依据")
            degrees = math.degrees(math.atan2(east, north)) % 360
            return Wind(degrees, strength, f"{station.name} {len(hours)} 小时矢量平均 {bearing.point(degrees)}风 {strength:.1f} m/s")
    return Wind(None, 0.0, "附近没有风的数据，不按上风向排")


def candidates(alarm: Alarm, person: Person, wind: Wind) -> list[Candidate]:
    """Registered sources within reach that can raise the item, the likeliest first: weight × nearness × wind × what was found before."""
    station = alarm.station
    if station.lon is None or station.lat is None or not alarm.item or station.is_outlet:
        return []
    found = []
    box = SOURCES / 111.0
    wide = box / max(math.cos(math.radians(station.lat)), 0.1)
    past = past_cases(alarm, person)
    for suspect in packs.all("suspects", at=alarm.opened_at.date()).values():
        if alarm.item not in suspect.items or suspect.medium != station.network.medium:
            continue
        of = sight.as_seen(registers.register(suspect.of), person)
        there = registers.entries(of, person).filter(
            archived=False, lon__range=(station.lon - wide, station.lon + wide), lat__range=(station.lat - box, station.lat + box)
        )
        for entry in there.filter(state__in=suspect.states) if suspect.states else there:
            one = _weigh(alarm, entry, sight.values(entry, of), of.title, suspect, wind, past)
            if one:
                found.append(one)
    return sorted(found, key=lambda c: (-c.score, c.km))[:MOST]


def _weigh(
    alarm: Alarm, entry: Entry, said: dict, title: str, suspect, wind: Wind, past: list[tuple[Case, float]]
) -> Candidate | None:  # fmt: skip
    station = alarm.station
    km = float(bearing.distance(station.lon, station.lat, entry.lon, entry.lat))
    if km > SOURCES:
        return None
    degrees = float(bearing.bearing(station.lon, station.lat, entry.lon, entry.lat))
    reasons = [f"{bearing.point(degrees)} {km:.1f} 公里", suspect.reason]
    score = suspect.weight * math.exp(-km / SCALE)
    if wind.degrees is not None:
        off = float(bearing.apart(degrees, wind.degrees))
        score *= 1.6 if off <= 30 else 1.2 if off <= 60 else 0.8 if off <= 90 else 0.4
        reasons.append(f"{'上风向' if off <= 60 else '侧风向' if off <= 120 else '下风向'}（与来风相差 {off:.0f}°）")
    near = [c for c, _ in past if c.lon is not None and float(bearing.distance(entry.lon, entry.lat, c.lon, c.lat)) <= 1.0]
    if near:
        score *= 1 + 0.2 * min(len(near), 3)
        reasons.append(f"1 公里内两年来有 {len(near)} 件办过的事项，最近 {near[0].number}")
    if said.get("level") == "key":
        score *= 1.2
        reasons.append("排污许可重点管理")
    if permit := said.get("permit"):
        reasons.append(f"排污许可 {permit}")
    return Candidate(
        entry, title, km, bearing.point(degrees), score, tuple(reasons), reverse("registers:entry", args=[entry.register, entry.pk])
    )


def past_cases(alarm: Alarm, person: Person) -> list[tuple[Case, float]]:
    """Cases within 3 km of the last two years with their distance [km], the latest first; the alarm's own left out."""
    station = alarm.station
    if station.lon is None or station.lat is None:
        return []
    box = 3 / 111.0
    wide = box / max(math.cos(math.radians(station.lat)), 0.1)
    there = Case.objects.within(person).filter(
        opened_at__gte=alarm.opened_at - PAST, opened_at__lt=alarm.raised, lon__range=(station.lon - wide, station.lon + wide),
        lat__range=(station.lat - box, station.lat + box),
    ).select_related("responsible")  # fmt: skip
    found = [(c, float(bearing.distance(station.lon, station.lat, c.lon, c.lat))) for c in there.exclude(pk=alarm.case_id)[:200]]
    return [(c, km) for c, km in found if km <= 3][:20]


def leaning(alarm: Alarm, around: list[Beside], regional: bool, marked: bool) -> tuple[str, str]:
    """What the evidence leans to, with why: (name of the verdict, words). A hint for the person who judges."""
    if marked:
        return "equipment", "过程中有设备标记或质量线索，先查仪器"
    if alarm.station.is_outlet:
        return "source", "排放口自身的浓度和流量超过限值，没有标记和线索指向仪器"
    if regional or (len(around) >= 3 and sum(b.above for b in around) >= 0.6 * len(around)):
        return "regional", f"周边 {len(around)} 站中 {sum(b.above for b in around)} 站同时高于报警值，像区域过程"
    if len(around) >= 3 and not any(b.above for b in around):
        return "source", f"周边 {len(around)} 站都没有超过，像本地源；也可能是设备"
    return "", "周边资料不足以倾向哪一种"
