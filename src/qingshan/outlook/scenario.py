"""What if (情景): the same year with the days left changed, days left out, or a station moved. Pure functions; nothing is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.outlook.resampling import Draws, History
from qingshan.stats.columns import numbers
from qingshan.terms import arguments

Numbers = NDArray[np.float64]
MOST = 90.0
"""percent by which the days left may be changed at most, up or down"""


def changed(draws: Draws, percent: Mapping[str, float] | float) -> Draws:
    """The days left changed by so many percent, −10 a tenth lower; by column, or all alike (余下时段变化)."""
    by = percent if isinstance(percent, Mapping) else dict.fromkeys(draws.columns, percent)
    wrong = {k: v for k, v in by.items() if not -MOST <= v <= MOST}
    if wrong:
        raise ValueError(f"变化幅度须在 −{MOST:g}% 至 {MOST:g}% 之间，得到 {wrong}")
    return replace(draws, columns={k: v * (1 + by.get(k, 0.0) / 100) for k, v in draws.columns.items()})


def without(history: History, days: ArrayLike, columns: tuple[str, ...] = ()) -> History:
    """Without some days, of the columns named or of all: sand and dust, fireworks (剔除若干天)."""
    rows = np.isin(history.days, arguments.moments(days, "D", "日期"))
    names = columns or tuple(history.columns)
    return replace(history, columns={k: np.where(rows, np.nan, v) if k in names else v for k, v in history.columns.items()})


def moved(stations: ArrayLike, row: int, replacement: ArrayLike) -> Numbers:
    """The district's days with one station's days replaced by another's (点位调整): mean of the valid of each day, unrounded.

    Parameters
    ----------
    stations : (n_stations, n_days)
    row : which of them is moved
    replacement : (n_days,) of the place it moves to; all NaN takes the station away
    """
    x = numbers(stations, "站点日值").copy()
    if x.ndim != 2 or not 0 <= row < x.shape[0]:
        raise ValueError(f"站点表须为（站点数，天数），没有第 {row} 行")
    x[row] = numbers(replacement, "替换的日值")
    has = ~np.isnan(x)
    count = has.sum(axis=0)
    total = np.where(has, x, 0.0).sum(axis=0)
    return np.asarray(np.divide(total, count, out=np.full(x.shape[1], np.nan), where=count > 0), float)


def needed_change(probability: Callable[[float], float], wanted: float = 0.5, step: float = 0.5) -> float:
    """Smallest reduction of the days left [%] with which the target is made with the chance wanted (需再降多少).

    `probability` of a reduction, 0 … 90, must not fall as the reduction grows. 0 where none is needed; NaN where 90 % is not enough.
    """
    if probability(0.0) >= wanted:
        return 0.0
    if probability(MOST) < wanted:
        return float("nan")
    low, high = 0, int(MOST / step)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if probability(middle * step) >= wanted else (middle, high)
    return high * step


arguments.guard(__name__)
