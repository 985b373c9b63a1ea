"""A meeting of 青川区's committee called for the next morning, and the people of its office."""

from __future__ import annotations

from datetime import datetime

import pytest
from tests.bureau.conftest import make_person

from qingshan.bureau.meetings import actions
from qingshan.bureau.meetings.models import Meeting

MINUTES = """区生态文明委2026年11月月度例会纪要

时间：2026年11月20日上午9:00
主持：周敏

会议听取了住建局关于扬尘管控情况的汇报。会议指出，要提高政治站位。
会议议定：
一、住建局牵头，交通局、各镇街配合，12月5日前完成26个重点工地围挡整改。
二、石门镇5个工作日内报送砂石料场封闭改造方案。
三、请区气象局加强会商。
四、会议原则同意《秋冬季攻坚方案》，由大气科按程序印发。

区生态文明委办公室
2026年11月21日
"""


@pytest.fixture(autouse=True)
def today(monkeypatch):
    """``today("2026-11-20T10:00")`` moves the clock; the afternoon before the meeting to begin with."""

    def move(moment: str) -> None:
        monkeypatch.setenv("QINGSHAN_NOW", moment)

    move("2026-11-18T15:00:00")
    return move


@pytest.fixture
def office(bureau):
    """周督办 of the committee's office: calls, keeps the minutes, signs them."""
    return make_person("duban", "周督办", bureau.committee, "supervisor")


@pytest.fixture
def builder(bureau):
    """何工 of 住建局."""
    return make_person("zhujian", "何工", bureau.departments["住建局"], "department_officer")


@pytest.fixture
def draft(bureau, office) -> Meeting:
    units = [bureau.departments["住建局"].pk, bureau.departments["交通局"].pk, bureau.governments["石门镇"].pk]
    return actions.make_meeting(
        by=office, kind="monthly_regular", starts_at=datetime(2026, 11, 20, 9, 0), title="11月月度例会", place="区政府三楼会议室",
        subject="调度四季度攻坚任务", unit_ids=units, observer_ids=[bureau.offices["大气科"].pk], demands="请分管负责同志参加。",
    )  # fmt: skip


@pytest.fixture
def called(draft, office) -> Meeting:
    return actions.send_notice(draft.pk, by=office)


@pytest.fixture
def held(called, office, today) -> Meeting:
    """The meeting over, its minutes entered the same afternoon."""
    today("2026-11-20T14:00:00")
    return actions.enter_minutes(called.pk, by=office, text=MINUTES)


def decision(meeting: Meeting, words: str):
    """The decision whose sentence holds the words."""
    return meeting.decisions.standing().get(text__contains=words)
