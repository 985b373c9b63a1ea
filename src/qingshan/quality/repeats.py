"""Blocks of values that stand again elsewhere (重复段): at another time of the series, or at another outlet.

A block counts by how unlikely it is: the sum of −log10 of how often each of its hour-to-hour changes occurs, less the log10 of the pairs
compared. Long runs of one value, which stand everywhere in clean air, weigh next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.quality.series import clean, digit_step, spans, whole
from qingshan.stats.columns import Numbers
from qingshan.terms import arguments


@dataclass(frozen=True)
class Repeat:
    """A block that stands twice (重复段): ``[start, stop)``, and again from `again` on."""

    start: int
    stop: int
    again: int
    evidence: float
    """log10 of how unlikely it is by chance"""


def repeats(values: ArrayLike, *, least: int, evidence: float) -> list[Repeat]:
    """Blocks of at least so many values that stand again later in the series, the strongest first (自身重复).

    Parameters
    ----------
    evidence : log10 of the odds against chance that a block must have
    """
    column, least = clean(values), whole(least, "最短长度", 2)
    return _found(column, _codes(column), least, evidence)


def copies(values: ArrayLike, other: ArrayLike, *, least: int, evidence: float) -> list[Repeat]:
    """Blocks of at least so many values of one outlet that stand, at whatever time, in another (雷同段)."""
    one, two, least = clean(values), clean(other, "另一点位"), whole(least, "最短长度", 2)
    joined = np.concatenate([one, [np.nan], two])
    found = _found(joined, _codes(joined), least, evidence, border=one.size)
    return [Repeat(r.start, r.stop, r.again - one.size - 1, r.evidence) for r in found]


def _codes(column: Numbers) -> NDArray[np.int64]:
    """Values as whole steps of their last digit, so that equal means equal as printed."""
    step = digit_step(column)
    scale = 1e-6 if np.isnan(step) else step
    return np.rint(np.clip(np.nan_to_num(column) / scale, -(2.0**52), 2.0**52)).astype(np.int64)


def _found(column: Numbers, codes: NDArray[np.int64], least: int, evidence: float, border: int = -1) -> list[Repeat]:
    """Pairs of equal blocks; with a border only those on its two sides."""
    if column.size < least + 1:
        return []
    rarity = _rarity(column, codes)
    gaps = np.concatenate([[0], np.cumsum(np.isnan(column))])
    weight = np.concatenate([[0.0], np.cumsum(rarity)])
    n = column.size - least + 1
    chance = 2 * np.log10(column.size)
    heavy = weight[least:][:n] - weight[:-least][:n] - chance >= evidence / 2
    starts = np.flatnonzero(heavy & (gaps[least:] == gaps[:-least]))
    if starts.size < 2:
        return []
    keys = _hash(codes, least)[starts]
    order = np.lexsort((starts, keys))
    same = keys[order[1:]] == keys[order[:-1]]
    pairs = np.column_stack([starts[order[:-1]], starts[order[1:]]])[same]
    if border >= 0:
        pairs = pairs[(pairs[:, 0] < border) & (pairs[:, 1] > border)]
    out = []
    for lag in np.unique(pairs[:, 1] - pairs[:, 0]):
        at = np.zeros(column.size, bool)
        at[pairs[pairs[:, 1] - pairs[:, 0] == lag, 0]] = True
        for start, last in spans(at, gap=least).tolist():
            stop = _end(codes, column, start, last - 1 + least, int(lag))
            odds = float(weight[stop] - weight[start] - chance)
            if odds >= evidence and stop - start >= least and lag >= least:
                out.append(Repeat(start, stop, start + int(lag), odds))
    return _strongest(out)


def _end(codes: NDArray[np.int64], column: Numbers, start: int, stop: int, lag: int) -> int:
    stop = min(stop, column.size - lag)
    here, there = slice(start, stop), slice(start + lag, stop + lag)
    same = (codes[here] == codes[there]) & ~np.isnan(column[here]) & ~np.isnan(column[there])
    return start + (int(np.argmin(same)) if not same.all() else same.size)


def _strongest(found: list[Repeat]) -> list[Repeat]:
    kept: list[Repeat] = []
    for repeat in sorted(found, key=lambda r: (-r.evidence, r.start, r.again)):
        if all(repeat.stop <= k.start or repeat.start >= k.stop for k in kept):
            kept.append(repeat)
    return kept


def _rarity(column: Numbers, codes: NDArray[np.int64]) -> Numbers:
    """−log10 of how often the change into each value occurs in the series; a value that stays has no weight."""
    change = np.diff(codes, prepend=codes[:1])
    _, where, count = np.unique(change, return_inverse=True, return_counts=True)
    out: Numbers = -np.log10(count[where] / max(column.size, 1))
    return np.where((change == 0) | np.isnan(column), 0.0, out)


def _hash(codes: NDArray[np.int64], width: int) -> NDArray[np.uint64]:
    """A number for each block of so many codes, by doubling; equal blocks have equal numbers."""
    mixed = codes.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    total, power, size, out, begun = mixed, 0xD1B54A32D192ED03, 1, None, 0
    rest = width
    while rest:
        if rest & 1:
            part = total[begun:]
            out = part.copy() if out is None else out[: part.size] * np.uint64(power) + part[: out.size]
            begun += size
        rest >>= 1
        if rest:
            total = total[:-size] * np.uint64(power) + total[size:]
            power, size = power * power % 2**64, size * 2
    assert out is not None
    return out[: codes.size - width + 1]


arguments.guard(__name__)
