"""Where a value comes from (来源), one kind a table: observations, register, cases, tasks, reported, formula."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from qingshan import standards
from qingshan.bureau.base import expressions
from qingshan.bureau.base.packs.declared import Part
from qingshan.bureau.indicators import drinking_sources, noise_points, surface_water, wells_and_sea  # noqa: F401 - registered
from qingshan.bureau.indicators.methods import methods
from qingshan.terms import items
from qingshan.terms.registry import unknown

Plain = str | bool | int
"""What a field may be compared with."""


class Observations(Part):
    """Measured values, by a method on the items named."""

    kind: Literal["observations"] = "observations"
    medium: str = "air"
    also: tuple[str, ...] = ()
    """further media whose stations count, for methods that know them: wells among the drinking-water sources"""
    method: str
    item: str = ""
    items: tuple[str, ...] = ()
    """items a method of several looks at; empty for the method's own"""
    percent: int | None = Field(None, ge=1, le=99)
    above: int | None = None
    """the index above (heavy) or up to which (good) a day counts"""
    limit: float | None = None
    """the value up to which a sample complies"""
    grade: tuple[str, ...] = ()
    """the classes that count"""
    basis: Literal["", "21", "5+X", "realtime-5"] = ""
    """the named set of items a class of water is judged on"""
    roster: str = ""
    """the year's list of stations that count (考核名单), by its name; where none is in force on the period's last day, all registered"""
    apart: str = ""
    """a list whose stations do not count where the indicator has no list of its own: roads among the points of a region"""
    absent: Literal["kept", "last", "left_out", "refuse"] = "left_out"
    """what a station of the list without a result does: stays in the denominator only; takes its latest class; is left out; no value"""
    standard: str = ""
    statistics: str = "GB 3095"
    below: Literal["half", "limit", "zero", "missing"] = "half"
    """what stands for a value below its detection limit in a mean"""
    every: Literal["", "month", "quarter"] = ""
    """how often a sample is due; capture and validity go by it"""
    hours: int = Field(20, ge=1, le=24)
    """valid hours a day's mean needs, for items outside GB 3095"""

    @model_validator(mode="after")
    def _names_are_known(self) -> Observations:
        if self.medium not in items.MEDIA:
            raise ValueError(f"medium：{unknown('介质', self.medium, items.MEDIA)}")
        if self.method not in methods:
            raise ValueError(f"method：{unknown('指标算法', self.method, methods)}")
        method = methods[self.method]
        if strange := [m for m in self.also if m not in method.also]:
            raise ValueError(f"also：method “{self.method}”{unknown('另外的介质', strange[0], method.also)}")
        if method.medium and method.medium != self.medium:
            raise ValueError(f"method “{self.method}”用于{items.MEDIA[method.medium]}，medium 写成了“{self.medium}”")
        symbols = items.symbols(self.medium)
        for symbol in (*([self.item] if self.item else []), *self.items):
            if symbol not in symbols:
                raise ValueError(f"item：{unknown('监测项目', symbol, symbols)}")
        if method.grain == "days" and self.method != "mean" and self.method != "percentile" and self.item and self.item not in items.AIR:
            raise ValueError(f"method “{self.method}”只用于六项污染物：{'、'.join(items.AIR)}")
        if not self.item and method.needs_item:
            raise ValueError(f"method “{self.method}”要写明 item；可用：{'、'.join(symbols)}")
        if self.basis and self.medium != "water":
            raise ValueError("basis 只用于地表水")
        for name in method.needs:
            if not getattr(self, name):
                raise ValueError(f"method “{self.method}”要写明 {name}")
        if self.grade and self.medium == "water":
            surface_water.classes(self.grade)
        if self.grade and self.medium == "groundwater":
            wells_and_sea.well_classes(self.grade)
        if (self.roster or self.apart) and method.grain != "samples":
            raise ValueError("roster、apart（考核名单）只用于采样的算法")
        if self.standard not in standards.codes() and (self.standard or not method.any_standard):
            raise ValueError(f"standard：{unknown('标准', self.standard, standards.codes())}")
        return self


class Rows(Part):
    """Sources that count rows have no method, item or standard."""

    method: ClassVar[str] = ""
    item: ClassVar[str] = ""
    items: ClassVar[tuple[str, ...]] = ()
    percent: ClassVar[None] = None
    above: ClassVar[None] = None
    standard: ClassVar[str] = ""
    roster: ClassVar[str] = ""
    apart: ClassVar[str] = ""
    also: ClassVar[tuple[str, ...]] = ()
    statistics: ClassVar[str] = ""


class RegisterRows(Rows):
    """Rows of a register as of the period's last day: how many, the sum of a field, or what share."""

    kind: Literal["register"]
    register_name: str = Field(alias="register")
    measure: Literal["count", "sum", "mean", "ratio", "share", "coverage", "kept"] = "count"
    """count: rows; sum: of `field`; mean: of `field`, over those in which it is filled; ratio: rows of `part` over all [%];
    share: `field` of `part` over all [%]; coverage: areas of level `per` that have a row of `part`, over all [%]; kept: rows that have
    what `rule` says they must have elsewhere, over those of which it is asked [%]"""
    rule: str = ""
    """the name of a `must` of the register"""
    field: str = ""
    blank: Literal["refuse", "zero"] = "refuse"
    """a row without `field`: no sum at all, or nothing added (不排、不涉及的空着)"""
    where: dict[str, tuple[Plain, ...]] = {}
    """only rows whose fields have one of these values"""
    part: dict[str, tuple[Plain, ...]] = {}
    """the part of them that counts; empty for all"""
    per: Literal["town", "village"] = "town"
    dated: str = ""
    """a date field: only rows whose date lies in the period (本年完成的); empty: all there are on its last day"""

    @model_validator(mode="after")
    def _measure_has_what_it_needs(self) -> RegisterRows:
        if (self.measure == "kept") != bool(self.rule):
            raise ValueError("measure = “kept”与 rule（登记册里 must 的 name）要一起写")
        if (self.measure in ("sum", "mean", "share")) != bool(self.field):
            raise ValueError(f"measure = “{self.measure}”{'要写明 field' if not self.field else '用不到 field'}")
        if self.blank == "zero" and self.measure != "sum":
            raise ValueError("blank = “zero”只用于 measure = “sum”")
        if self.measure in ("ratio", "share") and not self.part:
            raise ValueError(f"measure = “{self.measure}”要写明 part（算作分子的取值）")
        return self

    def columns(self) -> dict[str, tuple[Plain, ...]]:
        """Every field it names, with the values wanted of it."""
        named = {name: self.where.get(name, ()) + self.part.get(name, ()) for name in (*self.where, *self.part)}
        return named | {name: () for name in (self.field, self.dated) if name and name not in named}

    def types(self) -> dict[str, str]:
        """What the fields it adds up or goes by must be."""
        return {name: wanted for name, wanted in ((self.field, "number"), (self.dated, "date")) if name}


class CaseRows(Rows):
    """Cases: how many, how many are closed, how many went in time."""

    kind: Literal["cases"]
    workflow: tuple[str, ...] = ()
    """empty for all"""
    measure: Literal["count", "closed", "closed_ratio", "on_time_ratio", "sum"] = "count"
    """count, closed: cases; closed_ratio: closed by the period's end over all [%]; on_time_ratio: without a step past its limit [%];
    sum: the number `field` asks for, over the cases where it is answered"""
    by: Literal["opened", "closed"] = "opened"
    """which day puts a case in the period"""
    where: dict[str, tuple[str, ...]] = {}
    """only cases in which these things asked (at the opening or in a step, the latest answer counts) were answered so"""
    field: str = ""
    """of a sum: what is asked, a number"""

    @model_validator(mode="after")
    def _what_is_asked_is_of_its_workflows(self) -> CaseRows:
        if (self.measure == "sum") != bool(self.field):
            raise ValueError("measure = “sum”与 field 要一起写")
        if (self.where or self.field) and not self.workflow:
            raise ValueError("where、field 按填报项取，要写明 workflow")
        return self

    def faults(self, flows) -> list[str]:
        """What is wrong with what it goes by: asked by each of its workflows, open to all, with these choices, a number to be added up."""
        lines = []
        for flow in self.workflow:
            asked = flows[flow].asks
            for name, values in {**self.where, **({self.field: ()} if self.field else {})}.items():
                if name not in asked:
                    lines.append(unknown(f"流程“{flow}”的填报项", name, asked))
                elif any(a.secret for a in asked[name]):
                    lines.append(f"流程“{flow}”的填报项“{name}”只给交办和核查的人看，不能统计")
                elif not values and asked[name][0].type != "number":
                    lines.append(f"流程“{flow}”的填报项“{name}”不是数，不能相加")
                else:
                    known = {key for a in asked[name] for key in a.choices}
                    lines += [unknown(f"流程“{flow}”的“{name}”", value, known) for value in values if value not in known]
        return lines


class TaskRows(Rows):
    """Tasks of the ledger: how many, how many are closed."""

    kind: Literal["tasks"]
    measure: Literal["count", "closed", "closed_ratio", "on_time_ratio"] = "closed_ratio"
    """closed: closed (销号) by the period's end; on_time_ratio: closed not later than the deadline [%]"""
    by: Literal["deadline", "year"] = "deadline"
    """tasks whose deadline lies in the period, or all of the period's year"""
    row: Literal["task", "target", "any"] = "task"
    topic: tuple[str, ...] = ()
    """chapters of the plan; empty for all"""


class Reported(Rows):
    """A value a unit reports, with evidence; corrected only by a further version."""

    kind: Literal["reported"]
    every: Literal["week", "month", "quarter", "half_year", "year"] = "month"
    """the span one report speaks for"""
    over: Literal["sum", "mean", "last"] = "sum"
    """how the reports of a longer period come together; last: the latest that ended in it, or just before it"""
    up: Literal["own", "sum", "mean"] = "own"
    """how an area without a report of its own is made of its towns' reports"""
    by: tuple[Literal["bureau", "town", "department"], ...] = ("bureau", "town")
    """which units report it; a department reports for the district"""
    confirm: bool = True
    """whether a second person confirms it before it counts"""
    evidence: bool = True
    """whether a file must come with it"""
    low: float | None = None
    high: float | None = None


class Formula(Rows):
    """Arithmetic on other indicators, of the same area and period."""

    kind: Literal["formula"]
    expression: str
    of: Literal["exact", "published"] = "exact"
    """computed from the unrounded values, or from those published"""

    @model_validator(mode="after")
    def _is_arithmetic(self) -> Formula:
        expressions.parse(self.expression)
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The indicators it asks for, of this year or last."""
        return tuple(dict.fromkeys(expressions.split(name)[0] for name in expressions.parse(self.expression).names))


KINDS = {
    "observations": "监测数据", "register": "登记册", "cases": "事项", "tasks": "任务台账", "reported": "单位填报",
    "formula": "由别的口径算出",
}  # fmt: skip


def _kind(said: Any) -> str:
    return (said.get("kind", "observations") if isinstance(said, dict) else getattr(said, "kind", "observations")) or ""


Source = Annotated[
    Annotated[Observations, Tag("observations")]
    | Annotated[RegisterRows, Tag("register")]
    | Annotated[CaseRows, Tag("cases")]
    | Annotated[TaskRows, Tag("tasks")]
    | Annotated[Reported, Tag("reported")]
    | Annotated[Formula, Tag("formula")],
    Discriminator(_kind),
]
