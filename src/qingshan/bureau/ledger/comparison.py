"""A comparison of two plans as an Excel sheet (计划对照表): every line with both sentences and where they stand."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import xlsxwriter

from qingshan.plans.compare import WORDS, Comparison, Row
from qingshan.plans.promises import Promise

KINDS = {"target": "目标", "task": "任务"}
COLUMNS = (
    ("类别", 7), ("变化", 10), ("怎么变", 30), ("原来的说法", 46), ("原来的要求", 18), ("原文位置", 20), ("现在的说法", 46),
    ("现在的要求", 18), ("现文位置", 20), ("相近程度", 9),
)  # fmt: skip
COLOURS = {"raised": "#e3f0e8", "lowered": "#fbe9d9", "dropped": "#f3f5f3", "new": "#e4eef3", "unclear": "#fdf3d6", "changed": "#fdf3d6"}
_BOOK = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


@dataclass(frozen=True)
class Side:
    """One of the two plans: its title, and how a place of it is said."""

    title: str
    place: Callable[[Promise], str]


def write(found: Comparison, before: Side, after: Side) -> bytes:
    """The workbook: a sheet of all lines under a line of sums."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _BOOK) as book:
        sheet = book.add_worksheet("计划对照")
        look = {"font_name": "宋体", "font_size": 10, "valign": "vcenter", "text_wrap": True, "border": 1}
        head = book.add_format({**look, "bold": True, "bg_color": "#ebefed", "align": "center"})
        cells = {key: book.add_format(look | ({"bg_color": COLOURS[key]} if key in COLOURS else {})) for key in WORDS}
        title = book.add_format({"bold": True, "font_size": 14, "font_name": "宋体"})
        sheet.write_string(0, 0, f"《{before.title}》→《{after.title}》", title)
        sheet.write_string(1, 0, "，".join(f"{WORDS[key]} {n}" for key, n in found.counts.items() if n) or "两份文件都没有识读出条目")
        for column, (title, width) in enumerate(COLUMNS):
            sheet.set_column(column, column, width)
            sheet.write_string(2, column, title, head)
        for at, row in enumerate(found.rows, 3):
            for column, words in enumerate(said(row, before, after)):
                sheet.write_string(at, column, words, cells[row.change])
        sheet.freeze_panes(3, 2)
        sheet.autofilter(2, 0, 2 + max(1, len(found.rows)), len(COLUMNS) - 1)
        sheet.set_landscape()
        sheet.set_paper(8)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(2)
        sheet.set_footer("&C第 &P 页，共 &N 页")
    return out.getvalue()


def said(row: Row, before: Side, after: Side) -> tuple[str, ...]:
    """The cells of one line, as text."""
    a, b = row.before, row.after
    rivals = "；".join(f"{_one_line(p.text)}（{before.place(p)}）" for p in row.rivals)
    return (
        KINDS[row.kind], WORDS[row.change], row.words,
        _one_line(a.text) if a else rivals, a.figure if a else "", before.place(a) if a else "",
        _one_line(b.text) if b else "", b.figure if b else "", after.place(b) if b else "",
        f"{row.likeness:.0%}" if a and b else "",
    )  # fmt: skip


def _one_line(text: str) -> str:
    return " ".join(text.split())
