"""Percentiles, sections, sums, months and units: what is left, against exact fractions and brute force."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingshan.outlook import apportion, budget, percentiles, sections, units
from qingshan.stats.percentile import percentile as rank_percentile


def rounded(value: Fraction, decimals: int) -> Fraction:
    """GB/T 8170 on exact numbers: Python rounds a Fraction half to even."""
    return Fraction(round(value * 10**decimals), 10**decimals)


def exact_percentile(values, percent: int) -> Fraction:
    ordered = sorted(Fraction(str(v)) for v in values)
    k = Fraction((len(ordered) - 1) * percent, 100)
    s = int(k)
    return ordered[s] + (ordered[min(s + 1, len(ordered) - 1)] - ordered[s]) * (k - s)


# ── percentiles ──
@given(
    values=st.lists(st.integers(0, 30), max_size=25),
    left=st.integers(0, 12),
    target=st.integers(0, 30),
    percent=st.sampled_from([50, 90, 95]),
)
def test_high_days_affordable_equal_brute_force(values, left, target, percent):
    found = percentiles.percentile(target, 0, percent, values, left)
    if not values and not left:
        return
    high = 10**6

    def meets(many: int, others: int) -> bool:
        return rounded(exact_percentile([*values, *[others] * (left - many), *[high] * many], percent), 0) <= target

    assert found.affordable == max((b for b in range(left + 1) if meets(b, target)), default=-1)
    assert found.most == max((b for b in range(left + 1) if meets(b, 0)), default=-1)
    if found.affordable >= 0 and found.affordable < left:
        assert not meets(found.affordable + 1, target)
    assert found.above == sum(v > target for v in values)
    if left:
        assert (found.verdict == budget.IMPOSSIBLE) == (found.most < 0)


@given(values=st.lists(st.integers(0, 4), min_size=1, max_size=4), left=st.integers(1, 4), target=st.integers(0, 4))
def test_no_year_at_all_breaks_what_was_allowed(values, left, target):
    """Every way the days left may come, with so many above the target as allowed and the others not above it, meets it."""
    found = percentiles.percentile(target, 0, 90, values, left)
    for rest in combinations_with_replacement([0, target, target + 1, 50], left):
        year = rounded(exact_percentile([*values, *rest], 90), 0)
        if sum(v > target for v in rest) <= found.affordable:
            assert year <= target
        if found.verdict == budget.IMPOSSIBLE:
            assert year > target
        if found.verdict == budget.MET:
            assert year <= target


def test_the_percentile_now_is_that_of_hj_663():
    values = np.array([110, 120, np.nan, 161, 158, 163, 90, 88])
    assert percentiles.percentile(160, 0, 90, values, 5).now == pytest.approx(float(rank_percentile(values, 90)))


@pytest.mark.parametrize(
    ("tie", "verdict"), [([158, 163], budget.MET), ([158, 164], budget.MISSED), ([159, 162], budget.MET), ([160, 161], budget.MET)]
)
def test_interpolated_and_tied_years_are_decided_by_gbt_8170(tie, verdict):
    """Two days at P50: 160.5 rounds to the even 160 and meets it, 161 does not."""
    assert percentiles.percentile(160, 0, 50, tie, 0).verdict == verdict


@pytest.mark.parametrize("wrong", [{"percent": 0}, {"percent": 100}, {"target": 160.5}, {"target": float("nan")}, {"left": -1}])
def test_a_wrong_percentile_question_is_refused(wrong):
    with pytest.raises(ValueError):
        percentiles.percentile(**{"target": 160, "decimals": 0, "percent": 90, "values": [1.0], "left": 3} | wrong)


# ── the goal itself ──
@pytest.mark.parametrize(
    ("goal", "decimals", "operator", "expected"),
    [
        (35, 1, "<=", 35.0),
        (35, 1, "<", 34.9),
        (83.3333, 1, ">=", 83.4),
        (83.3, 1, ">", 83.4),
        (33.04, 1, "<=", 33.0),
        (33.04, 1, "<", 33.0),
    ],
)
def test_a_goal_is_taken_on_the_strict_side(goal, decimals, operator, expected):
    assert budget.edge(goal, decimals, operator) == expected


@given(
    target=st.integers(0, 10000), decimals=st.integers(0, 2), value=st.integers(0, 10000), operator=st.sampled_from(["<=", "<", ">=", ">"])
)
def test_a_published_value_makes_the_target_exactly_up_to_its_edge(target, decimals, value, operator):
    goal, published = Fraction(target, 100), Fraction(value, 10**decimals)
    makes = {"<=": published <= goal, "<": published < goal, ">=": published >= goal, ">": published > goal}[operator]
    at = Fraction(str(budget.edge(target / 100, decimals, operator)))
    assert makes == (published <= at if operator in ("<=", "<") else published >= at)


@pytest.mark.parametrize(("target", "operator"), [(35, "="), (float("nan"), "<="), (float("inf"), ">=")])
def test_a_goal_that_is_none_is_refused(target, operator):
    with pytest.raises(ValueError):
        budget.edge(target, 1, operator)


# ── sums ──
@given(target=st.integers(0, 5000), done=st.integers(0, 6000), left=st.integers(0, 12))
def test_a_sum_is_reached_by_exactly_what_is_said_to_be_missing(target, done, left):
    found = budget.at_least(target, done, left)
    assert done + float(found.rest) == target
    assert (found.verdict == budget.MET) == (done >= target)
    if left and done < target:
        assert float(found.each) * left == pytest.approx(target - done)
    cap = budget.at_most(target, done, left)
    assert (cap.verdict in (budget.IMPOSSIBLE, budget.MISSED)) == (done > target)
    assert (cap.verdict == budget.MET) == (done <= target and left == 0)


# ── sections ──
@given(months=st.lists(st.integers(0, 400), max_size=11), limit=st.integers(1, 300), sense=st.sampled_from(["max", "min"]))
def test_months_at_the_mean_allowed_bring_the_section_to_its_limit(months, limit, sense):
    left = 12 - len(months)
    values = [m / 1000 for m in months]
    found = sections.section(limit / 1000, values, left, sense=sense)
    total = sum(Fraction(m, 1000) for m in months)
    year = (total + Fraction(found.allowed).limit_denominator(10**9) * left) / 12
    assert float(year) == pytest.approx(limit / 1000, abs=1e-9)
    if found.verdict == budget.IMPOSSIBLE:
        assert total / 12 > Fraction(limit, 1000)
    if found.verdict == budget.MET:
        assert total / 12 >= Fraction(limit, 1000)


def test_a_section_is_judged_before_rounding():
    assert sections.section(0.2, [0.2] * 12, 0).verdict == budget.MET
    assert sections.section(0.2, [0.2] * 11 + [0.2001], 0).verdict == budget.MISSED
    assert sections.section(5, [4.999] * 12, 0, sense="min").verdict == budget.MISSED
    assert sections.section(0.2, [0.1, np.nan, 0.3], 0).verdict == budget.MET
    assert sections.section(0.2, [], 0).verdict == budget.OPEN


@given(of=st.integers(1, 60), good=st.integers(0, 60), failed=st.integers(0, 60), target=st.integers(0, 1000))
def test_sections_that_may_fail_equal_brute_force(of, good, failed, target):
    if good + failed > of:
        with pytest.raises(ValueError, match="断面"):
            sections.share(target / 10, 1, of, good, failed)
        return
    found = sections.share(target / 10, 1, of, good, failed)
    meets = [rounded(Fraction(100 * k, of), 1) >= Fraction(target, 10) for k in range(of + 1)]
    needed = next(k for k in range(of + 2) if k > of or meets[k])
    assert int(found.needed) == needed
    assert int(found.lacking) == max(needed - good, 0)
    assert (found.verdict == budget.MET) == (good >= needed)
    assert (int(found.spare) < 0) == (of - failed < needed)


def test_the_frozen_number_of_sections_stays_the_denominator():
    assert sections.share(83.3, 1, 6, 4, 0).lacking == 1
    assert sections.share(83.4, 1, 6, 4, 0).lacking == 2
    with pytest.raises(ValueError, match="断面数为 0"):
        sections.share(80, 1, 0, 0, 0)


# ── months ──
@given(
    allowed=st.floats(0, 200),
    months=st.lists(st.tuples(st.integers(0, 31), st.floats(0.1, 300)), min_size=1, max_size=12).filter(lambda m: sum(d for d, _ in m) > 0),
)
def test_the_months_add_up_to_what_is_allowed(allowed, months):
    days, usual = (np.array(column) for column in zip(*months))
    for parts in (apportion.by_season(allowed, days, usual), apportion.equally(allowed, days)):
        assert (parts * days).sum() / days.sum() == pytest.approx(allowed, abs=1e-6)
    assert np.allclose(apportion.by_season(allowed, days, np.where(days >= 0, np.nan, 0)), allowed)


@given(amount=st.integers(-20, 300), weights=st.lists(st.floats(0, 50), min_size=1, max_size=12))
def test_whole_days_are_shared_out_whole(amount, weights):
    parts = apportion.whole(amount, weights)
    assert parts.sum() == amount
    if amount >= 0 and sum(weights) > 0:
        assert np.all(np.abs(parts - amount * np.array(weights) / sum(weights)) < 1 + 1e-6)


@given(months=st.lists(st.tuples(st.integers(0, 31), st.floats(0, 50)), min_size=1, max_size=12), part=st.floats(0, 1))
def test_no_month_is_given_more_days_than_it_has(months, part):
    days, weights = [d for d, _ in months], [w for _, w in months]
    amount = int(part * sum(days))
    parts = apportion.whole(amount, weights, days)
    assert parts.sum() == amount
    assert np.all(parts <= days)
    with pytest.raises(ValueError, match="超过各月上限"):
        apportion.whole(sum(days) + 1, weights, days)


# ── units ──
@st.composite
def tables(draw):
    rows, days = draw(st.integers(1, 5)), draw(st.integers(1, 12))
    cells = draw(st.lists(st.one_of(st.integers(0, 300), st.none()), min_size=rows * days, max_size=rows * days))
    return np.array([np.nan if c is None else c for c in cells], float).reshape(rows, days)


@given(values=tables(), target=st.integers(0, 100))
def test_the_units_parts_add_up_to_the_districts_gap(values, target):
    found = units.parts(values, target)
    days = [d for d in range(values.shape[1]) if (~np.isnan(values[:, d])).any()]
    if not days:
        assert np.isnan(found.mean)
        return
    mean = np.mean([np.nanmean(values[:, d]) for d in days])
    assert found.mean == pytest.approx(mean)
    assert found.weight.sum() == pytest.approx(1)
    assert found.part.sum() == pytest.approx(mean)
    assert found.gap.sum() == pytest.approx(mean - target, abs=1e-9)


@given(values=tables(), to=st.integers(0, 100))
def test_a_unit_that_comes_down_takes_off_what_is_said(values, to):
    found = units.parts(values, 30)
    falls = units.fall(found, to)
    for i in range(values.shape[0]):
        if np.isnan(found.mean) or np.isnan(found.own[i]) or found.own[i] <= to:
            assert np.isnan(falls[i]) or falls[i] == 0
            continue
        lower = values.copy()
        lower[i] -= found.own[i] - to
        assert found.mean - units.parts(lower, 30).mean == pytest.approx(falls[i], abs=1e-9)


def test_a_unit_of_two_stations_weighs_two():
    found = units.parts([[40.0, 40.0], [10.0, np.nan]], 30, share=[2, 1])
    assert found.mean == pytest.approx(np.mean([30, 40]))
    assert found.weight.tolist() == pytest.approx([5 / 6, 1 / 6])
    assert found.gap.sum() == pytest.approx(5)
