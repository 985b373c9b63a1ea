"""Weak work is found by declared rules, and answered by one order a task and reason."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from tests.bureau.ledger.conftest import photo

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.cases import actions as cases
from qingshan.bureau.cases.models import Case
from qingshan.bureau.ledger import actions as ledger_actions
from qingshan.bureau.ledger.measures import Measure
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.returns import actions
from qingshan.bureau.returns.models import DoubtSeen, Figure, Line
from qingshan.bureau.returns.queries import weak


def rules_of(task, person, now: str) -> dict[str, str]:
    return {d.rule.name: d.words for d in weak.of(person, datetime.fromisoformat(now)) if d.task.pk == task.pk}


def test_reported_done_and_the_count_says_otherwise(line, traffic, office, provider, today):
    actions.send_line(line.pk, by=traffic, token="token-0001", value=300, how="done", files=[photo()])
    assert "done_but_short" not in rules_of(line.task, office, "2026-11-26T12:00:00")
    provider(lambda task, on: Measure(218, "辆", "red", "滞后"))
    Task.objects.filter(pk=line.task_id).update(indicator="diesel_vehicles_done")
    assert rules_of(line.task, office, "2026-11-26T12:00:00")["done_but_short"] == "单位报 300，实测 218，要求 300 辆"


def test_verified_on_the_spot_counts_as_well(line, traffic, office):
    actions.send_line(line.pk, by=traffic, token="token-0001", value=300, how="done", files=[photo()])
    ledger_actions.verify_task(line.task_id, by=office, value=218, basis="核查单 7")
    assert "单位报 300，核实 218" in rules_of(line.task, office, "2026-11-26T12:00:00")["done_but_short"]


def test_one_photo_for_several_tasks(november, ledger, traffic, office):
    for word in ("柴油车", "岸电"):
        actions.send_line(Line.objects.get(task=ledger[word]).pk, by=traffic, token="token-0001", value=1, files=[photo("同一张.jpg")])
    assert "同一张.jpg" in rules_of(ledger["柴油车"], office, "2026-11-26T12:00:00")["same_evidence"]
    assert ledger["柴油车"].title[:20] in rules_of(ledger["岸电"], office, "2026-11-26T12:00:00")["same_evidence"]


def test_done_without_evidence(ledger, office):
    Task.objects.filter(pk=ledger["废气"].pk).update(state="reported", reported=15)
    assert rules_of(ledger["废气"], office, "2026-11-26T12:00:00")["done_without_evidence"] == "已报完成，没有一件佐证"


def test_a_figure_that_falls_unless_corrected(line, november, traffic, office, today):
    actions.send_line(line.pk, by=traffic, token="token-0001", value=241)
    today("2026-12-08T09:00:00")
    actions.freeze_due()
    today("2026-12-28T09:00:00")
    actions.open_due()
    december = Line.objects.get(period__key="2026-12", task=line.task_id)
    actions.send_line(december.pk, by=traffic, token="token-0002", value=230)
    today("2027-01-15T09:00:00")
    actions.freeze_due()
    Task.objects.update(year=2027)
    words = rules_of(line.task, office, "2027-01-15T12:00:00")["figure_fell"]
    assert words == "2026年第1期（11月） 241，2026年第2期（12月） 230，少了 11"
    actions.correct_figure(Figure.objects.get(line=line).pk, by=traffic, value=228, reason="重复计")
    assert "figure_fell" not in rules_of(line.task, office, "2027-01-15T12:00:00")


def test_silent_and_green_all_the_same(line, november, office, ledger, today, traffic, provider):
    provider(lambda task, on: Measure(299, "辆", "green", "按序时", done=99.7, due=95))
    Task.objects.filter(pk=line.task_id).update(indicator="diesel_vehicles_done", last_return="2026-11-02T10:00:00")
    assert "silent_but_normal" not in rules_of(line.task, office, "2026-12-03T17:00:00")
    assert "未报，灯仍是绿的" in rules_of(line.task, office, "2026-12-03T18:00:00")["silent_but_normal"]
    actions.send_line(line.pk, by=traffic, token="token-0001", value=299)
    assert "silent_but_normal" not in rules_of(line.task, office, "2026-12-03T18:00:00")


def test_a_late_task_gets_one_order_after_the_days_of_grace(line, traffic, office, today, bureau):
    actions.send_line(line.pk, by=traffic, token="token-0001", value=100)
    late = Case.objects.filter(origin=f"doubt:task_late:{line.task_id}")
    for day in ("2026-11-26", "2026-12-02"):  # seven days of grace from the day it was seen
        today(f"{day}T09:00:00")
        actions.issue_due()
        assert DoubtSeen.objects.get(rule="task_late", task=line.task_id).since == date(2026, 11, 26)
        assert not late.exists()
    today("2026-12-03T09:00:00")
    actions.issue_due()
    case = late.get()
    assert (case.workflow, case.responsible, case.number[:3], case.state_words) == ("inspection_order", line.organisation, "DC-", "待签收")
    assert "落后" in case.summary
    for day in (4, 8, 20):
        today(f"2026-12-{day:02}T09:00:00")
        actions.issue_due()
    assert late.count() == 1


def test_an_order_is_signed_answered_and_closed_and_not_written_again_for_the_same_standing_point(line, traffic, office, clerk, today, as_):
    actions.note_doubts()
    case = actions.issue_order("task_late", line.task_id, by=office)
    assert actions.issue_order("task_late", line.task_id, by=office) == case
    page = as_(traffic).get(reverse("returns:orders")).content.decode()
    assert case.number in page
    assert "签收" in page
    assert "督查事由" in as_(traffic).get(reverse("cases:order", args=[case.number])).content.decode()
    cases.take_step(case.number, "receive", by=traffic)
    with pytest.raises(Refused, match="缺回复材料"):
        cases.take_step(case.number, "reply", by=traffic, answers={"cause": "车主外出", "measure": "年底前"})
    cases.add_proof(case.number, "reply", photo(), by=traffic)
    cases.take_step(case.number, "reply", by=traffic, answers={"cause": "车主外出", "measure": "12 月 20 日前补齐，陈嘉负责"})
    cases.take_step(case.number, "close", by=clerk, note="回复属实")
    assert Case.objects.get(pk=case.pk).is_closed
    today("2026-12-10T09:00:00")
    actions.issue_due()
    assert Case.objects.filter(origin=case.origin).count() == 1  # the point still stands; people decide about a second order


def test_orders_have_their_conditions(line, ledger, office, clerk, stranger):
    with pytest.raises(PermissionDenied):
        actions.issue_order("task_late", line.task_id, by=clerk)
    with pytest.raises(Refused, match="现在没有“逾期未完成”"):
        actions.issue_order("task_overdue", line.task_id, by=office)
    with pytest.raises(Refused, match="没有这条判据"):
        actions.issue_order("nothing", line.task_id, by=office)


def test_the_machine_writes_orders_only_for_what_is_reported_by_a_rhythm(ledger, today):
    today("2026-12-31T09:00:00")
    actions.issue_due()
    assert (Case.objects.count(), DoubtSeen.objects.count()) == (0, 0)


def test_a_point_that_is_gone_is_closed_and_counts_anew_when_it_comes_back(line, traffic, today):
    actions.note_doubts()
    first = DoubtSeen.objects.get(rule="task_late", task=line.task_id)
    actions.send_line(line.pk, by=traffic, token="token-0001", value=300)
    today("2026-11-27T09:00:00")
    actions.note_doubts()
    first.refresh_from_db()
    assert first.gone == date(2026, 11, 27)
    actions.send_line(line.pk, by=traffic, token="token-0002", value=100)
    actions.note_doubts()
    assert DoubtSeen.objects.filter(rule="task_late", task=line.task_id).count() == 2


def test_the_page_shows_three_lights_and_only_what_one_may_see(line, office, traffic, stranger, as_):
    actions.note_doubts()
    page = as_(office).get(reverse("returns:doubts")).content.decode()
    for words in ("进展滞后", "三灯", "时间", "数据", "反馈", line.task.title, ">开督查单</button>"):
        assert words in page
    assert ">开督查单</button>" not in as_(traffic).get(reverse("returns:doubts")).content.decode()
    assert line.task.title not in as_(stranger).get(reverse("returns:doubts")).content.decode()


def test_a_unit_of_the_bureau_can_sign_its_own_order(november, ledger, office, air, chief):
    actions.note_doubts()
    case = actions.issue_order("task_late", ledger["废气"].pk, by=office)
    assert cases.take_step(case.number, "receive", by=air).state == "replying"
    with pytest.raises(PermissionDenied):
        cases.take_step(actions.issue_order("task_late", ledger["柴油车"].pk, by=office).number, "receive", by=air)
