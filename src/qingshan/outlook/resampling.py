"""What the rest of a year may bring (余下时段的可能), drawn from the place's own days: a seeded block bootstrap.

A draw joins blocks of days out of earlier years, each taken near its own date, so season and run of weather stay as they were here.
Every source year is first brought to the common level; the draw then carries this year's own level, as far as the year so far shows it:

- ``x(y, d) = c(d)·exp(u(y))·e``: climate of the date, level of the year, weather of the day;
- the year so far gives ``l = ln(Σx / Σc)``, of which the share ``V / (V + s²)`` is level and the rest weather (``s²`` out of the spread of
  30-day means here, ``V = τ²·(1 + 1/Y)``, ``τ`` the spread of levels from year to year here, leaning on `SPREAD` where years are few);
- where three or more earlier years can be compared, their robust trend shifts what is expected before the year so far is read.

Nothing after the day of the question is read. The seed is an argument; the same arguments give the same draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.stats.columns import numbers
from qingshan.terms import arguments

Numbers = NDArray[np.float64]
Days = NDArray[np.datetime64]

BLOCK = 15
"""days in a block: longer than a spell of weather, shorter than a season"""
NEAR = 20
"""days a block may be taken before or after its own date"""
SPELL = 30
"""days of the means whose spread is taken for the weather's"""
SPREAD, WEIGHT = 0.045, 3.0
"""spread (ln) of a year's level where nothing is known, and how many years this opinion is worth"""
WEATHER, WEATHER_WEIGHT = 0.28, 12.0
"""the same for 30-day means about the season"""
MEMORY = 1.2
"""variance of the means of whole seasons over that of independent 30-day means: spells are not quite independent"""
OTHER_SEASON = 0.3
"""weight of a 30-day mean out of another season than the days left"""
LEAST_YEAR, LEAST_SEASON = 90, 300
"""valid days from which a year has a level, and from which a season is fitted"""
TAILS = 6
"""degrees of freedom of the level's spread: few years are known"""
EVEN = 32
"""the level's deviates are every so many-th of an ordered larger sample"""
LEAST_DAYS = 365
"""history, in days from the first value to the day of the question, below which nothing is said of chance"""
LEAST_SHARE = 0.75
"""share of the days left that at least one earlier year must have valid on the same dates"""


class TooShort(ValueError):
    """The history says too little for a probability; the message says what is missing."""


@dataclass(frozen=True)
class History:
    """Daily values of one place (逐日序列): every natural day from the first to the last, columns by name."""

    days: Days
    columns: Mapping[str, Numbers]
    """each (n_days,), NaN where there is no valid value"""

    @classmethod
    def of(cls, days: ArrayLike, columns: Mapping[str, ArrayLike]) -> History:
        """From rows in any order, gaps allowed; a day given twice, or a value below 0 or infinite, is refused."""
        column = arguments.moments(days, "D", "日期")
        if column.ndim != 1 or column.size == 0:
            raise ValueError("没有一天的数据")
        if np.isnat(column).any():
            raise ValueError("日期里有空值")
        order = np.argsort(column, kind="stable")
        ordered = column[order]
        twice = ordered[1:][ordered[1:] == ordered[:-1]]
        if twice.size:
            raise ValueError(f"{twice[0]} 有两行；一天只能有一个日值")
        whole = np.arange(ordered[0], ordered[-1] + 1)
        found = {}
        for name, values in columns.items():
            given = numbers(values, name)
            if given.shape != column.shape:
                raise ValueError(f"“{name}”有 {given.size} 个值，日期有 {column.size} 个")
            wrong = np.isinf(given) | (given < 0)
            if wrong.any():
                raise ValueError(f"{column[wrong][0]} 的“{name}”为 {given[wrong][0]:g}，须为不小于 0 的数；缺测留空")
            out = np.full(whole.size, np.nan)
            out[(ordered - whole[0]).astype(int)] = given[order]
            found[name] = out
        return cls(whole, found)

    def until(self, on: date) -> History:
        """The same up to and with a day: what was known then."""
        rows = self.days <= np.datetime64(on)
        return History(self.days[rows], {k: v[rows] for k, v in self.columns.items()})

    def span(self, begin: date, end: date) -> dict[str, Numbers]:
        """The columns on every natural day of a span; days outside the history are NaN."""
        out = {}
        wanted = np.arange(np.datetime64(begin), np.datetime64(end) + 1)
        at = (wanted - self.days[0]).astype(int) if self.days.size else np.full(wanted.size, -1)
        there = (at >= 0) & (at < self.days.size)
        for name, values in self.columns.items():
            out[name] = np.full(wanted.size, np.nan)
            out[name][there] = values[at[there]]
        return out


@dataclass(frozen=True)
class Level:
    """How this year stands to the climate of its dates (水平), in ln: what is drawn from."""

    seen: float
    """of the year so far as it is; NaN without one"""
    mean: float
    spread: float
    weather: float
    """spread of 30-day means about the season"""
    years: int
    """earlier years compared"""
    trend: float
    """change a year that was expected [ln]"""


@dataclass(frozen=True)
class Draws:
    """Draws of the days left (抽样). Columns (n_draws, n_left), NaN where the source day had no valid value."""

    days: Days
    columns: Mapping[str, Numbers]
    levels: Mapping[str, Level]
    years: tuple[int, ...]
    """years the blocks were taken from"""
    seed: int


def draw(history: History, begin: date, on: date, end: date, *, seed: int, draws: int = 2000, block: int = BLOCK) -> Draws:
    """Draws of the days after `on` up to `end`, for a target that began on `begin`.

    Parameters
    ----------
    history : days later than `on` are not read
    begin, end : first and last day of the target's period (含首尾), no more than 366 days apart
    on : last day that counts as known; `end` or later leaves nothing to draw
    seed, draws : of the generator, and how many draws
    block : days in a block

    Raises TooShort where less than a year is known before `on`, or no earlier year has these dates.
    """
    if not begin <= end or (end - begin).days > 366:
        raise ValueError(f"评价时段 {begin}—{end} 须为不超过 366 天的起止日")
    if draws < 1 or block < 1:
        raise ValueError("抽样次数和块长须为正整数")
    known = history.until(on)
    if not known.days.size or not any((~np.isnan(v)).any() for v in known.columns.values()):
        raise TooShort(f"{on} 及以前没有数据")
    left = np.arange(np.datetime64(max(on, begin - timedelta(days=1))) + 1, np.datetime64(end) + 1)
    first = _first(known)
    if (on - first).days + 1 < LEAST_DAYS:
        raise TooShort(f"历史只有 {first}—{on} 共 {(on - first).days + 1} 天，不满一年，不给出概率")
    sources = _sources(known, left, begin)
    if left.size and not sources:
        raise TooShort("往年同期的日值不足七成半，不给出概率")
    random = np.random.default_rng(seed)
    rows = _blocks(known, left, sources, random, draws, block)
    noise = random.permutation(np.sort(random.standard_t(TAILS, draws * EVEN))[EVEN // 2 :: EVEN])[:, None]  # the tails do not hang on luck
    columns, levels = {}, {}
    for name, values in known.columns.items():
        level, year_levels = _level(known.days, values, begin, left)
        levels[name] = level
        taken = (values * np.exp(-year_levels))[rows]
        columns[name] = taken * np.exp(level.mean + _spread(taken, level, len(sources)) * noise)
    return Draws(left, columns, levels, tuple(begin.year - k for k in sources[::-1]), seed)


def _spread(taken: Numbers, level: Level, years: int) -> float:
    """Spread (ln) the level must add, so that the days left as a whole vary as they do here from year to year.

    The mean of `m` days, 30 or more, varies by ``v·30/m`` about its climate, and the climate of few years by ``1/Y`` of that; blocks
    out of few years show only part of it, the rest is added. Fewer days vary from day to day as the blocks do.
    """
    if taken.shape[1] == 0:
        return 0.0
    has = ~np.isnan(taken)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.log(np.where(has, taken, 0.0).sum(axis=1) / has.sum(axis=1))
    means = means[np.isfinite(means)]
    shown = float(np.var(means)) if means.size else 0.0
    wanted = level.weather**2 * MEMORY * min(SPELL / taken.shape[1], 1.0) * (1 + 1 / years)
    return float(np.sqrt(level.spread**2 + max(wanted - shown, 0.0)))


def same_day(days: Days, years: int) -> Days:
    """The same month and day some years before; 29 February becomes 28 February where that year has none."""
    month = days.astype("datetime64[M]")
    back = month - 12 * years
    there = (days - month.astype("datetime64[D]")).astype(int)
    last = ((back + 1).astype("datetime64[D]") - back.astype("datetime64[D]")).astype(int) - 1
    found: Days = back.astype("datetime64[D]") + np.minimum(there, last)
    return found


def _first(known: History) -> date:
    has = np.any([~np.isnan(v) for v in known.columns.values()], axis=0)
    found: date = known.days[has][0].item()
    return found


def _sources(known: History, left: Days, begin: date) -> tuple[int, ...]:
    """How many years back a source may lie: those whose same dates are mostly known in every column."""
    reach = int((np.datetime64(begin) - known.days[0]).astype(int) // 365) + 1
    found = []
    for back in range(1, reach + 1):
        at = (same_day(left, back) - known.days[0]).astype(int)
        there = (at >= 0) & (at < known.days.size)
        if left.size and all((~np.isnan(v[at[there]])).sum() >= LEAST_SHARE * left.size for v in known.columns.values()):
            found.append(back)
    return tuple(found)


def _blocks(known: History, left: Days, sources: tuple[int, ...], random: np.random.Generator, draws: int, block: int) -> NDArray[np.int64]:
    """Row of the source day for each draw and day left: whole blocks of one year, moved by up to `NEAR` days, inside what is known."""
    rows = np.zeros((draws, left.size), np.int64)
    for start in range(0, left.size, block):
        part = left[start : start + block]
        back = random.choice(np.array(sources), draws)
        shift = random.integers(-NEAR, NEAR + 1, draws)
        anchor = np.array([(same_day(part[:1], int(k))[0] - known.days[0]).astype(int) for k in sources])
        at = anchor[np.searchsorted(np.array(sources), back)] + shift
        at = np.clip(at, 0, known.days.size - part.size)
        rows[:, start : start + part.size] = at[:, None] + np.arange(part.size)
    return rows


def _level(days: Days, values: Numbers, begin: date, left: Days) -> tuple[Level, Numbers]:
    """This year's level, and the level of each known day's own year (both ln, against the climate of earlier years)."""
    year = _year_of(days, begin)
    past = year < 0
    climate = _climate(days, np.where(past, values, np.nan))
    seen = ~np.isnan(values) & ~np.isnan(climate)
    levels, lengths = {}, {}
    for back in np.unique(year[past & seen]):
        rows = seen & (year == back)
        if rows.sum() >= LEAST_YEAR and values[rows].sum() > 0:
            levels[int(back)] = float(np.log(values[rows].sum() / climate[rows].sum()))
            lengths[int(back)] = int(rows.sum())
    of_year = np.zeros(days.size)
    weather, ahead = (_weather(days, values, climate, seen & past, towards) for towards in (days[:0], left))
    beyond = sum(max(v * v - weather * SPELL / lengths[k], 0.0) for k, v in levels.items())
    n_years = max(len(levels), 1)
    variance = (WEIGHT * SPREAD**2 + beyond) / (WEIGHT + n_years - 1) * (1 + 1 / n_years)
    for back, level in levels.items():
        of_year[year == back] = level * variance / (variance + weather * SPELL / lengths[back])
    trend = _trend(levels)
    centre = float(np.mean(list(levels))) if levels else -1.0
    expected = -trend * centre
    rows = seen & (year == 0)
    n = int(rows.sum())
    if n == 0 or values[rows].sum() <= 0:
        return Level(np.nan, expected, float(np.sqrt(variance)), float(np.sqrt(ahead)), len(levels), trend), of_year
    level = float(np.log(values[rows].sum() / climate[rows].sum()))
    share = variance / (variance + weather * SPELL / n * (1 + 1 / n_years))
    mean = expected + share * (level - expected)
    return Level(level, mean, float(np.sqrt(variance * (1 - share))), float(np.sqrt(ahead)), len(levels), trend), of_year


def _year_of(days: Days, begin: date) -> NDArray[np.int64]:
    """Years from the target's own: 0 from `begin` on, −1 the twelve months before, and so on."""
    reach = int((np.datetime64(begin) - days[0]).astype(int) // 365) + 2
    starts = np.array([same_day(np.array([begin], "datetime64[D]"), k)[0] for k in range(reach, -1, -1)])
    found: NDArray[np.int64] = np.searchsorted(starts, days, side="right").astype(np.int64) - 1 - reach
    return found


def _climate(days: Days, values: Numbers) -> Numbers:
    """Season of earlier years as two harmonics fitted by least squares, never below a tenth of the mean; NaN without a season to fit."""
    has = ~np.isnan(values)
    if has.sum() < LEAST_YEAR:
        return np.full(values.shape, np.nan)
    turn = 2 * np.pi * ((days - days[0]).astype(float) / 365.25)
    base = np.stack([np.ones(days.size), *(f(k * turn) for k in (1, 2) for f in (np.cos, np.sin))], axis=1)
    if has.sum() < LEAST_SEASON:
        base = base[:, :1]
    fit, *_ = np.linalg.lstsq(base[has], values[has], rcond=None)
    return np.asarray(np.maximum(base @ fit, 0.1 * values[has].mean()), float)


def _weather(days: Days, values: Numbers, climate: Numbers, rows: NDArray[np.bool_], towards: Days) -> float:
    """Variance (ln) of 30-day means about the season, corrected for the five figures fitted to it; leaning on `WEATHER` where they are few.

    Means out of the season of the days named count in full, others as `OTHER_SEASON`: winters vary more than summers.
    """
    season = np.zeros(366, bool)
    if towards.size:
        season[np.unique(_place(np.arange(towards[0] - NEAR, towards[-1] + NEAR + 1)))] = True
    total, weight, full = 0.0, 0.0, 0
    for first, last in pairwise(range(0, values.size + 1, SPELL)):
        part = np.flatnonzero(rows[first:last]) + first
        if part.size >= SPELL // 2 and values[part].sum() > 0:
            counts = 1.0 if not towards.size or season[_place(days[part])].mean() > 0.5 else OTHER_SEASON
            total += counts * float(np.log(values[part].sum() / climate[part].sum())) ** 2
            weight, full = weight + counts, full + 1
    free = weight * max(full - 5, 0) / full if full else 0.0
    return (WEATHER_WEIGHT * WEATHER**2 + total) / (WEATHER_WEIGHT + free)


def _place(days: Days) -> NDArray[np.int64]:
    """Day of the year, 0 … 365."""
    found: NDArray[np.int64] = (days - days.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64)
    return found


def _trend(levels: Mapping[int, float]) -> float:
    """Median of the pairwise slopes of the years' levels (Theil–Sen) [ln a year], halved for few years; 0 with fewer than three."""
    years = sorted(levels)
    if len(years) < 3:
        return 0.0
    slopes = [(levels[b] - levels[a]) / (b - a) for i, a in enumerate(years) for b in years[i + 1 :]]
    return float(np.median(slopes)) * (len(years) - 1) / (len(years) + 2)


arguments.guard(__name__)
