"""``qingshan air rank IN.csv -o OUT.csv``: areas ranked by composite index, by good days, or by change."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

import numpy as np

from qingshan import standards
from qingshan.cli.air_output import rows_table, shown, write
from qingshan.cli.air_sheet import Sheet, in_unit, named, read
from qingshan.cli.table_files import Refused
from qingshan.methods import air
from qingshan.stats import plausibility
from qingshan.terms import items

HELP = "排名：综合指数、优良天数比例、综合指数变化率"
EXPLAIN = """
输入：一行一个区域，列 name（城市、区县、镇街、站点）与六项统计量 so2、no2、pm10、pm2_5（均值，µg/m³）、co（P95，mg/m³）、
  o3（日最大 8 小时 P90，µg/m³）；已有综合指数的给 index；比变化的给 before（上年同期综合指数）；按优良天数的给 good_ratio。
并列取小名次，其后跳过（1、1、3）；缺数据的不排名、列在末尾并说明。
--limits 对照的限值：in-force（按 --at 之日现行）、2012、2026-transition、2026-final；--weights equal 或 weighted（待核实）。
"""
_WORDS = {"name": ("名称", "城市", "区县", "区域", "镇街", "乡镇", "街道", "站点", "站点名称", "area", "city", "town", "station", "place")}
_NUMBERS = {
    "so2": ("二氧化硫", "so2_mean", "so2_ug_m3"), "no2": ("二氧化氮", "no2_mean", "no2_ug_m3"),
    "pm10": ("可吸入颗粒物", "pm10_mean", "pm10_ug_m3"),
    "pm2_5": ("pm25", "细颗粒物", "pm2.5_mean", "pm2_5_ug_m3"), "co": ("一氧化碳", "co_p95", "co_p95_mg_m3"),
    "o3": ("臭氧", "o3_p90", "o3_8h", "o3_8h_p90", "o3_8h_p90_ug_m3"), "index": ("综合指数", "composite_index"),
    "before": ("上年同期综合指数", "上年同期", "同期综合指数", "before_index"), "good_ratio": ("优良天数比例", "优良率", "优良天数比率"),
}  # fmt: skip
_STATISTIC = {"so2": "SO2_mean", "no2": "NO2_mean", "pm10": "PM10_mean", "pm2_5": "PM2.5_mean", "co": "CO_P95", "o3": "O3_P90"}
_COLUMNS = ("rank", "name", "index", "before", "change", "good_ratio", "pm2_5", "largest", "singles", "basis", "note")
_RULE, _PLAN = "城市环境空气质量排名技术规定", "城市环境空气质量变化程度排名方案"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the sub-command."""
    parser.add_argument("input", type=Path, metavar="IN.csv", help="各区域的统计量")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.csv", help="结果；- 为标准输出")
    parser.add_argument("--by", choices=("composite", "good-days", "change"), default="composite", help="排名依据，默认综合指数")
    parser.add_argument("--limits", choices=("in-force", "2012", "2026-transition", "2026-final"), default="in-force", help="对照的限值")
    parser.add_argument("--weights", choices=("equal", "weighted"), default="equal", help="权重，默认等权")
    parser.add_argument("--at", type=date.fromisoformat, metavar="日期", help="时段的最后一日，定现行标准")


def run(options: argparse.Namespace) -> int:
    """Rank the areas of a table."""
    sheet = read(options.input, words=_WORDS, numbers=_NUMBERS, needed=("name",))
    names = named(sheet, "name")
    rule = _rule(options)
    index, found = _index(sheet, rule, options)
    before = sheet.numbers.get("before", np.full(names.size, np.nan))
    change = air.change_rate(standards.editions(_PLAN)[-1], index, before)
    if options.by == "change" and "before" not in sheet.numbers:
        raise Refused("按变化率排名要有 before（上年同期综合指数）一列")
    if options.by == "good-days":
        if not sheet.has("good_ratio", "pm2_5"):
            raise Refused("按优良天数比例排名要有 good_ratio（优良天数比例）与 pm2_5（PM2.5 均值）两列")
        columns = {"good_ratio": sheet.numbers["good_ratio"], "PM2.5_mean": sheet.numbers["pm2_5"]}
    else:
        columns = {"composite_index": index, "change": change}
    rank = air.rank_areas(rule, columns, by=options.by)
    rows = []
    for i in sorted(range(names.size), key=lambda i: (rank[i] == 0, rank[i])):
        joint = int((rank == rank[i]).sum()) if rank[i] else 0
        note = "缺数据，不排名" if rank[i] == 0 else f"并列 {joint} 个" if joint > 1 else ""
        row = {"rank": rank[i] or "", "name": names[i], "index": shown(index[i], 2), "before": shown(before[i], 2), "note": note}
        row |= {"change": shown(change[i], 1), "good_ratio": shown(sheet.numbers.get("good_ratio", before * np.nan)[i], 1)}
        row |= {"pm2_5": shown(sheet.numbers.get("pm2_5", before * np.nan)[i], 1)}
        if found is not None:
            row |= {"largest": found.largest()[i], "basis": found.basis}
            row |= {"singles": "、".join(f"{k} {v[i]:.2f}" for k, v in found.singles.items() if not np.isnan(v[i]))}
        else:
            row |= {"basis": f"{rule}；综合指数照表中所给"}
        rows.append(row)
    write(rows_table(_COLUMNS, rows), options.output)
    print(f"{options.output}：{names.size} 个区域，{int((rank > 0).sum())} 个有名次", file=sys.stderr)
    for mark in rule.verify_of(*(["weights"] if options.weights != "equal" else []), "index", "decimals", "ties", "order"):
        print(f"待核实：{rule} {mark}", file=sys.stderr)
    return 0


def _rule(options: argparse.Namespace) -> standards.Edition:
    """The edition of the rule in force on ``--at``; without a day the latest."""
    if options.at is None:
        return standards.editions(_RULE)[-1]
    try:
        return standards.get(_RULE, at=options.at)
    except standards.NotInForce as error:
        raise Refused(str(error)) from None


def _index(sheet: Sheet, rule: standards.Edition, options: argparse.Namespace) -> tuple[np.ndarray, air.Composite | None]:
    """The composite index: computed where the six statistics are there, else as given."""
    six = [c for c in _STATISTIC if c in sheet.numbers]
    if len(six) < 6:
        if "index" in sheet.numbers:
            return sheet.numbers["index"], None
        if options.by == "good-days":
            return np.full(sheet.rows.size, np.nan), None
        raise Refused(f"缺列 {'、'.join(c for c in _STATISTIC if c not in six)}；六项统计量齐全，或给 index（综合指数）")
    if options.limits == "in-force" and options.at is None:
        raise Refused("写 --at 时段最后一日（如 --at 2026-03-31）以定现行限值，或 --limits 2012、2026-transition、2026-final")
    faults = []
    for column in six:
        symbol = _STATISTIC[column].rpartition("_")[0]
        sheet.numbers[column] = in_unit(sheet, column, items.get(symbol, "air").unit)
        for finding in plausibility.check(symbol, "air", sheet.numbers[column]):
            if finding.refuse or finding.kind == "negative":
                faults.append(f"{sheet.headers[column]}：第 {'、'.join(map(str, sheet.rows[finding.places][:5]))} 行，{finding.words}")
    if faults:
        raise Refused(*faults)
    statistics = {_STATISTIC[c]: sheet.numbers[c] for c in six}
    try:
        found = air.composite_under(rule, statistics, limits=options.limits, at=options.at, weights=options.weights)
    except standards.NotInForce as error:
        raise Refused(f"{error}；或写 --limits 2012") from None
    return found.value, found


