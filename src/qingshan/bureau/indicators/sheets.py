"""Rankings as Excel (导出 Excel)."""

from __future__ import annotations

import io

import xlsxwriter

from qingshan.bureau.base import clock
from qingshan.bureau.indicators import explanations, losses
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.schemes import Scheme
from qingshan.bureau.indicators.standings import stand
from qingshan.bureau.indicators.subjects import Subject, described

TAIL = ("捕集率（%）", "有效天数", "说明")


def ranking(scheme: Scheme, indicator: Subject, period: Period, shown, codes: set[str] | None = None) -> bytes:
    """One sheet with the table, one with how it was made; a scored scheme has its items' points and the words of each loss."""
    if not scheme.is_plain:
        return _scored(scheme, indicator, period, shown, codes)
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    styles = _styles(book, indicator.decimals)
    sheet = book.add_worksheet("排名")
    unit = f"（{indicator.unit}）" if indicator.unit else ""
    change = "同比（%）" if indicator.change == "percent" else f"同比{unit}"
    head = ("位次", scheme.units.title, indicator.short + unit, change, "位次变化", f"累计{unit}", "累计位次", *TAIL)
    sheet.merge_range(
        0, 0, 0, len(head) - 1, f"{period.title}{scheme.title}" + ("（试算，未发布）" if shown.is_trial else ""), styles["title"]
    )
    for c, text in enumerate(head):
        sheet.write(1, c, text, styles["head"])
    for r, row in enumerate((*shown.table.rows, *shown.table.out), 2):
        figures = [_number(text) for text in (row.text, row.change, row.to_date, row.capture)]
        until = (figures[2], row.to_date_rank or "—")
        values = (row.rank or "—", row.name, *figures[:2], row.movement, *until, figures[3], row.valid, row.reason or _money(row))
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


def _scored(scheme: Scheme, what: Subject, period: Period, shown, codes: set[str] | None = None) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    styles = _styles(book, scheme.decimals)
    sheet = book.add_worksheet("成绩")
    names = [i.name for i in scheme.item]
    titles = [described(i)[0] for i in scheme.item]
    head = ["位次", scheme.units.title, "分组", "等次", what.short, *titles, "加减分", "较上期", "位次变化", "金额", "说明"]
    title = f"{period.title}{scheme.title}" + ("（试算，未发布）" if shown.is_trial else "")
    if shown.published and shown.published.number:
        title += f"（{shown.published.number}）"
    sheet.merge_range(0, 0, 0, len(head) - 1, title, styles["title"])
    for c, text in enumerate(head):
        sheet.write(1, c, text, styles["head"])
    for r, row in enumerate((*shown.table.rows, *shown.table.out), 2):
        parts = {p["name"]: p for p in row.parts}
        points = [parts[n]["points"] if n in parts else "不适用" for n in names]
        cells = [row.rank or "—", row.name, row.group, row.grade, row.value if row.rank else "—",
                 *("缺项" if p is None else p for p in points), row.extra, _number(row.change), row.movement, _money(row),
                 row.reason or row.vetoed]  # fmt: skip
        kinds = ["whole", "text", "text", "text", "value", *("value" for _ in names), "value", "change", "move", "text", "text"]
        for c, (value, kind) in enumerate(zip(cells, kinds, strict=True)):
            sheet.write(r, c, "—" if value is None else value, styles[kind])
    sheet.set_column(0, 0, 7)
    sheet.set_column(1, 1, 16)
    sheet.set_column(2, len(head) - 2, 11)
    sheet.set_column(len(head) - 1, len(head) - 1, 46)
    sheet.freeze_panes(2, 2)
    sheet.repeat_rows(0, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    _losses(book, styles, scheme, shown, codes)
    _how(book, styles, scheme, what, shown)
    book.close()
    return out.getvalue()


LOSSES = (("单位", 16), ("项", 18), ("得分", 9), ("满分", 9), ("失分", 9), ("说明", 70), ("与前一名", 28), ("还差多少", 40))


def _losses(book, styles, scheme: Scheme, shown, codes: set[str] | None) -> None:
    """Every item of every unit with its words (失分说明); of the units named by `codes` only, where it is given."""
    detail = shown.published.detail.get("units", {}) if shown.published else {}
    if not detail and shown.given is not None:
        now = stand(shown.given, scheme, Period.parse(shown.table.period))
        detail = {u.code: explanations.unit(now, k) for k, u in enumerate(now.units)}
    sheet = book.add_worksheet("失分说明")
    for c, (text, width) in enumerate(LOSSES):
        sheet.write(0, c, text, styles["head"])
        sheet.set_column(c, c, width)
    r = 1
    for said in (d for code, d in detail.items() if codes is None or code in codes):
        for item in said["items"]:
            cells = (said["name"], item["title"], item.get("points"), item.get("marks"), item.get("lost"), item.get("words", ""),
                     item.get("against", ""), item.get("gain", ""))  # fmt: skip
            for c, value in enumerate(cells):
                sheet.write(r, c, "—" if value is None else value, styles["value" if c in (2, 3, 4) else "text"])
            r += 1
    sheet.freeze_panes(1, 1)


def _how(book, styles, scheme, indicator, shown) -> None:
    sheet = book.add_worksheet("怎么算的")
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 90)
    run = shown.published.run if shown.published else None
    source = run or (shown.held.run if shown.held else None)
    lines = [("口径", f"{indicator.code} {indicator.title}".strip()), ("定义", indicator.definition), ("依据", indicator.basis)]
    lines += [("规则", rule) for rule in scheme.rules]
    lines += [(described(i)[0], f"{i.weight:g} 分，{losses.rule_words(i)}") for i in scheme.item if not scheme.is_plain]
    if source is not None:
        lines += [("标准版本", "、".join(source.editions)), ("评价批次", run.number if run else "试算，未登记")]
        lines += [("数据版本", f"{source.table_version}（序号 {source.sequence}）"), ("程序版本", source.code_version)]
        lines += [("输入指纹", source.input_hash)]
    lines += [("结果指纹", shown.table.result_hash), ("导出时间", f"{clock.now():%Y-%m-%d %H:%M}")]
    lines += [("位次目标", f"{g['unit']}：{g['title']}，{g['words']}") for g in shown.table.goal]
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


def _money(row) -> str:
    return "；".join(f"{m['title']} {m['amount']:g} {m['unit']}" for m in row.money)


def _number(text: str):
    try:
        return float(text.replace("−", "-").replace("+", "").replace("\u2009", ""))
    except ValueError:
        return text
