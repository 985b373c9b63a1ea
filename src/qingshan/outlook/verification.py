"""How good stated chances were (检验): coverage of bands, and scores that reward honest ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.stats.columns import finite, numbers
from qingshan.terms import arguments

Numbers = NDArray[np.float64]


def covered(low: ArrayLike, high: ArrayLike, outcome: ArrayLike) -> NDArray[np.bool_]:
    """Whether the outcome lay in the band, its ends included (落在区间内)."""
    came = numbers(outcome, "结果")
    found: NDArray[np.bool_] = (numbers(low, "区间下端") <= came) & (came <= numbers(high, "区间上端"))
    return found


def crps(draws: ArrayLike, outcome: ArrayLike) -> Numbers:
    """Continuous ranked probability score (连续分级概率评分) of draws along the last axis; smaller is better.

    ``mean |x − y| − ½·mean |x − x′|``: the distance to what came, less half the distance of the draws among each other.
    """
    x = np.sort(finite(draws, "抽样"), axis=-1)
    n = x.shape[-1] if x.ndim else 0
    if n == 0:
        raise ValueError("抽样一个也没有，不能评分")
    distance = np.abs(x - finite(outcome, "结果")[..., None]).mean(axis=-1)
    among = (x * (2 * np.arange(1, n + 1) - n - 1)).sum(axis=-1) / n**2
    return np.asarray(distance - among, float)


def pinball(quantile: ArrayLike, outcome: ArrayLike, level: float) -> Numbers:
    """Loss of a stated quantile at its level, 0 … 1; smaller is better (分位数损失)."""
    if not 0 < level < 1:
        raise ValueError(f"分位须在 0 与 1 之间，得到 {level}")
    gap = numbers(outcome, "结果") - numbers(quantile, "分位数")
    return np.asarray(np.maximum(level * gap, (level - 1) * gap), float)


def brier(probability: ArrayLike, happened: ArrayLike) -> Numbers:
    """Squared distance of a probability from what happened, 0 or 1; smaller is better (布赖尔评分)."""
    p = numbers(probability, "概率")
    if np.any((p < 0) | (p > 1)):
        raise ValueError("概率须在 0 与 1 之间")
    return np.asarray((p - numbers(happened, "是否发生")) ** 2, float)


arguments.guard(__name__)
