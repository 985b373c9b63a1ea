"""``qingshan air hourly|daily|period|compare|rank|warn|dust IN.csv -o OUT.csv``: air quality of a table, no bureau needed."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa

from qingshan import standards
from qingshan.cli import air_compare, air_dust, air_period, air_rank, air_warn
from qingshan.cli.air_output import words, write
from qingshan.cli.air_table import Table, day_hours, planned_out, read, read_units
from qingshan.cli.table_files import Refused, at_rows
from qingshan.methods import air
from qingshan.stats import clock, rounding
from qingshan.terms.items import AIR

EXPLAIN = """
输入：CSV（UTF-8、GBK、UTF-16）或 Excel（xlsx、xls，读第一张有数据的表），列 time、station、pm2_5、pm10、so2、no2、co、o3，
  次序、大小写不限，也认“时间、站点、细颗粒物”等中文表头；只有一个站点时可以没有 station。单位 µg/m³，CO 为 mg/m³，表头括号里写明
  单位的按所写换算。空、NA、— 为缺测。
时标：整点，为该小时之末：2026-03-01 00:00 是 2026-02-28 的第 24 小时，也可写 2026-02-28 24:00。
hourly：每行加 aqi、primary（首要污染物，并列以逗号分开）、level（级别 1–6）、class（类别）、edition（所用标准）、note。
daily：由小时值统计日均值（有效小时不少于 20）与臭氧日最大 8 小时平均（HJ 663 6.1.2），每站每日一行，给出各统计量、有效小时
  数、分指数和日 AQI。已有日值的加 --from-days，time 只写日期，o3 为日最大 8 小时平均。
标准按各行所属之日选用：2026-02-28 及以前 HJ 633—2012，2026-03-01 起 HJ 633—2026；--edition 指定一版重算。
缺项：HJ 633—2026 5.3.1，其余各项未超过 100 的不发布 AQI，aqi 记 NA。国家实时发布缺 PM10、SO2、CO 时大多照发，要与它
  同口径，写 --unplanned pm10,so2,co。
另有：period 时段评价，compare 同比，rank 排名，warn 重污染天气预警分级，dust 扬尘；各有 --help。
有错时逐行说明，不写结果文件；返回值 0 成功，1 输入有误，2 用法有误。
"""


OTHERS = {"period": air_period, "compare": air_compare, "rank": air_rank, "warn": air_warn, "dust": air_dust}


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command: one sub-command a kind of result."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXPLAIN
    kinds = parser.add_subparsers(dest="report", metavar="结果", required=True)
    for name, help_ in (("hourly", "实时报：逐小时 AQI"), ("daily", "日报：由小时值算日值与日 AQI")):
        _index_arguments(kinds.add_parser(name, help=help_, epilog=EXPLAIN, formatter_class=argparse.RawDescriptionHelpFormatter))
    for name, module in OTHERS.items():
        one = kinds.add_parser(name, help=module.HELP, epilog=module.EXPLAIN, formatter_class=argparse.RawDescriptionHelpFormatter)
        module.arguments(one)


def _index_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("input", type=Path, metavar="IN.csv", help="浓度表")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.csv", help="结果；写全才出现，- 为标准输出")
    parser.add_argument("--edition", choices=("2012", "2026"), help="不按日期，指定 HJ 633 的一版（新旧标准回算）")
    parser.add_argument("--unplanned", default="", metavar="co,so2", help="未列入监测计划的项目（HJ 633—2026 5.3.2），缺它不影响发布")
    parser.add_argument("--unit", action="append", default=[], metavar="co=µg/m³", help="列的单位：µg/m³、mg/m³、ng/m³，可多次")
    parser.add_argument("--label", choices=("end", "start"), default="end", help="时标在小时之末（默认）或之始（HJ 212 报文）")
    parser.add_argument("--extra", action="store_true", help="允许其他列，hourly 原样带到结果里")
    parser.add_argument("--verify", action="store_true", help="列出所用标准中未在原文读到之处")
    parser.add_argument("--from-days", action="store_true", help="daily：输入已是日值，o3 为日最大 8 小时平均")


def run(options: argparse.Namespace) -> int:
    """Evaluate a table; 0, or 1 with every fault on stderr and nothing written."""
    if options.report in OTHERS:
        try:
            return int(OTHERS[options.report].run(options))
        except Refused as error:
            print(error, file=sys.stderr)
            return 1
    try:
        if options.from_days and options.report != "daily":
            raise Refused("--from-days 只用于 daily")
        unplanned = planned_out(options.unplanned)
        table = read(
            options.input, units=read_units(options.unit), unplanned=unplanned, extra=options.extra, whole_days=options.from_days
        )
        if options.label == "start" and not options.from_days:
            table.time = table.time + np.timedelta64(1, "h")
        if options.edition is None:
            _in_force(table, options.from_days)
        for item in AIR:
            table.conc.setdefault(item, np.full(table.rows.size, np.nan))
        if options.report == "hourly":
            result = _hourly(table, options.edition, unplanned)
        elif options.from_days:
            result = _from_days(table, options.edition, unplanned)
        else:
            result = _daily(table, options.edition, unplanned)
        write(result, options.output)
    except Refused as error:
        print(error, file=sys.stderr)
        return 1
    marks = _verify(np.asarray(result.column("edition")), options.report == "daily" and not options.from_days)
    if marks and not options.verify:
        print(f"待核实：所用标准有 {len(marks)} 处未在原文读到，加 --verify 列出", file=sys.stderr)
    for line in marks if options.verify else ():
        print(f"待核实：{line}", file=sys.stderr)
    for line in table.warnings:
        print(f"注意：{line}", file=sys.stderr)
    unpublished = int((np.asarray(result.column("aqi")) == "NA").sum())
    print(f"{options.output}：{result.num_rows} 行，其中 AQI 为 NA 的 {unpublished} 行", file=sys.stderr)
    return 0


def _verify(used: np.ndarray, from_hours: bool) -> list[str]:
    """What nobody has read in the source, of the tables the result rests on."""
    together = {"HJ 633—2012": ("2012", "2012+2018", "2013"), "HJ 633—2026": ("2026", "2026", "2026")}
    lines = []
    for name in sorted(set(used.tolist())):
        hj633, gb3095, hj663 = (standards.get(c, edition=e) for c, e in zip(("HJ 633", "GB 3095", "HJ 663"), together[name], strict=True))
        marks = hj633.verify_of("iaqi", "report", "missing", "primary", "level")
        lines += [f"{hj633} {mark}" for mark in marks if not mark.startswith("level：health")]  # 结果里没有健康提示
        if from_hours:
            lines += [f"{gb3095} {mark}" for mark in gb3095.verify_of("limit", "validity")]
            lines += [f"{hj663} {mark}" for mark in hj663.verify_of("validity")]
    return lines


def _editions(days: np.ndarray, edition: str | None) -> list[tuple[standards.Edition, np.ndarray]]:
    if edition is not None:
        return [(standards.get("HJ 633", edition=edition), np.ones(days.size, bool))]
    return [(std, rows) for std, _, rows in standards.spans("HJ 633", days)]


def _in_force(table: Table, whole_days: bool) -> None:
    """Refuses rows of days on which no edition of HJ 633 was in force nationwide, by their lines."""
    days = table.time.astype("datetime64[D]") if whole_days else clock.day_of(table.time)
    first = np.datetime64(min(p.start for e in standards.editions("HJ 633") for p in e.phases if not p.region), "D")
    if (early := days < first).any():
        raise Refused(
            f"{at_rows(table.rows[early])} time：{days[early].min()} 在 HJ 633 全国实施（{first}）之前，没有现行版本；"
            "要按一版计算，写 --edition 2012 或 --edition 2026"
        )


def _report_columns(
    parts: list[tuple[standards.Edition, np.ndarray, air.Report]], size: int, unplanned: tuple[str, ...]
) -> dict[str, np.ndarray]:
    out = {name: np.full(size, "", object) for name in ("aqi", "primary", "level", "class", "edition", "note")}
    for std, rows, report in parts:
        out["aqi"][rows] = words(report.aqi)
        out["primary"][rows] = air.primary_words(report.primary)
        out["level"][rows] = np.array(["", *"123456"], object)[report.level]
        out["class"][rows] = air.class_words(std, report.aqi)
        out["edition"][rows] = str(std)
        out["note"][rows] = _notes(std, report, unplanned)
    return out


def _notes(std: standards.Edition, report: air.Report, unplanned: tuple[str, ...]) -> np.ndarray:
    missing = {item: np.isnan(values) for item, values in report.iaqi.items()}
    nothing = np.logical_and.reduce(list(missing.values()))
    bits = sum(m.astype(np.uint8) * air.BIT[i] for i, m in missing.items() if i not in unplanned)
    words = np.array(["缺" + "、".join(i for i in AIR if b & int(air.BIT[i])) for b in range(64)], object)[bits]
    clause = f"，其余未超过 100，不发布（{std} 5.3.1）"
    return np.where(nothing, "无有效数据", np.where(report.withheld, words + clause, ""))


def _hourly(table: Table, edition: str | None, unplanned: tuple[str, ...]) -> pa.Table:
    parts = []
    for std, rows in _editions(clock.day_of(table.time), edition):
        conc = {i: c[rows] for i, c in table.conc.items()}
        if std.rows("report", report="hourly", column="SO2_24h"):
            conc["SO2_24h"] = _moving_day(table, std)[rows]
        parts.append((std, rows, air.hourly(std, conc, unplanned=unplanned)))
    columns = _report_columns(parts, table.rows.size, unplanned)
    for std, rows, report in parts:
        beyond = rows.copy()
        beyond[rows] = np.isnan(report.iaqi["SO2"]) & (table.conc["SO2"][rows] > 0)
        columns["note"][beyond] = f"SO2 大于 800 而前 24 小时有效值不足，没有 SO2 分指数（{std} 表1 注）"
    return _with(table.text, columns)


def _moving_day(table: Table, std: standards.Edition) -> np.ndarray:
    """24-hour means of SO2 up to each hour above the last bound of its 1-hour column; NaN elsewhere and with fewer than 20 hours."""
    so2, out = table.conc["SO2"], np.full(table.rows.size, np.nan)
    top = float(std.row("iaqi", item="SO2", window="1h")["conc"][-1])
    need = air.validity_rule(standards.get("GB 3095", edition="2012"), "SO2", "24h")
    order = np.lexsort((table.time, table.station))
    hour = table.time.astype("datetime64[h]").astype(np.int64)
    place = (table.station * 10_000_000 + hour)[order]  # 各站点各小时一行，按此升序
    for k in np.flatnonzero(so2[order] > top):
        hours = so2[order[np.searchsorted(place, place[k] - 23) : k + 1]]
        if np.count_nonzero(~np.isnan(hours)) >= need.at_least:
            out[order[k]] = rounding.mean(hours, 0)
    return out


def _from_days(table: Table, edition: str | None, unplanned: tuple[str, ...]) -> pa.Table:
    day = {air.DAY_COLUMN[i]: c for i, c in table.conc.items()}
    parts = [
        (std, rows, air.daily(std, {k: c[rows] for k, c in day.items()}, unplanned=unplanned))
        for std, rows in _editions(table.time.astype("datetime64[D]"), edition)
    ]
    return _with(table.text, _report_columns(parts, table.rows.size, unplanned))


def _with(text: pa.Table, columns: dict[str, np.ndarray]) -> pa.Table:
    """The table with columns added; its own column of such a name gives way to ``…_input``."""
    text = text.rename_columns([f"{c}_input" if c in columns else c for c in text.column_names])
    for name, values in columns.items():
        text = text.append_column(name, pa.array(values, pa.string()))
    return text


def _daily(table: Table, edition: str | None, unplanned: tuple[str, ...]) -> pa.Table:
    station, days, hours = day_hours(table)
    found = air.evaluate_days(days, hours, edition=edition, unplanned=unplanned)
    columns: dict[str, np.ndarray] = {"time": days.astype(str)}
    if table.names != [""]:
        columns["station"] = np.array(table.names, object)[station]
    for item in AIR:
        column = air.DAY_COLUMN[item]
        columns[_column(column)] = words(found.days.values[column], 1 if item == "CO" else 0, "")
    for item in AIR:
        columns[f"hours_{_column(item)}"] = words(found.days.hours[item])
    for item in AIR:
        columns[f"iaqi_{_column(item)}"] = words(found.iaqi[item], 0, "")
    parts = []
    for std, rows in _editions(days, edition):
        nothing = np.zeros(int(rows.sum()), np.uint8)
        index = {i: v[rows] for i, v in found.iaqi.items()}
        part = air.Report(found.aqi[rows], found.primary[rows], found.level[rows], index, nothing, found.withheld[rows])
        parts.append((std, rows, part))
    columns |= _report_columns(parts, days.size, unplanned)
    return pa.table({name: pa.array(values.astype(object), pa.string()) for name, values in columns.items()})


def _column(symbol: str) -> str:
    return symbol.lower().replace(".", "_")
