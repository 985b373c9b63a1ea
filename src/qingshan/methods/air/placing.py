"""Ranking of areas (排名): by composite index under named limits and weights, by other keys, and by rate of change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan import standards
from qingshan.methods.air.composite import composite_index, single_index
from qingshan.standards.edition import Edition
from qingshan.stats import ranking, rounding
from qingshan.stats.columns import Flags, Numbers, aligned, numbers, truths
from qingshan.terms import arguments, items
from qingshan.terms.bounds import bounds
from qingshan.terms.registry import unknown


@dataclass(frozen=True)
class Composite:
    """Composite index with what it is made of (综合指数及构成). Arrays (…,)."""

    value: Numbers
    """as published: rounded once"""
    singles: Mapping[str, Numbers]
    """single index of each item, unrounded, not weighted"""
    weights: Mapping[str, int]
    basis: str
    """rule, limits and weights, to print beside the value"""

    def shares(self) -> dict[str, Numbers]:
        """Share of each item in the index (各项分担率) [%], one decimal."""
        parts = {i: self.singles[i] * self.weights[i] for i in self.singles}
        total = np.sum(list(parts.values()), axis=0)
        return {i: rounding.half_even(100 * part / total, 1) for i, part in parts.items()}

    def largest(self) -> NDArray[np.str_]:
        """The item with the largest single index (首要影响项目); empty where one is missing."""
        table = np.array(list(self.singles.values()))
        names = np.array(list(self.singles))
        missing = np.isnan(table).any(axis=0)
        return np.where(missing, "", names[np.where(np.isnan(table), -np.inf, table).argmax(axis=0)])


def limits_of(
    rule: Edition, profile: str = "in-force", *, at: date | None = None, catalogue: standards.Catalogue = standards.national,
    region: str = "",
) -> tuple[Edition, str]:  # fmt: skip
    """The edition of GB 3095 and the phase that a profile of limits names: of the day, or fixed (新旧限值).

    Parameters
    ----------
    rule : Edition of 城市环境空气质量排名技术规定
    profile : ``"in-force"`` (asks for `at`), ``"2012"``, ``"2026-transition"``, ``"2026-final"``
    """
    rows = {r["profile"]: r for r in rule.table("limits")["row"]} if "limits" in rule.tables else {"in-force": {}}
    if profile not in rows:
        raise LookupError(unknown("限值方案", profile, rows))
    if "edition" in rows[profile]:
        edition = catalogue.get("GB 3095", edition=rows[profile]["edition"])
        return edition, str(rows[profile]["phase"])
    if at is None:
        raise TypeError("限值方案 in-force 要日期 at=（时段的最后一日）")
    edition = catalogue.get("GB 3095", at=at, region=region)
    return edition, edition.phase(at, region).id


def composite_under(
    rule: Edition, statistics: Mapping[str, ArrayLike], *, limits: str = "in-force", at: date | None = None, weights: str = "equal",
    decimals: int | None = None, catalogue: standards.Catalogue = standards.national, region: str = "",
) -> Composite:  # fmt: skip
    """Composite index under named limits and weights, with its parts (综合指数：限值、权重、小数位为一套方案).

    Parameters
    ----------
    statistics : as for :func:`qingshan.methods.air.composite_index`
    limits, at : see :func:`limits_of`; weights : a profile of the rule, ``"equal"`` or ``"weighted"``
    """
    gb3095, phase = limits_of(rule, limits, at=at, catalogue=catalogue, region=region)
    for r in rule.table("index")["row"]:
        _magnitude(r["item"], statistics.get(f"{r['item']}_{r['statistic']}", np.nan))
    value = composite_index(rule, gb3095, statistics, phase=phase, profile=weights, decimals=decimals)
    row = rule.row("weights", profile=weights)
    singles, each = {}, {}
    for r in rule.table("index")["row"]:
        item = r["item"]
        singles[item] = single_index(rule, gb3095, item, statistics[f"{item}_{r['statistic']}"], phase=phase)
        each[item] = int(row[item.replace(".", "_")])
    weighted = "等权" if len(set(each.values())) == 1 else "加权 " + "、".join(f"{i} {w}" for i, w in each.items())
    stage = {"transition": "，过渡阶段", "final": "，2031年起"}.get(phase, "")
    return Composite(value, singles, each, f"{rule}；{gb3095} 二级{stage}；{weighted}")


def _magnitude(item: str, value: ArrayLike) -> None:
    """Refuses a statistic of another unit: CO of 800 is µg/m³, not mg/m³."""
    bound, column = bounds("air").rows[item], numbers(value, item)
    high = min(bound.high, bound.median_above)
    if (column > high).any():
        likely = f"，疑为 {bound.large}" if bound.large else ""
        raise ValueError(f"{item} 统计量 {np.nanmax(column):g} 过大（应为 {items.get(item).unit}）{likely}；请先换算")


def rank_areas(rule: Edition, columns: Mapping[str, ArrayLike], *, by: str = "composite") -> NDArray[np.int64]:
    """Ranks of areas by the keys of a profile, 1 best; ties share the smaller place, the next is skipped (1、1、3).

    Parameters
    ----------
    rule : Edition of 城市环境空气质量排名技术规定
    columns : as published (what prints alike is a tie), each (n,): by the keys the profile names, ``{"composite_index": …}`` or
        ``{"good_ratio": …, "PM2.5_mean": …}``
    by : profile: ``"composite"``, ``"good-days"`` (优良天数比例，再 PM2.5), ``"change"``

    Returns
    -------
    ndarray of int, (n,): 0 where a key is missing: without data there is no rank, and it is not the last
    """
    rows = {r["profile"]: r for r in rule.table("order")["row"]}
    if by not in rows:
        raise LookupError(unknown("排名依据", by, rows))
    absent = [k for k in rows[by]["key"] if k not in columns]
    if absent:
        raise LookupError(f"{rule.clause('order')}“{rows[by]['title']}”缺列 {'、'.join(absent)}")
    keys = [_shown(columns[k]) for k in rows[by]["key"]]
    return ranking.rank(*keys, descending=tuple(b == "higher" for b in rows[by]["better"]))


def _shown(values: ArrayLike) -> Numbers:
    """Values as the decimals they print as: 3.1 and 3.1000000000000001 tie."""
    return rounding.half_even(numbers(values, "排名依据"), 6)


def change_rate(plan: Edition, now: ArrayLike, before: ArrayLike, *, index_decimals: int = 2) -> Numbers:
    """Rate of change of a composite index (变化率) [%]: r = (I − I₀)/I₀ × 100; negative is better. 城市环境空气质量变化程度排名方案.

    From the indices as published, rounded once and exactly: 4.03 after 4.16 is −3.1. NaN where one is missing or I₀ is 0.
    """
    decimals = int(plan.table("change")["decimals"])
    current, earlier = aligned(本期综合指数=now, 上期综合指数=before)
    a, b = rounding.steps(current, index_decimals), rounding.steps(earlier, index_decimals)
    base = np.where(b > 0, b, np.nan)
    rate = rounding.mean_steps((a - b) * 10.0 ** (2 + decimals), base)
    return np.divide(rate + 0.0, 10.0**decimals)


@dataclass(frozen=True)
class Changes:
    """Areas ranked by change of their index (变化程度排名). Arrays (n,)."""

    rate: Numbers
    """[%], negative is better"""
    rank: NDArray[np.int64]
    """1 is the largest improvement; 0 without data"""
    worst_rank: NDArray[np.int64]
    """1 is the largest deterioration, of those that may be listed; 0 for the others"""
    best: NDArray[np.intp]
    """areas of the list of best, in order; ties for the last place are all named"""
    worst: NDArray[np.intp]
    left_out: Flags
    """not in the list of worst because all items meet class 2"""


def rank_change(plan: Edition, now: ArrayLike, before: ArrayLike, *, compliant: ArrayLike | None = None) -> Changes:
    """Ranking by rate of change of the composite index (变化程度排名). 城市环境空气质量变化程度排名方案.

    Parameters
    ----------
    now, before : (n,) composite indices as published
    compliant : (n,) bool, all items meet class 2: left out of the list of worst where the plan says so
    """
    rule = plan.table("change")
    rate = change_rate(plan, now, before)
    flags = np.zeros(rate.shape, bool) if compliant is None else truths(compliant, "compliant（六项均达标）")
    if flags.shape != rate.shape:
        raise ValueError(f"compliant {flags.shape} 与综合指数 {rate.shape} 须等长")
    out = flags if rule["compliant_left_out"] else np.zeros(rate.shape, bool)
    rank = ranking.rank(_shown(rate))
    worst_rank = ranking.rank(_shown(np.where(out, np.nan, rate)), descending=True)
    listed = int(rule["listed"])
    return Changes(rate, rank, worst_rank, ranking.ends(rank, listed), ranking.ends(worst_rank, listed), out)


arguments.guard(__name__)
