"""``qingshan air period IN.csv -o OUT.csv``: statistics, compliance, composite index and good days of periods."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from qingshan import standards
from qingshan.cli.air_output import rows_table, shown, write
from qingshan.cli.air_table import Table, day_hours, number_column, planned_out, read, read_units
from qingshan.cli.table_files import Refused
from qingshan.methods import air
from qingshan.methods.air.rules import CLASS_2
from qingshan.stats import aggregate
from qingshan.terms.items import AIR

HELP = "时段评价：各项统计量、超标倍数、达标、综合指数、优良天数"
EXPLAIN = """
输入同 daily：小时值，或日值加 --from-days（o3 为日最大 8 小时平均；日值表还可有 tsp、nox、pb、bap 列）。
每站、每时段、每项统计量一行：value 统计量，limit 限值，times_over 超标倍数，verdict 达标、超标、数据不足（有效天数不够）、
  时段未满（表中没有该时段的全部日子），basis 所用标准。另有综合指数、优良天数、优良天数比例、重污染天数与各项超标天数。
两个以上站点时另给“区域”行：每日取有效站点的算术平均（HJ 663 6.2），再统计。--area 给它起名。
时段跨标准更换的（如 2026 年跨 03-01），按每套标准各给一组；AQI 天数另给“各按当日标准”一组。--edition 只用一版。
"""
COLUMNS = (
    "period", "from", "to", "station", "item", "statistic", "value", "unit", "limit", "times_over", "verdict", "valid_days", "days",
    "basis", "note",
)  # fmt: skip
_BY = {"year": "年", "half": "半年", "quarter": "季", "month": "月", "week": "周", "all": "整表"}
_OTHERS = {"tsp": "TSP", "nox": "NOx", "pb": "Pb", "铅": "Pb", "bap": "BaP", "总悬浮颗粒物": "TSP", "氮氧化物": "NOx"}
_RULE = "城市环境空气质量排名技术规定"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the sub-command."""
    parser.add_argument("input", type=Path, metavar="IN.csv", help="浓度表")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.csv", help="结果；- 为标准输出")
    parser.add_argument("--by", choices=tuple(_BY), default="year", help="时段，默认年；all 为整张表")
    parser.add_argument("--from-days", action="store_true", help="输入已是日值")
    parser.add_argument("--edition", choices=("2012", "2026", "2026-final"), help="不按日期，只用一套标准（新旧回算）")
    parser.add_argument("--zone", type=int, choices=(1, 2), default=2, help="功能区：一类、二类（默认）限值")
    parser.add_argument("--area", default="区域", metavar="名称", help="全部站点平均的名称")
    parser.add_argument("--unplanned", default="", metavar="co,so2", help="未列入监测计划的项目")
    parser.add_argument("--unit", action="append", default=[], metavar="co=µg/m³", help="列的单位，可多次")
    parser.add_argument("--label", choices=("end", "start"), default="end", help="时标在小时之末（默认）或之始")
    parser.add_argument("--exclude", type=Path, metavar="DAYS.txt", help="剔除的日子（沙尘等），一行一个：浓度、综合指数剔除，天数不剔除")


def run(options: argparse.Namespace) -> int:
    """Evaluate the periods of a table."""
    unplanned = planned_out(options.unplanned)
    table = read(options.input, units=read_units(options.unit), unplanned=unplanned, extra=True, whole_days=options.from_days)
    if options.label == "start" and not options.from_days:
        table.time = table.time + np.timedelta64(1, "h")
    dates, columns = station_days(table, options)
    left_out = _excluded(options.exclude, dates)
    areas = dict(zip(table.names, range(len(table.names)), strict=True))
    rows: list[dict[str, object]] = []
    for name, mask in _periods(dates, options.by):
        for station, place in areas.items():
            part = {k: v[place, mask] for k, v in columns.items()}
            rows += _evaluate(name, station, dates[mask], part, left_out[mask], options, unplanned)
        if len(areas) > 1:
            for hj663, part in _city(dates[mask], {k: v[:, mask] for k, v in columns.items()}, options):
                rows += _evaluate(name, options.area, dates[mask], part, left_out[mask], options, unplanned, hj663)
    write(rows_table(COLUMNS, rows), options.output)
    for line in table.warnings:
        print(f"注意：{line}", file=sys.stderr)
    marks = {m for _, hj663, gb, _ in _sets(dates, options.edition) for m in (*hj663.verify, *gb.verify)}
    print(f"待核实：所用标准有 {len(marks)} 处未在原文读到，见 docs/standards", file=sys.stderr)
    print(f"{options.output}：{len(rows)} 行，{len(areas)} 个站点，{dates[0]} 至 {dates[-1]}", file=sys.stderr)
    return 0


def station_days(table: Table, options: argparse.Namespace) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Every day from the first to the last of the table, and by column the daily values (stations, days)."""
    if options.from_days:
        station, day = table.station, table.time.astype("datetime64[D]")
        values = {air.DAY_COLUMN[i]: c for i, c in table.conc.items()} | _others(table)
    else:
        station, day, hours = day_hours(table)
        found = air.evaluate_days(day, hours, edition="2026" if options.edition else _any_edition(day))
        values = {c: found.days.values[c] for c in air.COLUMNS}
    dates = np.arange(day.min(), day.max() + 1)
    where = (day - day.min()).astype(int)
    out = {}
    for name, column in values.items():
        out[name] = np.full((len(table.names), dates.size), np.nan)
        out[name][station, where] = column
    for item in AIR:
        out.setdefault(air.DAY_COLUMN[item], np.full((len(table.names), dates.size), np.nan))
    return dates, out


def _any_edition(day: np.ndarray) -> str | None:
    """None: by the day; the rules of validity of both editions are alike, so days before either are counted by the old one."""
    first = min(p.start for e in standards.editions("HJ 633") for p in e.phases if not p.region)
    if (day < np.datetime64(first)).any():
        raise Refused(f"{day.min()} 在 HJ 633 全国实施（{first}）之前，没有现行版本；要按一版计算，写 --edition 2012 或 --edition 2026")
    return None


def _others(table: Table) -> dict[str, np.ndarray]:
    faults: list[str] = []
    found = {}
    for header in table.extra:
        symbol = _OTHERS.get(header.split("(")[0].split("（")[0].strip().lower())
        if symbol:
            found[symbol] = number_column(table.text.column(header).chunk(0), header, table.rows, faults)
    if faults:
        raise Refused(*faults)
    return found


def _excluded(path: Path | None, dates: np.ndarray) -> np.ndarray:
    if path is None:
        return np.zeros(dates.size, bool)
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path}：读不了：{error}") from None
    try:
        return np.isin(dates, np.array(lines, "datetime64[D]"))
    except ValueError:
        raise Refused(f"{path}：每行须为一个日期，如 2026-03-21") from None


def _periods(dates: np.ndarray, by: str) -> Iterator[tuple[str, np.ndarray]]:
    """Name and days, of those the table has, of every period."""
    if by == "all":
        yield f"{dates[0]}至{dates[-1]}", np.ones(dates.size, bool)
        return
    starts = aggregate.period_of(dates, by)
    for start in np.unique(starts):
        year, month = str(start)[:4], int(str(start)[5:7])
        name = {
            "year": year, "half": f"{year}年{'上' if month < 7 else '下'}半年", "quarter": f"{year}年{(month + 2) // 3}季度",
            "month": str(start)[:7], "week": f"{start}起一周",
        }[by]  # fmt: skip
        yield name, starts == start


def _sets(dates: np.ndarray, edition: str | None) -> list[tuple[standards.Edition, standards.Edition, standards.Edition, str]]:
    """The sets of standards (HJ 633, HJ 663, GB 3095, phase) in force in the period, or the one asked for."""
    named = {
        "2012": ("2012", "2013", "2012+2018", "national"), "2026": ("2026", "2026", "2026", "transition"),
        "2026-final": ("2026", "2026", "2026", "final"),
    }  # fmt: skip
    if edition:
        a, b, c, phase = named[edition]
        return [(standards.get("HJ 633", edition=a), standards.get("HJ 663", edition=b), standards.get("GB 3095", edition=c), phase)]
    found = []
    try:
        for gb3095, phase_, mask in standards.spans("GB 3095", dates):
            day = dates[mask].min().item()
            if found and str(gb3095) != str(found[-1][2]) and gb3095.amends == found[-1][2].edition:
                found.pop()  # 修改单未改限值，不另成一套
            found.append((standards.get("HJ 633", at=day), standards.get("HJ 663", at=day), gb3095, phase_.id))
    except standards.NotInForce as error:
        raise Refused(f"{error}；要按一版计算，写 --edition 2012 或 --edition 2026") from None
    return found


def _city(
    dates: np.ndarray, columns: dict[str, np.ndarray], options: argparse.Namespace
) -> Iterator[tuple[standards.Edition, dict[str, np.ndarray]]]:
    """The daily series of all stations together, under each HJ 663 in force."""
    for hj663 in dict.fromkeys(s[1] for s in _sets(dates, options.edition)):
        yield hj663, air.city_days(hj663, columns)


def _evaluate(
    name: str, station: str, dates: np.ndarray, days: dict[str, np.ndarray],
    left_out: np.ndarray, options: argparse.Namespace, unplanned: tuple[str, ...], only: standards.Edition | None = None,
) -> list[dict[str, object]]:  # fmt: skip
    sets = _sets(dates, options.edition)
    head = {"period": name, "from": dates[0], "to": dates[-1], "station": station, "days": dates.size}
    across = f"本时段跨标准更换，共 {len(sets)} 套标准各给一组" if len(sets) > 1 else ""
    rows: list[dict[str, object]] = []
    for hj633, hj663, gb3095, phase in sets:
        if only is not None and hj663 is not only:
            continue
        rows += _statistics(head, hj663, gb3095, phase, dates, days, left_out, options, across)
        report = air.daily(hj633, days_of_index(days), unplanned=unplanned)
        rows += _day_counts(head, hj633, report.aqi, report.primary, str(hj633), across)
    if len(sets) > 1 and (only is None or only is sets[-1][1]):
        by_day, primary = np.full(dates.size, np.nan), np.zeros(dates.size, np.uint8)
        for hj633, _, mask in standards.spans("HJ 633", dates):
            report = air.daily(hj633, {k: v[mask] for k, v in days_of_index(days).items()}, unplanned=unplanned)
            by_day[mask], primary[mask] = report.aqi, report.primary
        basis = "各按当日标准：" + " / ".join(dict.fromkeys(str(s[0]) for s in sets))
        rows += _day_counts(head, sets[-1][0], by_day, primary, basis, "")
    return rows


def days_of_index(days: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The six columns of the daily index."""
    return {c: days[c] for c in air.COLUMNS}


def _statistics(
    head: dict[str, object], hj663: standards.Edition, gb3095: standards.Edition, phase: str, dates: np.ndarray,
    days: dict[str, np.ndarray], left_out: np.ndarray, options: argparse.Namespace, across: str,
) -> list[dict[str, object]]:  # fmt: skip
    kind = options.by if options.by != "all" else "year"
    there = {c: v for c, v in days.items() if not np.isnan(v).all()}
    rows: list[dict[str, object]] = []
    stage = {"transition": "（过渡阶段）", "final": "（2031年起）"}.get(phase, "")
    basis = f"{hj663}；{gb3095}{stage}"
    if not there:
        return [head | {"item": "", "verdict": air.UNKNOWN, "basis": basis, "note": "没有有效日值"}]
    found = air.evaluate_period(hj663, gb3095, dates, there, phase=phase, zone=options.zone, period=kind, excluded=left_out)
    for s in found.standings:
        decimals = air.places(hj663, s.item, "statistic")
        verdict = str(s.verdict)
        notes = [across, "" if found.judged else "与年标准限值对照，非年度达标结论"]
        rows.append(
            head
            | {
                "item": s.item, "statistic": s.statistic, "value": shown(float(s.value), decimals), "unit": s.unit, "limit": f"{s.limit:g}",
                "times_over": shown(float(s.times_over), 2), "verdict": verdict, "valid_days": int(found.valid_days[s.item]),
                "basis": f"{hj663}；{s.clause}{stage} {s.window}", "note": "；".join(filter(None, notes)),
            }
        )  # fmt: skip
    verdict = str(found.verdict)
    rows.append(head | {"item": "六项", "statistic": "达标评价", "verdict": verdict, "basis": basis, "note": across})
    for item in (i for i in AIR if air.day_column(i) in there):
        over = air.exceedance(hj663, gb3095, item, there[air.day_column(item)], phase=phase, zone=options.zone)
        rows.append(
            head
            | {
                "item": item, "statistic": "日超标天数", "value": int(over.over), "unit": "天", "limit": f"{over.limit:g}",
                "times_over": shown(float(over.times_over), 2), "valid_days": int(over.of), "basis": f"{over.clause}{stage}",
                "note": "；".join(filter(None, [f"超标率 {shown(float(over.rate), 1)}%", f"最大日值 {over.largest:g}", across])),
            }
        )  # fmt: skip
    if options.zone == CLASS_2:
        rows += _index_rows(head, hj663, gb3095, phase, stage, there, left_out, across)
    return rows


def _index_rows(
    head: dict[str, object], hj663: standards.Edition, gb3095: standards.Edition, phase: str, stage: str, days: dict[str, np.ndarray],
    left_out: np.ndarray, across: str,
) -> list[dict[str, object]]:  # fmt: skip
    rule = standards.editions(_RULE)[-1]
    six = {c: days.get(c, np.full(left_out.size, np.nan)) for c in air.COLUMNS}
    statistics = air.statistics(hj663, six, excluded=left_out)
    index = float(air.composite_index(rule, gb3095, statistics, phase=phase))
    singles = {
        r["item"]: float(air.single_index(rule, gb3095, r["item"], statistics[f"{r['item']}_{r['statistic']}"], phase=phase, decimals=2))
        for r in rule.table("index")["row"]
    }
    largest = max((i for i in singles if not np.isnan(singles[i])), key=lambda i: singles[i], default="")
    words = "、".join(f"{i} {v:.2f}" for i, v in singles.items() if not np.isnan(v))
    missing = "" if not np.isnan(index) else "缺项不算综合指数"
    note = "；".join(filter(None, [f"单项指数 {words}", f"最大为 {largest}" if largest else "", missing, across]))
    basis = f"{rule}；{gb3095}{stage} 二级；等权"
    return [head | {"item": "综合指数", "statistic": "", "value": shown(index, 2), "basis": basis, "note": note}]


def _day_counts(
    head: dict[str, object], std: standards.Edition, aqi: np.ndarray, primary: np.ndarray, basis: str, note: str
) -> list[dict[str, object]]:
    good, heavy = air.good_days(std, aqi), air.heavy_days(std, aqi)
    rows: list[dict[str, object]] = []
    for title, value, unit in (
        ("优良天数", int(good.count), "天"), ("优良天数比例", shown(float(good.ratio), 1), "%"),
        ("重污染天数", int(heavy.count), "天"), ("重污染天数比例", shown(float(heavy.ratio), 1), "%"),
    ):  # fmt: skip
        count = {"item": "AQI", "statistic": title, "value": value, "unit": unit, "valid_days": int(good.of), "basis": basis, "note": note}
        rows.append(head | count)
    classes = "、".join(f"{word} {int(c.count)} 天" for word, c in air.level_days(std, aqi).items())
    largest = float(np.nanmax(aqi)) if not np.isnan(aqi).all() else float("nan")
    said = f"{classes}；最大 AQI {shown(largest, 0, '无')}"
    rows.append(head | {"item": "AQI", "statistic": "各级别天数", "basis": basis, "note": said})
    first = "、".join(f"{item} {int(n)} 天" for item, n in air.primary_days(primary).items() if n) or "无"
    rows.append(head | {"item": "AQI", "statistic": "首要污染物天数", "basis": basis, "note": f"{first}（并列的各计一天）"})
    return rows
