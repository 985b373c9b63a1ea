"""``qingshan air warn IN.csv -o OUT.csv``: heavy-pollution alert levels from a series of daily AQI, forecast or observed."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from qingshan import standards
from qingshan.cli.air_output import rows_table, write
from qingshan.cli.air_sheet import read
from qingshan.cli.table_files import Refused, at_rows
from qingshan.methods import air

HELP = "重污染天气预警分级：由逐日 AQI（预报或实况）"
EXPLAIN = """
输入：列 time（日期）、aqi，可有 station（站点、区域）与 primary（首要污染物）。一行一天，缺的日子按没有值，中断连续。
输出：每次预警过程一行：级别、起止日、触发条款、最迟发布时刻（提前 24 小时）、解除日、所用规则。
规则按过程首日选用：2018 年标准、2024 年标准（环大气〔2024〕6号）；各地修订预案的日期不同，用 --edition 指定。
"""
_COLUMNS = ("station", "level", "from", "to", "peak", "condition", "others", "issue_by", "lift", "measures", "basis")
_CODE = "重污染天气预警分级"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the sub-command."""
    parser.add_argument("input", type=Path, metavar="IN.csv", help="逐日 AQI")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.csv", help="结果；- 为标准输出")
    parser.add_argument("--edition", choices=[e.edition for e in standards.editions(_CODE)], help="指定一版规则")


def run(options: argparse.Namespace) -> int:
    """The alerts of a table of daily values."""
    sheet = read(
        options.input, words={"station": ("站点", "区域", "城市", "名称"), "primary": ("首要污染物",)}, numbers={"aqi": ("空气质量指数",)},
        dates={"time": ("日期", "时间", "date", "day")}, needed=("time", "aqi"),
    )  # fmt: skip
    aqi, day = sheet.numbers["aqi"], sheet.dates["time"]
    wrong = (aqi < 0) | (aqi > 500)
    if wrong.any():
        said = f"AQI 在 0 至 500 之间，得到 {aqi[wrong][0]:g}；若是浓度，先用 qingshan air daily 算 AQI"
        raise Refused(f"{at_rows(sheet.rows[wrong])} aqi：{said}")
    station = sheet.words.get("station", np.full(aqi.size, "", object))
    rows: list[dict[str, object]] = []
    used: dict[str, standards.Edition] = {}
    for name in dict.fromkeys(station.tolist()):
        mine = np.flatnonzero(station == name)
        primary = [sheet.words["primary"][i] for i in mine] if sheet.has("primary") else []
        rows += _alerts(name, day[mine], aqi[mine], primary, options, used, sheet.rows[mine])
    write(rows_table(_COLUMNS, rows), options.output)
    for rule in used.values():
        for mark in rule.verify:
            print(f"待核实：{rule} {mark}", file=sys.stderr)
    print(f"{options.output}：{len(rows)} 次预警过程", file=sys.stderr)
    return 0


def _alerts(
    name: str, day: np.ndarray, aqi: np.ndarray, primary: list[str], options: argparse.Namespace, used: dict[str, standards.Edition],
    lines: np.ndarray,
) -> list[dict[str, object]]:  # fmt: skip
    order = np.argsort(day, kind="stable")
    same = np.flatnonzero(np.diff(day[order]).astype(int) == 0)
    if same.size:
        raise Refused(f"第 {lines[order[same[0] + 1]]} 行与第 {lines[order[same[0]]]} 行重复：{name} {day[order[same[0]]]}")
    dates = np.arange(day.min(), day.max() + 1)
    values, cause = np.full(dates.size, np.nan), [""] * dates.size
    values[(day - dates[0]).astype(int)] = aqi
    for at, word in zip((day - dates[0]).astype(int).tolist(), primary, strict=False):
        cause[at] = word
    rows: list[dict[str, object]] = []
    for rule, mask in _rules(dates, options.edition):
        used[str(rule)] = rule
        for one in air.alerts(rule, dates, values, primary=cause if primary else ()):
            if mask[int((one.start - dates[0]).astype(int))]:
                rows.append(
                    {
                        "station": name, "level": one.title, "from": one.start, "to": one.end, "peak": f"{one.peak:.0f}",
                        "condition": f"{one.triggers[0].words}（{one.triggers[0].start} 至 {one.triggers[0].end}）",
                        "others": "；".join(f"{t.title}：{t.words}" for t in one.triggers[1:]), "issue_by": f"{one.issue_by}:00",
                        "lift": one.lift if one.lift is not None else "数据止时未达解除条件", "measures": one.measures, "basis": one.clause,
                    }
                )  # fmt: skip
    return sorted(rows, key=lambda r: str(r["from"]))


def _rules(dates: np.ndarray, edition: str | None) -> list[tuple[standards.Edition, np.ndarray]]:
    """The rule in force on each day: an episode follows that of its first day."""
    if edition is not None:
        return [(standards.get(_CODE, edition=edition), np.ones(dates.size, bool))]
    try:
        return [(rule, mask) for rule, _, mask in standards.spans(_CODE, dates)]
    except standards.NotInForce as error:
        raise Refused(f"{error}；用 --edition 指定一版") from None
