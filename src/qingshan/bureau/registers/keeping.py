"""Which entries have what each must have in another register, on a day (应有尽有的查对)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from qingshan.bureau.base import countable
from qingshan.bureau.base.models import Person
from qingshan.bureau.registers import queries
from qingshan.bureau.registers.declared import Register
from qingshan.bureau.registers.models import Entry
from qingshan.bureau.registers.musts import Must
from qingshan.terms import credit


def counts(must: Must, day: dt.date) -> Counter[str]:
    """The entry named (as compared) → rows it has elsewhere in the day's span, as they stood at the end of the day."""
    first, found = must.first(day), Counter()
    for row in countable.known()[must.register_name].rows(day):
        values = row.fields
        if any(values.get(name) not in wanted for name, wanted in must.where.items()):
            continue
        if must.dated and not str(first) <= str(values.get(must.dated) or "") <= str(day):
            continue
        found[credit.plain(str(values.get(must.by) or ""))] += 1
    return found


def named(of: Register, must: Must, values: Mapping[str, Any]) -> str:
    """What an entry is called in the other register, as it is compared."""
    return credit.plain(str(values.get(must.own or of.key.name) or ""))


def kept(of: Register, must: Must, day: dt.date) -> dict[str, bool]:
    """Entry → whether it has what it must have, of those of which it is asked, as both registers stood at the end of the day."""
    there = counts(must, day)
    asked = ((pk, said) for pk, said in queries.standing(of, day) if not must.in_ or said["state"] in must.in_)
    return {str(pk): must.holds(there[named(of, must, said["values"])]) for pk, said in asked}


@dataclass(frozen=True)
class Kept:
    """One duty of a register over the entries a person sees: of how many it is asked, and those that have not done it."""

    of: Register
    must: Must
    n: int
    lacking: tuple[tuple[Entry, int], ...]
    """entries with how often they have it"""

    @property
    def done(self) -> int:
        return self.n - len(self.lacking)


def duties(person: Person, found: Iterable[Register], day: dt.date) -> list[Kept]:
    """Every duty of these registers, over the entries of the person's scope."""
    return [_duty(person, of, must, day) for of in found for must in of.must]


def _duty(person: Person, of: Register, must: Must, day: dt.date) -> Kept:
    there, asked = counts(must, day), queries.entries(of, person).filter(archived=False).order_by("area", "key")
    if must.in_:
        asked = asked.filter(state__in=must.in_)
    has = [(entry, there[named(of, must, entry.values)]) for entry in asked.iterator(chunk_size=2000)]
    return Kept(of, must, len(has), tuple((entry, n) for entry, n in has if not must.holds(n)))


def lacking(of: Register, must: Must, person: Person, day: dt.date) -> list[int]:
    """The entries of the person's scope that have not done it."""
    return [entry.pk for entry, _ in _duty(person, of, must, day).lacking]


def of_entry(of: Register, entry: Entry, day: dt.date) -> list[tuple[Must, int, bool]]:
    """What this entry must have, how often it has it, and whether that will do."""
    asked = [must for must in of.must if not must.in_ or entry.state in must.in_]
    found = [(must, counts(must, day)[named(of, must, entry.values)]) for must in asked]
    return [(must, n, must.holds(n)) for must, n in found]
