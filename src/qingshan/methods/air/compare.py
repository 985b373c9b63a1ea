"""Year on year across a change of standard (同比与换版): both periods under each standard, and a sentence that says so.

A figure of 2026-03 beside one of 2025-03 compares two standards. Here both periods are evaluated under every standard that was
in force in either of them, and under its own ("as published").
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan import standards
from qingshan.methods.air.composite import composite_index
from qingshan.methods.air.index import daily
from qingshan.methods.air.period import good_days, heavy_days, statistics
from qingshan.methods.air.rules import CLASS_2, limit
from qingshan.methods.air.standing import exceedance
from qingshan.standards.edition import Edition
from qingshan.stats.columns import Numbers, numbers
from qingshan.terms import arguments
from qingshan.terms.items import AIR
from qingshan.terms.registry import unknown


@dataclass(frozen=True)
class Spell:
    """Daily values of one area over a period (时段日值)."""

    dates: NDArray[np.datetime64]
    days: Mapping[str, Numbers]
    """by column ``SO2, NO2, CO, O3_8h, PM10, PM2.5``, each (n_days,) [µg/m³; CO mg/m³]"""


def spell(dates: ArrayLike, days: Mapping[str, ArrayLike]) -> Spell:
    """A period's daily values, checked: equal lengths, each day once."""
    column = arguments.moments(dates, "D", "日期")
    values = {k: numbers(v, f"{k} 日值") for k, v in days.items()}
    wrong = [k for k, v in values.items() if v.shape != column.shape]
    if wrong or column.ndim != 1 or column.size == 0:
        raise ValueError(f"日期 {column.shape} 与日值须同为一列、等长且不空：{'、'.join(wrong)}")
    if np.isnat(column).any() or np.unique(column).size != column.size:
        raise ValueError("日期有缺失或重复")
    return Spell(column, values)


@dataclass(frozen=True)
class Standards:
    """The standards one side is evaluated under (一套标准)."""

    hj633: Edition
    gb3095: Edition
    phase: str
    hj663: Edition
    since: date

    def name(self, measure: str) -> str:
        """What is printed beside a number of the measure."""
        if MEASURES[measure.partition(":")[0]][2] == "HJ 633":
            return str(self.hj633)
        stage = {"transition": "（过渡阶段）", "final": "（2031年起）"}.get(self.phase, "")
        return f"{self.gb3095}{stage}"


@dataclass(frozen=True)
class Side:
    """One comparison under one standard, or each period under its own (一种口径)."""

    standard: str
    now: float
    before: float

    @property
    def change(self) -> float:
        """Now less before; NaN where one is missing."""
        return round(self.now - self.before, 6)

    @property
    def rate(self) -> float:
        """Change relative to before [%]; NaN where before is 0 or missing."""
        return 100 * (self.now - self.before) / self.before if self.before else float("nan")


@dataclass(frozen=True)
class YearOnYear:
    """A figure and that of the period before, under one standard or, across a change, under each (同比)."""

    measure: str
    title: str
    unit: str
    sides: tuple[Side, ...]
    """both periods under each standard in force in either; one where nothing changed"""
    in_force: Side
    """each period under the standards of its own days: what was published then"""
    changed: tuple[date, ...]
    """the days of change between the first day of the period before and the last of this one"""
    sentence: str

    @property
    def crosses(self) -> bool:
        """Whether a change of standard lies between: then no single pair of figures may be printed."""
        return len(self.sides) > 1


Measure = Callable[[Standards, Spell, Mapping[str, Any]], float]


def _aqi(std: Standards, spell_: Spell, options: Mapping[str, Any]) -> Numbers:
    return daily(std.hj633, spell_.days, unplanned=options["unplanned"]).aqi


def _good(std: Standards, part: Spell, options: Mapping[str, Any]) -> float:
    return float(good_days(std.hj633, _aqi(std, part, options)).count)


def _good_ratio(std: Standards, part: Spell, options: Mapping[str, Any]) -> float:
    return float(good_days(std.hj633, _aqi(std, part, options)).ratio)


def _heavy(std: Standards, part: Spell, options: Mapping[str, Any]) -> float:
    return float(heavy_days(std.hj633, _aqi(std, part, options)).count)


def _heavy_ratio(std: Standards, part: Spell, options: Mapping[str, Any]) -> float:
    return float(heavy_days(std.hj633, _aqi(std, part, options)).ratio)


def _composite(std: Standards, part: Spell, options: Mapping[str, Any]) -> float:
    found = statistics(std.hj663, part.days, excluded=None)
    return float(composite_index(options["rule"], std.gb3095, found, phase=std.phase))


def _over(std: Standards, part: Spell, options: Mapping[str, Any]) -> float:
    column = "O3_8h" if options["item"] == "O3" else options["item"]
    return float(exceedance(std.hj663, std.gb3095, options["item"], part.days[column], phase=std.phase).over)


def _over_rate(std: Standards, part: Spell, options: Mapping[str, Any]) -> float:
    column = "O3_8h" if options["item"] == "O3" else options["item"]
    return float(exceedance(std.hj663, std.gb3095, options["item"], part.days[column], phase=std.phase).rate)


MEASURES: dict[str, tuple[str, str, str, int, Measure]] = {
    "good_days": ("优良天数", "天", "HJ 633", 0, _good),
    "good_ratio": ("优良天数比例", "%", "HJ 633", 1, _good_ratio),
    "heavy_days": ("重污染天数", "天", "HJ 633", 0, _heavy),
    "heavy_ratio": ("重污染天数比例", "%", "HJ 633", 1, _heavy_ratio),
    "composite_index": ("综合指数", "", "GB 3095", 2, _composite),
    "over_days": ("超标天数", "天", "GB 3095", 0, _over),
    "over_rate": ("超标率", "%", "GB 3095", 1, _over_rate),
}
"""Figures that a change of standard moves: title, unit, the standard they rest on, decimals, function. The last two are of one
item: ``"over_days:PM2.5"``"""


def _standards(column: NDArray[np.datetime64], catalogue: standards.Catalogue, region: str) -> list[tuple[Standards, NDArray[np.intp]]]:
    """The sets of standards in force, in order of time, each with the days it rules."""
    found: list[tuple[Standards, NDArray[np.intp]]] = []
    for hj633, _, mask in catalogue.spans("HJ 633", column, region):
        outer = np.flatnonzero(mask)
        for gb3095, phase, inner in catalogue.spans("GB 3095", column[outer], region):
            rows = outer[inner]
            first = column[rows].min().item()
            found.append((Standards(hj633, gb3095, phase.id, catalogue.get("HJ 663", at=first, region=region), first), rows))
    return sorted(found, key=lambda pair: pair[0].since)


def _key(std: Standards, rests_on: str) -> tuple[Any, ...]:
    """What of a set of standards moves a measure: the edition of HJ 633; or the class-2 limits of GB 3095."""
    if rests_on == "HJ 633":
        return (std.hj633.edition,)
    rows = std.gb3095.table("limit")["row"]
    return tuple(limit(std.gb3095, r["item"], r["window"], zone=CLASS_2, phase=std.phase) for r in rows)


def year_on_year(
    now: Spell, before: Spell, measure: str, *, rule: Edition | None = None, unplanned: Collection[str] = (),
    before_word: str = "上年同期", catalogue: standards.Catalogue = standards.national, region: str = "",
) -> YearOnYear:  # fmt: skip
    """A figure beside that of a period before, under every standard in force in either (同比；跨换版的按新旧标准各给一组).

    Parameters
    ----------
    measure : one of :data:`MEASURES`; ``over_days`` and ``over_rate`` with their item, ``"over_days:PM2.5"``
    rule : Edition of 城市环境空气质量排名技术规定, for the composite index; by default that in force at the end of `now`
    unplanned : items not in the monitoring plan, as in :func:`qingshan.methods.air.daily`
    """
    name, _, item = measure.partition(":")
    if name not in MEASURES:
        raise LookupError(unknown("同比指标", measure, MEASURES))
    if name.startswith("over_") and item not in AIR:
        raise LookupError(f"{measure}：写成 {name}:项目；{unknown('空气质量项目', item, AIR)}")
    title, unit, rests_on, decimals, work = MEASURES[name]
    title = f"{item} {title}" if item else title
    rule = rule or catalogue.get("城市环境空气质量排名技术规定", at=now.dates.max().item(), region=region)
    options = {"unplanned": unplanned, "item": item, "rule": rule}
    both = np.concatenate([before.dates, now.dates])
    sets = _standards(both, catalogue, region)
    distinct: dict[tuple[Any, ...], Standards] = {}
    for std, _ in sets:
        distinct.setdefault(_key(std, rests_on), std)
    sides = tuple(Side(std.name(measure), work(std, now, options), work(std, before, options)) for std in distinct.values())
    own = [_own(part, work, options, name, rests_on, catalogue, region) for part in (now, before)]
    names = " / ".join(dict.fromkeys(std.name(measure) for std in distinct.values()))
    in_force = Side(f"各按当日现行标准（{names}）" if len(distinct) > 1 else names, *own)
    changed = tuple(_first_day(std, rests_on) for std in list(distinct.values())[1:])
    sentence = _sentence(title, unit, decimals, sides, changed, before_word) + _state([std for std, _ in sets])
    return YearOnYear(measure, title, unit, sides, in_force, changed, sentence)


def _state(sets: list[Standards]) -> str:
    """That gases were reported in another state before 2018-09-01 (修改单), where both states occur."""
    kelvin = [std.gb3095.row("state", items="SO2")["temperature_K"] for std in sets]
    later = [std for std, k in zip(sets, kelvin, strict=True) if k != kelvin[0]]
    if not later:
        return ""
    day = min(p.start for p in later[0].gb3095.phases)
    return f"{day} 起气态项目浓度由标准状态改为参比状态，此前的浓度未换算。"


def _first_day(std: Standards, rests_on: str) -> date:
    if rests_on == "HJ 633":
        return min(p.start for p in std.hj633.phases if p.holds(std.since, p.region))
    return min(p.start for p in std.gb3095.phases if p.id == std.phase)


def _own(
    part: Spell, work: Measure, options: Mapping[str, Any], name: str, rests_on: str, catalogue: standards.Catalogue, region: str
) -> float:
    """A period under the standards of its own days: days are counted day by day, an index takes those of the last day."""
    sets = _standards(part.dates, catalogue, region)
    if len({_key(std, rests_on) for std, _ in sets}) == 1 or name == "composite_index":
        return work(sets[-1][0], part, options)
    parts = [(std, Spell(part.dates[rows], {k: v[rows] for k, v in part.days.items()})) for std, rows in sets]
    if name in ("good_days", "heavy_days", "over_days"):
        return sum(work(std, piece, options) for std, piece in parts)
    counted = {"good_ratio": good_days, "heavy_ratio": heavy_days}
    count = of = 0
    for std, piece in parts:
        if name in counted:
            found = counted[name](std.hj633, _aqi(std, piece, options))
            count, of = count + int(found.count), of + int(found.of)
        else:
            column = "O3_8h" if options["item"] == "O3" else options["item"]
            days = exceedance(std.hj663, std.gb3095, options["item"], piece.days[column], phase=std.phase)
            count, of = count + int(days.over), of + int(days.of)
    return round(100 * count / of, 1) if of else float("nan")


def _sentence(title: str, unit: str, decimals: int, sides: tuple[Side, ...], changed: tuple[date, ...], before_word: str) -> str:
    parts = [_said(side, unit, decimals, before_word) for side in sides]
    if len(sides) == 1:
        return f"{title}：{parts[0]}（{sides[0].standard}）。"
    said = "；".join(f"按 {side.standard}，{words}" for side, words in zip(sides, parts, strict=True))
    days = "、".join(map(str, changed))
    return f"{title}：{said}。两期跨 {days} 标准更换，不同标准下的数不能直接相比。"


def _said(side: Side, unit: str, decimals: int, before_word: str) -> str:
    def shown(value: float) -> str:
        return "数据不足" if np.isnan(value) else f"{value:.{decimals}f}{f' {unit}' if unit and unit != '%' else unit}"

    text = f"本期 {shown(side.now)}、{before_word} {shown(side.before)}"
    if np.isnan(side.change):
        return text
    step = abs(side.change)
    if round(step, decimals) == 0:
        return f"{text}，持平"
    word = "增加" if unit == "天" else "上升"
    less = "减少" if unit == "天" else "下降"
    each = "个百分点" if unit == "%" else unit
    return f"{text}，{word if side.change > 0 else less} {step:.{decimals}f}{f' {each}' if each else ''}"


arguments.guard(__name__)
