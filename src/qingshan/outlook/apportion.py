"""What is left, month by month (逐月分解): by the place's own season, or equally. The parts always add up to the whole."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.outlook.budget import Whole, _counts
from qingshan.stats.columns import numbers
from qingshan.terms import arguments

Numbers = NDArray[np.float64]


def by_season(allowed: float, days: ArrayLike, profile: ArrayLike) -> Numbers:
    """Mean allowed in each month left, in proportion to the place's own months (按本地季节分解).

    ``a(m) = a·Σd / Σ(d·p)·p(m)``: the day-weighted mean of the parts is `allowed` again.

    Parameters
    ----------
    allowed : mean of all days left
    days : days left in each month
    profile : mean of each month in earlier years, above 0; NaN anywhere makes the parts equal
    """
    n, usual = _counts(days, "天数").astype(float), numbers(profile, "往年月均值")
    if n.shape != usual.shape or n.ndim != 1:
        raise ValueError(f"天数有 {n.size} 个月，往年均值有 {usual.size} 个月")
    if np.any(usual < 0) or np.any(np.isinf(usual)):
        raise ValueError("往年月均值须为不小于 0 的数")
    if np.isnan(usual[n > 0]).any() or float((n * np.nan_to_num(usual)).sum()) == 0:
        return equally(allowed, days)
    return np.asarray(allowed * n.sum() / (n * np.nan_to_num(usual)).sum() * usual, float)


def equally(allowed: float, days: ArrayLike) -> Numbers:
    """The same mean for each month left (平均分解)."""
    return np.full(np.asarray(days).shape, float(allowed))


def whole(amount: int, weights: ArrayLike, most: ArrayLike | None = None) -> Whole:
    """A whole amount in whole parts, in proportion to the weights; the largest remainders take what is over (最大余数法).

    The parts sum to `amount`. A negative amount (already too much) is all on the first part. Equal remainders: the earlier first.

    Parameters
    ----------
    most : greatest part of each, as the days a month has left; what does not fit goes to the others. It must hold the amount in all.
    """
    share = numbers(weights, "各月权重")
    if share.ndim != 1 or share.size == 0 or np.any(share < 0) or not np.all(np.isfinite(share)):
        raise ValueError("各月权重须为不小于 0 的数")
    if int(amount) != amount:
        raise ValueError(f"天数或件数须为整数，得到 {amount}")
    top = np.full(share.size, np.iinfo(np.int64).max) if most is None else _counts(most, "各月上限")
    if top.shape != share.shape or (most is not None and int(amount) > int(top.sum())):
        raise ValueError(f"{amount} 超过各月上限之和")
    out: Whole = np.zeros(share.size, np.int64)
    if amount < 0:
        out[0] = amount
        return out
    while (rest := int(amount) - int(out.sum())) > 0:
        free = out < top
        weight = np.where(free, share, 0.0) if share[free].sum() > 0 else free.astype(float)
        out = np.minimum(out + _largest_remainders(rest, weight), top)
    return out


def _largest_remainders(amount: int, weight: Numbers) -> Whole:
    exact = amount * weight / weight.sum()
    out: Whole = np.floor(exact + 1e-9).astype(np.int64)
    order = np.lexsort((np.arange(weight.size), -np.round(exact - out, 9)))
    out[order[: amount - int(out.sum())]] += 1
    return out


arguments.guard(__name__)
