"""A monthly bulletin: composed from indicators, numbered, signed, stored; its files read back figure by figure."""

from __future__ import annotations

import io
import re
from datetime import datetime

import pypdfium2
import pytest
from docx import Document as Docx
from docx.shared import Mm
from tests.bureau.indicators.observed import put

from qingshan.bureau.base import attachments
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.bulletins import actions, found, pdf, queries
from qingshan.bureau.bulletins.document import Document
from qingshan.bureau.bulletins.models import Counter, Issue
from qingshan.bureau.indicators import queries as indicators
from qingshan.bureau.indicators.models import AssessmentRun
from qingshan.bureau.indicators.periods import Period

pytestmark = pytest.mark.django_db
OCTOBER = Period.parse("2026-10")


WRITTEN = {"problems": "石门镇两处工地未覆盖。"}


def drafted(period: Period, by) -> Issue:
    made = actions.draft_issue("town_air_month", period, by=by)
    return actions.write_issue(made.pk, by=by, written=WRITTEN)


@pytest.fixture
def issue(observed, clerk) -> Issue:
    return drafted(OCTOBER, clerk)


def test_nothing_is_claimed_that_nobody_wrote(observed, clerk, as_):
    made = actions.draft_issue("town_air_month", OCTOBER, by=clerk)
    page = as_(clerk).get(f"/bulletins/{made.pk}/").content.decode()
    assert "待填写：本期查实的主要问题" in page
    with pytest.raises(Refused, match="还没有写：本期查实的主要问题"):
        actions.submit_issue(made.pk, by=clerk)
    actions.write_issue(made.pk, by=clerk, written=WRITTEN)
    assert actions.submit_issue(made.pk, by=clerk).state == "numbered"


@pytest.fixture
def published(issue, clerk, chief) -> Issue:
    actions.submit_issue(issue.pk, by=clerk)
    return actions.publish_issue(issue.pk, by=chief)


def text_of(docx: bytes) -> str:
    read = Docx(io.BytesIO(docx))
    cells = [cell.text for table in read.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in read.paragraphs), *cells])


def test_an_issue_is_found_by_its_number_and_by_what_a_person_wrote(published, clerk):
    assert [hit.url for hit in found.search(clerk, published.document_number, 10)] == [f"/bulletins/{published.pk}/"]
    words = next((w for w in published.written.values() if w), "")
    assert words == "" or found.search(clerk, words[:6], 10)
    assert found.search(clerk, "没有人写过的话", 10) == []


def test_every_figure_of_the_word_file_is_that_of_the_indicators(observed, published):
    said = text_of(attachments.read(published.word))
    held = indicators.assessment(OCTOBER)
    pm = held.value("pm2_5_mean", area=observed.district, period=OCTOBER)
    year = held.value("pm2_5_mean", area=observed.district, period=OCTOBER.to_date())
    good = held.value("good_days", area=observed.district, period=OCTOBER)
    assert f"10月，全区PM2.5平均浓度为{pm.text}微克/立方米，{pm.last_year.words}" in said
    assert f"PM2.5累计平均浓度为{year.text}微克/立方米" in said
    assert f"优良天数{good.text}天，{good.last_year.words}" in said
    table, _ = indicators.ranking("town_pm2_5", OCTOBER)
    read = Docx(io.BytesIO(attachments.read(published.word)))
    rows = [[cell.text for cell in row.cells] for row in read.tables[0].rows][1:]
    for row, printed in zip((*table.rows, *table.out), rows, strict=True):
        assert printed[:4] == [str(row.rank) if row.rank else "—", row.name, row.text, row.change]
        assert printed[5] == row.to_date
        assert printed[7] == row.capture


def test_each_figure_of_the_content_equals_the_indicator_it_names(published):
    for figure in queries.figures(published):
        assert figure.text == figure.now, figure.label


def test_the_layout_is_that_of_the_house_style(published):
    read = Docx(io.BytesIO(attachments.read(published.word)))
    section = read.sections[0]
    for got, wanted in ((section.top_margin, 37), (section.bottom_margin, 35), (section.left_margin, 28), (section.right_margin, 26)):
        assert abs(got - Mm(wanted)) < Mm(0.1)
    assert abs(section.page_width - Mm(210)) < Mm(0.1)
    assert read.settings.odd_and_even_pages_header_footer
    assert read.styles["Normal"].font.size.pt == 16
    texts = [p.text for p in read.paragraphs]
    assert "青川区生态环境局" in texts[0]
    assert "青环通〔2026〕1号" in texts
    assert "2026年11月20日" in texts
    assert "一、总体情况" in texts
    assert any(t.text.startswith("抄送：区委办公室") for table in read.tables for row in table.rows for t in row.cells)


def test_the_pdf_says_the_same(published):
    document = queries.document(published)
    read = pypdfium2.PdfDocument(attachments.read(published.pdf))
    said = "".join("".join(read[i].get_textpage().get_text_bounded().split()) for i in range(len(read)))
    for _, text in document.figures():
        assert re.sub(r"\s", "", text) in said, text
    for words in ("青环通〔2026〕1号", "数据说明", published.run.number, published.run.input_hash[:16], "HJ633—2026", "抄送"):
        assert words in said, words
    assert f"—{len(read)}—" in said


def test_editions_runs_and_data_version_are_printed(published):
    said = text_of(attachments.read(published.word))
    run = published.run
    assert f"评价批次{run.number}，数据版本{run.table_version}（序号{run.sequence}）" in said
    assert "HJ 633—2026" in said
    assert "HJ 633—2012" in said
    assert "回算" in said  # 10月同比跨换版
    assert run.result_hash[:16] in said


def test_without_a_chinese_font_the_pdf_is_refused_in_words(issue):
    style = queries.style(issue)
    bare = style.model_copy(update={"body": style.body.model_copy(update={"fonts": ("没有这种字体",)})})
    with pytest.raises(pdf.NoChineseFont, match="没有生成 PDF"):
        pdf.write(queries.document(issue), bare)


def test_the_document_survives_json(issue):
    import json

    document = queries.document(issue)
    assert Document.from_data(json.loads(json.dumps(document.as_data()))) == document


def test_a_published_issue_does_not_change(published, chief, own_folders):
    before = attachments.read(published.word)
    published.content = {**published.content, "day": "2026年1月1日"}
    with pytest.raises(Refused, match="不能改动"):
        published.save()
    with pytest.raises(Refused, match="已编号，不能删除"):
        published.delete()
    put(own_folders, "T1", datetime(2026, 10, 3, 12), **{"PM2.5": 900.0})
    assert attachments.read(Issue.objects.get(pk=published.pk).word) == before
    for action in (actions.submit_issue, actions.renew_issue, actions.keep_figures):
        with pytest.raises(Refused, match="不是草稿"):
            action(published.pk, by=chief)


def test_a_figure_that_has_changed_must_be_decided_before_numbering(issue, clerk, own_folders):
    for hour in range(1, 24):
        put(own_folders, "N1", datetime(2026, 10, 3, hour), **{"PM2.5": 400.0})
    left = queries.undecided(issue)
    assert "10月PM2.5" in {f.label for f in left}
    with pytest.raises(Refused, match="已变"):
        actions.submit_issue(issue.pk, by=clerk)
    kept = actions.keep_figures(issue.pk, by=clerk)
    assert queries.undecided(kept) == []
    assert AuditEvent.objects.filter(action="保留原数").exists()
    again = actions.renew_issue(issue.pk, by=clerk)
    assert again.run_id != issue.run_id
    assert not any(f.changed for f in queries.figures(again))
    assert actions.submit_issue(issue.pk, by=clerk).document_number == "青环通〔2026〕1号"


def test_written_paragraphs_change_and_figures_stay(issue, clerk):
    before = dict(queries.document(issue).figures())
    done = actions.write_issue(issue.pk, by=clerk, written={"problems": "第一段。\n第二段<b>不是标签</b>。"})
    document = queries.document(done)
    assert [b.text for b in document.blocks if b.text.startswith("第")] == ["第一段。", "第二段<b>不是标签</b>。"]
    assert dict(document.figures()) == before


def test_a_correction_is_another_issue_with_the_next_number(published, clerk, chief):
    again = actions.correct_issue(published.pk, by=clerk)
    actions.submit_issue(again.pk, by=clerk)
    actions.publish_issue(again.pk, by=chief)
    again.refresh_from_db()
    published.refresh_from_db()
    assert again.document_number == "青环通〔2026〕2号"
    assert (published.state, published.reason) == ("replaced", "由青环通〔2026〕2号更正")


def test_a_withdrawn_issue_keeps_its_files_and_says_why(published, chief):
    with pytest.raises(Refused, match="原因"):
        actions.withdraw_issue(published.pk, by=chief, basis=" ")
    done = actions.withdraw_issue(published.pk, by=chief, basis="数据复核")
    assert done.state == "withdrawn"
    assert attachments.read(done.word)


def test_numbers_run_on_without_doubles(observed, clerk):
    numbers = []
    for token in ("2026-08", "2026-09", "2026-10"):
        made = drafted(Period.parse(token), clerk)
        numbers.append(actions.submit_issue(made.pk, by=clerk).number)
    assert numbers == [1, 2, 3]
    assert Counter.objects.get().last == 3


def test_who_may(issue, clerk, chief, town_person, stranger, as_):
    from django.core.exceptions import PermissionDenied

    for person in (town_person, stranger):
        assert as_(person).get(f"/bulletins/{issue.pk}/").status_code == 404
        assert as_(person).get(f"/bulletins/{issue.pk}/file.docx").status_code == 404
        assert as_(person).post(f"/bulletins/{issue.pk}/submit/").status_code == 404
        with pytest.raises(PermissionDenied):
            actions.draft_issue("town_air_month", Period.parse("2026-09"), by=person)
    assert as_(clerk).get(f"/bulletins/{issue.pk}/").status_code == 200
    actions.submit_issue(issue.pk, by=clerk)
    with pytest.raises(PermissionDenied):
        actions.publish_issue(issue.pk, by=clerk)
    assert as_(clerk).post(f"/bulletins/{issue.pk}/publish/").status_code == 403
    assert as_(chief).post(f"/bulletins/{issue.pk}/publish/").status_code == 302
    page = as_(town_person).get(f"/bulletins/{issue.pk}/")
    assert page.status_code == 200
    assert as_(town_person).get(f"/bulletins/{issue.pk}/file.pdf").content.startswith(b"%PDF")
    assert as_(None).get("/bulletins/").status_code == 302


def test_get_changes_nothing(issue, clerk, as_):
    for name in ("submit", "renew", "keep", "publish", "withdraw", "correct", "discard", "write", "send-back"):
        assert as_(clerk).get(f"/bulletins/{issue.pk}/{name}/").status_code == 405


def test_pages_answer_and_files_come_down(issue, clerk, as_):
    client = as_(clerk)
    page = client.get(f"/bulletins/{issue.pk}/").content.decode()
    assert "送签前检查" in page
    assert "青川区生态环境局" in page
    for kind, start in (("docx", b"PK"), ("pdf", b"%PDF"), ("xlsx", b"PK")):
        assert client.get(f"/bulletins/{issue.pk}/file.{kind}").content.startswith(start)
    assert client.get(f"/bulletins/{issue.pk}/file.exe").status_code == 404
    assert "town_air_month" in client.get("/bulletins/").content.decode()


def test_a_month_that_is_not_over_or_not_a_month_is_refused(observed, clerk):
    with pytest.raises(Refused, match="还没有结束"):
        actions.draft_issue("town_air_month", Period.parse("2026-11"), by=clerk)
    with pytest.raises(Refused, match="按月编发"):
        actions.draft_issue("town_air_month", Period.parse("2026-01..2026-10"), by=clerk)


def test_runs_are_recorded_once(observed, clerk):
    actions.draft_issue("town_air_month", OCTOBER, by=clerk)
    count = AssessmentRun.objects.count()
    Issue.objects.all().delete()
    actions.draft_issue("town_air_month", OCTOBER, by=clerk)
    assert AssessmentRun.objects.count() == count


def test_the_database_itself_refuses_a_number_twice(issue, clerk):
    from django.db import IntegrityError, transaction

    first = actions.submit_issue(issue.pk, by=clerk)
    Counter.objects.update(last=0)  # as if two had read the counter at once
    other = drafted(Period.parse("2026-09"), clerk)
    with pytest.raises(IntegrityError), transaction.atomic():
        actions.submit_issue(other.pk, by=clerk)
    assert Issue.objects.filter(year=first.year, number=first.number).count() == 1
    assert Issue.objects.get(pk=other.pk).state == "draft"
