"""Means of samples over a period or over sections (数据统计). 环办〔2011〕22号 一（二）."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.methods.surface_water.columns import column, columns, flags, impossible
from qingshan.standards.edition import Edition
from qingshan.stats.columns import Flags, Numbers
from qingshan.terms import arguments
from qingshan.terms.registry import unknown

HALF = 0.5


@dataclass(frozen=True)
class Means:
    """Means of one period by item, with how many values stand behind each and whether they are enough."""

    period: str
    need: int
    """least number of valid values"""
    mean: Mapping[str, Numbers]
    """NaN where there are too few: not enough data (数据不足)"""
    count: Mapping[str, NDArray[np.int64]]
    clause: str

    def short(self, item: str) -> Flags:
        """Where an item has fewer values than the period needs."""
        return np.asarray(self.count[item] < self.need)


def ph_mean(values: ArrayLike, axis: int = -1) -> Numbers:
    """Mean of pH by the concentration of hydrogen ions (氢离子浓度平均): −log10(mean of 10^−pH); NaN cells take no part."""
    given = column("pH", values)
    valid = ~(np.isnan(given) | impossible("pH", given))
    count = valid.sum(axis=axis)
    total = np.where(valid, 10.0 ** -np.where(valid, given, 0.0), 0.0).sum(axis=axis)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Numbers = np.where(count > 0, -np.log10(total / count), np.nan)
    return found


def item_mean(item: str, values: ArrayLike, below: ArrayLike | None = None, axis: int = -1) -> tuple[Numbers, NDArray[np.int64]]:
    """Arithmetic mean of one item along an axis, of pH by hydrogen ions, and the number of valid values.

    Values below their detection limit (`below`) enter with half of it (环办监测函〔2020〕82号); impossible ones are missing.
    """
    given = column(item, values)
    valid = ~(np.isnan(given) | impossible(item, given))
    count = np.asarray(valid.sum(axis=axis))
    if item == "pH":
        return ph_mean(np.where(valid, given, np.nan), axis), count
    if below is not None:
        given = np.where(flags({item: below}, [item], given.shape)[item], given * HALF, given)
    total = np.where(valid, given, 0.0).sum(axis=axis)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean: Numbers = np.where(count > 0, total / count, np.nan)
    return mean, count


def period_means(
    rule: Edition, values: Mapping[str, ArrayLike], period: str, *, below: Mapping[str, ArrayLike] | None = None
) -> Means:  # fmt: skip
    """Means of a month, quarter or year, with the least number of values the rule asks for.

    Parameters
    ----------
    rule : Edition of 地表水环境质量评价办法
    values : by symbol, (…, k): the samples of a month, or the monthly values of a quarter or year; NaN missing
    period : ``"month"`` (week, ten days), ``"quarter"`` (≥ 2), ``"year"`` (≥ 6), ``"national_year"`` (12 monthly values)
    below : item → flags of values that are detection limits; they enter with half
    """
    rows = {r["period"]: r for r in rule.table("average")["row"]}
    if period not in rows:
        raise LookupError(unknown("评价时段", period, rows))
    need = int(rows[period]["at_least"])
    given = columns(values)
    shape = next(iter(given.values())).shape
    if not shape:
        raise ValueError("时段均值要一列值，得到单个数")
    marks = flags(below, given, shape)
    mean, count = {}, {}
    for item, value in given.items():
        found, count[item] = item_mean(item, value, marks.get(item))
        mean[item] = np.where(count[item] >= need, found, np.nan)
    return Means(period, need, mean, count, rule.clause("average"))


def section_means(values: Mapping[str, ArrayLike], below: Mapping[str, ArrayLike] | None = None) -> dict[str, Numbers]:
    """Mean of each item over sections (断面均值), (n,) each → (1,); NaN where no section has a value."""
    given = columns(values)
    marks = flags(below, given, next(iter(given.values())).shape)
    out = {}
    for item, value in given.items():
        less = marks[item].reshape(-1) if item in marks else None
        out[item] = np.atleast_1d(item_mean(item, value.reshape(-1), less)[0])
    return out


arguments.guard(__name__)
