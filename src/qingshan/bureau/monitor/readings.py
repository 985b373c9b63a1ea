"""What a device's reading means here: item, unit, hour label, flag (读数换算). HJ 212—2017 附录 B、C."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from qingshan.terms import bounds
from qingshan.terms.items import Item

HOUR = timedelta(hours=1)
_PER_UG = {"ng/m³": 1e-3, "µg/m³": 1.0, "mg/m³": 1e3}  # µg/m³ in one of each
_PER_LITRE_S = {"L/s": 1.0, "m³/h": 1 / 3.6, "m³/s": 1000.0}  # L/s in one of each
_PER_MG_L = {"mg/L": 1.0, "µg/L": 1e-3, "g/L": 1e3}  # mg/L in one of each
UNITS = (*_PER_UG, *_PER_LITRE_S)
"""units that a device's profile must say, since factors come in several of a kind"""
FLAGS = {
    "N": "正常", "F": "停运", "M": "维护", "S": "手工输入", "D": "故障", "C": "校准", "T": "超测量范围", "B": "通讯异常",
}  # fmt: skip


class UnitUnknown(ValueError):
    """A unit from which the item cannot be converted."""


def convert(value: float, unit: str, item: Item) -> float:
    """`value` [unit] in the item's own unit. Exact powers of ten; raises UnitUnknown for a unit of another kind."""
    if unit == item.unit:
        return value
    if unit in _PER_LITRE_S and item.unit in _PER_LITRE_S:
        return value * _PER_LITRE_S[unit] / _PER_LITRE_S[item.unit]
    if unit in _PER_MG_L and item.unit in _PER_MG_L:
        return value * _PER_MG_L[unit] / _PER_MG_L[item.unit]
    if unit not in _PER_UG or item.unit not in _PER_UG:
        raise UnitUnknown(f"{item.symbol} 不能由“{unit}”换算为“{item.unit}”；可用单位：{'、'.join(units(item))}")
    power = round(math.log10(_PER_UG[unit] / _PER_UG[item.unit]))
    return value * 10.0**power if power >= 0 else value / 10.0**-power


def units(item: Item) -> tuple[str, ...]:
    """Units a device may send the item in."""
    return next((tuple(kind) for kind in (_PER_UG, _PER_LITRE_S, _PER_MG_L) if item.unit in kind), (item.unit,))


def suggest_unit(item: Item, values: list[float]) -> str:
    """The unit that makes the values those of outdoor air, or of water, by their median; "" when there is nothing to judge by.

    A suggestion for an operator to confirm, never applied by itself.
    """
    known = sorted(v for v in values if v > 0)
    if item.unit in _PER_LITRE_S or item.medium == "flue":
        return ""
    if not known:
        return "" if item.unit in (*_PER_UG, *_PER_MG_L) else item.unit
    typical = known[len(known) // 2]
    if item.unit in _PER_MG_L:
        bound = bounds.bounds("water").rows.get(item.symbol)
        return "µg/L" if bound is not None and typical > bound.median_above else item.unit
    if item.unit not in _PER_UG:
        return item.unit
    if item.symbol == "CO":
        return "mg/m³" if typical < 50 else "µg/m³"
    return "mg/m³" if typical < 1.5 else "µg/m³" if typical < 2500 else "ng/m³"


def hour_end(labelled: datetime, label: str) -> datetime:
    """The end-of-hour label of an hour record that its device labels by `label` ("start" or "end")."""
    whole = labelled.replace(minute=0, second=0, microsecond=0)
    if label == "start":
        return whole + HOUR
    return whole if labelled == whole else whole + HOUR


def minute_start(labelled: datetime, label: str, minutes: int) -> datetime:
    """The start of a minute record's period."""
    at = labelled.replace(second=0, microsecond=0)
    return at if label == "start" else at - timedelta(minutes=minutes)


def is_valid(flag: str | None) -> bool:
    """Whether a device flag lets the value count: N, or none at all. Every other flag, known or not, does not."""
    return (flag or "N") == "N"
