"""Files nobody made for us, through the doors people use: each answered in words, in time, within memory, nothing lost."""

from __future__ import annotations

import io
import resource
import time
from pathlib import Path

import pytest
import typst
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from docx import Document
from docx.oxml import parse_xml
from PIL import Image, ImageDraw

from qingshan.bureau.ledger import actions, workbooks
from qingshan.bureau.ledger.models import Plan, UnreadFile

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def peak() -> float:
    """The most memory this process ever held [MiB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def book_of(n_rows: int, folder: Path) -> bytes:
    """A plan as a PDF: a table without rules over many pages, with units and deadlines."""
    rows = "".join(
        f"[{n}], [完成第{n}片区废气深度治理{n % 50 + 1}家，逐家建立运行维护台账], [大气科], [{n % 12 + 1}月底前], "
        for n in range(1, n_rows + 1)
    )
    source = '#set page(paper: "a5", margin: 1.5cm)\n#set text(size: 9pt)\n= 青川区2026年工作计划\n二、重点任务\n'
    table = f"#table(columns: (auto, 3fr, 1fr, 1fr), stroke: none, [序号], [工作任务], [责任单位], [完成时限], {rows})"
    (folder / "a.typ").write_text(source + table, encoding="utf-8")
    return typst.compile(str(folder / "a.typ"))


@pytest.mark.parametrize("n_rows", [100, pytest.param(6000, marks=pytest.mark.slow)])
def test_a_long_pdf_of_unruled_tables_becomes_rows_with_unit_and_deadline(office, as_, tmp_path, n_rows):
    data = book_of(n_rows, tmp_path)
    began, held = time.perf_counter(), peak()
    plan, _ = actions.upload_plan(SimpleUploadedFile("长.pdf", data), by=office)
    assert time.perf_counter() - began < 8 + n_rows / 50
    assert peak() - held < 600
    tasks = plan.findings.filter(kind="task")
    assert sum("深度治理" in f.text for f in tasks) == n_rows
    first = tasks.order_by("start").first()
    assert (first.text, first.fields["deadline"], len(first.fields["leads"])) == ("完成第 1 片区废气深度治理 2 家", "2026-02-28", 1)
    assert all(f.text == plan.text[f.start : f.end] for f in tasks[:50])
    page = as_(office).get(reverse("ledger:plan", args=[plan.pk]))
    assert page.status_code == 200
    assert len(page.content) < 900_000


def scan(n_pages: int) -> bytes:
    """What a scanner makes: pictures of text, no characters."""
    sheets = []
    for n in range(n_pages):
        sheet = Image.new("L", (620, 877), "white")
        ImageDraw.Draw(sheet).text((80, 80), f"District plan, page {n + 1}", fill="black")
        sheets.append(sheet)
    out = io.BytesIO()
    sheets[0].save(out, "PDF", save_all=True, append_images=sheets[1:])
    return out.getvalue()


def test_a_scan_is_answered_with_its_pages_and_what_to_do(office, as_):
    answer = as_(office).post(reverse("ledger:upload"), {"file": SimpleUploadedFile("扫描.pdf", scan(3)), "year": "2026"})
    said = answer.content.decode()
    assert answer.status_code == 400
    assert "3 页都没有文字层" in said
    assert "OCR" in said
    assert UnreadFile.objects.get().original is not None


def changed_and_nested() -> bytes:
    """A Word file whose table holds a table, with a row struck out, a figure changed and a remark beside it."""
    document = Document()
    document.add_paragraph("青川区2026年工作计划")
    document.add_paragraph("二、重点任务")
    table = document.add_table(rows=3, cols=4)
    for cell, words in zip(table.rows[0].cells, ("序号", "工作任务", "责任单位", "完成时限"), strict=True):
        cell.text = words
    for cell, words in zip(table.rows[1].cells, ("1", "", "大气科", "10月底前"), strict=True):
        cell.text = words
    inner = table.rows[1].cells[1].add_table(rows=2, cols=1)
    inner.rows[0].cells[0].paragraphs[0]._p.extend(
        parse_xml(f"<w:{tag} {W} w:id='{n}' w:author='周'><w:r><w:{text}>{words}</w:{text}></w:r></w:{tag}>")
        for n, (tag, text, words) in enumerate((("del", "delText", "完成废气治理12家"), ("ins", "t", "完成废气治理15家")))
    )
    inner.rows[1].cells[0].text = "新建监测点位3个"
    for cell, words in zip(table.rows[2].cells, ("2", "拆除燃煤锅炉9台", "大气科", "6月底前"), strict=True):
        cell.paragraphs[0]._p.append(parse_xml(f"<w:del {W} w:id='9' w:author='周'><w:r><w:delText>{words}</w:delText></w:r></w:del>"))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_tracked_changes_in_a_table_within_a_table_are_read_as_accepted(office, as_):
    plan, _ = actions.upload_plan(SimpleUploadedFile("修订.docx", changed_and_nested()), by=office)
    found = {f.fields["value"]: f for f in plan.findings.filter(kind="task")}
    assert set(found) == {15, 3}
    assert {f.fields["deadline"] for f in found.values()} == {"2026-10-31"}
    assert "燃煤锅炉" not in plan.text
    assert "12家" not in plan.text
    assert "修订" in as_(office).get(reverse("ledger:plan", args=[plan.pk])).content.decode()


def long_sheet(n_rows: int) -> bytes:
    """An Excel file as an office sends it: a header of two merged rows, formulas, hidden parts, many rows."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True})
    sheet = book.add_worksheet("分解表")
    book.add_worksheet("底稿").hide()
    head = ["任务", "牵头单位", "期限", "目标值"]
    sheet.write_row(0, 0, head)
    for n in range(1, n_rows + 1):
        sheet.write_row(n, 0, [f"巡查第 {n} 号河段", "农业农村局" if n % 1000 else "没有的单位", "2026-12-31"])
        sheet.write_formula(n, 3, f"=ROW()*{n % 7 + 1}", None, n)
    book.close()
    return out.getvalue()


@pytest.mark.parametrize("n_rows", [1_000, pytest.param(workbooks.MAX_ROWS, marks=pytest.mark.slow)])
def test_a_long_excel_file_is_answered_row_by_row(clerk, bureau, as_, n_rows):
    data = long_sheet(n_rows)
    began, held = time.perf_counter(), peak()
    batch = actions.read_import(SimpleUploadedFile("十万行.xlsx", data), by=clerk)
    assert time.perf_counter() - began < 5 + n_rows / 1500
    assert peak() - held < 900
    assert batch.reading["n_read"] + len(batch.reading["passed"]) == n_rows
    assert sum(row["do"] == "error" for row in batch.reading["rows"]) == n_rows // 1000
    remarks = "；".join(batch.reading["remarks"])
    assert f"{n_rows} 格是公式" in remarks
    assert "“底稿”是隐藏的" in remarks
    page = as_(clerk).get(reverse("ledger:import_one", args=[batch.pk]))
    assert (page.status_code, len(page.content) < 500_000) == (200, True)


def test_one_row_too_many_and_merged_cells_over_each_other_are_answered_at_once(clerk, bureau, as_):
    tall = io.BytesIO()
    book = xlsxwriter.Workbook(tall, {"constant_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["任务", "牵头单位", "期限"])
    sheet.write(workbooks.MAX_ROWS + workbooks.SPARE, 0, "最后一行")
    book.close()
    answer = as_(clerk).post(reverse("ledger:import"), {"file": SimpleUploadedFile("长.xlsx", tall.getvalue())})
    assert f"一次至多 {workbooks.MAX_ROWS} 行" in answer.content.decode()
    began = time.perf_counter()
    opened = workbooks.Opened("表", [["任务"] * 200 for _ in range(20_000)])
    workbooks._spread(opened, [((0, 0), (99_999, 199))] * 5_000)
    assert time.perf_counter() - began < 2
    assert "互相重叠" in opened.remarks[0]


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-16"])
def test_a_csv_as_old_software_writes_it_is_read_and_its_encoding_said(clerk, bureau, encoding):
    text = "任务;责任单位;完成时限\r\n整治“散乱污”企业;农业农村局;2026-12-31\r\n".replace(";", ",")
    batch = actions.read_import(SimpleUploadedFile("旧.csv", text.encode(encoding)), by=clerk)
    [row] = batch.reading["rows"]
    assert (row["do"], row["cells"]["title"]) == ("add", "整治“散乱污”企业")
    assert Plan.objects.count() == 0
