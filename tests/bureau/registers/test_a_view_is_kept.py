"""A way of looking at a list is kept, shared with one's unit and dropped: registers with their columns, cases with their filters."""

from __future__ import annotations

import pytest
from django.urls import reverse
from tests.bureau.conftest import make_person

from qingshan.bureau.base.actions import saved
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import SavedView
from qingshan.bureau.registers import actions, queries

pytestmark = pytest.mark.django_db
PAGE = "registers:diesel_vehicle"


@pytest.fixture
def listed(bureau, clerk):
    of = queries.register("diesel_vehicle")
    for n, state in enumerate(("listed", "scrapped")):
        said = {"plate": f"京A{n}", "owner": "青川运输", "stage": "国三", "proof": "注销0001"}
        actions.add_entry(of, said, area=bureau.towns["石门镇"], by=clerk, state=state)
    return reverse("registers:entries", args=["diesel_vehicle"])


def test_filters_and_columns_are_kept_and_opened_again(listed, clerk, bureau, as_):
    client = as_(clerk)
    here = f"{listed}?state=scrapped&col=proof&page=2"
    page = client.get(here).content.decode()
    assert "京A1" in page
    assert "京A0" not in page
    assert "<th>凭证号</th>" in page
    assert "<th>排放阶段</th>" not in page
    assert '<input type="hidden" name="col" value="proof">' in page
    said = {"page": PAGE, "title": " 已淘汰 的 ", "query": "state=scrapped&col=proof&page=2", "share": "1", "back": here}
    assert client.post(reverse("base:save_view"), said).url == here
    colleague, other = (
        make_person("tongshi", "同事", bureau.offices["大气科"], "officer"),
        make_person("shui", "水科", bureau.offices["水科"], "officer"),
    )
    link = f"{listed}?state=scrapped&amp;col=proof"
    theirs = as_(colleague).get(listed).content.decode()
    assert link in theirs
    assert "李响共享" in theirs
    assert link not in as_(other).get(listed).content.decode()
    view = SavedView.objects.get()
    assert as_(colleague).post(reverse("base:drop_view", args=[view.pk])).status_code == 404
    client.post(reverse("base:drop_view", args=[view.pk]), {"back": "https://elsewhere.example/"})
    assert not SavedView.objects.exists()


def test_the_list_of_cases_keeps_its_own(clerk, as_):
    client = as_(clerk)
    client.post(
        reverse("base:save_view"),
        {"page": "cases:orders", "title": "逾期的投诉", "query": "tab=red&workflow=petition_12345", "back": "/orders/"},
    )
    page = client.get("/orders/").content.decode()
    assert "/orders/?tab=red&amp;workflow=petition_12345" in page


def test_bad_ones_are_refused_in_words(clerk):
    for page, title, query, words in (
        ("registers", "甲", "", "没有这个列表"), (PAGE, "  ", "", "起个名字"), (PAGE, "甲", "q=" + "长" * 300, "条件太长"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=words):
            saved.save_view(page, title, query, by=clerk)
    for n in range(saved.MOST):
        saved.save_view(PAGE, f"视图{n}", "", by=clerk)
    saved.save_view(PAGE, "视图0", "state=listed", by=clerk)
    with pytest.raises(Refused, match="至多存 30 个"):
        saved.save_view(PAGE, "又一个", "", by=clerk)
