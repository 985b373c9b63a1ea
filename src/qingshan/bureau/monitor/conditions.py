"""Whether an hour, or a day, meets the conditions of a rule (报警条件): limit, level, jump, against the stations around, heading there,
an open lead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np

from qingshan.bureau.monitor import bounds, levels, neighbours
from qingshan.bureau.monitor.declared import HOURLY, Rule
from qingshan.bureau.monitor.models import Lead
from qingshan.bureau.monitor.queries.outlets import OutletDays, of_days
from qingshan.bureau.sites.models import Station
from qingshan.lake import Lake
from qingshan.terms import items
from qingshan.terms.registry import Registry

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BACK = 12  # hours before the present one that conditions may look at (`Ahead.over` is the longest)
RUN = 36  # hours before the present one an unbroken run may reach back
DAYS = 8  # days read at once of an outlet or a section: an unbroken run of days may reach back so far
STOPPED = "停运，没有排放"


@dataclass(frozen=True)
class Seen:
    """What a condition says of an hour."""

    holds: bool
    clears: bool
    level: float
    """what the value is held against, in the item's unit"""
    words: str
    low: bool = False
    """whether it is a lower limit that was passed"""


@dataclass
class Hours:
    """Hours of the network: station code → item → {hour: value}. Read once a judged hour, when a condition looks back or around."""

    lake: Lake
    air: tuple[str, ...] = items.AIR
    """items of the air that are looked back at and around"""
    _days: dict[str, OutletDays] = field(default_factory=dict)
    _read: dict[datetime, dict[str, dict[str, dict[datetime, float]]]] = field(default_factory=dict)
    _stations: list[Station] | None = None

    @property
    def stations(self) -> list[Station]:
        """Stations of the air with a place, in use."""
        if self._stations is None:
            self._stations = list(Station.objects.filter(network__medium="air", until=None).exclude(lon=None).defer("note"))
        return self._stations

    def of(self, station: Station, item: str, time: datetime) -> dict[datetime, float]:
        """Valid hours of an item at a station, up to `time`."""
        if station.network.medium != "air":
            return self.before(station, item, "hour", time)
        if time not in self._read:
            codes = sorted({station.code, *(s.code for s in self.stations)})
            found: dict[str, dict[str, dict[datetime, float]]] = {}
            table = self.lake.hours(stations=codes, start=time - BACK * HOUR, end=time, items=self.air)
            for row in table.to_pylist():
                for name in self.air:
                    if row[name] is not None:
                        found.setdefault(row["station"], {}).setdefault(name, {})[row["time"]] = row[name]
            self._read = {time: found}  # one hour is held: judged hours come in order
        return self._read[time].get(station.code, {}).get(item, {})

    def days_of(self, stations: list[Station], day: date) -> None:
        """Read outlets and sections for the days up to `day`, all at once; what is there already is kept."""
        lacking = [s for s in stations if s.code not in self._days or not self._holds(s.code, day)]
        if lacking:
            self._days |= of_days(lacking, day - DAYS * DAY, day)

    def _holds(self, code: str, day: date) -> bool:
        one = self._days[code]
        return one.first + (DAYS - 2) * DAY <= day <= one.day(one.size - 1)

    def days(self, station: Station, time: datetime) -> OutletDays:
        """An outlet's or a section's days up to the one of the hour `time`."""
        day = (time - timedelta(seconds=1)).date()
        self.days_of([station], day)
        return self._days[station.code]

    def values(self, station: Station, time: datetime, of: str = "hour") -> dict[str, float]:
        """What an outlet or section is held against its limits with in one hour: item → value; nothing where none counts."""
        one = self.days(station, time)
        k = one.at(time) if of != "day" else one.at(time) // 24
        names = one.limited if of == "day" else [i for i in one.observed.values if not i.endswith("_zs")]
        found = {item: float(one.held(item, of)[k]) for item in names}
        return {item: value for item, value in found.items() if not np.isnan(value)}

    def stopped(self, station: Station, item: str, time: datetime, of: str) -> bool:
        """Whether an outlet stood still in the hour, or all day."""
        one = self.days(station, time)
        if of == "day":
            return bool(one.days(item).running[one.at(time) // 24] == 0)
        return bool(one.hours(item)[1][one.at(time)] == "F")

    def before(self, station: Station, item: str, of: str, time: datetime) -> dict[datetime, float]:
        """What is held against the limit in the hours or days up to `time`, those that count; a day by its end."""
        one = self.days(station, time)
        column, step = one.held(item, of), DAY if of == "day" else HOUR
        first = one.observed.first + (23 * HOUR if of == "day" else 0 * HOUR)
        there = {first + k * step: float(v) for k, v in enumerate(column) if not np.isnan(v)}
        return {t: v for t, v in there.items() if t <= time}

    def long(self, station: Station, item: str, time: datetime, of: str = "hour") -> dict[datetime, float]:
        """Valid hours of one station further back, for an alarm about to open."""
        if station.network.medium != "air":
            return self.before(station, item, of, time)
        table = self.lake.hours(stations=[station.code], start=time - RUN * HOUR, end=time, items=(item,))
        return {t: v for t, v in zip(table["time"].to_pylist(), table[item].to_pylist()) if v is not None}


@dataclass(frozen=True)
class Hour:
    """One hour of an item at a station as a condition sees it, or one day by its end."""

    rule: Rule
    station: Station
    item: str
    time: datetime
    value: float
    hours: Hours

    @property
    def step(self) -> timedelta:
        return DAY if self.rule.is_daily else HOUR

    def before(self, n: int) -> dict[datetime, float]:
        """The hours up to `n` before, this one left out."""
        return {t: v for t, v in self.hours.of(self.station, self.item, self.time).items() if self.time - n * HOUR <= t < self.time}

    @property
    def limit(self) -> dict | None:
        """The limit in force there then."""
        day = (self.time - timedelta(seconds=1)).date()
        return self.hours.days(self.station, self.time).bounds(day, self.rule.of).get(self.item)


conditions: Registry[Callable[[Hour], Seen]] = Registry("报警条件")


@conditions.add("limit")
def limit(hour: Hour) -> Seen:
    row = hour.limit
    if row is None:
        return Seen(False, True, hour.value, "没有限值")
    medium, of = hour.station.network.medium, hour.rule.of
    found = bounds.held(row, hour.item, medium, hour.value, of=of, times=hour.rule.limit.times)
    converted = "折算" if of != "rate" and hour.hours.days(hour.station, hour.time).is_converted(hour.item) else ""
    return Seen(found.beyond, not found.beyond, found.level, f"{converted}{bounds.MEANS[of]}{found.words}", found.low)


@conditions.add("above")
def above(hour: Hour) -> Seen:
    level = levels.threshold(hour.rule, hour.time)
    holds = level.is_below(hour.value)
    release = levels.level_of(hour.rule, hour.rule.release, hour.time) if hour.rule.release else level
    return Seen(holds, not release.is_below(hour.value), level.value, level.words)


@conditions.add("rise")
def rise(hour: Hour) -> Seen:
    """Against the lowest of the hours before: a rise over two hours is a rise."""
    of = hour.rule.rise
    before = hour.before(of.hours)
    low = min(before.values(), default=None)
    holds = low is not None and hour.value - low >= of.value
    words = f"{of.hours} 小时内由 {levels.shown(hour.item, low)} 升 {of.value:g} 以上" if low is not None else "没有前几小时可比"
    return Seen(holds, not holds, (low if low is not None else hour.value) + of.value, words)


@conditions.add("beyond")
def beyond(hour: Hour) -> Seen:
    of = hour.rule.beyond
    near = neighbours.near(hour.station, hour.hours.stations, of.radius)
    there = [v for n in near if (v := hour.hours.of(n.station, hour.item, hour.time).get(hour.time)) is not None]
    if len(there) < of.least:
        return Seen(False, True, hour.value, f"{of.radius:g} 公里内有数的站点不足 {of.least} 个")
    middle = float(np.median(there))
    level = max(of.times * middle, middle + of.value)
    holds = hour.value > level
    words = f"周边 {len(there)} 站中位数 {levels.shown(hour.item, middle)} 的 {of.times:g} 倍且高出 {of.value:g}"
    return Seen(holds, not holds, level, words)


@conditions.add("ahead")
def ahead(hour: Hour) -> Seen:
    """The least-squares line through the last hours, this one included; it must rise beyond twice its own scatter."""
    of = hour.rule.ahead
    level = levels.level_of(hour.rule, of.above, hour.time)
    points = {**hour.before(of.over - 1), hour.time: hour.value}
    if len(points) < of.over:
        return Seen(False, True, level.value, f"近 {of.over} 小时不全，不作预计")
    slope, expected, scatter = line(np.array([points[t] for t in sorted(points)]), of.hours)
    holds = not level.is_below(hour.value) and slope * of.hours > 2 * scatter and level.is_below(expected)
    words = f"按近 {of.over} 小时的变化，{of.hours} 小时后约 {levels.shown(hour.item, expected)}，将高于 {level.words}"
    return Seen(holds, not holds, level.value, words)


def line(values: np.ndarray, ahead: int) -> tuple[float, float, float]:
    """(slope an hour, value so many hours after the last, standard error of the line there) of the least-squares line."""
    x = np.arange(values.size, dtype=float)
    slope, start = np.polyfit(x, values, 1)
    rest = values - (start + slope * x)
    spread = float(np.sqrt((rest**2).sum() / max(values.size - 2, 1)))
    at = values.size - 1 + ahead
    off = (at - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum()
    return float(slope), float(start + slope * at), spread * float(np.sqrt(1 / values.size + off))


@conditions.add("found")
def found(hour: Hour) -> Seen:
    of = hour.rule.found
    there = Lead.objects.filter(
        station=hour.station, item__in=(hour.item, ""), state=Lead.State.OPEN, strength__gte=of.strength,
        stop__gte=hour.time - 24 * HOUR,
    )
    if of.checks:
        there = there.filter(check_name__in=of.checks)
    lead = there.first()
    words = f"质量线索：{lead.title}（{lead.get_strength_display()}）" if lead else "没有质量线索"
    return Seen(lead is not None, lead is None, hour.value, words)


def look(hour: Hour) -> Seen:
    """All conditions of the rule together: it holds when as many hold as are needed, and clears when too few do and the level is left."""
    said = [(name, conditions[name](hour)) for name in HOURLY if getattr(hour.rule, name)]
    holding = [s for _, s in said if s.holds]
    holds = len(holding) >= hour.rule.needed
    if len(said) == 1:
        return said[0][1]
    level, low = said[0][1].level, said[0][1].low
    by_level = dict(said).get("above")
    clears = not holds and (by_level is None or by_level.clears)
    return Seen(holds, clears, level, "；".join(s.words for s in holding)[:200] or said[0][1].words, low)
