"""Adding items up to a score (综合得分), with a stated rule for what is missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qingshan.stats import rounding
from qingshan.stats.columns import Flags, Numbers, finite, numbers
from qingshan.terms import arguments

MISSING = {
    "apart": "缺项的单位不计总分，单列",
    "zero": "缺项计零分",
    "mean": "缺项按其他单位该项得分率的平均计",
    "last": "缺项按其他单位该项最低得分率计",
    "reweigh": "缺项的分值按比例分给其余各项",
}


@dataclass(frozen=True)
class Scores:
    """Points by item and unit (n_items, n_units) and totals (n_units,); `filled` says which points a missing-data rule gave.

    `marks` are the full marks of each item for each unit as they counted: 0 where an item takes no part.
    """

    points: Numbers
    total: Numbers
    marks: Numbers
    filled: Flags

    @property
    def lost(self) -> Numbers:
        """Points each item costs each unit against full marks (失分)."""
        return self.marks - self.points


def normalised(weights: ArrayLike, full: float = 100.0) -> Numbers:
    """Weights scaled so that each unit's add up to `full` (权重归一); (n_items,) or (n_items, n_units)."""
    column = finite(weights, "权重")
    if np.isnan(column).any() or (column < 0).any():
        raise ValueError("权重不能缺，也不能为负")
    total = column.sum(axis=0)
    if np.any(total <= 0):
        raise ValueError("权重之和为 0，没有可计分的项")
    return np.asarray(column * full / total)


def weigh(share: ArrayLike, marks: ArrayLike, *, missing: str = "apart", decimals: int = 2) -> Scores:
    """Item points and totals.

    Parameters
    ----------
    share : (n_items, n_units) share of an item's full marks reached, 0 … 1 (得分率); NaN missing.
        Below 0 and above 1 are taken as given: a scheme may declare them.
    marks : (n_items,) or (n_items, n_units) full marks; 0: the item takes no part for that unit.
    missing : how a missing share counts, one of :data:`MISSING`.

    Every item's points are rounded to `decimals`, half to even, and the total is their exact sum, so a printed table adds up.
    A unit all of whose items are missing has no total, whatever the rule but "zero".
    """
    if missing not in MISSING:
        raise ValueError(f"没有缺项规则“{missing}”；已有：{'、'.join(MISSING)}")
    got = np.atleast_2d(numbers(share, "得分率")).astype(float, copy=True)
    full = numbers(marks, "分值")
    full = np.array(np.broadcast_to(full[:, None] if full.ndim == 1 else full, got.shape))
    if np.isnan(full).any() or (full < 0).any():
        raise ValueError("分值不能缺，也不能为负")
    takes = full > 0
    gone = np.isnan(got) & takes
    nothing = (gone | ~takes).all(axis=0)
    filled = gone.copy()
    if missing == "zero":
        got[gone] = 0.0
    elif missing in ("mean", "last"):
        for i in np.flatnonzero(gone.any(axis=1)):
            there = got[i, takes[i] & ~gone[i]]
            if there.size:
                got[i, gone[i]] = there.mean() if missing == "mean" else there.min()
    elif missing == "reweigh":
        kept = np.where(gone, 0.0, full)
        with np.errstate(invalid="ignore", divide="ignore"):
            full = np.where(gone, 0.0, full * full.sum(axis=0) / kept.sum(axis=0))
        full = np.nan_to_num(full)
        got[gone] = 0.0
    whole = rounding.steps(np.where(full > 0, got * full, 0.0), decimals)
    total = whole.sum(axis=0) / 10.0**decimals
    empty = nothing & ((missing != "zero") | ~takes.any(axis=0))
    total = np.where(empty, np.nan, total)
    points = np.where(gone & (missing == "apart") | (empty & gone), np.nan, whole / 10.0**decimals)
    return Scores(points, total, full, filled & ~np.isnan(points))


arguments.guard(__name__)
