"""What the months left may bring the sections of a district (断面余下各月的可能), drawn jointly from their own earlier months, seeded.

A draw joins runs of months out of earlier years, each near its own season. A run is taken for all sections and items at once, so that
what they share (rain, flood, drought, a cold winter) stays shared. In ln:

- ``z(i, t) = a(i) + s(month) + u(i, year) + e``: the section's own mean, the item's season over all sections, the year's level, the month;
- the months so far show ``l = mean(z − a − s)``, of which ``V / (V + v/n·(1 + 1/Y))`` is level and carried on; `v` is the variance of
  months here, `V` that of levels from year to year, each leaning on what is written below where months and years are few;
- the level not yet known is drawn with t tails, half of its variance shared by all sections;
- a month in which a section was not measured is its usual one, moved as the others were that month, with a spread of its own.

Nothing after the month of the question is read. The same arguments give the same draws.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.outlook.chance import HIGH, LOW, Chance, met
from qingshan.outlook.resampling import TAILS, TooShort
from qingshan.stats import rounding
from qingshan.stats.columns import Flags, Numbers, numbers
from qingshan.terms import arguments

Months = NDArray[np.datetime64]

RUN, NEAR = 3, 1
"""months in a run, and how many it may be taken before or after its own season"""
MONTHLY, MONTHLY_WEIGHT = 0.40, 12.0
"""spread (ln) of months about level and season where nothing is known, and how many months this opinion is worth"""
YEARLY, YEARLY_WEIGHT = 0.20, 3.0
"""the same for levels from year to year, in years"""
SHARED = 0.5
"""part of the variance of the level that all sections have in common"""
LEAST_MONTHS, LEAST_SHARE = 12, 0.5
"""months of history below which nothing is said of chance; and of the cells measured this year, the share an earlier year must have"""


@dataclass(frozen=True)
class SectionHistory:
    """Monthly means of sections (断面逐月序列): consecutive months, items by name."""

    months: Months
    values: Mapping[str, Numbers]
    """each (n_sections, n_months), above 0; NaN where not measured"""

    @classmethod
    def of(cls, months: ArrayLike, values: Mapping[str, ArrayLike]) -> SectionHistory:
        """Checked: months follow each other, every item has a row for each section; 0 is taken as half the smallest value measured."""
        column = arguments.moments(months, "M", "月份")
        if column.ndim != 1 or not column.size or (np.diff(column.astype(int)) != 1).any():
            raise ValueError("月份须连续，一月一列，不能缺月或重复")
        found = {name: numbers(given, name) for name, given in values.items()}
        if not found:
            raise ValueError("没有一个项目的月均值")
        for name, given in found.items():
            if given.ndim != 2 or given.shape[1] != column.size or given.shape != next(iter(found.values())).shape:
                raise ValueError(f"“{name}”为 {given.shape}，须为（断面数，{column.size} 个月）")
            if np.isinf(given).any() or (given < 0).any():
                raise ValueError(f"“{name}”有负值或无穷大，月均值须为不小于 0 的数；未监测的月份留空")
            positive = given[given > 0]
            floor = float(positive.min()) / 2 if positive.size else 1e-6
            found[name] = np.where(given <= 0, floor, given)
        return cls(column, found)


@dataclass(frozen=True)
class SectionDraws:
    """Draws of the months left (抽样)."""

    months: Months
    columns: Mapping[str, Numbers]
    """by item, (n_draws, n_sections, n_left), each month taken to be measured; NaN where the section never was"""
    years: tuple[int, ...]
    """years the runs were taken from"""
    seed: int


def draw_sections(history: SectionHistory, left: ArrayLike, *, seed: int, draws: int = 2000) -> SectionDraws:
    """Draws of the months left of a calendar year (逐断面联合抽样).

    Parameters
    ----------
    history : months from the first of `left` on are not read, save those already measured of a month that is running
    left : consecutive months of one year, the last ones of it
    seed, draws : of the generator, and how many draws

    Raises TooShort where less than a year is known, or no earlier year was measured in these months.
    """
    wanted = arguments.moments(left, "M", "月份")
    if wanted.ndim != 1 or not wanted.size or (np.diff(wanted.astype(int)) != 1).any():
        raise ValueError("余下的月份须连续，且至少一个月")
    if not isinstance(draws, int) or draws < 1:
        raise ValueError(f"抽样次数须为正整数，得到 {draws!r}")
    year = int(wanted[0].astype("datetime64[Y]").astype(int))
    known = history.months < wanted[0]
    months = history.months[known]
    values = {name: v[:, known] for name, v in history.values.items()}
    if months.size < LEAST_MONTHS or not any((~np.isnan(v)).any() for v in values.values()):
        raise TooShort(f"断面历史只有 {months.size} 个月，不满一年，不给出概率")
    sources = _sources(months, values, wanted)
    if not sources:
        raise TooShort("往年同期监测的断面不足一半，不给出概率")
    random = np.random.default_rng(seed)
    rows = _runs(months, wanted, sources, random, draws)
    back = months.astype("datetime64[Y]").astype(int) - year
    columns = {name: _drawn(v, months, back, rows, len(sources), random) for name, v in values.items()}
    return SectionDraws(wanted, columns, tuple(1970 + year - k for k in sources[::-1]), seed)


def _sources(months: Months, values: Mapping[str, Numbers], left: Months) -> tuple[int, ...]:
    """How many years back runs may be taken: those measured in these months."""
    found = []
    for k in range(1, months.size // 12 + 2):
        at = (left - 12 * k - months[0]).astype(int)
        at = at[(at >= 0) & (at < months.size)]
        alive = [(v[:, at], ~np.isnan(v).all(axis=1)) for v in values.values()]
        cells = sum(int(rows.sum()) for _, rows in alive) * left.size
        there = sum(int((~np.isnan(part[rows])).sum()) for part, rows in alive)
        if cells and there >= LEAST_SHARE * cells:
            found.append(k)
    return tuple(found)


def _runs(months: Months, left: Months, sources: tuple[int, ...], random: np.random.Generator, draws: int) -> NDArray[np.int64]:
    """Source month of each draw and month left: whole runs of one year, moved by up to `NEAR` months."""
    rows = np.zeros((draws, left.size), np.int64)
    for start in range(0, left.size, RUN):
        part = left[start : start + RUN]
        back = random.choice(np.array(sources), draws)
        first = (part[0] - months[0]).astype(int) - 12 * back + random.integers(-NEAR, NEAR + 1, draws)
        first = np.clip(first, 0, max(months.size - part.size, 0))
        rows[:, start : start + part.size] = np.minimum(first[:, None] + np.arange(part.size), months.size - 1)
    return rows


def _drawn(
    values: Numbers, months: Months, back: NDArray[np.int64], rows: NDArray[np.int64], years: int, random: np.random.Generator
) -> Numbers:
    """One item's draws (n_draws, n_sections, n_left)."""
    z = np.log(values)
    usual, past = _usual(z, months.astype(int) % 12, back < 0)
    rest = z - usual
    level, count = _levels(rest, back)
    spells = _monthly(rest, level, back)
    yearly = _yearly(level, count, spells)
    now, n = level.get(0, np.zeros(len(z))), count.get(0, np.zeros(len(z)))
    with np.errstate(divide="ignore"):
        share = np.where(n > 0, yearly / (yearly + spells / np.maximum(n, 1) * (1 + 1 / max(past, 1))), 0.0)
    spread = np.sqrt(yearly * (1 - share) + spells / rows.shape[1] / years)
    for year, found in level.items():
        shown = yearly / (yearly + spells / np.maximum(count[year], 1))
        z[:, back == year] -= (shown * found)[:, None]
    gaps = np.isnan(z)
    z = np.where(gaps, usual + np.nan_to_num(_mean(rest, 0)), z)
    together, alone = (random.standard_t(TAILS, (len(rows), n)) for n in (1, len(z)))
    deviate = together * math.sqrt(SHARED) + alone * math.sqrt(1 - SHARED)
    centre = share * now + spread * deviate * math.sqrt((TAILS - 2) / TAILS)
    drawn, filled = z[:, rows].transpose(1, 0, 2), gaps[:, rows].transpose(1, 0, 2)
    drawn += np.where(filled, random.normal(0.0, math.sqrt(spells * (1 - SHARED)), drawn.shape), 0.0)
    return np.asarray(np.exp(drawn + centre[:, :, None]), float)


def _usual(z: Numbers, month: NDArray[np.int64], past: Flags) -> tuple[Numbers, int]:
    """What each section's months usually are (own mean and the item's season), and how many earlier years there are."""
    own = _mean(np.where(past, z, np.nan), 1)
    own = np.where(np.isnan(own), _mean(z, 1), own)
    about = z - own[:, None]
    season = np.array([np.nan_to_num(_mean(about[:, (month == m) & past].ravel(), 0)) for m in range(12)])
    return own[:, None] + season[month], max(int(past.sum()) // 12, 1)


def _levels(rest: Numbers, back: NDArray[np.int64]) -> tuple[dict[int, Numbers], dict[int, Numbers]]:
    level, count = {}, {}
    for year in np.unique(back).tolist():
        part = rest[:, back == year]
        count[year] = (~np.isnan(part)).sum(axis=1).astype(float)
        level[year] = np.nan_to_num(_mean(part, 1))
    return level, count


def _monthly(rest: Numbers, level: Mapping[int, Numbers], back: NDArray[np.int64]) -> float:
    """Variance of months about level and season, pooled over sections."""
    about = rest.copy()
    for year, found in level.items():
        about[:, back == year] -= found[:, None]
    has = ~np.isnan(about)
    free = max(int(has.sum()) - sum(int(has[:, back == year].any(axis=1).sum()) for year in level), 0)
    return (MONTHLY_WEIGHT * MONTHLY**2 + float(np.nansum(about**2))) / (MONTHLY_WEIGHT + free)


def _yearly(level: Mapping[int, Numbers], count: Mapping[int, Numbers], monthly: float) -> float:
    """Variance of levels from year to year beyond what months explain, pooled over sections; years, not sections, are counted."""
    beyond, years = 0.0, 0
    for year, found in level.items():
        rows = count[year] > 0
        if rows.any():
            beyond += max(float(np.mean(found[rows] ** 2 - monthly / count[year][rows])), 0.0)
            years += 1
    return (YEARLY_WEIGHT * YEARLY**2 + beyond) / (YEARLY_WEIGHT + max(years - 1, 0)) * (1 + 1 / max(years - 1, 1))


def _mean(values: Numbers, axis: int) -> Numbers:
    has = ~np.isnan(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(has, values, 0.0).sum(axis=axis) / has.sum(axis=axis), float)


@dataclass(frozen=True)
class ShareChance:
    """The chance of a share of sections (断面比例达成概率), and of each section."""

    whole: Chance
    """of the published share [%]"""
    sections: Numbers
    """(n_sections,): share of draws in which the section meets all its limits; NaN where it has none"""


def share_chance(
    history: SectionHistory, draws: SectionDraws, limits: Mapping[str, ArrayLike], *, at_least: tuple[str, ...] = ("DO",),
    bad: bool = False, decimals: int, operator: str, target: float,
) -> ShareChance:  # fmt: skip
    """What the year's share of sections comes to with each draw, and how often it makes the target (断面比例达成概率).

    A section is good where the mean of its months meets every limit; one without a limit on any item is not counted.

    Parameters
    ----------
    limits : item → (n_sections,) limit of the class aimed at; NaN where the item is not judged there
    at_least : items that must not fall below their limit
    bad : the share of sections that are not good, as of those worse than Ⅴ
    decimals, operator, target : of the published share [%]
    """
    year = draws.months[0].astype("datetime64[Y]").astype("datetime64[M]")
    months = np.arange(year, draws.months[-1] + 1)
    size = next(iter(history.values.values())).shape[0]
    n_draws = next(iter(draws.columns.values())).shape[0]
    good, judged = np.ones((n_draws, size), bool), np.zeros(size, bool)
    for item, bars in limits.items():
        bar = numbers(bars, f"{item} 的限值")
        if item not in history.values or item not in draws.columns or bar.shape != (size,):
            raise ValueError(f"{item} 的限值须与 {size} 个断面逐一对应，且有月均值与抽样")
        total, count = _year(history, draws, item, months)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = total / count
            meets = (mean >= bar) if item in at_least else (mean <= bar)
        known = ~np.isnan(bar)
        good &= np.where(known & (count > 0), meets, True)
        judged |= known
    if not judged.any():
        raise ValueError("没有一个断面有可判的限值")
    counted = good[:, judged] ^ bad
    values = rounding.half_even(100 * counted.mean(axis=1), decimals)
    ordered, top = np.sort(values), values.size - 1
    low, middle, high = (float(ordered[i]) for i in (math.floor(LOW * top), top // 2, math.ceil(HIGH * top)))
    whole = Chance(values, low, middle, high, float(met(values, operator, target).mean()), draws.years, draws.seed)
    return ShareChance(whole, np.where(judged, good.mean(axis=0), np.nan))


def _year(history: SectionHistory, draws: SectionDraws, item: str, months: Months) -> tuple[Numbers, Numbers]:
    """Sum and number of the year's months, (n_draws, n_sections): measured where they were, drawn where they are still to come."""
    at = (months - history.months[0]).astype(int)
    there = (at >= 0) & (at < history.months.size)
    seen = np.full((history.values[item].shape[0], months.size), np.nan)
    seen[:, there] = history.values[item][:, at[there]]
    before = months < draws.months[0]
    running = seen[:, ~before]
    to_come = np.where(np.isnan(running), draws.columns[item], running)
    fixed = seen[:, before]
    total = np.nansum(fixed, axis=1) + np.nansum(to_come, axis=2)
    return np.asarray(total), np.asarray((~np.isnan(fixed)).sum(axis=1) + (~np.isnan(to_come)).sum(axis=2), float)


arguments.guard(__name__)
