"""A declared register: entered, changed from a day on, taken out; out and in as a sheet; added up as it stood on a day."""

from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from qingshan.bureau.base import audit, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.packs import PackFaults
from qingshan.bureau.registers import actions, queries, sheets
from qingshan.bureau.registers.models import Change, Entry

pytestmark = pytest.mark.django_db
JAN, JUN, NOV = dt.date(2026, 1, 10), dt.date(2026, 6, 30), dt.date(2026, 11, 20)


@pytest.fixture
def trucks():
    return queries.register("diesel_vehicle")


def truck(n: int, **more) -> dict:
    return {"plate": f"京A{n:05}", "owner": "青川运输", "stage": "国三", **more}


def test_an_entry_is_entered_and_its_past_is_kept(bureau, clerk, trucks):
    made = actions.add_entry(trucks, truck(1), area=bureau.towns["石门镇"], by=clerk, day=JAN)
    assert (made.key, made.state, made.values["stage"], made.version) == ("京A00001", "listed", "s3", 1)
    done = truck(1, done_on="2026-06-30", proof="注销0001")
    actions.change_entry(made.pk, done, area=bureau.towns["石门镇"], state="scrapped", by=clerk, day=JUN, basis="注销证明")
    before = queries.aggregate(trucks, day=dt.date(2026, 6, 29), part={"state": ["scrapped", "treated"]})
    after = queries.aggregate(trucks, day=JUN, part={"state": ["scrapped", "treated"]})
    assert (before.part, before.whole, after.part, after.whole) == (0, 1, 1, 1)
    assert queries.aggregate(trucks, day=dt.date(2026, 1, 9)).whole == 0
    assert [c.basis for c in Change.objects.order_by("version")] == ["", "注销证明"]
    assert audit.verify().is_whole


def test_a_count_of_the_year_takes_the_date_of_each(bureau, clerk, trucks):
    for n, day in enumerate(("2025-12-31", "2026-01-01", "2026-11-20", "2026-11-21", None)):
        actions.add_entry(trucks, truck(n, done_on=day), area=bureau.towns["柳泉镇"], state="scrapped", by=clerk, day=JAN)
    found = queries.aggregate(trucks, day=NOV, where={"state": ["scrapped"]}, dated="done_on", since=dt.date(2026, 1, 1))
    assert found.whole == 2


def test_numbers_add_up_and_an_empty_one_is_named(bureau, clerk):
    plots = queries.register("contaminated_plot")
    for n, (mu, safe) in enumerate(((10.1, "是"), (20.2, "否"), (0.3, "是"))):
        said = {"code": f"P{n}", "plot": f"地块{n}", "area_mu": mu, "use": "第一类用地", "reused": "是", "safe": safe}
        actions.add_entry(plots, said, area=bureau.towns["石门镇"], by=clerk, day=JAN)
    found = queries.aggregate(plots, day=NOV, where={"reused": [True]}, part={"safe": [True]}, total="area_mu")
    assert (found.part, found.whole) == (10.4, 30.6)
    firms = queries.register("voc_firm")
    said = {"credit_code": "91110000X", "firm": "青川涂装", "industry": "涂装", "due": "2026-12-31"}
    made = actions.add_entry(firms, said, area=bureau.towns["石门镇"], by=clerk, day=JAN)
    assert queries.aggregate(firms, day=NOV, total="cut").missing == (made.pk,)
    with pytest.raises(LookupError, match="不是数"):
        queries.aggregate(firms, day=NOV, total="firm")
    with pytest.raises(LookupError, match="没有挥发性有机物重点企业的状态“done”"):
        queries.aggregate(firms, day=NOV, part={"state": ["done"]})


@pytest.mark.parametrize(
    "change, words",
    [
        ({"plate": " "}, "号牌：没有填"),
        ({"stage": "国七"}, "排放阶段：没有“国七”；可填：国二及以下、国三"),
        ({"done_on": "2026-02-30"}, "完成日期：“2026-02-30”须是"),
        ({"colour": "红"}, "没有淘汰治理柴油车的字段“colour”"),
    ],
)
def test_a_wrong_value_is_refused_in_words(bureau, clerk, trucks, change, words):
    with pytest.raises(Refused, match=words):
        actions.add_entry(trucks, truck(1) | change, area=bureau.towns["石门镇"], by=clerk)
    assert not Entry.objects.exists()


def test_a_number_is_taken_once_and_two_editors_meet(bureau, clerk, trucks):
    made = actions.add_entry(trucks, truck(1), area=bureau.towns["石门镇"], by=clerk)
    with pytest.raises(Refused, match="已有号牌“京A00001”"):
        actions.add_entry(trucks, truck(1), area=bureau.towns["石门镇"], by=clerk)
    actions.change_entry(made.pk, truck(1, owner="甲"), area=bureau.towns["石门镇"], by=clerk, version=1)
    with pytest.raises(Refused, match="又被人改过"):
        actions.change_entry(made.pk, truck(1, owner="乙"), area=bureau.towns["石门镇"], by=clerk, version=1)


def test_taken_out_it_counts_as_it_did_and_comes_back(bureau, clerk, trucks):
    made = actions.add_entry(trucks, truck(1), area=bureau.towns["石门镇"], by=clerk, day=JAN)
    with pytest.raises(Refused, match="写明移出的原因"):
        actions.archive_entry(made.pk, by=clerk, basis=" ")
    actions.archive_entry(made.pk, by=clerk, basis="重复登记", day=JUN)
    assert [queries.aggregate(trucks, day=d).whole for d in (JAN, NOV)] == [1, 0]
    actions.restore_entry(made.pk, by=clerk, basis="查无重复", day=NOV)
    assert queries.aggregate(trucks, day=NOV).whole == 1


def test_only_who_may_changes_and_a_town_sees_its_own(bureau, clerk, town_person, stranger, trucks, as_):
    mine = actions.add_entry(trucks, truck(1), area=bureau.towns["石门镇"], by=clerk)
    other = actions.add_entry(trucks, truck(2), area=bureau.towns["柳泉镇"], by=clerk)
    with pytest.raises(PermissionDenied):
        actions.change_entry(mine.pk, truck(1, owner="丙"), area=bureau.towns["石门镇"], by=town_person)
    page = as_(town_person).get(reverse("registers:entries", args=["diesel_vehicle"])).content.decode()
    assert "京A00001" in page
    assert "京A00002" not in page
    assert as_(town_person).get(reverse("registers:entry", args=["diesel_vehicle", other.pk])).status_code == 404
    assert as_(stranger).get(reverse("registers:entries", args=["diesel_vehicle"])).status_code == 404


def test_the_sheet_goes_out_and_comes_in_again(bureau, clerk, trucks, as_):
    for n in range(3):
        actions.add_entry(trucks, truck(n), area=bureau.towns["石门镇"], by=clerk, day=JAN)
    answer = as_(clerk).get(reverse("registers:export", args=["diesel_vehicle"]))
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    sheet = book.active
    assert [c.value for c in sheet[1]] == ["号牌", "车主", "排放阶段", "完成日期", "凭证号", "所在区域", "状态"]
    sheet["G2"] = "已淘汰"
    sheet.append(["京A00009", "新车队", "国四", None, None, "柳泉镇", None])
    sheet.append(["京A00010", "新车队", "国九", None, None, "没有镇", None])
    out = io.BytesIO()
    book.save(out)
    client, address = as_(clerk), reverse("registers:sheet", args=["diesel_vehicle"])
    seen = client.post(address, {"file": io.BytesIO(out.getvalue())})
    assert [(f.row, f.column) for f in seen.context["faults"]] == [(6, "排放阶段"), (6, "所在区域")]
    assert seen.context["count"] == 4
    client.post(address, {"confirm": seen.context["confirm"]})
    assert dict(Entry.objects.values_list("key", "state")) == {
        "京A00000": "scrapped", "京A00001": "listed", "京A00002": "listed", "京A00009": "listed",
    }  # fmt: skip
    assert Entry.objects.get(key="京A00001").version == 1


def test_a_sheet_without_the_key_says_what_to_do(bureau, clerk, trucks):
    with pytest.raises(sheets.SheetRefused, match="没有“号牌”这一列；请先下载模板"):
        sheets.read(trucks, "甲.csv", "车牌,车主\n京A1,甲\n".encode("gbk"), clerk)


def test_a_form_enters_changes_and_shows_the_history(bureau, clerk, trucks, as_):
    client = as_(clerk)
    form = {"plate": "京B1", "owner": "甲", "stage": "s3", "area": bureau.towns["石门镇"].pk, "state": "listed", "day": "2026-01-10"}
    wrong = client.post(reverse("registers:new", args=["diesel_vehicle"]), form | {"stage": ""})
    assert wrong.status_code == 422
    made = client.post(reverse("registers:new", args=["diesel_vehicle"]), form)
    assert made.status_code == 302
    entry = Entry.objects.get()
    changed = form | {"state": "treated", "day": "2026-06-30", "basis": "验收单", "version": "1"}
    client.post(reverse("registers:edit", args=["diesel_vehicle", entry.pk]), changed)
    page = client.get(reverse("registers:entry", args=["diesel_vehicle", entry.pk])).content.decode()
    assert "状态：已摸排 → 已治理" in page
    assert "验收单" in page


def test_a_bureau_declares_its_own_register_in_toml_only(bureau, clerk, as_, settings):
    folder = settings.BUREAU_PACKS / "own" / "registers"
    folder.mkdir(parents=True)
    (folder / "quiet_street.toml").write_text(
        'name = "quiet_street"\ntitle = "安静街区"\nfield = [{ name = "no", title = "编号", key = true }, '
        '{ name = "leq", title = "夜间声级", type = "number", unit = "dB(A)", decimals = 1 }]\n', "utf-8"
    )  # fmt: skip
    packs.clear()
    client = as_(clerk)
    assert "安静街区" in client.get(reverse("registers:registers")).content.decode()
    client.post(reverse("registers:new", args=["quiet_street"]), {"no": "1", "leq": "44.6", "area": bureau.district.pk, "day": "2026-01-10"})
    assert queries.aggregate(queries.register("quiet_street"), day=NOV, total="leq").whole == 44.6


def test_every_fault_of_a_declaration_is_said(settings):
    folder = settings.BUREAU_PACKS / "own" / "registers"
    folder.mkdir(parents=True)
    (folder / "bad.toml").write_text('name = "bad"\ntitle = "坏册"\nfield = [{ name = "a", title = "甲", type = "choice" }]\n', "utf-8")
    (folder / "worse.toml").write_text('name = "worse"\ntitle = "更坏"\nfield = [{ name = "a", title = "甲" }]\n', "utf-8")
    packs.clear()
    with pytest.raises(PackFaults) as error:
        queries.register("bad")
    assert "choice”与 choices 要一起写" in str(error.value)
    assert "须有且只有一个字段写 key = true" in str(error.value)
