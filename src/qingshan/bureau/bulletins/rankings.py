"""A scheme's table as an official document (成绩通报): rows, notes, rules and what it rests on, in the house style."""

from __future__ import annotations

from django.conf import settings

from qingshan.bureau.base import clock, packs
from qingshan.bureau.bulletins import word
from qingshan.bureau.bulletins.compose import MARK, moved
from qingshan.bureau.bulletins.document import Block, Document, Run
from qingshan.bureau.indicators import queries
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.ranking_pages import Shown, columns
from qingshan.bureau.indicators.schemes import Scheme
from qingshan.methods import scoring

STYLE = "gb_t_9704"
MOST_COLUMNS = 6
"""item columns that fit an A4 page upright; more go into lines of words"""


def document(scheme: Scheme, period: Period, shown: Shown, issuer: str) -> Document:
    """The published table, or the trial marked as one."""
    day = shown.published.published if shown.published else clock.now()
    said = f"{day.year}年{day.month}月{day.day}日"
    what = queries.subject(scheme)
    head = [Block("paragraph", (Run(f"现将{period.title}{scheme.title}结果公布如下。"),))]
    if shown.is_trial:
        head = [Block("paragraph", (Run("以下按现有数据试算，尚未发布，不作为考核依据。"),))]
    notes = [f"{scoring.TIES[scheme.ties]}；{scoring.MISSING[scheme.missing]}。"]
    notes += [f"{g['unit']}{g['title']}：{g['words']}。" for g in shown.table.goal if g["state"] != "green"]
    rules = [Block("heading", (Run("计分规则"),), 1), *(Block("paragraph", (Run(rule + "。"),)) for rule in scheme.rules)]
    return Document(
        issuer=issuer, number=shown.published.number if shown.published else "", title=(f"{period.title}", scheme.title),
        addressee="各有关单位：", blocks=(*head, _table(scheme, what, period, shown, tuple(notes)), *(rules if scheme.rules else ())),
        signature=issuer, day=said, printer=issuer, printed=said, provenance=_provenance(scheme, shown),
        mark=MARK if settings.DEMO_MARK.exists() else "",
    )  # fmt: skip


def _table(scheme: Scheme, what, period: Period, shown: Shown, notes: tuple[str, ...]) -> Block:
    items = [] if scheme.is_plain or len(scheme.item) > MOST_COLUMNS else columns(scheme)
    unit = f"\n（{what.unit}）" if what.unit else ""
    head = ["位次", scheme.units.title, what.short + unit]
    head += [c["title"] for c in items]
    tail = ["等次"] if scheme.grade else []
    rows = []
    for row in (*shown.table.rows, *shown.table.out):
        parts = {p["name"]: p for p in row.parts}
        cells = [str(row.rank or "—"), row.name, row.text if row.rank or scheme.is_plain else "—"]
        cells += [_points(parts.get(c["name"])) for c in items]
        cells += [row.grade or "—"] if scheme.grade else []
        cells.append(moved(row))
        rows.append(tuple(Run(c) for c in cells))
    out = [r for r in shown.table.out if r.reason]
    if out:
        notes = (*notes, *(f"{r.name}：{r.reason}。" for r in out))
    titles = (*head, *tail, "位次变化")
    widths = tuple(1.0 if t == "位次" else 2.2 if t == scheme.units.title else 1.4 for t in titles)
    title, apart = f"{period.title}{scheme.title}", len(shown.table.out)
    return Block("table", title=title, columns=titles, widths=widths, rows=tuple(rows), out=apart, notes=notes)


def _points(part: dict | None) -> str:
    return "不适用" if part is None else "缺项" if part["points"] is None else f"{part['points']:g}"


def _provenance(scheme: Scheme, shown: Shown) -> tuple[str, ...]:
    lines = []
    if shown.published:
        p = shown.published
        run = f"评价批次{p.run.number}，" if p.run else ""
        people = f"{p.by}提交，{p.confirmed_by}复核。" if p.confirmed_by else ""
        lines.append(f"第{p.version}版，{run}输入指纹{p.inputs.get('hash', '')[:16]}，结果指纹{p.result_hash[:16]}。{people}")
    if scheme.verify:
        lines.append("待核实：" + "；".join(scheme.verify) + "。")
    return tuple(lines)


def docx(scheme: Scheme, period: Period, shown: Shown, issuer: str) -> bytes:
    return word.write(document(scheme, period, shown, issuer), packs.get("house_styles", STYLE))
