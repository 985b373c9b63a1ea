"""Remaining budget of a share of sections (断面比例倒算): what each section's months left may be, how many sections may still fail."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from qingshan import standards
from qingshan.bureau.indicators import assessments, sampling, surface_water
from qingshan.bureau.indicators.assessments import Assessment, Place
from qingshan.bureau.indicators.chances import DRAWS, SEED, YEARS, keep
from qingshan.bureau.indicators.declared import Indicator
from qingshan.bureau.indicators.goals import SHARES, Goal
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.values import figure
from qingshan.methods import surface_water as water
from qingshan.outlook import budget, chance, sections
from qingshan.outlook.resampling import TooShort
from qingshan.outlook.section_draws import SectionHistory, draw_sections, share_chance
from qingshan.terms import items

UNJUDGED = ("temperature", "pH")
"""items without a limit that a mean of months is held against"""


@dataclass(frozen=True)
class Item:
    """One item at one section: mean so far, limit of the class aimed at, what the months left may be on average."""

    symbol: str
    name: str
    now: float
    limit: float
    allowed: float
    left: int
    lower: bool
    """whether the value must not fall below (dissolved oxygen)"""
    verdict: str

    @property
    def room(self) -> float:
        """How much of the limit the months left may take: below 1 they must be better than the limit."""
        if math.isnan(self.allowed):
            return math.inf
        return (self.limit / self.allowed if self.allowed > 0 else math.inf) if self.lower else self.allowed / self.limit

    @property
    def words(self) -> str:
        unit = items.get(self.symbol, "water").unit
        decimals = items.get(self.symbol, "water").decimals
        if math.isnan(self.allowed):
            return budget.WORDS[self.verdict]
        if self.verdict == budget.IMPOSSIBLE:
            return f"{self.name}余下 {self.left} 个月即使为 0 也达不到"
        side, shown = ("不低于", _up(self.allowed, decimals)) if self.lower else ("不高于", _down(self.allowed, decimals))
        return f"{self.name}余下 {self.left} 个月平均{side} {figure(shown, decimals)} {unit}"


@dataclass(frozen=True)
class Section:
    """One section's year: the class aimed at, its items with the tightest first, and whether it is settled."""

    code: str
    name: str
    area: int
    aim: str
    items: tuple[Item, ...]
    verdict: str
    reason: str = ""
    """why nothing can be told of it"""
    probability: float = math.nan
    """of meeting all its limits; NaN where it cannot be told"""

    @property
    def chance_words(self) -> str:
        return "" if math.isnan(self.probability) else chance.words(self.probability)

    @property
    def tight(self) -> tuple[Item, ...]:
        """Items that must be better than their limit in the months left; at least the tightest one."""
        short = tuple(i for i in self.items if i.room < 1)
        return short or self.items[:1]


@dataclass(frozen=True)
class Budget:
    """A share of sections and what is left of it."""

    sections: tuple[Section, ...]
    good: int
    failed: int
    share: sections.ShareBudget
    lines: tuple[str, ...]
    verdict: str
    chance: chance.Chance | None = None
    reason: str = ""
    """why there is no chance"""


def applies(indicator: Indicator) -> bool:
    return str(getattr(indicator.source, "method", "")) in SHARES


def of(held: Assessment, indicator: Indicator, area: Place, period: Period, edge: float) -> Budget | None:
    """What a target share, after rounding not below (or, of bad classes, not above) `edge` [%], leaves; None without sections."""
    sites, _ = held.counted(indicator, area)
    used = tuple(s for s in sites if (s.since is None or s.since <= period.end) and (s.until is None or s.until >= period.start))
    if not used:
        return None
    table = held.samples("water")
    samples = sampling.build(table, used, period)
    before = Period(date(period.end.year - 1, 1, 1), period.end)
    judged = _judged(indicator, replace(samples, history=sampling.build(table, used, before)), period)
    by_month = surface_water.monthly(samples, period)
    found = tuple(_section(indicator, samples, i, site, period, judged, by_month) for i, site in enumerate(used))
    counted = [s for s in found if not s.reason]
    if not counted:
        return None
    good, failed = (sum(s.verdict in states for s in counted) for states in ((budget.MET,), (budget.MISSED, budget.IMPOSSIBLE)))
    goal = edge if indicator.better == "higher" else round(100 - edge, 6)
    share = sections.share(goal, indicator.decimals, len(counted), good, failed)
    return Budget(found, good, failed, share, _lines(share, len(counted), good, failed, indicator), str(share.verdict))


def told(held: Assessment, aim: Goal, area: Place, period: Period) -> Budget | None:
    """:func:`of` with the chance of the target and of each section (达成概率); kept for a state of the data."""
    return keep(told_key(held, aim, area, period), lambda: _told(held, aim, area, period))  # type: ignore[return-value]


def told_key(held: Assessment, aim: Goal, area: Place, period: Period) -> tuple:
    """By what the answer of :func:`told` is kept."""
    return "sections", held.identity, held.run.sequence, aim.indicator.name, aim.operator, aim.value, area.id, period


def _told(held: Assessment, aim: Goal, area: Place, period: Period) -> Budget | None:
    found = of(held, aim.indicator, area, period, aim.fit)
    if found is None:
        return None
    counted = [s for s in found.sections if not s.reason]
    codes = [s.code for s in counted]
    sites = sorted((s for s in held.counted(aim.indicator, area)[0] if s.code in codes), key=lambda s: codes.index(s.code))
    past = _history(held, sites, period)
    first = np.datetime64(period.end, "M") + (0 if _running(period) else 1)
    left = np.arange(first, np.datetime64(f"{period.end.year + 1}-01", "M"))
    if past is None or not left.size:
        return replace(found, reason="没有断面的月均值，不给出概率" if past is None else "")
    limits = {name: np.array([next((i.limit for i in s.items if i.symbol == name), np.nan) for s in counted]) for name in past.values}
    try:
        drawn = draw_sections(past, left, seed=SEED, draws=DRAWS)
        bad, decimals = aim.indicator.better != "higher", aim.indicator.decimals
        made = share_chance(past, drawn, limits, bad=bad, decimals=decimals, operator=aim.operator, target=aim.value)
    except TooShort as error:
        return replace(found, reason=str(error))
    of_code = dict(zip((s.code for s in counted), made.sections.tolist(), strict=True))
    each = tuple(replace(s, probability=of_code.get(s.code, math.nan)) for s in found.sections)
    return replace(found, sections=each, chance=made.whole)


def _history(held: Assessment, sites: list, period: Period) -> SectionHistory | None:
    """Monthly means of the sections counted, as far back as the store goes, at most `YEARS` years."""
    lake, first = assessments.lake(), date(period.end.year - YEARS, 1, 1)
    table = lake.samples([s.code for s in sites], first, period.end, as_of=held.run.sequence)
    samples = sampling.build(table, sites, Period(first, period.end))
    if not samples.size:
        return None
    begun = samples.time.min().astype("datetime64[M]")
    by_month = surface_water.monthly(samples, Period(begun.astype("datetime64[D]").item(), period.end))
    used = {name: v for name, v in by_month.items() if name not in UNJUDGED and not np.isnan(v).all()}
    return SectionHistory.of(np.arange(begun, np.datetime64(period.end, "M") + 1), used) if used else None


def _running(period: Period) -> bool:
    return period.end != Period.month(period.end.year, period.end.month).end


def _lines(share: sections.ShareBudget, n: int, good: int, failed: int, indicator: Indicator) -> tuple[str, ...]:
    bad = "不达标" if indicator.source.method == "water.target_ratio" or indicator.better == "higher" else "落入所列类别"
    first = f"{n} 个断面，至少 {int(share.needed)} 个达到要求"
    spare = int(share.spare)
    rest = f"还可有 {spare} 个{bad}" if spare > 0 else f"再有 1 个{bad}就达不到目标" if spare == 0 else f"{bad}已多 {-spare} 个"
    settled = "、".join(filter(None, [f"{good} 个已定达到" if good else "", f"{failed} 个已难达到" if failed else ""]))
    return (first, rest, f"{settled}，其余 {n - good - failed} 个看余下各月" if settled else f"{n} 个都看余下各月")


def _judged(indicator: Indicator, samples: sampling.Samples, period: Period) -> tuple[str, ...]:
    """The items the sections are judged on, the X of 5+X as it stands."""
    rows = np.array([i for i in range(len(samples.codes)) if samples.body[i] and i in samples.station], int)
    if not rows.size:
        return ()
    std, rule = standards.get(surface_water.STANDARD, at=period.end), standards.get(surface_water.RULE, at=period.end)
    return tuple(surface_water.basis_of(samples, indicator, period, std, rule, rows)[0].items)


def _section(
    indicator: Indicator, samples: sampling.Samples, number: int, site, period: Period, judged: tuple[str, ...],
    by_month: dict[str, np.ndarray],
) -> Section:  # fmt: skip
    body, aim = samples.body[number], _aim(indicator, samples.target[number])
    words = "".join(water.class_words(np.array([aim]))) + "类" if aim else ""
    lacking = surface_water.NO_BODY if not body else surface_water.NO_TARGET if not aim else ""
    if not lacking and number not in samples.station:
        lacking = "没有采样数据"
    if lacking:
        return Section(site.code, site.name, site.area, words, (), "open", lacking)
    std = standards.get(surface_water.STANDARD, at=period.end)
    found = []
    for symbol in judged:
        if symbol in UNJUDGED or symbol not in by_month:
            continue
        months = by_month[symbol][number]
        if np.isnan(months).all():
            continue
        try:
            bar = water.limit(std, symbol, aim, body)
        except LookupError:
            continue
        running = bool(np.isnan(months[-1])) and _running(period)
        left, lower = 12 - period.end.month + running, symbol == "DO"
        told = sections.section(bar, months, left, sense="min" if lower else "max")
        name = items.get(symbol, "water").name
        found.append(Item(symbol, name, told.now, bar, told.allowed, left, lower, told.verdict))
    found.sort(key=lambda i: (i.verdict not in (budget.IMPOSSIBLE, budget.MISSED), i.room))
    verdicts = {i.verdict for i in found}
    lost = next((v for v in (budget.MISSED, budget.IMPOSSIBLE) if v in verdicts), "")
    verdict = lost or (budget.MET if verdicts == {budget.MET} else budget.OPEN)
    return Section(site.code, site.name, site.area, words, tuple(found), verdict, "" if found else "没有可评价项目的数据")


def _aim(indicator: Indicator, target: str) -> int:
    """The class a section must reach to count as good: of its own, or the worst of those the share counts."""
    if indicator.source.method == "water.target_ratio":
        return int(water.read_classes([target])[0])
    grades = [int(g) for g in water.read_classes(list(indicator.source.grade))]
    return max(grades) if indicator.better == "higher" else min(grades) - 1


def _down(value: float, decimals: int) -> float:
    return math.floor(round(value * 10**decimals, 6)) / 10**decimals


def _up(value: float, decimals: int) -> float:
    return math.ceil(round(value * 10**decimals, 6)) / 10**decimals
