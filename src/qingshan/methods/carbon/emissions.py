"""CO2 of fuels and power (二氧化碳排放量): activity × NCV × carbon content × oxidation × 44/12, and grid factors by year."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from qingshan.methods.carbon.amounts import converted
from qingshan.standards.edition import Edition, NotInForce
from qingshan.stats.columns import Numbers, amount, numbers, one_shape, single
from qingshan.terms import arguments
from qingshan.terms.registry import unknown


def fuel_co2(
    ghg: Edition, fuel: str, burnt: ArrayLike, unit: str, *,
    ncv: float | None = None, carbon: float | None = None, oxidation: float | None = None,
) -> Numbers:  # fmt: skip
    """CO2 of a fuel burnt (化石燃料燃烧排放) [tCO2]. GB/T 32151—2015.

    Parameters
    ----------
    fuel : as in the table: 无烟煤, 天然气 …
    burnt, unit : amount with its unit: kg, t, 万t, or m³, 万m³, 亿m³ for gases
    ncv, carbon, oxidation : measured values instead of the defaults [GJ/t or GJ/万m³; tC/GJ; 0 … 1]
    """
    rows = ghg.table("fuel")["row"]
    row = next((r for r in rows if r["fuel"] == str(fuel).replace("其它", "其他")), None)
    if row is None:
        raise LookupError(f"{ghg.clause('fuel')}：{unknown('燃料品种', str(fuel), [r['fuel'] for r in rows])}")
    heat = float(row["ncv"]) if ncv is None else ncv
    content = float(row["cc"]) if carbon is None else carbon
    burned = float(row["of"]) if oxidation is None else oxidation
    if not 0 < heat < 1000 or not 0 < content < 0.2:
        given = f"低位发热量 {heat} GJ/{row['per']}、单位热值含碳量 {content} tC/GJ"
        raise ValueError(f"{fuel}：{given} 不在可能范围，疑为单位不符（tC/TJ 须除以 1000）")
    if not 0 < burned <= 1:
        raise ValueError(f"{fuel}：碳氧化率须在 0～1 之间，得到 {burned}；百分数先除以 100")
    ratio = ghg.table("ratio")
    used = converted(burnt, unit, row["per"], f"{fuel}消费量")
    return np.asarray(used * heat * content * burned * float(ratio["co2"]) / float(ratio["carbon"]))


def aggregate_co2(ghg: Edition, energy: Mapping[str, ArrayLike], net_power_co2: ArrayLike = 0.0) -> Numbers:
    """CO2 of a region's energy (能源活动二氧化碳排放量) [tCO2] from coal, oil and gas [tce] by common factors, plus net power brought in.

    Parameters
    ----------
    energy : ``{"煤": …, "油": …, "气": …}`` [tce], all three; none is 0
    net_power_co2 : CO2 of power brought in less that sent out [tCO2]; may be negative
    """
    rows = ghg.table("aggregate")["row"]
    stray = [name for name in energy if name not in {r["fuel"] for r in rows}]
    if stray:
        raise LookupError(f"{ghg.clause('aggregate')}：{unknown('能源大类', '、'.join(stray), [r['fuel'] for r in rows])}")
    total = numbers(net_power_co2, "净调入电力排放量")
    one_shape(净调入电力排放量=total.shape, **{k: np.shape(numbers(v, k)) for k, v in energy.items()})
    for row in rows:
        if row["fuel"] not in energy:
            raise LookupError(f"{ghg.clause('aggregate')}：缺“{row['fuel']}”消费量；没有的给 0")
        total = total + float(row["factor"]) * amount(energy[row["fuel"]], f"{row['fuel']}消费量")
    return np.asarray(total)


def grid_factor(grid: Edition, year: int, *, region: str = "全国", kind: str = "average") -> float:
    """The announced grid factor (电力二氧化碳排放因子) of a year [kgCO2/kWh].

    Parameters
    ----------
    year : the year of the power, not of the announcement; one without a factor raises NotInForce with the years there are
    region : 全国, 华北, 东北, 华东, 华中, 西北
    kind : ``average``; ``excluding`` (不含市场化交易的非化石能源电量); ``fossil``; ``report`` (企业报告通知所用)
    """
    if isinstance(year, bool) or not isinstance(year, int | float | np.integer) or year != int(year):
        raise ValueError(f"年份须为整数，如 2023，得到 {year!r}")
    rows = grid.table("factor")["row"]
    for key, asked, words in (("kind", kind, "因子种类"), ("region", region, "电网区域")):
        if asked not in {r[key] for r in rows}:
            raise LookupError(f"{grid}：{unknown(words, asked, {r[key] for r in rows})}")
    mine = [r for r in rows if r["region"] == region and r["kind"] == kind]
    found = [r for r in mine if r["year"] == year]
    if not found:
        there = "、".join(str(r["year"]) for r in mine) or "（无）"
        raise NotInForce(f"{grid}：没有 {year} 年{region}（{kind}）的因子；已有年份：{there}；不以邻近年份代替，可自行给 factor")
    return float(found[0]["factor"])


def power_co2(power: ArrayLike, unit: str, factor: float) -> Numbers:
    """CO2 of power used (电力消费排放) [tCO2]. `factor` [kgCO2/kWh = tCO2/MWh] is that of :func:`grid_factor` or one's own."""
    if not 0 <= single(factor, "电力排放因子") <= 2:
        raise ValueError(f"电力排放因子 {factor} 不在 0～2 kgCO2/kWh，疑为 g/kWh，先除以 1000")
    return np.asarray(converted(power, unit, "MWh", "用电量") * factor)


arguments.guard(__name__)
