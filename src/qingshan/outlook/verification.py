"""How good stated chances were (检验): coverage of bands, and scores that reward honest ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.float64]


def covered(low: ArrayLike, high: ArrayLike, outcome: ArrayLike) -> NDArray[np.bool_]:
    """Whether the outcome lay in the band, its ends included (落在区间内)."""
    found: NDArray[np.bool_] = (np.asarray(low, float) <= outcome) & (np.asarray(outcome, float) <= high)
    return found


def crps(draws: ArrayLike, outcome: ArrayLike) -> Numbers:
    """Continuous ranked probability score (连续分级概率评分) of draws along the last axis; smaller is better.

    ``mean |x − y| − ½·mean |x − x′|``: the distance to what came, less half the distance of the draws among each other.
    """
    x = np.sort(np.asarray(draws, float), axis=-1)
    n = x.shape[-1]
    distance = np.abs(x - np.asarray(outcome, float)[..., None]).mean(axis=-1)
    among = (x * (2 * np.arange(1, n + 1) - n - 1)).sum(axis=-1) / n**2
    return np.asarray(distance - among, float)


def pinball(quantile: ArrayLike, outcome: ArrayLike, level: float) -> Numbers:
    """Loss of a stated quantile at its level, 0 … 1; smaller is better (分位数损失)."""
    if not 0 < level < 1:
        raise ValueError(f"分位须在 0 与 1 之间，得到 {level}")
    gap = np.asarray(outcome, float) - np.asarray(quantile, float)
    return np.asarray(np.maximum(level * gap, (level - 1) * gap), float)


def brier(probability: ArrayLike, happened: ArrayLike) -> Numbers:
    """Squared distance of a probability from what happened, 0 or 1; smaller is better (布赖尔评分)."""
    p = np.asarray(probability, float)
    if np.any((p < 0) | (p > 1)):
        raise ValueError("概率须在 0 与 1 之间")
    return np.asarray((p - np.asarray(happened, float)) ** 2, float)
