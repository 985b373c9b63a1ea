"""A list as an Excel sheet: writing it, and reading one that people worked in, whoever made it (清单 Excel)."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import xlsxwriter

from qingshan.bureau.base.models import Organisation
from qingshan.bureau.ledger.columns import KEY, Column
from qingshan.bureau.ledger.workbooks import Opened

BASIS = "改动依据"
OPTIONS = "选项"
TOTALS = re.compile(r"^(合计|小计|总计|共计|填表人|填报人|审核人|制表|联系人|注[:：]|备注[:：]|说明[:：])")

HEADING = re.compile(r"^[（(]?[一二三四五六七八九十]{1,3}[)）、.．]")


def write(columns: Sequence[Column], lines: Iterable[dict[str, str]], title: str, note: str, sheet_name: str) -> bytes:
    """A workbook of lines (cells by column title): hidden key column, frozen header, lists to choose from, A3 landscape."""
    lines = list(lines)
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    sheet, lists = book.add_worksheet(sheet_name), book.add_worksheet(OPTIONS)
    formats = {name: book.add_format({"font_name": "宋体", "font_size": 10, "valign": "vcenter", **more}) for name, more in {
        "title": {"bold": True, "font_size": 16}, "note": {"font_color": "#5d6a72"},
        "head": {"bold": True, "bg_color": "#ebefed", "border": 1, "text_wrap": True, "align": "center"},
        "cell": {"border": 1, "text_wrap": True}, "shut": {"border": 1, "text_wrap": True, "bg_color": "#f3f5f3", "font_color": "#44525b"},
        "date": {"border": 1, "num_format": "yyyy-mm-dd", "align": "center"}, "figure": {"border": 1, "num_format": "General"},
    }.items()}  # fmt: skip
    heads = [Column(KEY, 4), *columns, Column(BASIS, 24, "basis")]
    sheet.write_string(0, 1, title, formats["title"])
    sheet.write_string(1, 1, note, formats["note"])
    for at, column in enumerate(heads):
        sheet.set_column(at, at, column.width, None, {"hidden": True} if column.title == KEY else {})
        sheet.write_string(2, at, column.title, formats["head"])
    for row, line in enumerate(lines, 3):
        for at, column in enumerate(heads):
            _write_cell(sheet, row, at, column, line.get(column.title, ""), formats)
    _write_choices(sheet, lists, heads, 3, max(len(lines) + 200, 300))
    first = next((at for at, column in enumerate(heads) if column.must), 1)
    sheet.freeze_panes(3, first + 1)
    sheet.autofilter(2, 0, 2 + max(1, len(lines)), len(heads) - 1)
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.repeat_rows(2)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C第 &P 页，共 &N 页")
    book.close()
    return out.getvalue()


def _write_cell(sheet, row: int, at: int, column: Column, said: str, formats: dict) -> None:
    if column.kind == "date" and column.is_open and said:
        sheet.write_datetime(row, at, datetime.fromisoformat(said), formats["date"])
    elif column.kind == "figure" and column.is_open and said and "/" not in said:
        sheet.write_number(row, at, float(said), formats["figure"])
    elif column.is_open:
        sheet.write_string(row, at, said, formats["cell"])
    elif said.isascii() and said.isdecimal() and len(said) < 10:
        sheet.write_number(row, at, int(said), formats["shut"])
    else:
        sheet.write_string(row, at, said, formats["shut"])


def _write_choices(sheet, lists, heads: list[Column], first: int, last: int) -> None:
    """Lists on a second sheet, offered in the cells that take them; a help while writing, nothing that reading rests on."""
    names: list[str] = []
    units = [str(unit) for unit in Organisation.objects.exclude(kind=Organisation.Kind.FIRM)]
    for at, column in enumerate(heads):
        if column.kind == "date" and column.is_open:
            sheet.data_validation(first, at, last, at, {
                "validate": "date", "criteria": "between", "minimum": date(2000, 1, 1), "maximum": date(2100, 12, 31),
                "error_title": column.title, "error_message": "请写成 2026-06-30 这样的日期",
            })  # fmt: skip
            continue
        words = units if column.kind in ("units", "unit") else [label for _, label in column.choices]
        if not words or not column.is_open:
            continue
        letter = chr(ord("A") + len(names))
        lists.write_column(0, len(names), [column.title, *words])
        names.append(column.title)
        sheet.data_validation(first, at, last, at, {
            "validate": "list", "source": f"={OPTIONS}!${letter}$2:${letter}${len(words) + 1}", "error_type": "warning",
            "error_title": column.title, "error_message": "不在列表里；几个单位之间用顿号隔开",
        })  # fmt: skip
    lists.hide()


@dataclass
class SheetRow:
    """One row of a sheet that came in: its number in the sheet, its key, and the cells by field."""

    line: int
    token: str = ""
    pk: int | None = None
    cells: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    basis: str = ""


@dataclass
class Passed:
    """A line that is no row of the list, and why it was passed over."""

    line: int
    words: str
    why: str


@dataclass
class Reading:
    """What a sheet holds: rows, lines passed over, remarks on the whole."""

    rows: list[SheetRow] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def read(columns: Sequence[Column], opened: Opened) -> Reading | None:
    """The rows of a table under its header; None where it has none. Every line that is not blank is a row or is passed over."""
    found = header(columns, opened.rows)
    if found is None:
        return None
    at, depth, where = found
    reading = Reading(remarks=list(opened.remarks))
    named = {column.title: column for column in columns}
    topics = next((column for column in columns if column.name == "topic"), None)
    topic = ""
    unknown = [head for i, head in enumerate(_heads(opened.rows, at, depth)) if head and i not in where.values()]
    if unknown:
        reading.remarks.append(f"这些列台账里没有，没有读：{'、'.join(dict.fromkeys(unknown))}")
    faulty = {line for line, _ in opened.faults}
    last = max([len(opened.rows), *faulty])
    for line in range(at + depth + 1, last + 1):
        texts = [text(cell) for cell in opened.rows[line - 1]] if line <= len(opened.rows) else []
        if not any(texts) and line not in faulty:
            continue
        said = {title: texts[i] if i < len(texts) else "" for title, i in where.items()}
        why = _no_row(texts, said, columns, opened.wide(line))
        if why:
            if why.startswith("章节") and topics is not None and topics.title not in where:
                topic = next(filter(None, texts))[: topics.longest]
            reading.passed.append(Passed(line, " ".join(dict.fromkeys(filter(None, texts)))[:80], why))
            continue
        reading.rows.append(_row(line, said, named, opened, where, topic if topics is not None and topics.title not in where else ""))
    return reading


def header(columns: Sequence[Column], rows: list[list]) -> tuple[int, int, dict[str, int]] | None:
    """Where the header is (first row, rows it spans) and which column stands where; the place that explains most, among the first 30 rows.

    A header of two or three rows (merged cells) counts where its lower rows say more than its upper one does.
    """
    best: tuple[int, int, dict[str, int]] | None = None
    must = {column.title for column in columns if column.must}
    for at in range(min(30, len(rows))):
        for depth in (1, 2, 3):
            if at + depth > len(rows):
                break
            where = _where(columns, _parts(rows, at, depth))
            if len(where) < 2 or not (must & set(where)):
                continue
            if best is None or (len(where), -depth) > (len(best[2]), -best[1]):
                best = (at, depth, where)
    if best is None or _first(columns) not in best[2]:
        return None
    at, depth, where = best
    while at + depth < len(rows) and _repeats(rows[at + depth], rows[at + depth - 1]):
        depth += 1
    return at, depth, where


def _first(columns: Sequence[Column]) -> str:
    return next(column.title for column in columns if column.must)


def _repeats(row: list, above: list) -> bool:
    """Whether a row only continues the header above it, as merged cells do."""
    said, before = [_head(cell) for cell in row], [_head(cell) for cell in above]
    return any(said) and all(not word or (i < len(before) and word == before[i]) for i, word in enumerate(said))


def _parts(rows: list[list], at: int, depth: int) -> list[list[str]]:
    width = max(len(row) for row in rows[at : at + depth])
    return [
        list(dict.fromkeys(filter(None, (_head(row[i]) if i < len(row) else "" for row in rows[at : at + depth])))) for i in range(width)
    ]


def _heads(rows: list[list], at: int, depth: int) -> list[str]:
    return ["".join(part) for part in _parts(rows, at, depth)]


def _where(columns: Sequence[Column], heads: list[list[str]]) -> dict[str, int]:
    """Which column stands where: by its own title first, then by the names other tables give it; the lowest heading counts most."""
    wanted = [Column(KEY, 4), *columns, Column(BASIS, 24, "basis")]
    where: dict[str, int] = {}
    for names in (lambda c: (c.title,), lambda c: c.also):
        for column in wanted:
            _place(column, names(column), heads, where)
    for column in wanted:
        if column.beside and column.title in where and column.beside not in where:
            del where[column.title]
            for other in wanted:
                if other is not column:
                    _place(other, other.also, heads, where)
    return where


def _place(column: Column, names: Iterable[str], heads: list[list[str]], where: dict[str, int]) -> None:
    titles = {_head(name) for name in names}
    for i, parts in enumerate(heads):
        if column.title in where or i in where.values():
            continue
        if parts and ("".join(parts) in titles or parts[-1] in titles):
            where[column.title] = i


def _no_row(texts: list[str], said: dict[str, str], columns: Sequence[Column], wide: bool) -> str:
    """Why a line is no row: a heading between rows, a total, a note, the header again; empty where it is one."""
    first = next(filter(None, texts), "")
    if said.get(KEY) or not first:
        return ""
    if TOTALS.match(first):
        return "合计、签注行，不是任务"
    if sum(_head(word) == _head(title) for title, word in said.items()) >= 2:
        return "又一行表头"
    if len(set(filter(None, texts))) == 1 and (wide or not said.get(_first(columns)) or HEADING.match(first)):
        return "章节标题，作为下面各行的章节"
    return ""


def _row(line: int, said: dict[str, str], named: dict[str, Column], opened: Opened, where: dict[str, int], topic: str) -> SheetRow:
    row = SheetRow(line, basis=said.get(BASIS, ""))
    key = re.fullmatch(r"([0-9a-f]{8,16})-(\d{1,12})", said.get(KEY, ""))
    if key:
        row.token, row.pk = key[1], int(key[2])
    elif said.get(KEY):
        row.token = "?"  # noqa: S105 - a mark for a broken key, no password
    for title, word in said.items():
        column = named.get(title)
        if column is None or not column.name:
            continue
        row.cells[column.name] = day(word, opened.epoch) if column.kind == "date" else word
        fault = opened.faults.get((line, where[title]))
        if fault and column.is_open:
            row.errors.append(f"“{title}”{fault}")
    if topic:
        row.cells.setdefault("topic", topic)
    return row


def _head(cell) -> str:
    return re.sub(r"[\s*＊]|[（(].*?[)）]", "", unicodedata.normalize("NFC", str(cell if cell is not None else "")))


def day(said: str, epoch: date) -> str:
    """A serial number that lost the look of a date, as that date: 46356 is 2026-11-30; other words as they are."""
    if not re.fullmatch(r"\d{5}(?:\.\d+)?", said):
        return said
    found = epoch + timedelta(days=int(float(said)))
    return found.isoformat() if 2000 <= found.year < 2100 else said


def text(cell) -> str:
    """A cell as text: whole numbers without “.0”, dates as 2026-06-30, spaces trimmed."""
    if cell is None or cell == "":
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return f"{cell:.10g}"
    return " ".join(str(cell).replace("\x00", "").split())[:2000]
