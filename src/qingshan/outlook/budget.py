"""Remaining budget (剩余空间): what a target still allows in the days left of the year.

Days so far without a valid value count neither in the mean nor as good or bad; every day left is taken to become valid. So a
year with gaps is judged on its valid days, as HJ 663 judges it, and the figures change when a late value arrives.
All decisions are made in whole numbers: a target met to the last unit is met.
"""

from __future__ import annotations

from calendar import isleap
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import isfinite

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.stats.columns import numbers
from qingshan.terms import arguments

OPEN, MET, MISSED, IMPOSSIBLE = "open", "met", "missed", "impossible"
WORDS = {
    OPEN: "仍可争取",
    MET: "已经达到",
    MISSED: "没有达到",
    IMPOSSIBLE: "已不可能达到",
}
"""What each verdict is called. met: whatever comes; missed: the year is over; impossible: whatever comes"""

SCALE = 4
"""Decimals with which totals and targets enter: daily values are written with no more"""

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class MeanBudget:
    """What is left of a mean (均值剩余空间). Arrays have the shape of the arguments together."""

    allowed: NDArray[np.float64]
    """highest mean of the days left with which the year's rounded mean still meets the target; NaN with none left, < 0 when impossible"""
    shown: NDArray[np.float64]
    """the same cut (never rounded up) to one decimal more than the target's, for people; NaN where there is nothing to allow"""
    now: NDArray[np.float64]
    """mean so far, unrounded; NaN without a valid day"""
    verdict: NDArray[np.str_]


@dataclass(frozen=True)
class DayBudget:
    """What is left of a count of days (天数剩余空间). Arrays have the shape of the arguments together."""

    affordable: Whole
    """bad days still affordable among the days left; below 0: this many too many already"""
    needed: Whole
    """good days still needed among the days left; at least 0"""
    verdict: NDArray[np.str_]


def days_in_year(year: int) -> int:
    """365, or 366 in a leap year."""
    return 366 if isleap(year) else 365


def days_left(on: date) -> int:
    """Days after `on` to the 31st of December."""
    return (date(on.year, 12, 31) - on).days


def edge(target: float, decimals: int, operator: str) -> float:
    """The last published value that makes a target, in its own decimals, on the strict side (恰好达到的发布值).

    At most 33.04 with one decimal is at most 33.0; below 35 is at most 34.9; at least 83.3333 is at least 83.4.
    """
    if operator not in ("<=", "<", ">=", ">"):
        raise ValueError(f"比较“{operator}”不是 <=、<、>=、> 之一")
    if not isfinite(target):
        raise ValueError(f"目标值 {target!r} 须为有限的数")
    number, step, down = Decimal(str(target)), Decimal(1).scaleb(-_decimals(decimals)), operator in ("<=", "<")
    at = number.quantize(step, ROUND_FLOOR if down else ROUND_CEILING)
    if operator in ("<", ">") and at == number:
        at += -step if down else step
    return float(at)


def mean(target: ArrayLike, decimals: int, total: ArrayLike, days: ArrayLike, left: ArrayLike) -> MeanBudget:
    """Mean still allowed in the days left so that the year's mean, rounded, is not above the target.

    The year's mean is rounded to `decimals` by GB/T 8170 (ties to even) before it is compared: with a target of 35, 35.4999 meets
    it and 35.5 does not (it rounds to 36); with a target of 34, 34.5 does.

    Parameters
    ----------
    target : highest mean allowed, written with no more than `decimals` decimals
    decimals : of the year's mean
    total : sum of the valid daily values so far, up to four decimals
    days : how many valid daily values these are
    left : days left in the year, each taken to become valid
    """
    goal = _scaled(target, SCALE, "目标值")
    unit = 10 ** (SCALE - _decimals(decimals))
    if np.any(goal % unit):
        raise ValueError(f"目标值 {target!r} 的小数多于 {decimals} 位")
    so_far = _scaled(total, SCALE, "累计值")
    n, rest = _counts(days, "有效天数"), _counts(left, "剩余天数")
    goal, so_far, n, rest = np.broadcast_arrays(goal, so_far, n, rest)
    whole = n + rest
    # mean ≤ goal + unit/2, the tie included where the goal's last digit is even; twice both sides, so all is whole
    room = (2 * goal + unit) * whole - np.where((goal // unit) % 2 == 0, 0, 1)
    most = room // 2 - so_far  # greatest whole sum of the days left: 2 · (so_far + sum) ≤ room
    over = (rest == 0) & (whole > 0)
    verdict = np.full(whole.shape, OPEN, dtype="U10")
    verdict[(most < 0) & (rest > 0)] = IMPOSSIBLE
    verdict[over] = np.where(most[over] >= 0, MET, MISSED)
    with np.errstate(invalid="ignore", divide="ignore"):
        allowed = np.where(rest > 0, most / (rest * 10.0**SCALE), np.nan)
        cut = 10 ** (SCALE - min(decimals + 1, SCALE))
        shown = np.where((rest > 0) & (most >= 0), (most // (np.maximum(rest, 1) * cut)) / (10.0**SCALE / cut), np.nan)
        now = np.where(n > 0, so_far / (n * 10.0**SCALE), np.nan)
    return MeanBudget(allowed, shown, now, verdict)


def good_ratio(target: ArrayLike, decimals: int, good: ArrayLike, days: ArrayLike, left: ArrayLike) -> DayBudget:
    """Bad days still affordable so that the share of good days, rounded, is not below the target [%] (优良天数比例).

    Parameters
    ----------
    target : lowest share allowed [%], written with no more than `decimals` decimals
    decimals : of the share [%], rounded by GB/T 8170 before it is compared
    good, days : good days, and valid days in all, so far
    left : days left in the year, each taken to become valid
    """
    unit = 10 ** _decimals(decimals)
    goal = _scaled(target, decimals, "目标比例")
    g, n, rest = _counts(good, "优良天数"), _counts(days, "有效天数"), _counts(left, "剩余天数")
    goal, g, n, rest = np.broadcast_arrays(goal, g, n, rest)
    if np.any(g > n):
        raise ValueError("优良天数多于有效天数")
    if np.any((goal < 0) | (goal > 100 * unit)):
        raise ValueError(f"目标比例 {target!r} 须在 0 至 100 之间")
    whole = n + rest
    # 100·unit·good/whole ≥ goal − 1/2, the tie included where goal is even
    bar = (2 * goal - 1) * whole + np.where(goal % 2 == 0, 0, 1)
    least = np.maximum(-(-bar // (200 * unit)), 0)
    return _day_budget(g + rest - least, least - g, rest, whole)


def good_days(target: ArrayLike, good: ArrayLike, left: ArrayLike) -> DayBudget:
    """Bad days still affordable so that there are at least `target` good days in the year (优良天数)."""
    goal, g, rest = np.broadcast_arrays(_counts(target, "目标天数"), _counts(good, "优良天数"), _counts(left, "剩余天数"))
    return _day_budget(g + rest - goal, goal - g, rest, np.ones_like(rest))


def heavy_days(limit: ArrayLike, heavy: ArrayLike, left: ArrayLike) -> DayBudget:
    """Heavy-pollution days still affordable so that there are no more than `limit` in the year (重污染天数)."""
    most, h, rest = np.broadcast_arrays(_counts(limit, "上限天数"), _counts(heavy, "重污染天数"), _counts(left, "剩余天数"))
    return _day_budget(most - h, h + rest - most, rest, np.ones_like(rest))


@dataclass(frozen=True)
class TotalBudget:
    """What is left of a sum or a count (累计量剩余空间), as 3 000 vehicles checked. Arrays have the shape of the arguments together."""

    rest: NDArray[np.float64]
    """still to be done (至少) or still allowed (至多); below 0: already more than enough, or too much"""
    each: NDArray[np.float64]
    """of it, for each unit of time left; NaN with none left"""
    verdict: NDArray[np.str_]


def at_least(target: ArrayLike, done: ArrayLike, left: ArrayLike) -> TotalBudget:
    """What is still to be done so that a sum reaches `target`; `left` months, weeks or days remain (累计不少于)."""
    goal, so_far, rest = np.broadcast_arrays(_scaled(target, SCALE, "目标值"), _scaled(done, SCALE, "累计值"), _counts(left, "剩余期数"))
    most = goal - so_far
    verdict = np.where(most <= 0, MET, np.where(rest > 0, OPEN, MISSED)).astype("U10")
    return TotalBudget(most / 10.0**SCALE, _each(np.maximum(most, 0), rest), verdict)


def at_most(limit: ArrayLike, done: ArrayLike, left: ArrayLike) -> TotalBudget:
    """What a sum of amounts that are never negative may still take so that it stays within `limit` (累计不多于)."""
    goal, so_far, rest = np.broadcast_arrays(_scaled(limit, SCALE, "上限"), _scaled(done, SCALE, "累计值"), _counts(left, "剩余期数"))
    most = goal - so_far
    verdict = np.where(most < 0, np.where(rest > 0, IMPOSSIBLE, MISSED), np.where(rest > 0, OPEN, MET)).astype("U10")
    return TotalBudget(most / 10.0**SCALE, np.where(most >= 0, _each(most, rest), np.nan), verdict)


def _each(amount: Whole, rest: Whole) -> NDArray[np.float64]:
    return np.where(rest > 0, amount / (np.maximum(rest, 1) * 10.0**SCALE), np.nan)


def _day_budget(affordable: Whole, needed: Whole, rest: Whole, whole: Whole) -> DayBudget:
    verdict = np.full(rest.shape, OPEN, dtype="U10")
    verdict[(affordable >= rest) & (whole > 0)] = MET
    verdict[affordable < 0] = np.where(rest[affordable < 0] > 0, IMPOSSIBLE, MISSED)
    return DayBudget(np.minimum(affordable, rest), np.maximum(needed, 0), verdict)


def _decimals(decimals: int) -> int:
    if not 0 <= decimals <= SCALE:
        raise ValueError(f"小数位数须为 0 至 {SCALE}，得到 {decimals}")
    return decimals


def _scaled(values: ArrayLike, decimals: int, what: str) -> Whole:
    """Decimals as whole numbers of ``10**-decimals``; more decimals than that, or NaN, are refused."""
    column = numbers(values, what)
    scaled = column * 10.0**decimals
    whole = np.rint(scaled)
    if not np.all(np.isfinite(scaled)) or np.any(np.abs(scaled - whole) > 1e-4) or np.any(np.abs(whole) > 2**52):
        raise ValueError(f"{what} {values!r} 须为不多于 {decimals} 位小数的数")
    return whole.astype(np.int64)


def _counts(values: ArrayLike, what: str) -> Whole:
    column = numbers(values, what)
    whole = np.rint(np.where(np.isfinite(column) & (np.abs(column) < 2**53), column, -1.0)).astype(np.int64)
    if np.any(whole != column) or np.any(whole < 0):
        raise ValueError(f"{what} {values!r} 须为不小于 0 的整数")
    return whole


arguments.guard(__name__)
