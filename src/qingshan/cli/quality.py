"""``qingshan quality check IN.csv --place outlet -o OUT.csv``: leads of bad or made-up data in a table of hours (数据质量与造假线索)."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from qingshan.cli import results
from qingshan.cli.air_table import COLUMN, column_name, header_unit, number_column, time_column
from qingshan.cli.table_files import Refused, columns_of
from qingshan.cli.table_headers import meaning, plain_word
from qingshan.quality import declared, series
from qingshan.quality.findings import STRENGTH, Finding
from qingshan.quality.screen import Place, screen
from qingshan.stats import plausibility
from qingshan.terms import items
from qingshan.terms.registry import unknown
from qingshan.terms.units import converted, unit_ratio

EXPLAIN = """
输入：一行一个点位的一个整点小时，CSV 或 Excel。列：时间（必有），点位（一个点位的可以没有），各监测项目（单位写在括号里），
  标记（HJ 212 数据标记：N 或空为正常，F 停运，其余为标记），流量、生产用电、治污用电（kW），检查（有检查的小时写 1）。
--place 场所：air 环境空气自动站、water 地表水自动站、outlet 废水排放口，阈值与项目各不相同，没有默认。
--limit 化学需氧量=50 给排放限值，才查贴限、标记遮盖超标；--set flat_hours=12 改一项阈值；--only flat,repeat 只查几项。
点位之间：air 与其余点位比高低和雷同；其余场所只查雷同。
结果：一行一条线索，起止时间、强弱、数字、可能涉及的条款。线索须由人核查，不是认定。没有线索时只有表头。
返回值：0 查过了（有没有线索都是 0），1 输入有误，2 用法有误。
"""
_WORDS = {
    "时间": ("time", "datetime", "监测时间", "数据时间", "日期时间", "timepoint"),
    "点位": ("station", "site", "点位名称", "站点", "站点名称", "排口", "排放口", "断面", "stationcode"),
    "标记": ("flag", "mark", "数据标记"),
    "流量": ("flow", "废水流量", "瞬时流量"),
    "生产用电": ("production", "产污设施用电", "生产功率"),
    "治污用电": ("treatment", "治污设施用电", "治污功率"),
    "检查": ("visit", "现场检查"),
}
_KNOWN = {plain_word(w): name for name, words in _WORDS.items() for w in (name, *words)}
_NUMBERS = ("流量", "生产用电", "治污用电", "检查")
_NORMAL, _STOPPED, _CALIBRATION = ("", "N"), "F", "C"
HEAD = ("点位", "项目", "检查", "名称", "强弱", "起", "止", "小时数", "线索", "可能涉及", "数字")


@dataclass
class _Table:
    time: np.ndarray
    station: np.ndarray
    marks: np.ndarray | None
    numbers: dict[str, np.ndarray] = field(default_factory=dict)
    """items by symbol, further columns by name"""
    items: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parts = parser.add_subparsers(dest="what", required=True, metavar="check")
    one = parts.add_parser("check", help="逐时表的质量检查与造假线索", formatter_class=argparse.RawDescriptionHelpFormatter, epilog=EXPLAIN)
    one.add_argument("input", type=Path, nargs="?", metavar="IN.csv", help="逐时表")
    one.add_argument("-o", "--output", type=Path, default=Path("-"), metavar="OUT.csv", help="线索；- 为标准输出")
    one.add_argument("--template", type=Path, metavar="OUT.csv", help="不检查，写一张样表")
    one.add_argument("--place", choices=declared.kinds(), help="场所")
    one.add_argument("--limit", action="append", default=[], metavar="项目=数", help="排放限值，单位同项目")
    one.add_argument("--only", default="", metavar="名称,名称", help=f"只查几项：{'、'.join(declared.checks())}")
    one.add_argument("--set", action="append", default=[], metavar="阈值=数", help="改一项阈值，见 docs/quality.md")
    one.add_argument("--units-checked", action="store_true", help="数量级像另一单位而单位已核对")


def run(options: argparse.Namespace) -> int:
    """Check and write; 1 with the faults on stderr where the table is refused."""
    try:
        if options.template is not None:
            results.write(_template(), options.template)
            return 0
        if options.input is None:
            raise Refused("没有输入表；写 IN.csv，或 --template OUT.csv 要一张样表")
        if options.place is None:
            raise Refused("写 --place air（环境空气自动站）、water（地表水自动站）或 outlet（废水排放口）；没有默认")
        table = _read(options.input, declared.place_medium(options.place))
        limits = _pairs(options.limit, "--limit", declared.place_medium(options.place))
        rows, hours = _check(table, options, limits)
        results.write({name: [row[k] for row in rows] for k, name in enumerate(HEAD)}, options.output)
    except (Refused, ValueError, LookupError, OSError) as error:
        print(error.args[0] if error.args else error, file=sys.stderr)
        return 1
    print(f"依据：阈值 {options.place}（docs/quality.md）；{declared.law('flat').regulation}", file=sys.stderr)
    for mark in declared.marks(options.place):
        print(f"待核实：{mark}", file=sys.stderr)
    for item, share in _sparse(table).items():
        print(f"注意：{item} 只有 {share:.0%} 的小时有值，突变、尖峰、恒值、波动过小按一小时一值，多半查不出来", file=sys.stderr)
    if table.left:
        print(f"注意：没有用到的列：{'、'.join(table.left)}", file=sys.stderr)
    stations = len(set(table.station.tolist()))
    print(f"{stations} 个点位、{len(table.items)} 项、{hours} 个小时，{len(rows)} 条线索；未评价 0 行", file=sys.stderr)
    return 0


def _pairs(given: list[str], option: str, medium: str) -> dict[str, float]:
    """``["COD=50"]`` by symbol, or by name where the option has no medium."""
    out = {}
    for text in given:
        word, _, number = text.partition("=")
        item = items.find_word(word, medium) if medium else None
        try:
            out[item.symbol if item else word] = float(number)
        except ValueError:
            raise Refused(f"{option} {text}：写成 {'化学需氧量=50' if medium else 'flat_hours=12'}") from None
        if medium and item is None:
            raise Refused(f"{option} {text}：没有{items.MEDIA[medium]}项目“{word}”")
    return out


def _read(path: Path, medium: str) -> _Table:
    text, rows = columns_of(path)
    where: dict[str, tuple[str, str]] = {}
    left, faults = [], []
    for header in text.column_names:
        name, unit = meaning(header, medium, _KNOWN)
        if not name and medium == "air":
            name, unit = COLUMN.get(column_name(header), ""), header_unit(header)
        if not name:
            left.append(header)
        elif name in where:
            faults.append(f"“{where[name][0]}”与“{header}”两列都是 {name}；留一列")
        else:
            where[name] = (header, unit)
    symbols = [name for name in where if name not in _WORDS]
    if "时间" not in where:
        faults.append(f"缺列 时间；表中有：{'、'.join(text.column_names)}")
    if not symbols:
        faults.append(f"没有{items.MEDIA[medium]}项目的列；表中有：{'、'.join(text.column_names)}；--template 给出样表")
    if faults:
        raise Refused(*faults)
    cells = {name: text.column(header).combine_chunks() for name, (header, _) in where.items()}
    time = time_column(cells["时间"], rows, False, faults)
    station = np.array(cells["点位"].to_pylist() if "点位" in cells else [""] * rows.size, object)
    marks = np.array([t.strip().upper() for t in cells["标记"].to_pylist()], object) if "标记" in cells else None
    out = _Table(time, station, marks, {}, symbols, left)
    for name in (*symbols, *(n for n in _NUMBERS if n in where)):
        header, unit = where[name]
        column = number_column(cells[name], header, rows, faults)
        if name in symbols and unit:
            ratio = unit_ratio(unit, items.get(name, medium).unit)
            if ratio is None:
                faults.append(f"“{header}”：单位 {unit} 不能换算成 {items.get(name, medium).unit or '无量纲'}；请先换算，或改正表头")
                continue
            column = converted(column, ratio)
        out.numbers[name] = column
    if faults:
        raise Refused(*faults)
    return out


def _check(table: _Table, options: argparse.Namespace, limits: dict[str, float]) -> tuple[list[list[object]], int]:
    medium, only = declared.place_medium(options.place), tuple(n.strip() for n in options.only.split(",") if n.strip())
    if wrong := [name for name in limits if name not in table.items]:
        raise Refused(f"--limit 给了 {'、'.join(wrong)}，表中没有这一列")
    if wrong := [name for name in only if name not in declared.checks()]:
        raise Refused(unknown("质控检查", wrong[0], declared.checks()))
    plausibility.refuse_units(medium, {i: table.numbers[i] for i in table.items}, options.units_checked)
    names = list(dict.fromkeys(table.station.tolist()))
    axis = np.arange(table.time.min().astype("M8[h]"), table.time.max().astype("M8[h]") + 1)
    placed = {name: _on_axis(table, name, axis) for name in names}
    rows: list[list[object]] = []
    other = _pairs(options.set, "--set", "")
    for name in names:
        rest = [placed[other] for other in names if other != name]
        others = {i: np.array([r[i] for r in rest]) for i in table.items} if rest else {}
        found = screen(_place(options.place, placed[name], table.items, limits, others, axis), only=only, **other)
        rows += [_row(name, f, axis, medium) for f in found if not (f.check == "neighbour" and (options.place != "air" or len(rest) < 3))]
    return rows, axis.size


def _sparse(table: _Table) -> dict[str, float]:
    """Items with values in fewer than half of the hours of their stations, and the share."""
    hours = 0
    for name in set(table.station.tolist()):
        mine = table.time[table.station == name]
        hours += int((mine.max() - mine.min()).astype("m8[h]").astype(int)) + 1
    there = {i: float(np.count_nonzero(~np.isnan(table.numbers[i]))) / hours for i in table.items}
    return {item: share for item, share in there.items() if share < 0.5}


def _on_axis(table: _Table, name: str, axis: np.ndarray) -> dict[str, np.ndarray]:
    """The columns of one station on the hours of all; marks as numbers: 1 marked, 2 stopped, 3 calibration."""
    mine = table.station == name
    columns = {n: c[mine] for n, c in table.numbers.items()}
    if table.marks is not None:
        kinds = {_STOPPED: 2.0, _CALIBRATION: 3.0}
        columns["标记"] = np.array([0.0 if m in _NORMAL else kinds.get(m, 1.0) for m in table.marks[mine].tolist()])
    try:
        hours, regular = series.on_hours(table.time[mine], columns)
    except ValueError as error:
        raise Refused(f"{name}：{error}" if name else str(error)) from None
    out = {}
    start = int((hours[0] - axis[0]).astype(int))
    for key, column in regular.items():
        out[key] = np.full(axis.size, np.nan)
        out[key][start : start + column.size] = column
    return out


def _place(
    kind: str, own: dict[str, np.ndarray], symbols: list[str], limits: dict[str, float], others: dict[str, np.ndarray], axis: np.ndarray
) -> Place:  # fmt: skip
    marks = own.get("标记")
    calibrations = None if marks is None or not (marks == 3).any() else series.spans(marks == 3)[:, 0].tolist()
    return Place(
        kind, {i: own[i] for i in symbols}, limits=limits, others=others, marked=None if marks is None else (marks == 1) | (marks == 3),
        stopped=None if marks is None else marks == 2, calibrations=calibrations, flow=own.get("流量"), production=own.get("生产用电"),
        treatment=own.get("治污用电"), visits=np.flatnonzero(np.nan_to_num(own["检查"]) > 0).tolist() if "检查" in own else None,
        first_hour=int((axis[0].astype(int) + 72) % 168),
    )  # fmt: skip


def _row(name: str, lead: Finding, axis: np.ndarray, medium: str) -> list[object]:
    begin, end = (str(axis[min(k, axis.size - 1)].astype("M8[m]")).replace("T", " ") for k in (lead.start, lead.stop - 1))
    numbers = "、".join(f"{key}={value:.4g}" for key, value in lead.numbers.items())
    touch = f"{lead.law.regulation}{lead.law.article}" if lead.law.article else ""
    item = items.get(lead.item, medium).name if lead.item else ""
    return [name, item, lead.check, lead.law.title, STRENGTH[lead.strength], begin, end, lead.stop - lead.start, lead.words, touch, numbers]


def _template() -> dict[str, list[object]]:
    """Thirty days of one outlet, in which a day stands still."""
    rng = np.random.default_rng(25)
    hours = np.datetime64("2026-03-01T00", "h") + np.arange(720)
    cod = np.round(20 * np.exp(0.2 * np.sin(np.arange(720) / 9) + 0.08 * rng.normal(size=720)), 1)
    cod[300:324] = 21.5
    ammonia = np.round(1.2 * np.exp(0.2 * np.cos(np.arange(720) / 11) + 0.1 * rng.normal(size=720)), 2)
    flow = np.round(60 * np.exp(0.1 * rng.normal(size=720)), 1)
    times: list[object] = [str(h.astype("M8[m]")).replace("T", " ") for h in hours]
    return {
        "时间": times, "点位": ["甲厂总排口"] * 720, "化学需氧量(mg/L)": cod.tolist(), "氨氮(mg/L)": ammonia.tolist(),
        "流量": flow.tolist(), "标记": ["N"] * 720,
    }  # fmt: skip
