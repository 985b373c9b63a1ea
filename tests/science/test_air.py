"""Air quality index and daily statistics: the whole reporting grid, the clauses, and faults seen in other programs."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingshan import standards
from qingshan.methods import air
from qingshan.stats.columns import NotNumbers
from qingshan.terms.items import AIR

NEW, OLD = standards.get("HJ 633", edition="2026"), standards.get("HJ 633", edition="2012")
GB, GB_OLD = standards.get("GB 3095", edition="2026"), standards.get("GB 3095", edition="2012+2018")
HJ663 = standards.get("HJ 663", edition="2026")
RANKING = standards.get("城市环境空气质量排名技术规定", edition="2018")
nan = np.nan
COLUMNS = [(std, r["item"], np.atleast_1d(r["window"])[0]) for std in (NEW, OLD) for r in std.table("iaqi")["row"]]


@pytest.mark.parametrize("std, item, window", COLUMNS, ids=lambda v: str(v))
def test_every_reportable_concentration_has_the_index_of_exact_fractions(std, item, window):
    row, index = std.row("iaqi", item=item, window=window), std.table("iaqi")["index"]
    tenths = 10 if row["unit"] == "mg/m³" else 1
    grid = [Fraction(i, tenths) for i in range(int(row["conc"][-1]) * tenths + 1)]
    expected = []
    for c in grid:
        k = max(1, next(i for i, b in enumerate(row["conc"]) if c <= b))
        low, high = row["conc"][k - 1], row["conc"][k]
        expected.append(ceil(Fraction(index[k] - index[k - 1], high - low) * (c - low) + index[k - 1]))
    found = air.iaqi(std, item, window, [float(c) for c in grid])
    np.testing.assert_array_equal(found, expected)


@given(st.floats(0, 700), st.floats(0, 700))
def test_more_is_never_better(a, b):
    low, high = air.iaqi(NEW, "PM2.5", "24h", sorted([a, b]))
    assert low <= high


def test_what_is_no_concentration_has_no_index():
    found = air.iaqi(NEW, "PM10", "24h", [nan, -1, -0.4, np.inf, -np.inf, 0])
    np.testing.assert_array_equal(found, [nan, nan, 0, nan, nan, 0])
    with pytest.raises(NotNumbers, match=r"PM10 24h 浓度：.*须为数值"):
        air.iaqi(NEW, "PM10", "24h", ["35"])
    with pytest.raises(LookupError, match="没有符合"):
        air.iaqi(NEW, "PM10", "8h", [35])
    assert air.iaqi(NEW, "PM10", "24h", np.empty((0, 3))).shape == (0, 3)
    assert air.iaqi(NEW, "PM10", "24h", 50).shape == ()


# Faults of public implementations (their answers must not come back)
@pytest.mark.parametrize(
    "std, item, window, conc, wrong, right",
    [
        (NEW, "SO2", "24h", 100, 34, 75),  # 24 小时列里放了 1 小时的限值
        (NEW, "PM2.5", "24h", 35.4, 51, 50),  # 未先修约
        (NEW, "PM2.5", "24h", 60.4, 101, 100),
        (NEW, "CO", "24h", 2.2, 56, 55),  # 浮点加进位
        (NEW, "CO", "1h", 65.4, 219, 218),
        (NEW, "PM2.5", "24h", 60.5, 102, 100),  # 四舍五入代替五成双
        (NEW, "SO2", "1h", 2620, 500, 200),  # 1 小时列续到 2620
        (NEW, "PM2.5", "24h", 30, 50, 43),  # 2025 年 12 月征求意见稿的 30，未采用
        (NEW, "PM2.5", "24h", 50, 100, 80),  # 把最终日均限值当作分指数 100
        (NEW, "PM2.5", "24h", 70, 0, 110),  # 表在 61 与 80 之间有洞
        (NEW, "PM2.5", "24h", 501, 0, 500),  # 表外返回 0 优
        (NEW, "O3", "8h", 900, 301, 300),  # 8 小时大于 800
        (OLD, "PM2.5", "24h", 35.6, 50, 52),  # 0–35、36–75 的分段间有缝
        (OLD, "PM2.5", "24h", 50, 68, 69),  # 四舍五入代替进位
    ],
)
def test_faults_seen_elsewhere_are_not_ours(std, item, window, conc, wrong, right):
    found = air.iaqi(std, item, window, [conc])[0]
    assert found == right
    assert found != wrong


def test_a_zero_is_a_value():
    """One public program drops zeros by ``v > 0``."""
    report = air.hourly(NEW, {i: [0.0] for i in AIR})
    assert report.aqi[0] == 0
    assert report.level[0] == 1
    assert report.primary[0] == 0
    assert np.isclose(air.statistic(HJ663, "PM10", "mean", [0.0, 10.0]), 5)


def _hour(**conc):
    base = {"SO2": 10.0, "NO2": 10.0, "CO": 0.5, "O3": 50.0, "PM10": 30.0, "PM2.5": 20.0}
    return {k: np.atleast_1d(v) for k, v in {**base, **conc}.items()}


@pytest.mark.parametrize("item", AIR)
def test_with_any_item_missing_the_index_is_withheld_below_100(item):
    report = air.hourly(NEW, _hour(**{item: nan}))
    assert np.isnan(report.aqi[0])
    assert report.withheld[0]
    assert report.level[0] == 0
    assert report.primary[0] == 0
    assert np.isnan(report.iaqi[item][0])
    other = "PM10" if item != "PM10" else "O3"
    assert report.iaqi[other][0] > 0  # 分指数照常给出
    polluted = air.hourly(NEW, _hour(**{item: nan, other: 300.0}))
    assert polluted.aqi[0] == {"PM10": 175, "O3": 150}[other]
    assert not polluted.withheld[0]
    assert air.hourly(NEW, _hour(**{item: nan}), unplanned=[item]).aqi[0] > 0
    assert air.hourly(OLD, _hour(**{item: nan})).aqi[0] > 0


def test_exactly_100_with_an_item_missing_is_not_published():
    assert np.isnan(air.hourly(NEW, _hour(CO=nan, PM10=120.0)).aqi[0])
    assert air.hourly(NEW, _hour(CO=nan, PM10=121.0)).aqi[0] == 101


def test_a_value_of_an_item_not_in_the_plan_still_takes_part():
    assert air.hourly(NEW, _hour(CO=40.0), unplanned=["CO"]).aqi[0] == 160


def test_columns_are_asked_for_by_name():
    with pytest.raises(LookupError, match=r"缺列“CO”.*unplanned"):
        air.hourly(NEW, {k: v for k, v in _hour().items() if k != "CO"})
    with pytest.raises(LookupError, match=r"没有HJ 633—2026.*“PM25”"):
        air.hourly(NEW, {**_hour(), "PM25": [1]})
    with pytest.raises(LookupError, match="没有监测项目“PM25”"):
        air.hourly(NEW, _hour(), unplanned=["PM25"])
    with pytest.raises(ValueError, match="须同形"):
        air.hourly(NEW, {**_hour(), "CO": [1, 2]})


def test_any_shape_is_kept_and_blocks_do_not_show():
    rng = np.random.default_rng(5)
    conc = {i: rng.integers(0, 300, (3, 7, 2000)).astype(float) for i in AIR}
    whole = air.hourly(NEW, conc)
    assert whole.aqi.shape == whole.primary.shape == whole.iaqi["O3"].shape == (3, 7, 2000)
    part = air.hourly(NEW, {i: c[1, 3] for i, c in conc.items()})
    np.testing.assert_array_equal(whole.aqi[1, 3], part.aqi)
    np.testing.assert_array_equal(whole.aqi, np.maximum.reduce(list(whole.iaqi.values())))


def test_levels_at_their_bounds():
    aqi = [0, 1, 50, 51, 100, 101, 150, 151, 200, 201, 300, 301, 500, 600, nan, -1]
    assert air.level(NEW, aqi).tolist() == [1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 6, 0, 0]
    assert air.class_words(NEW, [50, 101, nan]).tolist() == ["优", "轻度污染", ""]


def test_primary_pollutants_in_words_and_bits():
    assert air.primary_words([0, 16 + 32, 8]).tolist() == ["", "PM10,PM2.5", "O3"]
    assert air.primary_words([0, 32], names={"PM2.5": "细颗粒物"}, none="—").tolist() == ["—", "细颗粒物"]
    assert air.primary_bits("PM2.5,PM10") == 48
    with pytest.raises(LookupError, match="没有监测项目“PM25”"):
        air.primary_bits("PM25")


def test_2012_names_items_above_100_as_exceeding():
    report = air.daily(OLD, {"SO2": [10], "NO2": [100], "CO": [1], "O3_8h": [180], "PM10": [200], "PM2.5": [76]})
    assert air.primary_words(report.exceeding)[0] == "NO2,O3,PM10,PM2.5"
    assert air.primary_words(report.primary)[0] == "PM10"


def _day(n=1, **items):
    base = {"SO2": 10.0, "NO2": 10.0, "CO": 0.5, "O3": 50.0, "PM10": 30.0, "PM2.5": 20.0}
    return {k: np.full((n, 24), v) for k, v in {**base, **items}.items()}


def test_days_from_hours():
    hours = _day(2)
    hours["PM2.5"][0, 12:] = 61.0
    hours["PM2.5"][1, :5] = nan
    hours["CO"][0, 3] = -5.0  # 负值不是有效小时
    hours["O3"][0, 10:18] = 200.0
    found = air.days(GB, HJ663, hours)
    np.testing.assert_array_equal(found.values["PM2.5"], [40, nan])  # 40.5，五成双
    np.testing.assert_array_equal(found.values["O3_8h"], [200, 50])
    np.testing.assert_array_equal(found.values["O3_1h"], [200, 50])
    assert found.hours["PM2.5"].tolist() == [24, 19]
    assert found.hours["CO"].tolist() == [23, 24]
    assert found.windows.tolist() == [17, 17]
    with pytest.raises(ValueError, match=r"\(日数, 24\)"):
        air.days(GB, HJ663, {"CO": np.zeros((3, 23))})
    with pytest.raises(LookupError, match="没有空气质量项目“TSP”"):
        air.days(GB, HJ663, {"TSP": np.zeros((3, 24))})


def test_each_day_is_ruled_by_the_editions_in_force_on_it():
    day = np.array(["2026-03-01", "2026-02-28", "2031-01-01", "2018-08-31"], "datetime64[D]")
    found = air.evaluate_days(day, _day(4, PM10=140.0))
    assert found.aqi.tolist() == [108, 95, 108, 95]
    assert found.edition.tolist() == ["HJ 633—2026", "HJ 633—2012", "HJ 633—2026", "HJ 633—2012"]
    assert air.primary_words(found.primary).tolist() == ["PM10"] * 4
    assert air.evaluate_days(day, _day(4, PM10=140.0), edition="2012").aqi.tolist() == [95] * 4
    assert air.evaluate_days(day, _day(4, PM10=140.0), edition="2026").aqi.tolist() == [108] * 4
    with pytest.raises(LookupError, match="没有版本“2013”；已有：2012、2026"):
        air.evaluate_days(day, _day(4), edition="2013")
    with pytest.raises(standards.NotInForce):
        air.evaluate_days(np.array(["2011-01-01"], "datetime64[D]"), _day())
    assert air.evaluate_days(np.array([], "datetime64[D]"), {i: np.zeros((0, 24)) for i in AIR}).aqi.size == 0


def test_one_day_gives_what_the_whole_year_gives():
    rng = np.random.default_rng(7)
    day = np.tile(np.arange("2025-06-01", "2026-06-01", dtype="datetime64[D]"), 30)
    hours = {i: rng.integers(0, 260, (day.size, 24)) / (50 if i == "CO" else 1) for i in AIR}
    for column in hours.values():
        column[rng.random(column.shape) < 0.1] = nan
    year = air.evaluate_days(day, hours)
    for k in rng.integers(0, day.size, 40):
        one = air.evaluate_days(day[[k]], {i: c[[k]] for i, c in hours.items()})
        np.testing.assert_array_equal(one.aqi[0], year.aqi[k])
        assert one.primary[0] == year.primary[k]
        for column, values in one.days.values.items():
            np.testing.assert_array_equal(values[0], year.days.values[column][k])


def test_statistics_are_rounded_as_the_edition_says():
    days = {"PM2.5": [30, 31, nan, 32], "CO": [0.5, 0.6, 0.7, 0.8], "O3_8h": [100, 120, 140, 160]}
    found = air.statistics(HJ663, days)
    assert {k: float(v) for k, v in found.items()} == {"PM2.5_mean": 31.0, "PM2.5_P95": 31.9, "CO_P95": 0.78, "O3_P90": 154.0}
    assert air.statistic(HJ663, "PM2.5", "mean", [30, 31], decimals=0) == 30
    assert np.isnan(air.statistic(HJ663, "PM2.5", "mean", [nan]))
    with pytest.raises(LookupError, match="没有日值列“O3”"):
        air.statistics(HJ663, {"O3": [1]})


def test_sand_dust_days_are_left_out_by_each_indicator_for_itself():
    dust = np.array([False, True, False])
    assert air.statistic(HJ663, "PM10", "mean", [50, 900, 60], excluded=dust) == 55
    assert air.statistic(HJ663, "PM10", "mean", [50, 900, 60]) == pytest.approx(336.7)
    aqi = [50, 500, 120]
    kept, left = air.good_days(NEW, aqi), air.good_days(NEW, aqi, excluded=dust)
    assert (int(kept.count), int(kept.of), float(kept.ratio)) == (1, 3, 33.3)
    assert (int(left.count), int(left.of), float(left.ratio)) == (1, 2, 50.0)
    assert int(air.heavy_days(NEW, aqi).count) == 1
    assert int(air.heavy_days(NEW, aqi, excluded=dust).count) == 0
    with pytest.raises(TypeError, match="真假值"):
        air.good_days(NEW, aqi, excluded=[0, 1, 0])


def test_good_and_heavy_days_at_their_bounds():
    aqi = [[100, 101, 200, 201, nan], [nan] * 5]
    good, heavy = air.good_days(NEW, aqi), air.heavy_days(NEW, aqi)
    assert good.count.tolist() == [1, 0]
    assert good.of.tolist() == [4, 0]
    np.testing.assert_array_equal(good.ratio, [25.0, nan])
    assert heavy.count.tolist() == [1, 0]
    classes = {k: int(v.count[0]) for k, v in air.level_days(NEW, aqi).items()}
    assert classes == {"优": 0, "良": 1, "轻度污染": 1, "中度污染": 1, "重度污染": 1, "严重污染": 0}


def test_a_city_day_is_the_mean_of_enough_valid_sites():
    sites = {"PM2.5": np.array([[30.0, 30, nan], [31, nan, nan], [32, nan, 30], [33, 35, 31]])}
    np.testing.assert_array_equal(air.city_days(HJ663, sites)["PM2.5"], [32, nan, nan])  # 31.5，五成双
    np.testing.assert_array_equal(air.city_days(HJ663, sites, sites_at_least=0.5)["PM2.5"], [32, 32, 30])
    with pytest.raises(ValueError, match="点位数, 日数"):
        air.city_days(HJ663, {"CO": [1, 2]})


def test_limits_by_zone_and_phase():
    assert air.limit(GB, "PM2.5", "year", phase="transition") == 30
    assert air.limit(GB, "PM2.5", "year", phase="final") == 25
    assert air.limit(GB, "PM2.5", "year", phase="final", zone=1) == 10
    assert air.limit(GB_OLD, "PM2.5", "year") == 35
    with pytest.raises(LookupError, match="须指明 phase：transition、final"):
        air.limit(GB, "PM2.5", "year")
    with pytest.raises(LookupError, match="没有 3"):
        air.limit(GB_OLD, "PM2.5", "year", zone=3)
    assert air.times_over(45, 30) == 0.5
    assert air.times_over(30, 30) == 0
    assert np.isnan(air.times_over(nan, 30))


STATISTICS = {"SO2_mean": 10, "NO2_mean": 30, "PM10_mean": 60, "PM2.5_mean": 30, "CO_P95": 1.0, "O3_P90": 150}


def test_the_ranking_index_and_that_of_hj_663_are_two_things():
    assert air.composite_index(RANKING, GB_OLD, STATISTICS) == 3.82
    full = {**STATISTICS, "SO2_P98": 30, "NO2_P98": 60, "PM10_P95": 120, "PM2.5_P95": 80}
    assert air.largest_ratio_index(HJ663, GB_OLD, "PM2.5", full) == pytest.approx(80 / 75)
    assert air.largest_ratio_composite(HJ663, GB_OLD, full) == pytest.approx(0.2 + 0.75 + 60 / 70 + 80 / 75 + 0.25 + 150 / 160)
    with pytest.raises(LookupError, match=r"缺统计量 PM2\.5_P95"):
        air.largest_ratio_index(HJ663, GB_OLD, "PM2.5", {"PM2.5_mean": 1})


def test_composite_index_by_edition_phase_and_profile():
    assert air.composite_index(RANKING, GB, STATISTICS, phase="transition") == 4.10
    assert air.composite_index(RANKING, GB, STATISTICS, phase="final") == 5.09
    # 3·PM2.5 + 2·O3 + 2·NO2 + PM10 + SO2 + CO
    assert air.composite_index(RANKING, GB, STATISTICS, phase="transition", profile="weighted") == 7.79
    missing = air.composite_index(RANKING, GB_OLD, {**STATISTICS, "CO_P95": [1.0, nan]})
    assert missing[0] == 3.82
    assert np.isnan(missing[1])
    with pytest.raises(LookupError, match="缺统计量 O3_P90"):
        air.composite_index(RANKING, GB_OLD, {k: v for k, v in STATISTICS.items() if k != "O3_P90"})
    assert air.single_index(RANKING, GB_OLD, "CO", 0.8, decimals=2) == 0.2


def test_compliance_at_the_limit():
    verdict = air.meets(HJ663, GB, {"PM2.5_mean": [30.4, 30.5, 30.6, nan], "PM2.5_P95": [60, 60, 60, 60]}, phase="transition")
    assert verdict["PM2.5"].tolist() == [True, True, False, False]
    assert not air.meets(HJ663, GB, {"PM2.5_mean": 30, "PM2.5_P95": 61}, phase="transition")["PM2.5"]


@pytest.mark.parametrize("shape", [(), (1,), (5,)])
def test_a_few_days_at_once_are_the_days_of_a_long_column(shape):
    rng = np.random.default_rng(5)
    column = {item: np.where(rng.random((200, 24)) < 0.2, np.nan, rng.normal(40, 30, (200, 24)).round(1)) for item in AIR}
    long = air.days(GB, HJ663, column)
    few = air.days(GB, HJ663, {item: values[: int(np.prod(shape))].reshape(*shape, 24) for item, values in column.items()})
    for of_few, of_long in ((few.values, long.values), (few.hours, long.hours), ({"": few.windows}, {"": long.windows})):
        for name in of_few:
            np.testing.assert_array_equal(of_few[name].ravel(), of_long[name][: int(np.prod(shape))], name)
