"""Sea water (海水) GB 3097, sediment (海洋沉积物) GB 18668, biota (海洋生物) GB 18421, and the share of good coastal waters by area."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.methods import single_factor
from qingshan.methods.single_factor import Classes
from qingshan.standards.edition import Edition
from qingshan.stats import rounding
from qingshan.stats.columns import Numbers, aligned, numbers, wholes
from qingshan.terms import arguments
from qingshan.terms.registry import unknown

LABELS = ("—", "第一类", "第二类", "第三类", "第四类", "劣四类")
LABELS_3 = ("—", "第一类", "第二类", "第三类", "劣三类")
BIOTA = {"shellfish": "双壳贝类", "oyster": "牡蛎"}


def inorganic_nitrogen(std: Edition, nitrate: ArrayLike, nitrite: ArrayLike, ammonia: ArrayLike) -> Numbers:
    """Dissolved inorganic nitrogen (无机氮) = NO3-N + NO2-N + NH4-N [mg/L]. GB 3097—1997 附录A. NaN where one of the three is missing."""
    clause = std.clause("inorganic_nitrogen")
    parts = aligned(硝酸盐氮=nitrate, 亚硝酸盐氮=nitrite, 氨氮=ammonia)
    for part, name in zip(parts, ("硝酸盐氮", "亚硝酸盐氮", "氨氮"), strict=True):
        if (part[np.isfinite(part)] < 0).any():
            raise ValueError(f"{clause}：{name}有负值，不是测得的浓度")
    total: Numbers = np.round(parts[0] + parts[1] + parts[2], 9)
    return total


def unionized_ammonia(std: Edition, ammonia: ArrayLike, ph: ArrayLike, temperature: ArrayLike, salinity: ArrayLike) -> Numbers:
    """Un-ionized ammonia (非离子氨, as N) [mg/L] from ammonia nitrogen, pH, temperature and salinity. GB 3097—1997 附录B.

    f = 100 / (10^(pKa − pH) + 1) %, pKa = 9.245 + 0.002949·S + 0.0324·(298 − T). NaN where one is missing or beyond physics.

    Parameters
    ----------
    ammonia : NH4-N with NH3-N [mg/L]; ph : 0 … 14; temperature [℃], −3 … 45; salinity [‰], 0 … 50
    """
    rule = std.table("unionized_ammonia")
    nitrogen, acid, warm, salt = aligned(氨氮=ammonia, pH=ph, 水温=temperature, 盐度=salinity)
    kelvin = warm + float(rule["kelvin_of_zero"])
    pka = float(rule["pka"]) + float(rule["per_salinity"]) * salt + float(rule["per_kelvin"]) * (float(rule["kelvin_at"]) - kelvin)
    with np.errstate(over="ignore", invalid="ignore"):
        share = 1.0 / (10.0 ** (pka - acid) + 1.0)
        real = (nitrogen >= 0) & (acid >= 0) & (acid <= 14) & (warm >= -3) & (warm <= 45) & (salt >= 0) & (salt <= 50)
    return np.where(real, nitrogen * share, np.nan)


def classes(
    std: Edition, samples: Mapping[str, ArrayLike], *, below: Mapping[str, ArrayLike] | None = None, target: int = 2,
    censored: str = "bound", units_checked: bool = False,
) -> Classes:  # fmt: skip
    """Sea water class (海水水质类别): 第一类 … 第四类, 劣四类 (5). GB 3097—1997 表1, single factor; the worst item decides and is named.

    ``NO3-N``, ``NO2-N`` and ``NH4-N`` together become ``DIN``; ``NH4-N`` with ``pH``, ``temperature`` and ``salinity`` becomes ``NH3``.
    Nitrate, nitrite or ammonia alone have no limit: refused, not skipped.

    Parameters
    ----------
    samples : item → values (…) [mg/L]; NaN missing
    target : class the times over refer to: by default 第二类 (优良)
    """
    given = dict(samples)
    forms = [f for f in ("NO3-N", "NO2-N", "NH4-N") if f in given]
    if forms and below and any(f in below for f in forms):
        raise ValueError(f"{'、'.join(forms)} 有低于检出限的：先按采用的规则取值（如检出限的一半），再求和")
    if forms and "DIN" in given and set(forms) != {"NH4-N"}:
        raise ValueError(f"无机氮（DIN）与 {'、'.join(forms)} 同时给出，只能取其一")
    if set(forms) == {"NH4-N"} and {"pH", "temperature", "salinity"} <= set(given):
        forms = []  # 氨氮只用于非离子氨
    if forms and set(forms) != {"NO3-N", "NO2-N", "NH4-N"} and "DIN" not in given:
        raise LookupError(f"{std.clause('inorganic_nitrogen')}：无机氮须有 NO3-N、NO2-N、NH4-N 三项，只给了 {'、'.join(forms)}")
    if "NH4-N" in given and {"pH", "temperature", "salinity"} <= set(given) and "NH3" not in given:
        given["NH3"] = unionized_ammonia(std, given["NH4-N"], given["pH"], given["temperature"], given["salinity"])
    if len(forms) == 3:
        given["DIN"] = inorganic_nitrogen(std, given["NO3-N"], given["NO2-N"], given["NH4-N"])
    judged = {i: v for i, v in given.items() if i not in ("NO3-N", "NO2-N", "NH4-N", "temperature", "salinity")}
    single_factor.samples(given, std.medium)  # 不参评的列也须是已知项目、同形
    return single_factor.evaluate(
        std, judged, tables=("limit",), target=target, below=below, censored=censored, units_checked=units_checked, labels=LABELS
    )


def sediment_classes(
    std: Edition, samples: Mapping[str, ArrayLike], *, below: Mapping[str, ArrayLike] | None = None, target: int = 1,
    censored: str = "bound", units_checked: bool = False,
) -> Classes:  # fmt: skip
    """Class of marine sediment (海洋沉积物质量): 第一类 … 第三类, 劣三类 (4). GB 18668—2002 表1 [mg/kg dry; organic carbon %]."""
    return single_factor.evaluate(
        std, samples, tables=("limit",), target=target, below=below, censored=censored, units_checked=units_checked, labels=LABELS_3
    )


def biota_classes(
    std: Edition, kind: str, samples: Mapping[str, ArrayLike], *, below: Mapping[str, ArrayLike] | None = None, target: int = 1,
    censored: str = "bound", units_checked: bool = False,
) -> Classes:  # fmt: skip
    """Class of marine biota (海洋生物质量): 第一类 … 第三类, 劣三类 (4). GB 18421—2001 表1 [mg/kg fresh, shelled bivalves].

    Parameters
    ----------
    kind : ``"shellfish"`` (双壳贝类) or ``"oyster"`` (牡蛎): copper and zinc of oysters have limits of their own. No default
    """
    if kind not in BIOTA:
        raise LookupError(unknown("海洋生物种类", kind, BIOTA))
    return single_factor.evaluate(
        std, samples, tables=("limit",), target=target, below=below, censored=censored, units_checked=units_checked,
        where={"kind": kind}, labels=LABELS_3,
    )  # fmt: skip


@dataclass(frozen=True)
class AreaShares:
    """Shares of coastal waters by area (近岸海域各类水质面积比例)."""

    surveys: tuple[str, ...]
    good: tuple[float, ...]
    """优良（一、二类）面积比例 of each survey [%]; NaN where no area has a class"""
    by_class: NDArray[np.float64]
    """(surveys, 5): shares of 第一类 … 劣四类 [%], unrounded"""
    covered: tuple[float, ...]
    """share of the area that has a class [%]"""
    year: float
    """mean of the surveys' shares, unrounded first [%]; NaN unless every survey of the rule is there"""
    missing: tuple[str, ...]
    """surveys of the rule that are absent or without any class"""
    verify: tuple[str, ...]


def area_shares(rule: Edition, overall: Mapping[str, ArrayLike], area: ArrayLike) -> AreaShares:
    """Share of good coastal waters (近岸海域优良水质面积比例): area of 第一、二类 over all area, by survey, the year as mean of surveys.

    Parameters
    ----------
    rule : Edition of 近岸海域水质评价
    overall : survey (``春季``, ``夏季``, ``秋季``) → class of each polygon, 0 none
    area : of each polygon [km²], all above 0

    Areas without a class in a survey are left out of it; `covered` says how much was judged.
    """
    table = rule.table("share")
    size = numbers(area, "面积")
    if size.ndim != 1 or size.size == 0 or not np.isfinite(size).all() or (size <= 0).any():
        raise ValueError("面积须为一列正数（km²），每个评价单元一个；缺面积的单元不能参加面积比例")
    strange = [s for s in overall if s not in table["surveys"]]
    if strange:
        raise LookupError(unknown("监测期", "、".join(strange), table["surveys"]))
    names = [s for s in table["surveys"] if s in overall]
    if not names:
        raise LookupError(f"没有任何一期；须为 {'、'.join(table['surveys'])}")
    kinds, decimals = len(LABELS) - 1, int(table["decimals"])
    shares, covered = np.full((len(names), kinds), np.nan), []
    for i, name in enumerate(names):
        found = _classes_of(overall[name], size.size, name)
        there = float(size[found > 0].sum())
        covered.append(100 * there / float(size.sum()))
        if there > 0:
            shares[i] = [100 * float(size[found == c].sum()) / there for c in range(1, kinds + 1)]
    good = shares[:, : int(table["good"])].sum(axis=1)
    missing = tuple(s for s in table["surveys"] if s not in names or np.isnan(good[names.index(s)]))
    year = float("nan") if missing else float(rounding.half_even(good.mean(), decimals))
    printed = tuple(float(rounding.half_even(g, decimals)) for g in good)
    return AreaShares(tuple(names), printed, shares, tuple(covered), year, missing, rule.verify_of("share"))


def _classes_of(values: ArrayLike, count: int, name: str) -> NDArray[np.int8]:
    array = wholes(values, f"{name}类别", len(LABELS) - 1)
    if array.shape != (count,):
        raise ValueError(f"{name}：类别 {array.shape} 与面积 ({count},) 须逐一对应")
    return array.astype(np.int8)


arguments.guard(__name__)
