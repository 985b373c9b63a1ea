"""Road dust load (道路积尘负荷) [g/m²]: weighted means of road sections, grades and their share of the length."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.standards.edition import Edition
from qingshan.stats import rounding
from qingshan.stats.columns import Flags, Numbers, numbers
from qingshan.terms import arguments
from qingshan.terms.bounds import bounds


def _loads(loads: ArrayLike) -> Numbers:
    column = numbers(loads, "积尘负荷")
    if (column < 0).any() or np.isinf(column).any():
        raise ValueError("积尘负荷不能为负或无穷大 [g/m²]；缺测用 NaN")
    if (column > bounds("air").rows["road_load"].high).any():
        raise ValueError(f"积尘负荷 {np.nanmax(column):g} g/m² 过大：单位疑为 mg/m²，或是尘土残存量等别的指标")
    return column


def load_mean(
    loads: ArrayLike, weights: ArrayLike | None = None, *, groups: ArrayLike | None = None, decimals: int | None = 2
) -> dict[str, float]:
    """Mean load of each street, town or district from its road sections, weighted by length or area (道路积尘负荷均值).

    Parameters
    ----------
    loads : (n,) of road sections or survey runs of the month [g/m²]; NaN takes no part
    weights : (n,) length [km or m] or area; None weighs all alike
    groups : (n,) names; None gives one mean under ``""``
    decimals : 2 as published; None leaves it unrounded

    Returns
    -------
    by name, in order of first appearance; NaN where a group has no section with both load and weight
    """
    column = _loads(loads)
    weight = np.ones(column.shape) if weights is None else numbers(weights, "权重（里程或面积）")
    if column.ndim != 1 or weight.shape != column.shape:
        raise ValueError(f"积尘负荷 {column.shape} 与权重 {weight.shape} 须为等长的一列")
    if (weight < 0).any() or np.isinf(weight).any():
        raise ValueError("权重（里程或面积）不能为负或无穷大")
    names = np.full(column.size, "") if groups is None else np.asarray(groups).astype(str)
    if names.shape != column.shape:
        raise ValueError(f"名称 {names.shape} 与积尘负荷 {column.shape} 须等长")
    there = ~(np.isnan(column) | np.isnan(weight)) & (weight > 0)
    known, first, place = np.unique(names, return_index=True, return_inverse=True)
    total = np.bincount(place[there], weights=(column * weight)[there], minlength=known.size)
    share = np.bincount(place[there], weights=weight[there], minlength=known.size)
    mean = np.where(share > 0, total / np.where(share > 0, share, 1.0), np.nan)
    shown = mean if decimals is None else rounding.half_even(np.round(mean, 9), decimals)
    return {str(known[i]): float(shown[i]) for i in np.argsort(first)}


def load_grade(std: Edition, loads: ArrayLike) -> NDArray[np.int8]:
    """Grade of loads by a city's own table (积尘负荷分级): 1 cleanest; 0 where missing. A value at a bound is in the dirtier grade."""
    rows = std.table("grade")["row"]
    column = rounding.half_even(_loads(loads), 6)
    bounds = [float(r["from"]) for r in rows]
    grade = np.searchsorted(bounds, np.nan_to_num(column), side="right")
    return np.where(np.isnan(column), 0, grade).astype(np.int8)


def grade_shares(std: Edition, loads: ArrayLike, length: ArrayLike) -> dict[str, float]:
    """Share of the surveyed length in each grade [%], one decimal, by the grade's word (各级道路里程占比)."""
    grade, weight = load_grade(std, loads), numbers(length, "里程")
    if weight.shape != grade.shape or (weight < 0).any() or np.isinf(weight).any():
        raise ValueError(f"里程 {weight.shape} 须与积尘负荷 {grade.shape} 等长，且不为负、有限")
    known: Flags = (grade > 0) & (weight > 0)
    total = weight[known].sum()
    rows = std.table("grade")["row"]
    if total == 0:
        return {r["title"]: float("nan") for r in rows}
    return {r["title"]: float(rounding.half_even(100 * weight[known & (grade == r["grade"])].sum() / total, 1)) for r in rows}


arguments.guard(__name__)
