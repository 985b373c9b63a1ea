"""From days to periods: means, percentiles, good and heavy-pollution days, areas. HJ 663.

`excluded` marks days left out, such as those of a recognised sand-dust episode (沙尘天气, 环办监测〔2016〕120号): each indicator
decides for itself. The practice of the national monthly report leaves them out of concentrations and composite index and
keeps them in the ratios of good and heavy-pollution days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.methods.air.index import BIT, level
from qingshan.methods.air.rules import CLASS_2, limit, places
from qingshan.standards.edition import Edition
from qingshan.stats import percentile, rounding
from qingshan.stats.columns import Numbers, numbers, series, truths, wholes
from qingshan.terms import arguments, items
from qingshan.terms.registry import unknown

DAY_COLUMN = {"SO2": "SO2", "NO2": "NO2", "CO": "CO", "O3": "O3_8h", "PM10": "PM10", "PM2.5": "PM2.5"}
"""The daily statistic of each item"""


def _kept(values: ArrayLike, excluded: ArrayLike | None, what: str) -> Numbers:
    column = numbers(values, what)
    if excluded is None:
        return column
    flags = np.asarray(excluded)
    if flags.dtype.kind != "b":
        raise TypeError(f"{what}：excluded 须为真假值（True 为剔除），得到 {flags.dtype}")
    return np.where(flags, np.nan, column)


def statistic(
    hj663: Edition, item: str, name: str, days: ArrayLike, *, excluded: ArrayLike | None = None, decimals: int | None = None
) -> Numbers:
    """One statistic of a period from daily values (时段均值或百分位数). HJ 663 表1, 附录A.

    Parameters
    ----------
    hj663 : Edition of HJ 663
    item, name : as in its table: ``"PM2.5", "mean"``, ``"O3", "P90"``, ``"CO", "P95"``
    days : (…, n_days) daily values of the item (O3: MDA8) [µg/m³; CO mg/m³]; NaN takes no part. The rule of validity is asked
        apart: :func:`qingshan.stats.validity.capture`
    excluded : bool, broadcast to `days`: True is left out
    decimals : of the result; by default those of the edition. Rounded once

    Returns
    -------
    ndarray, (…): NaN where there is no day
    """
    row = hj663.row(_statistic_table(hj663, item), item=item, statistic=name)
    if decimals is None:
        decimals = places(hj663, item, "statistic")
    column = _kept(series(days, f"{item} 日值"), excluded, f"{item} 日值")
    if (column < 0).any() or np.isinf(column).any():
        wrong = column[(column < 0) | np.isinf(column)].ravel()[0]
        raise ValueError(f"{item} 日值有 {wrong:g}：负值、无穷大不能参加统计；缺测用 NaN")
    if "percent" in row:
        return rounding.half_even(percentile.percentile(column, row["percent"]), decimals)
    return rounding.mean(column, decimals, written=max(rounding.WRITTEN, items.get(item, "air").decimals))


def _statistic_table(hj663: Edition, item: str) -> str:
    others = "statistic_other" in hj663.tables and hj663.rows("statistic_other", item=item)
    return "statistic_other" if others else "statistic"


def day_column(item: str) -> str:
    """The column of an item's daily values: ``"O3_8h"`` for O3, the symbol for all others."""
    return DAY_COLUMN.get(item, item)


def statistic_rows(hj663: Edition) -> list[dict[str, Any]]:
    """The rows of HJ 663 表1 and 表2: item, statistic, the limit it is held against."""
    return [r for t in ("statistic", "statistic_other") if t in hj663.tables for r in hj663.table(t)["row"]]


def statistics(hj663: Edition, days: Mapping[str, ArrayLike], *, excluded: ArrayLike | None = None) -> dict[str, Numbers]:
    """Every statistic of HJ 663 表1 and 表2 the columns allow: ``{"PM2.5_mean": …, "PM2.5_P95": …, "O3_P90": …}``.

    Parameters
    ----------
    days : by column ``SO2, NO2, CO, O3_8h, PM10, PM2.5``, and ``TSP, NOx, Pb, BaP``, each (…, n_days), as
        :func:`qingshan.methods.air.days` gives them
    """
    rows = statistic_rows(hj663)
    columns = dict.fromkeys(day_column(r["item"]) for r in rows)
    stray = set(days) - set(columns) - {"O3_1h"}
    if stray:
        raise LookupError(unknown("日值列", "、".join(sorted(stray)), columns))
    return {
        f"{row['item']}_{row['statistic']}": statistic(
            hj663, row["item"], row["statistic"], days[day_column(row["item"])], excluded=excluded
        )
        for row in rows
        if day_column(row["item"]) in days
    }


@dataclass(frozen=True)
class DayCount:
    """Days of a kind among the days with an AQI. Arrays (…,)."""

    count: NDArray[np.int64]
    of: NDArray[np.int64]

    @property
    def ratio(self) -> Numbers:
        """Share [%], to one decimal; NaN where no day has an AQI."""
        return np.divide(rounding.mean_steps(self.count * 1000, self.of), 10.0)


def _count(std: Edition, aqi: ArrayLike, excluded: ArrayLike | None, lowest: int, highest: int) -> DayCount:
    found = level(std, _kept(aqi, excluded, "AQI"))
    return DayCount(((found >= lowest) & (found <= highest)).sum(axis=-1), (found > 0).sum(axis=-1))


def good_days(std: Edition, aqi: ArrayLike, *, excluded: ArrayLike | None = None) -> DayCount:
    """Good days (优良天数): AQI ≤ 100, levels 1 and 2, over the days with an AQI. ``.ratio`` is 优良天数比例 [%].

    Parameters
    ----------
    std : Edition of HJ 633; aqi : (…, n_days), NaN is a day without AQI; excluded : as in :func:`statistic`, by default none
    """
    return _count(std, aqi, excluded, 1, 2)


def heavy_days(std: Edition, aqi: ArrayLike, *, excluded: ArrayLike | None = None) -> DayCount:
    """Heavy-pollution days (重污染天数): AQI > 200, levels 5 and 6, over the days with an AQI. Arguments as :func:`good_days`."""
    return _count(std, aqi, excluded, 5, 6)


def level_days(std: Edition, aqi: ArrayLike, *, excluded: ArrayLike | None = None) -> dict[str, DayCount]:
    """Days of each class (各级别天数), by its word: 优, 良, 轻度污染 …"""
    return {r["class"]: _count(std, aqi, excluded, r["level"], r["level"]) for r in std.table("level")["row"]}


def primary_days(primary: ArrayLike, *, excluded: ArrayLike | None = None) -> dict[str, NDArray[np.int64]]:
    """Days on which each item was the primary pollutant (首要污染物天数); joint ones count for each. HJ 633—2026 4.3.1.

    Parameters
    ----------
    primary : (…, n_days) bits, of :class:`qingshan.methods.air.Report`; excluded : as in :func:`statistic`
    """
    bits = wholes(primary, "首要污染物（位）", 63)
    if excluded is not None:
        bits = np.where(truths(excluded, "excluded"), 0, bits)
    return {item: np.asarray(((bits & bit) > 0).sum(axis=-1)) for item, bit in BIT.items()}


def city_days(
    hj663: Edition, days: Mapping[str, ArrayLike], *, sites_at_least: float | None = None
) -> dict[str, Numbers]:
    """Daily series of a city, district or town (城市、区域日均值): mean over its valid sites, then statistics of that series.

    Parameters
    ----------
    days : by column, each (n_sites, n_days), NaN where a site is not valid
    sites_at_least : share of sites that must be valid, by default that of the edition (75 %, of fewer than four 50 %; marks to verify)

    Returns
    -------
    by column, (n_days,): rounded as daily values; NaN where too few sites are valid
    """
    out = {}
    for column, values in days.items():
        sites = numbers(values, f"{column} 点位日值")
        if sites.ndim != 2:
            raise ValueError(f"{column} 须为 (点位数, 日数)，得到 {sites.shape}")
        share = sites_share(hj663, sites.shape[0]) if sites_at_least is None else sites_at_least
        valid = np.count_nonzero(~np.isnan(sites), axis=0)
        mean = rounding.mean(sites, items.get(column.partition("_")[0]).decimals, axis=0)
        out[column] = np.where(valid >= share * sites.shape[0], mean, np.nan)
    return out


def sites_share(hj663: Edition, sites: int) -> float:
    """Share of an area's sites that must be valid (有效点位比例), by how many there are. HJ 663 6.2; to verify."""
    rule = hj663.table("city")
    return float(rule["few_at_least"] if sites < rule["few"] else rule["sites_at_least"])


def region_mean(hj663: Edition, item: str, cities: ArrayLike, *, axis: int = 0) -> Numbers:
    """A statistic of a region or province (区域、省): the mean of its cities' statistics, of those that have one. HJ 663.

    Parameters
    ----------
    cities : the item's statistic of each city along `axis`, as published
    """
    hj663.table("region")
    return rounding.mean(cities, places(hj663, item, "statistic"), axis=axis)


def moving_years(hj663: Edition, item: str, yearly: ArrayLike, *, years: int | None = None) -> Numbers:
    """Means of the last years' annual statistics (多年滑动平均): of three years by HJ 663—2026; NaN where one has no value.

    Parameters
    ----------
    yearly : (…, n_years), one calendar year a place, in order: NaN where a year is not valid
    years : by default those of the edition; HJ 663—2013 has none

    Returns
    -------
    ndarray, (…, n_years): at each year the mean of it and those before; rounded as a statistic
    """
    if years is None:
        years = int(hj663.table("years")["years"])
    if years < 1:
        raise ValueError(f"years 须为正整数，得到 {years}")
    column = series(yearly, f"{item} 年统计值")
    out = np.full(column.shape, np.nan)
    if column.shape[-1] >= years:
        windows = np.lib.stride_tricks.sliding_window_view(column, years, axis=-1)
        mean = rounding.mean(windows, places(hj663, item, "statistic"))
        out[..., years - 1 :] = np.where(np.isnan(windows).any(axis=-1), np.nan, mean)
    return out


def meets(
    hj663: Edition, gb3095: Edition, statistics: Mapping[str, ArrayLike], *, phase: str = "", zone: int = CLASS_2
) -> dict[str, NDArray[np.bool_]]:
    """Whether each item meets the limits in all its statistics given (达标评价). HJ 663 表1, 表2.

    Statistics are rounded for the judgement as the edition says (integers, CO 1 decimal); a value equal to the limit meets
    it; NaN does not meet.
    """
    found: dict[str, NDArray[np.bool_]] = {}
    for row in statistic_rows(hj663):
        key, item = f"{row['item']}_{row['statistic']}", row["item"]
        if key in statistics:
            value = rounding.half_even(statistics[key], places(hj663, item, "compliance"))
            good = value <= limit(gb3095, item, row["limit"], phase=phase, zone=zone)
            found[item] = found[item] & good if item in found else good
    return found


arguments.guard(__name__)
