"""Groundwater quality (地下水质量), GB/T 14848: class of each item, of the sample, composite score (1993), shares of wells, change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.methods import single_factor
from qingshan.methods.single_factor import Classes
from qingshan.standards.edition import Edition
from qingshan.stats import rounding
from qingshan.stats.columns import Flags, Numbers, wholes
from qingshan.terms import arguments, items

TABLES = ("regular", "other")
LABELS = ("—", "Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ")
CHANGE = {-1: "变差", 0: "不变", 1: "好转"}


def tables(std: Edition) -> tuple[str, ...]:
    """The tables of items an edition has: regular, and since 2017 other (常规指标、非常规指标)."""
    return tuple(t for t in TABLES if t in std.tables)


def classes(
    std: Edition, samples: Mapping[str, ArrayLike], *, below: Mapping[str, ArrayLike] | None = None, target: int | None = None,
    censored: str = "bound", units_checked: bool = False,
) -> Classes:  # fmt: skip
    """Groundwater class (地下水质量类别). GB/T 14848—2017 6.2: equal limits, the better class; 6.3: the worst item decides and is named.

    Parameters
    ----------
    std : Edition of GB/T 14848
    samples : item → values (…) [mg/L; organics µg/L, radioactivity Bq/L, coliforms MPN/100mL, colonies CFU/mL]; NaN missing.
        嗅和味 (``odour``) and 肉眼可见物 (``visible``) take 无, 有
    below : item → whether below the detection limit, which is then the value. Class Ⅰ of LAS is 不得检出: only such a value (or 0) has it
    target : class the times over refer to; by default Ⅲ
    censored : see :data:`qingshan.methods.single_factor.CENSORED`

    Raises
    ------
    LookupError : unknown item; ValueError : shapes differ, units of another magnitude; NotNumbers : text
    """
    aim = int(std.table("evaluation")["target"]) if target is None else target
    return single_factor.evaluate(
        std, samples, tables=tables(std), target=aim, below=below, censored=censored, units_checked=units_checked, labels=LABELS
    )


@dataclass(frozen=True)
class CompositeScore:
    """Composite evaluation by scores (加附注的评分法) of the edition in force until 2018-04-30. Arrays of the samples' shape."""

    score: Numbers
    """F, two decimals; NaN where an item that must take part has no class"""
    grade: NDArray[np.int8]
    """1 优良 … 5 极差; 0 none"""
    missing: tuple[str, ...]
    """names of items that must take part and were not given at all"""
    noted: NDArray[np.str_]
    """classes of the bacteria, noted after the grade: ``细菌总数Ⅱ类``"""
    titles: tuple[str, ...]
    clause: str
    verify: tuple[str, ...]

    def words(self) -> NDArray[np.str_]:
        """Grades in words: ``较好（细菌总数Ⅱ类）``; empty where there is none."""
        plain = np.array(["", *self.titles])[self.grade].astype(object)
        noted = np.array([f"（{n}）" if n else "" for n in self.noted.ravel()], object).reshape(self.noted.shape)
        return np.asarray(np.where(self.grade > 0, plain + noted, "")).astype(str)


def composite_score(std: Edition, found: Classes) -> CompositeScore:
    """Composite score F (地下水质量综合评价分值) and its grade from the classes of the items. GB/T 14848—93 6.3, 式（1）、式（2）、表3.

    ``F = √((mean² + largest²) / 2)`` over the scores of the items, bacteria aside. LookupError for an edition without it (2017).

    Parameters
    ----------
    found : classes of the samples, of :func:`classes` by the same edition
    """
    rule = std.table("score")
    if found.standard != str(std):
        raise LookupError(f"{std.clause('score')}：给的是 {found.standard} 的类别；综合评价按同一版的单项类别")
    aside, needed = set(rule["left_out"]), list(rule["needed"])
    rows = [i for i, item in enumerate(found.items) if item not in aside]
    scores = np.append(np.nan, [float(v) for v in rule["scores"]])[found.by_item[rows]]
    absent = [i for i in needed if i not in found.items]
    must = [k for k, i in enumerate(rows) if found.items[i] in needed]
    whole = np.zeros(found.overall.shape, bool) if absent or not rows else ~np.isnan(scores[must]).any(axis=0)
    counted = ~np.isnan(scores)
    mean = np.where(counted, scores, 0.0).sum(axis=0) / np.maximum(counted.sum(axis=0), 1)
    largest = np.where(counted, scores, 0.0).max(axis=0, initial=0.0)
    exact = np.where(whole, np.sqrt((mean**2 + largest**2) / 2), np.nan)
    score = rounding.half_even(exact, int(rule["decimals"]))
    bounds = np.array([float(r["from"]) for r in rule["row"]])
    grade = np.where(np.isnan(score), 0, np.searchsorted(bounds - 1e-9, np.nan_to_num(score), side="right")).astype(np.int8)
    noted = np.full(found.overall.shape, "", object)
    for i in (i for i, item in enumerate(found.items) if item in aside):
        words = np.array(["", *(f"{found.names[i]}{label}类" for label in LABELS[1:])], object)[found.by_item[i]]
        noted = np.where((noted != "") & (words != ""), noted + "、" + words, noted + words)
    return CompositeScore(
        score, grade, tuple(items.get(i, std.medium).name for i in absent), np.asarray(noted).astype(str),
        tuple(str(r["words"]) for r in rule["row"]), std.clause("score"), std.verify_of("score"),
    )  # fmt: skip


def class_numbers(values: ArrayLike, worst: int, what: str) -> NDArray[np.int8]:
    """Classes given from outside, 1 … worst, 0 or NaN none; ValueError names any other."""
    return wholes(values, what, worst).astype(np.int8)


@dataclass(frozen=True)
class WellShares:
    """Shares of wells (点位比例) by class."""

    wells: int
    """wells with a class"""
    without: int
    """wells without one: left out"""
    count: tuple[int, ...]
    """wells of class Ⅰ … Ⅴ"""
    good: float
    """Ⅰ至Ⅳ类比例 [%]; NaN where no well has a class"""
    worst: float
    """Ⅴ类比例 [%]: the rest to 100, so that both add up"""
    clause: str
    verify: tuple[str, ...]


def well_shares(std: Edition, overall: ArrayLike) -> WellShares:
    """Shares of wells of classes Ⅰ–Ⅳ and Ⅴ (国控点位Ⅰ至Ⅳ类、Ⅴ类比例); wells without a class are left out and counted.

    Parameters
    ----------
    overall : classes of the wells, one each; 0 none
    """
    found = class_numbers(overall, len(LABELS) - 1, "地下水类别").ravel()
    rule = std.table("statistic")
    count = tuple(int((found == c).sum()) for c in range(1, len(LABELS)))
    wells = sum(count)
    decimals = int(rule["decimals"])
    good = float("nan")
    if wells:
        good = float(rounding.mean_steps(100.0 * 10**decimals * sum(count[: int(rule["good"])]), wells)) / 10**decimals
    worst = float(rounding.half_even(100.0 - good, decimals))
    return WellShares(wells, int((found == 0).sum()), count, good, worst, std.clause("statistic"), std.verify_of("statistic"))


@dataclass(frozen=True)
class WellChange:
    """Change of wells on last year (同比变化)."""

    change: NDArray[np.int8]
    """1 better, 0 same, -1 worse; meaningful where `compared`"""
    compared: Flags
    better: int
    same: int
    worse: int
    share: tuple[float, float]
    """Ⅴ类比例 then and now [%], of the wells compared"""

    def words(self) -> NDArray[np.str_]:
        """``好转``, ``不变``, ``变差``; ``—`` where one of the years has no class."""
        return np.where(self.compared, np.array([CHANGE[-1], CHANGE[0], CHANGE[1]])[self.change + 1], "—")

    def is_stable(self, worse_at_most: int = 0) -> bool:
        """Whether no more than so many wells became worse and the share of Ⅴ did not rise; False where nothing could be compared."""
        return bool(self.compared.any()) and self.worse <= worse_at_most and self.share[1] <= self.share[0]


def well_change(std: Edition, before: ArrayLike, now: ArrayLike) -> WellChange:
    """Each well's class against last year's (逐井与上年比较); the same wells in the same order, 0 where a year has no class."""
    then = class_numbers(before, len(LABELS) - 1, "上年类别")
    found = class_numbers(now, len(LABELS) - 1, "本年类别")
    if then.shape != found.shape:
        raise ValueError(f"上年 {then.shape} 与本年 {found.shape} 的井须逐一对应")
    compared = (then > 0) & (found > 0)
    change = np.where(compared, np.sign(then - found), 0).astype(np.int8)
    shares = (well_shares(std, np.where(compared, then, 0)).worst, well_shares(std, np.where(compared, found, 0)).worst)
    counts = [int((compared & (change == c)).sum()) for c in (1, 0, -1)]
    return WellChange(change, compared, counts[0], counts[1], counts[2], shares)


arguments.guard(__name__)
