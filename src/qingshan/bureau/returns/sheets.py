"""A period as an Excel sheet (报送汇总表)."""

from __future__ import annotations

import io
from datetime import datetime

import xlsxwriter

from qingshan.bureau.returns.models import Period, PeriodStep
from qingshan.bureau.returns.queries.summary import Shown

COLUMNS = (
    ("序号", 6), ("任务", 44), ("单位", 16), ("要求", 12), ("累计完成", 12), ("更正为", 12), ("计量", 8), ("状态", 10), ("进展", 48),
    ("时间灯", 12), ("数据灯", 12), ("反馈灯", 14), ("合灯", 12), ("报送时间", 16), ("逾期", 6), ("更正说明", 30),
)  # fmt: skip


def write(period: Period, shown: list[Shown], now: datetime, who: str) -> bytes:
    """The workbook; text is never taken for a formula or an address."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("汇总")
        font = {"font_name": "宋体", "font_size": 10, "valign": "vcenter"}
        head = book.add_format({**font, "bold": True, "bg_color": "#ebefed", "border": 1, "align": "center", "text_wrap": True})
        cell, figure = book.add_format({**font, "border": 1, "text_wrap": True}), book.add_format({**font, "border": 1})
        sheet.write_string(0, 0, str(period), book.add_format({**font, "bold": True, "font_size": 16}))
        sheet.write_string(1, 0, _note(period, now, who), book.add_format({**font, "font_color": "#5d6a72"}))
        for column, (title, width) in enumerate(COLUMNS):
            sheet.set_column(column, column, width)
            sheet.write_string(2, column, title, head)
        for at, row in enumerate(shown, 3):
            for column, value in enumerate(_cells(row)):
                if isinstance(value, float):
                    sheet.write_number(at, column, value, figure)
                else:
                    sheet.write_string(at, column, value, cell)
        sheet.freeze_panes(3, 2)
        sheet.set_landscape()
        sheet.set_paper(8)
        sheet.repeat_rows(2)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&C第 &P 页，共 &N 页")
    return out.getvalue()


def _note(period: Period, now: datetime, who: str) -> str:
    if not period.is_frozen:
        return f"未定格，数还会变；{now:%Y-%m-%d %H:%M} 由{who}导出"
    step = PeriodStep.objects.get(period=period, act=PeriodStep.Act.FREEZE, edition=period.edition)
    return f"{period.frozen_at:%Y-%m-%d %H:%M} 第 {period.edition} 次定格，指纹 {step.sha256[:16]}；{now:%Y-%m-%d %H:%M} 由{who}导出"


def _cells(row: Shown) -> list[str | float]:
    task, corrections = row.line.task, row.corrections
    three = {source: words for source, _, words, _ in row.three}
    later = next((c.value for c in reversed(corrections) if c.value is not None), None)
    return [
        str(task.number), row.figure.task_title if row.figure else task.title,
        row.figure.unit_name if row.figure else str(row.line.organisation), task.goal, "" if row.value is None else float(row.value),
        "" if later is None else float(later), task.unit, row.how_words, row.words,
        three.get("时间", ""), three.get("数据", ""), three.get("反馈", ""), row.joined[1],
        f"{row.sent_at:%Y-%m-%d %H:%M}" if row.sent_at else "", "逾期" if row.is_late else "",
        "；".join(f"{c.at:%m-%d} {c.by}：{c.reason}" for c in corrections),
    ]  # fmt: skip
