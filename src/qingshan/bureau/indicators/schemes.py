"""What a bureau declares of schemes (考核、排名方案): who is ranked, by which items, how points, ties, gaps and money are counted."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import ClassVar, Literal

from pydantic import ConfigDict, Field, model_validator

from qingshan.bureau.base.packs import Declaration, kinds
from qingshan.bureau.base.packs.declared import Part
from qingshan.methods import scoring
from qingshan.terms.registry import unknown

NAME = r"^[a-z][a-z0-9_]{0,39}$"
Better = Literal["lower", "higher"]
UNIT_WORDS = {"town": "镇街", "village": "村居", "district": "区县", "department": "委办局", "firm": "企业", "named": "单位"}


class Said(Part):
    """A table of a scheme: its numbers are finite."""

    model_config = ConfigDict(allow_inf_nan=False)


@kinds.add("figures")
class FigureSet(Declaration):
    """Figures made elsewhere and imported (外来数据): other districts' and towns' published values, with source and date."""

    words: ClassVar[str] = "外来数据"

    unit: str = ""
    better: Better = "lower"
    decimals: int = Field(1, ge=0, le=4)
    of: str = "单位"
    """what its rows are called: 镇街, 区, 断面, 企业"""


class Units(Said):
    """Who is ranked: areas of one level, departments, or the units named in figures and entries (全市镇街、企业、断面)."""

    kind: Literal["town", "village", "department", "named"] = "town"
    words: str = ""
    """what they are called on pages; else the kind's own word"""
    only: tuple[str, ...] = ()
    """names or codes of those that take part; empty: all"""
    without: tuple[str, ...] = ()
    """names or codes of those that do not"""

    @property
    def title(self) -> str:
        return self.words or UNIT_WORDS[self.kind]


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


@kinds.add("schemes")
class Scheme(Declaration):
    """How units are scored and ranked (考核、排名方案)."""

    words: ClassVar[str] = "考核排名方案"
    model_config = ConfigDict(allow_inf_nan=False)

    order: int = 50
    """its place in the list of schemes; the first is the cockpit's"""
    units: Units = Units()
    rhythm: Literal["month", "quarter", "year"] = "month"
    item: tuple[Item, ...] = Field(min_length=1)
    group: tuple[Group, ...] = ()
    within: Literal["all", "group"] = "all"
    """places among all units, or in each group"""
    full: float = Field(100, gt=0)
    weights: Literal["checked", "normalised"] = "checked"
    """item weights must add up to `full`, or are scaled to it"""
    missing: Literal["apart", "zero", "mean", "last", "reweigh"] = "apart"
    capture: float = Field(75, ge=0, le=100)
    """least capture rate [%] for an item's value to count"""
    ties: Literal["smaller", "dense"] = "smaller"
    second: str = ""
    """item whose value breaks a tie"""
    compare: Literal["published", "exact"] = "published"
    cutoff: Cutoff | None = None
    dust: Literal["definition", "exclude", "keep"] = "definition"
    """sand and dust days: as each indicator's definition says, or left out, or kept, for all of them"""
    decimals: int = Field(2, ge=0, le=4)
    accumulate: Literal["", "sum", "mean"] = ""
    """the score is that of the months from January on (赛马积分)"""
    bonus: tuple[Extra, ...] = ()
    bonus_cap: float | None = Field(None, ge=0)
    veto: tuple[Veto, ...] = ()
    grade: tuple[GradeRow, ...] = ()
    money: tuple[Money, ...] = ()
    goal: tuple[Goal, ...] = ()
    publish: Publish = Publish()
    marked: int = Field(3, ge=0)
    rules: tuple[str, ...] = ()
    draws: int = Field(200, ge=0, le=2000)
    """how often gaps are filled again to see how firm the places are; 0: not asked"""

    @model_validator(mode="after")
    def _holds_together(self) -> Scheme:
        for line in self._disagreements():
            raise ValueError(line)
        return self

    def _disagreements(self) -> Iterator[str]:
        names = [i.name for i in self.item]
        every = [*names, *(b.name for b in self.bonus), *(v.name for v in self.veto)]
        for name in {n for n in every if every.count(n) > 1}:
            yield f"名称“{name}”用了两次"
        if self.units.kind != "village" and (own := [i.title for i in self.item if "town" in i.by]):
            yield f"“{own[0]}”由镇街填报（by = town）只用于村居考核：镇街不给自己打分"
        if self.is_plain:
            if self.group or self.bonus or self.grade or self.accumulate:
                yield "直接排名（value）的方案没有分组权重、加减分、等次和累计"
        elif any(isinstance(i.transform, Value) for i in self.item):
            yield "多项计分的方案里不能有直接排名（value）的项，请写计分方法"
        elif self.weights == "checked" and not self.group and abs(sum(i.weight for i in self.item) - self.full) > 1e-9:
            yield f"各项分值之和为 {sum(i.weight for i in self.item):g}，应为 {self.full:g}（或写 weights = “normalised”按比例折算）"
        for g in self.group:
            for name in g.weights:
                if name not in names:
                    yield f"分组“{g.title}”：{unknown('项', name, names)}"
            total = sum(g.weights.values())
            if min(g.weights.values(), default=0) < 0:
                yield f"分组“{g.title}”有负的分值"
            elif self.weights == "checked" and abs(total - self.full) > 1e-9:
                yield f"分组“{g.title}”各项分值之和为 {total:g}，应为 {self.full:g}"
            elif total <= 0:
                yield f"分组“{g.title}”的分值之和为 0"
            if not g.units and not g.ends:
                yield f"分组“{g.title}”没有单位：写 units（名称）或 ends（名称结尾）"
        if self.within == "group" and not self.group:
            yield "within = “group”要先声明分组"
        if self.second and self.second not in names:
            yield f"second：{unknown('项', self.second, names)}"
        for m in self.money:
            if m.item and m.item not in names:
                yield f"“{m.title}”：{unknown('项', m.item, names)}"
            for grade in m.grades:
                if grade not in [g.name for g in self.grade]:
                    yield f"“{m.title}”：{unknown('等次', grade, [g.name for g in self.grade])}"
        if self.grade:
            try:
                scoring.grades([0.0], self.grade_table())
            except ValueError as error:
                yield str(error)
        if self.veto and not self.grade:
            yield "一票否决要有等次（grade）：被否决的定为最后一等"
        if self.accumulate and self.rhythm != "month":
            yield "累计积分按月（rhythm = “month”）"

    def grade_table(self) -> tuple[scoring.Grade, ...]:
        return tuple(scoring.Grade(g.name, -math.inf if g.at_least is None else g.at_least, g.share) for g in self.grade)

    @property
    def is_plain(self) -> bool:
        """Whether it ranks one value as it is, without points."""
        return len(self.item) == 1 and isinstance(self.item[0].transform, Value)

    @property
    def indicator(self) -> str:
        """The indicator a plain scheme ranks; "" for every other."""
        return self.item[0].indicator if self.is_plain else ""

    def group_of(self, name: str, code: str) -> Group | None:
        return next((g for g in self.group if g.holds(name, code)), None)

    def faults(self, catalogue) -> list[str]:
        lines = []
        for item in self.item:
            kind = "indicators" if item.indicator else "schemes" if item.scheme else "figures" if item.figures else ""
            lines.append(catalogue.missing(kind, item.source) if kind else None)
            if item.ratchet and item.ratchet.figures:
                lines.append(catalogue.missing("figures", item.ratchet.figures))
        if self._leads_back(catalogue):
            lines.append(f"方案“{self.name}”的得分又取自它自己")
        return [line for line in lines if line]

    def _leads_back(self, catalogue) -> bool:
        """Whether a score it takes is made, however far back, of its own."""
        seen: set[str] = set()
        edge = [i.scheme for i in self.item if i.scheme]
        while edge:
            name = edge.pop()
            if name == self.name:
                return True
            if name not in seen:
                seen.add(name)
                edge += [i.scheme for f in catalogue.items.get("schemes", {}).get(name, ()) for i in f.declaration.item if i.scheme]
        return False
