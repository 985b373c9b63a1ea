"""Many cases at once: each its own action and its own reverse step; one that is refused does not stop the others."""

from __future__ import annotations

import pytest
from tests.bureau.cases.conftest import paper

from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.cases import actions
from qingshan.bureau.cases.models import Case, CaseEvent

pytestmark = pytest.mark.django_db
BULK, DONE, UNDO = "/orders/bulk/", "/orders/bulk/done/", "/orders/bulk/undo/"


@pytest.fixture
def three(opened, hands):
    """Two going cases of two sorts, and one that is closed."""
    return [opened("handed_over"), opened("petition_12345", title="另一件"), hands.finish(opened("inspection_finding", title="办完的"))]


def test_transfer_of_several_sorts_is_one_action_each_and_taken_back_each_by_its_own_reverse_step(three, hands, bureau, as_):
    desk, numbers, trail = as_(hands.office), [c.number for c in three], AuditEvent.objects.count()
    stood = {c.pk: (c.state, c.due_at, c.responsible_id) for c in three}
    to = bureau.governments["柳泉镇"]
    said = {"case": [*numbers, "XX-2026-9999"], "do": "transfer", "to": to.pk, "reason": "属地调整", "back": "/orders/?tab=all"}
    page = desk.post(BULK, said, follow=True)
    assert page.redirect_chain[-1][0] == DONE
    page = page.content.decode()
    for words in ("已办 2 件", "2 件没有办成", "已办结，不能转办", "没有这件事项", "回列表"):
        assert words in page, words
    assert set(Case.objects.filter(responsible=to).values_list("number", flat=True)) == set(numbers[:2])
    assert AuditEvent.objects.count() == trail + 2
    actions.take_step(numbers[1], "accept", by=hands.office)  # one goes on: that one is not taken back
    page = desk.post(UNDO, {"case": numbers, "reason": "转错了"}, follow=True).content.decode()
    assert "已办 1 件" in page
    assert "后来又办了“受理交办”，请到这一件里撤回" in page
    first = Case.objects.get(number=numbers[0])
    assert (first.state, first.due_at, first.responsible_id) == stood[first.pk]
    assert first.events.get(kind=CaseEvent.Kind.UNDO).undoes.kind == CaseEvent.Kind.TRANSFER
    assert "没有可撤回的步骤" not in desk.get(DONE).content.decode()


def test_helpers_limits_publications_and_papers_go_to_each_by_its_own_rule(three, hands, opened, bureau, as_):
    desk, town, numbers = as_(hands.office), as_(hands.responsible), [c.number for c in three[:2]]
    actions.join(numbers[0], [bureau.departments["住建局"]], by=hands.office)
    desk.post(BULK, {"case": numbers, "do": "join", "to": bureau.departments["交通局"].pk})
    assert [sorted(map(str, c.helpers.all())) for c in Case.objects.filter(number__in=numbers).order_by("workflow")] == [
        ["交通局", "住建局"], ["交通局"],
    ]  # fmt: skip
    due = dict(Case.objects.values_list("number", "due_at"))
    assert "已办 2 件" in town.post(BULK, {"case": numbers, "do": "ask_extension", "span": "3", "reason": "连日降雨"}, follow=True).content.decode()
    page = desk.post(BULK, {"case": numbers, "do": "extend", "span": "30", "reason": "连日降雨"}, follow=True).content.decode()
    assert "一次最多延" in page  # 12345 work orders may not be put off that far
    assert "已办 1 件" in page
    now = dict(Case.objects.values_list("number", "due_at"))
    assert (now[numbers[0]] > due[numbers[0]], now[numbers[1]] == due[numbers[1]]) == (True, True)
    private = opened("alarm_order", title="不公开的").number
    public = {"case": [numbers[0], private], "do": "publish", "link": "https://www.example.cn/1", "day": "2026-11-20"}
    assert "不要公开链接" in town.post(BULK, public, follow=True).content.decode()
    assert Case.objects.get(number=numbers[0]).proofs.get().kind == "notice"
    town.post(UNDO, {"case": [numbers[0], private], "reason": "链接错了"})
    assert Case.objects.get(number=numbers[0]).proofs.get().withdrawn is not None
    both = [numbers[0], *(Case.objects.create(**_copy(three[0])).number,)]
    page = town.post(BULK, {"case": both, "do": "prove:finding", "number": "青环〔2026〕3号", "file": paper()}, follow=True).content.decode()
    assert "已办 2 件" in page
    assert {p.attachment.sha256 for c in Case.objects.filter(number__in=both) for p in c.proofs.filter(kind="finding")} != set()


def _copy(case: Case) -> dict:
    names = ("workflow", "title", "state", "area", "responsible", "opened_at", "entered_at")
    return {name: getattr(case, name) for name in names} | {"number": "YJ-2026-0900"}


def test_nothing_chosen_or_nothing_to_do_is_said_and_other_people_s_cases_do_not_exist(three, stranger, town_person, as_):
    town = as_(town_person)
    assert "请先勾选" in town.post(BULK, {"do": "step:receive"}, follow=True).content.decode()
    assert "请选择批量办什么" in town.post(BULK, {"case": three[0].number}, follow=True).content.decode()
    page = as_(stranger).post(BULK, {"case": three[0].number, "do": "step:receive"}, follow=True).content.decode()
    assert "没有这件事项" in page
    assert three[0].title not in page
    page = town.post(BULK, {"case": three[0].number, "do": "transfer", "to": "1", "reason": "不想办"}, follow=True).content.decode()
    assert "请选择转给哪个单位" in page or "转办须由" in page
    assert three[0].events.count() == 1
