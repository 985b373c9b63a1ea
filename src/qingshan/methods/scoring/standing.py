"""The order of units, what lies between neighbours, grades and money (名次、差距、等次、金额)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.stats import ranking, rounding
from qingshan.stats.columns import Numbers, numbers
from qingshan.terms import arguments

TIES = {
    "smaller": "相同即并列，取小位次，其后顺延：1、1、3",
    "dense": "相同即并列，其后不空位：1、1、2",
}


def places(*keys: ArrayLike, better: Sequence[str] | str = "lower", ties: str = "smaller") -> NDArray[np.int64]:
    """Places by one or more keys, the first deciding (名次); 0 where a key is missing.

    `better` is one direction, or one a key. `ties`: "smaller" 1、1、3; "dense" 1、1、2. A further key breaks ties.
    """
    said = (better,) * len(keys) if isinstance(better, str) else tuple(better)
    if wrong := [b for b in said if b not in ("lower", "higher")]:
        raise ValueError(f"方向写成“{wrong[0]}”；可用：lower（低为好）、higher（高为好）")
    if ties not in TIES:
        raise ValueError(f"没有并列规则“{ties}”；已有：{'、'.join(TIES)}")
    found = ranking.rank(*keys, descending=tuple(b == "higher" for b in said))
    if ties == "dense":
        present = found > 0
        found[present] = np.unique(found[present], return_inverse=True)[1] + 1
    return found


@dataclass(frozen=True)
class Neighbours:
    """Who stands just before and just behind each unit (前后名): index or −1, and the difference of keys, never negative."""

    ahead: NDArray[np.int64]
    behind: NDArray[np.int64]
    to_ahead: Numbers
    to_behind: Numbers


def neighbours(keys: ArrayLike, place: ArrayLike, decimals: int = 6) -> Neighbours:
    """The nearest units with another place on either side; ties are no neighbours of each other."""
    column, at = numbers(keys, "排名依据"), np.asarray(place, np.int64)
    n = at.size
    ahead, behind = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    to_ahead, to_behind = np.full(n, np.nan), np.full(n, np.nan)
    ranked = sorted(set(at[at > 0].tolist()))
    first = {p: int(np.flatnonzero(at == p)[0]) for p in ranked}
    for i in range(n):
        if at[i] < 1:
            continue
        k = ranked.index(int(at[i]))
        if k > 0:
            ahead[i] = first[ranked[k - 1]]
            to_ahead[i] = abs(column[i] - column[ahead[i]])
        if k + 1 < len(ranked):
            behind[i] = first[ranked[k + 1]]
            to_behind[i] = abs(column[i] - column[behind[i]])
    return Neighbours(ahead, behind, rounding.half_even(to_ahead, decimals), rounding.half_even(to_behind, decimals))


def smallest_change(
    score_of: Callable[[float], float], value: float, *, step: float, better: str, beyond: float, most: int = 100_000
) -> float | None:
    """How much better one item's value must be for its unit's score to exceed `beyond` (还需改善多少), in whole `step`.

    `score_of` gives the unit's score for a value of that item, never falling as the value gets better. None where no value
    within `most` steps does it.
    """
    sign = -1.0 if better == "lower" else 1.0

    def passes(count: int) -> bool:
        return score_of(value + sign * count * step) > beyond + 1e-9

    if passes(0):
        return 0.0
    high = 1
    while high < most and not passes(high):
        high *= 2
    high = min(high, most)
    if not passes(high):
        return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if passes(middle) else (middle, high)
    return round(high * step, 6)


@dataclass(frozen=True)
class Grade:
    """One grade (等次), best first: from which score, and for at most which share of the units (1: no limit)."""

    name: str
    at_least: float = -math.inf
    share: float = 1.0


def grades(scores: ArrayLike, table: Sequence[Grade], vetoed: ArrayLike | None = None) -> list[str]:
    """Each unit's grade; "" without a score.

    A grade goes to those at or above its score, the best first, up to its share of all scored units rounded down; equal
    scores are never parted, so a tie that would exceed the share falls to the next grade whole. A vetoed unit (一票否决)
    has the last grade.
    """
    if not table:
        return [""] * numbers(scores).size
    floors = [g.at_least for g in table]
    if any(b >= a for a, b in itertools.pairwise(floors) if math.isfinite(a)):
        raise ValueError(f"等次要由高到低，下限逐级变小：{'、'.join(g.name for g in table)}")
    if wrong := [g.name for g in table if not 0 < g.share <= 1]:
        raise ValueError(f"等次“{wrong[0]}”的比例应在 0 与 1 之间")
    column = rounding.half_even(numbers(scores, "得分"), 6)
    out = np.array([""] * column.size, dtype=object)
    barred = np.zeros(column.size, bool) if vetoed is None else np.asarray(vetoed, bool)
    scored = ~np.isnan(column)
    out[scored & barred] = table[-1].name
    left = set(np.flatnonzero(scored & ~barred).tolist())
    for i, grade in enumerate(table):
        room = math.floor(round(grade.share * int(scored.sum()), 6)) if i + 1 < len(table) else column.size
        for score in sorted({column[u] for u in left}, reverse=True):
            same = [u for u in left if column[u] == score]
            if (score < grade.at_least and i + 1 < len(table)) or len(same) > room:
                break
            room -= len(same)
            left.difference_update(same)
            out[same] = grade.name
    return [str(name) for name in out]


def money(values: ArrayLike, *, start: float, per: float, amount: float, better: str = "lower", cap: float = math.inf) -> Numbers:
    """Money for each `per` beyond `start` on the bad side (补偿、扣缴): 0 at and within it, at most `cap`; NaN where missing."""
    if per <= 0 or cap < 0:
        raise ValueError(f"计费单位 {per:g} 应大于 0，上限不应为负")
    column = numbers(values, "计费的值")
    over = (column - start) if better == "lower" else (start - column)
    units = rounding.half_even(np.maximum(over, 0) / per, 6)
    sign = 1.0 if amount >= 0 else -1.0
    return np.asarray(sign * np.minimum(units * abs(amount), cap))


arguments.guard(__name__)
