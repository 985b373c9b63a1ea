"""Values near a limit (限值附近): pile-ups just under it with a hole above, and pile-ups at one top value."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qingshan.quality.series import clean, digit_step, whole
from qingshan.stats.columns import single
from qingshan.terms import arguments


def few(seen: int, of: int, expected: float) -> float:
    """log10 of the chance of at most `seen` of `of`, each with the chance `expected` (二项分布下尾)."""
    seen, of, expected = whole(seen, "次数", 0), whole(of, "总数", 0), single(expected, "期望比例")
    if seen >= of or expected <= 0:
        return 0.0
    if expected >= 1:
        return -math.inf
    k = np.arange(seen + 1)
    log = np.array([math.lgamma(of + 1) - math.lgamma(i + 1) - math.lgamma(of - i + 1) for i in k.tolist()])
    log += k * math.log(expected) + (of - k) * math.log1p(-expected)
    top = float(log.max())
    return min((top + math.log(float(np.exp(log - top).sum()))) / math.log(10), 0.0)


def many(seen: int, of: int, expected: float) -> float:
    """log10 of the chance of at least `seen` of `of`, each with the chance `expected` (二项分布上尾)."""
    return few(whole(of, "总数", 0) - whole(seen, "次数", 0) if of >= seen else 0, of, 1 - single(expected, "期望比例"))


@dataclass(frozen=True)
class Hugging:
    """What stands about a limit (贴限)."""

    under: int
    """values of 0.9 to below 1 of the limit"""
    over: int
    """values above it up to 1.1"""
    expected: float
    """values above it that a smooth spread would have"""
    odds: float
    """log10 of the chance of so few"""
    share: float
    """of all values that stand just under the limit"""


def hugging(values: ArrayLike, limit: float) -> Hugging:
    """Values just under a limit against those just over it (贴限运行).

    A smooth spread falls off evenly, so as many are expected over it as n(0.9 to 1)² / n(0.8 to 0.9).
    Where it rises towards the limit no more above it than below are expected.
    """
    column, limit = clean(values), single(limit, "限值")
    if limit <= 0:
        raise ValueError(f"限值须大于 0，得到 {limit:g}")
    there = column[~np.isnan(column)] / limit
    below, under, over = (int(((there >= a) & (there < b)).sum()) for a, b in ((0.8, 0.9), (0.9, 1.0), (1.0, 1.1)))
    over -= int((there == 1.0).sum())
    under += int((there == 1.0).sum())
    expected = under * min(under / max(below, 1), 1.0)
    odds = few(over, under + over, expected / (under + expected)) if under else 0.0
    return Hugging(under, over, expected, odds, under / there.size if there.size else 0.0)


@dataclass(frozen=True)
class Clipping:
    """A pile-up at the highest value (封顶)."""

    top: float
    count: int
    near: int
    """values of the tenth of the range below it"""


def clipping(values: ArrayLike) -> Clipping:
    """How many values are the very highest, and how many stand close under it (封顶): a natural top thins out."""
    column = clean(values)
    there = column[~np.isnan(column)]
    if there.size < 2 or np.isnan(digit_step(there)):
        return Clipping(np.nan, 0, 0)
    top = float(there.max())
    reach = 0.1 * (top - float(np.median(there)))
    return Clipping(top, int((there == top).sum()), int(((there < top) & (there >= top - reach)).sum()))


arguments.guard(__name__)
