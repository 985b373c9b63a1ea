"""What a bureau declares about data and alarms (报警规则、质量筛查、可疑源): rules, screenings, sources that could be behind a value."""

from __future__ import annotations

from datetime import time
from typing import ClassVar

from pydantic import Field, model_validator

from qingshan.bureau.base.packs import Declaration, kinds
from qingshan.bureau.base.packs.declared import Part
from qingshan.bureau.sites.models import OUTLETS, Level
from qingshan.methods import outlets
from qingshan.methods.online import Substitute
from qingshan.quality import declared as quality
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
            raise ValueError("须恰好写 iaqi（分指数）或 value（浓度）之一")
        return self


class Rise(Part):
    """A jump (突升): by so much within so many hours."""

    value: float = Field(gt=0)
    """rise in the item's unit"""
    hours: int = Field(1, ge=1, le=6)
    """[h] within which it rose"""


class Beyond(Part):
    """Above the stations around (高于周边): so many times their middle, and by so much."""

    times: float = Field(gt=1)
    """times the median of the stations around in the same hour"""
    value: float = Field(gt=0)
    """and at least so much above it, in the item's unit"""
    radius: float = Field(15, gt=0, le=100)
    """[km] which stations are around"""
    least: int = Field(3, ge=2)
    """stations around that must have a value"""


class Ahead(Part):
    """Heading above a level (预计超过): the line through the last hours passes it within so many hours, and rises beyond its scatter."""

    above: Above
    """the level it heads for"""
    hours: int = Field(2, ge=1, le=6)
    """[h] ahead"""
    over: int = Field(4, ge=3, le=12)
    """[h] the line is drawn through"""


class Limit(Part):
    """Beyond the limit in force there on the day (超限值): of an outlet's permit or standard, or of a section's target class."""

    of: str = Field("hour", pattern="^(hour|day|rate)$")
    """`hour` hour means, of flue gas converted to reference oxygen; `day` day means, once the day is over; `rate` emission rate [kg/h]"""
    times: float = Field(1, gt=0, le=100)
    """times the upper limit: below 1 a warning before it is reached; the lower limit stays"""


class Capture(Part):
    """Too few valid hours (捕集率下降, of an outlet 有效传输率) over the last whole days."""

    below: float = Field(gt=0, le=100)
    """[%] of the hours due"""
    days: int = Field(1, ge=1, le=30)


class Found(Part):
    """An open quality lead over the hour (质量线索)."""

    strength: int = Field(2, ge=1, le=3)
    """at least 1 weak, 2 middle, 3 strong"""
    checks: tuple[str, ...] = ()
    """of which checks; of all where empty"""

    @model_validator(mode="after")
    def _known(self):
        for name in self.checks:
            if name not in quality.checks():
                raise ValueError(unknown("质控检查", name, quality.checks()))
        return self


class Regional(Part):
    """When alarms of the rule at many stations are one event (区域过程)."""

    least: int = Field(3, ge=2)
    """stations in alarm"""
    share: float = Field(0.5, gt=0, le=1)
    """of the stations the rule watches"""
    within: int = Field(3, ge=0, le=24)
    """[h] between their first hours"""
    unit: str = ""
    """short name of the office that gets the one order; the bureau where empty"""


class Clue(Part):
    """When an episode becomes a clue for enforcement (执法线索): long, or large."""

    order: str
    """workflow (`cases`) of the clue"""
    hours: int = Field(0, ge=0)
    """so many hours above; 0: length does not count"""
    times: float = Field(0, ge=0)
    """a peak so many times the level; 0: size does not count"""
    unit: str = ""
    """short name of the office that gets it; the bureau where empty"""

    @model_validator(mode="after")
    def _some(self):
        if not self.hours and not self.times:
            raise ValueError("clue 须写 hours（连续几小时）或 times（几倍）")
        return self


HOURLY = ("limit", "above", "rise", "beyond", "ahead", "found")
STANDING = ("silent", "capture")
WATCHED = ("air", "water", *OUTLETS)
"""media whose hours come by themselves"""


@kinds.add("alarms")
class Rule(Declaration):
    """When an alarm opens, and what follows (报警规则). Of several conditions all must hold, or `least` of them."""

    words: ClassVar[str] = "报警规则"

    medium: str = ""
    """of the network: air, water, wastewater, flue; empty: air, for `silent` air and outlets"""
    item: str = ""
    """symbol of an item of the medium (PM2.5, NH3-N, flue_SO2); empty for `silent`, and for `limit`: every item with a limit"""
    window: str = Field("1h", pattern="^1h$")
    limit: Limit | None = None
    """beyond the limit in force at the station"""
    above: Above | None = None
    """the level an hour's value must be above"""
    rise: Rise | None = None
    """a jump"""
    beyond: Beyond | None = None
    """above the stations around"""
    ahead: Ahead | None = None
    """heading above a level"""
    found: Found | None = None
    """an open quality lead"""
    silent: int = Field(0, ge=0, le=720)
    """[h] without any hour; stands alone"""
    capture: Capture | None = None
    """too few valid hours; stands alone"""
    least: int = Field(0, ge=0)
    """how many of the conditions must hold (三取二); 0: all"""
    release: Above | None = None
    """hysteresis: only at or below it an hour clears; without it, at or below `above`"""
    clear: int = Field(1, ge=1, le=24)
    """valid hours in a row that clear before the episode ends"""
    level: tuple[Level, ...]
    """stations of which levels"""
    consecutive: int = Field(1, ge=1, le=24)
    """valid hours in a row before it opens"""
    quiet: int = Field(6, ge=0, le=168)
    """[h] after the end in which a new exceedance continues the same episode"""
    fresh: int = Field(3, ge=1, le=168)
    """[h] older values are history and open nothing"""
    order: str = ""
    """workflow (`cases`) opened for the responsible town; none where empty"""
    unit: str = ""
    """short name of the office or department that gets the order instead of the responsible town; the bureau where there is none such"""
    night: str = Field("", pattern=r"^(\d\d:\d\d-\d\d:\d\d)?$")
    """quiet hours `22:00-06:00`: the alarm is kept, its order waits until they are over"""
    regional: Regional | None = None
    """when many stations are one event"""
    escalate: int = Field(0, ge=0, le=168)
    """[h] after the receipt was due: the bureau is told that nobody signed; 0: never"""
    clue: Clue | None = None
    """when it becomes a clue for enforcement"""

    @model_validator(mode="after")
    def _known(self):
        given = self.conditions
        if not given:
            raise ValueError(f"须写条件：{'、'.join((*HOURLY, *STANDING))} 至少一个")
        if len(given) > 1 and set(given) & set(STANDING):
            raise ValueError(f"{'、'.join(STANDING)} 须单独成一条规则")
        if self.least > len(given):
            raise ValueError(f"least = {self.least}，而条件只有 {len(given)} 个")
        self._check_item(given)
        if self.release is not None and self.above is None:
            raise ValueError("release（解除值）须与 above 同写")
        if self.night:
            self.night_span  # noqa: B018 - a time that is none raises here
        return self

    def _check_item(self, given: tuple[str, ...]) -> None:
        """The item is one of the medium, and what the rule asks can be asked there; ValueError otherwise."""
        if self.medium and self.medium not in WATCHED:
            raise ValueError(unknown("监测要素", self.medium, WATCHED))
        medium = self.medium or "air"
        if self.item and self.item not in items.symbols(medium):
            raise ValueError(unknown("监测项目", self.item, items.symbols(medium)))
        if not self.item and given not in (("silent",), ("limit",), ("found",)) and not (given == ("capture",) and medium in OUTLETS):
            raise ValueError("item（监测项目）只有断线、超限值、质量线索和排放口的捕集率可以不写")
        if any(a and a.iaqi for a in (self.above, self.release, self.ahead and self.ahead.above)) and self.item not in items.AIR:
            raise ValueError(f"分指数（iaqi）只有 {'、'.join(items.AIR)} 有")
        if self.capture and (medium == "water" or bool(self.item) != (medium == "air")):
            raise ValueError("capture（捕集率）：环境空气写 item；排放口不写 item，按有效传输率；水质自动站的时次不一，不判")
        if medium != "air" and (self.beyond or self.regional):
            raise ValueError("beyond（高于周边）、regional（区域过程）只用于环境空气")
        if self.limit is None:
            return
        if medium == "air":
            raise ValueError("limit（超限值）用于排放口和水质断面；环境空气写 above")
        if self.limit.of == "rate" and medium not in OUTLETS:
            raise ValueError("排放速率（rate）只有排放口有")
        if len(given) > 1 and self.is_daily:
            raise ValueError("日均值的 limit 须单独成一条规则")
        if self.is_daily and self.clear != 1:
            raise ValueError("日均值的规则一个达标日即结束，clear 须为 1")

    @property
    def is_finding(self) -> bool:
        """Whether it asks for open quality leads of a station alone; those who are watched are not told."""
        return self.conditions == ("found",) and not self.item

    @property
    def is_standing(self) -> bool:
        """Whether it looks at no single hour."""
        return self.conditions[0] in STANDING or self.is_finding

    @property
    def is_daily(self) -> bool:
        """Whether it looks at days, not at hours."""
        return self.limit is not None and self.limit.of == "day"

    @property
    def media(self) -> tuple[str, ...]:
        """Networks it watches."""
        return (self.medium,) if self.medium else ("air",) if self.item else ("air", *OUTLETS)

    @property
    def of(self) -> str:
        """What of the item it watches."""
        return self.limit.of if self.limit else "hour"

    @property
    def conditions(self) -> tuple[str, ...]:
        """Names of the conditions given, in a fixed order."""
        return tuple(n for n in (*HOURLY, *STANDING) if getattr(self, n))

    @property
    def item_words(self) -> str:
        """What it watches, in words."""
        if not self.item:
            named = {"air": "环境空气", "water": "水质断面", "wastewater": "废水排放口", "flue": "废气排放口"}
            return f"{named[self.media[0]]} 各限值项目" if self.limit else named[self.medium] if self.medium else "站点"
        return self.item if self.media == ("air",) else items.get(self.item, self.media[0]).name

    @property
    def said(self) -> str:
        """Its conditions in words."""
        found = [_SAID[name](getattr(self, name)) for name in self.conditions]
        least = f"（满足 {self.least} 项）" if self.least and len(found) > 1 else ""
        return "；".join(found) + least

    @property
    def needed(self) -> int:
        """How many conditions must hold."""
        return self.least or len(self.conditions)

    @property
    def night_span(self) -> tuple[time, time]:
        begin, _, end = self.night.partition("-")
        return time.fromisoformat(begin), time.fromisoformat(end)

    def faults(self, catalogue) -> list[str]:
        wanted = [self.order, self.clue.order if self.clue else ""]
        return [said for name in wanted if name and (said := catalogue.missing("cases", name))]


_OF = {"hour": "小时均值", "day": "日均值", "rate": "排放速率"}
_SAID = {
    "limit": lambda c: f"{_OF[c.of]}超过限值" + (f" {c.times:g} 倍" if c.times != 1 else ""),
    "above": lambda c: f"分指数高于 {c.iaqi}" if c.iaqi else f"高于 {c.value:g}",
    "rise": lambda c: f"{c.hours} 小时内升 {c.value:g}",
    "beyond": lambda c: f"为周边中位数 {c.times:g} 倍且高出 {c.value:g}",
    "ahead": lambda c: f"{c.hours} 小时后将高于 {f'分指数 {c.above.iaqi}' if c.above.iaqi else f'{c.above.value:g}'}",
    "found": lambda c: f"近一天有强度 {c.strength} 以上的质量线索",
    "silent": lambda c: f"{c} 小时没有小时值",
    "capture": lambda c: f"近 {c.days} 天低于 {c.below:g}%",
}


class Gap(Part):
    """One row of a table of replacement (无效时段替代), for emissions only."""

    name: str
    """as it is cited"""
    capture: float = Field(ge=0, le=100)
    """[%] least share of valid periods for which it holds"""
    longest: float = Field(float("inf"), gt=0)
    """longest gap; without it, any"""
    back: int = Field(gt=0)
    """valid periods looked back on"""


@kinds.add("rollups")
class Rollup(Declaration):
    """How values of a medium become minutes, hours and days (数据汇总): counts, flags, weights, replacement."""

    words: ClassVar[str] = "数据汇总"

    media: tuple[str, ...] = ()
    """networks whose hours are built by it"""
    flags: str = Field(pattern="^(any|share|valid)$")
    """`any` one abnormal value makes the period abnormal; `share` normal with a share of normal ones; `valid` abnormal ones are left out"""
    share: float = Field(0.75, gt=0, le=1)
    minute: int = Field(0, ge=0)
    """readings, one every five seconds, a minute (or ten minutes) needs; 0: real-time readings are not rolled up"""
    step: int = Field(1, ge=1, le=30)
    """[min] what real-time readings are rolled up to"""
    differ: float = Field(0.02, ge=0, le=1)
    """share by which a mean of our own may differ from what the device says before it is shown"""
    hour: int = Field(gt=0)
    """minutes (or ten minutes) an hour needs"""
    day: int = Field(gt=0, le=24)
    """hours a day needs"""
    running: float = Field(1.0, gt=0, le=1)
    """share of its hours in operation a day with stops needs"""
    exempt: int = Field(0, ge=0, le=24)
    """hours of automatic checks a day that count as valid in the rates and do not speak against the day"""
    judged: str = Field("day", pattern="^(hour|day)$")
    """means that are held against the limits"""
    weight: str = ""
    """item by which means are weighted"""
    period: str = Field("hour", pattern="^(hour|day)$")
    """periods of the table of replacement"""
    gap: tuple[Gap, ...] = ()
    """rows by falling capture, then rising length"""

    @property
    def rule(self) -> outlets.Rule:
        """As the methods take it."""
        gaps = tuple(Substitute(g.name, g.capture, g.longest, g.back) for g in self.gap)
        return outlets.Rule(self.flags, self.day, self.share, self.running, self.exempt, self.period, gaps)


@kinds.add("screenings")
class Screening(Declaration):
    """Which stations are screened for leads, over how many days, by which thresholds (质量筛查)."""

    words: ClassVar[str] = "质量筛查"

    medium: str
    """of the network: `air`, `water`"""
    place: str
    """thresholds of which kind of place: `air`, `outlet`, `water`"""
    days: int = Field(60, ge=7, le=400)
    """whole days before today"""
    radius: float = Field(25, gt=0, le=200)
    """[km] which stations are neighbours"""
    neighbours: int = Field(6, ge=0, le=30)
    """the nearest so many"""
    only: tuple[str, ...] = ()
    """checks; all where empty"""
    strength: int = Field(1, ge=1, le=3)
    """weaker leads are not kept"""
    limits: dict[str, float] = Field(default_factory=dict)
    """limits by item, for the checks against limits"""
    threshold: dict[str, float] = Field(default_factory=dict)
    """thresholds in place of the shipped ones, by name"""
    order: str = "data_check"
    """workflow (`cases`) an officer may open"""

    @model_validator(mode="after")
    def _known(self):
        if self.place not in quality.kinds():
            raise ValueError(unknown("质控场所", self.place, quality.kinds()))
        known = quality.place_items(self.place)
        faults = [unknown("质控检查", n, quality.checks()) for n in self.only if n not in quality.checks()]
        faults += [unknown("监测项目", n, known) for n in self.limits if n not in known]
        names = [n for n in vars(quality.thresholds(self.place, known[0])) if n not in ("item", "medium")]
        faults += [unknown("阈值", n, names) for n in self.threshold if n not in names]
        if faults:
            raise ValueError("；".join(faults))
        return self

    def faults(self, catalogue) -> list[str]:
        said = catalogue.missing("cases", self.order)
        return [said] if said else []


@kinds.add("suspects")
class Suspect(Declaration):
    """Entries of a register that could be behind a high value (可疑源): of which items, and how heavily they weigh."""

    words: ClassVar[str] = "可疑源"

    of: str
    """`registers`"""
    medium: str = Field("air", pattern="^(air|water)$")
    """of the stations whose values they can raise"""
    items: tuple[str, ...]
    """items its entries can raise"""
    weight: float = Field(1, gt=0, le=3)
    """against others"""
    reason: str
    """why, in words"""
    states: tuple[str, ...] = ()
    """states of entries that count; all where empty"""

    @model_validator(mode="after")
    def _known(self):
        wrong = [i for i in self.items if i not in items.symbols(self.medium)]
        if wrong:
            raise ValueError(unknown("监测项目", wrong[0], items.symbols(self.medium)))
        return self

    def faults(self, catalogue) -> list[str]:
        said = catalogue.missing("registers", self.of)
        return [said] if said else []
