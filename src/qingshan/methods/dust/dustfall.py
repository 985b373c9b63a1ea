"""Dustfall (降尘量) by weight, HJ 1221—2021, in t/(km²·30d); and to and from t/(km²·month) as bulletins print it."""

from __future__ import annotations

import calendar
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.standards.edition import Edition
from qingshan.stats import rounding
from qingshan.stats.columns import Flags, Numbers, aligned, finite, numbers
from qingshan.terms import arguments


class Reach(IntEnum):
    """How far a result lies above what the method can tell (检出情况)."""

    MISSING = -1
    BELOW = 0
    """below the detection limit (低于方法检出限)"""
    DETECTED = 1
    """detected, below the quantification limit (检出但低于测定下限)"""
    QUANTIFIED = 2


def dustfall(
    std: Edition, crucible: ArrayLike, with_dust: ArrayLike, blank: ArrayLike, area: ArrayLike, days: ArrayLike,
    *, decimals: int | None = None,
) -> Numbers:  # fmt: skip
    """Dustfall of a jar [t/(km²·30d)]: M = (m1 − m0 − m2)/(S·n) × 30 × 10⁴. HJ 1221—2021.

    Parameters
    ----------
    std : Edition of HJ 1221
    crucible, with_dust, blank : m0, m1, m2 [g]: crucible empty, with dust, residue of the blank glycol
    area : S [cm²], of the mouth of the jar
    days : n, to 0.1 d
    decimals : of the result, by default those of the edition

    Returns
    -------
    ndarray: NaN where an input is missing; ValueError where area or days are not positive or the dust weighs less than nothing
        by more than the balance's 0.001 g
    """
    m0, m1, m2, s, n = aligned(坩埚质量m0=crucible, 坩埚与降尘质量m1=with_dust, 空白m2=blank, 集尘缸口面积S=area, 采样天数n=days)
    for what, column, unit in (("集尘缸口面积 S", s, "cm²"), ("采样天数 n", n, "d")):
        if (column <= 0).any():
            raise ValueError(f"{what} 须大于 0 [{unit}]，得到 {column[column <= 0].ravel()[0]:g}")
    rule = std.table("dustfall")
    net = np.round(m1 - m0 - m2, 6)
    if (net < -0.001).any():
        raise ValueError("m1 小于 m0 与 m2 之和：请核对 m0（空坩埚）、m1（坩埚与降尘）、m2（空白）的次序与单位（g）")
    days_read = rounding.half_even(n, int(rule["day_decimals"]))
    result = np.maximum(net, 0.0) * float(rule["factor"]) / (s * days_read)
    return rounding.half_even(np.round(result, 9), int(rule["decimals"]) if decimals is None else decimals)


def reach(std: Edition, value: ArrayLike) -> NDArray[np.int8]:
    """:class:`Reach` of results: below detection (0.3), below quantification (1.2), or quantified [t/(km²·30d)]. HJ 1221—2021."""
    rule, column = std.table("dustfall"), numbers(value, "降尘量")
    place = np.searchsorted([float(rule["detection"]), float(rule["quantification"])], np.nan_to_num(column), side="right")
    return np.where(np.isnan(column), Reach.MISSING, place).astype(np.int8)


def days_in_month(year: int, month: int) -> int:
    """Days of a month: 28 … 31."""
    return calendar.monthrange(year, month)[1]


def per_30_days(value: ArrayLike, days: ArrayLike, *, decimals: int = 1) -> Numbers:
    """t/(km²·month) (吨/月·平方公里) of a month or sampling of `days` days as t/(km²·30d)."""
    fall, span = aligned(降尘量=value, 天数=_days(days))
    return rounding.half_even(np.round(fall * 30.0 / span, 9), decimals)


def per_month(value: ArrayLike, days: ArrayLike, *, decimals: int = 1) -> Numbers:
    """t/(km²·30d) as t/(km²·month) of a month of `days` days."""
    fall, span = aligned(降尘量=value, 天数=_days(days))
    return rounding.half_even(np.round(fall * span / 30.0, 9), decimals)


def _days(days: ArrayLike) -> Numbers:
    column = finite(days, "天数")
    if (column <= 0).any():
        raise ValueError("天数须大于 0")
    return column


def meets_target(targets: Edition, value: ArrayLike, *, area: str) -> Flags:
    """Whether dustfall is not above the target of an area (降尘量控制要求); equal meets, NaN does not.

    Parameters
    ----------
    targets : Edition of 降尘量控制要求; area : as in its table; value : as published, one decimal
    """
    bar = rounding.steps(float(targets.row("target", area=area)["limit"]), 1)
    return np.asarray(rounding.steps(value, 1) <= bar)


arguments.guard(__name__)
