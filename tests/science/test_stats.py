"""Rounding, percentiles, moving means, validity, hour labels, ranks."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingshan.stats import clock, moving, percentile, ranking, rounding, validity
from qingshan.stats.columns import NotNumbers, numbers

EIGHT = validity.Rule("GB 3095—2026 表4", "O3", "8h", 6)
WINDOWS = validity.Rule("HJ 663 6.1.2", "O3", "max8h", 14)
DAY = validity.Rule("GB 3095—2026 表4", "PM2.5", "24h", 20)
YEAR = validity.Rule("GB 3095—2026 表4", "PM2.5", "year", 324, 27, 25)
nan = np.nan


@given(st.decimals(min_value=-1000, max_value=100000, places=4), st.integers(0, 2))
def test_rounding_a_written_decimal_is_that_of_gbt_8170(value, decimals):
    exact = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    assert rounding.half_even(float(value), decimals) == float(exact)


@given(st.lists(st.integers(0, 100000), min_size=1, max_size=24), st.integers(0, 1))
def test_a_mean_is_rounded_once_and_exactly(hours, decimals):
    """Hours written with four decimals; the mean as a fraction, its tie to even."""
    mean = Fraction(sum(hours), 10**4 * len(hours)) * 10**decimals
    whole, rest = divmod(mean.numerator, mean.denominator)
    tie = Fraction(rest, mean.denominator)
    expected = whole + (tie > Fraction(1, 2) or (tie == Fraction(1, 2) and whole % 2))
    assert rounding.mean([h / 10**4 for h in hours], decimals) * 10**decimals == pytest.approx(expected, abs=1e-9)


def test_nan_stays_nan_and_infinite_stays_infinite():
    np.testing.assert_array_equal(rounding.steps([nan, np.inf, -np.inf], 1), [nan, np.inf, -np.inf])
    assert np.isnan(rounding.mean([nan, nan], 0))
    assert np.isnan(rounding.mean_steps(0, 0))


def test_half_up_and_successive_rounding_are_not_gbt_8170():
    """Faults of public implementations: 2.5 → 3, and 2.45 → 2.5 → 3 (连续修约)."""
    assert rounding.half_even(2.5, 0) == 2
    assert rounding.half_even(2.45, 0) == 2
    assert rounding.half_even(0.4546, 0) == 0


@given(st.lists(st.integers(0, 900) | st.none(), min_size=1, max_size=60), st.integers(1, 99))
def test_a_percentile_is_that_of_numpy_to_the_last_digit_of_a_fraction(values, percent):
    column = [nan if v is None else v for v in values]
    there = [v for v in values if v is not None]
    found = percentile.percentile(column, percent)
    if not there:
        assert np.isnan(found)
        return
    ordered, (s, rest) = sorted(there), divmod((len(there) - 1) * percent, 100)
    exact = Fraction(ordered[s]) + (Fraction(ordered[min(s + 1, len(there) - 1)]) - ordered[s]) * Fraction(rest, 100)
    assert found == float(exact)
    assert found == pytest.approx(np.percentile(there, percent, method="linear"))


def test_a_percentile_takes_a_series_per_station():
    table = np.array([[1.0, 3, nan, 2], [nan, nan, nan, nan], [5, nan, nan, nan]])
    np.testing.assert_array_equal(percentile.percentile(table, 50), [2, nan, 5])
    np.testing.assert_array_equal(percentile.percentile(table, 50, axis=0), [3, 3, nan, 2])
    with pytest.raises(ValueError, match="1 至 99"):
        percentile.percentile([1], 0)
    assert np.isnan(percentile.percentile([], 90))


def test_eight_hour_means_are_labelled_8_to_24_and_need_6_hours():
    hours = np.arange(1.0, 25)
    assert moving.mean8h(hours, 1).tolist() == [h - 3.5 for h in range(8, 25)]
    hours[[0, 1, 2]] = nan
    means = moving.mean8h(hours)
    assert np.isnan(means[0])
    assert means[1] == 6  # 时标 9：4…9 六个有效值，均值 6.5，五成双
    hours = np.arange(0.0, 48).reshape(2, 24)
    assert moving.mean8h(hours).shape == (2, 17)


def test_mda8_needs_14_means_or_one_above_the_limit():
    day = np.full(24, 100.0)
    assert validity.max8h(day, EIGHT, WINDOWS, 160)[0] == 100
    day[19:] = nan  # 时标 8…21 各有 6 小时以上：14 个
    assert [v.item() for v in validity.max8h(day, EIGHT, WINDOWS, 160)] == [100, 14]
    day[18:] = nan
    value, windows = validity.max8h(day, EIGHT, WINDOWS, 160)
    assert np.isnan(value)
    assert windows == 13
    day[:18] = 160
    assert np.isnan(validity.max8h(day, EIGHT, WINDOWS, 160)[0])  # 等于限值，未超
    day[:18] = 161
    assert validity.max8h(day, EIGHT, WINDOWS, 160)[0] == 161
    day[:] = nan
    assert np.isnan(validity.max8h(day, EIGHT, WINDOWS, 160)[0])


def test_mda8_does_not_reach_into_another_day():
    two = np.zeros((2, 24))
    two[0, 16:] = 400
    assert validity.max8h(two, EIGHT, WINDOWS, 160)[0].tolist() == [400, 0]


def test_a_day_needs_20_hours():
    day = np.full(24, 30.0)
    day[4:] = 31
    mean, count = validity.day_mean(day, DAY)
    assert (mean, count) == (31, 24)
    day[:4] = nan
    assert validity.day_mean(day, DAY)[0] == 31
    day[:5] = nan
    mean, count = validity.day_mean(day, DAY)
    assert np.isnan(mean)
    assert count == 19


def test_a_daily_mean_on_a_tie_goes_to_even():
    """24 hours summing to 60.5 · 24 exactly: 60, and 61.5 gives 62; a mean of floats would not know."""
    assert validity.day_mean([60.0, 61] * 12, DAY)[0] == 60
    assert validity.day_mean([61.0, 62] * 12, DAY)[0] == 62
    assert validity.day_mean([0.2, 0.3] * 12, DAY, 1)[0] == 0.2
    assert validity.day_mean([0.3, 0.4] * 12, DAY, 1)[0] == 0.4


def test_a_year_needs_324_days_and_27_in_each_month_but_25_in_february():
    days = np.arange("2025-01-01", "2026-01-01", dtype="datetime64[D]")
    has = np.ones(365, bool)
    assert validity.capture(days, has, YEAR).is_valid
    february = days.astype("datetime64[M]") == np.datetime64("2025-02")
    has[np.flatnonzero(february)[:3]] = False
    assert validity.capture(days, has, YEAR).is_valid  # 2 月 25 天
    has[np.flatnonzero(february)[:4]] = False
    found = validity.capture(days, has, YEAR)
    assert found.short == ("2025-02 有效 24 天，少于 25 天",)
    has[:] = True
    for month in range(1, 13):
        mine = np.flatnonzero(days.astype("datetime64[M]") == np.datetime64(f"2025-{month:02}"))
        has[mine[28 if month == 2 else 27 :]] = False
    found = validity.capture(days, has, YEAR)
    assert found.is_valid
    assert found.valid == 27 * 12 + 1
    assert found.rate == pytest.approx(100 * 325 / 365)
    has[np.flatnonzero(february)[:2]] = False
    assert validity.capture(days, has, YEAR).short == ("2025 年有效 323 天，少于 324 天",)


def test_a_part_of_a_month_is_not_judged():
    days = np.arange("2025-03-10", "2025-03-20", dtype="datetime64[D]")
    found = validity.capture(days, days > np.datetime64("2025-03-12"), YEAR)
    assert (found.valid, found.days, found.short) == (7, 10, ())
    empty = validity.capture(np.array([], "datetime64[D]"), [], YEAR)
    assert not empty.is_valid
    assert np.isnan(empty.rate)
    with pytest.raises(ValueError, match="等长"):
        validity.capture(days, [True], YEAR)


def test_midnight_belongs_to_the_day_it_ends():
    labels = np.array(["2026-03-01T00:00", "2026-03-01T01:00", "2026-02-28T23:00", "2026-03-01T00:30", "NaT"], "datetime64[s]")
    assert clock.day_of(labels).astype(str).tolist() == ["2026-02-28", "2026-03-01", "2026-02-28", "2026-03-01", "NaT"]
    assert clock.hour_of(labels).tolist() == [24, 1, 23, 0, 0]


def test_ties_share_the_smaller_place_and_the_next_is_skipped():
    assert ranking.rank([2.88, 2.87, 2.88, 2.93]).tolist() == [2, 1, 2, 4]
    assert ranking.rank([1, 2, 2, 3], descending=True).tolist() == [4, 2, 2, 1]
    assert ranking.rank([nan, 2, 1]).tolist() == [0, 2, 1]  # 无数据者无名次，不排末位
    assert ranking.rank([nan, nan]).tolist() == [0, 0]
    # 优良天数比例降序，其次 PM2.5 升序，二者皆同为并列
    assert ranking.rank([90, 90, 95, 90], [30, 28, 40, 30], descending=(True, False)).tolist() == [3, 2, 1, 3]
    with pytest.raises(ValueError, match="等长"):
        ranking.rank([1, 2], [1])


def test_spearman_needs_five_periods():
    assert ranking.spearman([1, 2, 3, 4, 5]) == 1
    assert ranking.spearman([5, 4, 3, 2, 1]) == -1
    assert ranking.spearman([1, 2, 3, 5, 4]) == pytest.approx(0.9)
    assert np.isnan(ranking.spearman([1, 2, 3, 4]))
    assert np.isnan(ranking.spearman([1, 2, nan, 4, 5]))


def test_what_is_not_a_number_is_refused_by_name():
    with pytest.raises(NotNumbers, match=r"PM2\.5：.*'abc' 不是数值"):
        numbers(np.array(["abc", 1.0], object), "PM2.5")
    with pytest.raises(NotNumbers, match="须为数值，缺测用 None 或 NaN"):
        numbers(["12", "13"], "PM2.5")
    with pytest.raises(NotNumbers):
        numbers(np.array(["2026-01-01"], "datetime64[D]"))
    np.testing.assert_array_equal(numbers([1, None, Fraction(1, 2)]), [1, nan, 0.5])
    np.testing.assert_array_equal(numbers(np.ma.masked_values([1.0, -99], -99)), [1, nan])
