"""What a bureau declares here: indicators (指标口径); schemes stand in ``schemes``."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from qingshan import standards
from qingshan.bureau.base.packs import Declaration, kinds
from qingshan.bureau.base.packs.declared import Part
from qingshan.bureau.indicators.methods import methods
from qingshan.terms import items
from qingshan.terms.registry import unknown

LEVELS = ("national", "province", "city", "town", "micro")


class Source(Part):
    """Where a value comes from: observations, by a method on the items named."""

    kind: Literal["observations"] = "observations"
    method: str
    item: str = ""
    percent: int | None = Field(None, ge=1, le=99)
    above: int | None = None
    """the index above (heavy) or up to which (good) a day counts"""
    standard: str
    statistics: str = "GB 3095"

    @model_validator(mode="after")
    def _names_are_known(self) -> Source:
        if self.method not in methods:
            raise ValueError(f"method：{unknown('指标算法', self.method, methods)}")
        if self.item and self.item not in items.AIR:
            raise ValueError(f"item：{unknown('监测项目', self.item, items.AIR)}")
        if not self.item and methods[self.method].needs_item:
            raise ValueError(f"method “{self.method}”要写明 item；可用：{'、'.join(items.AIR)}")
        if self.standard not in standards.codes():
            raise ValueError(f"standard：{unknown('标准', self.standard, standards.codes())}")
        return self


class Validity(Part):
    """What a value needs to be one: the rule of a standard for whole months and years, and a share of days for any span."""

    standard: str = "GB 3095"
    months: bool = True
    share: float = Field(0.75, ge=0, le=1)


class Sites(Part):
    """Which stations count for an area of each level (评价点位), by their own level."""

    district: tuple[str, ...] = ("national", "province", "city")
    town: tuple[str, ...] = ("national", "province", "city", "town")

    @model_validator(mode="after")
    def _levels_are_known(self) -> Sites:
        for level in (*self.district, *self.town):
            if level not in LEVELS:
                raise ValueError(unknown("站点级别", level, LEVELS))
        return self


@kinds.add("indicators")
class Indicator(Declaration):
    """One number, one definition (一数一口径): name, unit, direction, source, validity, decimals."""

    words: ClassVar[str] = "指标口径"

    code: str = Field(pattern=r"^KQ-\d{2}$")
    """the definition's number, shown beside every value"""
    short: str
    unit: str
    better: Literal["lower", "higher"]
    decimals: int = Field(ge=0, le=4)
    definition: str
    source: Source
    validity: Validity = Validity()
    sites: Sites = Sites()
    dust: Literal["exclude", "keep"] = "keep"
    """whether days on record as sand and dust are left out of particulate values"""
    change: Literal["percent", "difference"] = "percent"
    since_version: int = Field(1, alias="version")

    @property
    def items(self) -> tuple[str, ...]:
        """The items its values rest on."""
        return (self.source.item,) if self.source.item else items.AIR

    @property
    def is_sensitive(self) -> bool:
        """Whether an edition of the index or its limits changes the value: then comparisons across a change say so."""
        return methods[self.source.method].is_sensitive
