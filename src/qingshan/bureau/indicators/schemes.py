"""What a bureau declares of schemes (考核、排名方案): who is ranked, by which items, how points, ties, gaps and money are counted."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import ConfigDict, Field, model_validator

from qingshan.bureau.base.packs import Declaration, kinds
from qingshan.bureau.indicators.scheme_items import Better, Item, Said, Value
from qingshan.bureau.indicators.scheme_outcomes import Cutoff, Extra, Goal, GradeRow, Group, Money, Publish, Veto
from qingshan.methods import scoring
from qingshan.terms.registry import unknown

UNIT_WORDS = {"town": "镇街", "village": "村居", "district": "区县", "department": "委办局", "firm": "企业", "named": "单位"}


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
