"""Seasonal decomposition (季节分解, STL) of a monthly or other regular series. Cleveland et al. 1990, J. Off. Stat. 6: 3–73."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qingshan.stats.columns import Numbers, numbers
from qingshan.terms import arguments


@dataclass(frozen=True)
class Parts:
    """A series in parts that add up to it (季节、趋势、余项). Arrays (n,)."""

    seasonal: Numbers
    trend: Numbers
    remainder: Numbers


def _odd(x: float) -> int:
    whole = round(x)
    return whole + (whole % 2 == 0)


def _fit(y: Numbers, window: int, at: float, left: int, right: int, robust: Numbers) -> float:
    """Loess of degree 1 at one place (1 … n), from the points left … right (1-based, both included)."""
    n = y.size
    place = np.arange(left, right + 1, dtype=float)
    reach = max(at - left, right - at)
    if window > n:
        reach += (window - n) // 2
    gap = np.abs(place - at)
    weight = np.where(gap <= 0.001 * reach, 1.0, np.where(gap <= 0.999 * reach, (1 - (gap / reach) ** 3) ** 3, 0.0))
    weight = weight * robust[left - 1 : right]
    total = weight.sum()
    if total <= 0:
        return float("nan")
    weight /= total
    if reach > 0:
        middle = (weight * place).sum()
        spread = (weight * (place - middle) ** 2).sum()
        if np.sqrt(spread) > 0.001 * (n - 1):
            weight = weight * (1 + (at - middle) / spread * (place - middle))
    return float((weight * y[left - 1 : right]).sum())


def _loess(y: Numbers, window: int, jump: int, robust: Numbers) -> Numbers:
    """Loess of degree 1 over 1 … n: fitted every `jump` places, straight lines between."""
    n = y.size
    if n < 2:
        return np.array(y)
    jump = min(jump, n - 1)
    out = np.full(n, np.nan)
    half = (window + 1) // 2
    places = list(range(1, n + 1, jump))
    for at in places:
        if window >= n:
            left, right = 1, n
        else:
            left = min(max(at - half + 1, 1), n - window + 1)
            right = left + window - 1
        fitted = _fit(y, window, float(at), left, right, robust)
        out[at - 1] = y[at - 1] if np.isnan(fitted) else fitted
    if places[-1] != n:
        if window >= n:
            left, right = 1, n
        else:
            left, right = n - window + 1, n
        fitted = _fit(y, window, float(n), left, right, robust)
        out[n - 1] = y[n - 1] if np.isnan(fitted) else fitted
    known = np.flatnonzero(~np.isnan(out))
    return np.asarray(np.interp(np.arange(n), known, out[known]))


def _cycles(y: Numbers, period: int, window: int, jump: int, robust: Numbers) -> Numbers:
    """Each place of the cycle smoothed over the years, one cycle more at either end: (n + 2·period,)."""
    out = np.empty(y.size + 2 * period)
    for month in range(period):
        mine, weight = y[month::period], robust[month::period]
        k = mine.size
        inner = _loess(mine, window, jump, weight)
        right = min(window, k)
        left = max(1, k - window + 1)
        before = _fit(mine, window, 0.0, 1, right, weight)
        after = _fit(mine, window, float(k + 1), left, k, weight)
        whole = np.r_[inner[0] if np.isnan(before) else before, inner, inner[-1] if np.isnan(after) else after]
        out[month::period][: k + 2] = whole
    return out


def _moving(x: Numbers, width: int) -> Numbers:
    total = np.r_[0.0, x.cumsum()]
    return np.asarray((total[width:] - total[:-width]) / width)


def _spread(rest: Numbers) -> float:
    """Six times the median of absolute remainders: beyond it a value has no weight."""
    return float(6 * np.median(rest))


def decompose(values: ArrayLike, period: int = 12, *, window: int = 11, robust: bool = True) -> Parts:
    """Seasonal, trend and remainder of a regular series by loess (STL, degree 1), as R's ``stl(s.degree = 1)`` computes it.

    R differs in one thing where `robust`: for an even number of values its partial sort is asked for the two middle places in falling
    order, leaves them out of place now and then, and the weights rest on something that is not the median. Here it is the median.

    Parameters
    ----------
    values : (n,), no value missing, n > 2·period
    window : years over which one month of the season is smoothed (odd, ≥ 7)
    robust : 15 rounds that give outliers less weight, of one inner loop each; otherwise 2 inner loops
    """
    y = numbers(values, "序列")
    n = y.size
    if y.ndim != 1 or n <= 2 * period:
        raise ValueError(f"季节分解须有两个以上完整周期（多于 {2 * period} 个值），得到 {n} 个")
    if np.isnan(y).any():
        raise ValueError("季节分解的序列不能有缺测；先补齐或用 fill")
    trend_window = _odd(np.ceil(1.5 * period / (1 - 1.5 / window)))
    low_window = _odd(period)
    jumps = [int(np.ceil(w / 10)) for w in (window, trend_window, low_window)]
    weight, ones = np.ones(n), np.ones(n)
    trend, seasonal = np.zeros(n), np.zeros(n)
    for outer in range(16 if robust else 1):
        for _ in range(1 if robust else 2):
            cycle = _cycles(y - trend, period, window, jumps[0], weight)
            low = _loess(_moving(_moving(_moving(cycle, period), period), 3), low_window, jumps[2], ones)
            seasonal = cycle[period : period + n] - low
            trend = _loess(y - seasonal, trend_window, jumps[1], weight)
        if robust and outer < 15:
            rest = np.abs(y - seasonal - trend)
            scale = _spread(rest)
            weight = np.where(rest <= 0.001 * scale, 1.0, np.where(rest <= 0.999 * scale, (1 - (rest / max(scale, 1e-300)) ** 2) ** 2, 0.0))
    return Parts(seasonal, trend, y - seasonal - trend)


def fill(values: ArrayLike, period: int = 12) -> Numbers:
    """The series with gaps filled in a straight line between neighbours; the ends by the nearest value (缺测插补)."""
    y = numbers(values, "序列")
    there = np.flatnonzero(~np.isnan(y))
    if there.size == 0:
        raise ValueError("整列缺测，无从插补")
    return np.interp(np.arange(y.size), there, y[there])


def deseasonalise(values: ArrayLike, period: int = 12, *, window: int = 11) -> Numbers:
    """The series without its season (去季节): trend and remainder of :func:`decompose`; missing values stay missing."""
    y = numbers(values, "序列")
    return np.where(np.isnan(y), np.nan, y - decompose(fill(y, period), period, window=window).seasonal)


arguments.guard(__name__)
