"""How a period stands to the limits (时段评价): each statistic with its limit, times over, verdict and completeness. HJ 663."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.methods.air.period import _kept, day_column, statistic_rows, statistics
from qingshan.methods.air.rules import CLASS_2, limit, limit_table, places, times_over, validity_rule
from qingshan.standards.edition import Edition
from qingshan.stats import aggregate, ranking, rounding, validity
from qingshan.stats.columns import Flags, Numbers, numbers
from qingshan.terms import arguments, items
from qingshan.terms.items import AIR

MET, EXCEEDED, UNKNOWN, PARTIAL = "达标", "超标", "数据不足", "时段未满"
"""The verdicts (达标评价结论); the last for a period whose days are not all given"""


@dataclass(frozen=True)
class Standing:
    """One statistic of one item against its limit (单项统计量评价). Arrays (…,)."""

    item: str
    statistic: str
    """``"mean"``, ``"P95"``"""
    value: Numbers
    """[unit]; rounded as the edition says"""
    unit: str
    limit: float
    window: str
    """of the limit: ``"year"``, ``"24h"``"""
    clause: str
    """of the limit, as printed: ``GB 3095—2026 表1``"""
    times_over: Numbers
    """超标倍数; 0 where the limit is met"""
    verdict: NDArray[np.str_]
    """达标, 超标, 数据不足 where there is no value or too few days, 时段未满 where the period is not over"""

    @property
    def key(self) -> str:
        """``"PM2.5_mean"``."""
        return f"{self.item}_{self.statistic}"


@dataclass(frozen=True)
class Exceedance:
    """Days over a daily limit (超标天数、超标率). Arrays (…,)."""

    item: str
    limit: float
    clause: str
    over: NDArray[np.int64]
    of: NDArray[np.int64]
    """days with a value"""
    largest: Numbers
    """largest daily value"""
    times_over: Numbers
    """of the largest value, two decimals"""

    @property
    def rate(self) -> Numbers:
        """Share of days over the limit (超标率) [%], one decimal; NaN without days."""
        return np.divide(rounding.mean_steps(self.over * 1000, self.of), 10.0)

    @property
    def compliance(self) -> Numbers:
        """Share of days within the limit (达标率) D = days within / valid days [%], one decimal; NaN without days."""
        return np.divide(rounding.mean_steps((self.of - self.over) * 1000, self.of), 10.0)


def exceedance(
    hj663: Edition, gb3095: Edition, item: str, days: ArrayLike, *, window: str = "", phase: str = "", zone: int = CLASS_2,
    excluded: ArrayLike | None = None,
) -> Exceedance:  # fmt: skip
    """Days of an item over its daily limit, the rate, and by how much the largest (超标天数、超标率、最大超标倍数). HJ 663.

    Parameters
    ----------
    days : (…, n_days) daily values (O3: MDA8) [µg/m³; CO mg/m³]; NaN takes no part. Hours are judged alike with ``window="1h"``
    window : of the limit; by default ``"24h"``, of O3 ``"8h"``
    """
    window = window or ("8h" if item == "O3" else "24h")
    bar = limit(gb3095, item, window, zone=zone, phase=phase)
    values = rounding.half_even(_kept(days, excluded, f"{item} 日值"), places(hj663, item, "compliance"))
    values = np.where((values >= 0) & np.isfinite(values), values, np.nan)
    there = ~np.isnan(values)
    largest = np.where(there, values, -np.inf).max(axis=-1, initial=-np.inf)
    largest = np.where(np.isfinite(largest), largest, np.nan)
    over = times_over(largest, bar, int(hj663.table("decimals")["times_over"]))
    clause = gb3095.clause(limit_table(gb3095, item))
    return Exceedance(item, bar, clause, np.asarray((values > bar).sum(axis=-1)), np.asarray(there.sum(axis=-1)), largest, over)


@dataclass(frozen=True)
class Evaluation:
    """A period evaluated (时段评价). Arrays (…,)."""

    standings: tuple[Standing, ...]
    item_verdict: Mapping[str, NDArray[np.str_]]
    """by item: 超标 where one of its statistics is over, 数据不足 where one is missing, else 达标"""
    verdict: NDArray[np.str_]
    """of the six basic items together (综合达标评价): 超标 where one is over, 数据不足 where one cannot be judged"""
    valid_days: Mapping[str, NDArray[np.int64]]
    sufficient: Mapping[str, Flags]
    """by item: whether the rule of validity of every whole month and year is met"""
    basis: tuple[str, ...]
    """the standards, as printed"""
    judged: bool
    """False for a period (month, quarter …) whose statistics are only compared with the annual limits"""

    def standing(self, key: str) -> Standing:
        """One of the standings: ``standing("PM2.5_mean")``; LookupError otherwise."""
        for one in self.standings:
            if one.key == key:
                return one
        raise LookupError(f"没有统计量“{key}”；已有：{'、'.join(s.key for s in self.standings)}")


def evaluate_period(
    hj663: Edition, gb3095: Edition, dates: ArrayLike, days: Mapping[str, ArrayLike], *, phase: str = "", zone: int = CLASS_2,
    period: str = "year", excluded: ArrayLike | None = None,
) -> Evaluation:  # fmt: skip
    """A period against the limits: every statistic, times over, verdict per item and of all six (年、季、月评价). HJ 663 表1, 表2.

    Parameters
    ----------
    dates : (n_days,) every day of the period once, in order: missing days are NaN in `days`, not left out
    days : by column ``SO2, NO2, CO, O3_8h, PM10, PM2.5, TSP, NOx, Pb, BaP``, each (…, n_days)
    phase : of GB 3095, where its limits have phases: ``gb3095.phase(day).id``
    period : ``"year", "half", "quarter", "month", "week", "day"``: a quarter has its own limit for Pb
    excluded : days left out, such as recognised sand-dust days; they do not count as valid either

    A value with too few days behind it is 数据不足, never 达标; over the limit with too few days is 数据不足 as well, the value is
    shown. Where the dates are not whole natural periods (year to date), the statistics are there and the verdict is 时段未满.
    """
    row = hj663.row("period", period=period)
    column = arguments.moments(dates, "D", "日期")
    if column.ndim != 1 or column.size == 0 or (np.diff(column).astype(int) != 1).any():
        raise ValueError("日期须逐日连续、不空、不重复；缺测的日子在日值里留 NaN，不要漏掉")
    whole = bool(
        aggregate.period_of(column[:1], period)[0] == column[0] and aggregate.period_end(column[-1:], period)[0] == column[-1]
    )
    found = statistics(hj663, days, excluded=excluded)
    counts, enough = {}, {}
    for item in dict.fromkeys(r["item"] for r in statistic_rows(hj663)):
        if day_column(item) in days:
            there = ~np.isnan(_kept(days[day_column(item)], excluded, f"{item} 日值"))
            if there.shape[-1:] != column.shape:
                raise ValueError(f"{item}：日期 {column.size} 天，日值 {there.shape[-1] if there.ndim else 0} 个，须等长")
            counts[item] = np.asarray(there.sum(axis=-1))
            enough[item] = validity.sufficient(column, there, _rule(hj663, gb3095, item, period))
    standings = []
    for r in statistic_rows(hj663):
        key = f"{r['item']}_{r['statistic']}"
        if key in found:
            window = r.get(f"limit_{period}", r["limit"])
            standings.append(_standing(hj663, gb3095, r, found[key], window, enough[r["item"]], whole, phase, zone))
    by_item = {i: _worst([s.verdict for s in standings if s.item == i]) for i in counts}
    missing = [i for i in AIR if i not in by_item]
    shape = next(iter(counts.values())).shape if counts else ()
    six = [by_item[i] for i in AIR if i in by_item] + [np.full(shape, UNKNOWN) for _ in missing]
    named = tuple(dict.fromkeys((str(hj663), *(s.clause for s in standings), *([f"阶段 {phase}"] if phase else []))))
    return Evaluation(tuple(standings), by_item, _worst(six), counts, enough, named, bool(row["judged"]))


def _rule(hj663: Edition, gb3095: Edition, item: str, period: str) -> validity.Rule:
    for std in (gb3095, hj663):
        for window in ("quarter", "year") if period == "quarter" else ("year",):
            if std.rows("validity", item=item, window=window):
                return validity_rule(std, item, window)
    raise LookupError(f"{gb3095} 与 {hj663} 都没有 {item} 的有效性要求")


def _standing(
    hj663: Edition, gb3095: Edition, row: Mapping[str, Any], value: Numbers, window: str, enough: Flags, whole: bool,
    phase: str, zone: int,
) -> Standing:  # fmt: skip
    item = row["item"]
    bar = limit(gb3095, item, window, zone=zone, phase=phase)
    judged = rounding.half_even(value, places(hj663, item, "compliance"))
    over = times_over(judged, bar, int(hj663.table("decimals")["times_over"]))
    verdict = np.where(np.isnan(judged) | ~enough, UNKNOWN, np.where(judged > bar, EXCEEDED, MET) if whole else PARTIAL)
    clause = gb3095.clause(limit_table(gb3095, item))
    return Standing(item, row["statistic"], value, items.get(item, "air").unit, bar, window, clause, over, verdict)


def _worst(verdicts: list[NDArray[np.str_]]) -> NDArray[np.str_]:
    table = np.array(np.broadcast_arrays(*verdicts))
    out = np.full(table.shape[1:], MET)
    for verdict in (PARTIAL, UNKNOWN, EXCEEDED):
        out = np.where((table == verdict).any(axis=0), verdict, out)
    return out


@dataclass(frozen=True)
class Trend:
    """Trend of annual or other values over time (变化趋势). HJ 663 附录B."""

    r: float
    """Spearman's rank correlation"""
    n: int
    critical: float
    """smallest |r| of a significant trend at this n; NaN where there is none"""
    significant: bool
    word: str
    """上升, 下降, 无显著变化, or 数据不足"""
    clause: str


def trend(hj663: Edition, values: ArrayLike, *, level: str = "") -> Trend:
    """Whether a series of periods rises or falls (多年变化趋势, Spearman 秩相关). HJ 663 附录B.

    Parameters
    ----------
    values : (n,) one a period, in order; NaN are periods without a value and are left out with their place
    level : of significance, ``"0.05"`` or ``"0.01"``; by default that of the edition

    r and the critical value are compared to three decimals, as the table prints them: 0.8286 of six periods is 0.829.
    For a number of periods that the table lacks, the next smaller one's, which is stricter.
    """
    from_time = numbers(values, "趋势序列")
    if from_time.ndim != 1:
        raise ValueError(f"趋势序列须为一列，得到 {from_time.shape}")
    series = from_time[~np.isnan(from_time)]
    table = hj663.table("trend")
    level = level or table["level"]
    rows = [row for row in table["row"] if level in row]
    if not rows:
        raise LookupError(f"{hj663.clause('trend')} 没有显著性水平“{level}”；已有：0.05、0.01")
    clause = f"{hj663.clause('trend')}（α = {level}）"
    n = int(series.size)
    if n < int(table["at_least"]):
        return Trend(float("nan"), n, float("nan"), False, UNKNOWN, clause)
    r = float(ranking.spearman(series))
    critical = float(max((row for row in rows if row["n"] <= n), key=lambda row: int(row["n"]))[level])
    whole = rounding.steps(abs(r), int(table["decimals"]))
    significant = bool(whole >= rounding.steps(critical, int(table["decimals"])))
    words = table["words"]
    return Trend(r, n, critical, significant, words["none"] if not significant else words["up" if r > 0 else "down"], clause)


arguments.guard(__name__)
