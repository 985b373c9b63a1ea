"""Algal blooms (水华程度) by cell density and by the share of the water they cover. HJ 1098—2020."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.methods.surface_water.columns import column, impossible
from qingshan.standards.edition import Edition
from qingshan.stats.columns import amount, one_shape, wholes
from qingshan.terms import arguments

_NOISE = 1e-12


def _levels(std: Edition, table: str, values: np.ndarray) -> NDArray[np.int8]:
    out = np.zeros(values.shape, np.int8)
    for row in std.table(table)["row"]:
        inside = values < float(row["below"]) * (1 - _NOISE) if "below" in row else ~np.isnan(values)
        out = np.where((out == 0) & inside, np.int8(row["level"]), out)
    return out


def bloom_level(std: Edition, density: ArrayLike) -> NDArray[np.int8]:
    """Level 1 … 5 (无水华 … 重度水华) of cell densities [cells/L]; a bound belongs to the worse level. 0 for missing or impossible."""
    given = column("algae", density)
    return np.where(np.isnan(given) | impossible("algae", given), np.int8(0), _levels(std, "density", given))


def bloom_area_level(std: Edition, area: ArrayLike, water: ArrayLike) -> NDArray[np.int8]:
    """Level 1 … 5 by the share of the water a bloom covers (水华面积比例): none Ⅰ, below 10 % Ⅱ … 60 % and more Ⅴ. 0 for missing.

    Parameters
    ----------
    area, water : of the bloom as seen from above, and of the water that could be seen (clouds aside); one unit
    """
    covered, whole = amount(area, "水华面积"), amount(water, "水域面积", above=True)
    one_shape(水华面积=covered.shape, 水域面积=whole.shape)
    if (covered > whole * (1 + _NOISE)).any():
        raise ValueError(f"{std.clause('area')}：水华面积 {np.nanmax(covered):g} 大于水域面积，请核对单位")
    share = 100 * covered / whole
    return np.where(np.isnan(share), np.int8(0), np.where(covered == 0, np.int8(1), _levels(std, "area", share)))


def chlorophyll_level(std: Edition, chla: ArrayLike) -> NDArray[np.int8]:
    """Level by chlorophyll-a [mg/m³] of an edition that has a table ``chlorophyll`` (a province's own); LookupError otherwise (HJ 1098)."""
    given = column("chla", chla)
    return np.where(np.isnan(given) | impossible("chla", given), np.int8(0), _levels(std, "chlorophyll", given))


def higher_level(*levels: ArrayLike) -> NDArray[np.int8]:
    """The higher of levels by density and by chlorophyll where they disagree (DB44/T 2261—2020); a missing one (0) takes no part."""
    if not levels:
        raise TypeError("至少要一列级别")
    given = [wholes(v, "水华级别", 5) for v in levels]
    one_shape(**{f"第{i}列级别": v.shape for i, v in enumerate(given, 1)})
    return np.asarray(np.maximum.reduce(np.broadcast_arrays(*given)), np.int8)


def lake_bloom_level(std: Edition, density: ArrayLike) -> tuple[int, str]:
    """Level of a whole lake from the densities of its points (全湖评价) and the rule that gave it.

    More than 95 % of points below 2e6: Ⅰ; else the level that at least 75 % of points share; else the level of the mean density.
    (0, why) without points.
    """
    given = column("algae", density).ravel()
    given = given[~(np.isnan(given) | impossible("algae", given))]
    if given.size == 0:
        return 0, "没有有效点位"
    table = std.table("lake")
    levels = bloom_level(std, given)
    none = int((levels == 1).sum())
    if 100 * none > float(table["none"]) * given.size + 1e-9:
        return 1, f"{none}/{given.size} 个点位小于 2×10⁶，多于 {table['none']} %"
    counts = np.bincount(levels, minlength=6)
    top = int(counts.argmax())
    if 100 * counts[top] >= float(table["share"]) * given.size - 1e-9:
        return top, f"{counts[top]}/{given.size} 个点位为该级，不少于 {table['share']} %"
    mean = float(given.mean())
    return int(bloom_level(std, mean)), f"没有占 {table['share']} % 的一级，按平均藻密度 {mean:.3g} 个/L"


def bloom_words(std: Edition, levels: ArrayLike) -> NDArray[np.str_]:
    """Levels in words: 无水华 … 重度水华; empty for none."""
    return np.array(["", *(r["words"] for r in std.table("density")["row"])])[wholes(levels, "水华级别", 5)]


arguments.guard(__name__)
