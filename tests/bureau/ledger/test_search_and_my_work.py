"""Search finds everything by its words, within one's scope; one's own work is on one page, whatever it is."""

from __future__ import annotations

import pytest
from django.urls import reverse
from tests.bureau.ledger.conftest import photo

from qingshan.bureau.base import frame
from qingshan.bureau.ledger import actions, found, queries

KINDS = {"任务", "计划文件", "计划原文", "小组与职责", "事项", "登记册", "站点", "通报", "会议", "议定事项", "报送期", "人员", "单位"}


def test_every_kind_of_thing_can_be_searched():
    assert set(frame.searches) >= KINDS
    assert set(frame.works) >= {"任务", "计划识读", "事项", "通报"}


def test_a_sentence_of_a_plan_is_found_where_it_stands(ledger, clerk, traffic, builder):
    [hit] = found.sentences(clerk, "古渡码头岸电", 10)
    assert "6月底前完成古渡码头岸电改造1个" in hit.title
    assert hit.url == f"{reverse('ledger:plan', args=[ledger['岸电'].plan_id])}?at={ledger['岸电'].finding_id}"
    assert found.sentences(traffic, "古渡码头岸电", 10), "牵头单位读得到派给自己的文件"
    assert found.sentences(builder, "古渡码头岸电", 10) == [], "没有任务的单位读不到"
    assert len(found.sentences(clerk, "完成", 2)) == 2


def test_a_plan_is_found_by_its_number_and_a_task_by_its_unit_and_several_words(ledger, plan, office, as_):
    [hit] = queries.search_plans(office, "青环委〔2026〕3号", 10)
    assert (hit.title, hit.url) == (plan.title, reverse("ledger:plan", args=[plan.pk]))
    assert ledger["柴油车"].title in [h.title for h in queries.search(office, "交通局", 10)]
    page = as_(office).get(reverse("web:search") + "?q=柴油车 300辆").content.decode()
    assert reverse("ledger:task", args=[ledger["柴油车"].pk]) in page
    assert "没有找到" in as_(office).get(reverse("web:search") + "?q=柴油车 秸秆").content.decode()


def test_the_page_keeps_scope(ledger, traffic, builder, office, as_):
    actions.save_group(None, by=office, fields={"name": "柴油车治理组", "duty": "柴油车"})
    mine = as_(traffic).get(reverse("web:search") + "?q=柴油车").content.decode()
    assert ledger["柴油车"].title in mine
    assert "计划原文" in mine
    assert "柴油车治理组" in mine
    theirs = as_(builder).get(reverse("web:search") + "?q=柴油车").content.decode()
    assert ledger["柴油车"].title not in theirs
    assert "计划原文" not in theirs


def test_my_work_shows_what_waits_and_only_that(ledger, plan, traffic, office, builder, as_):
    page = as_(traffic).get(reverse("web:work")).content.decode()
    assert "应反馈" in page
    assert ledger["柴油车"].title in page
    assert "待核对" not in page
    actions.return_task(ledger["岸电"].pk, by=traffic, words="通电", value=1, done=True, files=[photo()])
    page = as_(office).get(reverse("web:work")).content.decode()
    assert "待核查销号" in page
    assert ledger["岸电"].title in page
    assert "还有 1 处没有核对" in page
    assert "没有等您办的事" in as_(builder).get(reverse("web:work")).content.decode()


@pytest.mark.parametrize("address", ["ledger:beside", "ledger:battles", "ledger:groups", "ledger:duties", "web:work"])
def test_a_new_bureau_s_empty_pages_say_what_to_do(bureau, office, as_, address):
    assert as_(office).get(reverse(address)).status_code == 200


@pytest.mark.parametrize("view", ["view=board", "view=board&lanes=light", "view=calendar", "view=calendar&month=2026-12", "view=calendar&month=x", "tag=none", "team=none", "team=x"])
def test_every_look_answers(ledger, office, as_, view):
    answer = as_(office).get(f"{reverse('ledger:tasks')}?{view}")
    assert answer.status_code == 200
    assert "台账" in answer.content.decode()
