"""What a scheme says beside its items (分组、加减分、等次、奖补、目标、发布): groups, extras, vetoes, grades, money, goals, publication."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from qingshan.bureau.indicators.scheme_items import NAME, Said


class Group(Said):
    """Units of one kind with their own items and weights (差异化考核). Items not named take no part."""

    name: str = Field(pattern=NAME)
    title: str
    units: tuple[str, ...] = ()
    """names or codes"""
    ends: tuple[str, ...] = ()
    """or by the end of the name: 街道, 镇, 乡"""
    weights: dict[str, float]

    def holds(self, name: str, code: str) -> bool:
        return name in self.units or code in self.units or bool(self.ends and name.endswith(self.ends))


class Extra(Said):
    """A bonus or a deduction beside the items (加分项、扣分项): entered, counted per unit of the value, with its own cap."""

    name: str = Field(pattern=NAME)
    title: str
    points: float
    """for each 1 entered; negative: a deduction"""
    cap: float = Field(ge=0)
    """most points it can give or take"""
    basis: str = ""


class Veto(Said):
    """What puts a unit into the last grade whatever its score (一票否决): anything above 0 entered."""

    name: str = Field(pattern=NAME)
    title: str
    basis: str = ""


class GradeRow(Said):
    """One grade, best first: from which score, for at most which share of the units."""

    name: str
    at_least: float | None = None
    share: float = Field(1.0, gt=0, le=1)


class Money(Said):
    """Money a result brings or costs (奖励、补偿、扣缴)."""

    title: str
    by: Literal["score", "item", "place", "last", "grade"]
    item: str = ""
    start: float = 0.0
    """beyond it money runs: below for a score, on the bad side for an item"""
    per: float = Field(1.0, gt=0)
    amount: float = 0.0
    """for each `per`; positive is received, negative paid"""
    cap: float | None = Field(None, ge=0)
    amounts: tuple[float, ...] = ()
    """by place: first, second … (`place`), or last, last but one … (`last`)"""
    grades: dict[str, float] = {}
    unit: str = "万元"
    basis: str = ""

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Money:
        need = {"score": self.amount, "item": self.amount and self.item, "place": self.amounts, "last": self.amounts, "grade": self.grades}
        if not need[self.by]:
            said = {"score": "amount", "item": "item 和 amount", "place": "amounts", "last": "amounts", "grade": "grades"}
            raise ValueError(f"“{self.title}”按 {self.by} 计，要写 {said[self.by]}")
        return self


class Goal(Said):
    """A place to hold (位次目标): not among the last so many, or within the first so many; `warn` places before it."""

    title: str
    units: tuple[str, ...] = ()
    """whose goal it is, by name; empty: every area of this district"""
    top: int | None = Field(None, ge=1)
    not_last: int | None = Field(None, ge=1)
    warn: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _one_goal(self) -> Goal:
        if (self.top is None) == (self.not_last is None):
            raise ValueError(f"“{self.title}”写 top（前几名）或 not_last（不进后几名）之一")
        return self


class Cutoff(Said):
    """Data received until when (数据截止): so many days after the period's end, at an hour."""

    days: int = Field(ge=1, le=366)
    hour: int = Field(24, ge=0, le=24)


class Publish(Said):
    """How a result is published."""

    two: bool = False
    """one person proposes, another confirms"""
    number: str = ""
    """the number it is given: 青环考〔{year}〕{n}号, or 第{n}期"""

    @model_validator(mode="after")
    def _number_counts(self) -> Publish:
        if self.number and "{n}" not in self.number:
            raise ValueError(f"文号“{self.number}”里要有 {{n}}（顺序号），可有 {{year}}")
        return self
