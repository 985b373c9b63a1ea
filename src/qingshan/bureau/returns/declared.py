"""What a bureau declares about returns: rhythms, what counts as weak work, how three lights make one, recurring duties of people."""

from __future__ import annotations

from datetime import time
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from qingshan.bureau.base.packs import Declaration, kinds
from qingshan.bureau.base.packs.declared import Part
from qingshan.terms.registry import Registry, unknown

EVERY = ("week", "ten_days", "half_month", "month", "quarter", "half_year", "year", "event")
COLOURS = ("red", "amber", "green", "none")

checks: Registry = Registry("不严不实判据")
"""What makes work weak: ``check(rule, facts) -> list[Doubt]``. Declarations name them in ``check``."""


class Offset(Part):
    """A day counted from another (距离): calendar days or working days; below zero counts back."""

    days: int | None = Field(None, ge=-400, le=400)
    workdays: int | None = Field(None, ge=-200, le=200)
    roll: Literal["next", "before", "stay"] = "next"
    """where `days` lead to a day off: to the next working day, the one before, or it stays"""

    @model_validator(mode="after")
    def _one(self):
        if (self.days is None) == (self.workdays is None):
            raise ValueError("须恰好写 days、workdays 之一")
        return self

    @property
    def words(self) -> str:
        """The distance from the last day of a period, as people say it: 期满后第 3 个工作日."""
        n, unit = (self.workdays, "个工作日") if self.workdays is not None else (self.days, "天")
        if n == 0:
            return "期末最后一个工作日" if self.workdays == 0 else "期末当天"
        return f"期满后第 {n} {unit}" if n > 0 else f"期末前 {-n} {unit}"


class Chase(Part):
    """When the silent are chased (催报), in working days from the due day."""

    before: int = Field(1, ge=0, le=30)
    """before it, the unit's reporters are reminded from this day on; 0: not before the day itself"""
    leader: int = Field(1, ge=0, le=60)
    """after it, the unit's leader is told as well"""
    listed: int = Field(2, ge=0, le=60)
    """after it, the unit stands on the list of those that have not reported (未报单位)"""

    @model_validator(mode="after")
    def _rises(self):
        if self.listed < self.leader:
            raise ValueError(f"listed = {self.listed} 早于 leader = {self.leader}：先告知分管领导，再列入未报单位")
        return self


@kinds.add("rhythms")
class Rhythm(Declaration):
    """How often units report, when a period opens, when returns are due, when the figures are frozen (报送节奏)."""

    words: ClassVar[str] = "报送节奏"

    every: Literal["week", "ten_days", "half_month", "month", "quarter", "half_year", "year", "event"]
    """the span of a period; `event`: opened by hand"""
    week_starts: int = Field(1, ge=1, le=7)
    """of a week: 1 Monday … 7 Sunday"""
    opens: Offset | None = None
    """from the last day of the period; without it, on the period's first day"""
    due: Offset
    """from the last day of the period"""
    hour: str = Field("17:30", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    """of the due day and of freezing, by which it must be there"""
    freeze: Offset | None = None
    """from the due day, when figures are frozen by themselves; without it, by hand"""
    chase: Chase = Chase()

    @model_validator(mode="after")
    def _in_order(self):
        if self.week_starts != 1 and self.every != "week":
            raise ValueError('week_starts 只用于 every = "week"')
        return self

    @property
    def time(self) -> time:
        return time.fromisoformat(self.hour)


@kinds.add("doubts")
class DoubtRule(Declaration):
    """One rule by which late or weak work is found (不严不实判据), and whether it calls for an inspection order (督查通知单)."""

    words: ClassVar[str] = "不严不实判据"

    check: str
    """the registered check that finds it"""
    light: Literal["red", "amber"] = "amber"
    over: float = Field(0, ge=0)
    """the check's own threshold: days, percentage points, metres, periods; its unit stands in the title"""
    order: bool = False
    """the worker issues an order for it, one open order per task and rule"""
    order_after: int = Field(0, ge=0, le=90)
    """[d] it must have stood before the worker issues the order"""
    demand: str = ""
    """what the order asks of the unit"""

    @model_validator(mode="after")
    def _order_says_what(self):
        if self.order and not self.demand:
            raise ValueError("order = true 须写 demand：督查单要求单位做什么")
        return self

    def faults(self, catalogue) -> list[str]:
        """Checks are registered once all apps are loaded."""
        return [] if self.check in checks else [unknown("不严不实判据", self.check, checks)]


class Meeting(Part):
    """One row of the table that joins three lights (合灯一行); an empty list stands for any colour."""

    time: tuple[Literal["red", "amber", "green", "none", "blue"], ...] = ()
    """time against progress"""
    data: tuple[Literal["red", "amber", "green", "none", "blue"], ...] = ()
    """measured indicator, register count or what was verified"""
    report: tuple[Literal["red", "amber", "green", "none", "blue"], ...] = ()
    """what the unit reports"""
    light: Literal["red", "amber", "green", "none", "blue"]
    title: str = ""
    """its word; empty: the word of the source it follows"""
    follows: Literal["time", "data", "report"] = "data"


@kinds.add("light_rules")
class LightRule(Declaration):
    """How the lights of time, data and report are joined into one (三灯合一): the first row that fits counts."""

    words: ClassVar[str] = "合灯规则"

    row: tuple[Meeting, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ends(self):
        last = self.row[-1]
        if last.time or last.data or last.report:
            raise ValueError("最后一行须不带条件，兜住其余情况")
        return self


class Ask(Part):
    """One thing a record of a recurring duty says (记录项)."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")
    title: str
    number: bool = False
    """a whole number, not words"""
    unit: str = ""
    required: bool = True


@kinds.add("routines")
class Routine(Declaration):
    """A duty of people that returns with a rhythm and leaves a record each time (例行工作): patrol, dispatch, bulletin."""

    words: ClassVar[str] = "例行工作"

    rhythm: str
    """name of the rhythm by which it opens again; its due day is the duty's"""
    who: str = ""
    """who does it, in words"""
    order: int = 50
    """its place beside the others of a week, low first"""
    ask: tuple[Ask, ...] = ()
    """what the record says besides “办了什么、结果怎样”"""

    def faults(self, catalogue) -> list[str]:
        missing = catalogue.missing("rhythms", self.rhythm)
        if missing:
            return [f"rhythm：{missing}"]
        by_hand = any(f.declaration.every == "event" for f in catalogue.items["rhythms"][self.rhythm])
        return [f"rhythm：“{self.rhythm}”没有固定周期，例行工作要有"] if by_hand else []
