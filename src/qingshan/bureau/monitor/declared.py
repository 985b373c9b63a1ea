"""What a bureau declares about alarms: a rule with its level, networks, patience and consequence (报警规则)."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from qingshan.bureau.base.packs import Declaration, kinds
from qingshan.bureau.base.packs.declared import Part
from qingshan.bureau.sites.models import Level
from qingshan.terms import items
from qingshan.terms.registry import unknown


class Above(Part):
    """The level a value must be above: an index of HJ 633, or a value in the item's own unit."""

    iaqi: int | None = None
    """individual index (IAQI)"""
    value: float | None = None
    """concentration in the item's unit"""

    @model_validator(mode="after")
    def _one(self):
        if (self.iaqi is None) == (self.value is None):
            raise ValueError("above 须恰好写 iaqi（分指数）或 value（浓度）之一")
        return self


@kinds.add("alarms")
class Rule(Declaration):
    """When an hour's value opens an alarm, and what follows (报警规则)."""

    words: ClassVar[str] = "报警规则"

    item: str
    """SO2, NO2, CO, O3, PM10 or PM2.5"""
    window: str = Field("1h", pattern="^1h$")
    above: Above
    """the level an hour's value must be above"""
    level: tuple[Level, ...]
    """stations of which levels"""
    consecutive: int = Field(1, ge=1, le=24)
    """valid hours in a row before it opens"""
    quiet: int = Field(6, ge=0, le=168)
    """[h] after the end in which a new exceedance continues the same episode"""
    fresh: int = Field(3, ge=1, le=72)
    """[h] older values are history and open nothing"""
    order: str = ""
    """workflow (`cases`) opened for the responsible town; none where empty"""

    @model_validator(mode="after")
    def _known(self):
        if self.item not in items.AIR:
            raise ValueError(unknown("监测项目", self.item, items.AIR))
        return self

    def faults(self, catalogue) -> list[str]:
        said = catalogue.missing("cases", self.order) if self.order else None
        return [said] if said else []
