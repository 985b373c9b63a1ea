"""Wrong input for every evaluator: other lengths, ragged rows, text, blanks, infinity, single values: an answer or words, no traceback
of numpy in English and no warning of its own.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from qingshan import standards
from qingshan.methods import air, carbon, dust, ecology, groundwater, inventory, noise, sea, soil
from qingshan.methods import surface_water as water
from qingshan.stats import ranking, rounding


def _get(code: str, edition: str) -> standards.Edition:
    return standards.get(code, edition=edition)


V, L = [3.0, 4.0, 5.0], [50.0, 55.0, 60.0]
SHARES, AREAS, BITS = [0.1, 0.2, 0.3], [100.0, 200.0, 300.0], [True, False, True]
AQI, LIMITS, HJ663 = _get("HJ 633", "2026"), _get("GB 3095", "2012+2018"), _get("HJ 663", "2013")
RANKING, CHANGE = _get("城市环境空气质量排名技术规定", "2018"), _get("城市环境空气质量变化程度排名方案", "2017")
GB3838, METHOD = _get("GB 3838", "2002"), _get("地表水环境质量评价办法", "2011")
CWQI, TLI = _get("城市地表水环境质量排名技术规定", "2017"), _get("湖泊（水库）富营养化评价方法及分级技术规定", "2001")
GB3096, HJ640, HJ706 = _get("GB 3096", "2008"), _get("HJ 640", "2012"), _get("HJ 706", "2014")
HJ192, GHG, GUIDE = _get("HJ 192", "2015"), _get("GB/T 32151", "2015"), _get("扬尘源颗粒物排放清单编制技术指南", "2014")
LAW, MIR = _get("环境保护税法", "2018"), _get("MIR", "2010")
SIX = {i: [1.0, 2.0, 3.0] for i in ("SO2_mean", "NO2_mean", "PM10_mean", "PM2.5_mean", "CO_P95", "O3_P90")}
ITEMS = {i: [0.001, 0.001, 0.001] for i in water.basis(METHOD, "21").items} | {"pH": [7.0, 7.5, 8.0], "DO": [7.0, 8.0, 9.0]}
PARTS = dict.fromkeys(("richness", "vegetation", "water", "stress", "pollution"), V)
GASES = {r["pollutant"]: V for r in HJ192.table("pollution")["row"]}
LANDS = {r["land"]: V for r in HJ192.table("stress")["row"]}

CALLS: dict[str, tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = {
    "iaqi": (air.iaqi, (AQI, "PM2.5", "24h", V), {}),
    "daily": (air.daily, (AQI, dict.fromkeys(("SO2", "NO2", "CO", "O3_8h", "PM10", "PM2.5"), V)), {}),
    "level": (air.level, (AQI, V), {}),
    "primary_words": (air.primary_words, ([1, 2, 3],), {}),
    "statistic": (air.statistic, (HJ663, "PM2.5", "mean", V), {}),
    "percentile": (air.statistic, (HJ663, "O3", "P90", V), {}),
    "region_mean": (air.region_mean, (HJ663, "PM2.5", V), {}),
    "moving_years": (air.moving_years, (_get("HJ 663", "2026"), "PM2.5", V), {}),
    "exceedance": (air.exceedance, (HJ663, LIMITS, "PM2.5", V), {"phase": "national"}),
    "composite_index": (air.composite_index, (RANKING, LIMITS, SIX), {"phase": "national"}),
    "air.change_rate": (air.change_rate, (CHANGE, V, V), {}),
    "air.rank_change": (air.rank_change, (CHANGE, V, V), {"compliant": BITS}),
    "air.times_over": (air.times_over, (V, V), {}),
    "air.trend": (air.trend, (HJ663, [1.0, 2, 3, 4, 5]), {}),
    "water.evaluate": (water.evaluate, (GB3838, METHOD, water.basis(METHOD, "21"), ITEMS), {"water": "river", "rounding": None}),
    "item_class": (water.item_class, (GB3838, "TP", V), {"water": "river"}),
    "water.times_over": (water.times_over, (GB3838, "TP", V, [3, 3, 3]), {"water": "river"}),
    "saturation": (water.saturation_percent, (GB3838, V, V), {"altitude": V, "salinity": V}),
    "cwqi": (water.cwqi, (CWQI, GB3838, ITEMS), {"water": "river"}),
    "water.change_rate": (water.change_rate, (CWQI, V, V), {}),
    "is_steady": (water.is_steady, (CWQI, [1, 2, 3], [1, 2, 3], [1, 2, 3]), {}),
    "combine": (water.combine, (TLI, {"chla": V, "TP": V}), {}),
    "item_mean": (water.item_mean, ("TP", V, BITS), {}),
    "meets_target": (water.meets_target, ([1, 2, 3], [1, 2, 3]), {}),
    "grade_words": (water.grade_words, (METHOD, [1, 2, 3]), {}),
    "stays": (water.stays, ([1.0, 0, 1],), {}),
    "stays_at_least": (water.stays_at_least, (V, 4.0), {}),
    "higher_level": (water.higher_level, ([1, 2, 3], [1, 2, 3]), {}),
    "groundwater": (groundwater.classes, (_get("GB/T 14848", "2017"), {"Fe": V, "Mn": V}), {"below": {"Fe": BITS}}),
    "well_shares": (groundwater.well_shares, (_get("GB/T 14848", "2017"), [1, 2, 3]), {}),
    "sea": (sea.classes, (_get("GB 3097", "1997"), {"DO": V, "COD": V}), {}),
    "nitrogen": (sea.inorganic_nitrogen, (_get("GB 3097", "1997"), V, V, V), {}),
    "ammonia": (sea.unionized_ammonia, (_get("GB 3097", "1997"), V, V, V, V), {}),
    "farmland": (soil.farmland, (_get("GB 15618", "2018"), "paddy", {"pH": V, "Cd": SHARES}), {}),
    "strict_land": (soil.strict_land, (V, BITS), {}),
    "noise.meets": (noise.meets, (GB3096, ["2", "3", "4a"], ["day", "night", "day"], L), {}),
    "ldn": (noise.ldn, (L, L), {}),
    "corrected": (noise.corrected, (HJ706, L, [40.0, 50.0, 51.0]), {}),
    "noise.grade_words": (noise.grade_words, (HJ640, "region", [1, 2, 3]), {}),
    "ei": (ecology.ei, (HJ192, PARTS), {}),
    "habitat": (ecology.habitat, (HJ192, {"有林地": V, "灌木林地": V}, AREAS), {}),
    "land_stress": (ecology.land_stress, (HJ192, LANDS, AREAS), {}),
    "pollution_load": (ecology.pollution_load, (HJ192, GASES, AREAS, AREAS), {}),
    "richness": (ecology.richness, (V, V), {}),
    "water_network": (ecology.water_network, (HJ192, AREAS, V, V, V, V), {}),
    "dustfall": (dust.dustfall, (_get("HJ 1221", "2021"), [40.0] * 3, [40.2] * 3, [0.0] * 3, [176.0] * 3, [30.0] * 3), {}),
    "per_30_days": (dust.per_30_days, (V, [28.0, 30.0, 31.0]), {}),
    "load_mean": (dust.load_mean, (SHARES, V), {}),
    "aggregate_co2": (carbon.aggregate_co2, (GHG, {"煤": V, "油": V, "气": V}, V), {}),
    "needed_rate": (carbon.needed_rate, (V, V, 3), {}),
    "double_control": (carbon.double_control, (V, V), {"cap": V, "base_intensity": V, "goal": V}),
    "peak": (carbon.peak, ([2020, 2021, 2022], V), {"before": 2030}),
    "remaining": (inventory.remaining, (SHARES, SHARES), {}),
    "effective": (inventory.effective, (SHARES,), {"captured": SHARES, "running": SHARES}),
    "road": (inventory.road, (GUIDE, "PM10", V, V, V, V), {"wet_days": V}),
    "site": (inventory.site, (GUIDE, "PM10", V, V), {}),
    "pile_factor": (inventory.pile_factor, (GUIDE, "PM10", V, V), {}),
    "equivalents": (inventory.equivalents, (LAW, "air", "SO2", V), {}),
    "ofp": (inventory.ofp, (MIR, {"苯": V, "甲苯": V}), {}),
    "movement": (ranking.movement, ([1, 2, 3], [1, 2, 3]), {}),
    "spearman": (ranking.spearman, ([1.0, 2, 3, 4, 5],), {}),
    "mean": (rounding.mean, (V, 1), {}),
}  # fmt: skip
WORDS = re.compile("[\u4e00-\u9fff]")


def _wrong(column: list[Any]) -> Iterator[Any]:
    rest = column[1:]
    yield from (column[:-1], [], column[0], None, [None, *rest], [None] * len(column), ["甲"] * len(column), "abc", [[1.0, 2.0], [3.0]])
    yield from ([column, column], [np.inf, *rest], [-np.inf, *rest], [-1, *rest], [1j] * len(column), object(), {"a": 1})
    yield from (np.array(["2026-01-01"] * len(column), "M8[D]"), np.ma.masked_array(column, [True] + [False] * len(rest)))
    yield pd.Series(column, index=range(10, 10 + len(column)))
    yield np.array(column, np.float32) if not isinstance(column[0], (bool, str)) else column


def _mutations(args: tuple[Any, ...], named: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    for place, given in enumerate(args):
        for other in _of(given):
            yield (*args[:place], other, *args[place + 1 :]), named
    for key, given in named.items():
        for other in _of(given):
            yield args, {**named, key: other}


def _of(given: Any) -> Iterator[Any]:
    if isinstance(given, list):
        yield from _wrong(given)
    elif isinstance(given, dict):
        for key in list(given)[:2]:
            yield from ({**given, key: other} for other in _wrong(given[key]))
        yield {**given, "瞎写": V}


def _said(call: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]) -> str | None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            call(*args, **named)
        except (ValueError, LookupError, TypeError) as error:
            return str(error)
    return None


@pytest.mark.parametrize("name", CALLS)
def test_wrong_input_gets_words(name: str) -> None:
    call, args, named = CALLS[name]
    assert _said(call, args, named) is None  # 好的输入先要能算
    said = [_said(call, *wrong) for wrong in _mutations(args, named)]
    assert any(said)
    assert not [words for words in said if words is not None and not WORDS.search(words)]


def test_single_precision_stands_for_the_decimal_as_written() -> None:
    std = _get("GB 3838", "2002")
    assert water.item_class(std, "NH3-N", np.array([0.15, 0.5, 0.51], np.float32)).tolist() == [1, 2, 3]
    assert noise.meets(GB3096, "2", "day", np.array([60.05, 60.15], np.float32)).level.tolist() == [60.0, 60.2]
    assert rounding.half_even(np.array([35.45, 2.25], np.float32), 1).tolist() == [35.4, 2.2]


def test_equal_years_have_no_rank_correlation() -> None:
    assert ranking.spearman([0.5] * 20) == 0
    assert ranking.spearman([1.0, 2, 3, 4, 5]) == 1
    assert round(float(ranking.spearman([1.0, 1, 2, 3, 4, 5])), 4) == 0.9856
    assert air.trend(HJ663, [3.0] * 14).word == "无显著变化"
