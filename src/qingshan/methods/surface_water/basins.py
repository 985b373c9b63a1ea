"""Rivers and basins (河流、流域水质): means of few sections, proportions of many; change between two periods; trend over years."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qingshan.methods.surface_water.averages import section_means
from qingshan.methods.surface_water.bases import Basis
from qingshan.methods.surface_water.classes import WORST, class_words
from qingshan.methods.surface_water.columns import checked_classes, water_types
from qingshan.methods.surface_water.sections import Sections, evaluate, grade_words, grades, main_words
from qingshan.standards.edition import Edition
from qingshan.stats import ranking
from qingshan.stats.columns import numbers, single
from qingshan.terms import arguments, items

_NOISE = 1e-9


@dataclass(frozen=True)
class Basin:
    """A river or basin evaluated (河流、流域水质评价)."""

    sections: Sections
    """each section, always listed"""
    count: int
    """sections with a final class"""
    without: int
    """sections without one, left out of the proportions"""
    method: str
    """断面均值 (fewer than five), 类别比例, or 点位均值 (a lake)"""
    water_class: int
    """of the mean, where evaluated by the mean; 0 otherwise"""
    grade: int
    """1 … 5; 0 where nothing can be said"""
    share: Mapping[int, float]
    """class → per cent of the sections with a class"""
    main: tuple[str, ...]
    """main pollutants: of the mean with times over, or with the share of sections beyond Ⅲ"""
    clause: str

    @property
    def good(self) -> float:
        """Share of Ⅰ–Ⅲ [%]; NaN without sections."""
        return sum(self.share[c] for c in (1, 2, 3)) if self.count else float("nan")

    @property
    def worst(self) -> float:
        """Share of 劣Ⅴ [%]; NaN without sections."""
        return self.share[WORST] if self.count else float("nan")


def share_grade(rule: Edition, good: float, worst: float) -> int:
    """Grade 1 … 5 of a river or basin by proportions: Ⅰ–Ⅲ and 劣Ⅴ [%]. 环办〔2011〕22号 二（一）2. 0 for NaN."""
    if good != good or worst != worst:
        return 0
    good, worst = single(good, "Ⅰ～Ⅲ类比例"), single(worst, "劣Ⅴ类比例")
    if not (0 <= good <= 100 + _NOISE and 0 <= worst <= 100 + _NOISE and good + worst <= 100 + 1e-6):
        raise ValueError(f"Ⅰ～Ⅲ类 {good} %、劣Ⅴ类 {worst} % 不是同一批断面的比例")
    for row in rule.table("basin")["row"]:
        if good >= float(row["good"]) - _NOISE and worst >= float(row["worst"]) - _NOISE:
            return int(row["grade"])
    return 0


def class_shares(classes: ArrayLike) -> dict[int, float]:
    """Class 1 … 6 → per cent of those that have a class; all NaN where none has."""
    there = checked_classes(classes).ravel()
    there = there[there > 0]
    return {c: 100 * float((there == c).sum()) / there.size if there.size else float("nan") for c in range(1, WORST + 1)}


def basin(
    std: Edition, rule: Edition, basis: Basis, values: Mapping[str, ArrayLike], *, water: object, rounding: Edition | None,
    below: Mapping[str, ArrayLike] | None = None, units_checked: bool = False,
) -> Basin:  # fmt: skip
    """A river or basin of its sections in one period. 环办〔2011〕22号 二（一）2, 3.

    Fewer than five sections: mean concentration of each item over the sections, then single factor; five or more: proportions.
    Main pollutants: by the mean, or the items beyond Ⅲ in most sections, three.

    Parameters
    ----------
    values, water, rounding, below : as in :func:`evaluate`, (n,) each: a section each
    """
    found = evaluate(std, rule, basis, values, water=water, rounding=rounding, below=below, units_checked=units_checked)
    if found.water_class.ndim != 1:
        raise ValueError(f"河流、流域评价每断面一行，得到 {found.water_class.shape}")
    classed = found.water_class > 0
    count = int(classed.sum())
    share = class_shares(found.water_class)
    few = int(rule.table("basin")["few"])
    if found.water_class.size >= few:  # 恰为 few 个的按比例
        grade = share_grade(rule, share[1] + share[2] + share[3], share[WORST]) if count else 0
        return Basin(found, count, int((~classed).sum()), "类别比例", 0, grade, share, _by_share(found, rule), rule.clause("basin"))
    lake = water_types(water, found.water_class.shape)
    if lake.size and lake.any() != lake.all():
        raise ValueError("断面少于 5 个按均值评价，河流与湖库的总磷限值不同，不能合在一起平均；请分开评价")
    kind = "lake" if lake.size and lake[0] else "river"
    return _by_mean(std, rule, basis, values, found, kind, rounding, below, units_checked)


def whole_lake(
    std: Edition, rule: Edition, basis: Basis, values: Mapping[str, ArrayLike], *, rounding: Edition | None,
    below: Mapping[str, ArrayLike] | None = None, units_checked: bool = False,
) -> Basin:  # fmt: skip
    """A lake or reservoir of its points (湖泊、水库评价): mean of each item over the points, however many, then single factor.

    By the limits of lakes; total nitrogen takes no part. Arguments as in :func:`basin`, (n,) each: a point each.
    """
    found = evaluate(std, rule, basis, values, water="lake", rounding=rounding, below=below, units_checked=units_checked)
    if found.water_class.ndim != 1:
        raise ValueError(f"湖泊、水库评价每点位一行，得到 {found.water_class.shape}")
    return _by_mean(std, rule, basis, values, found, "lake", rounding, below, units_checked, "点位均值")


def _by_mean(
    std: Edition, rule: Edition, basis: Basis, values: Mapping[str, ArrayLike], found: Sections, kind: str, rounding: Edition | None,
    below: Mapping[str, ArrayLike] | None, units_checked: bool, method: str = "断面均值",
) -> Basin:  # fmt: skip
    share, clause = class_shares(found.water_class), rule.clause("basin" if method == "断面均值" else "lake")
    count, without = int((found.water_class > 0).sum()), int((found.water_class == 0).sum())
    if not found.water_class.size:
        return Basin(found, 0, 0, method, 0, 0, share, (), clause)
    used = {i: v for i, v in values.items() if i in basis.items or i == "temperature"}
    fewer = {i: m for i, m in (below or {}).items() if i in used}
    mean = evaluate(std, rule, _for_all(basis), section_means(used, fewer), water=kind, rounding=rounding, units_checked=units_checked)
    main = tuple(m for m in str(main_words(mean, rule)[0]).split("、") if m)
    return Basin(found, count, without, method, int(mean.water_class[0]), int(mean.grade[0]), share, main, clause)


def _for_all(basis: Basis) -> Basis:
    return Basis(basis.name, basis.title, basis.items, basis.optional, basis.saturation, basis.rests_on, basis.verify)


def exceeding_shares(found: Sections, rule: Edition) -> dict[str, float]:
    """Item → share of sections beyond Ⅲ (断面超标率) [%] among those where it was judged; items of none are left out."""
    over = int(rule.table("pollutant")["over_class"])
    out = {}
    for item in found.basis.items:
        classes = found.item_class[item]
        there = int((classes > 0).sum())
        if there and (classes > over).any():
            out[item] = 100 * float((classes > over).sum()) / there
    return out


def _by_share(found: Sections, rule: Edition) -> tuple[str, ...]:
    shares = exceeding_shares(found, rule)
    best = sorted(shares, key=lambda i: (-shares[i], found.basis.items.index(i)))[: int(rule.table("pollutant")["take"])]
    return tuple(f"{items.get(i, 'water').name}({shares[i]:.1f}%)" for i in best)


def basin_sentence(found: Basin, rule: Edition, name: str) -> str:
    """A sentence as bulletins write it: 甲河水质状况为良好，7 个断面中Ⅰ～Ⅲ类占 85.7 % …."""
    tail = f"（{found.sections.basis.title}；{found.sections.rounding}；按{found.method}评价）"
    if found.grade == 0:
        return f"{name}不能评价：{found.count} 个断面（点位）有水质类别，{found.without} 个没有{tail}"
    words = grade_words(rule, found.grade)
    parts = [f"{name}水质状况为{words}"]
    if found.water_class:
        parts.append(f"水质类别为{class_words(found.water_class)}类")
    counted = Counter(found.sections.water_class[found.sections.water_class > 0].tolist())
    each = "、".join(f"{class_words(c)}类 {n} 个" for c, n in sorted(counted.items()))
    place = "点位" if found.method == "点位均值" else "断面"
    parts.append(f"{found.count} 个{place}中{each}" if each else f"各{place}均无最终类别")
    if found.method == "类别比例":
        parts.append(f"Ⅰ～Ⅲ类占 {found.good:.1f} %，劣Ⅴ类占 {found.worst:.1f} %")
    if found.without:
        parts.append(f"{found.without} 个{place}没有类别，{'未计入比例' if found.method == '类别比例' else '有值的项目计入均值'}")
    if found.main:
        parts.append(f"主要污染指标为{'、'.join(found.main)}")
    return "，".join(parts) + tail


def change_words(rule: Edition, before: ArrayLike, after: ArrayLike) -> np.ndarray:
    """Change of grade between two periods (变化幅度) of classes, in words; empty where one is missing. 环办〔2011〕22号 三（一）.

    One grade 有所好转 / 有所下降, two or more 明显; Ⅰ and Ⅱ are one grade.
    """
    was, now = grades(rule, before).astype(int), grades(rule, after).astype(int)
    if was.shape != now.shape:
        raise ValueError(f"两期 {was.shape}、{now.shape} 须同形")
    rows = rule.table("change")["row"]
    steps = np.minimum(np.abs(was - now), len(rows) - 1)
    better, worse = (np.array([r[k] for r in rows]) for k in ("better", "worse"))
    words = np.where(now < was, better[steps], worse[steps])
    return np.where((was == 0) | (now == 0), "", words)


def comparable(before: Sections, after: Sections) -> str:
    """Why two results may not be compared as they are: other items judged or other rounding (口径不同); "" where they may.

    What is printed beside a change between them: a class by 21 items and one by 5+X differ without the water having changed.
    """
    notes = []
    if (before.basis.name, before.basis.items) != (after.basis.name, after.basis.items):
        notes.append(f"评价项目不同（{before.basis.title}、{after.basis.title}）")
    if before.rounding != after.rounding:
        notes.append(f"修约不同（{before.rounding}、{after.rounding}）")
    if before.oxygen != after.oxygen:
        notes.append(f"溶解氧判定不同（{before.oxygen}、{after.oxygen}）")
    return "；".join(notes)


def share_change_words(rule: Edition, good: tuple[float, float], worst: tuple[float, float]) -> str:
    """Change of a river or basin by proportions: Ⅰ–Ⅲ and 劣Ⅴ [%], each (before, after). |ΔG − ΔD| ≤ 10, ≤ 20, above.

    Only proportions of the same sections and items may be compared. Empty for NaN.
    """
    gain = (good[1] - good[0]) - (worst[1] - worst[0])
    if gain != gain:
        return ""
    for row in rule.table("change_share")["row"]:
        if abs(gain) <= float(row["to"]) + _NOISE:
            return str(row["better"] if gain > 0 else row["worse"])
    raise ValueError(f"比例之差 {gain} 不可能")


@dataclass(frozen=True)
class Trend:
    """Trend over years by rank correlation (秩相关系数法)."""

    r: float
    """NaN with too few periods or one missing"""
    critical: float
    years: int
    significant: bool
    words: str
    """上升、下降、无显著变化; or why there is none"""
    clause: str


def trend(rule: Edition, yearly: ArrayLike) -> Trend:
    """Trend of yearly means over 5 to 30 years by Spearman's rank correlation (多年变化趋势). 环办〔2011〕22号 三（二）.

    Significant where \\|r\\| is not below the critical value; for a number of years the table lacks, that of the next fewer (stricter).
    Whether 上升 is good depends on the item: dissolved oxygen rises for the better.
    """
    series = numbers(yearly, "逐年值").ravel()
    n, least = series.size, int(rule.table("trend")["at_least"])
    rows = [r for r in rule.table("trend")["row"] if r["n"] <= n]
    clause = rule.clause("trend")
    if n < least or not rows:
        return Trend(float("nan"), float("nan"), n, False, f"数据不足：{n} 年，少于 {least} 年", clause)
    if np.isnan(series).any():
        return Trend(float("nan"), float("nan"), n, False, f"数据不足：{int(np.isnan(series).sum())} 年缺值", clause)
    critical = float(rows[-1]["critical"])
    r = float(ranking.spearman(series))
    significant = abs(r) >= critical - _NOISE
    words = ("显著上升" if r > 0 else "显著下降") if significant else "无显著变化"
    return Trend(r, critical, n, significant, words, clause)


arguments.guard(__name__)
