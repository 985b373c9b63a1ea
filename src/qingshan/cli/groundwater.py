"""``qingshan groundwater class IN.csv -o OUT.csv``: groundwater classes of a table of wells (地下水质量)."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

import numpy as np

from qingshan import standards
from qingshan.cli import evaluation, single_factor
from qingshan.cli.evaluation import ITEMS, Kind, Result, fixed
from qingshan.cli.samples import Column, Layout, Samples
from qingshan.methods import groundwater
from qingshan.methods.single_factor import Classes
from qingshan.standards import Edition
from qingshan.terms import items

Columns = Mapping[str, np.ndarray]

WELL = Column("点位", ("井", "井号", "监测井", "监测点", "点位名称", "点位编码", "站点", "station", "well", "断面", "水源", "水源地"))
TIME = Column("时间", ("time", "date", "日期", "采样日期", "采样时间", "监测时间", "监测日期", "年月", "月份"), "day")
LAYOUT = Layout(
    (WELL, TIME),
    "点位,时间,pH,总硬度(mg/L),铁(mg/L),锰(mg/L),氨氮(mg/L),硝酸盐氮(mg/L),汞(mg/L)\n"
    "一号井,2026-03-01,7.2,430,0.3,0.08,0.12,6.5,0.00004L\n二号井,2026-03-01,7.6,520,0.5,1.6,0.4,22,<0.00004\n",
    "groundwater",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    evaluation.add(parser, KINDS)


def run(options: argparse.Namespace) -> int:
    """Evaluate a table."""
    return evaluation.run(KINDS[options.what], options)


def _class(table: Samples, options: argparse.Namespace) -> Result:
    scored: dict[str, list[object]] = {}
    rests: list[str] = []
    marks: list[str] = []

    def evaluate(edition, given, below, rows):  # type: ignore[no-untyped-def]
        given, below = _of_edition(table, edition, given, below)
        found = groundwater.classes(
            edition, given, below=below, target=options.target, censored=options.below, units_checked=options.units_checked
        )
        if "score" in edition.tables:
            _score(table, edition, found, rows, scored, rests, marks)
        return found

    result, overall = single_factor.judge(table, options, "GB/T 14848", evaluate)
    result.columns.update(scored)
    result.rests_on += rests
    result.verify += marks
    judged = np.where(table.good, overall, 0)
    if (judged > 0).any():
        std = standards.editions("GB/T 14848")[-1]
        share = groundwater.well_shares(std, judged[judged > 0])
        result.lines.append(
            f"{share.wells} 个点位（行）：{single_factor.class_counts(groundwater.LABELS, judged)}；"
            f"Ⅰ至Ⅳ类 {share.good:g}%，Ⅴ类 {share.worst:g}%"
        )
        result.verify += [f"点位比例 {m}" for m in share.verify if f"{std} {m}" not in result.verify]
    return result


def _of_edition(table: Samples, edition: Edition, given: Columns, below: Columns) -> tuple[Columns, Columns]:
    """The items an edition has; the others are said, not judged."""
    known = {r["item"] for t in groundwater.tables(edition) for r in edition.table(t)["row"]}
    strange = [i for i, v in given.items() if i not in known and not np.isnan(v).all()]
    if strange and any(i in known for i in given):
        names = "、".join(items.get(i, edition.medium).name for i in strange)
        table.notes.append(f"{edition} 没有{names}，按该版评价的行不评这几项")
    elif strange:
        return given, below
    return {i: v for i, v in given.items() if i in known}, {i: m for i, m in below.items() if i in known}


def _score(
    table: Samples, edition: Edition, found: Classes, rows: np.ndarray, out: dict[str, list[object]], rests: list[str], marks: list[str]
) -> None:  # fmt: skip
    """Lay the composite evaluation of the edition until 2018 beside its rows."""
    whole = groundwater.composite_score(edition, found)
    words = whole.words()
    for name in ("综合评价分值F", "综合评价级别"):
        out.setdefault(name, [""] * table.size)
    for k, row in enumerate(rows.tolist()):
        out["综合评价分值F"][row], out["综合评价级别"][row] = fixed(float(whole.score[k]), 2), str(words[k])
    if whole.missing:
        table.notes.append(f"{edition}：缺 {'、'.join(whole.missing)}，参加评分的项目不足，不作综合评价（单项类别照评）")
    rests.append(whole.clause)
    marks += [f"{edition} {m}" for m in whole.verify]


KINDS = {
    "class": Kind(
        "地下水质量类别：单指标评价、综合取最差，从优不从劣",
        LAYOUT,
        _class,
        (*ITEMS, "target"),
        "--target 缺省Ⅲ类；2018-04-30 以前的采样按 GB/T 14848—93，并给综合评价分值 F。",
    ),
}
