"""Remaining budget of a percentile (百分位数剩余空间): how many high days the rest of the year may still bring.

HJ 663 附录A: among `N` ordered values ``k = 1 + (N − 1)·p %``; between the two values beside `k` the percentile lies in proportion.
So it is decided by two of the days, and whether one more high day breaks the target depends on whether it moves them. All in whole
numbers: values in ``10**-4``, the percentile in hundredths of that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qingshan.outlook.budget import IMPOSSIBLE, MET, MISSED, OPEN, SCALE, Whole, _counts, _decimals, _scaled
from qingshan.stats.columns import numbers
from qingshan.terms import arguments

HIGH = 2**40
"""a day of any height: above every value that can enter"""


@dataclass(frozen=True)
class PercentileBudget:
    """What is left of a percentile (百分位数剩余空间)."""

    now: float
    """the percentile of the days so far, unrounded; NaN without one"""
    affordable: int
    """days of any height still affordable where the other days left do not exceed the target; −1: not even then"""
    most: int
    """the same where the other days left are as low as can be; −1: impossible"""
    above: int
    """valid days so far above the target"""
    rank: tuple[int, int]
    """the two places, from the lowest, counted from 1, whose values decide the year's percentile"""
    verdict: str


def percentile(target: float, decimals: int, percent: int, values: ArrayLike, left: int) -> PercentileBudget:
    """High days still affordable so that the year's percentile, rounded, is not above the target. HJ 663—2013 附录A.

    Parameters
    ----------
    target : highest percentile allowed, with no more than `decimals` decimals
    decimals : of the year's percentile, rounded by GB/T 8170 before it is compared
    percent : 1 … 99
    values : valid daily statistics so far, up to four decimals; NaN are no days
    left : days left, each taken to become valid
    """
    if int(percent) != percent or not 0 < percent < 100:
        raise ValueError(f"百分位须为 1 至 99 的整数，得到 {percent}")
    goal = int(_scaled(target, SCALE, "目标值"))
    unit = 10 ** (SCALE - _decimals(decimals))
    if goal % unit or goal < 0:
        raise ValueError(f"目标值 {target!r} 须不小于 0，小数不多于 {decimals} 位")
    given = numbers(values, "日值").ravel()
    so_far = np.sort(_scaled(given[~np.isnan(given)], SCALE, "日值"))
    rest, n = int(_counts(left, "剩余天数")), so_far.size
    above = int((so_far > goal).sum())
    if n + rest == 0:
        return PercentileBudget(float("nan"), 0, 0, 0, (0, 0), OPEN)

    def meets(high: int, others: int) -> bool:
        added = np.concatenate([so_far, np.full(rest - high, others), np.full(high, HIGH)]).astype(np.int64)
        # 100·percentile ≤ 100·(goal + unit/2), the tie included where the goal's last digit is even; twice both sides
        edge = 100 * (2 * goal + unit)
        found = 2 * _hundredfold(np.sort(added), percent)
        return bool(found < edge or (found == edge and (goal // unit) % 2 == 0))

    affordable, most = _largest(lambda b: meets(b, goal), rest), _largest(lambda b: meets(b, 0), rest)
    if rest == 0:
        verdict = MET if affordable == 0 else MISSED
    else:
        verdict = IMPOSSIBLE if most < 0 else MET if affordable == rest else OPEN
    place = (n + rest - 1) * percent // 100 + 1
    now = _hundredfold(so_far, percent) / (100 * 10.0**SCALE) if n else float("nan")
    return PercentileBudget(now, affordable, most, above, (place, min(place + 1, n + rest)), verdict)


def _hundredfold(ordered: Whole, percent: int) -> int:
    s, rest = divmod((ordered.size - 1) * percent, 100)
    low, high = int(ordered[s]), int(ordered[min(s + 1, ordered.size - 1)])
    return 100 * low + (high - low) * rest


def _largest(holds: Callable[[int], bool], rest: int) -> int:
    """The largest number in 0 … rest for which it holds, −1 where for none; it holds up to a point and no further."""
    low, high = -1, rest
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


arguments.guard(__name__)
