"""``qingshan source class|rate IN.csv -o OUT.csv``: drinking-water sources (饮用水水源), by count and by intake volume."""

from __future__ import annotations

import argparse

import numpy as np

from qingshan.cli import evaluation
from qingshan.cli.evaluation import ITEMS, Kind, Result, blank, fixed, number, truths
from qingshan.cli.groundwater import TIME
from qingshan.cli.samples import Column, Layout, Samples, read
from qingshan.cli.table_editions import edition_spans, ruling
from qingshan.cli.table_files import Refused
from qingshan.cli.table_headers import meaning
from qingshan.methods import drinking_source, groundwater
from qingshan.methods import surface_water as water
from qingshan.methods.surface_water.columns import refuse_units
from qingshan.standards import Edition
from qingshan.terms import items

RULE = "集中式饮用水水源达标评价"
_SOURCE = Column("水源", ("水源地", "水源名称", "水源地名称", "饮用水水源", "点位", "断面", "断面名称", "点位名称", "station"), needed=True)
_KIND = Column("水源类型", ("类型", "水体类型", "水源地类型", "kind"), needed=True)
_INTAKE = Column("取水量", ("取水量", "月取水量", "供水量", "intake"), "number", unit="万m³")
_MET = Column("达标", ("是否达标", "达标情况", "评价结果"), needed=True)
SOURCES = Layout(
    (_SOURCE, TIME, _KIND, _INTAKE),
    "水源,时间,水源类型,取水量(万m³),pH,溶解氧(mg/L),高锰酸盐指数(mg/L),氨氮(mg/L),总磷(mg/L),铁(mg/L),锰(mg/L),硝酸盐(mg/L)\n"
    "大河水厂,2026-03-01,河流,120,7.6,8.2,2.1,0.12,0.05,0.05,0.02,1.2\n东湖水库,2026-03-01,湖库,80,7.9,9,2.4,0.1,0.06,0.03,0.01,0.8\n"
    "城北水源,2026-03-01,地下水,30,7.3,,,0.08,,0.1,0.05,6\n",
    "water",
    ("groundwater",),
)
VERDICTS = Layout(
    (_SOURCE, TIME, _INTAKE, _MET),
    "水源,时间,取水量(万m³),达标\n大河水厂,2026-03-01,120,是\n东湖水库,2026-03-01,80,否\n城北水源,2026-03-01,30,未监测\n",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    evaluation.add(parser, KINDS)


def run(options: argparse.Namespace) -> int:
    """Evaluate a table."""
    return evaluation.run(KINDS[options.what], options)


def _kinds(table: Samples) -> np.ndarray:
    out = []
    for row, word in enumerate(table.column("水源类型")):
        kind = ""
        if "地下" in word or word in ("groundwater", "井"):
            kind = "groundwater"
        elif word in ("湖泊", "水库", "湖库", "湖库型", "水库型", "湖泊型"):
            kind = "lake"
        elif word in ("河流型", "江河", "地表水河流"):
            kind = "river"
        else:
            try:
                kind = "lake" if bool(water.water_types(np.array([word], object), (1,))[0]) else "river"
            except (LookupError, ValueError):
                table.fault(
                    row,
                    f"没有水源类型“{word}”；已有：河流、湖库、地下水"
                    if word
                    else "缺水源类型：河流、湖库总磷限值不同，地下水另有标准，不作默认",
                )
        out.append(kind)
    return np.array(out, object)


def _class(table: Samples, options: argparse.Namespace) -> Result:
    kinds = _kinds(table)
    out = blank(table, "达标", "超标指标", "参加评价的项目", "缺的项目", "检出限高或不是测得值", "仅作参考")
    basis, rests, marks = [""] * table.size, [], []
    rule = ruling(table, RULE, options.at)
    met, told = np.zeros(table.size, bool), np.zeros(table.size, bool)
    if options.edition:
        raise Refused("水源有地表水、地下水两种标准，不能用一个 --edition；写 --at 日期，或给时间列")
    ground = kinds == "groundwater"
    try:
        refuse_units({i: v[table.good & ~ground] for i, v in table.values.items()}, options.units_checked)
    except ValueError as error:
        raise Refused(str(error).replace("写明 units_checked", "写 --units-checked")) from None
    surface = [k for k in ("river", "lake") if (kinds == k).any()]
    for std, mine in edition_spans(table, "GB 3838", options.at, "") if surface else ():
        for kind in surface:
            rows = np.flatnonzero(mine & (kinds == kind) & table.good)
            if rows.size:
                _surface(table, out, std, rule, kind, rows, met, told, basis)
                rests += [basis[rows[0]]] if basis[rows[0]] else []
                marks += [f"{std} {m}" for m in std.verify_of("limit", "supplementary", "specific")]
    if (kinds == "groundwater").any():
        wells = _wells(table, options)
        for std, mine in edition_spans(table, "GB/T 14848", options.at, ""):
            rows = np.flatnonzero(mine & (kinds == "groundwater") & table.good)
            if rows.size:
                marks += _ground(out, std, rule, wells, rows, options, met, told, basis)
                rests.append(basis[rows[0]])
    for row in np.flatnonzero(table.good & ~told).tolist():
        table.fault(row, "没有可评价的项目：各项缺测、检出限高于限值，或不是测得值")
    result = Result(
        out, [*rests, f"{rule} {rule.table('surface')['clause']}"], [*marks, *(f"{rule} {m}" for m in rule.verify)], basis=basis
    )
    result.lines = _rates(table, rule, met) if table.good.any() else []
    return result


def _surface(
    table: Samples,
    out: dict[str, list[object]],
    std: Edition,
    rule: Edition,
    kind: str,
    rows: np.ndarray,
    met: np.ndarray,
    told: np.ndarray,
    basis: list[str],
) -> None:
    known = {r["item"] for t in ("limit", "supplementary", "specific") for r in std.table(t)["row"]} | set(
        rule.table("surface")["reference"]
    )
    strange = [i for i in table.values if i not in known]
    given = {i: v[rows] for i, v in table.values.items() if i in known}
    try:
        table_of = {i: m[rows] for i, m in table.below.items() if i in given}
        found = drinking_source.surface_source(rule, std, kind, given, below=table_of)
    except LookupError as error:  # 只有参考项目
        for row in rows.tolist():
            table.fault(row, str(error.args[0]))
        return
    absent = "、".join(items.get(i, "water").name for i in found.absent)
    for k, row in enumerate(rows.tolist()):
        met[row], told[row] = bool(found.compliant[k]), bool(found.judged[k])
        there = [i for i, item in enumerate(found.items) if not np.isnan(given[item][k])]
        out["达标"][row] = "达标" if met[row] else "不达标"
        out["超标指标"][row] = str(found.exceeding()[k])
        out["参加评价的项目"][row] = "、".join(found.names[i] for i in there if not found.undecided[i, k])
        missing = [found.names[i] for i, item in enumerate(found.items) if np.isnan(given[item][k])]
        out["缺的项目"][row] = "、".join([*missing, *([absent] if absent else [])])
        out["检出限高或不是测得值"][row] = "、".join(found.names[i] for i in np.flatnonzero(found.undecided[:, k]))
        out["仅作参考"][row] = "、".join(items.get(i, "water").name for i in (*found.reference, *strange))
        basis[row] = f"{found.standard} {found.clause}；{rule}"


def _wells(table: Samples, options: argparse.Namespace) -> Samples:
    """The same table read with the items of groundwater."""
    layout = Layout(SOURCES.columns, SOURCES.template, "groundwater", ("water",))
    units = [u for u in options.unit if meaning(u.partition("=")[0], "groundwater", {})[0]]
    limits = [u for u in options.detection if meaning(u.partition("=")[0], "groundwater", {})[0]]
    return read(table.path, layout, unit=units, detection=limits, extra=True, nd_is_zero=options.below == "first")


def _ground(
    out: dict[str, list[object]],
    std: Edition,
    rule: Edition,
    wells: Samples,
    rows: np.ndarray,
    options: argparse.Namespace,
    met: np.ndarray,
    told: np.ndarray,
    basis: list[str],
) -> list[str]:
    given = {i: v[rows] for i, v in wells.values.items()}
    below = {i: m[rows] for i, m in wells.below.items()}
    try:
        found = groundwater.classes(std, given, below=below, censored=options.below, units_checked=options.units_checked)
    except ValueError as error:
        raise Refused(str(error).replace("写明 units_checked", "写 --units-checked")) from None
    compliant, judged = drinking_source.groundwater_source(rule, found)
    for k, row in enumerate(rows.tolist()):
        met[row], told[row] = bool(compliant[k]), bool(judged[k])
        out["达标"][row] = "达标" if met[row] else "不达标"
        out["超标指标"][row] = str(found.exceeding()[k])
        out["参加评价的项目"][row] = "、".join(n for i, n in enumerate(found.names) if found.by_item[i, k])
        out["缺的项目"][row] = "、".join(n for n, item in zip(found.names, found.items, strict=True) if np.isnan(given[item][k]))
        out["检出限高或不是测得值"][row] = "、".join(n for i, n in enumerate(found.names) if found.undecided[i, k] or found.refused[i, k])
        basis[row] = f"{found.standard} {found.clause} Ⅲ类；{rule}"
    return [f"{found.standard} {m}" for m in found.verify]


def _periods(table: Samples) -> list[str]:
    if table.days is None:
        return ["整表"] * table.size
    return ["" if np.isnat(d) else str(d.astype("datetime64[M]")) for d in table.days]


def _rates(table: Samples, rule: Edition, met: np.ndarray) -> list[str]:
    periods, lines = _periods(table), []
    for row in np.flatnonzero(table.number("取水量") < 0).tolist():
        table.fault(row, "取水量为负值")
    for period in dict.fromkeys(p for p, fine in zip(periods, table.good, strict=True) if fine):
        mine = table.good & np.array([p == period for p in periods])
        rate = drinking_source.source_rates(rule, met[mine], table.number("取水量")[mine])
        volume = fixed(float(rate.volume_rate[0]), 1)
        words = f"水量达标率 {volume}%" if volume else "没有取水量，不算水量达标率"
        if volume and rate.without_volume[0]:
            words += f"（{rate.without_volume[0]} 个水源没有取水量，未计）"
        lines.append(f"{period}：{rate.judged[0]} 个水源，{rate.compliant[0]} 个达标，水源达标率 {float(rate.count_rate[0]):.1f}%，{words}")
    return lines


def _rate(table: Samples, options: argparse.Namespace) -> Result:
    [(rule, _)] = edition_spans(table, RULE, options.at, options.edition)
    unwatched = np.array([w in ("未监测", "没有监测", "停用", "—", "-") for w in table.column("达标")], bool)
    said = [w if not u else "否" for w, u in zip(table.column("达标"), unwatched, strict=True)]
    table.text["达标"] = said
    met = truths(table, "达标")
    for row in np.flatnonzero(table.number("取水量") < 0).tolist():
        table.fault(row, "取水量为负值")
    periods = _periods(table)
    columns: dict[str, list[object]] = {
        n: []
        for n in (
            "时段",
            "监测水源数",
            "达标水源数",
            "水源达标率(%)",
            "取水量(万m³)",
            "达标取水量(万m³)",
            "水量达标率(%)",
            "没有取水量的水源数",
            "未监测水源数",
        )
    }
    for period in dict.fromkeys(p for p, fine in zip(periods, table.good, strict=True) if fine):
        mine = table.good & np.array([p == period for p in periods])
        rate = drinking_source.source_rates(rule, met[mine], table.number("取水量")[mine], ~unwatched[mine])
        cells = (
            period,
            int(rate.judged[0]),
            int(rate.compliant[0]),
            fixed(float(rate.count_rate[0]), 1),
            number(float(rate.volume[0])),
            number(float(rate.compliant_volume[0])),
            fixed(float(rate.volume_rate[0]), 1),
            int(rate.without_volume[0]),
            int((unwatched & mine).sum()),
        )
        for name, cell in zip(columns, cells, strict=True):
            columns[name].append(cell)
    lines = [] if table.good.all() else [f"未计 {int((~table.good).sum())} 行有错的，改正后重算"]
    return Result(columns, [f"{rule} {rule.table('rate')['clause']}"], [f"{rule} {m}" for m in rule.verify_of("rate")], lines, own=True)


KINDS = {
    "class": Kind(
        "水源达标评价：地表水源按 GB 3838 Ⅲ类与表2、表3，地下水源按 GB/T 14848 Ⅲ类",
        SOURCES,
        _class,
        ITEMS,
        "水温、总氮、粪大肠菌群只作参考；有取水量列时同时给出达标率。",
    ),
    "rate": Kind(
        "水源达标率（按个数）、水量达标率（按取水量），按月",
        VERDICTS,
        _rate,
        ("at", "edition"),
        "达标列写是、否、未监测；未监测的不进分母。",
    ),
}
