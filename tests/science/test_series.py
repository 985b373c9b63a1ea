"""Series: aggregation by natural periods, moving means, slopes, seasons, agreement. openair's own outputs: tests/reference."""

from __future__ import annotations

import numpy as np
import pytest

from qingshan.stats import aggregate, agreement, rose, season, slope

nan = float("nan")
HOURS = np.arange("2026-01-01T00", "2026-01-03T12", dtype="datetime64[h]")


def test_a_period_counts_what_it_rests_on():
    values = np.ones(HOURS.size)
    values[:12] = nan
    found = aggregate.aggregate(HOURS, values, "day", at_least=75)
    assert found.count.tolist() == [12, 24, 12]
    assert found.of.tolist() == [24, 24, 12]
    assert found.share.tolist() == [50, 100, 100]
    np.testing.assert_array_equal(found.value, [nan, 1, 1])
    np.testing.assert_array_equal(aggregate.aggregate(HOURS, values, "day").value, [1, 1, 1])


def test_hours_that_are_not_in_the_table_count_as_missing():
    kept = np.r_[0:6, 24:48]
    found = aggregate.aggregate(HOURS[kept], np.ones(kept.size), "day", at_least=75)
    assert found.of.tolist() == [24, 24]
    np.testing.assert_array_equal(found.value, [nan, 1])


def test_a_day_without_any_row_is_there_as_missing():
    found = aggregate.aggregate(HOURS[[0, 1, 2, 50]], [1, 2, 3, 4], "day")
    assert found.start.astype(str).tolist() == ["2026-01-01", "2026-01-02", "2026-01-03"]
    np.testing.assert_array_equal(found.value, [2, nan, 4])


@pytest.mark.parametrize(
    "statistic, wanted", [("mean", 2.5), ("max", 4), ("min", 1), ("sum", 10), ("median", 2.5), ("count", 4)]
)
def test_each_statistic(statistic, wanted):
    values = [4, 1, nan, 3, 2]
    assert aggregate.aggregate(HOURS[:5], values, "day", statistic).value.tolist() == [wanted]


def test_percentiles_are_numpys_linear():
    random = np.random.default_rng(5)
    values = random.normal(size=HOURS.size)
    values[::7] = nan
    for percent in (0, 5, 33.3, 50, 98, 100):
        found = aggregate.aggregate(HOURS, values, "month", "percentile", percent=percent)
        assert found.value[0] == pytest.approx(np.nanpercentile(values, percent), abs=1e-12)


def test_natural_periods():
    day = ["2026-03-01", "2026-12-31"]
    assert aggregate.period_of(day, "week").astype(str).tolist() == ["2026-02-23", "2026-12-28"]
    assert aggregate.period_of(day, "quarter").astype(str).tolist() == ["2026-01-01", "2026-10-01"]
    assert aggregate.period_of(day, "month").astype(str).tolist() == ["2026-03-01", "2026-12-01"]
    assert aggregate.period_of(day, "year").astype(str).tolist() == ["2026-01-01", "2026-01-01"]


def test_wrong_questions_are_refused():
    with pytest.raises(LookupError, match="没有时段“旬”；已有：day、half、hour、month、quarter、week、year"):
        aggregate.aggregate(HOURS, np.ones(HOURS.size), "旬")
    with pytest.raises(LookupError, match="没有统计量“mode”"):
        aggregate.aggregate(HOURS, np.ones(HOURS.size), "day", "mode")
    with pytest.raises(ValueError, match="重复"):
        aggregate.aggregate(HOURS[[0, 0]], [1, 2], "day")
    with pytest.raises(ValueError, match="须等长"):
        aggregate.aggregate(HOURS, [1], "day")
    with pytest.raises(ValueError, match="1 个时标缺失"):
        aggregate.aggregate(np.array(["NaT"], "datetime64[h]"), [1], "day")
    with pytest.raises(ValueError, match="0 至 100"):
        aggregate.aggregate(HOURS, np.ones(HOURS.size), "day", at_least=101)
    assert aggregate.aggregate(np.array([], "datetime64[h]"), [], "day").value.size == 0


def test_a_rolling_mean_looks_back_and_needs_its_share():
    found = aggregate.rolling_mean([1, 2, 3, nan, 5, 6, 7, 8], 4, at_least=75)
    np.testing.assert_allclose(found, [nan, nan, 2, 2, 10 / 3, 14 / 3, 6, 6.5])
    many = aggregate.rolling_mean(np.tile(np.arange(8.0), (3, 1)), 4)
    assert many.shape == (3, 8)
    with pytest.raises(ValueError, match="width"):
        aggregate.rolling_mean([1.0], 0)


def test_north_is_not_south_of_itself():
    assert aggregate.mean_direction([350, 10]) == 0
    assert aggregate.mean_direction([0, 90], [1, 0]) == pytest.approx(0)
    assert np.isnan(aggregate.mean_direction([nan, nan]))


def test_a_line_has_its_slope_whatever_its_outliers():
    x = np.arange(30.0)
    y = 3 - 0.5 * x
    y[4], y[20], y[25] = 500, -900, nan
    found = slope.theil_sen(x, y)
    assert found.slope == pytest.approx(-0.5)
    assert found.n == 29
    assert found.lower <= found.slope <= found.upper
    assert found.stars == "***"
    assert np.isnan(slope.theil_sen(x[:5], y[:5]).slope)
    assert slope.theil_sen(x, y, seed=1) == slope.theil_sen(x, y, seed=1)
    with pytest.raises(ValueError, match="须等长"):
        slope.theil_sen(x, y[:3])
    with pytest.raises(ValueError, match="level"):
        slope.theil_sen(x, y, level=1)


def test_noise_has_no_trend():
    found = slope.theil_sen(np.arange(60.0), np.random.default_rng(1).normal(size=60))
    assert found.lower < 0 < found.upper
    assert found.p > 0.05
    assert found.stars in ("", "+")


def test_a_season_is_found_and_taken_away():
    month = np.arange(72)
    series = 50 + 0.1 * month + 20 * np.sin(2 * np.pi * month / 12)
    parts = season.decompose(series)
    np.testing.assert_allclose(parts.seasonal + parts.trend + parts.remainder, series, atol=1e-9)
    np.testing.assert_allclose(parts.seasonal, 20 * np.sin(2 * np.pi * month / 12), atol=0.5)
    gap = series.copy()
    gap[10] = nan
    without = season.deseasonalise(gap)
    assert np.isnan(without[10])
    assert np.nanstd(without) < 0.2 * series.std()
    with pytest.raises(ValueError, match="两个以上完整周期"):
        season.decompose(series[:24])
    with pytest.raises(ValueError, match="不能有缺测"):
        season.decompose(gap)
    with pytest.raises(ValueError, match="整列缺测"):
        season.fill([nan, nan])


def test_agreement_of_a_perfect_and_of_no_estimate():
    perfect = agreement.agreement([1, 2, 3, nan], [1, 2, 3, 4])
    assert (perfect.n, perfect.fac2, perfect.mb, perfect.rmse, perfect.r, perfect.coe, perfect.ioa) == (3, 1, 0, 0, 1, 1, 1)
    assert agreement.agreement([nan], [1]).n == 0
    assert np.isnan(agreement.agreement([nan], [1]).rmse)
    assert agreement.agreement([20, 1], [0, 1]).fac2 == 0.5  # 观测为 0 的不在两倍之内
    with pytest.raises(ValueError, match="须等长"):
        agreement.agreement([1, 2], [1])
    table = agreement.correlations([[1, 2, 3, nan], [2, 4, 6, 8], [3, 2, 1, 0]])
    np.testing.assert_allclose(table, [[1, 1, -1], [1, 1, -1], [-1, -1, 1]])
    with pytest.raises(ValueError, match="列数"):
        agreement.correlations([1, 2])


def test_a_rose_shares_out_every_hour():
    found = rose.rose([1, 44, 46, 91, nan, 200], [1, 1, 3, 5, 2, 0], bounds=[0, 2, 4], angle=90)
    assert found.sector.tolist() == [90, 180, 270, 360]
    np.testing.assert_allclose(found.share, [[0, 100 / 3], [0, 0], [0, 0], [100 / 3, 0]])  # 5 m/s 归入最高一级
    assert found.calm == pytest.approx(100 / 3)  # 静风与缺风向
    assert found.share.sum() + found.calm == pytest.approx(100)
    pollution = rose.rose([5, 5, 185], [1, 1, 1], [10, 90, nan], bounds=[0, 50, 100], angle=90)
    assert (pollution.count, pollution.cumulative[3].tolist()) == (2, [50, 100])
    with pytest.raises(ValueError, match="整除 360"):
        rose.rose([1], [1], bounds=[0, 1], angle=50)
    with pytest.raises(ValueError, match="递增"):
        rose.rose([1], [1], bounds=[1, 0])
    with pytest.raises(ValueError, match="等长"):
        rose.rose([1, 2], [1], bounds=[0, 1])
