"""Remaining budget: exact at the edge, against exact fractions and brute force."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingshan.outlook import budget


def rounded(value: Fraction, decimals: int) -> Fraction:
    """GB/T 8170 on exact numbers: Python rounds a Fraction half to even."""
    return Fraction(round(value * 10**decimals), 10**decimals)


@pytest.mark.parametrize(
    "target, total, days, left, allowed",
    [
        (35, 35 * 300, 300, 65, 35 + 0.5 * 365 / 65),  # an odd target: the tie 35.5 rounds up to 36, so just under it
        (34, 34 * 300, 300, 65, 34 + 0.5 * 365 / 65),  # an even target: 34.5 rounds to 34 and meets it
        (35, 0, 0, 365, 35.5),
    ],
)
def test_the_mean_allowed_uses_the_rounding_of_the_target(target, total, days, left, allowed):
    found = budget.mean(target, 0, total, days, left)
    assert found.allowed == pytest.approx(allowed, abs=2e-4)
    assert found.verdict == budget.OPEN


def test_a_year_that_ends_on_the_tie_is_decided_by_gbt_8170():
    assert budget.mean([35, 34], 0, [35.5 * 2, 34.5 * 2], 2, 0).verdict.tolist() == [budget.MISSED, budget.MET]


@given(
    target=st.integers(0, 200), decimals=st.integers(0, 1), steps=st.integers(0, 80_000), days=st.integers(0, 365), left=st.integers(1, 366)
)
def test_the_last_unit_allowed_meets_the_target_and_one_more_does_not(target, decimals, steps, days, left):
    goal = Fraction(target, 10**decimals)
    total = Fraction(steps if days else 0, 10)
    found = budget.mean(float(goal), decimals, float(total), days, left)
    unit = Fraction(1, 10**budget.SCALE)
    most = Fraction(round(float(found.allowed) * left * 10**budget.SCALE)) * unit
    assert rounded((total + most) / (days + left), decimals) <= goal
    assert rounded((total + most + unit) / (days + left), decimals) > goal
    assert (found.verdict == budget.IMPOSSIBLE) == (rounded(total / (days + left), decimals) > goal)
    if found.verdict == budget.OPEN:
        assert found.shown <= found.allowed + 1e-9
        assert rounded((total + Fraction(round(float(found.shown) * 100), 100) * left) / (days + left), decimals) <= goal
    else:
        assert np.isnan(found.shown)


@given(target=st.integers(0, 1000), good=st.integers(0, 366), bad=st.integers(0, 366), left=st.integers(0, 60))
def test_bad_days_affordable_equal_brute_force(target, good, bad, left):
    found = budget.good_ratio(target / 10, 1, good, good + bad, left)
    whole = good + bad + left
    if whole == 0:
        return
    fine = [x for x in range(left + 1) if rounded(Fraction(100 * (good + left - x), whole), 1) >= Fraction(target, 10)]
    if fine:
        assert found.affordable == max(fine)
        assert found.needed == left - max(fine)
    else:
        assert found.affordable < 0
    assert found.verdict == (budget.MET if len(fine) == left + 1 else budget.OPEN if fine else budget.IMPOSSIBLE if left else budget.MISSED)


def test_counts_of_days():
    found = budget.good_days([290, 290, 290, 290, 290], [290, 250, 200, 289, 290], [40, 40, 40, 0, 0])
    assert found.affordable.tolist() == [40, 0, -50, -1, 0]
    assert found.needed.tolist() == [0, 40, 90, 1, 0]
    assert found.verdict.tolist() == ["met", "open", "impossible", "missed", "met"]
    found = budget.heavy_days([2, 2, 2], [0, 2, 3], 40)
    assert found.affordable.tolist() == [2, 0, -1]
    assert found.verdict.tolist() == ["open", "open", "impossible"]


def test_leap_years():
    assert (budget.days_in_year(2024), budget.days_in_year(2026), budget.days_in_year(2100)) == (366, 365, 365)
    assert (budget.days_left(date(2024, 1, 1)), budget.days_left(date(2026, 1, 1)), budget.days_left(date(2026, 12, 31))) == (365, 364, 0)


def test_days_without_a_value_take_no_part():
    full = budget.mean(35, 0, 36 * 100, 100, 265)
    gaps = budget.mean(35, 0, 36 * 80, 80, 265)
    assert gaps.allowed != full.allowed
    assert float(gaps.allowed) == pytest.approx((35.5 * 345 - 36 * 80) / 265, abs=1e-4)


def test_columns_of_stations_at_once():
    found = budget.mean(35, 0, np.array([3000.0, 9000.0, 20000.0]), np.array([100, 250, 250]), 115)
    assert found.allowed.shape == (3,)
    assert found.verdict.tolist() == ["open", "open", "impossible"]
    assert np.isnan(budget.mean(35, 0, 0, 0, 0).now)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: budget.mean(35.5, 0, 1, 1, 1), "小数多于"),
        (lambda: budget.mean(float("nan"), 0, 1, 1, 1), "目标值"),
        (lambda: budget.mean(35, 0, 1, -1, 1), "有效天数"),
        (lambda: budget.mean(35, 7, 1, 1, 1), "小数位数"),
        (lambda: budget.good_ratio(80, 1, 5, 4, 1), "优良天数多于有效天数"),
        (lambda: budget.good_ratio(101, 1, 4, 5, 1), "0 至 100"),
        (lambda: budget.good_days(290.5, 4, 5), "目标天数"),
    ],
)
def test_what_cannot_be_right_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
