"""Minutes become decisions with their exact place, decisions become tasks and cases that lead back to the sentence."""

from __future__ import annotations

import io
from datetime import date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from docx import Document as Docx
from tests.bureau.meetings.conftest import MINUTES, decision

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.cases import actions as cases
from qingshan.bureau.cases.models import Case
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.meetings import actions, spans
from qingshan.bureau.meetings.models import Decision, Meeting
from qingshan.bureau.meetings.queries import decisions


def test_every_decision_stands_at_its_place_with_units_and_day(bureau, held):
    found = list(held.decisions.standing())
    assert [held.text[d.start : d.end] == d.text for d in found] == [True] * 4
    first, second, third, fourth = found
    assert first.fields["leads"] == [bureau.departments["住建局"].pk]
    assert set(first.fields["coops"]) == {bureau.departments["交通局"].pk, *(u.pk for u in bureau.governments.values())}
    assert first.fields["deadline"] == "2026-12-05"
    assert second.fields["deadline"] == "2026-11-27"  # five working days after Friday the 20th
    assert third.fields["units_text"] == "区气象局"  # nobody has it in the list of units
    assert fourth.fields["leads"] == [bureau.offices["大气科"].pk]
    assert held.state == "held"


def test_the_text_cut_into_marked_runs_is_the_text(held):
    found = list(held.decisions.standing())
    lines = spans.lines(held, found)
    assert "\n".join("".join(run.text for run in line) for line in lines) == held.text
    marked = {}
    for line in lines:
        for run in line:
            assert held.text[run.start : run.start + len(run.text)] == run.text
            if run.decision:
                marked[run.decision.pk] = marked.get(run.decision.pk, "") + run.text
    assert marked == {d.pk: d.text.replace("\n", "") for d in found}


def test_a_decision_is_found_by_its_words_where_it_is_followed_and_only_by_whom_it_concerns(held, office, builder, stranger, as_):
    one = actions.accept_decision(decision(held, "26个重点工地").pk, by=office)
    for person in (office, builder):
        page = as_(person).get("/search/?q=重点工地围挡").content.decode()
        assert "<h3>议定事项</h3>" in page
        assert f"/ledger/{one.task_id}/" in page
    assert "<h3>议定事项</h3>" not in as_(stranger).get("/search/?q=重点工地围挡").content.decode()
    assert f"/meetings/{held.pk}/minutes/#decision-" in as_(office).get("/search/?q=砂石料场").content.decode()


def test_an_accepted_decision_is_a_ledger_row_that_leads_back_to_the_sentence(bureau, held, office, builder, as_):
    one = actions.accept_decision(decision(held, "26个重点工地").pk, by=office)
    task = one.task
    assert (task.title[:8], task.deadline.isoformat(), [str(u) for u in task.leads.all()]) == ("住建局牵头，交通", "2026-12-05", ["住建局"])
    assert "11月月度例会" in task.basis
    page = as_(office).get(f"/ledger/{task.pk}/").content.decode()
    assert f"/meetings/{held.pk}/minutes/#decision-{one.pk}" in page
    assert "26个重点工地围挡整改</mark>" in page
    theirs = as_(builder).get(f"/ledger/{task.pk}/").content.decode()  # the minutes are not signed: the sentence, not the page
    assert "26个重点工地围挡整改</mark>" in theirs
    assert f"/meetings/{held.pk}/minutes/" not in theirs
    assert AuditEvent.objects.filter(action="议定事项入台账", object_id=str(one.pk)).exists()


def test_a_decision_without_unit_or_day_is_not_followed_until_a_person_says_them(bureau, held, office):
    third = decision(held, "区气象局")
    with pytest.raises(Refused, match="责任单位"):
        actions.accept_decision(third.pk, by=office)
    unit = bureau.offices["大气科"].pk
    with pytest.raises(Refused, match="期限"):
        actions.accept_decision(third.pk, by=office, fields={"leads": [unit]})
    with pytest.raises(Refused, match="早于会议"):
        actions.accept_decision(third.pk, by=office, fields={"leads": [unit], "deadline": "2026-11-01"})
    with pytest.raises(Refused, match="写成"):
        actions.accept_decision(third.pk, by=office, fields={"leads": [unit], "deadline": "下周"})
    assert decision(held, "区气象局").is_pending
    assert not Task.objects.exists()
    made = actions.accept_decision(third.pk, by=office, fields={"leads": [unit], "deadline": "2026-12-31", "title": "会同气象部门加强会商"})
    assert made.task.title == "会同气象部门加强会商"
    assert made.read["lead_units"] == ["区气象局"]  # what was read stays


def test_a_decision_handed_over_as_a_case_is_followed_there_and_shows_where_it_came_from(bureau, held, office, town_person, as_):
    one = actions.accept_decision(decision(held, "砂石料场").pk, by=office, become="case")
    assert one.case.number == "HY-2026-0001"
    assert one.case.responsible == bureau.governments["石门镇"]
    page = as_(town_person).get(f"/orders/{one.case.number}/").content.decode()
    assert "石门镇5个工作日内报送砂石料场封闭改造方案</mark>" in page
    with pytest.raises(Refused, match="HY-2026-0001"):
        actions.reset_decision(one.pk, by=office, reason="交办错了")
    two = decision(held, "26个重点工地")
    both = [bureau.departments["住建局"].pk, bureau.departments["交通局"].pk]
    with pytest.raises(Refused, match="一件一个责任单位"):
        actions.accept_decision(two.pk, by=office, become="case", fields={"leads": both})
    assert Case.objects.count() == 1


def test_two_reviewers_do_not_overwrite_each_other_and_a_review_can_be_taken_back(held, office, clerk):
    one = decision(held, "26个重点工地")
    actions.accept_decision(one.pk, by=office, version=1)
    with pytest.raises(Refused, match="周督办"):
        actions.leave_decision(one.pk, by=clerk, reason="重复", version=1)
    with pytest.raises(Refused, match="先退回"):
        actions.leave_decision(one.pk, by=clerk, reason="重复")
    task = decision(held, "26个重点工地").task
    back = actions.reset_decision(one.pk, by=office, reason="数字待核")
    task.refresh_from_db()
    assert (back.state, back.task, task.state) == ("pending", None, "cancelled")
    again = actions.accept_decision(one.pk, by=office)
    assert again.task.pk != task.pk
    assert [s.act for s in held.steps.all()][:3] == ["议定事项入台账", "退回待核对", "议定事项入台账"]


def test_minutes_may_be_entered_anew_until_something_was_accepted(held, office):
    first = decision(held, "砂石料场").pk
    again = actions.enter_minutes(held.pk, by=office, text=MINUTES.replace("5个工作日", "10日"))
    assert decision(again, "砂石料场").fields["deadline"] == "2026-11-30"
    assert Decision.objects.get(pk=first).retired
    with pytest.raises(Refused, match="重录撤下"):
        actions.accept_decision(first, by=office)
    actions.answer_decision(decision(again, "砂石料场").pk, by=office, words="方案已交")
    with pytest.raises(Refused, match="不能整篇重录"):
        actions.enter_minutes(held.pk, by=office, text="别的")
    assert held.steps.filter(act="重录纪要").exists()


def test_a_docx_is_read_and_its_original_kept_and_bad_files_say_what_to_do(called, office, town_person, today, as_):
    today("2026-11-20T14:00:00")
    docx, out = Docx(), io.BytesIO()
    for line in MINUTES.splitlines():
        docx.add_paragraph(line)
    docx.save(out)
    held = actions.enter_minutes(called.pk, by=office, upload=SimpleUploadedFile("纪要.docx", out.getvalue()))
    assert held.decisions.standing().count() == 4
    assert held.original.name == "纪要.docx"
    address = reverse("base:attachment", args=[held.original_id])
    assert as_(office).get(address).status_code == 200
    assert as_(town_person).get(address).status_code in (403, 404)  # the minutes are not signed yet
    with pytest.raises(Refused, match="请粘贴纪要"):
        actions.enter_minutes(called.pk, by=office, text="  \n ")
    with pytest.raises(Refused, match="不是可收的类别"):
        actions.enter_minutes(called.pk, by=office, upload=SimpleUploadedFile("x.docx", b"PK\x03\x04broken"))
    held.refresh_from_db()
    assert held.decisions.standing().count() == 4


def test_no_minutes_before_the_meeting_and_what_the_reader_missed_is_marked_by_hand(called, office, today):
    with pytest.raises(Refused, match="才召开"):
        actions.enter_minutes(called.pk, by=office, text=MINUTES)
    today("2026-11-20T14:00:00")
    held = actions.enter_minutes(called.pk, by=office, text=MINUTES)
    at = held.text.index("要提高政治站位")
    made = actions.add_decision(held.pk, by=office, start=at, end=at + 7)
    assert (made.text, made.added_by) == ("要提高政治站位", office)
    with pytest.raises(Refused, match="已经有了"):
        actions.add_decision(held.pk, by=office, start=at, end=at + 7)
    with pytest.raises(Refused, match="不在纪要"):
        actions.add_decision(held.pk, by=office, start=0, end=99999)


def test_signing_needs_every_decision_reviewed_then_units_may_read(bureau, held, office, town_person, as_):
    with pytest.raises(Refused, match="还有 4 项"):
        actions.sign_minutes(held.pk, by=office)
    assert as_(town_person).get(f"/meetings/{held.pk}/minutes/").status_code == 404
    assert as_(town_person).get(f"/bulletins/meetings/{held.pk}/minutes.docx").status_code == 404
    actions.accept_decision(decision(held, "26个重点工地").pk, by=office)
    actions.accept_decision(decision(held, "砂石料场").pk, by=office, become="case")
    actions.leave_decision(decision(held, "区气象局").pk, by=office, reason="日常工作")
    actions.answer_decision(decision(held, "由大气科").pk, by=office, words="方案已于当日印发")
    signed = actions.sign_minutes(held.pk, by=office)
    assert (signed.state, signed.issue_words) == ("closed", "2026年第1期")
    page = as_(town_person).get(f"/meetings/{held.pk}/minutes/").content.decode()
    assert "提高政治站位" in page
    assert "入台账</button>" not in page
    back = actions.reopen_meeting(held.pk, by=office, reason="更正一处笔误")
    assert back.state == "held"
    assert actions.sign_minutes(held.pk, by=office).issue == 1  # the same number again
    with pytest.raises(Refused, match="不能录入"):
        actions.enter_minutes(held.pk, by=office, text="x")


def test_the_page_of_decisions_shows_each_with_the_light_of_what_it_became(bureau, held, office, stranger, builder, today, as_):
    actions.accept_decision(decision(held, "26个重点工地").pk, by=office)
    handed = actions.accept_decision(decision(held, "砂石料场").pk, by=office, become="case")
    actions.answer_decision(decision(held, "由大气科").pk, by=office, words="当天印发")
    today("2026-12-08T09:00:00")
    rows = {r.decision.text[:6]: r for r in decisions.rows(office, {}, date(2026, 12, 8))}
    assert rows["住建局牵头，"].light == "red"
    assert rows["石门镇5个工"].light == "red"
    assert rows["请区气象局加"].words == "待核对"
    assert rows["原则同意《秋"].light == "blue"
    page = as_(office).get("/meetings/decisions/?tab=late").content.decode()
    assert handed.case.number in page
    assert "请区气象局" not in page
    theirs = as_(builder).get("/meetings/decisions/?tab=all").content.decode()
    assert "26个重点工地" in theirs
    assert handed.case.number not in theirs
    assert "26个重点工地" not in as_(stranger).get("/meetings/decisions/?tab=all").content.decode()


def test_closing_the_case_closes_the_decision(bureau, held, office, chief, town_person):
    one = actions.accept_decision(decision(held, "砂石料场").pk, by=office, become="case")
    number = one.case.number
    cases.take_step(number, "receive", by=town_person)
    cases.add_proof(number, "reply", SimpleUploadedFile("方案.txt", "封闭改造方案".encode()), by=town_person, details={"number": "石政〔2026〕12号"})
    cases.take_step(number, "reply", by=town_person, answers={"result": "方案已报"})
    cases.take_step(number, "close", by=office, note="已看方案")
    (row,) = [r for r in decisions.of_meeting(office, held) if r.decision.pk == one.pk]
    assert (row.light, row.words) == ("blue", "已办结")
    assert actions.reset_decision(one.pk, by=office, reason="方案要重做").case is None


def test_an_instruction_is_an_order_throughout_and_becomes_cases(bureau, office, chief, town_person, as_):
    made = actions.make_meeting(
        by=office, kind="instruction", starts_at=datetime(2026, 11, 18, 10), leader_id=chief.pk, subject="石门镇空气质量情况的报告"
    )
    assert (made.state, made.title, made.order_words) == ("held", "周敏批示（11月18日）", "2026年第1件")
    actions.enter_minutes(made.pk, by=office, text="请石门镇立即整改砂石料场扬尘，三日内报结果。请大气科跟踪。")
    first, second = made.decisions.standing()
    assert first.fields["deadline"] == "2026-11-21"
    case = actions.accept_decision(first.pk, by=office).case
    assert (case.workflow, case.number) == ("leader_instruction", "LD-2026-0001")
    assert second.fields["leads"] == [bureau.offices["大气科"].pk]
    assert not Meeting.objects.within(town_person).exists()  # the instruction itself is the bureau's
    assert "三日内报结果</mark>" in as_(town_person).get(f"/orders/{case.number}/").content.decode()
