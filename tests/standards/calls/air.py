"""Calls of the cases for air."""

from __future__ import annotations

from typing import Any

import numpy as np

from qingshan import standards
from qingshan.methods import air, dust
from qingshan.stats import plausibility, ranking

PHASE = {"2012": "", "2012+2018": "", "2026": "transition", "2026-final": "final"}


def _gb(limits: str) -> tuple[standards.Edition, str]:
    return standards.get("GB 3095", edition=limits.removesuffix("-final")), PHASE[limits]


def _days(runs: list[list[float]]) -> np.ndarray:
    """``[[value, days], …]`` written out; −1 is a missing day."""
    return np.concatenate([np.full(int(n), np.nan if v == -1 else v) for v, n in runs])


def _period(std: standards.Edition, item: str, runs: list, start: str, limits: str, period: str = "year", zone: int = 2) -> dict[str, Any]:
    gb3095, phase = _gb(limits)
    values = _days(runs)
    dates = np.datetime64(start, "D") + np.arange(values.size)
    found = air.evaluate_period(std, gb3095, dates, {air.day_column(item): values}, phase=phase, period=period, zone=zone)
    return {s.statistic: [float(s.value), float(s.times_over), str(s.verdict)] for s in found.standings}


def _six(std: standards.Edition, values: dict[str, float], limits: str) -> str:
    gb3095, phase = _gb(limits)
    dates = np.arange("2027-01-01", "2028-01-01", dtype="datetime64[D]")
    columns = {air.day_column(i): np.full(dates.size, v) for i, v in values.items()}
    return str(air.evaluate_period(std, gb3095, dates, columns, phase=phase).verdict)


def _exceed(std: standards.Edition, item: str, days: list, limits: str, zone: int = 2, window: str = "") -> list[float]:
    gb3095, phase = _gb(limits)
    found = air.exceedance(std, gb3095, item, days, phase=phase, zone=zone, window=window)
    return [int(found.over), int(found.of), float(found.rate), float(found.compliance), float(found.times_over)]


def _trend(std: standards.Edition, values: list, level: str = "") -> list[Any]:
    found = air.trend(std, values, level=level)
    return [found.word, found.n, found.critical]


def _composite(std: standards.Edition, statistics: dict[str, float], limits: str, weights: str = "equal") -> list[Any]:
    found = air.composite_under(std, statistics, limits=limits, weights=weights)
    return [float(found.value), str(found.largest())]


def _alerts(std: standards.Edition, aqi: list) -> list[list[Any]]:
    dates = np.datetime64("2026-12-01", "D") + np.arange(len(aqi))
    first = dates[0]
    return [
        [a.title, *(0 if day is None else int((day - first).astype(int)) + 1 for day in (a.start, a.end, a.lift))]
        for a in air.alerts(std, dates, aqi)
    ]


def _ends(std: standards.Edition, values: list, count: int, worst: bool) -> list[int]:
    return [int(i) for i in ranking.ends(ranking.rank(values, descending=worst), count)]


def _tsp(std: standards.Edition, mean: list) -> list[int]:
    return dust.rank_tsp(std, mean).worst_rank.tolist()


def _half(std: standards.Edition, name: str) -> list[str]:
    dates = dust.half_month_dates(std, name)
    return [str(dates[0]), str(dates[-1]), *sorted(set(dust.half_month(std, dates).tolist()))]


CALLS = {
    "iaqi": lambda std, item, window, conc: air.iaqi(std, item, window, conc),
    "day_value": lambda std, item, hours: air.day_value(std, item, _days(hours))[0],
    "limit": lambda std, item, window, phase="", zone=2: air.limit(std, item, window, phase=phase, zone=zone),
    "period": _period,
    "six": _six,
    "exceedance": _exceed,
    "trend": _trend,
    "moving_years": lambda std, item, yearly: air.moving_years(std, item, yearly),
    "region_mean": lambda std, item, cities: air.region_mean(std, item, cities),
    "composite": _composite,
    "change_rate": lambda std, now, before: air.change_rate(std, now, before),
    "rank_change": lambda std, now, before, compliant=None: air.rank_change(std, now, before, compliant=compliant).worst_rank,
    "rank_areas": lambda std, columns, by="composite": air.rank_areas(std, columns, by=by),
    "ends": _ends,
    "alert_levels": lambda std, aqi: air.alert_levels(std, aqi),
    "alerts": _alerts,
    "dustfall": lambda std, m0, m1, m2, area, days: dust.dustfall(std, m0, m1, m2, area, days),
    "dustfall_reach": lambda std, value: dust.reach(std, value),
    "dustfall_per_30_days": lambda std, value, days: dust.per_30_days(value, days),
    "dustfall_meets": lambda std, value, area: dust.meets_target(std, value, area=area),
    "load_grade": lambda std, loads: dust.load_grade(std, loads),
    "half_month": _half,
    "tsp_rank": _tsp,
    "plausible": lambda std, item, medium, values: [f.kind for f in plausibility.check(item, medium, values)],
}
