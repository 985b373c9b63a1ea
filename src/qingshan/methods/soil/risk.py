"""The result both standards share (风险筛选的结果): each item against screening and control value (筛选值、管制值)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.methods import single_factor
from qingshan.standards.edition import Edition
from qingshan.stats import plausibility
from qingshan.stats.columns import Flags, Numbers
from qingshan.terms import arguments
from qingshan.terms.registry import unknown

Levels = NDArray[np.int8]
"""1 at most the screening value, 2 above it, 3 above the control value; 0 none"""


@dataclass(frozen=True)
class Risk:
    """Samples of soil against screening and control values (筛选值、管制值). Samples have shape (…), items come first."""

    standard: str
    clause: str
    verify: tuple[str, ...]
    items: tuple[str, ...]
    names: tuple[str, ...]
    level: Levels
    """of the sample by all items: 1, 2, 3; 0 where nothing is known"""
    category: Levels
    """farmland: 1 优先保护, 2 安全利用, 3 严格管控, by the items that decide it; construction land: as `level`"""
    by_item: Levels
    """(items, …)"""
    screening: Numbers
    """(items, …) screening value that was applied; NaN where the sample has no value"""
    control: Numbers
    """(items, …) control value; NaN where the standard has none"""
    times_over: Numbers
    """(items, …) times over the screening value; 0 met, NaN missing"""
    excused: Flags
    """(items, …): above the screening value but not above the background: not contaminated land (GB 36600 注 ①)"""
    undecided: Flags
    """(items, …): below a detection limit above the screening value, or no measured value"""
    titles: tuple[str, ...]
    """words of category 0 … 3"""
    decided_by: tuple[str, ...]
    """items that decide the category"""

    def words(self) -> NDArray[np.str_]:
        """Categories in words."""
        return np.array(self.titles)[self.category]

    def over_screening(self) -> NDArray[np.str_]:
        """Items above their screening value, named, with times over: ``"镉(0.5)"``; above control ``"镉(4.2)＞管制值"``."""
        flat = self.by_item.reshape(len(self.items), -1)
        times = self.times_over.reshape(flat.shape)
        out = []
        for s in range(flat.shape[1]):
            rows = sorted(np.flatnonzero(flat[:, s] > 1), key=lambda i: (-flat[i, s], -times[i, s]))
            out.append(
                "、".join(
                    f"{self.names[i]}{single_factor.times_words(times[i, s])}{'＞管制值' if flat[i, s] == 3 else ''}" for i in rows
                )
            )
        return np.array(out, np.str_).reshape(self.level.shape)


def columns(std: Edition, given: Mapping[str, ArrayLike], known: Iterable[str], use: str, units_checked: bool) -> dict[str, Numbers]:
    """Samples whose items the standard has and whose magnitude is that of mg/kg; refused otherwise."""
    found = single_factor.samples(given, std.medium)
    strange = [i for i in found if i not in known]
    if strange:
        raise LookupError(f"{std} 没有项目“{'、'.join(strange)}”；已有：{'、'.join(known)}")
    plausibility.refuse_units(std.medium, found, units_checked, use=use)
    return found


def uses(std: Edition, use: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """The land use of each sample as the row of the standard's table, from id or Chinese word; a missing or strange one is refused."""
    given = np.asarray(use, object)
    if given.shape not in ((), shape):
        raise ValueError(f"用地 {given.shape} 与样品 {shape} 须同形，或只给一个")
    rows = std.table("use")["row"]
    known = {w: i for i, r in enumerate(rows) for w in (r["use"], *r["words"])}
    absent = [i + 1 for i, w in enumerate(given.ravel().tolist()) if w is None or w != w or not str(w).strip()]
    if absent:
        where = f"第 {'、'.join(map(str, absent[:8]))}{'…' if len(absent) > 8 else ''} 个样品" if given.shape else ""
        raise ValueError(f"{where}没有用地类型：{std.clause('use')} 按用地取值，须为 {'、'.join(known)} 之一，不作默认")
    strange = sorted({str(w) for w in given.ravel().tolist() if str(w).strip() not in known})
    if strange:
        raise LookupError(unknown("用地类型", "、".join(strange), known))
    found = np.array([known[str(w).strip()] for w in given.ravel().tolist()], np.int64).reshape(given.shape)
    return np.broadcast_to(found, shape)


def levels(value: Numbers, screening: Numbers, control: Numbers) -> Levels:
    """1 at most the screening value, 2 above it, 3 above the control value (含本数 within each); 0 for NaN."""
    above = ~single_factor.at_most(value, screening)
    beyond = above & np.isfinite(control) & ~single_factor.at_most(value, control)
    none = np.isnan(value) | np.isnan(screening)
    return np.asarray(np.select([none, beyond, above], [0, 3, 2], 1), np.int8)


def times(value: Numbers, screening: Numbers) -> Numbers:
    """Times over the screening value."""
    with np.errstate(invalid="ignore"):
        ratio = (value - screening) / screening
    met = single_factor.at_most(value, screening)
    return np.where(np.isnan(value) | np.isnan(screening), np.nan, np.where(met, 0.0, ratio))


arguments.guard(__name__)
