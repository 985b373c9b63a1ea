"""A plan is uploaded, read, reviewed and entered: what people may do, and that every row leads back to its exact words."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.bureau.ledger.conftest import TEXT, find, upload

from qingshan.bureau.base import attachments
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.ledger import actions, reading, spans
from qingshan.bureau.ledger.models import Finding, Plan, Task


def test_the_original_and_the_text_are_kept_and_every_span_is_exact(plan):
    assert attachments.read(plan.original) == TEXT.encode()
    assert plan.text == TEXT
    assert plan.title == "青川区2026年生态环境保护工作要点"
    assert (plan.number, str(plan.issued), plan.year) == ("青环委〔2026〕3号", "2026-02-12", 2026)
    for finding in plan.findings.all():
        assert finding.text == TEXT[finding.start : finding.end] != ""
        _, start, end, _ = next(row for row in plan.paragraphs if row[0] == finding.paragraph)
        assert start <= finding.start < finding.end <= end


def test_the_marked_text_is_the_text(plan):
    shown = spans.paragraphs(plan, list(plan.findings.all()))
    for paragraph, (number, start, end, _) in zip(shown, plan.paragraphs):
        assert paragraph.lead + "".join(piece.text for piece in paragraph.pieces) == TEXT[start:end]
        assert paragraph.number == number
    marked = {pk for paragraph in shown for piece in paragraph.pieces for pk in piece.ids.split()}
    assert marked == {str(f.pk) for f in plan.findings.all()}


def test_a_place_counts_from_one_within_its_paragraph(plan):
    finding = find(plan, "优良天数")
    first, last = finding.place.split(" 段 ")[1].removesuffix(" 字").split("–")
    line = next(line for line in TEXT.splitlines() if finding.text in line)
    assert line[int(first) - 1 : int(last)] == finding.text


def test_the_same_file_again_gives_the_same_plan(plan, office):
    again, is_new = actions.upload_plan(upload(name="另一个名字.txt"), by=office)
    assert (again.pk, is_new, Plan.objects.count()) == (plan.pk, False, 1)


def test_units_named_in_the_plan_are_matched(plan, bureau):
    diesel, village = find(plan, "柴油车"), find(plan, "行政村")
    assert diesel.fields["leads"] == [bureau.departments["交通局"].pk]
    assert diesel.fields["coops"] == [bureau.offices["大气科"].pk, bureau.governments["石门镇"].pk]
    assert set(village.fields["coops"]) == {unit.pk for unit in bureau.governments.values()}


def test_accepting_writes_the_corrected_fields_and_the_trail(plan, office):
    finding = find(plan, "废气")
    actions.accept_finding(finding.pk, by=office, fields={"value": "18", "deadline": "11月30日"})
    finding.refresh_from_db()
    assert (finding.state, finding.fields["value"], finding.fields["deadline"]) == ("accepted", 18, "2026-11-30")
    assert finding.read["value"] == 15
    event = AuditEvent.objects.get(action="确认识读结果")
    assert event.by == office
    assert event.before["state"] == "pending"


def test_undo_gives_back_what_was_read(plan, office):
    finding = find(plan, "废气")
    actions.accept_finding(finding.pk, by=office, fields={"value": "18"})
    actions.reset_finding(finding.pk, by=office)
    finding.refresh_from_db()
    assert (finding.state, finding.fields) == ("pending", finding.read)


@pytest.mark.parametrize(
    "fields, basis, field", [({}, "", "value"), ({"value": "95"}, "", "basis"), ({"value": ""}, "市环委办〔2026〕5号", "value")]
)
def test_a_masked_figure_is_never_accepted_without_a_figure_and_its_basis(plan, office, fields, basis, field):
    finding = find(plan, "建设用地")
    assert finding.read["masked"]
    assert finding.read["value"] is None
    with pytest.raises(Refused) as refused:
        actions.accept_finding(finding.pk, by=office, fields=fields, basis=basis)
    assert refused.value.field == field
    finding.refresh_from_db()
    assert finding.state == "pending"


def test_a_masked_figure_is_accepted_with_both(plan, office):
    finding = find(plan, "建设用地")
    actions.accept_finding(finding.pk, by=office, fields={"value": "95", "masked": False}, basis="市环委办〔2026〕5号附件2")
    task = actions.enter_ledger(plan.pk, by=office)[0]
    assert (task.value, task.basis) == (95, "市环委办〔2026〕5号附件2")


def test_entering_makes_rows_in_the_order_of_the_text_that_lead_back(plan, office):
    for word in ("柴油车", "PM2.5", "行政村"):
        actions.accept_finding(find(plan, word).pk, by=office)
    tasks = actions.enter_ledger(plan.pk, by=office)
    assert [t.number for t in tasks] == [1, 2, 3]
    assert [t.finding.start for t in tasks] == sorted(t.finding.start for t in tasks)
    for task in tasks:
        assert task.plan.text[task.finding.start : task.finding.end] == task.finding.text
        assert reading.title_of(task.finding.text) == task.title
    assert tasks[1].topic == "打好蓝天保卫战"
    with pytest.raises(Refused, match="还没有新确认"):
        actions.enter_ledger(plan.pk, by=office)
    with pytest.raises(Refused, match="已入台账"):
        actions.reset_finding(find(plan, "柴油车").pk, by=office)


def test_a_missed_place_is_added_by_its_exact_span(plan, office):
    words = "深化工业污染控制"
    start = TEXT.index(words)
    finding = actions.add_finding(plan.pk, "task", start, start + len(words), by=office)
    assert (finding.text, finding.added_by, finding.fields["title"]) == (words, office, words)
    for span in ((start, start), (-1, 4), (0, len(TEXT) + 1), (start, start + len(words))):
        with pytest.raises(Refused):
            actions.add_finding(plan.pk, "task", *span, by=office)
    actions.drop_finding(finding.pk, by=office)
    with pytest.raises(Refused, match="不能删除"):
        actions.drop_finding(find(plan, "废气").pk, by=office)


def test_reviewing_needs_the_right(plan, town_person, stranger):
    finding = find(plan, "废气")
    for person in (town_person, stranger):
        with pytest.raises(PermissionDenied):
            actions.accept_finding(finding.pk, by=person)
        with pytest.raises(PermissionDenied):
            actions.enter_ledger(plan.pk, by=person)
        with pytest.raises(PermissionDenied):
            actions.upload_plan(upload("别的"), by=person)


def _docx_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b"0" * 400_000_000)
    return out.getvalue()


@pytest.mark.parametrize("name, data", [
    ("空.txt", b""), ("图.pdf", b"\x89PNG\r\n\x1a\n" + b"\x00" * 100), ("坏.docx", b"PK\x03\x04broken"), ("程序.exe", b"MZ\x90\x00" * 50),
    ("空白.txt", " \n\u3000\n".encode()), ("坏.pdf", b"%PDF-1.4 nothing"),
])  # fmt: skip
def test_bad_documents_are_answered_in_words_and_leave_nothing(office, as_, name, data):
    answer = as_(office).post(reverse("ledger:upload"), {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code in (400, 413, 415)
    assert 'class="banner bad"' in answer.content.decode()
    assert Plan.objects.count() == 0


def test_a_zip_bomb_is_refused(office):
    with pytest.raises(Refused):
        actions.upload_plan(SimpleUploadedFile("炸弹.docx", _docx_bomb()), by=office)


def test_a_web_page_is_kept_as_plain_text(office, as_):
    page = "<html><body><p>完成废气深度治理15家。</p><script>alert(1)</script></body></html>"
    plan, _ = actions.upload_plan(SimpleUploadedFile("要点.html", page.encode()), by=office)
    assert "alert" not in plan.text
    assert plan.original.content_type == "text/plain"
    assert attachments.read(plan.original) == page.encode()


def test_a_plan_of_slogans_gives_nothing(office):
    text = "深入贯彻习近平生态文明思想，提高政治站位，强化责任担当，切实增强做好工作的责任感和使命感。\n奋力谱写美丽青川新篇章。\n"
    plan, _ = actions.upload_plan(upload(text), by=office)
    assert not plan.findings.filter(kind__in=["target", "task"]).exists()


def test_the_page_shows_both_sides_and_a_card_reviews_itself(plan, office, as_):
    client, finding = as_(office), find(plan, "废气")
    page = client.get(reverse("ledger:plan", args=[plan.pk])).content.decode()
    assert f'data-f="{finding.pk}"' in page
    assert f'id="f{finding.pk}"' in page
    card = client.get(reverse("ledger:finding", args=[finding.pk]), headers={"HX-Request": "true"}).content.decode()
    assert 'name="value" value="15"' in card
    answer = client.post(reverse("ledger:accept", args=[finding.pk]), {"value": "十五家"}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "应为数字" in answer.content.decode()
    assert 'value="十五家"' in answer.content.decode()
    answer = client.post(reverse("ledger:accept", args=[finding.pk]), {"value": "15"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "ledger:reviewed" in answer.headers["HX-Trigger-After-Settle"]
    assert Finding.objects.get(pk=finding.pk).state == "accepted"


def test_another_unit_reads_only_plans_and_places_that_concern_it(ledger, plan, traffic, builder, as_):
    address = reverse("ledger:plan", args=[plan.pk])
    assert as_(builder).get(address).status_code == 404
    page = as_(traffic).get(address).content.decode()
    assert f'id="f{ledger["柴油车"].finding_id}"' in page
    assert f'id="f{ledger["废气"].finding_id}"' not in page
    assert as_(traffic).get(reverse("ledger:finding", args=[ledger["废气"].finding_id])).status_code == 404
    assert as_(traffic).get(reverse("base:attachment", args=[plan.original_id])).status_code == 200
    assert as_(builder).get(reverse("base:attachment", args=[plan.original_id])).status_code == 404
    assert Task.objects.within(builder).count() == 0


def test_a_real_plan_of_another_district_is_read_exactly(shared, office, as_):
    data = (shared / "plans" / "003_b5f3f724744312c3.txt").read_bytes()
    plan, _ = actions.upload_plan(SimpleUploadedFile("江津.txt", data), by=office)
    assert plan.text == data.decode()
    assert plan.findings.filter(kind="task").count() > 20
    shown = spans.paragraphs(plan, list(plan.findings.all()))
    for paragraph, (_, start, end, _) in zip(shown, plan.paragraphs):
        assert paragraph.lead + "".join(piece.text for piece in paragraph.pieces) == plan.text[start:end]
    assert as_(office).get(reverse("ledger:plan", args=[plan.pk])).status_code == 200
    for finding in plan.findings.filter(kind__in=["target", "task"]):
        if not finding.read["masked"]:
            actions.accept_finding(finding.pk, by=office)
    tasks = actions.enter_ledger(plan.pk, by=office)
    assert all(task.plan.text[task.finding.start : task.finding.end] == task.finding.text for task in tasks)
    assert as_(office).get(reverse("ledger:tasks") + f"?period={plan.year}").status_code == 200
