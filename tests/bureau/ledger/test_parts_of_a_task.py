"""A task is split; its parts have unit, standard and day; the whole shows them, follows them and waits for them."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from tests.bureau.ledger.conftest import photo

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.ledger import actions, queries
from qingshan.bureau.ledger.models import Task, TaskEvent


def add(task, by, unit, **more) -> Task:
    fields = {"title": f"{unit}的一份", "leads": [unit.pk], "deadline": "2026-11-30", "standard": "验收单"}
    return actions.add_part(task.pk, by=by, fields=fields | more)


@pytest.fixture
def parts(ledger, clerk, bureau):
    whole = ledger["污水"]
    return whole, add(whole, clerk, bureau.governments["石门镇"], weight="3"), add(whole, clerk, bureau.governments["柳泉镇"])


def row(person, task):
    return queries.judged_rows(list(Task.objects.within(person).filter(pk=task.pk)), queries.clock.today())[0]


def finish(part, town, office) -> None:
    actions.return_task(part.pk, by=town, words="通水", done=True, files=[photo()])
    actions.close_task(part.pk, by=office, basis="核查单")


def test_parts_are_numbered_recorded_and_roll_up(parts, clerk, office, town_person):
    whole, shimen, liuquan = parts
    assert (shimen.label, liuquan.label) == (f"{whole.number}-1", f"{whole.number}-2")
    assert whole.events.first().act == TaskEvent.Act.SPLIT
    finish(shimen, town_person, office)
    judged = row(office, whole)
    assert [float(one.task.weight) for one in judged.parts] == [3, 1]
    assert judged.parts[0].light.colour == "blue"
    plain = actions.add_task(by=clerk, kind="task", year=2026, fields={"title": "办一件事", "leads": [whole.leads.first().pk], "deadline": "2026-12-20"})
    add(plain, clerk, whole.leads.first(), weight="3")
    finish_me = add(plain, clerk, town_person.organisation, title="第二份")
    finish(finish_me, town_person, office)
    assert row(office, plain).light.done == 25


def test_the_whole_is_not_closed_with_an_open_part(parts, office, town_person, stranger):
    whole, shimen, liuquan = parts
    actions.return_task(whole.pk, by=stranger, words="都通了", value=16, done=True, files=[photo()])
    with pytest.raises(Refused, match="还有 2 项子任务没有销号"):
        actions.close_task(whole.pk, by=office, basis="核查单")
    finish(shimen, town_person, office)
    actions.cancel_task(liuquan.pk, by=office, basis="并入石门镇")
    assert actions.close_task(whole.pk, by=office, basis="核查单").state == "closed"
    with pytest.raises(Refused, match="请先恢复上级任务"):
        actions.reopen_task(shimen.pk, by=office, reason="反弹")
    with pytest.raises(Refused, match="不能再分解"):
        add(whole, office, whole.leads.first())


def test_who_sees_what(parts, town_person, stranger, builder):
    whole, shimen, liuquan = parts
    assert set(Task.objects.within(town_person).filter(pk__in=[shimen.pk, whole.pk, liuquan.pk])) == {shimen, whole, liuquan}
    assert set(Task.objects.within(stranger).filter(parent=whole)) == {shimen, liuquan}, "牵头单位看得见自己任务的每一份"
    assert not Task.objects.within(builder).filter(pk__in=[shimen.pk, whole.pk]).exists()


def test_a_unit_with_only_a_part_sees_the_whole_but_not_the_others(ledger, clerk, bureau, builder):
    whole = ledger["废气"]
    mine = add(whole, clerk, bureau.departments["住建局"])
    other = add(whole, clerk, bureau.departments["交通局"])
    assert set(Task.objects.within(builder).filter(year=2026)) == {whole, mine}
    assert other not in Task.objects.within(builder)


def test_days_and_kinds_are_kept(parts, clerk, office, ledger):
    whole, shimen, _ = parts
    with pytest.raises(Refused, match="晚于任务期限"):
        actions.edit_task(shimen.pk, by=clerk, fields={"deadline": "2027-02-01"}, basis="会议")
    with pytest.raises(Refused, match=r"子任务 .* 更晚"):
        actions.edit_task(whole.pk, by=clerk, fields={"deadline": "2026-10-01"}, basis="会议")
    with pytest.raises(Refused, match="子任务下面不再分"):
        add(shimen, clerk, shimen.leads.first())
    with pytest.raises(Refused, match="不能分解"):
        add(ledger["PM2.5"], clerk, shimen.leads.first())
    with pytest.raises(Refused, match="还有 2 项子任务在办"):
        actions.cancel_task(whole.pk, by=office, basis="会议")
    with pytest.raises(Refused, match="权重"):
        add(whole, clerk, shimen.leads.first(), weight="0")


def test_stages_split_a_planning_document(clerk, bureau, ledger):
    fields = {"title": "编制噪声治理方案", "leads": [bureau.offices["大气科"].pk], "deadline": "2026-12-31"}
    task = actions.add_task(by=clerk, kind="task", fields=fields, year=2026)
    made = actions.split_by_stages(task.pk, "planning_document", by=clerk)
    assert [part.title.split("：")[0] for part in made] == ["起草", "征求意见", "专家论证", "审议", "印发"]
    assert made[-1].deadline == task.deadline
    assert sum(part.weight for part in made) == 100
    assert [part.deadline for part in made] == sorted(part.deadline for part in made)
    with pytest.raises(Refused, match="已有子任务"):
        actions.split_by_stages(task.pk, "planning_document", by=clerk)
    with pytest.raises(Refused, match=r"已有：.*planning_document"):
        actions.split_by_stages(ledger["废气"].pk, "no_such", by=clerk)


def test_splitting_needs_the_right(ledger, traffic, town_person):
    for person in (traffic, town_person):
        with pytest.raises(PermissionDenied):
            actions.add_part(ledger["柴油车"].pk, by=person, fields={"title": "x", "leads": [person.organisation_id]})
        with pytest.raises(PermissionDenied):
            actions.split_by_stages(ledger["柴油车"].pk, "works", by=person)


def test_the_pages_show_and_take_parts(parts, clerk, as_):
    whole, shimen, _ = parts
    client = as_(clerk)
    page = client.get(reverse("ledger:task", args=[whole.pk])).content.decode()
    assert shimen.label in page
    assert "按权重汇总" in page
    assert client.get(reverse("ledger:part", args=[whole.pk])).status_code == 200
    answer = client.post(reverse("ledger:part", args=[whole.pk]), {"title": "第三份", "deadline": "2026-13-01", "leads_shown": "1", "leads": [whole.leads.first().pk]})
    assert answer.status_code == 422
    assert "第三份" in answer.content.decode()
    listed = client.get(reverse("ledger:tasks")).content.decode()
    assert listed.index(f">{whole.number}<") < listed.index(f">{shimen.label}<")
    assert "子任务 2" in listed
