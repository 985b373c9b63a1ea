"""A table of water samples as people keep it: read whole or refused with every fault by its row; written whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from qingshan.cli.samples import Column, Layout
from qingshan.cli.table_cells import read_day
from qingshan.cli.table_files import SHOWN, Refused, at_rows, rows_of
from qingshan.cli.table_headers import meaning, plain_word
from qingshan.methods import surface_water as water
from qingshan.stats import censored
from qingshan.stats.columns import NotNumbers
from qingshan.terms import items
from qingshan.terms.units import converted, unit_ratio

_TEXT = {
    "section": ("section", "断面", "断面名称", "点位", "点位名称", "监测点位", "站点", "站点名称", "station", "采样点", "湖库名称"),
    "time": ("time", "date", "日期", "时间", "监测时间", "采样日期", "采样时间", "监测日期", "月份", "年月"),
    "water": ("water", "水体类型", "水体类别", "类型", "河流湖库"),
    "target": ("target", "目标", "目标类别", "水质目标", "考核目标"),
    "city": ("city", "城市", "地市", "区县"),
    "river": ("river", "河流", "所在河流", "河流名称", "水体", "水体名称"),
    "basin": ("basin", "流域", "水系", "所属流域"),
    "lake": ("lake", "湖库", "湖泊", "水库", "湖泊名称"),
    "altitude": ("altitude", "海拔"),
}
LAYOUT = Layout(tuple(Column(name, words) for name, words in _TEXT.items()), "", "water")
_KNOWN = {plain_word(word): name for name, words in _TEXT.items() for word in words}


@dataclass
class Table:
    """A table read: its own cells, and values by symbol as columns."""

    names: list[str]
    cells: list[list[str]]
    rows: np.ndarray
    """line in the file of each row"""
    text: dict[str, list[str]]
    """section, water, target … as written"""
    values: dict[str, np.ndarray] = field(default_factory=dict)
    below: dict[str, np.ndarray] = field(default_factory=dict)
    days: np.ndarray | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Rows."""
        return len(self.cells)


def read(path: Path, *, unit: Mapping[str, str], detection: Mapping[str, float], extra: bool) -> Table:
    """The table of a file, values in the units of the standards; Refused with every fault named by row."""
    lines = [(number, row) for number, row in rows_of(path) if number]
    if len(lines) < 2:
        raise Refused(f"{path}：没有数据行；首行为表头")
    if any("\n" in c or "\r" in c for _, row in lines[1:] for c in row):
        raise Refused("有引号没有成对，或单元格里有换行；请检查含引号的单元格")
    last = max(k for k, h in enumerate(lines[0][1]) if h)
    names: list[str] = [re.sub(r"\s*\n\s*", "", h) for h in lines[0][1][: last + 1]]
    faults: list[str] = []
    where: dict[str, tuple[int, str]] = {}
    others: list[str] = []
    for place, header in enumerate(names):
        name, stated = meaning(header, "water", _KNOWN)
        if not name:
            others.append(header)
        elif name in where:
            faults.append(f"“{names[where[name][0]]}”与“{header}”两列都是 {name}；留一列")
        else:
            where[name] = (place, stated)
    if others and not extra:
        there = "断面、时间、水体类型、目标类别、城市、河流、流域、湖库、海拔与水质项目"
        faults.append(f"不认识的列：{'、'.join(others)}；要原样带到结果里写 --extra。已有：{there}")
    wide = [k for k, row in lines[1:] if len(row) > len(names) and any(c.strip() for c in row[len(names) :])]
    if wide:
        faults.append(f"{at_rows(np.array(wide))}比表头多列")
    cells = [(row + [""] * len(names))[: len(names)] for _, row in lines[1:]]
    table = Table(names, cells, np.array([k for k, _ in lines[1:]]), {})
    for name, (place, stated) in where.items():
        column = [row[place] for row in cells]
        if name in _TEXT:
            table.text[name] = [c.strip() for c in column]
        else:
            _values(table, name, names[place], column, unit.get(name, stated), detection.get(name), faults)
    if "time" in table.text:
        table.days = _days(table, faults)
    if faults:
        raise Refused(*faults)
    return table


def _values(
    table: Table, symbol: str, header: str, column: list[str], unit: str, detection: float | None, faults: list[str]
) -> None:  # fmt: skip
    ratio = unit_ratio(unit, items.get(symbol, "water").unit) if unit else 1.0
    if ratio is None:
        faults.append(f"“{header}”：单位 {unit} 不能换算成 {items.get(symbol, 'water').unit}")
        return
    known: dict[str, bool] = {}
    wrong = []
    for row, cell in zip(table.rows, column, strict=True):
        if cell not in known:
            try:
                censored.read_cells([cell])
                known[cell] = True
            except NotNumbers:
                known[cell] = False
        if not known[cell]:
            wrong.append((row, cell))
    for row, cell in wrong[:SHOWN]:
        faults.append(f"第 {row} 行 {header}：“{cell}”不是数值；低于检出限写 <0.01 或 0.01L，缺测留空")
    if len(wrong) > SHOWN:
        faults.append(f"{header}：共 {len(wrong)} 行不是数值")
    if wrong:
        return
    found = censored.read_cells(column, header, limit=detection)
    if found.unlimited.any():
        where = at_rows(table.rows[found.unlimited])
        table.warnings.append(f"{header}：{where}未检出而没有检出限，按缺测；检出限用 --detection {symbol}=… 给出")
    if symbol not in ("temperature", "ORP") and (found.value < 0).any():
        table.warnings.append(f"{header}：{at_rows(table.rows[found.value < 0])}为负值，按缺测处理")
    table.values[symbol] = converted(found.value, ratio)
    if found.below.any():
        table.below[symbol] = found.below


def _days(table: Table, faults: list[str]) -> np.ndarray:
    out, wrong = [], []
    for row, text in zip(table.rows, table.text["time"], strict=True):
        day = read_day(text)
        if day is None:
            wrong.append((row, text))
        out.append(np.datetime64("NaT", "D") if day is None else day)
    for row, text in wrong[:SHOWN]:
        faults.append(f"第 {row} 行 时间：“{text}”不是日期；写成 2026-03-01 或 2026-03")
    if len(wrong) > SHOWN:
        faults.append(f"时间：共 {len(wrong)} 行不是日期")
    return np.array(out, "datetime64[D]")


def targets_of(table: Table) -> list[int] | None:
    """Target class of each row, 0 where it has none; None without such a column; Refused for words that are no target."""
    if "target" not in table.text:
        return None
    out, wrong = [], []
    for row, word in zip(table.rows, table.text["target"], strict=True):
        try:
            cls = int(water.read_classes([word])[0])
        except LookupError:
            cls = 6
        if cls > 5:
            wrong.append(f"第 {row} 行 目标类别：“{word}”不是Ⅰ至Ⅴ类；没有目标的留空")
        out.append(cls)
    if wrong:
        raise Refused(*wrong[:SHOWN], *([f"目标类别：共 {len(wrong)} 行不是Ⅰ至Ⅴ类"] if len(wrong) > SHOWN else []))
    return out


def water_of(table: Table, given: str) -> np.ndarray:
    """The water body type of each row, of its column or of ``--water``; Refused where a row has none."""
    column = np.array([w or given for w in table.text.get("water", [given] * table.size)], object)
    if any(not w for w in column):
        where = at_rows(table.rows[[not w for w in column]])
        raise Refused(
            f"{where}没有水体类型：总磷限值河流与湖库不同，不作默认；加“水体类型”列（河流、湖库），全表一种写 --water river 或 --water lake"
        )
    lake = water.water_types(column, column.shape)
    return np.where(lake, "lake", "river").astype(object)


def groups(names: list[str], what: str, table: Table) -> dict[str, np.ndarray]:
    """Rows of each name, in order; Refused where a name is blank."""
    blank = np.array([not n for n in names])
    if blank.any():
        raise Refused(f"{at_rows(table.rows[blank])}没有{what}")
    found: dict[str, list[int]] = {}
    for k, name in enumerate(names):
        found.setdefault(name, []).append(k)
    return {name: np.array(rows) for name, rows in found.items()}
