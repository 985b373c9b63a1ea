"""A table of samples as people keep it: CSV or Excel, headers in Chinese or by symbol, with units; every fault by its row.

One reader for all evaluations from a table. What cannot be read as a table is refused (:class:`Refused`); what is wrong in one row
is that row's fault: the row stays in the result, unjudged, with the reason beside it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from qingshan.cli.table_cells import number_text, read_day
from qingshan.cli.table_files import Refused, at_rows, rows_of
from qingshan.cli.table_headers import meaning, plain_word
from qingshan.stats import censored
from qingshan.stats.columns import NotNumbers
from qingshan.terms import items
from qingshan.terms.units import converted, plain_unit, unit_ratio

_ROWS_OF_TOTALS = re.compile(
    r"(合\s*计|总\s*计|小\s*计|汇\s*总|平\s*均|平均值|均\s*值|最大值|最小值|中位数|标准差|标准值|标准限值|限\s*值|检出率|超标率|样本数|个数|total|sum|mean|average|min|max)$"
    r"|^(注|备注|说明|填表|审核|制表|填报)(人|日期)?\s*[:：].*",
    re.IGNORECASE,
)
_META = frozenset((
    "序号", "编号", "经度", "纬度", "东经", "北纬", "年", "月", "日", "年份", "年度", "id", "no", "no.", "海拔", "高程", "井深", "埋深",
    "邮编",
))  # fmt: skip
_HEAD_ROWS = 12


@dataclass(frozen=True)
class Column:
    """A column an evaluation asks for, beside monitored items."""

    name: str
    """as in the template"""
    aliases: tuple[str, ...] = ()
    kind: str = "text"
    """text, number or day"""
    needed: bool = False
    unit: str = ""
    """of a number, as in the template's header"""


@dataclass(frozen=True)
class Layout:
    """What an evaluation reads: its columns, the medium of its items, and a table that shows it."""

    columns: tuple[Column, ...]
    template: str
    """CSV text: a header and rows that can be evaluated as they are"""
    medium: str = ""
    others: tuple[str, ...] = ()
    """further media whose items may stand in the table"""
    is_open: bool = False
    """any further column of numbers has a meaning of its own (物种)"""


@dataclass
class Samples:
    """A table read: all its rows, what the columns mean, and what is wrong in which row."""

    path: Path
    head: list[str]
    cells: list[list[str]]
    lines: np.ndarray
    """row of the file, as people count"""
    text: dict[str, list[str]] = field(default_factory=dict)
    numbers: dict[str, np.ndarray] = field(default_factory=dict)
    values: dict[str, np.ndarray] = field(default_factory=dict)
    below: dict[str, np.ndarray] = field(default_factory=dict)
    days: np.ndarray | None = None
    found: dict[str, str] = field(default_factory=dict)
    """header under which a column or item stood"""
    others: dict[str, list[str]] = field(default_factory=dict)
    """columns without a meaning, as written"""
    faults: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Rows."""
        return len(self.cells)

    @property
    def good(self) -> np.ndarray:
        """Rows nothing is wrong with so far."""
        return np.array([not f for f in self.faults], bool)

    def fault(self, row: int, words: str) -> None:
        """Say what is wrong in a row; it will not be judged."""
        if words not in self.faults[row] and not any("不是样品" in f for f in self.faults[row]):
            self.faults[row].append(words)

    def column(self, name: str) -> list[str]:
        """A column of text; blanks where the table has none."""
        return self.text.get(name, [""] * self.size)

    def number(self, name: str) -> np.ndarray:
        """A column of numbers; NaN where the table has none."""
        return self.numbers.get(name, np.full(self.size, np.nan))

    def has(self, name: str) -> bool:
        """Whether the table has a column."""
        return name in self.found

    def need(self, *names: str) -> None:
        """Fault of every row that lacks one of these."""
        for name in names:
            column = self.column(name) if name in self.text else self.number(name)
            for row, cell in enumerate(column):
                if cell == "" or (isinstance(cell, float) and np.isnan(cell)):
                    self.fault(row, f"缺{name}")

    def each(self, judge: Callable[[int], None]) -> None:
        """Judge row by row; what a row cannot be judged for becomes its fault."""
        for row in np.flatnonzero(self.good).tolist():
            try:
                judge(row)
            except (ValueError, LookupError, TypeError) as error:
                self.fault(row, in_words(str(error.args[0] if error.args else error)))


_SAID_TO_PROGRAMS = {
    "（has_inflow=False）": "", "（entered）": "（--entered）", "请用 correction 写明": "请在“修正系数”列写明",
    "（payer）": "", "（target_value）": "",
    "correction 与 air_cooled、heat_ratio、load 只取其一": "修正系数与空冷、供热比、负荷系数只取其一", "须给 coefficient": "须在“系数”列给",
    "可自行给 factor": "可在“排放因子”列自行给",
}  # fmt: skip


def in_words(error: str) -> str:
    """An error of the science as people at a table need it."""
    for said, words in _SAID_TO_PROGRAMS.items():
        error = error.replace(said, words)
    return error


def unit_options(options: Iterable[str], layout: Layout) -> dict[str, str]:
    """``["氨氮=µg/L"]`` by symbol or column; Refused for an unknown one."""
    found = {}
    for option in options:
        word, _, unit = option.partition("=")
        name, _ = meaning(word, layout.medium, _known(layout))
        if not name or not unit or unit_ratio(unit, _unit_of(name, layout)) is None:
            raise Refused(
                f"--unit {option}：写成 项目=单位，如 氨氮=µg/L；"
                + (f"{word} 的单位须能换算成 {_unit_of(name, layout)}" if name else f"没有“{word}”")
            )
        found[name] = unit
    return found


def detection_options(options: Iterable[str], medium: str) -> dict[str, float]:
    """``["汞=0.00004"]``: detection limits for cells that only say 未检出 [the unit of the column]."""
    found = {}
    for option in options:
        word, _, number = option.partition("=")
        item = items.find_word(word, medium) if medium else None
        try:
            limit = float(number)
        except ValueError:
            limit = float("nan")
        if item is None or not 0 < limit < float("inf"):
            raise Refused(f"--detection {option}：写成 项目=检出限，如 汞=0.00004" + ("" if item else f"；没有项目“{word}”"))
        found[item.symbol] = limit
    return found


def _known(layout: Layout) -> dict[str, str]:
    return {plain_word(w): c.name for c in layout.columns for w in (c.name, *c.aliases)}


def _unit_of(name: str, layout: Layout) -> str:
    for column in layout.columns:
        if column.name == name:
            return column.unit
    return items.get(name, layout.medium).unit


def read(
    path: Path, layout: Layout, *, unit: Sequence[str] = (), detection: Sequence[str] = (), extra: bool = False, nd_is_zero: bool = False
) -> Samples:  # fmt: skip
    """The samples of a file, in the units of the standards; Refused where it is no such table, else faults by row.

    Parameters
    ----------
    unit, detection : options as given: ``氨氮=µg/L``, ``汞=0.00004``
    extra : let columns of numbers that are no known item stand in the result
    nd_is_zero : a cell that says 未检出 without a limit counts as below any (未检出为Ⅰ类)
    """
    rows, words = rows_of(path), _known(layout)
    notes = []
    if rows and rows[0][1][0].startswith("\0"):
        notes.append(rows.pop(0)[1][0][1:])
    stated, limits = unit_options(unit, layout), detection_options(detection, layout.medium)
    head, body = _head(path, rows, layout, words)
    where, units, others, faults = _places(head, layout, words)
    body, units = _unit_row(body, where, units, layout)
    if not body:
        raise Refused(f"{path}：没有数据行")
    lacking = [c for c in layout.columns if c.needed and c.name not in where]
    if lacking:
        asked = "、".join(c.name + (f"（{c.unit}）" if c.unit else "") for c in lacking)
        faults.append(f"缺列 {asked}；表中有：{'、'.join(h for h in head if h)}；--template 给出样表")
    if layout.medium and not any(name not in words.values() for name in where):
        faults.append(f"没有{items.MEDIA[layout.medium]}项目的列；表中有：{'、'.join(h for h in head if h)}；--template 给出样表")
    cells = [row for _, row in body]
    out = Samples(path, head, cells, np.array([n for n, _ in body]), faults=[[] for _ in body], notes=notes)
    out.found = {name: head[place] for name, place in where.items()}
    last = max(k for k, h in enumerate(head) if h)
    for row, line in enumerate(cells):
        if any(line[last + 1 :]):
            out.fault(row, "比表头多列，各列可能错位")
    _left_out(out, head, where)
    for place in others:
        _other(out, head[place], [row[place] for row in cells], layout, extra, faults)
    if faults:
        raise Refused(*faults)
    for name, place in where.items():
        column = next((c for c in layout.columns if c.name == name), None)
        texts = [row[place] for row in cells]
        if column is not None and column.kind == "text":
            out.text[name] = [unicodedata.normalize("NFKC", t).strip() if name != "单位" else t.strip() for t in texts]
        elif column is not None and column.kind == "day":
            out.text[name] = [t.strip() for t in texts]
            out.days = _days(out, name)
        else:
            _column(
                out,
                name,
                texts,
                stated.get(name, units.get(name, "")),
                _unit_of(name, layout),
                column is None,
                limits.get(name),
                nd_is_zero,
            )
    return out


def _head(
    path: Path, rows: list[tuple[int, list[str]]], layout: Layout, words: Mapping[str, str]
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, of one row or two, and the rows beneath it."""
    if not rows:
        raise Refused(f"{path}：没有数据")

    def is_known(cell: str) -> bool:
        return bool(cell) and any(meaning(cell, m, words)[0] for m in (layout.medium, *layout.others))

    counts = [len({c for c in row if is_known(c)}) for _, row in rows[:_HEAD_ROWS]]
    if not max(counts):
        raise Refused(
            f"{path}：前 {len(counts)} 行里没有认得的表头；首行应为 {'、'.join(c.name for c in layout.columns[:4])}…；--template 给出样表"
        )
    place = counts.index(max(counts))
    head, start = list(rows[place][1]), place + 1
    if place:
        above = rows[place - 1][1]
        head = [c or (above[i] if is_known(above[i]) else "") for i, c in enumerate(head)]
    if start < len(rows):  # 两行表头：合并单元格之下的项目名
        under = rows[start][1]
        if any(is_known(u) and not is_known(h) for u, h in zip(under, head, strict=True)):
            head = [u if is_known(u) and not is_known(h) else h for u, h in zip(under, head, strict=True)]
            start += 1
    return [re.sub(r"\s*\n\s*", "", h) for h in head], rows[start:]


def _places(head: list[str], layout: Layout, words: Mapping[str, str]) -> tuple[dict[str, int], dict[str, str], list[int], list[str]]:
    where: dict[str, int] = {}
    units: dict[str, str] = {}
    others, faults = [], []
    for place, header in enumerate(head):
        if not header:
            continue
        name, stated = meaning(header, layout.medium, words)
        if not name:
            others.append(place)
        elif name in where:
            faults.append(f"“{head[where[name]]}”与“{header}”两列都是 {name}；留一列")
        else:
            where[name] = place
            column = next((c for c in layout.columns if c.name == name), None)
            if stated and (column is None or column.kind == "number"):
                units[name] = stated
                if unit_ratio(stated, _unit_of(name, layout)) is None:
                    to = _unit_of(name, layout) or "无量纲"
                    faults.append(f"“{header}”：单位 {stated} 不能换算成 {to}；请先换算，或改正表头")
    return where, units, others, faults


def _unit_row(
    body: list[tuple[int, list[str]]], where: Mapping[str, int], units: dict[str, str], layout: Layout
) -> tuple[list[tuple[int, list[str]]], dict[str, str]]:  # fmt: skip
    """The rows without a row of units beneath the header."""
    if not body:
        return body, units
    kinds = {c.name: c.kind for c in layout.columns}
    found, line = {}, body[0][1]
    for name, place in where.items():
        if kinds.get(name, "number") == "number" and line[place]:
            if unit_ratio(line[place], _unit_of(name, layout)) is None:
                return body, units
            found[name] = line[place]
    if not found or any(any(c.isdigit() for c in re.sub(r"m[23]|100ml|10-\d", "", plain_unit(u))) for u in found.values()):
        return body, units
    return body[1:], {**found, **units}


def _left_out(out: Samples, head: list[str], where: Mapping[str, int]) -> None:
    """Rows that are no samples: totals, means, remarks, a header repeated."""
    for row, cells in enumerate(out.cells):
        filled = [unicodedata.normalize("NFKC", c).strip() for c in cells if c]
        if [c for c in cells if c] == [h for h, c in zip(head, cells, strict=True) if c] and len(filled) > 1:
            out.fault(row, "是重复的表头，不是样品")
        elif filled and _ROWS_OF_TOTALS.match(filled[0]):
            out.fault(row, f"“{filled[0][:20]}”行不是样品，未评价")


def _other(out: Samples, header: str, texts: list[str], layout: Layout, extra: bool, faults: list[str]) -> None:
    name = header
    while name in out.others:
        name += "_2"
    out.others[name] = texts
    known_elsewhere = any(meaning(header, m, {})[0] for m in layout.others)
    if extra or layout.is_open or known_elsewhere or plain_word(header) in _META:
        return
    good = [t for t, f in zip(texts, out.faults, strict=True) if t and not f]
    numeric = 0
    for text in good:
        try:
            read = censored.read_cells([number_text(text)])
            numeric += int(not np.isnan(read.value[0]) or bool(read.unlimited[0]))
        except NotNumbers:
            pass
    if layout.medium and good and numeric > len(good) / 2:
        near = [i.name for i in items.of_medium(layout.medium) if set(i.name) & set(header) and i.name[0] == header[0]]
        faults.append(
            f"不认识的列“{header}”，里面是数值：若是监测项目请改正名称"
            + (f"（如 {'、'.join(near[:4])}）" if near else "")
            + "；不参加评价的写 --extra 原样保留"
        )


def _days(out: Samples, name: str) -> np.ndarray:
    days = []
    for row, text in enumerate(out.text[name]):
        day = read_day(text)
        days.append(np.datetime64("NaT", "D") if day is None else day)
        if day is None and not out.faults[row]:
            out.fault(row, f"{name}：“{text}”不是日期；写成 2026-03-01 或 2026-03" if text else f"没有{name}")
    return np.array(days, "datetime64[D]")


def _column(
    out: Samples, name: str, texts: list[str], unit: str, to: str, is_item: bool, detection: float | None, nd_is_zero: bool
) -> None:  # fmt: skip
    header = out.found[name]
    ratio = unit_ratio(unit, to) if unit else 1.0
    assert ratio is not None, (unit, to)
    value, below = np.full(out.size, np.nan), np.zeros(out.size, bool)
    unlimited = []
    for row, text in enumerate(texts):
        if out.faults[row] and "不是样品" in out.faults[row][0]:
            continue
        if is_item and name in ("odour", "visible") and text in ("无", "有"):
            value[row] = float(text == "有")
            continue
        try:
            read = censored.read_cells([number_text(text)], limit=detection)
        except NotNumbers:
            out.fault(row, f"{header}：“{text}”不是数值；" + ("低于检出限写 <0.01 或 0.01L，缺测留空" if is_item else "没有的留空"))
            continue
        value[row], below[row] = read.value[0], read.below[0]
        if read.unlimited[0]:
            if nd_is_zero:
                value[row], below[row] = 0.0, True
            else:
                unlimited.append(row)
    if np.isinf(value).any():
        for row in np.flatnonzero(np.isinf(value)).tolist():
            out.fault(row, f"{header}：无穷大不是数值")
        value = np.where(np.isinf(value), np.nan, value)
    if unlimited:
        out.notes.append(
            f"{header}：{at_rows(out.lines[unlimited])}未检出而没有检出限，按缺测；检出限用 --detection {name}=… 给出" if is_item
            else f"{header}：{at_rows(out.lines[unlimited])}未检出，按缺测"
        )  # fmt: skip
    if below.any() and not is_item:
        for row in np.flatnonzero(below).tolist():
            out.fault(row, f"{header}：“{texts[row]}”是低于检出限的写法，这一列须为数值")
    value = converted(value, ratio)
    if not is_item:
        out.numbers[name] = value
        return
    out.values[name] = value
    if below.any():
        out.below[name] = below
