"""Past years told as if they were going on (回测): bands and chances stated at a day, beside what came. Nothing later is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from qingshan.outlook import verification
from qingshan.outlook.chance import Measure, chance, met
from qingshan.outlook.resampling import History, TooShort, draw
from qingshan.outlook.resampling import same_day as same_day_before
from qingshan.stats import rounding
from qingshan.terms import arguments

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Told:
    """One year of one place as it was told at one day (一次预判与结果)."""

    place: str
    begin: date
    on: date
    outcome: float
    low: float
    middle: float
    high: float
    crps: float
    pinball: float
    """of the 5 % and 95 % ends together"""
    probability: float
    """of making the target, which is last year's value where it is known"""
    happened: float
    naive: float
    """last year's same days in place of those left; NaN without them"""
    persistent: float
    """the same, changed as the year so far differs from last year's same days"""

    @property
    def covered(self) -> bool:
        return bool(verification.covered(self.low, self.high, self.outcome))


def tell(
    place: str, history: History, begin: date, on: date, measure: Measure, *, decimals: int, operator: str, seed: int, draws: int = 1000
) -> Told | None:
    """What would have been said on a day of the twelve months from `begin`, and what came; None where history was too short.

    The target is what the twelve months before came to, as far as they are known: as hard as the year before.
    """
    end = _year_end(begin)
    known = history.until(on)
    try:
        made = draw(known, begin, on, end, seed=seed, draws=draws)
    except TooShort:
        return None
    whole = history.span(begin, end)
    outcome = float(rounding.half_even(measure(whole), decimals))
    if not np.isfinite(outcome) or any(np.isnan(v).mean() > 0.25 for v in whole.values()):
        return None
    before = known.span(_back(begin), begin - timedelta(days=1))
    target = _published(measure, before, decimals)
    found = chance(known, made, begin, measure, decimals=decimals, operator=operator, target=target if np.isfinite(target) else None)
    happened = float(met(np.array([outcome]), operator, target)[0]) if np.isfinite(target) else float("nan")
    naive, persistent = _naive(known, begin, on, end, measure, decimals)
    ends = verification.pinball(found.low, outcome, 0.05) + verification.pinball(found.high, outcome, 0.95)
    values = found.values[~np.isnan(found.values)]
    return Told(
        place, begin, on, outcome, found.low, found.middle, found.high, float(verification.crps(values, outcome)), float(ends),
        found.probability, happened, naive, persistent,
    )  # fmt: skip


def _published(measure: Measure, columns: dict[str, Numbers], decimals: int) -> float:
    if any(np.isnan(v).mean() > 0.25 for v in columns.values()):
        return float("nan")
    return float(rounding.half_even(measure(columns), decimals))


def _naive(known: History, begin: date, on: date, end: date, measure: Measure, decimals: int) -> tuple[float, float]:
    """Last year's days for those left, as they were and at this year's level."""
    left = np.arange(np.datetime64(on) + 1, np.datetime64(end) + 1)
    past = known.span(_back(begin), begin - timedelta(days=1))
    first = np.datetime64(_back(begin))
    at = np.clip((same_day_before(left, 1) - first).astype(int), 0, next(iter(past.values())).size - 1)
    so_far = known.span(begin, on)
    n = next(iter(so_far.values())).size
    plain, level = {}, {}
    for name, values in so_far.items():
        days, before = past[name][at], past[name][:n]
        both = ~np.isnan(values[: before.size]) & ~np.isnan(before)
        ratio = values[: before.size][both].sum() / before[both].sum() if both.sum() >= 30 and before[both].sum() > 0 else np.nan
        if np.isnan(days).mean() > 0.25:
            return float("nan"), float("nan")
        plain[name], level[name] = np.concatenate([values, days]), np.concatenate([values, days * ratio])
    return _published(measure, plain, decimals), _published(measure, level, decimals)


def _back(day: date) -> date:
    found: date = same_day_before(np.array([day], "datetime64[D]"), 1)[0].item()
    return found


def _year_end(begin: date) -> date:
    following: date = same_day_before(np.array([begin], "datetime64[D]"), -1)[0].item()
    return following - timedelta(days=1)


arguments.guard(__name__)
