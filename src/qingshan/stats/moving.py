"""Moving 8-hour means (8小时滑动平均) within a natural day. GB 3095—2026 3.11; label h stands for hours h−7 … h."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from qingshan.stats.columns import Numbers, numbers
from qingshan.stats.rounding import WRITTEN, mean_steps


@lru_cache(maxsize=8)
def _band(hours: int, width: int) -> Numbers:
    band = np.zeros((hours, hours - width + 1))
    for label in range(hours - width + 1):
        band[label : label + width, label] = 1.0
    band.setflags(write=False)
    return band


def sums(hours: ArrayLike, width: int, floor: float = -np.inf) -> tuple[Numbers, Numbers]:
    """Total in ten-thousandths (exact) and number of valid hours of every window of `width` within the last axis.

    Missing, infinite and below `floor` is not valid. A product with a band of ones adds whole numbers, hence exactly.
    """
    whole = np.rint(numbers(hours) * 10.0**WRITTEN)
    valid = (whole >= floor * 10.0**WRITTEN) & (whole < np.inf)
    if not valid.all():
        whole = np.where(valid, whole, 0.0)
    band = _band(whole.shape[-1], width)
    return whole @ band, valid.astype(float) @ band


def mean8h(hours: ArrayLike, decimals: int = 0, at_least: int = 6) -> Numbers:
    """The 17 moving 8-hour means of each day, labels 8 … 24, each rounded once to `decimals`.

    Parameters
    ----------
    hours : array_like, (…, 24): hour labels 1 … 24 of a natural day; NaN missing
    at_least : valid hours a mean needs (GB 3095—2026 表4: 6), otherwise NaN

    Returns
    -------
    ndarray, (…, 17)
    """
    total, count = sums(hours, 8)
    mean = mean_steps(total, np.where(count >= at_least, count, np.nan) * 10.0 ** (WRITTEN - decimals))
    return np.divide(mean, 10.0**decimals)
