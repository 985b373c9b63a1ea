"""Over all registers a person may open: what falls due (到期), which towns have no entry, how full entries are (覆盖、完整度)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import CharField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from qingshan.bureau.base import linked
from qingshan.bureau.base.models import Area, Person
from qingshan.bureau.registers import duplicates, queries, rules
from qingshan.bureau.registers.declared import Register
from qingshan.bureau.registers.models import Entry


def reference(entry: Entry | int) -> str:
    """How other rooms name an entry: entry:12."""
    return f"entry:{entry if isinstance(entry, int) else entry.pk}"


def grades(of: Register, found: Sequence[Entry], on: dt.date) -> dict[int, rules.Graded]:
    """The grade of each by the register's rule; empty where it has none. One query for each linked count."""
    if of.grade is None:
        return {}
    counted = _counted(of.grade, [e.pk for e in found])
    return {e.pk: rules.graded(of.grade, of.said(e.state, e.values), counted.get(e.pk, {}), on) for e in found}


def _counted(grade: rules.Grade, found: list[int]) -> dict[int, dict[str, int]]:
    """Entry → name of a linked count → how many, those of entries merged into it among them."""
    names = {c.count for c in grade.conditions if c.count}
    if not names or not found:
        return {}
    of = {reference(pk): into for pk, into in ({pk: pk for pk in found} | duplicates.merged_into(found)).items()}
    counted: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(names, 0))
    for name in names:
        for said, n in linked.counts[name].of(list(of)).items():
            counted[of[said]][name] += n
    return counted


def clauses(of: Register) -> list[Entry]:
    """The clauses a finding at an entry may name: those of the register's check-list in the state new ones have (in force)."""
    if not of.checklist:
        return []
    listed = queries.register(of.checklist)
    found = Entry.objects.filter(register=listed.name, archived=False, state=listed.start).select_related("area").order_by("key")
    return [e for e in found if all(e.values.get(name) in wanted for name, wanted in of.clauses.items())]


@dataclass(frozen=True)
class Falling:
    """Something of one entry that falls due."""

    of: Register
    entry: Entry
    title: str
    day: dt.date
    light: str
    words: str


def falling(person: Person, on: dt.date, *, within: int, name: str = "", area: int | None = None) -> list[Falling]:
    """What is overdue or falls due in the next days, soonest first; one query a due of a register that has entries."""
    lines, kept = [], queries.kept(person)
    for of in queries.registers(person):
        if name in ("", of.name) and of.name in kept:
            for due in of.dues:
                lines += _falling(of, due, person, on, within, area)
    return sorted(lines, key=lambda x: (x.day, x.of.title, x.entry.key))


def _falling(of: Register, due: rules.Due, person: Person, on: dt.date, within: int, area: int | None) -> Iterable[Falling]:
    # months end unevenly: a few days wider here, exact below
    last = rules.months_after(on + dt.timedelta(days=within), -due.months) + dt.timedelta(days=4)
    found = queries.entries(of, person).filter(archived=False).annotate(due_on=Cast(KT(f"values__{due.by}"), CharField()))
    found = found.filter(due_on__gt="", due_on__lte=str(last))
    if due.in_:
        found = found.filter(state__in=due.in_)
    if area is not None:
        found = found.filter(area__in=Area.objects.below({area}))
    for entry in found:
        day = rules.due_day(due, entry.state, entry.values)
        if day and (day - on).days <= within:
            yield Falling(of, entry, due.title, day, *rules.light((day - on).days, due.warn))


@dataclass(frozen=True)
class Cover:
    """One register over the towns: entries, how full they are (%; None without entries), towns without an entry."""

    of: Register
    n: int
    complete: int | None
    without: tuple[str, ...]
    towns: dict[str, tuple[int, int]]
    """town → entries, completeness (%)"""


def coverage(person: Person, found: Iterable[Register]) -> list[Cover]:
    """How registers cover the person's towns, those in use first; an entry in a village counts for its town."""
    mine = Area.objects.within(person).defer("geometry")
    town_of = {a.pk: a.name for a in mine if a.level == Area.Level.TOWN}
    names = list(town_of.values())
    town_of |= {a.pk: town_of[a.parent_id] for a in mine if a.parent_id in town_of}
    kept = queries.kept(person)
    covers = [_cover(of, person, town_of, names) if of.name in kept else Cover(of, 0, None, tuple(names), {}) for of in found]
    return sorted(covers, key=lambda cover: cover.n == 0)


def _cover(of: Register, person: Person, town_of: dict[int, str], names: list[str]) -> Cover:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    n = total = 0
    rows = queries.entries(of, person).filter(archived=False).select_related(None).order_by().values_list("area", "values", "lon")
    for area, values, lon in rows.iterator(chunk_size=5000):
        score, _ = of.complete(values, lon is not None)
        n, total = n + 1, total + score
        if area in town_of:
            there = sums[town_of[area]]
            there[0] += 1
            there[1] += score
    towns = {name: (sums[name][0], sums[name][1] // sums[name][0]) for name in names if name in sums}
    return Cover(of, n, total // n if n else None, tuple(name for name in names if name not in sums), towns)
