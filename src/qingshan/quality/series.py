"""Series on a regular hour axis (逐时序列): spans of flags, sliding windows, the step of the last digit."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.stats.columns import Flags, Numbers, series
from qingshan.terms import arguments

LARGEST = 1e15
"""no measured value is larger, and sums and squares stay within a double"""
_CHUNK = 1 << 15
"""values handled at a time, so that a window's passes stay in the processor's cache"""
_STEPS = (1.0, 0.5, 0.1, 0.05, 0.01, 0.001, 0.0001)


def clean(values: ArrayLike, what: str = "数据") -> Numbers:
    """One flat series of numbers; what is infinite or beyond :data:`LARGEST`, which no check but the range can judge, becomes missing."""
    column = series(values, what)
    if column.ndim != 1:
        raise ValueError(f"{what}须为一列，得到 {column.ndim} 维")
    return np.where(np.abs(column) <= LARGEST, column, np.nan)


def whole(value: int, what: str, least: int = 1) -> int:
    """A count (个数) of at least so many; ValueError in words."""
    if not np.isfinite(value) or value < least:
        raise ValueError(f"{what}须不小于 {least}，得到 {value}")
    return int(value)


def spans(flags: ArrayLike, *, gap: int = 0) -> NDArray[np.int64]:
    """Runs of true flags as rows (start, stop), stop not included; runs at most `gap` apart are one (连续区间)."""
    column = np.asarray(flags, bool).ravel()
    edges = np.flatnonzero(np.diff(np.concatenate([[False], column, [False]]).astype(np.int8)))
    found = edges.reshape(-1, 2).astype(np.int64)
    if gap > 0 and len(found) > 1:
        apart = np.flatnonzero(found[1:, 0] - found[:-1, 1] > gap)
        found = np.column_stack([found[np.concatenate([[0], apart + 1]), 0], found[np.concatenate([apart, [len(found) - 1]]), 1]])
    return found


def window(column: Numbers, width: int, best: Callable[..., Numbers]) -> Numbers:
    """``best`` (np.minimum, np.maximum) over each `width` values that follow one another, by doubling: log2(width) passes."""
    size, out = 1, column
    while 2 * size <= width:
        out = best(out[:-size], out[size:])
        size *= 2
    return best(out[: out.size - (width - size)], out[width - size :]) if width > size else out


def spread(values: ArrayLike, width: int) -> Numbers:
    """Largest less smallest of each `width` values that follow one another (滑动极差), missing values aside; -inf where all are missing.

    One value shorter than the series for each but the first of a window; empty where the series is shorter than one.
    """
    column, width = clean(values), whole(width, "窗口")
    if column.size < width:
        return np.empty(0)
    gaps = bool(np.isnan(column).any())
    high, low = (np.where(np.isnan(column), -np.inf, column), np.where(np.isnan(column), np.inf, column)) if gaps else (column, column)
    out = np.empty(column.size - width + 1)
    for at in range(0, out.size, _CHUNK):
        end = min(at + _CHUNK, out.size)
        part = slice(at, end + width - 1)
        out[at:end] = window(high[part], width, np.maximum) - window(low[part], width, np.minimum)
    return out


def digit_step(values: ArrayLike, share: float = 0.995) -> float:
    """The step values are written in (最小分度): the coarsest of 1, 0.5, 0.1 … that fits so large a share of them; NaN where none."""
    there = clean(values)
    there = there[~np.isnan(there)]
    if not there.size:
        return np.nan
    for step in _STEPS:
        if np.mean(fits(there, step)) >= share:
            return step
    return np.nan


def fits(values: Numbers, step: float) -> Flags:
    """Which values are whole multiples of a step, as far as a double can tell."""
    parts = values / step
    return np.asarray(np.abs(parts - np.rint(parts)) < 1e-6 * np.maximum(1.0, np.abs(parts)))


def on_hours(times: ArrayLike, columns: Mapping[str, ArrayLike]) -> tuple[NDArray[np.datetime64], dict[str, Numbers]]:
    """Rows in any order onto an hour axis without holes (整点时间轴): hours without a row are missing; an hour that stands twice raises."""
    at = arguments.moments(times, "s", "时间").ravel()
    given = {name: series(values, name).ravel() for name, values in columns.items()}
    if wrong := [name for name, column in given.items() if column.size != at.size]:
        raise ValueError(f"{'、'.join(wrong)} 与时间须等长（{at.size} 个）")
    if not at.size:
        return np.empty(0, "M8[h]"), {name: np.empty(0) for name in given}
    if np.isnat(at).any():
        raise ValueError(f"时间：第 {int(np.flatnonzero(np.isnat(at))[0]) + 1} 个为空")
    hours = at.astype("M8[h]")
    if (hours != at).any():
        raise ValueError(f"时间：{at[hours != at][0]} 不是整点")
    place = (hours - hours.min()).astype(np.int64)
    if np.unique(place).size < place.size:
        again = np.flatnonzero(np.bincount(place) > 1)[0] if place.max() < 10_000_000 else 0
        raise ValueError(f"时间：{hours.min() + again} 出现不止一次；一个小时留一个值")
    if place.max() >= 10_000_000:
        raise ValueError(f"时间：从 {hours.min()} 到 {hours.max()}，跨度过大；请核对年份")
    axis = hours.min() + np.arange(int(place.max()) + 1)
    out = {}
    for name, column in given.items():
        out[name] = np.full(axis.size, np.nan)
        out[name][place] = column
    return axis, out


def half_step(values: ArrayLike) -> float:
    """Half of the step values are written in (半个分度): less is no change."""
    step = digit_step(values)
    return 1e-9 if np.isnan(step) else step / 2


def windows(size: int, width: int) -> list[tuple[int, int]]:
    """So many hours in pieces of `width`, the last one shorter (逐段)."""
    return [(a, min(a + width, size)) for a in range(0, size, whole(width, "窗口"))]


arguments.guard(__name__)
