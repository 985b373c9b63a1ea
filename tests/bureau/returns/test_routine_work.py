"""周巡查、周调度、周通报 open again each week, leave a record each; burden and information are counted."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.bureau.ledger.conftest import photo

from qingshan.bureau.base import frame
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.ledger import actions as ledger_actions
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.returns import actions
from qingshan.bureau.returns.models import Item, Line, Occasion
from qingshan.bureau.returns.queries import burden

GIVEN = {"points": "12", "found": "3", "handed": "1"}


def test_three_duties_open_every_week_also_after_weeks_off(bureau, today):
    assert actions.open_occasions() == "开出例行工作 3 次"
    assert actions.open_occasions() == ""
    today("2026-12-08T01:00:00")
    assert actions.open_occasions() == "开出例行工作 9 次"
    assert actions.open_occasions() == ""
    weeks = sorted(set(Occasion.objects.values_list("key", flat=True)))
    assert weeks == ["2026-W47", "2026-W48", "2026-W49", "2026-W50"]
    assert set(Occasion.objects.values_list("routine", flat=True)) == {"weekly_patrol", "weekly_dispatch", "weekly_bulletin"}


def test_a_record_says_who_did_it_and_what_came_of_it(clerk, town_person, today, as_):
    actions.open_occasions()
    patrol = Occasion.objects.get(routine="weekly_patrol")
    with pytest.raises(PermissionDenied):
        actions.record_occasion(patrol.pk, by=town_person, words="x", outcome="x")
    for said, wrong in (({"words": ""}, "请写办了什么"), ({"outcome": " "}, "请写结果"), ({"answers": {}}, "请填“巡查点位”"),
                        ({"answers": GIVEN | {"found": "若干"}}, "请填整数")):  # fmt: skip
        with pytest.raises(Refused, match=wrong):
            actions.record_occasion(patrol.pk, by=clerk, **{"words": "巡查三镇", "outcome": "整改 2 处", "answers": GIVEN} | said)
    client = as_(clerk)
    data = {"words": "巡查三镇", "outcome": "整改 2 处", "token": "one", "files": [photo("现场.jpg")], **{f"ask-{k}": v for k, v in GIVEN.items()}}
    assert client.post(reverse("returns:record", args=[patrol.pk]), data).status_code == 302
    patrol.refresh_from_db()
    assert (patrol.done_by, patrol.answers["发现问题"]) == (clerk, "3 个")
    page = client.get(reverse("returns:routines")).content.decode()
    for words in ("整改 2 处", "李响", "现场.jpg", "第47周"):
        assert words in page
    assert AuditEvent.objects.filter(action="记录例行工作").count() == 1
    with pytest.raises(Refused, match="不能再改"):
        actions.record_occasion(patrol.pk, by=clerk, words="改", outcome="改", answers=GIVEN)
    assert actions.record_occasion(patrol.pk, by=clerk, words="x", outcome="x", token="one") == patrol


def test_a_turn_that_was_not_held_says_why(clerk, today):
    actions.open_occasions()
    dispatch = Occasion.objects.get(routine="weekly_dispatch")
    with pytest.raises(Refused, match="原因"):
        actions.skip_occasion(dispatch.pk, by=clerk, reason="")
    assert actions.skip_occasion(dispatch.pk, by=clerk, reason="并入月调度会").skipped == "并入月调度会"


def test_burden_counts_forms_fields_doubles_and_what_was_filled_in(line, traffic, office, ledger, today, as_):
    actions.make_rota(by=office, title="柴油车专项月报", rhythm="month", task_ids=[ledger["柴油车"].pk], began=date(2026, 11, 1))
    actions.open_due()
    today("2026-11-26T21:00:00")
    actions.send_line(line.pk, by=traffic, token="token-0001", value=100, seconds=90)
    found = burden.of(office, frame.period("2026-12"))
    [load] = [one for one in found.loads if one.unit == line.organisation]
    assert (load.n_forms, load.fields, load.double, load.sent) == (2, 6, 1, 2)
    assert (load.offered_share, load.kept_share, load.minutes, load.open_to_send) == (50, 100, "1.5 分钟", "12.0 小时")
    [double] = found.doubles
    assert (double.words, double.merged) == ("同一数在 2 处要填，已合并：填一次，处处都有", True)
    page = as_(office).get(reverse("returns:burden") + "?month=2026-12").content.decode()
    assert "同一数在 2 处要填" in page
    assert as_(traffic).get(reverse("returns:burden") + "?month=坏的").status_code == 200


def test_two_tasks_that_ask_one_indicator_are_seen(november, ledger, office):
    for word in ("柴油车", "岸电"):
        type(ledger[word]).objects.filter(pk=ledger[word].pk).update(indicator="diesel_vehicles_done")
    [double] = burden.of(office, frame.period("2026-12")).doubles
    assert double.words == "同一数在 2 处要填，建议合并"


def test_information_is_filed_once_and_adoption_counted(traffic, office, stranger, today, as_, bureau):
    item = actions.file_item(by=traffic, organisation_id=traffic.organisation_id, title="路检夜查  见成效")
    assert actions.file_item(by=traffic, organisation_id=traffic.organisation_id, title="路检夜查 见成效") == item
    with pytest.raises(Refused, match="只能替本单位"):
        actions.file_item(by=stranger, organisation_id=traffic.organisation_id, title="x")
    with pytest.raises(PermissionDenied):
        actions.adopt_item(item.pk, by=traffic, level="city", where="市简报")
    with pytest.raises(Refused, match="到今天之间"):
        actions.adopt_item(item.pk, by=office, level="city", where="市简报", on=date(2026, 12, 1))
    actions.adopt_item(item.pk, by=office, level="city", where="市简报")
    assert Item.objects.get().adopted_level == "city"
    assert "市简报" in as_(office).get(reverse("returns:news")).content.decode()
    assert "路检夜查" not in as_(stranger).get(reverse("returns:news")).content.decode()


QUERIES = {"returns:mine": 28, "returns:period": 31, "returns:periods": 21, "returns:chases": 28, "returns:doubts": 36, "returns:orders": 21,
           "returns:burden": 22, "returns:routines": 27, "returns:news": 24, "returns:rotas": 26}  # fmt: skip
"""the most questions a page may put to the database"""


def test_pages_ask_no_more_when_tasks_double(november, office, ledger, bureau, today, as_, traffic):
    today("2026-12-07T09:00:00")
    actions.open_occasions()
    actions.chase_due()
    actions.note_doubts()
    clients = {"returns:mine": as_(traffic)}
    client = as_(office)
    addresses = {name: reverse(name) for name in QUERIES if name != "returns:period"} | {"returns:period": reverse("returns:period", args=[november.pk])}

    def counted() -> dict[str, int]:
        found = {}
        for name, address in addresses.items():
            with CaptureQueriesContext(connection) as seen:
                assert clients.get(name, client).get(address).status_code == 200
            found[name] = len(seen.captured_queries)
        return found

    counted()
    before = counted()
    over = {name: n for name, n in before.items() if n > QUERIES[name]}
    assert not over, f"超过预算：{over}"
    for n in range(6):
        ledger_actions.add_task(
            by=office, kind="task", year=2026, plan_id=november.rota.plan_id,
            fields={"title": f"加的任务{n}", "leads": [traffic.organisation_id], "deadline": "2026-12-31", "basis": "会议", "value": 10 + n},
        )  # fmt: skip
    Task.objects.filter(title__startswith="加的任务").update(begins="2026-01-01")
    today("2026-12-03T09:00:00")
    actions.open_due()
    assert Line.objects.filter(task__title__startswith="加的任务").count() == 6
    after = counted()
    grown = {name: (before[name], after[name]) for name in before if after[name] > before[name] + 1}
    assert not grown, f"任务多了，问得也多了：{grown}"
