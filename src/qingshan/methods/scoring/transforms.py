"""From an item's value to its points (计分方法). Every function: columns in, points out, NaN in gives NaN out, never 0."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qingshan.stats import rounding
from qingshan.stats.columns import Numbers, numbers
from qingshan.terms import arguments

WRITTEN = 6
"""decimals to which values and limits are compared, so that 0.1 + 0.2 meets 0.3"""


@dataclass(frozen=True)
class Band:
    """One step of a table of points (分档): values up to `upto` (included) have `points`; the last has no upper end."""

    upto: float
    points: float


def linear(values: ArrayLike, zero_at: float, full_at: float, full: float = 100.0) -> Numbers:
    """Points by straight line between two values (线性内插): none at `zero_at` and beyond, `full` at `full_at` and beyond.

    `full_at` below `zero_at` means that low values are good. Equal ends are refused: there is no line.
    """
    _finite(zero_at=zero_at, full_at=full_at, full=full)
    if zero_at == full_at:
        raise ValueError(f"线性计分的零分点与满分点都是 {zero_at:g}，两点不能相同")
    share = (_column(values) - zero_at) / (full_at - zero_at)
    return np.asarray(full * np.clip(share, 0, 1))


def efficacy(
    values: ArrayLike, better: str = "lower", *, worst: float | None = None, best: float | None = None,
    base: float = 60.0, full: float = 100.0,
) -> Numbers:  # fmt: skip
    """Points by the efficacy coefficient (功效系数法): ``base + (full − base) × (x − worst) / (best − worst)``.

    `worst` (不允许值) and `best` (满意值) are given, or those of the units in the column. Beyond them points stay at `base` and
    at `full`. Where all units are equal and no value is given, all have `full`.
    """
    column = _column(values)
    there = column[~np.isnan(column)]
    low_good = _low_is_good(better)
    if there.size == 0:
        return np.full(column.shape, np.nan)
    best = float(there.min() if low_good else there.max()) if best is None else best
    worst = float(there.max() if low_good else there.min()) if worst is None else worst
    _finite(worst=worst, best=best, base=base, full=full)
    if not 0 <= base <= full:
        raise ValueError(f"功效系数的基础分 {base:g} 应在 0 与满分 {full:g} 之间")
    if worst == best:
        meets = column <= best if low_good else column >= best
        return np.where(np.isnan(column), np.nan, np.where(meets, full, base))
    if (worst < best) == low_good:
        raise ValueError(f"功效系数的不允许值 {worst:g} 与满意值 {best:g} 颠倒了：{'低' if low_good else '高'}者为好")
    return np.asarray(base + (full - base) * np.clip((column - worst) / (best - worst), 0, 1))


def bands(values: ArrayLike, table: Sequence[Band]) -> Numbers:
    """Points by steps (分档计分). A value equal to a band's `upto` is in that band; the last `upto` is infinite.

    Bands must rise without overlap and their points go one way only.
    """
    if not table:
        raise ValueError("分档计分至少要一档")
    uptos = [band.upto for band in table]
    if any(math.isnan(u) for u in uptos) or any(b <= a for a, b in itertools.pairwise(uptos)):
        raise ValueError(f"分档的上限要逐档变大，不能重叠：{'、'.join(f'{u:g}' for u in uptos)}")
    if uptos[-1] != math.inf:
        raise ValueError(f"最后一档不写上限，否则大于 {uptos[-1]:g} 的没有分")
    column = _column(values)
    limits = rounding.half_even(np.array(uptos[:-1], float), WRITTEN)
    place = np.searchsorted(limits, np.nan_to_num(column), side="left")
    points = np.array([band.points for band in table], float)[place]
    return np.where(np.isnan(column), np.nan, points)


def deduct(
    values: ArrayLike, *, allowed: float = 0.0, per: float = 1.0, points: float, full: float = 100.0, floor: float = 0.0,
    better: str = "lower", whole: str = "",
) -> Numbers:  # fmt: skip
    """`full` less `points` for each `per` beyond `allowed` (每超一个单位扣分), never below `floor` (扣完为止).

    `whole`: "" by proportion, "up" a part of a unit counts as one (不足一个单位按一个计), "down" only whole units count.
    """
    _finite(allowed=allowed, per=per, points=points, full=full, floor=floor)
    if per <= 0 or points < 0:
        raise ValueError(f"扣分单位 {per:g} 应大于 0，每单位扣分 {points:g} 不应为负")
    if floor > full:
        raise ValueError(f"保底分 {floor:g} 高于满分 {full:g}")
    over = _over(values, allowed, per, better, whole)
    return np.asarray(np.maximum(full - points * over, floor))


def rank_points(
    places: ArrayLike, *, full: float = 100.0, step: float = 1.0, floor: float = 0.0, table: Sequence[float] = ()
) -> Numbers:
    """Points for a place (按位次计分): the table's where it reaches, else `full` for the first and `step` less for each after.

    Places are those of :func:`places`; 0 (not ranked) gives NaN. Tied units share a place and so their points.
    """
    _finite(full=full, step=step, floor=floor)
    if step < 0 or floor > full or any(b > a for a, b in itertools.pairwise(table)):
        raise ValueError("位次分应随位次下降：名次分表要由大到小，每降一位的减分不能为负，保底分不高于满分")
    column = numbers(places, "位次")
    if table:
        at = np.clip(np.nan_to_num(column).astype(int) - 1, 0, len(table))
        points = np.append(np.asarray(table, float), floor)[at]
    else:
        points = np.maximum(full - step * (column - 1), floor)
    return np.where(np.isnan(column) | (column < 1), np.nan, points)


def change_rate(values: ArrayLike, before: ArrayLike, decimals: int = 1) -> Numbers:
    """Change against the same span before (变化率) [%], rounded once; NaN where either is missing or `before` is not above 0."""
    now, then = _column(values), _column(before)
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = np.where(then > 0, 100 * (now - then) / then, np.nan)
    return rounding.half_even(rate, decimals)


def ratio(values: ArrayLike, target: ArrayLike, decimals: int = 1) -> Numbers:
    """Value over its target (目标完成比) [%], rounded once; NaN where the target is missing or not above 0."""
    now, goal = np.broadcast_arrays(_column(values), _column(target))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(goal > 0, 100 * now / goal, np.nan)
    return rounding.half_even(share, decimals)


def ratchet(
    values: ArrayLike, baseline: ArrayLike, *, points: float, per: float = 1.0, allowed: float = 0.0, cap: float = math.inf,
    better: str = "lower", whole: str = "",
) -> Numbers:  # fmt: skip
    """Points lost for being worse than the baseline (只能更好、不能变坏): 0 where not worse, never a reward, at most `cap`.

    `baseline` is the best year so far or one year named by the scheme; where it is missing nothing is lost, where the value is
    missing the loss is NaN. `allowed` is how much worse is still overlooked.
    """
    _finite(points=points, per=per, allowed=allowed)
    if per <= 0 or points < 0 or allowed < 0 or cap < 0:
        raise ValueError("不退步扣分的单位应大于 0，扣分、容许值和上限不应为负")
    now, then = np.broadcast_arrays(_column(values), _column(baseline))
    worse = (now - then) if _low_is_good(better) else (then - now)
    lost = np.minimum(points * _units(worse - allowed, per, whole), cap)
    return np.where(np.isnan(now), np.nan, np.where(np.isnan(then), 0.0, lost))


def _over(values: ArrayLike, allowed: float, per: float, better: str, whole: str) -> Numbers:
    column = _column(values)
    return _units((column - allowed) if _low_is_good(better) else (allowed - column), per, whole)


def _units(over: Numbers, per: float, whole: str) -> Numbers:
    units = rounding.half_even(np.maximum(over, 0) / per, WRITTEN)
    if whole not in ("", "up", "down"):
        raise ValueError(f"不足一个单位的算法写成“{whole}”；可用：空（按比例）、up（按一个计）、down（不计）")
    return np.ceil(units) if whole == "up" else np.floor(units) if whole == "down" else units


def _low_is_good(better: str) -> bool:
    if better not in ("lower", "higher"):
        raise ValueError(f"方向写成“{better}”；可用：lower（低为好）、higher（高为好）")
    return better == "lower"


def _column(values: ArrayLike) -> Numbers:
    column = numbers(values, "计分的值")
    if np.isinf(column).any():
        raise ValueError("计分的值里有无穷大，请检查来源")
    return rounding.half_even(column, WRITTEN)


def _finite(**said: float) -> None:
    wrong = [name for name, value in said.items() if not math.isfinite(value)]
    if wrong:
        raise ValueError(f"计分参数 {'、'.join(wrong)} 不是有限的数")


arguments.guard(__name__)
