"""What a bureau declares here: indicators (指标口径); schemes stand in ``schemes``."""

from __future__ import annotations

import datetime as dt
import re
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from qingshan.bureau.base import countable
from qingshan.bureau.base.packs import Declaration, kinds
from qingshan.bureau.base.packs.declared import Part
from qingshan.bureau.indicators.declared_sources import Formula, Observations, RegisterRows, Source
from qingshan.bureau.indicators.methods import methods
from qingshan.terms import items
from qingshan.terms.registry import unknown

LEVELS = ("national", "province", "city", "town", "micro")


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

    code: str = Field(pattern=r"^KQ-\d{2,3}$")
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
    groups: tuple[str, ...] = ()
    """what it belongs to on the page of definitions (空气、水、任务 …); empty: by its source"""
    change: Literal["percent", "difference"] = "percent"
    work: str = ""
    """words (正则) of a plan's tasks in the same unit that are measured by it: 淘汰柴油车300辆"""
    since_version: int = Field(1, alias="version")

    @model_validator(mode="after")
    def _work_is_a_pattern(self) -> Indicator:
        try:
            re.compile(self.work)
        except re.error as error:
            raise ValueError(f"work：“{self.work}”不是正则表达式：{error}") from None
        return self

    @model_validator(mode="after")
    def _validity_fits(self) -> Indicator:
        if isinstance(self.source, Observations) and self.validity.months and self.source.medium != "air":
            object.__setattr__(self, "validity", self.validity.model_copy(update={"months": False}))
        return self

    def faults(self, catalogue) -> list[str]:
        lines = []
        if isinstance(self.source, RegisterRows):
            rows = self.source
            lines += [f"source.{said}" for said in countable.faults(catalogue, rows.register_name, rows.columns(), rows.types())]
            if not lines and rows.rule not in (there := countable.known(catalogue)[rows.register_name].duties) and rows.rule:
                lines.append(f"source.rule：{unknown(f'“{rows.register_name}”的 must', rows.rule, there)}")
        known = catalogue.items.get("indicators", {})
        if self.source.kind == "cases":
            flows = catalogue.items.get("cases", {})
            lines += [f"source.workflow：{unknown('流程', name, flows)}" for name in self.source.workflow if name not in flows]
            lines += [] if lines else [f"source.{said}" for said in self.source.faults({n: v[-1].declaration for n, v in flows.items()})]
        if isinstance(self.source, Formula):
            lines += [f"source.expression：{unknown('指标口径', name, known)}" for name in self.source.names if name not in known]
            circle = _circle(self.name, known)
            lines += [f"source.expression：口径互相引用成环：{' → '.join(circle)}"] if circle else []
        lists = {**catalogue.items.get("roster_kinds", {}), **catalogue.items.get("rosters", {})}
        named = {"roster": self.source.roster, "apart": self.source.apart}
        lines += [f"source.{key}：{unknown('名单', name, lists)}" for key, name in named.items() if name and name not in lists]
        lines += [
            f"code：{self.code} 已由“{name}”使用"
            for name, versions in known.items()
            if name != self.name and name < self.name and any(f.declaration.code == self.code for f in versions)
        ]
        return lines

    @property
    def items(self) -> tuple[str, ...]:
        """The items its values rest on; none where they are counted from rows."""
        if not isinstance(self.source, Observations):
            return ()
        return (self.source.item,) if self.source.item else self.source.items or (items.AIR if self.source.medium == "air" else ())

    @property
    def is_sensitive(self) -> bool:
        """Whether an edition of the index or its limits changes the value: then comparisons across a change say so."""
        return bool(self.source.method) and methods[self.source.method].is_sensitive

    @property
    def medium(self) -> str:
        """The medium it speaks of; "" where it is not measured."""
        return self.source.medium if isinstance(self.source, Observations) else ""


def _circle(start: str, known) -> list[str]:
    """The way from a formula back to itself through other formulas; empty where there is none."""

    def below(name: str) -> list[str]:
        found = known.get(name)
        source = found[-1].declaration.source if found else None
        return list(source.names) if isinstance(source, Formula) else []

    stack = [[start]]
    seen = set()
    while stack:
        way = stack.pop()
        for name in below(way[-1]):
            if name == start:
                return [*way, start]
            if name not in seen:
                seen.add(name)
                stack.append([*way, name])
    return []


@kinds.add("groups")
class Group(Declaration):
    """Areas or stations that are looked at together though no administrative area holds them (流域、片区)."""

    words: ClassVar[str] = "区域分组"

    areas: tuple[str, ...] = ()
    """codes of areas, with all that lies in them"""
    stations: tuple[str, ...] = ()
    """codes of stations; where given, only these count"""

    @model_validator(mode="after")
    def _holds_something(self) -> Group:
        if not self.areas and not self.stations:
            raise ValueError("areas、stations 至少写一个")
        return self


@kinds.add("seasons")
class Season(Declaration):
    """A span of days that comes every year under its own name (采暖期、汛期)."""

    words: ClassVar[str] = "季节时段"

    first: str = Field(pattern=r"^\d{2}-\d{2}$")
    last: str = Field(pattern=r"^\d{2}-\d{2}$")
    """before `first`: it ends in the year after"""

    @model_validator(mode="after")
    def _are_days(self) -> Season:
        for text in (self.first, self.last):
            try:
                dt.date.fromisoformat(f"2024-{text}")
            except ValueError:
                raise ValueError(f"“{text}”不是月日，例如 11-15") from None
        return self
