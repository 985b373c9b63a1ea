"""Ranks (排名): ties share the smaller place and the next place is skipped (1、1、3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.stats.columns import Numbers, numbers, one_shape, series, wholes
from qingshan.terms import arguments


def rank(*keys: ArrayLike, descending: tuple[bool, ...] | bool = False) -> NDArray[np.int64]:
    """Competition rank by one or more keys, the first deciding; equal in all keys is a tie (并列).

    Parameters
    ----------
    keys : array_like, one place each; smaller is better unless `descending` (one flag, or one a key).
        Give values as published, rounded: what prints the same is a tie.

    Returns
    -------
    ndarray of int: 1 is best. 0 where a key is missing: a place without data has no rank, it is not last.
    """
    columns = [numbers(k, "排名依据").ravel() for k in keys]
    if not columns:
        raise TypeError("排名至少要一个依据")
    flags = (descending,) * len(columns) if isinstance(descending, bool) else descending
    if len(flags) != len(columns) or len({c.size for c in columns}) != 1:
        raise ValueError(f"排名依据须等长且升降序各有说明：{[c.size for c in columns]}、{flags}")
    table = np.array([-c if down else c for c, down in zip(columns, flags, strict=True)])
    out = np.zeros(table.shape[1], np.int64)
    present = np.flatnonzero(~np.isnan(table).any(axis=0))
    if present.size == 0:
        return out
    order = present[np.lexsort(table[::-1, present])]
    fresh = np.r_[True, (table[:, order[1:]] != table[:, order[:-1]]).any(axis=0)]
    places = np.arange(1, order.size + 1)
    out[order] = np.maximum.accumulate(np.where(fresh, places, 0))
    return out


def spearman(values: ArrayLike) -> Numbers:
    """Spearman's rank correlation of series with time (秩相关系数), HJ 663 附录B: r = 1 − 6ΣD²/(N³ − N).

    Parameters
    ----------
    values : (…, n) in order of time. At least 5 periods; NaN with fewer or with a missing value.
        Ties take their mean rank, and r is then the correlation of the ranks: the short formula holds without ties only, with them it
        overstates r (0.5 for equal years). 0 where all periods are equal

    Returns
    -------
    ndarray, (…)
    """
    column = series(values, "趋势序列")
    n = column.shape[-1]
    if n < 5:
        return np.full(column.shape[:-1], np.nan)[()]
    below = (column[..., :, None] > column[..., None, :]).sum(axis=-1)
    equal = (column[..., :, None] == column[..., None, :]).sum(axis=-1)
    twice = 2 * below + equal + 1 - (n + 1)  # 两倍的秩离差，整数
    time = 2 * np.arange(1, n + 1) - (n + 1)
    spread = (twice**2).sum(axis=-1)
    r = (twice * time).sum(axis=-1) / np.sqrt(np.where(spread > 0, spread, 1) * float((time**2).sum()))
    return np.where(np.isnan(column).any(axis=-1), np.nan, r)[()]


def ends(places: ArrayLike, count: int) -> NDArray[np.intp]:
    """The places 1 … `count`, with all that tie for the last of them (前几名): indices in order of rank.

    With ties the list may name more than `count`; a place that is 0 (no data) is never named. For the worst, rank descending.
    """
    column = wholes(places, "名次", 10**9).ravel()
    if count < 1:
        raise ValueError(f"名次个数须为正整数，得到 {count}")
    named = np.flatnonzero((column >= 1) & (column <= count))
    return named[np.argsort(column[named], kind="stable")]


def movement(now: ArrayLike, before: ArrayLike) -> NDArray[np.int64]:
    """Places gained since the ranking before (名次升降): positive is up; 0 where either has no rank."""
    a, b = wholes(now, "本期名次", 10**9), wholes(before, "上期名次", 10**9)
    one_shape(本期名次=a.shape, 上期名次=b.shape)
    return np.where((a > 0) & (b > 0), b - a, 0)


arguments.guard(__name__)
