"""What can be counted (可统计的行): rooms with rows of their own register here, so that an indicator may aggregate them.

A room registers one function, which says what it has; a room of declared registers answers for all of them at once::

    from qingshan.bureau.base import countable
    countable.providers.add("registers")(lambda catalogue: {name: Countable(…) for name in catalogue.names("registers")})
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from qingshan.bureau.base.packs import found
from qingshan.bureau.base.packs.catalogue import Catalogue
from qingshan.terms.registry import Registry, unknown

TYPES = ("text", "number", "date", "choice", "bool")
WORDS = {"number": "数", "date": "日期"}


@dataclass(frozen=True)
class Column:
    """One field of the rows: its title, its type of ``TYPES``, and what a choice may be (value → words)."""

    title: str
    type: str = "text"
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One thing counted: its key and title, the area it lies in, the page where it opens, its fields by name."""

    key: str
    title: str
    area: int | None
    fields: Mapping[str, Any]
    url: str = ""


@dataclass(frozen=True)
class Duty:
    """What each row must have elsewhere (每家每年一次演练): `kept(day)` says of each row of which it is asked whether it has it."""

    title: str
    kept: Callable[[date], Mapping[str, bool]]


@dataclass(frozen=True)
class Countable:
    """Rows of one kind: `rows(day)` are those there were at the end of `day`, with their fields as of then; `may_see` who is shown them,
    `shows(person, fields)` whether someone is shown what these fields say of each; `duties` what each must have elsewhere, by name."""

    title: str
    columns: Mapping[str, Column]
    rows: Callable[[date], Sequence[Row]]
    may_see: Callable[[Any], bool] = lambda person: True
    shows: Callable[[Any, Collection[str]], bool] = lambda person, fields: True
    duties: Mapping[str, Duty] = field(default_factory=dict)


providers: Registry[Callable[[Catalogue], Mapping[str, Countable]]] = Registry("可统计的登记")


def known(catalogue: Catalogue | None = None) -> dict[str, Countable]:
    """Everything that can be counted, by name; of a catalogue being read, or of the one in use."""
    catalogue = catalogue if catalogue is not None else found()
    rooms = tuple(providers)
    if rooms not in catalogue.derived:
        catalogue.derived[rooms] = {name: thing for room in rooms for name, thing in providers[room](catalogue).items()}
    return catalogue.derived[rooms]


def faults(catalogue: Catalogue, register: str, columns: Mapping[str, Sequence[Any]], types: Mapping[str, str] | None = None) -> list[str]:
    """What is wrong with a register, its fields, the choices wanted of them and the types they must have; one sentence each."""
    there = known(catalogue)
    if register not in there:
        return [unknown("登记册", register, there)]
    lines = []
    for name, values in columns.items():
        column = there[register].columns.get(name)
        if column is None:
            lines.append(unknown(f"“{register}”的字段", name, there[register].columns))
            continue
        if (wanted := (types or {}).get(name, "")) and column.type != wanted:
            lines.append(f"“{register}.{name}”（{column.title}）不是{WORDS[wanted]}，不能{'相加' if wanted == 'number' else '按它计时段'}")
        if column.choices:
            lines += [unknown(f"“{register}.{name}”的取值", str(v), column.choices) for v in values if str(v) not in column.choices]
        elif column.type == "bool":
            lines += [f"“{register}.{name}”应为 true 或 false，写成了 {v!r}" for v in values if not isinstance(v, bool)]
    return lines
