"""Series of one variable by natural periods (时段聚合): means, extremes and percentiles with the share of data they rest on.

Labels here are instants on the clock of the series. For hours labelled by their end ask
:func:`qingshan.stats.clock.day_of` first; for the rules of GB 3095 ask :mod:`qingshan.stats.validity`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.stats.columns import Flags, Numbers, finite, numbers
from qingshan.terms import arguments
from qingshan.terms.registry import unknown

PERIODS = {"hour": "h", "day": "D", "month": "M", "year": "Y"}
"""Natural periods, with numpy's letter; ``"week"`` (from Monday), ``"quarter"`` and ``"half"`` beside them"""

_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}

STATISTICS = ("mean", "max", "min", "median", "sum", "count", "percentile")


@dataclass(frozen=True)
class Periods:
    """One value a period (时段统计值). Arrays (n_periods,), in order of time, from the first period with a label to the last."""

    start: NDArray[np.datetime64]
    value: Numbers
    count: NDArray[np.int64]
    """valid values"""
    of: NDArray[np.int64]
    """values there should be, at the interval of the series"""

    @property
    def share(self) -> Numbers:
        """Share of data (数据捕集率) [%]."""
        return np.asarray(100.0 * self.count / np.maximum(self.of, 1))


def period_of(times: ArrayLike, period: str) -> NDArray[np.datetime64]:
    """The first day of the natural period (or the hour) of each label: ``"hour", "day", "week", "month",
    "quarter", "half", "year"``."""
    at = arguments.moments(times, "s", "时间")
    if period == "week":
        day = at.astype("datetime64[D]")
        return np.asarray(day - ((day.astype(np.int64) + 3) % 7).astype("timedelta64[D]"))
    if period in ("quarter", "half"):
        month = at.astype("datetime64[M]")
        return np.asarray((month - (month.astype(np.int64) % _MONTHS[period]).astype("timedelta64[M]")).astype("datetime64[D]"))
    if period not in PERIODS:
        raise LookupError(unknown("时段", period, (*PERIODS, "week", "quarter", "half")))
    return np.asarray(at.astype(f"datetime64[{PERIODS[period]}]").astype("datetime64[h]" if period == "hour" else "datetime64[D]"))


def period_end(starts: ArrayLike, period: str) -> NDArray[np.datetime64]:
    """The last day of the natural periods that begin on the days given: 2026-02-28 of the month of 2026-02-01."""
    start = period_of(starts, period).astype("datetime64[D]")
    if period in ("hour", "day", "week"):
        return np.asarray(start + (6 if period == "week" else 0))
    return np.asarray((start.astype("datetime64[M]") + _MONTHS[period]).astype("datetime64[D]") - 1)


def aggregate(
    times: ArrayLike, values: ArrayLike, period: str, statistic: str = "mean", *, percent: float = 50.0, at_least: float = 0.0,
    interval: np.timedelta64 | None = None,
) -> Periods:  # fmt: skip
    """Values of natural periods from a series (时段聚合).

    Parameters
    ----------
    times, values : (n,), any order; each instant once. NaN is missing
    period : see :func:`period_of`
    statistic : one of :data:`STATISTICS`; ``"percentile"`` is by linear rank (numpy's linear) at `percent`
    at_least : share of data a period needs [%], else NaN. 0: any value will do, which is no mean by GB 3095
    interval : of the series; by default the commonest gap between labels

    Returns
    -------
    Periods : `of` counts the instants of a period from the first label of the series to the last, so a period at an
        end is measured by the part the series covers
    """
    at, column = arguments.moments(times, "s", "时间"), numbers(values)
    if at.shape != column.shape or at.ndim != 1:
        raise ValueError(f"时标 {at.shape} 与数据 {column.shape} 须等长")
    if np.isnat(at).any():
        raise ValueError(f"{int(np.isnat(at).sum())} 个时标缺失")
    if statistic not in STATISTICS:
        raise LookupError(unknown("统计量", statistic, STATISTICS))
    if not 0 <= at_least <= 100:
        raise ValueError(f"at_least 为 0 至 100 的百分数，得到 {at_least}")
    if not 0 <= percent <= 100:
        raise ValueError(f"percent 为 0 至 100，得到 {percent}")
    empty = np.zeros(0, np.int64)
    if at.size == 0:
        return Periods(period_of(at, period), np.zeros(0), empty, empty)
    if (at[1:] <= at[:-1]).any():
        order = np.argsort(at, kind="stable")
        at, column = at[order], column[order]
    if (same := at[1:] == at[:-1]).any():
        raise ValueError(f"时标 {at[1:][same][0]} 重复")
    step = interval.astype("timedelta64[s]") if interval is not None else _gap(at)
    full = _starts(at[0], at[-1], period)
    after = full[-1:] + 1 if period == "hour" else period_end(full[-1:], period) + 1
    bounds = np.concatenate([full, after]).astype("datetime64[s]")
    size = full.size
    slot = np.repeat(np.arange(size), np.diff(np.searchsorted(at, bounds)))
    valid = ~np.isnan(column)
    count = np.bincount(slot[valid], minlength=size)
    value = _reduced(slot[valid], column[valid], size, statistic, percent)
    steps = -((at[0] - bounds) // step)  # 各时段起点之前的时标个数，进位
    of = np.diff(np.clip(steps.astype(np.int64), 0, int((at[-1] - at[0]) // step) + 1))
    enough: Flags = (count > 0) & (100.0 * count >= at_least * of)
    if statistic != "count":
        value = np.where(enough, value, np.nan)
    return Periods(full, value, count, of)


def _starts(first: np.datetime64, last: np.datetime64, period: str) -> NDArray[np.datetime64]:
    """The start of every natural period from that of the first instant to that of the last."""
    begin, end = period_of([first, last], period)
    if period in _MONTHS:
        months = np.arange(begin.astype("datetime64[M]"), end.astype("datetime64[M]") + 1, _MONTHS[period])
        return np.asarray(months.astype("datetime64[D]"))
    return np.asarray(np.arange(begin, end + 1, 7 if period == "week" else 1))


def _gap(at: NDArray[np.datetime64]) -> np.timedelta64:
    if at.size < 2:
        return np.timedelta64(3600, "s")
    gaps, times = np.unique(np.diff(at), return_counts=True)
    return np.timedelta64(gaps[times.argmax()])


def _reduced(slot: NDArray[np.intp], column: Numbers, size: int, statistic: str, percent: float) -> Numbers:
    count = np.bincount(slot, minlength=size).astype(float)
    if statistic == "count":
        return count
    if statistic in ("mean", "sum"):
        total = np.bincount(slot, weights=column, minlength=size)
        return np.asarray(total if statistic == "sum" else total / np.maximum(count, 1.0))
    if statistic in ("max", "min"):
        out = np.full(size, -np.inf if statistic == "max" else np.inf)
        (np.maximum if statistic == "max" else np.minimum).at(out, slot, column)
        return np.where(np.isfinite(out), out, np.nan)
    order = np.lexsort((column, slot))
    ordered, first = column[order], np.r_[0, np.cumsum(count)[:-1]].astype(np.int64)
    if ordered.size == 0:
        return np.full(size, np.nan)
    at = np.maximum(count - 1, 0) * ((50.0 if statistic == "median" else percent) / 100.0)
    low = np.floor(at + 1e-9).astype(np.int64)
    high = np.minimum(low + 1, np.maximum(count - 1, 0).astype(np.int64))
    bounded = [ordered[np.minimum(first + k, ordered.size - 1)] for k in (low, high)]
    return np.asarray(bounded[0] + (bounded[1] - bounded[0]) * np.maximum(at - low, 0.0))


def rolling_mean(values: ArrayLike, width: int, *, at_least: float = 75.0) -> Numbers:
    """Means of the `width` values up to and including each (滑动平均, 右对齐), along the last axis; NaN takes no part.

    Parameters
    ----------
    values : (…, n), one a step without gaps: give NaN where an hour is missing
    at_least : share of valid values a mean needs [%]. The first ``width − 1`` places lack values: they count as missing

    GB 3095's 8-hour means within a natural day, with their own validity and rounding, are :func:`qingshan.stats.moving.mean8h`.
    """
    column = numbers(values)
    if width < 1 or column.ndim == 0:
        raise ValueError(f"width 须为正整数，得到 {width}")
    valid = np.isfinite(column)
    pad = [(0, 0)] * (column.ndim - 1) + [(width, 0)]
    total = np.pad(np.where(valid, column, 0.0), pad).cumsum(axis=-1)
    count = np.pad(valid.astype(float), pad).cumsum(axis=-1)
    n = count[..., width:] - count[..., :-width]
    mean = (total[..., width:] - total[..., :-width]) / np.maximum(n, 1.0)
    return np.where((n > 0) & (100.0 * n >= at_least * width), mean, np.nan)


def mean_direction(direction: ArrayLike, speed: ArrayLike | None = None, axis: int = -1) -> Numbers:
    """Vector mean of wind directions [°], weighted by speed where given; NaN where none is there. 0 ≤ result < 360."""
    angle = np.deg2rad(finite(direction, "风向"))
    weight = np.ones(angle.shape) if speed is None else finite(speed, "风速")
    there = ~(np.isnan(angle) | np.isnan(weight))
    u = np.where(there, weight * np.sin(angle), 0.0).sum(axis=axis)
    v = np.where(there, weight * np.cos(angle), 0.0).sum(axis=axis)
    mean = np.round(np.rad2deg(np.arctan2(u, v)), 9) % 360.0
    return np.where(there.any(axis=axis), mean, np.nan)


arguments.guard(__name__)
