"""Readings of automatic monitoring rolled up to valid values (在线监测汇总): minute, hour, day; 折算; what stands in for invalid periods.

How many values a mean needs, how device flags roll up and what replaces a gap differ by medium and are the caller's: they lie in data,
with their basis. Here is only the arithmetic. HJ 212—2017 附录 C、D.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.stats.columns import Flags, Numbers, numbers, single, truths
from qingshan.terms import arguments

NORMAL, FAULT = "N", "D"


@dataclass(frozen=True)
class Rolled:
    """Means one step up (汇总值)."""

    mean: Numbers
    """NaN where too few values count"""
    count: NDArray[np.int64]
    """values that count"""
    flag: NDArray[np.str_]
    """N, or why the mean does not count: a device flag, or "" where too few values came"""

    @property
    def valid(self) -> Numbers:
        """Means that count; NaN elsewhere."""
        return np.where(self.flag == NORMAL, self.mean, np.nan)


def roll_up(
    values: ArrayLike, flags: ArrayLike | None, *, least: int, rule: str, share: float = 0.75, weights: ArrayLike | None = None
) -> Rolled:
    """Means of the values one step down, and the flag of each (数据汇总).

    Parameters
    ----------
    values : (…, n), n values a period; NaN missing
    flags : (…, n) device flags of one character, N or "" normal; None where all are
    least : values a mean needs: of 5-s readings, minutes or hours
    rule : how flags roll up. ``"any"``: one abnormal value makes the period abnormal (wastewater); ``"share"``: normal with `share`
        of the values that came normal, else D (flue gas); ``"valid"``: abnormal values are left out and nothing else (ambient air)
    share : for ``"share"``
    weights : (…, n) flow for a flow-weighted mean; a value without flow does not count, and without any flow there is no mean

    HJ 212—2017 附录 C.16—C.18 (标记), 附录 D (个数、按流量加权).
    """
    if rule not in ("any", "share", "valid"):
        raise ValueError(f"标记汇总办法须为 any、share 或 valid，得到“{rule}”")
    if least < 1:
        raise ValueError(f"至少的个数须为正整数，得到 {least}")
    column = np.atleast_1d(numbers(values, "数值"))
    marks = np.full(column.shape, NORMAL) if flags is None else np.where(np.asarray(flags, str) == "", NORMAL, np.asarray(flags, str))
    if marks.shape != column.shape:
        raise ValueError(f"标记与数值须同形，得到 {marks.shape} 与 {column.shape}")
    came = ~np.isnan(column)
    good = came & (marks == NORMAL)
    weight = np.where(good, 1.0, 0.0)
    if weights is not None:
        flow = numbers(weights, "流量")
        if flow.shape != column.shape:
            raise ValueError(f"流量与数值须同形，得到 {flow.shape} 与 {column.shape}")
        if (flow < 0).any():
            raise ValueError("流量不能为负")
        good &= ~np.isnan(flow)
        weight = np.where(good, np.nan_to_num(flow), 0.0)
    count = good.sum(axis=-1)
    total = weight.sum(axis=-1)
    enough = (count >= least) & (total > 0)
    mean = np.divide((weight * np.where(good, column, 0.0)).sum(axis=-1), total, out=np.full(total.shape, np.nan), where=enough)
    return Rolled(mean, np.asarray(count, np.int64), np.asarray(_flag(came | (marks != NORMAL), marks, enough, rule, share)))


def _flag(there: Flags, marks: NDArray[np.str_], enough: Flags, rule: str, share: float) -> NDArray[np.str_]:
    """One flag a period: the commonest abnormal one where abnormal values decide."""
    odd = there & (marks != NORMAL)
    abnormal = odd.sum(axis=-1)
    came = there.sum(axis=-1)
    if rule == "any":
        stands = abnormal == 0
    elif rule == "share":
        stands = (came - abnormal) >= single(share, "比例") * came
    else:
        stands = np.ones(abnormal.shape, bool)
    common = _commonest(odd, marks)
    why = np.where(stands, "" if rule != "valid" else common, FAULT if rule == "share" else common)
    return np.where(enough & stands, NORMAL, why)


def _commonest(odd: Flags, marks: NDArray[np.str_]) -> NDArray[np.str_]:
    names = sorted(set(marks[odd].tolist()))
    if not names:
        return np.full(odd.shape[:-1], "", "<U4")
    counts = np.array([(odd & (marks == name)).sum(axis=-1) for name in names])
    return np.where(counts.max(axis=0) > 0, np.array(names)[counts.argmax(axis=0)], "")


def converted(conc: ArrayLike, oxygen: ArrayLike, reference: float, *, air: float = 21.0, most: float = 19.0) -> Numbers:
    """Concentration at the reference oxygen content (折算浓度): C × (21 − O₂基准) / (21 − O₂实测). HJ 212—2017 附录 D.2.

    Parameters
    ----------
    conc : dry, standard state [mg/m³]; oxygen : measured [%]; reference : of the kind of plant [%]
    most : above it there is no result: the quotient grows without bound towards 21 %, where the plant stands still
    """
    c, o2 = np.broadcast_arrays(numbers(conc, "浓度"), numbers(oxygen, "含氧量"))
    base = single(reference, "基准含氧量")
    if not 0 <= base < air:
        raise ValueError(f"基准含氧量须在 0 到 {air:g}，得到 {base:g}")
    fits = (o2 >= 0) & (o2 <= most)
    return np.where(fits, c * (air - base) / np.where(fits, air - o2, 1.0), np.nan)


@dataclass(frozen=True)
class Substitute:
    """One row of a table of replacement (替代规定)."""

    name: str
    """as it is cited"""
    capture: float
    """least share of valid periods [%] for which it holds"""
    longest: float
    """longest gap [periods]; infinite where it has no bound"""
    back: int
    """valid periods looked back on"""


@dataclass(frozen=True)
class Replaced:
    """Emissions with invalid periods replaced (无效时段替代)."""

    values: Numbers
    """NaN stays where no row of the table holds, or where too few valid periods came before"""
    rows: NDArray[np.int64]
    """row of the table by which each value was replaced; −1: as measured, or stopped"""
    capture: float
    """share of valid among the periods in operation [%]"""


def replaced(
    emission: ArrayLike, invalid: ArrayLike, stopped: ArrayLike, table: Sequence[Substitute], *, capture: float | None = None
) -> Replaced:
    """Emissions of invalid periods as the largest of so many valid periods before (排放量替代): for emissions, never for concentrations.

    Parameters
    ----------
    emission : (n,) of each hour or day [kg]
    invalid : periods that do not count (fault, maintenance, overdue calibration); a missing value is invalid too
    stopped : periods out of operation: they are neither valid nor replaced, and leave the capture's denominator
    table : rows by falling capture, then by rising length; the first that holds counts
    capture : [%] by which a row is chosen, of the quarter say; that of these periods where None
    """
    column, out, off = numbers(emission, "排放量"), truths(invalid, "无效"), truths(stopped, "停运")
    if column.ndim != 1 or not column.shape == out.shape == off.shape:
        raise ValueError(f"排放量、无效、停运须为等长的一列，得到 {column.shape}、{out.shape}、{off.shape}")
    bad = (out | np.isnan(column)) & ~off
    good = ~bad & ~off
    running = int((~off).sum())
    if capture is None:
        capture = 100.0 * int(good.sum()) / running if running else np.nan
    values, rows = np.where(off & np.isnan(column), 0.0, column), np.full(column.size, -1, np.int64)
    for start, stop in _runs(bad, off):
        hole = np.flatnonzero(bad[start:stop]) + start
        values[hole] = np.nan
        for number, row in enumerate(table):
            if capture >= row.capture and hole.size <= row.longest:
                before = np.flatnonzero(good[:start])[-row.back :]
                if before.size == row.back:
                    values[hole], rows[hole] = column[before].max(), number
                break
    return Replaced(values, rows, capture)


def _runs(bad: Flags, off: Flags) -> list[tuple[int, int]]:
    """Gaps: invalid periods in a row, stops between them passed over."""
    runs: list[tuple[int, int]] = []
    begin = last = -1
    for i in np.flatnonzero(bad).tolist():
        if begin >= 0 and not (bad[last + 1 : i] | off[last + 1 : i]).all():
            runs.append((begin, last + 1))
            begin = i
        begin, last = (i if begin < 0 else begin), i
    return [*runs, (begin, last + 1)] if begin >= 0 else runs


arguments.guard(__name__)
