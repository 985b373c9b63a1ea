"""What a plan says of itself, its versions, and files that cannot be read: answered in words, the original kept where that is safe."""

from __future__ import annotations

import io
from datetime import date

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from PIL import Image
from tests.bureau.ledger.conftest import TEXT, find, upload

from qingshan.bureau.base import attachments
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.ledger import actions
from qingshan.bureau.ledger.models import Plan, UnreadFile

HEAD = "索 引 号：11J027/ZK-2026-000235\n发布机构：青川区生态环境局\n发布日期：{day}\n信息有效性：{valid}\n\n"


def scanned() -> bytes:
    """A PDF of one page without any characters."""
    out, document = io.BytesIO(), pypdfium2.PdfDocument.new()
    document.new_page(595, 842)
    document.save(out)
    return out.getvalue()


def tracked() -> bytes:
    """A Word file with a figure that was struck out and another put in its place."""
    document = Document()
    document.add_paragraph("二、重点任务")
    paragraph = document.add_paragraph("完成废气治理")
    for tag, inner, words in (("w:del", "w:delText", "12家。"), ("w:ins", "w:t", "15家。")):
        change, run, text = OxmlElement(tag), OxmlElement("w:r"), OxmlElement(inner)
        change.set(qn("w:author"), "周")
        text.text = words
        run.append(text)
        change.append(run)
        paragraph._p.append(change)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_the_header_of_the_page_is_kept_and_what_it_leaves_out_stays_empty(office, as_):
    plan, _ = actions.upload_plan(upload(HEAD.format(day="2026-02-15", valid="有效") + TEXT), by=office)
    assert (plan.index_number, plan.issuer, plan.validity) == ("11J027/ZK-2026-000235", "青川区生态环境局", "有效")
    assert (plan.number, plan.issued, plan.published) == ("青环委〔2026〕3号", date(2026, 2, 12), date(2026, 2, 15))
    assert "11J027/ZK-2026-000235" in as_(office).get(reverse("ledger:plan", args=[plan.pk])).content.decode()
    bare, _ = actions.upload_plan(upload("工作要点\n二、任务\n完成治理15家。\n"), by=office)
    assert (bare.index_number, bare.issuer, bare.number, bare.validity, bare.issued, bare.published) == ("", "", "", "", None, None)
    assert bare.replaces is None


def test_a_newer_version_of_a_number_takes_the_place_of_the_older_and_both_are_kept(office, as_):
    old, _ = actions.upload_plan(upload(HEAD.format(day="2026-02-15", valid="有效") + TEXT), by=office)
    newest, _ = actions.upload_plan(upload(HEAD.format(day="2026-06-01", valid="有效") + TEXT.replace("15家", "18家")), by=office)
    middle, _ = actions.upload_plan(upload(HEAD.format(day="2026-04-01", valid="有效") + TEXT.replace("15家", "16家")), by=office)
    replaced = {p.pk: p.replaces_id for p in Plan.objects.all()}
    assert replaced == {old.pk: None, middle.pk: old.pk, newest.pk: middle.pk}
    actions.accept_finding(find(old, "废气").pk, by=office)
    with pytest.raises(Refused, match="由新版代替"):
        actions.enter_ledger(old.pk, by=office)
    assert not newest.findings.filter(kind="doubt", fields__code="conflict").exists(), "旧版不算另一份文件"
    client = as_(office)
    assert "已由" in client.get(reverse("ledger:plan", args=[old.pk])).content.decode()
    assert "已由新版代替" in client.get(reverse("ledger:plans")).content.decode()


def test_correcting_the_number_places_the_plan_anew(plan, office):
    other, _ = actions.upload_plan(upload(TEXT.replace("15家", "18家").replace("〔2026〕3号", "〔2026〕4号")), by=office)
    assert other.replaces is None

    def describe(number: str) -> Plan:
        return actions.describe_plan(other.pk, by=office, title=other.title, number=number, issuer="", issued=other.issued, year=2026)

    assert describe("青环委〔2026〕3号").replaces_id == plan.pk
    assert describe("青环委〔2026〕4号").replaces_id is None


@pytest.mark.parametrize(
    ("name", "data", "status", "words", "kept"),
    [
        ("扫描.pdf", scanned(), 400, "扫描件", True),
        ("照片.png", None, 400, "图片", True),
        ("加密.docx", b"\xd0\xcf\x11\xe0" + b"\0" * 99 + "EncryptedPackage".encode("utf-16-le"), 400, "密码", False),
        ("旧版.doc", b"\xd0\xcf\x11\xe0" + b"\0" * 600, 400, "另存为 docx", False),
        ("坏.docx", b"PK\x03\x04broken", 400, "", False),
    ],
)
def test_what_cannot_be_read_is_said_and_kept_where_that_is_safe(office, town_person, as_, name, data, status, words, kept):
    if data is None:
        data = photo_png()
    client = as_(office)
    answer = client.post(reverse("ledger:upload"), {"file": SimpleUploadedFile(name, data), "year": "2026"})
    said = answer.content.decode()
    assert answer.status_code == status
    assert words in said
    assert ("原件已保留" in said) is kept
    assert 'value="2026"' in said
    assert Plan.objects.count() == 0
    (file,) = UnreadFile.objects.all()
    listed = client.get(reverse("ledger:plans")).content.decode()
    assert name in listed
    assert ("取回原件" in listed) is kept
    if kept:
        assert attachments.read(file.original) == data
        assert as_(town_person).get(reverse("base:attachment", args=[file.original_id])).status_code == 404
        client.post(reverse("ledger:upload"), {"file": SimpleUploadedFile(name, data)})
        assert UnreadFile.objects.count() == 1
    assert as_(town_person).post(reverse("ledger:handle_unread", args=[file.pk])).status_code == 403
    client.post(reverse("ledger:handle_unread", args=[file.pk]))
    assert "没有读成的文件" not in client.get(reverse("ledger:plans")).content.decode()


def photo_png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 80), "white").save(out, "PNG")
    return out.getvalue()


def test_a_file_of_a_hundred_megabytes_is_answered_before_it_is_read(office):
    class Huge(SimpleUploadedFile):
        def read(self, *_):
            raise AssertionError("超限的文件不应读进内存")

    huge = Huge("大.pdf", b"%PDF-")
    huge.size = 100 * 2**20
    with pytest.raises(Refused, match=r"100\.0 MB，超过 20 MB.*没有保留") as refused:
        actions.upload_plan(huge, by=office)
    assert refused.value.status == 413
    assert UnreadFile.objects.get().original is None


def test_tracked_changes_are_read_as_accepted_and_said_on_the_page(office, as_):
    plan, _ = actions.upload_plan(SimpleUploadedFile("修订.docx", tracked()), by=office)
    assert "完成废气治理15家" in plan.text
    assert "12家" not in plan.text
    assert any("修订" in words for words in plan.warnings)
    assert plan.warnings[0] in as_(office).get(reverse("ledger:plan", args=[plan.pk])).content.decode()
