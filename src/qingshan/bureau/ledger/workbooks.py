"""Opening a table that came from anywhere: xlsx, xls, csv; hostile files refused, everything odd said (打开表格)."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from qingshan.bureau.base.errors import Refused
from qingshan.lake.imports import ImportRefused, read_table

MAX_ROWS, MAX_COLUMNS, MAX_BYTES, MAX_UNPACKED = 100_000, 200, 20 * 2**20, 300 * 2**20
SPARE = 60
"""rows of title, note and header above the rows that count"""
MOST_SPREAD = 2_000_000
"""cells that merged ones may fill in a sheet; more only a made-up file has, whose merged cells lie over each other"""
WIDE = 3
"""columns a merged cell spans to be a heading between rows"""
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(rb"<Relationship\b[^>]*>")
_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*>")
_COL = re.compile(rb"<(?:\w+:)?col\b[^>]*>")
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')


@dataclass
class Opened:
    """One sheet as rows of cells, merged cells filled in, with what is odd about it.

    `faults` are cells that say nothing usable, by (line from 1, column from 0); `spans` the lines that one merged cell fills;
    `epoch` is day 0 of the file's serial numbers.
    """

    name: str
    rows: list[list]
    remarks: list[str] = field(default_factory=list)
    faults: dict[tuple[int, int], str] = field(default_factory=dict)
    spans: set[int] = field(default_factory=set)
    epoch: date = date(1899, 12, 30)

    def wide(self, line: int) -> bool:
        """Whether one merged cell fills much of the line."""
        return line in self.spans


def sheets(name: str, data: bytes, ours: str) -> Iterator[Opened]:
    """The visible sheets of a file, in order; `ours` names the sheet of choices that our own exports carry and nobody reads."""
    if len(data) > MAX_BYTES:
        raise Refused(f"“{name}”有 {len(data) / 2**20:.1f} MB，至多 {MAX_BYTES // 2**20} MB", field="file", status=413)
    if not data.startswith(b"PK"):
        yield _plain(name, data)
        return
    with _archive(name, data) as archive:
        book, metas = _book(name, data)
        shut = [m.name for m in metas if m.visible != SheetVisibleEnum.Visible and m.name != ours]
        remarks = [f"工作表“{sheet}”是隐藏的，没有读；要读请先取消隐藏" for sheet in shut]
        for meta in metas:
            if meta.visible == SheetVisibleEnum.Visible and meta.name != ours:
                yield _sheet(name, book, meta.name, archive, list(remarks))


def _plain(name: str, data: bytes) -> Opened:
    try:
        table = read_table(name[:60], data)
    except ImportRefused as no:
        raise Refused(f"{no}（收 xlsx、xls、csv）", field="file", status=415) from None
    _fits(name, table.sheet or name, len(table.rows), max(map(len, table.rows), default=0))
    said = f"文字按 {table.encoding} 读" if table.encoding and table.encoding not in ("utf-8", "utf-8-sig") else ""
    return Opened(table.sheet or name, [list(row) for row in table.rows], [said] if said else [])


def _archive(name: str, data: bytes) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise Refused(f"“{name}”不是完好的 xlsx 表格。请用 Excel 或 WPS 另存为 xlsx 再传", field="file", status=415) from None
    names = {info.filename for info in infos}
    if "xl/workbook.xml" not in names:
        raise Refused(f"“{name}”不是 xlsx 表格，里面没有工作簿", field="file", status=415)
    if any("vbaProject" in part for part in names):
        raise Refused(f"“{name}”带有宏，不收。请另存为不带宏的 xlsx 再传", field="file", status=415)
    unpacked = sum(info.file_size for info in infos)
    if len(infos) > 2000 or unpacked > MAX_UNPACKED:
        raise Refused(f"“{name}”展开后有 {unpacked / 2**20:.0f} MB，不像正常的台账，没有打开", field="file", status=413)
    return archive


def _book(name: str, data: bytes) -> tuple[CalamineWorkbook, list]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return book, [meta for meta in book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
    except (CalamineError, ValueError, OSError) as error:
        raise Refused(
            f"“{name}”打不开：不是完好的 xlsx 表格（{type(error).__name__}）。请用 Excel 或 WPS 另存为 xlsx 再传", field="file", status=400
        ) from None


def _fits(name: str, sheet: str, n_rows: int, n_columns: int) -> None:
    if n_rows > MAX_ROWS + SPARE or n_columns > MAX_COLUMNS:
        raise Refused(
            f"“{name}”的工作表“{sheet}”有 {n_rows} 行 {n_columns} 列，一次至多 {MAX_ROWS} 行 {MAX_COLUMNS} 列，请拆开再传",
            field="file",
            status=413,
        )


def _sheet(name: str, book: CalamineWorkbook, title: str, archive: zipfile.ZipFile, remarks: list[str]) -> Opened:
    try:
        found = book.get_sheet_by_name(title)
        _fits(name, title, found.total_height + 1, found.total_width + 1)  # both count from 0
        rows = found.to_python(skip_empty_area=False)
        ranges = list(found.merged_cell_ranges or ())
    except (CalamineError, ValueError, OSError) as error:
        raise Refused(
            f"“{name}”的工作表“{title}”读不出来（{type(error).__name__}），请另存为 xlsx 再传", field="file", status=400
        ) from None
    opened = Opened(title, rows, remarks)
    if re.search(rb'\bdate1904="(?:1|true)"', archive.read("xl/workbook.xml")):
        opened.epoch = date(1904, 1, 1)
    _spread(opened, ranges)
    _look_inside(opened, _part(archive, title))
    return opened


def _spread(opened: Opened, ranges: list) -> None:
    """Fill merged cells with what stands in their first, as a reader sees them."""
    left_over = MOST_SPREAD
    for (top, left), (bottom, right) in ranges[:20_000]:
        if top >= len(opened.rows):
            continue
        left_over -= (min(bottom + 1, len(opened.rows)) - top) * (min(right + 1, MAX_COLUMNS) - left)
        if left_over < 0:
            opened.remarks.append(f"工作表“{opened.name}”的合并单元格太多或互相重叠，没有全部展开；请取消合并、逐格填好再传")
            return
        said = opened.rows[top][left] if left < len(opened.rows[top]) else ""
        if said in ("", None):
            continue
        for at in range(top, min(bottom + 1, len(opened.rows))):
            row = opened.rows[at]
            for column in range(left, min(right + 1, MAX_COLUMNS)):
                row += [""] * (column + 1 - len(row))
                row[column] = said
            if right - left + 1 >= WIDE:
                opened.spans.add(at + 1)


def _part(archive: zipfile.ZipFile, title: str) -> bytes:
    """The XML of a sheet; empty where the workbook does not lead there."""
    try:
        sheets_, relations = archive.read("xl/workbook.xml"), archive.read("xl/_rels/workbook.xml.rels")
    except KeyError:
        return b""
    wanted = title.encode().replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;").replace(b'"', b"&quot;")
    tag = next((tag for tag in _SHEET.findall(sheets_) if _value(tag, rb"name") == wanted), b"")
    ident = _value(tag, rb"\w+:id")
    target = next((_value(one, b"Target") for one in _RELATION.findall(relations) if _value(one, b"Id") == ident), b"") if ident else b""
    path = target.decode("utf-8", "replace").lstrip("/")
    path = path if path.startswith("xl/") else f"xl/{path}"
    return archive.read(path) if path in archive.namelist() else b""


def _value(tag: bytes, name: bytes) -> bytes:
    found = re.search(rb"\b" + name + rb'="([^"]*)"', tag)
    return found[1] if found else b""


def _look_inside(opened: Opened, xml: bytes) -> None:
    """What values alone do not show: hidden rows and columns, formulas, results that are errors or were never worked out."""
    hidden = sum(_value(tag, b"hidden") in (b"1", b"true") for tag in _ROW.findall(xml))
    if hidden:
        opened.remarks.append(f"工作表“{opened.name}”有 {hidden} 行是隐藏的（筛选或手工隐藏），也读了")
    shut = sorted(
        {
            column
            for tag in _COL.findall(xml)
            if _value(tag, b"hidden") in (b"1", b"true")
            for column in range(int(_value(tag, b"min") or 1), min(int(_value(tag, b"max") or 0), MAX_COLUMNS) + 1)
        }
    )
    if shut and shut != [1]:
        opened.remarks.append(f"工作表“{opened.name}”的 {'、'.join(_letters(column) for column in shut)} 列是隐藏的，也读了")
    n_formulas = 0
    if b"<f" in xml or b't="e"' in xml or b":f" in xml:
        for attributes, inner in _CELL.findall(xml):
            formula = b"<f" in inner or b":f>" in inner or b":f " in inner
            failed = b't="e"' in attributes
            empty = formula and not re.search(rb"<(?:\w+:)?(?:v|is)>[^<]", inner)
            n_formulas += formula and not failed and not empty
            place = _PLACE.search(attributes)
            if place and (failed or empty):
                fault = (
                    "的公式结果是错误值，请改成数或文字" if failed else "是公式，表里没有算出的结果，请在 Excel 或 WPS 里打开、保存一次再传"
                )
                opened.faults[int(place[2]), _column(place[1])] = fault
    if n_formulas:
        opened.remarks.append(f"工作表“{opened.name}”有 {n_formulas} 格是公式，按算出的结果读")


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _letters(column: int) -> str:
    said = ""
    while column:
        column, rest = divmod(column - 1, 26)
        said = chr(65 + rest) + said
    return said
