"""A state needs its fields, a locked one is not changed, a sum is worked out, and every entry has what it must have elsewhere."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from qingshan.bureau.base import packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.packs import PackFaults
from qingshan.bureau.indicators import assessments
from qingshan.bureau.indicators import queries as indicators
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.registers import actions, keeping, queries, sheets

pytestmark = pytest.mark.django_db
NOV = dt.date(2026, 11, 20)
JAN = dt.date(2026, 1, 10)
QUOTA = """
name = "own_quota"
title = "配额"
basis = "本局"
state = { open = "填报中", checked = "已核定" }
gate = [{ to = ["checked"], needs = ["checked_on"] }]
locked = ["checked"]
must = [{ name = "visit", title = "现场核查", register = "own_visit", by = "unit", dated = "on", every = "quarter", where = { ok = [true] } }]
field = [
  { name = "no", title = "编号", key = true },
  { name = "quota", title = "配额", type = "number" },
  { name = "used", title = "排放", type = "number", required = false },
  { name = "checked_on", title = "核定日期", type = "date", required = false },
]
figure = [{ name = "left", title = "结余", decimals = 2, formula = "quota - used" }]
"""
VISIT = """
name = "own_visit"
title = "核查记录"
basis = "本局"
field = [
  { name = "no", title = "编号", key = true },
  { name = "unit", title = "单位" },
  { name = "on", title = "日期", type = "date" },
  { name = "ok", title = "完成", type = "flag" },
]
"""
RATE = """
name = "own_rate"
code = "KQ-901"
title = "核查率"
short = "核查率"
unit = "%"
better = "higher"
decimals = 1
definition = "本季核查过的"
basis = "本局"
source = { kind = "register", register = "own_quota", measure = "kept", rule = "visit" }
"""


@pytest.fixture(autouse=True)
def own(settings, monkeypatch, bureau):
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-20T10:00:00")
    for kind, name, text in (("registers", "own_quota", QUOTA), ("registers", "own_visit", VISIT), ("indicators", "own_rate", RATE)):
        folder = settings.BUREAU_PACKS / "own" / kind
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.toml").write_text(text, "utf-8")
    packs.clear()
    assessments.clear()
    yield settings.BUREAU_PACKS / "own"
    assessments.clear()


def quota(n: int, area, by, state: str = "open", **more):
    return actions.add_entry(
        queries.register("own_quota"), {"no": f"Q{n}", "quota": "10.25"} | more, area=area, by=by, state=state, day=JAN
    )


def visit(n: int, unit: str, on: str, area, by, ok: str = "是"):
    of = queries.register("own_visit")
    return actions.add_entry(of, {"no": f"V{n}", "unit": unit, "on": on, "ok": ok}, area=area, by=by, day=dt.date.fromisoformat(on))


def test_a_sum_is_worked_out_and_never_taken_from_anyone(bureau, clerk):
    of, town = queries.register("own_quota"), bureau.towns["石门镇"]
    made = quota(1, town, clerk, used="3.2")
    assert of.figures(made.values)["left"] == 7.05  # exact, not 7.0499…
    assert of.figures(quota(2, town, clerk).values)["left"] is None
    with pytest.raises(Refused, match="没有配额的字段“left”"):
        quota(3, town, clerk, left="999")
    rows, faults = sheets.read(of, "往返.xlsx", sheets.write(of, [made]), clerk)
    assert (faults, rows[0].values) == ([], made.values)


def test_a_state_needs_its_fields_at_every_door(bureau, clerk, as_):
    of, town = queries.register("own_quota"), bureau.towns["石门镇"]
    made = quota(1, town, clerk)
    with pytest.raises(Refused, match="不能定为“已核定”：没有填核定日期"):
        actions.change_entry(made.pk, made.values, area=town, by=clerk, state="checked")
    form = {"quota": "10.25", "area": town.pk, "state": "checked", "day": "2026-11-20", "version": made.version}
    page = as_(clerk).post(reverse("registers:edit", args=["own_quota", made.pk]), form)
    assert page.status_code == 422
    assert "没有填核定日期" in page.content.decode()
    made.state = "checked"
    _, faults = sheets.read(of, "一.xlsx", sheets.write(of, [made]), clerk)
    assert [(f.column, f.words) for f in faults] == [("核定日期", "状态是“已核定”的要填")]


def test_what_is_locked_goes_back_first_and_says_why(bureau, clerk):
    town = bureau.towns["石门镇"]
    made = quota(1, town, clerk, state="checked", checked_on="2026-06-01")
    with pytest.raises(Refused, match="内容不能再改"):
        actions.change_entry(made.pk, made.values | {"used": 4}, area=town, by=clerk)
    with pytest.raises(Refused, match="退回请写明依据"):
        actions.change_entry(made.pk, made.values, area=town, by=clerk, state="open")
    actions.change_entry(made.pk, made.values, area=town, by=clerk, state="open", basis="核定有误")
    assert actions.change_entry(made.pk, made.values | {"used": 4}, area=town, by=clerk).values["used"] == 4


def test_every_entry_has_what_it_must_or_stands_on_the_list(bureau, clerk, town_person, as_):
    stone, willow = bureau.towns["石门镇"], bureau.towns["柳泉镇"]
    first, second, third = quota(1, stone, clerk), quota(2, stone, clerk), quota(3, willow, clerk)
    visit(1, "q1", "2026-10-09", stone, clerk)
    visit(2, "Q2", "2026-09-30", stone, clerk)  # last quarter
    visit(3, "Q3", "2026-10-09", willow, clerk, ok="否")
    of = queries.register("own_quota")
    (duty,) = keeping.duties(clerk, [of], NOV)
    assert (duty.n, duty.done, [e for e, _ in duty.lacking]) == (3, 1, [second, third])
    page = as_(clerk).get(reverse("registers:coverage")).content.decode()
    assert "本季现场核查至少 1 次" in page
    assert {
        row["entry"].key for row in as_(clerk).get(reverse("registers:entries", args=["own_quota"]), {"must": "visit"}).context["rows"]
    } == {"Q2", "Q3"}
    assert "没有" in as_(clerk).get(reverse("registers:entry", args=["own_quota", second.pk])).content.decode()
    rate = indicators.value("own_rate", area=bureau.district, period=Period.parse("2026-11"))
    assert (rate.text, {i.title: i.text for i in rate.inputs}[first.name]) == ("33.3", "现场核查已有")
    assert indicators.value("own_rate", area=stone, period=Period.parse("2026-09")).text == "50.0"
    assert first


@pytest.mark.parametrize(
    "kind, old, new, words",
    [
        ("registers", 'needs = ["checked_on"]', 'needs = ["checked"]', "没有字段“checked”"),
        ("registers", 'locked = ["checked"]', 'locked = ["open", "checked"]', "至少要有一个状态没有锁定"),
        ("registers", "quota - used", "quota - checked_on", "“核定日期”的类型不对"),
        ("registers", 'by = "unit"', 'by = "firm"', "没有“own_visit”的字段“firm”"),
        ("indicators", 'rule = "visit"', 'rule = "look"', "look"),
    ],
)
def test_a_wrong_rule_is_said(own, kind, old, new, words):
    path = next((own / kind).glob("own_[qr]*.toml"))
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    packs.clear()
    with pytest.raises(PackFaults, match=words):
        packs.found()
