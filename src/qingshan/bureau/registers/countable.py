"""Every declared register as rows to be counted (登记册的统计): an indicator aggregates them without a line of Python."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from functools import partial
from typing import Any

from django.urls import reverse

from qingshan.bureau.base.countable import Column, Countable, Duty, Row
from qingshan.bureau.base.models import Person
from qingshan.bureau.registers import keeping, outlines, queries, sight
from qingshan.bureau.registers.declared import Register

TYPES = {"text": "text", "number": "number", "integer": "number", "date": "date", "choice": "choice", "flag": "bool"}
SIZE = "outline_km2"
"""the size of an area's outline [km²], where entries have one"""
TAKEN = ("stations", "devices")
"""names other rooms count by"""


def countables(catalogue) -> dict[str, Countable]:
    """All registers of a catalogue, by name; the present version of each."""
    found = {name: versions[-1].declaration for name, versions in catalogue.items.get("registers", {}).items() if versions}
    free = {name: of for name, of in found.items() if name not in TAKEN}
    return {
        name: Countable(of.title, columns(of), rows(of), partial(queries.may_see, of=of), partial(_shows, of), duties(of))
        for name, of in free.items()
    }


def duties(of: Register) -> dict[str, Duty]:
    """What each entry must have in another register, by the name of the rule."""
    return {must.name: Duty(must.title, partial(keeping.kept, of, must)) for must in of.must}


def _shows(of: Register, person: Person, names: Collection[str]) -> bool:
    return sight.shows(person, of, names)


def columns(of: Register) -> dict[str, Column]:
    """Fields and state, as an indicator may name them."""
    said = {f.name: Column(f.title, TYPES[f.type], f.choices) for f in of.field}
    said |= {f.name: Column(f.title, "number") for f in of.figure} | {x.name: Column(x.title, "bool") for x in of.shortlist}
    said |= {SIZE: Column("范围面积", "number")} if of.shape == "area" else {}
    return said | ({"state": Column("状态", "choice", of.state)} if of.state else {})


def rows(of: Register) -> Callable[[date], list[Row]]:
    """The entries as they stood at the end of a day, each with its own page."""

    def on(day: date) -> list[Row]:
        return [_row(of, pk, said, day) for pk, said in queries.standing(of, day)]

    return on


def _row(of: Register, pk: int, said: Mapping[str, Any], day: date) -> Row:
    """An entry by the name it had then; its page is where it stands now."""
    values = said["values"]
    title = str(values.get(of.heading.name) or values.get(of.key.name) or pk)
    told = of.said(said["state"], values)
    if of.shape == "area":
        told[SIZE] = round(outlines.square_km(said["geometry"]), 4) if said.get("geometry") else None
    return Row(str(pk), title, said["area"], told | of.lists(told, day), reverse("registers:entry", args=[of.name, pk]))
