"""Cases as a sheet, out and in (事项 Excel): a template of one workflow, its rows with every fault, a list written out."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import xlsxwriter

from qingshan.bureau.base import packs
from qingshan.bureau.base.models import Area, Organisation, Person
from qingshan.bureau.cases import queries
from qingshan.bureau.cases.declared import Workflow
from qingshan.bureau.cases.models import Case
from qingshan.lake.imports import ImportRefused, read_table

TITLE, AREA, UNIT = "事项", "所在区域", "责任单位"
FIXED = ("来文编号", TITLE, "情况", "原文", "地点", AREA, UNIT, "办结期限", "经度", "纬度")
WIDTHS = (16, 36, 48, 30, 24, 14, 18, 12, 11, 11)
MAX_ROWS = 2000
LISTED = (
    "编号", "来文编号", "类别", "流程", TITLE, "情况", "地点", AREA, UNIT, "配合单位", "状态", "交办时间", "本环节期限", "办结期限",
    "办结时间", "第几轮", "并入",
)  # fmt: skip


class SheetRefused(ValueError):
    """A sheet that cannot be read as cases."""


@dataclass(frozen=True)
class Row:
    """One row that may be opened as a case."""

    number: int
    title: str
    area: Area
    responsible: Organisation
    summary: str = ""
    content: str = ""
    place: str = ""
    outside: str = ""
    lon: float | None = None
    lat: float | None = None
    term_at: datetime | None = None
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Fault:
    """What is wrong in one cell: row and column as people see them, and the sentence."""

    row: int
    column: str
    words: str


def title_of(of: Workflow) -> str:
    """What the column of what is to be done is called: as a case of this sort is, where no other column is called so."""
    return TITLE if of.noun in (*FIXED, *(ask.title for ask in of.field)) else of.noun


def head(of: Workflow) -> list[str]:
    return [*(title_of(of) if c == TITLE else c for c in FIXED), *(ask.title for ask in of.field)]


def template(of: Workflow) -> bytes:
    """An empty sheet of a workflow, with one row that says how each column is filled."""
    return _book(of.title, head(of), WIDTHS, [])


def write(cases: Iterable[Case], mains: dict[int, str], of: Workflow | None = None) -> bytes:
    """Cases as a list, of one workflow or of all; who reported is never written out."""
    names = {flow.name: (flow.noun, flow.title) for flow in packs.all("cases").values()}

    def cells(case: Case) -> list[Any]:
        moments = (case.opened_at, case.due_at, case.term_at, case.closed_at)
        helpers = "、".join(str(h) for h in case.helpers.all())
        noun, flow = names.get(case.workflow, (case.noun, case.declared.title))
        said = [case.number, case.outside, noun, flow, case.title, case.summary, case.place, case.area.name]
        said += [str(case.responsible), helpers, case.state_words, *(f"{at:%Y-%m-%d %H:%M}" if at else "" for at in moments)]
        return [*said, case.round, mains.get(case.main_id or 0, "")]

    columns = [title_of(of) if c == TITLE and of else c for c in LISTED]
    return _book(of.title if of else TITLE, columns, (14, 16, 14, 14, 36, 48, 24, 14, 16, 20, 12, 16, 16, 16, 16, 8, 14), map(cells, cases))


def _book(title: str, columns: list[str], widths: tuple[int, ...], rows: Iterable[list[Any]]) -> bytes:
    out = io.BytesIO()
    options = {"in_memory": True, "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(title[:31].translate(str.maketrans("", "", "[]:*?/\\")))
        bold = book.add_format({"bold": True, "bg_color": "#EBEFED", "border": 1})
        for c, word in enumerate(columns):
            sheet.set_column(c, c, widths[c] if c < len(widths) else 16)
            sheet.write_string(0, c, word, bold)
        sheet.freeze_panes(1, 2)
        for r, cells in enumerate(rows, 1):
            for c, value in enumerate(cells):
                if isinstance(value, int | float):
                    sheet.write_number(r, c, value)
                elif value:
                    sheet.write_string(r, c, str(value))
    return out.getvalue()


def read(of: Workflow, name: str, data: bytes, person: Person, today: date) -> tuple[list[Row], list[Fault]]:
    """Rows that may be opened, and every fault; a row with a fault is not among the first."""
    try:
        table = read_table(name[:60], data).rows
    except ImportRefused as no:
        raise SheetRefused(str(no)) from None
    called = title_of(of)
    at = next((i for i, row in enumerate(table[:10]) if {TITLE, called} & set(map(_plain, row))), None)
    if at is None:
        raise SheetRefused(f"前 10 行里没有“{called}”这一列；请先下载模板，按模板填写")
    columns = [TITLE if (said := _plain(c)) == called else said for c in table[at]]
    must = [c for c in (AREA, UNIT, *(a.title for a in of.field if a.required)) if c not in columns]
    if must:
        raise SheetRefused(f"缺列：{'、'.join(must)}")
    if len(table) - at - 1 > MAX_ROWS:
        raise SheetRefused(f"超过 {MAX_ROWS} 行，请分开上传")
    areas = {n: a for a in Area.objects.within(person).defer("geometry") for n in (a.name, a.code, *a.aliases)}
    units = {n: o for o in Organisation.objects.select_related("area") for n in (o.short, o.name) if n}
    there = set(Case.objects.filter(workflow=of.name).exclude(outside="").values_list("outside", flat=True))
    rows: list[Row] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for number, cells in enumerate(table[at + 1 :], at + 2):
        if not any(_plain(c) for c in cells):
            continue
        row, wrong = _row(of, number, dict(zip(columns, cells)), areas, units, today)
        if row and row.outside and row.outside in seen:
            wrong.append(Fault(number, "来文编号", f"与第 {seen[row.outside]} 行重复"))
        elif row and row.outside in there:
            wrong.append(Fault(number, "来文编号", f"{row.outside} 已在系统里，不重复交办"))
        elif row and row.outside:
            seen[row.outside] = number
        faults += wrong
        if row and not wrong:
            rows.append(row)
    if not rows and not faults:
        raise SheetRefused("表里没有事项")
    return rows, faults


def _row(of: Workflow, number: int, said: dict[str, Any], areas: dict, units: dict, today: date) -> tuple[Row | None, list[Fault]]:
    wrong: list[Fault] = []
    texts = {name: _plain(said.get(name)) for name in FIXED}
    if not texts[TITLE]:
        wrong.append(Fault(number, title_of(of), "没有填"))
    for column, known in ((AREA, areas), (UNIT, units)):
        if texts[column] not in known:
            words = f"没有“{texts[column][:20]}”；可填：{'、'.join(list(known)[:8])}" if texts[column] else "没有填"
            wrong.append(Fault(number, column, words))
    facts = {}
    for ask in of.field:
        try:
            facts[ask.name] = ask.read(_plain(said.get(ask.title)))
        except ValueError as no:
            wrong.append(Fault(number, ask.title, str(no)))
    term_at = _term(number, said.get("办结期限"), today, wrong)
    lon, lat = (_coordinate(number, c, said.get(c), wrong) for c in ("经度", "纬度"))
    if wrong:
        return None, wrong
    return Row(
        number, texts[TITLE], areas[texts[AREA]], units[texts[UNIT]], texts["情况"], texts["原文"], texts["地点"], texts["来文编号"][:60],
        lon, lat, term_at, {k: v for k, v in facts.items() if v},
    ), []  # fmt: skip


def _term(number: int, said: Any, today: date, wrong: list[Fault]) -> datetime | None:
    text = _plain(said)
    if not text:
        return None
    try:
        if isinstance(said, datetime | date):
            day = said.date() if isinstance(said, datetime) else said
        elif text.isdecimal() and len(text) == 5:  # a day number of Excel
            day = date(1899, 12, 30) + timedelta(days=int(text))
        else:
            day = date.fromisoformat(text[:10].replace("/", "-").replace(".", "-"))
    except ValueError:
        wrong.append(Fault(number, "办结期限", f"“{text[:20]}”不是日期，如 2026-12-31"))
        return None
    if day < today:
        wrong.append(Fault(number, "办结期限", f"{day} 已过"))
        return None
    return datetime.combine(day, time(23, 59, 59))


def _coordinate(number: int, column: str, said: Any, wrong: list[Fault]) -> float | None:
    low, high = (73, 136) if column == "经度" else (3, 54)
    text = _plain(said)
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        wrong.append(Fault(number, column, f"“{text[:20]}”不是数"))
        return None
    if not low <= value <= high:
        wrong.append(Fault(number, column, f"{text} 不在 {low}—{high} 之间，经纬度可能颠倒"))
    return value


def _plain(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return unicodedata.normalize("NFKC", str(value)).strip() if value is not None else ""


def secret_free(of: Workflow, facts: dict[str, str], person: Person) -> list[tuple[str, str]]:
    """The facts of a case as shown to a person; who reported only to those who may know."""
    open_book = queries.sees_secrets(person)
    return [(ask.title, ask.words(facts[ask.name]) if open_book or not ask.secret else "保密") for ask in of.field if facts.get(ask.name)]
