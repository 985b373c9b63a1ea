"""The annex tables of a bulletin as Excel (附表)."""

from __future__ import annotations

import io

import xlsxwriter

from qingshan.bureau.bulletins.document import Document


def write(document: Document) -> bytes:
    """One sheet a table: title, table with frozen header, notes and provenance. Figures stay numbers."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    title = book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
    head = book.add_format({"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True, "bg_color": "#EBEFED"})
    cell = book.add_format({"border": 1, "align": "center", "valign": "vcenter"})
    note = book.add_format({"text_wrap": True, "valign": "top", "font_color": "#5D6A72"})
    for i, table in enumerate(b for b in (*document.blocks, *document.annexes) if b.kind == "table"):
        sheet = book.add_worksheet(f"附表{i + 1}")
        last = len(table.columns) - 1
        sheet.merge_range(0, 0, 0, last, table.title, title)
        sheet.set_row(0, 30)
        sheet.set_row(1, 32)
        for c, text in enumerate(table.columns):
            sheet.write(1, c, text, head)
            sheet.set_column(c, c, 5 + 6 * (table.widths[c] if table.widths else 1.5))
        for r, row in enumerate(table.rows, 2):
            for c, run in enumerate(row):
                number = _number(run.text)
                sheet.write_string(r, c, run.text, cell) if number is None else sheet.write_number(r, c, number, _format(book, run.text))
        r = len(table.rows) + 3
        for line in (*table.notes, *document.provenance, *((document.mark,) if document.mark else ())):
            sheet.merge_range(r, 0, r, last, line, note)
            sheet.set_row(r, 15 * (1 + len(line) // 52))
            r += 1
        sheet.freeze_panes(2, 0)
        sheet.repeat_rows(0, 1)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
    book.close()
    return out.getvalue()


def _number(text: str) -> float | None:
    try:
        return float(text.replace("−", "-").replace("+", "").replace("\u2009", ""))
    except ValueError:
        return None


def _format(book, text: str):
    decimals = len(text.partition(".")[2])
    form = "0" + ("." + "0" * decimals if decimals else "")
    shown = f"+{form};−{form};{form}" if text.startswith(("+", "−")) else form
    return book.add_format({"border": 1, "align": "center", "valign": "vcenter", "num_format": shown})
