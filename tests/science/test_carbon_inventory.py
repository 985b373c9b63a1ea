"""Carbon and inventory beyond the cases: what must hold for any input."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingshan import standards
from qingshan.methods import carbon, ecology, inventory

LAW = standards.get("环境保护税法", edition="2018")
MIR = standards.get("MIR", edition="2010")
ETS = standards.get("全国碳排放权交易市场发电行业配额", edition="2019-2020")
AIR = [r["pollutant"] for r in LAW.table("air")["row"]]
PERCENT = st.integers(0, 100).map(lambda n: n / 100)


@given(st.dictionaries(st.sampled_from(AIR), st.integers(0, 10**6), max_size=8), st.integers(120, 1200))
def test_the_tax_on_air_is_that_of_the_three_largest_numbers_of_equivalents(emitted, rate):
    numbers = sorted((Fraction(kg) / Fraction(str(inventory.equivalent(LAW, "air", p))) for p, kg in emitted.items()), reverse=True)
    found = inventory.tax(LAW, "air", emitted, rate / 100)
    assert found.yuan == pytest.approx(float(sum(numbers[:3]) * rate / 100), abs=0.02)
    assert sum(row.taxed for row in found.rows) == sum(n > 0 for n in numbers[:3])
    assert {row.pollutant for row in found.rows} == set(emitted)


@given(st.lists(PERCENT, max_size=6), st.randoms())
def test_a_chain_of_controls_does_not_depend_on_its_order(etas, random):
    turned = random.sample(etas, len(etas))
    assert float(inventory.remaining(*etas)) == pytest.approx(float(inventory.remaining(*turned)))
    assert 0 <= float(inventory.remaining(*etas)) <= 1


@given(st.integers(0, 1400).map(lambda n: n / 100))
def test_water_within_six_and_nine_has_no_equivalents_and_no_other_has_none(ph):
    assert (float(inventory.ph_equivalents(LAW, ph, 1.0)) == 0) == (6 <= ph <= 9)


@given(st.floats(0.01, 0.999))
def test_a_lower_load_never_lowers_the_correction(load):
    assert carbon.load_correction(ETS, load) >= carbon.load_correction(ETS, min(load + 0.001, 1.0)) - 1e-6


@given(st.lists(st.integers(-50, 500).map(lambda n: n / 10), min_size=1, max_size=10))
def test_yearly_declines_make_the_cumulative_one(rates):
    value = [100.0]
    for rate in rates:
        value.append(value[-1] * (1 - rate / 100))
    np.testing.assert_allclose(carbon.cumulative_decline(rates), carbon.decline(100.0, value[1:]), atol=1e-9)


@given(st.integers(1, 99), st.integers(1, 10))
def test_both_lines_end_at_the_goal_and_the_even_one_asks_less_or_more_in_order(goal, years):
    even, rate = carbon.decline_line(goal, years), carbon.decline_line(goal, years, manner="same_rate")
    assert even.size == rate.size == years
    assert even[-1] == pytest.approx(goal)
    assert rate[-1] == pytest.approx(goal)
    assert (rate >= even - 1e-9).all()  # 等率先多后少


@given(st.integers(50, 100), st.integers(30, 100), st.integers(1, 8))
def test_the_rate_needed_leads_to_the_goal(now, goal, years):
    rate = float(carbon.needed_rate(now, goal, years))
    assert now * (1 - rate / 100) ** years == pytest.approx(min(goal, now))


def test_ppb_and_mass_give_one_potential():
    ppb = {"toluene": [1.0, 3.0], "乙烯": [2.0, 0.5]}
    mass = {name: inventory.mass(MIR, name, values) for name, values in ppb.items()}
    np.testing.assert_allclose(inventory.ofp(MIR, ppb, unit="ppb").total, inventory.ofp(MIR, mass).total)


def test_shares_of_a_potential_sum_to_a_hundred():
    found = inventory.ofp(MIR, {"toluene": [1.0, 0.0], "benzene": [2.0, 5.0]})
    np.testing.assert_allclose(sum(found.share.values()), 100.0)


def test_a_missing_species_is_counted_not_replaced():
    found = inventory.ofp(MIR, {"toluene": [1.0, None], "benzene": [2.0, 5.0]})
    assert found.measured.tolist() == [2.0, 1.0]
    assert np.isnan(found.parts["toluene"][1])


@given(st.lists(st.integers(0, 10000).map(lambda n: n / 100), min_size=1, max_size=20))
def test_a_column_of_indices_is_graded_as_its_values_one_by_one(values):
    std = standards.get("HJ 192", edition="2015")
    bounds = (75, 55, 35, 20)
    assert ecology.grade(std, values).tolist() == [1 + sum(v < b for b in bounds) for v in values]


def test_each_pollutant_of_the_inventory_keeps_its_account():
    projects = [inventory.Project(f"项目{i}", p, 0.1) for i in range(10) for p in ("NOx", "VOCs")]
    found = inventory.reductions(projects, {"NOx": 1.0, "VOCs": 2.0})
    assert [(a.pollutant, a.reduced, a.left, a.met, len(a.projects)) for a in found] == [
        ("NOx", 1.0, 0.0, True, 10), ("VOCs", 1.0, 1.0, False, 10),
    ]  # fmt: skip
