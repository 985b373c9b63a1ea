"""What belongs to a thing of another room (关联): a register counts open cases of an entry without knowing the room of cases.

A thing is named by its reference, ``entry:12``; a case that came from it keeps the reference as its origin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from qingshan.terms.registry import Registry


@dataclass(frozen=True)
class Count:
    """A number linked to things: its title, and `of(references)` → reference → how many; a thing with none may be left out."""

    title: str
    of: Callable[[Sequence[str]], Mapping[str, int]]


@dataclass(frozen=True)
class Line:
    """One line in the file of a firm (一企一档): when, what, where it opens, how it stands."""

    day: date
    kind: str
    title: str
    url: str
    words: str = ""


counts: Registry[Count] = Registry("关联计数")
files: Registry[Callable[[Any, Sequence[str], str], list[Line]]] = Registry("企业档案来源")
"""``of(person, references, name)`` → lines, only those the person may see"""
placed: Registry[Callable[[Any, tuple[float, float, float, float], Callable[[float, float], bool]], list[Line]]] = Registry("范围内的事")
"""``of(person, (west, south, east, north), contains)`` → lines of what stands open within an outline, only those the person may see"""
workdays: Registry[Callable[[], Callable[[date], bool]]] = Registry("工作日历")
"""``calendar()`` → ``is_workday(day)``; the room that knows the holidays registers it"""
findings: Registry[Callable[..., str]] = Registry("检查发现的去处")
"""``open(reference, workflow=…, title=…, area=…, responsible=…, by=…, place=…, lon=…, lat=…, summary=…)`` → where the case opens"""


def calendar() -> Callable[[date], bool]:
    """Which days are worked, by the declared holidays; Monday to Friday where no room knows them."""
    for name in workdays:
        return workdays[name]()
    return lambda day: day.weekday() < 5
