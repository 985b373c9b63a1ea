"""``qingshan air compare NOW.csv BEFORE.csv -o OUT.csv``: year on year, under both standards where a change lies between."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from qingshan import standards
from qingshan.cli.air_output import rows_table, shown, write
from qingshan.cli.air_period import station_days
from qingshan.cli.air_table import planned_out, read, read_units
from qingshan.cli.table_files import Refused
from qingshan.methods import air
from qingshan.terms.items import AIR

HELP = "同比：本期与上年同期，跨标准更换的按新旧标准各给一组"
EXPLAIN = """
输入两张浓度表（本期、上年同期），列同 daily：小时值，或日值加 --from-days。站点按名称相对，两张表都有的才比；
两个以上站点时另给“区域”行。每个指标、每套标准一行，末列是可直接引用的一句话。
指标：优良天数及比例、重污染天数及比例、综合指数、各项超标天数与超标率。
两期中用过的每套标准（2026-03-01 换版、2031-01-01 起最终限值）各算一组，另给“各按当日现行标准”（当时发布的数）。
"""
_COLUMNS = ("station", "item", "standard", "now", "before", "change", "rate", "unit", "sentence")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the sub-command."""
    parser.add_argument("input", type=Path, metavar="NOW.csv", help="本期")
    parser.add_argument("before", type=Path, metavar="BEFORE.csv", help="上年同期")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.csv", help="结果；- 为标准输出")
    parser.add_argument("--from-days", action="store_true", help="输入已是日值")
    parser.add_argument("--area", default="区域", metavar="名称", help="全部站点平均的名称")
    parser.add_argument("--unplanned", default="", metavar="co,so2", help="未列入监测计划的项目")
    parser.add_argument("--unit", action="append", default=[], metavar="co=µg/m³", help="列的单位，可多次")
    parser.add_argument("--label", choices=("end", "start"), default="end", help="时标在小时之末（默认）或之始")
    parser.set_defaults(edition=None)


def run(options: argparse.Namespace) -> int:
    """Compare two tables."""
    unplanned = planned_out(options.unplanned)
    now, before = (_spells(path, options, unplanned) for path in (options.input, options.before))
    both = [s for s in now if s in before]
    if not both:
        raise Refused(f"两张表没有同名站点：本期 {'、'.join(now)}；上年同期 {'、'.join(before)}")
    for path, left in ((options.input, set(now) - set(before)), (options.before, set(before) - set(now))):
        if left:
            print(f"注意：{path} 中 {'、'.join(sorted(left))} 在另一张表里没有，不比", file=sys.stderr)
    rows: list[dict[str, object]] = []
    measures = [m for m in air.MEASURES if not m.startswith("over_")]
    measures += [f"{m}:{i}" for i in AIR for m in ("over_days", "over_rate")]
    try:
        for station in both:
            for measure in measures:
                rows += _rows(station, air.year_on_year(now[station], before[station], measure, unplanned=unplanned), measure)
    except standards.NotInForce as error:
        raise Refused(str(error)) from None
    write(rows_table(_COLUMNS, rows), options.output)
    print(f"{options.output}：{len(rows)} 行，{len(both)} 个站点（含区域）", file=sys.stderr)
    return 0


def _spells(path: Path, options: argparse.Namespace, unplanned: tuple[str, ...]) -> dict[str, air.Spell]:
    table = read(path, units=read_units(options.unit), unplanned=unplanned, extra=True, whole_days=options.from_days)
    if options.label == "start" and not options.from_days:
        table.time = table.time + np.timedelta64(1, "h")
    dates, columns = station_days(table, options)
    six = {c: columns[c] for c in air.COLUMNS}
    found = {name: air.spell(dates, {c: v[k] for c, v in six.items()}) for k, name in enumerate(table.names)}
    if len(table.names) > 1:
        try:
            hj663 = standards.get("HJ 663", at=dates[-1].item())
        except standards.NotInForce as error:
            raise Refused(str(error)) from None
        found[options.area] = air.spell(dates, air.city_days(hj663, six))
    return found


def _rows(station: str, found: air.YearOnYear, measure: str) -> list[dict[str, object]]:
    decimals = air.MEASURES[measure.partition(":")[0]][3]
    sides = [*found.sides, *([found.in_force] if found.crosses else [])]
    return [
        {
            "station": station, "item": found.title, "standard": side.standard, "now": shown(side.now, decimals),
            "before": shown(side.before, decimals), "change": shown(side.change, decimals), "rate": shown(side.rate, 1),
            "unit": found.unit, "sentence": found.sentence,
        }
        for side in sides
    ]  # fmt: skip
