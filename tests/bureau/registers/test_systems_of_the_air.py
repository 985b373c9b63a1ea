"""What the national pack carries of the air: lists with proofs, counts, due days, orders that may not be blanket ones."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from tests.bureau.cases.conftest import Hands
from tests.bureau.registers.hands import TODAY, change, form_of, put, shown

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.cases import actions as cases
from qingshan.bureau.cases.models import Case
from qingshan.bureau.indicators import assessments
from qingshan.bureau.ledger import reading
from qingshan.bureau.registers import actions, agenda, queries, sifting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-20T10:00:00")
    assessments.clear()
    yield
    assessments.clear()


@pytest.fixture
def stone(bureau):
    return bureau.towns["石门镇"]


@pytest.fixture
def hands(town_person, clerk, chief) -> Hands:
    return Hands(town_person, clerk, chief)


PROOFS = {
    "firm_exit": ("stopped", "exited", "cleared", {"power_on": "2026-05-01", "power_no": "断电1号", "removed_on": "2026-05-20",
                                                   "photo_no": "核查1号", "exit_on": "2026-06-01", "cleared": "是"}, "firms_exited"),
    "clean_heating": ("doing", "done", "removed", {"households": 120, "changed": 120, "accepted_on": "2026-10-20", "check_due": "2026-11-30",
                                                   "removed": "是"}, "coal_villages_done"),
    "dust_demo": ("nominated", "accepted", "score", {"kind": "示范工地", "score": 95, "accepted_on": "2026-06-01", "document": "青建〔2026〕3号",
                                                     "recheck_due": "2026-12-01"}, "dust_demo_sites"),
    "berth": ("building", "linked", "capacity", {"way": "低压", "capacity": 150, "accepted_on": "2026-05-30", "calls": 80, "used": 60}, "berths_linked"),
}  # fmt: skip
"""register → state before, state, a field that proves it, all that is needed, the indicator that counts it"""


@pytest.mark.parametrize("name", PROOFS)
def test_nothing_counts_as_done_before_its_proofs_are_there(name, bureau, stone, clerk, as_):
    before, done, proof, said, counted = PROOFS[name]
    entry = put(name, clerk, stone, state=before, **{k: v for k, v in said.items() if k != proof})
    of = queries.register(name)
    with pytest.raises(Refused, match=of.get(proof).title if proof != "removed" and proof != "cleared" else "没有做到"):
        change(entry, clerk, state=done)
    page = as_(clerk).post(reverse("registers:edit", args=[name, entry.pk]), form_of(entry, state=done))
    assert page.status_code == 422
    assert shown(counted, bureau.district) == "0"
    entry = change(entry, clerk, state=done, **{proof: said[proof]})
    assert entry.state == done
    assert shown(counted, bureau.district) == "1"
    assert shown(counted, bureau.towns["柳泉镇"]) == "0"


def test_a_demonstration_site_revoked_counts_no_more_and_a_village_is_checked_in_the_heating_season(bureau, stone, clerk):
    said = PROOFS["dust_demo"][3]
    demo = put("dust_demo", clerk, stone, state="accepted", **said)
    with pytest.raises(Refused, match="撤销原因"):
        change(demo, clerk, state="revoked", rechecked_on="2026-11-01")
    change(demo, clerk, state="revoked", rechecked_on="2026-11-01", revoked="复查裸土未盖")
    assert shown("dust_demo_sites", bureau.district) == "0"
    put("clean_heating", clerk, stone, state="done", **PROOFS["clean_heating"][3])
    assert [(x.title, x.light) for x in agenda.falling(clerk, TODAY, within=30, name="clean_heating")] == [("采暖季检查", "amber")]
    assert shown("shore_power_use", bureau.district) == ""
    put("berth", clerk, stone, state="linked", **PROOFS["berth"][3])
    assert shown("shore_power_use", bureau.district) == "75.0"


def test_logs_of_roadside_checks_add_up_by_day_and_year(bureau, stone, clerk):
    for on, kind, checked, failed in (
        ("2026-11-19", "尾气路检", 1200, 30), ("2026-11-20", "遥感监测", 1900, 12), ("2026-11-20", "渣土车检查", 310, 9), ("2026-11-20", "限行违法抓拍", 50, 47),
        ("2025-11-20", "尾气路检", 700, 1),
    ):  # fmt: skip
        put("roadside_check", clerk, stone, code="", on=on, day=dt.date.fromisoformat(on), kind=kind, checked=checked, failed=failed)
    assert [shown("roadside_checked", bureau.district, p) for p in ("2026-11-20", "2026-11", "2025")] == ["1900", "3100", "700"]
    assert (shown("muck_checked", bureau.district), shown("limit_violations", bureau.district)) == ("310", "47")
    last = queries.entries(queries.register("roadside_check"), clerk).latest("pk")
    assert last.key == "LJ-2025-0001"
    assert queries.register("roadside_check").figures(last.values)["failed_share"] == pytest.approx(100 / 700)


def test_a_blanket_stop_order_cannot_be_issued(bureau, clerk):
    order = put(
        "control_order",
        clerk,
        bureau.district,
        level="红色响应",
        green="全面停工停产",
        yellow="全面停工停产",
        red="全面停工停产",
        document="令1号",
        sent=40,
    )
    with pytest.raises(Refused, match="一刀切"):
        change(order, clerk, state="issued")
    change(order, clerk, state="issued", green="停止产尘工序")
    milder = put(
        "control_order",
        clerk,
        bureau.district,
        level="黄色响应",
        green="正常生产施工",
        yellow="全面停工停产",
        red="全面停工停产",
        document="令2号",
        sent=4,
    )
    with pytest.raises(Refused, match="黄牌"):
        change(milder, clerk, state="issued")


def test_firms_of_organic_compounds_are_watched_from_inputs_to_running(bureau, stone, clerk):
    five = dict.fromkeys(("closed", "leak", "carbon", "ledger", "tested"), "是")
    good = put("voc_firm", clerk, stone, inputs=40, low_inputs=30, running="正常", checked_on="2026-11-01", **five)
    put("voc_firm", clerk, stone, inputs=10, low_inputs=1, running="不正常", checked_on="2026-11-01", **five | {"carbon": "否"})
    put("voc_firm", clerk, stone)
    of = queries.register("voc_firm")
    there = list(queries.entries(of, clerk).order_by("pk"))
    assert [agenda.grades(of, there, TODAY)[e.pk].word for e in there] == ["绿", "黄", "待定"]
    assert (shown("voc_running_ratio", bureau.district), shown("voc_low_inputs_mean", bureau.district)) == ("50.0", "42.5")
    assert shown("voc_listed_ratio", bureau.district) == "33.3"
    actions.open_finding(good.pk, "夜间停用", responsible=bureau.governments["石门镇"], by=clerk)
    assert agenda.grades(of, [good], TODAY)[good.pk].word == "红"


def test_inventories_shares_and_restaurants(bureau, stone, clerk, as_):
    put("emission_inventory", clerk, stone, source="水泥厂", nox=120.5, updated_on="2026-05-01")
    old = put("emission_inventory", clerk, stone, source="锅炉", nox=10, updated_on="2025-05-01")
    assert (shown("inventory_nox", bureau.district), shown("inventory_fresh_ratio", bureau.district)) == ("130.5", "50.0")
    put("emission_inventory", clerk, stone, source="汽修", voc=1, updated_on="2026-05-01")  # no nitrogen oxides: nothing added
    assert (shown("inventory_nox", bureau.district), shown("inventory_fresh_ratio", bureau.district)) == ("130.5", "66.7")
    page = as_(clerk).get(reverse("registers:entries", args=["emission_inventory"]), {"list": "stale"}).content.decode()
    assert ("锅炉" in page, "水泥厂" in page) == (True, False)
    change(old, clerk, nox=8, updated_on="2026-11-20")
    assert [c.after["values"]["nox"] for c in old.changes.order_by("version")] == [10, 8]
    shares = {"mobile": 40, "coal": 5, "industry": 15, "dust": 20, "living": 10, "other": 9}
    study = put("source_share", clerk, bureau.district, code="", begin_on="2026-01-01", end_on="2026-02-28", **shares)
    with pytest.raises(Refused, match="合计为 100%"):
        change(study, clerk, state="reviewed")
    change(study, clerk, state="reviewed", other=10)
    assert shown("source_share_mobile", bureau.district) == "40.0"
    put("catering", clerk, stone, shop="浓烟", cleaner="是", fume=2.4, over_hours=3, cleaned_on="2026-11-01", treated_on="2026-04-01")
    put("catering", clerk, stone, shop="清淡", cleaner="是", fume=0.4, over_hours=0, cleaned_on="2026-11-01")
    visits = sifting.sift(
        queries.register("catering"), queries.entries(queries.register("catering"), clerk), sifting.Sieve(short="visit"), TODAY
    )
    assert [e.name for e in visits] == ["浓烟"]
    assert shown("catering_treated", bureau.district) == "1"


def test_scattered_firms_yards_ozone_repair_shops_and_the_road_team(bureau, stone, clerk):
    found = put("scattered_firm", clerk, stone)
    with pytest.raises(Refused, match="分类处置"):
        change(found, clerk, state="sorted")
    change(found, clerk, state="sorted", way="关停取缔", due="2026-08-01")
    change(found, clerk, state="done", proof="取缔1号", done_on="2026-07-01")
    assert shown("scattered_done_ratio", bureau.district) == "100.0"
    assert [x.title for x in agenda.falling(clerk, TODAY, within=60, name="scattered_firm")] == ["回头看"]
    change(found, clerk, state="back")
    assert (shown("scattered_done_ratio", bureau.district), shown("scattered_back", bureau.district)) == ("0.0", "1")
    yard = put("material_yard", clerk, stone, way="无", hard="是", wash="是", done_on="2026-06-01")
    with pytest.raises(Refused, match="有抑尘方式"):
        change(yard, clerk, state="done")
    change(yard, clerk, state="done", way="全封闭")
    assert shown("yards_done_ratio", bureau.district) == "100.0"
    put("ods_user", clerk, stone, state="filed", quota=1.2, amount=1.3, filed_on="2026-02-01")
    put("ods_user", clerk, stone, state="missing")
    assert (shown("ods_over_quota", bureau.district), shown("ods_filed_ratio", bureau.district)) == ("1", "50.0")
    put(
        "vehicle_repair",
        clerk,
        stone,
        booth_ok="是",
        paint_ok="是",
        waste_ok="是",
        ledger_ok="否",
        saving_ok="是",
        assessed_on="2026-03-01",
    )
    assert (shown("repair_assessed", bureau.district), shown("repair_score_mean", bureau.district)) == ("1", "85.0")
    shift = put("team_shift", clerk, stone, code="", on="2026-11-18")
    with pytest.raises(Refused, match="没有填检查工地"):
        change(shift, clerk, state="done")
    change(shift, clerk, state="done", sites=6, trucks=20, found=3, cases=1)
    assert [shown(n, bureau.district) for n in ("team_shifts", "team_found", "team_cases")] == ["1", "3", "1"]


def test_joint_work_is_logged_answered_and_counted(bureau, clerk):
    with pytest.raises(Refused, match="没有编号"):
        put("joint_action", clerk, bureau.district, code="", mechanism="无此机制", on="2026-10-01")
    put("joint_mechanism", clerk, bureau.district, code="X1", subject="大气", next_on="2026-11-25")
    notice = put(
        "joint_action",
        clerk,
        bureau.district,
        code="",
        mechanism="X1",
        kind="上下游通报",
        on="2026-10-01",
        reply_due="2026-10-08",
        result="已通报",
    )
    with pytest.raises(Refused, match="答复日期"):
        change(notice, clerk, state="done")
    assert (shown("joint_actions", bureau.district), shown("joint_answered_ratio", bureau.district)) == ("1", "0.0")
    assert {x.title for x in agenda.falling(clerk, TODAY, within=30)} == {"会商", "对方答复"}
    change(notice, clerk, state="done", replied_on="2026-10-07")
    assert shown("joint_answered_ratio", bureau.district) == "100.0"


def test_fires_washing_and_penalties_are_cases_that_count(bureau, stone, clerk, hands):
    town = bureau.governments["石门镇"]
    case = cases.open_case("fire_point", title="河滩火点", area=stone, responsible=town, by=clerk)
    hands.finish(case)
    false = cases.open_case("fire_point", title="烟囱热源", area=stone, responsible=town, by=clerk)
    hands.forward(false)
    with pytest.raises(Refused, match="核查记录"):
        hands.step(Case.objects.get(pk=false.pk), "drop")
    hands.prove(false, "record")
    assert hands.step(Case.objects.get(pk=false.pk), "drop").is_closed
    assert [shown(n, bureau.district) for n in ("fire_points", "straw_fires", "fire_points_closed_ratio")] == ["2", "1", "100.0"]
    wash = cases.open_case("road_wash", title="橙色响应加强冲洗", area=stone, responsible=town, by=clerk, facts={"level": "orange"})
    hands.finish(wash)
    assert (shown("road_wash_km", bureau.district), shown("road_wash_on_time", bureau.district)) == ("3.0", "100.0")
    for kind in ("site", "road"):
        case = cases.open_case("dust_case", title="扬尘", area=stone, responsible=town, by=clerk, facts={"unit": "甲公司", "kind": kind})
        hands.forward(case)
        hands.forward(Case.objects.get(pk=case.pk))
    assert (shown("dust_cases", bureau.district), shown("dust_fines", bureau.district)) == ("1", "6.00")


def test_a_finding_names_the_clauses_in_force(bureau, stone, clerk, as_):
    now = put("check_item", clerk, bureau.district, code="A1", item="裸土覆盖", kind="施工工地扬尘")
    old = put("check_item", clerk, bureau.district, code="A0", item="旧条款", kind="施工工地扬尘", state="ended", to_on="2026-01-01")
    put("check_item", clerk, bureau.district, code="T1", item="土壤条款", kind="建设用地土壤")
    change(now, clerk, clause="第5.2条")
    site = put("construction_site", clerk, stone)
    page = as_(clerk).get(reverse("registers:entry", args=["construction_site", site.pk])).content.decode()
    assert ("A1 裸土覆盖" in page, "旧条款" in page, "土壤条款" in page) == (True, False, False)
    town = bureau.governments["石门镇"]
    with pytest.raises(Refused, match="不在用"):
        actions.open_finding(site.pk, "裸土", responsible=town, by=clerk, clauses=[old.pk])
    address = reverse("registers:finding", args=["construction_site", site.pk])
    assert as_(clerk).post(address, {"summary": "裸土", "responsible": town.pk, "clauses": [now.pk]}).status_code == 302
    assert Case.objects.get(workflow="entry_finding").summary == "裸土。不符合：A1 裸土覆盖（第2版）"
    plot = put("contaminated_plot", clerk, stone)
    assert [c.key for c in agenda.clauses(queries.register(plot.register))] == ["T1"]


@pytest.mark.parametrize(
    ("text", "unit", "name"),
    [
        ("淘汰退出企业5家", "家", "firms_exited"), ("推进12个村煤改清洁能源工作", "个", "coal_villages_done"),
        ("建设扬尘控制示范工地10个以上", "个", "dust_demo_sites"), ("扬尘控制示范道路10条以上", "条", "dust_demo_roads"),
        ("路检机动车不少于3000辆", "辆", "roadside_checked"), ("路检柴油车3000辆次", "辆次", "roadside_trips"),
        ("检查渣土车300余辆", "辆", "muck_checked"), ("完成1个码头岸电改造工作", "个", "berths_linked"),
        ("餐饮业油烟治理165家以上", "家", "catering_treated"), ("31家汽修企业绿色生产评估工作", "家", "repair_assessed"),
        ("查处施工扬尘类违法行为233起", "起", "dust_cases"), ("4条清洁小流域治理工作", "条", "basins_done"),
        ("推进46个入河排污口溯源整治", "个", "outlets_traced"), ("完成11家企业清洁生产审核", "家", "clean_audits_done"),
        ("淘汰、治理柴油车300辆以上", "辆", "diesel_vehicles_done"),
    ],
)  # fmt: skip
def test_a_plan_s_own_words_find_the_number(text, unit, name):
    class Quantity:
        pass

    quantity = Quantity()
    quantity.unit = unit
    assert reading._measured_by(text, quantity, reading.works()) == name


def test_a_day_before_the_year_is_not_counted(bureau, stone, clerk):
    said = PROOFS["firm_exit"][3] | {"exit_on": "2025-12-31"}
    put("firm_exit", clerk, stone, state="exited", day=dt.date(2025, 12, 31), **said)
    assert (shown("firms_exited", bureau.district), shown("firms_exited", bureau.district, "2025")) == ("0", "1")
