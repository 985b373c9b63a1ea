"""A value and what stands beside it (指标值): computed in one place for every page and document."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from qingshan.bureau.indicators.declared import Indicator
from qingshan.bureau.indicators.methods import capture, column, methods
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.series import IN_FORCE, Editions, Series
from qingshan.methods import air
from qingshan.stats import rounding, validity
from qingshan.terms import items

SHORT = "数据不足"
MINUS = "−"


@dataclass(frozen=True)
class Input:
    """One thing a value was made of: a row, a report, a station's samples, another indicator. `area` decides who may be shown it."""

    title: str
    text: str = ""
    url: str = ""
    area: int | None = None
    counted: bool = True


@dataclass(frozen=True)
class Value:
    """One indicator of one unit in one period.

    `value` is the published number, None where the validity rule says there is none; `computed` is what the data there are
    would give, shown only beside the reason. `exact` is unrounded.
    """

    indicator: Indicator
    period: Period
    value: float | None
    text: str
    unit: str
    capture: float
    valid: int
    n_days: int
    computed: str = ""
    exact: float = math.nan
    editions: tuple[str, ...] = ()
    verify: tuple[str, ...] = ()
    reason: str = ""
    days: tuple[str, ...] = ()
    parts: dict[str, float] = field(default_factory=dict)
    stations: tuple[str, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)
    dust_days: tuple[str, ...] = ()
    last_year: Comparison | None = None
    run: str = ""
    inputs: tuple[Input, ...] = ()
    """what it was made of, where that is not the hours of stations"""
    notes: tuple[str, ...] = ()
    """what a reader has to know beside the number (说明)"""
    basis: dict = field(default_factory=dict, compare=False)
    """of one value: the input it can be made of again"""

    @property
    def name(self) -> str:
        return self.indicator.name

    @property
    def is_valid(self) -> bool:
        return self.value is not None

    @property
    def edition(self) -> str:
        return "、".join(self.editions)

    @property
    def capture_text(self) -> str:
        return "—" if math.isnan(self.capture) else figure(rounded(self.capture, 1), 1)


@dataclass(frozen=True)
class Comparison:
    """This period against the same span of last year (同比).

    `then` is judged by the editions in force at the time. Where the editions of the two sides differ and the value depends
    on them, `crosses` is true and `now_again`, `then_again` are both sides by one edition (回算); the words say so.
    """

    then: Value
    change: float | None
    words: str
    text: str
    crosses: bool = False
    now_again: Value | None = None
    then_again: Value | None = None
    words_again: str = ""
    text_again: str = ""
    note: str = ""
    now_same: Value | None = None
    then_same: Value | None = None
    words_same: str = ""
    """both sides by the stations they have in common (可比站点), where the stations differ"""


def rounded(number: float, decimals: int) -> float:
    return float(rounding.half_even(number, decimals))


def figure(number: float, decimals: int) -> str:
    """A number for people: its decimals, a true minus, thousands by a thin space."""
    text = f"{abs(number):,.{decimals}f}".replace(",", "\u2009")
    return (MINUS if number < 0 and float(f"{number:.{decimals}f}") != 0 else "") + text


def evaluate(
    indicator: Indicator, series: Series, period: Period, *, editions: Editions = IN_FORCE, dust: Iterable[tuple[str, tuple[str, ...]]] = ()
) -> Value:
    """The value of one unit in one period, with its validity. `dust`: days on record with their columns."""
    part = series.cut(period)
    removed: tuple[str, ...] = ()
    if indicator.dust == "exclude":
        for day, columns in dust:
            mask = part.days == np.datetime64(day)
            if mask.any() and set(columns) & set(map(column, indicator.items)):
                part, removed = part.without(mask, columns), (*removed, day)
    method = methods[indicator.source.method]
    raw = method.run(part, indicator, editions)
    rate, valid = capture(part, indicator.items), int(raw.valid.sum())
    reason = _reason(indicator, part, raw, period, editions, valid, removed)
    number = raw.exact if reason == "" or not math.isnan(raw.exact) else math.nan
    published = rounded(number, indicator.decimals) if not math.isnan(number) else None
    text = figure(published, indicator.decimals) if published is not None else "—"
    marks = tuple(dict.fromkeys([*indicator.verify, *(f"{e}：{m}" for e in raw.editions for m in e.verify)]))
    return Value(
        indicator, period, None if reason else published, SHORT if reason else text, indicator.unit, rate, valid, period.n_days,
        computed=text, exact=raw.exact, editions=tuple(dict.fromkeys(map(str, raw.editions))), verify=marks, reason=reason,
        days=raw.days, parts=raw.parts, stations=part.used, left_out=dict(part.left_out or {}), dust_days=removed,
    )  # fmt: skip


def made(indicator: Indicator, period: Period, exact: float, reason: str, **more) -> Value:
    """A value that is not made of station days: published where there is no reason against it."""
    if not reason and math.isnan(exact):
        reason = f"{period.title}没有数据"
    published = None if math.isnan(exact) else rounded(exact, indicator.decimals)
    text = "—" if published is None else figure(published, indicator.decimals)
    said = {"capture": math.nan, "valid": 0, "n_days": period.n_days, "verify": indicator.verify} | more
    return Value(
        indicator, period, None if reason else published, SHORT if reason else text, indicator.unit, computed=text, exact=exact,
        reason=reason, **said,
    )  # fmt: skip


def _reason(indicator, part: Series, raw, period: Period, editions: Editions, valid: int, removed: tuple[str, ...]) -> str:
    """Why there is no value, in words; empty where there is one."""
    if not part.stations:
        return "没有参加评价的站点"
    if not part.possible.any():
        return f"{period.title}没有站点在用"
    method = methods[indicator.source.method]
    if indicator.source.method == "capture_rate":
        return ""
    if math.isnan(raw.exact) or valid == 0:
        return f"{period.title}没有有效日值"
    days = period.n_days - len(removed)
    if valid < indicator.validity.share * days:
        return f"有效 {valid} 天，不足 {days} 天的 {indicator.validity.share:.0%}"
    if not indicator.validity.months or method.is_count:
        return ""
    gb3095 = editions.at(indicator.validity.standard, period.end)
    short: list[str] = []
    for item in indicator.items:
        if item not in items.AIR and not _has_rule(gb3095, item):
            continue
        need = _year_rule(gb3095, editions, item, period)
        has = ~np.isnan(part.conc[column(item)])
        if removed:
            has |= np.isin(part.days, np.array(removed, "datetime64[D]"))  # a day deducted on record is not missing
        found = validity.capture(part.days, has, need)
        short += [f"{item} {_month_words(line)}" if len(indicator.items) > 1 else _month_words(line) for line in found.short]
    return f"{short[0]}，见 {gb3095} 表4" if short else ""


def _has_rule(gb3095, item: str) -> bool:
    """Whether the standard says how much data a year of the item needs."""
    try:
        air.validity_rule(gb3095, item, "year")
    except LookupError:
        return False
    return True


def _year_rule(gb3095, editions: Editions, item: str, period: Period):
    if item in ("O3", "CO"):
        return air.validity_rule(editions.at("HJ 663", period.end), item, "year")
    return air.validity_rule(gb3095, item, "year")


def _month_words(line: str) -> str:
    """``2026-10 有效 22 天，少于 27 天`` as people say it."""
    head, _, rest = line.partition(" ")
    if "-" in head:
        year, month = head.split("-")
        return f"{year}年{int(month)}月{rest}"
    return f"{head}年{rest.removeprefix('年')}"


def compare(indicator: Indicator, now: Value, then: Value, again: tuple[Value, Value] | None = None, edition: str = "") -> Comparison:
    """Last year's same span beside this one; `again` are both sides by one edition where a change of edition lies between."""
    change, words, text = change_of(indicator, now, then)
    if again is None:
        differs = indicator.medium == "air" and now.is_valid and then.is_valid and set(now.editions) != set(then.editions)
        note = "同比两侧为浓度，不受标准换版影响" if differs and not indicator.is_sensitive else ""
        return Comparison(then, change, words, text, note=note)
    _, words_again, text_again = change_of(indicator, *again)
    note = (
        f"跨 2026年3月1日标准换版：{now.period.short}按{now.edition}，{then.period.title}按{then.edition}；"
        f"两侧都按{edition}回算，本期 {again[0].text}，同期 {again[1].text}，{words_again}"
    )
    return Comparison(then, change, words, text, True, again[0], again[1], words_again, text_again, note)


def change_of(indicator: Indicator, now: Value, then: Value) -> tuple[float | None, str, str]:
    """The change as a number, as a sentence and as a table cell, from the published figures so that a reader can check it."""
    if now.value is None or then.value is None:
        return None, f"同比不作比较（{'本期' if now.value is None else '去年同期'}{SHORT}）", "—"
    if indicator.change == "difference":
        gap = rounded(now.value - then.value, indicator.decimals)
        unit = "个百分点" if indicator.unit == "%" else indicator.unit
        words = "同比持平" if gap == 0 else f"同比{_rise(indicator, gap)}{figure(abs(gap), indicator.decimals)}{unit}"
        return gap, words, "0" if gap == 0 else signed(gap, indicator.decimals)
    if then.value == 0:
        return None, "同比不作比较（去年同期为 0）", "—"
    gap = rounded(100 * (now.value - then.value) / then.value, 1)
    words = "同比持平" if gap == 0 else f"同比{'上升' if gap > 0 else '下降'}{figure(abs(gap), 1)}%"
    return gap, words, "0.0" if gap == 0 else signed(gap, 1)


def signed(number: float, decimals: int) -> str:
    return ("+" if number > 0 else MINUS) + figure(abs(number), decimals)


def _rise(indicator: Indicator, gap: float) -> str:
    if indicator.unit == "%":
        return "上升" if gap > 0 else "下降"
    return "增加" if gap > 0 else "减少"
