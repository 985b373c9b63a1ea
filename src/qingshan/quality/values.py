"""Checks of one series, value by value (逐值检查): range, step, spike, flat line, attenuated signal.

Each takes an array and gives flags of its shape, True where a value does not pass. The definitions are those of the QARTOD manuals as
``ioos_qc`` has them, so the two can be compared value by value (``benchmarks/quality.py``); a missing value is never flagged.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from qingshan.quality.series import clean, spread, whole
from qingshan.stats.columns import Flags, Numbers, series, single
from qingshan.terms import arguments


def out_of_range(values: ArrayLike, low: float, high: float) -> Flags:
    """Below `low` or above `high` (越限), both included in what is right; an infinite value is out of any range."""
    column = series(values)
    return np.asarray(np.isinf(column) | (column < low) | (column > high))


def steps(values: ArrayLike, most: float, *, hours: ArrayLike = 1.0) -> Flags:
    """Changes from the value before by more than `most` an hour (突变); the first, and one after a missing value, has no change.

    Parameters
    ----------
    hours : between two values that follow one another, one number or a column of one less than the values
    """
    column = clean(values)
    apart = np.asarray(series(np.atleast_1d(np.asarray(hours, float)), "间隔"))
    if not (apart > 0).all() or apart.size not in (1, max(column.size - 1, 0)):
        raise ValueError(f"间隔须大于 0，且为一个数或 {max(column.size - 1, 0)} 个，得到 {apart.size} 个")
    out = np.zeros(column.size, bool)
    if column.size > 1:
        out[1:] = np.abs(np.diff(column)) / apart > most
    return out


def _from_beside(column: Numbers) -> tuple[Numbers, Numbers]:
    beside = (column[:-2] + column[2:]) / 2
    return np.abs(column[1:-1] - beside), beside


def spikes(values: ArrayLike, most: float, *, times: float = 0.0) -> Flags:
    """Further than `most` from the mean of the two beside (尖峰), and than `times` that mean; the ends and the neighbours of gaps pass."""
    column, most, times = clean(values), single(most, "尖峰阈值"), single(times, "倍数")
    out = np.zeros(column.size, bool)
    if column.size > 2:
        off, beside = _from_beside(column)
        out[1:-1] = (off > most) & (off > times * np.abs(beside))
    return out


def flat_line(values: ArrayLike, count: int, tolerance: float) -> Flags:
    """The last of ``count + 1`` values that differ by less than `tolerance` in all (恒值); missing values among them are passed over."""
    column, count, tolerance = clean(values), whole(count, "个数"), single(tolerance, "容差")
    out = np.zeros(column.size, bool)
    if column.size <= count:
        return out
    range_ = spread(column, count + 1)
    out[count:] = (range_ < tolerance) & (range_ >= 0) & ~np.isnan(column[count:])
    return out


def attenuated(values: ArrayLike, width: int, least: float) -> Flags:
    """The last of `width` values whose standard deviation is below `least` (波动过小); windows with a gap pass."""
    column, width, least = clean(values), whole(width, "窗口", 2), single(least, "标准差")
    out = np.zeros(column.size, bool)
    if column.size < width:
        return out
    there = column[~np.isnan(column)]
    centred = column - (there.mean() if there.size else 0.0)
    filled = np.where(np.isnan(centred), 0.0, centred)
    total = np.concatenate([[0.0], np.cumsum(filled)])
    square = np.concatenate([[0.0], np.cumsum(filled * filled)])
    gaps = np.concatenate([[0], np.cumsum(np.isnan(column))])
    mean = (total[width:] - total[:-width]) / width
    variance = np.maximum((square[width:] - square[:-width]) / width - mean * mean, 0.0)
    out[width - 1 :] = (np.sqrt(variance) < least) & (gaps[width:] == gaps[:-width])
    return out


arguments.guard(__name__)
