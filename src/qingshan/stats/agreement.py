"""How well one series agrees with another (吻合程度): bias, errors, correlation, index of agreement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qingshan.stats.columns import Numbers, numbers
from qingshan.terms import arguments


@dataclass(frozen=True)
class Agreement:
    """Estimates against observations (模型评价统计量); NaN where there is nothing to compare."""

    n: int
    fac2: float
    """share of pairs with a ratio between 0.5 and 2"""
    mb: float
    """mean bias"""
    mge: float
    """mean gross error"""
    nmb: float
    """normalised mean bias (NMB): Σ(M − O)/ΣO"""
    nmge: float
    """normalised mean gross error (NME): Σ|M − O|/ΣO"""
    rmse: float
    r: float
    """Pearson's correlation"""
    coe: float
    """coefficient of efficiency"""
    ioa: float
    """index of agreement"""


def agreement(estimate: ArrayLike, observed: ArrayLike) -> Agreement:
    """Statistics of estimates M against observations O (预报、模型与观测比对), over the pairs that have both.

    Parameters
    ----------
    estimate, observed : (n,), one unit
    """
    m, o = numbers(estimate, "估计值").ravel(), numbers(observed, "观测值").ravel()
    if m.shape != o.shape:
        raise ValueError(f"估计值 {m.size} 个与观测值 {o.size} 个须等长")
    there = np.isfinite(m) & np.isfinite(o)
    m, o = m[there], o[there]
    nan = float("nan")
    if m.size == 0:
        return Agreement(0, nan, nan, nan, nan, nan, nan, nan, nan, nan)
    gap, away = m - o, np.abs(o - o.mean()).sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = m / o
        nmb, nmge = gap.sum() / o.sum(), np.abs(gap).sum() / o.sum()
        coe = 1 - np.abs(gap).sum() / away
        lhs, rhs = np.abs(gap).sum(), 2 * away
        ioa = 1 - lhs / rhs if lhs <= rhs else rhs / lhs - 1
    within = ratio[~np.isnan(ratio)]
    return Agreement(
        int(m.size), float(((within >= 0.5) & (within <= 2)).sum() / within.size) if within.size else nan, float(gap.mean()),
        float(np.abs(gap).mean()), float(nmb), float(nmge), float(np.sqrt((gap**2).mean())), _pearson(m, o), float(coe), float(ioa),
    )  # fmt: skip


def _pearson(a: Numbers, b: Numbers) -> float:
    a, b = a - a.mean(), b - b.mean()
    spread = np.sqrt((a**2).sum() * (b**2).sum())
    return float((a * b).sum() / spread) if spread > 0 else float("nan")


def correlations(columns: ArrayLike) -> Numbers:
    """Pearson's correlation of every two rows, over the places where both have a value (成对相关系数矩阵)."""
    table = numbers(columns, "相关矩阵的各列")
    if table.ndim != 2:
        raise ValueError(f"须为 (列数, n)，得到 {table.shape}")
    out = np.eye(table.shape[0])
    for i in range(table.shape[0]):
        for j in range(i + 1):
            both = ~(np.isnan(table[i]) | np.isnan(table[j]))
            out[i, j] = out[j, i] = _pearson(table[i, both], table[j, both]) if both.sum() > 1 else np.nan
    return out


arguments.guard(__name__)
