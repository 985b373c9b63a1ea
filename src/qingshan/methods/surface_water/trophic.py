"""Comprehensive trophic level index of lakes (综合营养状态指数, TLI(Σ))."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.methods.surface_water.classes import symbol
from qingshan.methods.surface_water.columns import columns, impossible, refuse_units
from qingshan.standards.edition import Edition
from qingshan.stats import rounding
from qingshan.stats.columns import Numbers, aligned, numbers, wholes
from qingshan.terms import arguments, items
from qingshan.terms.registry import unknown

_NOISE = 1e-9


@dataclass(frozen=True)
class Trophic:
    """Trophic level of lakes as columns (营养状态)."""

    total: Numbers
    """TLI(Σ); NaN where a parameter is missing"""
    grade: NDArray[np.int8]
    """1 … 5 (贫 … 重度富营养), 0 none"""
    index: Mapping[str, Numbers]
    """TLI of each parameter"""
    weight: Mapping[str, float]
    basis: str
    """which parameters, for print"""
    clause: str
    verify: tuple[str, ...]

    def reason(self) -> NDArray[np.str_]:
        """Which parameters a row without index lacks (missing, or not above 0); empty where it has one."""
        out = np.full(self.total.shape, "", object)
        for item, index in self.index.items():
            words = f"{items.get(item, 'water').name}缺测或不大于 0"
            out = np.where(np.isnan(index), np.where(out == "", "", out + "、") + words, out)
        return out.astype(str)


def parameters(rule: Edition) -> tuple[str, ...]:
    """The five parameters (参数): chla, TP, TN, SD, CODMn."""
    return tuple(r["item"] for r in rule.table("index")["row"])


def single_tli(rule: Edition, item: str, values: ArrayLike) -> Numbers:
    """Trophic level index of one parameter: 10 (a + b ln C) [chla mg/m³; TP, TN, CODMn mg/L; SD m]; NaN for what is not above 0."""
    if item not in parameters(rule):
        raise LookupError(f"{rule.clause('index')}：{unknown('参数', item, parameters(rule))}")
    row = rule.row("index", item=item)
    given = columns({item: values})[item]
    positive = np.where((given > 0) & ~impossible(item, given), given, np.nan)
    found: Numbers = 10 * (float(row["a"]) + float(row["b"]) * np.log(positive))
    return found


def weights(rule: Edition, chosen: Iterable[str]) -> dict[str, float]:
    """Weights r²/Σr² (权重) of the parameters chosen, over those alone."""
    names = tuple(dict.fromkeys(chosen))
    if not names:
        raise LookupError(f"{rule.clause('index')}：至少一个参数；已有 {'、'.join(parameters(rule))}")
    for name in names:
        if name not in parameters(rule):
            raise LookupError(f"{rule.clause('index')}：{unknown('参数', name, parameters(rule))}")
    square = {n: float(rule.row("index", item=n)["r"]) ** 2 for n in names}
    total = sum(square.values())
    return {n: s / total for n, s in square.items()}


def combine(rule: Edition, index: Mapping[str, ArrayLike]) -> Numbers:
    """TLI(Σ) of single indices already computed: the weighted sum over the parameters given. NaN where one is missing."""
    share = weights(rule, index)
    given = aligned(**{f"TLI({k})": v for k, v in index.items()})
    columns_ = [column * share[k] for k, column in zip(index, given, strict=True)]
    total: Numbers = np.sum(np.broadcast_arrays(*columns_), axis=0)
    return total


def trophic(
    rule: Edition, values: Mapping[str, ArrayLike], *, chosen: Iterable[str] | None = None, units_checked: bool = False
) -> Trophic:  # fmt: skip
    """TLI(Σ) and grade (综合营养状态评价). Several points of a lake: mean concentrations first, then this.

    Parameters
    ----------
    values : by symbol, one shape [chla mg/m³; TP, TN, CODMn mg/L; SD m]
    chosen : the parameters to use. None: all five, and without one of them ValueError with the reason; fewer only by name: the weights
        are then r²/Σr² over those, and the result says so

    Raises
    ------
    ValueError : a parameter is missing (chlorophyll-a is what the weights are related to), or its magnitude is of another unit
    """
    five = parameters(rule)
    used = five if chosen is None else tuple(dict.fromkeys(symbol(c) for c in ((chosen,) if isinstance(chosen, str) else chosen)))
    share = weights(rule, used)
    given = columns({k: v for k, v in values.items() if k in used} or values)
    absent = [p for p in used if p not in given or (given[p].size > 0 and np.isnan(given[p]).all())]
    if absent:
        names = "、".join(f"{p}（{items.get(p, 'water').name}）" for p in absent)
        why = "；权重 r² 以叶绿素 a 为基准参数，缺它不评综合营养状态" if "chla" in absent else ""
        there = [p for p in used if p not in absent]
        instead = f"；确要按其余 {len(there)} 项计算的，写明 chosen={tuple(there)}，结果注明参数" if there else ""
        raise ValueError(f"{rule.clause('index')}：缺 {names}{why}{instead}")
    refuse_units({p: given[p] for p in used}, units_checked)
    index = {p: single_tli(rule, p, given[p]) for p in used}
    total = combine(rule, index)
    words = "五项参数" if set(used) == set(five) else f"{len(used)} 项参数（{'、'.join(used)}），权重在所用参数中归一，与五项结果不可比"
    return Trophic(total, tli_grades(rule, total), index, share, words, rule.clause("index"), rule.verify_of("index", "grade"))


def tli_grades(rule: Edition, total: ArrayLike, decimals: int | None = None) -> NDArray[np.int8]:
    """Grade 1 … 5 of TLI(Σ) (营养状态分级): < 30, ≤ 50, ≤ 60, ≤ 70, above; 0 for NaN. `decimals` rounds first."""
    value = numbers(total, "TLI")
    if decimals is not None:
        value = rounding.half_even(value, decimals)
    out = np.zeros(value.shape, np.int8)
    for row in rule.table("grade")["row"]:
        if "below" in row:
            inside = value < float(row["below"]) - _NOISE
        elif "to" in row:
            inside = value <= float(row["to"]) + _NOISE
        else:
            inside = ~np.isnan(value)
        out = np.where((out == 0) & inside, np.int8(row["grade"]), out)
    return out


def tli_words(rule: Edition, grade: ArrayLike) -> NDArray[np.str_]:
    """Grades of trophic state in words: 贫营养 … 重度富营养; empty for none."""
    return np.array(["", *(r["words"] for r in rule.table("grade")["row"])])[wholes(grade, "营养状态等级", 5)]


arguments.guard(__name__)
