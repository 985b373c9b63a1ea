"""Minutes read into decisions: who, what, by when, each where it stands in the text; opinions, news and slogans are left."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingshan.plans import REASONS, due, minutes

ON = date(2026, 11, 20)  # a Friday

WHOLE = """区生态文明建设委员会2026年第三次全体会议纪要

时间：2026年11月20日上午9:00
地点：区政府三楼会议室
主持：林远
出席：区住建委张三，区城管委李四，
列席：区水务局王五，各镇街

11月20日，副区长林远主持召开区生态文明建设委员会全体会议，听取了今年以来大气污染防治工作情况汇报，研究部署下一阶段工作。现纪要如下：
一、关于扬尘治理
会议听取了区住建委关于工地扬尘管控情况的汇报。会议认为，今年以来扬尘管控取得明显成效，但仍存在短板。
会议议定：
（一）区住建委牵头，区城管委、各镇街配合，12月5日前完成26个重点工地围挡和喷淋整改，逐个验收销号。
（二）由区城管委负责，对青川大道等12条道路每日增加2次湿扫，区交通支队做好交通疏导。
二、关于水环境治理
会议指出，要提高政治站位，压实责任。会议强调，区水务局要于2027年1月15日前完成古渡断面上游排口溯源。
会议决定，原则同意《青川区冬季水污染防治方案》，由区生态环境局按程序印发；建立部门属地会商制度，每月会商一次。
1.请区水务局会同区农业农村局15日内提出缓冲带补植方案，报区政府审定。
2.排查整治农村黑臭水体5处。（责任单位：区农业农村局；配合单位：各镇街；完成时限：2026年12月底前）
3.各镇街、各部门要统一思想，提高认识。

区生态文明建设委员会办公室
2026年11月21日
"""


def one(said: str, firm: bool = True) -> minutes.Decision:
    (found,) = minutes.read(said, on=ON, firm=firm).decisions
    return found


def test_whole_minutes_give_their_head_and_every_decision_with_who_and_when():
    read = minutes.read(WHOLE)
    assert read.title == "区生态文明建设委员会2026年第三次全体会议纪要"
    assert read.day == "2026-11-20"
    assert (read.fact("place"), read.fact("chair"), read.fact("observer")) == ("区政府三楼会议室", "林远", "区水务局王五，各镇街")
    assert [(d.lead_units, d.coop_units, d.deadline or d.recurrence) for d in read.decisions] == [
        (("区住建委",), ("区城管委", "各镇街"), "2026-12-05"),
        (("区城管委",), (), "daily"),
        (("区交通支队",), (), None),
        (("区水务局",), (), "2027-01-15"),
        (("区生态环境局",), (), None),
        ((), (), "monthly"),
        (("区水务局",), ("区农业农村局",), "2026-12-05"),
        (("区农业农村局",), ("各镇街",), "2026-12-31"),
    ]
    assert [d.said for d in read.decisions] == ["议定", "议定", "议定", "强调", "决定", "决定", "决定", "决定"]
    assert read.decisions[0].heading_path[-1] == "一、关于扬尘治理"
    assert (read.decisions[5].lacks, read.decisions[2].lacks) == (("责任单位",), ("期限",))
    quantity = read.decisions[0].quantity
    assert (quantity.value, quantity.unit) == (26.0, "个")


def test_every_span_is_the_source_itself_and_every_reason_is_a_known_one():
    read = minutes.read(WHOLE)
    for piece in (*read.decisions, *read.unread, *read.facts):
        assert WHOLE[piece.start : piece.end] == piece.text
    assert {u.reason for u in read.unread} <= set(REASONS)


def test_what_is_heard_praised_or_called_for_in_general_is_no_decision():
    left = [u.text for u in minutes.read(WHOLE).unread]
    for said in ("区住建委关于工地扬尘管控情况的汇报", "要提高政治站位，压实责任", "各镇街、各部门要统一思想，提高认识"):
        assert said in left
    news = "11月18日，区生态环境局召开大气污染防治调度会。会议通报了10月空气质量排名。会议指出，要坚定信心，久久为功。"
    assert minutes.read(news).decisions == ()


@pytest.mark.parametrize(
    ("said", "lead", "coop", "people", "deadline"),
    [
        ("请区住建委牵头，会同区城管委、石门镇，于11月底前完成砂石料场整治，并将结果报我。", ("区住建委",), ("区城管委", "石门镇"), (), "2026-11-30"),
        ("水务局要高度重视，立即整改，三日内报结果。", ("水务局",), (), (), "2026-11-23"),
        ("张三同志负责协调用地问题，下周三前答复。", (), (), ("张三",), "2026-11-25"),
        ("区委宣传部要在12月10日前组织冬季大气污染防治宣传。", ("区委宣传部",), (), (), "2026-12-10"),
        ("区城管局执法大队本月底前查处露天烧烤摊点。", ("区城管局执法大队",), (), (), "2026-11-30"),
        ("各镇街和区交通局、区住建委要在25日前开展裸地排查。", ("各镇街", "区交通局", "区住建委"), (), (), "2026-11-25"),
        ("15日前各镇街上报散煤复燃台账。", ("各镇街",), (), (), "2026-12-15"),
        ("1月15日前由区发展和改革局编制清洁取暖方案。", ("区发展和改革局",), (), (), "2027-01-15"),
    ],
)  # fmt: skip
def test_an_instruction_says_who_and_by_when_in_many_ways(said, lead, coop, people, deadline):
    found = one(said)
    assert (found.lead_units, found.coop_units, found.people, found.deadline) == (lead, coop, people, deadline)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("本周五前", "2026-11-20"), ("下周内", "2026-11-27"), ("两周内", "2026-12-04"), ("10日内", "2026-11-30"), ("半个月内", "2026-12-05"),
        ("下月15日前", "2026-12-15"), ("下月底前", "2026-12-31"), ("3个月内", "2027-02-20"), ("年底前", "2026-12-31"),
        ("明年3月底前", "2027-03-31"), ("12月5日完成", "2026-12-05"), ("立即", None), ("下次例会前", None),
    ],
)  # fmt: skip
def test_days_count_from_the_meeting(words, day):
    found = due.find(words, ON)
    assert (found.day if found else "不识") == day


def test_working_days_are_left_to_the_callers_calendar():
    found = one("区公安分局交通支队5个工作日内报送夜间货车通行方案。")
    assert (found.deadline, found.workdays, found.deadline_text, found.lacks) == (None, 5, "5个工作日内", ())


def test_two_times_in_a_sentence_are_two_decisions_of_the_same_unit():
    first, second = minutes.read("区应急局11月底前完成排查，12月底前完成整改。", on=ON, firm=True).decisions
    assert (first.deadline, second.deadline) == ("2026-11-30", "2026-12-31")
    assert first.lead_units == second.lead_units == ("区应急局",)


def test_a_table_of_decisions_is_read_by_its_head():
    read = minutes.read(
        "议定事项\n序号\t议定事项\t责任单位\t配合单位\t完成时限\n1\t完成3家加油站油气回收改造\t区商务局\t区应急局、石门镇\t12月10日\n"
        "2\t制定重污染天气应急减排清单\t区生态环境局、区经信局\t\t11月底前\n",
        on=ON,
    )
    assert [(d.text, d.lead_units, d.coop_units, d.deadline) for d in read.decisions] == [
        ("完成3家加油站油气回收改造", ("区商务局",), ("区应急局", "石门镇"), "2026-12-10"),
        ("制定重污染天气应急减排清单", ("区生态环境局", "区经信局"), (), "2026-11-30"),
    ]


def test_a_table_of_other_things_and_an_empty_text_give_nothing():
    assert minutes.read("姓名\t电话\n张三\t123\n", on=ON).decisions == ()
    assert minutes.read("").decisions == ()
    assert minutes.read("\n \t\n").title == ""


@given(st.text(alphabet="会议定要求区局委镇请由负责，。；：（）、\n\t 12月日前完成整治Aé𠀀", max_size=120))
def test_any_text_is_read_without_harm_and_spans_hold(text):
    read = minutes.read(text, on=ON)
    for piece in (*read.decisions, *read.unread, *read.facts):
        assert text[piece.start : piece.end] == piece.text
