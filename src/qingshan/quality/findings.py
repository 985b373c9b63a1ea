"""Leads (线索): what was seen, where, how strongly, and the article it could touch. A lead is never a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from qingshan.quality.declared import Law, law
from qingshan.stats.columns import Numbers, series
from qingshan.terms import arguments

STRENGTH = {1: "弱", 2: "中", 3: "强"}
_AROUND = 48
"""hours shown to each side of a lead"""


@dataclass(frozen=True)
class Finding:
    """One lead (线索)."""

    check: str
    item: str
    """symbol, or empty where the lead is of the whole place"""
    start: int
    """hour on the axis"""
    stop: int
    """not included"""
    strength: int
    """1 弱, 2 中, 3 强"""
    words: str
    law: Law
    numbers: Mapping[str, float] = field(default_factory=dict)
    """what the words rest on"""
    plot: Mapping[str, Numbers] = field(default_factory=dict)
    """hours and values to draw, some before and after included"""


def lead(
    check: str, item: str, start: int, stop: int, strength: int, said: str, numbers: Mapping[str, float], columns: Mapping[str, ArrayLike]
) -> Finding:  # fmt: skip
    """A lead in words: what was seen, what to rule out first, the article it could touch."""
    basis = law(check)
    if strength not in STRENGTH:
        raise ValueError(f"强度为 1 至 3，得到 {strength}")
    touch = f"；可能涉及{basis.regulation}{basis.article}" if basis.article else ""
    words = f"线索（{basis.title}，{STRENGTH[strength]}）：{said}。先排除：{basis.rule_out}{touch}。须由人核查，不是认定"
    low = max(int(start) - _AROUND, 0)
    shown = {name: series(column, name)[low : int(stop) + _AROUND].copy() for name, column in columns.items()}
    length = max((c.size for c in shown.values()), default=0)
    plot = {"hour": np.arange(low, low + length, dtype=float), **shown} if shown else {}
    return Finding(check, item, int(start), int(stop), strength, words, basis, dict(numbers), plot)


def graded(value: float, middle: float, strong: float) -> int:
    """Strength by a number that grows with it: 1, from `middle` on 2, from `strong` on 3."""
    return 3 if value >= strong else 2 if value >= middle else 1


arguments.guard(__name__)
