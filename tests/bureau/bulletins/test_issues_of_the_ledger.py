"""Bulletins out of the ledger: progress 通报, 专报 in issues, follow-up list, one plan and list for each township; docx read back."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from docx import Document as Docx
from tests.bureau.ledger.conftest import photo

from qingshan.bureau.base import attachments
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.bulletins import actions, queries, word
from qingshan.bureau.bulletins.declared import Template
from qingshan.bureau.bulletins.models import Issue
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.ledger import actions as tasks
from qingshan.bureau.ledger import queries as rows
from qingshan.bureau.ledger.models import Task

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
NOVEMBER, WEEK, TO_DATE, QUARTER = (Period.parse(text) for text in ("2026-11", "2026-W47", "ytd@2026-11-19", "2026-Q4"))


def said(issue: Issue) -> str:
    read = Docx(io.BytesIO(word.write(queries.document(issue), queries.style(issue))))
    cells = [cell.text for table in read.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in read.paragraphs), *cells])


def judged(person) -> list[rows.Row]:
    return rows.rows(person, rows.Filters(), rows.clock.today(), 2026)


def test_the_counts_are_those_of_the_ledgers_page(ledger, clerk):
    counts = rows.tab_counts(judged(clerk))
    text = said(actions.draft_issue("ledger_month", NOVEMBER, by=clerk))
    assert f"2026年台账共有{counts['all']}项" in text
    assert f"滞后{counts['red']}项" in text
    assert counts["red"] > 0
    assert f"应反馈未反馈的{counts['due_return']}项" in text
    late = [row.task.title for row in judged(clerk) if row.light.colour == "red"]
    assert all(title in text for title in late)


def test_a_report_that_the_check_contradicts_is_listed_as_not_strict(ledger, office, traffic, clerk):
    task = ledger["柴油车"]
    tasks.return_task(task.pk, by=traffic, words="全部完成", value=Decimal(300), done=True, files=[photo()])
    tasks.verify_task(task.pk, by=office, value=Decimal(218), basis="车管所登记数")
    text = said(actions.draft_issue("ledger_month", NOVEMBER, by=clerk))
    assert "报送进展与实测或核实不符的1项" in text
    assert "单位报 300，核实 218" in text


def test_the_table_of_units_adds_up(ledger, clerk):
    issue = actions.draft_issue("ledger_month", NOVEMBER, by=clerk)
    table = next(b for b in queries.document(issue).blocks if b.kind == "table" and "牵头单位任务" in b.title)
    for row in table.rows:
        total, *parts = (int(cell.text) for cell in row[2:8])
        assert total == sum(parts), row[1].text


def test_a_special_report_counts_in_issues(ledger, clerk, chief):
    first = actions.draft_issue("follow_up", TO_DATE, by=clerk)
    assert actions.submit_issue(first.pk, by=clerk).document_number == "青环委办督〔2026〕1号"
    assert actions.publish_issue(first.pk, by=chief).state == "published"
    second = actions.draft_issue("follow_up", TO_DATE, by=clerk)
    assert actions.submit_issue(second.pk, by=clerk).number == 2
    week = actions.draft_issue("ledger_week", WEEK, by=clerk)
    actions.write_issue(week.pk, by=clerk, written={"patrol": "巡查石门镇、新桥街道，没有发现问题。"})
    assert actions.submit_issue(week.pk, by=clerk).document_number == "2026年第1期"


def test_figures_stand_still_while_only_time_passes_and_move_when_the_ledger_does(ledger, traffic, clerk, monkeypatch):
    issue = actions.draft_issue("ledger_month", NOVEMBER, by=clerk)
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-29T09:00:00")
    assert queries.undecided(issue) == []
    task = ledger["柴油车"]
    tasks.return_task(task.pk, by=traffic, words="全部完成", value=Decimal(300), done=True, files=[photo()])
    changed = {f.label for f in queries.undecided(issue)}
    assert any("柴油车" in label for label in changed)
    assert "滞后任务和目标数" in changed
    with pytest.raises(Refused, match="个数在起草后已变"):
        actions.submit_issue(issue.pk, by=clerk)
    renewed = actions.renew_issue(issue.pk, by=clerk)
    assert str(renewed.as_of) == "2026-11-29"
    assert queries.undecided(renewed) == []


def test_each_township_has_its_own_and_sees_only_its_own(ledger, bureau, office, clerk, chief, town_person, as_):
    made = actions.draft_for_towns("town_plan", QUARTER, by=clerk)
    assert {issue.area for issue in made} == set(bureau.towns.values())
    with pytest.raises(Refused, match="各镇街都已有一份"):
        actions.draft_for_towns("town_plan", QUARTER, by=clerk)
    for issue in made:
        actions.write_issue(issue.pk, by=clerk, written={"measures": "盯办工地扬尘。"})
        actions.submit_issue(issue.pk, by=clerk)
        actions.publish_issue(issue.pk, by=chief)
    mine = next(issue for issue in made if issue.area == bureau.towns["石门镇"])
    assert "完成16个行政村生活污水治理" in said(mine)
    assert "深度治理15家" not in said(mine)
    client = as_(town_person)
    assert client.get(f"/bulletins/{mine.pk}/").status_code == 200
    others = [issue for issue in made if issue != mine]
    assert others
    assert all(client.get(f"/bulletins/{issue.pk}/").status_code == 404 for issue in others)


def test_what_is_not_for_this_period_is_refused_in_words(ledger, bureau, clerk, town_person):
    with pytest.raises(Refused, match="时段要写成周，例如"):
        actions.draft_issue("ledger_week", NOVEMBER, by=clerk)
    with pytest.raises(Refused, match="还没有开始"):
        actions.draft_issue("ledger_month", Period.parse("2026-12"), by=clerk)
    with pytest.raises(Refused, match="请选镇街"):
        actions.draft_issue("town_plan", QUARTER, by=clerk)
    with pytest.raises(Refused, match="不按镇街编发"):
        actions.draft_issue("ledger_month", NOVEMBER, by=clerk, area=bureau.towns["石门镇"])
    with pytest.raises(PermissionDenied, match="起草通报"):
        actions.draft_for_towns("town_plan", QUARTER, by=town_person)


def test_without_rows_the_lists_say_so(bureau, clerk):
    assert not Task.objects.exists()
    text = said(actions.draft_issue("ledger_month", NOVEMBER, by=clerk))
    assert "没有滞后的任务" in text
    assert "台账共有0项" in text


def test_the_page_drafts_and_files_open(ledger, clerk, chief, as_):
    client = as_(clerk)
    assert "重点任务周通报" in client.get("/bulletins/").content.decode()
    page = client.post("/bulletins/draft/", {"issue": "ledger_month|2026-11"}, follow=True).content.decode()
    issue = Issue.objects.get(template="ledger_month")
    assert "/ledger/" in page
    assert "台账" in page
    actions.submit_issue(issue.pk, by=clerk)
    published = actions.publish_issue(issue.pk, by=chief)
    assert attachments.read(published.pdf)[:5] == b"%PDF-"
    assert client.get(f"/bulletins/{issue.pk}/").status_code == 200


@pytest.mark.parametrize(("change", "words"), [
    ({"number_form": "第号"}, "须有 {number}"),
    ({"figures": {"x": {}}}, "二者取一"),
    ({"block": [{"kind": "tasks", "text": "x"}]}, "要写明 columns"),
    ({"block": [{"kind": "units", "text": "x", "columns": ["深浅"]}]}, "深浅"),
    ({"figures": {"x": {"tasks": {}}}, "block": [{"kind": "paragraph", "text": "{x:change}"}]}, "台账的数"),
])  # fmt: skip
def test_a_faulty_template_is_refused_in_words(change, words):
    plain = {"name": "t", "title": "通报", "issuer": "局", "series": "号", "heading": ["通报"], "addressee": "各：", "signature": "局",
             "printer": "局", "block": [{"kind": "paragraph", "text": "好"}]}  # fmt: skip
    Template(**plain)
    with pytest.raises(ValueError, match=words):
        Template(**plain | change)
