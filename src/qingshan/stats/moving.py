"""Moving 8-hour means (8小时滑动平均) within a natural day. GB 3095—2026 3.11; label h stands for hours h−7 … h."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from qingshan.stats.columns import Numbers, numbers
from qingshan.stats.rounding import WRITTEN, mean_steps


def sums(hours: ArrayLike, width: int, floor: float = -np.inf) -> tuple[Numbers, Numbers]:
    """Total in ten-thousandths (exact) and number of valid hours of every window of `width` within the last axis.

    Missing, infinite and below `floor` is not valid. Whole numbers add exactly, so a window is a difference of running totals.
    No matrix product: its threads would fight with those of whoever runs blocks side by side.
    """
    whole = np.rint(numbers(hours) * 10.0**WRITTEN)
    valid = (whole >= floor * 10.0**WRITTEN) & (whole < np.inf)
    if not valid.all():
        whole = np.where(valid, whole, 0.0)
    return _windows(whole, width), _windows(valid.astype(float), width)


def _windows(values: Numbers, width: int) -> Numbers:
    if values.shape[-1] == width:
        return np.asarray(values.sum(axis=-1, keepdims=True))
    running = values.cumsum(axis=-1)
    out: Numbers = running[..., width - 1 :].copy()
    out[..., 1:] -= running[..., :-width]
    return out


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
