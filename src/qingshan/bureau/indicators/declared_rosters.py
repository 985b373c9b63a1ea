"""What a bureau declares of its year's lists (考核名单): which lists there are, and a list itself where it comes as a file."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from qingshan.bureau.base.packs import Declaration, kinds
from qingshan.bureau.base.packs.declared import Part
from qingshan.methods import groundwater, surface_water
from qingshan.terms import items
from qingshan.terms.registry import unknown

TARGETS = {"water": 5, "groundwater": 5, "sea": 4}
"""media with target classes, and how many classes may be one"""


def target(medium: str, said: str) -> str:
    """A target class as it is kept: Ⅲ for III类; LookupError or ValueError with what it may be."""
    if not said.strip():
        return ""
    if medium not in TARGETS:
        raise ValueError(f"{items.MEDIA[medium]}名单不写目标类别")
    found = int(surface_water.read_classes([said.strip().removeprefix("第")])[0])
    if not 1 <= found <= TARGETS[medium]:
        raise ValueError(f"“{said[:20]}”不能作目标类别；可填：{'、'.join(groundwater.LABELS[1 : TARGETS[medium] + 1])}")
    return groundwater.LABELS[found]


@kinds.add("roster_kinds")
class RosterKind(Declaration):
    """One list that is drawn up every year (名单种类): what its stations measure, which columns it has."""

    words: ClassVar[str] = "名单种类"

    medium: str
    also: tuple[str, ...] = ()
    """further media its stations may be of: wells among the drinking-water sources"""
    column: tuple[Literal["target", "river", "weight"], ...] = ()
    """what is written beside each station"""
    weight: str = ""
    """what the weight is, as people call it: 月取水量、面积、路段长度"""
    unit: str = ""
    """of the weight: 万m³、km²、km"""

    @model_validator(mode="after")
    def _fits_together(self) -> RosterKind:
        for medium in (self.medium, *self.also):
            if medium not in items.MEDIA:
                raise ValueError(f"medium：{unknown('介质', medium, items.MEDIA)}")
        if ("weight" in self.column) != bool(self.weight and self.unit):
            raise ValueError("column 有 weight 时要写明 weight（权重叫什么）和 unit，没有时都不写")
        return self

    @property
    def media(self) -> tuple[str, ...]:
        return (self.medium, *self.also)


class Rostered(Part):
    """One station of a year's list, with what the list says of it."""

    code: str
    """the station's code; one that is not registered stays on the list, as absent"""
    title: str = ""
    target: str = ""
    """the target class of the year; empty: the station's own"""
    river: str = ""
    """which river it lies on"""
    weight: float | None = Field(None, gt=0, allow_inf_nan=False)
    """how much it stands for, in the list's unit: intake volume a month, area, length of road"""


@kinds.add("rosters")
class Roster(Declaration):
    """The stations a year is judged by, fixed for the year (年度考核断面名单、水源清单、海域单元、道路路段)."""

    words: ClassVar[str] = "考核名单"

    medium: str
    unit: str = ""
    """of the weights: 万m³、km²、km"""
    station: tuple[Rostered, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_a_list(self) -> Roster:
        if self.medium not in items.MEDIA:
            raise ValueError(f"medium：{unknown('介质', self.medium, items.MEDIA)}")
        codes = [s.code for s in self.station]
        if twice := sorted({c for c in codes if codes.count(c) > 1}):
            raise ValueError(f"名单重复：{'、'.join(twice)}")
        try:
            for row in self.station:
                target(self.medium, row.target)
        except LookupError as error:
            raise ValueError(str(error)) from None
        if not self.unit and any(s.weight for s in self.station):
            raise ValueError("写了 weight 就要写明 unit，例如 万m³")
        return self
