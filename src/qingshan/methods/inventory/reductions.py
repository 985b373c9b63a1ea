"""Total reduction (总量减排): projects to tonnes per pollutant, against the assigned total; heavy metals by trade."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from qingshan.stats import rounding
from qingshan.terms import arguments
from qingshan.terms.registry import unknown

SIZES = {"g": 1e-6, "kg": 1e-3, "t": 1.0, "万t": 1e4}
"""Units a reduction may be given in, in tonnes"""


@dataclass(frozen=True)
class Project:
    """One reduction project (减排项目) and what it takes off one pollutant."""

    name: str
    pollutant: str
    amount: float
    unit: str = "t"
    trade: str = ""
    """industry (行业), for heavy metals"""
    accepted: bool = True
    """whether the reduction has been accepted (已核定); what is not does not count"""


@dataclass(frozen=True)
class Account:
    """One pollutant's account (减排量与下达任务)."""

    pollutant: str
    reduced: float
    """accepted [t]"""
    pending: float
    """reported, not accepted [t]"""
    assigned: float
    """[t]; NaN where none was assigned"""
    left: float
    """still wanting [t]; 0 where fulfilled, NaN where none was assigned"""
    rate: float
    """完成率 [%]"""
    met: bool
    projects: tuple[str, ...]


def reductions(projects: Iterable[Project], assigned: Mapping[str, float], *, unit: str = "t", trade: str = "") -> tuple[Account, ...]:
    """Reductions per pollutant against what was assigned (主要污染物总量减排完成情况).

    Parameters
    ----------
    projects : each with its own unit; the same project and pollutant twice raises ValueError
    assigned : pollutant → total asked for, in `unit`; a project of another pollutant is listed with no assignment
    trade : only projects of this industry (重点行业), empty for all
    """
    if unit not in SIZES:
        raise LookupError(unknown("单位", unit, SIZES))
    taken: dict[tuple[str, str], Project] = {}
    for project in projects:
        if project.unit not in SIZES:
            raise LookupError(f"{project.name}：{unknown('单位', project.unit, SIZES)}")
        if not isinstance(project.amount, int | float) or not 0 <= project.amount < float("inf"):
            raise ValueError(f"{project.name} {project.pollutant}：减排量 {project.amount}，须不小于 0 且有限；未知的不要写进来")
        if (project.name, project.pollutant) in taken:
            raise ValueError(f"“{project.name}”的{project.pollutant}减排量写了两次")
        if not trade or project.trade == trade:
            taken[project.name, project.pollutant] = project
    for pollutant, total in assigned.items():
        if not isinstance(total, int | float) or not 0 <= total < float("inf"):
            raise ValueError(f"{pollutant}下达任务 {total}，须不小于 0 且有限")
    names = [*assigned, *sorted({p.pollutant for p in taken.values()} - set(assigned))]
    return tuple(_account(name, [p for p in taken.values() if p.pollutant == name], assigned, SIZES[unit]) for name in names)


def _account(pollutant: str, mine: list[Project], assigned: Mapping[str, float], size: float) -> Account:
    done = float(rounding.half_even(sum(p.amount * SIZES[p.unit] for p in mine if p.accepted), 9))
    pending = float(rounding.half_even(sum(p.amount * SIZES[p.unit] for p in mine if not p.accepted), 9))
    goal = assigned[pollutant] * size if pollutant in assigned else float("nan")
    short = float(rounding.half_even(goal - done, 9))
    rate = float("nan") if not goal > 0 else float(rounding.half_even(done / goal * 100.0, 6))
    left = short if short != short else max(short, 0.0)
    return Account(pollutant, done, pending, goal, left, rate, short <= 0, tuple(p.name for p in mine))


arguments.guard(__name__)
