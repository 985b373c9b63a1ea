"""Sound levels (声级): energy means, statistical levels, and which values can be levels at all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from qingshan.stats import rounding
from qingshan.stats.columns import Flags, Numbers, numbers, one_shape
from qingshan.terms import arguments
from qingshan.terms.bounds import bounds

LOWEST, HIGHEST = bounds("noise").rows["Leq"].low, bounds("noise").rows["Leq"].high
"""What an A-weighted level outdoors can be [dB]: below lies no instrument, above no environment; Pa and percent fall outside"""


def plausible(levels: ArrayLike) -> Flags:
    """Whether each value can be a level [dB(A)]: 10 … 150. Missing values are not."""
    given = numbers(levels, "声级")
    return np.asarray((given >= LOWEST) & (given <= HIGHEST))


def checked(levels: ArrayLike, what: str = "声级") -> Numbers:
    """Levels as a column [dB(A)], NaN missing. ValueError with count, place and value where one cannot be a level:
    negative, infinite, or so small that it is a pressure in Pa."""
    given = numbers(levels, what)
    wrong = ~np.isnan(given) & ~plausible(given)
    if wrong.any():
        at = int(np.flatnonzero(wrong.ravel())[0])
        value = float(given.ravel()[at])
        why = "疑为声压（Pa），先换算为声级" if 0 <= value < LOWEST else "不是 dB(A) 声级"
        span = f"{int(wrong.sum())} 个值不在 {LOWEST:g}～{HIGHEST:g} dB(A)"
        raise ValueError(f"{what}：{span}，第 {at + 1} 个为 {value:g}，{why}；缺测用 None 或 NaN")
    return given


def leq(levels: ArrayLike, *, seconds: ArrayLike | None = None, axis: int = -1) -> Numbers:
    """Equivalent continuous level (等效声级, Leq): the energy mean along an axis. GB 3096—2008 3.2.

    Parameters
    ----------
    levels : array_like [dB(A)]; NaN takes no part
    seconds : how long each level lasted, any unit of time, of the shape of `levels` or of its axis; equal times where None

    Returns
    -------
    ndarray without the axis: Leq = 10 lg(Σ t·10^(0.1 L) / Σ t), unrounded; NaN where all is missing
    """
    given = checked(levels)
    if given.ndim == 0:
        raise ValueError("等效声级要一列声级，得到一个数")
    weight = np.ones(given.shape) if seconds is None else _weights(seconds, given, axis)
    weight = np.where(np.isnan(given), 0.0, weight)
    total = weight.sum(axis=axis)
    energy = (weight * np.power(10.0, 0.1 * np.nan_to_num(given))).sum(axis=axis)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(total > 0, 10.0 * np.log10(energy / total), np.nan))


def _weights(seconds: ArrayLike, given: Numbers, axis: int) -> Numbers:
    weight = numbers(seconds, "时长")
    if weight.ndim == 1 and given.ndim > 1:
        shape = [1] * given.ndim
        shape[axis] = weight.size
        weight = weight.reshape(shape)
    if weight.size != given.size and weight.size != given.shape[axis]:
        raise ValueError(f"时长 {weight.shape} 与声级 {given.shape} 须等长")
    if not (np.isfinite(weight) & (weight >= 0)).all():
        raise ValueError("时长须为不小于 0 的有限数")
    return np.asarray(np.broadcast_to(weight, given.shape))


def statistical(levels: ArrayLike, percents: Sequence[int] = (10, 50, 90)) -> dict[str, Numbers]:
    """Statistical levels (累积百分声级): ``{"L10": …, "L50": …, "L90": …}``, the level exceeded N % of the time. GB 3096—2008 3.8.

    Of n samples taken at equal intervals and sorted from high to low, LN is the ⌈n·N/100⌉-th: of 100 samples the 10th, 50th, 90th.

    Parameters
    ----------
    levels : array_like, (…, n) [dB(A)]; NaN takes no part
    percents : whole numbers 1 … 99
    """
    given = checked(levels)
    if given.ndim == 0:
        raise ValueError("累积百分声级要一列声级，得到一个数")
    for percent in percents:
        if not 0 < percent < 100 or percent != int(percent):
            raise ValueError(f"累积百分声级 L{percent}：百分数须为 1～99 的整数")
    falling = -np.sort(-given, axis=-1)  # NaN last
    count = np.count_nonzero(~np.isnan(given), axis=-1)
    found = {}
    for percent in percents:
        place = np.maximum(-(-count * int(percent) // 100) - 1, 0)
        at = np.take_along_axis(falling, place[..., None], -1)[..., 0] if given.shape[-1] else np.full(count.shape, np.nan)
        found[f"L{percent}"] = np.asarray(np.where(count > 0, at, np.nan))
    return found


def ldn(ld: ArrayLike, ln: ArrayLike, *, day_hours: int = 16) -> Numbers:
    """Day-night level (昼夜等效声级, Ldn): the night weighs 10 dB more, unrounded. GB 3096—2008 附录.

    ``10 lg{[16·10^(0.1 Ld) + 8·10^(0.1 (Ln + 10))] / 24}``; NaN where one of the two is missing.
    """
    if not 0 < day_hours < 24:
        raise ValueError(f"昼间小时数须在 0 与 24 之间，得到 {day_hours}")
    day, night = checked(ld, "昼间等效声级"), checked(ln, "夜间等效声级")
    one_shape(昼间等效声级=day.shape, 夜间等效声级=night.shape)
    energy = day_hours * np.power(10.0, 0.1 * day) + (24 - day_hours) * np.power(10.0, 0.1 * (night + 10.0))
    return np.asarray(10.0 * np.log10(energy / 24.0))


def tenths(levels: ArrayLike, decimals: int = 1) -> Numbers:
    """Levels as printed (声级修约), half to even."""
    return rounding.half_even(levels, decimals)


arguments.guard(__name__)
