"""Columns of samples (水样): which items, which water body type, and what cannot be a measured value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.methods import single_factor
from qingshan.stats import plausibility
from qingshan.stats.columns import Flags, NotNumbers, Numbers, numbers, wholes
from qingshan.terms import arguments, items
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


def water_types(water: object, shape: tuple[int, ...]) -> Flags:
    """Whether each sample is of a lake or reservoir (湖、库). There is no default: rivers and lakes have other limits of TP.

    Parameters
    ----------
    water : ``"river"``/``"河流"`` or ``"lake"``/``"湖库"``, one for all or an array of the samples' shape
    """
    given = np.asarray(water)
    if given.shape not in ((), shape):
        raise ValueError(f"水体类型 {given.shape} 与水样 {shape} 须同形，或只给一个")
    if given.shape == shape and given.dtype.kind in "OU":  # 常见情形，一次比完
        try:
            lakes, rivers = np.asarray(given == "lake", bool), np.asarray(given == "river", bool)
        except TypeError:  # 空值不能与文字比较
            lakes = rivers = np.zeros(shape, bool)
        if (lakes | rivers).all():
            return lakes
    given = given.astype(object)
    lake: dict[object, bool] = {}
    absent, strange = 0, set()
    for word in given.ravel().tolist():
        if word in lake:
            continue
        text = str(word).strip().lower()
        if text in _WORDS:
            lake[word] = _WORDS[text] == "lake"
        elif text in ("", "nan", "none", "--", "<na>", "nat"):
            absent += 1
        else:
            strange.add(str(word))
    if strange:
        raise LookupError(unknown("水体类型", "、".join(sorted(strange)), [*WATER, *WATER.values()]))
    if absent:
        rows = [i + 1 for i, w in enumerate(given.ravel().tolist()) if w not in lake]
        where = "" if given.ndim == 0 else f"{len(rows)} 个水样（第 {'、'.join(map(str, rows[:8]))}{'…' if len(rows) > 8 else ''} 个）"
        raise ValueError(f"{where}没有水体类型：GB 3838 表1 的总磷、总氮河流与湖库限值不同，须指明 river（河流）或 lake（湖库），不作默认")
    if given.ndim == 0:
        return np.full(shape, lake[given.item()])
    return np.array([lake[w] for w in given.ravel().tolist()], bool).reshape(shape)


def checked_classes(values: ArrayLike, what: str = "水质类别", worst: int = 6) -> Classes:
    """Classes 0 (none) … `worst` as given, NaN being none; ValueError for anything else."""
    given = values if isinstance(values, np.ndarray) and values.dtype == np.int8 else None
    if given is not None and (given.size == 0 or (given.min() >= 0 and given.max() <= worst)):
        return given
    try:
        return wholes(values, what, worst).astype(np.int8)
    except NotNumbers as error:
        raise NotNumbers(f"{error}；文字先用 read_classes") from None


def column(item: str, values: ArrayLike) -> Numbers:
    """One item's values as floats that stand for the decimals they were written as; text raises NotNumbers."""
    return numbers(values, f"{item}（{items.get(item, 'water').name}）")


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
    """Where a value is no measured value of water, see :func:`qingshan.stats.plausibility.impossible`."""
    return plausibility.impossible(item, "water", values)


def unit_faults(values: Mapping[str, ArrayLike]) -> list[str]:
    """A sentence for each item whose magnitude is that of another unit, see :func:`qingshan.stats.plausibility.unit_faults`."""
    return plausibility.unit_faults("water", values)


def refuse_units(values: Mapping[str, ArrayLike], units_checked: bool) -> None:
    """ValueError with every sentence of :func:`unit_faults`, unless the caller has checked the units."""
    plausibility.refuse_units("water", values, units_checked)


def flags(below: Mapping[str, ArrayLike] | None, found: Iterable[str], shape: tuple[int, ...]) -> dict[str, Flags]:
    """Marks of values below the detection limit, by item; an item without values, or of another shape, is refused."""
    return single_factor.marks(below, dict.fromkeys(found, np.broadcast_to(np.float64(0), shape)))


arguments.guard(__name__)
