"""Wind and pollution roses (风玫瑰、污染玫瑰): share of time by direction sector and by class of speed or concentration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qingshan.stats.columns import Numbers, numbers
from qingshan.terms import arguments


@dataclass(frozen=True)
class Rose:
    """Shares of all valid hours (玫瑰图数据)."""

    sector: Numbers
    """middle of each sector [°], clockwise to 360"""
    share: Numbers
    """(n_sectors, n_classes) [%]: of each class alone; the rows and the calm add up to 100"""
    bounds: tuple[float, ...]
    """of the classes: value in (bounds[i], bounds[i + 1]]"""
    calm: float
    """share of hours without wind, or without a direction [%]"""
    count: int
    """valid hours"""

    @property
    def cumulative(self) -> Numbers:
        """Shares up to and including each class, as roses are drawn."""
        return np.asarray(self.share.cumsum(axis=1))


def rose(direction: ArrayLike, speed: ArrayLike, values: ArrayLike | None = None, *, bounds: Sequence[float], angle: float = 30) -> Rose:
    """Share of time by sector and class: of wind speed, or of a concentration blown in from there.

    Parameters
    ----------
    direction : (n,) from which the wind blows [°]; speed : (n,) [m/s], 0 is calm
    values : (n,) to be classed; by default the speed
    bounds : rising bounds of the classes, the first included; values beyond the last stand in the last class
    angle : width of a sector [°], a divisor of 360

    Directions reported in tens of degrees do not fall evenly into sectors of 30°; each sector is corrected for how many tens it holds.
    """
    if 360 % angle or angle <= 0:
        raise ValueError(f"angle 须整除 360，得到 {angle:g}")
    edges = [float(b) for b in bounds]
    if len(edges) < 2 or sorted(set(edges)) != edges:
        raise ValueError(f"bounds 须为两个以上递增的数，得到 {list(bounds)}")
    wd, ws = numbers(direction, "风向"), numbers(speed, "风速")
    column = ws if values is None else numbers(values, "数值")
    if not wd.shape == ws.shape == column.shape or wd.ndim != 1:
        raise ValueError(f"风向 {wd.shape}、风速 {ws.shape}、数值 {column.shape} 须为等长的一列")
    there = ~(np.isnan(ws) | np.isnan(column))
    wd, ws, column = wd[there], ws[there], column[there]
    number = int(360 / angle)
    middles = np.asarray(angle * np.arange(1, number + 1), np.float64)
    calm = (ws == 0) | np.isnan(wd)
    place = (np.ceil(wd[~calm] / angle - 0.5).astype(np.int64) - 1) % number
    level = np.clip(np.searchsorted(edges, column[~calm], side="left") - 1, 0, len(edges) - 2)
    table = np.bincount(place * (len(edges) - 1) + level, minlength=number * (len(edges) - 1)).reshape(number, -1).astype(float)
    if wd[~calm].size and (wd[~calm] % 10 == 0).all():
        tens = np.bincount((np.ceil(np.arange(10, 361, 10) / angle - 0.5).astype(np.int64) - 1) % number, minlength=number)
        table = table * np.where(tens > 0, tens.mean() / np.maximum(tens, 1), 1.0)[:, None]
    total = max(int(there.sum()), 1)
    return Rose(middles, 100 * table / total, tuple(edges), float(100 * calm.sum() / total), int(there.sum()))


arguments.guard(__name__)
