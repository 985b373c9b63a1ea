"""Stations as a sheet, out and in again (站点 Excel)."""

from __future__ import annotations

import datetime as dt
import io
import unicodedata

import xlsxwriter

from qingshan.bureau.base import clock
from qingshan.bureau.base.models import Area, Organisation
from qingshan.bureau.sites import plans
from qingshan.bureau.sites.models import OUTLETS, RESERVED, Level, Network, Station
from qingshan.lake.imports import ImportRefused, read_table
from qingshan.terms import items

HEAD = (
    "站点编号",
    "站点名称",
    "监测网络",
    "监测要素",
    "级别",
    "责任区域",
    "责任单位",
    "经度",
    "纬度",
    "地址",
    "监测项目",
    "水体类型",
    "目标类别或功能区",
    "启用日期",
    "停用日期",
    "备注",
    "排污单位",
    "统一社会信用代码",
    "排污许可证编号",
    "排放口编号",
    "基准含氧量",
    "排放限值",
)
OUTLET = {
    "排污单位": "firm",
    "统一社会信用代码": "credit_code",
    "排污许可证编号": "permit",
    "排放口编号": "number",
    "基准含氧量": "oxygen",
    "排放限值": "limits",
}
"""columns only outlets fill in"""
MEDIA = {words: key for key, words in plans.MEDIA.items()}
BODIES = {words: key for key, words in Station._meta.get_field("body").choices} | {"湖泊": "lake", "水库": "lake", "河": "river"}
MUST = ("站点编号", "站点名称", "监测网络", "级别", "责任区域")
MAX_ROWS = 5_000


class SheetRefused(ValueError):
    """A sheet that cannot be read as stations."""


def write(stations) -> bytes:
    """The stations as xlsx, with the words that :func:`read` takes back."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("站点")
        bold = book.add_format({"bold": True, "bg_color": "#EBEFED", "border": 1})
        for c, word in enumerate(HEAD):
            sheet.write_string(0, c, word, bold)
        for r, s in enumerate(stations, 1):
            row = (
                s.code, s.name, s.network.name, s.network.get_medium_display(), s.get_level_display(), s.area.name,
                s.responsible.name if s.responsible_id else "",
                s.lon, s.lat,
                s.address, _items(s), s.get_body_display(), s.target, _day(s.since), _day(s.until), s.note, *_outlet_cells(s),
            )  # fmt: skip
            for c, value in enumerate(row):
                if isinstance(value, float):
                    sheet.write_number(r, c, value)
                else:
                    sheet.write_string(r, c, value or "")
        sheet.freeze_panes(1, 2)
        sheet.autofit()
    return out.getvalue()


def _items(station: Station) -> str:
    if not station.is_outlet:
        return "、".join(station.items)
    return "、".join(items.get(symbol, station.network.medium).name for symbol in station.items)


def _outlet_cells(station: Station) -> tuple:
    outlet = getattr(station, "outlet", None) if station.is_outlet else None
    if outlet is None:
        return ("",) * len(OUTLET)
    limits = plans.limits_text(outlet, clock.today()).replace("\n", "；")
    return outlet.firm, outlet.credit_code, outlet.permit, outlet.number, outlet.oxygen, limits


def _day(day: dt.date | None) -> str:
    return day.isoformat() if day else ""


def read(name: str, data: bytes, person) -> tuple[list[dict], list[tuple[int, str, str]]]:
    """Rows as fields of stations, and the faults: (row, column, sentence). Rows with a fault are not among the first."""
    table = cells_of(name, data)
    head_at = next((i for i, row in enumerate(table[:10]) if "站点编号" in row), None)
    if head_at is None:
        raise SheetRefused("前 10 行里没有“站点编号”这一列；请先下载模板，按模板填写")
    head = table[head_at]
    missing = [m for m in MUST if m not in head]
    if missing:
        raise SheetRefused(f"缺列：{'、'.join(missing)}")
    if len(table) - head_at - 1 > MAX_ROWS:
        raise SheetRefused(f"超过 {MAX_ROWS} 行，请分开上传")
    lookup = _Lookup(person)
    rows, faults, seen = [], [], {}
    for number, cells in enumerate(table[head_at + 1 :], head_at + 2):
        row = {h: c for h, c in zip(head, cells) if h in HEAD}
        if not any(row.values()):
            continue
        fields, wrong = _row(row, lookup)
        code = fields.get("code")
        if code in seen:
            wrong.append(("站点编号", f"与第 {seen[code]} 行重复"))
        elif code:
            seen[code] = number
        faults += [(number, column, said) for column, said in wrong]
        if not wrong:
            rows.append(fields)
    if not rows and not faults:
        raise SheetRefused("表里没有站点")
    return rows, faults


class _Lookup:
    def __init__(self, person):
        self.areas = {n: a for a in Area.objects.within(person).defer("geometry") for n in (a.name, a.code, *a.aliases)}
        self.organisations = {n: o for o in Organisation.objects.all() for n in (o.name, o.short) if n}
        self.networks = {n.name: n for n in Network.objects.all()}
        self.levels = {word: key for key, word in Level.choices}


def _row(row: dict[str, str], lookup: _Lookup) -> tuple[dict, list[tuple[str, str]]]:
    fields: dict = {
        "code": row.get("站点编号", ""),
        "name": row.get("站点名称", "")[:60],
        "address": row.get("地址", "")[:200],
        "note": row.get("备注", "")[:200],
    }
    wrong = [(m, "没有填") for m in MUST if not row.get(m)]
    if fields["code"] and not (
        fields["code"].isascii() and len(fields["code"]) <= 40 and all(c.isalnum() or c in "-_." for c in fields["code"])
    ):
        wrong.append(("站点编号", f"“{fields['code'][:40]}”只能用字母、数字和 - _ ."))
    if fields["code"].lower() in RESERVED:
        wrong.append(("站点编号", f"不能是“{fields['code']}”"))
    for column, name, known in (
        ("监测网络", "network", lookup.networks), ("级别", "level", lookup.levels),
        ("责任区域", "area", lookup.areas), ("责任单位", "responsible", lookup.organisations),
    ):  # fmt: skip
        said = row.get(column, "")
        if name == "network" and said and said not in known:
            fields[name] = said[:60]
        elif said and said not in known:
            wrong.append((column, f"没有“{said[:20]}”；可填：{'、'.join(list(known)[:8])}"))
        elif said or name == "responsible":
            fields[name] = known[said] if said else None
    for column, name, low, high in (("经度", "lon", 73, 136), ("纬度", "lat", 3, 54)):
        said = row.get(column, "")
        try:
            fields[name] = float(said) if said else None
        except ValueError:
            wrong.append((column, f"写成“{said[:20]}”，不是数"))
            continue
        if fields[name] is not None and not low <= fields[name] <= high:
            wrong.append((column, f"{said} 不在 {low}—{high} 之间，经纬度可能颠倒"))
    for column, name in (("启用日期", "since"), ("停用日期", "until")):
        said = row.get(column, "")
        try:
            fields[name] = dt.date.fromisoformat(said.replace("/", "-").replace(".", "-")[:10]) if said else None
        except ValueError:
            wrong.append((column, f"写成“{said[:20]}”，须是 2026-01-31 这样的日期"))
    wrong += _of_medium(row, fields)
    return fields, wrong


def _of_medium(row: dict[str, str], fields: dict) -> list[tuple[str, str]]:
    """Medium, items, water body type and target of a row put into `fields`, and what is wrong; a column not there changes nothing."""
    wrong: list[tuple[str, str]] = []
    network, said = fields.get("network"), row.get("监测要素", "")
    if said and said not in MEDIA:
        wrong.append(("监测要素", f"没有“{said[:20]}”；可填：{'、'.join(MEDIA)}"))
        return wrong
    if isinstance(network, Network):
        medium = network.medium
        if said and MEDIA[said] != medium:
            wrong.append(("监测要素", f"“{network.name}”是{network.get_medium_display()}网络，这里写成“{said}”"))
    else:
        medium = MEDIA.get(said, "air")
        if said:
            fields["medium"] = medium
    strange = ""
    if "监测项目" in row:
        fields["items"], strange = plans.named(row["监测项目"], medium)
    if strange:
        known = plans.symbols(medium)
        more = "等" if len(known) > 12 else ""
        wrong.append(("监测项目", f"{plans.MEDIA[medium]}没有“{strange[:20]}”；可填：{'、'.join(known[:12])}{more}"))
    if fields.get("level") and fields["level"] not in dict(plans.levels(medium)):
        wrong.append(("级别", f"{plans.MEDIA[medium]}站点不用“{row['级别']}”；可填：{'、'.join(w for _, w in plans.levels(medium))}"))
    if "水体类型" in row:
        body = row["水体类型"]
        if body and body not in BODIES:
            wrong.append(("水体类型", f"没有“{body[:20]}”；可填：河流、湖库"))
        elif body and medium != "water":
            wrong.append(("水体类型", "只有地表水断面、点位要填；新网络请同时填“监测要素”" if not said else "只有地表水断面、点位要填"))
        else:
            fields["body"] = BODIES.get(body, "")
    wrong += _of_outlet(row, fields, medium)
    if "目标类别或功能区" in row:
        try:
            fields["target"] = plans.target(row["目标类别或功能区"], medium)
        except (LookupError, ValueError) as error:
            wrong.append(("目标类别或功能区", str(error)))
    return wrong


def _of_outlet(row: dict[str, str], fields: dict, medium: str) -> list[tuple[str, str]]:
    """What only an outlet has put into `fields`, and what is wrong."""
    said = {column: row[column] for column in OUTLET if column in row}
    if medium not in OUTLETS:
        return [(column, "只有废水、废气排放口要填；新网络请同时填“监测要素”") for column, text in said.items() if text]
    outlet, wrong = {OUTLET[c]: t[:80] for c, t in said.items() if c not in ("基准含氧量", "排放限值")}, []
    if "排污单位" in said and not said["排污单位"]:
        wrong.append(("排污单位", "没有填"))
    if "基准含氧量" in said:
        try:
            outlet["oxygen"] = float(said["基准含氧量"]) if said["基准含氧量"] else None
        except ValueError:
            wrong.append(("基准含氧量", f"写成“{said['基准含氧量'][:20]}”，不是数"))
        else:
            if outlet["oxygen"] is not None and not 0 <= outlet["oxygen"] < 21:
                wrong.append(("基准含氧量", f"{said['基准含氧量']} 不在 0 至 21 之间"))
    try:
        if "排放限值" in said:
            outlet["limits"] = plans.limits(said["排放限值"], medium)
    except ValueError as no:
        wrong.append(("排放限值", str(no)))
    if outlet:
        fields["outlet"] = outlet
    return wrong


def cells_of(name: str, data: bytes) -> list[list[str]]:
    """Cells as trimmed half-width text."""
    try:
        rows = read_table(name[:60], data).rows
    except ImportRefused as no:
        raise SheetRefused(str(no)) from None
    return [[_cell(c) for c in row] for row in rows]


def _cell(value) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, dt.datetime):
        value = value.date()
    return unicodedata.normalize("NFKC", str(value)).strip() if value is not None else ""
