"""Remaining budget of sections of rivers and lakes (断面剩余空间): what the months left allow a section, and a share allows the rest.

A section's year is the mean of its months; a class is judged before any rounding, so a limit is met up to its last decimal. The
share of good sections is judged on the year's frozen number of sections (分母当年不变): one that was not measured does not leave it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.outlook.budget import IMPOSSIBLE, MET, MISSED, OPEN, Whole, _counts, _decimals, _scaled
from qingshan.stats.columns import numbers
from qingshan.terms import arguments

SENSES = ("max", "min")


@dataclass(frozen=True)
class SectionBudget:
    """What is left of one item at one section (断面单项剩余空间)."""

    now: float
    """mean of the months so far; NaN without one"""
    allowed: float
    """mean of the months left at which the year just meets the limit; NaN with none left"""
    verdict: str


@dataclass(frozen=True)
class ShareBudget:
    """What is left of a share of sections (断面比例剩余空间). Arrays have the shape of the arguments together."""

    needed: Whole
    """good sections the share needs in all"""
    lacking: Whole
    """of these still to be won among the undecided; at least 0"""
    spare: Whole
    """undecided sections that may fail; below 0: this many too many already"""
    verdict: NDArray[np.str_]


def section(limit: float, months: ArrayLike, left: int, *, sense: str = "max") -> SectionBudget:
    """Mean still allowed in the months left so that the year's mean of months meets the limit, unrounded (断面年均值).

    Parameters
    ----------
    limit : of the class aimed at, for this item
    months : monthly means so far, NaN where not measured: such a month takes no part
    left : months left, each taken to be measured
    sense : ``"max"``, or ``"min"`` for dissolved oxygen, which must not fall below
    """
    if sense not in SENSES:
        raise ValueError(f"方向须为 max（不高于）或 min（不低于），得到“{sense}”")
    given = numbers(months, "月均值").ravel()
    had = given[~np.isnan(given)]
    if np.isinf(had).any() or (had < 0).any() or not np.isfinite(limit):
        raise ValueError("月均值和限值须为不小于 0 的数；未监测的月份留空")
    rest, bar = int(_counts(left, "剩余月数")), Fraction(str(float(limit)))
    total = sum((Fraction(str(float(v))) for v in had), Fraction(0))
    now = float(total / had.size) if had.size else float("nan")
    room = bar * (had.size + rest) - total
    if rest == 0:
        meets = room >= 0 if sense == "max" else room <= 0
        return SectionBudget(now, float("nan"), OPEN if not had.size else MET if meets else MISSED)
    allowed = room / rest
    verdict = IMPOSSIBLE if sense == "max" and allowed < 0 else MET if sense == "min" and allowed <= 0 else OPEN
    return SectionBudget(now, float(allowed), verdict)


def share(target: ArrayLike, decimals: int, of: ArrayLike, good: ArrayLike, failed: ArrayLike) -> ShareBudget:
    """Undecided sections that may fail so that the share of good ones, rounded, is not below the target [%] (优良断面比例).

    Parameters
    ----------
    target : lowest share allowed [%], with no more than `decimals` decimals
    decimals : of the share [%], rounded by GB/T 8170 before it is compared
    of : sections in the year's frozen list (冻结分母)
    good, failed : sections that are good, or that have failed, whatever still comes; the others are undecided
    """
    unit = 10 ** _decimals(decimals)
    goal = _scaled(target, decimals, "目标比例")
    n, yes, no = _counts(of, "断面数"), _counts(good, "优良断面数"), _counts(failed, "不达标断面数")
    goal, n, yes, no = np.broadcast_arrays(goal, n, yes, no)
    if np.any(n == 0):
        raise ValueError("断面数为 0，不能计算比例")
    if np.any(yes + no > n):
        raise ValueError("优良断面与不达标断面之和多于断面总数")
    if np.any((goal < 0) | (goal > 100 * unit)):
        raise ValueError(f"目标比例 {target!r} 须在 0 至 100 之间")
    bar = (2 * goal - 1) * n + np.where(goal % 2 == 0, 0, 1)
    needed = np.maximum(-(-bar // (200 * unit)), 0)
    undecided = n - yes - no
    spare = n - no - needed
    verdict = np.full(n.shape, OPEN, dtype="U10")
    verdict[yes >= needed] = MET
    verdict[spare < 0] = np.where(undecided[spare < 0] > 0, IMPOSSIBLE, MISSED)
    return ShareBudget(needed, np.maximum(needed - yes, 0), np.minimum(spare, undecided), verdict)


arguments.guard(__name__)
