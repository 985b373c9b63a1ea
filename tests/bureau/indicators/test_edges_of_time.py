"""Values at the edges of time: a leap day, a station moved within the period, a new member, the change of edition inside a moving span."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.bureau.indicators.listed import ask, stations
from tests.bureau.indicators.observed import lake_of

from qingshan.bureau.indicators import assessments, queries
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.sites.models import Station

pytestmark = pytest.mark.django_db


def days(folders, code, first, last, value):
    """All 24 hours of each day of one value of the six items."""
    rows, day = [], first
    while day <= last:
        for hour in range(1, 25):
            at = datetime.combine(day, datetime.min.time()) + timedelta(hours=hour)
            v = float(value(day))
            rows.append({"station": code, "time": at, "received": datetime(2026, 11, 1), "PM2.5": v, "PM10": v + 10, "SO2": 5.0,
                         "NO2": 20.0, "CO": 0.5, "O3": 60.0, "origin": "x"})  # fmt: skip
        day += timedelta(days=1)
    lake_of(folders).put_rows(rows)
    assessments.clear()


def test_february_of_a_leap_year_against_that_of_the_year_before(own, own_folders):
    stations(own, "air", {"N1": {"level": "national"}})
    days(own_folders, "N1", date(2023, 1, 1), date(2023, 3, 2), lambda d: 30 if d.month == 2 else 50)
    days(own_folders, "N1", date(2024, 1, 1), date(2024, 3, 2), lambda d: 59 if (d.month, d.day) == (2, 29) else 30 if d.month == 2 else 50)
    month = ask(own, "pm2_5_mean", Period.parse("2024-02"))
    assert (month.n_days, month.valid, month.text) == (29, 29, "31.0")  # (28 × 30 + 59)/29
    assert (month.last_year.then.n_days, month.last_year.then.text, month.last_year.words) == (28, "30.0", "同比上升3.3%")
    leap = ask(own, "pm2_5_mean", Period.parse("2024-02-29"))
    assert (leap.text, leap.last_year.then.period.token, leap.last_year.then.text) == ("59.0", "2023-02-28", "30.0")
    to_date = ask(own, "pm2_5_mean", Period.parse("ytd@2024-02-29"))
    # (31 × 50 + 28 × 30 + 59)/60 = 40.8; (31 × 50 + 28 × 30)/59 = 40.5
    assert (to_date.text, to_date.last_year.then.period.token, to_date.last_year.then.text) == ("40.8", "2023-01..2023-02", "40.5")
    from_leap = ask(own, "pm2_5_mean", Period.parse("2024-02-29..2024-03-02"))
    assert from_leap.last_year.then.period.token == "2023-03-01..2023-03-02"
    hour = queries.value("pm2_5_mean", area=own.district, period=Period.parse("2024-02-29T05"))
    assert (hour.text, hour.last_year.then.text) == ("59.0", "30.0")
    assert ask(own, "good_days", Period.parse("2024-02")).text == "29"


def test_a_station_that_moves_within_the_period_hands_over_on_its_day(own, own_folders):
    stations(own, "air", {"N1": {"level": "national"}, "OLD": {"level": "city", "until": date(2026, 10, 15)},
                          "NEW": {"level": "city", "since": date(2026, 10, 16)}})  # fmt: skip
    first, last = date(2026, 10, 1), date(2026, 10, 31)
    days(own_folders, "N1", first, last, lambda d: 20)
    days(own_folders, "OLD", first, last, lambda d: 40)  # runs on for comparison after it is out of use: does not count
    days(own_folders, "NEW", date(2026, 10, 10), last, lambda d: 60)  # before it is in use: does not count
    value = ask(own, "pm2_5_mean", Period.parse("2026-10"))
    # 15 days of (20 + 40)/2, 16 of (20 + 60)/2: (15 × 30 + 16 × 40)/31
    assert value.exact == pytest.approx((15 * 30 + 16 * 40) / 31)
    assert (value.stations, value.capture_text) == (("N1", "NEW", "OLD"), "100.0")
    half = ask(own, "pm2_5_mean", Period.parse("2026-10-B1"))
    assert (half.text, half.stations, half.left_out["点NEW"]) == ("30.0", ("N1", "OLD"), "2026年10月上半月不在用")
    assert ask(own, "pm2_5_mean", Period.parse("2026-10-16..2026-10-31")).text == "40.0"


def test_a_network_that_gains_and_loses_members_weighs_each_day_by_those_in_use(own, own_folders):
    stations(own, "air", {"A": {"level": "city"}, "B": {"level": "city"}, "C": {"level": "city", "since": date(2026, 3, 1)},
                          "D": {"level": "city", "until": date(2026, 1, 31)}})  # fmt: skip
    first, last = date(2026, 1, 1), date(2026, 3, 31)
    for code, value in (("A", 10), ("B", 20), ("C", 60), ("D", 90)):
        days(own_folders, code, first, last, lambda d, value=value: value)
    value = ask(own, "pm2_5_mean", Period.parse("2026-Q1"))
    # January A B D: 40; February A B: 15; March A B C: 30
    assert value.exact == pytest.approx((31 * 40 + 28 * 15 + 31 * 30) / 90)
    assert value.stations == ("A", "B", "C", "D")
    assert ask(own, "pm2_5_mean", Period.parse("2026-02")).stations == ("A", "B")
    Station.objects.filter(code="C").update(level="micro")  # no longer of the levels that count: the whole period goes without it
    assert ask(own, "pm2_5_mean", Period.parse("2026-Q1")).exact == pytest.approx((31 * 40 + 28 * 15 + 31 * 15) / 90)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dates(date(2025, 6, 1), date(2026, 3, 20)), st.integers(2, 200), st.data())
def test_days_counted_add_up_wherever_a_span_is_cut(observed, start, length, data):
    """一段时间的优良天数等于切成两段之和，切在换版日、年末、月中都一样；浓度均值按有效天数合并。"""
    end = min(start + timedelta(days=length), date(2026, 11, 19))
    cut = data.draw(st.dates(start, end - timedelta(days=1)))
    whole, parts = Period(start, end), (Period(start, cut), Period(cut + timedelta(days=1), end))
    with assessments.steady():
        held = assessments.of(Period(date(2025, 1, 1), date(2026, 11, 19)))

        def of(name, period):
            return held.value(name, area=held.district, period=period, comparison=False)

        good, bits = of("good_days", whole), [of("good_days", p) for p in parts]
        assert good.exact == sum(b.exact for b in bits)
        assert good.valid == sum(b.valid for b in bits)
        assert set(good.editions) == set(bits[0].editions) | set(bits[1].editions)
        mean, bits = of("pm2_5_mean", whole), [of("pm2_5_mean", p) for p in parts]
        total = sum(b.exact * b.valid for b in bits if b.valid)
        assert mean.exact == pytest.approx(total / mean.valid, abs=1e-9)


def test_thirty_days_across_the_change_judge_each_day_by_its_own_edition(observed):
    span = Period.parse("30d@2026-03-15")
    value = queries.value("good_days", area=observed.district, period=span)
    then, now = (queries.value("good_days", area=observed.district, period=Period.parse(t)) for t in ("2026-02-14..2026-02-28", "2026-03-01..2026-03-15"))
    assert value.exact == then.exact + now.exact
    assert {"HJ 633—2012", "HJ 633—2026"} <= set(value.editions)
    assert value.last_year.crosses
    again = value.last_year.now_again
    aqi, _ = assessments.of(span).table.area(("N1", "C1")).cut(span).report(assessments.AGAIN)
    assert again.exact == float(np.nansum(aqi <= 100))
