"""Unfinished tasks go on into the next year, and back; the rows of one plan point to those of another."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from tests.bureau.ledger.conftest import photo, upload

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.ledger import actions, similar
from qingshan.bureau.ledger.models import Task, TaskEvent

ACTION_PLAN = """青川区2026年污染防治攻坚战行动计划

一、大气

1.淘汰、治理柴油车300辆以上。（牵头单位：交通局）

2.完成水泥、砂石等重点行业废气深度治理15家。（牵头单位：大气科）

3.开展餐饮油烟专项检查40次。（牵头单位：住建局）
"""


@pytest.fixture
def action_plan(ledger, office):
    plan, _ = actions.upload_plan(upload(ACTION_PLAN, "行动计划.txt"), by=office)
    for finding in plan.findings.filter(kind__in=["target", "task"]):
        actions.accept_finding(finding.pk, by=office)
    actions.enter_ledger(plan.pk, by=office)
    return plan


def test_a_task_goes_on_with_units_tags_groups_parts_and_only_the_rest(ledger, clerk, office, traffic, bureau):
    task = ledger["柴油车"]
    actions.return_task(task.pk, by=traffic, words="已治理 180 辆", value=180)
    actions.tag_tasks([task.pk], "three_battles.air", by=clerk)
    part = actions.add_part(task.pk, by=clerk, fields={"title": "公交车", "leads": [bureau.departments["交通局"].pk], "deadline": "2026-11-30"})
    [going_on] = actions.carry_over([task.pk], by=clerk, basis="办公会纪要〔2026〕20号", rest=True)
    task.refresh_from_db()
    assert (going_on.year, going_on.value, going_on.carried_from, going_on.deadline.year) == (2027, 120, task, 2027)
    assert list(going_on.leads.all()) == list(task.leads.all())
    assert [one.tag for one in going_on.tags.all()] == ["three_battles.air"]
    assert [one.carried_from for one in going_on.parts.all()] == [part]
    assert task.events.first().act == TaskEvent.Act.CARRY
    assert "办公会纪要" in task.events.first().words
    assert task.is_going, "原任务留在原年度，不因结转而消失"
    assert AuditEvent.objects.filter(action="结转任务", object_id=str(going_on.pk)).exists()
    with pytest.raises(Refused, match="已结转到 2027 年"):
        actions.carry_over([task.pk], by=clerk, basis="再来")


def test_a_carry_over_is_taken_back_while_nothing_happened(ledger, clerk, office, traffic):
    task = ledger["柴油车"]
    [going_on] = actions.carry_over([task.pk], by=clerk, basis="纪要")
    actions.undo_carry(going_on.pk, by=clerk, basis="纪要作废")
    assert Task.objects.get(pk=going_on.pk).state == "cancelled"
    assert task.events.first().act == TaskEvent.Act.UNCARRY
    [again] = actions.carry_over([task.pk], by=clerk, basis="又定了")
    actions.return_task(again.pk, by=traffic, words="开工")
    with pytest.raises(Refused, match="已有反馈或改动"):
        actions.undo_carry(again.pk, by=clerk, basis="不要了")


def test_what_is_closed_or_has_no_reason_is_not_carried(ledger, clerk, traffic, office):
    done = ledger["岸电"]
    actions.return_task(done.pk, by=traffic, words="好了", value=1, done=True, files=[photo()])
    actions.close_task(done.pk, by=office, basis="核查单")
    with pytest.raises(Refused, match="不用结转"):
        actions.carry_over([done.pk], by=clerk, basis="纪要")
    with pytest.raises(Refused, match="依据"):
        actions.carry_over([ledger["柴油车"].pk], by=clerk, basis=" ")
    with pytest.raises(PermissionDenied):
        actions.carry_over([ledger["柴油车"].pk], by=traffic, basis="纪要")
    with pytest.raises(PermissionDenied):
        actions.undo_carry(ledger["柴油车"].pk, by=traffic, basis="纪要")


def test_the_action_plan_is_held_against_the_yearly_plan(action_plan, ledger, clerk):
    mine = list(action_plan.tasks.order_by("number"))
    found = {pair.task.title: pair for pair in similar.propose(mine, list(ledger.values()))}
    assert {pair.origin for pair in found.values()} == {ledger["柴油车"], ledger["废气"]}
    assert not any("油烟" in title for title in found)
    diesel = next(task for task in mine if "柴油车" in task.title)
    actions.link_tasks({diesel.pk: ledger["柴油车"].pk}, by=clerk, basis="与要点对照")
    diesel.refresh_from_db()
    assert diesel.origin == ledger["柴油车"]
    assert ledger["柴油车"].derived.get() == diesel
    with pytest.raises(Refused, match="本来就来自"):
        actions.link_tasks({ledger["柴油车"].pk: diesel.pk}, by=clerk)
    with pytest.raises(Refused, match="同一份文件"):
        actions.link_tasks({ledger["废气"].pk: ledger["柴油车"].pk}, by=clerk)
    actions.link_tasks({diesel.pk: None}, by=clerk)
    assert Task.objects.get(pk=diesel.pk).origin is None


def test_linking_needs_the_right_and_sight_of_both(action_plan, ledger, traffic, clerk):
    diesel = next(task for task in action_plan.tasks.all() if "柴油车" in task.title)
    with pytest.raises(PermissionDenied):
        actions.link_tasks({diesel.pk: ledger["柴油车"].pk}, by=traffic)


def test_the_pages_of_years_and_plans(action_plan, ledger, clerk, builder, as_):
    client = as_(clerk)
    actions.carry_over([ledger["柴油车"].pk], by=clerk, basis="纪要")
    page = client.get(reverse("ledger:beside")).content.decode()
    assert "2027年" in page
    assert "行动计划" in page
    assert "由上年结转" in page
    address = f"{reverse('ledger:links')}?plan={action_plan.pk}&to={ledger['柴油车'].plan_id}"
    assert "名称相近" in client.get(address).content.decode()
    diesel = next(task for task in action_plan.tasks.all() if "柴油车" in task.title)
    post = {"plan": action_plan.pk, "to": ledger["柴油车"].plan_id, "task": [diesel.pk], f"origin_{diesel.pk}": ledger["柴油车"].pk}
    client.post(reverse("ledger:links"), post)
    assert Task.objects.get(pk=diesel.pk).origin_id == ledger["柴油车"].pk
    listed = client.get(f"{reverse('ledger:tasks')}?period=2027").content.decode()
    assert ledger["柴油车"].title in listed
    assert "2026年" in listed
    assert "2027年" not in as_(builder).get(reverse("ledger:beside")).content.decode()
    assert client.get(reverse("ledger:origins", args=[diesel.pk])).status_code == 200
