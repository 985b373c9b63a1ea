"""Water quality index of cities (城市水质指数, CWQI), its change, and the ranks. 环办监测〔2017〕51号."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.methods.surface_water.averages import section_means
from qingshan.methods.surface_water.classes import limit, symbol
from qingshan.methods.surface_water.columns import WATER, checked_classes, column, columns, flags, impossible, refuse_units, water_types
from qingshan.standards.edition import Edition
from qingshan.stats import ranking, rounding
from qingshan.stats.columns import Numbers, aligned, amount, one_shape, truths
from qingshan.terms import arguments, items
from qingshan.terms.registry import unknown


def single_water_index(rule: Edition, std: Edition, item: str, values: ArrayLike, *, water: str) -> Numbers:
    """Index of one item: C/C_Ⅲ; dissolved oxygen C_Ⅲ/C; pH ≤ 7: (7 − pH)/(7 − 6), above: (pH − 7)/(9 − 7). Unrounded.

    NaN for missing and impossible values, and for dissolved oxygen 0, which has none.
    """
    table = rule.table("index")
    name = symbol(item)
    if name not in table["items"]:
        raise LookupError(f"{rule.clause('index')}：{unknown('参加 CWQI 的项目', item, table['items'])}")
    if water not in WATER:
        raise LookupError(unknown("水体类型", water, WATER))
    given = column(name, values)
    value = np.where(impossible(name, given), np.nan, given)
    if name == "pH":
        low, neutral, high = (float(v) for v in table["ph"])
        return np.where(value <= neutral, (neutral - value) / (neutral - low), (value - neutral) / (high - neutral))
    bar = limit(std, name, int(table["class"]), water)
    if name == "DO":
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(value > 0, bar / value, np.nan)
    return np.asarray(value / bar)


def cwqi(
    rule: Edition, std: Edition, values: Mapping[str, ArrayLike], *, water: object, below: Mapping[str, ArrayLike] | None = None,
    units_checked: bool = False,
) -> Numbers:  # fmt: skip
    """CWQI of each section or of means: the SUM of 21 single indices, unrounded; smaller is better.

    Parameters
    ----------
    values : the 21 items, one shape [mg/L; pH none]; LookupError for a column left out: give one of NaN for what was not measured
    water : ``"river"`` or ``"lake"``, one or an array: lakes have their own limit of TP
    below : item → flags of values that are detection limits; they enter with half

    Returns
    -------
    NaN where one of the 21 is missing.
    """
    table = rule.table("index")
    given = columns(values)
    absent = [i for i in table["items"] if i not in given]
    if absent:
        names = "、".join(items.get(i, "water").name for i in absent)
        raise LookupError(f"{rule.clause('index')}：缺 {names}；须 21 项齐全，没有监测的项目整列给 NaN（结果为 NaN）")
    used = {i: given[i] for i in table["items"]}
    refuse_units(used, units_checked)
    shape = next(iter(used.values())).shape
    marks = flags(below, given, shape)
    lake = water_types(water, shape)
    total = np.zeros(shape)
    for item, value in used.items():
        if item in marks and item not in ("pH", "DO"):
            value = np.where(marks[item], value * float(table["below_detection_share"]), value)
        kinds = [single_water_index(rule, std, item, value, water=kind) for kind in ("river", "lake")]
        total = total + np.where(lake, kinds[1], kinds[0])
    return np.asarray(total)


@dataclass(frozen=True)
class CityIndex:
    """CWQI of a city with what it is made of."""

    city: float
    river: float
    """NaN where the city has no river section"""
    lake: float
    rivers: int
    """sections (断面数 M)"""
    lakes: int
    """points (点位数 N)"""
    clause: str
    verify: tuple[str, ...]


def less_inflow(rule: Edition, values: Mapping[str, ArrayLike], deducted: Mapping[str, ArrayLike]) -> dict[str, Numbers]:
    """Values less the influence of inflow that fails its target (扣除上游影响), by the amounts the ranking's office has told the city.

    How the amounts come about is not computed: the rule's way is unread. pH and dissolved oxygen have none.

    Parameters
    ----------
    deducted : item → concentration to take off each section [mg/L], one shape with its values; 0 or NaN where nothing is deducted
    """
    given = columns(values)
    bars = set(rule.table("inflow")["left_out"])
    for item, amounts in deducted.items():
        name = symbol(item)
        if name not in given:
            raise LookupError(f"{rule.clause('inflow')}：{unknown('给了扣除量的项目', item, given)}")
        if name in bars:
            raise LookupError(f"{rule.clause('inflow')}：{items.get(name, 'water').name}没有扣除量")
        off = amount(amounts, f"{items.get(name, 'water').name}扣除量")
        one_shape(水质=given[name].shape, 扣除量=off.shape)
        left = given[name] - np.nan_to_num(off)
        if (left < -1e-12).any():
            at = int(np.flatnonzero((left < -1e-12).ravel())[0])
            raise ValueError(f"{items.get(name, 'water').name}：第 {at + 1} 个断面的扣除量 {off.ravel()[at]:g} 大于测得值，请核对")
        given[name] = np.maximum(left, 0.0)
    return given


def city_index(
    rule: Edition, std: Edition, values: Mapping[str, ArrayLike], *, water: object, below: Mapping[str, ArrayLike] | None = None,
    units_checked: bool = False,
) -> CityIndex:  # fmt: skip
    """CWQI of a city: each item averaged over its river sections and over its lake points, the two indices weighted by their counts.

    ``(CWQI_river·M + CWQI_lake·N)/(M + N)``. The influence of inflow that fails its target is taken off before: :func:`less_inflow`.

    Parameters
    ----------
    values, water : (n,) each, the sections of the city
    """
    given = columns(values)
    shape = next(iter(given.values())).shape
    lake = water_types(water, shape).reshape(-1)
    marks = flags(below, given, shape)
    found = {}
    for kind, mask in (("river", ~lake), ("lake", lake)):
        if mask.any():
            part = {i: v.reshape(-1)[mask] for i, v in given.items()}
            fewer = {i: m.reshape(-1)[mask] for i, m in marks.items()}
            found[kind] = float(cwqi(rule, std, section_means(part, fewer), water=kind, units_checked=units_checked)[0])
    m, n = int((~lake).sum()), int(lake.sum())
    if m + n == 0:
        raise ValueError("没有断面")
    total = sum(found[k] * c for k, c in (("river", m), ("lake", n)) if c)
    nan = float("nan")
    return CityIndex(
        total / (m + n), found.get("river", nan), found.get("lake", nan), m, n, rule.clause("city"), rule.verify_of("index", "city")
    )


def change_rate(rule: Edition, now: ArrayLike, base: ArrayLike) -> Numbers:
    """Change of CWQI (变化程度, ΔCWQI) [%]: (now − base)/base · 100, unrounded; negative is better. NaN where base is 0 or missing."""
    current, before = aligned(现状CWQI=now, 基准CWQI=base)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(before > 0, (current - before) / before * 100, np.nan)


def rank_index(rule: Edition, index: ArrayLike, decimals: int | None = None) -> NDArray[np.int64]:
    """Ranks by CWQI (状况排名), smallest first, of values as published: what prints the same is a tie (1、1、3); 0 without value."""
    return ranking.rank(rounding.half_even(index, int(rule.table("index")["decimals"]) if decimals is None else decimals))


def rank_change(
    rule: Edition, now: ArrayLike, base: ArrayLike, *, steady: ArrayLike | None = None, decimals: int | None = None
) -> NDArray[np.int64]:
    """Ranks by change (变化情况排名), most improved first; 0 without value, and for cities left out.

    Parameters
    ----------
    steady : cities whose sections are all Ⅱ or better and meet their targets in both years: they take no part, see :func:`is_steady`
    """
    rate = rounding.half_even(change_rate(rule, now, base), int(rule.table("change")["decimals"]) if decimals is None else decimals)
    if steady is not None:
        out = truths(steady, "steady")
        if out.shape != rate.shape:
            raise ValueError(f"steady {out.shape} 与城市 {rate.shape} 须同形")
        rate = np.where(out, np.nan, rate)
    return ranking.rank(rate)


def is_steady(rule: Edition, base: ArrayLike, now: ArrayLike, target: ArrayLike) -> bool:
    """Whether all sections of a city are Ⅱ or better and meet their targets, in the base year and now (不参加变化排名)."""
    bar = int(rule.table("change")["left_out_class"])
    goal = checked_classes(target, "目标类别", 5)
    both = [checked_classes(base, "基准年类别"), checked_classes(now, "现状类别")]
    one_shape(基准年类别=both[0].shape, 现状类别=both[1].shape, 目标类别=goal.shape)
    return all(bool(((c > 0) & (c <= bar) & ((goal == 0) | (c <= goal))).all()) and c.size > 0 for c in both)


arguments.guard(__name__)
