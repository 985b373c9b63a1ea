"""The year's lists as a sheet, out and in again (名单 Excel)."""

from __future__ import annotations

import io
import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import xlsxwriter

from qingshan.bureau.indicators.declared_rosters import Rostered, RosterKind, target
from qingshan.bureau.sites.sheets import SheetRefused, cells_of
from qingshan.terms import items

CODE, NAME = "站点编号", "站点名称"
TITLES = {"target": "目标类别", "river": "所在河流"}
MAX_ROWS = 2_000


@dataclass(frozen=True)
class Known:
    """A registered station as a list needs it."""

    code: str
    name: str
    medium: str
    area: str


@dataclass(frozen=True)
class Line:
    """One row of a list: what it says, the station it means, what people should look at before they confirm."""

    number: int
    row: Rostered
    station: Known | None
    look: str = ""

    @property
    def name(self) -> str:
        return self.station.name if self.station else self.row.title or self.row.code


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell."""

    number: int
    column: str
    words: str


def columns(kind: RosterKind) -> dict[str, str]:
    """Key → head of the columns a list has beside code and name."""
    return {key: TITLES.get(key, f"{kind.weight}({kind.unit})") for key in kind.column}


def head(kind: RosterKind) -> list[str]:
    return [CODE, NAME, *columns(kind).values()]


def write(kind: RosterKind, rows: Iterable[Rostered], names: dict[str, str]) -> bytes:
    """A list as xlsx with the words that :func:`read` takes back."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("名单")
        bold = book.add_format({"bold": True, "bg_color": "#EBEFED", "border": 1})
        for c, word in enumerate(head(kind)):
            sheet.write_string(0, c, word, bold)
        for r, row in enumerate(rows, 1):
            sheet.write_string(r, 0, row.code)
            sheet.write_string(r, 1, names.get(row.code, row.title))
            for c, key in enumerate(kind.column, 2):
                value = getattr(row, key)
                if isinstance(value, float):
                    sheet.write_number(r, c, value)
                else:
                    sheet.write_string(r, c, value or "")
        sheet.freeze_panes(1, 2)
        sheet.autofit()
    return out.getvalue()


def read(name: str, data: bytes, kind: RosterKind, stations: Iterable[Known]) -> tuple[list[Line], list[Fault]]:
    """The rows of a list and what is wrong with others; SheetRefused where it is no list at all."""
    cells = cells_of(name, data)
    at = next((i for i, row in enumerate(cells[:10]) if {CODE, NAME} & set(map(_plain, row))), None)
    if at is None:
        raise SheetRefused(f"前 10 行里没有“{CODE}”或“{NAME}”这一列；请先下载模板，按模板填写")
    if len(cells) - at - 1 > MAX_ROWS:
        raise SheetRefused(f"超过 {MAX_ROWS} 行，名单不应这样长")
    heads = [_plain(h) for h in cells[at]]
    twice = sorted({h for h in heads if h and heads.count(h) > 1})
    if twice:
        raise SheetRefused(f"列“{'、'.join(twice)}”出现两次，请只留一列")
    wanted = {CODE: "code", NAME: "name"} | {_plain(title): key for key, title in columns(kind).items()}
    if "weight" in kind.column:
        wanted |= dict.fromkeys((kind.weight, "权重"), "weight")
    found, faults, seen = _Stations(kind, stations), [], {}
    lines: list[Line] = []
    for number, row in enumerate(cells[at + 1 :], at + 2):
        said = {wanted[h]: c for h, c in zip(heads, row) if h in wanted}
        if not any(said.values()):
            continue
        line, wrong = _line(number, said, kind, found)
        if line is not None and line.row.code in seen:
            wrong.append(Fault(number, CODE, f"与第 {seen[line.row.code]} 行重复"))
        elif line is not None:
            seen[line.row.code] = number
        faults += wrong
        if line is not None and not wrong:
            lines.append(line)
    if not lines and not faults:
        raise SheetRefused("表里没有站点")
    return lines, faults


class _Stations:
    """Registered stations by code and by name."""

    def __init__(self, kind: RosterKind, stations: Iterable[Known]):
        self.by_code = {s.code: s for s in stations}
        self.by_name: dict[str, list[Known]] = {}
        for s in self.by_code.values():
            if s.medium in kind.media:
                self.by_name.setdefault(_cell(s.name), []).append(s)


def _line(number: int, said: dict[str, str], kind: RosterKind, found: _Stations) -> tuple[Line | None, list[Fault]]:
    code, name = said.get("code", ""), said.get("name", "")
    wrong: list[Fault] = []
    if not code:
        same = found.by_name.get(name, [])
        if len(same) != 1:
            many = f"有 {len(same)} 个站点叫“{name[:20]}”，请填编号：{'、'.join(s.code for s in same[:5])}"
            none = f"没有站点“{name[:20]}”；请填编号，或先登记站点"
            return None, [Fault(number, CODE, many) if same else Fault(number, NAME, none)]
        code = same[0].code
    if not code.isascii() or len(code) > 40 or not all(c.isalnum() or c in "-_." for c in code):
        return None, [Fault(number, CODE, f"“{code[:40]}”只能用字母、数字和 - _ .")]
    station = found.by_code.get(code)
    if station and station.medium not in kind.media:
        wrong.append(Fault(number, CODE, f"“{station.name}”是{items.MEDIA[station.medium]}站点，“{kind.title}”要{_media(kind)}的"))
    if station and name and _cell(station.name) != name:
        wrong.append(Fault(number, NAME, f"编号 {code} 登记为“{station.name}”，这里写成“{name[:20]}”，请核对是哪一个"))
    row: dict = {"code": code, "title": "" if station else name[:60]}
    if "river" in kind.column:
        row["river"] = said.get("river", "")[:40]
    if "target" in kind.column:
        try:
            row["target"] = target(kind.medium, said.get("target", ""))
        except (LookupError, ValueError) as error:
            wrong.append(Fault(number, TITLES["target"], str(error)))
    look = [] if station else ["没有登记这个站点，留在名单上算没有结果"]
    if "weight" in kind.column:
        text = said.get("weight", "")
        try:
            row["weight"] = _number(text) if text else None
        except ValueError as error:
            wrong.append(Fault(number, columns(kind)["weight"], str(error)))
        look += [] if text else [f"没有写{kind.weight}，按它加权的口径不出数"]
    return Line(number, Rostered(**row) if not wrong else Rostered(code=code), station, "；".join(look)), wrong


def _number(text: str) -> float:
    try:
        value = float(text.replace(",", "").replace("\u2009", ""))
    except ValueError:
        raise ValueError(f"写成“{text[:20]}”，不是数") from None
    if not math.isfinite(value) or value <= 0:
        raise ValueError(f"写成“{text[:20]}”，应大于 0")
    return value


def _media(kind: RosterKind) -> str:
    return "或".join(items.MEDIA[m] for m in kind.media)


def _cell(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _plain(text: str) -> str:
    """A head without spaces and marks of what must be filled in."""
    return _cell(text).replace(" ", "").replace("*", "")
