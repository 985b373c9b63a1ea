"""Outlets by the day: means, rates, exceedance, emissions with gaps replaced."""

from __future__ import annotations

import numpy as np
import pytest

from qingshan.methods import outlets
from qingshan.methods.online import Substitute
from qingshan.methods.outlets import Rule

NAN = np.nan
FLUE = Rule(
    "share", 20, 0.75, 0.75, 0, "hour", (Substitute("短", 90, 24, 48), Substitute("长", 90, np.inf, 72), Substitute("低", 75, np.inf, 96))
)
WATER = Rule("any", 1, exempt=1, period="day", gaps=(Substitute("前 3 个有效日", 0, np.inf, 3),))


def hours(n_days: int, value: float = 10.0):
    return np.full(24 * n_days, value), np.full(24 * n_days, "N")


def test_a_day_of_flue_gas_needs_twenty_valid_hours():
    values, flags = hours(2)
    flags[:4], flags[24:29] = "D", "D"
    found = outlets.days(values, flags, FLUE)
    assert (found.valid.tolist(), found.flag.tolist()) == ([20, 19], ["N", ""])
    assert found.mean[0] == 10
    assert np.isnan(found.mean[1])


def test_more_than_a_quarter_abnormal_makes_the_day_of_flue_gas_faulty():
    values, flags = hours(1)
    flags[:7] = "D"
    assert outlets.days(values, flags, FLUE).flag[0] == "D"


def test_a_day_with_stops_needs_three_quarters_of_what_ran():
    values, flags = hours(2)
    flags[:12], flags[24:36] = "F", "F"
    values[12:15], values[36:40] = NAN, NAN  # 9 of 12, 8 of 12
    found = outlets.days(values, flags, FLUE)
    assert (found.running.tolist(), found.valid.tolist(), found.flag.tolist()) == ([12, 12], [9, 8], ["N", ""])


def test_a_day_that_stood_still_has_no_mean_and_no_denominator():
    values, flags = hours(1)
    flags[:] = "F"
    assert outlets.days(values, flags, FLUE).flag[0] == "F"
    rates = outlets.delivery(values, flags, FLUE)
    assert rates.due[0] == 0
    assert np.isnan([rates.transmission[0], rates.validity[0], rates.effective[0]]).all()


def test_one_abnormal_hour_makes_the_day_of_wastewater_abnormal():
    values, flags = hours(1)
    flags[5] = "D"
    assert outlets.days(values, flags, WATER).flag[0] == "D"


def test_wastewater_is_weighted_by_flow_and_a_dry_day_is_not():
    values, flags = hours(2)
    values[:12] = 20
    flow = np.concatenate((np.repeat([3.0, 1.0], 12), np.zeros(24)))
    assert outlets.days(values, flags, WATER, flow=flow).mean.tolist() == [17.5, 10]


def test_the_three_rates():
    values, flags = hours(1)
    flags[:4] = "F"  # 20 due
    values[4:6], flags[6:8] = NAN, "D"  # 18 came, 16 valid
    rates = outlets.delivery(values, flags, FLUE)
    assert (rates.due[0], rates.came[0], rates.valid[0]) == (20, 18, 16)
    assert rates.transmission[0] == 90
    assert rates.validity[0] == pytest.approx(100 * 16 / 18)
    assert rates.effective[0] == pytest.approx(rates.transmission[0] * rates.validity[0] / 100)


def test_one_hour_of_automatic_checks_a_day_counts_as_valid_for_wastewater_only():
    values, flags = hours(1)
    flags[3] = "C"
    assert outlets.delivery(values, flags, WATER).effective[0] == 100
    assert outlets.delivery(values, flags, FLUE).effective[0] == pytest.approx(95.833, abs=1e-3)
    flags[4] = "C"
    assert outlets.delivery(values, flags, WATER).valid[0] == 23


def test_the_exempt_check_does_not_make_the_day_of_wastewater_abnormal_but_a_second_one_does():
    values, flags = hours(2)
    values[3], flags[3] = 99, "C"
    flags[27:29] = "C"
    found = outlets.days(values, flags, WATER)
    assert (found.mean[0], found.flag.tolist()) == (10, ["N", "C"])


def test_a_value_equal_to_its_limit_once_rounded_is_within_it():
    assert outlets.over([50.04, 50.05, 50.15, NAN, 60], 1, 50).tolist() == [False, False, True, False, True]
    assert outlets.over([6.0, 5.994, 5.99, 9.01], 2, 9, 6).tolist() == [False, True, True, True]
    assert outlets.over([5.996], 2, 9, 6).tolist() == [False]


def test_emission_is_concentration_times_flow():
    conc, flags = hours(1, 30.0)
    flow = np.full(24, 10.0)
    found = outlets.emission(conc, flags, flow, flags, FLUE)
    assert found.kg[0] == pytest.approx(30e-6 * 10 * 86400)
    assert (found.row[0], found.lacking[0]) == (-1, 0)


def test_an_invalid_hour_of_flue_gas_is_replaced_for_emission():
    conc, flags = hours(4, 30.0)
    conc[60] = 50.0
    flow = np.full(96, 10.0)
    flags = flags.copy()
    flags[72:75] = "D"
    found = outlets.emission(conc, flags, flow, np.full(96, "N"), FLUE)
    hour = 10 * 3600 / 1e6
    assert found.capture == pytest.approx(100 * 93 / 96)
    assert found.replaced[3] == pytest.approx(3 * 50 * hour)  # the largest of 48 valid hours before
    assert found.kg[3] == pytest.approx((21 * 30 + 3 * 50) * hour)
    assert found.row.tolist() == [-1, -1, -1, 0]


def test_without_enough_valid_hours_before_there_is_no_total():
    conc, flags = hours(1, 30.0)
    flags[10] = "D"
    found = outlets.emission(conc, flags, np.full(24, 10.0), np.full(24, "N"), FLUE)
    assert np.isnan(found.kg[0])
    assert (found.lacking[0], found.known[0]) == (1, pytest.approx(23 * 30 * 0.036))


def test_capture_is_that_of_the_days_asked_for():
    conc, flags = hours(8, 30.0)
    flags[:60] = "D"  # before
    flags[24 * 6 : 24 * 6 + 2] = "D"
    found = outlets.emission(conc, flags, np.full(192, 10.0), np.full(192, "N"), FLUE, since=5)
    assert found.capture == pytest.approx(100 * 70 / 72)
    assert found.row[6] == 0


def test_stopped_hours_emit_nothing_and_are_not_replaced():
    conc, flags = hours(1, 30.0)
    flags[:12] = "F"
    found = outlets.emission(conc, flags, np.full(24, 10.0), np.full(24, "N"), FLUE)
    assert found.kg[0] == pytest.approx(12 * 30 * 0.036)
    assert found.lacking[0] == 0


def test_an_invalid_day_of_wastewater_is_the_largest_of_the_valid_days_before():
    conc, flags = hours(5, 20.0)
    conc[24:48] = 40.0
    flow = np.full(120, 5.0)
    flags[24 * 3 + 2] = "D"
    found = outlets.emission(conc, flags, flow, np.full(120, "N"), WATER)
    day = 5 * 86400 / 1e6
    assert found.kg.tolist() == pytest.approx([20 * day, 40 * day, 20 * day, 40 * day, 20 * day])
    assert found.row.tolist() == [-1, -1, -1, 0, -1]


def test_where_nothing_flows_nothing_is_emitted_whatever_the_concentration():
    conc, flags = hours(1, NAN)
    found = outlets.emission(conc, flags, np.zeros(24), flags, WATER)
    assert (found.kg[0], found.lacking[0]) == (0, 0)


def test_hours_that_are_no_whole_days_are_refused():
    with pytest.raises(ValueError, match="整日"):
        outlets.days(np.ones(23), np.full(23, "N"), FLUE)
