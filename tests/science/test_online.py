"""Roll-up of automatic monitoring: counts and flags at the limit, flow weights, 折算, replacement of invalid periods."""

from __future__ import annotations

import numpy as np
import pytest

from qingshan.methods import online

NAN = np.nan


def minutes(good: int, bad: int = 0, flag: str = "D", value: float = 10.0):
    """An hour of sixty minutes: so many good ones, so many flagged, the rest missing."""
    values = np.full(60, NAN)
    values[: good + bad] = value
    flags = np.full(60, "N", "<U2")
    flags[good : good + bad] = flag
    return values, flags


@pytest.mark.parametrize(("good", "flag"), [(45, "N"), (44, "")])
def test_an_hour_needs_forty_five_minutes(good, flag):
    rolled = online.roll_up(*minutes(good), least=45, rule="valid")  # HJ 212—2017 附录 D; GB 3095 表4
    assert (rolled.flag.item(), rolled.count.item()) == (flag, good)
    assert np.isnan(rolled.mean) == (good < 45)


def test_ambient_air_leaves_abnormal_minutes_out():
    values, flags = minutes(45, 15, value=10)
    values[45:] = 999
    rolled = online.roll_up(values, flags, least=45, rule="valid")
    assert (rolled.mean.item(), rolled.flag.item()) == (10, "N")
    assert online.roll_up(*minutes(44, 16, "C"), least=45, rule="valid").flag.item() == "C"


@pytest.mark.parametrize(("good", "bad", "flag"), [(45, 15, "N"), (45, 16, "D")])
def test_flue_gas_is_normal_with_three_quarters_normal(good, bad, flag):
    values, flags = np.full(good + bad, 5.0), np.array(["N"] * good + ["C"] * bad)
    assert online.roll_up(values, flags, least=45, rule="share").flag.item() == flag  # C.16—C.18: else D


def test_one_abnormal_value_makes_wastewater_abnormal():
    assert online.roll_up([1.0, 2, 3, 4], ["N", "N", "M", "N"], least=1, rule="any").flag.item() == "M"
    rolled = online.roll_up([1.0, NAN, 3, NAN], ["N", "N", "N", "N"], least=1, rule="any")
    assert (rolled.mean.item(), rolled.flag.item(), rolled.count.item()) == (2, "N", 2)


def test_wastewater_is_weighted_by_flow():
    rolled = online.roll_up([10.0, 40], None, least=1, rule="any", weights=[3.0, 1.0])
    assert rolled.mean.item() == 17.5
    assert np.isnan(online.roll_up([10.0, 40], None, least=1, rule="any", weights=[0.0, 0.0]).mean)
    assert online.roll_up([10.0, 40], None, least=1, rule="any", weights=[NAN, 1.0]).mean.item() == 40
    with pytest.raises(ValueError, match="负"):
        online.roll_up([10.0, 40], None, least=1, rule="any", weights=[-1.0, 1.0])


def test_many_periods_at_once_are_those_alone():
    rng = np.random.default_rng(3)
    values = np.where(rng.random((50, 24)) < 0.2, NAN, rng.random((50, 24)))
    flags = rng.choice(["N", "N", "N", "N", "C", "D"], (50, 24))
    for rule in ("any", "share", "valid"):
        whole = online.roll_up(values, flags, least=12, rule=rule)
        for i in range(50):
            alone = online.roll_up(values[i], flags[i], least=12, rule=rule)
            np.testing.assert_array_equal(whole.mean[i], alone.mean)
            assert whole.flag[i] == alone.flag.item()
        np.testing.assert_array_equal(np.isnan(whole.valid), whole.flag != "N")


def test_conversion_by_oxygen():
    assert online.converted(30.0, 9.0, 6.0).item() == 37.5  # 30 × 15 / 12
    assert online.converted(30.0, 6.0, 6.0).item() == 30
    np.testing.assert_array_equal(np.isnan(online.converted([30.0] * 4, [19.0, 19.1, 21.0, -1], 9.0)), [False, True, True, True])
    with pytest.raises(ValueError, match="基准含氧量"):
        online.converted(30.0, 6.0, 21.0)


TABLE = (
    online.Substitute("短缺口", 90, 3, 5), online.Substitute("长缺口", 90, np.inf, 8), online.Substitute("低捕集", 75, np.inf, 8),
)  # fmt: skip


def case(size: int, holes, stops=()):
    emission = np.arange(1.0, size + 1)
    invalid, stopped = np.zeros(size, bool), np.zeros(size, bool)
    invalid[list(holes)] = True
    stopped[list(stops)] = True
    return emission, invalid, stopped


def test_a_short_and_a_long_gap_look_back_differently():
    done = online.replaced(*case(100, [*range(20, 23)]), TABLE)
    assert (done.capture, done.rows[20], done.values[20]) == (97, 0, 20)  # the largest of 16—20
    done = online.replaced(*case(100, [*range(20, 24)]), TABLE)
    assert (done.rows[23], done.values[23]) == (1, 20)
    assert done.values[24] == 25


def test_at_ninety_per_cent_and_just_below():
    assert online.replaced(*case(100, range(40, 50)), TABLE).rows[40] == 1
    assert online.replaced(*case(100, range(40, 51)), TABLE).rows[40] == 2
    done = online.replaced(*case(100, range(40, 66)), TABLE)  # 74 %
    assert np.isnan(done.values[40])
    assert done.rows[40] == -1


def test_stops_leave_the_denominator_and_do_not_end_a_gap():
    done = online.replaced(*case(100, [20, 21, 23, 24], stops=[22, *range(60, 90)]), TABLE)
    assert done.capture == pytest.approx(100 * 65 / 69)
    assert done.rows[20] == done.rows[24] == 1  # four in a row but for the stop: a long gap
    assert done.rows[22] == -1
    assert done.values[22] == 23


def test_too_few_valid_periods_before_replace_nothing():
    done = online.replaced(*case(100, [3]), TABLE)
    assert np.isnan(done.values[3])
    assert done.rows[3] == -1
