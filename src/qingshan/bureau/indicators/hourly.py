"""The air of an area right now (实时空气): the last hour of its stations, judged by the edition of that day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from qingshan import standards
from qingshan.bureau.base import packs
from qingshan.bureau.base.models import Area
from qingshan.bureau.indicators import assessments
from qingshan.bureau.indicators.assessments import Assessment, Place
from qingshan.bureau.indicators.declared import Sites
from qingshan.bureau.indicators.periods import Period
from qingshan.methods import air
from qingshan.stats import clock, rounding
from qingshan.terms import items

OLD = timedelta(hours=3)
SHOWN = ("PM2.5", "PM10", "O3", "NO2", "SO2", "CO")
"""the order in which people read them"""


@dataclass(frozen=True)
class Hour:
    """One hour of one area: the index and the six means over its valid stations."""

    time: datetime
    aqi: int | None
    level: int
    words: str
    primary: str
    health: str
    values: tuple[tuple[str, str], ...]
    stations: int
    edition: str
    is_old: bool


def now(place: Place, sites, at: datetime) -> Hour | None:
    """The last hour of an area's assessed stations; None where there is none within a day."""
    levels = Sites().district if place.level == Area.Level.DISTRICT else Sites().town
    counted = [s for s in sites if s.area in place.inside and s.level in levels]
    codes = [s.code for s in counted]
    if not codes or not assessments.has_data():
        return None
    table = assessments.lake().latest(at=at, hours=24, stations=codes)
    if table.num_rows == 0:
        return None
    times = np.asarray(table.column("time").to_numpy(zero_copy_only=False), "datetime64[s]")
    newest = times.max()
    rows = times == newest
    means = {}
    for item in items.AIR:
        column = np.asarray(table.column(item).to_numpy(zero_copy_only=False), float)[rows]
        means[item] = rounding.mean(column, items.get(item).decimals)
    day = clock.day_of(np.array([newest]))[0].item()
    std = standards.get("HJ 633", at=day)
    unplanned = [item for item in items.AIR if all(item in s.unplanned for s in counted)]
    report = air.hourly(std, {item: np.atleast_1d(value) for item, value in means.items()}, unplanned=unplanned)
    aqi, level = report.aqi[0], int(report.level[0])
    primary = str(air.primary_words(report.primary, names={}, none="")[0]).replace(",", "、")
    row = std.row("level", level=level) if level else {}
    shown = tuple((item, "缺测" if np.isnan(means[item]) else f"{float(means[item]):.{items.get(item).decimals}f}") for item in SHOWN)
    when = newest.astype(datetime)
    return Hour(when, None if np.isnan(aqi) else int(aqi), level, row.get("class", ""), primary, row.get("advice", row.get("health", "")),
                shown, int(rows.sum()), str(std), at - when > OLD)  # fmt: skip


@dataclass(frozen=True)
class Day:
    """One past day of an area."""

    day: object
    aqi: int | None
    level: int
    primary: str


def last_days(held: Assessment, place: Place, period: Period) -> list[Day]:
    """The days of a period with index, level and primary pollutant of the area (逐日)."""
    series = held.series(packs.get("indicators", "good_days"), area=place).cut(period)
    out: list[Day] = []
    for edition, mask in assessments.IN_FORCE.spans("HJ 633", series.days):
        report = air.daily(edition, {k: v[mask] for k, v in series.conc.items()}, unplanned=series.unplanned)
        words = air.primary_words(report.primary)
        for day, aqi, level, primary in zip(series.days[mask], report.aqi, report.level, words, strict=True):
            out.append(Day(day.item(), None if np.isnan(aqi) else int(aqi), int(level), str(primary).replace(",", "、")))
    return sorted(out, key=lambda d: d.day)
