"""Rankings as Excel (导出 Excel)."""

from __future__ import annotations

import io

import xlsxwriter

from qingshan.bureau.base import clock
from qingshan.bureau.indicators.declared import Indicator, Scheme
from qingshan.bureau.indicators.periods import Period


def ranking(scheme: Scheme, indicator: Indicator, period: Period, shown) -> bytes:
    """One sheet with the table, one with how it was made."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    styles = _styles(book, indicator.decimals)
    sheet = book.add_worksheet("排名")
    unit = f"（{indicator.unit}）" if indicator.unit else ""
    change = "同比（%）" if indicator.change == "percent" else f"同比{unit}"
    head = ("位次", "镇街", indicator.short + unit, change, "位次变化", f"累计{unit}", "累计位次", "捕集率（%）", "有效天数", "说明")
    sheet.merge_range(
        0, 0, 0, len(head) - 1, f"{period.title}{scheme.title}" + ("（试算，未发布）" if shown.is_trial else ""), styles["title"]
    )
    for c, text in enumerate(head):
        sheet.write(1, c, text, styles["head"])
    for r, row in enumerate((*shown.table.rows, *shown.table.out), 2):
        figures = [_number(text) for text in (row.text, row.change, row.to_date, row.capture)]
        until = (figures[2], row.to_date_rank or "—")
        values = (row.rank or "—", row.name, *figures[:2], row.movement, *until, figures[3], row.valid, row.reason)
        kinds = ("whole", "text", "value", "change", "move", "value", "whole", "one", "whole", "text")
        for c, (value, kind) in enumerate(zip(values, kinds, strict=True)):
            sheet.write(r, c, "—" if value is None else value, styles[kind])
    for c, width in enumerate((7, 14, 14, 11, 10, 13, 10, 13, 10, 46)):
        sheet.set_column(c, c, width)
    sheet.set_row(0, 28)
    sheet.freeze_panes(2, 2)
    sheet.repeat_rows(0, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    _how(book, styles, scheme, indicator, shown)
    book.close()
    return out.getvalue()


def _how(book, styles, scheme, indicator, shown) -> None:
    sheet = book.add_worksheet("怎么算的")
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 90)
    run = shown.published.run if shown.published else None
    held = shown.held
    source = run or held.run
    lines = [("口径", f"{indicator.code} {indicator.title}"), ("定义", indicator.definition), ("依据", indicator.basis)]
    lines += [("规则", rule) for rule in scheme.rules]
    lines += [("标准版本", "、".join(source.editions)), ("评价批次", run.number if run else "试算，未登记")]
    lines += [("数据版本", f"{source.table_version}（序号 {source.sequence}）"), ("程序版本", source.code_version)]
    lines += [("输入指纹", source.input_hash), ("结果指纹", shown.table.result_hash), ("导出时间", f"{clock.now():%Y-%m-%d %H:%M}")]
    lines += [("待核实", mark) for mark in indicator.verify]
    if shown.table.note:
        lines.append(("同比说明", shown.table.note))
    for r, (key, text) in enumerate(lines):
        sheet.write(r, 0, key, styles["key"])
        sheet.write(r, 1, text, styles["text"])


def _styles(book, decimals: int) -> dict:
    form = "0" + ("." + "0" * decimals if decimals else "")
    base = {"border": 1, "valign": "vcenter"}
    return {
        "title": book.add_format({"bold": True, "font_size": 14, "align": "center", "valign": "vcenter"}),
        "head": book.add_format({**base, "bold": True, "bg_color": "#EBEFED", "align": "center", "text_wrap": True}),
        "text": book.add_format({**base, "text_wrap": True}),
        "key": book.add_format({**base, "bold": True}),
        "whole": book.add_format({**base, "num_format": "0", "align": "center"}),
        "value": book.add_format({**base, "num_format": form}),
        "one": book.add_format({**base, "num_format": "0.0"}),
        "change": book.add_format({**base, "num_format": "+0.0;−0.0;0.0"}),
        "move": book.add_format({**base, "num_format": "↑0;↓0;—", "align": "center"}),
    }


def _number(text: str):
    try:
        return float(text.replace("−", "-").replace("+", "").replace("\u2009", ""))
    except ValueError:
        return text
