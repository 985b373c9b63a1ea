"""A file read with a mapping, nothing stored yet: the rows it would give and what is wrong, row by row."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from qingshan.lake import columns
from qingshan.lake.imports import cells
from qingshan.lake.imports import mapping as mappings
from qingshan.lake.imports.mapping import Mapping
from qingshan.lake.imports.plausible import suspects
from qingshan.lake.imports.tables import Cell, ImportRefused, Table
from qingshan.terms import items as terms
from qingshan.terms.bounds import bounds
from qingshan.terms.registry import unknown
from qingshan.terms.units import unit_ratio

MAX_ERRORS = 1000
SAMPLE = 20
BELOW = "<"
"""the flag of a sample's value that is a detection limit"""


class RowError(NamedTuple):
    """What is wrong in one cell or row, and what to do. Rows are numbered as in the file."""

    row: int
    column: str
    value: str
    message: str


@dataclass(frozen=True)
class Preview:
    """What an import would store. `rows` holds only what is in order."""

    rows: pa.Table
    """station, time (END of hour), items, flags; sorted as in the file"""
    errors: tuple[RowError, ...]
    """the first of them; `n_errors` counts all"""
    n_errors: int
    notices: tuple[str, ...]
    """what was understood on the way: not detected, missing marks, unit by magnitude"""
    n_rows: int
    """data rows in the file"""
    n_values: int
    unknown_stations: tuple[str, ...]
    digest: str
    """SHA-256 of the rows: the same content has the same digest"""
    lines: dict[tuple[str, datetime], tuple[int, ...]] = field(default_factory=dict)
    """rows of the file that each (station, time) of `rows` was read from"""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong and there is something to store."""
        return self.n_errors == 0 and self.rows.num_rows > 0

    @property
    def sample(self) -> list[dict[str, Any]]:
        """The first rows, to be looked at."""
        return self.rows.slice(0, SAMPLE).to_pylist()


class _Cell(NamedTuple):
    row: int
    column: str
    station: str
    time: datetime
    item: str
    cell: Cell
    unit: str
    flag: str


class _Reader:
    """One pass over the rows; faults are collected, not raised."""

    def __init__(self, table: Table, mapping: Mapping, known: Dict[str, str] | None, until: datetime | None):
        self.table, self.mapping, self.known, self.until = table, mapping, known, until
        self.names = mappings.headers(table, mapping)
        self.sampled = mapping.grain == "samples"
        self.errors: list[RowError] = []
        self.n_errors = 0
        self.kinds: Counter[str] = Counter()
        self.strange: dict[str, tuple[int, int]] = {}
        self.n_rows = 0
        self._times: dict[Cell, datetime] = {}
        self._when: list[str] = []
        self._when_at: list[int] = []

    def column(self, name: str) -> int:
        name = cells.plain(name)
        if name not in self.names:
            raise ImportRefused(f"第 {self.mapping.header} 行表头里{unknown('列', name, self.names)}；请核对列映射或表头行号")
        return self.names.index(name)

    def fault(self, row: int, column: str, value: Any, message: str) -> None:
        self.n_errors += 1
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(RowError(row, column, cells.plain(value) if not isinstance(value, str) else value, message))

    def cells(self) -> Iterator[_Cell]:
        """Every cell of an item with its station and hour; rows without one are named."""
        m = self.mapping
        if not (m.time or m.date):
            raise ImportRefused(f"没有认出时间列；请指明哪一列是时间，或日期与小时。表头有：{'、'.join(self.names[:30])}")
        if not m.items and m.layout != "long":
            raise ImportRefused(f"没有认出监测项目列；请指明各项目在哪一列。表头有：{'、'.join(self.names[:30])}")
        self._when = [m.time] if m.time else [*m.date, *([m.hour] if m.hour else [])]
        self._when_at = [self.column(name) for name in self._when]
        station = self.column(m.station) if m.station else None
        if station is None and not m.station_fixed and m.layout != "stations":
            raise ImportRefused("没有认出站点列；请指明哪一列是站点，或指定这份文件的站点")
        valued = [(self.column(n), n, self._item(i) if m.layout == "wide" else i) for n, i in m.items.items()] if m.layout != "long" else []
        flags = {self._item(i): self.column(n) for n, i in m.flags.items()}
        long = (self.column(m.item), self.column(m.value), self.column(m.unit) if m.unit else None) if m.layout == "long" else None
        for number in range(m.first, len(self.table.rows) + 1):
            row = self.table.rows[number - 1]
            if not any(c is not None for c in row):
                continue
            self.n_rows += 1
            at = self._time(number, row)
            place = m.station_fixed or self._station(number, row[station] if station is not None else None)
            if at is None or not (place or m.layout == "stations"):
                continue
            if long:
                name = cells.plain(row[long[0]])
                item = m.items.get(name) or mappings.item_of(name, m.medium)
                if item is None:
                    self.fault(number, m.item, name, "不是能认的监测项目；请改成项目符号，如 PM2.5，或删去该行")
                    continue
                unit = (mappings.unit_of(cells.plain(row[long[2]]), m.medium) or cells.plain(row[long[2]])) if long[2] is not None else ""
                yield _Cell(number, m.value, place, at, item, row[long[1]], unit or m.units.get(item, ""), "")
            elif m.layout == "stations":
                for column, name, said in valued:
                    of = self._station(number, said)
                    if of:
                        yield _Cell(number, name, of, at, self._item(m.item), row[column], m.units.get(m.item, ""), "")
            else:
                for column, name, item in valued:
                    flag = cells.plain(row[flags[item]]) if item in flags else ""
                    yield _Cell(number, name, place, at, item, row[column], m.units.get(item, ""), flag)

    def _item(self, symbol: str) -> str:
        try:
            return terms.get(symbol, self.mapping.medium).symbol
        except LookupError as error:
            raise ImportRefused(f"列映射：{error}") from None

    def _time(self, number: int, row: list[Cell]) -> datetime | None:
        m, columns_ = self.mapping, self._when
        said = [row[c] for c in self._when_at]
        try:
            if m.time:
                at = self._times.get(said[0]) or cells.read_time(said[0])
                self._times[said[0]] = at
            else:
                day = date(*(int(cells.plain(c)) for c in said[:3])) if len(m.date) == 3 else cells.read_time(said[0]).date()
                if not m.hour and not self.sampled:
                    raise ValueError("只有日期，没有小时；小时数据要有 hour 列")
                if m.hour:
                    at = cells.read_clock(day, said[-1])
                else:
                    at = datetime(day.year, day.month, day.day) if len(m.date) == 3 else cells.read_time(said[0])
        except (ValueError, OverflowError) as error:
            words = str(error) if any(ch > "\u2e80" for ch in str(error)) else "不是能认的时间；请写成 2026-03-01 05:00"
            self.fault(number, columns_[0], _shown(said), words)
            return None
        if (at.minute or at.second) and not self.sampled:
            self.fault(number, columns_[0], _shown(said), "不是整点；这里只收小时值，分钟数据请先汇成小时值")
            return None
        if not 1990 <= at.year <= 2100:
            self.fault(number, columns_[0], _shown(said), "年份不对，请核对")
            return None
        end = at + timedelta(hours=1) if m.hour_label == "start" and not self.sampled else at
        if self.until is not None and end > self.until:
            self.fault(number, columns_[0], _shown(said), "时间还没有到，观测值不会在将来；请核对年月日与电脑的时钟")
            return None
        return end

    def _station(self, number: int, cell: Cell) -> str:
        name = cells.plain(cell)
        if not name:
            self.fault(number, self.mapping.station or "站点", "", "没有站点；请补上，或用 station_fixed 指定")
            return ""
        meant = self.mapping.stations.get(name, name)
        found = meant if self.known is None else self.known.get(cells.plain(meant))
        if found is None:
            first, count = self.strange.get(name, (number, 0))
            self.strange[name] = (first, count + 1)
            return ""
        return found

    def value(self, cell: _Cell) -> tuple[float | None, bool]:
        """The number of one cell in the item's own unit, or None; and whether it is a detection limit it stayed below (samples)."""
        m = self.mapping
        try:
            value = cells.read_value(cell.cell, "limit" if self.sampled else m.below, m.limits.get(cell.item))
        except ValueError as error:
            self.fault(cell.row, cell.column, cell.cell, f"{error}；请改为数值，缺测请留空")
            return None, False
        if self.sampled and value.kind == "not_detected" and value.number is None:
            self.fault(cell.row, cell.column, cell.cell, "未检出而没有检出限；请写成检出限加 L（如 0.01L）或 <0.01")
            return None, False
        if value.kind:
            self.kinds[value.kind if value.number is not None or value.kind in ("missing", "sentinel") else f"{value.kind}_lost"] += 1
        if value.number is None:
            return None, False
        item = terms.get(cell.item, m.medium)
        bound = bounds(m.medium).rows.get(item.symbol)
        if value.number < 0 and (bound is None or bound.low >= 0):
            self.fault(cell.row, cell.column, cell.cell, f"{item.name}不能为负；请核实，缺测请留空")
            return None, False
        if item.symbol == "pH" and bound and value.number > bound.high:
            self.fault(cell.row, cell.column, cell.cell, f"pH 在 {bound.low:g}—{bound.high:g} 之间；请核对是不是错了列")
            return None, False
        number = value.number
        if cell.unit and cell.unit != item.unit:
            ratio = unit_ratio(cell.unit, item.unit)
            if ratio is None:
                self.fault(cell.row, cell.column, cell.cell, f"单位“{cell.unit}”不能换算为 {item.unit or '无量纲'}；请先换算")
                return None, False
            number = number * ratio if ratio >= 1 else round(number / (1 / ratio), 9)
        if bound and number > bound.high and not self.sampled:
            self.fault(cell.row, cell.column, cell.cell, f"{item.name} {number:g} {item.unit} 大得不像小时值；请核对单位与录入")
            return None, False
        return number, self.sampled and value.kind in ("below", "not_detected")


def _shown(said: list[Cell]) -> str:
    return " ".join(cells.plain(c) for c in said)


def preview(
    table: Table, mapping: Mapping, known_stations: Dict[str, str] | Iterable[str] | None = None, until: datetime | None = None
) -> Preview:
    """Read a file with a mapping and store nothing (试导入).

    Parameters
    ----------
    table, mapping : from `read_table` and `propose` (looked at) or a saved mapping
    known_stations : names and ids that exist, as name → id or as ids; None takes any name as an id
    until : the last hour label there can be, such as the hour now; later ones are faults. None asks for none

    Raises
    ------
    ImportRefused : the mapping does not fit the file
    """
    known = None
    if known_stations is not None:
        pairs = known_stations.items() if isinstance(known_stations, Dict) else ((s, s) for s in known_stations)
        known = {cells.plain(name): station for name, station in pairs}
        known |= {station: station for station in list(known.values())}
    if known is not None and mapping.station_fixed and mapping.station_fixed not in known:
        raise ImportRefused(f"列映射 station_fixed 指定的站点“{mapping.station_fixed}”没有登记")
    reader = _Reader(table, mapping, known, until)
    found: dict[tuple[str, datetime], dict[str, Any]] = {}
    where: dict[tuple[str, datetime, str], int] = {}
    repeated = n_values = 0
    for cell in reader.cells():
        number, below = reader.value(cell)
        place = (cell.station, cell.time)
        key = (*place, cell.item)
        if key in where and where[key] != cell.row:
            if found.get(place, {}).get(cell.item) == number:
                repeated += 1
            else:
                when = "时间" if reader.sampled else "小时"
                reader.fault(cell.row, cell.column, cell.cell, f"与第 {where[key]} 行是同一站点同一{when}而值不同，未取本行；请删去其一")
            continue
        where[key] = cell.row
        if number is None:
            continue
        row = found.setdefault(place, {})
        row[cell.item] = number
        n_values += 1
        if below:
            row["flags"] = ";".join([*filter(None, [row.get("flags")]), f"{cell.item}:{BELOW}"])
        if cell.flag and cell.flag.upper() not in (columns.NORMAL, "正常", "有效"):
            row["flags"] = ";".join([*filter(None, [row.get("flags")]), f"{cell.item}:{_flag(cell.flag)}"])
    if reader.sampled and mapping.layout == "wide":
        for name, has_unit in _unread(reader, table):
            if has_unit:
                said = f"{terms.MEDIA[mapping.medium]}没有这个监测项目，这一列没有导入；请核对介质，或把表头改成项目名称、符号"
                reader.fault(mapping.header or 1, name, name, said)
    if reader.sampled:
        n_values -= _refuse(reader, mapping, found, where)
    for name, (first, count) in reader.strange.items():
        words = f"没有登记这个站点（共 {count} 处）；请先登记，或改成已登记的名称、编号"
        reader.fault(first, mapping.station or "站点", name, words)
    rows = _arrow(found, mapping.medium)
    return Preview(
        rows, tuple(sorted(reader.errors)), reader.n_errors, tuple(_notices(reader, table, repeated)), reader.n_rows, n_values,
        tuple(reader.strange), digest(rows), _lines(found, where),
    )  # fmt: skip


def _lines(found: dict, where: dict[tuple[str, datetime, str], int]) -> dict[tuple[str, datetime], tuple[int, ...]]:
    rows: dict[tuple[str, datetime], set[int]] = {key: set() for key in found}
    for (station, time, item), row in where.items():
        if item in found.get((station, time), ()):
            rows[station, time].add(row)
    return {key: tuple(sorted(numbers)) for key, numbers in rows.items()}


def _refuse(reader: _Reader, mapping: Mapping, found: dict, where: dict) -> int:
    """Take implausible samples out of what was found and name each row; returns how many values went."""
    columns_of = {item: name for name, item in mapping.items.items()} if mapping.layout == "wide" else {}
    gone = 0
    for item in dict.fromkeys(i for row in found.values() for i in row if i != "flags"):
        keys = [k for k, row in found.items() if item in row and f"{item}:{BELOW}" not in row.get("flags", "").split(";")]
        values = np.array([found[k][item] for k in keys], float)
        for places, said in suspects(item, mapping.medium, values, units_checked=mapping.units_checked) if keys else ():
            for i in places:
                if (value := found[keys[i]].pop(item, None)) is not None:
                    reader.fault(where[*keys[i], item], columns_of.get(item, mapping.value or item), f"{value:g}", said)
                    gone += 1
    for key in [k for k, row in found.items() if not set(row) - {"flags"}]:
        del found[key]
    return gone


def _unread(reader: _Reader, table: Table) -> Iterator[tuple[str, bool]]:
    """Columns with numbers that no item was recognised in, and whether the head names a unit."""
    m = reader.mapping
    used = {m.time, *m.date, m.hour, m.station, m.item, m.value, m.unit, *m.items, *m.flags}
    for at, name in enumerate(reader.names):
        if name in used or not name or name.startswith("列"):
            continue
        if any(_is_number(row[at]) for row in table.rows[m.first - 1 :] if at < len(row)):
            yield name, bool(mappings.unit_in(name, m.medium)) and mappings.unit_in(name, m.medium) != cells.plain(name)


def _is_number(cell: Cell) -> bool:
    try:
        return cells.read_value(cell, "limit", None).number is not None
    except ValueError:
        return False


def _flag(text: str) -> str:
    return "".join(ch for ch in text if ch not in ":;")[:20]


def _arrow(found: dict[tuple[str, datetime], dict[str, Any]], medium: str) -> pa.Table:
    there = set().union(*found.values())
    names = [s for s in terms.symbols(medium if medium != "air" else None) if s in there]
    return pa.table(
        {
            "station": pa.array([s for s, _ in found], pa.string()),
            "time": pa.array([t for _, t in found], pa.timestamp("s")),
            **{n: pa.array([row.get(n) for row in found.values()], pa.float64()) for n in names},
            "flags": pa.array([row.get("flags") for row in found.values()], pa.string()),
        }
    )


def digest(rows: pa.Table) -> str:
    """SHA-256 of rows whatever their order."""
    lines = sorted(map(repr, zip(*(column.to_pylist() for column in rows.columns))))
    return hashlib.sha256("\n".join([repr(rows.column_names), *lines]).encode()).hexdigest()


def _notices(reader: _Reader, table: Table, repeated: int) -> Iterator[str]:
    m, kinds = reader.mapping, reader.kinds
    stands = "低于该限保存" if reader.sampled else {"half": "检出限的一半", "limit": "检出限", "missing": "缺测"}[m.below]
    said = (
        ("below", f"低于检出限的值 {{}} 个，按{stands}计"),
        ("not_detected", f"“未检出”{{}} 个，按列映射给的{stands}计"),
        ("below_lost", "低于检出限的值 {} 个，按缺测计"),
        ("not_detected_lost", "“未检出”{} 个没有检出限，按缺测计"),
        ("sentinel", "−1、−99、−999 一类的缺测代码 {} 个，按缺测计"),
        ("missing", "空值和缺测记号 {} 个"),
    )
    for kind, words in said:
        if kinds[kind]:
            yield words.format(kinds[kind])
    if reader.sampled and m.layout == "wide" and (names := [name for name, has_unit in _unread(reader, table) if not has_unit]):
        yield f"没有认出、没有导入的列：{'、'.join(names[:12])}；若是监测项目，请把表头改成项目名称、符号"
    if repeated:
        yield f"完全重复的值 {repeated} 个，只取一个"
    if m.hour_label == "start" and not reader.sampled:
        yield "文件以小时的起点标时（05:00 指 05–06 时），已换成以终点标时"
    for name, item in m.items.items() if m.layout == "wide" and m.medium == "air" else ():
        likely = mappings.likely_unit(item, mappings.sample(table, m, reader.column(name)))
        unit = m.units.get(item) or terms.get(item).unit
        if likely and likely != unit:
            yield f"列“{name}”按 {unit} 读，但数值大小像 {likely}；请核对这一列的单位"
