"""Rounding of values by GB/T 8170 (数值修约): half to even, on the decimal value, in one step."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from qingshan.stats.columns import Numbers, numbers, series
from qingshan.terms import arguments

WRITTEN = 4
"""Decimals with which values enter exact sums: hours and days are reported with no more."""


def steps(values: ArrayLike, decimals: int) -> Numbers:
    """Values as whole steps of ``10**-decimals``, ties to even (GB/T 8170 3.2); NaN stays NaN.

    A float stands for the decimal it was written as, so 1.015 is a tie although its double lies below.
    Exact for values written with up to six decimals more than asked.
    """
    with np.errstate(over="ignore"):  # 1e308 is infinite steps
        whole: Numbers = np.rint(np.round(numbers(values) * 10.0**decimals, 6)) + 0.0
    return whole


def half_even(values: ArrayLike, decimals: int) -> Numbers:
    """Values rounded to `decimals`, ties to even (GB/T 8170 3.2: 四舍六入五成双)."""
    return np.divide(steps(values, decimals), 10.0**decimals)


def mean_steps(total: ArrayLike, count: ArrayLike) -> Numbers:
    """``total / count`` in whole steps, ties to even; both whole, so the tie is decided exactly. NaN where count is 0."""
    total, count = numbers(total, "总和"), numbers(count, "个数")
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        whole: Numbers = np.rint(total / count)
        rest = total - whole * count  # exact, and at most half of count unless the quotient was itself rounded
        if (far := 2 * np.abs(rest) > np.abs(count)).any():
            whole = np.where(far, whole + np.sign(rest) * np.sign(count), whole)
    return np.where(np.isnan(rest), np.nan, whole + 0.0)


def mean(values: ArrayLike, decimals: int, axis: int = -1, written: int = WRITTEN) -> Numbers:
    """Arithmetic mean along an axis, rounded once and exactly to `decimals`; NaN cells take no part.

    `written` is the number of decimals the values carry, where they carry more than four (Cr6+: 6).

    A mean without its validity rule is not a mean: ask :mod:`qingshan.stats.validity` first.
    """
    with np.errstate(over="ignore"):
        whole = np.rint(series(values, "求均值的数据") * 10.0**written)
    missing = np.isnan(whole)
    total = np.where(missing, 0.0, whole).sum(axis=axis)
    count = whole.shape[axis] - np.count_nonzero(missing, axis=axis)
    return np.divide(mean_steps(total * 10.0**decimals, count * 10.0**written), 10.0**decimals)


arguments.guard(__name__)
