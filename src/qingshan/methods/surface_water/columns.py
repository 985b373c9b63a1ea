"""Columns of samples (水样): which items, which water body type, and what cannot be a measured value."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.stats.columns import Flags, NotNumbers, Numbers, numbers
from qingshan.terms import items
from qingshan.terms.registry import unknown

Classes = NDArray[np.int8]
"""classes 1 … 6 (Ⅰ … Ⅴ, 劣Ⅴ); 0: none"""

WATER = {"river": "河流", "lake": "湖库"}
"""Water body types (水体类型) of GB 3838 表1: its limits of total phosphorus and nitrogen differ."""
_WORDS = {
    "river": "river", "河流": "river", "河": "river", "江河": "river", "渠道": "river", "河流型": "river", "r": "river",
    "lake": "lake", "湖库": "lake", "湖": "lake", "湖泊": "lake", "水库": "lake", "库": "lake", "湖、库": "lake", "湖泊水库": "lake",
    "reservoir": "lake", "湖库型": "lake", "l": "lake",
}  # fmt: skip


@cache
def _plausible() -> Mapping[str, Mapping[str, Any]]:
    path = Path(__file__).parent / "plausible.toml"
    return {row["item"]: row for row in tomllib.loads(path.read_text(encoding="utf-8"))["row"]}


def water_types(water: object, shape: tuple[int, ...]) -> Flags:
    """Whether each sample is of a lake or reservoir (湖、库). There is no default: rivers and lakes have other limits of TP.

    Parameters
    ----------
    water : ``"river"``/``"河流"`` or ``"lake"``/``"湖库"``, one for all or an array of the samples' shape
    """
    given = np.asarray(water, object)
    if given.shape not in ((), shape):
        raise ValueError(f"水体类型 {given.shape} 与水样 {shape} 须同形，或只给一个")
    lake: dict[object, bool] = {}
    absent, strange = 0, set()
    for word in given.ravel().tolist():
        if word in lake:
            continue
        text = "" if word is None or word != word else str(word).strip().lower()
        if text in _WORDS:
            lake[word] = _WORDS[text] == "lake"
        elif text in ("", "nan", "none", "--"):
            absent += 1
        else:
            strange.add(str(word))
    if strange:
        raise LookupError(unknown("水体类型", "、".join(sorted(strange)), [*WATER, *WATER.values()]))
    if absent:
        rows = [i + 1 for i, w in enumerate(given.ravel().tolist()) if w not in lake]
        where = "" if given.ndim == 0 else f"第 {'、'.join(map(str, rows[:8]))}{'…' if len(rows) > 8 else ''} 个水样（共 {len(rows)} 个）"
        raise ValueError(f"{where}没有水体类型：GB 3838 表1 的总磷、总氮河流与湖库限值不同，须指明 river（河流）或 lake（湖库），不作默认")
    if given.ndim == 0:
        return np.full(shape, lake[given.item()])
    return np.array([lake[w] for w in given.ravel().tolist()], bool).reshape(shape)


def column(item: str, values: ArrayLike) -> Numbers:
    """One item's values as floats that stand for the decimals they were written as; text raises NotNumbers."""
    array = np.asarray(values) if not isinstance(values, np.ma.MaskedArray) else values
    found = numbers(values, f"{item}（{items.get(item, 'water').name}）")
    if array.dtype in (np.float32, np.float16):  # 0.15 写成单精度仍是 0.15
        found = np.array([float(str(v)) for v in np.asarray(array).ravel()]).reshape(found.shape)
    return found


def columns(values: Mapping[str, ArrayLike]) -> dict[str, Numbers]:
    """Samples by item, each a known item of water and all of one shape; LookupError, ValueError, NotNumbers otherwise."""
    if not values:
        raise LookupError("没有水质项目的列")
    for name in values:
        if items.find_word(str(name), "water") is None or name not in items.symbols("water"):
            meant = items.find_word(str(name), "water")
            if meant is not None:
                raise LookupError(f"没有水质项目“{name}”；写成“{meant.symbol}”（{meant.name}）")
            raise LookupError(unknown("水质项目", str(name), [i.symbol for i in items.of_medium("water")[:36]]))
    found = {name: column(name, v) for name, v in values.items()}
    shapes = {name: c.shape for name, c in found.items()}
    if len(set(shapes.values())) > 1:
        raise ValueError(f"各项须同形：{shapes}")
    return found


def impossible(item: str, values: Numbers) -> Flags:
    """Where a value is no measured value: negative, infinite, beyond what water can hold (pH above 14). NaN is missing, not that."""
    row = _plausible().get(item, {})
    low = float(row.get("smallest", 0.0))
    high = float(row.get("largest", np.inf))
    with np.errstate(invalid="ignore"):
        wrong: Flags = (values < low) | (values > high) | np.isinf(values)
    return wrong


def unit_faults(values: Mapping[str, ArrayLike]) -> list[str]:
    """A sentence for each item whose magnitude is that of another unit (数量级): NH3-N of 850 is µg/L, DO of 92 is per cent.

    The rule: the median of the positive values lies beyond what surface water shows.
    """
    faults = []
    for item, given in values.items():
        row = _plausible().get(item)
        there = np.asarray(given, float)
        there = there[np.isfinite(there) & (there > 0)]
        if row is None or there.size == 0:
            continue
        middle = float(np.median(there))
        unit = items.get(item, "water").unit
        name = items.get(item, "water").name
        if "above" in row and middle > row["above"]:
            likely = row["above_unit"]
        elif "under" in row and middle < row["under"]:
            likely = row["under_unit"]
        else:
            continue
        faults.append(f"{item}（{name}）：中位数 {middle:g} {unit}，疑为 {likely}；请换算为 {unit}，单位确实无误的写明 units_checked")
    return faults


def refuse_units(values: Mapping[str, ArrayLike], units_checked: bool) -> None:
    """ValueError with every sentence of :func:`unit_faults`, unless the caller has checked the units."""
    if not units_checked and (faults := unit_faults(values)):
        raise ValueError("\n".join(faults))


def flags(below: Mapping[str, ArrayLike] | None, found: Iterable[str], shape: tuple[int, ...]) -> dict[str, Flags]:
    """Marks of values below the detection limit, by item; an item without values, or of another shape, is refused."""
    there = list(found)
    marks: dict[str, Flags] = {}
    for item, mark in (below or {}).items():
        if item not in there:
            raise LookupError(unknown("给了检出标记的水质项目", item, there))
        flag = np.asarray(mark)
        if flag.dtype != bool:
            raise NotNumbers(f"{item} 的低于检出限标记须为是否（bool），得到 {flag.dtype}")
        if flag.shape != shape:
            raise ValueError(f"{item} 的低于检出限标记 {flag.shape} 与水样 {shape} 须同形")
        marks[item] = flag
    return marks
