"""Emission allowance of a power unit by the benchmarks of its year (发电行业配额). 全国碳市场配额分配方案."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qingshan.standards.edition import Edition, NotInForce
from qingshan.stats.columns import Numbers, amount, numbers, one_shape
from qingshan.terms import arguments
from qingshan.terms.registry import unknown

KINDS = {
    "coal_large": "300MW 等级以上常规燃煤机组", "coal_small": "300MW 等级及以下常规燃煤机组",
    "coal_other": "燃煤矸石、煤泥、水煤浆等非常规燃煤机组", "gas": "燃气机组",
}  # fmt: skip
"""The four kinds of unit"""


def benchmark(ets: Edition, year: int, kind: str) -> tuple[float, float]:
    """Benchmarks of power [tCO2/MWh] and heat [tCO2/GJ] of a year and kind of unit; heat is NaN where the plan gives none."""
    rows = ets.table("benchmark")["row"]
    if kind not in KINDS:
        raise LookupError(unknown("机组类别", kind, KINDS))
    found = [r for r in rows if r["kind"] == kind and year in (r["year"] if isinstance(r["year"], list) else [r["year"]])]
    if not found:
        there = sorted({y for r in rows for y in (r["year"] if isinstance(r["year"], list) else [r["year"]])})
        raise NotInForce(f"{ets}：没有 {year} 年的基准值；本方案的年份：{'、'.join(map(str, there))}")
    return float(found[0]["power"]), float(found[0].get("heat", "nan"))


def load_correction(ets: Edition, load: ArrayLike) -> Numbers:
    """Correction for a low load (负荷系数修正系数), of load factors 0 … 1. 1 from 85 % up."""
    rule, given = ets.table("correction"), numbers(load, "负荷系数")
    wrong = ~np.isnan(given) & ~((given > 0) & (given <= 1.2))
    if wrong.any():
        raise ValueError(f"负荷系数须为 0～1 的小数，得到 {given[wrong].ravel()[0]:g}；百分数先除以 100")
    percent = np.round(given * 100.0, 9)
    lowest = float(min(r["from"] for r in rule["load"]))
    head, times = (float(v) for v in rule["load_power"])
    out = np.where(percent < lowest, float(rule["load_base"]) ** (head - times * given), np.nan)
    for row in sorted(rule["load"], key=lambda r: r["from"]):
        rise = float(row["at"]) + float(row["slope"]) * (float(row.get("top", row["from"])) - percent)
        out = np.where(percent >= float(row["from"]), rise, out)
    return np.asarray(out)


@dataclass(frozen=True)
class Allowance:
    """Allowance of units (机组配额) [tCO2]."""

    power: Numbers
    heat: Numbers
    total: Numbers
    correction: Numbers
    """of the power, all factors together"""
    rests_on: tuple[str, ...]
    verify: tuple[str, ...]


def allowance(
    ets: Edition, year: int, kind: str, power: ArrayLike, heat: ArrayLike = 0.0, *, air_cooled: bool | None = None,
    heat_ratio: ArrayLike | None = None, load: ArrayLike | None = None, correction: ArrayLike | None = None,
) -> Allowance:  # fmt: skip
    """Allowance of power units (机组配额量): power benchmark × power × corrections + heat benchmark × heat.

    Parameters
    ----------
    power : supplied (to 2022) or generated (from 2023) power [MWh]: ``ets.table("power")["power"]`` says which
    heat : supplied [GJ]
    air_cooled, heat_ratio, load : the corrections of 2019–2022: cooling by air, share of heat 0 … 1, load factor 0 … 1
        (conventional coal only); left out, there is none
    correction : for plans whose corrections are not in the data (from 2023), the factor to use, as the verifier states it
    """
    bar, warm = benchmark(ets, year, kind)
    factor = _correction(ets, kind, air_cooled, heat_ratio, load, correction)
    given, warmth = amount(power, "电量（MWh）"), amount(heat, "供热量（GJ）")
    one_shape(电量=given.shape, 供热量=warmth.shape, 修正系数=factor.shape)
    if np.isnan(warm) and (warmth > 0).any():
        raise ValueError(f"{ets}：{KINDS[kind]} {year} 年没有供热基准值，不能计算供热配额")
    by_heat = np.asarray(warmth * (0.0 if np.isnan(warm) else warm))
    by_power = np.asarray(given * bar * factor)
    tables = ["benchmark", "power", *(["correction"] if "correction" in ets.tables else [])]
    clauses = (ets.clause("benchmark"), ets.clause("power"))
    return Allowance(by_power, by_heat, np.asarray(by_power + by_heat), factor, clauses, ets.verify_of(*tables))


def _correction(
    ets: Edition, kind: str, air_cooled: bool | None, heat_ratio: ArrayLike | None, load: ArrayLike | None, own: ArrayLike | None
) -> Numbers:
    asked = air_cooled is not None or heat_ratio is not None or load is not None
    if own is not None:
        if asked:
            raise TypeError("correction 与 air_cooled、heat_ratio、load 只取其一")
        return amount(own, "修正系数")
    if not asked:
        return np.asarray(1.0)
    if "correction" not in ets.tables:
        raise LookupError(f"{ets}：修正系数未录（未读到原文），请用 correction 写明核定的修正系数")
    rule = ets.table("correction")
    factor = np.asarray(1.0)
    if air_cooled and kind != "gas":
        factor = factor * float(rule["air_cooled"])
    if heat_ratio is not None:
        share = numbers(heat_ratio, "供热比")
        if (~np.isnan(share) & ~((share >= 0) & (share <= 1))).any():
            raise ValueError("供热比须为 0～1 的小数；百分数先除以 100")
        factor = factor * (1.0 - float(rule["heat_gas" if kind == "gas" else "heat_coal"]) * share)
    if load is not None and kind in ("coal_large", "coal_small"):
        factor = factor * load_correction(ets, load)
    return np.asarray(factor)


arguments.guard(__name__)
