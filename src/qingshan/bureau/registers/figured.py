"""Numbers that follow from an entry's fields (算出的栏): days, arithmetic, scores of a check-list. Knows no database and no clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from pydantic import Field as Key
from pydantic import model_validator

from qingshan.bureau.base import expressions
from qingshan.bureau.base.packs.declared import Part


class Figure(Part):
    """A number nobody writes: it follows from other fields, and is shown, listed and counted like one of them."""

    name: str = Key(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    title: str = Key(min_length=1)
    unit: str = ""
    decimals: int = Key(0, ge=0, le=6)
    days: tuple[str, ...] = ()
    """from one date field to another [d]; the first day does not count"""
    workdays: bool = False
    """of `days`: working days only, by the declared holidays"""
    formula: str = ""
    """arithmetic on number fields and figures before it: ``quota + bought - verified``; empty where one is, or a denominator is 0"""
    score: dict[str, float] = {}
    """is-or-is-not field → points where it is; empty counts as not, all empty makes it empty"""

    @model_validator(mode="after")
    def _one_way(self) -> Figure:
        if [bool(self.days), bool(self.formula), bool(self.score)].count(True) != 1:
            raise ValueError(f"算出的栏“{self.title}”：days、formula、score 写一种")
        if self.days and len(self.days) != 2:
            raise ValueError(f"算出的栏“{self.title}”：days 写两个字段")
        if self.workdays and not self.days:
            raise ValueError(f"算出的栏“{self.title}”：workdays 只用于 days")
        if self.formula:
            expressions.parse(self.formula)
        return self

    @property
    def is_number(self) -> bool:
        return True

    @property
    def label(self) -> str:
        return f"{self.title}（{self.unit}）" if self.unit else self.title

    @property
    def inputs(self) -> tuple[str, ...]:
        """The fields it follows from."""
        return (*self.days, *(expressions.parse(self.formula).names if self.formula else ()), *self.score)

    @property
    def wants(self) -> str:
        """The type those fields must have."""
        return "date" if self.days else "flag" if self.score else "number"


def figured(of: Figure, values: Mapping[str, Any], calendar: Callable[[], Callable[[dt.date], bool]]) -> float | None:
    """The number; None where a field it needs is empty. `calendar()` tells which days are worked."""
    if of.score:
        said = [values.get(name) for name in of.score]
        return None if all(s is None for s in said) else round(sum(p for p, s in zip(of.score.values(), said, strict=True) if s), 9)
    given = [values.get(name) for name in of.inputs]
    if any(g in (None, "") for g in given):
        return None
    if of.days:
        first, last = (dt.date.fromisoformat(day) for day in given)
        if not of.workdays or last < first:
            return (last - first).days
        is_workday = calendar()
        return sum(is_workday(first + dt.timedelta(days=n)) for n in range(1, (last - first).days + 1))
    try:
        value = expressions.parse(of.formula).value({name: Fraction(str(g)) for name, g in zip(of.inputs, given, strict=True)})
    except expressions.ByZero:
        return None
    return round(float(value), 9)
