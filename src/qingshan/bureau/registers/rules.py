"""Rules on entries, declared as data: grade (定级), what falls due (到期), completeness (完整度). Knows no database and no clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field as Key
from pydantic import model_validator

from qingshan.bureau.base.packs.declared import Part


class Condition(Part):
    """One condition on an entry, with the words that say why when it holds."""

    words: str = Key(min_length=1)
    """the reason as people read it: 裸土没有覆盖"""
    field: str = ""
    """a field, or ``state``"""
    is_: tuple[str | bool, ...] = Key((), alias="is")
    """values that hold"""
    above: float | None = None
    below: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    empty: bool | None = None
    """whether nothing is filled in (true), or something (false)"""
    older: int | None = Key(None, ge=0)
    """a date more than so many days ago"""
    count: str = ""
    """a linked count (``open_findings``) instead of a field"""
    least: int = Key(1, ge=1)
    """from how many on the count holds"""

    @model_validator(mode="after")
    def _sense(self) -> Condition:
        if bool(self.field) == bool(self.count):
            raise ValueError(f"条件“{self.words}”：field 与 count 写一个")
        tests = [bool(self.is_), self.is_numeric, self.older is not None, self.empty is not None]
        if self.field and tests.count(True) != 1:
            raise ValueError(f"条件“{self.words}”：is、above/below/at_least/at_most、older、empty 写一种")
        if self.count and any(tests):
            raise ValueError(f"条件“{self.words}”：count 只用 least")
        return self

    @property
    def is_numeric(self) -> bool:
        return any(bound is not None for bound in (self.above, self.below, self.at_least, self.at_most))


class Band(Part):
    """One grade: its word, its light, and the conditions of which any one (or, with ``all``, every one) gives it."""

    word: str = Key(min_length=1)
    light: Literal["red", "amber", "green", "blue", "none"] = "none"
    when: tuple[Condition, ...] = ()
    all: bool = False


class Grade(Part):
    """Bands from worst to best; the last, without conditions, is for entries none of the others takes."""

    title: str = "等级"
    band: tuple[Band, ...] = Key(min_length=2)

    @model_validator(mode="after")
    def _sense(self) -> Grade:
        if any(not b.when for b in self.band[:-1]) or self.band[-1].when:
            raise ValueError("grade.band：只有最后一档不写 when（其余的都归它）")
        return self

    @property
    def conditions(self) -> list[Condition]:
        return [c for b in self.band for c in b.when]


class Due(Part):
    """Something that falls due: on a date field, or so many months after it."""

    title: str = Key(min_length=1)
    """what must be done: 提交执行报告"""
    by: str
    """a date field"""
    months: int = Key(0, ge=0, le=600)
    """added to the date (3 years: 36)"""
    warn: int = Key(30, ge=0, le=3660)
    """days before, from which it is shown amber"""
    in_: tuple[str, ...] = Key((), alias="in")
    """states in which it matters; empty: all"""


class Shortlist(Part):
    """Entries picked by rule (按规则筛出的清单): all conditions hold, or with ``any`` one of them; counted like a field of its own."""

    name: str = Key(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    title: str = Key(min_length=1)
    when: tuple[Condition, ...] = Key(min_length=1)
    any: bool = False

    @model_validator(mode="after")
    def _sense(self) -> Shortlist:
        if any(c.count for c in self.when):
            raise ValueError(f"清单“{self.title}”：条件不能用 count")
        return self


def listed(of: Shortlist, said: Mapping[str, Any], on: dt.date) -> bool:
    """Whether an entry is on a shortlist on a day."""
    held = (holds(c, said, {}, on) for c in of.when)
    return any(held) if of.any else all(held)


@dataclass(frozen=True)
class Graded:
    """The grade of an entry, its light, and every reason in words; `missing` are fields the rule asks and nobody filled."""

    word: str
    light: str
    reasons: tuple[str, ...]
    missing: tuple[str, ...] = ()


def graded(grade: Grade, said: Mapping[str, Any], counts: Mapping[str, int], on: dt.date) -> Graded:
    """Grade an entry (定级): `said` are its fields and ``state``. The best grade is not given where a field asked is empty: 待定."""
    for band in grade.band[:-1]:
        held = [c.words for c in band.when if holds(c, said, counts, on)]
        if len(held) == len(band.when) or (held and not band.all):
            return Graded(band.word, band.light, tuple(held))
    asked = dict.fromkeys(c.field for c in grade.conditions if c.field and c.empty is None)
    missing = tuple(name for name in asked if said.get(name) in (None, ""))
    if missing:
        return Graded("待定", "none", (), missing)
    last = grade.band[-1]
    return Graded(last.word, last.light, ())


def holds(condition: Condition, said: Mapping[str, Any], counts: Mapping[str, int], on: dt.date) -> bool:
    """Whether a condition holds; an empty field never does."""
    if condition.count:
        return counts.get(condition.count, 0) >= condition.least
    value = said.get(condition.field)
    if condition.empty is not None:
        return (value in (None, "")) == condition.empty
    if value in (None, ""):
        return False
    if condition.is_:
        return any(type(value) is type(wanted) and value == wanted for wanted in condition.is_)
    if condition.older is not None:
        return (on - dt.date.fromisoformat(value)).days > condition.older
    return (
        (condition.above is None or value > condition.above)
        and (condition.below is None or value < condition.below)
        and (condition.at_least is None or value >= condition.at_least)
        and (condition.at_most is None or value <= condition.at_most)
    )


def due_day(due: Due, state: str, values: Mapping[str, Any]) -> dt.date | None:
    """When it falls due; None where the date is empty or the state does not matter."""
    if due.in_ and state not in due.in_:
        return None
    written = values.get(due.by)
    return months_after(dt.date.fromisoformat(written), due.months) if written else None


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day some months on (before, if negative); the last of the month where there is no such day (29 Feb + 12 → 28 Feb)."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    last = (dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month, min(day.day, last))


def light(left: int, warn: int) -> tuple[str, str]:
    """The light of so many days left, and its words."""
    if left < 0:
        return "red", f"逾期 {-left} 天"
    return ("amber" if left <= warn else "green"), f"还有 {left} 天"
