"""A register as a sheet, out and in again (登记册 Excel)."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from qingshan.bureau.base import clock
from qingshan.bureau.base.models import Area, Person
from qingshan.bureau.registers import gates
from qingshan.bureau.registers.declared import Field, Register
from qingshan.bureau.registers.models import Entry
from qingshan.bureau.registers.values import Wrong, shown, stored
from qingshan.lake.imports import ImportRefused, read_table

AREA, STATE, LON, LAT = "所在区域", "状态", "经度", "纬度"
MAX_ROWS = 50_000


class SheetRefused(ValueError):
    """A sheet that cannot be read as entries."""


@dataclass(frozen=True)
class Row:
    """One row that may be entered."""

    number: int
    key: str
    values: dict[str, Any]
    area: Area
    state: str
    lon: float | None
    lat: float | None


@dataclass(frozen=True)
class Fault:
    """What is wrong in one cell: row and column as people see them, and the sentence."""

    row: int
    column: str
    words: str


def head(of: Register) -> list[str]:
    """The columns of a register's sheet."""
    states, places = [STATE] if of.state else [], [LON, LAT] if of.shape == "point" else []
    return [f.label for f in of.field] + [AREA, *states, *places]


def write(of: Register, entries: Iterable[Entry]) -> bytes:
    """Entries as xlsx, with the words that :func:`read` takes back; without entries, a template."""
    out = io.BytesIO()
    options = {"in_memory": True, "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(of.title[:31].translate(str.maketrans("", "", "[]:*?/\\")))
        bold = book.add_format({"bold": True, "bg_color": "#EBEFED", "border": 1})
        columns = head(of)
        for c, word in enumerate(columns):
            sheet.set_column(c, c, max(10, min(40, 2 * len(word) + 2)))
            sheet.write_string(0, c, word, bold)
        sheet.freeze_panes(1, 1)
        for r, entry in enumerate(entries, 1):
            for c, value in enumerate(_cells(of, entry)):
                if isinstance(value, int | float) and not isinstance(value, bool):
                    sheet.write_number(r, c, value)
                elif value not in (None, ""):
                    sheet.write_string(r, c, str(value))
    return out.getvalue()


def _cells(of: Register, entry: Entry) -> list[Any]:
    cells: list[Any] = []
    for field in of.field:
        value = entry.values.get(field.name)
        cells.append(value if field.is_number or value is None else shown(field, value))
    cells.append(entry.area.name)
    if of.state:
        cells.append(of.state.get(entry.state, entry.state))
    return [*cells, entry.lon, entry.lat] if of.shape == "point" else cells


def read(of: Register, name: str, data: bytes, person: Person) -> tuple[list[Row], list[Fault]]:
    """Rows that may be entered, and every fault; a row with a fault is not among the first."""
    try:
        table = read_table(name[:60], data).rows
    except ImportRefused as no:
        raise SheetRefused(str(no)) from None
    titles = {_plain(word): field for field in of.field for word in (field.label, field.title)}
    keys = {_plain(of.key.title), _plain(of.key.label)}
    if of.numbering:  # the number may be left to the register, and its column with it
        keys |= {_plain(of.heading.title), _plain(of.heading.label)}
    at = next((i for i, row in enumerate(table[:10]) if keys & set(map(_plain, row))), None)
    if at is None:
        raise SheetRefused(f"前 10 行里没有“{of.key.title}”这一列；请先下载模板，按模板填写")
    columns = [_plain(c) for c in table[at]]
    asked = [f.model_copy(update={"required": False}) if f.key and of.numbering else f for f in of.field]
    must = [f.label for f in asked if f.required and not {_plain(f.label), _plain(f.title)} & set(columns)]
    if AREA not in columns:
        must.append(AREA)
    if must:
        raise SheetRefused(f"缺列：{'、'.join(must)}")
    if len(table) - at - 1 > MAX_ROWS:
        raise SheetRefused(f"超过 {MAX_ROWS} 行，请分开上传")
    areas = {n: a for a in Area.objects.within(person).defer("geometry") for n in (a.name, a.code, *a.aliases)}
    rows, faults, seen = [], [], {}
    there = _there(of, person) if of.numbering else {}
    for number, cells in enumerate(table[at + 1 :], at + 2):
        said = dict(zip(columns, cells))
        if not any(_plain(c) for c in cells):
            continue
        row, wrong = _row(of, asked, number, said, titles, areas)
        if row and not row.key:
            mark = (row.area.pk, str(row.values.get(of.heading.name) or ""))
            if mark in there:
                wrong.append(
                    Fault(number, of.key.title, f"没有填，而“{mark[1]}”已登记为 {there[mark]}：是同一个就填上编号，确是另一个请改名称")
                )
            elif ("", *mark) in seen:
                wrong.append(Fault(number, of.heading.title, f"没有编号，又与第 {seen['', *mark]} 行同名同区域"))
            seen.setdefault(("", *mark), number)
        elif row and row.key in seen:
            wrong.append(Fault(number, of.key.title, f"与第 {seen[row.key]} 行重复"))
        elif row:
            seen[row.key] = number
        wrong += _unfilled(of, row) if row else []
        faults += wrong
        if row and not wrong:
            rows.append(row)
    if not rows and not faults:
        raise SheetRefused("表里没有条目")
    return rows, faults


def _unfilled(of: Register, row: Row) -> list[Fault]:
    """The cells the row's state has to have filled; none of an entry that stands so already."""
    state = row.state or of.start
    missing = gates.empty(of.gate, of.said(state, row.values), clock.today())
    faults = [Fault(row.number, f.title, f"状态是“{of.state[state]}”的要填" if state else "没有填") for f in of.field if f.name in missing]
    stands = Entry.objects.filter(register=of.name, key=row.key, state=state).first() if faults and row.key else None
    return [] if stands and row.values.items() <= stands.values.items() else faults


def _there(of: Register, person: Person) -> dict[tuple[int, str], str]:
    """(area, name) → number of the entries there are: a row without a number may not enter one of them again."""
    found = Entry.objects.within(person).filter(register=of.name, archived=False)
    return {(area, name): key for area, name, key in found.values_list("area", "name", "key")}


def _row(
    of: Register, asked: list[Field], number: int, said: dict[str, Any], titles: dict, areas: dict[str, Area]
) -> tuple[Row | None, list[Fault]]:
    wrong: list[Fault] = []
    values: dict[str, Any] = {}
    by_field = {titles[word].name: value for word, value in said.items() if word in titles}
    for field in asked:
        value = by_field.get(field.name)
        try:
            values[field.name] = stored(field, unicodedata.normalize("NFKC", value).strip() if isinstance(value, str) else value)
        except Wrong as no:
            wrong.append(Fault(number, field.title, str(no)))
    place = _plain(said.get(AREA))
    if place not in areas:
        wrong.append(Fault(number, AREA, f"没有“{place[:20]}”；可填：{'、'.join(list(areas)[:8])}" if place else "没有填"))
    state = _plain(said.get(STATE)) if of.state else ""
    known = {_plain(word): key for key, shown_word in of.state.items() for word in (key, shown_word)}
    if state and state not in known:
        wrong.append(Fault(number, STATE, f"没有“{state[:20]}”；可填：{'、'.join(of.state.values())}"))
    lon, lat = (_coordinate(number, column, said.get(column), wrong) for column in (LON, LAT))
    if wrong:
        return None, wrong
    return Row(number, str(values[of.key.name] or ""), values, areas[place], known.get(state, ""), lon, lat), []


def _coordinate(number: int, column: str, said: Any, wrong: list[Fault]) -> float | None:
    low, high = (73, 136) if column == LON else (3, 54)
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
    return unicodedata.normalize("NFKC", str(value)).strip().replace("(", "（").replace(")", "）") if value is not None else ""
