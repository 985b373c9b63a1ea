"""Outlets of pollution sources by the day (排放口逐日): valid means, exceedance, rates of transmission, emissions with gaps replaced.

Hours come as whole days, the first ending at 01:00: (24·d,) arrays. A stopped hour is flagged F: it leaves every denominator. How many
hours a day needs, how flags roll up and what replaces a gap are a :class:`Rule`, which lies in data with its basis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.methods import online
from qingshan.methods.online import NORMAL, Substitute
from qingshan.stats import rounding
from qingshan.stats.columns import Flags, Numbers, numbers, single
from qingshan.terms import arguments

STOPPED, CALIBRATION = "F", "C"
KG = 3600 / 1e6
"""[kg/h] of 1 mg/L × 1 L/s, and of 1 mg/m³ × 1 m³/s"""


@dataclass(frozen=True)
class Rule:
    """How hours of a medium become days and emissions (汇总规定)."""

    flags: str
    """``any``, ``share`` or ``valid``, see :func:`online.roll_up`"""
    day: int
    """valid hours a day needs"""
    share: float = 0.75
    running: float = 1.0
    """share of its hours in operation a day with stops needs"""
    exempt: int = 0
    """hours of automatic checks a day that count as valid in the rates and do not speak against the day"""
    period: str = "hour"
    """periods of the table of replacement: ``hour`` or ``day``"""
    gaps: tuple[Substitute, ...] = ()


@dataclass(frozen=True)
class Days:
    """Days of one item at one outlet (逐日值)."""

    mean: Numbers
    """(d,) NaN where too few hours count"""
    flag: NDArray[np.str_]
    """(d,) N; F where it stood still all day; else why there is no mean, "" for too few hours"""
    valid: NDArray[np.int64]
    """(d,) valid hours"""
    came: NDArray[np.int64]
    """(d,) hours that came, of those in operation"""
    running: NDArray[np.int64]
    """(d,) hours in operation"""


def _days(column: NDArray, words: str) -> NDArray:
    if column.ndim != 1 or column.size % 24:
        raise ValueError(f"{words}须为整日的小时（24 的倍数），得到 {column.shape}")
    return column.reshape(-1, 24)


def _marks(flags: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.str_]:
    marks = np.asarray(flags, str)
    if marks.shape != shape:
        raise ValueError(f"标记与数值须同形，得到 {marks.shape} 与 {shape}")
    return np.where(marks == "", NORMAL, marks)


def days(values: ArrayLike, flags: ArrayLike, rule: Rule, *, flow: ArrayLike | None = None) -> Days:
    """Day means of an item from its hours (日均): stopped hours and exempt checks left out, weighted by `flow` where it is given.

    Parameters
    ----------
    values : (24·d,) NaN missing; flags : (24·d,) N or "" normal
    flow : (24·d,) NaN where it does not count; without any flow above 0 in a day its mean is not weighted

    HJ 212—2017 附录 C、D.
    """
    column = numbers(values, "数值")
    marks = _days(_marks(flags, column.shape), "标记")
    column = _days(column, "数值")
    off = marks == STOPPED
    running = 24 - off.sum(axis=1)
    checks = marks == CALIBRATION
    aside = off | (checks & (np.cumsum(checks, axis=1) <= rule.exempt))
    value, mark = np.where(aside, np.nan, column), np.where(aside, NORMAL, marks)
    weights = None
    if flow is not None:
        weights = _days(numbers(flow, "流量"), "流量")
        dry = ~(np.nan_to_num(weights) > 0).any(axis=1)
        weights = np.where(dry[:, None], 1.0, weights)
    found = online.roll_up(value, mark, least=1, rule=rule.flags, share=rule.share, weights=weights)
    needed = np.where(running == 24, rule.day, np.minimum(rule.day, np.ceil(rule.running * running)))
    enough = found.count >= needed
    flag = np.where(running == 0, STOPPED, np.where((found.flag == NORMAL) & ~enough, "", found.flag))
    came = (~off & (~np.isnan(column) | (marks != NORMAL))).sum(axis=1)
    valid = (~np.isnan(value) & (mark == NORMAL)).sum(axis=1)
    mean = np.where(flag == NORMAL, found.mean, np.nan)
    return Days(mean, np.asarray(flag), np.asarray(valid, np.int64), np.asarray(came, np.int64), np.asarray(running, np.int64))


@dataclass(frozen=True)
class Delivery:
    """Hours due, come and valid, and their rates [%] (传输率、有效率、有效传输率); NaN where none was due or came."""

    due: NDArray[np.int64]
    came: NDArray[np.int64]
    valid: NDArray[np.int64]

    @property
    def transmission(self) -> Numbers:
        """传输率: of the hours due, those that came [%]."""
        return _percent(self.came, self.due)

    @property
    def validity(self) -> Numbers:
        """有效率: of the hours that came, those that are valid [%]."""
        return _percent(self.valid, self.came)

    @property
    def effective(self) -> Numbers:
        """有效传输率 = 传输率 × 有效率: of the hours due, those that are valid [%]."""
        return _percent(self.valid, self.due)


def _percent(part: NDArray, whole: NDArray) -> Numbers:
    rate: Numbers = np.divide(100.0 * part, whole, out=np.full(np.shape(whole), np.nan), where=np.asarray(whole) > 0)
    return rate


def delivery(values: ArrayLike, flags: ArrayLike, rule: Rule) -> Delivery:
    """Hours due, come and valid of each day of one item (传输有效率): stopped hours are not due, exempt checks count as valid.

    Add the counts of several items or days before taking rates.
    """
    column = numbers(values, "数值")
    marks = _days(_marks(flags, column.shape), "标记")
    column = _days(column, "数值")
    off = marks == STOPPED
    came = ~off & (~np.isnan(column) | (marks != NORMAL))
    valid = (~off & ~np.isnan(column) & (marks == NORMAL)).sum(axis=1)
    exempt = np.minimum((came & (marks == CALIBRATION)).sum(axis=1), rule.exempt)
    return Delivery((~off).sum(axis=1), came.sum(axis=1), valid + exempt)


def over(values: ArrayLike, decimals: int, high: float | None, low: float | None = None) -> Flags:
    """Values beyond their limits once rounded as they are printed (超标); equal to a limit is within it, NaN is not over."""
    column = numbers(values, "数值")
    there = ~np.isnan(column)
    shown = rounding.half_even(column, decimals)
    beyond = np.zeros(column.shape, bool)
    if high is not None:
        beyond |= shown > single(high, "上限")
    if low is not None:
        beyond |= shown < single(low, "下限")
    return np.asarray(beyond & there)


@dataclass(frozen=True)
class Emission:
    """Emissions by the day (日排放量)."""

    kg: Numbers
    """(d,) NaN where something invalid could not be replaced"""
    known: Numbers
    """(d,) what is measured and replaced, without the rest [kg]"""
    replaced: Numbers
    """(d,) of it, what stands in for invalid periods [kg]"""
    row: NDArray[np.int64]
    """(d,) row of the table a replaced period follows (the last of the day's), −1 where none was replaced"""
    lacking: NDArray[np.int64]
    """(d,) invalid periods that nothing replaces"""
    capture: float
    """share of valid periods in operation [%], by which the row was chosen"""


def emission(conc: ArrayLike, flags: ArrayLike, flow: ArrayLike, flow_flags: ArrayLike, rule: Rule, *, since: int = 0) -> Emission:
    """Emissions by the day from hours of measured concentration and flow, invalid periods replaced as the table says (日排放量).

    Parameters
    ----------
    conc : (24·d,) [mg/L] with flow [L/s], or [mg/m³] with [m³/s]; measured, not converted to reference oxygen
    flow : (24·d,)
    since : days at the beginning that are only looked back on; capture and gaps are those of the days after them

    An hour (``rule.period`` hour) is invalid where concentration or flow does not count; a day (``day``) where its mean or the flow of an
    hour in operation does not. Where nothing flows nothing is emitted, whatever the concentration.
    """
    c, q = numbers(conc, "浓度"), numbers(flow, "流量")
    if c.shape != q.shape:
        raise ValueError(f"浓度与流量须等长，得到 {c.shape} 与 {q.shape}")
    c_mark, q_mark = _marks(flags, c.shape), _marks(flow_flags, q.shape)
    off = (c_mark == STOPPED) | (q_mark == STOPPED)
    flows = ~np.isnan(q) & (q_mark == NORMAL) & (q >= 0)
    good = flows & ((~np.isnan(c) & (c_mark == NORMAL) & (c >= 0)) | (q == 0))
    mass = np.where(good, np.where(q > 0, np.nan_to_num(c), 0.0) * np.where(flows, q, 0.0) * KG, np.nan)
    if rule.period == "day":
        found = days(np.where(c >= 0, c, np.nan), np.where(off, STOPPED, c_mark), rule, flow=np.where(flows, q, np.nan))
        volume = _days(np.where(flows & ~off, q, 0.0), "流量").sum(axis=1)
        whole = _days(flows | off, "流量").all(axis=1)
        mass = np.where(volume == 0, 0.0, found.mean * volume * KG)
        stopped = found.running == 0
        invalid = ~whole | np.isnan(mass)
        size = 1
    else:
        stopped, invalid, size = off, ~good & ~off, 24
    running, good_now = ~stopped[since * size :], ~invalid[since * size :] & ~stopped[since * size :]
    capture = 100.0 * int(good_now.sum()) / int(running.sum()) if running.any() else np.nan
    done = online.replaced(np.where(stopped, 0.0, mass), invalid & ~stopped, stopped, rule.gaps, capture=capture)
    values, rows = done.values.reshape(-1, size), done.rows.reshape(-1, size)
    lacking = np.isnan(values).sum(axis=1)
    known = np.nansum(values, axis=1)
    instead = np.where(rows >= 0, np.nan_to_num(values), 0.0).sum(axis=1)
    last = np.where((rows >= 0).any(axis=1), rows.max(axis=1), -1)
    return Emission(np.where(lacking > 0, np.nan, known), known, instead, last, np.asarray(lacking, np.int64), done.capture)


arguments.guard(__name__)
