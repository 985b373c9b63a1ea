"""Whole columns of numbers: what may be given, and what is refused."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
    if isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(float), np.nan)
    array = np.asarray(values)
    if array.dtype.kind in "biuf":
        return array.astype(np.float64, copy=False)
    if array.dtype.kind == "O":
        try:
            return np.array([np.nan if v is None else _number(v) for v in array.ravel()], float).reshape(array.shape)
        except (TypeError, ValueError) as error:
            raise NotNumbers(f"{what}：{error}；须为数值，缺测用 None 或 NaN") from None
    raise NotNumbers(f"{what}：得到 {array.dtype} 类型（如 {array.ravel()[:1].tolist()}），须为数值，缺测用 None 或 NaN")


def _number(value: object) -> float:
    if isinstance(value, (str, bytes)) or not hasattr(value, "__float__"):
        raise ValueError(f"{value!r} 不是数值")
    return float(value)
