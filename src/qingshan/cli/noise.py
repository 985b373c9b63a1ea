"""``qingshan noise day IN.csv -o OUT.csv``: Ld, Ln and Ldn of a table of hourly levels, against the functional areas; and its kin."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from qingshan import standards
from qingshan.cli import evaluation, noise_city, results
from qingshan.cli.table_files import Refused, rows_of
from qingshan.methods import noise
from qingshan.terms.registry import unknown

EXPLAIN = """
输入：CSV（UTF-8 或 GBK）或 Excel，列 time、station、area、leq，次序、大小写不限，也认“时间、点位、功能区、等效声级”等中文表头；
  只有一个点位时可以没有 station；没有 area 的只算声级，不评达标。单位 dB(A)；空、NA、— 为缺测。
时标：整点，为该小时之末：2026-03-01 00:00 是 2026-02-28 的第 24 小时，也可写 2026-02-28 24:00。
输出：每点每日一行：ld、ln、ldn（一位小数），day_hours、night_hours 有效小时数，有 area 的再给昼夜限值与超标分贝数。
昼间 16 个小时、夜间 8 个小时缺一即不出数；--day-hours、--night-hours 放宽；--day 7-23 按当地规定的昼间。
有错时逐行说明，不写结果文件；返回值 0 成功，1 输入有误，2 用法有误。
"""
ALIASES = {
    "time": ("time", "datetime", "时间", "监测时间", "数据时间"),
    "station": ("station", "site", "点位", "点位名称", "测点", "监测点位", "站点"),
    "area": ("area", "功能区", "功能区类别", "声环境功能区"),
    "leq": ("leq", "laeq", "等效声级", "leq(db(a))", "等效声级(db(a))", "leq[db(a)]"),
}
MISSING = ("", "NA", "N/A", "NAN", "NULL", "NONE", "-", "--", "—", "——", "/", "缺测", "无")
HEAD = ("station", "date", "ld", "ln", "ldn", "day_hours", "night_hours")
WITH_AREA = ("area", "ld_limit", "ld_over", "ln_limit", "ln_over")
SHOWN = 8


@dataclass
class Point:
    """The hours of one point as read."""

    labels: list[datetime] = field(default_factory=list)
    levels: list[float] = field(default_factory=list)
    area: str = ""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parts = evaluation.add(parser, noise_city.KINDS, noise_city.more)
    parser = parts.add_parser("day", help="昼间、夜间、昼夜等效声级", epilog=EXPLAIN)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("input", type=Path, nargs="?", metavar="IN.csv", help="小时等效声级表，CSV 或 Excel")
    parser.add_argument("-o", "--output", type=Path, default=Path("-"), metavar="OUT.csv", help="结果；写全才出现，- 为标准输出")
    parser.add_argument("--template", type=Path, metavar="OUT.csv", help="不评价，写一张样表")
    parser.add_argument("--day", default="", metavar="7-23", help="当地规定的昼间起止（整点），夜间须 8 小时")
    parser.add_argument("--day-hours", type=int, metavar="N", help="昼间至少有效小时数，默认全部")
    parser.add_argument("--night-hours", type=int, metavar="N", help="夜间至少有效小时数，默认全部")


def run(options: argparse.Namespace) -> int:
    """Evaluate and write; 1 with the faults on stderr where the table is refused."""
    if options.what != "day":
        return evaluation.run(noise_city.KINDS[options.what], options)
    gb3096 = standards.get("GB 3096", edition="2008")
    try:
        if options.template is not None:
            results.write(_template(), options.template)
            return 0
        if options.input is None:
            raise Refused("没有输入表；写 IN.csv，或 --template OUT.csv 要一张样表")
        times = _period(gb3096, options.day)
        points = read(options.input)
        rows = list(_evaluate(gb3096, points, times, options))
    except (Refused, ValueError, LookupError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    head = HEAD + (WITH_AREA if any(p.area for p in points.values()) else ())
    try:
        results.write({name: [row[k] for row in rows] for k, name in enumerate(head)}, options.output)
    except Refused as error:
        print(error, file=sys.stderr)
        return 1
    marks = gb3096.verify_of("limit", "period", "decimals")
    print(f"依据：{gb3096.clause('period')}、{gb3096.clause('limit')}", file=sys.stderr)
    for mark in marks:
        print(f"待核实：{gb3096} {mark}", file=sys.stderr)
    print(f"{len(points)} 个点位 {len(rows)} 点日；{gb3096}：{len(marks)} 处待核实", file=sys.stderr)
    return 0


def _template() -> dict[str, list[object]]:
    """A day of one point, as the table is wanted."""
    hours = [f"2026-03-01 {h:02d}:00" for h in range(1, 24)] + ["2026-03-01 24:00"]
    levels: list[object] = [52.3 if 7 <= h <= 22 else 44.1 for h in range(1, 25)]
    return {"时间": list(hours), "点位": ["甲"] * 24, "功能区": ["2"] * 24, "等效声级(dB(A))": levels}


def _period(gb3096: standards.Edition, words: str) -> noise.Period:
    if not words:
        return noise.period(gb3096)
    ends = words.split("-")
    if len(ends) != 2 or not all(e.isdigit() for e in ends):
        raise ValueError(f"--day 写成 7-23 这样的起止整点，得到“{words}”")
    return noise.period(gb3096, day_from=int(ends[0]), day_to=int(ends[1]))


def read(path: Path) -> dict[str, Point]:
    """The points of a table; Refused with the faults, each with its line, where anything is wrong."""
    lines = [(number, row) for number, row in rows_of(path) if number]
    rows = [row for _, row in lines]
    if not rows:
        raise Refused(f"{path}：空文件")
    place = _columns(rows[0])
    points: dict[str, Point] = {}
    seen: dict[tuple[str, datetime], int] = {}
    faults: list[str] = []
    for line, row in lines[1:]:
        cells = {name: row[i].strip() if i < len(row) else "" for name, i in place.items()}
        try:
            at, level = _moment(cells["time"]), _level(cells["leq"])
            area = noise.area_name(cells["area"]) if cells.get("area") else ""
            point = points.setdefault(cells.get("station", ""), Point(area=area))
            if area != point.area:
                raise ValueError(f"点位“{cells.get('station', '')}”的功能区有两种：{point.area or '（空）'}、{area or '（空）'}")
            if (cells.get("station", ""), at) in seen:
                raise ValueError(f"与第 {seen[cells.get('station', ''), at]} 行同一点位同一小时")
            seen[cells.get("station", ""), at] = line
            point.labels.append(at)
            point.levels.append(level)
        except (ValueError, LookupError) as error:
            faults.append(f"第 {line} 行：{error}")
    if faults:
        more = [f"……共 {len(faults)} 处"] if len(faults) > SHOWN else []
        raise Refused("\n".join([*faults[:SHOWN], *more]))
    if not points:
        raise Refused(f"{path}：没有数据行")
    return points


def _columns(head: list[str]) -> dict[str, int]:
    known = {alias: name for name, aliases in ALIASES.items() for alias in aliases}
    place: dict[str, int] = {}
    for i, cell in enumerate(head):
        plain = cell.strip().lower().replace("（", "(").replace("）", ")").replace(" ", "")
        if not plain:
            continue
        if plain not in known:
            raise Refused(unknown("列", cell.strip(), [a[0] for a in ALIASES.values()]))
        if known[plain] in place:
            raise Refused(f"列“{cell.strip()}”有两个")
        place[known[plain]] = i
    for name in ("time", "leq"):
        if name not in place:
            raise Refused(f"缺列 {name}（{'、'.join(ALIASES[name])}）")
    return place


def _moment(words: str) -> datetime:
    plain = words.replace("/", "-").replace("T", " ")
    midnight = " 24:00" in plain
    try:
        at = datetime.fromisoformat(plain.replace(" 24:00", " 00:00") if midnight else plain)
    except ValueError:
        raise ValueError(f"时间“{words}”读不懂，写成 2026-03-01 08:00") from None
    if at.minute or at.second or at.microsecond or at.tzinfo or len(plain) < 12:
        raise ValueError(f"时间“{words}”须为不带时区的整点")
    return at + timedelta(days=1) if midnight else at


def _level(words: str) -> float:
    if words.upper() in MISSING:
        return float("nan")
    try:
        value = float(words)
    except ValueError:
        raise ValueError(f"声级“{words}”不是数值") from None
    noise.checked([value])
    return value


def _evaluate(
    gb3096: standards.Edition, points: dict[str, Point], times: noise.Period, options: argparse.Namespace
) -> Iterator[list[object]]:
    for name, point in points.items():
        grid = noise.by_day(np.array(point.labels, "datetime64[s]"), point.levels)
        found = noise.day_levels(
            gb3096, grid.hours, times=times, day_at_least=options.day_hours, night_at_least=options.night_hours
        )
        judged = [noise.meets(gb3096, point.area, w, v) for w, v in (("day", found.ld), ("night", found.ln))] if point.area else []
        for i, day in enumerate(grid.days):
            levels = [_words(v[i]) for v in (found.ld, found.ln, found.ldn)]
            limits = [_words(v[i]) for j in judged for v in (j.limit, j.over)]
            yield [name, day, *levels, found.day_hours[i], found.night_hours[i], point.area, *(limits or [""] * 4)]


def _words(value: float) -> str:
    return "NA" if np.isnan(value) else f"{value:.1f}"
