"""Black and odorous water bodies (黑臭水体): city and rural."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.methods.surface_water.columns import columns, impossible
from qingshan.standards.edition import Edition
from qingshan.stats import plausibility
from qingshan.stats.columns import Numbers, numbers, wholes
from qingshan.terms import arguments
from qingshan.terms.registry import unknown

_NOISE = 1e-9


@dataclass(frozen=True)
class BlackOdorous:
    """Levels of measurements (黑臭级别), as columns."""

    level: NDArray[np.int8]
    """0 none, 1 light, 2 heavy; −1 cannot be told (none is beyond, one is missing)"""
    item_level: Mapping[str, NDArray[np.int8]]
    """of each item; −1 missing"""
    missing: tuple[str, ...]
    """items of the table that were not given at all"""
    clause: str
    verify: tuple[str, ...]


def black_odorous(
    rule: Edition, values: Mapping[str, ArrayLike], *, depth_cm: ArrayLike | None = None, units_checked: bool = False
) -> BlackOdorous:
    """Level of each measurement: the worst of its items. Limits of the light band include both ends.

    Parameters
    ----------
    rule : Edition of 城市黑臭水体整治工作指南 (SD, DO, ORP, NH3-N; light and heavy) or of 农村黑臭水体治理工作指南
        (SD, DO, NH3-N; black or not)
    values : by symbol, one shape [SD m; DO, NH3-N mg/L; ORP mV]
    depth_cm : depth of the water [cm]; below 25 the limit of transparency is 40 % of it, for light only
    units_checked : skip the check of magnitudes
    """
    rows = {r["item"]: r for r in rule.table("level")["row"]}
    given = columns(values)
    for item in given:
        if item not in rows:
            raise LookupError(f"{rule.clause('level')}：{unknown('黑臭指标', item, rows)}")
    plausibility.refuse_units("water", given, units_checked, use="black_odorous")
    shape = next(iter(given.values())).shape
    deep = None if depth_cm is None else numbers(depth_cm, "水深")
    if deep is not None and deep.shape not in ((), shape):
        raise ValueError(f"水深 {deep.shape} 与水样 {shape} 须同形，或只给一个")
    depth = None if deep is None else np.broadcast_to(deep, shape)
    found: dict[str, NDArray[np.int8]] = {}
    for item, value in given.items():
        gone = np.isnan(value) | impossible(item, value)
        found[item] = np.where(gone, np.int8(-1), _level(rule, rows[item], value * 100 if item == "SD" else value, depth))
    highest = np.maximum.reduce(list(found.values()))
    absent = tuple(i for i in rows if i not in found)
    unknown_ = np.logical_or.reduce([v < 0 for v in found.values()]) | bool(absent)
    level = np.where((highest <= 0) & unknown_, np.int8(-1), np.maximum(highest, 0)).astype(np.int8)
    return BlackOdorous(level, found, absent, rule.clause("level"), rule.verify_of("level", "shallow"))


def _level(rule: Edition, row: Mapping[str, object], value: Numbers, depth: Numbers | None) -> NDArray[np.int8]:
    city = "heavy" in row
    light = float(str(row["light"]))
    heavy = float(str(row["heavy"])) if city else np.inf
    sign = 1.0 if row["sense"] == "upper" else -1.0
    bound, beyond = sign * light * np.ones(value.shape), np.full(value.shape, sign * heavy if city else np.inf)
    worse = sign * value
    shallow = np.zeros(value.shape, bool)
    if row["item"] == "SD" and depth is not None:
        table = rule.table("shallow")
        shallow = depth < float(table["depth_cm"])
        bound = np.where(shallow, -float(table["share"]) * depth, bound)
        beyond = np.where(shallow, np.inf, beyond)
    noise = _NOISE * np.maximum(np.abs(bound), 1)
    # 城市：轻度含界限值本身；农村与浅水：劣于界限值才是
    black = np.where(shallow, worse > bound + noise, worse >= bound - noise) if city else worse > bound + noise
    out = black.astype(np.int8)
    return np.where(worse > beyond + _NOISE * np.maximum(np.abs(np.where(np.isinf(beyond), 0, beyond)), 1), np.int8(2), out)


def point_level(rule: Edition, found: BlackOdorous) -> NDArray[np.int8]:
    """Level of each point from its repeated measurements, (points, times).

    Heavy where one item is heavy in 60 % of its data, or two in 30 %; light where any measurement is light or heavy; 0 none;
    −1 cannot be told.
    """
    if found.level.ndim != 2:
        raise ValueError(f"须为 检测点 × 次数，得到 {found.level.shape}")
    table = rule.table("point")
    most, some = [], []
    for levels in found.item_level.values():
        there = (levels >= 0).sum(axis=1)
        share = np.divide((levels == 2).sum(axis=1), there, out=np.zeros(there.shape), where=there > 0)
        most.append(share >= float(table["one"]) - _NOISE)
        some.append((share >= float(table["two"]) - _NOISE) & (share > 0))
    heavy = np.any(most, axis=0) | (np.sum(some, axis=0) >= 2)
    worst = found.level.max(axis=1)
    unsure = (worst <= 0) & (found.level < 0).any(axis=1)
    return np.where(heavy, np.int8(2), np.where(unsure, np.int8(-1), np.minimum(worst, 1).astype(np.int8)))


@dataclass(frozen=True)
class BlackBody:
    """A water body by its points in order along it (水体黑臭级别)."""

    level: int
    """0, 1, 2; −1 cannot be told"""
    heavy_reaches: tuple[tuple[int, int], ...]
    """first and last point of each reach of three or more heavy points in a row (区段重度)"""
    clause: str


def body_level(rule: Edition, points: ArrayLike) -> BlackBody:
    """Level of a water body: heavy where 60 % of its points are heavy, light where any is black; and its heavy reaches."""
    levels = wholes(points, "检测点黑臭级别", 2, least=-1).ravel()
    if levels.size == 0:
        raise ValueError("没有检测点")
    table = rule.table("body")
    heavy = levels == 2
    reaches, start = [], -1
    for k, flag in enumerate([*heavy.tolist(), False]):
        if flag and start < 0:
            start = k
        elif not flag and start >= 0:
            if k - start >= int(table["run"]):
                reaches.append((start, k - 1))
            start = -1
    there = levels[levels >= 0]
    if there.size and heavy.sum() / there.size >= float(table["share"]) - _NOISE:
        level = 2
    elif (levels > 0).any():
        level = 1
    else:
        level = -1 if (levels < 0).any() else 0
    return BlackBody(level, tuple(reaches), rule.clause("body"))


def level_words(rule: Edition, levels: ArrayLike) -> NDArray[np.str_]:
    """Levels in words: 无黑臭, 轻度黑臭, 重度黑臭 (rural: 无黑臭, 黑臭); 不能判定 for −1."""
    return np.asarray(np.array([*rule.table("level")["words"], "不能判定"])[wholes(levels, "黑臭级别", 2, least=-1)])


arguments.guard(__name__)
