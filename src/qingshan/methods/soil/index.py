"""Pollution indices of soil (单项污染指数、内梅罗污染指数). HJ/T 166—2004."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.methods import single_factor
from qingshan.standards.edition import Edition
from qingshan.stats import rounding
from qingshan.stats.columns import Numbers, numbers
from qingshan.terms import arguments, items
from qingshan.terms.registry import unknown


@dataclass(frozen=True)
class Indices:
    """Indices of samples. Samples have shape (…), items come first."""

    items: tuple[str, ...]
    names: tuple[str, ...]
    single: Numbers
    """(items, …) C/S, unrounded; NaN where the value or its reference is missing"""
    single_grade: NDArray[np.int8]
    """(items, …) 1 无污染 … 5 重度污染; 0 none"""
    nemerow: Numbers
    """√((mean² + largest²) / 2) of the items of a sample that have an index, unrounded; NaN where none has"""
    grade: NDArray[np.int8]
    """1 清洁（安全） … 5 重污染; 0 none"""
    counted: NDArray[np.int64]
    """items that took part in each sample"""
    titles: tuple[str, ...]
    single_titles: tuple[str, ...]
    clause: str
    verify: tuple[str, ...]

    def words(self) -> NDArray[np.str_]:
        """Grades in words; empty where there is none."""
        return np.array(["", *self.titles])[self.grade]

    def single_words(self) -> NDArray[np.str_]:
        """Each item's grade in words, (items, …); empty where there is none."""
        return np.array(["", *self.single_titles])[self.single_grade]


def indices(rule: Edition, samples: Mapping[str, ArrayLike], reference: Mapping[str, ArrayLike]) -> Indices:
    """Single and Nemerow pollution index of soil samples (单项污染指数 P = C/S、内梅罗污染指数 P_N). HJ/T 166—2004.

    Both depend on which items take part and on what they are measured against: name both with the result. They say nothing of the
    risk classes of GB 15618 and GB 36600.

    Parameters
    ----------
    rule : Edition of HJ/T 166
    samples : item → values (…) [mg/kg]; NaN missing, negative ones are taken as missing
    reference : item → S, one number or one a sample [mg/kg]: screening values (see :class:`Risk`), or background values
    """
    found = single_factor.samples(samples, rule.medium)
    absent = [i for i in found if i not in reference]
    if absent:
        raise LookupError(f"{rule.clause('single')}：{unknown('有评价标准值的项目', '、'.join(absent), reference)}")
    shape = next(iter(found.values())).shape
    single = np.full((len(found), *shape), np.nan)
    for k, (item, value) in enumerate(found.items()):
        name = items.get(item, rule.medium).name
        bar = numbers(reference[item], f"{name} 评价标准值")
        if bar.shape not in ((), shape):
            raise ValueError(f"{name} 评价标准值 {bar.shape} 与样品 {shape} 须同形，或只给一个")
        if (bar <= 0).any() or np.isinf(bar).any():
            raise ValueError(f"{name} 评价标准值须为正数")
        single[k] = np.where((value >= 0) & np.isfinite(value), value, np.nan) / bar
    there = ~np.isnan(single)
    counted = there.sum(axis=0)
    mean = np.where(there, single, 0.0).sum(axis=0) / np.maximum(counted, 1)
    largest = np.where(there, single, 0.0).max(axis=0, initial=0.0)
    nemerow = np.where(counted > 0, np.sqrt((mean**2 + largest**2) / 2), np.nan)
    return Indices(
        tuple(found), tuple(items.get(i, rule.medium).name for i in found), single, _grade(rule, "single", single), nemerow,
        _grade(rule, "nemerow", nemerow), np.asarray(counted, np.int64), _titles(rule, "nemerow"), _titles(rule, "single"),
        f"{rule.clause('single')}、{rule.table('nemerow')['clause']}", rule.verify_of("single", "nemerow"),
    )  # fmt: skip


def _titles(rule: Edition, table: str) -> tuple[str, ...]:
    return tuple(str(r["words"]) for r in rule.table(table)["row"])


def _grade(rule: Edition, table: str, index: Numbers) -> NDArray[np.int8]:
    """Grade of an index as printed, bounds included; 0 for NaN."""
    rows: list[Mapping[str, Any]] = list(rule.table(table)["row"])
    shown = rounding.half_even(index, int(rule.table(table)["decimals"]))
    bounds = [Decimal(r["to"]) for r in rows if "to" in r]
    grade = 1 + sum((~single_factor.at_most(shown, float(b))).astype(np.int8) for b in bounds)
    return np.where(np.isnan(index), 0, grade).astype(np.int8)


arguments.guard(__name__)
