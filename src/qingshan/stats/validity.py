"""Data validity (数据有效性) and capture rate (数据捕集率). Rules come from GB 3095 表4 and HJ 663 6.1.2
(:func:`qingshan.methods.air.validity_rule` reads them)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from qingshan.stats.columns import Flags, Numbers, numbers
from qingshan.stats.moving import day_sums, window_sums
from qingshan.stats.rounding import WRITTEN, mean_steps
from qingshan.terms import arguments


@dataclass(frozen=True)
class Rule:
    """The least data a mean needs (数据有效性最低要求), as one row of a table of validity says it."""

    clause: str
    item: str
    window: str
    at_least: int
    month: int = 0
    february: int = 0


def day_mean(hours: ArrayLike, need: Rule, decimals: int = 0, floor: float = -np.inf) -> tuple[Numbers, Numbers]:
    """Daily means (日平均) and numbers of valid hours. GB 3095—2026 3.9, 表4.

    Parameters
    ----------
    hours : array_like, (…, 24): labels 1 … 24 of natural days, written with up to four decimals; NaN missing
    decimals : of the mean, rounded once and exactly
    floor : hours below it are not valid

    Returns
    -------
    mean, count : ndarray, (…): mean is NaN where fewer than ``need.at_least`` hours are valid
    """
    total, count = day_sums(hours, floor)
    mean = mean_steps(total, np.where(count >= need.at_least, count, np.nan) * 10.0 ** (WRITTEN - decimals))
    return np.divide(mean, 10.0**decimals), count


def day_means(hours: ArrayLike, rules: tuple[tuple[Rule, int, float], ...]) -> tuple[Numbers, Numbers]:
    """:func:`day_mean` of several items in one go, value for value the same: of a few days the calls cost more than the sums.

    Parameters
    ----------
    hours : array_like, (items, …, 24)
    rules : of each item what its mean needs, decimals, floor
    """
    column = numbers(hours, "小时浓度")
    at_least, scale, floor = (rule.reshape(-1, *(1,) * (column.ndim - 2)) for rule in _of_each(rules))
    total, count = day_sums(column, floor[..., None])
    mean = mean_steps(total, np.where(count >= at_least, count, np.nan) * (10.0**WRITTEN / scale))
    return np.divide(mean, scale), count


@lru_cache(maxsize=64)
def _of_each(rules: tuple[tuple[Rule, int, float], ...]) -> tuple[Numbers, Numbers, Numbers]:
    """Least hours, steps in one, floor; (items,) each."""
    at_least, scale, floor = np.array([(need.at_least, 10.0**decimals, floor) for need, decimals, floor in rules]).T
    return at_least, scale, floor


def max8h(
    hours: ArrayLike, eight: Rule, day: Rule, limit: float, decimals: int = 0, floor: float = -np.inf
) -> tuple[Numbers, Numbers]:
    """Daily maximum 8-hour mean (日最大8小时平均, MDA8) and the number of valid 8-hour means. HJ 663 6.1.2.

    Valid with ``day.at_least`` of the 17 means labelled 8 … 24; with fewer still valid when the largest exceeds `limit`.
    Each 8-hour mean needs ``eight.at_least`` valid hours. Arguments as in :func:`day_mean`.
    """
    total, count = window_sums(hours, 8, floor)
    enough = count >= eight.at_least
    windows = np.add.reduce(enough, axis=0, dtype=np.uint8).astype(float)
    top = np.maximum.reduce(total * _PARTS.take(np.where(enough, count, 0)), axis=0)  # the largest mean, in parts: whole numbers
    value = mean_steps(top, np.where(windows > 0, _WHOLE, np.nan) * 10.0 ** (WRITTEN - decimals))
    value = np.divide(value, 10.0**decimals)
    return np.where((windows >= day.at_least) | (value > limit), value, np.nan), windows


_WHOLE = 840.0  # divisible by every number of hours 1 … 8
_PARTS = np.array([0.0, *(_WHOLE / n for n in range(1, 9))])


@dataclass(frozen=True)
class Capture:
    """How complete the daily values of a period are (有效天数与捕集率)."""

    valid: int
    days: int
    short: tuple[str, ...]
    """what falls below the rule, in words; empty: valid"""

    @property
    def is_valid(self) -> bool:
        """Whether the period has data and falls below no rule."""
        return self.valid > 0 and not self.short

    @property
    def rate(self) -> float:
        """Valid days over days of the period [%]; NaN for an empty period."""
        return 100 * self.valid / self.days if self.days else float("nan")


def capture(days: ArrayLike, has_value: ArrayLike, need: Rule) -> Capture:
    """Completeness of one series over a period. GB 3095—2026 表4: every whole month ≥ 27 days (February ≥ 25), every
    whole year ≥ 324. A month of which the period holds only a part is not judged.

    Parameters
    ----------
    days : array_like of dates, every day of the period once, in order
    has_value : array_like of bool, same length
    """
    column = arguments.moments(days, "D", "日期")
    flags: Flags = np.asarray(has_value, bool)
    if column.shape != flags.shape or column.ndim != 1:
        raise ValueError(f"日期 {column.shape} 与数据 {flags.shape} 须等长")
    short = []
    for month in np.unique(column.astype("datetime64[M]")):
        mine = column.astype("datetime64[M]") == month
        length = int(((month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(int))
        least = need.february if int(month.astype(int)) % 12 == 1 else need.month
        if mine.sum() == length and flags[mine].sum() < least:
            short.append(f"{month} 有效 {int(flags[mine].sum())} 天，少于 {least} 天")
    for year in np.unique(column.astype("datetime64[Y]")):
        mine = column.astype("datetime64[Y]") == year
        length = int(((year + 1).astype("datetime64[D]") - year.astype("datetime64[D]")).astype(int))
        if mine.sum() == length and flags[mine].sum() < need.at_least:
            short.append(f"{year} 年有效 {int(flags[mine].sum())} 天，少于 {need.at_least} 天")
    return Capture(int(flags.sum()), column.size, tuple(short))


def sufficient(days: ArrayLike, has_value: ArrayLike, need: Rule) -> Flags:
    """Whether series have the least data of every whole month and year of a period: :func:`capture` for many series at once.

    Parameters
    ----------
    days : (n,) dates, every day of the period once
    has_value : (…, n) of bool

    Returns
    -------
    ndarray of bool, (…): False too where a series has no value at all
    """
    column = arguments.moments(days, "D", "日期")
    flags: Flags = np.asarray(has_value, bool)
    if column.ndim != 1 or flags.shape[-1:] != column.shape:
        raise ValueError(f"日期 {column.shape} 与数据 {flags.shape} 须等长")
    if np.unique(column).size != column.size:
        raise ValueError("日期有重复")
    enough = np.asarray(flags.any(axis=-1))
    for letter in "MY":
        spans = column.astype(f"datetime64[{letter}]")
        for span in np.unique(spans):
            mine = spans == span
            length = int(((span + 1).astype("datetime64[D]") - span.astype("datetime64[D]")).astype(int))
            if mine.sum() != length:
                continue
            least = need.at_least if letter == "Y" else need.february if int(span.astype(int)) % 12 == 1 else need.month
            enough = enough & (flags[..., mine].sum(axis=-1) >= least)
    return enough


arguments.guard(__name__)
