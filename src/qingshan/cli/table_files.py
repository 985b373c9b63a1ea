"""Files people keep tables in (CSV, Excel) as rows or columns of text: the one reader of every command that evaluates a table."""

from __future__ import annotations

import csv
import errno
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from qingshan.lake.imports.tables import MAX_BYTES, Cell, ImportRefused, Table, read_table

SHOWN = 8
_LARGEST = 512 * 1024 * 1024
_WORKBOOKS = (b"PK", b"\xd0\xcf\x11\xe0")


class Refused(Exception):
    """The table is not evaluated; each line says what, where and what to do."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def reason(error: OSError) -> str:
    """Why a file cannot be read or written, in words."""
    words = {
        FileNotFoundError: "没有这个文件或文件夹", IsADirectoryError: "是文件夹，不是文件", PermissionError: "没有权限，或正被别的程序打开",
        NotADirectoryError: "路径中有一段不是文件夹",
    }  # fmt: skip
    return "磁盘已满" if error.errno == errno.ENOSPC else words.get(type(error), str(error.strerror))


def at_rows(rows: np.ndarray) -> str:
    """Lines of the file in words: ``第 2、3 行``."""
    shown = "、".join(str(r) for r in rows[:SHOWN])
    return f"第 {shown} 行" + (f"等 {rows.size} 行" if rows.size > SHOWN else "")


def _bytes(path: Path, largest: int) -> bytes:
    try:
        size = path.stat().st_size
        if size > largest:
            raise Refused(f"{path}：{size / 1e6:.0f} MB，超过 {largest // 2**20} MB；请按月或按站点拆开")
        return path.read_bytes()
    except OSError as error:
        raise Refused(f"{path}：读不了：{reason(error)}") from None


def _table(path: Path, data: bytes) -> Table:
    try:
        return read_table(path.name, data)
    except ImportRefused as error:
        raise Refused(str(error)) from None


def _words(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime) and (cell.hour, cell.minute, cell.second) == (0, 0, 0):
        return cell.date().isoformat()
    return str(cell).strip()


def rows_of(path: Path) -> list[tuple[int, list[str]]]:
    """The rows of a CSV or Excel file that are not blank, each with its number; Refused in words for what is no table.

    A row numbered 0, beginning with NUL, says which sheets were not read.
    """
    if path.exists() and not path.is_file():
        raise Refused(f"{path}：是文件夹或设备，不是文件")
    table = _table(path, _bytes(path, MAX_BYTES))
    rows = [(number, [_words(c) for c in row]) for number, row in enumerate(table.rows, 1)]
    if table.kind == "csv":
        for number, row in rows:
            if any("\n" in c and ("," in c or "\t" in c) for c in row):
                raise Refused(f"第 {number} 行：有引号没有成对，后面的行被并了进来；请检查含引号的单元格")
    if note := _unread(table):
        rows.insert(0, (0, [f"\0{note}"]))
    return [(n, r) for n, r in rows if any(r)]


def _unread(table: Table) -> str:
    others = [s for s in table.sheets if s != table.sheet]
    return f"只读了工作表“{table.sheet}”；还有：{'、'.join(others)}" if others else ""


def columns_of(path: Path) -> tuple[pa.Table, np.ndarray]:
    """A table with its header in the first row as columns of text, and the row of the file of each; large CSV files stay fast.

    Refused for what is no table, and with the rows that are not like the others.
    """
    data = _bytes(path, _LARGEST)
    return _workbook(_table(path, data)) if data.startswith(_WORKBOOKS) else _csv(_decoded(path, data))


def _workbook(table: Table) -> tuple[pa.Table, np.ndarray]:
    """A sheet as columns of text. A column in which some instant has an hour is one of instants: midnight keeps its 00:00."""
    if note := _unread(table):
        print(f"注意：{note}", file=sys.stderr)
    rows = [(number, row) for number, row in enumerate(table.rows, 1) if any(_words(c) for c in row)]
    headers = [" ".join(_words(c).split()) for c in rows[0][1]]
    if len(rows) == 1:
        raise Refused("只有表头，没有数据行")
    columns: dict[str, pa.Array] = {}
    for k, header in enumerate(headers):
        cells = [row[k] for _, row in rows[1:]]
        texts = [_words(c) for c in cells]
        if not header and not any(texts):
            continue
        instants = {i: _instant(c) for i, c in enumerate(cells) if isinstance(c, date)}
        if any((at.hour, at.minute, at.second) != (0, 0, 0) for at in instants.values()):
            texts = [instants[i].isoformat(" ") if i in instants else text for i, text in enumerate(texts)]
        name = header or f"第 {k + 1} 列（无表头）"
        if name in columns:
            raise Refused(f"“{name}”有两列；留一列")
        columns[name] = pa.array(texts, pa.string())
    return pa.table(columns), np.array([number for number, _ in rows[1:]], np.int64)


def _instant(cell: date) -> datetime:
    """A cell of an instant to the second; a reader gives midnight as a day."""
    if isinstance(cell, datetime):
        return (cell + timedelta(milliseconds=500)).replace(microsecond=0)
    return datetime(cell.year, cell.month, cell.day)


def _decoded(path: Path, data: bytes) -> str:
    """A text file: UTF-8 with or without BOM, UTF-16 with BOM, GBK (GB 18030)."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data or data.startswith(b"%PDF"):
        raise Refused(f"{path}：不是 CSV，也不是 Excel 表格；请另存为 CSV 或 xlsx")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused(f"{path}：既不是 UTF-8 也不是 GBK 编码；请在 Excel 中另存为“CSV UTF-8”")


def _csv(text: str) -> tuple[pa.Table, np.ndarray]:
    """The text of a CSV as columns of text, and the line of each row; Refused with the lines that are not like the others."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    numbers = np.array([i for i, line in enumerate(lines, 1) if line.strip(" \t,;")], dtype=np.int64)
    if numbers.size == 0:
        raise Refused("文件是空的")
    head = lines[numbers[0] - 1]
    delimiter = max(",\t;", key=head.count)
    wrong: list[str] = []

    def keep_note(row: pyarrow.csv.InvalidRow) -> str:
        if len(wrong) < SHOWN and row.number is not None:
            wrong.append(f"第 {numbers[row.number]} 行：有 {row.actual_columns} 列，表头有 {row.expected_columns} 列")
        return "skip"

    headers = [h.strip() for h in next(csv.reader([head], delimiter=delimiter))]
    body = "\n".join(lines[i - 1] for i in numbers[1:]).encode()
    if not body:
        raise Refused("只有表头，没有数据行")
    try:
        table = pyarrow.csv.read_csv(
            pa.py_buffer(body),
            read_options=pyarrow.csv.ReadOptions(use_threads=False, column_names=[str(i) for i in range(len(headers))], block_size=1 << 24),
            parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter, invalid_row_handler=keep_note),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={str(i): pa.string() for i in range(len(headers))}, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise Refused(f"CSV 格式有误：{error}") from None
    if wrong:
        raise Refused(*wrong)
    if table.num_rows != numbers.size - 1:
        raise Refused("有引号没有成对，行数对不上；请检查含引号的单元格")
    table = table.combine_chunks()
    empty = [i for i, h in enumerate(headers) if not h and not pc.any(pc.not_equal(pc.utf8_trim_whitespace(table.column(i)), "")).as_py()]
    kept = [i for i in range(len(headers)) if i not in empty]
    return table.select(kept).rename_columns([headers[i] or f"第 {i + 1} 列（无表头）" for i in kept]), numbers[1:]
