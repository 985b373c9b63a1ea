"""Plausible ranges of items (合理范围), one file a medium in ``ranges/``: for hints and refusals, never for an evaluation."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from qingshan.terms import items
from qingshan.terms.units import unit_ratio


@dataclass(frozen=True)
class Bound:
    """What values of an item can be (合理范围), in the unit of the item."""

    item: str
    medium: str
    low: float = 0.0
    high: float = math.inf
    """no true value lies outside"""
    use: str = ""
    """the evaluation the range is for; empty for all others"""
    largest_below: float = 0.0
    """a column whose largest value is below it is in a larger unit"""
    median_below: float = 0.0
    """a column whose median is below it is in a larger unit"""
    small: str = ""
    """that larger unit"""
    median_above: float = math.inf
    """a column whose median is above it is in a smaller unit"""
    large: str = ""
    usual: tuple[float, float] = (0.0, math.inf)
    """where the median of a column usually lies: outside, and inside were it in one of `others`, speaks for that unit"""
    others: tuple[tuple[str, float], ...] = ()
    """units it is often given in, and what a value in each is multiplied by"""


@dataclass(frozen=True)
class Bounds:
    """The plausible ranges of one medium (一种介质的合理范围)."""

    rows: Mapping[str, Bound]
    sentinel: tuple[float, ...]
    """numbers that usually stand for a missing value"""
    part: tuple[tuple[str, str, str], ...]
    """an item, the item it is a part of, and what it means where it is larger"""
    verify: tuple[str, ...]


@cache
def bounds(medium: str, use: str = "") -> Bounds:
    """The plausible ranges of a medium; empty for a medium without a file, LookupError for one there is not.

    Parameters
    ----------
    use : evaluation whose own ranges go before the common ones (``"farmland"`` of soil); without any of its own, the common ones
    """
    items.of_medium(medium)
    path = Path(__file__).parent / "ranges" / f"{medium}.toml"
    if not path.exists():
        return Bounds({}, (), (), ())
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    of_use = sorted(raw["row"], key=lambda r: bool(r.get("use")))
    rows = {r["item"]: _bound(r, medium, raw.get("others", {})) for r in of_use if r.get("use", "") in ("", use)}
    parts = tuple((p["part"], p["whole"], p["words"]) for p in raw["part"])
    return Bounds(rows, tuple(map(float, raw["sentinel"])), parts, tuple(raw["verify"]))


def _bound(row: Mapping[str, Any], medium: str, others: Mapping[str, list[str]]) -> Bound:
    unit = items.get(row["item"], medium).unit
    names = row.get("others", others.get(unit, ())) if "usual" in row else ()
    usual = tuple(map(float, row.get("usual", Bound.usual)))
    return Bound(medium=medium, **{**row, "usual": usual, "others": tuple((other, _ratio(other, unit)) for other in names)})


def _ratio(other: str, unit: str) -> float:
    ratio = unit_ratio(other, unit)
    if ratio is None:
        raise LookupError(f"“{other}”不能换算为 {unit}")
    return ratio
