"""Leaders visit townships: who has whom in charge, where nobody has been this year, problems that become tasks."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.meetings import actions
from qingshan.bureau.meetings.models import Charge, Meeting
from qingshan.bureau.meetings.queries import visits

NOTES = "一、发现的问题\n1.砂石料场未苫盖。11月30日前完成苫盖。\n2.反映技术力量不足，大气科每月到镇指导一次。"


def visit(bureau, office, chief, town: str, at: datetime) -> Meeting:
    return actions.make_meeting(
        by=office, kind="leader_visit", starts_at=at, leader_id=chief.pk, area_id=bureau.towns[town].pk, subject="看砂石料场"
    )


def test_coverage_names_the_townships_nobody_has_visited(bureau, office, chief, town_person, today, as_):
    actions.take_charge(by=office, leader_id=chief.pk, area_ids=[bureau.towns["石门镇"].pk, bureau.towns["柳泉镇"].pk])
    made = visit(bureau, office, chief, "石门镇", datetime(2026, 11, 19, 9))
    assert made.title == "周敏到石门镇包片调研"
    assert [str(a.organisation) for a in made.attendees.all()] == ["石门镇"]
    actions.send_notice(made.pk, by=office)
    planned = {t.area.name: t for t in visits.coverage(office, 2026)}
    assert (planned["石门镇"].light, planned["柳泉镇"].light) == ("amber", "red")
    today("2026-11-19T16:00:00")
    actions.enter_minutes(made.pk, by=office, text=NOTES)
    towns = {t.area.name: t for t in visits.coverage(office, 2026)}
    assert towns["石门镇"].light == "green"
    assert (towns["石门镇"].charge.leader, towns["石门镇"].problems, towns["石门镇"].solved) == (chief, 2, 0)
    assert towns["柳泉镇"].lacks == ["包片调研还差 1 次"]
    assert [t.area.name for t in visits.coverage(office, 2026)][-1] == "石门镇"
    page = as_(office).get("/meetings/visits/").content.decode()
    assert "1/4 个镇街已走到" in page
    mine = as_(town_person).get("/meetings/visits/").content.decode()
    assert "石门镇" in mine
    assert "柳泉镇" not in mine


def test_a_problem_without_a_named_unit_belongs_to_the_township_and_becomes_its_task(bureau, office, chief, today):
    today("2026-11-19T16:00:00")
    made = visit(bureau, office, chief, "石门镇", datetime(2026, 11, 19, 9))
    actions.enter_minutes(made.pk, by=office, text=NOTES)
    own = made.decisions.standing().get(text__contains="苫盖")
    assert own.fields["leads"] == [bureau.governments["石门镇"].pk]
    task = actions.accept_decision(own.pk, by=office).task
    assert (task.area, task.topic) == (bureau.towns["石门镇"], "包片调研")
    assert {t.area.name: t.problems for t in visits.coverage(office, 2026)}["石门镇"] == 2


def test_a_township_changes_hands_and_the_past_stays(bureau, office, chief, clerk, today):
    town = bureau.towns["石门镇"]
    actions.take_charge(by=office, leader_id=chief.pk, area_ids=[town.pk])
    assert actions.take_charge(by=office, leader_id=chief.pk, area_ids=[town.pk]) == []
    today("2026-12-01T09:00:00")
    actions.take_charge(by=office, leader_id=clerk.pk, area_ids=[town.pk])
    assert [(c.leader, c.until and c.until.isoformat()) for c in Charge.objects.order_by("since")] == [(chief, "2026-12-01"), (clerk, None)]
    actions.end_charge(Charge.objects.get(until=None).pk, by=office)
    assert not Charge.objects.filter(until=None).exists()
    with pytest.raises(Refused, match="请选镇街"):
        actions.take_charge(by=office, leader_id=chief.pk, area_ids=[bureau.district.pk])


def test_papers_are_kept_under_their_names_and_what_lacks_is_said(bureau, office, chief, town_person, stranger, today, as_):
    made = actions.send_notice(visit(bureau, office, chief, "石门镇", datetime(2026, 11, 19, 9)).pk, by=office)
    actions.give_paper(made.pk, by=town_person, name="photo", upload=SimpleUploadedFile("现场.txt", "照片说明".encode()))
    with pytest.raises(Meeting.DoesNotExist):
        actions.give_paper(made.pk, by=stranger, name="photo", upload=SimpleUploadedFile("x.txt", b"x"))
    with pytest.raises(Refused, match="没有这种材料"):
        actions.give_paper(made.pk, by=office, name="nothing", upload=SimpleUploadedFile("x.txt", b"x"))
    today("2026-11-20T09:00:00")
    page = as_(office).get(f"/meetings/{made.pk}/").content.decode()
    assert "现场.txt" in page
    assert '<span>调研记录</span><span class="end"><span class="light red">缺</span>' in page
    paper = made.papers.get().attachment
    assert as_(town_person).get(reverse("base:attachment", args=[paper.pk])).status_code == 200
    assert as_(stranger).get(reverse("base:attachment", args=[paper.pk])).status_code in (403, 404)
