"""What a station's values may not pass on a day (限值): an outlet's permit or standard, a section's target class."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

from qingshan import standards
from qingshan.bureau.sites.models import OUTLETS, Station
from qingshan.methods import outlets, surface_water
from qingshan.terms import items

ASSESSMENT = "地表水环境质量评价办法"
RATE_UNIT, RATE_DECIMALS = "kg/h", 3
MEANS = {"hour": "小时值", "day": "日均值", "rate": "排放速率"}
"""what a limit is of, in words"""


def on(station: Station, day: date, of: str = "") -> dict[str, dict]:
    """The limits in force at a station on a day, by item: rows of {low, high, basis}, as :meth:`Outlet.limits_on` gives them.

    of : ``""`` of the mean its medium is held against, ``"day"`` of the day mean besides, ``"rate"`` of the emission rate [kg/h]
    """
    medium = station.network.medium
    if medium in OUTLETS:
        outlet = getattr(station, "outlet", None)
        return outlet.limits_on(day, of) if outlet else {}
    if medium != "water" or of or not station.target:
        return {}
    return _of_target(station.target, station.body or "river", day)


@lru_cache(maxsize=256)
def _of_target(target: str, water: str, day: date) -> dict[str, dict]:
    """The limits of the 21 items of a target class; those of no class (水温、总氮、粪大肠菌群) are not held against it."""
    std, rule = standards.get("GB 3838", at=day), standards.get(ASSESSMENT, at=day)
    grade = int(surface_water.read_classes([target])[0])
    if not 1 <= grade <= 5:
        return {}
    found = {}
    basis = f"{std.clause('limit')} {surface_water.class_words([grade])[0]}类{'（湖、库）' if water == 'lake' else ''}"
    for item in surface_water.basis(rule, "21").items:
        row = surface_water.limits(std, item, water)
        if row.sense == "range":
            low, high = row.low, row.high
        else:
            low, high = (row.limit[grade - 1], None) if row.sense == "lower" else (None, row.limit[grade - 1])
        found[item] = {"item": item, "low": low, "high": high, "basis": basis, "since": ""}
    return found


@dataclass(frozen=True)
class Passed:
    """How a value stands to its limits."""

    beyond: bool
    low: bool
    """whether it is the lower one that counts"""
    level: float
    words: str
    """高于限值 50 mg/L（GB 18918—2002 一级A）"""


def held(row: dict, item: str, medium: str, value: float, *, of: str = "hour", times: float = 1.0) -> Passed:
    """A value against its limits: rounded as it is printed for concentrations, equal is within; `times` the upper one."""
    decimals, unit = scale(item, medium, of)
    high = None if row["high"] is None else row["high"] * times
    beyond = bool(outlets.over(np.array([value]), decimals, high, row["low"])[0])
    low = row["low"] is not None and (high is None or value < row["low"] or (not beyond and value - row["low"] < high - value))
    level = row["low"] if low else high
    part = f" × {times:g}" if times != 1 and not low else ""
    basis = f"（{row['basis']}）" if row["basis"] else ""
    words = f"{'低于' if low else '高于'}{'下限' if low else '限值'} {row['low'] if low else row['high']:g}{part} {unit}{basis}"
    return Passed(beyond, low, float(level), words.replace(" （", "（").strip() if not unit else words)


def scale(item: str, medium: str, of: str) -> tuple[int, str]:
    """(decimals, unit) values of an item are compared and printed with."""
    if of == "rate":
        return RATE_DECIMALS, RATE_UNIT
    about = about_item(item, medium)
    return about.decimals, about.unit


def about_item(item: str, medium: str) -> items.Item:
    """The item in its medium; stations of the air measure weather and dust besides."""
    try:
        return items.get(item, medium)
    except LookupError:
        return items.get(item)


def any_item(symbol: str) -> str:
    """An item's symbol as people say it where the medium is not known: flue_SO2 is 烟气二氧化硫."""
    return f"烟气{items.get(symbol).name}" if symbol.startswith("flue_") else symbol
