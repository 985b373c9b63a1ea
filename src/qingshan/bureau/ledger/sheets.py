"""The ledger as an Excel sheet: writing it, and reading one that people worked in (台账 Excel)."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Organisation
from qingshan.bureau.ledger.models import OPERATORS, Task
from qingshan.bureau.ledger.queries import Row

KEY = "导入标记（勿改）"
COLUMNS = (
    (KEY, 4, ""), ("序号", 6, "number"), ("类别", 7, "kind"), ("任务", 46, "title"), ("章节", 18, "topic"), ("牵头单位", 16, "leads"),
    ("配合单位", 22, "coops"), ("期限", 12, "deadline"), ("比较", 8, "operator"), ("数值", 10, "value"), ("单位", 10, "unit"),
    ("反馈节奏", 10, "rhythm"), ("备注", 24, "note"), ("单位报数", 10, ""), ("核实或实测", 11, ""), ("完成%", 8, ""), ("序时%", 8, ""),
    ("亮灯", 14, ""), ("判定", 7, ""), ("最近反馈", 12, ""), ("佐证件数", 8, ""), ("出处", 30, ""), ("改动依据", 24, "basis"),
)  # fmt: skip
TITLES = tuple(title for title, _, _ in COLUMNS)
EDITABLE = {title: name for title, _, name in COLUMNS if name and name not in ("number", "kind", "basis")}
READ_ONLY = ("单位报数", "核实或实测", "完成%", "序时%", "亮灯", "判定", "最近反馈", "佐证件数", "出处")
MAX_ROWS, MAX_COLUMNS, MAX_BYTES, MAX_UNPACKED = 20_000, 200, 20 * 2**20, 200 * 2**20


def cells(row: Row) -> dict[str, str]:
    """What a sheet says of a row, as text; the same text is kept with the export to see later who changed what."""
    task = row.task
    return {
        "title": task.title, "topic": task.topic, "leads": row.leads, "coops": row.coops, "deadline": task.deadline.isoformat(),
        "operator": OPERATORS.get(task.operator, ""), "value": task.value_text if "/" in task.value_text else plain(task.value),
        "unit": task.unit, "rhythm": task.get_rhythm_display(), "note": task.note,
    }  # fmt: skip


def plain(value) -> str:
    """A figure without separators or trailing zeros, as a cell compares."""
    return "" if value is None else f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"


def write(judged: list[Row], token: str, title: str, note: str) -> bytes:
    """A workbook with the rows: hidden key column, frozen header, lists to choose from, A3 landscape."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    sheet, lists = book.add_worksheet("任务台账"), book.add_worksheet("选项")
    formats = {name: book.add_format({"font_name": "宋体", "font_size": 10, "valign": "vcenter", **more}) for name, more in {
        "title": {"bold": True, "font_size": 16}, "note": {"font_color": "#5d6a72"},
        "head": {"bold": True, "bg_color": "#ebefed", "border": 1, "text_wrap": True, "align": "center"},
        "cell": {"border": 1, "text_wrap": True}, "shut": {"border": 1, "text_wrap": True, "bg_color": "#f3f5f3", "font_color": "#44525b"},
        "date": {"border": 1, "num_format": "yyyy-mm-dd", "align": "center"}, "figure": {"border": 1, "num_format": "General"},
    }.items()}  # fmt: skip
    sheet.write_string(0, 1, title, formats["title"])
    sheet.write_string(1, 1, note, formats["note"])
    for column, (head, width, _) in enumerate(COLUMNS):
        sheet.set_column(column, column, width, None, {"hidden": True} if head == KEY else {})
        sheet.write_string(2, column, head, formats["head"])
    for at, row in enumerate(judged, 3):
        _write_row(sheet, at, row, token, formats)
    _write_lists(sheet, lists, 3, max(len(judged) + 200, 300))
    sheet.freeze_panes(3, 4)
    sheet.autofilter(2, 0, 2 + max(1, len(judged)), len(COLUMNS) - 1)
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.repeat_rows(2)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C第 &P 页，共 &N 页")
    book.close()
    return out.getvalue()


def _write_row(sheet, at: int, row: Row, token: str, formats: dict) -> None:
    task, light, said = row.task, row.light, cells(row)
    shut = {
        "单位报数": plain(task.reported), "核实或实测": light.value if light.source == "数据" else plain(task.verified),
        "完成%": "" if light.done is None else f"{light.done:g}", "序时%": "" if light.due is None else f"{light.due:g}",
        "亮灯": light.words, "判定": light.source, "最近反馈": f"{task.last_return:%Y-%m-%d}" if task.last_return else "",
        "佐证件数": str(row.evidence), "出处": f"《{task.plan.title}》{task.finding.place}" if task.finding_id else "手工新增",
    }  # fmt: skip
    for column, (head, _, name) in enumerate(COLUMNS):
        if head == KEY:
            sheet.write_string(at, column, f"{token}-{task.pk}", formats["shut"])
        elif name == "number":
            sheet.write_number(at, column, task.number, formats["shut"])
        elif name == "kind":
            sheet.write_string(at, column, task.get_kind_display(), formats["shut"])
        elif name == "deadline":
            sheet.write_datetime(at, column, datetime.combine(task.deadline, datetime.min.time()), formats["date"])
        elif name == "value" and said["value"] and "/" not in said["value"]:
            sheet.write_number(at, column, float(said["value"]), formats["figure"])
        elif head in READ_ONLY:
            sheet.write_string(at, column, shut[head], formats["shut"])
        else:
            sheet.write_string(at, column, said.get(name, ""), formats["cell"])


def _write_lists(sheet, lists, first: int, last: int) -> None:
    """Lists of units, operators and rhythms on a second sheet, offered in the cells that take them."""
    choices = {
        "牵头单位": [str(unit) for unit in Organisation.objects.exclude(kind=Organisation.Kind.FIRM)],
        "比较": list(OPERATORS.values()), "反馈节奏": Task.Rhythm.labels,
    }  # fmt: skip
    for column, (head, words) in enumerate(choices.items()):
        lists.write_string(0, column, head)
        for at, word in enumerate(words, 1):
            lists.write_string(at, column, word)
        name, at = chr(ord("A") + column), TITLES.index(head)
        sheet.data_validation(first, at, last, at, {
            "validate": "list", "source": f"=选项!${name}$2:${name}${len(words) + 1}", "error_type": "warning",
            "error_title": head, "error_message": "不在列表里；几个单位之间用顿号隔开",
        })  # fmt: skip
    at = TITLES.index("期限")
    sheet.data_validation(first, at, last, at, {
        "validate": "date", "criteria": "between", "minimum": date(2000, 1, 1), "maximum": date(2100, 12, 31),
        "error_title": "期限", "error_message": "请写成 2026-06-30 这样的日期",
    })  # fmt: skip
    lists.hide()


@dataclass
class SheetRow:
    """One row of a sheet that came in: its number in the sheet, its key, and the cells by field."""

    line: int
    token: str = ""
    task: int | None = None
    cells: dict[str, str] = field(default_factory=dict)
    shut: dict[str, str] = field(default_factory=dict)
    basis: str = ""
    kind: str = ""


def read(name: str, data: bytes) -> tuple[list[SheetRow], list[str]]:
    """Rows of a sheet and remarks on it; Refused where it is no sheet of the ledger or would hurt the machine."""
    _check_archive(name, data)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        metas = [meta for meta in book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
    except (CalamineError, ValueError, OSError) as error:
        raise Refused(
            f"“{name}”打不开：不是完好的 xlsx 表格（{type(error).__name__}）。请用 Excel 或 WPS 另存为 xlsx 再传", field="file", status=400
        ) from None
    remarks = [f"工作表“{meta.name}”是隐藏的，没有读" for meta in metas if meta.visible != SheetVisibleEnum.Visible and meta.name != "选项"]
    for meta in metas:
        if meta.visible != SheetVisibleEnum.Visible:
            continue
        sheet = book.get_sheet_by_name(meta.name)
        if sheet.total_height > MAX_ROWS or sheet.total_width > MAX_COLUMNS:
            raise Refused(
                f"工作表“{meta.name}”有 {sheet.total_height} 行 {sheet.total_width} 列，"
                f"一次至多 {MAX_ROWS} 行 {MAX_COLUMNS} 列，请拆开再传",
                field="file",
                status=413,
            )
        table = sheet.to_python(skip_empty_area=False)
        at = next((i for i, line in enumerate(table[:30]) if {"任务", "期限"} <= {_head(cell) for cell in line}), None)
        if at is not None:
            rows = _rows(table, at)
            remarks += [
                f"工作表“{other.name}”没有表头，没有读"
                for other in metas
                if other.visible == SheetVisibleEnum.Visible and other.name != meta.name
            ]
            return rows, remarks
    raise Refused(f"“{name}”前 30 行里找不到有“任务”“期限”的表头。请先从台账导出 Excel，在导出的表里改，再传回来", field="file", status=400)


def _check_archive(name: str, data: bytes) -> None:
    if len(data) > MAX_BYTES:
        raise Refused(f"“{name}”有 {len(data) / 2**20:.1f} MB，至多 {MAX_BYTES // 2**20} MB", field="file", status=413)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            names = {info.filename for info in infos}
            unpacked = sum(info.file_size for info in infos)
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise Refused(
            f"“{name}”不是 xlsx 表格。请用 Excel 或 WPS 另存为 xlsx 再传（xls、csv、et 都不收）", field="file", status=415
        ) from None
    if "xl/workbook.xml" not in names:
        raise Refused(f"“{name}”不是 xlsx 表格，里面没有工作簿", field="file", status=415)
    if any("vbaProject" in part for part in names):
        raise Refused(f"“{name}”带有宏，不收。请另存为不带宏的 xlsx 再传", field="file", status=415)
    if len(infos) > 2000 or unpacked > MAX_UNPACKED:
        raise Refused(f"“{name}”展开后有 {unpacked / 2**20:.0f} MB，不像正常的台账，没有打开", field="file", status=413)


def _head(cell) -> str:
    return re.sub(r"[\s*＊]|[（(].*?[)）]", "", unicodedata.normalize("NFC", str(cell)))


def _rows(table: list[list], at: int) -> list[SheetRow]:
    heads = [_head(cell) for cell in table[at]]
    where = {title: heads.index(_head(title)) for title in TITLES if _head(title) in heads}
    found = []
    for line, cells_ in enumerate(table[at + 1 :], at + 2):
        said = {title: text(cells_[column]) if column < len(cells_) else "" for title, column in where.items()}
        if not any(said.get(title) for title in (KEY, "任务", "牵头单位", "期限")):
            continue
        row = SheetRow(line, basis=said.get("改动依据", ""), kind=said.get("类别", ""))
        key = re.fullmatch(r"([0-9a-f]{8,16})-(\d{1,12})", said.get(KEY, ""))
        if key:
            row.token, row.task = key[1], int(key[2])
        elif said.get(KEY):
            row.token = "?"  # noqa: S105 - a mark for a broken key, no password
        row.cells = {EDITABLE[title]: value for title, value in said.items() if title in EDITABLE}
        row.shut = {title: value for title, value in said.items() if title in READ_ONLY}
        found.append(row)
    return found


def text(cell) -> str:
    """A cell as text: whole numbers without “.0”, dates as 2026-06-30, spaces trimmed."""
    if cell is None or cell == "":
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return f"{cell:.10g}"
    return " ".join(str(cell).replace("\x00", "").split())[:2000]
