"""Whether an hour meets the conditions of a rule (报警条件): level, jump, against the stations around, heading there, an open lead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from qingshan.bureau.monitor import levels, neighbours
from qingshan.bureau.monitor.declared import HOURLY, Rule
from qingshan.bureau.monitor.models import Lead
from qingshan.bureau.sites.models import Station
from qingshan.lake import Lake
from qingshan.terms import items
from qingshan.terms.registry import Registry

HOUR = timedelta(hours=1)
BACK = 12  # hours before the present one that conditions may look at (`Ahead.over` is the longest)
RUN = 36  # hours before the present one an unbroken run may reach back


@dataclass(frozen=True)
class Seen:
    """What a condition says of an hour."""

    holds: bool
    clears: bool
    level: float
    """what the value is held against, in the item's unit"""
    words: str


@dataclass
class Hours:
    """Hours of the network: station code → item → {hour: value}. Read once a judged hour, when a condition looks back or around."""

    lake: Lake
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
        if time not in self._read:
            codes = sorted({station.code, *(s.code for s in self.stations)})
            found: dict[str, dict[str, dict[datetime, float]]] = {}
            table = self.lake.hours(stations=codes, start=time - BACK * HOUR, end=time, items=items.AIR)
            for row in table.to_pylist():
                for name in items.AIR:
                    if row[name] is not None:
                        found.setdefault(row["station"], {}).setdefault(name, {})[row["time"]] = row[name]
            self._read = {time: found}  # one hour is held: judged hours come in order
        return self._read[time].get(station.code, {}).get(item, {})

    def long(self, station: Station, item: str, time: datetime) -> dict[datetime, float]:
        """Valid hours of one station further back, for an alarm about to open."""
        table = self.lake.hours(stations=[station.code], start=time - RUN * HOUR, end=time, items=(item,))
        return {t: v for t, v in zip(table["time"].to_pylist(), table[item].to_pylist()) if v is not None}


@dataclass(frozen=True)
class Hour:
    """One hour of one station as a condition sees it."""

    rule: Rule
    station: Station
    time: datetime
    value: float
    hours: Hours

    def before(self, n: int) -> dict[datetime, float]:
        """The hours up to `n` before, this one left out."""
        return {t: v for t, v in self.hours.of(self.station, self.rule.item, self.time).items() if self.time - n * HOUR <= t < self.time}


conditions: Registry[Callable[[Hour], Seen]] = Registry("报警条件")


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
    words = f"{of.hours} 小时内由 {levels.shown(hour.rule.item, low)} 升 {of.value:g} 以上" if low is not None else "没有前几小时可比"
    return Seen(holds, not holds, (low if low is not None else hour.value) + of.value, words)


@conditions.add("beyond")
def beyond(hour: Hour) -> Seen:
    of = hour.rule.beyond
    near = neighbours.near(hour.station, hour.hours.stations, of.radius)
    there = [v for n in near if (v := hour.hours.of(n.station, hour.rule.item, hour.time).get(hour.time)) is not None]
    if len(there) < of.least:
        return Seen(False, True, hour.value, f"{of.radius:g} 公里内有数的站点不足 {of.least} 个")
    middle = float(np.median(there))
    level = max(of.times * middle, middle + of.value)
    holds = hour.value > level
    words = f"周边 {len(there)} 站中位数 {levels.shown(hour.rule.item, middle)} 的 {of.times:g} 倍且高出 {of.value:g}"
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
    words = f"按近 {of.over} 小时的变化，{of.hours} 小时后约 {levels.shown(hour.rule.item, expected)}，将高于 {level.words}"
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
        station=hour.station, item__in=(hour.rule.item, ""), state=Lead.State.OPEN, strength__gte=of.strength,
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
    level = said[0][1].level
    by_level = dict(said).get("above")
    clears = not holds and (by_level is None or by_level.clears)
    return Seen(holds, clears, level, "；".join(s.words for s in holding)[:200] or said[0][1].words)
