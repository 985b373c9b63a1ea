"""Groups with units and people, teams for a time, tasks routed to them; the list of duties proposes, a person decides."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from tests.bureau.conftest import make_person

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.ledger import actions, duties
from qingshan.bureau.ledger.models import DutyList, Seat, Task, WorkGroup


@pytest.fixture
def air(office, bureau) -> WorkGroup:
    group = actions.save_group(None, by=office, fields={"name": "大气污染防治组", "kind": "group", "lead": bureau.offices["大气科"].pk, "words": "柴油车、废气"})
    actions.seat(group.pk, by=office, organisation=bureau.departments["住建局"].pk)
    return group


@pytest.fixture
def edition(office, bureau) -> DutyList:
    made = actions.open_edition(by=office, title="责任清单（2026年版）", begins=date(2026, 1, 1))
    for text, words, unit in (
        ("工地扬尘污染防治", "扬尘、工地", bureau.departments["住建局"]),
        ("机动车污染防治", "柴油车、机动车", bureau.departments["交通局"]),
        ("农村生活污水治理", "生活污水、行政村", bureau.departments["农业农村局"]),
    ):
        actions.save_duty(None, by=office, fields={"text": text, "words": words, "unit": unit.pk}, edition_id=made.pk)
    return made


def test_members_of_a_group_see_what_is_routed_to_it(air, ledger, clerk, builder):
    task = ledger["柴油车"]
    assert task not in Task.objects.within(builder)
    assert actions.route_tasks([task.pk], air.pk, by=clerk) == 1
    assert task in Task.objects.within(builder)
    assert actions.route_tasks([task.pk], air.pk, by=clerk) == 0
    assert task.events.first().words == "归入大气污染防治组"
    actions.route_tasks([task.pk], air.pk, by=clerk, out=True)
    assert task not in Task.objects.within(builder)


def test_a_team_ends_and_with_it_what_its_members_see(office, clerk, bureau, ledger, builder, monkeypatch):
    with pytest.raises(Refused, match="有始有终"):
        actions.save_group(None, by=office, fields={"name": "扬尘专班", "kind": "team"})
    team = actions.save_group(None, by=office, fields={"name": "扬尘专班", "kind": "team", "begins": "2026-10-01", "ends": "2026-11-30"})
    actions.seat(team.pk, by=office, organisation=bureau.departments["住建局"].pk)
    actions.route_tasks([ledger["废气"].pk], team.pk, by=clerk)
    assert ledger["废气"] in Task.objects.within(builder)
    monkeypatch.setenv("QINGSHAN_NOW", "2026-12-02T09:00:00")
    assert ledger["废气"] not in Task.objects.within(builder)
    with pytest.raises(Refused, match="已到期"):
        actions.route_tasks([ledger["柴油车"].pk], team.pk, by=clerk)


def test_one_person_sits_in_several_groups_with_days(air, office, traffic, bureau):
    water = actions.save_group(None, by=office, fields={"name": "水污染防治组"})
    for group, post in ((air, "head"), (water, "member")):
        actions.seat(group.pk, by=office, organisation=traffic.organisation_id, person=traffic.pk, post=post)
    actions.seat(air.pk, by=office, organisation=traffic.organisation_id, person=traffic.pk, post="deputy", ends=date(2026, 12, 31))
    assert sorted(one.post for one in Seat.objects.filter(person=traffic)) == ["deputy", "member"]
    with pytest.raises(Refused, match="不在"):
        actions.seat(air.pk, by=office, organisation=bureau.departments["住建局"].pk, person=traffic.pk)
    seat = Seat.objects.get(person=traffic, group=water)
    actions.unseat(seat.pk, by=office)
    assert AuditEvent.objects.filter(action="小组成员出组", object_id=str(water.pk)).exists()


def test_a_newer_change_of_a_group_is_not_overwritten(air, office):
    actions.save_group(air.pk, by=office, fields={"duty": "新职责"}, version=1)
    with pytest.raises(Refused, match="被改过"):
        actions.save_group(air.pk, by=office, fields={"duty": "旧页面"}, version=1)
    with pytest.raises(Refused, match="已有“大气污染防治组”"):
        actions.save_group(None, by=office, fields={"name": "大气污染防治组"})


def test_duties_propose_with_a_reason_and_never_by_themselves(edition, ledger, office, clerk, bureau):
    task = ledger["柴油车"]
    task.leads.clear()
    [one] = duties.of([task], date(2026, 11, 19))[task.pk]
    assert one.unit == bureau.departments["交通局"]
    assert "含“柴油车”" in one.reason
    assert "第 2 项“机动车污染防治”" in one.reason
    assert not task.leads.exists(), "只提议，不自己定"
    actions.take_proposal(task.pk, one.duty.pk, by=clerk)
    task.refresh_from_db()
    assert list(task.leads.all()) == [bureau.departments["交通局"]]
    assert "按责任清单" in task.events.first().words
    with pytest.raises(Refused, match="已由交通局牵头"):
        actions.take_proposal(task.pk, one.duty.pk, by=clerk)


def test_the_more_telling_words_win_and_one_line_a_unit_is_shown(edition, office, bureau):
    actions.save_duty(
        None, by=office, edition_id=edition.pk,
        fields={"text": "工地车辆", "words": "工地柴油车", "unit": bureau.departments["住建局"].pk},
    )  # fmt: skip
    found = duties.propose("淘汰工地柴油车", "", list(edition.duties.select_related("unit", "edition")))
    assert [(one.unit, one.found) for one in found] == [
        (bureau.departments["住建局"], ("工地柴油车",)),
        (bureau.departments["交通局"], ("柴油车",)),
    ]
    assert duties.propose("完成别的事", "", list(edition.duties.all())) == []


def test_a_new_edition_ends_the_one_before_and_takes_its_lines(edition, office, bureau, ledger):
    with pytest.raises(Refused, match="晚于上一版"):
        actions.open_edition(by=office, title="倒着来", begins=date(2025, 1, 1))
    new = actions.open_edition(by=office, title="责任清单（2027年版）", begins=date(2027, 1, 1))
    edition.refresh_from_db()
    assert edition.ends == date(2026, 12, 31)
    assert new.duties.count() == 3
    first = new.duties.first()
    actions.save_duty(first.pk, by=office, fields={"unit": bureau.departments["农业农村局"].pk}, version=1)
    assert edition.duties.first().unit == bureau.departments["住建局"], "旧版不随新版变"
    assert DutyList.on(date(2026, 11, 19)) == edition
    assert DutyList.on(date(2027, 3, 1)) == new
    actions.drop_duty(first.pk, by=office)
    assert new.duties.get(pk=first.pk).dropped
    actions.drop_duty(first.pk, by=office, back=True)
    assert new.duties.get(pk=first.pk).dropped is False


def test_an_ended_edition_is_closed(edition, office, monkeypatch):
    actions.open_edition(by=office, title="2027年版", begins=date(2027, 1, 1))
    monkeypatch.setenv("QINGSHAN_NOW", "2027-02-01T09:00:00")
    with pytest.raises(Refused, match="已废止"):
        actions.save_duty(edition.duties.first().pk, by=office, fields={"text": "改一改"})


def test_who_may_not(air, edition, ledger, clerk, traffic, town_person):
    for person in (clerk, traffic, town_person):
        for act in (
            lambda by: actions.save_group(None, by=by, fields={"name": "x"}),
            lambda by: actions.seat(air.pk, by=by, organisation=by.organisation_id),
            lambda by: actions.unseat(air.seats.first().pk, by=by),
            lambda by: actions.open_edition(by=by, title="x", begins=date(2027, 1, 1)),
            lambda by: actions.save_duty(None, by=by, fields={}, edition_id=edition.pk),
            lambda by: actions.drop_duty(edition.duties.first().pk, by=by),
        ):
            with pytest.raises(PermissionDenied):
                act(person)
    for act in (
        lambda by: actions.route_tasks([ledger["柴油车"].pk], air.pk, by=by),
        lambda by: actions.take_proposal(ledger["柴油车"].pk, edition.duties.first().pk, by=by),
    ):
        with pytest.raises(PermissionDenied):
            act(traffic)


def test_another_unit_s_task_is_not_routed(air, ledger, bureau):
    helper = make_person("nongye", "农科员", bureau.departments["住建局"], "officer")
    assert Task.objects.within(helper).count() == 0
    with pytest.raises(Task.DoesNotExist):
        actions.route_tasks([ledger["柴油车"].pk], air.pk, by=helper)


def test_the_pages_of_groups_and_duties(air, edition, ledger, office, stranger, as_):
    actions.route_tasks([ledger["柴油车"].pk], air.pk, by=office)
    client = as_(office)
    page = client.get(reverse("ledger:group", args=[air.pk])).content.decode()
    assert "住建局" in page
    assert ledger["柴油车"].title in page
    assert ledger["柴油车"].title not in as_(stranger).get(reverse("ledger:group", args=[air.pk])).content.decode()
    assert "机动车污染防治" in client.get(reverse("ledger:duties")).content.decode()
    answer = client.post(reverse("ledger:group_new"), {"name": "专班甲", "kind": "team", "begins": "", "ends": ""})
    assert answer.status_code == 422
    assert "有始有终" in answer.content.decode()
    client.post(reverse("ledger:seat", args=[air.pk]), {"person": stranger.pk, "post": "deputy", "begins": "2026-11-01", "ends": ""})
    assert Seat.objects.filter(group=air, person=stranger, begins=date(2026, 11, 1)).exists()
    task = ledger["污水"]
    task.leads.clear()
    page = client.get(reverse("ledger:proposals")).content.decode()
    duty = edition.duties.get(text__contains="污水")
    assert f"{task.pk}:{duty.pk}" in page
    assert "第 3 项" in page
    client.post(reverse("ledger:proposals"), {"lead": [f"{task.pk}:{duty.pk}", "999999:1", "x"], "tag": [f"{task.pk}:three_battles.water:污水"]})
    assert task.leads.get().short == "农业农村局"
    assert task.tags.get().words == "污水"
