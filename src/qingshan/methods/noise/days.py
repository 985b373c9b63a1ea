"""From hours to the levels of a day: Ld, Ln, Ldn, with the times of day as the law or the local government sets them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.methods.noise.levels import checked, ldn, leq, tenths
from qingshan.standards.edition import Edition
from qingshan.stats import clock
from qingshan.stats.columns import Flags, Numbers
from qingshan.terms import arguments


@dataclass(frozen=True)
class Period:
    """When the day begins and ends (昼间), in full hours: 6 to 22 unless the local government says otherwise."""

    day_from: int = 6
    day_to: int = 22

    def __post_init__(self) -> None:
        if not 0 <= self.day_from < self.day_to <= 24:
            raise ValueError(f"昼间 {self.day_from} 时至 {self.day_to} 时：须为整点，起早于止，在 0 与 24 之间")

    @property
    def day(self) -> Flags:
        """Of the hours labelled 1 … 24, those of the day (时标为小时之末)."""
        label = np.arange(1, 25)
        return np.asarray((label > self.day_from) & (label <= self.day_to))

    @property
    def hours(self) -> int:
        """How many hours the day has."""
        return self.day_to - self.day_from


def period(gb3096: Edition, *, day_from: int | None = None, day_to: int | None = None) -> Period:
    """The times of day (昼间、夜间时段): of the standard, or shifted by the local government, the night still 8 hours. GB 3096—2008 3.6."""
    rule = gb3096.table("period")
    if (day_from is None) != (day_to is None):
        raise TypeError("昼间时段要么照标准，要么 day_from、day_to 都给")
    chosen = Period(int(rule["day_from"]), int(rule["day_to"])) if day_from is None or day_to is None else Period(day_from, day_to)
    if 24 - chosen.hours != int(rule["night_hours"]):
        span = f"昼间 {chosen.day_from} 时至 {chosen.day_to} 时的夜间有 {24 - chosen.hours} 小时"
        raise ValueError(f"{gb3096.clause('period')}：夜间须连续 {rule['night_hours']} 小时；{span}")
    return chosen


@dataclass(frozen=True)
class DayLevels:
    """Levels of natural days, each array (…) of the hours' leading shape [dB(A)], one decimal."""

    ld: Numbers
    """昼间等效声级; NaN with fewer valid hours than asked for"""
    ln: Numbers
    """夜间等效声级, hours before the day and after it of the same natural day"""
    ldn: Numbers
    """昼夜等效声级, from unrounded Ld and Ln; NaN where one is missing"""
    day_hours: NDArray[np.int64]
    """valid hours of the day"""
    night_hours: NDArray[np.int64]
    """valid hours of the night"""


def day_levels(
    gb3096: Edition, hours: ArrayLike, *, times: Period | None = None, day_at_least: int | None = None, night_at_least: int | None = None
) -> DayLevels:
    """Ld, Ln and Ldn of natural days from hourly Leq (昼间、夜间、昼夜等效声级). GB 3096—2008 3.3, 3.4, 附录B.

    Parameters
    ----------
    hours : array_like, (…, 24): hourly Leq [dB(A)] labelled 1 … 24 (时标为小时之末); NaN missing
    times : :class:`Period`; by default that of the standard
    day_at_least, night_at_least : the least valid hours; by default all of them, as the standard measures the whole day and night.
        A laxer rule is the network's own and must be asked for
    """
    given = checked(hours, "小时等效声级")
    if given.ndim == 0 or given.shape[-1] != 24:
        raise ValueError(f"小时等效声级须为 (…, 24)，一日 24 个小时，得到 {given.shape}")
    times = times or period(gb3096)
    day = times.day
    found: dict[str, Numbers] = {}
    counts: dict[str, NDArray[np.int64]] = {}
    for name, mask, least in (("ld", day, day_at_least), ("ln", ~day, night_at_least)):
        part = given[..., mask]
        need = part.shape[-1] if least is None else least
        if not 1 <= need <= part.shape[-1]:
            raise ValueError(f"有效小时数下限须为 1～{part.shape[-1]}，得到 {need}")
        count = np.count_nonzero(~np.isnan(part), axis=-1)
        found[name] = np.where(count >= need, leq(part), np.nan)
        counts[name] = np.asarray(count, np.int64)
    both = ldn(found["ld"], found["ln"], day_hours=times.hours)
    decimals = int(gb3096.table("decimals")["level"])
    return DayLevels(
        tenths(found["ld"], decimals), tenths(found["ln"], decimals), tenths(both, decimals), counts["ld"], counts["ln"]
    )


@dataclass(frozen=True)
class Grid:
    """Hours of one point laid out by natural day."""

    days: NDArray[np.datetime64]
    hours: Numbers
    """(days, 24), labels 1 … 24"""


def by_day(labels: ArrayLike, levels: ArrayLike) -> Grid:
    """Hourly levels of one point as (days, 24). The label is the end of the hour; 00:00 belongs to the day it ends.

    Parameters
    ----------
    labels : array_like of datetime64 on full hours, any order; missing, between hours or twice raises ValueError
    levels : array_like, same length [dB(A)]
    """
    at, given = arguments.moments(labels, "s", "时间"), checked(levels, "小时等效声级")
    if at.shape != given.shape or at.ndim != 1:
        raise ValueError(f"时标 {at.shape} 与声级 {given.shape} 须等长")
    hour = clock.hour_of(at)
    if (hour == 0).any():
        first = at[hour == 0][0]
        raise ValueError(f"{int((hour == 0).sum())} 个时标缺失或不在整点（如 {first}）；时标为小时之末")
    day = clock.day_of(at)
    if at.size == 0:
        return Grid(np.empty(0, "datetime64[D]"), np.empty((0, 24)))
    if np.unique(at).size != at.size:
        twice = np.unique(at, return_counts=True)
        raise ValueError(f"时标重复：{twice[0][twice[1] > 1][0]}；同一小时只能有一个值")
    days = np.arange(day.min(), day.max() + 1)
    grid = np.full((days.size, 24), np.nan)
    grid[(day - days[0]).astype(int), hour - 1] = given
    return Grid(days, grid)


arguments.guard(__name__)
