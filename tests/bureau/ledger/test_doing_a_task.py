"""Returns, chasing, checking, closing: it works, refuses GET, needs the right, another unit cannot see, the event is written."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from tests.bureau.conftest import make_person
from tests.bureau.ledger.conftest import photo

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.ledger import actions, measures, queries
from qingshan.bureau.ledger.models import Task, TaskEvent, TaskReturn


def test_a_lead_unit_returns_progress_with_evidence(ledger, traffic, as_):
    task = ledger["柴油车"]
    answer = as_(traffic).post(
        reverse("ledger:return", args=[task.pk]), {"value": "２４1", "words": "已淘汰 241 辆", "files": [photo()], "token": "a1"}
    )
    assert answer.status_code == 302
    task.refresh_from_db()
    assert (task.reported, task.last_return_by, task.state) == (241, traffic, "doing")
    event = task.events.first()
    assert (event.act, event.by, event.returned.value) == ("return", traffic, 241)
    assert event.returned.evidence.count() == 1
    assert AuditEvent.objects.filter(action="反馈", object_id=str(task.pk)).exists()
    row = queries.judged_rows([task], date(2026, 11, 19))[0]
    assert (row.light.colour, row.light.words, row.light.source, row.light.done) == ("red", "滞后", "反馈", 80.3)


def test_the_same_submission_twice_is_one_return(ledger, traffic):
    for _ in range(2):
        actions.return_task(ledger["柴油车"].pk, by=traffic, words="进展", value="10", token="t-1")
    assert TaskReturn.objects.count() == 1


def test_only_the_units_of_a_task_return_and_others_do_not_see_it(ledger, clerk, office, builder, stranger, as_):
    task = ledger["柴油车"]
    assert actions.return_task(task.pk, by=clerk, words="配合查验").organisation == clerk.organisation
    with pytest.raises(Refused, match="不能代为反馈"):
        actions.return_task(task.pk, by=office, words="代填")
    for person in (builder, stranger):
        with pytest.raises(Task.DoesNotExist):
            actions.return_task(task.pk, by=person, words="代填")
        assert as_(person).get(reverse("ledger:task", args=[task.pk])).status_code == 404
        assert as_(person).post(reverse("ledger:return", args=[task.pk]), {"words": "x"}).status_code == 404


def test_a_helping_unit_does_not_touch_the_figure_and_state_of_the_lead_unit(ledger, traffic, clerk, town_person, as_):
    task = ledger["柴油车"]
    actions.return_task(task.pk, by=traffic, words="已淘汰 300 辆", value=300, done=True, files=[photo()])
    helped = actions.return_task(task.pk, by=clerk, words="联合查验", value=12)
    task.refresh_from_db()
    assert (task.reported, task.state, helped.value, helped.words) == (300, "reported", None, "配合单位完成 12 辆。联合查验")
    assert task.events.first().data["value"] == "12"
    with pytest.raises(Refused, match="交通局牵头，报完成由牵头单位办"):
        actions.return_task(task.pk, by=town_person, words="都完成了", value=300, done=True, files=[photo()])
    own, helping = (as_(who).get(reverse("ledger:task", args=[task.pk])).content.decode() for who in (traffic, clerk))
    assert 'value="done"' in own
    assert 'value="done"' not in helping


def test_a_town_sees_only_what_it_leads_or_helps_with(ledger, town_person, as_):
    titles = set(Task.objects.within(town_person).values_list("title", flat=True))
    assert titles == {ledger["柴油车"].title, ledger["岸电"].title, ledger["污水"].title}
    page = as_(town_person).get(reverse("ledger:tasks")).content.decode()
    assert ledger["柴油车"].title in page
    assert ledger["废气"].title not in page


@pytest.mark.parametrize(
    "how, more, field",
    [
        ("done", {"value": "299", "words": "快了"}, "value"),
        ("done", {"value": "300", "words": "完成"}, "files"),
        ("", {"value": "10", "words": " "}, "words"),
        ("", {"value": "-1", "words": "x"}, "value"),
        ("", {"value": "很多", "words": "x"}, "value"),
    ],
)
def test_what_is_missing_in_a_return_is_said_and_nothing_is_lost(ledger, traffic, as_, how, more, field):
    answer = as_(traffic).post(reverse("ledger:return", args=[ledger["柴油车"].pk]), {**more, "how": how})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'class="error"' in page
    assert f'value="{more["value"]}"' in page
    assert TaskReturn.objects.count() == 0
    assert field


def done(task, person):
    actions.return_task(task.pk, by=person, words="全部完成", value=task.value, done=True, files=[photo()])


def test_closing_needs_report_evidence_right_and_basis(ledger, traffic, office, clerk):
    task = ledger["柴油车"]
    with pytest.raises(Refused, match="还没有报完成"):
        actions.close_task(task.pk, by=office, basis="核查单")
    done(task, traffic)
    with pytest.raises(PermissionDenied):
        actions.close_task(task.pk, by=clerk, basis="核查单")
    with pytest.raises(Refused, match="依据"):
        actions.close_task(task.pk, by=office, basis=" ")
    closed = actions.close_task(task.pk, by=office, basis="现场核查单 2026-17")
    assert (closed.state, closed.closed) == ("closed", date(2026, 11, 19))
    event = closed.events.first()
    assert (event.act, event.was, event.became, event.words) == ("close", "reported", "closed", "现场核查单 2026-17")
    with pytest.raises(Refused, match="已销号"):
        actions.return_task(task.pk, by=traffic, words="再报")
    actions.reopen_task(task.pk, by=office, reason="回头看发现反弹")
    assert Task.objects.get(pk=task.pk).state == "doing"


def test_reported_against_verified_is_a_clash_and_cannot_be_closed(ledger, traffic, office):
    task = ledger["柴油车"]
    done(task, traffic)
    actions.verify_task(task.pk, by=office, value="280", basis="核查单 8")
    row = queries.judged_rows([Task.objects.get(pk=task.pk)], date(2026, 11, 19))[0]
    assert (row.light.words, row.light.source, row.light.clash) == ("数未达", "数据", "单位报 300，核实 280")
    with pytest.raises(Refused, match="核实 280"):
        actions.close_task(task.pk, by=office, basis="核查单 8")
    actions.send_back_task(task.pk, by=office, reason="少 20 辆，补齐后再报")
    assert Task.objects.get(pk=task.pk).state == "doing"
    assert queries.tab_counts(queries.rows(office, queries.Filters(), date(2026, 11, 19)))["clash"] == 1


def test_a_measured_target_shows_the_measure(ledger, office, provider, as_):
    provider(lambda task, on: measures.Measure(
        31.4, "μg/m³", "amber", "偏紧", "距目标还有 0.6", on=on, done=86.8, due=84.6, capped=True, budget=("后 42 天日均 ≤ 36.6",)
    ) if task.indicator == "pm2_5_mean" else None)  # fmt: skip
    row = queries.judged_rows([ledger["PM2.5"]], date(2026, 11, 19))[0]
    assert (row.light.colour, row.light.words, row.light.source, row.light.value) == ("amber", "偏紧", "数据", "31.4")
    page = as_(office).get(reverse("ledger:task", args=[ledger["PM2.5"].pk])).content.decode()
    assert "后 42 天日均 ≤ 36.6" in page
    assert "距目标还有 0.6" in page


def test_chasing_is_recorded_once_a_day_and_answered_by_a_return(ledger, office, traffic, clerk, as_):
    task = ledger["柴油车"]
    answer = as_(office).post(reverse("ledger:remind"), {"task": [task.pk], "words": "请于周五前反馈"})
    assert answer.status_code == 302
    event = task.events.first()
    assert (event.act, event.data["to"], event.words) == ("remind", "交通局", "请于周五前反馈")
    with pytest.raises(Refused, match="今天都催办过"):
        actions.remind_tasks([task.pk], by=office)
    assert ("被催办", task) in queries.waiting(traffic, date(2026, 11, 19))
    actions.return_task(task.pk, by=traffic, words="已报")
    assert task.pk not in {t.pk for _, t in queries.waiting(traffic, date(2026, 11, 19))}
    assert as_(traffic).post(reverse("ledger:remind"), {"task": [task.pk]}).status_code == 403


def test_adjusting_needs_a_reason_and_never_overwrites_a_newer_change(ledger, clerk, office, bureau):
    task = ledger["柴油车"]
    with pytest.raises(Refused, match="写明依据"):
        actions.edit_task(task.pk, by=clerk, fields={"deadline": "2026-11-30"}, basis="")
    actions.edit_task(task.pk, by=clerk, fields={"deadline": "2026-11-30"}, basis="第 3 次专题会")
    with pytest.raises(Refused, match="被改过"):
        actions.edit_task(task.pk, by=office, fields={"note": "x"}, basis="", version=task.version)
    moved = Task.objects.get(pk=task.pk)
    assert moved.deadline == date(2026, 11, 30)
    assert "期限：2026-12-31 → 2026-11-30" in moved.events.first().changes
    actions.reassign_tasks([task.pk], by=office, leads=[bureau.departments["住建局"].pk], basis="职能调整")
    assert [str(u) for u in Task.objects.get(pk=task.pk).leads.all()] == ["住建局"]
    with pytest.raises(PermissionDenied):
        actions.edit_task(task.pk, by=make_person("nobody", "无权", bureau.own), fields={}, basis="")


def test_a_task_is_added_by_hand_and_withdrawn(clerk, office, bureau, as_):
    answer = as_(clerk).post(
        reverse("ledger:new"),
        {
            "kind": "task",
            "title": "整治夜间渣土运输",
            "operator": ">=",
            "value": "20",
            "unit": "次",
            "deadline": "11月30日",
            "leads_shown": "1",
            "leads": [bureau.offices["大气科"].pk],
            "reason": "区长办公会 11 号",
        },
    )
    task = Task.objects.get(title="整治夜间渣土运输")
    assert answer.status_code == 302
    assert (task.value, task.deadline, task.basis, task.finding) == (20, date(2026, 11, 30), "区长办公会 11 号", None)
    assert as_(clerk).post(reverse("ledger:new"), {"title": "没有牵头", "deadline": "x"}).status_code == 422
    actions.cancel_task(task.pk, by=office, basis="并入专项行动")
    assert queries.rows(office, queries.Filters(), date(2026, 11, 19)) == []
    assert TaskEvent.objects.filter(task=task, act="cancel").exists()


@pytest.mark.parametrize(
    "query, wanted",
    [
        ({"q": "柴油车"}, {"柴油车"}),
        ({"kind": "target"}, {"PM2.5", "优良"}),
        ({"topic": "打好碧水保卫战"}, {"污水"}),
        ({"due": "past"}, {"岸电"}),
        ({"due": "m6"}, {"岸电"}),
        ({"light": "red"}, {"岸电", "柴油车", "废气", "污水"}),
        ({"q": "无此"}, set()),
    ],
)
def test_filters_narrow_the_list_and_stand_in_the_address(ledger, office, as_, query, wanted):
    context = as_(office).get(reverse("ledger:tasks"), query).context
    shown = {row.task.pk for section in context["sections"] for row in section.rows}
    assert shown == {ledger[key].pk for key in wanted}


def test_a_page_of_rows_asks_few_questions(ledger, office, as_, django_assert_max_num_queries):
    client = as_(office)
    client.get(reverse("ledger:tasks"))
    with django_assert_max_num_queries(45):
        assert client.get(reverse("ledger:tasks")).status_code == 200


@pytest.mark.parametrize("name", ["plans", "tasks", "mine", "new", "import", "upload"])
def test_pages_answer(ledger, clerk, as_, name):
    assert as_(clerk).get(reverse(f"ledger:{name}")).status_code == 200
    for view in ("group=unit", "group=month", "sort=deadline", "sort=light", "sort=pace", "tab=soon", "page=99"):
        if name == "tasks":
            assert as_(clerk).get(reverse("ledger:tasks") + "?" + view).status_code == 200
