"""The days of `kernels.air_days` compiled to machine code (extra ``fast``: numba), value for value the same as the plain columns.

Only the daily statistics, where most of the time goes; indices and words are those of the plain kernel. The rules come from the
editions, as everywhere.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa

from qingshan.lake import kernels
from qingshan.lake.engine import NoEngine
from qingshan.methods import air
from qingshan.methods.air.days import floor, mean_rule, ozone_rule
from qingshan.standards.edition import Edition
from qingshan.stats.rounding import WRITTEN
from qingshan.terms.items import AIR

MEANS = tuple(i for i in AIR if i != "O3")


def ready() -> None:
    """NoEngine where numba is not installed."""
    if importlib.util.find_spec("numba") is None:
        raise NoEngine("没有安装 numba；请安装 qingshan[fast]，或改用默认的计算引擎（结果相同）")


def air_days(block: pa.Table) -> pa.Table:
    """:func:`qingshan.lake.kernels.air_days`, compiled."""
    return kernels.evaluate(kernels.station_days(block), days)


def days(gb3095: Edition, hj663: Edition, hours: Mapping[str, np.ndarray]) -> air.Days:
    """:func:`qingshan.methods.air.days` for all six items, each (n, 24), compiled."""
    means, ozone = machine()
    n = len(hours["O3"])
    values, counts, windows = np.empty((7, n)), np.empty((6, n)), np.empty(n)
    for place, item in enumerate(MEANS):
        need, decimals, least = mean_rule(gb3095, item)
        column = np.ascontiguousarray(hours[item], float)
        scales = 10.0**decimals, 10.0 ** (WRITTEN - decimals), least * 10.0**WRITTEN
        means(column, need.at_least, *scales, values[place], counts[place])
    eight, day, bar = ozone_rule(gb3095, hj663)
    column = np.ascontiguousarray(hours["O3"], float)
    ozone(column, eight.at_least, day.at_least, bar, floor("O3"), values[5], values[6], counts[5], windows)
    of = dict(zip(MEANS, values)) | {"O3_8h": values[5], "O3_1h": values[6]}
    return air.Days({k: of[k] for k in (*air.COLUMNS, "O3_1h")}, dict(zip((*MEANS, "O3"), counts)), windows)


_compiling = Lock()


def machine() -> tuple[Callable[..., None], Callable[..., None]]:
    """`_means` and `_ozone` in machine code; made at the first call (seconds), then read from numba's cache."""
    with _compiling:
        return _machine()


@lru_cache(maxsize=1)
def _machine() -> tuple[Callable[..., None], Callable[..., None]]:
    import numba  # not before it is asked for: half a second and 80 MB

    global _mean_steps
    exact: dict[str, Any] = {"nogil": True, "cache": True}
    _mean_steps = numba.njit(**exact)(_mean_steps)
    # sums of whole numbers are exact in whatever order
    return numba.njit(fastmath={"reassoc"}, **exact)(_means), numba.njit(**exact)(_ozone)


def _mean_steps(total, count):
    """:func:`qingshan.stats.rounding.mean_steps` of one value."""
    whole = np.rint(total / count)
    rest = total - whole * count
    if 2 * abs(rest) > count:
        whole += np.sign(rest)
    return whole + 0.0


def _means(hours, need, scale, unit, least, value, count):
    for day in range(len(hours)):
        total, n = 0.0, 0.0
        for hour in range(24):
            whole = np.rint(hours[day, hour] * 10000.0)
            valid = (whole >= least) & (whole < np.inf)
            total += whole if valid else 0.0
            n += 1.0 if valid else 0.0
        count[day] = n
        value[day] = _mean_steps(total, n * unit) / scale if n >= need and n > 0 else np.nan


def _ozone(hours, of_eight, of_day, bar, least, value, largest, count, windows):
    whole, valid = np.empty(24), np.empty(24)
    for day in range(len(hours)):
        n, high = 0.0, -np.inf
        for hour in range(24):
            given = hours[day, hour]
            steps = np.rint(given * 10000.0)
            good = (steps >= least * 10000.0) & (steps < np.inf)
            valid[hour] = 1.0 if good else 0.0
            whole[hour] = steps if good else 0.0
            measured = (given >= least) & (given < np.inf)
            n += 1.0 if measured else 0.0
            high = given if measured & (given > high) else high
        count[day] = n
        largest[day] = np.rint(np.rint(high * 1000000.0) / 1000000.0) + 0.0 if n > 0 else np.nan
        total, hold = 0.0, 0.0
        for hour in range(7):
            total += whole[hour]
            hold += valid[hour]
        best, top, of, found = -np.inf, 0.0, 1.0, 0.0
        for hour in range(7, 24):
            total += whole[hour]
            hold += valid[hour]
            if hold >= of_eight:
                found += 1.0
                mean = total / max(hold, 1.0)
                if mean > best:
                    best, top, of = mean, total, hold
            total -= whole[hour - 7]
            hold -= valid[hour - 7]
        windows[day] = found
        mean = _mean_steps(top, of * 10000.0) if found > 0 else np.nan
        value[day] = mean if found >= of_day or mean > bar else np.nan
