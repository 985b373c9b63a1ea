"""One published edition of one standard, as its file says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any


class NotInForce(LookupError):
    """No edition of the standard is in force on the day asked for (当日无现行版本)."""


@dataclass(frozen=True)
class Phase:
    """A span of days in which an edition, or one set of its limits, is in force (实施阶段). Both ends belong to it."""

    id: str
    start: date
    end: date | None = None
    clause: str = ""
    region: str = ""
    """empty: the whole country; otherwise only who names this region is in the phase"""

    def holds(self, day: date, region: str = "") -> bool:
        """Whether the day lies in the phase, for the country or for the region named."""
        return self.region in ("", region) and self.start <= day and (self.end is None or day <= self.end)

    @property
    def is_draft(self) -> bool:
        """A draft for comment (征求意见稿) is in force on no day: it must be asked for by name."""
        return self.id == "draft"

    def __str__(self) -> str:
        kind = "征求意见稿，未施行" if self.is_draft else self.id
        return f"{self.start}至{self.end or '今'}（{kind}{'，' + self.region if self.region else ''}）"


def _cell(row: Mapping[str, Any], key: str) -> list[Any]:
    value = row.get(key, [])
    return value if isinstance(value, list) else [value]


@dataclass(frozen=True, eq=False)
class Edition:
    """One published edition of one standard (标准的一版), as read from its file: code, edition, title, phases, tables (numbers exact)."""

    code: str
    edition: str
    title: str
    phases: tuple[Phase, ...]
    tables: Mapping[str, Mapping[str, Any]]
    document: Mapping[str, Any] = field(default_factory=dict)
    amends: str = ""
    name: str = ""
    """as printed, where code and edition do not say it all: an amended edition (修改单)"""
    marks: tuple[str, ...] = ()
    medium: str = "air"
    """of its items, see :data:`qingshan.terms.items.MEDIA`"""

    def __str__(self) -> str:
        return self.name or f"{self.code}—{self.edition}"

    @property
    def verify(self) -> tuple[str, ...]:
        """What nobody has read in the source (待核实); shown wherever a number that rests on it is shown."""
        return self.marks + tuple(f"{name}：{mark}" for name, table in self.tables.items() for mark in table.get("verify", ()))

    def verify_of(self, *tables: str) -> tuple[str, ...]:
        """The marks of some tables, and those of the whole edition: what to print beside a number that rests on them."""
        return self.marks + tuple(f"{name}：{mark}" for name in tables for mark in self.table(name).get("verify", ()))

    def table(self, name: str) -> Mapping[str, Any]:
        """One table; LookupError with the tables there are otherwise."""
        if name not in self.tables:
            raise LookupError(f"{self} 没有表“{name}”；已有：{'、'.join(sorted(self.tables))}")
        return self.tables[name]

    def rows(self, table: str, **wanted: Any) -> list[dict[str, Any]]:
        """All rows of a table that say what is wanted."""
        asked = tuple(wanted.items())
        try:
            return list(_found(self, table, asked))
        except TypeError:  # what is wanted cannot be remembered: a list
            return _looked_up(self, table, asked)

    def row(self, table: str, **wanted: Any) -> dict[str, Any]:
        """The one row that says what is wanted: ``row("iaqi", item="PM2.5", window="24h")``; LookupError otherwise."""
        found = self.rows(table, **wanted)
        if len(found) != 1:
            rows = self.tables[table]["row"]
            there = "；".join(f"{k}：{'、'.join(sorted({str(c) for r in rows for c in _cell(r, k)}))}" for k in wanted)
            asked = "、".join(f"{k}“{v}”" for k, v in wanted.items())
            raise LookupError(f"{self} {self.tables[table]['clause']}：{f'{len(found)} 行' if found else '没有'}符合 {asked}；已有 {there}")
        return found[0]

    def clause(self, table: str) -> str:
        """Where a table stands, for people: ``GB 3095—2026 表1``."""
        return f"{self} {self.table(table)['clause']}"

    def phase(self, day: date, region: str = "") -> Phase:
        """The phase of this edition on a day; a phase of the region named comes before one of the country."""
        found = [p for p in self.phases if p.holds(day, region)]
        if not found:
            raise NotInForce(f"{self} 在 {day} 未实施；实施阶段：{'、'.join(map(str, self.phases))}")
        return sorted(found, key=lambda p: p.region != region)[0]


def _looked_up(edition: Edition, table: str, wanted: tuple[tuple[str, Any], ...]) -> list[dict[str, Any]]:
    return [r for r in edition.table(table)["row"] if all(v in _cell(r, k) for k, v in wanted)]


@lru_cache(maxsize=4096)
def _found(edition: Edition, table: str, wanted: tuple[tuple[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    """Every value of every area asks the same few rows again."""
    return tuple(_looked_up(edition, table, wanted))
