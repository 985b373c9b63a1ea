"""Classes by single factor laid beside a table: groundwater, sea water, sediment, biota, one edition at a time."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

import numpy as np

from qingshan.cli.evaluation import Result, blank
from qingshan.cli.samples import Samples
from qingshan.cli.table_editions import edition_spans
from qingshan.cli.table_files import Refused
from qingshan.methods.single_factor import Classes, times_words
from qingshan.standards import Edition

Evaluate = Callable[[Edition, Mapping[str, np.ndarray], Mapping[str, np.ndarray], np.ndarray], Classes]
"""an edition, the items and marks of the rows judged, and which rows they are"""


def judge(
    table: Samples, options: argparse.Namespace, code: str, evaluate: Evaluate, groups: Mapping[str, np.ndarray] | None = None
) -> tuple[Result, np.ndarray]:
    """The result of all rows, and their classes (0 none), by edition and by group of rows (种类)."""
    out = blank(table, "类别", "定类指标", "超目标的指标", "各项类别", "各项限值", "各项超标倍数", "检出限高不能定类", "不是测得值")
    overall, rests, marks = np.zeros(table.size, int), [], []
    basis = [""] * table.size
    for edition, mine in edition_spans(table, code, options.at, options.edition):
        for group in (groups or {"": np.ones(table.size, bool)}).values():
            rows = np.flatnonzero(mine & group & table.good)
            if not rows.size:
                continue
            given = {i: v[rows] for i, v in table.values.items()}
            below = {i: m[rows] for i, m in table.below.items() if m[rows].any()}
            try:
                found = evaluate(edition, given, below, rows)
            except ValueError as error:
                if "units_checked" in str(error):
                    raise Refused(
                        str(error)
                        .replace("写明 units_checked", "写 --units-checked")
                        .replace("写 units_checked=True", "写 --units-checked")
                    ) from None
                raise
            rests.append(f"{found.standard} {found.clause}")
            marks += [f"{found.standard} {m}" for m in found.verify]
            _lay(table, out, found, rows, given)
            overall[rows] = found.overall
            for row in rows.tolist():
                basis[row] = rests[-1]
    for row in np.flatnonzero(table.good & (overall == 0)).tolist():
        why = [f"{w}：{out[w][row]}" for w in ("检出限高不能定类", "不是测得值") if out[w][row]]
        table.fault(row, "没有可评价的项目" + ("（" + "；".join(why) + "）" if why else "，各项都缺测"))
    return Result(out, rests, marks, basis=basis), overall


def _lay(table: Samples, out: dict[str, list[object]], found: Classes, rows: np.ndarray, given: Mapping[str, np.ndarray]) -> None:
    words = {
        "类别": found.words(), "定类指标": found.worst_items(), "超目标的指标": found.exceeding(), "检出限高不能定类": found.open_items(),
        "不是测得值": found.refused_items(),
    }  # fmt: skip
    limits = {i: "～".join(f"{b:g}" for b in bounds) for i, bounds in found.limits.items()}
    for k, row in enumerate(rows.tolist()):
        for name, column in words.items():
            out[name][row] = str(column[k])
        told = [i for i in range(len(found.items)) if found.by_item[i, k]]
        out["各项类别"][row] = "、".join(f"{found.names[i]} {found.labels[found.by_item[i, k]]}" for i in told)
        out["各项限值"][row] = "、".join(f"{found.names[i]} {limits[found.items[i]]}" for i in told if limits[found.items[i]])
        over = [i for i in told if found.times_over[i, k] > 0]
        out["各项超标倍数"][row] = "、".join(f"{found.names[i]}{times_words(found.times_over[i, k])}" for i in over)
    for i in range(len(found.items)):
        if found.refused[i].any():
            at = "、".join(str(table.lines[r]) for r in rows[found.refused[i]][:8])
            table.notes.append(f"{found.names[i]}：第 {at} 行不是测得值（负值或超出可能的范围），该项不参加评价")


def class_counts(labels: tuple[str, ...], overall: np.ndarray) -> str:
    """How many of each class: ``Ⅱ 3 个、Ⅳ 1 个``."""
    return "、".join(f"{labels[c]} {int((overall == c).sum())} 个" for c in range(1, len(labels)) if (overall == c).any())
