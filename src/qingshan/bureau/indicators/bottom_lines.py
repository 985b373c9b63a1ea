"""Lines that must hold all year (底线): an indicator, on which side of which value, and how it stands today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from qingshan.bureau.base import packs
from qingshan.bureau.base.packs import Declaration, kinds
from qingshan.bureau.indicators import pages, queries
from qingshan.bureau.indicators.assessments import Unknown
from qingshan.bureau.indicators.declared import Indicator
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.values import Value
from qingshan.terms.registry import unknown


@kinds.add("bottom_lines")
class BottomLine(Declaration):
    """A line that must hold all year (底线), shown on the start page: broken the day it is passed, not at the year's end."""

    words: ClassVar[str] = "底线"

    indicator: str
    """of the whole district, from January 1 to today"""
    operator: Literal["<=", ">="] = "<="
    value: float
    order: int = 50
    """its place, low first"""

    def faults(self, catalogue) -> list[str]:
        known = catalogue.items.get("indicators", {})
        return [] if self.indicator in known else [f"indicator：{unknown('指标口径', self.indicator, known)}"]

    def holds(self, found: float) -> bool:
        """Whether a value is on the right side; the value itself is."""
        return found <= self.value if self.operator == "<=" else found >= self.value


@dataclass(frozen=True)
class Standing:
    """A line and how it stands: its light, what it says, the card of the number behind it."""

    line: BottomLine
    indicator: Indicator
    value: Value
    light: str
    url: str

    @property
    def words(self) -> str:
        return f"{self.line.title} {self.value.text} {self.indicator.unit}" if self.light != "none" else f"{self.line.title} 数据不足"


def standings(day: date) -> list[Standing]:
    """Every line in force, for the whole district from January 1 to the day; none before there is a district."""
    lines = sorted(packs.all("bottom_lines", at=day).values(), key=lambda one: (one.order, one.name))
    period = Period.year_to(day)
    try:
        return [_standing(line, period) for line in lines]
    except Unknown:
        return []


def _standing(line: BottomLine, period: Period) -> Standing:
    value = queries.value(line.indicator, area=queries.assessment(period).district, period=period, comparison=False)
    light = "none" if value.value is None else "green" if line.holds(float(value.value)) else "red"
    return Standing(line, packs.get("indicators", line.indicator), value, light, pages.source(line.indicator, period))
