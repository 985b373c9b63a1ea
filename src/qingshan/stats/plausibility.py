"""Values that cannot be (合理性检查): another unit by its magnitude, beyond physics, negative, marks of missing values, parts
larger than their whole. The ranges are data: ``terms/ranges``.

Nothing is changed here: each finding says what is likely wrong and what to do; who asked decides to refuse, to warn, or to drop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.stats.columns import Numbers, numbers
from qingshan.terms import items
from qingshan.terms.bounds import Bound, bounds

SHOWN = 3
"""values a finding quotes"""


@dataclass(frozen=True)
class Finding:
    """One thing wrong with a column (合理性疑点)."""

    kind: str
    """``unit``, ``sentinel``, ``negative``, ``beyond``, ``infinite``, ``part``"""
    item: str
    places: NDArray[np.intp]
    """of the values in the flattened column"""
    words: str
    """what is wrong, likely why, what to do"""
    refuse: bool
    """True where evaluating on would give a wrong number; False for a hint"""


def check(item: str, medium: str, values: ArrayLike, *, unit: str = "") -> list[Finding]:
    """What is implausible about a column of one item (量级、物理范围、缺测标记), worst first; empty where nothing is.

    Parameters
    ----------
    item, medium : ``"CO", "air"``; LookupError for an item the medium does not have
    values : any shape, in the unit of the item; NaN is missing
    unit : the unit the values are said to be in, where it is not the item's: refused with both named

    An item without a range is only checked for infinite values and the marks of missing values.
    """
    known = items.get(item, medium)
    column = numbers(values, known.name).ravel()
    table = bounds(medium)
    bound = table.rows.get(item)
    found: list[Finding] = []
    if unit and unit != known.unit:
        words = f"{known.name}：单位为 {unit}，须为 {known.unit}；请先换算"
        found.append(Finding("unit", item, np.arange(column.size), words, True))
        return found
    if (place := np.flatnonzero(np.isinf(column))).size:
        found.append(Finding("infinite", item, place, f"{known.name}：{place.size} 个值为无穷大，不是测值", True))
    marks = np.zeros(column.shape, bool)
    apart = np.flatnonzero(_outlying(column, bound))
    marks[apart] = np.isin(column[apart], table.sentinel)
    if (place := np.flatnonzero(marks)).size:
        words = f"{known.name}：{place.size} 个值为 {_quoted(column[place])}，疑为缺测标记；请改为空"
        beyond = bound is None or ((column[place] < bound.low) | (column[place] > bound.high)).any()
        found.append(Finding("sentinel", item, place, words, bool(beyond)))
    left = np.where(marks | np.isinf(column), np.nan, column)
    if bound is None:
        return found
    if said := _unit(known, bound, left):
        found.insert(0, said)
    low = left < bound.low - 0.5 * 10.0**-known.decimals if bound.low == 0 else left < bound.low
    if (place := np.flatnonzero(low)).size:
        kind = "negative" if bound.low == 0 else "beyond"
        words = f"{known.name}：{place.size} 个值小于 {bound.low:g}（{_quoted(left[place])}）"
        words += "；零点漂移或缺测标记，不能当作测值" if kind == "negative" else "，超出可能的范围"
        found.append(Finding(kind, item, place, words, kind == "beyond"))
    if (place := np.flatnonzero(left > bound.high)).size and not any(f.kind == "unit" for f in found):
        hint = f"；若单位实为 {bound.large}，请先换算" if bound.large else "；请核对单位与仪器"
        most = f"{bound.high:g} {known.unit}".strip()
        words = f"{known.name}：{place.size} 个值大于 {most}（{_quoted(left[place])}），超出可能的范围{hint}"
        found.append(Finding("beyond", item, place, words, True))
    return found


def _outlying(column: Numbers, bound: Bound | None) -> NDArray[np.bool_]:
    """Marks are marks where they stand apart: negative, out of range, or at least ten times all other values."""
    if bound is None:
        return np.ones(column.shape, bool)
    others = column[np.isfinite(column)]
    if others.size and others.min() >= bound.low and others.max() <= min(bound.high, 10.0):
        return np.zeros(column.shape, bool)
    typical = np.median(others) if others.size else 0.0
    return np.asarray((column < bound.low) | (column > bound.high) | (column > 10 * max(typical, 1.0)))


def _unit(known: items.Item, bound: Bound, column: Numbers) -> Finding | None:
    """The finding that a whole column is of another magnitude."""
    place = np.flatnonzero(column > 0)
    there = column[place]
    if there.size == 0:
        return None
    span = f"{there.min():g} 至 {there.max():g}" if there.size > 1 else f"{there[0]:g}"
    if np.median(there) > bound.median_above:
        likely = f"疑为 {bound.large}" if bound.large else "请核对单位"
        words = f"{known.name}：数值过大（{span}，应为 {known.unit}），{likely}；请先换算"
    elif there.max() < bound.largest_below:
        likely = f"疑为 {bound.small}" if bound.small else "请核对单位"
        words = f"{known.name}：数值过小（{span}，应为 {known.unit}），{likely}；请先换算"
    else:
        return None
    return Finding("unit", known.symbol, place, words, True)


def _quoted(values: Numbers) -> str:
    distinct = list(dict.fromkeys(f"{v:g}" for v in values.tolist()))
    return "、".join(distinct[:SHOWN]) + ("等" if len(distinct) > SHOWN else "")


def check_all(medium: str, columns: Mapping[str, ArrayLike]) -> list[Finding]:
    """:func:`check` of every column of a table, and parts larger than their whole (PM2.5 大于 PM10), as hints.

    Parameters
    ----------
    columns : by item, of one shape
    """
    given = {item: numbers(values, item).ravel() for item, values in columns.items()}
    if len({c.size for c in given.values()}) > 1:
        raise ValueError(f"各列须等长：{ {k: c.size for k, c in given.items()} }")
    found = [finding for item, column in given.items() for finding in check(item, medium, column)]
    suspect = {f.item for f in found if f.kind == "unit"}
    for part, whole, words in bounds(medium).part:
        if part in given and whole in given and not suspect & {part, whole}:
            place = np.flatnonzero(given[part] > given[whole])
            if place.size:
                said = f"{words}：{place.size} 个时刻 {part} 大于 {whole}"
                found.append(Finding("part", part, place, said, False))
    return sorted(found, key=lambda f: not f.refuse)
