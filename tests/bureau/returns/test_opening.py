"""Periods open on time, once, and also after the platform was off for weeks."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.bureau.ledger.conftest import photo

from qingshan.bureau.base.duties import duties
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.ledger import actions as ledger_actions
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.monitor import jobs
from qingshan.bureau.returns import actions
from qingshan.bureau.returns.models import Line, Period, PeriodStep, Rota


def keys() -> list[str]:
    return list(Period.objects.order_by("first").values_list("key", flat=True))


def test_a_period_opens_on_its_day_and_once(rota, today, ledger, bureau):
    today("2026-11-24T23:00:00")
    assert actions.open_due() == ""
    today("2026-11-25T00:10:00")
    assert actions.open_due() == "开期 1 个"
    assert actions.open_due() == ""
    period = Period.objects.get()
    assert (period.name, period.due_at, period.freeze_at) == (
        "2026年第1期（11月）", datetime(2026, 12, 3, 17, 30), datetime(2026, 12, 7, 17, 30),
    )  # fmt: skip
    owed = set(period.lines.values_list("task__title", "organisation__short"))
    assert owed == {(t.title, u.short) for t in Task.objects.filter(kind="task") for u in t.leads.all()}
    assert PeriodStep.objects.get().act == "open"
    assert AuditEvent.objects.filter(action="开期").count() == 1


def test_weeks_off_are_made_good_in_order(plan, ledger, office, today):
    rota = actions.make_rota(by=office, title="周调度", rhythm="week", plan_id=plan.pk, began=date(2026, 11, 16))
    today("2026-12-11T08:00:00")
    assert actions.open_due() == "开期 4 个"
    assert actions.open_due() == ""
    assert keys() == ["2026-W47", "2026-W48", "2026-W49", "2026-W50"]
    assert [p.number for p in Period.objects.order_by("first")] == [1, 2, 3, 4]
    first = Period.objects.get(key="2026-W47")
    assert "补开" in first.note
    assert first.freeze_at > datetime(2026, 12, 11, 8)  # opened late, the units still have their time
    assert actions.freeze_due() == ""
    assert rota.periods.count() == 4


def test_numbers_begin_again_with_the_year_and_week_53_belongs_to_the_old(plan, ledger, office, today):
    Task.objects.update(deadline="2027-12-31")
    actions.make_rota(by=office, title="周调度", rhythm="week", plan_id=plan.pk, began=date(2026, 12, 21))
    today("2027-01-08T12:00:00")
    actions.open_due()
    assert [(p.key, p.year, p.number) for p in Period.objects.order_by("first")] == [
        ("2026-W52", 2026, 1), ("2026-W53", 2026, 2), ("2027-W01", 2027, 1),
    ]  # fmt: skip
    assert "2027年节假日安排还没有录入" in Period.objects.get(key="2027-W01").note


def test_only_what_is_under_way_is_asked(rota, today, ledger, office, traffic):


    ledger_actions.return_task(ledger["岸电"].pk, by=traffic, words="已送电", value=1, done=True, files=[photo()])
    ledger_actions.cancel_task(ledger["废气"].pk, by=office, basis="会议纪要")
    today("2026-11-26T09:00:00")
    actions.open_due()
    assert set(Line.objects.values_list("task__title", flat=True)) == {ledger["柴油车"].title, ledger["污水"].title}


def test_a_task_that_comes_later_is_put_in(november, office, bureau, ledger):
    made = ledger_actions.add_task(
        by=office, kind="task", year=2026, plan_id=november.rota.plan_id,
        fields={"title": "补做的事", "leads": [bureau.departments["住建局"].pk], "deadline": "2026-12-20", "basis": "会议"},
    )  # fmt: skip
    assert actions.open_due() == "补进填报 1 项"
    assert actions.open_due() == ""
    assert Line.objects.get(task=made).organisation == bureau.departments["住建局"]


def test_a_stopped_rota_opens_nothing_further(rota, office, today):
    actions.stop_rota(rota.pk, by=office, reason="改为周报", on=date(2026, 11, 20))
    today("2026-12-30T09:00:00")
    assert actions.open_due() == ""
    with pytest.raises(Refused, match="停止"):
        actions.stop_rota(rota.pk, by=office, reason="再停")


def test_chosen_tasks_get_a_rhythm_and_coops_may_be_asked_too(ledger, office, today, bureau, town_person):
    actions.make_rota(by=office, title="柴油车旬报", rhythm="ten_days", task_ids=[ledger["柴油车"].pk], who="all", began=date(2026, 11, 11))
    today("2026-11-20T09:00:00")
    actions.open_due()
    assert set(Line.objects.values_list("organisation__short", flat=True)) == {"交通局", "大气科", "石门镇"}
    town = Line.objects.get(organisation__short="石门镇")
    actions.send_line(town.pk, by=town_person, token="token-0001", value=7, words="查了 7 辆", how="done", files=[photo()])
    task = Task.objects.get(pk=ledger["柴油车"].pk)
    assert (task.reported, task.state, task.returns.get().value) == (None, "doing", None)  # the lead unit says how the task stands
    assert "配合单位完成 7 辆" in task.returns.get().words


def test_a_period_is_opened_by_hand_for_a_reason(rota, office, clerk, today):
    with pytest.raises(PermissionDenied):
        actions.open_by_hand(rota.pk, by=clerk, title="雨后", first=date(2026, 11, 18), last=date(2026, 11, 19), reason="强降雨")
    period = actions.open_by_hand(rota.pk, by=office, title="雨后排查", first=date(2026, 11, 18), last=date(2026, 11, 19), reason="强降雨")
    assert period.due_at == datetime(2026, 11, 24, 17, 30)
    assert "强降雨" in period.note
    with pytest.raises(Refused, match="起止日"):
        actions.open_by_hand(rota.pk, by=office, title="x", first=date(2026, 11, 20), last=date(2026, 11, 19), reason="x")


def test_what_is_wrong_with_a_rota_is_said(plan, ledger, office, town_person, rota):
    with pytest.raises(PermissionDenied):
        actions.make_rota(by=town_person, title="x", rhythm="month", plan_id=plan.pk)
    with pytest.raises(Refused, match="已有同一节奏"):
        actions.make_rota(by=office, title="再来一份", rhythm="month", plan_id=plan.pk)
    with pytest.raises(Refused, match="二者选一"):
        actions.make_rota(by=office, title="x", rhythm="week")
    with pytest.raises(Refused, match="节奏"):
        actions.make_rota(by=office, title="x", rhythm="fortnight", plan_id=plan.pk)
    assert Rota.objects.count() == 1


def test_a_rhythm_nobody_declares_any_more_stops_nothing_else(rota, november, office, today, ledger):
    Rota.objects.create(title="旧节奏", rhythm="gone", plan=rota.plan, began=date(2026, 11, 1), by=office)
    lost = Rota.objects.create(title="又一个", rhythm="week", plan=rota.plan, began=date(2026, 11, 16), by=office)
    assert actions.open_due() == "开期 2 个"
    Rota.objects.filter(pk=lost.pk).update(rhythm="gone")
    today("2026-12-04T09:00:00")
    assert actions.chase_due() == "催报 3 个单位"
    with pytest.raises(Refused, match="已不在制度包里"):
        actions.open_by_hand(lost.pk, by=office, title="x", first=date(2026, 12, 1), last=date(2026, 12, 2), reason="x")


def test_a_rota_whose_rhythm_is_changed_does_not_open_the_past_again(rota, november, today):
    Rota.objects.filter(pk=rota.pk).update(rhythm="week")
    today("2026-12-10T09:00:00")
    actions.open_due()
    assert keys() == ["2026-11", "2026-W49", "2026-W50"]


MOMENTS = st.lists(st.datetimes(datetime(2026, 11, 2), datetime(2027, 1, 20)), min_size=1, max_size=5)


@given(moments=MOMENTS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whenever_the_worker_ran_the_same_periods_stand_with_the_same_numbers(moments, ledger, plan, office, today):
    """Asked at any moments, in any rhythm of stops, or once at the last of them: the same periods, numbers, due times and lines."""
    def opened(at: list[datetime]) -> list[tuple]:
        try:
            with transaction.atomic():
                for rhythm in ("week", "month"):
                    actions.make_rota(by=office, title=rhythm, rhythm=rhythm, plan_id=plan.pk, began=date(2026, 11, 2))
                for moment in at:
                    today(moment.isoformat(timespec="seconds"))
                    actions.open_due()
                found = [(p.rota.title, p.key, p.year, p.number, p.due_at, p.lines.count()) for p in Period.objects.order_by("rota", "first")]
                raise Undo
        except Undo:
            today("2026-11-19T15:00:00")
            return found

    moments = sorted(moments)
    Task.objects.update(deadline="2027-12-31")
    assert opened(moments) == opened(moments[-1:]) == opened([moments[-1]] * 3)


class Undo(Exception):
    pass


def test_the_worker_has_taken_the_duties_over():
    """The rooms below the worker register with base; the worker runs them under their names."""
    assert {name for name in jobs.jobs if name.startswith("returns.")} == {name for name in duties if name.startswith("returns.")}
    assert len([name for name in duties if name.startswith("returns.")]) == 5
