"""Class of one item (单项水质类别), its limit, and how many times it exceeds it. GB 3838."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.methods.single_factor import ROMAN
from qingshan.methods.surface_water.columns import WATER, Classes, checked_classes, column, impossible, water_types
from qingshan.standards.edition import Edition
from qingshan.stats.columns import Numbers, aligned, numbers
from qingshan.terms import arguments, items
from qingshan.terms.registry import unknown

WORST = 6
"""劣Ⅴ"""
_NOISE = 1e-12
"""Relative. A float stands for the decimal it was written as: 0.1 + 0.2 is not above 0.3."""


@dataclass(frozen=True)
class Limits:
    """The row of an item in GB 3838 表1, for one water body type."""

    item: str
    sense: str
    """upper: not above; lower: not below; range: within"""
    steps: tuple[tuple[float, int], ...]
    """bounds that differ, rising in badness, each with how many classes one loses beyond it"""
    limit: tuple[float, ...]
    """of classes Ⅰ … Ⅴ; empty for a range"""
    low: float = float("nan")
    high: float = float("nan")


def symbol(item: str) -> str:
    """The symbol of an item of GB 3838 given by symbol, Chinese name or alias; LookupError with the known ones."""
    meant = items.find_word(item, "water")
    if meant is None:
        raise LookupError(unknown("水质项目", str(item), [i.symbol for i in items.of_medium("water")[:36]]))
    return meant.symbol


@lru_cache(maxsize=256)
def limits(std: Edition, item: str, water: str) -> Limits:
    """The limits of an item (基本项目标准限值), ``water`` being ``"river"`` or ``"lake"``. GB 3838 表1.

    LookupError for items of no class: water temperature (judged by its change) and, in rivers, total nitrogen.
    """
    name = symbol(item)
    if water not in WATER:
        raise LookupError(unknown("水体类型", water, WATER))
    rows = std.rows("limit", item=name)
    mine = [r for r in rows if water in r["water"]]
    if rows and not mine:
        raise LookupError(f"{std.clause('limit')}：{items.get(name, 'water').name}只有湖、库限值，{WATER[water]}不评")
    if not mine:
        known = dict.fromkeys(r["item"] for r in std.table("limit")["row"])
        raise LookupError(f"{std.clause('limit')}：{unknown('基本项目', item, known)}")
    row = mine[0]
    if row["sense"] == "change":
        raise LookupError(f"{std.clause('limit')}：水温不按浓度定类别，按周平均变化判定，用 temperature_meets")
    if row["sense"] == "range":
        return Limits(name, "range", (), (), float(row["low"]), float(row["high"]))
    bound = tuple(float(v) for v in row["limit"])
    steps: list[tuple[float, int]] = []
    for value in bound:
        if steps and steps[-1][0] == value:
            steps[-1] = (value, steps[-1][1] + 1)
        else:
            steps.append((value, 1))
    return Limits(name, row["sense"], tuple(steps), bound)


def classes_within(rule: Limits, values: Numbers) -> Classes:
    """Classes of values by the limits of one item; the caller sees to NaN and to impossible values (NaN gives Ⅰ here)."""
    if rule.sense == "range":
        out = (values < rule.low * (1 - _NOISE)) | (values > rule.high * (1 + _NOISE))
        return np.where(out, np.int8(WORST), np.int8(1))
    found = np.ones(values.shape, np.int8)
    for bound, lost in rule.steps:
        beyond = (values < bound * (1 - _NOISE)) if rule.sense == "lower" else (values > bound * (1 + _NOISE))
        step = np.asarray(beyond).view(np.int8)
        found += step if lost == 1 else step * np.int8(lost)
    return found


def item_class(std: Edition, item: str, values: ArrayLike, *, water: object = None, saturation: ArrayLike | None = None) -> Classes:
    """Class of one item in each sample (单项类别), by the value as it stands, unrounded. GB 3838—2002 表1.

    Parameters
    ----------
    std : Edition of GB 3838
    item : ``"TP"`` or ``"总磷"``
    values : any shape, in the unit of the table [mg/L; pH none; FC 个/L]
    water : ``"river"`` or ``"lake"``, or an array of them; needed for TP and TN, whose limits differ: without it ValueError
    saturation : dissolved oxygen over saturation [%], of :func:`saturation_percent`; Ⅰ is 90 % or 7.5 mg/L

    Returns
    -------
    int8, shape of `values`: 1 … 5 (Ⅰ … Ⅴ), 6 (劣Ⅴ), 0 for missing or impossible (negative, infinite, pH above 14).
        A value equal to a limit meets it; equal limits in neighbouring classes give the better one.
    """
    name = symbol(item)
    given = column(name, values)
    both = {w for r in std.rows("limit", item=name) for w in r["water"]}
    differs = len(std.rows("limit", item=name)) > 1 or both == {"lake"}
    if differs:
        lake = water_types(water, given.shape)
        found = np.zeros(given.shape, np.int8)
        for kind, mask in (("river", ~lake), ("lake", lake)):
            if mask.any():
                found[mask] = classes_within(limits(std, name, kind), given[mask])
    else:
        if water is not None:
            water_types(water, given.shape)
        found = classes_within(limits(std, name, "river"), given)
    if name == "DO" and saturation is not None:
        if np.shape(saturation) not in ((), given.shape):
            raise ValueError(f"饱和率 {np.shape(saturation)} 与溶解氧 {given.shape} 须同形")
        found = np.where(enough_oxygen(std, saturation), np.int8(1), found)
    return np.where(np.isnan(given) | impossible(name, given), np.int8(0), found)


def limit(std: Edition, item: str, grade: int, water: str = "") -> float:
    """The limit of an item for a class (标准限值): ``limit(std, "TP", 3, "lake") == 0.05``. GB 3838 表1.

    Parameters
    ----------
    grade : 1 … 5
    water : ``"river"`` or ``"lake"``; may be left out where both have one limit

    For pH, which has a range, LookupError.
    """
    if grade not in (1, 2, 3, 4, 5):
        raise LookupError(f"{std.clause('limit')} 有Ⅰ至Ⅴ类（1 至 5）限值，没有 {grade}")
    name = symbol(item)
    if not water and len(std.rows("limit", item=name)) > 1:
        raise LookupError(f"{std.clause('limit')}：{items.get(name, 'water').name}河流、湖库限值不同，须指明 water")
    row = limits(std, name, water or std.row("limit", item=name)["water"][0])
    if not row.limit:
        raise LookupError(f"{std.clause('limit')}：{items.get(name, 'water').name}为 {row.low:g}～{row.high:g}，没有单一限值")
    return row.limit[grade - 1]


def times_over(std: Edition, item: str, values: ArrayLike, grade: ArrayLike = 3, *, water: object = None) -> Numbers:
    """How many times a value exceeds the limit of a class (超标倍数): (C − C_s)/C_s, unrounded; 0 where it meets it.

    Parameters
    ----------
    grade : class of the limit, 1 … 5: one, or each section's own target (目标类别); 0 is no target and gives NaN

    Returns
    -------
    NaN for missing, and for water temperature, pH and DO, which have none.
    """
    name = symbol(item)
    given = column(name, values)
    goal = checked_classes(grade, "目标类别", 5)
    if goal.shape not in ((), given.shape):
        raise ValueError(f"目标类别 {goal.shape} 与水样 {given.shape} 须同形，或只给一个")
    target = np.broadcast_to(goal, given.shape)
    row = std.rows("limit", item=name)
    if not row or row[0]["sense"] != "upper":
        if not row:
            limits(std, name, "river")
        return np.full(given.shape, np.nan)
    lake = water_types(water, given.shape) if len(row) > 1 or row[0]["water"] == ["lake"] else np.zeros(given.shape, bool)
    bound = np.full(given.shape, np.nan)
    for kind, mask in (("river", ~lake), ("lake", lake)):
        if mask.any():
            bound[mask] = np.array([np.nan, *limits(std, name, kind).limit])[target[mask]]
    over = np.where(given > bound * (1 + _NOISE), (given - bound) / bound, 0.0)
    return np.where(np.isnan(given) | np.isnan(bound) | impossible(name, given), np.nan, over)


def meets_limit(std: Edition, item: str, values: ArrayLike) -> NDArray[np.float64]:
    """Whether an item of GB 3838 表2 or 表3 meets its limit in a drinking-water source: 1, 0, or NaN for missing or impossible.

    Items by the name printed: ``"硫酸盐"``, ``"三氯甲烷"``, ``"BaP"``.
    """
    name = symbol(item)
    found = [r for table in ("supplementary", "specific") for r in std.rows(table, item=name)]
    if not found:
        known = [r["item"] for table in ("supplementary", "specific") for r in std.table(table)["row"]]
        raise LookupError(f"{std} 表2、表3：{unknown('补充、特定项目', item, known)}")
    given = column(name, values)
    met = (given <= float(found[0]["limit"]) * (1 + _NOISE)).astype(float)
    return np.where(np.isnan(given) | impossible(name, given), np.nan, met)


def temperature_meets(std: Edition, change: ArrayLike) -> NDArray[np.float64]:
    """Whether a change of water temperature by people (人为造成的水温变化) meets 表1: weekly mean rise ≤ 1, fall ≤ 2 [℃]. 1, 0, NaN."""
    row = std.row("limit", item="temperature")
    given = numbers(change, "水温变化")
    met = ((given <= float(row["rise"]) + _NOISE) & (given >= -float(row["fall"]) - _NOISE)).astype(float)
    return np.where(np.isfinite(given), met, np.nan)


def saturation_percent(
    std: Edition, oxygen: ArrayLike, temperature: ArrayLike, *, pressure: ArrayLike | None = None, altitude: ArrayLike | None = None,
    salinity: ArrayLike = 0.0,
) -> Numbers:  # fmt: skip
    """Dissolved oxygen over saturation (溶解氧饱和率) [%]: DO / DO_f, DO_f = 468/(31.6 + T). To verify, see the edition's table ``oxygen``.

    Parameters
    ----------
    oxygen : dissolved oxygen [mg/L]
    temperature : of the water [℃]
    pressure, altitude : air pressure [kPa], or else height above the sea [m]; 101.325 kPa without either
    salinity : [‰]; 0 is fresh water

    NaN where something is missing, or the temperature lies outside 0 … 45 ℃.
    """
    table = std.table("oxygen")
    if pressure is not None and altitude is not None:
        raise ValueError("气压与海拔只给其一")
    air = {"气压": pressure, "海拔": altitude}
    t, s, solved, *_ = aligned(水温=temperature, 盐度=salinity, 溶解氧=oxygen, **{k: v for k, v in air.items() if v is not None})
    fresh, saline = [float(v) for v in table["fresh"]], [float(v) for v in table["saline"]]
    with np.errstate(divide="ignore", invalid="ignore"):
        full = np.where(s > 0, (saline[0] - saline[1] * s) / (saline[2] + t), fresh[0] / (fresh[1] + t))
        standard = float(table["pressure_kPa"])
        if altitude is not None:
            full = full * np.exp(-numbers(altitude, "海拔") / float(table["scale_height_m"]))
        elif pressure is not None:
            kpa = numbers(pressure, "气压")
            if ((kpa > 200) & np.isfinite(kpa)).any():
                raise ValueError("气压以 kPa 计；大于 200 的疑为 hPa")
            full = full * kpa / standard
        found: Numbers = 100 * solved / full
        return np.where((t >= 0) & (t <= 45) & (full > 0) & (s >= 0), found, np.nan)


def enough_oxygen(std: Edition, saturation: ArrayLike) -> NDArray[np.bool_]:
    """Whether saturation alone gives dissolved oxygen class Ⅰ (饱和率不低于 90 %). NaN does not."""
    bar = float(std.row("limit", item="DO")["saturation"])
    with np.errstate(invalid="ignore"):
        enough: NDArray[np.bool_] = numbers(saturation, "饱和率") >= bar * (1 - _NOISE)
    return enough


def class_words(classes: ArrayLike, none: str = "") -> NDArray[np.str_]:
    """Classes in words: Ⅰ … Ⅴ, 劣Ⅴ; `none` where there is no class."""
    return np.asarray(np.array([none, *ROMAN[1:]])[checked_classes(classes)])


def read_classes(words: ArrayLike) -> Classes:
    """Words of classes (``"Ⅲ"``, ``"III类"``, ``"3"``, ``"劣五类"``) as 1 … 6; blank and ``-`` are 0; LookupError for others."""
    known = {w.lower(): i for i, w in enumerate(ROMAN)} | dict.fromkeys(("", "-", "--", "nan", "none", "<na>", "0"), 0)
    for row in (("i", "ii", "iii", "iv", "v", "劣v"), ("1", "2", "3", "4", "5", "6"), ("一", "二", "三", "四", "五", "劣五")):
        known |= {word: place for place, word in enumerate(row, 1)}
    found = []
    for word in np.asarray(words, object).ravel().tolist():
        text = "" if word is None else str(word).strip().lower().removesuffix("类").removesuffix(".0")
        if text not in known:
            raise LookupError(unknown("水质类别", str(word), ROMAN[1:]))
        found.append(known[text])
    return np.array(found, np.int8).reshape(np.shape(np.asarray(words, object)))


arguments.guard(__name__)
