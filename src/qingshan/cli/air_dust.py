"""``qingshan air dust tsp|fall|road IN.csv -o OUT.csv``: township TSP by half-months, dustfall, road dust load."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import numpy as np

from qingshan import standards
from qingshan.cli.air_output import rows_table, shown, write
from qingshan.cli.air_sheet import Sheet, in_unit, named, read
from qingshan.cli.table_files import Refused, at_rows
from qingshan.methods import dust
from qingshan.stats import plausibility, ranking
from qingshan.terms import items

HELP = "扬尘：TSP 半月排名（tsp）、降尘（fall）、道路积尘负荷（road）"
EXPLAIN = """
tsp：列 time（日期）、town（街道、乡镇）、tsp（日均值 µg/m³），可有 district（区）。按上半月（1–15 日）、下半月
  排名，由高到低，并列取小名次。
fall：列 name 与 m0、m1、m2（g）、area（cm²）、days（d）按 HJ 1221—2021 计算；或列 name、month（2026-02）、value（吨/月·平方公里），
  按当月实际天数换算为 t/(km²·30d)。
road：列 town、load（积尘负荷 g/m²），可有 road（道路）、length（里程，为权）、district。
"""
_TOWN = ("街道", "乡镇", "镇街", "街道(乡镇)", "名称", "点位", "name", "站点", "station", "街道乡镇")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the sub-command."""
    parser.add_argument("kind", choices=("tsp", "fall", "road"), help="哪一项")
    parser.add_argument("input", type=Path, metavar="IN.csv", help="数据表")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.csv", help="结果；- 为标准输出")
    parser.add_argument("--at-least-days", type=int, default=1, metavar="N", help="tsp：半月至少有效天数，不足不排名")


def run(options: argparse.Namespace) -> int:
    """One of the three figures of dust."""
    try:
        columns, rows, rule = {"tsp": _tsp, "fall": _fall, "road": _road}[options.kind](options)
    except ValueError as error:
        raise Refused(f"{options.input}：{error}") from None
    write(rows_table(columns, rows), options.output)
    for mark in rule.verify if rule is not None else ():
        print(f"待核实：{rule} {mark}", file=sys.stderr)
    print(f"{options.output}：{len(rows)} 行", file=sys.stderr)
    return 0


def _sound(sheet: Sheet, column: str, item: str) -> np.ndarray:
    """A column of plausible values; Refused with the rows and what is likely wrong."""
    values = in_unit(sheet, column, items.get(item, "air").unit) if item == "TSP" else sheet.numbers[column]
    faults = [
        f"{at_rows(sheet.rows[f.places])} {sheet.headers[column]}：{f.words}"
        for f in plausibility.check(item, "air", values)
        if f.refuse or f.kind == "negative"
    ]
    if faults:
        raise Refused(*faults)
    return values


Result = tuple[tuple[str, ...], list[dict[str, object]], standards.Edition | None]


def _tsp(options: argparse.Namespace) -> Result:
    sheet = read(
        options.input, words={"town": _TOWN, "district": ("区", "行政区", "区县")}, numbers={"tsp": ("总悬浮颗粒物", "粗颗粒物")},
        dates={"time": ("日期", "时间", "date", "day")}, needed=("time", "town", "tsp"),
    )  # fmt: skip
    rule = standards.editions("乡镇街道粗颗粒物排名")[-1]
    if options.at_least_days < 1:
        raise Refused("--at-least-days 须为正整数")
    values, town, day = _sound(sheet, "tsp", "TSP"), named(sheet, "town", once=False), sheet.dates["time"]
    district = sheet.words.get("district", np.full(town.size, "", object))
    who = [f"{d}\t{t}" for d, t in zip(district, town, strict=True)]  # 不同区可有同名街道
    half = dust.half_month(rule, day)
    rows: list[dict[str, object]] = []
    for period in np.unique(half):
        dates = dust.half_month_dates(rule, str(period))
        towns = list(dict.fromkeys(who))
        grid = np.full((len(towns), dates.size), np.nan)
        place = {t: i for i, t in enumerate(towns)}
        seen: dict[tuple[int, int], int] = {}
        for k in np.flatnonzero(half == period):
            at = (place[who[k]], int((day[k] - dates[0]).astype(int)))
            if at in seen:
                raise Refused(f"第 {sheet.rows[k]} 行与第 {seen[at]} 行重复：{town[k]} {day[k]}")
            seen[at] = int(sheet.rows[k])
            grid[at] = values[k]
        mean = dust.tsp_mean(rule, grid, at_least_days=options.at_least_days)
        found = dust.rank_tsp(rule, mean, district=[t.partition("\t")[0] for t in towns])
        for i in sorted(range(len(towns)), key=lambda i: (found.worst_rank[i] == 0, found.worst_rank[i])):
            zone, _, name = towns[i].partition("\t")
            joint = found.worst_rank[i] and (found.worst_rank == found.worst_rank[i]).sum() > 1
            note = "有效天数不足，不排名" if not found.worst_rank[i] else "并列" if joint else ""
            rows.append(
                {
                    "period": f"{str(period)[:7]}{'上' if str(period).endswith('1') else '下'}半月",
                    "worst_rank": found.worst_rank[i] or "",
                    "rank": found.rank[i] or "", "district": zone, "town": name, "tsp": shown(mean[i], 0),
                    "valid_days": int((~np.isnan(grid[i])).sum()), "days": dates.size, "named": "后10名" if i in found.named else "",
                    "basis": str(rule), "note": note,
                }
            )  # fmt: skip
    return ("period", "worst_rank", "rank", "district", "town", "tsp", "valid_days", "days", "named", "basis", "note"), rows, rule


def _fall(options: argparse.Namespace) -> Result:
    numbers = {
        "m0": ("坩埚",), "m1": ("坩埚与降尘",), "m2": ("空白",), "area": ("面积", "s"), "days": ("天数", "采样天数", "n"),
        "value": ("降尘量", "降尘", "dustfall"),
    }  # fmt: skip
    sheet = read(options.input, words={"name": _TOWN, "month": ("月份", "时间", "年月")}, numbers=numbers, needed=("name",))
    std = standards.editions("HJ 1221")[-1]
    names = named(sheet, "name", once=False)
    if sheet.has("m0", "m1", "area", "days"):
        n = sheet.numbers
        result = dust.dustfall(std, n["m0"], n["m1"], n.get("m2", np.zeros(names.size)), n["area"], n["days"])
        source = [f"{std} 重量法" + ("" if "m2" in n else "；未给空白 m2，按 0")] * names.size
    elif sheet.has("value", "month"):
        days = np.array([dust.days_in_month(*_month(sheet, k)) for k in range(names.size)], float)
        _sound(sheet, "value", "dustfall")
        result = dust.per_30_days(sheet.numbers["value"], days)
        given = zip(sheet.numbers["value"], days, strict=True)
        source = ["" if np.isnan(v) else f"由 {v:g} 吨/月·平方公里按 {d:.0f} 天换算" for v, d in given]
    else:
        raise Refused("降尘要么给 m0、m1、m2、area、days，要么给 month 与 value（吨/月·平方公里）")
    words = {-1: "缺测", 0: "低于检出限", 1: "低于测定下限", 2: ""}
    level, rank = dust.reach(std, result), ranking.rank(result)
    rows: list[dict[str, object]] = [
        {
            "name": names[k], "dustfall": shown(result[k], 1), "unit": "t/(km²·30d)", "rank": rank[k] or "", "source": source[k],
            "note": words[int(level[k])],
        }
        for k in range(names.size)
    ]  # fmt: skip
    return ("name", "dustfall", "unit", "rank", "source", "note"), rows, std


def _month(sheet: Sheet, k: int) -> tuple[int, int]:
    text = sheet.words["month"][k]
    found = re.fullmatch(r"(\d{4})[-/.年]?(\d{1,2})月?", text)
    if not found or not 1 <= int(found.group(2)) <= 12:
        raise Refused(f"第 {sheet.rows[k]} 行 month：“{text}”不是月份；写成 2026-02")
    return int(found.group(1)), int(found.group(2))


def _road(options: argparse.Namespace) -> Result:
    sheet = read(
        options.input, words={"town": _TOWN, "road": ("道路", "路名"), "district": ("区", "行政区", "区县")},
        numbers={"load": ("积尘负荷", "尘负荷", "道路尘负荷", "道路积尘负荷", "road_load"), "length": ("里程", "长度", "面积", "权重")},
        needed=("town", "load"),
    )  # fmt: skip
    load, town = _sound(sheet, "load", "road_load"), named(sheet, "town", once=False)
    weight = sheet.numbers.get("length")
    means = dust.load_mean(load, weight, groups=town)
    rank = ranking.rank(list(means.values()))
    how = "按里程加权" if weight is not None else "各路段等权"
    rows: list[dict[str, object]] = []
    for i in sorted(range(len(means)), key=lambda i: (rank[i] == 0, rank[i])):
        name = list(means)[i]
        mine = town == name
        dirtiest = _dirtiest(sheet, load, mine)
        rows.append(
            {
                "rank": rank[i] or "", "town": name, "load": shown(means[name], 2), "unit": "g/m²", "roads": int(mine.sum()),
                "largest": dirtiest, "basis": how, "note": "" if rank[i] else "缺数据，不排名",
            }
        )  # fmt: skip
    return ("rank", "town", "load", "unit", "roads", "largest", "basis", "note"), rows, None


def _dirtiest(sheet: Sheet, load: np.ndarray, mine: np.ndarray) -> str:
    if np.isnan(load[mine]).all():
        return ""
    k = np.flatnonzero(mine)[int(np.nanargmax(load[mine]))]
    road = sheet.words["road"][k] if sheet.has("road") else ""
    return f"{road} {load[k]:.2f}".strip()
