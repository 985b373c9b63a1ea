"""The ledger goes out to Excel, is worked on, and comes back: previewed, never overwriting silently, idempotent."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.ledger import actions, queries, sheets, workbooks
from qingshan.bureau.ledger.models import SheetImport, Task

ON = date(2026, 11, 19)


@pytest.fixture
def book(ledger, clerk):
    """The exported workbook, opened as a person would, and its columns by title."""
    _, data = actions.export_tasks(queries.rows(clerk, queries.Filters(), ON), by=clerk, year=2026)
    workbook = openpyxl.load_workbook(io.BytesIO(data))
    sheet = workbook["任务台账"]
    where = {cell.value: cell.column for cell in sheet[3]}
    lines = {sheet.cell(row, where["任务"]).value: row for row in range(4, sheet.max_row + 1)}
    return workbook, sheet, where, lines


def sent(workbook, name="改过.xlsx") -> SimpleUploadedFile:
    out = io.BytesIO()
    workbook.save(out)
    return SimpleUploadedFile(name, out.getvalue())


def test_the_sheet_has_hidden_keys_a_frozen_header_lists_and_order(book, ledger):
    workbook, sheet, where, lines = book
    assert sheet.column_dimensions["A"].hidden
    assert sheet.freeze_panes == "E4"
    assert [sheet.cell(row, where["序号"]).value for row in sorted(lines.values())] == sorted(t.number for t in ledger.values())
    assert {v.type for v in sheet.data_validations.dataValidation} == {"list", "date"}
    assert workbook["选项"].sheet_state == "hidden"


def test_an_untouched_sheet_changes_nothing(book, clerk):
    batch = actions.read_import(sent(book[0]), by=clerk, year=2026)
    assert batch.reading["rows"] == []


def test_changes_are_previewed_then_made_once(book, clerk, ledger, as_):
    workbook, sheet, where, lines = book
    row = lines[ledger["废气"].title]
    sheet.cell(row, where["数值"]).value = 18
    sheet.cell(row, where["备注"]).value = "含砂石企业"
    sheet.cell(row, where["改动依据"]).value = "专题会纪要〔2026〕9号"
    client = as_(clerk)
    answer = client.post(reverse("ledger:import"), {"file": sent(workbook)})
    batch = SheetImport.objects.get()
    assert answer.headers["Location"] == reverse("ledger:import_one", args=[batch.pk])
    assert [(c["label"], c["was"], c["now"]) for c in batch.reading["rows"][0]["changes"]] == [
        ("数值", "15", "18"),
        ("备注", "", "含砂石企业"),
    ]
    assert Task.objects.get(pk=ledger["废气"].pk).value == 15
    page = client.get(reverse("ledger:import_one", args=[batch.pk])).content.decode()
    assert "含砂石企业" in page
    assert client.get(reverse("ledger:import_confirm", args=[batch.pk])).status_code == 405
    for _ in range(2):
        client.post(reverse("ledger:import_confirm", args=[batch.pk]))
    task = Task.objects.get(pk=ledger["废气"].pk)
    assert (task.value, task.note, task.version) == (18, "含砂石企业", 2)
    assert task.events.first().words == "专题会纪要〔2026〕9号"
    again = actions.read_import(sent(workbook), by=clerk, year=2026)
    assert again.reading["rows"] == []


def test_a_newer_edit_is_a_conflict_that_a_person_decides(book, clerk, office, ledger):
    workbook, sheet, where, lines = book
    task = ledger["废气"]
    actions.edit_task(task.pk, by=office, fields={"note": "局里新写的"}, basis="")
    sheet.cell(lines[task.title], where["备注"]).value = "表里写的"
    batch = actions.read_import(sent(workbook), by=clerk, year=2026)
    row = batch.reading["rows"][0]
    assert (row["do"], row["clashes"][0]["base"], row["clashes"][0]["was"], row["clashes"][0]["now"]) == (
        "clash",
        "",
        "局里新写的",
        "表里写的",
    )
    actions.confirm_import(batch.pk, by=clerk)
    assert Task.objects.get(pk=task.pk).note == "局里新写的"
    batch = actions.read_import(sent(workbook), by=clerk, year=2026)
    actions.confirm_import(batch.pk, by=clerk, take={row["line"]})
    assert Task.objects.get(pk=task.pk).note == "表里写的"


def test_an_edit_after_the_preview_is_left_alone(book, clerk, office, ledger):
    workbook, sheet, where, lines = book
    task = ledger["废气"]
    sheet.cell(lines[task.title], where["备注"]).value = "表里写的"
    batch = actions.read_import(sent(workbook), by=clerk, year=2026)
    actions.edit_task(task.pk, by=office, fields={"topic": "别的章节"}, basis="")
    assert actions.confirm_import(batch.pk, by=clerk).outcome["stale"] == [lines[task.title]]
    assert Task.objects.get(pk=task.pk).note == ""


@pytest.mark.parametrize(
    "column, value, words",
    [
        ("期限", "2026-13-01", "“期限”写成“2026-13-01”"),
        ("数值", "十五家", "应为数字"),
        ("牵头单位", "环保小队", "没有单位“环保小队”"),
        ("比较", "差不多", "可写：不少于"),
        ("任务", "", "不能空着"),
        ("导入标记（勿改）", "deadbeef00-1", "不是本台账导出的"),
        ("反馈节奏", "每分钟", "可写：每周"),
        ("期限", "2026-11-30", "须在“改动依据”列写明"),
    ],
)
def test_errors_name_the_row_and_the_cell(book, clerk, ledger, column, value, words):
    workbook, sheet, where, lines = book
    row = lines[ledger["废气"].title]
    sheet.cell(row, where[column]).value = value
    batch = actions.read_import(sent(workbook), by=clerk, year=2026)
    found = batch.reading["rows"][0]
    assert (found["do"], found["line"]) == ("error", row)
    assert words in "；".join(found["errors"])
    actions.confirm_import(batch.pk, by=clerk)
    assert Task.objects.get(pk=ledger["废气"].pk).version == 1


def test_new_rows_are_added_once(book, clerk, bureau):
    workbook, sheet, where, _ = book
    row = sheet.max_row + 1
    for title, value in {
        "任务": "整治夜间渣土运输",
        "牵头单位": "住建局",
        "配合单位": "各镇街",
        "期限": "2026-11-30",
        "数值": 20,
        "单位": "次",
    }.items():
        sheet.cell(row, where[title]).value = value
    for _ in range(2):
        actions.confirm_import(actions.read_import(sent(workbook), by=clerk, year=2026).pk, by=clerk)
    task = Task.objects.get(title="整治夜间渣土运输")
    assert (task.coops.count(), task.value, str(task.leads.get())) == (4, 20, "住建局")


def test_a_closed_task_is_not_changed(book, clerk, ledger):
    workbook, sheet, where, lines = book
    Task.objects.filter(pk=ledger["废气"].pk).update(state="closed")
    sheet.cell(lines[ledger["废气"].title], where["备注"]).value = "x"
    batch = actions.read_import(sent(workbook), by=clerk, year=2026)
    assert "已销号" in batch.reading["rows"][0]["errors"][0]


def _zip(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_hostile_and_foreign_files_are_refused_in_words(bureau, clerk, as_):
    other = openpyxl.Workbook()
    other.active.append(["姓名", "电话"])
    many = openpyxl.Workbook(write_only=True)
    sheet = many.create_sheet()
    sheet.append(["任务", "期限"])
    for _ in range(workbooks.MAX_ROWS + workbooks.SPARE + 5):
        sheet.append(["x", "y"])
    cases = {
        "空.xlsx": b"",
        "图.xlsx": b"\x89PNG\r\n",
        "旧.xls": b"\xd0\xcf\x11\xe0" * 100,
        "断.xlsx": b"PK\x03\x04" + b"x" * 50,
        "宏.xlsm": _zip({"xl/workbook.xml": b"<a/>", "xl/vbaProject.bin": b"x"}),
        "炸弹.xlsx": _zip({"xl/workbook.xml": b"0" * 315_000_000}),
        "坏.xlsx": _zip({"xl/workbook.xml": b"<not", "[Content_Types].xml": b"<x"}),
        "别的.xlsx": sent(other).read(),
        "太长.xlsx": sent(many).read(),
    }
    for name, data in cases.items():
        answer = as_(clerk).post(reverse("ledger:import"), {"file": SimpleUploadedFile(name, data)})
        assert answer.status_code in (400, 413, 415), name
        assert "banner bad" in answer.content.decode(), name
    assert not SheetImport.objects.exists()


def test_importing_needs_the_right_and_is_one_s_own(book, clerk, office, traffic, as_):
    with pytest.raises(PermissionDenied):
        actions.read_import(sent(book[0]), by=traffic, year=2026)
    batch = actions.read_import(sent(book[0]), by=clerk, year=2026)
    assert as_(office).get(reverse("ledger:import_one", args=[batch.pk])).status_code == 404
    assert as_(office).post(reverse("ledger:import_confirm", args=[batch.pk])).status_code == 404


def test_a_unit_exports_only_its_own_rows(ledger, traffic, as_):
    answer = as_(traffic).post(reverse("ledger:export"))
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content))["任务台账"]
    titles = {sheet.cell(row, 4).value for row in range(4, sheet.max_row + 1)}
    assert titles == {ledger["柴油车"].title, ledger["岸电"].title}


def test_words_that_look_like_formulas_stay_words(clerk, bureau):
    fields = {"title": '=HYPERLINK("http://x")', "deadline": "2026-12-31", "leads": [bureau.offices["大气科"].pk]}
    actions.add_task(by=clerk, kind="task", fields=fields, year=2026)
    _, data = actions.export_tasks(queries.rows(clerk, queries.Filters(), ON), by=clerk, year=2026)
    cell = openpyxl.load_workbook(io.BytesIO(data))["任务台账"].cell(4, 4)
    assert cell.data_type == "s" or cell.value.startswith("=")
    with pytest.raises(Refused):
        list(workbooks.sheets("x.xlsx", b"\x00\x01nope", sheets.OPTIONS))
