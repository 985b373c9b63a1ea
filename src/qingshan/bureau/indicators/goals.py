"""Targets that can be worked back from (可倒算的目标): which indicators have a remaining budget, and when a target is just made."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from qingshan.bureau.indicators.declared import Indicator
from qingshan.bureau.indicators.values import figure
from qingshan.outlook import budget

AT_MOST, AT_LEAST = ("<=", "<"), (">=", ">")
COUNTS = ("good_days", "good_day_ratio", "heavy_days")
METHODS = ("mean", "percentile", *COUNTS, "composite_index")
SHARES = ("water.class_share", "water.target_ratio")
"""shares of sections, worked back from by ``section_budgets``"""
MOST_VALUE = 100_000
"""above which no target of an indicator lies"""


class CannotTell(ValueError):
    """No remaining budget can be told; the message says why and what to do."""


@dataclass(frozen=True)
class Goal:
    """A target as the page judges it: the operator and the number it is compared with after rounding."""

    operator: str
    value: float
    indicator: Indicator

    @property
    def capped(self) -> bool:
        return self.operator in AT_MOST

    @property
    def fit(self) -> float:
        return budget.edge(self.value, self.indicator.decimals, self.operator)

    @property
    def text(self) -> str:
        sign = {"<=": "≤", ">=": "≥"}.get(self.operator, self.operator)
        number = Decimal(str(self.value)).normalize()
        return f"{sign} {number:f}"

    @property
    def words(self) -> str:
        """When the published value just makes it, with the rounding said."""
        i, edge = self.indicator, self.fit
        if i.source.method in ("good_days", "heavy_days"):
            return f"全年{'不多于' if self.capped else '不少于'} {figure(edge, 0)} 天"
        side = "不高于" if self.capped else "不低于"
        return f"年值按 GB/T 8170 修约到 {i.decimals} 位小数后{side} {figure(edge, i.decimals)}，即为达到"


def method_of(indicator: Indicator) -> str:
    """The method by which it is computed from observations; empty for one that comes from elsewhere."""
    return str(getattr(indicator.source, "method", ""))


def may(indicator: Indicator) -> bool:
    """Whether a target of it can be worked back from: days of the air, or shares of sections."""
    return method_of(indicator) in (*METHODS, *SHARES)


def goal(indicator: Indicator, operator: str, value: float | None) -> Goal:
    """A target checked against its indicator; raises CannotTell with what is wrong."""
    if not may(indicator):
        raise CannotTell(f"“{indicator.title}”不作目标倒算：它的算法没有剩余空间可言")
    if value is None:
        raise CannotTell("这项目标没有写数值，不能倒算。请在台账里补上目标值，或在上面填一个")
    if operator not in (*AT_MOST, *AT_LEAST):
        raise CannotTell("目标要写成“不高于”“低于”“不少于”或“多于”一个数才能倒算")
    if (operator in AT_MOST) != (indicator.better == "lower"):
        side = "越低越好，目标却写“不少于”" if indicator.better == "lower" else "越高越好，目标却写“不高于”"
        raise CannotTell(f"目标方向与指标相反：{indicator.title}{side}。请核对原文并更正")
    if not 0 <= value <= MOST_VALUE or (indicator.unit == "%" and value > 100) or (indicator.unit == "天" and value > 366):
        raise CannotTell(f"目标值 {value:g}{indicator.unit} 不在可能的范围内，请核对")
    return Goal(operator, value, indicator)


def default_operator(indicator: Indicator) -> str:
    return "<=" if indicator.better == "lower" else ">="
