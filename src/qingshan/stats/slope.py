"""Slope of a series over time (变化速率): Theil–Sen with a seeded bootstrap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qingshan.stats.columns import Numbers, numbers
from qingshan.terms import arguments


@dataclass(frozen=True)
class Slope:
    """A line through the medians, and how sure it is (Theil–Sen 斜率)."""

    slope: float
    """per unit of time"""
    intercept: float
    """median of values − slope × median of times"""
    lower: float
    upper: float
    """of the slope, at the level asked for"""
    intercept_lower: float
    intercept_upper: float
    p: float
    """two-sided, share of resampled slopes beyond zero"""
    n: int

    @property
    def stars(self) -> str:
        """``***`` p < 0.001, ``**`` p < 0.01, ``*`` p < 0.05, ``+`` p < 0.1; empty otherwise."""
        return next((s for bound, s in ((0.001, "***"), (0.01, "**"), (0.05, "*"), (0.1, "+")) if self.p < bound), "")


def _medians(x: Numbers, y: Numbers) -> tuple[float, float]:
    i, j = np.triu_indices(x.size, 1)
    run = x[j] - x[i]
    apart = run != 0
    if not apart.any():
        return float("nan"), float("nan")
    slope = float(np.median((y[j] - y[i])[apart] / run[apart]))
    return slope, float(np.median(y) - slope * np.median(x))


def theil_sen(times: ArrayLike, values: ArrayLike, *, resamples: int = 599, level: float = 0.95, seed: int = 1) -> Slope:
    """The median of all slopes between two points, its interval and p-value by bootstrap (Theil–Sen).

    Parameters
    ----------
    times : (n,), in any unit (days, years): the slope is per this unit
    values : (n,), NaN takes no part; fewer than 6 values give NaN throughout
    resamples, seed : of the bootstrap; the same seed gives the same interval
    level : of the interval
    """
    x, y = numbers(times, "时间"), numbers(values, "序列")
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"时间 {x.shape} 与序列 {y.shape} 须等长")
    if not 0 < level < 1:
        raise ValueError(f"level 须在 0 与 1 之间，得到 {level}")
    there = ~(np.isnan(x) | np.isnan(y))
    x, y = x[there], y[there]
    nan = float("nan")
    if x.size < 6:
        return Slope(nan, nan, nan, nan, nan, nan, nan, int(x.size))
    origin = float(np.median(x))  # 以中位时刻为原点，数值稳
    slope, height = _medians(x - origin, y)
    random = np.random.default_rng(seed)
    found = np.array([_medians(x[k] - origin, y[k]) for k in random.integers(0, x.size, (resamples, x.size))])
    slopes, heights = found[:, 0], found[:, 1] - found[:, 0] * origin
    good = ~np.isnan(slopes)
    slopes, heights = np.sort(slopes[good]), np.sort(heights[good])
    below = ((slopes < 0).sum() + 0.5 * (slopes == 0).sum()) / max(slopes.size, 1)
    first = round((1 - level) / 2 * slopes.size)
    last = slopes.size - 1 - first
    return Slope(
        slope, height - slope * origin, float(slopes[first]), float(slopes[last]), float(heights[first]), float(heights[last]),
        2 * min(float(below), 1 - float(below)), int(x.size),
    )  # fmt: skip


arguments.guard(__name__)
