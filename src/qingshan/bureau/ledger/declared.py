"""Kinds of declaration that belong to the ledger: light schemes (亮灯规则)."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from qingshan.bureau.base.packs import Declaration, kinds

RHYTHMS = ("week", "ten_days", "month", "quarter", "event")


@kinds.add("lights")
class LightScheme(Declaration):
    """When a task's light turns: percentage points behind the time elapsed, days before the deadline, days of silence."""

    words: ClassVar[str] = "亮灯规则"

    amber_behind: float = Field(ge=0, le=100)
    """percentage points behind the time elapsed beyond which a task is amber"""
    red_behind: float = Field(ge=0, le=100)
    """and beyond which it is red"""
    due_soon: int = Field(ge=0, le=366)
    """[d] before the deadline from which an unfinished task is amber"""
    starting: float = Field(ge=0, le=100)
    """[%] of the time elapsed up to which a task without a return is “not started”"""
    silent: dict[str, int] = {}
    """[d] without a return that are too many, by rhythm: `week`, `ten_days`, `month`, `quarter`, `event`"""

    @model_validator(mode="after")
    def _in_order(self):
        if self.red_behind < self.amber_behind:
            raise ValueError(f"red_behind = {self.red_behind:g} 小于 amber_behind = {self.amber_behind:g}：红灯应比黄灯落后得多")
        for rhythm in self.silent:
            if rhythm not in RHYTHMS:
                raise ValueError(f"silent：没有反馈节奏“{rhythm}”；已有：{'、'.join(RHYTHMS)}")
        return self
