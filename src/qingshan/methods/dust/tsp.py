"""Half-monthly ranking of townships by TSP (街道乡镇粗颗粒物排名): days 1–15 and 16–end, highest first, ties share a place."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.standards.edition import Edition
from qingshan.stats import ranking, rounding
from qingshan.stats.clock import days_in
from qingshan.stats.columns import Numbers, numbers
from qingshan.terms import arguments


def half_month(rule: Edition, days: ArrayLike) -> NDArray[np.str_]:
    """The half-month of each day: ``2026-03-1`` for days 1 … 15, ``2026-03-2`` for the 16th to the end (上半月、下半月)."""
    column = arguments.moments(days, "D", "日期")
    month = column.astype("datetime64[M]")
    later = (column - month.astype("datetime64[D]")).astype(int) + 1 >= int(rule.table("ranking")["split"])
    return np.char.add(np.char.add(month.astype(str), "-"), np.where(later, "2", "1"))


def half_month_dates(rule: Edition, name: str) -> NDArray[np.datetime64]:
    """Every day of ``"2026-02-2"``: 16 to 28 February."""
    month, _, half = name.rpartition("-")
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        first = None
    if first is None or half not in ("1", "2"):
        raise ValueError(f"半月写成 2026-03-1（上半月）或 2026-03-2（下半月），得到“{name}”")
    split = int(rule.table("ranking")["split"])
    if half == "1":
        return days_in(first, first.replace(day=split - 1))
    return days_in(first.replace(day=split), first.replace(day=monthrange(first.year, first.month)[1]))


def tsp_mean(rule: Edition, days: ArrayLike, *, at_least_days: int = 1) -> Numbers:
    """Mean TSP of towns over a period from daily means [µg/m³], rounded as published.

    Parameters
    ----------
    days : (n_towns, n_days) daily means; NaN, negative and infinite are no valid day
    at_least_days : valid days a mean needs; the bulletins name no number, a scheme must

    Returns
    -------
    ndarray, (n_towns,): NaN with fewer days
    """
    column = numbers(days, "TSP 日均值")
    if column.ndim != 2:
        raise ValueError(f"TSP 日均值须为 (乡镇数, 日数)，得到 {column.shape}")
    if at_least_days < 1:
        raise ValueError("at_least_days 须为正整数")
    column = np.where((column >= 0) & np.isfinite(column), column, np.nan)
    enough = (~np.isnan(column)).sum(axis=1) >= at_least_days
    return np.where(enough, rounding.mean(column, int(rule.table("ranking")["decimals"])), np.nan)


@dataclass(frozen=True)
class TspRanking:
    """Towns ranked by TSP (粗颗粒物排名). Arrays (n,)."""

    mean: Numbers
    """[µg/m³], as published"""
    worst_rank: NDArray[np.int64]
    """1 is the highest concentration; ties share; 0 without data"""
    rank: NDArray[np.int64]
    """1 is the lowest"""
    named: NDArray[np.intp]
    """towns the text names (worst 10)"""
    listed: NDArray[np.intp]
    """towns of the table (worst 30)"""
    ends: dict[str, tuple[NDArray[np.intp], NDArray[np.intp]]]
    """by district: its best and its worst, ties all named"""


def rank_tsp(rule: Edition, mean: ArrayLike, *, district: ArrayLike | None = None) -> TspRanking:
    """Ranking of towns by their mean TSP; towns without data have no rank. 街道（乡镇）粗颗粒物排名.

    Parameters
    ----------
    rule : Edition of 乡镇街道粗颗粒物排名; mean : (n,) as published (:func:`tsp_mean`); district : (n,) names
    """
    table = rule.table("ranking")
    value = rounding.half_even(numbers(mean, "TSP 均值"), int(table["decimals"]))
    worst, best = ranking.rank(value, descending=True), ranking.rank(value)
    ends = {}
    if district is not None:
        names = np.asarray(district).astype(str)
        if names.shape != value.shape:
            raise ValueError(f"区 {names.shape} 与均值 {value.shape} 须等长")
        count = int(table["district_ends"])
        for name in dict.fromkeys(names.tolist()):
            mine = np.flatnonzero(names == name)
            first = mine[ranking.ends(ranking.rank(value[mine]), count)]
            last = mine[ranking.ends(ranking.rank(value[mine], descending=True), count)]
            ends[name] = (first, last)
    return TspRanking(
        value, worst, best, ranking.ends(worst, int(table["worst_named"])), ranking.ends(worst, int(table["worst_listed"])), ends
    )


arguments.guard(__name__)
