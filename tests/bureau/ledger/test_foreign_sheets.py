"""Sheets that others made or re-wrote: every line is answered, nothing is lost, what we exported survives other programs."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import zipfile
from datetime import date

import openpyxl
import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from qingshan.bureau.ledger import actions, queries, workbooks
from qingshan.bureau.ledger.models import SheetImport, Task, WorkGroup

ON = date(2026, 11, 19)


def sent(data: bytes, name: str = "外来.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def read(data: bytes, by, file: str = "外来.xlsx", **more) -> SheetImport:
    return actions.read_import(sent(data, file), by=by, year=2026, **more)


def rows_of(batch: SheetImport) -> dict[int, dict]:
    return {row["line"]: row for row in batch.reading["rows"]}


def answered(batch: SheetImport) -> int:
    """How many lines of the sheet have an answer."""
    return batch.reading["n_read"] + len(batch.reading["passed"])


@pytest.fixture
def foreign() -> bytes:
    """What an office sends: title, header of two rows with merged cells, sections, merged units, formulas, totals, hidden parts."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet, hidden = book.add_worksheet("分解表"), book.add_worksheet("底稿")
    hidden.write_row(0, 0, ["任务名称", "责任单位", "完成时限"])
    hidden.hide()
    sheet.merge_range("A1:G1", "2026年重点任务分解表")
    sheet.merge_range("A2:A3", "序号")
    sheet.merge_range("B2:B3", "重点工作任务")
    sheet.merge_range("C2:D2", "责任分工")
    sheet.write("C3", "牵头单位")
    sheet.write("D3", "配合单位")
    sheet.merge_range("E2:E3", "完成时限")
    sheet.merge_range("F2:F3", "目标值")
    sheet.merge_range("G2:G3", "领导批示")
    sheet.merge_range("A4:G4", "（一）大气污染防治")
    sheet.write_row("A5", [1, "整治夜间渣土运输"])
    sheet.write_row("A6", [2, "建成洒水喷雾点位"])
    sheet.merge_range("C5:C6", "住建局")
    sheet.write_row("D5", ["各镇街", "11月底", 20])
    sheet.write("E6", "2026年12月31日")
    sheet.write_formula("F6", "=F5*2", None, 40)
    sheet.write_row("A7", [3, "排查餐饮油烟", "住建局", "", "2026/11/30"])
    sheet.write_formula("F7", "=1/0", None, "#DIV/0!")
    sheet.write_row("A8", [4, "没有单位的一项", "", "", "2026-12-31"])
    sheet.write_row("A9", ["合计", "", "", "", "", 60])
    sheet.write_row("A10", [5, "整治夜间渣土运输", "交通局", "", "12月"])
    sheet.set_row(4, None, None, {"hidden": True})
    sheet.set_column("G:G", 10, None, {"hidden": True})
    book.close()
    return out.getvalue()


def test_a_foreign_table_is_answered_line_by_line(foreign, clerk, bureau):
    batch = read(foreign, clerk)
    rows, remarks = rows_of(batch), "；".join(batch.reading["remarks"])
    assert answered(batch) == 7, "表头以下七行，行行有答复"
    assert {one["line"]: one["why"] for one in batch.reading["passed"]} == {
        4: "章节标题，作为下面各行的章节", 9: "合计、签注行，不是任务",
    }  # fmt: skip
    assert rows[5]["cells"]["leads"] == "住建局"
    assert rows[5]["cells"]["topic"] == "（一）大气污染防治"
    assert (rows[6]["do"], rows[6]["cells"]["leads"], rows[6]["cells"]["value"]) == ("add", "住建局", "40"), "合并的单位、公式的结果都读到"
    assert rows[7]["do"] == "error"
    assert "“数值”的公式结果是错误值" in rows[7]["errors"][0]
    assert rows[8]["errors"] == ["没有写“牵头单位”"]
    assert rows[10]["errors"] == ["与第 5 行同名，请只留一行，或把名称写得不同"]
    for words in ("“底稿”是隐藏的", "1 行是隐藏的", "G 列是隐藏的", "1 格是公式", "没有读：领导批示"):
        assert words in remarks
    actions.confirm_import(batch.pk, by=clerk)
    made = Task.objects.get(title="建成洒水喷雾点位")
    assert (made.value, made.deadline, made.topic) == (40, date(2026, 12, 31), "（一）大气污染防治")
    assert Task.objects.get(title="整治夜间渣土运输").coops.count() == 4


def test_formulas_nobody_worked_out_are_said_not_swallowed(clerk, bureau):
    book = openpyxl.Workbook()
    book.active.append(["任务", "牵头单位", "期限", "数值"])
    book.active.append(["甲", "住建局", "2026-12-31", "=1+1"])
    book.active.append(['="乙"&"丙"', "=B2", "=C2", "=D2"])
    out = io.BytesIO()
    book.save(out)
    batch = read(out.getvalue(), clerk)
    rows = rows_of(batch)
    assert answered(batch) == 2
    assert "“数值”是公式，表里没有算出的结果" in rows[2]["errors"][0]
    assert rows[3]["do"] == "error"
    assert "“任务”是公式" in rows[3]["errors"][0]


@pytest.mark.parametrize("encoding", ["gbk", "utf-8-sig"])
def test_a_csv_of_tasks_is_read_in_either_encoding(clerk, bureau, encoding):
    text = "序号,工作任务,责任部门,完成时间,单位\n1,治理黑臭水体,农业农村局,2026-11-30,处\n2,“一厂一策”方案,不认得的局,11月31日,\n\n合计,,,,\n"
    batch = read(text.encode(encoding), clerk, "任务.csv")
    rows = rows_of(batch)
    assert answered(batch) == 3
    assert rows[2]["do"] == "add"
    assert "没有单位“不认得的局”" in "；".join(rows[3]["errors"])
    assert "“期限”写成“11月31日”" in "；".join(rows[3]["errors"])


def test_a_lonely_unit_column_means_the_responsible_unit(clerk, bureau):
    rows = rows_of(read("任务,单位,期限\n修路,交通局,2026-12-01\n".encode(), clerk, "x.csv"))
    assert rows[2]["cells"]["leads"] == "交通局"


def test_a_hundred_thousand_lines_are_answered_and_taken_in_turns(clerk, bureau, as_, monkeypatch):
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["任务", "牵头单位", "期限"])
    for i in range(workbooks.MAX_ROWS):
        table.writerow([f"巡查第 {i} 号河段", "农业农村局" if i % 1000 else "没有的单位", "2026-12-31"])
    batch = read(out.getvalue().encode("gbk"), clerk, "十万行.csv")
    assert answered(batch) == workbooks.MAX_ROWS
    assert sum(row["do"] == "error" for row in batch.reading["rows"]) == 100
    client = as_(clerk)
    page = client.get(reverse("ledger:import_one", args=[batch.pk]))
    assert page.status_code == 200
    assert len(page.content) < 500_000
    monkeypatch.setattr("qingshan.bureau.ledger.actions.sheets.AT_ONCE", 5)
    for _ in range(2):
        batch = actions.confirm_import(batch.pk, by=clerk)
    assert (batch.state, batch.outcome["next"], len(batch.outcome["added"])) == ("waiting", 10, 9)
    assert "还有 99990 行" in client.get(reverse("ledger:import_one", args=[batch.pk])).content.decode()


def test_a_row_without_its_key_is_asked_about_not_doubled_nor_dropped(ledger, clerk):
    task = ledger["废气"]
    text = f"任务,牵头单位,期限,备注\n{task.title},大气科,2026-10-31,新写的\n"
    batch = read(text.encode(), clerk, "x.csv")
    [row] = batch.reading["rows"]
    assert row["do"] == "clash"
    assert {c["label"] for c in row["clashes"]} == {"期限", "备注"}
    actions.confirm_import(batch.pk, by=clerk)
    task.refresh_from_db()
    assert task.note == ""
    assert Task.objects.filter(title=task.title).count() == 1
    batch = read(text.encode(), clerk, "x.csv")
    actions.confirm_import(batch.pk, by=clerk, take={2})
    task.refresh_from_db()
    assert (task.note, task.deadline) == ("新写的", date(2026, 10, 31))


def exported(clerk) -> bytes:
    return actions.export_tasks(queries.rows(clerk, queries.Filters(), ON), by=clerk, year=2026)[1]


def poor(data: bytes) -> bytes:
    """The sheet as a lesser program writes it: no properties, no validation, no hidden parts, choices first, dates as text."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book["任务台账"]
    sheet.data_validations.dataValidation.clear()
    sheet.column_dimensions["A"].hidden = False
    sheet.auto_filter.ref = None
    sheet.freeze_panes = None
    book["选项"].sheet_state = "visible"
    book.move_sheet("选项", -1)
    sheet.title = "Sheet1"
    for row in sheet.iter_rows(min_row=4):
        for cell in row:
            if cell.is_date:
                cell.value = cell.value.strftime("%Y/%m/%d")
            elif cell.value is not None:
                cell.value = f" {cell.value} "
            cell.number_format = "@"
    out = io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as was, zipfile.ZipFile(again := io.BytesIO(), "w") as kept:
        for part in was.namelist():
            if not part.startswith("docProps/"):
                kept.writestr(part, was.read(part))
    return again.getvalue()


def test_our_sheet_survives_a_program_that_drops_what_it_may(ledger, clerk):
    data = poor(exported(clerk))
    assert read(data, clerk).reading["rows"] == []
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book["Sheet1"]
    where = {cell.value: cell.column for cell in sheet[3]}
    lines = [row for row in range(4, sheet.max_row + 1) if (sheet.cell(row, where["任务"]).value or "").strip() == ledger["废气"].title]
    sheet.cell(lines[0], where["备注"]).value = "WPS 里改的"
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
    for at, values in enumerate(reversed(rows), 4):
        for column, value in enumerate(values, 1):
            sheet.cell(at, column).value = value
    sheet.insert_cols(where["备注"])
    out = io.BytesIO()
    book.save(out)
    [row] = read(out.getvalue(), clerk).reading["rows"]
    assert (row["task"], row["do"], row["changes"][0]["now"]) == (ledger["废气"].pk, "change", "WPS 里改的")


def test_sorting_only_some_columns_is_noticed(ledger, clerk):
    book = openpyxl.load_workbook(io.BytesIO(exported(clerk)))
    sheet = book["任务台账"]
    where = {cell.value: cell.column for cell in sheet[3]}
    titles = [sheet.cell(row, where["任务"]).value for row in range(4, sheet.max_row + 1)]
    for at, title in enumerate(titles[1:] + titles[:1], 4):
        sheet.cell(at, where["任务"]).value = title
    out = io.BytesIO()
    book.save(out)
    batch = read(out.getvalue(), clerk)
    assert len(batch.reading["rows"]) == len(titles)
    assert all("可能只排序了部分列" in row["errors"][0] for row in batch.reading["rows"])


@pytest.mark.skipif(not shutil.which("soffice"), reason="没有 soffice，跳过用 LibreOffice 重写")
def test_our_sheet_survives_libreoffice(ledger, clerk, tmp_path):
    (tmp_path / "a.xlsx").write_bytes(exported(clerk))
    subprocess.run(["soffice", "--headless", "--convert-to", "xlsx", "--outdir", "out", "a.xlsx"], cwd=tmp_path, check=True, timeout=120)
    assert read((tmp_path / "out" / "a.xlsx").read_bytes(), clerk).reading["rows"] == []


def test_groups_duties_and_parts_go_out_and_come_back(ledger, office, bureau):
    text = "小组名称,类别,牵头单位,成员单位,主要职责,成立,到期\n水组,专项小组,水科,农业农村局、各镇街,碧水,,\n扬尘专班,工作专班,住建局,交通局,扬尘,2026-10-01,\n"
    batch = read(text.encode("gbk"), office, "小组.csv", name="groups")
    batch = actions.confirm_import(batch.pk, by=office)
    assert len(batch.outcome["added"]) == 1
    assert "有始有终" in batch.outcome["refused"]["3"]
    group = WorkGroup.objects.get(name="水组")
    assert group.seats.count() == 5
    edition = actions.open_edition(by=office, title="清单", begins=date(2026, 1, 1))
    duties = "责任事项,关键词,责任部门,法律依据\n扬尘防治,扬尘、工地,住建局,条例\n没有词的,,交通局,\n".encode()
    batch = read(duties, office, "清单.csv", name="duties", about=str(edition.pk))
    actions.confirm_import(batch.pk, by=office)
    duty = edition.duties.get()
    assert (duty.unit.short, duty.words) == ("住建局", "扬尘、工地")
    part = actions.add_part(ledger["污水"].pk, by=office, fields={"title": "第一份", "leads": [bureau.governments["石门镇"].pk], "deadline": "2026-11-30"})
    for name, about, column, value in (
        ("groups", "", "职责", "碧水攻坚"), ("duties", str(edition.pk), "依据", "新条例"), ("parts", str(part.parent_id), "工作标准", "验收单"),
    ):  # fmt: skip
        of = actions.sheets.list_of(name)
        _, data = actions.export_sheet(name, of.all(office, about), by=office, about=about, title=of.title)
        assert read(data, office, name=name, about=about).reading["rows"] == []
        book = openpyxl.load_workbook(io.BytesIO(data))
        sheet = book[of.title]
        at = next(cell.column for cell in sheet[3] if cell.value == column)
        sheet.cell(4, at).value = value
        out = io.BytesIO()
        book.save(out)
        batch = actions.confirm_import(read(out.getvalue(), office, name=name, about=about).pk, by=office)
        assert len(batch.outcome["changed"]) == 1, name
    group.refresh_from_db()
    part.refresh_from_db()
    assert (group.duty, edition.duties.get().basis, part.standard) == ("碧水攻坚", "新条例", "验收单")


def test_each_list_asks_for_its_own_right(office, clerk, stranger, as_, ledger):
    assert as_(clerk).get(reverse("ledger:import") + "?list=groups").status_code == 403
    assert as_(office).get(reverse("ledger:import") + "?list=groups").status_code == 200
    assert as_(office).get(reverse("ledger:import") + "?list=no").status_code == 404
    assert as_(stranger).get(reverse("ledger:sheet", args=["parts"]) + f"?about={ledger['柴油车'].pk}").status_code == 404
    answer = as_(office).get(reverse("ledger:sheet", args=["tasks"]) + "?empty=1")
    assert answer.status_code == 200
    assert "%E7%A9%BA%E8%A1%A8" in answer.headers["Content-Disposition"], "文件名里写着“空表”"


def test_the_answer_file_has_every_line(foreign, clerk, as_):
    batch = read(foreign, clerk)
    actions.confirm_import(batch.pk, by=clerk)
    lines = as_(clerk).get(reverse("ledger:import_answer", args=[batch.pk])).content.decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines[1:8]] == ["4", "5", "6", "7", "8", "9", "10"]
    assert "已新增" in lines[2]
    assert "有错，没有导入" in lines[4]
