"""The chance of making a target (达成概率), out of draws of the days left, judged on the year's published, rounded value."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from qingshan.outlook.resampling import Draws, History
from qingshan.stats import rounding
from qingshan.stats.percentile import percentile as rank_percentile
from qingshan.terms import arguments

Numbers = NDArray[np.float64]
Measure = Callable[[Mapping[str, Numbers]], Numbers]
"""Columns (…, n_days) to the exact value of the period (…,); NaN cells are days without a valid value."""

OPERATORS = ("<=", "<", ">=", ">")
LOW, HIGH = 0.05, 0.95
"""the band that is stated"""


@dataclass(frozen=True)
class Chance:
    """A year's end as it may come out (年末可能值). Values are published ones, rounded."""

    values: Numbers
    """of each draw"""
    low: float
    middle: float
    high: float
    probability: float
    """share of draws that make the target; NaN without a target"""
    years: tuple[int, ...]
    seed: int

    @property
    def words(self) -> str:
        """The probability for people: never 0 % nor 100 %."""
        return words(self.probability)


def mean_of(column: str) -> Measure:
    """The mean of a column (均值)."""

    def measure(columns: Mapping[str, Numbers]) -> Numbers:
        x = columns[column]
        has = ~np.isnan(x)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(has, x, 0.0).sum(axis=-1) / has.sum(axis=-1), float)

    return measure


def percentile_of(column: str, percent: int) -> Measure:
    """A percentile of a column by HJ 663 附录A (百分位数)."""
    return lambda columns: rank_percentile(columns[column], percent)


def days_up_to(column: str, bar: float) -> Measure:
    """Days not above a bar: good days of an index (优良天数)."""
    return lambda columns: np.asarray((columns[column] <= bar).sum(axis=-1), float)


def days_above(column: str, bar: float) -> Measure:
    """Days above a bar: heavy days of an index (重污染天数)."""
    return lambda columns: np.asarray((columns[column] > bar).sum(axis=-1), float)


def share_up_to(column: str, bar: float) -> Measure:
    """Days not above a bar in the valid days [%] (优良天数比例)."""

    def measure(columns: Mapping[str, Numbers]) -> Numbers:
        x = columns[column]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(100 * (x <= bar).sum(axis=-1) / (~np.isnan(x)).sum(axis=-1), float)

    return measure


def chance(
    history: History, draws: Draws, begin: date, measure: Measure, *, decimals: int, operator: str = "", target: float | None = None
) -> Chance:
    """What the period from `begin` comes to with each draw of its days left, and the share that makes the target (达成概率).

    Parameters
    ----------
    operator, target : ``"<="``, ``"<"``, ``">="`` or ``">"`` and the number it is compared with, after rounding; no target, no probability
    decimals : of the published value
    """
    so_far = _so_far(history, draws, begin)
    n = next(iter(draws.columns.values())).shape[0]
    whole = {k: np.concatenate([np.broadcast_to(v, (n, v.size)), draws.columns[k]], axis=1) for k, v in so_far.items()}
    values = rounding.half_even(measure(whole), decimals)
    good = values[~np.isnan(values)]
    if good.size == 0:
        raise ValueError("抽样里没有一天有效，不能推算")
    ordered, top = np.sort(good), good.size - 1
    low, middle, high = (float(ordered[i]) for i in (math.floor(LOW * top), top // 2, math.ceil(HIGH * top)))
    probability = float(met(good, operator, target).mean()) if target is not None else float("nan")
    return Chance(values, low, middle, high, probability, draws.years, draws.seed)


def met(published: Numbers, operator: str, target: float) -> NDArray[np.bool_]:
    """Whether published values make a target."""
    if operator not in OPERATORS:
        raise ValueError(f"比较“{operator}”不是 {'、'.join(OPERATORS)} 之一")
    a, b = rounding.steps(published, rounding.WRITTEN), float(rounding.steps(target, rounding.WRITTEN))
    found: NDArray[np.bool_] = {"<=": a <= b, "<": a < b, ">=": a >= b, ">": a > b}[operator]
    return found


def words(probability: float) -> str:
    """A probability for people: “72%”, “不足 1%”, “99% 以上”; never 0 % nor 100 %."""
    if np.isnan(probability):
        return "—"
    if probability < 0.01:
        return "不足 1%"
    return "99% 以上" if probability > 0.99 else f"{probability:.0%}"


def _so_far(history: History, draws: Draws, begin: date) -> dict[str, Numbers]:
    """The columns from `begin` to the day before the first drawn one."""
    if draws.days.size:
        end: date = (draws.days[0] - 1).item()
    else:
        end = history.days[-1].item()
    if end < begin:
        return {name: np.zeros(0) for name in history.columns}
    return history.span(begin, max(end, begin - timedelta(days=1)))


arguments.guard(__name__)
