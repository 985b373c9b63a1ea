"""State of the ecology (生态环境状况): EI (HJ 192—2015) from its sub-indices, EQI (2021 试行), grades, change, floor and stretch.

>>> from qingshan import standards
>>> from qingshan.methods import ecology
>>> std = standards.get("HJ 192", edition="2015")
>>> ecology.grade_words(std, ecology.grade(std, [75, 74.99]))
array(['优', '良'], dtype='<U2')
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.standards.edition import Edition
from qingshan.stats import rounding
from qingshan.stats.columns import Flags, Numbers, aligned, amount, numbers, one_shape, wholes
from qingshan.terms import arguments
from qingshan.terms.registry import unknown

_SHARP = 6
"""decimals at which an index meets a bound: 54.999 is below 55, and 0.1 + 0.2 is 0.3"""


def _index(values: ArrayLike, what: str) -> Numbers:
    given = numbers(values, what)
    wrong = ~np.isnan(given) & ~((given >= 0) & (given <= 100))
    if wrong.any():
        at = int(np.flatnonzero(wrong.ravel())[0])
        raise ValueError(f"{what}：第 {at + 1} 个为 {given.ravel()[at]:g}，须在 0～100 之间（归一化后的指数）")
    return given


def _named(given: Mapping[str, ArrayLike], known: list[str], kind: str, where: str) -> None:
    stray = [name for name in given if name not in known]
    if stray:
        raise LookupError(f"{where}：{unknown(kind, '、'.join(stray), known)}")
    if not given:
        raise LookupError(f"{where}：一种{kind}也没有给；须有 {'、'.join(known)} 中的")


def _capped(values: Numbers) -> Numbers:
    return np.asarray(np.clip(values, 0.0, 100.0))


def habitat(hj192: Edition, areas: Mapping[str, ArrayLike], total: ArrayLike) -> Numbers:
    """Habitat quality index (生境质量指数) 0 … 100. HJ 192—2015 5.1, 表1.

    Parameters
    ----------
    areas : by land type as in the table (有林地, 灌木林地 … 其他未利用地) [km²]; a type left out covers nothing, a NaN makes NaN
    total : area of the region [km²]; the types may not cover more than it
    """
    table = hj192.table("habitat")
    _named(areas, [r["land"] for r in table["row"]], "土地类型", hj192.clause("habitat"))
    whole = amount(total, "区域面积", above=True)
    one_shape(区域面积=whole.shape, **{land: np.shape(numbers(v, land)) for land, v in areas.items()})
    value, covered = np.zeros(whole.shape), np.zeros(whole.shape)
    for row in table["row"]:
        if row["land"] in areas:
            area = amount(areas[row["land"]], row["land"])
            value = value + float(row["weight"]) * float(row["share"]) * area
            covered = covered + area
    if (covered > whole * (1 + 1e-6)).any():
        raise ValueError(f"{hj192.clause('habitat')}：各土地类型面积之和 {np.nanmax(covered):g} km² 大于区域面积 {np.nanmax(whole):g} km²")
    return _capped(float(table["coefficient"]) * value / whole)


def richness(habitat_index: ArrayLike, biodiversity: ArrayLike | None = None) -> Numbers:
    """Richness index (生物丰度指数): mean of biodiversity and habitat quality; without a dynamic BI the habitat quality alone.
    HJ 192—2015 5.1."""
    quality = _index(habitat_index, "生境质量指数")
    if biodiversity is None:
        return quality
    living = _index(biodiversity, "生物多样性指数")
    one_shape(生境质量指数=quality.shape, 生物多样性指数=living.shape)
    return np.asarray((living + quality) / 2)


def vegetation(hj192: Edition, ndvi: ArrayLike) -> Numbers:
    """Vegetation index (植被覆盖指数) 0 … 100. HJ 192—2015 5.2.

    Parameters
    ----------
    ndvi : (…): mean of the monthly largest NDVI of May to September, −1 … 1; values times 10000 are refused
    """
    table, given = hj192.table("vegetation"), numbers(ndvi, "NDVI")
    wrong = ~np.isnan(given) & ~((given >= -1) & (given <= 1))
    if wrong.any():
        raise ValueError(f"{hj192.clause('vegetation')}：NDVI 须在 −1～1 之间，得到 {given[wrong].ravel()[0]:g}；已乘 10000 的先除回")
    return _capped(float(table["coefficient"]) * given * float(table["scale"]))


def water_network(
    hj192: Edition, total: ArrayLike, river_length: ArrayLike, water_area: ArrayLike, resource: ArrayLike, usual: ArrayLike
) -> Numbers:
    """Water network index (水网密度指数) 0 … 100. HJ 192—2015 5.3.

    Parameters
    ----------
    total, water_area : [km²]
    river_length : [km]
    resource, usual : water resource of the year and its multi-year mean [10⁶ m³]; more than 1.4 times the mean counts less
    """
    aligned(区域面积=total, 河流长度=river_length, 水域面积=water_area, 水资源量=resource, 多年平均水资源量=usual)
    table, area = hj192.table("water"), amount(total, "区域面积", above=True)
    now, mean = amount(resource, "水资源量"), amount(usual, "多年平均水资源量", above=True)
    ratio = now / mean
    plenty, flood = float(table["plenty"]), float(table["flood"])
    counted = np.where(rounding.steps(ratio - plenty, 9) <= 0, now, np.maximum(mean * (flood - ratio), 0.0))
    counted = np.where(np.isnan(ratio), np.nan, counted)
    parts = (
        _capped(float(table["river"]) * amount(river_length, "河流长度") / area),
        _capped(float(table["area"]) * amount(water_area, "水域面积") / area),
        _capped(float(table["resource"]) * counted / area),
    )
    return np.asarray((parts[0] + parts[1] + parts[2]) / 3)


def land_stress(hj192: Edition, areas: Mapping[str, ArrayLike], total: ArrayLike) -> Numbers:
    """Land stress index (土地胁迫指数) 0 … 100: 重度侵蚀, 中度侵蚀, 建设用地, 其他土地胁迫 [km²]. HJ 192—2015 5.4."""
    table = hj192.table("stress")
    _named(areas, [r["land"] for r in table["row"]], "胁迫类型", hj192.clause("stress"))
    whole = amount(total, "区域面积", above=True)
    one_shape(区域面积=whole.shape, **{land: np.shape(numbers(v, land)) for land, v in areas.items()})
    value = np.zeros(whole.shape)
    for row in table["row"]:
        if row["land"] not in areas:
            raise LookupError(f"{hj192.clause('stress')}：缺“{row['land']}”；没有的给 0")
        value = value + float(row["weight"]) * amount(areas[row["land"]], row["land"])
    return _capped(float(table["coefficient"]) * value / whole)


def pollution_load(hj192: Edition, emissions: Mapping[str, ArrayLike], total: ArrayLike, precipitation: ArrayLike) -> Numbers:
    """Pollution load index (污染负荷指数) 0 … 100. HJ 192—2015 5.5.

    Parameters
    ----------
    emissions : ``COD, NH3, SO2, dust, NOx, solid`` [t/a], all six; what is not emitted is 0
    total : area of the region [km²]
    precipitation : of the year over the region [10⁶ m³]
    """
    table = hj192.table("pollution")
    _named(emissions, [r["pollutant"] for r in table["row"]], "污染物", hj192.clause("pollution"))
    by = {"area": amount(total, "区域面积", above=True), "precipitation": amount(precipitation, "年降水总量", above=True)}
    shapes = {name: np.shape(numbers(v, name)) for name, v in emissions.items()}
    value = np.zeros(one_shape(区域面积=by["area"].shape, 年降水总量=by["precipitation"].shape, **shapes))
    for row in table["row"]:
        if row["pollutant"] not in emissions:
            raise LookupError(f"{hj192.clause('pollution')}：缺“{row['pollutant']}”（{row['words']}）；没有排放的给 0")
        emitted = amount(emissions[row["pollutant"]], f"{row['words']}排放量")
        value = value + float(row["weight"]) * _capped(float(row["coefficient"]) * emitted / by[row["per"]])
    return _capped(value)


def _weighted(std: Edition, table: str, parts: Mapping[str, ArrayLike], decimals: int) -> Numbers:
    rows = std.table(table)["row"]
    _named(parts, [r["part"] for r in rows], "分指数", std.clause(table))
    value: Numbers = np.asarray(0.0)
    one_shape(**{name: np.shape(numbers(given, name)) for name, given in parts.items()})
    for row in rows:
        if row["part"] not in parts:
            raise LookupError(f"{std.clause(table)}：缺“{row['part']}”（{row['words']}）；须各项齐全，无值的给 NaN")
        given = _index(parts[row["part"]], row["words"])
        value = value + float(row["weight"]) * (100.0 - given if row.get("reverse") else given)
    return rounding.half_even(value, decimals)


def ei(hj192: Edition, parts: Mapping[str, ArrayLike], *, decimals: int = 2) -> Numbers:
    """State index (生态环境状况指数, EI) 0 … 100 from ``richness, vegetation, water, stress, pollution``. HJ 192—2015 6.1.

    ``0.35·richness + 0.25·vegetation + 0.15·water + 0.15·(100 − stress) + 0.10·(100 − pollution)``; NaN where one is missing.
    The restriction (环境限制) is not a number added here: it lowers the grade, see :func:`grade`.
    """
    return _weighted(hj192, "ei", parts, decimals)


def eqi(rule: Edition, parts: Mapping[str, ArrayLike], *, decimals: int = 2) -> Numbers:
    """Ecological quality index (生态质量指数, EQI) 0 … 100 from ``structure, function, diversity, stress``. 区域生态质量评价办法（试行）.

    ``0.36·structure + 0.35·function + 0.19·diversity + 0.10·(100 − stress)``: weights to verify, see ``rule.verify``.
    """
    return _weighted(rule, "eqi", parts, decimals)


def grade(std: Edition, index: ArrayLike, *, lowered: int = 0, best: int = 1) -> NDArray[np.int8]:
    """Grade 1 … 5 of EI (优 … 差, HJ 192—2015 表2) or EQI (一类 … 五类); 0 where there is none. A bound belongs to the better grade.

    Parameters
    ----------
    index : array_like, 0 … 100
    lowered : grades taken off by the restriction (环境限制指数降级)
    best : the best grade the restriction leaves (3 where neither 优 nor 良 may be given)
    """
    rows = std.table("grade")["row"]
    if lowered < 0 or not 1 <= best <= len(rows):
        raise ValueError(f"{std.clause('grade')}：降级数须不小于 0，最好等级须为 1～{len(rows)}")
    steps = rounding.steps(_index(index, "指数"), _SHARP)
    bounds = [float(r["from"]) * 10.0**_SHARP for r in rows]
    found = len(rows) + 1 - np.searchsorted(np.array(bounds[::-1]), np.nan_to_num(steps), side="right")
    limited = np.clip(np.maximum(found + lowered, best), 1, len(rows))
    return np.asarray(np.where(np.isnan(steps), 0, limited), np.int8)


def grade_words(std: Edition, grades: ArrayLike) -> NDArray[np.str_]:
    """Grades in words: 优, 良, 一般, 较差, 差, or 一类 …; empty for 0."""
    return np.asarray(np.array(["", *(r["words"] for r in std.table("grade")["row"])])[wholes(grades, "等级", 5)])


def change_words(std: Edition, before: ArrayLike, now: ArrayLike) -> NDArray[np.str_]:
    """Grade of change (变化度分级) in words: 无明显变化, 略微变好 … 显著变差 (HJ 192—2015 表3); EQI 基本稳定, 轻微变好 …; empty where
    one is missing. The difference is exact: 55.3 after 54.3 is 1, 略微."""
    rows = std.table("change")["row"]
    one_shape(上年指数=np.shape(numbers(before)), 本年指数=np.shape(numbers(now)))
    delta = rounding.steps(_index(now, "本年指数"), _SHARP) - rounding.steps(_index(before, "上年指数"), _SHARP)
    bounds = np.array([float(r["from"]) * 10.0**_SHARP for r in rows])
    place = np.maximum(np.searchsorted(bounds, np.nan_to_num(np.abs(delta)), side="right") - 1, 0)
    words = np.array([r["words"] for r in rows])[place].astype(object)
    words = np.where(place > 0, words + np.where(delta > 0, "变好", "变差").astype(object), words)
    return np.asarray(np.where(np.isnan(delta), "", words)).astype(str)


def fluctuation_words(std: Edition, years: ArrayLike) -> NDArray[np.str_]:
    """Grade of fluctuation over years (波动变化分级): 稳定, 波动, 较大波动, 剧烈波动. HJ 192—2015 表4.

    An index fluctuates where some years rise and some fall by at least 1; the largest change of a year gives the grade. An index that
    only rises or only falls does not fluctuate: empty, its change is told by :func:`change_words`. Empty too where a year is missing.

    Parameters
    ----------
    years : (…, n) index of n ≥ 3 years one after another, oldest first
    """
    table, given = std.table("fluctuation"), _index(years, "历年指数")
    if given.ndim == 0 or given.shape[-1] < int(table["years"]):
        raise ValueError(f"{std.clause('fluctuation')}：须有连续 {table['years']} 年以上的指数，得到 {given.shape}")
    delta = np.diff(rounding.steps(given, _SHARP), axis=-1)
    bar = float(table["counted"]) * 10.0**_SHARP
    size = np.abs(delta).max(axis=-1)
    bounds = np.array([float(r["from"]) * 10.0**_SHARP for r in table["row"]])
    place = np.maximum(np.searchsorted(bounds, np.nan_to_num(size), side="right") - 1, 0)
    both = (delta >= bar).any(axis=-1) & (delta <= -bar).any(axis=-1)
    words = np.array([r["words"] for r in table["row"]])[place]
    return np.asarray(np.where(~np.isnan(size) & ((size < bar) | both), words, "")).astype(str)


@dataclass(frozen=True)
class TwoGoals:
    """A floor to keep and a grade to strive for (保“良”创“优”). Arrays of the shape of the index; NaN and False where missing."""

    grade: NDArray[np.int8]
    kept: Flags
    """the floor is kept"""
    reached: Flags
    """the stretch is reached"""
    above_floor: Numbers
    """index minus the floor's bound; negative where the floor is lost"""
    to_stretch: Numbers
    """what is still wanting to the stretch; 0 where reached"""


def two_goals(std: Edition, index: ArrayLike, *, floor: str = "良", stretch: str = "优") -> TwoGoals:
    """Floor and stretch of an index as two thresholds (保“良”创“优”), by the words of its grades."""
    bound = {r["words"]: (float(r["from"]), int(r["grade"])) for r in std.table("grade")["row"]}
    for word in (floor, stretch):
        if word not in bound:
            raise LookupError(f"{std.clause('grade')}：{unknown('等级', word, bound)}")
    if bound[stretch][0] <= bound[floor][0]:
        raise ValueError(f"争创的“{stretch}”须高于守住的“{floor}”")
    given = _index(index, "指数")
    steps = rounding.steps(given, _SHARP)
    above = np.divide(steps - bound[floor][0] * 10.0**_SHARP, 10.0**_SHARP)
    short = np.divide(bound[stretch][0] * 10.0**_SHARP - steps, 10.0**_SHARP)
    return TwoGoals(grade(std, given), np.asarray(above >= 0), np.asarray(short <= 0), above, np.maximum(short, 0.0))


arguments.guard(__name__)
