"""Percentiles by linear rank (百分位数), HJ 663—2013 附录A."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from qingshan.stats.columns import Numbers, series
from qingshan.terms import arguments


def rank(n: int, percent: int) -> float:
    """The rank k = 1 + (n − 1)·p % that HJ 663 附录A gives a percentile among n values."""
    return 1 + (n - 1) * percent / 100


def percentile(values: ArrayLike, percent: int, axis: int = -1) -> Numbers:
    """Percentile along an axis; NaN cells take no part, NaN where all are missing. HJ 663—2013 附录A.

    ``k = 1 + (n − 1)·p %``, ``s = ⌊k⌋``, ``m = X(s) + (X(s+1) − X(s))·(k − s)``; the rank is split in whole
    numbers, so no 0.9 is a little less than nine tenths.

    Parameters
    ----------
    values : array_like, any shape
    percent : int, 1 … 99
    """
    if int(percent) != percent or not 0 < percent < 100:
        raise ValueError(f"百分位须为 1 至 99 的整数，得到 {percent}")
    column = np.moveaxis(series(values, "求百分位数的数据"), axis, -1)
    if column.shape[-1] == 0:
        return np.full(column.shape[:-1], np.nan)
    ordered = np.sort(column, axis=-1)
    n = column.shape[-1] - np.count_nonzero(np.isnan(ordered), axis=-1)
    s, rest = np.divmod(np.maximum(n - 1, 0) * int(percent), 100)
    low = np.take_along_axis(ordered, s[..., None], -1)[..., 0]
    high = np.take_along_axis(ordered, np.minimum(s + 1, np.maximum(n - 1, 0))[..., None], -1)[..., 0]
    return np.asarray(np.where(n > 0, (100 * low + (high - low) * rest) / 100, np.nan), float)


arguments.guard(__name__)
