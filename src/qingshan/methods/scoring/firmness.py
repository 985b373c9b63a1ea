"""How firm an order is where data are missing (位次有多稳): worst cases, and seeded filling of the gaps."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.methods.scoring.standing import places
from qingshan.stats import rounding
from qingshan.stats.columns import Numbers, numbers
from qingshan.terms import arguments


def bounds(low: ArrayLike, high: ArrayLike, better: str = "lower") -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Best and worst place each unit can have when its value may lie anywhere from `low` to `high` (最好、最差位次).

    Exact: best counts those certain to be better, worst those that can be. 0 where a bound is missing.
    """
    a, b = numbers(low, "下界"), numbers(high, "上界")
    if np.any(a > b):
        raise ValueError("下界大于上界")
    good, bad = (a, b) if better == "lower" else (-b, -a)
    there = ~(np.isnan(good) | np.isnan(bad))
    with np.errstate(invalid="ignore"):
        best = 1 + (bad[None, :] < good[:, None]).sum(axis=1)
        worst = 1 + (good[None, :] < bad[:, None]).sum(axis=1) - (good < bad)
    return np.where(there, best, 0), np.where(there, worst, 0)


@dataclass(frozen=True)
class Firmness:
    """What the draws say of each unit (n_units,): places seen, the share of draws at the published place, before the next.

    `holds_ahead` is the share of draws in which the unit stands strictly before the unit next behind it, NaN for the last.
    """

    best: NDArray[np.int64]
    worst: NDArray[np.int64]
    same: Numbers
    holds_ahead: Numbers
    draws: int
    seed: int


def firmness(published: ArrayLike, drawn: ArrayLike, better: str = "lower", *, seed: int, ties: str = "smaller") -> Firmness:
    """Places of every draw beside the published (重抽检验).

    `published` (n_units,) keys as published, NaN not ranked; `drawn` (n_draws, n_units) keys with the gaps filled. Units
    that are not ranked take no part in the draws.
    """
    keys, table = numbers(published, "排名依据"), np.atleast_2d(numbers(drawn, "重抽的值"))
    there = ~np.isnan(keys)
    now = places(keys, better=better, ties=ties)
    seen = np.zeros(table.shape, np.int64)
    for i, row in enumerate(table):
        seen[i] = places(np.where(there, row, np.nan), better=better, ties=ties)
    order = sorted(np.flatnonzero(there).tolist(), key=lambda u: (now[u], u))
    holds = np.full(keys.shape, np.nan)
    for u, v in itertools.pairwise(order):
        gap = table[:, v] - table[:, u] if better == "lower" else table[:, u] - table[:, v]
        holds[u] = float((gap > 1e-9).mean()) if table.shape[0] else np.nan
    ranked = np.where(seen > 0, seen, 10**9)
    best = np.where(there, ranked.min(axis=0), 0) if table.shape[0] else now
    worst = np.where(there, seen.max(axis=0), 0) if table.shape[0] else now
    same = np.where(there, (seen == now).mean(axis=0), np.nan) if table.shape[0] else np.where(there, 1.0, np.nan)
    return Firmness(np.asarray(best, np.int64), np.asarray(worst, np.int64), same, holds, int(table.shape[0]), seed)


def filled_means(days: ArrayLike, expected: ArrayLike, decimals: int, *, draws: int, seed: int) -> Numbers:
    """Means with the missing days drawn from the unit's own days (缺测日重抽): (n_draws, n_units).

    `days` (n_units, n_days) with NaN missing; `expected` (n_units, n_days) true where a day should have been there (a day
    deducted on record is not a gap). A unit without any day is NaN.
    """
    table, want = np.atleast_2d(numbers(days, "日值")), np.atleast_2d(np.asarray(expected, bool))
    random = np.random.default_rng(seed)
    out = np.full((draws, table.shape[0]), np.nan)
    for u, row in enumerate(table):
        there = row[~np.isnan(row)]
        gaps = int((np.isnan(row) & want[u]).sum())
        if there.size == 0:
            continue
        total = there.sum() + (random.choice(there, (draws, gaps)).sum(axis=1) if gaps else np.zeros(draws))
        out[:, u] = rounding.half_even(total / (there.size + gaps), decimals)
    return out


arguments.guard(__name__)
