"""The digits values are written with (数字特征): the last digit, the step of the scale, and where either changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.quality.series import clean, digit_step, fits, spans, whole
from qingshan.terms import arguments

_COARSER = (10, 5, 2)
_TWO_DIGITS = 20
"""steps below which values thin out too fast for their last digits to be equal"""


@dataclass(frozen=True)
class LastDigit:
    """How the last digits of a series are spread (末位数字)."""

    counts: NDArray[np.int64]
    """of the digits 0 … 9"""
    chi2: float
    """with nine degrees of freedom, against equal shares; NaN where the series cannot be judged"""
    effect: float
    """chi2 over the number of values: 0 equal, 9 all one digit"""


def last_digit(values: ArrayLike, *, least: int = 500, span: float = 30.0) -> LastDigit:
    """The spread of last digits, of the step that four fifths of the values are written in.

    They are equal only where values span many steps: a series of fewer is not judged, nor are values below twenty steps.

    Parameters
    ----------
    least : values needed
    span : steps of the last digit between the 10th and 90th percentile needed
    """
    column, least = clean(values), whole(least, "个数")
    there, step = column[~np.isnan(column)], digit_step(column, 0.8)
    if not there.size or np.isnan(step) or np.abs(there).max() / step > 2.0**52:
        return LastDigit(np.zeros(10, np.int64), np.nan, np.nan)
    step = {0.5: 0.1, 0.05: 0.01}.get(step, step)
    there = there[fits(there, step) & (np.abs(there) >= _TWO_DIGITS * step)]
    if not there.size:
        return LastDigit(np.zeros(10, np.int64), np.nan, np.nan)
    counts = np.bincount((np.rint(np.abs(there) / step).astype(np.int64) % 10), minlength=10)
    low, high = np.quantile(there, (0.1, 0.9))
    if there.size < least or (high - low) / step < span:
        return LastDigit(counts, np.nan, np.nan)
    chi2 = float(((counts - there.size / 10) ** 2).sum() / (there.size / 10))
    return LastDigit(counts, chi2, chi2 / there.size)


@dataclass(frozen=True)
class Coarse:
    """Hours written in a coarser step than the rest (分度变粗)."""

    start: int
    stop: int
    step: float
    """of these hours"""
    usual: float
    """of the others"""


def coarser(values: ArrayLike, *, width: int, least: int) -> list[Coarse]:
    """Stretches all whose values are multiples of 2, 5 or 10 steps where the rest of the series is not (分辨率变化).

    Parameters
    ----------
    width : hours judged together
    least : values, of more than a few different sizes, that such a stretch must have
    """
    column, width, least = clean(values), whole(width, "窗口"), whole(least, "个数")
    step = digit_step(column)
    if np.isnan(step) or column.size < 2 * width:
        return []
    steps = np.rint(np.clip(np.nan_to_num(column) / step, -(2.0**52), 2.0**52)).astype(np.int64)
    there = ~np.isnan(column)
    starts = np.arange(0, column.size, width)
    count = np.add.reduceat(there.astype(np.int64), starts)
    varied = np.add.reduceat(np.concatenate([[False], np.diff(steps) != 0]).astype(np.int64), starts)
    taken, out = np.zeros(starts.size, bool), []
    for by in _COARSER:
        multiple = np.add.reduceat((there & (steps % by == 0)).astype(np.int64), starts)
        # 出现零次例外才算；按常年占比，偶然全中的机会须小到可以不计
        usual = min(max(multiple.sum() / max(count.sum(), 1), 1 / by), 0.95)
        whole_ = (count > 0) & (multiple == count) & ~taken & (varied * -np.log10(usual) >= 8)
        if not (usual < 0.75):
            continue
        for first, last in spans(whole_, gap=1).tolist():
            if count[first:last].sum() >= least:
                out.append(Coarse(int(starts[first]), int(min(starts[last - 1] + width, column.size)), by * step, step))
                taken[first:last] = True
    return sorted(out, key=lambda c: c.start)


arguments.guard(__name__)
