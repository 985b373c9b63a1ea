"""A meeting is called, answered, moved, called off and taken back; each step is on record and each needs its right."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.core.exceptions import PermissionDenied

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.ledger import actions as ledger
from qingshan.bureau.meetings import actions
from qingshan.bureau.meetings.models import Attendee, Meeting
from qingshan.bureau.meetings.queries import register


def row(meeting, unit) -> Attendee:
    return meeting.attendees.get(organisation=unit)


def test_a_draft_is_the_bureaus_alone_and_the_notice_opens_it_to_those_called(bureau, draft, office, town_person, stranger, as_):
    assert not Meeting.objects.within(town_person).exists()
    actions.send_notice(draft.pk, by=office)
    assert list(Meeting.objects.within(town_person)) == [draft]
    assert not Meeting.objects.within(stranger).exists()  # 农业农村局 is not called
    assert as_(stranger).get(f"/meetings/{draft.pk}/").status_code == 404
    page = as_(town_person).get("/meetings/").content.decode()
    assert "确认参加" in page
    assert "未回执" in page
    assert "待回执" in as_(town_person).get("/work/").content.decode()
    draft.refresh_from_db()
    assert (draft.state, draft.number, draft.order_words) == ("called", 1, "2026年第1次")
    assert AuditEvent.objects.filter(action="发会议通知", object_id=str(draft.pk)).exists()
    with pytest.raises(Refused, match="已经发过"):
        actions.send_notice(draft.pk, by=office)


def test_a_unit_confirms_or_asks_for_leave_only_for_itself(bureau, called, town_person, builder, stranger, as_):
    mine, other = row(called, bureau.governments["石门镇"]), row(called, bureau.departments["住建局"])
    with pytest.raises(Refused, match="参会人"):
        actions.answer_notice(mine.pk, by=town_person, answer="comes")
    with pytest.raises(Refused, match="请假事由"):
        actions.answer_notice(mine.pk, by=town_person, answer="leave")
    assert register.n_waiting(town_person) == 1
    made = as_(town_person).post(f"/meetings/attend/{mine.pk}/", {"answer": "comes", "who": "罗秋 副镇长", "phone": "138 0000 0000"})
    assert made.status_code == 302
    mine.refresh_from_db()
    assert (mine.answer, mine.who, mine.phone, mine.answered_by) == ("comes", "罗秋 副镇长", "13800000000", town_person)
    assert register.n_waiting(town_person) == 0
    with pytest.raises(Attendee.DoesNotExist):
        actions.answer_notice(other.pk, by=town_person, answer="comes", who="别人")
    assert as_(town_person).post(f"/meetings/attend/{other.pk}/", {"answer": "comes", "who": "别人"}).status_code == 404
    assert as_(stranger).post(f"/meetings/attend/{mine.pk}/", {"answer": "comes", "who": "别人"}).status_code == 404
    actions.answer_notice(other.pk, by=builder, answer="leave", reason="参加市局督导")
    assert [s.act for s in called.steps.all()][:2] == ["请假", "回执"]


def test_a_moved_meeting_asks_again_and_a_cancelled_one_can_come_back(bureau, called, office, town_person, today):
    mine = row(called, bureau.governments["石门镇"])
    actions.answer_notice(mine.pk, by=town_person, answer="comes", who="罗秋")
    with pytest.raises(Refused, match="原因"):
        actions.postpone_meeting(called.pk, by=office, starts_at=datetime(2026, 11, 23, 14, 30), reason=" ")
    with pytest.raises(Refused, match="没有变"):
        actions.postpone_meeting(called.pk, by=office, starts_at=datetime(2026, 11, 20, 9, 0), reason="撞期")
    moved = actions.postpone_meeting(called.pk, by=office, starts_at=datetime(2026, 11, 23, 14, 30), reason="与市里会议撞期")
    mine.refresh_from_db()
    assert (moved.starts_at, mine.answer, mine.who) == (datetime(2026, 11, 23, 14, 30), "", "罗秋")
    actions.cancel_meeting(called.pk, by=office, reason="并入下月例会")
    with pytest.raises(Refused, match="不用再回执"):
        actions.answer_notice(mine.pk, by=town_person, answer="comes", who="罗秋")
    with pytest.raises(Refused, match="先恢复召开"):
        actions.hold_meeting(called.pk, by=office, came=[])
    back = actions.restore_meeting(called.pk, by=office, reason="仍按原计划开")
    assert back.state == "called"
    again = actions.take_back_notice(called.pk, by=office, reason="地点未定")
    assert (again.state, again.number) == ("draft", 1)
    assert not Meeting.objects.within(town_person).exists()
    assert [s.act for s in called.steps.all()][:4] == ["撤回通知", "恢复召开", "取消", "改期"]


def test_units_taken_off_keep_their_row_and_a_new_one_is_called(bureau, called, office, town_person):
    new = bureau.departments["农业农村局"]
    actions.call_units(called.pk, by=office, unit_ids=[new.pk, bureau.departments["住建局"].pk], observer_ids=[])
    assert {str(a.organisation) for a in called.attendees.filter(dropped=False)} == {"农业农村局", "住建局"}
    assert row(called, bureau.governments["石门镇"]).dropped
    assert not Meeting.objects.within(town_person).exists()


def test_the_agenda_leads_to_tasks_cases_and_pages_of_the_platform_only(bureau, draft, office, as_, chief):
    task = ledger.add_task(
        by=office, kind="task", year=2026, fields={"title": "裸地苫盖", "leads": [bureau.departments["住建局"].pk], "deadline": "2026-12-01"}
    )
    item = actions.add_item(draft.pk, by=office, task_id=task.pk, reporter_id=bureau.departments["住建局"].pk)
    assert (item.title, item.number) == ("裸地苫盖", 1)
    ranking = actions.add_item(draft.pk, by=office, title="通报镇街排名", link="http://platform.local/ranking/?scheme=town_pm2_5&period=2026-10")
    assert ranking.link == "/ranking/?scheme=town_pm2_5&period=2026-10"
    for bad in ("javascript:alert(1)", "//elsewhere.example/x", "ftp://x/y"):
        with pytest.raises(Refused, match="页面地址"):
            actions.add_item(draft.pk, by=office, title="坏地址", link=bad)
    with pytest.raises(Refused, match="没有编号"):
        actions.add_item(draft.pk, by=office, case_number="BJ-2026-9999")
    page = as_(chief).get(f"/meetings/{draft.pk}/").content.decode()
    assert "台账第 1 项" in page
    assert "/ranking/?scheme=town_pm2_5&amp;period=2026-10" in page
    actions.drop_item(draft.pk, ranking.pk, by=office)
    assert "通报镇街排名" not in as_(chief).get(f"/meetings/{draft.pk}/").content.decode().split("办理经过")[0]


@pytest.mark.parametrize("who", ["town_person", "stranger", "administrator"])
def test_calling_needs_its_right(who, request, called, bureau):
    person = request.getfixturevalue(who)
    for act in (
        lambda: actions.make_meeting(by=person, kind="dispatch", starts_at=datetime(2026, 12, 1, 9), place="x"),
        lambda: actions.send_notice(called.pk, by=person),
        lambda: actions.cancel_meeting(called.pk, by=person, reason="x"),
        lambda: actions.postpone_meeting(called.pk, by=person, starts_at=datetime(2026, 12, 1, 9), reason="x"),
        lambda: actions.hold_meeting(called.pk, by=person, came=[]),
        lambda: actions.enter_minutes(called.pk, by=person, text="x"),
        lambda: actions.sign_minutes(called.pk, by=person),
        lambda: actions.take_charge(by=person, leader_id=1, area_ids=[1]),
        lambda: actions.add_item(called.pk, by=person, title="x"),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_what_is_missing_is_said_in_words_and_the_form_comes_back_filled(bureau, chief, as_):
    client = as_(chief)
    answer = client.post("/meetings/new/", {"kind": "dispatch", "title": "扬尘调度会", "starts_at": "2026-12-01T09:00", "leads": []})
    assert answer.status_code == 422
    assert "请填地点" in answer.content.decode()
    assert "扬尘调度会" in answer.content.decode()
    assert "请填时间" in client.post("/meetings/new/", {"kind": "dispatch", "place": "x"}).content.decode()
    assert "请选会议种类" in client.post("/meetings/new/", {"kind": "none", "place": "x", "starts_at": "2026-12-01T09:00"}).content.decode()
    assert "应如 2026" in client.post("/meetings/new/", {"kind": "dispatch", "place": "x", "starts_at": "下周"}).content.decode()
    made = client.post(
        "/meetings/new/",
        {"kind": "dispatch", "place": "三楼", "starts_at": "2026-12-01T09:00", "leads": [bureau.departments["住建局"].pk], "send": "1"},
    )
    assert made.status_code == 302
    assert Meeting.objects.get().state == "called"


def test_the_years_rhythm_names_the_months_without_a_meeting(called, office, today):
    today("2026-11-20T12:00:00")
    actions.hold_meeting(called.pk, by=office, came=[])
    today("2026-12-02T09:00:00")
    beat = next(b for b in register.beats(datetime(2026, 12, 2).date()) if b.kind.name == "monthly_regular")
    assert beat.held == 1
    assert beat.missed == [f"{m}月" for m in range(1, 11)]
    assert (beat.light, beat.missed_words) == ("red", "1月至10月中有 10 期没有开")
