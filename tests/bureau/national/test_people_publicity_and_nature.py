"""队伍、宣传、生态、服务: scores by quarter, items closed with proof, days kept each year, opinion graded, plots survive, areas patrolled."""

from __future__ import annotations

from datetime import date

import pytest

from qingshan.bureau.base import packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.cases import actions as cases
from qingshan.bureau.ledger import reading
from qingshan.bureau.registers import actions, agenda, queries
from qingshan.bureau.registers.models import Entry

pytestmark = pytest.mark.django_db
NOV = date(2026, 11, 20)
MARKS = {"moral": 18, "ability": 17.5, "diligence": 19, "result": 16, "honesty": 20}


def word(register: str, key: str) -> str:
    entry = Entry.objects.get(register=register, key=key)
    return agenda.grades(queries.register(register), [entry], NOV)[entry.pk].word


def test_each_person_is_scored_each_quarter_and_the_score_is_locked(bureau, doors, clerk):
    doors.sheet("staff", *({"code": f"R{n}", "person": f"甲{n}", "office": "大气科", "post": "科员"} for n in (1, 2)))
    score = {"quarter": "四季度", "scored_on": "2026-11-10"}
    assert doors.sheet("staff_score", score | {"code": "S1", "person": "R1", "state": "已确认"})[1][0] == "德：状态是“已确认”的要填"
    doors.sheet(
        "staff_score",
        score | MARKS | {"code": "S1", "person": "R1", "confirmed_by": "局长", "state": "已确认"},
        score | MARKS | {"code": "S2", "person": "R2"},
    )
    assert (doors.ask("staff_scored"), doors.lacking("staff", "score"), doors.ask("staff_score_mean", "2026-Q4")) == (
        "50.0",
        ["R2"],
        "90.5",
    )
    made = Entry.objects.get(key="S1")
    with pytest.raises(Refused, match="内容不能再改"):
        actions.change_entry(made.pk, made.values | {"moral": 20}, area=bureau.district, by=clerk)


def test_items_of_a_drive_close_on_proof_and_the_four_forms_are_counted(doors):
    item = {"item": "台账不清", "programme": "主题教育问题整改", "office": "水科", "goal": "建台账", "due": "2026-10-31"}
    assert doors.sheet("special_item", item | {"code": "T1", "state": "已销号"})[1][-1] == "佐证的文号和存放处：状态是“已销号”的要填"
    doors.sheet(
        "special_item",
        item | {"code": "T1", "state": "已销号", "result": "已建", "closed_on": "2026-10-01", "proof": "报1号"},
        item | {"code": "T2"},
        item | {"code": "T3", "programme": "文明城区创建"},
    )
    asked = [doors.ask(n, "2026") for n in ("special_theme_closed", "special_civil_closed", "special_team_closed")]
    assert asked == ["50.0", "0.0", "数据不足"]
    form = {"office": "某科", "matter": "迟到", "due": "2026-06-30", "state": "已处理", "done_on": "2026-06-01", "proof": "1号"}
    doors.sheet(
        "discipline_action",
        form | {"code": "D1", "form": "第一种"},
        form | {"code": "D2", "form": "第一种"},
        form | {"code": "D3", "form": "第三种"},
    )
    assert [doors.ask(f"discipline_{n}", "2026") for n in ("first", "second", "third", "fourth")] == ["2", "0", "1", "0"]


def test_papers_and_posts_are_held_against_last_year(bureau, doors):
    from qingshan.bureau.indicators import queries as indicators
    from qingshan.bureau.indicators.periods import Period

    for token, value in (("2025-03", "40"), ("2026-03", "30")):
        doors.report("papers_issued", token, value)
    value = indicators.value("papers_issued", area=bureau.district, period=Period.parse("2026-03"))
    assert (value.text, value.last_year.words) == ("30", "同比下降25.0%")
    doors.report("posts_wechat", "2026-03", "652")
    assert doors.ask("posts_wechat", "2026-03") == "652"


def test_theme_days_are_kept_each_year_by_an_activity_with_plan_and_photo(doors, clerk):
    day = {"month": 6, "on_day": 5, "last_on": "2025-06-05", "office": "宣教科"}
    doors.sheet(
        "theme_day", day | {"code": "65", "theme": "六五环境日"}, day | {"code": "DT", "theme": "全国低碳日", "last_on": "2026-06-15"}
    )
    case = doors.opened("activity", "六五环境日", kind="day", theme="65")
    assert doors.lacking("theme_day", "activity") == ["65", "DT"]
    doors.hands.finish(case)
    assert (doors.lacking("theme_day", "activity"), doors.ask("theme_days_kept")) == (["DT"], "50.0")
    assert [x.entry.key for x in agenda.falling(clerk, NOV, within=30)] == ["65"]


def test_works_are_published_with_a_link_and_rules_have_their_reading(doors):
    doors.sheet(
        "policy_doc", *({"code": f"政〔2026〕{n}号", "doc": f"办法{n}", "issued_on": "2026-03-01", "office": "法规科"} for n in (1, 2))
    )
    work = {"author": "宣教科", "due": "2026-06-01", "state": "已发布", "published_on": "2026-05-30", "channels": "微信、微博"}
    assert doors.sheet("publicity_work", work | {"code": "W1", "work": "解读", "kind": "政策解读"})[1] == [
        "链接或刊期：状态是“已发布”的要填"
    ]
    work |= {"link": "https://www.example.cn/1"}
    doors.sheet(
        "publicity_work",
        work | {"code": "W1", "work": "解读", "kind": "政策解读", "rule": "政〔2026〕1号"},
        work | {"code": "W2", "work": "短片", "kind": "微视频"},
        work | {"code": "W3", "work": "联发", "kind": "矩阵联合发布", "accounts": 12},
    )
    assert (doors.lacking("policy_doc", "reading"), doors.ask("policies_read")) == (["政〔2026〕2号"], "50.0")
    assert [doors.ask(f"works_{n}", "2026") for n in ("video", "joint", "report", "reading")] == ["1", "1", "0", "1"]


def test_opinion_is_graded_answered_in_time_and_closed_on_proof(doors, monkeypatch):
    hands = doors.hands
    one, two = doors.opened("public_opinion", "河水发黑", grade="general"), doors.opened("public_opinion", "谣言", grade="general")
    cases.take_step(one.number, "grade_major", by=hands.office, answers={"grade": "major"})
    one.refresh_from_db()
    assert (one.state_words, one.due_at.hour) == ("待处置（重大）", 15)  # five hours
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-20T13:00:00")
    hands.prove(two, "screen")
    cases.take_step(two.number, "harmless", by=hands.office, note="不实")  # an hour past the two
    assert [doors.ask(n, "2026") for n in ("opinion_count", "opinion_major", "opinion_on_time")] == ["2", "1", "50.0"]
    cases.take_step(one.number, "receive", by=hands.responsible)
    with pytest.raises(Refused, match="缺"):
        cases.take_step(one.number, "answer", by=hands.responsible, answers={"measures": "查处"})


def test_plots_are_planted_survive_and_their_share_of_the_task_is_told(doors):
    plot = {"programme": "百万亩造林", "due": "2026-11-30", "task": 1000}
    planted = {
        "state": "成活验收",
        "planted": 778,
        "planted_on": "2026-04-01",
        "trees": 1000,
        "accepted_on": "2026-10-01",
        "proof": "验1号",
    }
    doors.sheet(
        "greening_plot",
        plot | planted | {"code": "Z1", "plot": "南坡", "survived": 840},
        plot | {"code": "Z2", "plot": "北坡", "task": 0},
        plot
        | {
            "code": "Z3",
            "plot": "河岸",
            "programme": "两岸青山·千里林带",
            "state": "已栽植",
            "planted": 500,
            "planted_on": "2025-04-01",
            "bank": 3.25,
        },
    )
    asked = ("green_million_planted", "green_million_done", "green_survival", "green_banks_done", "green_banks_km")
    assert [doors.ask(n, "2026") for n in asked] == ["778", "77.8", "84.0", "50.0", "3.25"]
    assert word("greening_plot", "Z1") == "要补植"


def test_areas_are_patrolled_each_month_and_what_happens_in_reserves_is_dealt_with(doors):
    area = {"kind": "浅山区", "manager": "林场", "before": 12.5}
    doors.sheet(
        "protected_area",
        area | {"code": "A1", "area_name": "北山"},
        area
        | {"code": "A2", "area_name": "西山", "state": "调整已批复", "after": 13.125, "approval": "批1号", "approved_on": "2026-05-01"},
    )
    patrol = {"words": "无异常", "kind": "重点生态空间", "person": "周", "found": "否"}
    doors.sheet(
        "patrol_record",
        patrol | {"code": "P1", "object": "A1", "on_day": "2026-11-03"},
        patrol | {"code": "P2", "object": "A2", "on_day": "2026-10-30"},
    )
    assert (doors.ask("areas_patrolled"), doors.lacking("protected_area", "patrol"), doors.ask("areas_changed", "2026")) == (
        "50.0",
        ["A2"],
        "0.625",
    )
    point = {"point": "采石", "reserve": "北山", "zone": "一般控制区", "kind": "采石采砂"}
    assert doors.sheet("reserve_point", point | {"code": "Q1", "state": "已销号", "closed_on": "2026-06-01"})[1] == [
        "查处：状态是“已销号”的要填"
    ]
    doors.sheet(
        "reserve_point",
        point | {"code": "Q1", "state": "已销号", "closed_on": "2026-06-01", "handling": "行政处罚", "fine": 5},
        point | {"code": "Q2"},
    )
    assert (doors.ask("reserve_points_closed", "2026"), doors.ask("reserve_cases", "2026")) == ("50.0", "1")
    seen = {"kind": "鸟类", "seen_on": "2026-04-01", "observer": "吴", "state": "已鉴定", "identified_by": "陈"}
    doors.sheet(
        "species_record",
        seen | {"code": "N1", "species": "黑鹳", "level": "国家一级"},
        seen | {"code": "N2", "species": "麻雀", "level": "一般"},
    )
    assert (doors.ask("species_protected", "2026"), word("species_record", "N1")) == ("1", "重点保护")


def test_deals_cases_retrofits_topics_and_abilities_are_counted(doors):
    deal = {
        "kind": "碳汇交易",
        "product": "林业碳汇",
        "owner": "林场",
        "state": "已签约",
        "signed_on": "2026-03-01",
        "amount": 120.5,
        "contract": "1号",
    }
    doors.sheet(
        "eco_deal", deal | {"code": "D1", "deal": "碳汇", "case": "是", "spread": "W1"}, deal | {"code": "D2", "deal": "民宿", "case": "否"}
    )
    fit = {"firm": "甲厂", "credit_code": "X", "industry": "化工", "due": "2026-09-30", "done_on": "2026-08-01"}
    accepted = {"state": "已验收", "accepted_on": "2026-09-01", "proof": "验1"}
    doors.sheet(
        "green_retrofit",
        fit | accepted | {"code": "G1", "project": "换炉", "kind": "节能降碳改造", "energy_before": 500, "energy_after": 420.5},
        fit | {"code": "G2", "project": "供应链", "kind": "绿色供应链", "suppliers": 8, "state": "已完成"},
    )
    doors.sheet(
        "research_topic",
        {
            "code": "K1",
            "topic": "臭氧",
            "kind": "大气",
            "leader": "陈",
            "unit": "大学",
            "due": "2026-06-30",
            "state": "已验收",
            "accepted_on": "2026-06-01",
            "result": "报告",
        },
    )
    ability = {"medium": "水", "method": "HJ 700", "state": "具备能力"}
    doors.sheet("lab_ability", ability | {"code": "L1", "item": "铊"}, ability | {"code": "L2", "item": "锑", "state": "筹建"})
    asked = ("eco_deals_amount", "eco_cases", "retrofits_accepted", "retrofit_energy_saved", "chains_done", "topics_accepted", "lab_items")
    assert [doors.ask(n, "2026") for n in asked] == ["241.00", "1", "1", "79.5", "1", "1", "1"]


def test_weekly_medical_waste_and_yearly_structures_come_from_reports(doors):
    doors.report("medical_waste_made", "2026-W10", "2.5")
    doors.report("medical_waste_disposed", "2026-W10", "2.5")
    doors.report("structure_energy", "2025", "18.25")
    assert (doors.ask("medical_waste_rate", "2026-W10"), doors.ask("structure_energy", "2025")) == ("100.0", "18.25")


def test_a_plan_finds_the_indicator_that_counts_its_work():
    works = {name: words for name, _, words in reading.works()}
    assert {"green_million_planted", "cut_nox", "energy_dual", "works_video", "topics_accepted"} <= set(works)
    assert packs.get("tags", "city_brand").tag
    assert [s.title for s in packs.get("stages", "census").stage][-1] == "成果应用与档案"
    assert packs.get("schemes", "media_rank").goal[0].top == 10
