"""A city's acoustic environment as HJ 640 sums it up: region and road means, and their grades (等级)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.methods.noise.areas import time_of_day
from qingshan.methods.noise.levels import checked
from qingshan.standards.edition import Edition
from qingshan.stats import rounding
from qingshan.stats.columns import numbers, wholes
from qingshan.terms import arguments
from qingshan.terms.registry import unknown

SUBJECTS = {"region": "城市区域环境噪声总体水平", "road": "道路交通噪声强度"}
"""What HJ 640 grades, and its official words"""


def _table(subject: str) -> str:
    if subject not in SUBJECTS:
        raise LookupError(unknown("噪声评价对象", subject, SUBJECTS))
    return f"{subject}_grade"


def grade(hj640: Edition, subject: str, when: str, means: ArrayLike) -> NDArray[np.int8]:
    """Grade 1 … 5 (一级 … 五级) of mean levels; 0 where there is none. HJ 640—2012 表1, 表2.

    Parameters
    ----------
    subject : ``"region"`` (区域) or ``"road"`` (道路交通)
    when : ``"day"`` or ``"night"``
    means : array_like [dB(A)], rounded here to one decimal: 50.04 is 50.0, grade 1
    """
    rows, time = hj640.table(_table(subject))["row"], time_of_day(when)
    decimals = int(hj640.table("mean")["level"])
    steps = rounding.steps(checked(means, "平均等效声级"), decimals)
    tops = np.array([int(row[time] * 10**decimals) for row in rows[:-1]], float)
    found = np.searchsorted(tops, np.nan_to_num(steps), side="left") + 1
    return np.asarray(np.where(np.isnan(steps), 0, found), np.int8)


def grade_words(hj640: Edition, subject: str, grades: ArrayLike) -> NDArray[np.str_]:
    """Grades in words: 好, 较好, 一般, 较差, 差; empty for 0."""
    words = np.array(["", *(row["words"] for row in hj640.table(_table(subject))["row"])])
    return np.asarray(words[wholes(grades, "等级", len(words) - 1)])


def region_mean(hj640: Edition, levels: ArrayLike) -> float:
    """Mean level of a region (区域平均等效声级): arithmetic mean of the grid points, one decimal. HJ 640—2012 4.4.

    NaN without any level. [dB(A)]
    """
    given = checked(levels).ravel()
    return float(rounding.mean(given, int(hj640.table("mean")["level"]))) if given.size else float("nan")


@dataclass(frozen=True)
class RoadNoise:
    """Road traffic noise of a city (道路交通噪声)."""

    mean: float
    """length-weighted mean [dB(A)], one decimal; NaN without a measured section"""
    length: float
    """of the sections measured, in the unit given"""
    exceeding_length: float
    """of the sections above `limit`"""
    exceeding_share: float
    """超标路段长度比例 [%], one decimal"""
    missing: int
    """sections without a level"""


def road_mean(hj640: Edition, levels: ArrayLike, lengths: ArrayLike, *, limit: float | None = None) -> RoadNoise:
    """Mean of road traffic noise (道路交通噪声平均值): L = Σ(L_i·l_i)/Σl_i, rounded once, exactly. HJ 640—2012 5.4.

    Parameters
    ----------
    levels : (n,) of each road section [dB(A)]
    lengths : (n,) one unit for all, above 0, up to three decimals; a section with a level but no length raises ValueError
    limit : above which a section counts as exceeding [dB(A)]; by default that of the standard (70, by day)
    """
    given, length = checked(levels).ravel(), numbers(lengths, "路段长度").ravel()
    if given.shape != length.shape:
        raise ValueError(f"声级 {given.shape} 与路段长度 {length.shape} 须等长")
    has = ~np.isnan(given)
    wrong = has & ~((length > 0) & np.isfinite(length))
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise ValueError(f"路段长度须大于 0：第 {at + 1} 段为 {length[at]}；没有长度的路段不能加权")
    decimals = int(hj640.table("mean")["level"])
    weight, steps = rounding.steps(length[has], 3), rounding.steps(given[has], 4)
    total = float(weight.sum())
    mean = rounding.mean_steps((weight * steps).sum() * 10.0**decimals, total * 10.0**4) / 10.0**decimals
    bar = float(hj640.table("road")["exceeding"]) if limit is None else limit
    above = float(weight[rounding.steps(given[has], decimals) > rounding.steps(bar, decimals)].sum())
    share = float(rounding.mean_steps(above * 1000.0, total)) / 10.0
    return RoadNoise(float(mean), total / 1000.0, above / 1000.0, share, int((~has).sum()))


arguments.guard(__name__)
