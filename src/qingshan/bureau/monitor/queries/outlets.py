"""Outlets by the day (排放口逐日): rates of transmission, exceedance, emissions; computed from the hours as they stand, marks included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np

from qingshan.bureau.base import packs
from qingshan.bureau.base.models import Area, Person
from qingshan.bureau.monitor import bounds, stores
from qingshan.bureau.monitor.declared import Rollup
from qingshan.bureau.monitor.observed import Observed, observe
from qingshan.bureau.registers import queries as registers
from qingshan.bureau.sites import queries as sites
from qingshan.bureau.sites.models import OUTLETS, Outlet, Station
from qingshan.methods import online, outlets
from qingshan.terms import items

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FLOW = {"flue": "flue_flow", "wastewater": "flow"}
OXYGEN, CONVERTED = "O2", "_zs"
BACK = 92
"""days before a quarter that replacement may look back on; 2160 hours are 90 days"""
SOURCES = "industrial_source"
"""the register an outlet's credit code leads to"""
STATES = {"over": "超标", "ok": "达标", "invalid": "无效", "stopped": "停产", "none": "未评"}


def stations(person: Person, day: date, area: Area | None = None):
    """Outlets in use this person may see."""
    found = sites.stations(person).in_use(day).filter(network__medium__in=OUTLETS, outlet__isnull=False)
    if area is not None and area.level != Area.Level.DISTRICT:
        found = found.filter(area__in=Area.objects.below({area.pk}))
    return found.order_by("code")


def rollup(station: Station, day: date) -> Rollup:
    """The roll-up of the outlet's medium."""
    return next(r for r in packs.all("rollups", at=day).values() if station.network.medium in r.media)


@dataclass(frozen=True)
class Counts:
    """Hours due, come and valid (传输有效率)."""

    due: int = 0
    came: int = 0
    valid: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.due + other.due, self.came + other.came, self.valid + other.valid)

    @property
    def transmission(self) -> float | None:
        return 100 * self.came / self.due if self.due else None

    @property
    def validity(self) -> float | None:
        return 100 * self.valid / self.came if self.came else None

    @property
    def effective(self) -> float | None:
        return 100 * self.valid / self.due if self.due else None


@dataclass(frozen=True)
class DayOf:
    """One day of an outlet: its state, which items were over, and why it does not count."""

    day: date
    state: str
    words: str


@dataclass(frozen=True)
class Mass:
    """An item's emission of one day or more [kg]."""

    day: date | None
    kg: float
    replaced: float
    lacking: int
    """periods nothing replaces; the total lacks them"""
    rule: str
    """the row of the table what stands in follows; empty where nothing does"""
    unit: str

    @property
    def why(self) -> str:
        """What stands in, and what is lacking, in words."""
        return "；".join(w for w in (self.rule, self.lack_words) if w)

    @property
    def lack_words(self) -> str:
        return f"{self.lacking} {self.unit}无效，前面的有效{self.unit}不够替代" if self.lacking else ""


class OutletDays:
    """An outlet's hours over whole days, and what follows from them; those of a section of water likewise, without emissions."""

    def __init__(self, station: Station, first: date, observed: Observed):
        self.station, self.first, self.observed = station, first, observed
        self.medium = station.network.medium
        self.outlet: Outlet | None = getattr(station, "outlet", None)
        self.size = observed.size // 24
        self.declared = rollup(station, first)
        self.rule = self.declared.rule

    def day(self, k: int) -> date:
        return self.first + k * DAY

    @cached_property
    def limited(self) -> list[str]:
        """Items with a limit on any of the days, in the order of the medium."""
        there = {i for k in (0, self.size - 1) for i in bounds.on(self.station, self.day(k))}
        if self.medium == "water":  # a class limits all 21 items; a station measures some
            there &= set(self.station.items or self.observed.values)
        return [i for i in items.symbols(self.medium) if i in there]

    @cached_property
    def counted(self) -> list[str]:
        """Items the rates are taken over: those with limits, and the flow of the plan; without limits the plan, or all that came."""
        flow = FLOW.get(self.medium, "")
        if self.limited and self.medium in OUTLETS:
            return [*self.limited, *([flow] if flow in self.station.items else [])]
        planned = self.station.items or [i for i in items.symbols(self.medium) if i in self.observed.values]
        return list(planned)

    def hours(self, item: str) -> tuple[np.ndarray, np.ndarray]:
        """(values, flags) of an item's hours, flags "N" where they count; what did not come while the outlet stood still is stopped too."""
        values, flags = np.full(self.observed.size, np.nan), np.full(self.observed.size, "N")
        if item in self.observed.values:
            said = self.observed.flags[item].astype(str)
            values, flags = self.observed.values[item], np.where(said == "", "N", said)
        return values, np.where(self.stood_still & np.isnan(values) & (flags == "N"), "F", flags)

    @cached_property
    def stood_still(self) -> np.ndarray:
        """Hours in which some item is marked stopped and none has a value that counts."""
        still, runs = np.zeros(self.observed.size, bool), np.zeros(self.observed.size, bool)
        for item in self.observed.values:
            still |= self.observed.flags[item] == "F"
            runs |= ~np.isnan(self.observed.valid(item))
        return still & ~runs

    def valid(self, item: str) -> np.ndarray:
        values, flags = self.hours(item)
        return np.where(flags == "N", values, np.nan)

    def judged(self, item: str) -> np.ndarray:
        """Hours as they are held against the limit: of flue gas converted to reference oxygen, as the device says it or by O₂."""
        values = self.valid(item)
        if not self.is_converted(item):
            return values
        own = self.own(item)
        said = self.observed.values.get(item + CONVERTED)
        return own if said is None else np.where(np.isnan(values), np.nan, np.where(np.isnan(said), own, said))

    def is_converted(self, item: str) -> bool:
        """Whether what is held against the limit is converted to reference oxygen."""
        return self.medium == "flue" and self.outlet is not None and self.outlet.oxygen is not None and is_mass(item, "flue")

    def rate(self, item: str) -> np.ndarray:
        """Emission rate of each hour [kg/h]: measured concentration times flow; NaN where either does not count."""
        flow = FLOW.get(self.medium, "")
        if flow not in self.observed.values or not is_mass(item, self.medium):
            return np.full(self.observed.size, np.nan)
        return self.valid(item) * self.valid(flow) * outlets.KG

    def at(self, time: datetime) -> int:
        """The place of an hour by its end label; out of range where the hour is not among these days."""
        return int((time - self.observed.first) / HOUR)

    def held(self, item: str, of: str) -> np.ndarray:
        """What is held against a limit: hours (``hour``, ``rate``), or days (``day``)."""
        return self.means(item) if of == "day" else self.rate(item) if of == "rate" else self.judged(item)

    def bounds(self, day: date, of: str) -> dict[str, dict]:
        """Limits of hours, days or rates on a day; the plain ones are of the mean the medium is held against."""
        plain = bounds.on(self.station, day) if of == "hour" or of == self.declared.judged else {}
        return plain if of == "hour" else plain | bounds.on(self.station, day, of)

    def own(self, item: str) -> np.ndarray:
        """Hours converted by us, by the measured oxygen; NaN where that cannot be."""
        return online.converted(self.valid(item), self.valid(OXYGEN), self.outlet.oxygen)

    def days(self, item: str) -> outlets.Days:
        values, flags = self.hours(item)
        weight = self.declared.weight
        flow = self.valid(weight) if weight and weight != item and weight in self.observed.values else None
        return outlets.days(values, flags, self.rule, flow=flow)

    def means(self, item: str) -> np.ndarray:
        """Day means as they are shown: converted where the hours are."""
        values, flags = self.hours(item)
        judged = self.judged(item)
        if judged is values or np.array_equal(judged, self.valid(item), equal_nan=True):
            return self.days(item).mean
        return outlets.days(judged, np.where(flags == outlets.STOPPED, flags, "N"), self.rule).mean

    def counts(self) -> list[Counts]:
        """Hours due, come and valid of each day over the counted items."""
        total = [Counts()] * self.size
        for item in self.counted:
            found = outlets.delivery(*self.hours(item), self.rule)
            total = [t + Counts(int(d), int(c), int(v)) for t, d, c, v in zip(total, found.due, found.came, found.valid, strict=True)]
        return total

    def calendar(self) -> list[DayOf]:
        """The state of each day: over where any limited item is, invalid where any has no mean, stopped where nothing ran."""
        daily, rated = self._further("day"), self._further("rate")
        there = [i for i in items.symbols(self.medium) if i in {*self.limited, *daily, *rated}]
        found = {i: (self.days(i), self.means(i), self.judged(i).reshape(-1, 24)) for i in there}
        rates = {i: self.rate(i).reshape(-1, 24) for i in rated}
        out = []
        for k in range(self.size):
            day = self.day(k)
            limits = {of: bounds.on(self.station, day, of) for of in ("", "day", "rate")}
            mine = {i: (d, m[k], h[k], k) for i, (d, m, h) in found.items() if any(i in rows for rows in limits.values())}
            mass = {i: kg[k] for i, kg in rates.items()}
            out.append(_day_of(day, limits, mine, mass, self.declared.judged, self.medium))
        return out

    def _further(self, of: str) -> set[str]:
        """Items whose day mean or rate is limited besides, on any of the days."""
        return {i for k in (0, self.size - 1) for i in bounds.on(self.station, self.day(k), of)} & set(items.symbols(self.medium))

    def emissions(self, item: str, since: date) -> list[Mass]:
        """The emission of each day from `since` on; what replaces is chosen by the capture of the quarter."""
        flow = FLOW.get(self.medium, "")
        if flow not in self.observed.values or item not in self.observed.values:
            return []
        out = []
        for begin, end in quarters(since, self.day(self.size - 1)):
            a, b, z = max(0, (begin - self.first).days - BACK), (begin - self.first).days, (end - self.first).days + 1
            part = slice(a * 24, z * 24)
            found = outlets.emission(*(column[part] for column in (*self.hours(item), *self.hours(flow))), self.rule, since=b - a)
            unit = "小时" if self.rule.period == "hour" else "日"
            for k in range(b - a, z - a):
                day = self.first + (a + k) * DAY
                if day < since:
                    continue
                row = self.rule.gaps[found.row[k]].name if found.row[k] >= 0 else ""
                out.append(Mass(day, float(found.known[k]), float(found.replaced[k]), int(found.lacking[k]), row, unit))
        return out


def is_mass(item: str, medium: str) -> bool:
    """Whether an item of an outlet is a concentration, of which there is an emission."""
    return item in items.symbols(medium) and items.get(item, medium).unit in ("mg/L", "mg/m³")


def _day_of(day: date, limits: dict[str, dict], found: dict, rates: dict, judged: str, medium: str) -> DayOf:
    """`limits` by what they are of, as :func:`bounds.on` names it; `found` by item: (days, mean, hours, place); `rates` [kg/h] by item."""
    title = f"{day.month}月{day.day}日"
    if not found:
        return DayOf(day, "none", f"{title} 没有限值")
    over, lacking, running = [], [], False
    for item, (days, mean, hours, k) in found.items():
        about = items.get(item, medium)
        running |= bool(days.running[k])
        plain, daily, rated = (limits[of].get(item) for of in ("", "day", "rate"))
        if plain and (beyond := _beyond(hours if judged == "hour" else np.array([mean]), about.decimals, plain)):
            over.append(f"{about.name} {beyond} 小时" if judged == "hour" else f"{about.name} {mean:.{about.decimals}f}")
        if daily and _beyond(np.array([mean]), about.decimals, daily):
            over.append(f"{about.name} 日均 {mean:.{about.decimals}f}")
        if rated and (beyond := _beyond(rates[item], bounds.RATE_DECIMALS, rated)):
            over.append(f"{about.name} 速率 {beyond} 小时")
        if np.isnan(mean) and days.running[k]:
            lacking.append(about.name)
    if not running:
        return DayOf(day, "stopped", f"{title} 停产")
    if over:
        return DayOf(day, "over", f"{title} 超标：{'、'.join(over)}")
    if lacking:
        return DayOf(day, "invalid", f"{title} 无效：{'、'.join(lacking)}")
    return DayOf(day, "ok", f"{title} 达标")


def _beyond(values: np.ndarray, decimals: int, row: dict) -> int:
    return int(outlets.over(values, decimals, row["high"], row["low"]).sum())


def quarters(first: date, last: date) -> Iterator[tuple[date, date]]:
    """The calendar quarters from the one of `first` to the one of `last`, cut at `last`."""
    begin = date(first.year, (first.month - 1) // 3 * 3 + 1, 1)
    while begin <= last:
        after = (begin.replace(day=1) + timedelta(days=95)).replace(day=1)
        yield begin, min(after - DAY, last)
        begin = after


def of_days(found: Sequence[Station], first: date, last: date) -> dict[str, OutletDays]:
    """The hours of outlets over whole days, both included."""
    start = datetime.combine(first, datetime.min.time())
    there = observe(stores.lake(), [s.code for s in found], start + HOUR, datetime.combine(last + DAY, datetime.min.time()))
    return {s.code: OutletDays(s, first, there[s.code]) for s in found}


@dataclass(frozen=True)
class RateRow:
    """One outlet's rates of a span of days."""

    of: OutletDays
    station: Station
    days: tuple[tuple[date, Counts | None], ...]
    """None on days it was not in use"""
    total: Counts


def rates(found: Sequence[Station], first: date, last: date) -> list[RateRow]:
    """Rates of each outlet by the day and in all (传输率、有效率、有效传输率)."""
    rows = []
    for code, one in of_days(found, first, last).items():
        station = next(s for s in found if s.code == code)
        counts = [
            None if (station.since and one.day(k) < station.since) or (station.until and one.day(k) > station.until) else c
            for k, c in enumerate(one.counts())
        ]
        days = tuple((one.day(k), c) for k, c in enumerate(counts))
        rows.append(RateRow(one, station, days, sum((c for c in counts if c), Counts())))
    return rows


def source_of(person: Person, outlet: Outlet):
    """The entry of the industrial source in its register, by the credit code; None where there is none the person may see."""
    if not outlet.credit_code:
        return None
    return registers.entries(registers.register(SOURCES), person).filter(key=outlet.credit_code).first()
