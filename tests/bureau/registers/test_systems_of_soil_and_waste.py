"""What the national pack carries of soil and waste: two gates before land is used again, transfers that do not match, pairs with a limit."""

from __future__ import annotations

import pytest
from tests.bureau.cases.conftest import Hands
from tests.bureau.registers.hands import TODAY, change, put, shown

from qingshan.bureau.base import packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.cases import actions as cases
from qingshan.bureau.cases.models import Case
from qingshan.bureau.indicators import assessments
from qingshan.bureau.registers import agenda, queries, sheets

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


def test_orchards_are_classed_and_every_change_has_its_reason(bureau, stone, clerk):
    plot = put("farmland_category", clerk, stone, village="石门果园", land="园地", category="优先保护类", mu=30.5)
    put("farmland_category", clerk, stone, land="耕地", category="严格管控类", mu=9)
    assert shown("orchard_priority_mu", bureau.district) == "30.5"
    with pytest.raises(Refused, match="没有填调整原因"):
        change(plot, clerk, state="adjusted", category="安全利用类")
    change(plot, clerk, state="adjusted", category="安全利用类", reason="复测镉超筛选值", document="青农〔2026〕4号", set_on="2026-11-20")
    assert [shown(f"orchard_{k}_mu", bureau.district) for k in ("priority", "safe_use", "strict")] == ["0.0", "30.5", "0.0"]
    assert shown("orchard_priority_mu", bureau.district, "2026-10") == "30.5"


def test_key_units_of_soil_are_chased_for_reports_and_for_what_exceeds(bureau, stone, clerk):
    good = {"self_on": "2026-05-01", "report_no": "报1", "monitor_due": "2027-05-01", "supervise_due": "2026-12-10", "year": 2026}
    put("soil_key_unit", clerk, stone, **good)
    bad = put(
        "soil_key_unit",
        clerk,
        stone,
        self_on="2025-05-01",
        report_no="报0",
        exceeded="是",
        followed="否",
        year=2026,
        monitor_due="2026-05-01",
    )
    assert (shown("soil_self_ratio", bureau.district), shown("soil_exceeding", bureau.district)) == ("50.0", "1")
    assert [(x.title, x.light) for x in agenda.falling(clerk, TODAY, within=30, name="soil_key_unit")] == [
        ("自行监测期限", "red"),
        ("监督性监测", "amber"),
    ]
    change(bad, clerk, self_on="2026-11-01", report_no="报2", followed="是")
    assert (shown("soil_self_ratio", bureau.district), shown("soil_exceeding", bureau.district)) == ("100.0", "0")


def test_land_passes_two_gates_before_it_is_used_again(bureau, stone, clerk):
    site = put("closed_site", clerk, stone, plot="老厂", change="居住")
    put("closed_site", clerk, stone, change="无变更")
    assert shown("home_plots_unsurveyed", bureau.district) == "1"
    with pytest.raises(Refused, match="没有做到：已完成初步调查"):
        change(site, clerk, state="cleared", report_on="2026-06-01")
    put("contaminated_plot", clerk, stone, code="P1")
    check = put("land_check", clerk, stone, code="", use="第一类用地", reply_due="2026-11-22")
    with pytest.raises(Refused, match="前端筛查结果"):
        change(check, clerk, state="screened")
    with pytest.raises(Refused, match="须先是“已筛查”"):
        change(check, clerk, state="allowed", screened="不涉及", replied_on="2026-11-20")
    change(check, clerk, state="screened", screened="在名录")
    with pytest.raises(Refused, match=r"没有填调查报告评审文号.*效果评估文号"):
        change(check, clerk, state="allowed", replied_on="2026-11-20")
    assert [x.light for x in agenda.falling(clerk, TODAY, within=30, name="land_check")] == ["amber"]
    change(check, clerk, state="allowed", replied_on="2026-11-20", plot="P1", survey_no="评1", repair_no="效1")
    assert (shown("land_checks", bureau.district), shown("land_refused", bureau.district)) == ("1", "0")
    change(site, clerk, report_on="2026-10-01", surveyed="是")
    assert shown("home_plots_unsurveyed", bureau.district) == "0"


def test_groundwater_is_closed_after_the_barrier(bureau, stone, clerk):
    site = put(
        "groundwater_site",
        clerk,
        stone,
        wells=5,
        polluted="是",
        report_no="评1",
        surveyed_on="2026-05-01",
        state="surveyed",
        seepage_due="2026-12-01",
    )
    put("groundwater_site", clerk, stone)
    found = [shown(n, bureau.district) for n in ("groundwater_surveyed_ratio", "seepage_done_ratio", "groundwater_wells_kept")]
    assert found == ["50.0", "0.0", "5"]
    with pytest.raises(Refused, match="防渗改造已验收"):
        change(site, clerk, state="closed", seepage_no="验1")
    change(site, clerk, state="closed", seepage_no="验1", seepage="已验收")
    assert shown("seepage_done_ratio", bureau.district) == "100.0"


def test_soil_performance_is_a_scheme_of_entered_points():
    scheme = packs.get("schemes", "soil_performance")
    assert sum(i.weight for i in scheme.item) == 100
    assert all(i.entered for i in scheme.item)


def test_transfers_name_their_maker_cross_borders_with_approval_and_match(bureau, stone, clerk):
    with pytest.raises(Refused, match="危险废物产生单位里没有编号"):
        put("waste_transfer", clerk, stone, credit_code="无此家")
    put("hazardous_unit", clerk, stone, credit_code="M1", amount=3)
    said = {"credit_code": "M1", "sent": 2.5, "sent_on": "2026-10-01", "receive_due": "2026-10-05"}
    with pytest.raises(Refused, match="跨省转移批准文号"):
        put("waste_transfer", clerk, stone, crossing="跨省", **said)
    one = put("waste_transfer", clerk, stone, crossing="跨市", **said)
    put("waste_transfer", clerk, stone, crossing="区内", **said)
    assert [shown(f"waste_{n}", bureau.district) for n in ("sent_t", "crossing_t", "overdue", "mismatch")] == ["5.000", "2.500", "2", "0"]
    with pytest.raises(Refused, match="没有填接收量"):
        change(one, clerk, state="received")
    change(one, clerk, state="received", received=2.4, received_on="2026-10-04")
    assert [shown(f"waste_{n}", bureau.district) for n in ("overdue", "mismatch")] == ["1", "1"]


def test_collectors_serve_small_makers_and_are_emptied_before_they_end(bureau, stone, clerk):
    point = put(
        "waste_collector",
        clerk,
        stone,
        code="C1",
        kind="废铅蓄电池集中收集",
        capacity=10,
        collected=90,
        moved=81,
        state="active",
        permit="试1",
        ends_on="2027-01-01",
    )
    put(
        "waste_collector",
        clerk,
        stone,
        kind="综合收集贮存",
        capacity=50,
        collected=12.5,
        moved=2,
        state="active",
        permit="试2",
        ends_on="2027-01-01",
    )
    assert [shown(n, bureau.district) for n in ("collected_battery_t", "collected_general_t", "battery_points")] == [
        "90.000",
        "12.500",
        "1",
    ]
    of = queries.register("waste_collector")
    assert of.lists(of.said(point.state, point.values), TODAY) == {"overfull": True}
    with pytest.raises(Refused, match="全部转出"):
        change(point, clerk, state="ended")
    for amount, more in ((3, {"collector": "C1"}), (5, {}), (300, {})):
        put("hazardous_unit", clerk, stone, amount=amount, **more)
    assert shown("small_makers_covered", bureau.district) == "50.0"


def test_a_pair_never_moves_more_than_its_limit(bureau, stone, clerk):
    put("hazardous_unit", clerk, stone, credit_code="M1")
    pair = put("waste_pair", clerk, stone, maker="M1", limit=100, used=60, document="准1", ends_on="2027-01-01", state="active")
    with pytest.raises(Refused, match="不超过年度限量"):
        change(pair, clerk, used=100.5)
    change(pair, clerk, used=100)
    assert shown("pair_used_t", bureau.district) == "100.000"


def test_sorting_and_chemicals(bureau, stone, clerk):
    for covered, rate in (("是", 90), ("是", 70), ("否", None)):
        put("waste_sorting", clerk, stone, covered=covered, rate=rate)
    assert (shown("sorting_coverage", bureau.district), shown("sorting_rate_mean", bureau.district)) == ("66.7", "80.0")
    firm = put("chemical_firm", clerk, stone)
    with pytest.raises(Refused, match="管控措施"):
        change(firm, clerk, state="assessed", assessed_on="2026-05-01", report_no="评1", level="高风险")
    change(firm, clerk, state="assessed", assessed_on="2026-05-01", report_no="评1", level="低风险", next_on="2026-12-01")
    assert shown("chemical_assessed_ratio", bureau.district) == "100.0"
    assert len(agenda.falling(clerk, TODAY, within=30, name="chemical_firm")) == 1


def test_imports_of_waste_are_reported_and_nothing_reported_is_not_zero(bureau):
    assert shown("waste_imports", bureau.district, "2026-10") == ""
    assert packs.get("indicators", "waste_imports").source.confirm


def test_points_from_images_are_checked_cleared_and_closed_and_crimes_are_handed_on(bureau, stone, clerk, town_person, chief):
    hands, town = Hands(town_person, clerk, chief), bureau.governments["石门镇"]
    point = cases.open_case("waste_site", title="影像 17 号", area=stone, responsible=town, by=clerk, facts={"kind": "building"})
    empty = cases.open_case("waste_site", title="影像 18 号", area=stone, responsible=town, by=clerk)
    hands.finish(point)
    hands.forward(empty)
    hands.prove(empty, "record")
    assert hands.step(Case.objects.get(pk=empty.pk), "drop").state == "untrue"
    assert [shown(n, bureau.district) for n in ("waste_sites", "waste_sites_closed_ratio", "waste_cleared_t")] == ["2", "100.0", "3.00"]
    crimes = [
        cases.open_case("waste_crime", title="倾倒", area=stone, responsible=town, by=clerk, facts={"unit": "甲", "kind": kind})
        for kind in ("hazard", "industry")
    ]
    hands.forward(crimes[0])
    for kind in ("before", "after"):
        hands.prove(crimes[0], kind)
    cases.take_step(crimes[0].number, "report", by=town_person, note="查实", answers={"way": "both", "fine": "12", "document": "移1号"})
    assert [shown(f"waste_crimes_{n}", bureau.district) for n in ("hazard", "industry", "moved")] == ["1", "1", "1"]


def test_a_sheet_of_transfers_comes_in_as_the_form_does(bureau, stone, clerk):
    put("hazardous_unit", clerk, stone, credit_code="M1")
    made = put("waste_transfer", clerk, stone, credit_code="M1")
    of = queries.register("waste_transfer")
    rows, faults = sheets.read(of, "联单.xlsx", sheets.write(of, [made]), clerk)
    assert (faults, [r.values for r in rows]) == ([], [made.values])
