"""Who makes up a district's mean (抠0.1微克): each town's part of the distance to a target, and the stations there are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qingshan.bureau.base.models import Area
from qingshan.bureau.indicators.assessments import Assessment, Place
from qingshan.bureau.indicators.chances import WhatIf, judged
from qingshan.bureau.indicators.declared import Indicator
from qingshan.bureau.indicators.goals import Goal, method_of
from qingshan.bureau.indicators.methods import column, exact_mean
from qingshan.bureau.indicators.periods import Period
from qingshan.outlook import units


@dataclass(frozen=True)
class Unit:
    """A town's part of the district's mean."""

    place: Place
    own: float
    stations: int
    weight: float
    part: float
    gap: float
    """in 0.1 of the unit, adding up to the district's"""
    to_target: float
    to_mean: float
    days: int


def towns(held: Assessment, aim: Goal, area: Place, period: Period, *, own: bool = False) -> tuple[list[Unit], list[str], float]:
    """Each town's part of the district's mean, towns without a counted station, and what rounding of days leaves over [unit].

    By the stations that count for the district, a town of two weighing two; with `own` by each town's own mean, all alike.
    """
    indicator = aim.indicator
    if method_of(indicator) != "mean" or area.level != Area.Level.DISTRICT:
        return [], [], 0.0
    name = column(indicator.source.item)
    district = judged(held, indicator, area, WhatIf()).cut(period)
    has, rows, shares, places, counts, without = ~np.isnan(district.conc[name]), [], [], [], [], []
    counted = set(held.series(indicator, area=area).stations)
    inside = (held.table.days >= np.datetime64(period.start)) & (held.table.days <= np.datetime64(period.end))
    for town in held.towns:
        codes = [s.code for s in held.sites if s.code in counted and s.area in town.inside]
        if own:
            values = judged(held, indicator, town, WhatIf()).cut(period).conc[name]
            many, n = np.ones(values.shape), len(held.series(indicator, area=town).stations)
        elif codes:
            grid = held.table.conc[name][[held.table.stations.index(c) for c in codes]][:, inside]
            many, n = (~np.isnan(grid)).sum(axis=0).astype(float), len(codes)
            values = np.divide(np.nan_to_num(grid).sum(axis=0), many, out=np.full(many.shape, np.nan), where=many > 0)
        else:
            without.append(town.name)
            continue
        values = np.where(has | own, values, np.nan)
        if np.isnan(values).all():
            without.append(town.name)
            continue
        rows, shares, places, counts = [*rows, values], [*shares, many], [*places, town], [*counts, n]
    if not rows:
        return [], without, 0.0
    parts = units.parts(np.array(rows), aim.value, share=np.array(shares))
    gap = units.shown(parts.gap * 10, 1)
    falls = units.fall(parts, aim.value), units.fall(parts, parts.mean)
    found = [
        Unit(p, float(parts.own[i]), counts[i], float(parts.weight[i]), float(parts.part[i]), float(gap[i]),
             float(falls[0][i]), float(falls[1][i]), int(parts.days[i]))
        for i, p in enumerate(places)
    ]  # fmt: skip
    found.sort(key=lambda u: -u.gap)
    exact = exact_mean(district.conc[name])
    return found, without, exact - parts.mean


def stations(held: Assessment, indicator: Indicator, area: Place) -> list[tuple[str, str]]:
    """Stations that count for the area: code and name."""
    names = {s.code: s.name for s in held.sites}
    return [(code, names[code]) for code in held.series(indicator, area=area).stations]
