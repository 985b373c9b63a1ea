"""Who makes up a district's mean, and its distance to a target (抠0.1微克): each unit's part, exactly.

The district's day is the mean of its units that are valid that day, its period the mean of its days. So with ``k(d)`` units on day `d`
and `n` days, a unit's weight is ``w = Σ 1/(k(d)·n)`` over its days, its part of the mean ``Σ x/(k(d)·n)``, and its part of the
distance to a target ``T`` is ``Σ (x − T)/(k(d)·n)``. Weights add up to 1, parts to the mean, gaps to ``mean − T``: nothing is left over.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.stats.columns import numbers
from qingshan.terms import arguments

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Parts:
    """Units' parts of a mean (贡献). Arrays (n_units,)."""

    mean: float
    """the district's, unrounded; NaN without a valid day"""
    own: Numbers
    """each unit's own mean over its days; NaN without one"""
    weight: Numbers
    part: Numbers
    """of the mean; they sum to it"""
    gap: Numbers
    """of the distance to the target, above 0: raises; they sum to ``mean − target``"""
    days: NDArray[np.int64]


def parts(values: ArrayLike, target: float, *, share: ArrayLike | None = None) -> Parts:
    """Each unit's part of the district's mean and of its distance to a target (各单位贡献).

    Parameters
    ----------
    values : (n_units, n_days) daily means; NaN where a unit has none that day. Days that the district has not (too few units) must
        be left out before.
    share : stations a unit stands for, (n_units, n_days) or (n_units,): a unit of two stations weighs two; by default 1
    """
    x = numbers(values, "日值")
    if x.ndim != 2:
        raise ValueError("日值须为（单位数，天数）的表")
    if np.isinf(x).any() or not np.isfinite(target):
        raise ValueError("日值和目标须为有限的数；缺测留空")
    has = ~np.isnan(x)
    many = np.ones(x.shape) if share is None else np.broadcast_to(numbers(share, "站点数").reshape(x.shape[0], -1), x.shape)
    many = np.where(has, many, 0.0)
    if np.any(many < 0):
        raise ValueError("权重须不小于 0")
    of_day = many.sum(axis=0)
    n = int((of_day > 0).sum())
    if n == 0:
        nothing = np.full(x.shape[0], np.nan)
        return Parts(float("nan"), nothing, nothing, nothing, nothing, np.zeros(x.shape[0], np.int64))
    each = np.divide(many, of_day * n, out=np.zeros(x.shape), where=of_day > 0)
    filled = np.where(has, x, 0.0)
    weight, part = each.sum(axis=1), (each * filled).sum(axis=1)
    mean = float(part.sum())
    days = (has & (many > 0)).sum(axis=1)
    total = (filled * (many > 0)).sum(axis=1)
    own = np.divide(total, days, out=np.full(x.shape[0], np.nan), where=days > 0)
    return Parts(mean, own, weight, part, part - weight * target, days)


def fall(parts_: Parts, to: ArrayLike) -> Numbers:
    """How far the district's mean falls where each unit's own mean comes down to `to`; 0 where it is there already (降到某值可降多少).

    A unit that comes down by the same amount on each of its days takes ``weight × amount`` off the district.
    """
    return np.asarray(parts_.weight * np.maximum(np.nan_to_num(parts_.own - numbers(to, "降到的值")), 0.0), float)


def shown(values: ArrayLike, decimals: int) -> Numbers:
    """Parts rounded for print so that they still sum to their rounded total: the largest remainders take what is over (合计不差)."""
    exact = np.nan_to_num(numbers(values, "贡献")) * 10.0**decimals
    whole = np.floor(exact + 1e-9)
    over = int(np.rint(exact.sum()) - whole.sum())
    order = np.lexsort((np.arange(exact.size), -np.round(exact - whole, 9)))
    whole[order[:over]] += 1
    return np.asarray(whole / 10.0**decimals + 0.0, float)


arguments.guard(__name__)
