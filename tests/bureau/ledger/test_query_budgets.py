"""How many questions the ledger's pages ask the database: a number of their own, and no more when rows and parts double."""

from __future__ import annotations

import pytest
from tests.bureau.test_query_budgets import asked

from qingshan.bureau.ledger import actions
from qingshan.bureau.ledger.models import Task

BUDGETS = {
    "/ledger/": 40, "/ledger/?view=board": 39, "/ledger/?view=calendar": 39, "/ledger/?battle=blue_sky&tag=three_battles.air": 39,
    "/ledger/beside/": 31, "/ledger/battles/": 30, "/ledger/groups/": 27, "/ledger/duties/": 27, "/ledger/proposals/": 31, "/work/": 37,
    "/search/?q=完成": 35,
}  # fmt: skip


def double(by, bureau) -> None:
    """As many rows again, each with a part, a tag and a group."""
    group = actions.save_group(None, by=by, fields={"name": "第二组"})
    actions.seat(group.pk, by=by, organisation=bureau.departments["住建局"].pk)
    for task in list(Task.objects.filter(parent=None, kind="task")):
        leads = list(task.leads.values_list("pk", flat=True)) or [bureau.departments["住建局"].pk]
        fields = {"title": f"{task.title}（二）", "topic": task.topic, "leads": leads, "deadline": "2026-12-31"}
        made = actions.add_task(by=by, kind="task", year=2026, fields=fields)
        actions.add_part(made.pk, by=by, fields=fields | {"title": f"{task.title}（二）的一份"})
        actions.tag_tasks([made.pk], "three_battles.air", by=by)
        actions.route_tasks([made.pk], group.pk, by=by)


def test_the_ledger_s_pages_keep_their_budget_however_many_rows(ledger, office, bureau, as_):
    group = actions.save_group(None, by=office, fields={"name": "第一组"})
    actions.seat(group.pk, by=office, organisation=bureau.departments["交通局"].pk)
    leads = [bureau.departments["交通局"].pk]
    actions.add_part(ledger["柴油车"].pk, by=office, fields={"title": "一份", "leads": leads, "deadline": "2026-11-30"})
    actions.tag_tasks([ledger["柴油车"].pk], "three_battles.air", by=office)
    actions.route_tasks([ledger["柴油车"].pk], group.pk, by=office)
    client = as_(office)
    client.get("/ledger/")
    before = {url: asked(client, url) for url in BUDGETS}
    double(office, bureau)
    after = {url: asked(client, url) for url in BUDGETS}
    over = {url: len(said) for url, said in before.items() if len(said) > BUDGETS[url]}
    assert not over, f"超过预算：{over}"
    grown = {url: (len(before[url]), len(after[url])) for url in BUDGETS if len(after[url]) > len(before[url])}
    assert not grown, f"任务、子任务加倍后多问了数据库：{grown}"


@pytest.mark.parametrize("who", ["traffic", "town_person"])
def test_a_unit_s_list_is_narrowed_in_one_go(ledger, bureau, request, as_, who):
    client = as_(request.getfixturevalue(who))
    client.get("/ledger/")
    assert len(asked(client, "/ledger/")) <= 38
