"""Functional areas (声环境功能区): limits, night bursts, and the share of point-times that comply. GB 3096, HJ 640."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.methods.noise.levels import checked
from qingshan.standards.edition import Edition
from qingshan.stats import rounding
from qingshan.stats.columns import Flags, Numbers, one_shape
from qingshan.terms import arguments
from qingshan.terms.registry import unknown

WHEN = {"day": "昼间", "night": "夜间"}
"""The two times of day, and their official words"""


@dataclass(frozen=True)
class Judged:
    """A column of levels against its limits. Every array has the shape of the levels; what is missing is not judged."""

    level: Numbers
    """as compared, rounded as the standard rounds [dB(A)]"""
    limit: Numbers
    """[dB(A)]"""
    over: Numbers
    """by how much the limit is exceeded (超标分贝数); 0 where it is met, NaN where not judged"""
    met: Flags
    """达标; False where not judged"""
    judged: Flags
    """whether there was a level"""
    rests_on: tuple[str, ...]
    """standard and clause, for people"""
    verify: tuple[str, ...]
    """what nobody has read in the source (待核实)"""


def time_of_day(when: str) -> str:
    """``"day"`` or ``"night"``, of these or of 昼间、夜间; LookupError otherwise."""
    for name, words in WHEN.items():
        if when in (name, words):
            return name
    raise LookupError(unknown("时段", when, [*WHEN, *WHEN.values()]))


def area_name(area: object) -> str:
    """The class of a functional area as its table writes it: ``2`` or ``"2类"`` is ``"2"``, ``"4A"`` is ``"4a"``."""
    if area is None or area != area:
        return ""
    if isinstance(area, float | np.floating) and float(area).is_integer():
        area = int(area)
    return str(area).strip().removesuffix("类区").removesuffix("类").strip().lower()


def limits_of(
    std: Edition, table: str, key: str, areas: ArrayLike, when: str | ArrayLike, shape: tuple[int, ...], **more: str
) -> Numbers:
    """The limits of a column of classes and times of day, spread to a shape; an unknown class raises LookupError with the known ones."""
    known = sorted({str(z) for row in std.table(table)["row"] for z in (row[key] if isinstance(row[key], list) else [row[key]])})

    def named(word: object) -> str:
        name = area_name(word)
        if name not in known:
            hint = "；4 类须写明 4a（道路等）或 4b（铁路干线）" if name == "4" and "4a" in known else ""
            raise LookupError(f"{std.clause(table)}：{unknown('功能区类别', name, known)}{hint}")
        return name

    names, at = _distinct(areas, shape, named)
    times, then = _distinct(when, shape, lambda word: time_of_day(str(word)))
    bars = np.array([[float(std.row(table, **{key: name}, **more)[time]) for time in times] for name in names])
    return np.asarray(bars[at, then] if bars.size else np.full(shape, np.nan), float)


def _distinct(values: ArrayLike, shape: tuple[int, ...], read: Callable[[object], str]) -> tuple[list[str], NDArray[np.intp]]:
    """The distinct words of a column as `read` gives them, and which of them stands at every place of a shape.

    Each word is compared with the whole column once, so a million rows cost as many passes as there are words; a word that `read`
    refuses ends it.
    """
    given = values if isinstance(values, np.ndarray) else np.asarray(values, dtype=object)
    column, found = given.ravel(), np.zeros(given.size, np.intp)
    names: list[str] = []
    left = np.ones(column.size, bool)
    while left.any():
        word = column[left.argmax()]
        same = np.asarray(column == word) & left
        same[left.argmax()] = True  # NaN 不等于自身
        name = read(word.item() if isinstance(word, np.generic) else word)
        if name not in names:
            names.append(name)
        found[same] = names.index(name)
        left &= ~same
    return names, np.broadcast_to(found.reshape(given.shape), shape)


def _shape(words: ArrayLike) -> tuple[int, ...]:
    return words.shape if isinstance(words, np.ndarray) else np.shape(np.asarray(words, dtype=object))


def limit(gb3096: Edition, area: object, when: str) -> float:
    """The limit of one functional area (环境噪声限值) [dB(A)]: ``limit(std, "4a", "night") == 55``. GB 3096—2008 表1."""
    return float(limits_of(gb3096, "limit", "area", area_name(area), when, ()))


def judge(levels: ArrayLike, limits: Numbers, decimals: int, rests_on: Iterable[str], verify: Iterable[str]) -> Judged:
    """Levels against limits, rounded once and compared exactly (达标评价)."""
    given = checked(levels)
    steps = rounding.steps(given, decimals)
    judged = ~np.isnan(steps)
    bar = np.rint(limits * 10.0**decimals)
    over = np.where(judged, np.maximum(steps - bar, 0.0), np.nan) / 10.0**decimals
    met = np.asarray(judged & (steps <= bar))
    return Judged(np.divide(steps, 10.0**decimals), limits, over, met, np.asarray(judged), tuple(rests_on), tuple(verify))


def meets(gb3096: Edition, area: ArrayLike, when: str | ArrayLike, levels: ArrayLike) -> Judged:
    """Whether levels meet the limits of their functional areas (声环境功能区达标评价). GB 3096—2008 5.1, 表1.

    Parameters
    ----------
    area : class ``0, 1, 2, 3, 4a, 4b`` of each level, or one for all; ``4`` alone is refused
    when : ``"day"`` or ``"night"`` (昼间、夜间) of each level, or one for all
    levels : array_like [dB(A)]: Ld or Ln
    """
    given = checked(levels)
    shape = one_shape(声级=given.shape, 功能区=_shape(area), 时段=_shape(when))
    bar = limits_of(gb3096, "limit", "area", area, when, shape)
    spread = np.broadcast_to(given, shape)
    return judge(spread, bar, int(gb3096.table("decimals")["level"]), [gb3096.clause("limit")], gb3096.verify_of("limit", "decimals"))


def sudden(gb3096: Edition, area: ArrayLike, lmax: ArrayLike) -> Judged:
    """Night bursts (夜间突发噪声): Lmax against the night limit plus 15 dB(A). GB 3096—2008 5.4."""
    given = checked(lmax, "最大声级")
    shape = one_shape(声级=given.shape, 功能区=_shape(area))
    bar = limits_of(gb3096, "limit", "area", area, "night", shape) + float(gb3096.table("sudden")["over"])
    marks = gb3096.verify_of("limit", "sudden", "decimals")
    clauses = [gb3096.clause("limit"), gb3096.clause("sudden")]
    return judge(np.broadcast_to(given, shape), bar, int(gb3096.table("decimals")["level"]), clauses, marks)


@dataclass(frozen=True)
class Compliance:
    """Point-times that comply (达标点次), one time of day, one class or all."""

    area: str
    """class, ``""`` for all"""
    when: str
    met: int
    times: int
    missing: int
    """point-times without a level: not in `times`, but to be explained"""
    rate: float
    """达标率 [%], rounded as HJ 640 says; NaN without a point-time"""


def functional(hj640: Edition, gb3096: Edition, area: ArrayLike, day: ArrayLike, night: ArrayLike) -> tuple[Compliance, ...]:
    """Compliance of functional areas by point-times (功能区声环境质量达标率), each class, then all. HJ 640—2012 6.4.

    Parameters
    ----------
    area : (n,) class of each point-time
    day, night : (n,) Ld and Ln [dB(A)]; NaN where missing
    """
    classes: NDArray[np.str_] = np.array([area_name(a) for a in np.asarray(area, dtype=object).ravel()], dtype=str)
    decimals = int(hj640.table("functional")["rate"])
    found = []
    for when, levels in (("day", day), ("night", night)):
        given = np.asarray(checked(levels)).ravel()
        if given.shape != classes.shape:
            raise ValueError(f"功能区类别 {classes.shape} 与{WHEN[when]}声级 {given.shape} 须等长")
        judged = meets(gb3096, classes.astype(object), when, given)
        for name in [*sorted(set(classes.tolist())), ""]:
            mine = classes == name if name else np.ones(classes.shape, bool)
            times, met = int((judged.judged & mine).sum()), int((judged.met & mine).sum())
            rate = float(np.divide(rounding.mean_steps(met * 100.0 * 10**decimals, times), 10.0**decimals))
            found.append(Compliance(name, when, met, times, int((~judged.judged & mine).sum()), rate))
    return tuple(found)


arguments.guard(__name__)
