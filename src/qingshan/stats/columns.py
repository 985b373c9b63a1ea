"""Whole columns of numbers: what may be given, and what is refused."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.terms import arguments

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]


def one_shape(**shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape columns share (同形): equal, or a single value beside a column; ValueError in words otherwise."""
    whole = {shape for shape in shapes.values() if shape not in ((), (1,))}
    if len(whole) > 1:
        raise ValueError(f"各列须同形：{'、'.join(f'{name} {shape}' for name, shape in shapes.items())}")
    return whole.pop() if whole else max(shapes.values(), key=len, default=())


class NotNumbers(ValueError):
    """A column holds something that is not a number (不是数值)."""


def numbers(values: ArrayLike, what: str = "数据") -> Numbers:
    """Values as a float column, any shape. None, masked cells and NaN are missing; text raises :class:`NotNumbers`."""
    if type(values) is np.ndarray and values.dtype == np.float64:
        return values
    if isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(float if values.dtype.kind in "iuf" else object), np.nan)
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"{what}：各行长短不一，须为整齐的数组") from None
    if array.dtype.kind == "b":
        raise NotNumbers(f"{what}：得到是否（bool），须为数值，缺测用 None 或 NaN")
    if array.dtype.kind in "iuf":
        return _written(array) if array.dtype.itemsize < 8 and array.dtype.kind == "f" else array.astype(np.float64, copy=False)
    if array.dtype.kind == "O":
        try:
            return np.array([np.nan if _absent(v) else _number(v) for v in array.ravel()], float).reshape(array.shape)
        except (TypeError, ValueError) as error:
            raise NotNumbers(f"{what}：{error}；须为数值，缺测用 None 或 NaN") from None
    raise NotNumbers(f"{what}：得到 {array.dtype} 类型（如 {array.ravel()[:1].tolist()}），须为数值，缺测用 None 或 NaN")


def series(values: ArrayLike, what: str = "数据") -> Numbers:
    """:func:`numbers` with at least one axis: a single number is no series (一列)."""
    found = numbers(values, what)
    if found.ndim == 0:
        raise ValueError(f"{what}须为一列，得到单个值 {found:g}")
    return found


def aligned(**columns: ArrayLike) -> tuple[Numbers, ...]:
    """Columns as numbers that share one shape, or are a single value beside a column (同形); ValueError names each and its shape."""
    found = {what: numbers(values, what) for what, values in columns.items()}
    one_shape(**{what: column.shape for what, column in found.items()})
    return tuple(found.values())


def wholes(values: ArrayLike, what: str, most: int, *, least: int = 0) -> NDArray[np.int64]:
    """Classes, grades, levels or bits (类别、等级): whole numbers `least` … `most`, None and NaN being 0; ValueError for anything else."""
    found = numbers(values, what)
    found = np.where(np.isnan(found), 0.0, found)
    wrong = (found < least) | (found > most) | (found != np.rint(found))
    if wrong.any():
        lowest = "0（无）" if least == 0 else f"{least} "
        raise ValueError(f"{what}须为 {lowest}至 {most} 的整数，得到 {found[wrong].ravel()[0]:g}")
    return found.astype(np.int64)


def amount(values: ArrayLike, what: str, *, above: bool = False) -> Numbers:
    """Quantities (数量): finite and not below 0, or above 0 where they divide; NaN missing; ValueError says which is not."""
    found = numbers(values, what)
    wrong = ~np.isnan(found) & ~(np.isfinite(found) & ((found > 0) if above else (found >= 0)))
    if wrong.any():
        at = int(np.flatnonzero(wrong.ravel())[0])
        raise ValueError(f"{what}：第 {at + 1} 个为 {found.ravel()[at]:g}，须{'大于' if above else '不小于'} 0 且有限；缺数用 None 或 NaN")
    return found


def finite(values: ArrayLike, what: str) -> Numbers:
    """:func:`numbers` without infinity (无穷大), which is no value; NaN stays missing."""
    found = numbers(values, what)
    if np.isinf(found).any():
        at = int(np.flatnonzero(np.isinf(found).ravel())[0])
        raise ValueError(f"{what}：第 {at + 1} 个为无穷大，须为有限的数；缺数用 None 或 NaN")
    return found


def single(value: object, what: str) -> float:
    """One finite number (单个数值); missing, infinite or a column raises."""
    found = numbers(np.asarray(value, object) if value is None else value, what)  # type: ignore[arg-type]
    if found.ndim or not np.isfinite(found):
        raise ValueError(f"{what}须为一个数值，得到 {value!r}")
    return float(found)


def truths(values: ArrayLike, what: str) -> Flags:
    """Yes or no (是否) as a column; anything but bool raises, for a blank is neither."""
    try:
        array = np.asarray(values)
    except ValueError:
        raise NotNumbers(f"{what}：各行长短不一，须为整齐的数组") from None
    if array.dtype != bool:
        raise NotNumbers(f"{what}须为是否（bool），得到 {array.dtype}；不清楚的先查清")
    return array


_DIGITS = {2: 3, 4: 7}
"""significant decimal digits a float of so many bytes carries"""


_TENS = 10.0 ** np.arange(60)


def _written(array: NDArray[np.floating]) -> Numbers:
    """Single and half precision as the decimals they were written as: ``float32(0.15)`` is 0.15, not 0.15000000596."""
    wide = array.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        place = np.nan_to_num(np.log10(np.abs(wide)), nan=0.0, posinf=0.0, neginf=0.0)
        place = _DIGITS[array.dtype.itemsize] - 1 - np.floor(place).astype(np.int64)
        up, down = _TENS[np.maximum(place, 0)], _TENS[np.maximum(-place, 0)]
        found = np.rint(wide / down * up) / up * down
    return np.where(np.isfinite(wide) & (wide != 0), found, wide)


def _absent(value: object) -> bool:
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def _number(value: object) -> float:
    if isinstance(value, (str, bytes, bool, np.bool_)) or not hasattr(value, "__float__"):
        raise ValueError(f"{value!r} 不是数值")
    return float(value)


arguments.guard(__name__, but=[numbers])  # it looks at everything itself, and is called for every column
