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
from qingshan.terms import arguments, items
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
    if said := doubt(item, medium, left):
        found.insert(0, Finding("unit", item, np.flatnonzero(left > 0), said.words(), True))
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


@dataclass(frozen=True)
class Doubt:
    """A column that is likely in another unit (数量级疑点)."""

    item: items.Item
    middle: float
    """median of its positive values"""
    smallest: float
    largest: float
    likely: str
    """the unit, or units, it looks like; empty where none is known"""
    size: str
    """大, 小, or 不合常情 where only the median is outside what is usual"""

    def words(self) -> str:
        """What is wrong, for a list of findings."""
        span = f"{self.smallest:g} 至 {self.largest:g}" if self.smallest < self.largest else f"{self.largest:g}"
        likely = f"疑为 {self.likely}" if self.likely else "请核对单位"
        if self.size == "不合常情":
            return f"{self.item.name}：中位数 {self.middle:g} {self.item.unit} 不在通常范围，折算后正合，{likely}；请先换算"
        return f"{self.item.name}：数值过{self.size}（{span}，应为 {self.item.unit}），{likely}；请先换算"

    def refusal(self) -> str:
        """Why nothing is evaluated, and the way on."""
        likely = f"疑为 {self.likely}" if self.likely else "请核对单位"
        told = f"{self.item.symbol}（{self.item.name}）：中位数 {self.middle:g} {self.item.unit}".rstrip()
        return f"{told}，{likely}；请换算为 {self.item.unit}，单位确实无误的写明 units_checked"


ENOUGH = 3
"""positive values from which on a median outside the usual range speaks for another unit"""


def doubt(item: str, medium: str, values: ArrayLike, *, use: str = "") -> Doubt | None:
    """Whether a column of one item is likely in another unit (数量级): nothing is converted, the caller refuses or asks.

    Three rules, all on positive values: median beyond what any true column has; largest value or median below it; or, of three
    values on, a median outside the usual range that lies inside it were the column in another unit.

    Parameters
    ----------
    values : any shape, said to be in the unit of the item
    use : evaluation whose own ranges apply, see :func:`qingshan.terms.bounds.bounds`
    """
    known = items.get(item, medium)
    bound = bounds(medium, use).rows.get(item)
    if bound is None:
        return None
    column = numbers(values, known.name).ravel()
    top = min(bound.median_above, bound.usual[1] if bound.others else np.inf)
    bottom = max(bound.largest_below, bound.median_below, bound.usual[0] if bound.others else 0.0)
    positive = np.count_nonzero(column > 0)
    within = np.count_nonzero((column >= bottom) & (column <= top) & (column > 0))
    if positive == 0 or (2 * within > positive and not bound.largest_below):  # 中位数在内，不必再算
        return None
    there = column[np.isfinite(column) & (column > 0)]
    if there.size == 0:
        return None
    middle, smallest, largest = float(np.median(there)), float(there.min()), float(there.max())
    low, high = bound.usual
    likely = "或 ".join(other for other, size in bound.others if low <= middle * size <= high)
    if middle > bound.median_above:
        return Doubt(known, middle, smallest, largest, likely or bound.large, "大")
    if largest < bound.largest_below or middle < bound.median_below:
        return Doubt(known, middle, smallest, largest, likely or bound.small, "小")
    if there.size < ENOUGH or low <= middle <= high:
        return None
    return Doubt(known, middle, smallest, largest, likely, "不合常情") if likely else None


def unit_faults(medium: str, columns: Mapping[str, ArrayLike], *, use: str = "") -> list[str]:
    """A sentence for each column that is likely in another unit (疑为另一单位): NH3-N of 850 is µg/L, DO of 92 is per cent."""
    doubts = (doubt(item, medium, values, use=use) for item, values in columns.items())
    return [found.refusal() for found in doubts if found is not None]


def refuse_units(medium: str, columns: Mapping[str, ArrayLike], units_checked: bool, *, use: str = "") -> None:
    """ValueError with every sentence of :func:`unit_faults`, unless the caller has checked the units (单位已核对)."""
    if not units_checked and (faults := unit_faults(medium, columns, use=use)):
        raise ValueError("\n".join(faults))


def impossible(item: str, medium: str, values: Numbers) -> NDArray[np.bool_]:
    """Where a value is no measured value (不是测得值): negative, infinite, beyond physics (pH above 14). NaN is missing, not that."""
    bound = bounds(medium).rows.get(item)
    low, high = (bound.low, bound.high) if bound else (0.0, np.inf)
    wrong: NDArray[np.bool_] = (values < low) | (values > high)
    return wrong if high < np.inf else wrong | np.isinf(values)


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


arguments.guard(__name__)
