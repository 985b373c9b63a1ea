"""Every declared register, from its declaration alone: the form opens, a filled entry is taken, the sheet comes back, pages are scoped."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.urls import reverse

import qingshan
from qingshan.bureau.registers import actions, queries, sheets
from qingshan.bureau.registers.declared import Field, Register
from qingshan.bureau.registers.models import Entry

pytestmark = pytest.mark.django_db
NAMES = sorted(path.stem for path in (Path(qingshan.__file__).parent / "packs/national/registers").glob("*.toml"))
JAN = dt.date(2026, 1, 10)


def filled(field: Field) -> object:
    """A value that the field takes, as people write it: the last word of a choice, the largest number."""
    if field.type == "choice":
        return list(field.choices.values())[-1]
    if field.is_number:
        most = field.high or max(field.low or 0, 12)
        return int(most) if field.type == "integer" else float(most)
    return {"date": "2026-06-30", "flag": "是"}.get(field.type, f"{field.title}甲")


def entered(of: Register, area, by) -> Entry:
    with_what_it_names(of, area, by)
    place = {"lon": 116.2, "lat": 39.9} if of.shape == "point" else {}
    return actions.add_entry(of, {f.name: filled(f) for f in of.field}, area=area, by=by, day=JAN, **place)


def with_what_it_names(of: Register, area, by) -> None:
    """What an entry names must be there, and what that names."""
    for field in of.field:
        if field.entry_of and not Entry.objects.filter(register=field.entry_of, key=filled(field)).exists():
            target = queries.register(field.entry_of)
            with_what_it_names(target, area, by)
            said = {f.name: filled(f) for f in target.field} | {target.key.name: filled(field)}
            actions.add_entry(target, said, area=area, by=by, day=JAN)


@pytest.mark.parametrize("name", NAMES)
def test_a_register_works_from_its_declaration(name, bureau, clerk, town_person, stranger, as_):
    of, office, town = queries.register(name), as_(clerk), as_(town_person)
    assert of.basis, "没有依据"
    form = office.get(reverse("registers:new", args=[name]))
    assert form.status_code == 200
    assert all(f.title in form.content.decode() for f in of.field)

    made = entered(of, bureau.towns["石门镇"], clerk)
    assert set(made.values) == {f.name for f in of.field}
    rows, faults = sheets.read(of, "往返.xlsx", sheets.write(of, [made]), clerk)
    assert faults == []
    assert [(row.key, row.values, row.state) for row in rows] == [(made.key, made.values, of.start)]

    pages = [
        reverse("registers:entries", args=[name]),
        reverse("registers:entry", args=[name, made.pk]),
        reverse("registers:export", args=[name]),
    ]
    assert [as_(clerk).get(page).status_code for page in pages] == [200, 200, 200]
    assert as_(stranger).get(pages[1]).status_code in (403, 404)
    elsewhere = entered_elsewhere(of, bureau, clerk)
    assert town.get(reverse("registers:entry", args=[name, elsewhere.pk])).status_code in (403, 404)
    own = town.get(pages[1]).status_code
    assert own == 200 if "town" in of.seen_by else own in (403, 404)


def entered_elsewhere(of: Register, bureau, clerk) -> Entry:
    said = {f.name: filled(f) for f in of.field} | {of.key.name: "别处一号"}
    return actions.add_entry(of, said, area=bureau.towns["柳泉镇"], by=clerk, day=JAN)


def test_full_width_marks_and_roman_numbers_come_back_from_a_sheet(bureau, clerk):
    of = queries.register("water_section")
    said = {"code": "D1", "section": "石门桥", "river": "青川", "level": "国控", "goal": "Ⅲ类", "assess": "是", "auto": "否", "duty": "王"}
    made = actions.add_entry(of, said, area=bureau.towns["石门镇"], by=clerk, day=JAN)
    assert made.values["goal"] == "iii"
    rows, faults = sheets.read(of, "断面.xlsx", sheets.write(of, [made]), clerk)
    assert (faults, rows[0].values["goal"]) == ([], "iii")
