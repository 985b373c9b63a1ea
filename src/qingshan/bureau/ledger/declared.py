"""Kinds of declaration that belong to the ledger: light schemes, tags, named battles, stages of a task (亮灯规则、标签、战役、办理阶段)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, model_validator

from qingshan.bureau.base.packs import Declaration, kinds
from qingshan.bureau.base.packs.declared import Part
from qingshan.terms.registry import unknown

if TYPE_CHECKING:
    from qingshan.bureau.base.packs.catalogue import Catalogue

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


class Tag(Part):
    """One tag of a scheme, with the words of a task that propose it."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    """stored with the task, after the scheme's name"""
    title: str = Field(min_length=1, max_length=40)
    """as people read it"""
    words: tuple[str, ...] = ()
    """a task that holds one of them is proposed for the tag; none: by hand only"""


@kinds.add("tags")
class TagScheme(Declaration):
    """Tags that cut across the plan's sections (三个协同、四个转变、三大保卫战): set by a person, proposed by words, counted by pairs."""

    words: ClassVar[str] = "标签"

    tag: tuple[Tag, ...] = Field(min_length=1)
    """the tags of the scheme, in the order in which they are shown"""

    @model_validator(mode="after")
    def _named_once(self):
        names = [tag.name for tag in self.tag]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"标签“{name}”写了两次")
        return self

    def key(self, tag: Tag) -> str:
        """How a task stores the tag."""
        return f"{self.name}.{tag.name}"


class Pick(Part):
    """Which rows of the ledger belong to a battle: any of these is enough."""

    tags: tuple[str, ...] = ()
    """tags as `scheme.tag`"""
    topics: tuple[str, ...] = ()
    """words of the plan's section"""
    indicators: tuple[str, ...] = ()
    """targets judged by these indicators"""

    @model_validator(mode="after")
    def _something(self):
        if not (self.tags or self.topics or self.indicators):
            raise ValueError("tags、topics、indicators 至少写一项，否则哪项任务都不算")
        return self


class Measure(Part):
    """One part of a battle's score: a share of its rows from 0 to 100, and its weight."""

    title: str = Field(min_length=1)
    """as the score's explanation names it"""
    weight: float = Field(gt=0, le=100)
    """points of this part"""
    of: Literal["closed", "green", "paced", "reached"]
    """`closed` share of tasks closed, `green` share of tasks green or closed, `paced` mean of what is done over what is due, at most 100,
    `reached` share of targets that stand green or closed"""


@kinds.add("battles")
class Battle(Declaration):
    """A named campaign over rows of the ledger (战役), with the score that says how it goes."""

    words: ClassVar[str] = "战役"

    pick: Pick
    """the rows that belong to it"""
    measure: tuple[Measure, ...] = Field(min_length=1)
    """parts of the score; a part that has no row is left out and its weight goes to the others"""

    @model_validator(mode="after")
    def _a_hundred(self):
        total = sum(one.weight for one in self.measure)
        if abs(total - 100) > 1e-6:
            raise ValueError(f"measure 的 weight 合计 {total:g}，应为 100")
        return self

    def faults(self, catalogue: Catalogue) -> list[str]:
        known = {
            found.declaration.key(tag)
            for versions in catalogue.items.get("tags", {}).values()
            for found in versions
            for tag in found.declaration.tag
        }
        wrong = [unknown("标签", name, known) for name in self.pick.tags if name not in known]
        return wrong + [line for name in self.pick.indicators if (line := catalogue.missing("indicators", name))]


class Stage(Part):
    """One stage of a task: what is done, to what standard, and when."""

    title: str = Field(min_length=1, max_length=60)
    """what is done in it"""
    standard: str = ""
    """what shows that it is done"""
    weight: float = Field(gt=0, le=100)
    """its part of the whole task's progress"""
    until: float = Field(gt=0, le=100)
    """[%] of the task's time by which it ends"""


@kinds.add("stages")
class Stages(Declaration):
    """Stages into which a task is split at once, such as those of a planning document (起草—征求意见—审议—印发)."""

    words: ClassVar[str] = "办理阶段"

    hints: tuple[str, ...] = ()
    """words of a task for which these stages are offered first"""
    stage: tuple[Stage, ...] = Field(min_length=2)
    """in the order of work"""

    @model_validator(mode="after")
    def _in_order(self):
        ends = [one.until for one in self.stage]
        if ends != sorted(ends) or ends[-1] != 100:
            raise ValueError("stage 的 until 应逐段不减，最后一段为 100")
        return self
