"""How many questions the pages of cases ask the database: a number of their own, and no more when cases double."""

from __future__ import annotations

import pytest
from tests.bureau.test_query_budgets import asked

from qingshan.bureau.base import packs
from qingshan.bureau.cases import actions
from qingshan.bureau.cases.models import Case

pytestmark = pytest.mark.django_db
BUDGETS = {
    "/orders/": 40, "/orders/?tab=mine": 40, "/orders/?view=board": 33, "/orders/?view=calendar": 40, "/orders/?q=料场&tab=all": 40,
    "/orders/results/": 31, "/orders/doubles/": 32, "/orders/export/?tab=all": 16, "/work/": 40,
}  # fmt: skip


def fill(opened, hands, bureau, words: str) -> None:
    for flow in packs.all("cases").values():
        for town in ("石门镇", "柳泉镇"):
            case = opened(flow.name, title=f"{town}{words}{flow.title}", area=bureau.towns[town], place=f"{town}{words}路", lon=116.5, lat=40.3)
            case.helpers.set([bureau.departments["交通局"]])
    Case.objects.filter(workflow="handed_over").update(round=2)
    actions.climb_ladder()


@pytest.mark.parametrize("who", ["chief", "town_person"])
def test_pages_of_cases_keep_their_budget_however_many_cases(who, request, opened, hands, bureau, as_):
    client = as_(request.getfixturevalue(who))
    urls = [url for url in BUDGETS if who == "chief" or "doubles" not in url]
    fill(opened, hands, bureau, "料场扬尘")
    client.get("/orders/")
    before = {url: asked(client, url) for url in urls}
    fill(opened, hands, bureau, "南街油烟")
    after = {url: asked(client, url) for url in urls}
    over = {url: len(said) for url, said in before.items() if len(said) > BUDGETS[url]}
    assert not over, f"超过预算：{over}"
    grown = {url: (len(before[url]), len(after[url])) for url in urls if len(after[url]) > len(before[url])}
    assert not grown, f"事项加倍后多问了数据库：{grown}"
