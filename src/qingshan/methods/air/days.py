"""From hours to days: daily means, MDA8 and the daily index of whole station-days."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan import standards
from qingshan.methods.air.index import Bits, daily
from qingshan.methods.air.rules import limit, validity_rule
from qingshan.standards.edition import Edition
from qingshan.stats import rounding, validity
from qingshan.stats.columns import Flags, Numbers, numbers
from qingshan.terms import arguments, items
from qingshan.terms.registry import unknown

MEANS = ("SO2", "NO2", "CO", "PM10", "PM2.5")
"""Items with a 24-hour mean; O3 has its largest 8-hour mean and its largest hour"""

COLUMNS = ("SO2", "NO2", "CO", "O3_8h", "PM10", "PM2.5")
"""The six daily statistics, as columns"""


@dataclass(frozen=True)
class Days:
    """Daily statistics (日统计值) of station-days. Each array (n_days,)."""

    values: Mapping[str, Numbers]
    """SO2 NO2 CO PM10 PM2.5 24h means, ``O3_8h`` MDA8, ``O3_1h`` largest hour; rounded (integers, CO 1 decimal); NaN where invalid"""
    hours: Mapping[str, Numbers]
    """valid hours of each of the six items, 0 … 24"""
    windows: Numbers
    """valid 8-hour means of O3, 0 … 17"""


DaysCall = Callable[[Edition, Edition, Mapping[str, Numbers]], Days]
"""What makes days of hours, as :func:`days` does"""


def days(gb3095: Edition, hj663: Edition, hours: Mapping[str, ArrayLike]) -> Days:
    """Daily statistics from hourly values, by the rules of validity. GB 3095—2026 3.9–3.11, 表4; HJ 663 6.1.2.

    A daily mean needs 20 valid hours; MDA8 needs 14 of the 17 eight-hour means labelled 8 … 24 (each of 6 valid hours), or
    that the largest, as rounded, exceeds the class-2 limit. Rounded once, from the hours as reported: exact for up to four decimals.

    Parameters
    ----------
    gb3095, hj663 : Editions
    hours : by item, each (…, 24): labels 1 … 24 of natural days [µg/m³; CO mg/m³]; NaN, and values below 0 after rounding,
        are no valid hours. An item left out is missing throughout.
    """
    unknown_items = set(hours) - set(items.AIR)
    if unknown_items or not hours:
        raise LookupError(unknown("空气质量项目", "、".join(sorted(unknown_items)) or "（无）", items.AIR))
    columns = {item: numbers(c, f"{item} 小时浓度") for item, c in hours.items()}
    if len({c.shape for c in columns.values()}) != 1 or any(c.shape[-1:] != (24,) for c in columns.values()):
        raise ValueError(f"各项小时浓度须同为 (日数, 24)：{ {k: c.shape for k, c in columns.items()} }")
    shape = next(iter(columns.values())).shape[:-1]
    missing, none = np.full(shape, np.nan), np.zeros(shape)
    for shared in (missing, none):
        shared.setflags(write=False)
    values: dict[str, Numbers] = dict.fromkeys((*COLUMNS, "O3_1h"), missing)
    counts: dict[str, Numbers] = dict.fromkeys(items.AIR, none)
    windows = none
    means = tuple(i for i in MEANS if i in columns)
    if means and missing.size <= _FEW:
        together = validity.day_means(np.array([columns[i] for i in means]), _mean_rules(gb3095, means))
        for item, mean, count in zip(means, *together, strict=True):
            values[item], counts[item] = mean, count
    else:
        for item in means:
            values[item], counts[item] = validity.day_mean(columns[item], *mean_rule(gb3095, item))
    if "O3" in columns:
        eight, day, bar = ozone_rule(gb3095, hj663)
        values["O3_8h"], windows = validity.max8h(columns["O3"], eight, day, bar, floor=floor("O3"))
        largest, counts["O3"] = _largest(columns["O3"], floor("O3"))
        values["O3_1h"] = rounding.half_even(largest, 0)
    return Days(values, counts, windows)


def _largest(hours: Numbers, least: float) -> tuple[Numbers, Numbers]:
    """Largest valid hour of each day, NaN where there is none, and how many are valid."""
    across = np.ascontiguousarray(np.moveaxis(hours, -1, 0))  # hour by hour, over many days at once
    valid = (across >= least) & (across < np.inf)
    largest = np.fmax.reduce(across, axis=0)
    if np.fmax.reduce(largest, axis=None, initial=-np.inf) == np.inf:
        largest = np.fmax.reduce(np.where(valid, across, np.nan), axis=0)
    return np.where(largest >= least, largest, np.nan), valid.sum(axis=0, dtype=np.uint8).astype(float)


def day_value(gb3095: Edition, item: str, hours: ArrayLike) -> tuple[Numbers, Numbers]:
    """Daily means of one item from its hours, with the hours they rest on; for items beside the six too. GB 3095 表4.

    Parameters
    ----------
    item : NOx and the five with a 24-hour mean need 20 valid hours, TSP, Pb and BaP all 24; O3 has none: :func:`days`
    hours : (…, 24), labels 1 … 24 of natural days [µg/m³; CO mg/m³]; NaN, and values below 0 after rounding, are no valid hours

    Returns
    -------
    mean, count : ndarray, (…): mean rounded as the item prints, NaN with too few hours
    """
    column = numbers(hours, f"{item} 小时浓度")
    if column.shape[-1:] != (24,):
        raise ValueError(f"{item} 小时浓度须为 (日数, 24)：{column.shape}")
    return validity.day_mean(column, validity_rule(gb3095, item, "24h"), items.get(item, "air").decimals, floor(item))


@lru_cache(maxsize=128)
def mean_rule(gb3095: Edition, item: str) -> tuple[validity.Rule, int, float]:
    """What a 24-hour mean of an item needs, its decimals, and the least that is a measurement."""
    return validity_rule(gb3095, item, "24h"), items.get(item).decimals, floor(item)


@lru_cache(maxsize=128)
def _mean_rules(gb3095: Edition, names: tuple[str, ...]) -> tuple[tuple[validity.Rule, int, float], ...]:
    return tuple(mean_rule(gb3095, item) for item in names)


_FEW = 64  # station-days up to which the means of all items are one column, so that an arriving hour costs few calls


@lru_cache(maxsize=128)
def ozone_rule(gb3095: Edition, hj663: Edition) -> tuple[validity.Rule, validity.Rule, float]:
    """What an eight-hour mean and MDA8 need, and the limit above which a short day counts all the same."""
    bar = limit(gb3095, "O3", "8h", phase=gb3095.phases[0].id)  # 各阶段同为 160
    return validity_rule(gb3095, "O3", "8h"), validity_rule(hj663, "O3", "max8h"), bar


def floor(item: str) -> float:
    """What rounds to less than 0 is no measurement: hours below it are not valid [µg/m³; CO mg/m³]."""
    return -0.5 * 10.0 ** -items.get(item).decimals


@dataclass(frozen=True)
class AirDays:
    """Station-days evaluated by the editions in force on each day. Each array (n_days,)."""

    days: Days
    aqi: Numbers
    primary: Bits
    level: NDArray[np.int8]
    iaqi: Mapping[str, Numbers]
    withheld: Flags
    edition: NDArray[np.str_]
    """the edition of HJ 633 as printed: ``HJ 633—2026``"""


def evaluate_days(
    day: ArrayLike,
    hours: Mapping[str, ArrayLike],
    *,
    edition: str | None = None,
    unplanned: Collection[str] = (),
    catalogue: standards.Catalogue = standards.national,
    region: str = "",
    statistics: DaysCall | None = None,
) -> AirDays:
    """Hours of station-days to daily statistics and index, each day by the editions in force on it (日报).

    Parameters
    ----------
    day : (n_days,) dates, in any order
    hours : by item, each (n_days, 24), see :func:`days`
    edition : ``"2012"`` or ``"2026"``: all days by the editions of that time, for comparison (新旧标准回算)
    unplanned : items not in the monitoring plan, see :func:`qingshan.methods.air.hourly`
    region : name of a regional phase before 2016, see :meth:`qingshan.standards.Catalogue.get`
    statistics : what makes days of hours; :func:`days` unless something faster is at hand that gives the same
    """
    statistics = statistics or days
    column = arguments.moments(day, "D", "日期")
    if column.ndim != 1:
        raise ValueError(f"日期须为一列，得到 {column.shape}")
    given = {k: numbers(v, f"{k} 小时浓度") for k, v in hours.items()}
    ruled = _editions(column, edition, catalogue, region)
    if len(ruled) == 1 and 0 < column.size <= _BLOCK:
        (hj633, gb3095, hj663), _ = ruled[0]
        part = statistics(gb3095, hj663, given)
        report = daily(hj633, part.values, unplanned=unplanned)
        named = np.full(column.shape, str(hj633), dtype="U16")
        return AirDays(part, report.aqi, report.primary, report.level, report.iaqi, report.withheld, named)
    values = {k: np.full(column.shape, np.nan) for k in (*COLUMNS, "O3_1h")}
    counts = {k: np.zeros(column.shape) for k in items.AIR}
    index = {k: np.full(column.shape, np.nan) for k in items.AIR}
    windows, aqi = np.zeros(column.shape), np.full(column.shape, np.nan)
    primary, levels = np.zeros(column.shape, np.uint8), np.zeros(column.shape, np.int8)
    withheld = np.zeros(column.shape, bool)
    named = np.full(column.shape, "", dtype="U16")
    for (hj633, gb3095, hj663), mine in ruled:
        for start in range(0, mine.size, _BLOCK):
            rows: Any = slice(start, start + _BLOCK) if mine.size == column.size else mine[start : start + _BLOCK]
            part = statistics(gb3095, hj663, {k: v[rows] for k, v in given.items()})
            report = daily(hj633, part.values, unplanned=unplanned)
            for target, source in ((values, part.values), (counts, part.hours), (index, report.iaqi)):
                for key in target:
                    target[key][rows] = source[key]
            windows[rows], aqi[rows], primary[rows], levels[rows] = part.windows, report.aqi, report.primary, report.level
            withheld[rows], named[rows] = report.withheld, str(hj633)
    return AirDays(Days(values, counts, windows), aqi, primary, levels, index, withheld, named)


_BLOCK = 8192  # station-days at a time: what fits a processor's cache is twice as fast

# The editions that stand together, asked for by the edition of HJ 633
_CODES = ("HJ 633", "GB 3095", "HJ 663")
_TOGETHER = {"2012": ("2012", "2012+2018", "2013"), "2026": ("2026", "2026", "2026")}


def _editions(
    column: NDArray[np.datetime64], edition: str | None, catalogue: standards.Catalogue, region: str
) -> list[tuple[tuple[Edition, Edition, Edition], NDArray[np.intp]]]:
    """Editions of HJ 633, GB 3095 and HJ 663 with the rows they rule."""
    if edition is not None:
        if edition not in _TOGETHER:
            raise LookupError(unknown("版本", edition, _TOGETHER))
        a, b, c = (catalogue.get(code, edition=e) for code, e in zip(_CODES, _TOGETHER[edition], strict=True))
        return [((a, b, c), np.arange(column.size))]
    if not region and column.size:  # editions are in force without a break: those of both ends are those of all between
        ends = [_of_day(catalogue, day) for day in (column.min().item(), column.max().item()) if isinstance(day, date)]
        if len(ends) == 2 and ends[0] == ends[1]:
            return [(ends[0], np.arange(column.size))]
    found = []
    for hj633, _, rows in catalogue.spans(_CODES[0], column, region):
        outer = np.flatnonzero(rows)
        for gb3095, _, of_rows in catalogue.spans(_CODES[1], column[outer], region):
            inner = outer[of_rows]
            for hj663, _, last in catalogue.spans(_CODES[2], column[inner], region):
                found.append(((hj633, gb3095, hj663), inner[last]))
    return found


@lru_cache(maxsize=512)
def _of_day(catalogue: standards.Catalogue, day: date) -> tuple[Edition, Edition, Edition]:
    """The three of one day: an arriving hour asks for the same day again and again."""
    hj633, gb3095, hj663 = (catalogue.get(code, at=day) for code in _CODES)
    return hj633, gb3095, hj663


arguments.guard(__name__)
