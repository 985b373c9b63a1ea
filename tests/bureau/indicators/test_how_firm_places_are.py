"""How firm places are: missing and waiting values widen them, and every item says which doubt was considered and which was not."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from tests.bureau.indicators.observed import lake_of
from tests.bureau.indicators.test_schemes_score import OCTOBER, at_work, give, write  # noqa: F401

from qingshan.bureau.base.models import Area
from qingshan.bureau.indicators import actions, explanations, queries
from qingshan.bureau.indicators.firm import firm
from qingshan.bureau.indicators.inputs import gather
from qingshan.bureau.indicators.models import Entry, Report
from qingshan.bureau.indicators.standings import stand

pytestmark = pytest.mark.django_db


def said(scheme, period=OCTOBER, held=None) -> dict:
    return firm(gather(scheme, held), scheme, period).as_data()


def words(told: dict) -> dict[str, tuple[bool, str]]:
    return {i["title"]: (i["counted"], i["words"]) for i in told["items"]}


def test_a_missing_entry_may_be_anything_from_worst_to_best(at_work):  # noqa: F811
    """石门任务未填、按零分：积尘 20 分。补成最差 10 分共 30，最好 60 分共 80；柳泉 100、城关 86、竹溪 10 分。"""
    scheme = write(at_work.folder, missing="zero")
    give(at_work.by, {"石门镇": 0.8, "柳泉镇": 0.3, "竹溪乡": 1.5, "城关街道": 0.55}, {"柳泉镇": 100, "竹溪乡": 60, "城关街道": 98})
    told = said(scheme)
    stone = told["units"]["990101"]
    assert (stone["place"], stone["open"]) == (3, [3, 3])
    assert told["units"]["990103"]["open"] == [4, 4]
    assert words(told)["任务完成率"] == (True, "1 个缺的数按从最差到最好排过")
    assert words(told)["道路积尘负荷"] == (False, "按导入的数，发布单位的误差没有考虑")
    give(at_work.by, {"城关街道": 1.05}, {})  # 城关：10＋56＝66，石门补齐后可以超过它
    moved = said(scheme)["units"]
    assert moved["990101"]["open"] == [2, 3]
    assert moved["990104"]["open"] == [2, 3]
    assert moved["990102"]["open"] == [1, 1]


def test_a_unit_left_out_is_named_as_not_considered(at_work, clerk, as_):  # noqa: F811
    scheme = write(at_work.folder)
    give(at_work.by, {"石门镇": 0.8, "柳泉镇": 0.3, "竹溪乡": 1.5, "城关街道": 0.55}, {"柳泉镇": 100, "竹溪乡": 60, "城关街道": 98})
    told = said(scheme)
    assert words(told)["没有参加排名的 1 个"] == (False, "补上数据后会进入排名，没有考虑")
    assert all("open" not in u for u in told["units"].values())
    page = as_(clerk).get("/ranking/firm/?scheme=trial&period=2026-10&trial=1").content.decode()
    assert "没有重抽，只看缺项和待确认的数" in page
    assert "最接近的几对" in page
    assert "柳泉镇（第 1）与城关街道（第 2）差 14.00分" in page


def test_a_waiting_entry_counts_both_ways(bureau, clerk, town_person, monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-20T14:20:00")
    Area.objects.create(code="990102001", name="柳湾村", level="village", parent=bureau.towns["柳泉镇"])
    for item, mine, theirs in (("water_class", 3, 3), ("patrol", 80, 70), ("problems", 1, 0)):
        actions.enter_score("village_water", item, "石门村", OCTOBER, mine, by=clerk, basis="x")
        actions.enter_score("village_water", item, "柳湾村", OCTOBER, theirs, by=clerk, basis="x")
    scheme = queries.scheme("village_water")
    assert all("open" not in u for u in said(scheme)["units"].values())
    Entry.objects.create(scheme="village_water", item="problems", unit="石门村", code="990101001", period="2026-10", value=0, basis="照片",
                         by=town_person, at=datetime(2026, 11, 3), organisation=town_person.organisation, state="waiting")  # fmt: skip
    told = said(scheme)
    assert words(told)["漂浮物、直排问题"] == (True, "1 个待确认的数按确认、退回两种情形排过")
    assert told["units"]["990101001"]["place"] == 2
    assert told["units"]["990101001"]["open"] == [1, 2]


def test_reports_and_counts_are_told_apart_from_what_is_drawn(observed, own_folders, clerk, stranger):
    linear = {"kind": "linear", "full_at": 0, "zero_at": 100}
    names = {s.source.kind: s.name for s in queries.indicators() if s.source.kind in ("reported", "register", "cases", "formula")}
    assert set(names) == {"reported", "register", "cases", "formula"}
    items = [{"name": "pm", "indicator": "pm2_5_mean", "weight": 50, "transform": linear}]
    items += [{"name": kind, "indicator": name, "weight": 10, "transform": linear} for kind, name in names.items()]
    scheme = write(own_folders, item=items, full=90, missing="zero", capture=50)
    store = lake_of(own_folders)
    for hour in range(1, 24):
        store.supersede("T1", datetime(2026, 10, 5, hour), "PM2.5", None, received=datetime(2026, 11, 2), basis="质控剔除")
    told = said(scheme, held=queries.assessment(OCTOBER))
    by_name = dict(zip([i["name"] for i in items], [(i["counted"], i["words"]) for i in told["items"]], strict=False))
    assert by_name["pm"][0]
    assert "站日已重抽" in by_name["pm"][1]
    assert by_name["reported"][0]
    assert not by_name["register"][0]
    assert "漏登、补登没有考虑" in by_name["register"][1]
    assert not by_name["formula"][0]
    assert "各口径的缺测没有考虑" in by_name["formula"][1]
    assert told["draws"] > 0


def test_a_waiting_report_counts_both_ways(observed, own_folders, clerk):
    reported = next(i for i in queries.indicators() if i.source.kind == "reported" and i.source.every == "month")
    better = reported.better
    scheme = write(own_folders, item=[{"name": "r", "indicator": reported.name, "transform": {"kind": "value"}}], capture=0)
    values = {"石门镇": 10, "柳泉镇": 20, "竹溪乡": 30}
    for name, value in values.items():
        Report.objects.create(indicator=reported.name, area=observed.towns[name], period="2026-10", value=Decimal(value), state="confirmed",
                              by=clerk, at=datetime(2026, 11, 2))  # fmt: skip
    first = "990101" if better == "lower" else "990103"
    assert said(scheme, held=queries.assessment(OCTOBER))["units"][first]["place"] == 1
    area = observed.towns["石门镇" if better == "lower" else "竹溪乡"]
    Report.objects.create(indicator=reported.name, area=area, period="2026-10", version=2, value=Decimal(25 if better == "lower" else 15),
                          by=clerk, at=datetime(2026, 11, 3))  # fmt: skip
    told = said(scheme, held=queries.assessment(OCTOBER))
    assert told["units"][first]["open"] == [1, 2]


def test_the_swap_named_for_neighbours_really_swaps_them(at_work):  # noqa: F811
    scheme = write(at_work.folder)
    give(at_work.by, {"石门镇": 0.8, "柳泉镇": 0.3, "竹溪乡": 1.5, "城关街道": 0.55}, {"石门镇": 97.5, "柳泉镇": 100, "竹溪乡": 60, "城关街道": 98})
    now = stand(gather(scheme, None), scheme, OCTOBER)
    first = explanations.near(now)[0]
    assert (first["ahead"], first["behind"], first["text"]) == ("城关街道", "石门镇", "12.00分")
    assert first["swap"] == "石门镇道路积尘负荷再低 0.31 g/m²即超过"


def test_a_change_of_dust_rule_still_has_last_year(observed, own_folders, clerk):
    """方案里改沙尘口径（一律剔除或一律计入），同比照样能算。"""
    actions.deduct_day(by=clerk, day=date(2026, 10, 20), symbols=("PM2.5",), basis="总站")
    indicator = queries.indicator("pm2_5_mean")
    other = "keep" if indicator.dust == "exclude" else "exclude"
    item = {"name": "pm", "indicator": "pm2_5_mean", "weight": 100, "take": {"kind": "change"}, "transform": {"kind": "linear", "full_at": -20, "zero_at": 20}}
    scheme = write(own_folders, item=[item], dust=other)
    now = stand(gather(scheme, queries.assessment(OCTOBER)), scheme, OCTOBER)
    assert now.taken[0, 0] == now.taken[0, 0], now.cells[0][0].reason


def test_places_of_other_months_need_no_last_year_and_are_the_same(observed):
    held = queries.assessment(OCTOBER)
    for scheme in queries.schemes():
        lean, full = (stand(gather(scheme, held), scheme, OCTOBER, compared=c) for c in (False, True))
        assert lean.places.tolist() == full.places.tolist(), scheme.name
        assert [str(k) for k in lean.key] == [str(k) for k in full.key], scheme.name
    plain = stand(gather(queries.scheme("town_pm2_5"), held), queries.scheme("town_pm2_5"), OCTOBER, compared=False)
    assert all(c.found.last_year is None for c in plain.cells[0]), "各月位次不算去年"
