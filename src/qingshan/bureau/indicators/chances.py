"""The chance of a target (达成概率): the area's days and their history, the year as published from drawn days, what if.

Every figure comes out of the assessment the indicator's value comes from, and of those of earlier years for its history.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from qingshan import standards
from qingshan.bureau.indicators import assessments
from qingshan.bureau.indicators.assessments import Assessment, Place
from qingshan.bureau.indicators.declared import Indicator
from qingshan.bureau.indicators.goals import CannotTell, Goal
from qingshan.bureau.indicators.methods import RANKING, column
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.series import COLUMNS, IN_FORCE, ITEM_OF, Series
from qingshan.methods import air
from qingshan.outlook import resampling, scenario
from qingshan.outlook.chance import Chance, Measure, chance, mean_of, percentile_of
from qingshan.outlook.resampling import Draws, History, TooShort
from qingshan.stats import rounding
from qingshan.stats.percentile import percentile as rank_percentile
from qingshan.terms import items

SEED, DRAWS, YEARS = 20260101, 2000, 6
"""of the bootstrap; and how many years back its history reaches"""
LIKELY, UNLIKELY = 0.6, 0.3
"""chances from which a target is likely, and below which it is hard"""
KEPT = 96
MOST_CHANGE = 50
"""percent by which the page lets the days left be changed, up or down"""


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


def kept(key: tuple) -> object | None:
    """What is held for a key; None where it is still to be made."""
    with _lock:
        return _kept.get(key)


def odds(probability: float) -> tuple[str, str]:
    """The light of a chance, with its word (把握较大、偏紧、难度大)."""
    if probability >= LIKELY:
        return "green", "把握较大"
    return ("amber", "偏紧") if probability >= UNLIKELY else ("red", "难度大")


def clear() -> None:
    """Forget what is kept; for tests."""
    with _lock:
        _kept.clear()


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
    return keep(told_key(held, aim, area, period, if_), lambda: _told(held, aim, area, period, if_))  # type: ignore[return-value]


def told_key(held: Assessment, aim: Goal, area: Place, period: Period, if_: WhatIf | None = None) -> tuple:
    """By what the answer of :func:`told` is kept."""
    return "told", held.identity, aim.indicator.name, aim.operator, aim.value, area.id, period, if_ or WhatIf()


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
