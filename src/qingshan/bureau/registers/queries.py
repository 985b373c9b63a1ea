"""Questions about registers: what there is, who sees it, and what it adds up to on a day (登记册查询、汇总)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from qingshan.bureau.base import packs
from qingshan.bureau.base.models import Person
from qingshan.bureau.registers import sight
from qingshan.bureau.registers.declared import Register
from qingshan.bureau.registers.models import Change, Entry
from qingshan.terms import credit
from qingshan.terms.registry import unknown


def registers(person: Person) -> list[Register]:
    """The registers this person may open, by title, each with the fields they see."""
    there = packs.all("registers").values()
    return sorted((sight.as_seen(r, person) for r in there if may_see(person, r)), key=lambda r: r.title)


def register(name: str) -> Register:
    """A register whole, as rules and sums know it; what people are shown is :func:`seen`."""
    return packs.get("registers", name)


def seen(name: str, person: Person) -> Register:
    """A register with the fields this person sees; LookupError where there is none for them."""
    of = register(name)
    if not may_see(person, of):
        raise LookupError(f"没有登记册“{name}”")
    return sight.as_seen(of, person)


def may_see(person: Person, of: Register) -> bool:
    """The whole bureau sees every register; a town those that say so."""
    if person.scope_areas() is None:
        return True
    organisation = person.organisation
    return bool(organisation) and organisation.kind in of.seen_by


def entries(of: Register, person: Person) -> QuerySet[Entry]:
    """Entries of a register within the person's scope, archived ones too."""
    if not may_see(person, of):
        return Entry.objects.none()
    return Entry.objects.within(person).filter(register=of.name).select_related("area").defer("area__geometry", "geometry")


def kept(person: Person) -> set[str]:
    """The registers that have entries within the person's scope; the others need not be asked one by one."""
    return set(Entry.objects.within(person).filter(archived=False).order_by().values_list("register", flat=True).distinct())


def search(found: QuerySet[Entry], text: str) -> QuerySet[Entry]:
    """Those whose number, name or firm holds the text; a credit code is found however it is written."""
    text = text.strip()
    if not text:
        return found
    there = Q(key__icontains=text) | Q(name__icontains=text) | Q(firm_name__icontains=text)
    code = credit.plain(text)
    return found.filter(there | Q(firm_code__startswith=code) if len(code) > 5 else there)


@dataclass(frozen=True)
class Aggregate:
    """What a register adds up to on a day (汇总): the part, the whole, and which entries made them."""

    part: float
    whole: float
    part_entries: tuple[int, ...]
    whole_entries: tuple[int, ...]
    missing: tuple[int, ...]
    """entries that count but have no number in the field summed: they are left out, and said"""


def aggregate(
    of: Register, *, day: dt.date, areas: Collection[int] | None = None, where: Mapping[str, Collection] | None = None,
    part: Mapping[str, Collection] | None = None, total: str = "", dated: str = "", since: dt.date | None = None,
) -> Aggregate:  # fmt: skip
    """Count entries, or add up a number of theirs, as the register stood at the end of a day (登记册汇总).

    Parameters
    ----------
    day : what was valid by then; a change entered later with an earlier day counts, one valid later does not
    areas : of the entries; None for all
    where : field or ``state`` → the values that count towards the whole
    part : likewise, of the whole, those that count towards the part; None: all of them
    total : the number field to add up; empty counts entries
    dated, since : only entries whose date field `dated` lies in since … day (those done this year)
    """
    for chosen in (where or {}, part or {}):
        _names_are_known(of, chosen)
    if total and not of.get(total).is_number:
        raise LookupError(f"{of.title}的“{of.get(total).title}”不是数，不能相加")
    if dated and of.get(dated).type != "date":
        raise LookupError(f"{of.title}的“{of.get(dated).title}”不是日期")
    sums, counted, missing = [0.0, 0.0], ([], []), []
    for entry, said in standing(of, day):
        if areas is not None and said["area"] not in areas:
            continue
        if dated and not (said["values"].get(dated) and str(since or dt.date.min) <= said["values"][dated] <= str(day)):
            continue
        if not _holds(said, where):
            continue
        amount = said["values"].get(total) if total else 1
        if amount is None:
            missing.append(entry)
            continue
        for i in (0, 1) if _holds(said, part) else (1,):
            sums[i] += amount
            counted[i].append(entry)
    return Aggregate(round(sums[0], 9), round(sums[1], 9), tuple(counted[0]), tuple(counted[1]), tuple(missing))


def _names_are_known(of: Register, chosen: Mapping[str, Collection]) -> None:
    for name, values in chosen.items():
        if name != "state":
            of.get(name)
        elif strange := [state for state in values if state not in of.state]:
            raise LookupError(unknown(f"{of.title}的状态", strange[0], of.state))


def standing(of: Register, day: dt.date) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each entry as it stood at the end of a day: the last change valid by then; archived and not yet entered ones are left out."""
    rows = Change.objects.filter(entry__register=of.name, day__lte=day).order_by("entry", "day", "version").values_list("entry", "after")
    held: tuple[int, dict] | None = None
    for entry, after in rows.iterator(chunk_size=5000):
        if held and held[0] != entry and not held[1]["archived"]:
            yield held
        held = (entry, after)
    if held and not held[1]["archived"]:
        yield held


def _holds(said: Mapping[str, Any], wanted: Mapping[str, Collection] | None) -> bool:
    return all((said["state"] if name == "state" else said["values"].get(name)) in values for name, values in (wanted or {}).items())
