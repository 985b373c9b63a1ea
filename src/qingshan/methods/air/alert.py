"""Heavy-pollution alert levels (重污染天气预警分级): which level a series of daily values triggers, on which days, by which words.

The conditions are data (``standards/data/warning``): national editions of 2017, 2018 and 2024; a province's or city's own is a
file of its own in the bureau's ``standards`` folder, with its region.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.standards.edition import Edition
from qingshan.stats.columns import Flags, Numbers, numbers
from qingshan.terms import arguments

Run = tuple[int, int]
"""First and last day of a run, as places in the series"""


@dataclass(frozen=True)
class Trigger:
    """One condition of the rule that holds (触发条款)."""

    level: int
    title: str
    words: str
    """``AQI 大于 200 持续 72 小时及以上，且大于 300 持续 24 小时及以上``"""
    start: np.datetime64
    end: np.datetime64


@dataclass(frozen=True)
class Alert:
    """One episode that calls for an alert (一次预警过程)."""

    level: int
    title: str
    """红色, 橙色, 黄色"""
    start: np.datetime64
    """first day of the episode"""
    end: np.datetime64
    """last day that meets a condition"""
    peak: float
    triggers: tuple[Trigger, ...]
    """every condition that holds, the highest level first"""
    issue_by: np.datetime64
    """latest hour to issue it: 24 hours ahead of the first day"""
    lift: np.datetime64 | None
    """first day of the clean spell that lifts it; None where the series ends before one"""
    clause: str
    measures: str = ""
    """how to respond where the cause makes a difference (差异化应对)"""


def _runs(flags: Flags) -> list[Run]:
    edges = np.flatnonzero(np.diff(np.r_[False, flags, False].astype(np.int8)))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _bar(condition: Mapping[str, Any]) -> float:
    return float(condition.get("above", condition.get("reach", 0)))


def _holds(condition: Mapping[str, Any], values: Numbers) -> Flags:
    return np.asarray(values > _bar(condition) if "above" in condition else values >= _bar(condition))


def _spells(condition: Mapping[str, Any], values: Numbers, step: int) -> list[Run]:
    """The runs in which a condition holds for as long as it asks."""
    return [(a, b) for a, b in _runs(_holds(condition, values)) if (b - a + 1) * step >= int(condition["hours"])]


def _group(conditions: Sequence[Mapping[str, Any]], values: Numbers, step: int) -> list[Run]:
    """The runs of the widest condition inside which every other holds too (“且”)."""
    widest = min(conditions, key=_bar)
    others = [c for c in conditions if c is not widest]
    return [
        (a, b) for a, b in _spells(widest, values, step) if all(_spells(other, values[a : b + 1], step) for other in others)
    ]  # fmt: skip


def _words(metric: str, conditions: Sequence[Mapping[str, Any]]) -> str:
    parts = [f"{'大于' if 'above' in c else '达到'} {_bar(c):g} 持续 {int(c['hours'])} 小时及以上" for c in conditions]
    return f"{metric} " + "，且".join(parts)


def _triggers(rule: Edition, values: Numbers) -> list[tuple[int, str, str, Run]]:
    table = rule.table("level")
    step = int(table["step_hours"])
    return [
        (int(row["level"]), row["title"], _words(table["metric"], conditions), run)
        for row in table["row"]
        for conditions in row["any"]
        for run in _group(conditions, values, step)
    ]


def _series(rule: Edition, values: ArrayLike) -> Numbers:
    metric = rule.table("level")["metric"]
    column = numbers(values, metric)
    if column.ndim != 1:
        raise ValueError(f"{metric} 须为一列逐日值，得到 {column.shape}")
    if (column < 0).any() or np.isinf(column).any():
        raise ValueError(f"{metric} 有负值或无穷大；缺测用 NaN")
    return column


def alert_levels(rule: Edition, values: ArrayLike) -> NDArray[np.int8]:
    """The alert level of every day: 4 red, 3 orange, 2 yellow, 1 blue (2017 only), 0 none. 预警分级标准.

    Parameters
    ----------
    rule : Edition of 重污染天气预警分级
    values : (n_days,) daily AQI (or what the edition's ``metric`` says), forecast or observed, days in order without gaps: NaN is
        a day without a value and ends a run

    A day carries the level of the run it lies in: all three days of 210, 210, 310 are red under the 2024 rule.
    """
    column = _series(rule, values)
    out = np.zeros(column.size, np.int8)
    for level, _, _, (a, b) in _triggers(rule, column):
        out[a : b + 1] = np.maximum(out[a : b + 1], level)
    return out


def alerts(rule: Edition, dates: ArrayLike, values: ArrayLike, *, primary: Sequence[str] = ()) -> tuple[Alert, ...]:
    """The episodes of a series that call for an alert, each at its highest level (预警过程). 预警分级标准.

    Two runs without a spell between them clean enough to lift the alert are one episode at the stricter level; their lengths do
    not add up. The alert is lifted where the days are light or better (AQI ≤ 150) for at least the hours the edition says.

    Parameters
    ----------
    dates, values : (n_days,), every day once, in order; NaN is a day without a value
    primary : primary pollutant of each day (``"O3"``, ``"PM2.5,PM10"``), for the differentiated response where the edition has one
    """
    column, days = _series(rule, values), arguments.moments(dates, "D", "日期")
    if days.shape != column.shape or (np.diff(days).astype(int) != 1).any():
        raise ValueError("日期须逐日连续、与数据等长；缺的日子留 NaN")
    if len(primary) not in (0, days.size):
        raise ValueError(f"首要污染物 {len(primary)} 个与日期 {days.size} 天须等长")
    found = sorted(_triggers(rule, column), key=lambda t: (-t[0], t[3]))
    covered = np.zeros(column.size, bool)
    for _, _, _, (a, b) in found:
        covered[a : b + 1] = True
    clean = _clean_runs(rule, column)
    episodes = _merged(rule, column, _runs(covered), clean)
    mine_of: dict[int, list[tuple[int, str, str, Run]]] = {k: [] for k in range(len(episodes))}
    firsts = [a for a, _ in episodes]
    for trigger in found:
        mine_of[bisect_right(firsts, trigger[3][0]) - 1].append(trigger)
    out = []
    for k, (start, end) in enumerate(episodes):
        mine = mine_of[k]
        triggers = tuple(Trigger(level, title, words, days[a], days[b]) for level, title, words, (a, b) in mine)
        ahead = np.timedelta64(int(rule.table("release")["ahead_hours"]), "h")
        out.append(
            Alert(
                triggers[0].level, triggers[0].title, days[start], days[end], float(np.nanmax(column[start : end + 1])), triggers,
                days[start].astype("datetime64[h]") - ahead, _lift(clean, days, end), rule.clause("level"),
                _measures(rule, primary[start : end + 1], column[start : end + 1]),
            )
        )  # fmt: skip
    return tuple(out)


def _clean_runs(rule: Edition, values: Numbers) -> list[Run]:
    release = rule.table("release")
    step = int(rule.table("level")["step_hours"])
    clean = values <= float(release["lift_below"])
    return [(a, b) for a, b in _runs(clean) if (b - a + 1) * step >= int(release["lift_hours"])]


def _merged(rule: Edition, values: Numbers, runs: list[Run], clean: list[Run]) -> list[Run]:
    """Runs that nothing between them separates become one episode: neither a clean spell nor a day without a value."""
    out: list[Run] = []
    for a, b in runs:
        gap = values[out[-1][1] + 1 : a] if out else values[:0]
        if out and rule.table("episode")["merge"] and not np.isnan(gap).any() and not _within(clean, out[-1][1] + 1, a - 1):
            out[-1] = (out[-1][0], b)
        else:
            out.append((a, b))
    return out


def _within(clean: list[Run], first: int, last: int) -> bool:
    """Whether a clean spell lies between two days: no spell reaches beyond them, for the days around are not clean."""
    k = bisect_left(clean, (first, -1))
    return k < len(clean) and clean[k][1] <= last


def _lift(clean: list[Run], days: NDArray[np.datetime64], end: int) -> np.datetime64 | None:
    k = bisect_left(clean, (end + 1, -1))
    return days[clean[k][0]] if k < len(clean) else None


def _measures(rule: Edition, primary: Sequence[str], values: Numbers) -> str:
    """The response to the cause of the worst day; empty where the edition makes no difference or no cause is given."""
    if not primary or "response" not in rule.tables:
        return ""
    cause = primary[int(np.nanargmax(values))].replace("、", ",").split(",")
    rows = rule.table("response")["row"]
    return "；".join(r["measures"] for r in rows if set(r["cause"]) & {c.strip() for c in cause})


def alert_action(issued: int, now: int) -> str:
    """What to do with an alert already issued when the forecast changes: 发布, 升级, 维持, 降级, 解除 or 无. Levels as above."""
    if issued == now:
        return "维持" if now else "无"
    if not issued:
        return "发布"
    return "解除" if not now else "升级" if now > issued else "降级"


arguments.guard(__name__)
