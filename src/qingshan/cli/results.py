"""Results as files: the whole file or none, CSV or xlsx by its name, ``-`` is standard output."""

from __future__ import annotations

import csv
import io
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import xlsxwriter

from qingshan.cli.table_files import Refused, reason

_PLAIN_BOOK = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}


def save(path: Path, content: bytes) -> None:
    """The whole file or none: written beside its place, then moved there."""
    if str(path) == "-":
        sys.stdout.buffer.write(content)
        return
    try:
        handle, name = tempfile.mkstemp(dir=path.resolve().parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.chmod(name, 0o644)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Refused(f"{path}：写不了：{reason(error)}") from None


def csv_text(columns: Mapping[str, Iterable[object]]) -> bytes:
    """Columns as CSV text."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return out.getvalue().encode()


def _book(columns: Mapping[str, Iterable[object]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _PLAIN_BOOK) as book:
        sheet = book.add_worksheet("结果")
        bold = book.add_format({"bold": True, "text_wrap": True})
        for place, (name, cells) in enumerate(columns.items()):
            sheet.write_string(0, place, name, bold)
            for row, cell in enumerate(cells, 1):
                if isinstance(cell, int | float | np.integer | np.floating) and not isinstance(cell, bool) and np.isfinite(cell):
                    sheet.write_number(row, place, float(cell))
                else:
                    sheet.write_string(row, place, str(cell)[:32767])
        sheet.freeze_panes(1, 0)
    return out.getvalue()


def write(columns: Mapping[str, Iterable[object]], path: Path) -> None:
    """A table of columns: xlsx where the name says so, otherwise CSV with the mark by which Excel knows UTF-8."""
    if path.suffix.lower() == ".xlsx":
        save(path, _book(columns))
    elif path.suffix.lower() in (".xls", ".docx", ".pdf", ".et"):
        raise Refused(f"{path}：结果只写 CSV 或 xlsx；改文件名")
    else:
        save(path, (b"" if str(path) == "-" else b"\xef\xbb\xbf") + csv_text(columns))
