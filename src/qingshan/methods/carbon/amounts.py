"""Amounts with their units: what a column of activity may be given in, and what is refused."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from qingshan.stats.columns import Numbers, amount
from qingshan.terms import arguments
from qingshan.terms.registry import unknown

UNITS = {
    "kg": ("mass", 1.0), "t": ("mass", 1e3), "万t": ("mass", 1e7),
    "m³": ("volume", 1.0), "万m³": ("volume", 1e4), "亿m³": ("volume", 1e8),
    "kWh": ("power", 1.0), "MWh": ("power", 1e3), "万kWh": ("power", 1e4), "亿kWh": ("power", 1e8),
    "MJ": ("heat", 1.0), "GJ": ("heat", 1e3), "TJ": ("heat", 1e6),
}  # fmt: skip
"""Units of activity, each with its kind of quantity and its size"""


def positive(values: ArrayLike, what: str) -> Numbers:
    """As :func:`amount`, and above 0 (分母): a base or a divisor."""
    return amount(values, what, above=True)


def converted(values: ArrayLike, unit: str, to: str, what: str) -> Numbers:
    """Amounts in another unit of the same quantity (换算): t ↔ 万t, kWh ↔ 亿kWh …; another quantity is refused."""
    for name in (unit, to):
        if not isinstance(name, str) or name not in UNITS:
            raise LookupError(unknown("单位", str(name), UNITS))
    kind, size = UNITS[unit]
    wanted, into = UNITS[to]
    if kind != wanted:
        raise ValueError(f"{what}：单位“{unit}”不能换算为“{to}”；可用：{'、'.join(_alike(wanted))}")
    return np.asarray(amount(values, what) * size / into)


def _alike(kind: str) -> Iterable[str]:
    return (name for name, (of, _) in UNITS.items() if of == kind)


arguments.guard(__name__)
