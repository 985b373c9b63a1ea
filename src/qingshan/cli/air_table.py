"""A table of air concentrations as people keep them, read whole or refused with every fault by its row."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qingshan.cli.table_files import SHOWN, Refused, at_rows, columns_of
from qingshan.stats import clock
from qingshan.terms import items
from qingshan.terms.bounds import bounds

COLUMN = {"so2": "SO2", "no2": "NO2", "co": "CO", "o3": "O3", "pm10": "PM10", "pm2_5": "PM2.5"}
_ALIASES = {
    "time": ("time", "timepoint", "datetime", "date", "时间", "监测时间", "日期", "时刻", "数据时间"),
    "station": ("station", "stationcode", "stationname", "site", "站点", "站点编码", "站点名称", "点位", "点位名称", "测点", "监测点位"),
    "so2": ("so2", "二氧化硫"),
    "no2": ("no2", "二氧化氮"),
    "co": ("co", "一氧化碳"),
    "o3": ("o3", "臭氧"),
    "pm10": ("pm10", "可吸入颗粒物", "颗粒物pm10"),
    "pm2_5": ("pm25", "细颗粒物", "细颗粒物pm25"),
}
_KNOWN = {alias: name for name, aliases in _ALIASES.items() for alias in aliases}
_MDA8 = ("o38h", "o38hmax", "mda8", "臭氧8小时", "臭氧日最大8小时平均")
MISSING = ("", "NA", "N/A", "NAN", "NULL", "NONE", "-", "--", "—", "——", "/", "缺测", "无")
UNITS = {"µg/m³": 1.0, "mg/m³": 1000.0, "ng/m³": 0.001}
"""Units a column may be stated in, in µg/m³"""


@dataclass
class Table:
    """A table read: its own text, and times and concentrations as columns."""

    text: pa.Table
    rows: np.ndarray
    """line in the file of each row"""
    time: np.ndarray
    """datetime64[s], labels of the END of the hour"""
    names: list[str]
    """the stations; ``[""]`` where the table names none"""
    station: np.ndarray
    """of each row, its place in `names`"""
    conc: dict[str, np.ndarray]
    """by symbol [µg/m³; CO mg/m³]; NaN missing"""
    extra: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def column_name(header: str, whole_days: bool = False) -> str:
    """The column a header means: case, spaces, full-width letters and a unit in brackets aside; "" if none."""
    plain = re.sub(r"[（(\[].*?[)）\]]", "", unicodedata.normalize("NFKC", header)).strip().lower()
    plain = re.sub(r"[\s._\-]", "", plain)
    return "o3" if whole_days and plain in _MDA8 else _KNOWN.get(plain, "")


def header_unit(header: str) -> str:
    """The unit a header states in brackets or after a slash, ``""`` where none: ``PM2.5（ug/m3）`` is µg/m³, ``so2(ppb)`` is ppb."""
    plain = unicodedata.normalize("NFKC", header).lower().replace("μ", "µ").replace("^", "").replace(" ", "")
    found = re.search(r"[(\[]((?:µ|u|m|n)?g[/·.]?(?:m3|立方米)|微克/立方米|毫克/立方米|pp[btm]v?)[)\]]", plain)
    if not found:
        return ""
    unit = found.group(1)
    if unit.startswith("pp"):
        return unit
    return {"µ": "µg/m³", "u": "µg/m³", "微": "µg/m³", "m": "mg/m³", "毫": "mg/m³", "n": "ng/m³"}.get(unit[0], "g/m³")


def moment(text: str) -> tuple[np.datetime64, bool] | None:
    """An instant and whether an hour was given; 24:00 is 00:00 of the next day. None: not a time."""
    plain = unicodedata.normalize("NFKC", text).strip().replace("T", " ")
    plain = re.sub(r"\s*(\+08:?00)$", "", plain)
    plain = re.sub("[时点]", ":", plain).replace("分", "").rstrip(":")
    found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:\s*(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.0+)?)?)?)?", plain)
    found = found or re.fullmatch(r"(\d{4})(\d{2})(\d{2})(?:\s*(\d{2}):?(?:(\d{2}):?(\d{2})?)?)?", plain)
    if not found:
        return _serial(plain)
    year, month, day, hour, minute, second = (int(g) if g else 0 for g in found.groups())
    if not 1950 <= year <= 2200:
        return None
    try:
        at = datetime(year, month, day) + timedelta(hours=hour, minutes=minute, seconds=second)
    except ValueError:
        return None
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and minute + second):
        return None
    return np.datetime64(at, "s"), found.group(4) is not None


def _serial(text: str) -> tuple[np.datetime64, bool] | None:
    """A date as Excel counts days (since 1899-12-30), to the second."""
    if not re.fullmatch(r"[2-9]\d{4}(\.\d+)?", text):
        return None
    at = np.datetime64("1899-12-30", "s") + np.timedelta64(round(float(text) * 86400), "s")
    return at, "." in text


_ZONE = re.compile(r":\d{2}(?:\.\d+)?\s*(?:[zZ]|[+-]\d{2}:?\d{2})$")


def time_column(column: pa.Array, rows: np.ndarray, whole_days: bool, faults: list[str]) -> np.ndarray:
    """A column of times as datetime64[s]; what is none is NaT and a fault."""
    coded = column.dictionary_encode()
    read = [moment(t) for t in coded.dictionary.to_pylist()]
    codes = coded.indices.to_numpy(zero_copy_only=False)
    table = np.array([np.datetime64("NaT") if m is None else m[0] for m in read], "datetime64[s]")
    has_hour = np.array([m is not None and m[1] for m in read], bool)
    time = table[codes]
    texts = coded.dictionary.to_pylist()
    counted = np.array([re.fullmatch(r"\s*\d{5}(\.\d+)?\s*", t) is not None for t in texts], bool)
    if (counted & has_hour).any():
        has_hour |= counted  # 带小数的序列数之间，整数是 0 时
    for k in np.flatnonzero(np.isnat(time))[:SHOWN]:
        said = "带的时区不是北京时间；先换成北京时间" if _ZONE.search(texts[codes[k]]) else "不是时间；写成 2026-03-01 01:00"
        faults.append(f"第 {rows[k]} 行 time：“{texts[codes[k]]}”{said}")
    if (many := int(np.isnat(time).sum())) > SHOWN:
        faults.append(f"time：共 {many} 行不是时间")
    there = ~np.isnat(time)
    if whole_days:
        wrong = there & (has_hour[codes] & (time != time.astype("datetime64[D]")))
        if wrong.any():
            faults.append(f"{at_rows(rows[wrong])} time：带了小时；日值的 time 只写日期，小时值请去掉 --from-days")
        return time
    if (wrong := there & ~has_hour[codes]).any():
        faults.append(f"{at_rows(rows[wrong])} time：只有日期没有小时；写成 2026-03-01 01:00（日值用 daily --from-days）")
    off = there & ((time - time.astype("datetime64[h]")) != np.timedelta64(0, "s"))
    if off.any():
        faults.append(f"{at_rows(rows[off])} time：不是整点；小时值的时标须为整点")
    return time


def number_column(column: pa.Array, name: str, rows: np.ndarray, faults: list[str]) -> np.ndarray:
    """A column of numbers; what is neither a number nor a mark of a missing value is a fault."""
    try:  # 常见情形：只有数与空
        plain = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
        return np.asarray(plain.cast(pa.float64()).to_numpy(zero_copy_only=False), float)
    except pa.ArrowInvalid:
        pass
    coded = column.dictionary_encode()
    texts = coded.dictionary.to_pylist()
    values, wrong = np.full(len(texts), np.nan), np.zeros(len(texts), bool)
    for i, text in enumerate(texts):
        plain_text = unicodedata.normalize("NFKC", text).strip()
        if plain_text.upper() in MISSING:
            continue
        if re.fullmatch(r"[+-]?(\d{1,3}(,\d{3})+|\d*)(\.\d*)?([eE][+-]?\d+)?", plain_text) and any(c.isdigit() for c in plain_text):
            values[i] = float(plain_text.replace(",", ""))
        else:
            wrong[i] = True
    codes = coded.indices.to_numpy(zero_copy_only=False)
    bad = np.flatnonzero(wrong[codes])
    for k in bad[:SHOWN]:
        faults.append(f"第 {rows[k]} 行 {name}：“{texts[codes[k]]}”不是数值；缺测留空或写 NA")
    if bad.size > SHOWN:
        faults.append(f"{name}：共 {bad.size} 行不是数值")
    return np.asarray(values[codes], float)


def _unit_fault(symbol: str, name: str, values: np.ndarray, table: Table) -> str:
    """The sentence for a column, or one station of it, whose magnitude is that of another unit; "" where it is plausible."""
    where = np.flatnonzero(values > 0)
    if where.size == 0:
        return ""
    there, site = values[where], table.station[where]
    largest, smallest = np.zeros(len(table.names)), np.full(len(table.names), np.inf)
    np.maximum.at(largest, site, there)
    np.minimum.at(smallest, site, there)
    bound = bounds("air").rows[symbol]
    over = there > bound.high
    over |= (smallest[site] > bound.median_above) | (float(np.median(there)) > bound.median_above)
    under = largest[site] < bound.largest_below
    if not (over.any() or under.any()):
        return ""
    unit = items.get(symbol).unit
    wrong = over if over.any() else under
    likely = bound.large if over.any() else bound.small
    span = f"{there[wrong].min():g} 至 {there[wrong].max():g} {unit}"
    return (
        f"{name}：{at_rows(table.rows[where[wrong]])}数值过{'大' if over.any() else '小'}（{span}），"
        f"{'疑为 ' + likely if likely else '请核对'}；"
        f"若单位确为 {unit} 写 --unit {name}={unit}，否则写明原单位{f'（如 --unit {name}={likely}）' if likely else ''}由程序换算"
    )


def planned_out(text: str) -> tuple[str, ...]:
    """The symbols of ``"co,so2"``, items not in the monitoring plan; Refused for an unknown one."""
    found = []
    for word in filter(None, (w.strip() for w in text.replace("，", ",").split(","))):
        if column_name(word) not in COLUMN:
            raise Refused(f"--unplanned：没有项目“{word}”；已有：{'、'.join(COLUMN)}")
        found.append(COLUMN[column_name(word)])
    return tuple(found)


def read_units(options: list[str]) -> dict[str, str]:
    """``["co=µg/m3"]`` to ``{"co": "µg/m³"}``; Refused for an unknown column or unit."""
    found = {}
    for option in options:
        column, _, unit = option.partition("=")
        unit = unicodedata.normalize("NFKC", unit).strip().lower().replace("μ", "µ").replace("ug", "µg").replace("m3", "m³")
        unit = {"ppb": "ppb"}.get(unit, unit)
        name = column_name(column)
        if name not in COLUMN or unit not in UNITS:
            raise Refused(f"--unit {option}：写成 列=单位，列取 {'、'.join(COLUMN)}，单位取 {'、'.join(UNITS)}")
        found[name] = unit
    return found


def read(path: Path, *, units: Mapping[str, str], unplanned: tuple[str, ...] = (), extra: bool = False, whole_days: bool = False) -> Table:
    """The table of a file, in the units of the standards; Refused with every fault named by row."""
    text, rows = columns_of(path)
    faults: list[str] = []
    where: dict[str, int] = {}
    others: list[str] = []
    for i, header in enumerate(text.column_names):
        name = column_name(header, whole_days)
        if not name:
            others.append(header)
        elif name in where:
            faults.append(f"“{text.column_names[where[name]]}”与“{header}”两列都是 {name}；留一列")
        else:
            where[name] = i
    if others and not extra:
        faults.append(f"不认识的列：{'、'.join(others)}；须为 time、station、{'、'.join(COLUMN)}；要原样带到结果里写 --extra")
    if "time" not in where:
        faults.append("缺列 time（时间）")
    absent = [f"{c}（{items.get(s).name}）" for c, s in COLUMN.items() if c not in where and s not in unplanned]
    if absent:
        names = ",".join(c for c, s in COLUMN.items() if c not in where and s not in unplanned)
        faults.append(f"缺列 {'、'.join(absent)}；未列入监测计划的项目写 --unplanned {names}，缺测的列留空")
    if "time" not in where:
        raise Refused(*faults)
    time = time_column(text.column(where["time"]).chunk(0), rows, whole_days, faults)
    table = Table(text, rows, time, [""], np.zeros(rows.size, np.int64), {}, others)
    if "station" in where:
        coded = pc.utf8_trim_whitespace(text.column(where["station"]).chunk(0)).dictionary_encode()
        table.names = coded.dictionary.to_pylist()
        table.station = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        if "" in table.names:
            faults.append(f"{at_rows(rows[table.station == table.names.index('')])} station：站点为空")
    for column, symbol in COLUMN.items():
        if column in where:
            stated = header_unit(text.column_names[where[column]])
            if column not in units and stated and stated not in UNITS:
                faults.append(f"“{text.column_names[where[column]]}”：单位 {stated} 不能直接评价；请先换成 {items.get(symbol).unit}")
                continue
            texts = text.column(where[column]).chunk(0)
            table.conc[symbol] = _concentration(texts, column, symbol, table, units.get(column, ""), stated, faults)
    _duplicates(table, faults)
    if faults:
        raise Refused(*faults)
    for part, whole, words in bounds("air").part:
        if part in table.conc and whole in table.conc and (over := table.conc[part] > table.conc[whole]).any():
            table.warnings.append(f"{words}：{part} 大于 {whole} 的有 {int(over.sum())} 行，{at_rows(table.rows[over])}；照算")
    return table


def _concentration(
    texts: pa.Array, column: str, symbol: str, table: Table, given: str, stated: str, faults: list[str]
) -> np.ndarray:  # fmt: skip
    values = number_column(texts, column, table.rows, faults)
    infinite = np.isinf(values)
    if infinite.any():
        faults.append(f"{at_rows(table.rows[infinite])} {column}：无穷大不是浓度")
    if (negative := values < -0.5 * 10.0 ** -items.get(symbol).decimals).any():
        table.warnings.append(f"{column}：{at_rows(table.rows[negative])}为负值，按缺测处理")
        values = np.where(negative, np.nan, values)
    if unit := given or stated:
        values = converted(values, unit, items.get(symbol).unit)
    if given:
        return values
    marks = np.isin(values, bounds("air").sentinel) & (values > bounds("air").rows[symbol].high)
    if marks.any():
        faults.append(f"{at_rows(table.rows[marks])} {column}：{values[marks][0]:g} 疑为缺测标记；改为空或 NA")
        values = np.where(marks, np.nan, values)
    if fault := _unit_fault(symbol, column, np.where(infinite, np.nan, values), table):
        faults.append(fault)
    return values


def converted(values: np.ndarray, unit: str, to: str) -> np.ndarray:
    """Values in another unit, as the decimals they were written with."""
    return values if unit == to else np.asarray(np.round(values * (UNITS[unit] / UNITS[to]), 9), float)


def _duplicates(table: Table, faults: list[str]) -> None:
    order = np.lexsort((table.rows, table.time, table.station))
    time, site = table.time[order], table.station[order]
    same = np.flatnonzero((time[1:] == time[:-1]) & (site[1:] == site[:-1]) & ~np.isnat(time[1:]))
    for k in same[:SHOWN]:
        at = str(time[k]).replace("T", " ")[:16]
        name = table.names[site[k]]
        faults.append(f"第 {table.rows[order[k + 1]]} 行与第 {table.rows[order[k]]} 行重复：{name + ' ' if name else ''}{at}")
    if same.size > SHOWN:
        faults.append(f"共 {same.size} 行重复")


def day_hours(table: Table) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Station-days of a table of hours: station (k,), day (k,), and by item the hours labelled 1 … 24 (k, 24)."""
    day = clock.day_of(table.time).astype(np.int64)
    first = day.min()
    width = int(day.max() - first) + 1
    keys, where = np.unique(table.station * width + (day - first), return_inverse=True)
    hour = clock.hour_of(table.time) - 1
    hours = {}
    for item, values in table.conc.items():
        hours[item] = np.full((keys.size, 24), np.nan)
        hours[item][where, hour] = values
    return keys // width, (keys % width + first).astype("datetime64[D]"), hours
