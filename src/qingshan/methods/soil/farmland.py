"""Farmland (农用地), GB 15618: screening and control values by pH and land use, and the category of the land (类别)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from qingshan.methods import single_factor
from qingshan.methods.soil import risk
from qingshan.methods.soil.risk import Risk
from qingshan.standards.edition import Edition
from qingshan.stats import plausibility
from qingshan.stats.columns import Numbers
from qingshan.terms import arguments, items


def farmland(
    std: Edition, use: ArrayLike, samples: Mapping[str, ArrayLike], *, below: Mapping[str, ArrayLike] | None = None,
    units_checked: bool = False,
) -> Risk:  # fmt: skip
    """Risk of farmland soil and its category (优先保护、安全利用、严格管控). GB 15618—2018 表1–表3, 6.1–6.3.

    Cd, Hg, As, Pb, Cr decide the category; Cu, Ni, Zn, HCH, DDT, BaP have screening values only and are reported in `level`.
    The category is not adjusted by what the crops hold (农产品协同监测): that is a step of its own.

    Parameters
    ----------
    std : Edition of GB 15618
    use : ``paddy`` 水田, ``orchard`` 果园, ``other`` 其他, ``rotation`` 水旱轮作 (the stricter of both); one, or one each. No default
    samples : ``pH`` and items → values (…) [mg/kg]; NaN missing. A metal without pH is refused: the values differ by pH
    below : item → whether below the detection limit, which is then the value
    """
    ranked = [r["item"] for r in std.table("screening")["row"]]
    flat = {r["item"]: float(r["limit"]) for r in std.table("screening_other")["row"]}
    found = risk.columns(std, samples, ["pH", *dict.fromkeys(ranked), *flat], "farmland", units_checked)
    given = [i for i in found if i != "pH"]
    if not given:
        raise LookupError(f"{std}：只给了 pH，没有污染物项目")
    flags = single_factor.marks(below, found)
    shape = found[given[0]].shape
    kinds = risk.uses(std, use, shape)
    band = _bands(std, found, [i for i in given if i not in flat], shape)
    screening, control = np.full((len(given), *shape), np.nan), np.full((len(given), *shape), np.nan)
    by_item = np.zeros(screening.shape, np.int8)
    over, undecided = np.full(screening.shape, np.nan), np.zeros(screening.shape, bool)
    for i, item in enumerate(given):
        value = found[item]
        wrong = plausibility.impossible(item, std.medium, value)
        value = np.where(wrong, np.nan, value)
        screening[i] = flat[item] if item in flat else _screening(std, item, kinds, band)
        rows = std.rows("control", item=item)
        if rows:
            control[i] = np.append(np.array(rows[0]["limit"], float), np.nan)[band]
        by_item[i], over[i] = risk.levels(value, screening[i], control[i]), risk.times(value, screening[i])
        open_ = flags.get(item, np.zeros(shape, bool)) & (by_item[i] != 1)
        undecided[i] = wrong | open_
        by_item[i], over[i] = np.where(open_, 0, by_item[i]), np.where(open_, np.nan, over[i])
    rule = std.table("category")
    decided = tuple(i for i in given if i in rule["decided_by"])
    rows_of = [given.index(i) for i in decided]
    category = by_item[rows_of].max(axis=0) if rows_of else np.zeros(shape, np.int8)
    rests = std.verify_of("ph", "screening", "screening_other", "control", "use", "category")
    return Risk(
        str(std), "表1、表2、表3、6.1、6.2、6.3", rests, tuple(given),
        tuple(items.get(i, std.medium).name for i in given), by_item.max(axis=0).astype(np.int8), category.astype(np.int8), by_item,
        screening, control, over, np.zeros(by_item.shape, bool), undecided, ("—", *(str(r["title"]) for r in rule["row"])), decided,
    )  # fmt: skip


def _bands(std: Edition, found: Mapping[str, Numbers], ranked: list[str], shape: tuple[int, ...]) -> np.ndarray:
    """The pH band of each sample, 0 … 3; the number of bands where it is not needed."""
    upper = [float(v) for v in std.table("ph")["upper"]]
    need = np.zeros(shape, bool)
    for item in ranked:
        need |= ~np.isnan(found[item])
    ph = found.get("pH", np.full(shape, np.nan))
    with np.errstate(invalid="ignore"):
        wrong = (ph < 0) | (ph > 14) | np.isinf(ph)
    if wrong.any():
        raise ValueError(f"pH {ph[wrong].ravel()[0]:g} 不是测得的值：pH 须在 0 至 14 之间（共 {int(wrong.sum())} 个样品）")
    absent = np.flatnonzero((need & np.isnan(ph)).ravel())
    if absent.size:
        where = "、".join(str(i + 1) for i in absent[:8]) + ("…" if absent.size > 8 else "")
        why = f"{std.clause('screening')} 的筛选值、管制值按 pH 分档，缺 pH 不能评价，不作默认"
        raise ValueError(f"第 {where} 个样品缺 pH（共 {absent.size} 个）：{why}")
    band = np.full(shape, len(upper) + 1)
    for number in range(len(upper), -1, -1):
        inside = need if number == len(upper) else need & single_factor.at_most(ph, upper[number])
        band[inside] = number
    return band


def _screening(std: Edition, item: str, kinds: np.ndarray, band: np.ndarray) -> Numbers:
    out = np.full(kinds.shape, np.nan)
    for number, row in enumerate(std.table("use")["row"]):
        mine = kinds == number
        there = [std.rows("screening", item=item, use=c) for c in row["columns"]]
        limits = [np.append(np.array(r[0]["limit"], float), np.nan) for r in there if r]
        chosen = np.min(limits, axis=0) if row["strictest"] else limits[0]
        out[mine] = chosen[band[mine]]
    return out


arguments.guard(__name__)
