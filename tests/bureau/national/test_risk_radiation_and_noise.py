"""应急、辐射、噪声: who has no drill is named, dangers close on proof, shifts and permits leave their record, values meet their limits."""

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


def test_every_risk_firm_drills_once_a_year_and_those_without_are_named(doors, clerk):
    for n in (1, 2):
        doors.sheet("risk_firm", {"credit_code": f"F{n}", "firm": f"{n}厂", "substances": "氨", "level": "较大", "state": "在产"})
    joint = {
        "mechanism": "青川河上下游",
        "kind": "跨界流域",
        "neighbour": "邻区",
        "contact": "王",
        "phone": "1",
        "checked_on": "2026-01-05",
    }
    doors.sheet("joint_control", joint | {"code": "L1"}, joint | {"code": "L2", "kind": "大气"})
    drill = {"drill": "泄漏演练", "kind": "企业实战演练", "firm": "1厂", "credit_code": "F1", "plan_on": "2026-06-01"}
    assert doors.sheet("drill", drill | {"code": "Y1", "state": "已举行", "held_on": "2026-06-02"})[1] == [
        "参演人数：状态是“已举行”的要填", "演练记录的文号和存放处：状态是“已举行”的要填",
    ]  # fmt: skip
    held = {"state": "已举行", "people": 30, "record": "记1号"}
    _, faults = doors.sheet(
        "drill",
        drill | held | {"code": "Y1", "held_on": "2026-06-02"},
        drill | held | {"code": "Y2", "held_on": "2025-06-02", "credit_code": "F2"},
        drill
        | held
        | {"code": "Y3", "held_on": "2026-11-10", "kind": "辐射事故演练", "state": "已评估", "findings": "无", "review": "评1号"},
        drill | held | {"code": "Y4", "held_on": "2026-09-01", "kind": "跨界联合演练", "mechanism": "l1"},
    )
    assert faults == []
    assert (doors.ask("risk_firms_drilled"), doors.lacking("risk_firm", "drill")) == ("50.0", ["F2"])
    assert (doors.ask("joint_drilled"), doors.lacking("joint_control", "drill")) == ("50.0", ["L2"])
    assert [doors.ask(n, "2026") for n in ("drills_radiation", "drills_joint", "drills_whole", "drills_reviewed")] == [
        "1",
        "1",
        "0",
        "33.3",
    ]
    late = {(x.entry.key, x.title) for x in agenda.falling(clerk, NOV, within=0)}
    assert late == {("Y1", "演练评估"), ("Y2", "演练评估"), ("Y4", "演练评估"), ("L1", "核对联络人"), ("L2", "核对联络人")}


def test_a_hidden_danger_closes_on_proof_alone(doors):
    hands = doors.hands
    case = doors.opened("hidden_danger", "围堰破损", grade="major", firm="1厂")
    doors.opened("hidden_danger", "台账缺", grade="general", firm="1厂")
    case = hands.finish(case, short_of="reported")
    with pytest.raises(Refused, match="缺独立复核"):
        cases.take_step(case.number, "close", by=hands.verifier, note="已改")
    hands.finish(case)
    assert [doors.ask(n, "2026") for n in ("dangers_found", "dangers_major", "dangers_closed_ratio")] == ["2", "1", "50.0"]


def test_shifts_leave_a_record_and_nimby_projects_are_looked_at_each_quarter(doors, clerk):
    shift = {"shift": "夜班", "leader": "张", "person": "李", "phone": "2"}
    done = {"state": "已交班", "record": "无异常", "handed_to": "赵"}
    doors.sheet("duty_shift", shift | done | {"code": "B1", "on_day": "2026-11-18"}, shift | {"code": "B2", "on_day": "2026-11-19"})
    assert doors.ask("duty_recorded", "2026-11") == "50.0"
    near = {"project": "焚烧厂", "kind": "垃圾焚烧", "stage": "环评", "assessed_on": "2026-08-01"}
    doors.sheet("nimby_project", near | {"code": "N1", "risk": "高"}, near | {"code": "N2", "risk": "低", "assessed_on": "2026-11-01"})
    assert (
        doors.sheet("nimby_project", near | {"code": "N3", "risk": "高", "state": "已化解"})[1][0] == "防范化解措施：状态是“已化解”的要填"
    )
    assert (doors.ask("nimby_open_high", "2026"), word("nimby_project", "N1"), word("nimby_project", "N2")) == ("1", "高", "低")
    assert {(x.entry.key, x.title) for x in agenda.falling(clerk, NOV, within=0)} == {("B2", "值守日期"), ("N1", "按季研判")}


def test_fields_are_held_against_their_limits_and_laws_checked_by_clause(doors):
    point = {
        "site": "基站",
        "kind": "移动通信基站",
        "owner": "运营商",
        "due": "2026-10-01",
        "state": "已测量",
        "measured_on": "2026-09-01",
        "report": "R",
    }
    doors.sheet(
        "emf_point",
        point | {"code": "E1", "electric": 3.1, "electric_limit": 12, "magnetic": 1, "magnetic_limit": 100},
        point | {"code": "E2", "electric": 12.01, "electric_limit": 12},
        {k: v for k, v in point.items() if k not in ("state", "measured_on", "report")} | {"code": "E3"},
    )
    assert [word("emf_point", f"E{n}") for n in (1, 2, 3)] == ["符合", "超限值", "待定"]
    assert doors.ask("emf_measured", "2026") == "66.7"
    item = {"item": "许可", "clause": "第十条", "unit": "医院", "due": "2026-10-31"}
    doors.sheet(
        "self_check",
        item | {"code": "C1", "rule": "核安全法", "state": "已检查", "checked_on": "2026-09-01", "record": "记", "result": "不符合"},
        item | {"code": "C2", "rule": "核安全法"},
        item | {"code": "C3", "rule": "财务管理办法", "state": "已检查", "checked_on": "2026-09-01", "record": "记", "result": "符合"},
    )
    assert [doors.ask(n, "2026") for n in ("checked_nuclear", "checked_finance")] == ["50.0", "100.0"]
    assert [word("self_check", key) for key in ("C1", "C3")] == ["有问题未整改", "符合或已整改"]


def test_exams_are_patrolled_old_machines_named_and_night_work_checked(doors):
    exam = {"exam": "高考", "first_on": "2026-06-07", "last_on": "2026-06-10", "quiet": "22:00—06:00"}
    doors.sheet("exam_point", exam | {"code": "K1", "point": "一中"}, exam | {"code": "K2", "point": "二中"})
    doors.sheet(
        "patrol_record",
        {
            "code": "P1",
            "words": "工地已停",
            "kind": "考试降噪",
            "object": "K1",
            "on_day": "2026-06-07",
            "person": "周",
            "noise": 48.2,
            "found": "否",
        },
    )
    assert (doors.ask("exam_points_patrolled"), doors.lacking("exam_point", "patrol")) == ("50.0", ["K2"])
    site = {"kind": "房屋建筑", "contractor": "青川建工", "flag": "绿", "flag_on": "2026-11-01", "state": "施工中"}
    doors.sheet("construction_site", site | {"code": "G1", "site": "一号工地"}, site | {"code": "G2", "site": "二号工地"})
    machine = {"kind": "挖掘机", "owner": "甲", "state": "在用", "site": "G1"}
    doors.sheet("nonroad_machinery", machine | {"code": "M1", "stage": "国二"}, machine | {"code": "M2", "stage": "国四"})
    assert (doors.lacking("construction_site", "old_machines"), doors.ask("machines_high_stage", "2026")) == (["G1"], "50.0")
    permit = {
        "site": "一号工地",
        "site_code": "G1",
        "reason": "混凝土浇筑等工艺需要",
        "first_on": "2026-10-01",
        "last_on": "2026-10-02",
        "published": "张贴",
    }
    doors.sheet(
        "night_permit", permit | {"code": "S1", "state": "已现场核查", "checked_on": "2026-10-01", "quiet": "是"}, permit | {"code": "S2"}
    )
    assert doors.ask("night_permits_checked", "2026-10") == "50.0"
