"""Construction land (建设用地), GB 36600: screening and control values of first and second use (第一类、第二类用地)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from qingshan.methods import single_factor
from qingshan.methods.soil import risk
from qingshan.methods.soil.risk import Risk
from qingshan.standards.edition import Edition
from qingshan.stats import plausibility
from qingshan.stats.columns import numbers
from qingshan.terms import arguments, items
from qingshan.terms.registry import unknown


def construction_land(
    std: Edition, use: ArrayLike, samples: Mapping[str, ArrayLike], *, background: Mapping[str, float] | None = None,
    below: Mapping[str, ArrayLike] | None = None, units_checked: bool = False,
) -> Risk:  # fmt: skip
    """Risk of construction land soil (建设用地土壤污染风险). GB 36600—2018 表1、表2.

    At most screening: may be ignored (5.3.2); above: detailed survey (5.3.3); above control: not acceptable (5.3.5).

    Parameters
    ----------
    std : Edition of GB 36600
    use : 第一类用地 ``first``, 第二类用地 ``second``, 用途不明确 ``unclear`` (takes the first, 5.3.1); one, or one each.
        A missing use is refused: unclear is to be said
    samples : item → values (…) [mg/kg]; NaN missing
    background : item → background value [mg/kg] of As, Co, V: above screening but not above it is not contaminated land (注 ①)
    below : item → whether below the detection limit, which is then the value
    """
    rows = {r["item"]: r for t in ("basic", "other") for r in std.table(t)["row"]}
    found = risk.columns(std, samples, list(rows), "construction", units_checked)
    flags = single_factor.marks(below, found)
    natural = _background(background or {}, [i for i, r in rows.items() if r.get("background")])
    shape = next(iter(found.values())).shape
    column = np.array([int(r["column"]) - 1 for r in std.table("use")["row"]])[risk.uses(std, use, shape)]
    size = (len(found), *shape)
    screening, control, over = np.full(size, np.nan), np.full(size, np.nan), np.full(size, np.nan)
    by_item, excused, undecided = np.zeros(size, np.int8), np.zeros(size, bool), np.zeros(size, bool)
    for i, (item, given) in enumerate(found.items()):
        wrong = plausibility.impossible(item, std.medium, given)
        value = np.where(wrong, np.nan, given)
        screening[i] = np.array(rows[item]["screening"], float)[column]
        control[i] = np.array(rows[item]["control"], float)[column]
        by_item[i], over[i] = risk.levels(value, screening[i], control[i]), risk.times(value, screening[i])
        open_ = flags.get(item, np.zeros(shape, bool)) & (by_item[i] != 1)
        undecided[i] = wrong | open_
        by_item[i], over[i] = np.where(open_, 0, by_item[i]), np.where(open_, np.nan, over[i])
        if item in natural:
            excused[i] = (by_item[i] > 1) & single_factor.at_most(value, natural[item])
            by_item[i] = np.where(excused[i], 1, by_item[i])
    level = by_item.max(axis=0).astype(np.int8)
    return Risk(
        str(std), "表1、表2、5.3", std.verify_of("basic", "other", "use", "result"), tuple(found),
        tuple(items.get(i, std.medium).name for i in found), level, level, by_item, screening, control, over, excused, undecided,
        ("—", *(str(r["words"]) for r in std.table("result")["row"])), tuple(found),
    )  # fmt: skip


def _background(given: Mapping[str, float], allowed: list[str]) -> dict[str, float]:
    found = {}
    for item, value in given.items():
        if item not in allowed:
            raise LookupError(unknown("可用背景值的项目", item, allowed))
        number = float(numbers(value, f"{item} 背景值"))
        if not np.isfinite(number) or number <= 0:
            raise ValueError(f"{item} 背景值须为正数，得到 {number:g}")
        found[item] = number
    return found


arguments.guard(__name__)
