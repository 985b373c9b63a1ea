"""The items of a scheme (考核项): where a value comes from, which number of it is taken, how it becomes points."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Literal

from pydantic import ConfigDict, Field, model_validator

from qingshan.bureau.base.packs.declared import Part
from qingshan.methods import scoring

NAME = r"^[a-z][a-z0-9_]{0,39}$"
Better = Literal["lower", "higher"]


class Said(Part):
    """A table of a scheme: its numbers are finite."""

    model_config = ConfigDict(allow_inf_nan=False)


class Take(Said):
    """Which number of an item enters: its value, its change against last year's same span, or its ratio to a target."""

    kind: Literal["value", "change", "difference", "ratio"] = "value"
    target: float | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _ratio_has_a_target(self) -> Take:
        if (self.kind == "ratio") != (self.target is not None):
            raise ValueError("take：ratio（目标完成比）要写 target，其他取法不写")
        return self


class Value(Said):
    """The value itself is ranked (直接排名): for a scheme of one item, which has no points."""

    kind: Literal["value"]


class Points(Said):
    """The value is already points (直接计分), held between `floor` and the item's weight."""

    kind: Literal["points"]
    floor: float = 0.0


class Linear(Said):
    """Points by straight line between two values (线性计分)."""

    kind: Literal["linear"]
    zero_at: float
    full_at: float

    @model_validator(mode="after")
    def _two_points(self) -> Linear:
        if self.zero_at == self.full_at:
            raise ValueError(f"零分点与满分点都是 {self.zero_at:g}，两点不能相同")
        return self


class Efficacy(Said):
    """Efficacy coefficient (功效系数法); without `worst`, `best` those of the period's units."""

    kind: Literal["efficacy"]
    worst: float | None = None
    best: float | None = None
    base: float = Field(60, ge=0, le=100)
    """points of the worst, in percent of the item's weight"""


class Step(Said):
    """One band: up to `upto`, included; the last has none."""

    upto: float | None = None
    points: float


class Bands(Said):
    """Points by bands (分档计分), rising without overlap."""

    kind: Literal["bands"]
    step: tuple[Step, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _rise(self) -> Bands:
        scoring.bands([0.0], self.table())
        return self

    def table(self) -> tuple[scoring.Band, ...]:
        return tuple(scoring.Band(math.inf if s.upto is None else s.upto, s.points) for s in self.step)


class Deduct(Said):
    """Points off for each unit beyond what is allowed (扣分), down to a floor (扣完为止)."""

    kind: Literal["deduct"]
    allowed: float = 0.0
    per: float = Field(1.0, gt=0)
    points: float = Field(ge=0)
    floor: float = 0.0
    whole: Literal["", "up", "down"] = ""
    """part of a unit: by proportion, as one, or not at all"""


class ByPlace(Said):
    """Points by the place among the units (位次分)."""

    kind: Literal["rank"]
    step: float = Field(1.0, ge=0)
    floor: float = 0.0
    table: tuple[float, ...] = ()


Transform = Value | Points | Linear | Efficacy | Bands | Deduct | ByPlace


class Ratchet(Said):
    """Points lost for being worse than before (只能更好、不能变坏); never a reward."""

    against: Literal["last_year", "best"] = "last_year"
    """last year's same span, or the best year of `figures`"""
    figures: str = ""
    points: float = Field(ge=0)
    per: float = Field(1.0, gt=0)
    allowed: float = Field(0.0, ge=0)
    cap: float | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _best_has_figures(self) -> Ratchet:
        if (self.against == "best") != bool(self.figures):
            raise ValueError("ratchet：与历年最好比要写 figures（历年数据），与去年比不写")
        return self


class Item(Said):
    """One item: where its value comes from, its full marks, and how a value becomes points."""

    name: str = Field(pattern=NAME)
    title: str = ""
    indicator: str = ""
    """an indicator's value for the unit's area"""
    scheme: str = ""
    """the unit's score under another scheme"""
    figures: str = ""
    """imported figures of the unit"""
    entered: bool = False
    """a value people enter, with its evidence"""
    by: tuple[Literal["bureau", "town"], ...] = Field(("bureau",), min_length=1)
    """who enters it: the bureau; a township for its own villages, which the bureau then confirms"""
    unit: str = ""
    better: Better | None = None
    """needed where the value is entered; elsewhere the source says"""
    decimals: int | None = Field(None, ge=0, le=4)
    weight: float = Field(0.0, ge=0)
    """full marks; the points of `transform` are written in them"""
    span: Literal["period", "to_date"] = "period"
    over: Literal["mean", "sum", "last"] = "mean"
    """how months come together where the period is longer than what was given"""
    take: Take = Take()
    transform: Transform = Field(discriminator="kind")
    ratchet: Ratchet | None = None

    @model_validator(mode="after")
    def _one_source_and_points_that_fit(self) -> Item:
        where = [w for w in ("indicator", "scheme", "figures", "entered") if getattr(self, w)]
        if len(where) != 1:
            raise ValueError(f"“{self.name}”的来源要写一个：indicator、scheme、figures 或 entered = true；写了 {len(where)} 个")
        if self.entered and (not self.title or self.better is None):
            raise ValueError(f"填报项“{self.name}”要写 title 和 better（lower 低为好、higher 高为好）")
        if not self.entered and self.by != ("bureau",):
            raise ValueError(f"“{self.name}”不是填报项，不写 by（由谁填报）")
        t, full = self.transform, self.weight
        if isinstance(t, Value):
            if full or self.ratchet:
                raise ValueError(f"“{self.name}”直接排名（value），没有分值和不退步扣分")
            return self
        if full <= 0:
            raise ValueError(f"“{self.name}”要写 weight（分值），大于 0")
        if isinstance(t, Bands) and (wrong := [s.points for s in t.step if not -full <= s.points <= full]):
            raise ValueError(f"“{self.name}”有一档 {wrong[0]:g} 分，超过分值 {full:g}")
        if isinstance(t, Deduct | ByPlace | Points) and t.floor > full:
            raise ValueError(f"“{self.name}”的保底分 {t.floor:g} 高于分值 {full:g}")
        if isinstance(t, ByPlace) and t.table and (any(b > a for a, b in pairwise((full, *t.table))) or t.floor > t.table[-1]):
            raise ValueError(f"“{self.name}”的名次分表要由大到小，第一名不超过分值 {full:g}，最后不低于保底分")
        if self.ratchet and self.take.kind in ("change", "difference"):
            raise ValueError(f"“{self.name}”已按同比计分，不能再按不退步扣分")
        return self

    @property
    def source(self) -> str:
        return self.indicator or self.scheme or self.figures or "entered"
