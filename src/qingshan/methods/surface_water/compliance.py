"""Compliance with target classes (断面达标), shares with the year's frozen list, rivers, and what must stay met (保持)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.methods.surface_water.classes import WORST
from qingshan.methods.surface_water.columns import Classes, checked_classes
from qingshan.stats.columns import Flags, Numbers, numbers, single
from qingshan.terms import arguments
from qingshan.terms.registry import unknown

YEAR = {"mean": "按年均值", "months": "按达标月数"}
"""Ways to judge a year (年度达标口径)"""
ABSENT = {"kept": "计入分母，不计入分子", "last": "沿用最近一次类别", "left_out": "不计入分母", "refuse": "缺一不算"}
"""What a section without data does to a share (无数据断面): a choice of the assessment, named with the result"""


def _targets(target: ArrayLike, shape: tuple[int, ...]) -> Classes:
    goal = checked_classes(target, "目标类别", 5)
    try:
        return np.broadcast_to(goal, shape)
    except ValueError:
        raise ValueError(f"目标类别 {goal.shape} 与水质类别 {shape} 须同形，或只给一个") from None


def meets_target(classes: ArrayLike, target: ArrayLike) -> Numbers:
    """Whether each class meets its target (达标): 1, 0; NaN without class or target. The target class itself meets it (含本类).

    Parameters
    ----------
    classes : 1 … 6, 0 none
    target : 1 … 5, 0 none; one or an array
    """
    given = checked_classes(classes)
    goal = _targets(target, given.shape)
    return np.where((given == 0) | (goal == 0), np.nan, (given <= goal).astype(float))


def year_meets(
    monthly: ArrayLike, target: ArrayLike, *, by: str, mean_class: ArrayLike | None = None, months: int = 1, share: float = 100.0
) -> tuple[Numbers, NDArray[np.str_]]:
    """Whether sections meet their target over a year or the year to date (年度、累计达标), and why.

    Parameters
    ----------
    monthly : (n, k) monthly classes, 0 none
    target : (n,) or one
    by : ``"mean"``: the class of the means of the period (`mean_class`, (n,)) decides; ``"months"``: the months that meet over the months
        with data, at least `share` per cent
    months : least number of months with data; fewer is not enough data

    Returns
    -------
    met, words : (n,): 1, 0 or NaN; words say how many months, or what is missing
    """
    if by not in YEAR:
        raise LookupError(unknown("年度达标口径", by, YEAR))
    given = checked_classes(monthly)
    if given.ndim != 2:
        raise ValueError(f"逐月类别须为 断面 × 月，得到 {given.shape}")
    goal = _targets(target, given.shape[:1])
    met = meets_target(given, goal[:, None])
    with_data, good = (given > 0).sum(axis=1), (met == 1).sum(axis=1)
    enough = (with_data >= max(months, 1)) & (goal > 0)
    if by == "mean":
        if mean_class is None:
            raise ValueError("按年均值判定须给 mean_class（均值的类别），不能由逐月类别代替")
        of_means = checked_classes(mean_class, "均值类别")
        if of_means.shape != goal.shape:
            raise ValueError(f"均值类别 {of_means.shape} 与断面 {goal.shape} 须等长")
        found = np.where(enough, meets_target(of_means, goal), np.nan)
    else:
        rate = np.divide(100.0 * good, with_data, out=np.full(given.shape[0], np.nan), where=with_data > 0)
        found = np.where(enough, (rate >= share - 1e-9).astype(float), np.nan)
    words = [
        "没有目标类别" if goal[k] == 0
        else f"数据不足：有数据 {with_data[k]} 个月，少于 {max(months, 1)} 个月" if not enough[k]
        else "均值没有类别" if np.isnan(found[k])
        else f"{YEAR[by]}{'达标' if found[k] else '不达标'}；{with_data[k]} 个月有数据，{good[k]} 个月达标"
        for k in range(given.shape[0])
    ]  # fmt: skip
    return found, np.array(words or [""])[: given.shape[0]]


@dataclass(frozen=True)
class Frozen:
    """The sections of a year's assessment (年度考核断面名单), fixed: the denominator does not change during the year."""

    names: tuple[str, ...]

    def __post_init__(self) -> None:
        twice = sorted({n for n in self.names if self.names.count(n) > 1})
        if twice:
            raise ValueError(f"考核断面名单重复：{'、'.join(twice)}")
        if not self.names:
            raise ValueError("考核断面名单是空的")

    def align(self, names: Sequence[str], classes: ArrayLike) -> Classes:
        """Classes in the order of the list, 0 for sections without a row; LookupError for a section that is not of the list."""
        given = checked_classes(classes)
        if len(names) != given.size:
            raise ValueError(f"{len(names)} 个断面名与 {given.size} 个类别须等长")
        seen = set()
        out = np.zeros(len(self.names), np.int8)
        for name, cls in zip(names, given.ravel().tolist(), strict=True):
            if name not in self.names:
                raise LookupError(unknown("考核断面", name, self.names))
            if name in seen:
                raise ValueError(f"断面“{name}”有两行")
            seen.add(name)
            out[self.names.index(name)] = cls
        return out


@dataclass(frozen=True)
class Shares:
    """Shares of good and of worst sections (优良比例、劣Ⅴ类比例), with the denominator and its policy."""

    good: int
    """Ⅰ–Ⅲ"""
    worst: int
    """劣Ⅴ"""
    met: int
    """sections meeting their target; −1 without targets"""
    denominator: int
    without: int
    """sections without data in the period"""
    policy: str

    @property
    def good_share(self) -> float:
        """Ⅲ类以上断面比例: Ⅰ–Ⅲ, Ⅲ included [%]; NaN where the policy gives none."""
        return 100 * self.good / self.denominator if self.denominator else float("nan")

    @property
    def worst_share(self) -> float:
        """劣Ⅴ类断面比例 [%]."""
        return 100 * self.worst / self.denominator if self.denominator else float("nan")

    @property
    def met_share(self) -> float:
        """达标率 [%]; NaN without targets."""
        return 100 * self.met / self.denominator if self.denominator and self.met >= 0 else float("nan")


def shares(
    classes: ArrayLike, *, absent: str, target: ArrayLike | None = None, last: ArrayLike | None = None
) -> Shares:  # fmt: skip
    """Shares over the year's frozen list (优良、劣Ⅴ、达标比例).

    Parameters
    ----------
    classes : (n,) one each section of the list, 0 without data (:meth:`Frozen.align`)
    absent : what a section without data does: ``"kept"`` in the denominator only; ``"last"`` takes its latest class (`last`, (n,));
        ``"left_out"`` of the denominator; ``"refuse"``: no share at all
    target : (n,) target classes, for the share that meets
    """
    if absent not in ABSENT:
        raise LookupError(unknown("无数据断面的处理", absent, ABSENT))
    given = checked_classes(classes).ravel()
    without = int((given == 0).sum())
    if absent == "last":
        if last is None:
            raise ValueError("沿用最近一次类别须给 last")
        earlier = checked_classes(last).ravel()
        if earlier.shape != given.shape:
            raise ValueError(f"last {earlier.shape} 与断面 {given.shape} 须等长")
        given = np.where(given == 0, earlier, given)
    denominator = int((given > 0).sum()) if absent == "left_out" else given.size
    if absent == "refuse" and without:
        denominator = 0
    met = -1 if target is None else int((meets_target(given, target) == 1).sum())
    return Shares(int(((given > 0) & (given <= 3)).sum()), int((given == WORST).sum()), met, denominator, without, ABSENT[absent])


def rivers_meet(river: ArrayLike, met: ArrayLike) -> dict[str, float]:
    """River → whether all its sections meet (河流达标): 1, 0 where one fails, NaN where none fails and one has no answer.

    Parameters
    ----------
    river : (n,) names; a section of no river is refused
    met : (n,) 1, 0, NaN of :func:`meets_target` or :func:`year_meets`
    """
    names, flags = np.asarray(river, object).ravel(), numbers(met, "达标情况").ravel()
    if names.shape != flags.shape:
        raise ValueError(f"河流 {names.shape} 与达标 {flags.shape} 须等长")
    blank = [k + 1 for k, n in enumerate(names) if n is None or not str(n).strip() or n != n]
    if blank:
        raise ValueError(f"第 {'、'.join(map(str, blank[:8]))} 个断面没有河流名")
    out: dict[str, float] = {}
    for name in dict.fromkeys(str(n).strip() for n in names):
        mine = flags[[str(n).strip() == name for n in names]]
        out[name] = 0.0 if (mine == 0).any() else float("nan") if np.isnan(mine).any() else 1.0
    return out


@dataclass(frozen=True)
class Kept:
    """Whether something stayed met in every period (保持、稳定达标)."""

    kept: Numbers
    """1: every period meets; 0: one fails; NaN: none fails, and one has no data: not proven"""
    failed: Flags
    """(…, k) the periods that fail"""
    gone: Flags
    """(…, k) the periods without data"""

    @property
    def first_break(self) -> NDArray[np.int64]:
        """Place of the first period that fails; −1 none."""
        return np.asarray(np.where(self.failed.any(axis=-1), self.failed.argmax(axis=-1), -1), np.int64)

    @property
    def without(self) -> NDArray[np.int64]:
        """Periods without data."""
        return np.asarray(self.gone.sum(axis=-1), np.int64)

    def words(self) -> NDArray[np.str_]:
        """In words: ``各期均保持``, ``第 3 期未保持``, ``第 2 期没有数据，不能认定保持``."""
        failed, gone = (m.reshape(-1, m.shape[-1]) for m in (self.failed, self.gone))
        said = [
            f"第 {_places(f)} 期未保持" if f.any() else f"第 {_places(g)} 期没有数据，不能认定保持" if g.any() else "各期均保持"
            for f, g in zip(failed, gone, strict=True)
        ]
        return np.array(said or [""])[: failed.shape[0]].reshape(self.failed.shape[:-1])


def _places(flags: Flags) -> str:
    return "、".join(str(k + 1) for k in np.flatnonzero(flags))


def stays(met: ArrayLike) -> Kept:
    """Rolling check that no period falls out (保持稳定达标). `met`: (…, k) of 1, 0, NaN in order of time."""
    given = numbers(met, "逐期达标情况")
    if given.ndim == 0 or given.shape[-1] == 0:
        raise ValueError("保持达标要逐期的达标情况，至少一期")
    failed, gone = given == 0, np.isnan(given)
    kept = np.where(failed.any(axis=-1), 0.0, np.where(gone.any(axis=-1), np.nan, 1.0))
    return Kept(kept, failed, gone)


def stays_at_least(values: ArrayLike, level: float) -> Kept:
    """As :func:`stays` for a number that may never fall below a level: ``stays_at_least(monthly_share, 100)`` (保持 100 %)."""
    given, bar = numbers(values, "各期数值"), single(level, "目标（未下达时不能判断保持）")
    return stays(np.where(np.isnan(given), np.nan, (given >= bar - 1e-9).astype(float)))


arguments.guard(__name__)
