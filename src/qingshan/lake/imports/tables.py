"""Files as rows of cells: CSV and text in any encoding met in China, xlsx and xls; what is hostile is refused in words."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

import python_calamine as calamine

MAX_BYTES = 60 * 2**20
MAX_UNPACKED = 400 * 2**20
MAX_ROWS = 500_000
MAX_COLUMNS = 500
MAX_CELLS = 12_000_000
_TOO_LONG = f"“{{}}”超过 {MAX_ROWS} 行；请按月或按站点拆开再导入"
Cell = str | float | int | bool | date | datetime | time | timedelta | None

_NOT_TABLES = {
    b"%PDF": "PDF", b"\x89PNG": "PNG 图片", b"\xff\xd8\xff": "JPEG 图片", b"GIF8": "GIF 图片", b"Rar!": "RAR 压缩包",
    b"7z\xbc\xaf": "7z 压缩包", b"\x1f\x8b": "gzip 压缩包", b"{\\rtf": "RTF 文档", b"MZ": "程序", b"\x7fELF": "程序",
    b"SQLite format 3": "SQLite 数据库", b"PAR1": "Parquet 文件",
}  # fmt: skip
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_CELL = re.compile(rb'<(?:\w+:)?c [^>]*?r="([A-Z]{1,3})(\d{1,7})"')
_ROW = re.compile(rb'<(?:\w+:)?row [^>]*?r="(\d{1,7})"')


class ImportRefused(ValueError):
    """A file that cannot be imported; the message says why and what to do."""


@dataclass(frozen=True)
class Table:
    """One sheet of a file as rows of cells. Rows are numbered from 1, as people see them."""

    name: str
    kind: str
    """csv, xlsx or xls"""
    sheets: tuple[str, ...]
    sheet: str
    rows: list[list[Cell]]
    encoding: str = ""


def read_table(name: str, data: bytes, sheet: str | None = None, encoding: str | None = None) -> Table:
    """The rows of a CSV, text, xlsx or xls file, judged by its content, not by its name.

    Parameters
    ----------
    name : file name, for messages
    data : the whole file
    sheet : sheet to read; None for the first that has rows
    encoding : of a text file; None to find out (BOM, UTF-8, GB 18030)

    Raises
    ------
    ImportRefused : empty, too large, not a table, damaged, encrypted, or a zip bomb
    """
    if not data.strip():
        raise ImportRefused(f"“{name}”是空文件，请重新导出")
    if len(data) > MAX_BYTES:
        raise ImportRefused(f"“{name}”有 {len(data) / 2**20:.0f} MB，超过 {MAX_BYTES // 2**20} MB；请按月或按站点拆开再导入")
    for head, what in _NOT_TABLES.items():
        if data.startswith(head):
            raise ImportRefused(f"“{name}”是{what}，不是表格；请导入 CSV 或 Excel 文件")
    if data.startswith(b"PK"):
        _check_zip(name, data)
        return _sheet_of(name, data, "xlsx", sheet)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return _sheet_of(name, data, "xls", sheet)
    return _text_of(name, data, encoding)


def _check_zip(name: str, data: bytes) -> None:
    """Unpack once, counting, before any reader trusts the file."""
    unpacked, last_row, last_column = 0, 0, 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if not any(e.filename.startswith("xl/") for e in entries):
                raise ImportRefused(f"“{name}”是压缩包或其他文档，不是 Excel 表格；请解压，或另存为 xlsx、CSV")
            if len(entries) > 5000:
                raise ImportRefused(f"“{name}”内含 {len(entries)} 个部件，不像正常的 Excel 表格，未读取")
            if sum(e.file_size for e in entries) > MAX_UNPACKED:
                raise ImportRefused(f"“{name}”解开后超过 {MAX_UNPACKED // 2**20} MB（疑似压缩炸弹），未读取；请拆开再导入")
            for entry in entries:
                tail = b""
                with archive.open(entry) as part:
                    while chunk := part.read(2**20):
                        unpacked += len(chunk)
                        if unpacked > MAX_UNPACKED:
                            raise ImportRefused(f"“{name}”解开后超过 {MAX_UNPACKED // 2**20} MB（疑似压缩炸弹），未读取")
                        if entry.filename.startswith("xl/worksheets/"):
                            text = tail + chunk
                            last_row = max(last_row, *(int(m) for m in _ROW.findall(text)), 0)
                            for letters, row in set(_CELL.findall(text)):
                                last_row = max(last_row, int(row))
                                last_column = max(last_column, _column_number(letters))
                            tail = text[-200:]
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        if isinstance(error, ImportRefused):
            raise
        raise ImportRefused(f"“{name}”的压缩结构已损坏或已加密（{error}）；请用 Excel 打开后另存，再导入") from error
    if last_row > MAX_ROWS or last_row * max(last_column, 1) > MAX_CELLS:
        raise ImportRefused(
            f"“{name}”的表格范围到第 {last_row} 行、第 {last_column} 列，过大；请删去表格外的零散单元格，或拆开再导入"
        )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _sheet_of(name: str, data: bytes, kind: str, sheet: str | None) -> Table:
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = tuple(book.sheet_names)
        if sheet is not None and sheet not in sheets:
            raise ImportRefused(f"“{name}”没有工作表“{sheet}”；已有：{'、'.join(sheets)}")
        for wanted in [sheet] if sheet is not None else sheets:
            found = book.get_sheet_by_name(wanted)
            rows = [[_tidy(c) for c in row] for row in found.to_python(skip_empty_area=False)]
            if rows and any(c is not None for row in rows for c in row):
                _spread_merged(rows, found.merged_cell_ranges or ())
                return Table(name, kind, sheets, wanted, _cut(name, rows))
    except calamine.PasswordError as error:
        raise ImportRefused(f"“{name}”设了密码；请去掉密码后再导入") from error
    except (calamine.CalamineError, ValueError, OSError, IndexError) as error:
        if isinstance(error, ImportRefused):
            raise
        raise ImportRefused(f"“{name}”不是能读的 Excel 文件（{error}）；请用 Excel 打开后另存为 xlsx，再导入") from error
    raise ImportRefused(f"“{name}”里没有数据，请检查工作表")


def _tidy(cell: Any) -> Cell:
    if isinstance(cell, str):
        return cell.strip() or None
    return cell


def _spread_merged(rows: list[list[Cell]], ranges: Any) -> None:
    """Give every cell of a merged text its text; a merged number stays where it is written."""
    for (top, left), (bottom, right) in ranges:
        value = rows[top][left] if top < len(rows) and left < len(rows[top]) else None
        if not isinstance(value, (str, date)) or isinstance(value, bool):
            continue
        for r in range(top, min(bottom + 1, len(rows))):
            for c in range(left, min(right + 1, len(rows[r]))):
                rows[r][c] = value


def _text_of(name: str, data: bytes, encoding: str | None) -> Table:
    found = encoding or next((e for bom, e in _BOMS if data.startswith(bom)), None)
    if found is None and b"\0" in data:
        raise ImportRefused(f"“{name}”是二进制文件，不是表格；请导入 CSV 或 Excel 文件")
    text = ""
    for candidate in (found,) if found else ("utf-8", "gb18030"):
        try:
            text = data.decode(candidate)
            found = candidate
            break
        except (UnicodeDecodeError, LookupError) as error:
            if encoding or found:
                raise ImportRefused(f"“{name}”不是 {candidate} 编码（{error}）；请选对编码，或另存为 UTF-8") from error
    if found is None:
        raise ImportRefused(f"“{name}”既不是 UTF-8 也不是 GBK 编码；请另存为 UTF-8 的 CSV 再导入")
    head = text[:20_000]
    if sum(ch < " " and ch not in "\t\r\n\x1a\f" for ch in head) > len(head) // 100:
        raise ImportRefused(f"“{name}”含大量控制字符，不是文本表格；请导入 CSV 或 Excel 文件")
    if re.match(r"\s*<(!doctype|html|\?xml|table)", head, re.IGNORECASE):
        raise ImportRefused(f"“{name}”是网页或 XML，不是表格；请用 Excel 打开后另存为 xlsx，再导入")
    first = head.splitlines()[:50]
    mark = max(",\t;|，", key=lambda m: sum(min(line.count(m), 50) for line in first))
    if mark == "，":
        text = text.replace("，", ",")
        mark = ","
    try:
        lines = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=mark)
        rows = [[_tidy(c) for c in row] for row in islice(lines, MAX_ROWS)]
        if next(lines, None) is not None:
            raise ImportRefused(_TOO_LONG.format(name))
    except csv.Error as error:
        raise ImportRefused(f"“{name}”不是规整的 CSV（{error}）；请用 Excel 打开后另存，再导入") from error
    while rows and not any(c is not None for c in rows[-1]):
        rows.pop()
    return Table(name, "csv", ("",), "", _cut(name, rows), found)


def _cut(name: str, rows: list[list[Cell]]) -> list[list[Cell]]:
    while rows and not any(c is not None for c in rows[-1]):
        rows.pop()
    if len(rows) > MAX_ROWS:
        raise ImportRefused(_TOO_LONG.format(name))
    width = max((len(row) for row in rows), default=0)
    if width > MAX_COLUMNS:
        raise ImportRefused(f"“{name}”有 {width} 列，超过 {MAX_COLUMNS} 列，不像观测数据表")
    for row in rows:
        row.extend([None] * (width - len(row)))
    return rows
