"""Centralised drinking-water sources (集中式饮用水水源地): compliance, rates by count and by intake volume, and "kept" (保持)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.methods import single_factor
from qingshan.methods.single_factor import Classes
from qingshan.standards.edition import Edition
from qingshan.stats import plausibility, rounding
from qingshan.stats.columns import Flags, Numbers, numbers, truths
from qingshan.terms import arguments, items
from qingshan.terms.registry import unknown

WATER = ("river", "lake")


@dataclass(frozen=True)
class SourceSamples:
    """Samples of sources against their limits (水源地水质达标评价). Samples have shape (…), items come first."""

    standard: str
    clause: str
    verify: tuple[str, ...]
    items: tuple[str, ...]
    """items judged"""
    names: tuple[str, ...]
    reference: tuple[str, ...]
    """items given but not judged"""
    absent: tuple[str, ...]
    """items of the basic and supplementary tables that were not given: print them beside the result (项目不全)"""
    compliant: Flags
    """every judged item meets its limit; False where nothing could be judged"""
    judged: Flags
    """at least one item could be judged"""
    over: Flags
    """(items, …)"""
    times_over: Numbers
    undecided: Flags
    """(items, …): below a detection limit that lies above the limit, or no measured value"""

    def exceeding(self) -> NDArray[np.str_]:
        """The items over their limit with times over, the largest first: ``"锰(1.2)、铁(0.3)"``."""
        flat, times = self.over.reshape(len(self.items), -1), self.times_over.reshape(len(self.items), -1)
        out = []
        for s in range(flat.shape[1]):
            rows = sorted(np.flatnonzero(flat[:, s]), key=lambda i: -np.nan_to_num(times[i, s]))
            out.append("、".join(self.names[i] + single_factor.times_words(times[i, s]) for i in rows))
        return np.array(out, np.str_).reshape(self.compliant.shape)


def surface_source(
    rule: Edition, gb3838: Edition, water: str, samples: Mapping[str, ArrayLike], *, below: Mapping[str, ArrayLike] | None = None
) -> SourceSamples:
    """Whether surface sources meet class Ⅲ of table 1 and the limits of tables 2 and 3. GB 3838—2002 5.3.

    Parameters
    ----------
    rule : Edition of 集中式饮用水水源达标评价: which items are for reference only (水温、总氮、粪大肠菌群)
    gb3838 : Edition of GB 3838
    water : ``"river"`` or ``"lake"``, of all samples given: total phosphorus differs. No default
    samples : item → values (…) [mg/L]; NaN missing
    below : item → whether below the detection limit, which is then the value: it meets a limit that is not lower
    """
    if water not in WATER:
        raise LookupError(unknown("水体类型", str(water), WATER))
    how = rule.table("surface")
    tables, reference, aim_class = tuple(how["tables"]), tuple(how["reference"]), int(how["class"])
    found = single_factor.samples(samples, gb3838.medium)
    flags = single_factor.marks(below, found)
    rows: dict[str, Mapping[str, object]] = {}
    for table in tables:
        for row in gb3838.table(table)["row"]:
            kinds = row.get("water", [water])
            if water in (kinds if isinstance(kinds, list) else [kinds]):
                limit = row.get("limit")
                aim = limit[aim_class - 1] if isinstance(limit, list) else limit
                rows.setdefault(row["item"], {**row, "limit": aim, "table": table})
    judged = [i for i in found if i not in reference and not (i == "TN" and water == "river")]
    strange = [i for i in judged if i not in rows]
    if strange:
        raise LookupError(f"{gb3838} 表1、表2、表3 没有项目“{'、'.join(strange)}”；已有：{'、'.join(rows)}")
    if not judged:
        raise LookupError(f"{gb3838}：只给了参考项目 {'、'.join(found)}，没有可评价的项目")
    shape = next(iter(found.values())).shape
    over, times = np.zeros((len(judged), *shape), bool), np.full((len(judged), *shape), np.nan)
    undecided, told = np.zeros(over.shape, bool), np.zeros(over.shape, bool)
    for i, item in enumerate(judged):
        value = found[item]
        wrong = plausibility.impossible(item, gb3838.medium, value)
        value = np.where(wrong, np.nan, value)
        met = single_factor.item_class(rows[item], value, 2)
        flag = flags.get(item, np.zeros(shape, bool))
        undecided[i] = wrong | (flag & (met != 1))
        told[i] = (met > 0) & ~undecided[i]
        over[i] = told[i] & (met == 2)
        times[i] = np.where(told[i], single_factor.times_over(rows[item], value, 1), np.nan)
    needed = [i for i, r in rows.items() if r["table"] in how["required"] and i not in reference and not (i == "TN" and water == "river")]
    any_told: Flags = np.asarray(told.any(axis=0))
    compliant: Flags = np.asarray(any_told & ~over.any(axis=0))
    return SourceSamples(
        str(gb3838), "5.3；" + "、".join(str(gb3838.table(t)["clause"]) for t in tables),
        gb3838.verify_of(*tables) + rule.verify_of("surface"), tuple(judged),
        tuple(items.get(i, gb3838.medium).name for i in judged), tuple(i for i in found if i not in judged),
        tuple(i for i in needed if i not in found), compliant, any_told, over, times, undecided,
    )  # fmt: skip


def groundwater_source(rule: Edition, found: Classes) -> tuple[Flags, Flags]:
    """Whether groundwater sources meet class Ⅲ of GB/T 14848, and whether they could be judged (compliant, judged)."""
    if not found.standard.startswith("GB/T 14848"):
        raise LookupError(f"地下水水源按 GB/T 14848 Ⅲ类评价，给的是 {found.standard} 的类别")
    return found.meets(int(rule.table("groundwater")["class"])), found.overall > 0


@dataclass(frozen=True)
class SourceRates:
    """Compliance of sources (水源达标率、水量达标率) by period."""

    count_rate: Numbers
    """水源达标率 of each period [%]: compliant over judged sources; NaN where none was judged"""
    volume_rate: Numbers
    """水量达标率 of each period [%]: compliant over judged intake volume; NaN where none"""
    judged: NDArray[np.int64]
    compliant: NDArray[np.int64]
    volume: Numbers
    compliant_volume: Numbers
    without_volume: NDArray[np.int64]
    """judged sources whose intake volume is missing: left out of the volume rate"""
    year_count_rate: float
    """all periods together [%]"""
    year_volume_rate: float
    clause: str
    verify: tuple[str, ...]


def source_rates(rule: Edition, compliant: ArrayLike, intake: ArrayLike, judged: ArrayLike | None = None) -> SourceRates:
    """Rates of sources by count and by intake volume (水源达标率、水量达标率).

    Parameters
    ----------
    rule : Edition of 集中式饮用水水源达标评价
    compliant : bool, (sources,) or (periods, sources)
    intake : intake volume (取水量) of the same shape, or (sources,) for all periods; NaN missing, 0 not in use
    judged : bool, whether a source was monitored; one that was not takes no part (it is neither compliant nor not)
    """
    decimals = int(rule.table("rate")["decimals"])
    met = np.atleast_2d(truths(compliant, "达标"))
    told = np.ones(met.shape, bool) if judged is None else np.atleast_2d(truths(judged, "有无监测"))
    if told.shape != met.shape:
        raise ValueError(f"有无监测 {told.shape} 与达标 {met.shape} 须同形")
    given = numbers(intake, "取水量")
    if given.shape not in (met.shape, met.shape[1:], (1, met.shape[1])):
        raise ValueError(f"取水量 {given.shape} 与达标 {met.shape} 须同形，或每个水源一个")
    water = np.broadcast_to(given, met.shape)
    if (water < 0).any() or np.isinf(water).any():
        raise ValueError("取水量有负值或无穷大")
    known = told & np.isfinite(water)
    volume, good = np.where(known, water, 0).sum(axis=1), np.where(known & met, water, 0).sum(axis=1)
    counts, right = told.sum(axis=1), (told & met).sum(axis=1)
    return SourceRates(
        _rate(right, counts, decimals), _rate(good, volume, decimals), counts.astype(np.int64), right.astype(np.int64), volume, good,
        (told & ~known).sum(axis=1).astype(np.int64), float(_rate(right.sum(), counts.sum(), decimals)),
        float(_rate(good.sum(), volume.sum(), decimals)), rule.clause("rate"), rule.verify_of("rate"),
    )  # fmt: skip


def _rate(part: ArrayLike, whole: ArrayLike, decimals: int) -> Numbers:
    over, under = np.asarray(part, float), np.asarray(whole, float)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(under > 0, 100 * over / np.where(under > 0, under, 1), np.nan)
    return rounding.half_even(ratio, decimals)


arguments.guard(__name__)
