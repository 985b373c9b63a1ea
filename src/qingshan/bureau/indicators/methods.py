"""Methods an indicator may name (指标算法): one unit's days in a period to one number, with its clause."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from qingshan import standards
from qingshan.bureau.indicators.series import ITEM_OF, Editions, Series
from qingshan.methods import air
from qingshan.stats import rounding
from qingshan.stats.percentile import percentile
from qingshan.terms.registry import Registry

if TYPE_CHECKING:
    from qingshan.bureau.indicators.declared import Indicator

RANKING = "城市环境空气质量排名技术规定"


@dataclass(frozen=True)
class Raw:
    """What a method found: the number unrounded, the days it rests on, the editions that judged."""

    exact: float
    valid: np.ndarray
    """days that took part"""
    editions: tuple[standards.Edition, ...] = ()
    parts: dict[str, float] = field(default_factory=dict)
    """its parts by item, where it is a sum"""
    days: tuple[str, ...] = ()
    """the days counted, as ISO dates, where it is a count"""
    inputs: tuple[tuple[str, str], ...] = ()
    """by station code, what it contributed, in words"""
    reason: str = ""
    """why there is no value, where the method itself knows"""
    due: np.ndarray | None = None
    """of samples: the stations that have to be sampled for it; None for all"""
    notes: tuple[str, ...] = ()
    """what a reader has to know beside the number: who is absent, what that did"""


@dataclass(frozen=True)
class Method:
    """One way to compute, with what it needs of a declaration."""

    run: Callable[..., Raw]
    """of (Series, Indicator, Editions) for days; of (Samples, Indicator, Editions, Period) for samples"""
    words: str
    needs_item: bool = False
    is_sensitive: bool = False
    is_count: bool = False
    medium: str = "air"
    """"" for any"""
    also: tuple[str, ...] = ()
    """further media it may be given, each by itself (``samples.further``): their units differ"""
    grain: Literal["days", "samples"] = "days"
    needs: tuple[str, ...] = ()
    """further keys of the source it cannot do without"""
    looks_back: bool = False
    """whether it is given last year's samples besides (``samples.history``)"""
    any_standard: bool = False
    """whether it works without a standard"""


methods: Registry[Method] = Registry("指标算法")


def column(item: str) -> str:
    """The daily statistic of an item: O3 has its largest 8-hour mean."""
    return "O3_8h" if item == "O3" else item


def _statistic(series: Series, indicator: Indicator, editions: Editions) -> tuple[standards.Edition, ...]:
    return tuple(edition for edition, _ in editions.spans(indicator.source.statistics, series.days))


def mean(series: Series, indicator: Indicator, editions: Editions) -> Raw:
    """Arithmetic mean of daily means (日均值的算术平均). GB 3095—2026 3.10–3.13."""
    values = series.conc[column(indicator.source.item)]
    valid = ~np.isnan(values)
    return Raw(exact_mean(values), valid, _statistic(series, indicator, editions))


def percent(series: Series, indicator: Indicator, editions: Editions) -> Raw:
    """Percentile of daily statistics (百分位数). HJ 663 附录A."""
    values = series.conc[column(indicator.source.item)]
    assert indicator.source.percent is not None
    return Raw(float(percentile(values, indicator.source.percent)), ~np.isnan(values), _statistic(series, indicator, editions))


def good_days(series: Series, indicator: Indicator, editions: Editions) -> Raw:
    """Days with an index up to 100 (优良天数). HJ 633."""
    aqi, used = series.report(editions)
    with np.errstate(invalid="ignore"):
        good = aqi <= (indicator.source.above or 100)
    return Raw(float(good.sum()), ~np.isnan(aqi), used, days=_iso(series.days[~good & ~np.isnan(aqi)]))


def good_day_ratio(series: Series, indicator: Indicator, editions: Editions) -> Raw:
    """Good days over valid days (优良天数比例) [%]."""
    raw = good_days(series, indicator, editions)
    valid = int(raw.valid.sum())
    return Raw(100 * raw.exact / valid if valid else np.nan, raw.valid, raw.editions, days=raw.days)


def item_day_ratio(series: Series, indicator: Indicator, editions: Editions) -> Raw:
    """Days on which one item meets its class-2 limit over its valid days (单项日达标率) [%], each by the limit in force on it."""
    item = indicator.source.item
    values = series.conc[column(item)]
    valid, bad, used = ~np.isnan(values), np.zeros(values.shape, bool), []
    for edition, phase, mask in _limits_by_day(editions, series.days):
        bar = air.limit(edition, item, "8h" if item == "O3" else "24h", phase=phase)
        with np.errstate(invalid="ignore"):
            bad |= mask & (values > bar)
        used.append(edition)
    count = int(valid.sum())
    return Raw(100 * (count - int(bad.sum())) / count if count else np.nan, valid, tuple(dict.fromkeys(used)), days=_iso(series.days[bad]))


def _limits_by_day(editions: Editions, days: np.ndarray):
    """Edition and phase of GB 3095 with the days they hold on."""
    if editions.named:
        edition = editions.at("GB 3095", days[-1].item())
        yield edition, editions.phase(edition, days[-1].item()), np.ones(days.shape, bool)
    else:
        yield from ((edition, phase.id, mask) for edition, phase, mask in standards.spans("GB 3095", days))


def heavy_days(series: Series, indicator: Indicator, editions: Editions) -> Raw:
    """Days with an index above 200 (重度及以上污染天数). HJ 633 表1."""
    aqi, used = series.report(editions)
    with np.errstate(invalid="ignore"):
        heavy = aqi > (indicator.source.above or 200)
    return Raw(float(heavy.sum()), ~np.isnan(aqi), used, days=_iso(series.days[heavy]))


def capture_rate(series: Series, indicator: Indicator, editions: Editions) -> Raw:
    """Valid hours over the hours there could have been, all items together (数据捕集率) [%]."""
    return Raw(capture(series, indicator.items), series.possible > 0, _statistic(series, indicator, editions))


def composite_index(series: Series, indicator: Indicator, editions: Editions) -> Raw:
    """Sum of six ratios of a period's statistics to the class-2 limits (综合指数). 环办〔2014〕64号, 2018年修订.

    Limits are those in force at the period's end. Ratios are summed unrounded and rounded once.
    """
    end = series.days[-1].item()
    rule, gb3095 = standards.get(RANKING, at=end), editions.at("GB 3095", end)
    phase, statistics, parts = editions.phase(gb3095, end), {}, {}
    valid = np.ones(series.days.shape, bool)
    for row in rule.table("index")["row"]:
        item = row["item"]
        values = series.conc[column(item)]
        found = float(percentile(values, row["percent"])) if "percent" in row else exact_mean(values)
        statistics[f"{item}_{row['statistic']}"] = found
        parts[item] = float(air.single_index(rule, gb3095, item, found, phase=phase))
        valid &= ~np.isnan(values)
    total = float(air.composite_index(rule, gb3095, statistics, phase=phase, decimals=indicator.decimals))
    return Raw(total, valid, (gb3095, rule), parts)


methods.add("mean")(Method(mean, "有效日均值的算术平均", needs_item=True, medium=""))
methods.add("percentile")(Method(percent, "日统计值的百分位数", needs_item=True, needs=("percent",), medium=""))
methods.add("good_days")(Method(good_days, "空气质量指数不超过 100 的天数", is_sensitive=True, is_count=True))
methods.add("good_day_ratio")(Method(good_day_ratio, "优良天数占有效天数的百分比", is_sensitive=True, is_count=True))
methods.add("item_day_ratio")(Method(item_day_ratio, "单项不超过二级限值的天数占有效天数的百分比", True, True, True))
methods.add("heavy_days")(Method(heavy_days, "空气质量指数超过 200 的天数", is_sensitive=True, is_count=True))
methods.add("capture_rate")(Method(capture_rate, "有效小时数占应有小时数的百分比"))
methods.add("composite_index")(Method(composite_index, "六项统计量与二级限值之比的和", is_sensitive=True))


def exact_mean(values: np.ndarray) -> float:
    """Mean of values written with few decimals, from their whole steps, so no sum drifts; NaN without values."""
    whole = np.rint(values[~np.isnan(values)] * 10.0**rounding.WRITTEN)
    return float(whole.sum() / whole.size / 10.0**rounding.WRITTEN) if whole.size else float("nan")


def capture(series: Series, wanted: tuple[str, ...]) -> float:
    """Capture rate of the items named [%]; NaN where no station was in use."""
    possible = float(series.possible.sum()) * len(wanted)
    got = sum(float(series.hours[ITEM_OF.get(item, item)].sum()) for item in wanted)
    return 100 * got / possible if possible else float("nan")


def _iso(days: np.ndarray) -> tuple[str, ...]:
    return tuple(str(day) for day in days)
