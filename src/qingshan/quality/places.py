"""A place against others (点位之间): parts larger than their wholes, a step against the neighbours, downstream against upstream."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qingshan.quality.series import LARGEST, clean, whole
from qingshan.stats.columns import Flags, Numbers, aligned, numbers, single
from qingshan.terms import arguments

_DAY = 24


def reversed_order(part: ArrayLike, whole_: ArrayLike, *, share: float, least: float) -> Flags:
    """Where a part is larger than its whole (倒挂) by more than instruments err: by `share` of the whole and by `least` [its unit]."""
    one, two = aligned(部分=np.atleast_1d(clean(part)), 整体=np.atleast_1d(clean(whole_)))
    return np.asarray(one - two > np.maximum(single(share, "相对误差") * np.abs(two), single(least, "绝对误差")))


@dataclass(frozen=True)
class Shift:
    """A lasting step of one place against others (与周边脱节)."""

    at: int
    """hour of the step"""
    stop: int
    """hour up to which the level was compared"""
    change: float
    """of ln(own / others), after less before"""
    score: float
    """the change over its usual size at other days"""


def ring(others: ArrayLike) -> Numbers:
    """The middle of the places around, hour by hour (周边中位数): rows are places; an hour with fewer than half of them is missing."""
    table = numbers(others, "周边")
    if table.ndim != 2:
        raise ValueError(f"周边须为点位 × 时间的表，得到 {table.ndim} 维")
    table = np.where(np.abs(table) <= LARGEST, table, np.nan)
    out = np.full(table.shape[1], np.nan)
    if not table.size:
        return out
    enough = 2 * (~np.isnan(table)).sum(axis=0) >= table.shape[0]
    if enough.any():
        out[enough] = np.nanmedian(table[:, enough], axis=0)
    return out


def shifts(own: ArrayLike, others: ArrayLike, *, days: int, least: float, score: float, offset: float, lag: int = 0) -> list[Shift]:
    """Days on which the level against others steps and stays (突然偏离): medians of so many days after and before.

    Parameters
    ----------
    others : one series of the same hours: :func:`ring` of the neighbours, or the section upstream
    least : change of ln(own / others) that counts
    score : change over 1.4826 × the median of such changes that counts
    offset : added to both, so that values near zero do not weigh [unit of the values]
    lag : hours water takes from the others to the place (传播时间)
    """
    one, two = aligned(点位=clean(own), 周边=clean(others))
    days, lag, offset = whole(days, "天数", 2), whole(lag, "滞后小时", 0), single(offset, "加数")
    if one.shape != two.shape:
        raise ValueError(f"点位与周边须等长，得到 {one.size} 与 {two.size}")
    two = np.concatenate([np.full(lag, np.nan), two])[: one.size]
    n = one.size // _DAY
    if n < 4 * days or offset <= 0:
        return []
    sound = (one >= 0) & (two >= 0)
    ratio = np.full(one.size, np.nan)
    ratio[sound] = np.log((one[sound] + offset) / (two[sound] + offset))
    level = _medians(ratio[: n * _DAY].reshape(n, _DAY))
    sides = np.lib.stride_tricks.sliding_window_view(level, days)
    middle = _medians(sides)
    change = np.full(n, np.nan)
    change[days : n - days + 1] = middle[days:] - middle[:-days]
    there = change[~np.isnan(change)]
    if there.size < days:
        return []
    usual = max(1.4826 * float(np.median(np.abs(there - np.median(there)))), 1e-6)
    out, left = [], np.where(np.isnan(change), 0.0, np.abs(change))
    while (day := int(np.argmax(left))) >= 0 and left[day] >= max(least, score * usual):
        out.append(Shift(day * _DAY, min((day + days) * _DAY, one.size), float(change[day]), float(left[day] / usual)))
        left[max(day - days, 0) : day + days] = 0.0
    return sorted(out, key=lambda s: s.at)


def _medians(rows: Numbers) -> Numbers:
    """The median of each row that has at least half of its values."""
    out = np.full(rows.shape[0], np.nan)
    enough = 2 * (~np.isnan(rows)).sum(axis=1) >= rows.shape[1]
    if enough.any():
        out[enough] = np.nanmedian(rows[enough], axis=1)
    return out


arguments.guard(__name__)
