"""Energy in coal equivalent (折标准煤), and the double control of its total and intensity (能耗“双控”). GB/T 2589."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qingshan.methods.carbon.amounts import converted, positive
from qingshan.standards.edition import Edition
from qingshan.stats import rounding
from qingshan.stats.columns import Flags, Numbers, aligned, amount, numbers, one_shape, single
from qingshan.terms import arguments
from qingshan.terms.registry import unknown


def tce(gbt2589: Edition, fuel: str, used: ArrayLike, unit: str, *, coefficient: float | None = None) -> Numbers:
    """Coal equivalent of an amount of fuel, power or heat (折标准煤量) [tce]. GB/T 2589—2020 附录A.

    Parameters
    ----------
    fuel : as in the table: 原煤, 天然气, 电力 …
    used : array_like, not below 0
    unit : of `used`: kg, t, 万t; m³, 万m³, 亿m³; kWh, MWh, 万kWh, 亿kWh; MJ, GJ, TJ. It must fit the fuel
    coefficient : own measured or local coefficient [kgce per kg, m³, kWh or MJ]: needed where the standard gives a range (天然气),
        and for the equivalent value of power (等价值), which changes by year
    """
    rows = [*gbt2589.table("coefficient")["row"], *gbt2589.table("carrier")["row"]]
    row = next((r for r in rows if r["fuel"] == fuel), None)
    if row is None:
        raise LookupError(f"{gbt2589.clause('coefficient')}：{unknown('能源品种', fuel, [r['fuel'] for r in rows])}")
    if coefficient is None and "kgce" not in row:
        span = f"{row['low']}～{row['high']} kgce/{row['per']}"
        raise ValueError(f"{gbt2589.clause('coefficient')}：“{fuel}”为范围 {span}，须给 coefficient（实测或当地采用的系数）")
    if coefficient is not None and not 0 < coefficient < float("inf"):
        raise ValueError(f"折标准煤系数须大于 0，得到 {coefficient}")
    each = float(row["kgce"]) if coefficient is None else coefficient
    return np.asarray(converted(used, unit, row["per"], f"{fuel}消费量") * each / 1000.0)


def intensity(quantity: ArrayLike, gdp: ArrayLike) -> Numbers:
    """A quantity per output (强度): tce or tCO2 per 万元 of constant-price GDP (不变价)."""
    used, output = amount(quantity, "消费量或排放量"), positive(gdp, "地区生产总值")
    one_shape(消费量或排放量=used.shape, 地区生产总值=output.shape)
    return np.asarray(used / output)


def constant_price(base: float, growth: ArrayLike) -> Numbers:
    """GDP at constant prices (不变价地区生产总值) of the years after a base, from real growth [%] of each.

    ``constant_price(1000, [5, -1])`` is 1050, 1039.5.
    """
    rate = np.atleast_1d(numbers(growth, "实际增速"))
    if (rate <= -100).any():
        raise ValueError("实际增速须大于 −100 %")
    return np.asarray(float(positive(single(base, "基年地区生产总值"), "基年地区生产总值")) * np.cumprod(1.0 + rate / 100.0))


def decline(base: ArrayLike, now: ArrayLike, *, decimals: int | None = None) -> Numbers:
    """How much an intensity or a total fell against a base (下降率) [%]: (1 − now/base)·100; negative where it rose."""
    later, first = amount(now, "现值"), positive(base, "基数")
    one_shape(现值=later.shape, 基数=first.shape)
    fall = (1.0 - later / first) * 100.0
    return np.asarray(fall if decimals is None else rounding.half_even(fall, decimals))


def cumulative_decline(yearly: ArrayLike) -> Numbers:
    """Cumulative decline (累计下降率) [%] after each year, of yearly declines [%]: 1 − Π(1 − d). Five times 3.9 % is 18.0 %, not 19.5 %."""
    rate = np.atleast_1d(numbers(yearly, "年下降率"))
    if (rate >= 100).any():
        raise ValueError("年下降率须小于 100 %")
    return np.asarray((1.0 - np.cumprod(1.0 - rate / 100.0)) * 100.0)


@dataclass(frozen=True)
class DoubleControl:
    """Total and intensity of energy or carbon, two caps that must both hold (总量和强度“双控”)."""

    total_share: Numbers
    """of the year's cap used so far [%]"""
    time_share: float
    """of the year gone by [%]"""
    total_left: Numbers
    """what the cap still allows; negative where it is exceeded"""
    intensity: Numbers
    decline: Numbers
    """of the intensity against the same period of the year before [%]"""
    total_met: Flags
    """not above the cap's part for the time gone by"""
    intensity_met: Flags
    met: Flags


def double_control(
    total: ArrayLike, gdp: ArrayLike, *, cap: ArrayLike, base_intensity: ArrayLike, goal: ArrayLike, quarters: int = 4
) -> DoubleControl:
    """Double control of total and intensity (能源消费总量和强度“双控”), by quarter.

    Parameters
    ----------
    total, gdp : from January on: energy [tce] or CO2 [t], and constant-price GDP [万元]
    cap : of the whole year, unit of `total`
    base_intensity : of the same period of the year before, at the same constant prices
    goal : decline of the intensity asked for [%]
    quarters : 1 … 4, how many of the year `total` covers
    """
    if quarters not in (1, 2, 3, 4):
        raise ValueError(f"季度数须为 1～4，得到 {quarters}")
    used, roof = amount(total, "消费总量"), positive(cap, "总量控制目标")
    aligned(消费总量=used, 总量控制目标=roof, 上年强度=base_intensity, 强度下降目标=goal)
    each = intensity(used, gdp)
    fall = decline(base_intensity, each)
    total_met = np.asarray(rounding.steps(used * 4 - roof * quarters, 6) <= 0)
    intensity_met = np.asarray(rounding.steps(fall - numbers(goal, "强度下降目标"), 6) >= 0)
    return DoubleControl(
        np.asarray(used / roof * 100.0), quarters * 25.0, np.asarray(roof - used), each, fall, total_met, intensity_met,
        np.asarray(total_met & intensity_met),
    )  # fmt: skip


arguments.guard(__name__)
