"""Draws, chances and what-ifs: seeded, blind to the future, honest about a short history."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingshan.outlook import backtest, chance, resampling, scenario, verification
from qingshan.outlook.resampling import History, TooShort

BEGIN, ON, END = date(2025, 1, 1), date(2025, 9, 30), date(2025, 12, 31)


def place(first: str = "2022-01-01", last: str = "2025-12-31", seed: int = 3) -> History:
    days = np.arange(np.datetime64(first), np.datetime64(last) + 1)
    random = np.random.default_rng(seed)
    season = 40 + 20 * np.cos((days - np.datetime64("2022-01-15")).astype(float) / 365.25 * 2 * np.pi)
    return History.of(days, {"PM2.5": np.round(season * np.exp(random.normal(0, 0.4, days.size)))})


def drawn(history: History, **how):
    return resampling.draw(history, BEGIN, how.pop("on", ON), END, **{"seed": 7, "draws": 300} | how)


def told(history: History, target: float = 41.0, operator: str = "<=", **how):
    return chance.chance(history, drawn(history, **how), BEGIN, chance.mean_of("PM2.5"), decimals=1, operator=operator, target=target)


def test_the_same_seed_gives_the_same_and_another_another():
    a, b, c = drawn(place()), drawn(place()), drawn(place(), seed=8)
    np.testing.assert_array_equal(a.columns["PM2.5"], b.columns["PM2.5"])
    assert not np.array_equal(a.columns["PM2.5"], c.columns["PM2.5"])
    assert a.days[0] == np.datetime64("2025-10-01")
    assert a.days.size == 92


def test_nothing_after_the_day_is_read():
    whole = place()
    spoiled = History(whole.days, {"PM2.5": np.where(whole.days > np.datetime64(ON), 900.0, whole.columns["PM2.5"])})
    np.testing.assert_array_equal(drawn(whole).columns["PM2.5"], drawn(spoiled).columns["PM2.5"])
    np.testing.assert_array_equal(told(whole).values, told(spoiled).values)


def test_a_history_below_a_year_says_no_probability():
    with pytest.raises(TooShort, match="不满一年"):
        drawn(place("2024-11-01"))
    with pytest.raises(TooShort, match="往年同期"):
        drawn(place("2024-01-01").until(date(2024, 8, 1)), on=date(2025, 3, 1))
    with pytest.raises(TooShort, match="没有数据"):
        drawn(place(), on=date(2021, 12, 31))


def test_a_year_that_is_over_is_certain():
    history = place()
    found = told(history, on=END)
    exact = round(float(np.mean(history.span(BEGIN, END)["PM2.5"])), 1)
    assert found.low == found.high == pytest.approx(exact)
    assert found.probability in (0.0, 1.0)


def test_a_worse_year_so_far_makes_a_worse_rest():
    history = place()
    rows = history.days >= np.datetime64(BEGIN)
    worse = History(history.days, {"PM2.5": np.where(rows, history.columns["PM2.5"] * 1.3, history.columns["PM2.5"])})
    assert np.nanmean(drawn(worse).columns["PM2.5"]) > np.nanmean(drawn(history).columns["PM2.5"]) * 1.02
    assert told(worse).probability < told(history).probability


def test_holes_do_not_break_it_and_leap_days_are_met():
    history = place("2020-01-01")
    values = history.columns["PM2.5"].copy()
    values[::7] = np.nan
    holed = History(history.days, {"PM2.5": values})
    found = resampling.draw(holed, date(2024, 1, 1), date(2024, 2, 15), date(2024, 12, 31), seed=1, draws=50)
    assert found.days.size == 320
    assert np.datetime64("2024-02-29") in found.days
    assert 0.05 < np.isnan(found.columns["PM2.5"]).mean() < 0.25
    assert resampling.same_day(np.array(["2024-02-29"], "datetime64[D]"), 1)[0] == np.datetime64("2023-02-28")


@pytest.mark.parametrize(
    ("days", "values", "said"),
    [
        ([], [], "没有一天"),
        (["2025-01-01", "2025-01-01"], [1, 2], "两行"),
        (["2025-01-01"], [-3], "不小于 0"),
        (["2025-01-01"], [np.inf], "不小于 0"),
        (["2025-01-01"], [1, 2], "2 个值"),
    ],
)
def test_a_series_that_is_none_is_refused(days, values, said):
    with pytest.raises(ValueError, match=said):
        History.of(np.array(days, "datetime64[D]"), {"PM2.5": values})


def test_the_probability_is_the_share_of_rounded_years_that_make_it():
    history, made = place(), drawn(place())
    so_far = history.span(BEGIN, ON)["PM2.5"]
    years = [round(float(np.mean(np.concatenate([so_far, d]))), 1) for d in made.columns["PM2.5"]]
    target = float(np.median(years))
    assert told(history, target).probability == pytest.approx(np.mean(np.array(years) <= target), abs=0.01)
    assert told(history, target, "<").probability == pytest.approx(np.mean(np.array(years) < target), abs=0.01)
    assert told(history, target, "<").probability < told(history, target).probability
    with pytest.raises(ValueError, match="比较“=”"):
        told(history, target, "=")


def test_words_never_promise():
    assert [chance.words(p) for p in (0.0, 0.004, 0.72, 0.996, 1.0, float("nan"))] == [
        "不足 1%", "不足 1%", "72%", "99% 以上", "99% 以上", "—",
    ]  # fmt: skip


@given(percent=st.integers(-90, 90))
def test_days_left_changed_move_the_mean_in_proportion(percent):
    made = drawn(place(), draws=20)
    changed = scenario.changed(made, percent)
    np.testing.assert_allclose(changed.columns["PM2.5"], made.columns["PM2.5"] * (1 + percent / 100))
    assert made.columns["PM2.5"] is not changed.columns["PM2.5"]


def test_what_it_takes_is_the_smallest_reduction():
    history, made = place(), drawn(place())

    def probability(percent: float) -> float:
        again = scenario.changed(made, -percent)
        return chance.chance(history, again, BEGIN, chance.mean_of("PM2.5"), decimals=1, operator="<=", target=37).probability

    found = scenario.needed_change(probability)
    assert 0 < found < 90
    assert probability(found) >= 0.5 > probability(found - 0.5)
    assert scenario.needed_change(lambda p: 1.0) == 0
    assert np.isnan(scenario.needed_change(lambda p: 0.0))
    with pytest.raises(ValueError, match="变化幅度"):
        scenario.changed(made, 91)


def test_days_left_out_and_a_station_moved():
    history = place()
    out = scenario.without(history, ["2025-03-01", "2025-03-02"])
    assert np.isnan(out.span(date(2025, 3, 1), date(2025, 3, 2))["PM2.5"]).all()
    assert not np.isnan(history.span(date(2025, 3, 1), date(2025, 3, 2))["PM2.5"]).any()
    table = [[10, 20, np.nan], [30, 40, 50]]
    np.testing.assert_allclose(scenario.moved(table, 0, [50, np.nan, 70]), [40, 40, 60])
    np.testing.assert_allclose(scenario.moved(table, 1, [np.nan] * 3), [10, 20, np.nan])
    with pytest.raises(ValueError, match="第 2 行"):
        scenario.moved(table, 2, [1, 2, 3])


def test_scores_by_hand():
    assert verification.crps([0.0, 2.0], 1.0) == pytest.approx(0.5)
    assert verification.crps([3.0], 1.0) == pytest.approx(2)
    assert verification.pinball(10, 12, 0.9) == pytest.approx(1.8)
    assert verification.pinball(10, 8, 0.9) == pytest.approx(0.2)
    assert verification.brier(0.7, 1) == pytest.approx(0.09)
    assert verification.covered([1, 1], [2, 2], [2, 2.1]).tolist() == [True, False]
    with pytest.raises(ValueError):
        verification.brier(1.2, 1)


def test_a_past_year_is_told_without_what_came():
    history, measure = place("2022-01-01", "2024-12-31"), chance.mean_of("PM2.5")
    on = date(2024, 6, 30)
    later = history.days > np.datetime64(on)
    spoiled = History(history.days, {"PM2.5": np.where(later, history.columns["PM2.5"] * 3, history.columns["PM2.5"])})
    a, b = (backtest.tell("甲", h, date(2024, 1, 1), on, measure, decimals=1, operator="<=", seed=5, draws=200) for h in (history, spoiled))
    assert (a.low, a.middle, a.high, a.probability, a.naive, a.persistent) == (
        b.low,
        b.middle,
        b.high,
        b.probability,
        b.naive,
        b.persistent,
    )
    assert a.outcome < b.outcome
    assert a.covered
    assert not b.covered
    assert backtest.tell("甲", history, date(2022, 1, 1), date(2022, 6, 30), measure, decimals=1, operator="<=", seed=5) is None
