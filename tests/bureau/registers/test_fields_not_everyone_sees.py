"""A field that names who sees it is nowhere to be found for others: one test a door."""

from __future__ import annotations

import datetime as dt
import io
import json

import openpyxl
import pytest
from django.urls import reverse

from qingshan.bureau.base import packs, trail
from qingshan.bureau.base.countable import known
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.base.packs import PackFaults
from qingshan.bureau.registers import actions, agenda, queries, sheets, sight
from qingshan.bureau.registers.models import Entry

pytestmark = pytest.mark.django_db
JAN = dt.date(2026, 1, 10)
SECRET, HIDDEN = "举报人电话", "13800138000"
TOML = """
name = "tip"
title = "线索册"
shape = "point"
seen_by = ["town"]
due = [{ title = "回访", by = "call_on", warn = 30 }]
field = [
  { name = "no", title = "编号", key = true },
  { name = "site", title = "地点", heading = true },
  { name = "phone", title = "举报人电话", seen_by = ["bureau"] },
  { name = "call_on", title = "回访日期", type = "date", required = false, seen_by = ["leader"] },
  { name = "note", title = "说明", required = false },
]
[grade]
band = [{ word = "密", light = "red", when = [{ field = "phone", is = ["13800138000"], words = "电话是 13800138000" }] }, { word = "平" }]
"""


@pytest.fixture
def tip(settings, bureau, clerk, chief):
    folder = settings.BUREAU_PACKS / "own" / "registers"
    folder.mkdir(parents=True)
    (folder / "tip.toml").write_text(TOML, "utf-8")
    packs.clear()
    of = queries.register("tip")
    said = {"no": "1", "site": "石门砖厂", "phone": HIDDEN, "call_on": "2026-11-25", "note": "夜间"}
    entry = actions.add_entry(of, said, area=bureau.towns["石门镇"], by=chief, day=JAN, lon=116.2, lat=39.9)
    actions.change_entry(entry.pk, said | {"phone": "13900139000"}, area=entry.area, by=chief)
    actions.change_entry(entry.pk, said, area=entry.area, by=chief)
    return entry


@pytest.fixture
def keeper(town_person):
    """A town's person who may keep registers."""
    from django.contrib.auth.models import Permission

    town_person.user_permissions.add(Permission.objects.get(codename="edit_entry"))
    return type(town_person).objects.get(pk=town_person.pk)


PAGES = {
    "list": ("entries", ["tip"]), "entry and history": ("entry", ["tip", 0]), "form": ("edit", ["tip", 0]), "new": ("new", ["tip"]),
    "sheet": ("sheet", ["tip"]), "map": ("map", ["tip"]), "points": ("map_json", ["tip"]), "popup": ("card", ["tip", 0]),
    "due": ("due", []), "coverage": ("coverage", []), "all": ("registers", []),
}  # fmt: skip


@pytest.mark.parametrize("door", PAGES)
def test_no_page_shows_it(door, tip, keeper, chief, as_):
    name, args = PAGES[door]
    url = reverse(f"registers:{name}", args=[tip.pk if a == 0 else a for a in args])
    theirs = as_(keeper).get(url)
    assert theirs.status_code == 200
    text = theirs.content.decode()
    for word in (HIDDEN, "13900139000", SECRET, "回访", "密"):
        assert word not in text, f"{door}：{word}"
    if door in ("list", "entry and history", "form", "popup"):
        assert HIDDEN in as_(chief).get(url).content.decode()


def test_neither_way_of_the_sheet_carries_it(tip, keeper, chief, as_):
    def cells(person):
        answer = as_(person).get(reverse("registers:export", args=["tip"]))
        return [c.value for row in openpyxl.load_workbook(io.BytesIO(answer.content)).active for c in row]

    assert SECRET not in cells(keeper)
    assert HIDDEN not in cells(keeper)
    assert {SECRET, HIDDEN} <= set(cells(chief))
    text = "编号,地点,举报人电话,所在区域\n1,石门砖厂二号,110,石门镇\n"
    rows, faults = sheets.read(queries.seen("tip", keeper), "甲.csv", text.encode("gbk"), keeper)
    assert not faults
    assert actions.store_rows(queries.seen("tip", keeper), rows, by=keeper) == (0, 1, 0)
    tip.refresh_from_db()
    assert (tip.name, tip.values["phone"], tip.values["call_on"]) == ("石门砖厂二号", HIDDEN, "2026-11-25")


def test_who_does_not_see_it_cannot_write_it_and_does_not_lose_it(tip, keeper, bureau):
    with pytest.raises(Refused, match="没有线索册的字段“phone”"):
        actions.change_entry(tip.pk, {"no": "1", "site": "甲", "phone": "1"}, area=tip.area, by=keeper)
    changed = actions.change_entry(tip.pk, {"no": "1", "site": "甲", "note": None}, area=tip.area, by=keeper)
    assert (changed.values["phone"], changed.values["note"]) == (HIDDEN, None)
    new = actions.add_entry(queries.register("tip"), {"no": "2", "site": "乙"}, area=bureau.towns["石门镇"], by=keeper)
    assert "phone" not in new.values


def test_search_does_not_find_by_it(tip, keeper, as_):
    assert not queries.search(Entry.objects.all(), HIDDEN)
    page = as_(keeper).get(reverse("registers:entries", args=["tip"]), {"q": HIDDEN})
    assert "石门砖厂" not in page.content.decode()


def test_the_trail_keeps_a_digest(tip, administrator, as_):
    told = json.dumps(list(AuditEvent.objects.values_list("before", "after")), ensure_ascii=False)
    assert HIDDEN not in told
    assert told.count("限定可见#") >= 4
    assert HIDDEN not in as_(administrator).get("/audit/").content.decode()
    assert HIDDEN not in "".join(map(str, trail.export()))
    phones = [e.after["values"]["phone"] for e in AuditEvent.objects.filter(object_type="registers.entry").order_by("pk")]
    assert phones[0] == phones[2] != phones[1]


def test_rules_on_it_are_silent_for_others(tip, keeper, chief):
    on = dt.date(2026, 11, 20)
    assert agenda.grades(queries.seen("tip", keeper), [tip], on) == {}
    assert agenda.grades(queries.seen("tip", chief), [tip], on)[tip.pk].word == "密"
    assert agenda.falling(keeper, on, within=30) == []
    assert [x.title for x in agenda.falling(chief, on, within=30)] == ["回访"]


def test_rows_behind_a_sum_are_not_opened_by_it(tip, keeper, chief, clerk):
    there = known()["tip"]
    assert there.may_see(keeper)
    assert there.shows(keeper, {"note", "state"})
    assert not there.shows(keeper, {"note", "phone"})
    assert there.shows(clerk, {"phone"})
    assert not there.shows(clerk, {"call_on"})
    assert there.shows(chief, {"call_on"})
    assert set(sight.values(tip, queries.seen("tip", keeper))) == {"no", "site", "note"}


def test_a_declaration_may_not_hide_the_name_or_name_strangers(settings):
    folder = settings.BUREAU_PACKS / "own" / "registers"
    folder.mkdir(parents=True)
    (folder / "a1.toml").write_text(
        'name = "a1"\ntitle = "甲"\nfield = [{ name = "no", title = "编号", key = true, seen_by = ["bureau"] }]\n', "utf-8"
    )
    (folder / "b1.toml").write_text(
        'name = "b1"\ntitle = "乙"\nfield = [{ name = "no", title = "编号", key = true }, { name = "x", title = "子", seen_by = ["king"] }]\n',
        "utf-8",
    )
    packs.clear()
    with pytest.raises(PackFaults) as error:
        queries.register("a1")
    assert "不能写 seen_by" in str(error.value)
    (folder / "a1.toml").unlink()
    with pytest.raises(PackFaults) as error:
        queries.register("b1")
    assert "没有角色“king”" in str(error.value)
