"""Single and composite index (单项指数、综合指数). Two exist: the sum of the ranking rule, and the larger ratio of HJ 663—2013."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import ArrayLike

from qingshan.methods.air.rules import CLASS_2, limit
from qingshan.standards.edition import Edition
from qingshan.stats import rounding
from qingshan.stats.columns import Numbers, aligned, numbers, one_shape
from qingshan.terms import arguments
from qingshan.terms.items import AIR
from qingshan.terms.registry import unknown


def _key(row: Mapping[str, str]) -> str:
    return f"{row['item']}_{row['statistic']}"


def _sound(value: ArrayLike, what: str) -> Numbers:
    column = numbers(value, what)
    if (column < 0).any() or np.isinf(column).any():
        raise ValueError(f"{what} 有 {column[(column < 0) | np.isinf(column)].ravel()[0]:g}：负值、无穷大不能算指数；缺测用 NaN")
    return column


def single_index(
    rule: Edition, gb3095: Edition, item: str, value: ArrayLike, *, phase: str = "", decimals: int | None = None
) -> Numbers:
    """Single index of an item for the ranking (单项指数): statistic over class-2 limit. 城市环境空气质量排名技术规定.

    Parameters
    ----------
    rule : Edition of 城市环境空气质量排名技术规定
    value : the item's statistic as published: mean of SO2, NO2, PM10, PM2.5; P95 of CO; P90 of O3 MDA8 [µg/m³; CO mg/m³]
    phase : of GB 3095, see :func:`qingshan.methods.air.limit`
    decimals : None leaves the ratio unrounded
    """
    row = rule.row("index", item=item)
    bar = limit(gb3095, item, row["limit"], zone=int(rule.table("index").get("class", CLASS_2)), phase=phase)
    ratio: Numbers = _sound(value, f"{item} 统计值") / bar
    return ratio if decimals is None else rounding.half_even(ratio, decimals)


def composite_index(
    rule: Edition, gb3095: Edition, statistics: Mapping[str, ArrayLike], *, phase: str = "", profile: str = "equal",
    decimals: int | None = None,
) -> Numbers:  # fmt: skip
    """Composite index for the ranking (环境空气质量综合指数): sum of the six single indices, rounded once, exactly.

    Parameters
    ----------
    rule : Edition of 城市环境空气质量排名技术规定
    gb3095, phase : whose class-2 limits; 2012 and 2026 give different indices for one air, so both are printed with it
    statistics : ``SO2_mean, NO2_mean, PM10_mean, PM2.5_mean, CO_P95, O3_P90`` as published, each (…,); up to four decimals
    profile : ``"equal"``, or ``"weighted"`` (3·PM2.5 + 2·O3 + 2·NO2 + …; seen in vendor code only: to verify)
    decimals : by default those of the rule

    Returns
    -------
    ndarray, (…): NaN where one of the six is missing
    """
    rows = rule.table("index")["row"]
    missing = [_key(r) for r in rows if _key(r) not in statistics]
    if missing:
        raise LookupError(f"{rule.clause('index')}：缺统计量 {'、'.join(missing)}；须六项齐全，无值的整列给 NaN")
    if decimals is None:
        decimals = int(rule.table("decimals")["composite_index"])
    weight = rule.row("weights", profile=profile)
    zone = int(rule.table("index").get("class", CLASS_2))
    share = {}
    for row in rows:
        times = int(weight[row["item"].replace(".", "_")])
        share[row["item"]] = times / Fraction(limit(gb3095, row["item"], row["limit"], zone=zone, phase=phase))
    one_shape(**{_key(row): np.shape(numbers(statistics[_key(row)], _key(row))) for row in rows})
    common = lcm(*(s.denominator for s in share.values()))
    total: Numbers = np.asarray(0.0)
    for row in rows:
        total = total + rounding.steps(_sound(statistics[_key(row)], _key(row)), rounding.WRITTEN) * float(share[row["item"]] * common)
    return np.divide(rounding.mean_steps(total * 10.0**decimals, common * 10.0**rounding.WRITTEN), 10.0**decimals)


def largest_ratio_index(hj663: Edition, gb3095: Edition, item: str, statistics: Mapping[str, ArrayLike], *, phase: str = "") -> Numbers:
    """Single index of HJ 663—2013 (最大值型单项指数): the larger of mean over annual limit and percentile over daily limit.

    Not the index of the ranking rule: that is :func:`single_index`. NaN where one of the item's statistics is missing.
    """
    if item not in AIR:
        raise LookupError(unknown("空气质量项目", item, AIR))
    rows = hj663.rows("statistic", item=item)
    absent = [_key(r) for r in rows if _key(r) not in statistics]
    if absent:
        raise LookupError(f"{hj663.clause('index')}：缺统计量 {'、'.join(absent)}")
    given = aligned(**{_key(r): statistics[_key(r)] for r in rows})
    ratios = [column / limit(gb3095, item, r["limit"], phase=phase) for r, column in zip(rows, given, strict=True)]
    return np.asarray(np.maximum.reduce(np.broadcast_arrays(*ratios)))


def largest_ratio_composite(hj663: Edition, gb3095: Edition, statistics: Mapping[str, ArrayLike], *, phase: str = "") -> Numbers:
    """Composite index of HJ 663—2013: the sum of :func:`largest_ratio_index` over the six items, unrounded."""
    total: Numbers = np.asarray(0.0)
    for item in AIR:
        total = total + largest_ratio_index(hj663, gb3095, item, statistics, phase=phase)
    return total


arguments.guard(__name__)
