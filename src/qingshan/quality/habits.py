"""Habits of people (操作习惯): calibrations, status marks, inspections, power against discharge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.quality.limits import many
from qingshan.quality.series import clean, spans, whole
from qingshan.stats.columns import Flags, Numbers, single, truths
from qingshan.terms import arguments


def _hours(times: ArrayLike, what: str) -> NDArray[np.int64]:
    at = arguments.moments(times, "s", what).ravel()
    return np.sort(at[~np.isnat(at)].astype(np.int64))


def _places(values: ArrayLike, size: int, what: str) -> NDArray[np.int64]:
    at = clean(np.atleast_1d(np.asarray(values)), what) if np.size(values) else np.empty(0)
    if at.size and (np.isnan(at).any() or at.min() < 0 or at.max() >= size or (at != np.rint(at)).any()):
        raise ValueError(f"{what}须为 0 至 {size - 1} 的小时序号")
    return at.astype(np.int64)


def rare_calibrations(calibrations: ArrayLike, size: int, *, most_days: float) -> NDArray[np.int64]:
    """Gaps between calibrations longer than allowed (校准逾期), rows (start, stop) of hours; the period ends what it cuts.

    Parameters
    ----------
    calibrations : hour of each on an axis of `size` hours
    """
    at = np.unique(_places(calibrations, whole(size, "小时数", 0), "校准"))
    edges = np.concatenate([[0], at, [size]]).astype(np.int64)
    late = np.flatnonzero(np.diff(edges) > 24 * single(most_days, "天数"))
    return np.column_stack([edges[late], edges[late + 1]])


@dataclass(frozen=True)
class Timely:
    """Acts that follow a rise of the values (随高值而动)."""

    acts: int
    after: int
    """acts that begin within the hours after a rise"""
    usual: float
    """share of all hours that are such hours"""
    odds: float
    """log10 of the chance of so many"""
    places: NDArray[np.int64]
    """hours of the acts that do"""


def acts_after_rises(acts: ArrayLike, values: ArrayLike, level: float, *, hours: int) -> Timely:
    """Marks, calibrations or changes of parameters that begin just after values pass a level (超标即标记、超标即调参).

    Parameters
    ----------
    acts : place of each act on the hour axis of `values`
    level : 0.9 of the limit, say; an hour counts from the first above it on, and so many hours after it
    """
    column, hours = clean(values), whole(hours, "小时数")
    places = np.unique(_places(acts, column.size, "acts"))
    near = np.zeros(column.size, bool)
    for start, _ in spans(column > single(level, "水平")).tolist():
        near[start : start + hours + 1] = True
    after = places[near[places]]
    usual = float(near.mean()) if near.size else 0.0
    return Timely(int(places.size), int(after.size), usual, many(int(after.size), int(places.size), usual) if places.size else 0.0, after)


@dataclass(frozen=True)
class Covered:
    """Hours over the limit that stand under a mark (标记遮盖超标)."""

    over: int
    covered: int
    marked: float
    """share of all hours that are marked"""
    odds: float
    """log10 of the chance of so many episodes"""
    places: NDArray[np.int64]


def covered(values: ArrayLike, limit: float, marked: ArrayLike) -> Covered:
    """Episodes over the limit that stand under marks, against the share of hours marked (标记与超标的重合), whole episodes counted once."""
    column, marks = clean(values), truths(marked, "标记").ravel()
    if marks.size != column.size:
        raise ValueError(f"标记与数据须等长，得到 {marks.size} 与 {column.size}")
    over = column > single(limit, "限值")
    episodes = spans(over)
    under = sum(bool(marks[a:b].any()) for a, b in episodes.tolist())
    share = float(marks.mean()) if marks.size else 0.0
    # 时段越长，碰上标记的机会越大
    usual = np.minimum(share + (episodes[:, 1] - episodes[:, 0] - 1) * len(spans(marks)) / max(marks.size, 1), 1.0)
    odds = many(under, len(episodes), float(usual.mean())) if len(episodes) else 0.0
    return Covered(int(over.sum()), int((over & marks).sum()), share, odds, np.flatnonzero(over & marks))


def same_hour(times: ArrayLike) -> tuple[int, int, int, float]:
    """The hour of the week (weekday from Monday = 0, hour) in which most acts begin (固定时刻), how many do, and log10 of the chance."""
    at = _hours(times, "时间")
    if not at.size:
        return 0, 0, 0, 0.0
    slot = (at // 3600 + 72) % 168  # 1970-01-01 为星期四
    slot_of, count = np.unique(slot, return_counts=True)
    best = int(np.argmax(count))
    odds = many(int(count[best]), int(at.size), 1 / 168) + np.log10(168)
    return int(slot_of[best] // 24), int(slot_of[best] % 24), int(count[best]), float(min(odds, 0.0))


@dataclass(frozen=True)
class Effect:
    """What inspections do to values (检查效应)."""

    change: float
    """mean of ln(values) about the visits, less before and after"""
    score: float
    """over what visits at any other time would give"""
    visits: int


def visit_effect(values: ArrayLike, visits: ArrayLike, *, hours: int, offset: float) -> Effect:
    """Values about inspections against those before and after (检查期间下降、之后反弹).

    Parameters
    ----------
    visits : places on the hour axis
    hours : to each side of a visit; before and after are as long again on each side
    offset : added to the values [their unit]
    """
    column, hours, offset = clean(values), whole(hours, "小时数"), single(offset, "加数")
    width = 2 * hours + 1
    if offset <= 0 or column.size < 3 * width:
        return Effect(np.nan, np.nan, 0)
    level = np.where(column >= 0, column, np.nan)
    level = np.log(level + offset)
    good = ~np.isnan(level)
    total = np.concatenate([[0.0], np.cumsum(np.where(good, level, 0.0))])
    count = np.concatenate([[0], np.cumsum(good)])
    n = count[width:] - count[:-width]
    mean = np.where(2 * n >= width, (total[width:] - total[:-width]) / np.maximum(n, 1), np.nan)
    contrast = mean[width:-width] - (mean[: -2 * width] + mean[2 * width :]) / 2
    at = np.rint(clean(np.atleast_1d(np.asarray(visits)))) - width - hours
    at = at[(at >= 0) & (at < contrast.size)].astype(np.int64)
    seen, all_ = contrast[at], contrast[~np.isnan(contrast)]
    seen = seen[~np.isnan(seen)]
    if not seen.size or all_.size < width:
        return Effect(np.nan, np.nan, int(seen.size))
    sd = max(1.4826 * float(np.median(np.abs(all_ - np.median(all_)))), 1e-6)
    return Effect(float(seen.mean()), float((seen.mean() - np.median(all_)) / (sd / np.sqrt(seen.size))), int(seen.size))


def treatment_off(production: ArrayLike, treatment: ArrayLike, *, running: float, off: float, hours: int) -> NDArray[np.int64]:
    """Spans in which production draws power and treatment does not (产污设施开、治污设施停), at least so many hours [kW]."""
    made, treated = clean(production, "生产用电"), clean(treatment, "治污用电")
    return _long((made > single(running, "运行功率")) & (treated <= single(off, "停运功率")), hours, made, treated)


def discharge_without_power(flow: ArrayLike, production: ArrayLike, *, least: float, off: float, hours: int) -> NDArray[np.int64]:
    """Spans in which outlet flows while production draws no power (停产仍有排放), at least so many hours."""
    out, made = clean(flow, "流量"), clean(production, "生产用电")
    return _long((out > single(least, "流量")) & (made <= single(off, "停运功率")), hours, out, made)


def stopped_but_live(values: ArrayLike, stopped: ArrayLike, *, hours: int, tolerance: float) -> NDArray[np.int64]:
    """Spans marked stopped (停运标记) whose values still move by more than `tolerance` (标停未停), at least so many hours."""
    column, marks = clean(values), truths(stopped, "停运标记").ravel()
    if marks.size != column.size:
        raise ValueError(f"停运标记与数据须等长，得到 {marks.size} 与 {column.size}")
    moved = np.concatenate([[False], np.abs(np.diff(column)) > single(tolerance, "容差")])
    found = [(a, b) for a, b in _long(marks, hours, column, column).tolist() if moved[a + 1 : b].sum() * 2 >= b - a - 1]
    return np.array(found, np.int64).reshape(-1, 2)


def _long(flags: Flags, hours: int, one: Numbers, two: Numbers) -> NDArray[np.int64]:
    if one.size != two.size:
        raise ValueError(f"两列须等长，得到 {one.size} 与 {two.size}")
    found = spans(flags)
    return found[found[:, 1] - found[:, 0] >= whole(hours, "小时数")]


arguments.guard(__name__)
