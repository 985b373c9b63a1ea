"""The rows of a table file as text, and the days and numbers people write into cells (单元格)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from pathlib import Path

import numpy as np

from qingshan.cli.air_table import Refused, reason
from qingshan.lake.imports.tables import MAX_BYTES, Cell, ImportRefused, read_table


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
    """The rows of a CSV or Excel file that are not blank, each with its number; Refused in words for what is no table."""
    try:
        if path.is_file() and path.stat().st_size > MAX_BYTES:
            raise Refused(f"{path}：超过 {MAX_BYTES // 2**20} MB；请拆开")
        if path.exists() and not path.is_file():
            raise Refused(f"{path}：是文件夹或设备，不是文件")
        data = path.read_bytes()
    except OSError as error:
        raise Refused(f"{path}：读不了：{reason(error)}") from None
    try:
        table = read_table(path.name, data)
    except ImportRefused as error:
        raise Refused(str(error)) from None
    rows = [(number, [_words(c) for c in row]) for number, row in enumerate(table.rows, 1)]
    if table.kind == "csv":
        for number, row in rows:
            if any("\n" in c and ("," in c or "\t" in c) for c in row):
                raise Refused(f"第 {number} 行：有引号没有成对，后面的行被并了进来；请检查含引号的单元格")
    if len(table.sheets) > 1:
        rows_note = [s for s in table.sheets if s != table.sheet]
        rows.insert(0, (0, [f"\0只读了工作表“{table.sheet}”；还有：{'、'.join(rows_note)}"]))
    return [(n, r) for n, r in rows if any(r)]


_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?(?:[ T]*\d{1,2}[:时点].*)?")
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})?")
_EXCEL = np.datetime64("1899-12-30", "D")


def read_day(text: str) -> np.datetime64 | None:
    """A day as written: 2026-03-01, 2026年3月, 20260301, or the serial number of Excel; None for what is none."""
    text = unicodedata.normalize("NFKC", text).strip()
    if text.isdigit() and len(text) == 5:
        return _EXCEL + np.timedelta64(int(text), "D")
    found = _DAY.fullmatch(text) or _COMPACT.fullmatch(text)
    if found is None or not 1950 <= int(found[1]) <= 2200:
        return None
    try:
        return np.datetime64(date(int(found[1]), int(found[2]), int(found[3] or 1)), "D")
    except ValueError:
        return None


def number_text(cell: str) -> str:
    """A cell with its power of ten as computers write it: ``1.2×10⁻³`` is ``1.2e-3``."""
    plain = unicodedata.normalize("NFKC", cell).replace("−", "-").strip()
    return re.sub(r"\s*[×xX*]\s*10\s*\^?\s*\(?([-+]?\d+)\)?", r"e\1", plain)
