"""Ranks (排名): ties share the smaller place and the next place is skipped (1、1、3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.stats.columns import numbers


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


def spearman(values: ArrayLike) -> float:
    """Spearman's rank correlation of a series with time (秩相关系数), HJ 663 附录B: r = 1 − 6ΣD²/(N³ − N).

    Ties take their mean rank. At least 5 periods; NaN with fewer or with a missing value.
    """
    series = numbers(values, "趋势序列")
    n = series.size
    if n < 5 or np.isnan(series).any():
        return float("nan")
    below = (series[:, None] > series).sum(axis=1)
    equal = (series[:, None] == series).sum(axis=1)
    ranks = below + (equal + 1) / 2
    gap = ranks - np.arange(1, n + 1)
    return float(1 - 6 * (gap**2).sum() / (n**3 - n))
