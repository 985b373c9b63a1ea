"""Moving 8-hour means (8小时滑动平均) within a natural day. GB 3095—2026 3.11; label h stands for hours h−7 … h."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.stats.columns import Flags, Numbers, numbers
from qingshan.stats.rounding import WRITTEN, mean_steps
from qingshan.terms import arguments


def sums(hours: ArrayLike, width: int, floor: float | Numbers = -np.inf) -> tuple[Numbers, Numbers]:
    """Total in ten-thousandths (exact) and number of valid hours of every window of `width` within the last axis.

    Missing, infinite and below `floor` is not valid. Whole numbers add exactly, in whatever order.
    No matrix product: its threads would fight with those of whoever runs blocks side by side.
    """
    whole = np.multiply(numbers(hours), 10.0**WRITTEN, order="C")
    np.rint(whole, out=whole)
    valid = whole >= np.multiply(floor, 10.0**WRITTEN)
    if np.fmin.reduce(whole, axis=None, initial=0.0) < 0.0:
        whole = np.where(valid, whole, 0.0)
    else:
        np.fmax(whole, 0.0, out=whole)
    total = _windows(whole, width)
    if not np.max(total, initial=0.0) < np.inf:  # an infinite hour shows in the totals, which are fewer
        valid &= whole < np.inf
        total = _windows(np.where(valid, whole, 0.0), width)
    return total, _counts(valid, width)


def _windows(values: NDArray[Any], width: int) -> NDArray[Any]:
    """Sums of every window within the last axis; a window over the end of a row is left out."""
    *shape, length = values.shape
    flat = values.reshape(-1)
    if width == length:
        return np.asarray(np.einsum("ij->i", values.reshape(-1, length))).reshape(*shape, 1)
    if flat.size == 0 or width & (width - 1):
        running = values.cumsum(axis=-1)
        out = running[..., width - 1 :].copy()
        out[..., 1:] -= running[..., :-width]
        return np.asarray(out)
    total, reach, run = np.empty_like(flat), flat.size, 1
    while run < width:  # sums of 2, 4, 8 …: over the whole column at once
        reach -= run
        np.add(flat[:reach], flat[run : run + reach], out=total[:reach])
        flat = total
        run *= 2
    return np.asarray(total.reshape(values.shape)[..., : length - width + 1])


def _counts(valid: Flags, width: int) -> Numbers:
    if width == valid.shape[-1] == 24 and valid.size:  # eight flags are the bytes of one word, and 24 fit into a byte
        words = valid.view(np.uint64).reshape(-1, 3)
        count = ((words[:, 0] + words[:, 1] + words[:, 2]) * np.uint64(0x0101010101010101)) >> np.uint64(56)
        return count.astype(float).reshape(*valid.shape[:-1], 1)
    return np.asarray(_windows(valid.view(np.uint8) if width < 256 else valid.astype(int), width).astype(float))


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


arguments.guard(__name__)
