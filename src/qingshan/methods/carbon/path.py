"""The way to a dated goal (时序进度): the line from base to goal, ahead or behind, and whether a peak has been passed (达峰)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.methods.carbon.amounts import positive
from qingshan.stats import rounding
from qingshan.stats.columns import Flags, Numbers, amount, finite, numbers, one_shape, single, wholes
from qingshan.terms import arguments
from qingshan.terms.registry import unknown

MANNERS = {"even": "逐年等量", "same_rate": "逐年等率"}
"""How a line runs from base to goal: by the same amount or by the same rate each year"""


def line(base: float, goal: float, start: int, end: int, *, manner: str = "even") -> tuple[NDArray[np.int64], Numbers]:
    """The yearly line (时序进度线) from a base year to a goal year, both included.

    Parameters
    ----------
    base, goal : value in `start` and in `end`
    manner : ``"even"`` or ``"same_rate"``
    """
    if end <= start:
        raise ValueError(f"目标年 {end} 须晚于基年 {start}")
    if manner not in MANNERS:
        raise LookupError(unknown("进度方式", manner, MANNERS))
    gone = np.arange(end - start + 1) / (end - start)
    if manner == "same_rate":
        first, last = float(positive(base, "基年值")), float(positive(goal, "目标值"))
        return np.arange(start, end + 1), np.asarray(first * (last / first) ** gone)
    return np.arange(start, end + 1), np.asarray(base + (goal - base) * gone)


def decline_line(goal: float, years: int, *, manner: str = "even") -> Numbers:
    """Cumulative decline asked for after each year [%] of a goal over `years` (五年累计下降目标的逐年进度线).

    ``decline_line(18, 5)`` is 3.6, 7.2, 10.8, 14.4, 18.
    """
    if not 0 < goal < 100:
        raise ValueError(f"下降目标须在 0～100 % 之间，得到 {goal}")
    if manner == "same_rate":
        return np.asarray(100.0 - line(100.0, 100.0 - goal, 0, years, manner=manner)[1][1:])
    return line(0.0, goal, 0, years, manner=manner)[1][1:]


@dataclass(frozen=True)
class Progress:
    """A series against its line (时序进度). Arrays of the shape of the series."""

    ahead: Numbers
    """by how much it is better than the line; negative: behind"""
    on_line: Flags
    """达到时序进度; False where missing"""
    words: NDArray[np.str_]
    """超前, 符合, 滞后; empty where missing"""


def progress(asked: ArrayLike, actual: ArrayLike, *, better: str = "lower", decimals: int = 6) -> Progress:
    """Whether a series is ahead of its line (时序进度超前、符合、滞后), year by year.

    Parameters
    ----------
    asked, actual : arrays of one shape; a missing actual is not judged
    better : ``"lower"`` or ``"higher"`` (下降率 counts as higher)
    """
    if better not in ("lower", "higher"):
        raise LookupError(unknown("方向", better, ("lower", "higher")))
    want, have = rounding.steps(finite(asked, "进度线"), decimals), rounding.steps(finite(actual, "实际值"), decimals)
    if want.shape != have.shape:
        raise ValueError(f"进度线 {want.shape} 与实际值 {have.shape} 须等长；尚无数据的年份给 NaN")
    ahead = (want - have if better == "lower" else have - want) / 10.0**decimals
    words = np.select([np.isnan(ahead), ahead > 0, ahead == 0], ["", "超前", "符合"], "滞后")
    return Progress(np.asarray(ahead), np.asarray(ahead >= 0), words.astype(str))


def needed_rate(now: ArrayLike, goal: ArrayLike, years_left: int) -> Numbers:
    """The yearly decline still needed [%] to come from `now` to `goal` in the years left (剩余年份年均须下降); 0 where already there."""
    if single(years_left, "剩余年数") < 1:
        raise ValueError(f"剩余年数须不小于 1，得到 {years_left}")
    aim, current = positive(goal, "目标值"), positive(now, "现值")
    one_shape(目标值=aim.shape, 现值=current.shape)
    ratio = aim / current
    return np.asarray(np.maximum((1.0 - ratio ** (1.0 / years_left)) * 100.0, 0.0))


@dataclass(frozen=True)
class Peak:
    """The highest year of a series against a dated goal (达峰)."""

    year: int
    """of the highest value; the latest of equals"""
    value: float
    years_since: int
    last_year: int
    """the last year that satisfies “before”: 2029 for 2030年前"""
    state: str
    """未达峰（仍在最高）, 峰后下降, 已过期限仍未达峰"""


def peak(years: ArrayLike, values: ArrayLike, *, before: int) -> Peak:
    """Where a series stands towards a peak before a year (碳排放达峰时限; “2030年前” means by 2029 at the latest).

    A highest year followed by lower ones is a peak so far, not a proof: a later year may exceed it.
    """
    when, given = wholes(years, "年份", 9999), amount(values, "排放量")
    if when.shape != given.shape or when.ndim != 1 or not when.size:
        raise ValueError(f"年份 {when.shape} 与排放量 {given.shape} 须等长，至少一年")
    if (np.diff(when) <= 0).any():
        raise ValueError("年份须由早到晚，不重复")
    if np.isnan(numbers(given)).any():
        raise ValueError(f"{when[np.isnan(given)].tolist()} 年缺排放量，不能断定峰值")
    at = given.size - 1 - int(np.argmax(given[::-1]))
    last, year = int(when[-1]), int(when[at])
    if year == last:
        state = "未达峰" if last < before else "已过期限仍未达峰"
    else:
        state = "峰后下降" if year < before else "峰值晚于期限"
    return Peak(year, float(given[at]), last - year, before - 1, state)


arguments.guard(__name__)
