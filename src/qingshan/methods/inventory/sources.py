"""Emissions of sources (排放量): E = A·EF·(1 − η), with chains of control; dust of roads, sites, piles and soil."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from qingshan.standards.edition import Edition
from qingshan.stats.columns import Numbers, aligned, amount, numbers, one_shape
from qingshan.terms import arguments


def fraction(values: ArrayLike, what: str = "去除效率") -> Numbers:
    """Efficiencies and shares as fractions 0 … 1 (效率), NaN missing; 85 for 85 % is refused."""
    given = numbers(values, what)
    wrong = ~np.isnan(given) & ~((given >= 0) & (given <= 1))
    if wrong.any():
        value = float(given[wrong].ravel()[0])
        raise ValueError(f"{what}：{value:g} 不在 0～1 之间{'，疑为百分数，先除以 100' if 1 < value <= 100 else ''}")
    return given


def remaining(*efficiencies: ArrayLike) -> Numbers:
    """What a chain of controls leaves (控制链的剩余比例): Π(1 − η). Two of 0.5 leave 0.25; none leaves 1.

    A measure that works part of the time or on part of the flow has η = 收集率 × 去除率 × 投运率, see :func:`effective`.
    """
    left: Numbers = np.asarray(1.0)
    each = [fraction(eta) for eta in efficiencies]
    one_shape(**{f"第{i}级去除效率": eta.shape for i, eta in enumerate(each, 1)})
    for eta in each:
        left = np.asarray(left * (1.0 - eta))
    return left


def effective(removal: ArrayLike, *, captured: ArrayLike = 1.0, running: ArrayLike = 1.0) -> Numbers:
    """Effective efficiency of one control (实际去除效率): removal × capture × running, each 0 … 1 (去除率、收集率、投运率)."""
    removed, caught, ran = fraction(removal, "去除率"), fraction(captured, "收集率"), fraction(running, "投运率")
    one_shape(去除率=removed.shape, 收集率=caught.shape, 投运率=ran.shape)
    return np.asarray(removed * caught * ran)


def emission(activity: ArrayLike, factor: ArrayLike, controls: Sequence[ArrayLike] = ()) -> Numbers:
    """Emission of a source (排放量) E = A·EF·Π(1 − η), in activity unit × factor unit."""
    level, each, left = amount(activity, "活动水平"), amount(factor, "排放系数"), remaining(*controls)
    one_shape(活动水平=level.shape, 排放系数=each.shape, 去除效率=left.shape)
    return np.asarray(level * each * left)


def road_factor(guide: Edition, item: str, load: ArrayLike, weight: ArrayLike, controls: Sequence[ArrayLike] = ()) -> Numbers:
    """Dust factor of a paved road (道路扬尘排放系数) [g/(km·辆)]: k·sL^0.91·W^1.02·Π(1 − η).

    Parameters
    ----------
    item : TSP, PM10, PM2.5
    load : road dust load (道路积尘负荷) sL [g/m²], as measured
    weight : mean weight of the vehicles W [t]; values above 100 are refused as kilograms
    """
    table, row = guide.table("paved"), guide.row("paved", item=item)
    silt, mass = amount(load, "道路积尘负荷"), amount(weight, "平均车重")
    if (mass > 100).any():
        raise ValueError(f"平均车重 {float(np.nanmax(mass)):g} t 不可能，疑为 kg，先除以 1000")
    left = remaining(*controls)
    one_shape(道路积尘负荷=silt.shape, 平均车重=mass.shape, 去除效率=left.shape)
    return np.asarray(float(row["k"]) * silt ** float(table["load_power"]) * mass ** float(table["weight_power"]) * left)


def road(
    guide: Edition, item: str, load: ArrayLike, weight: ArrayLike, length: ArrayLike, vehicles: ArrayLike, *,
    wet_days: ArrayLike = 0, days: int = 365, controls: Sequence[ArrayLike] = (),
) -> Numbers:  # fmt: skip
    """Dust of a road (道路扬尘排放量) [t]: EF·L·N·(1 − n_r/days)·10⁻⁶.

    Parameters
    ----------
    length : [km]
    vehicles : in the whole period (all of `days`), not per day
    wet_days : days without dust (降水量大于 0.25 mm/d 等不起尘天数), 0 … days
    """
    if days < 1:
        raise ValueError(f"天数须不小于 1，得到 {days}")
    wet = amount(wet_days, "不起尘天数")
    if (wet > days).any():
        raise ValueError(f"不起尘天数 {float(np.nanmax(wet)):g} 大于统计天数 {days}")
    factor = road_factor(guide, item, load, weight, controls)
    way, passed = amount(length, "道路长度"), amount(vehicles, "车流量")
    one_shape(排放系数=factor.shape, 道路长度=way.shape, 车流量=passed.shape, 不起尘天数=wet.shape)
    return np.asarray(factor * way * passed * (1.0 - wet / days) * 1e-6)


def site(guide: Edition, item: str, area: ArrayLike, months: ArrayLike, controls: Sequence[ArrayLike] = ()) -> Numbers:
    """Dust of a construction site (施工扬尘排放量) [t]: 2.69·10⁻⁴·area·months·Π(1 − η)·share of the size.

    Parameters
    ----------
    area : under construction [m²]
    months : of work in the period, 0 … 12 a year
    """
    table, row = guide.table("site"), guide.row("site", item=item)
    ground, worked, left = amount(area, "施工面积"), amount(months, "施工月数"), remaining(*controls)
    one_shape(施工面积=ground.shape, 施工月数=worked.shape, 去除效率=left.shape)
    return np.asarray(float(table["factor"]) * ground * worked * left * float(row["share"]))


def pile_factor(guide: Edition, item: str, wind: ArrayLike, moisture: ArrayLike, controls: Sequence[ArrayLike] = ()) -> Numbers:
    """Dust factor of loading a pile (堆场装卸扬尘排放系数) [kg/t]: k·0.0016·(u/2.2)^1.3/(M/2)^1.4·Π(1 − η).

    Parameters
    ----------
    wind : mean wind near the ground [m/s]
    moisture : of the material [%], above 0: 4.8 for 4.8 %
    """
    table, row = guide.table("pile"), guide.row("pile", item=item)
    wet = amount(moisture, "含水率")
    if ((wet <= 0) | (wet > 100)).any():
        raise ValueError("物料含水率须大于 0、不大于 100（%）")
    air, left = amount(wind, "平均风速"), remaining(*controls)
    one_shape(平均风速=air.shape, 含水率=wet.shape, 去除效率=left.shape)
    blown = (air / float(table["wind"])) ** float(table["wind_power"])
    damp = (wet / float(table["moisture"])) ** float(table["moisture_power"])
    return np.asarray(float(row["k"]) * float(table["factor"]) * blown / damp * left)


def soil(
    guide: Edition, item: str, area: ArrayLike, *, erodibility: ArrayLike, roughness: ArrayLike, width: ArrayLike, cover: ArrayLike,
    wind: ArrayLike, pe: ArrayLike, controls: Sequence[ArrayLike] = (),
) -> Numbers:  # fmt: skip
    """Dust of bare soil (土壤扬尘排放量) [t/a]: k·I·f·L·V·C·area·10⁻⁴, C = 0.504·u³/PE².

    Parameters
    ----------
    area : [m²]
    erodibility : I, 土壤风蚀指数 [t/(万m²·a)]; roughness, width, cover : f, L, V, each 0 … 1: local values, not in the data
    wind : annual mean [m/s]; pe : 桑氏威特降水—蒸发指数, above 0
    """
    table, row = guide.table("soil"), guide.row("soil", item=item)
    dry = amount(pe, "降水—蒸发指数")
    if (dry == 0).any():
        raise ValueError("降水—蒸发指数须大于 0")
    given = {"面积": area, "土壤风蚀指数": erodibility, "地面粗糙因子": roughness, "无屏蔽宽度因子": width, "植被覆盖因子": cover}
    aligned(**given, 年平均风速=wind, 降水蒸发指数=pe)
    climate = float(table["climate"]) * amount(wind, "年平均风速") ** 3 / dry**2
    shape = fraction(roughness, "地面粗糙因子") * fraction(width, "无屏蔽宽度因子") * fraction(cover, "植被覆盖因子")
    each = float(row["k"]) * amount(erodibility, "土壤风蚀指数") * shape * climate
    return np.asarray(each * amount(area, "土壤面积") * 1e-4 * remaining(*controls))


arguments.guard(__name__)
