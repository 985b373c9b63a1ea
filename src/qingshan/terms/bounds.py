"""Plausible ranges of items (合理范围), one file a medium in ``ranges/``: for hints and refusals, never for an evaluation."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from qingshan.terms import items


@dataclass(frozen=True)
class Bound:
    """What values of an item can be (合理范围), in the unit of the item."""

    item: str
    medium: str
    low: float
    high: float
    """no true value lies outside"""
    largest_below: float = 0.0
    """a column whose largest value is below it is in a larger unit"""
    small: str = ""
    """that larger unit"""
    median_above: float = math.inf
    """a column whose median is above it is in a smaller unit"""
    large: str = ""


@dataclass(frozen=True)
class Bounds:
    """The plausible ranges of one medium (一种介质的合理范围)."""

    rows: dict[str, Bound]
    sentinel: tuple[float, ...]
    """numbers that usually stand for a missing value"""
    part: tuple[tuple[str, str, str], ...]
    """an item, the item it is a part of, and what it means where it is larger"""
    verify: tuple[str, ...]


@cache
def bounds(medium: str) -> Bounds:
    """The plausible ranges of a medium; empty for a medium without a file, LookupError for one there is not."""
    items.of_medium(medium)
    path = Path(__file__).parent / "ranges" / f"{medium}.toml"
    if not path.exists():
        return Bounds({}, (), (), ())
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    rows = {r["item"]: Bound(medium=medium, **r) for r in raw["row"]}
    parts = tuple((p["part"], p["whole"], p["words"]) for p in raw["part"])
    return Bounds(rows, tuple(map(float, raw["sentinel"])), parts, tuple(raw["verify"]))
