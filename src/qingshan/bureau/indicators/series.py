"""Daily values of stations and areas as columns (日值序列): what every indicator is computed from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from qingshan import standards
from qingshan.bureau.indicators.periods import Period
from qingshan.methods import air
from qingshan.methods.air.period import sites_share
from qingshan.stats import rounding
from qingshan.terms import items

COLUMNS = air.COLUMNS
ITEM_OF = {column: column.removesuffix("_8h") for column in COLUMNS}
TOGETHER = {
    "2012": {"HJ 633": "2012", "GB 3095": "2012+2018", "HJ 663": "2013"},
    "2026": {"HJ 633": "2026", "GB 3095": "2026", "HJ 663": "2026"},
}


@dataclass(frozen=True)
class Editions:
    """Which editions judge: those in force on each day, or one time's throughout, for comparison (回算)."""

    named: str = ""

    def at(self, code: str, day: date) -> standards.Edition:
        return standards.get(code, edition=TOGETHER[self.named][code]) if self.named else standards.get(code, at=day)

    def spans(self, code: str, days: np.ndarray):
        if not self.named:
            yield from ((edition, mask) for edition, _, mask in standards.spans(code, days))
        else:
            yield standards.get(code, edition=TOGETHER[self.named][code]), np.ones(days.shape, bool)

    def phase(self, gb3095: standards.Edition, day: date) -> str:
        """The phase whose limits hold; a day before the edition has its first one."""
        held = [p.id for p in gb3095.phases if p.holds(day)]
        return held[0] if held else gb3095.phases[0].id


IN_FORCE = Editions()
FIRST = min(phase.start for edition in standards.editions("HJ 663") for phase in edition.phases)
"""the first day on which an edition says how many stations an area's day needs"""


@dataclass(frozen=True)
class Series:
    """One unit's days: daily statistics, valid hours and the hours there could have been. Every array (n_days,)."""

    days: np.ndarray
    conc: Mapping[str, np.ndarray]
    """SO2 NO2 CO PM10 PM2.5 24h means and ``O3_8h``, as GB 3095 rounds them; NaN where invalid"""
    hours: Mapping[str, np.ndarray]
    """valid hours by item, all its stations together"""
    possible: np.ndarray
    """hours its stations in use could have given, by item"""
    stations: tuple[str, ...]
    used: tuple[str, ...] = ()
    left_out: Mapping[str, str] | None = None
    """stations that take no part, and why"""
    unplanned: tuple[str, ...] = ()
    """items none of its stations plans to measure (HJ 633—2026 5.3.2)"""

    def cut(self, period: Period) -> Series:
        rows = (self.days >= np.datetime64(period.start)) & (self.days <= np.datetime64(period.end))
        if rows.all():
            return self
        conc, hours = {k: v[rows] for k, v in self.conc.items()}, {k: v[rows] for k, v in self.hours.items()}
        return replace(self, days=self.days[rows], conc=conc, hours=hours, possible=self.possible[rows])

    def without(self, mask: np.ndarray, columns: tuple[str, ...]) -> Series:
        """The same with the columns named blanked on some days (沙尘剔除)."""
        conc = {k: np.where(mask, np.nan, v) if k in columns else v for k, v in self.conc.items()}
        return replace(self, conc=conc)

    def report(self, editions: Editions = IN_FORCE) -> tuple[np.ndarray, tuple[standards.Edition, ...]]:
        """AQI of each day by the editions asked for, and which they were. NaN where none is published."""
        aqi, used = np.full(self.days.shape, np.nan), []
        for edition, mask in editions.spans("HJ 633", self.days):
            aqi[mask] = air.daily(edition, {k: v[mask] for k, v in self.conc.items()}, unplanned=self.unplanned).aqi
            used.append(edition)
        return aqi, tuple(used)


@dataclass(frozen=True)
class DayTable:
    """Station-days of one span, out of one assessment run: arrays (n_stations, n_days)."""

    days: np.ndarray
    stations: tuple[str, ...]
    conc: Mapping[str, np.ndarray]
    hours: Mapping[str, np.ndarray]
    in_use: np.ndarray
    medium: str = "air"

    @classmethod
    def build(cls, table, period: Period, in_use: Mapping[str, tuple[date | None, date | None]]) -> DayTable:
        """From the days table of a run (Arrow) for the stations named, each with the days it is in use (启用、停用)."""
        stations, days = tuple(in_use), period.days
        place = {code: i for i, code in enumerate(stations)}
        codes = table.column("station").to_pylist()
        day = np.asarray(table.column("day").to_numpy(zero_copy_only=False), "datetime64[D]")
        rows = np.array([place.get(code, -1) for code in codes], int)
        columns = (day - days[0]).astype(int) if len(day) else np.zeros(0, int)
        keep = (rows >= 0) & (columns >= 0) & (columns < days.size)
        rows, columns, shape = rows[keep], columns[keep], (len(stations), days.size)

        def grid(name: str, empty: float) -> np.ndarray:
            out = np.full(shape, empty)
            out[rows, columns] = _numbers(table.column(name))[keep]
            return out

        conc = {name: grid(name, np.nan) for name in COLUMNS}
        hours = {item: np.nan_to_num(grid(f"n_{item}", 0.0)) for item in items.AIR}
        used = np.zeros(shape, bool)
        for i, (since, until) in enumerate(in_use.values()):
            used[i] = (days >= np.datetime64(since or date.min)) & (days <= np.datetime64(until or date.max))
        return cls(days, stations, {k: np.where(used, v, np.nan) for k, v in conc.items()}, hours, used)

    @classmethod
    def of_hours(cls, table, period: Period, in_use: Mapping, item: str, medium: str, least: int) -> DayTable:
        """Daily means of one item out of hour rows (Arrow: station, time, the item), each from at least `least` valid hours."""
        stations, days = tuple(in_use), period.days
        place = {code: i for i, code in enumerate(stations)}
        rows = np.array([place.get(code, -1) for code in table.column("station").to_pylist()], int)
        time = np.asarray(table.column("time").to_numpy(zero_copy_only=False)).astype("datetime64[s]")
        day = (time - np.timedelta64(3600, "s")).astype("datetime64[D]")
        values, columns = _numbers(table.column(item)), (day - days[0]).astype(int)
        keep = (rows >= 0) & (columns >= 0) & (columns < days.size) & ~np.isnan(values)
        total, count = np.zeros((len(stations), days.size)), np.zeros((len(stations), days.size))
        np.add.at(total, (rows[keep], columns[keep]), np.rint(values[keep] * 1e6))
        np.add.at(count, (rows[keep], columns[keep]), 1)
        used = np.zeros(total.shape, bool)
        for i, (since, until) in enumerate(in_use.values()):
            used[i] = (days >= np.datetime64(since or date.min)) & (days <= np.datetime64(until or date.max))
        decimals = items.get(item, medium).decimals
        mean = rounding.mean_steps(total * 10.0**decimals, count * 1e6) / 10.0**decimals
        return cls(days, stations, {item: np.where(used & (count >= least), mean, np.nan)}, {item: count}, used, medium)

    def station(self, code: str) -> Series:
        """One station's days (点位日值)."""
        i = self.stations.index(code)
        conc, hours = {k: v[i] for k, v in self.conc.items()}, {k: np.where(self.in_use[i], v[i], 0) for k, v in self.hours.items()}
        return Series(self.days, conc, hours, 24.0 * self.in_use[i], (code,), (code,))

    def area(self, codes: tuple[str, ...], editions: Editions = IN_FORCE) -> Series:
        """An area's days: each the mean over its valid stations, where enough of those in use are valid. HJ 663 6.2.

        Daily statistics of the area are rounded as a station's are, so what is printed for a day is what enters the month.
        """
        rows = [self.stations.index(code) for code in codes]
        in_use = self.in_use[rows]
        there = in_use.sum(axis=0)
        need = np.full(self.days.shape, np.inf)  # before any edition no day of an area is one
        ruled = self.days >= np.datetime64(FIRST)
        for edition, mask in editions.spans("HJ 663", self.days[ruled]):
            need[np.flatnonzero(ruled)[mask]] = [max(1, math.ceil(round(sites_share(edition, int(n)) * n, 6))) for n in there[ruled][mask]]
        conc = {}
        for name, grid in self.conc.items():
            values = grid[rows]
            enough = (~np.isnan(values)).sum(axis=0) >= need
            decimals = items.get(ITEM_OF.get(name, name), self.medium).decimals
            conc[name] = np.where(enough, rounding.mean(values, decimals, axis=0), np.nan)
        hours = {item: np.where(in_use, v[rows], 0).sum(axis=0) for item, v in self.hours.items()}
        return Series(self.days, conc, hours, 24.0 * there, tuple(codes), tuple(c for c, row in zip(codes, in_use) if row.any()))


def _numbers(column) -> np.ndarray:
    return np.asarray(column.to_numpy(zero_copy_only=False), float)
