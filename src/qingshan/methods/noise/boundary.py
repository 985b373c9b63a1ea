"""Emission noise at a boundary (厂界、边界、场界噪声): background correction and limits. GB 12348, GB 22337, GB 12523, HJ 706."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.methods.noise.areas import Judged, judge, limits_of
from qingshan.methods.noise.levels import checked
from qingshan.standards.edition import Edition
from qingshan.stats import rounding
from qingshan.stats.columns import Flags, Numbers, one_shape
from qingshan.terms import arguments
from qingshan.terms.registry import unknown


@dataclass(frozen=True)
class Corrected:
    """Measured levels with the background taken out (背景噪声修正)."""

    level: Numbers
    """corrected, rounded as HJ 706 says [dB(A)]; NaN where the background must first be lowered (`redo`)"""
    correction: Numbers
    """修正值 [dB]: 0 … −3; NaN where there is none"""
    redo: Flags
    """差值不足 3 dB: lower the background and measure again"""


def corrected(hj706: Edition, measured: ArrayLike, background: ArrayLike) -> Corrected:
    """Background correction (背景噪声修正). HJ 706—2014; GB 12348—2008 5.7.2, 5.7.3, 表4.

    The difference is rounded to a whole number first: 3 → −3; 4–5 → −2; 6–10 → −1; above 10 none; below 3 redo.

    Parameters
    ----------
    measured, background : array_like of one shape [dB(A)]; where no background was measured (NaN) there is no result
    """
    given, quiet = checked(measured, "噪声测量值"), checked(background, "背景噪声值")
    one_shape(噪声测量值=given.shape, 背景噪声值=quiet.shape)
    given, quiet = np.broadcast_arrays(given, quiet)
    rule, decimals = hj706.table("background"), int(hj706.table("decimals")["level"])
    tenths = rounding.steps(given, 4) - rounding.steps(quiet, 4)
    gap = rounding.steps(tenths / 10.0**4, 0)
    correction = np.where(gap > rule["most"], 0.0, np.nan)
    for row in rule["row"]:
        correction = np.where((gap >= row["from"]) & (gap <= row["to"]), float(row["correction"]), correction)
    return Corrected(rounding.half_even(given + correction, decimals), correction, np.asarray(gap < rule["least"]))


@dataclass(frozen=True)
class Emission(Judged):
    """Emission noise against its limit; `note` says for each value what was done or why nothing was."""

    correction: Numbers
    """修正值 [dB]"""
    note: NDArray[np.str_]


def emission(
    std: Edition, hj706: Edition, when: str, measured: ArrayLike, background: ArrayLike | None = None, *,
    zone: ArrayLike = "", room: str = "", indoors: bool = False, quiet: bool = False,
) -> Emission:  # fmt: skip
    """Whether emission noise meets its limit (噪声排放达标评价). GB 12348—2008, GB 22337—2008, GB 12523.

    Parameters
    ----------
    std : Edition of one of the three
    when : ``"day"`` or ``"night"``
    measured : array_like, Leq at the boundary [dB(A)]
    background : array_like [dB(A)]; where it was not measured (None, NaN), only a level below the limit can be judged: it meets it
        (HJ 706—2014 6.1), unless `quiet`
    zone : class of the functional area outside: 0 … 4 of GB 12348 and GB 22337; GB 12523 has none
    room : ``"A"`` or ``"B"`` for structure-borne noise indoors (GB 12348, GB 22337 表2)
    indoors : measured inside a noise-sensitive building because the boundary lies too near it: limit less 10
    quiet : the background is known to lie more than 10 dB(A) below, so that nothing is corrected

    Notes
    -----
    Below 3 dB of difference the level cannot be corrected. HJ 706: where the measured value exceeds the limit by 4 dB or less
    (rounded), it is within the limit; above, it cannot be judged until the background is lowered.
    """
    given = checked(measured, "噪声测量值")
    if background is not None and quiet:
        raise TypeError("background 与 quiet 只取一个")
    if room and indoors:
        raise TypeError("结构传播（room）与室内测量减 10（indoors）是两件事，只取一个")
    around = () if background is None else checked(background, "背景噪声值").shape
    shape = one_shape(测量值=given.shape, 背景值=around, 功能区=np.shape(np.asarray(zone, dtype=object)))
    given = np.array(np.broadcast_to(given, shape))
    bar, tables = _limits(std, when, zone, room, indoors, shape)
    decimals = int(hj706.table("decimals")["level"])
    if quiet:
        fixed = Corrected(rounding.half_even(given, decimals), np.zeros(shape), np.zeros(shape, bool))
        unsaid = np.zeros(shape, bool)
    else:
        beside = np.broadcast_to(checked(np.nan if background is None else background, "背景噪声值"), shape)
        fixed = corrected(hj706, given, beside)
        unsaid = ~np.isnan(given) & np.isnan(beside)
    below = unsaid & (rounding.steps(given, 4) < bar * 10.0**4)
    beyond = rounding.steps((rounding.steps(given, 4) - bar * 10.0**4) / 10.0**4, 0)
    least, most = float(hj706.table("background")["least"]), float(hj706.table("low_background")["most"])
    within = fixed.redo & (beyond <= most)
    level = np.where(within | below, np.minimum(rounding.half_even(given, decimals), bar), fixed.level)
    clauses = [std.clause(tables[0]), *([std.clause("indoors")] if indoors else []), hj706.clause("background")]
    clauses += [hj706.clause("low_background")] if within.any() else []
    clauses += [hj706.clause("below")] if below.any() else []
    marks = std.verify_of(*tables) + hj706.verify_of("background", "low_background", "below", "decimals")
    found = judge(level, bar, decimals, clauses, marks)
    short = f"差值不足 {least:g} dB"
    words = {
        "缺测": np.isnan(given),
        "测量值低于限值，未测背景，直接评价为达标": below,
        "没有背景值，测量值不低于限值，须测背景后评价": unsaid,
        f"{short}，测量值未超过限值，达标": within & (given <= bar),
        f"{short}，超出限值不多于 {most:g} dB，判为达标，结果写作小于限值": within,
        f"{short}，须降低背景后重测": fixed.redo,
        "已按背景修正": fixed.correction < 0,
    }
    note = np.select(list(words.values()), list(words), "不需修正")
    return Emission(
        found.level, found.limit, found.over, found.met, found.judged, found.rests_on, found.verify, fixed.correction, note.astype(str)
    )


def _limits(std: Edition, when: str, zone: ArrayLike, room: str, indoors: bool, shape: tuple[int, ...]) -> tuple[Numbers, list[str]]:
    if not room:
        bar = limits_of(std, "limit", "zone", zone, when, shape)
        return (bar - float(std.table("indoors")["less"]), ["limit", "indoors"]) if indoors else (bar, ["limit"])
    rooms = sorted({row["room"] for row in std.table("structure")["row"]})
    if room not in rooms:
        raise LookupError(f"{std.clause('structure')}：{unknown('房间类型', room, rooms)}")
    return limits_of(std, "structure", "zone", zone, when, shape, room=room), ["structure"]


def peak(std: Edition, lmax: ArrayLike, *, zone: ArrayLike = "", kind: str = "night") -> Judged:
    """Night Lmax of emission noise (夜间最大声级): limit plus 10 for 频发, 15 for 偶发 (GB 12348), plus 15 (GB 12523).

    Parameters
    ----------
    kind : ``"frequent"`` or ``"occasional"`` (频发、偶发) of GB 12348; ``"night"`` of GB 12523
    """
    given = checked(lmax, "最大声级")
    kinds = [row["kind"] for row in std.table("peak")["row"]]
    if kind not in kinds:
        raise LookupError(f"{std.clause('peak')}：{unknown('夜间噪声种类', kind, kinds)}")
    shape = one_shape(最大声级=given.shape, 功能区=np.shape(np.asarray(zone, dtype=object)))
    bar = limits_of(std, "limit", "zone", zone, "night", shape) + float(std.row("peak", kind=kind)["over"])
    clauses = [std.clause("limit"), std.clause("peak")]
    return judge(np.broadcast_to(given, shape), bar, 1, clauses, std.verify_of("limit", "peak"))


arguments.guard(__name__)
