"""Columns of a list that goes to Excel and comes back (清单的列): what each holds, how a cell is compared, what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.ledger import fields as rules
from qingshan.bureau.ledger.models import OPERATORS
from qingshan.bureau.ledger.units import Directory

KEY = "导入标记（勿改）"
Kind = Literal["text", "date", "figure", "operator", "choice", "units", "unit"]


@dataclass(frozen=True)
class Column:
    """One column. `name` is the field it changes, empty where the platform computes it; `also` are headings other tables use.

    `choices` are (value, label) of a choice; `must` says a new row needs it; `weighty` that a change needs a written basis; `fixed`
    that it is said when a row is added and not changed by a sheet. A column `beside` another means what it says only where that one is.
    """

    title: str
    width: float
    name: str = ""
    kind: Kind = "text"
    choices: tuple[tuple[str, str], ...] = ()
    also: tuple[str, ...] = ()
    longest: int = 300
    must: bool = False
    weighty: bool = False
    fixed: bool = False
    beside: str = ""

    @property
    def is_open(self) -> bool:
        """Whether a person may change it in the sheet."""
        return bool(self.name) and not self.fixed

    def shaped(self, said: str, year: int) -> str:
        """A cell in the shape the export gave it, so that only real changes count; what cannot be read stays as written."""
        try:
            if said and self.kind == "date":
                return rules.deadline_of(said, year, self.name).isoformat()
            if said and self.kind == "figure" and "/" not in said:
                return plain(rules.number(said)[0])
            if said and self.kind == "operator":
                return OPERATORS.get(rules.operator_of(said), said)
        except Refused:
            pass
        return said

    def wrong(self, said: str, directory: Directory, year: int) -> str:
        """What is wrong with a cell, or nothing."""
        try:
            if not said:
                return "不能空着" if self.must else ""
            if self.kind == "date":
                rules.deadline_of(said, year, self.name)
            elif self.kind == "figure":
                rules.number(said)
            elif self.kind == "operator":
                rules.operator_of(said)
            elif self.kind == "choice" and said not in (labels := [label for _, label in self.choices]):
                return f"写成“{said[:20]}”，可写：{'、'.join(labels)}"
            elif self.kind in ("units", "unit"):
                matched = directory.match(said)
                if matched.missing:
                    return f"里没有单位“{matched.missing[0][:20]}”，请按单位表的简称写，几个单位之间用顿号"
                if self.kind == "unit" and len(matched.found) > 1:
                    return f"写了 {len(matched.found)} 个单位，只能写一个"
            elif self.kind == "text" and len(said) > self.longest:
                return f"有 {len(said)} 字，至多 {self.longest} 字"
        except Refused as refused:
            return refused.message.removeprefix("期限").removeprefix("数值").removeprefix("比较")
        return ""

    def typed(self, said: str, directory: Directory):
        """A right cell as the value an action takes."""
        if self.kind == "units":
            return [unit.pk for unit in directory.match(said).found]
        if self.kind == "unit":
            found = directory.match(said).found
            return found[0].pk if found else None
        if self.kind == "choice":
            return next((value for value, label in self.choices if label == said), self.choices[0][0])
        return said


def plain(value) -> str:
    """A figure without separators or trailing zeros, as a cell compares."""
    return "" if value is None else f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"


def labels(columns: Iterable[Column]) -> dict[str, str]:
    """Titles by field."""
    return {column.name: column.title for column in columns if column.name}


