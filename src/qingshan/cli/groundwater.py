"""``qingshan groundwater class IN.csv -o OUT.csv``: groundwater classes of a table of wells (地下水质量)."""

from __future__ import annotations

import argparse

import numpy as np

from qingshan import standards
from qingshan.cli import evaluation, single_factor
from qingshan.cli.evaluation import ITEMS, Kind, Result
from qingshan.cli.samples import Column, Layout, Samples
from qingshan.methods import groundwater

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
    def evaluate(edition, given, below, rows):  # type: ignore[no-untyped-def]
        return groundwater.classes(
            edition, given, below=below, target=options.target, censored=options.below, units_checked=options.units_checked
        )

    result, overall = single_factor.judge(table, options, "GB/T 14848", evaluate)
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


KINDS = {
    "class": Kind("地下水质量类别：单指标评价、综合取最差，从优不从劣", LAYOUT, _class, (*ITEMS, "target"), "--target 缺省Ⅲ类。"),
}
