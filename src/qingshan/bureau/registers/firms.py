"""Firms over all registers (一企一档): which firm an entry belongs to, the firms there are, and the file of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.urls import reverse

from qingshan.bureau.base import linked
from qingshan.bureau.base.models import Person
from qingshan.bureau.registers import queries
from qingshan.bureau.registers.declared import Register
from qingshan.bureau.registers.models import Change, Entry, Verdict
from qingshan.terms import credit

LEAST = 15
"""characters of a registration number before 2015; a shorter one says nothing"""
SHORTEST = 4
"""characters of a name by which other rooms are asked"""
LINES = 300
"""changes shown, the newest"""


def code_of(of: Register, values: dict[str, Any]) -> str:
    """The credit code in an entry, half-width and upper case; empty where there is none fit to compare."""
    said = credit.plain(str(values.get(of.whose.code) or "")) if of.whose else ""
    return said if LEAST <= len(said) <= 18 and said.isalnum() and len(set(said)) > 2 else ""


def name_of(of: Register, values: dict[str, Any]) -> str:
    return str(values.get(of.whose.name) or "").strip()[:200] if of.whose else ""


def refresh(of: Register) -> int:
    """Write the columns of a register's entries anew, after its declaration or the program changed; how many differed."""
    wrong = []
    for entry in Entry.objects.filter(register=of.name).only("values", "firm_code", "firm_name").iterator(chunk_size=5000):
        code, name = code_of(of, entry.values), name_of(of, entry.values)
        if (entry.firm_code, entry.firm_name) != (code, name):
            entry.firm_code, entry.firm_name = code, name
            wrong.append(entry)
    Entry.objects.bulk_update(wrong, ["firm_code", "firm_name"], batch_size=500)
    return len(wrong)


def known(person: Person, text: str = "", register: str = "") -> QuerySet[dict[str, Any]]:
    """Firms with a code among the entries a person may see: code, name, in how many registers, how many entries; by registers."""
    found = _standing(person, text, register).exclude(firm_code="")
    return found.order_by().values("firm_code").annotate(
        name=Max("firm_name"), registers=Count("register", distinct=True), entries=Count("pk")
    ).order_by("-registers", "-entries", "firm_code")  # fmt: skip


def nameless(person: Person, text: str = "", register: str = "") -> QuerySet[Entry]:
    """Entries that name a firm without a code; each has a file of its own until a person links it."""
    return _standing(person, text, register).filter(firm_code="").exclude(firm_name="").select_related("area").order_by("firm_name", "pk")


def _standing(person: Person, text: str, register: str) -> QuerySet[Entry]:
    found = _visible(person).filter(archived=False)
    if register:
        found = found.filter(register=register)
    code, text = credit.plain(text), text.strip()
    return found.filter(Q(firm_code__contains=code) | Q(firm_name__contains=text) | Q(name__contains=text)) if text else found


def _visible(person: Person) -> QuerySet[Entry]:
    return Entry.objects.within(person).filter(register__in=[of.name for of in queries.registers(person)])


@dataclass(frozen=True)
class File:
    """All there is of one firm that a person may see (一企一档)."""

    key: str
    """its code, or e12 where no entry has one"""
    name: str
    names: tuple[str, ...]
    codes: tuple[tuple[str, str], ...]
    """code, and what is wrong with it"""
    entries: tuple[Entry, ...]
    """standing ones first; those taken out and merged away after"""
    links: tuple[Verdict, ...]
    """by whose word entries belong here"""

    @property
    def references(self) -> list[str]:
        return [f"entry:{e.pk}" for e in self.entries]


def file(person: Person, key: str) -> File | None:
    """The file of a firm by its code, or by an entry without one (``e12``); None where the person sees no entry of it."""
    mine = _visible(person).select_related("area")
    by_entry = key[1:] if key[:1] == "e" and key[1:].isdecimal() and len(key) < 19 else ""
    members = {e.pk: e for e in (mine.filter(pk=int(by_entry)) if by_entry else mine.filter(firm_code=credit.plain(key)))}
    if not members or not (by_entry or key):
        return None
    links: dict[int, Verdict] = {}
    fresh = set(members)
    while fresh:
        codes = {members[pk].firm_code for pk in fresh} - {""}
        said = Verdict.objects.filter(Q(first__in=fresh) | Q(second__in=fresh), kind=Verdict.Kind.LINKED, undone_at=None)
        links |= {v.pk: v for v in said.select_related("first", "second", "by")}
        linked = {pk for v in links.values() for pk in (v.first_id, v.second_id)}
        into = {members[pk].into_id for pk in fresh} - {None}
        more = mine.filter(Q(pk__in=linked | into) | Q(firm_code__in=codes) | Q(into__in=fresh)).exclude(pk__in=list(members))
        found = {e.pk: e for e in more}
        members |= found
        fresh = set(found)
    entries = sorted(members.values(), key=lambda e: (e.archived, e.register, e.key))
    names = tuple(dict.fromkeys(e.firm_name or e.name for e in entries))
    codes = sorted({e.firm_code for e in entries} - {""})
    return File(
        codes[0] if codes else f"e{min(members)}", names[0], names, tuple((c, credit.fault(c)) for c in codes), tuple(entries),
        tuple(v for v in links.values() if v.first_id in members and v.second_id in members),
    )  # fmt: skip


def timeline(person: Person, of: File, told: list[linked.Line]) -> list[linked.Line]:
    """What happened to a firm, newest first: changes of its entries and what other rooms told of it."""
    mine = {r.name: r for r in queries.registers(person)}
    changes = Change.objects.filter(entry__in=[e.pk for e in of.entries]).select_related("entry").order_by("-day", "-pk")[:LINES]
    lines = [
        linked.Line(
            c.day, mine[c.entry.register].title, f"{'登记' if c.version == 1 else '变更'} {c.entry.name}",
            reverse("registers:entry", args=[c.entry.register, c.entry_id]), c.basis,
        )
        for c in changes
    ]  # fmt: skip
    return sorted([*lines, *told], key=lambda x: x.day, reverse=True)


def told(person: Person, of: File) -> list[linked.Line]:
    """What other rooms tell of a firm, by its entries and its names."""
    names = [n for n in of.names if len(n) >= SHORTEST][:3] or [""]
    found = (line for room in linked.files for name in names for line in linked.files[room](person, of.references, name))
    return list(dict.fromkeys(found))
