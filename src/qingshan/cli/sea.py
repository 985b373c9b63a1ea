"""``qingshan sea class|sediment|biota|area IN.csv -o OUT.csv``: sea water, sediment, biota, and shares of coastal area."""

from __future__ import annotations

import argparse

import numpy as np

from qingshan.cli import evaluation, single_factor
from qingshan.cli.evaluation import ITEMS, Kind, Result, fixed
from qingshan.cli.groundwater import TIME, WELL
from qingshan.cli.samples import Column, Layout, Samples
from qingshan.cli.table_editions import edition_spans
from qingshan.cli.table_files import Refused
from qingshan.methods import sea

SEA = Layout(
    (WELL, TIME),
    "点位,时间,pH,溶解氧(mg/L),化学需氧量(mg/L),硝酸盐氮(mg/L),亚硝酸盐氮(mg/L),氨氮(mg/L),活性磷酸盐(mg/L),石油类(mg/L)\n"
    "一站,2026-05-01,8.1,7.2,1.2,0.12,0.01,0.03,0.012,0.02\n二站,2026-05-01,8.0,6.8,2.4,0.42,0.03,0.08,0.038,0.03\n",
    "sea",
)
SEDIMENT = Layout(
    (WELL, TIME), "点位,时间,汞(mg/kg),镉(mg/kg),铅(mg/kg),铜(mg/kg),石油类(mg/kg)\n一站,2026-08-01,0.05,0.2,24,30,120\n", "sediment"
)
BIOTA = Layout(
    (WELL, TIME, Column("种类", ("生物种类", "kind", "样品种类"), needed=True)),
    "点位,时间,种类,总汞(mg/kg),镉(mg/kg),铜(mg/kg)\n一站,2026-08-01,双壳贝类,0.02,0.3,8\n二站,2026-08-01,牡蛎,0.03,1.2,60\n",
    "biota",
)
AREA = Layout(
    (
        Column("单元", ("评价单元", "海域", "网格", "点位", "名称")),
        Column("面积", ("area", "海域面积"), "number", True, "km²"),
        *(Column(s, (f"{s}类别", f"{s}水质", f"{s}水质类别")) for s in ("春季", "夏季", "秋季")),
    ),
    "单元,面积(km²),春季,夏季,秋季\n甲,120,一类,二类,二类\n乙,80,二类,四类,三类\n",
)
_CLASSES = {
    w: n
    for n, ws in enumerate(
        (
            ("", "—", "-", "无"),
            ("一", "Ⅰ", "1", "i"),
            ("二", "Ⅱ", "2", "ii"),
            ("三", "Ⅲ", "3", "iii"),
            ("四", "Ⅳ", "4", "iv"),
            ("劣四", "劣Ⅳ", "劣", "5", "劣iv"),
        )
    )
    for w in ws
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    evaluation.add(parser, KINDS)


def run(options: argparse.Namespace) -> int:
    """Evaluate a table."""
    return evaluation.run(KINDS[options.what], options)


def _class(table: Samples, options: argparse.Namespace) -> Result:
    target = 2 if options.target is None else options.target

    def evaluate(edition, given, below, rows):  # type: ignore[no-untyped-def]
        return sea.classes(edition, given, below=below, target=target, censored=options.below, units_checked=options.units_checked)

    forms = [f for f in ("NO3-N", "NO2-N", "NH4-N") if f in table.below]
    if forms and options.below == "half":
        for form in forms:
            mask = table.below.pop(form)
            table.values[form] = np.where(mask, table.values[form] / 2, table.values[form])
        table.notes.append(f"{'、'.join(forms)}：低于检出限的以一半参加无机氮求和")
    elif forms:
        raise Refused(f"{'、'.join(forms)} 有低于检出限的值，求无机氮前须定取值：写 --below half（以检出限一半参加）")
    result, overall = single_factor.judge(table, options, "GB 3097", evaluate)
    if overall.any():
        result.lines.append(f"{int((overall > 0).sum())} 个样品：{single_factor.class_counts(sea.LABELS, overall)}")
    return result


def _sediment(table: Samples, options: argparse.Namespace) -> Result:
    target = 1 if options.target is None else options.target

    def evaluate(edition, given, below, rows):  # type: ignore[no-untyped-def]
        return sea.sediment_classes(edition, given, below=below, target=target, censored=options.below, units_checked=options.units_checked)

    return single_factor.judge(table, options, "GB 18668", evaluate)[0]


def _biota(table: Samples, options: argparse.Namespace) -> Result:
    target = 1 if options.target is None else options.target
    kinds = {w: k for k, v in sea.BIOTA.items() for w in (k, v)} | {"贝类": "shellfish"}
    column = np.array([kinds.get(w, "") for w in table.column("种类")], object)
    for row, (kind, word) in enumerate(zip(column, table.column("种类"), strict=True)):
        if not kind and table.good[row]:
            known = "、".join(sea.BIOTA.values())
            table.fault(
                row, f"没有海洋生物种类“{word}”；已有：{known}" if word else f"缺种类：铜、锌限值牡蛎另有规定，不作默认；写 {known}"
            )

    def evaluate(edition, given, below, rows):  # type: ignore[no-untyped-def]
        return sea.biota_classes(
            edition, str(column[rows[0]]), given, below=below, target=target, censored=options.below, units_checked=options.units_checked
        )

    return single_factor.judge(table, options, "GB 18421", evaluate, {k: column == k for k in sea.BIOTA})[0]


def _area(table: Samples, options: argparse.Namespace) -> Result:
    [(rule, _)] = edition_spans(table, "近岸海域水质评价", options.at, options.edition)
    table.need("面积")
    for row in np.flatnonzero(table.number("面积") <= 0).tolist():
        table.fault(row, f"面积 {table.number('面积')[row]:g} 不是正数")
    seasons = [s for s in ("春季", "夏季", "秋季") if table.has(s)]
    if not seasons:
        raise Refused("没有春季、夏季、秋季的任何一列；写各单元各期的类别（一类…四类、劣四类）")
    found = {s: np.zeros(table.size, int) for s in seasons}
    for season in seasons:
        for row, word in enumerate(table.column(season)):
            plain = word.lower().replace("第", "").replace("类", "").strip()
            plain = plain.translate(str.maketrans({"Ⅰ": "一", "Ⅱ": "二", "Ⅲ": "三", "Ⅳ": "四"}))
            if plain in _CLASSES:
                found[season][row] = _CLASSES[plain]
            elif table.good[row]:
                table.fault(row, f"{season}：“{word}”不是海水类别；写一类、二类、三类、四类、劣四类，没有的留空")
    good = table.good
    if not good.any():
        return Result({}, [str(rule)], [])
    share = sea.area_shares(rule, {s: v[good] for s, v in found.items()}, table.number("面积")[good])
    columns: dict[str, list[object]] = {
        "监测期": [*share.surveys, "年度"],
        "优良面积比例(%)": [*(fixed(g, 1) for g in share.good), fixed(share.year, 1)],
    }
    for c, label in enumerate(sea.LABELS[1:]):
        columns[f"{label}(%)"] = [*(fixed(v, 2) for v in share.by_class[:, c]), ""]
    columns["已评价面积(%)"] = [*(fixed(c, 1) for c in share.covered), ""]
    columns["说明"] = [
        *("没有有类别的面积" if g != g else "" for g in share.good),
        f"缺 {'、'.join(share.missing)}，没有年度值" if share.missing else "",
    ]
    lines = [f"缺 {'、'.join(share.missing)}：年度值要三期齐全"] if share.missing else [f"年度优良面积比例 {share.year:.1f}%"]
    if not good.all():
        lines.append(f"面积比例未含有错的 {int((~good).sum())} 个单元，改正后重算")
    return Result(columns, [f"{rule} {rule.table('share')['clause']}"], [f"{rule} {m}" for m in share.verify], lines, own=True)


KINDS = {
    "class": Kind(
        "海水水质类别（GB 3097）", SEA, _class, (*ITEMS, "target"), "硝酸盐氮、亚硝酸盐氮、氨氮三列自动合成无机氮；--target 缺省二类。"
    ),
    "sediment": Kind("海洋沉积物质量类别（GB 18668）", SEDIMENT, _sediment, (*ITEMS, "target")),
    "biota": Kind("海洋生物质量类别（GB 18421）", BIOTA, _biota, (*ITEMS, "target"), "种类写双壳贝类或牡蛎，没有默认。"),
    "area": Kind(
        "近岸海域优良水质面积比例", AREA, _area, ("at", "edition"), "一行一个评价单元；年度为三期未修约比例的平均，缺一期没有年度值。"
    ),
}
