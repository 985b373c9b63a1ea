"""Remaining budget of an indicator's target (目标倒算): where it stands, what is left, month by month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from qingshan.bureau.indicators import chances
from qingshan.bureau.indicators.assessments import Assessment, Place
from qingshan.bureau.indicators.chances import WhatIf, judged, measure
from qingshan.bureau.indicators.declared import Indicator
from qingshan.bureau.indicators.goals import COUNTS, CannotTell, Goal
from qingshan.bureau.indicators.methods import column, exact_mean
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.series import COLUMNS, Series
from qingshan.bureau.indicators.values import Value, figure
from qingshan.outlook import apportion, budget, percentiles, resampling, scenario
from qingshan.outlook.chance import Chance
from qingshan.outlook.resampling import History


@dataclass(frozen=True)
class Month:
    """One month of the year: what was or what is left, beside last year's."""

    number: int
    days: int
    """left of it; 0 where it is over"""
    now: float
    """this year's so far; NaN before it began"""
    then: float
    """last year's whole month"""
    allowed: float
    """in the days left; NaN where it is over"""
    equal: float
    """the same, shared out equally"""


@dataclass(frozen=True)
class Budget:
    """All the page says of one target."""

    indicator: Indicator
    area: Place
    period: Period
    goal: Goal
    value: Value
    left: int
    verdict: str
    lines: tuple[str, ...]
    """what is left, in sentences"""
    months: tuple[Month, ...]
    month_unit: str
    chance: Chance | None
    reason: str
    """why there is no chance"""
    needed: float
    """percent by which the days left must be lower for an even chance; NaN where 90 % is not enough, or not asked"""


def remaining(held: Assessment, aim: Goal, area: Place, period: Period) -> Budget:
    """All that is said of one target of one area at the end of a period that began on 1 January."""
    indicator = aim.indicator
    value = held.value(indicator.name, area=area, period=period)
    left = budget.days_left(period.end)
    if value.value is None:
        raise CannotTell(f"{area.name}{period.title}{indicator.title}数据不足：{value.reason}。现在还不能倒算")
    verdict, lines, allowed = _left(held, aim, area, period, value, left)
    found, reason, needed = chances.told(held, aim, area, period)
    months, unit = _months(held, aim, area, period, allowed)
    return Budget(indicator, area, period, aim, value, left, verdict, lines, months, unit, found, reason, needed)


def _left(held: Assessment, aim: Goal, area: Place, period: Period, value: Value, left: int) -> tuple[str, tuple[str, ...], float]:
    """The verdict, the sentences, and what the days left are allowed: a mean, or days."""
    indicator, edge = aim.indicator, aim.fit
    method, decimals = indicator.source.method, indicator.decimals
    if method == "mean":
        found = budget.mean(edge, decimals, round(value.exact * value.valid, 4), value.valid, left)
        verdict, most = str(found.verdict), float(found.shown)
        if most == most:
            return verdict, (f"后 {left} 天日均不高于 {figure(most, decimals + 1)} {indicator.unit}",), float(found.allowed)
        return verdict, (budget.WORDS[verdict],), float("nan")
    if method == "percentile":
        room = percentile_room(held, aim, area, period, left)
        high = f"全年第 {room.rank[0]}、{room.rank[1]} 位（由低到高）的日值决定结果，已有 {room.above} 天高于 {figure(edge, decimals)}"
        return room.verdict, (percentile_words(room, edge, decimals), high), float(room.affordable)
    if method in COUNTS:
        days, verdict = _days(held, aim, area, period, value, left)
        what = "重污染" if method == "heavy_days" else "超标"
        words = f"可再有 {days} 天{what}" if days >= 0 else f"{what}已多 {-days} 天"
        more = () if method == "heavy_days" or verdict != budget.OPEN else (f"后 {left} 天中至少要有 {left - days} 天优良",)
        return verdict, (words, *more), float(days)
    over = value.value is not None and value.value > edge
    state = budget.OPEN if left else budget.MISSED if over else budget.MET
    return state, composite_words(held, aim, area, period) or (f"现值{'高于' if over else '不高于'}目标",), float("nan")


def _days(held: Assessment, aim: Goal, area: Place, period: Period, value: Value, left: int) -> tuple[int, str]:
    method, edge = aim.indicator.source.method, aim.fit
    if method == "heavy_days":
        found = budget.heavy_days(int(edge), int(value.exact), left)
    elif method == "good_days":
        found = budget.good_days(int(edge), int(value.exact), left)
    else:
        good = held.value("good_days", area=area, period=period, comparison=False)
        found = budget.good_ratio(edge, aim.indicator.decimals, int(good.exact), value.valid, left)
    return int(found.affordable), str(found.verdict)


def percentile_room(held: Assessment, aim: Goal, area: Place, period: Period, left: int) -> percentiles.PercentileBudget:
    """High days still affordable (百分位数余量)."""
    source = aim.indicator.source
    assert source.percent is not None
    values = judged(held, aim.indicator, area, WhatIf()).cut(period).conc[column(source.item)]
    return percentiles.percentile(aim.fit, aim.indicator.decimals, source.percent, values, left)


def percentile_words(room: percentiles.PercentileBudget, edge: float, decimals: int) -> str:
    """The sentence of a percentile's budget."""
    if room.affordable >= 0:
        return f"可再有 {room.affordable} 天高于 {figure(edge, decimals)}"
    return f"余下各日须低于 {figure(edge, decimals)} 才有余地" if room.most >= 0 else budget.WORDS[room.verdict]


def composite_words(held: Assessment, aim: Goal, area: Place, period: Period) -> tuple[str, ...]:
    """By how much the six items must come down in the days left, against last year's same days; empty without them."""
    end = Period.year(period.end.year).end
    series = judged(held, aim.indicator, area, WhatIf())
    past = History.of(series.days, {k: np.maximum(series.conc[k], 0.0) for k in COLUMNS})
    so_far = past.span(period.start, period.end)
    left = np.arange(np.datetime64(period.end) + 1, np.datetime64(end) + 1)
    if not left.size:
        return ()
    rows = (resampling.same_day(left, 1) - past.days[0]).astype(int)
    if rows.min() < 0:
        return ()
    then = {k: v[rows] for k, v in past.columns.items()}
    made = measure(aim.indicator, (), period.start, end)

    def makes(percent: float) -> float:
        year = {k: np.concatenate([so_far[k], v * (1 - percent / 100)]) for k, v in then.items()}
        value = float(made(year))
        return float(value <= aim.fit + 1e-9)

    needed = scenario.needed_change(makes, 1.0)
    if needed != needed:
        return ("余下时段六项降九成也难达到",)
    return ("余下时段六项与去年同期持平即可",) if needed == 0 else (f"余下时段六项须较去年同期降 {needed:g}%",)


def _months(held: Assessment, aim: Goal, area: Place, period: Period, allowed: float) -> tuple[tuple[Month, ...], str]:
    """The year's months: this year's and last year's, and what is left to the ones to come. Empty for a composite index."""
    indicator, year = aim.indicator, period.end.year
    method = indicator.source.method
    if method == "composite_index":
        return (), ""
    series = judged(held, indicator, area, WhatIf())
    daily, whole = _daily(aim, series)
    number = series.days.astype("datetime64[M]").astype(int) % 12 + 1
    of_year = series.days.astype("datetime64[Y]").astype(int) + 1970
    sums = {}
    for y in (year - 1, year):
        for m in range(1, 13):
            part = daily[(number == m) & (of_year == y) & (series.days <= np.datetime64(period.end))]
            part = part[~np.isnan(part)]
            sums[y, m] = float("nan") if not part.size else float(part.sum()) if whole else exact_mean(part)
    rest = [max((Period.month(year, m).end - max(Period.month(year, m).start, _next(period.end))).days + 1, 0) for m in range(1, 13)]
    to_come = [m for m in range(1, 13) if rest[m - 1]]
    usual = [sums[year - 1, m] * (rest[m - 1] / Period.month(year, m).n_days if whole else 1) for m in to_come]
    season, equal = _shares(allowed, [rest[m - 1] for m in to_come], usual, whole)
    left = {m: (a, b) for m, a, b in zip(to_come, season, equal)}
    nan = (float("nan"), float("nan"))
    months = tuple(Month(m, rest[m - 1], sums[year, m], sums[year - 1, m], *left.get(m, nan)) for m in range(1, 13))
    unit = indicator.unit if not whole else "天"
    return months, unit


def _shares(allowed: float, days: list[int], usual: list[float], whole: bool) -> tuple[np.ndarray, np.ndarray]:
    if not days or allowed != allowed or allowed < 0:
        nothing = np.full(len(days), np.nan)
        return nothing, nothing
    if whole:
        weights = days if any(u != u for u in usual) or sum(usual) == 0 else usual
        return apportion.whole(int(allowed), weights, days).astype(float), apportion.whole(int(allowed), days, days).astype(float)
    return apportion.by_season(allowed, days, usual), apportion.equally(allowed, days)


def _daily(aim: Goal, series: Series) -> tuple[np.ndarray, bool]:
    """What each day adds, and whether that is a count of days: 1 for a day that uses the budget up."""
    source = aim.indicator.source
    if source.method == "mean":
        return series.conc[column(source.item)], False
    if source.method == "percentile":
        values, bar = series.conc[column(source.item)], aim.fit
    else:
        values, _ = series.report()
        bar = source.above or (200 if source.method == "heavy_days" else 100)
    return np.where(np.isnan(values), np.nan, values > bar), True


def _next(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
