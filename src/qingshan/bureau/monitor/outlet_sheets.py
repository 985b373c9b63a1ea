"""Rates of outlets as Excel (传输有效率表)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date

import xlsxwriter

from qingshan.bureau.monitor.queries.outlets import Counts, RateRow

HEAD = (
    "排放口",
    "排放口编号",
    "排污单位",
    "责任区域",
    "日期",
    "应传小时",
    "实传小时",
    "有效小时",
    "传输率（%）",
    "有效率（%）",
    "有效传输率（%）",
)


def rates(rows: Sequence[RateRow], first: date, last: date) -> bytes:
    """Two sheets: each outlet's month, and each of its days."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold = book.add_format({"bold": True, "bg_color": "#EBEFED", "border": 1, "text_wrap": True})
        rate = book.add_format({"num_format": "0.00"})
        whole, daily = book.add_worksheet("合计"), book.add_worksheet("逐日")
        for sheet in (whole, daily):
            for c, word in enumerate(HEAD):
                sheet.write_string(0, c, word, bold)
            sheet.freeze_panes(1, 1)
        at = 1
        for n, row in enumerate(rows, 1):
            _line(whole, n, row, f"{first.isoformat()} 至 {last.isoformat()}", row.total, rate)
            for day, counts in row.days:
                if counts is not None:
                    _line(daily, at, row, day.isoformat(), counts, rate)
                    at += 1
        for sheet in (whole, daily):
            sheet.autofit()
        note = "停运标记的小时不计入应传；人工标记优先于设备标记；有效传输率 = 传输率 × 有效率"
        whole.write_string(len(rows) + 2, 0, note)
    return out.getvalue()


def _line(sheet, n: int, row: RateRow, day: str, counts: Counts, rate) -> None:
    station, outlet = row.station, row.station.outlet
    for c, word in enumerate((station.name, outlet.number, outlet.firm, station.area.name, day)):
        sheet.write_string(n, c, word)
    for c, number in enumerate((counts.due, counts.came, counts.valid), 5):
        sheet.write_number(n, c, number)
    for c, percent in enumerate((counts.transmission, counts.validity, counts.effective), 8):
        if percent is not None:
            sheet.write_number(n, c, percent, rate)
