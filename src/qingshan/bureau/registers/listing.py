"""Which entries of a register a page is about: what the address asks for, and the filters as they stand (条目的筛选)."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest

from qingshan.bureau.base import clock
from qingshan.bureau.base.models import Area
from qingshan.bureau.registers import keeping, queries, sifting
from qingshan.bureau.registers.declared import Field, Register
from qingshan.bureau.registers.models import Entry


def narrowed(request: HttpRequest, of: Register) -> QuerySet[Entry]:
    """Entries the address asks for, within the person's scope: text, state, place, grade, light, completeness, taken out or not."""
    said = request.GET
    found = queries.search(queries.entries(of, request.user), said.get("q", "")).filter(archived=said.get("archived") == "1")
    if said.get("state") in of.state:
        found = found.filter(state=said["state"])
    if said.get("place", "").isdecimal():
        found = found.filter(area=int(said["place"][:18]))
    must = next((m for m in of.must if m.name == said.get("must")), None)
    if must:
        found = found.filter(pk__in=keeping.lacking(of, must, request.user, clock.today()))
    return sifting.sift(of, found, sifting.sieve(of, said), clock.today())


COLUMNS, MOST = 6, 15
"""fields a list shows beside number, name, place and state where none are chosen, and at most"""


def columns(request: HttpRequest, of: Register) -> list[Field]:
    """The fields the list shows: those chosen (``col``), of those this person sees; else the first declared."""
    free = [f for f in of.field if not f.key and not f.heading]
    wanted = request.GET.getlist("col")[:MOST]
    return [f for f in free if f.name in wanted] or free[:COLUMNS]


def choices(request: HttpRequest, of: Register) -> list[tuple]:
    """The filters with what may be chosen and what is."""
    said, asked = request.GET, sifting.sieve(of, request.GET)
    there = queries.entries(of, request.user).select_related(None).order_by().values("area").distinct()
    places = Area.objects.filter(pk__in=there).order_by("code").values_list("pk", "name")
    return [
        *([("state", "状态", list(of.state.items()), said.get("state", ""))] if of.state else []),
        ("place", "区域", list(places), said.get("place", "")),
        *([("grade", of.grade.title, [(w, w) for w in sifting.words(of)], asked.grade)] if of.grade else []),
        *([("list", "清单", [(x.name, x.title) for x in of.shortlist], asked.short)] if of.shortlist else []),
        *([("light", "期限", list(sifting.LIGHTS.items()), asked.light)] if of.dues else []),
        *([("must", "没有做到", [(m.name, m.words) for m in of.must], said.get("must", ""))] if of.must else []),
        ("full", "完整度", list(sifting.FULL.items()), asked.full),
        ("archived", "范围", [("1", "已移出")], said.get("archived", "")),
    ]
