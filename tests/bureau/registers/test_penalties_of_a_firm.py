"""Penalties, checks, tax, joint discipline and compensation of a firm: declared, not coded; in the firm's file, and counted."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from qingshan.bureau.base import packs
from qingshan.bureau.cases import actions as cases
from qingshan.bureau.indicators import assessments
from qingshan.bureau.indicators import queries as indicators
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.registers import actions, queries, values
from qingshan.bureau.registers.declared import Field
from qingshan.terms import credit

pytestmark = pytest.mark.django_db
CODE = "91999101MA0000001"
CODE += credit.check_character(CODE)
NAME = "白鹭印务有限公司"


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-20T10:00:00")
    assessments.clear()


def entry(register: str, town, by, **said):
    state = said.pop("state", None)
    more = {"state": state} if state else {}
    return actions.add_entry(queries.register(register), said, area=town, by=by, **more)


def penalty(town, by, **said):
    about = {"firm": NAME, "credit_code": CODE, "source": "固定源", "act": "未按证排污", "filed_on": "2026-08-03", "kind": "罚款"}
    return entry("penalty", town, by, **about | {"state": "decided", "decided_on": "2026-09-10"} | said)


@pytest.mark.parametrize(
    ("unit", "said", "amount"),
    [
        ("元", "43.1万", 431000), ("元", "43.1万元", 431000), ("元", "431,000.00", 431000), ("元", "￥431000元整", 431000), ("元", "０．５万", 5000),
        ("万元", "43.1", 43.1), ("万元", "431000元", 43.1), ("万元", "1.2亿元", 12000), ("元", 25000, 25000), ("元", "25.05万", 250500), ("元", "1e3", 1000),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_people_write_it(unit, said, amount):
    assert values.stored(Field(name="fine", title="罚款", type="number", unit=unit), said) == amount


@pytest.mark.parametrize("said", ["4万3", "四万", "万", "43.1万吨", "1..2万", "inf", "nan万"])
def test_what_is_no_amount_is_refused(said):
    with pytest.raises(values.Wrong, match="不是数"):
        values.stored(Field(name="fine", title="罚款", type="number", unit="元"), said)
    with pytest.raises(values.Wrong, match="不是数"):
        values.stored(Field(name="flow", title="水量", type="number", unit="m³/d"), "2万")  # only money has 万


def test_they_stand_in_the_file_of_the_firm_with_their_sum(bureau, clerk, chief, town_person, as_):
    stone = bureau.towns["石门镇"]
    penalty(stone, clerk, fine="2.5万", pay_by="2026-11-22")
    penalty(stone, clerk, fine="4000", source="扬尘源", state="closed")
    entry("tax_transfer", stone, clerk, firm=NAME, credit_code=CODE, why="未申报", document="青环函1号", moved_on="2026-10-08", state="levied", levied="1.2万")
    entry("joint_discipline", stone, clerk, firm=NAME, credit_code=CODE, cause="行政处罚", pushed_to="税务局、市场监管局", pushed_on="2026-10-09")
    entry("accountability", stone, clerk, matter="印务问题整改不力", trigger="整改不力", unit="石门镇", started_on="2026-10-10", person="张某")
    about = {"by": chief, "title": "倾倒废墨", "area": stone, "responsible": bureau.governments["石门镇"]}
    suit = cases.open_case("damage_compensation", facts={"liable": NAME, "harm": "water", "clue": "case"}, **about)
    page = as_(clerk).get(reverse("registers:firm", args=[CODE])).content.decode()
    for words in ("行政处罚", "2 件，罚款金额合计 29,000.00 元", "征收税额合计 12,000.00 元", "联合惩戒", "缴款期限", suit.number, "损害赔偿案件"):
        assert words in page, words
    assert as_(town_person).get(reverse("registers:entries", args=["accountability"])).status_code in (403, 404)
    ledger = as_(town_person).get(reverse("registers:firm", args=[CODE])).content.decode()
    assert "移送税务" not in ledger
    assert "29,000.00" in ledger


def test_fines_and_checks_are_counted_by_source_in_yuan_and_in_wan(bureau, clerk):
    stone, willow = bureau.towns["石门镇"], bureau.towns["柳泉镇"]
    penalty(stone, clerk, fine="43.1万")
    penalty(willow, clerk, fine="25.05万", source="移动源", state="closed")
    penalty(stone, clerk, fine="9万", decided_on="2025-12-31")  # last year's
    penalty(stone, clerk, fine="9万", state="withdrawn")
    for town, times, source in ((stone, 2660, "固定源"), (willow, 25934, "移动源")):
        entry("law_check", town, clerk, firm="汇总", source=source, way="专项检查", checked_on="2026-09-01", times=times)
    entry("tax_transfer", stone, clerk, firm=NAME, credit_code=CODE, why="未申报", document="1号", moved_on="2026-10-08")

    def said(name: str, area) -> str:
        return indicators.value(name, area=area, period=Period.year_to(dt.date(2026, 11, 20))).text.replace("\u2009", "")

    names = ("penalties_count", "fines_amount", "fines_fixed", "fines_mobile", "fines_dust", "fines_wan", "checks_count", "checks_vehicles", "tax_transfers")
    assert [said(name, bureau.district) for name in names] == ["2", "681500.00", "431000.00", "250500.00", "0.00", "68.15", "28594", "25934", "1"]
    assert said("fines_wan", willow) == "25.05"
    penalty(stone, clerk)
    assessments.clear()
    assert said("fines_amount", bureau.district) == "数据不足"  # a decision without its amount: no sum is better than a wrong one


def test_a_bureau_declares_one_more_without_python(bureau, clerk, own_folders, as_):
    folder = own_folders / "packs/own/registers"
    folder.mkdir(parents=True)
    (folder / "rent_cut.toml").write_text(
        'name = "rent_cut"\ntitle = "扣减补助"\nbasis = "本局"\ntotal = "cut"\nstate = { decided = "已扣减" }\n'
        'field = [{ name = "n", title = "编号", key = true }, { name = "firm", title = "企业名称", heading = true }, '
        '{ name = "credit_code", title = "统一社会信用代码" }, { name = "cut", title = "扣减额", type = "number", unit = "万元" }]\n', "utf-8",
    )  # fmt: skip
    packs.clear()
    entry("rent_cut", bureau.towns["石门镇"], clerk, n="K1", firm=NAME, credit_code=CODE, cut="30000元")
    page = as_(clerk).get(reverse("registers:firm", args=[CODE])).content.decode()
    assert "扣减补助" in page
    assert "扣减额合计 3.0 万元" in page
