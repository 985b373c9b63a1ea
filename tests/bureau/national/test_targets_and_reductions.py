"""双控, 达峰路径, 减排项目, 达标率, 污水, 零容忍: what the declarations say they count, they count."""

from __future__ import annotations

from datetime import date

import pytest

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.cases import actions as cases
from qingshan.bureau.registers import actions, agenda, queries
from qingshan.bureau.registers.models import Entry

pytestmark = pytest.mark.django_db


def test_total_and_intensity_are_met_together_quarter_by_quarter(doors):
    for quarter, said in (("2026-Q1", ("50", "52", "100", "0.51")), ("2026-Q2", ("54", "52", "110", "0.50"))):
        for name, value in zip(("energy_total", "energy_total_cap", "energy_gdp", "energy_intensity_cap"), said, strict=True):
            doors.report(name, quarter, value)
    assert [doors.ask(n, "2026-Q1") for n in ("energy_total_used", "energy_intensity_used", "energy_dual")] == ["96.2", "98.0", "98.0"]
    assert [doors.ask(n, "2026-H1") for n in ("energy_total_used", "energy_intensity_used", "energy_dual")] == ["100.0", "99.0", "100.0"]
    doors.report("energy_total", "2026-Q3", "60")
    assert doors.ask("energy_dual", "2026-Q3") == "数据不足"  # the other half is not there


def test_a_path_to_the_peak_is_looked_at_year_by_year_and_judged_by_its_before(doors, clerk):
    path = {"sector": "全区", "before": 2030, "due": "2026-06-30"}
    n, faults = doors.sheet(
        "peak_path",
        path
        | {
            "code": "w-2025",
            "path": "全区2025",
            "year": 2025,
            "planned": 200,
            "peak": 2029,
            "actual": 203.5,
            "state": "已核对",
            "checked_on": "2026-05-01",
            "proof": "核算〔2026〕1号",
        },
        path | {"code": "p-2025", "path": "电力2025", "sector": "能源电力", "year": 2025, "planned": 90, "peak": 2030},
        path | {"code": "x-2025", "path": "工业2025", "sector": "工业", "year": 2025, "planned": 80, "state": "已核对"},
    )
    assert (n, faults) == (2, ["核算值：状态是“已核对”的要填", "核对日期：状态是“已核对”的要填", "核算依据文号：状态是“已核对”的要填"])
    doors.sheet(
        "peak_path",
        path
        | {
            "code": "w-2025",
            "path": "全区2025",
            "year": 2025,
            "planned": 200,
            "peak": 2029,
            "actual": 203.5,
            "state": "已核对",
            "checked_on": "2026-05-01",
            "proof": "核算〔2026〕1号",
        },
        path | {"code": "p-2025", "path": "电力2025", "sector": "能源电力", "year": 2025, "planned": 90, "peak": 2030},
    )
    assert (doors.ask("peak_path_gap", "2026"), doors.ask("peak_path_checked", "2026")) == ("3.50", "50.0")
    of = queries.register("peak_path")
    by_key = {e.key: e for e in Entry.objects.filter(register="peak_path")}
    words = agenda.grades(of, list(by_key.values()), date(2026, 11, 20))
    assert words[by_key["w-2025"].pk].word == "高于路径"
    assert words[by_key["p-2025"].pk].word == "期限内达不了峰"  # 2030 is not before 2030


def test_reductions_are_worked_out_per_project_and_locked_once_verified(bureau, doors, clerk):
    row = {"firm": "青川热电", "industry": "电力热力", "measure": "工程减排", "due": "2026-09-30"}
    done = {"state": "已核定", "done_on": "2026-08-01", "verified_on": "2026-09-10", "proof": "核定1号"}
    _, faults = doors.sheet(
        "reduction_project",
        row
        | done
        | {"code": "J1", "project": "脱硝", "nox_before": 120.5, "nox_after": 20.2, "co2_before": 900, "co2_after": 800, "both": "是"},
        row
        | done
        | {"code": "J2", "project": "电镀园", "industry": "电镀", "metal": "铬", "metal_before": 12, "metal_after": 4.5, "both": "否"},
        row | {"code": "J3", "project": "在建", "nox_before": 50, "nox_after": 10, "state": "实施中"},
    )
    assert faults == []
    assert [doors.ask(n, "2026") for n in ("cut_nox", "cut_metal", "cut_co2", "cut_vocs", "cut_with_co2")] == [
        "100.30",
        "7.50",
        "100.00",
        "0.00",
        "50.0",
    ]
    assert doors.ask("cut_nox", "2026-08") == "0.00"  # counted when verified
    made = Entry.objects.get(key="J1")
    with pytest.raises(Refused, match="内容不能再改"):
        actions.change_entry(made.pk, made.values | {"nox_after": 0}, area=bureau.towns["石门镇"], by=clerk)


def test_a_key_firm_is_steady_without_any_exceedance_and_tested_as_due(doors):
    for n in (1, 2, 3):
        unit = {"code": f"Z{n}", "firm": f"青川{n}厂", "credit_code": f"X{n}", "kind": "水环境", "year": 2026}
        assert doors.sheet("key_unit", unit) == (1, [])
    record = {"firm": "厂", "due": "2026-10-31", "state": "已监测", "tested_on": "2026-10-20", "exceed": "否"}
    doors.sheet(
        "firm_monitoring",
        record | {"code": "R1", "credit_code": "x1", "kind": "执法监测"},
        record | {"code": "R2", "credit_code": "X1", "kind": "自行监测"},
        record | {"code": "R3", "credit_code": "X2", "kind": "执法监测", "exceed": "是", "worst": 0.4},
        record | {"code": "R4", "credit_code": "X3", "kind": "自行监测", "tested_on": "2026-08-01"},
    )
    assert doors.ask("key_firms_met") == "66.7"
    assert (doors.ask("law_tests_kept"), doors.lacking("key_unit", "law_test")) == ("66.7", ["Z3"])
    assert (doors.ask("own_tests_kept"), doors.lacking("key_unit", "own_test")) == ("33.3", ["Z2", "Z3"])


def test_sewage_and_reuse_add_up_from_months(doors):
    for month, made, treated in (("2026-01", "100", "80"), ("2026-02", "100.5", "97.54")):
        doors.report("sewage_made", month, made)
        doors.report("sewage_treated", month, treated)
        for use in ("industry", "city", "landscape", "farm"):
            doors.report(f"reuse_{use}", month, "0" if use == "farm" else "10.25")
    assert (doors.ask("sewage_rate", "2026-01..2026-02"), doors.ask("reuse_total", "2026-01..2026-02")) == ("88.55", "61.50")


def test_events_count_by_their_latest_grade_and_one_untrue_does_not(doors):
    hands = doors.hands
    one = doors.opened("environmental_incident", "罐车侧翻", grade="general")
    two = doors.opened("environmental_incident", "群众报鱼死", grade="large")
    assert (doors.ask("incidents_general", "2026"), doors.ask("incidents_large", "2026")) == ("1", "1")
    hands.prove(two, "scene")
    cases.take_step(two.number, "untrue", by=hands.responsible, note="缺氧", answers={"grade": "none"})
    cases.take_step(one.number, "confirm", by=hands.responsible, answers={"grade": "large"})
    assert (doors.ask("incidents_general", "2026"), doors.ask("incidents_large", "2026")) == ("0", "1")
    with pytest.raises(Refused, match="缺初报"):
        cases.take_step(one.number, "first_report", by=hands.responsible, answers={"to": "区政府、市局"})


def test_a_radiation_petition_that_got_out_of_hand_breaks_the_zero(doors):
    case = doors.opened("petition_letter", "担心基站辐射", kind="radiation")
    assert doors.ask("radiation_mass", "2026") == "0"
    doors.hands.finish(case)  # the straight way answers every question with its first choice: 是
    assert doors.ask("radiation_mass", "2026") == "1"
    doors.hands.finish(doors.opened("petition_letter", "料场扬尘", kind="dust"))
    assert doors.ask("radiation_mass", "2026") == "1"


def test_bottom_lines_stand_on_the_start_page_and_turn_red_the_day_they_are_broken(doors, clerk, town_person, as_):
    page = as_(clerk).get("/").content.decode()
    assert 'class="light green" href="/indicators/incidents_large/' in page
    assert "较大以上突发事件 0 起" in page
    doors.opened("environmental_incident", "尾矿泄漏", grade="large")
    page = as_(clerk).get("/").content.decode()
    assert 'class="light red" href="/indicators/incidents_large/' in page
    assert "较大以上突发事件 1 起" in page
    assert "较大以上突发事件" not in as_(town_person).get("/").content.decode()
