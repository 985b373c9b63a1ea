"""Remaining budget of an indicator's target (目标倒算): where it stands, what is left each month, the chance, who makes it up, what if.

Every figure comes out of the assessment the indicator's value comes from, and of those of earlier years for its history.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np

from qingshan import standards
from qingshan.bureau.indicators import assessments
from qingshan.bureau.indicators.assessments import Assessment, Place
from qingshan.bureau.indicators.declared import Indicator
from qingshan.bureau.indicators.methods import RANKING, column, exact_mean
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.series import COLUMNS, IN_FORCE, ITEM_OF, Series
from qingshan.bureau.indicators.values import Value, figure
from qingshan.methods import air
from qingshan.outlook import apportion, budget, percentiles, resampling, scenario
from qingshan.outlook.chance import Chance, Measure, chance, mean_of, percentile_of
from qingshan.outlook.resampling import Draws, History, TooShort
from qingshan.stats import rounding
from qingshan.stats.percentile import percentile as rank_percentile
from qingshan.terms import items

SEED, DRAWS, YEARS = 20260101, 2000, 6
"""of the bootstrap; and how many years back its history reaches"""
AT_MOST, AT_LEAST = ("<=", "<"), (">=", ">")
COUNTS = ("good_days", "good_day_ratio", "heavy_days")
METHODS = ("mean", "percentile", *COUNTS, "composite_index")
SHARES = ("water.class_share", "water.target_ratio")
"""shares of sections, worked back from by ``section_budgets``"""
KEPT = 48
MOST_VALUE = 100_000
"""above which no target of an indicator lies"""
MOST_CHANGE = 50
"""percent by which the page lets the days left be changed, up or down"""


class CannotTell(ValueError):
    """No remaining budget can be told; the message says why and what to do."""


@dataclass(frozen=True)
class Goal:
    """A target as the page judges it: the operator and the number it is compared with after rounding."""

    operator: str
    value: float
    indicator: Indicator

    @property
    def capped(self) -> bool:
        return self.operator in AT_MOST

    @property
    def fit(self) -> float:
        return budget.edge(self.value, self.indicator.decimals, self.operator)

    @property
    def text(self) -> str:
        sign = {"<=": "≤", ">=": "≥"}.get(self.operator, self.operator)
        number = Decimal(str(self.value)).normalize()
        return f"{sign} {number:f}"

    @property
    def words(self) -> str:
        """When the published value just makes it, with the rounding said."""
        i, edge = self.indicator, self.fit
        if i.source.method in ("good_days", "heavy_days"):
            return f"全年{'不多于' if self.capped else '不少于'} {figure(edge, 0)} 天"
        side = "不高于" if self.capped else "不低于"
        return f"年值按 GB/T 8170 修约到 {i.decimals} 位小数后{side} {figure(edge, i.decimals)}，即为达到"


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


@dataclass(frozen=True)
class WhatIf:
    """The days left changed, days left out, a station taken away."""

    change: float = 0.0
    dust: bool = False
    """leave out the days on record as sand and dust, also where the definition keeps them"""
    heavy: bool = False
    """leave out this year's days above 200"""
    without: str = ""
    """code of a station taken out of the district, back to the beginning"""

    @property
    def is_any(self) -> bool:
        return bool(self.change or self.dust or self.heavy or self.without)


_kept: OrderedDict[tuple, object] = OrderedDict()
_lock = threading.Lock()


def keep(key: tuple, make: Callable[[], object]) -> object:
    """What `make` gives, made once for a key and held while it is among the last asked for."""
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    made = make()
    with _lock:
        _kept[key] = made
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made


def clear() -> None:
    """Forget what is kept; for tests."""
    with _lock:
        _kept.clear()


def method_of(indicator: Indicator) -> str:
    """The method by which it is computed from observations; empty for one that comes from elsewhere."""
    return str(getattr(indicator.source, "method", ""))


def may(indicator: Indicator) -> bool:
    """Whether a target of it can be worked back from: days of the air, or shares of sections."""
    return method_of(indicator) in (*METHODS, *SHARES)


def goal(indicator: Indicator, operator: str, value: float | None) -> Goal:
    """A target checked against its indicator; raises CannotTell with what is wrong."""
    if not may(indicator):
        raise CannotTell(f"“{indicator.title}”不作目标倒算：它的算法没有剩余空间可言")
    if value is None:
        raise CannotTell("这项目标没有写数值，不能倒算。请在台账里补上目标值，或在上面填一个")
    if operator not in (*AT_MOST, *AT_LEAST):
        raise CannotTell("目标要写成“不高于”“低于”“不少于”或“多于”一个数才能倒算")
    if (operator in AT_MOST) != (indicator.better == "lower"):
        side = "越低越好，目标却写“不少于”" if indicator.better == "lower" else "越高越好，目标却写“不高于”"
        raise CannotTell(f"目标方向与指标相反：{indicator.title}{side}。请核对原文并更正")
    if not 0 <= value <= MOST_VALUE or (indicator.unit == "%" and value > 100) or (indicator.unit == "天" and value > 366):
        raise CannotTell(f"目标值 {value:g}{indicator.unit} 不在可能的范围内，请核对")
    return Goal(operator, value, indicator)


def default_operator(indicator: Indicator) -> str:
    return "<=" if indicator.better == "lower" else ">="


# ── series and history ──
def _columns(indicator: Indicator) -> tuple[str, ...]:
    return (column(indicator.source.item),) if indicator.source.item else COLUMNS


def judged(held: Assessment, indicator: Indicator, area: Place, if_: WhatIf) -> Series:
    """The area's days as the indicator takes them: days on record left out where the definition, or the what-if, says so."""
    series = held.series(indicator, area=area)
    if if_.without:
        codes = tuple(code for code in series.stations if code != if_.without)
        if not codes or if_.without not in series.stations:
            raise CannotTell("去掉这个站点后没有站点可评价，或它本来就不参加评价")
        series = replace(held.table.area(codes), unplanned=held.unplanned(codes))
    if indicator.dust == "exclude" or if_.dust:
        for day, columns, whose in held.deductions:
            mask = series.days == np.datetime64(day)
            if mask.any() and (whose is None or whose == area.id):
                series = series.without(mask, columns)
    return series


def history(held: Assessment, indicator: Indicator, area: Place, on: date, if_: WhatIf | None = None) -> History:
    """Daily values of the area up to a day, as far back as there are data, at most `YEARS` years."""
    if_, first = if_ or WhatIf(), assessments.lake().span()
    spans = [held]
    for back in range(2, YEARS, 2):
        year = held.span.end.year - back
        if first and first[0].year <= year:
            spans.append(assessments.of(Period.year(year)))
    days, columns = [], {name: [] for name in _columns(indicator)}
    for one in reversed(spans):
        series = judged(one, indicator, area, if_)
        keep = series.days <= np.datetime64(on)
        days.append(series.days[keep])
        for name, out in columns.items():
            out.append(series.conc[name][keep])
    made = History.of(np.concatenate(days), {k: np.maximum(np.concatenate(v), 0.0) for k, v in columns.items()})
    if not if_.heavy:
        return made
    series = judged(held, indicator, area, if_)
    aqi, _ = series.report()
    with np.errstate(invalid="ignore"):
        out_days = series.days[(aqi > 200) & (series.days >= np.datetime64(date(on.year, 1, 1)))]
    return scenario.without(made, out_days)


def measure(indicator: Indicator, unplanned: tuple[str, ...], begin: date, end: date) -> Measure:
    """From the year's daily columns, drawn ones included, to its exact value, by the editions in force on each day."""
    method, source = indicator.source.method, indicator.source
    if method == "mean":
        return mean_of(column(source.item))
    if method == "percentile":
        assert source.percent is not None
        return percentile_of(column(source.item), source.percent)
    if method == "composite_index":
        return _composite(indicator, end)
    days = np.arange(np.datetime64(begin), np.datetime64(end) + 1)
    bar = source.above or (200 if method == "heavy_days" else 100)

    def count(columns) -> np.ndarray:
        shape = next(iter(columns.values())).shape
        aqi = np.full(shape, np.nan)
        for edition, mask in IN_FORCE.spans("HJ 633", days[: shape[-1]]):
            part = {k: v[..., mask] for k, v in columns.items()}
            aqi[..., mask] = air.daily(edition, part, unplanned=unplanned).aqi
        if method == "heavy_days":
            return np.asarray((aqi > bar).sum(axis=-1), float)
        good = (aqi <= bar).sum(axis=-1)
        if method == "good_days":
            return np.asarray(good, float)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(100 * good / (~np.isnan(aqi)).sum(axis=-1), float)

    return count


def _composite(indicator: Indicator, end: date) -> Measure:
    rule, gb3095 = standards.get(RANKING, at=end), IN_FORCE.at("GB 3095", end)
    phase, rows = IN_FORCE.phase(gb3095, end), rule.table("index")["row"]

    def total(columns) -> np.ndarray:
        statistics = {}
        for row in rows:
            name = column(row["item"])
            found = rank_percentile(columns[name], row["percent"]) if "percent" in row else mean_of(name)(columns)
            statistics[f"{row['item']}_{row['statistic']}"] = found
        return air.composite_index(rule, gb3095, statistics, phase=phase, decimals=indicator.decimals)

    return total


def _rounded(draws: Draws) -> Draws:
    """Drawn days as days are published: whole numbers, CO one decimal."""
    return replace(draws, columns={k: rounding.half_even(v, items.get(ITEM_OF[k]).decimals) for k, v in draws.columns.items()})


def told(held: Assessment, aim: Goal, area: Place, period: Period, if_: WhatIf | None = None) -> tuple[Chance | None, str, float]:
    """The chance of a target, why there is none, and the reduction that makes it even; kept for a state of the data."""
    if_ = if_ or WhatIf()
    key = ("told", held.identity, aim.indicator.name, aim.operator, aim.value, area.id, period, if_)
    return keep(key, lambda: _told(held, aim, area, period, if_))  # type: ignore[return-value]


def _told(held: Assessment, aim: Goal, area: Place, period: Period, if_: WhatIf) -> tuple[Chance | None, str, float]:
    begin, on, end = period.start, period.end, Period.year(period.end.year).end
    indicator = aim.indicator
    try:
        past = history(held, indicator, area, on, if_)
        drawn = resampling.draw(past, begin, on, end, seed=SEED, draws=DRAWS)
    except TooShort as error:
        return None, str(error), float("nan")
    made = measure(indicator, held.series(indicator, area=area).unplanned, begin, end)

    def of(percent: float, draws: Draws) -> Chance:
        changed = _rounded(scenario.changed(draws, percent))
        return chance(past, changed, begin, made, decimals=indicator.decimals, operator=aim.operator, target=aim.value)

    try:
        found = of(if_.change, drawn)
    except ValueError as error:
        return None, str(error), float("nan")
    few = replace(drawn, columns={k: v[:400] for k, v in drawn.columns.items()})
    needed = float("nan")
    if drawn.days.size:
        needed = scenario.needed_change(lambda p: of(max(if_.change - p, -scenario.MOST), few).probability)
    return found, "", needed


# ── what is left ──
def remaining(held: Assessment, aim: Goal, area: Place, period: Period) -> Budget:
    """All that is said of one target of one area at the end of a period that began on 1 January."""
    indicator = aim.indicator
    value = held.value(indicator.name, area=area, period=period)
    left = budget.days_left(period.end)
    if value.value is None:
        raise CannotTell(f"{area.name}{period.title}{indicator.title}数据不足：{value.reason}。现在还不能倒算")
    verdict, lines, allowed = _left(held, aim, area, period, value, left)
    found, reason, needed = told(held, aim, area, period)
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
