"""Ways a case could be closed, lost or doubled wrongly, each tried and each shut."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from pydantic import ValidationError
from tests.bureau.cases.conftest import NOW, photo
from tests.bureau.cases.test_findings_from_a_sheet import SHEET, book, finding
from tests.bureau.conftest import make_person

from qingshan.bureau.base import packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.packs import written
from qingshan.bureau.cases import actions, queries
from qingshan.bureau.cases.declared import FOUR, Workflow
from qingshan.bureau.cases.models import Case

pytestmark = pytest.mark.django_db


def said(name: str = "inspection_finding", **changes) -> dict:
    return written.plain(packs.get("cases", name)) | changes


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"final": []}, "都要写"), ({"final": ["assigned", "closed"]}, "一开出来就办结"), ({"void": ["closed"]}, "没有一个算销号"),
        ({"four": {key: ["other"] for key in FOUR}}, "只凭file证明不了"), ({"firm": "found_on"}, "文字填报项"),
        ({"four": {"found": ["record"], "done": ["duty"], "duty": ["duty"], "people": ["notice"]}}, "整改到位"),
    ],
)  # fmt: skip
def test_an_odd_declaration_is_refused_with_a_sentence(changes, words):
    with pytest.raises(ValidationError, match=words):
        Workflow.model_validate(said(**changes))


def test_a_proof_lent_to_a_source_that_closed_on_it_is_not_taken_back(opened, hands):
    main, source = opened("petition_12345"), opened("petition_12369", title="同一料场")
    source = actions.merge(source.number, main.number, by=hands.office, reason="同一件")
    main = hands.finish(main, short_of="replied")
    lent = hands.prove(main, "visit")  # given late: no step of the main case relied on it
    source = hands.finish(source)
    assert source.is_closed
    with pytest.raises(Refused, match="已随步骤提交"):
        actions.withdraw_proof(main.number, lent.pk, by=lent.by)


def test_what_was_sent_back_is_judged_anew(opened, hands, monkeypatch):
    case = hands.finish(opened("handed_over"), short_of="notice")
    hands.prove(case, "notice")
    hands.prove(case, "opinion")
    monkeypatch.setenv("QINGSHAN_NOW", (NOW + timedelta(hours=1)).isoformat())
    case = hands.step(case, "object")
    monkeypatch.setenv("QINGSHAN_NOW", (NOW + timedelta(hours=2)).isoformat())
    case = hands.step(case, "report")
    with pytest.raises(Refused, match="独立复核：退回以后须重新复核"):
        hands.step(case, "accept")
    hands.prove(case, "recheck")
    case = hands.step(hands.step(case, "accept"), "publish")
    with pytest.raises(Refused, match="公示链接：退回以后须重新公开"):
        hands.step(case, "close")
    hands.prove(case, "notice")
    with pytest.raises(Refused, match="群众意见：退回以后须重新回访"):
        hands.step(case, "close")
    hands.prove(case, "opinion")
    assert hands.step(case, "close").is_closed


def test_a_return_that_was_taken_back_asks_for_nothing_anew(opened, hands, monkeypatch):
    case = hands.finish(opened("inspection_finding"), short_of="reported")
    for kind in ("record", "recheck"):
        hands.prove(case, kind)
    monkeypatch.setenv("QINGSHAN_NOW", (NOW + timedelta(hours=1)).isoformat())
    case = hands.step(case, "refuse")
    case = actions.undo(case.number, by=hands.verifier, reason="看错了")
    assert hands.step(case, "pass").state == "passed"


@pytest.mark.parametrize("name", [n for n, f in sorted(packs.all("cases").items()) if any(e.type == "recheck" for e in f.proof.values())])
def test_nothing_is_re_checked_before_it_is_reported_done(name, opened, hands):
    case = opened(name)
    kind = next(k for k, e in case.declared.proof.items() if e.type == "recheck")
    with pytest.raises(Refused, match="还没有报完成"):
        hands.prove(case, kind)
    assert hands.finish(case).is_closed


def test_a_case_whose_declaration_is_gone_is_shown_and_kept_but_not_moved(opened, hands, own_folders, as_, clerk):
    folder = own_folders / "packs/own/cases"
    folder.mkdir(parents=True)
    (folder / "odd_sort.toml").write_text(written.toml(said() | {"name": "odd_sort", "title": "怪事项", "prefix": "GS"}), "utf-8")
    packs.clear()
    case = opened("odd_sort")
    (folder / "odd_sort.toml").unlink()
    packs.clear()
    desk = as_(clerk)
    for url in ("/orders/", "/orders/?view=board", "/orders/?view=calendar", f"/orders/{case.number}/", "/orders/results/", "/orders/export/",
                "/orders/map/data.json", "/work/", f"/search/?q={case.number}"):  # fmt: skip
        assert desk.get(url).status_code == 200, url
    assert "odd_sort（声明已不在）" in desk.get(f"/orders/{case.number}/").content.decode()
    for act in (
        lambda: actions.take_step(case.number, "receive", by=hands.responsible),
        lambda: actions.transfer(case.number, hands.verifier.organisation, by=hands.office, reason="转"),
        lambda: actions.add_proof(case.number, "before", photo(), by=hands.responsible),
        lambda: actions.undo(case.number, by=hands.office, reason="撤"),
    ):
        with pytest.raises(Refused, match="找不到声明"):
            act()
    assert actions.climb_ladder() == actions.reckon_again() == ""
    case.refresh_from_db()
    assert (case.state, case.closed_at) == ("assigned", None)


def test_a_sheet_confirmed_twice_opens_its_rows_once(clerk, bureau, as_):
    desk = as_(clerk)
    token = desk.post(SHEET, {"file": book([finding(2, 来文编号=""), finding(4, 来文编号="")])}).context["confirm"]
    assert "已交办 2 件" in desk.post(SHEET, {"confirm": token}, follow=True).content.decode()
    again = desk.post(SHEET, {"confirm": token}, follow=True).content.decode()
    assert "2 件已在系统里" in again
    assert Case.objects.count() == 2
    anew = desk.post(SHEET, {"file": book([finding(2, 来文编号="")])}).context["confirm"]  # the same found again another day
    desk.post(SHEET, {"confirm": anew})
    assert Case.objects.count() == 3


def test_a_case_opens_again_once_and_a_second_time_is_refused(opened, hands):
    case = hands.finish(opened("handed_over"))
    again = actions.reopen(case.number, by=hands.office, reason="反弹")
    due = again.due_at, again.term_at
    with pytest.raises(Refused, match="还没有办结"):
        actions.reopen(case.number, by=hands.office, reason="再反弹")
    with pytest.raises(Refused, match="还没有办结"):
        actions.reopen(case.number, by=None, reason="反弹规则")
    case.refresh_from_db()
    assert (case.round, case.due_at, case.term_at) == (2, *due)
    case = hands.finish(case)
    case = actions.reopen(case.number, by=hands.office, reason="第二次")
    assert case.round == 3
    assert "缺" in "".join(queries.lacks(case, case.declared.find_step("close"), NOW))


def test_a_limit_put_off_into_a_year_without_published_holidays_says_so(opened, hands, monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", "2026-12-21T09:00")
    case = opened("inspection_finding", term_at=datetime(2026, 12, 25, 23, 59, 59))
    case = hands.step(case, "receive")
    assert (case.due_at.date().isoformat(), case.guessed) == ("2026-12-25", False)
    case = actions.extend(case.number, 8, by=hands.office, reason="停工")
    assert (case.due_at.year, case.guessed) == (2027, True)
    case = actions.undo(case.number, by=hands.office, reason="不延了")
    assert (case.due_at.year, case.guessed) == (2026, False)


def test_sources_are_merged_and_parted_only_by_those_who_see_both(opened, hands, bureau):
    own = opened("petition_12345")
    other = opened("petition_12345", title="柳泉的", area=bureau.towns["柳泉镇"], responsible=bureau.governments["柳泉镇"])
    boss = make_person("zhenban", "镇办", bureau.governments["石门镇"], "officer")  # may hand out, sees one town
    with pytest.raises(Refused, match="没有事项"):
        actions.merge(own.number, other.number, by=boss, reason="想并")
    with pytest.raises(Case.DoesNotExist):
        actions.merge(other.number, own.number, by=boss, reason="想并")
    actions.merge(own.number, other.number, by=hands.office, reason="同一件")
    with pytest.raises(Refused, match="不在你的范围"):
        actions.part(own.number, by=boss, reason="想拆")
    with pytest.raises(PermissionDenied):
        actions.part(own.number, by=hands.responsible, reason="想拆")
    assert actions.part(own.number, by=hands.office, reason="不是一件").main_id is None
