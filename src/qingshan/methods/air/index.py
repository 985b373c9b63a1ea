"""Individual index, air quality index, primary pollutant, level. HJ 633."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.standards.edition import Edition
from qingshan.stats import rounding
from qingshan.stats.columns import Flags, Numbers, numbers, wholes
from qingshan.terms import arguments
from qingshan.terms.items import AIR
from qingshan.terms.registry import unknown

Bits = NDArray[np.uint8]
BIT = {item: np.uint8(1 << i) for i, item in enumerate(AIR)}
"""The bit of each item in a mask of primary pollutants: SO2 1, NO2 2, CO 4, O3 8, PM10 16, PM2.5 32"""


@lru_cache(maxsize=128)
def _ladder(std: Edition, item: str, window: str) -> tuple[int, Numbers]:
    """Decimals, and the index of every reportable concentration: of 0, 1, … steps, the last, above; then two NaN, for
    infinite (place −2) and for none or negative (place −1). Whole numbers, exact."""
    table, row = std.table("iaqi"), std.row("iaqi", item=item, window=window)
    decimals = int(table["decimals"][row["unit"]])
    bound = np.array([int(b * 10**decimals) for b in row["conc"]])
    index = np.array(table["index"][: bound.size])
    c = np.arange(bound[-1] + 1)
    i = np.clip(np.searchsorted(bound, c), 1, bound.size - 1)
    rise, run = index[i] - index[i - 1], bound[i] - bound[i - 1]
    value = index[i - 1] - rise * (bound[i - 1] - c) // run  # -(-a // b) is the ceiling
    above = np.nan if "instead" in row else float(row.get("above", table["above"]))
    ladder = np.concatenate([value.astype(float), [above, np.nan, np.nan]])
    ladder.setflags(write=False)
    return decimals, ladder


def iaqi(std: Edition, item: str, window: str, conc: ArrayLike) -> Numbers:
    """Individual air quality index (空气质量分指数, IAQI). HJ 633—2026 4.2.2–4.2.6, 表3, 式（1）.

    Parameters
    ----------
    std : Edition of HJ 633
    item, window : str, as in its table: ``"PM2.5", "24h"``; others raise LookupError
    conc : array_like, any shape [µg/m³; CO mg/m³], rounded here as the edition says; NaN gives NaN

    Returns
    -------
    ndarray, shape of `conc`: whole numbers, exact. NaN where the edition gives no index: below 0, infinite,
    or where another window stands in (HJ 633—2012: SO2 1h and O3 8h above 800).
    """
    decimals, ladder = _ladder(std, item, window)
    given = numbers(conc, f"{item} {window} 浓度")
    place = np.fmin(np.fmax(rounding.steps(given, decimals), -1.0), ladder.size - 3.0)
    if (endless := np.isinf(given)).any():
        place = np.where(endless, -2.0, place)
    return np.asarray(ladder[place.astype(np.intp)])


@dataclass(frozen=True)
class Report:
    """Air quality index of a column of hours or days (实时报、日报). Every array has the shape of the concentrations."""

    aqi: Numbers
    """whole numbers; NaN is not published (NA)"""
    primary: Bits
    """primary pollutants (首要污染物) as bits of :data:`BIT`, ties joint; 0 where there is none"""
    level: NDArray[np.int8]
    """1 … 6 (一级 … 六级), 0 where there is no AQI"""
    iaqi: Mapping[str, Numbers]
    """individual index of each of the six items"""
    exceeding: Bits
    """items with an index above 100 (超标污染物; a term of HJ 633—2012), as bits"""
    withheld: Flags
    """hours or days whose AQI the rule for missing items holds back (缺项且其余各项未超 100)"""


def _column(std: Edition, report: str, row: Mapping[str, Any], conc: Mapping[str, Numbers]) -> Numbers:
    if row["column"] not in conc:
        needed = [r["column"] for r in std.rows("report", report=report) if "only" not in r]
        raise LookupError(
            f"{std.clause('report')}：缺列“{row['column']}”，须有 {'、'.join(needed)}；没有监测的项目写进 unplanned，或整列给 NaN"
        )
    return conc[row["column"]]


@lru_cache(maxsize=16)
def _rows(std: Edition, report: str) -> tuple[dict[str, Any], ...]:
    return tuple(std.rows("report", report=report))


def _indices(std: Edition, report: str, conc: Mapping[str, Numbers], unplanned: Collection[str]) -> tuple[list[str], Numbers]:
    """The items that take part, and the index of each, (items, values)."""
    rows = _rows(std, report)
    stray = set(conc) - {r["column"] for r in rows} - {"O3_1h", "SO2_24h"}
    if stray:
        raise LookupError(unknown(f"{std.clause('report')}的列", "、".join(sorted(stray)), [r["column"] for r in rows]))
    for item in unplanned:
        if item not in AIR:
            raise LookupError(unknown("监测项目", item, AIR))
    plain = [row for row in rows if "only" not in row and (row["column"] in conc or row["item"] not in unplanned)]
    if not plain:
        raise LookupError("六项全部列为未监测，没有可评价的项目")
    columns = [_column(std, report, row, conc) for row in plain]
    names = [row["item"] for row in plain]
    if columns[0].size <= _FEW:
        found = _together(std, tuple((row["item"], row["window"]) for row in plain), columns)
    else:
        found = np.stack([iaqi(std, row["item"], row["window"], column) for row, column in zip(plain, columns, strict=True)])
    for row in rows:
        if row.get("only") == "instead" and row["column"] in conc and row["item"] in names:
            at = names.index(row["item"])
            main = columns[at]
            over = (rounding.steps(main, 0) > _highest_bound(std, row["item"], plain[at]["window"])) & np.isfinite(main)
            if over.any():
                found[at] = np.where(over, iaqi(std, row["item"], row["window"], conc[row["column"]]), found[at])
    return names, found


def _highest_bound(std: Edition, item: str, window: str) -> float:
    return float(std.row("iaqi", item=item, window=window)["conc"][-1])


_FEW = 64  # values of an item up to which the items are looked up together, so that an arriving hour costs few calls


def _together(std: Edition, said: tuple[tuple[str, str], ...], columns: Sequence[Numbers]) -> Numbers:
    """:func:`iaqi` of several items at once, one row each; value for value the same."""
    scale, size, begins, ladders = _ladders(std, said)
    given = np.array(columns)
    with np.errstate(over="ignore"):  # as rounding.steps
        whole = np.rint(np.round(given * scale, 6))
    place = np.fmin(np.fmax(whole, -1.0), size - 3.0)
    if (endless := np.isinf(given)).any():
        place = np.where(endless, -2.0, place)
    return np.asarray(ladders[(begins + np.where(place < 0, size + place, place)).astype(np.intp)])


@lru_cache(maxsize=64)
def _ladders(std: Edition, said: tuple[tuple[str, str], ...]) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Of each item its scale, the size of its ladder and where it begins, (n, 1); and the ladders one after another."""
    found = [_ladder(std, item, window) for item, window in said]
    size = np.array([[ladder.size] for _, ladder in found], float)
    scale = np.array([[10.0**decimals] for decimals, _ in found])
    return scale, size, np.cumsum(size, axis=0) - size, np.concatenate([ladder for _, ladder in found])


def _report(std: Edition, report: str, conc: Mapping[str, ArrayLike], unplanned: Collection[str]) -> Report:
    columns = {k: numbers(v, f"{k} 浓度") for k, v in conc.items()}
    shapes = {k: c.shape for k, c in columns.items()}
    if len(set(shapes.values())) > 1:
        raise ValueError(f"各项浓度须同形：{shapes}")
    shape = next(iter(shapes.values()), (0,))
    flat = {k: c.reshape(-1) for k, c in columns.items()}
    size = int(np.prod(shape))
    if size <= _BLOCK:
        names, found = _indices(std, report, flat, unplanned)
        aqi, primary, exceeding, withheld = _highest(std, names, found, unplanned)
        index = dict(zip(names, found, strict=True))
        index = {item: index[item] if item in index else np.full(size, np.nan) for item in AIR}
        return _shaped(shape, aqi, primary, level(std, aqi), index, exceeding, withheld)
    aqi, index = np.empty(size), {item: np.full(size, np.nan) for item in AIR}
    primary, exceeding = np.zeros(size, np.uint8), np.zeros(size, np.uint8)
    levels, withheld = np.zeros(size, np.int8), np.zeros(size, bool)
    for start in range(0, size, _BLOCK):
        rows = slice(start, start + _BLOCK)
        names, found = _indices(std, report, {k: c[rows] for k, c in flat.items()}, unplanned)
        for item, value in zip(names, found, strict=True):
            index[item][rows] = value
        aqi[rows], primary[rows], exceeding[rows], withheld[rows] = _highest(std, names, found, unplanned)
        levels[rows] = level(std, aqi[rows])
    return _shaped(shape, aqi, primary, levels, index, exceeding, withheld)


def _shaped(
    shape: tuple[int, ...], aqi: Numbers, primary: Bits, levels: NDArray[np.int8], index: Mapping[str, Numbers], exceeding: Bits,
    withheld: Flags,
) -> Report:  # fmt: skip
    return Report(
        aqi.reshape(shape), primary.reshape(shape), levels.reshape(shape), {k: v.reshape(shape) for k, v in index.items()},
        exceeding.reshape(shape), withheld.reshape(shape),
    )  # fmt: skip


_BLOCK = 1 << 15  # values at a time: what fits a processor's cache is twice as fast


def _highest(std: Edition, names: Sequence[str], found: Numbers, unplanned: Collection[str]) -> tuple[Numbers, Bits, Bits, Flags]:
    highest = np.fmax.reduce(found, axis=0)
    absent = np.isnan(found)
    if unplanned:
        absent[[item in unplanned for item in names]] = False
    missing = absent.any(axis=0)
    rule = std.table("missing")
    withheld = np.zeros(highest.shape, bool)
    if "publish_above" in rule:
        withheld = missing & ~(highest > rule["publish_above"])
    aqi = np.where(withheld, np.nan, highest)
    named = np.where(aqi > std.table("primary")["above"], aqi, -1.0)
    bits = np.array([[BIT[item]] for item in names])
    primary = np.bitwise_or.reduce(np.where(found == named, bits, np.uint8(0)), axis=0)
    exceeding = np.bitwise_or.reduce(np.where((found > 100) & ~withheld, bits, np.uint8(0)), axis=0)
    return aqi, primary, exceeding, withheld


def hourly(std: Edition, conc: Mapping[str, ArrayLike], *, unplanned: Collection[str] = ()) -> Report:
    """Hourly air quality index (实时报) of whole columns. HJ 633—2026 4.2.3–4.2.6, 4.3.1, 5.3.

    AQI is the largest of the six 1-hour indices, PM10 and PM2.5 by their daily columns (4.2.4). With an item missing it is
    published only where the others already give more than 100 (5.3.1), NaN otherwise. HJ 633—2012 has no such rule.

    Parameters
    ----------
    std : Edition of HJ 633
    conc : 1-hour means by item, one shape [µg/m³; CO mg/m³]: ``{"SO2": …, "NO2": …, "CO": …, "O3": …, "PM10": …, "PM2.5": …}``;
        ``"SO2_24h"``, the moving 24-hour mean, stands in where HJ 633—2012 gives SO2 above 800 no 1-hour index
    unplanned : items not in the monitoring plan and not primary at light pollution or worse for 3 years (5.3.2): that they are
        missing has no effect, and their columns may be left out; a value that is there takes part
    """
    return _report(std, "hourly", conc, unplanned)


def daily(std: Edition, day: Mapping[str, ArrayLike], *, unplanned: Collection[str] = ()) -> Report:
    """Daily air quality index (日报) of whole columns. HJ 633—2026 4.2.2, 4.2.4–4.2.6, 4.3.1, 5.3.

    Parameters
    ----------
    std : Edition of HJ 633
    day : daily statistics, one shape [µg/m³; CO mg/m³]: ``SO2, NO2, CO, PM10, PM2.5`` (24h means) and ``O3_8h`` (MDA8);
        ``"O3_1h"``, the largest hour, stands in where HJ 633—2012 gives O3 8h above 800 no index
    unplanned : as in :func:`hourly`
    """
    return _report(std, "daily", day, unplanned)


def level(std: Edition, aqi: ArrayLike) -> NDArray[np.int8]:
    """Level (空气质量指数级别) 1 … 6 of AQI values; 0 where there is none. HJ 633—2026 表1. Words: ``std.row("level", level=3)``."""
    ladder = _levels(std)
    place = np.fmin(np.fmax(np.ceil(numbers(aqi, "AQI")), -1.0), ladder.size - 2.0)
    return np.asarray(ladder[place.astype(np.intp)])


@lru_cache(maxsize=16)
def _levels(std: Edition) -> NDArray[np.int8]:
    """The level of AQI 0, 1, …, the last; and 0, for none or negative, in the last place (−1)."""
    rows = std.table("level")["row"]
    bounds = np.array([r["to"] for r in rows[:-1]])
    return np.append(np.searchsorted(bounds, np.arange(rows[-1]["to"] + 1)) + 1, 0).astype(np.int8)


def class_words(std: Edition, aqi: ArrayLike) -> NDArray[np.str_]:
    """Class (空气质量类别) of AQI values in words: 优, 良, 轻度污染 …; empty where there is no AQI."""
    return np.array(["", *(r["class"] for r in std.table("level")["row"])])[level(std, aqi)]


def primary_words(primary: ArrayLike, *, names: Mapping[str, str] | None = None, none: str = "") -> NDArray[np.str_]:
    """Bits of primary pollutants in words, ties joined by a comma: ``"PM10,PM2.5"``; `names` may give other words per item."""
    mask = wholes(primary, "首要污染物（位）", 63)
    words = [",".join((names or {}).get(i, i) for i in AIR if bits & int(BIT[i])) or none for bits in range(64)]
    return np.array(words)[mask]


def primary_bits(words: str) -> int:
    """The bits of ``"PM10,PM2.5"``, in any order; ``""`` is 0."""
    bits = 0
    for word in filter(None, (w.strip() for w in words.split(","))):
        if word not in BIT:
            raise LookupError(unknown("监测项目", word, AIR))
        bits |= int(BIT[word])
    return bits


arguments.guard(__name__)
