"""考核事项, 碳排放单位, 试点示范创建, 专家, 活动: lists with dates, proofs before a state, counts and people."""

from __future__ import annotations

from datetime import date

import pytest

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.cases import actions as cases
from qingshan.bureau.registers import agenda, queries
from qingshan.bureau.registers.models import Entry

pytestmark = pytest.mark.django_db
NOV = date(2026, 11, 20)


def word(register: str, key: str) -> str:
    entry = Entry.objects.get(register=register, key=key)
    return agenda.grades(queries.register(register), [entry], NOV)[entry.pk].word


def test_items_of_an_appraisal_are_ready_only_with_evidence(doors):
    item = {"scheme": "土壤（土十条）", "year": 2026, "clause": "第三条", "full": 10, "office": "土壤科", "due": "2026-12-10"}
    said = doors.sheet("assessment_item", item | {"code": "土-1", "item": "安全利用率", "state": "佐证已齐"})
    assert said == (0, ["佐证材料名称和文号：状态是“佐证已齐”的要填", "自评分：状态是“佐证已齐”的要填"])
    full = {"state": "佐证已齐", "evidence": "台账", "self_score": 8.5}
    doors.sheet("assessment_item", item | full | {"code": "土-1", "item": "安全利用率"}, item | {"code": "土-2", "item": "准入"})
    assert (doors.ask("assessment_soil_ready", "2026"), doors.ask("assessment_self_score", "2026")) == ("50.0", "8.50")
    assert (word("assessment_item", "土-1"), queries.register("assessment_item").figures(Entry.objects.get(key="土-1").values)["lost"]) == (
        "有失分",
        1.5,
    )


def test_carbon_units_report_are_checked_and_their_quota_balances(doors, clerk):
    unit = {"year": 2025, "sector": "发电", "report_due": "2026-03-31", "check_due": "2026-06-30", "surrender_due": "2026-12-31"}
    checked = {"reported_on": "2026-03-20", "emission": 1000, "checked_on": "2026-06-01", "checker": "丙公司", "verified": 1040}
    _, faults = doors.sheet(
        "carbon_unit",
        unit | checked | {"code": "25-A", "firm": "甲电厂", "credit_code": "A", "quota": 1000, "bought": 20, "state": "已核查"},
        unit | checked | {"code": "25-B", "firm": "乙电厂", "credit_code": "B", "quota": 1100, "bought": 0, "surrendered": 1000,
                          "surrendered_on": "2026-11-01", "state": "已清缴"},
        unit | {"code": "25-C", "firm": "丙电厂", "credit_code": "C"},
    )  # fmt: skip
    assert faults == []
    asked = ("carbon_units_reported", "carbon_units_checked", "carbon_units_surrendered", "carbon_quota_balance")
    assert [doors.ask(n, "2026") for n in asked] == ["66.7", "66.7", "33.3", "40"]
    assert [word("carbon_unit", key) for key in ("25-A", "25-B", "25-C")] == ["缺口", "欠缴", "待定"]
    assert {(x.entry.key, x.title, x.light) for x in agenda.falling(clerk, NOV, within=60)} == {
        ("25-C", "提交排放报告", "red"), ("25-C", "完成核查", "red"), ("25-C", "清缴配额", "amber"), ("25-A", "清缴配额", "amber"),
    }  # fmt: skip


def test_a_bid_has_indicators_reviews_and_a_yearly_look_at_itself(doors, clerk):
    bid = {"kind": "“两山”基地", "unit": "区政府", "apply_due": "2026-12-15"}
    _, faults = doors.sheet(
        "bid",
        bid | {"code": "LS", "bid": "两山基地", "state": "已申报", "applied_on": "2026-06-01", "materials": "12件"},
        bid | {"code": "DT", "bid": "低碳园区", "kind": "低碳园区"},
        bid
        | {
            "code": "MM",
            "bid": "创模",
            "kind": "环境保护模范城市",
            "state": "已命名（获奖）",
            "named_on": "2026-03-01",
            "proof": "环发1号",
            "selfcheck_on": "2025-11-01",
        },
    )
    assert faults == []
    mark = {"field_of": "生态经济", "goal": "≥ 95", "kind": "约束性", "office": "农业农村局"}
    doors.sheet(
        "demo_indicator",
        mark | {"code": "1", "indicator": "利用率", "bid": "LS", "state": "已达标"},
        mark | {"code": "2", "indicator": "比例", "bid": "MM"},
    )
    doors.sheet("expert", {"code": "E1", "expert": "陈", "unit": "某大学", "specialty": "生态", "ends_on": "2027-12-31"})
    assert (doors.lacking("bid", "indicators"), doors.lacking("bid", "review")) == (["DT"], ["LS"])
    assert doors.lacking("expert", "service") == ["E1"]
    visit = {"activity": "现场核查", "kind": "现场核查、抽查", "bid": "LS", "expert": "E1", "plan_on": "2026-10-01"}
    assert doors.sheet("expert_activity", visit | {"code": "Z1", "state": "已开展", "held_on": "2026-10-02"})[1] == [
        "意见和问题：状态是“已开展”的要填"
    ]
    doors.sheet(
        "expert_activity", visit | {"code": "Z1", "state": "已开展", "held_on": "2026-10-02", "findings": "缺佐证", "fix_by": "2026-11-01"}
    )
    assert (doors.lacking("bid", "review"), doors.lacking("expert", "service"), doors.ask("expert_visits", "2026")) == ([], [], "1")
    asked = [doors.ask(n, "2026") for n in ("bids_with_indicators", "demo_indicators_met", "bids_named")]
    assert asked == ["66.7", "50.0", "1"]
    late = {(x.entry.key, x.title) for x in agenda.falling(clerk, NOV, within=0)}
    assert late == {("MM", "年度自评"), ("Z1", "意见落实")}


def test_an_activity_counts_once_held_with_its_photo_and_people(doors):
    hands = doors.hands
    day = doors.opened("activity", "开放日", kind="open", on="2026-06-05")
    cases.take_step(hands.prove(day, "plan").case.number, "prepare", by=hands.responsible)
    with pytest.raises(Refused, match="缺现场照片"):
        cases.take_step(day.number, "hold", by=hands.responsible, answers={"held_on": "2026-06-05", "people": "120"})
    hands.prove(day, "photo")
    assert (doors.ask("sessions_open", "2026"), doors.ask("people_open", "2026")) == ("0", "0")
    cases.take_step(day.number, "hold", by=hands.responsible, answers={"held_on": "2026-06-05", "people": "120"})
    other = hands.finish(doors.opened("activity", "气候培训", kind="climate"))
    assert other.is_closed
    assert [doors.ask(n, "2026") for n in ("sessions_open", "people_open", "sessions_climate", "people_climate")] == ["1", "120", "1", "3"]
    assert doors.ask("sessions_open", "2026-07") == "0"
