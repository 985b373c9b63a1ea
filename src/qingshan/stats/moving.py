"""Moving 8-hour means (8小时滑动平均) within a natural day. GB 3095—2026 3.11; label h stands for hours h−7 … h."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.stats.columns import Flags, Numbers, numbers
from qingshan.stats.rounding import WRITTEN, mean_steps
from qingshan.terms import arguments


def day_sums(hours: ArrayLike, floor: float | Numbers = -np.inf) -> tuple[Numbers, Numbers]:
    """Total in ten-thousandths (exact) and number of valid hours over the last axis; (…,) each.

    Missing, infinite and below `floor` is not valid. Whole numbers add exactly, in whatever order.
    No matrix product: its threads would fight with those of whoever runs blocks side by side.
    """
    total, valid = _added(numbers(hours), floor, partial(np.einsum, "...h->..."))
    return total, _counts(valid)


def window_sums(hours: ArrayLike, width: int, floor: float = -np.inf) -> tuple[Numbers, NDArray[np.uint8]]:
    """:func:`day_sums` of every window of `width` hours, a power of two, within the last axis; the windows come FIRST: (windows, …).

    Hour by hour, over many days at once.
    """
    total, valid = _added(np.moveaxis(numbers(hours), -1, 0), floor, partial(_windows, width=width))
    return total, _windows(valid.view(np.uint8), width)


def _added(column: Numbers, floor: float | Numbers, add: Callable[[Numbers], Numbers]) -> tuple[Numbers, Flags]:
    """What `add` makes of the valid hours in ten-thousandths, and which are valid."""
    whole = np.multiply(column, 10.0**WRITTEN, order="C")
    np.rint(whole, out=whole)
    valid = whole >= np.multiply(floor, 10.0**WRITTEN)
    if np.fmin.reduce(whole, axis=None, initial=0.0) < 0.0:
        whole = np.where(valid, whole, 0.0)
    else:
        np.fmax(whole, 0.0, out=whole)
    total = add(whole)
    if not np.max(total, initial=0.0) < np.inf:  # an infinite hour shows in the totals, which are fewer
        valid &= whole < np.inf
        total = add(np.where(valid, whole, 0.0))
    return total, valid


def _windows(values: NDArray[Any], width: int) -> NDArray[Any]:
    """Sums of every window of `width` along the first axis: of 2, 4, 8 …"""
    run = 1
    while run < width:
        values = values[:-run] + values[run:]
        run *= 2
    return values


def _counts(valid: Flags) -> Numbers:
    """How many are true along the last axis."""
    if valid.shape[-1] != 24:
        return np.asarray(np.count_nonzero(valid, axis=-1), float)
    words = valid.view(np.uint64).reshape(-1, 3)  # eight flags are the bytes of one word, and 24 fit into a byte
    count = ((words[:, 0] + words[:, 1] + words[:, 2]) * np.uint64(0x0101010101010101)) >> np.uint64(56)
    return count.astype(float).reshape(valid.shape[:-1])


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
    total, count = window_sums(hours, 8)
    mean = mean_steps(total, np.where(count >= at_least, count, np.nan) * 10.0 ** (WRITTEN - decimals))
    return np.moveaxis(np.divide(mean, 10.0**decimals), 0, -1)


arguments.guard(__name__)
