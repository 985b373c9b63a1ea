"""Which column is what: a mapping is saved once per kind of file; `propose` guesses it from the headers and the values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping as Dict
from dataclasses import asdict, dataclass, field, fields
from itertools import pairwise
from typing import Any

from qingshan.lake.columns import AIR
from qingshan.lake.imports import cells
from qingshan.lake.imports.tables import ImportRefused, Table
from qingshan.stats import plausibility
from qingshan.terms import items as terms

LAYOUTS = ("wide", "long", "stations")
LABELS = ("end", "start")
BELOW = ("half", "limit", "missing")
UNITS = ("µg/m³", "mg/m³", "ng/m³", "mg/L", "µg/L", "ng/L")
GRAINS = ("hours", "samples")
_TIME = {"时间", "监测时间", "数据时间", "采样时间", "日期时间", "观测时间", "时间点", "小时时间", "time", "datetime", "timepoint", "time_point", "timestamp", "date_time", "monitortime", "datatime"}  # noqa: E501
_DATE = {"日期", "监测日期", "数据日期", "采样日期", "date", "day_date", "年月日"}
_HOUR = {"小时", "时", "时刻", "时段", "钟点", "hour", "hr", "hours"}
_STATION = {"站点", "断面", "断面名称", "断面编码", "测点", "测点名称", "测点编号", "监测井", "井名", "井号", "点位编号", "采样点", "采样点位", "水体名称断面", "监测点", "监测点位", "点位", "站点名称", "点位名称", "监测站点", "监测点名称", "监测点位名称", "站名", "站点编码", "点位编码", "监测点编码", "乡镇", "镇街", "街道", "设备", "设备编号", "mn", "mn号", "station", "stationcode", "station_code", "station_name", "stationname", "site", "site_code", "positionname", "code"}  # noqa: E501
_ITEM = {"项目", "监测项目", "因子", "监测因子", "污染物", "参数", "指标", "item", "factor", "pollutant", "parameter"}
_VALUE = {"值", "浓度", "监测值", "数值", "浓度值", "小时均值", "小时值", "数据", "均值", "value", "concentration", "avg"}
_UNIT = {"单位", "计量单位", "unit", "units"}
_FLAG = re.compile(r"(标识|标记|状态|flag|标志)\Z", re.IGNORECASE)
_NOT_HOURLY = re.compile(r"aqi|分指数|指数|首要|类别|等级|日均|日平均|滑动|24h|24小时|8h|8小时|排名|同比|环比|累计|最大", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"[\[(（【]([^\])）】]*)[\])）】]")
_UNIT_TEXT = re.compile(r"[(\[]?\s*(?P<u>[µμu]g/?\s*m?\^?[³3]?|mg/?m\^?[³3]|ng/?m\^?[³3]|微克/立方米|毫克/立方米|微克每立方米|毫克每立方米|ppb|ppm)\s*[)\]]?\Z", re.IGNORECASE)  # noqa: E501
_ENDING = re.compile(r"(浓度值?|小时均值|小时值|实时值|均值|监测值|[-_](rtd|avg|conc)|[µμ]g/m[³3]|mg/m[³3])\Z", re.IGNORECASE)
_PARTS = (("y", ("year", "年")), ("m", ("month", "月")), ("d", ("day", "日")))
_ALIASES = {
    "pm2.5": "PM2.5", "pm25": "PM2.5", "pm2_5": "PM2.5", "pm10": "PM10", "so2": "SO2", "no2": "NO2", "co": "CO", "o3": "O3", "o3_1h": "O3",
    "o31h": "O3", "臭氧1小时": "O3", "可吸入颗粒物pm10": "PM10", "细颗粒物pm2.5": "PM2.5",
    "降尘量": "dustfall", "积尘负荷": "road_load", "总悬浮颗粒物tsp": "TSP", "tsp": "TSP", "nox": "NOx", "no": "NO",
}  # fmt: skip


@dataclass(frozen=True)
class Mapping:
    """What each column of a kind of file means. Columns are named by their header text. Saved as JSON or TOML."""

    header: int = 1
    """row number of the (last) header row; 0: none, columns are 列1, 列2 …"""
    header_rows: int = 1
    """rows of a merged header, `header` the last"""
    first: int = 2
    """row number of the first data row"""
    layout: str = "wide"
    """wide: an item a column; long: item and value columns; stations: a station a column, one item"""
    time: str = ""
    date: tuple[str, ...] = ()
    """one date column, or three: year, month, day"""
    hour: str = ""
    station: str = ""
    station_fixed: str = ""
    stations: dict[str, str] = field(default_factory=dict)
    """name in the file → station id"""
    items: dict[str, str] = field(default_factory=dict)
    """wide: column → item; long: name in the item column → item; stations: column → station name"""
    item: str = ""
    """long: the item column; stations: the one item"""
    value: str = ""
    flags: dict[str, str] = field(default_factory=dict)
    """flag column → item it speaks of"""
    unit: str = ""
    """long: the unit column"""
    units: dict[str, str] = field(default_factory=dict)
    """item → unit of the file"""
    hour_label: str = "end"
    """end: 05:00 is 04–05, as GB 3095 and the store label; start: 05:00 is 05–06"""
    below: str = "half"
    limits: dict[str, float] = field(default_factory=dict)
    """item → detection limit, in the unit of the file, for 未检出 without one"""
    encoding: str = ""
    sheet: str = ""
    medium: str = "air"
    """whose items the symbols are: lead of the air and lead of water are two"""
    grain: str = "hours"
    """hours: one value an hour; samples: taken at a time, those below the detection limit keep it"""
    units_checked: bool = False
    """samples: the units are as said although the magnitude of a column speaks against it"""

    def asdict(self) -> dict[str, Any]:
        """Plain values, for JSON or TOML."""
        return asdict(self) | {"date": list(self.date)}

    @classmethod
    def fromdict(cls, values: Dict[str, Any]) -> Mapping:
        """A mapping read back; an unknown key or choice is refused with what there is."""
        known = [f.name for f in fields(cls)]
        wrong = [k for k in values if k not in known]
        if wrong:
            raise ImportRefused(f"列映射没有键 {'、'.join(map(str, wrong))}；已有：{'、'.join(known)}")
        for f in fields(cls):
            wanted = {"int": int, "str": str, "dict": dict, "tupl": (list, tuple), "bool": bool}[str(f.type)[:4].strip("[")]
            if f.name in values and not isinstance(values[f.name], wanted):
                raise ImportRefused(f"列映射的 {f.name} 写成了 {values[f.name]!r}，类型不对")
        mapping = cls(**{**values, "date": tuple(values.get("date", ()))})
        for name, chosen, choices in (
            ("layout", mapping.layout, LAYOUTS), ("hour_label", mapping.hour_label, LABELS), ("below", mapping.below, BELOW),
            ("medium", mapping.medium, tuple(terms.MEDIA)), ("grain", mapping.grain, GRAINS),
        ):  # fmt: skip
            if chosen not in choices:
                raise ImportRefused(f"列映射的 {name} 写成了“{chosen}”；可用：{'、'.join(choices)}")
        for item, unit in mapping.units.items():
            if unit not in UNITS and unit not in terms.UNITS:
                raise ImportRefused(f"{item} 的单位“{unit}”不能换算；可用：{'、'.join(UNITS)}（ppb、ppm 请先换算为质量浓度）")
        return mapping


def headers(table: Table, mapping: Mapping) -> list[str]:
    """The header text of each column: merged header rows joined by a blank, a repeated one numbered."""
    width = len(table.rows[0]) if table.rows else 0
    if mapping.header == 0:
        return [f"列{i + 1}" for i in range(width)]
    top = mapping.header - mapping.header_rows
    block = [[cells.plain(c) for c in row] for row in table.rows[top : mapping.header]]
    for row in block[:-1]:
        for c in range(1, width):
            row[c] = row[c] or row[c - 1]
    names: list[str] = []
    for c in range(width):
        text = " ".join(dict.fromkeys(row[c] for row in block if c < len(row) and row[c])) or f"列{c + 1}"
        names.append(text if text not in names else f"{text}#{c + 1}")
    return names


def item_of(text: str, medium: str = "air") -> str | None:
    """The item a header or cell names: symbol, Chinese name, HJ 524 code, with or without its unit."""
    if medium != "air":
        return _item_in(text, medium)
    name = _IN_BRACKETS.sub(lambda m: "" if _UNIT_TEXT.match(m[0]) or not m[1].strip() else m[1], cells.plain(text))
    name = _ENDING.sub("", name.strip())
    name = re.sub(r"[\s]", "", name).lower().rstrip("_-:：")
    if name in _ALIASES:
        return _ALIASES[name]
    if not name or _NOT_HOURLY.search(name):
        return None
    for item in map(terms.get, terms.symbols()):
        symbol = item.symbol.lower()
        if name in (symbol, item.name, f"{item.name}{symbol}", f"{symbol}{item.name}", *item.codes):
            return item.symbol
    bare = re.sub(r"\s", "", _IN_BRACKETS.sub("", cells.plain(text)))  # 降尘量（t/km²·30d）
    if _ALIASES.get(bare, bare) in ("dustfall", "road_load") or bare in ("降尘", "道路积尘负荷"):
        return _ALIASES.get(bare) or ("dustfall" if bare == "降尘" else "road_load")
    over, _, last = cells.plain(text).rpartition(" ")  # a heading over several columns: 浓度（µg/m³） PM2.5
    return item_of(last) if over and last else None


_OTHERWISE = {
    "ph": "pH", "nh3n": "NH3-N", "氨氮nh3-n": "NH3-N", "codcr": "COD", "化学需氧量cod": "COD", "imn": "CODMn", "高锰酸盐指数codmn": "CODMn",
    "生化需氧量": "BOD5", "粪大肠菌": "FC", "阴离子洗涤剂": "LAS", "铬六价": "Cr6+", "cr6": "Cr6+", "挥发性酚": "VP", "叶绿素": "chla",
}  # fmt: skip
_OTHER_UNITS = {"mg/l": "mg/L", "毫克/升": "mg/L", "µg/l": "µg/L", "ug/l": "µg/L", "微克/升": "µg/L", "ng/l": "ng/L", "纳克/升": "ng/L"}


def _item_in(text: str, medium: str) -> str | None:
    """As `item_of`, for the items of another medium: every bracket is a unit or a remark."""
    name = re.sub(r"\s", "", _IN_BRACKETS.sub("", cells.plain(text))).lower().rstrip("_-:：")
    if not name:
        return None
    for item in terms.of_medium(medium):
        own, symbol = re.sub(r"\s", "", item.name).lower(), item.symbol.lower()
        plain = _IN_BRACKETS.sub("", own)  # 无机氮（以 N 计）
        if name in (symbol, own, plain, f"{own}{symbol}", f"{symbol}{own}", own.removesuffix("值"), *item.codes):
            return item.symbol
    found = _OTHERWISE.get(name)
    if found in terms.symbols(medium):
        return found
    meant = terms.find_word(name, medium)
    return meant.symbol if meant else None


def unit_in(text: str, medium: str) -> str | None:
    """The unit a header or cell of another medium names; one that is not known here is returned as it stands."""
    plain = cells.plain(text)
    own = {cells.plain(item.unit).lower().replace("μ", "µ"): item.unit for item in terms.of_medium(medium) if item.unit}
    for part in [m[1] for m in _IN_BRACKETS.finditer(plain)] or [plain]:
        said = re.sub(r"\s", "", part).lower().replace("μ", "µ")
        if said in _OTHER_UNITS or said in own:
            return _OTHER_UNITS.get(said) or own[said]
        if re.fullmatch(r"[a-zµ%]{1,5}/[a-z0-9³²]{1,6}|ppb|ppm", said):
            return part.strip()
    return None


def unit_of(text: str, medium: str = "air") -> str | None:
    """The unit a header or cell names, in the spelling used here; ppb and ppm are returned as they are."""
    if medium != "air":
        return unit_in(text, medium)
    for part in [m[1] for m in _IN_BRACKETS.finditer(cells.plain(text))] + cells.plain(text).split(" "):
        if found := _UNIT_TEXT.match(part.strip()):
            unit = found["u"].lower().replace("μ", "µ")
            if unit.startswith(("µ", "u", "微")):
                return "µg/m³"
            return {"m": "mg/m³", "毫": "mg/m³", "n": "ng/m³"}.get(unit[0], unit)
    return None


def propose(table: Table, known_stations: Iterable[str] | None = None, medium: str = "air", grain: str = "hours") -> Mapping:
    """A mapping guessed from the header words, the units and the size of the values; to be looked at before it is used."""
    known = {cells.plain(s) for s in known_stations or ()}
    best: tuple[int, Mapping] | None = None
    for number in range(1, min(len(table.rows), 30) + 1):
        for depth in (1, 2, 3):
            if depth > number:
                break
            trial = Mapping(
                header=number, header_rows=depth, first=number + 1, encoding=table.encoding, sheet=table.sheet, medium=medium, grain=grain
            )
            guess, score = _columns(headers(table, trial), trial, known)
            score = score * 10 - depth
            if best is None or score > best[0]:
                best = (score, guess)
    if best is None or best[0] < 15:
        return Mapping(encoding=table.encoding, sheet=table.sheet, medium=medium, grain=grain)
    mapping = _first_row(table, best[1])
    if mapping.layout == "wide":
        names = headers(table, mapping)
        kept = {name: item for name, item in mapping.items.items() if not _is_numbering(table, mapping, name, names)}
        mapping = _with(mapping, items=kept)
    return _units(table, mapping)


def _is_numbering(table: Table, mapping: Mapping, name: str, names: list[str], size: int = 20) -> bool:
    """Whether a column headed No numbers the rows (序号): 1, 2, 3 … are not nitric oxide."""
    if name.strip(". ").lower() != "no":
        return False
    body = [row[names.index(name)] for row in table.rows[mapping.first - 1 :][:size]]
    try:
        values = [cells.read_value(c).number for c in body]
    except ValueError:
        return False
    return len(values) >= 4 and all(a is not None and b is not None and b == a + 1 for a, b in pairwise(values))


def _columns(names: list[str], trial: Mapping, known: set[str]) -> tuple[Mapping, int]:
    words = [re.sub(r"[\s_]", "", _IN_BRACKETS.sub("", n)).lower().split("#")[0] for n in names]
    underscored = {w.replace("_", "") for w in _TIME}, {w.replace("_", "") for w in _STATION}
    found: dict[str, Any] = {}
    items: dict[str, str] = {}
    flags: dict[str, str] = {}
    date = {part: names[words.index(w)] for part, spellings in _PARTS for w in spellings if w in words}
    for name, word in zip(names, words):
        for key, choice in (
            ("time", underscored[0]), ("station", underscored[1]), ("hour", _HOUR), ("item", _ITEM), ("value", _VALUE), ("unit", _UNIT),
        ):  # fmt: skip
            if word in choice and key not in found:
                found[key] = name
                break
        else:
            if word in _DATE and "date" not in found:
                found["date"] = (name,)
            elif _FLAG.search(word) and (item := item_of(_FLAG.sub("", name).strip(), trial.medium)):
                flags[name] = item
            elif (item := item_of(name, trial.medium)) and item not in items.values():
                items[name] = item
    if len(date) == 3 and "date" not in found:
        found["date"] = (date["y"], date["m"], date["d"])
    score = ("time" in found or "date" in found) * 2 + ("station" in found)
    if len(items) >= 1:
        for key in ("item", "value", "unit"):
            found.pop(key, None)
        return _with(trial, layout="wide", items=items, flags=flags, **found), score + 2 * len(items)
    if "item" in found and "value" in found:
        return _with(trial, layout="long", **found), score + 4
    columns = {n: n for n in names if cells.plain(n) in known}
    if len(columns) >= 2:
        found.pop("station", None)
        when = {k: v for k, v in found.items() if k in ("time", "date", "hour")}
        return _with(trial, layout="stations", items=columns, **when), score + 3
    return _with(trial, **found), score


def _with(mapping: Mapping, **values: Any) -> Mapping:
    return Mapping(**{f.name: values.get(f.name, getattr(mapping, f.name)) for f in fields(Mapping)})


def _first_row(table: Table, mapping: Mapping) -> Mapping:
    """Skip a row of units under the header; the first data row is the first with a time that can be read."""
    names = headers(table, mapping)
    key = names.index(mapping.time or (mapping.date or names)[0])
    first = mapping.header
    while first < min(len(table.rows), mapping.header + 5):
        text = cells.plain(table.rows[first][key])
        if text and not unit_of(text, mapping.medium) and (len(mapping.date) == 3 or _reads(table.rows[first][key])):
            break
        first += 1
    else:
        first = mapping.header
    return _with(mapping, first=first + 1)


def _reads(cell: Any) -> bool:
    try:
        cells.read_time(cell)
    except ValueError:
        return False
    return True


def _units(table: Table, mapping: Mapping) -> Mapping:
    names = headers(table, mapping)
    units: dict[str, str] = {}
    spoken: dict[str, str] = {}
    if mapping.layout == "long":
        column = names.index(mapping.item)
        said = dict.fromkeys(cells.plain(row[column]) for row in table.rows[mapping.first - 1 :])
        spoken = {name: item for name in said if (item := item_of(name, mapping.medium))}
        return _with(mapping, items=spoken)
    for name, item in mapping.items.items() if mapping.layout == "wide" else ():
        column = names.index(name)
        between = [cells.plain(row[column]) for row in table.rows[mapping.header : mapping.first - 1]]
        unit = unit_of(name, mapping.medium) or next((u for text in between if (u := unit_of(text, mapping.medium))), None)
        if mapping.medium == "air":
            units[item] = unit or likely_unit(item, sample(table, mapping, column)) or _own_unit(item)
        else:
            units[item] = unit or terms.get(item, mapping.medium).unit
    return _with(mapping, units={i: u for i, u in units.items() if u})


def sample(table: Table, mapping: Mapping, column: int, size: int = 400) -> list[float]:
    """Some positive values of a column, from all over the file."""
    body = table.rows[mapping.first - 1 :]
    values = []
    for row in body[:: max(len(body) // size, 1)]:
        try:
            number = cells.read_value(row[column]).number
        except ValueError:
            continue
        if number is not None and number > 0:
            values.append(number)
    return values


def likely_unit(item: str, values: list[float]) -> str | None:
    """The unit the size of the values speaks for: CO of 700 is µg/m³, PM2.5 of 0.035 is mg/m³; None when it says nothing."""
    if item not in AIR or len(values) < plausibility.ENOUGH:
        return None
    found = plausibility.doubt(item, "air", values)
    return found.likely or None if found else terms.get(item, "air").unit


def _own_unit(item: str) -> str:
    unit = terms.get(item).unit
    return unit if unit in UNITS else ""
