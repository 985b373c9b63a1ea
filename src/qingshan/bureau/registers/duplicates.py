"""Entries that seem to be one, within a register and across registers (疑似重复), as one person may judge them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from django.db.models import Max, Q, QuerySet

from qingshan.bureau.base import packs
from qingshan.bureau.base.models import Area, Person
from qingshan.bureau.registers import queries
from qingshan.bureau.registers.declared import Register
from qingshan.bureau.registers.likeness import Comparison, Pair, Said
from qingshan.bureau.registers.models import Change, Entry, Verdict

COLUMNS = ("pk", "register", "key", "name", "firm_code", "firm_name", "values", "lon", "lat", "version", "area")


@dataclass(frozen=True)
class Found:
    """Pairs that wait for a word; `n` entries were compared, `wide` groups of the same name only in part."""

    pairs: tuple[Pair, ...]
    n: int
    wide: int


def found(person: Person) -> Found:
    """What seems to be one among all the person may see, less what somebody has judged; kept until an entry or verdict changes."""
    mine = {of.name: of for of in queries.registers(person)}
    scope = person.scope_areas()
    last = Change.objects.aggregate(n=Max("pk"))["n"], Verdict.objects.aggregate(n=Max("pk"), at=Max("undone_at"))
    addresses = tuple(sorted((name, _address(of)) for name, of in mine.items()))  # one may be hidden
    state = (addresses, None if scope is None else frozenset(scope), last[0], *last[1].values(), id(packs.found()))
    return _found(_Asked(state, person, mine))


@dataclass(frozen=True)
class _Asked:
    """A question and the state it was asked in; equal questions have one answer."""

    state: tuple
    person: Person = field(compare=False)
    mine: dict[str, Register] = field(compare=False)


@lru_cache(maxsize=8)
def _found(asked: _Asked) -> Found:
    there = list(compared(asked.person, asked.mine))
    places = tuple(Area.objects.filter(level=Area.Level.DISTRICT).values_list("name", flat=True))
    comparison = Comparison(there, places)
    pairs = comparison.pairs()
    judged = set(Verdict.objects.filter(undone_at=None).values_list("first", "second"))
    one = groups(Verdict.objects.filter(undone_at=None, kind=Verdict.Kind.LINKED), {e.pk: e.code for e in there if e.code})
    waiting = [
        p for p in pairs if (p.first, p.second) not in judged and (p.within or one.get(p.first, p.first) != one.get(p.second, p.second))
    ]
    return Found(tuple(waiting), len(there), comparison.wide)


def compared(person: Person, mine: dict[str, Register]):
    """The person's standing entries as they are compared."""
    rows = Entry.objects.within(person).filter(register__in=mine, archived=False).order_by().values_list(*COLUMNS)
    addresses = {name: _address(of) for name, of in mine.items()}
    firms = {name: of.whose is not None for name, of in mine.items()}
    for pk, register, key, name, code, firm, values, lon, lat, version, area in rows.iterator(chunk_size=5000):
        said = str(values.get(addresses[register]) or "") if addresses[register] else ""
        yield Said(pk, register, key, name, code, firm if firms[register] else "", said, lon, lat, version, area)


def _address(of: Register) -> str:
    return next((f.name for f in of.field if f.type == "text" and (f.name == "address" or f.title.endswith("地址"))), "")


def groups(linked: QuerySet[Verdict], codes: dict[int, str]) -> dict[int, int]:
    """Entry → the first entry of its firm: those of one code, and those a person linked."""
    root: dict[int, int] = {}

    def top(x: int) -> int:
        while root.setdefault(x, x) != x:
            root[x] = root[root[x]]
            x = root[x]
        return x

    first: dict[str, int] = {}
    for pk, code in codes.items():
        root[top(pk)] = top(first.setdefault(code, pk))
    for a, b in linked.values_list("first", "second"):
        root[top(a)] = top(b)
    return {pk: top(pk) for pk in list(root)}


def verdicts(person: Person) -> QuerySet[Verdict]:
    """What was said of entries that the person sees, both of them."""
    mine = Entry.objects.within(person).filter(register__in=[of.name for of in queries.registers(person)]).values("pk")
    return Verdict.objects.filter(Q(first__in=mine) & Q(second__in=mine)).select_related("first", "second", "kept", "by", "undone_by")


def merged_into(entries: list[int]) -> dict[int, int]:
    """Entry merged away → which of these it stands in, however many times it was merged on."""
    standing, level = {pk: pk for pk in entries}, list(entries)
    gone: dict[int, int] = {}
    while level:
        rows = Entry.objects.filter(into__in=level).values_list("pk", "into")
        level = []
        for pk, into in rows:
            gone[pk] = standing[pk] = standing[into]
            level.append(pk)
    return gone
