"""The three figures of the monthly dust appraisal (月度扬尘考核: 积尘负荷、降尘、TSP), one row a town."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qingshan.stats import ranking, rounding
from qingshan.stats.columns import Numbers
from qingshan.terms import arguments


@dataclass(frozen=True)
class DustMonth:
    """Towns with their figures of a month; NaN where one is missing. Arrays (n,)."""

    towns: tuple[str, ...]
    tsp: Numbers
    """[µg/m³]"""
    dustfall: Numbers
    """[t/(km²·30d)]"""
    road_load: Numbers
    """[g/m²]"""
    ranks: Mapping[str, NDArray[np.int64]]
    """by ``tsp``, ``dustfall``, ``road_load``: 1 is cleanest, ties share, 0 without data"""
    missing: Mapping[str, tuple[str, ...]]
    """by town: the figures it lacks, in words; towns that lack none are left out"""


_WORDS = {"tsp": ("TSP", 0), "dustfall": ("降尘", 1), "road_load": ("积尘负荷", 2)}


def dust_month(
    towns: Sequence[str], *, tsp: Mapping[str, float], dustfall: Mapping[str, float], road_load: Mapping[str, float]
) -> DustMonth:
    """The three figures of every town, rounded as published, ranked; a figure of a town not in `towns` is refused.

    Parameters
    ----------
    towns : all that are appraised, in order
    tsp, dustfall, road_load : by town; a town left out has no figure
    """
    if len(set(towns)) != len(towns):
        raise ValueError(f"镇街重复：{'、'.join(sorted({t for t in towns if list(towns).count(t) > 1}))}")
    given = {"tsp": tsp, "dustfall": dustfall, "road_load": road_load}
    for name, column in given.items():
        if stray := [t for t in column if t not in set(towns)]:
            raise LookupError(f"{_WORDS[name][0]}：不在考核名单里的镇街 {'、'.join(stray)}；名单：{'、'.join(towns)}")
    columns = {}
    for name, column in given.items():
        values = np.array([column.get(t, np.nan) for t in towns], float)
        if (values < 0).any() or np.isinf(values).any():
            raise ValueError(f"{_WORDS[name][0]} 有负值或无穷大；缺测留空")
        columns[name] = rounding.half_even(values, _WORDS[name][1])
    missing = {t: tuple(_WORDS[n][0] for n in _WORDS if np.isnan(columns[n][i])) for i, t in enumerate(towns)}
    return DustMonth(
        tuple(towns), columns["tsp"], columns["dustfall"], columns["road_load"],
        {n: ranking.rank(c) for n, c in columns.items()}, {t: words for t, words in missing.items() if words},
    )  # fmt: skip


arguments.guard(__name__)
