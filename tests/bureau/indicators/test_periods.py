"""Periods: how they are written, named, compared; year ends, leap days, ISO weeks."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingshan.bureau.indicators import queries
from qingshan.bureau.indicators.periods import BadPeriod, Period


@pytest.mark.parametrize(("written", "token", "kind", "title", "last_year", "previous"), [
    ("2026-11-20T14", "2026-11-20T14", "hour", "2026年11月20日14时", "2025-11-20T14", "2026-11-20T13"),
    ("2026-11-20t0", "2026-11-19T24", "hour", "2026年11月19日24时", "2025-11-19T24", "2026-11-19T23"),
    ("2026-01-01T01", "2026-01-01T01", "hour", "2026年1月1日1时", "2025-01-01T01", "2025-12-31T24"),
    ("2024-02-29T05", "2024-02-29T05", "hour", "2024年2月29日5时", "2023-02-28T05", "2024-02-29T04"),
    ("2026-11-20", "2026-11-20", "day", "2026年11月20日", "2025-11-20", "2026-11-19"),
    ("2024-02-29", "2024-02-29", "day", "2024年2月29日", "2023-02-28", "2024-02-28"),
    ("2026-W47", "2026-W47", "week", "2026年第47周（11月16日—22日）", "2025-11-16..2025-11-22", "2026-W46"),
    ("2026-W01", "2026-W01", "week", "2026年第1周（12月29日—2026年1月4日）", "2024-12-29..2025-01-04", "2025-W52"),
    ("2020-W53", "2020-W53", "week", "2020年第53周（12月28日—2021年1月3日）", "2019-12-28..2020-01-03", "2020-W52"),
    ("2024-W09", "2024-W09", "week", "2024年第9周（2月26日—3月3日）", "2023-02-26..2023-03-03", "2024-W08"),
    ("2026-02-T3", "2026-02-T3", "ten_days", "2026年2月下旬", "2025-02-T3", "2026-02-T2"),
    ("2025-02-21..2025-02-28", "2025-02-T3", "ten_days", "2025年2月下旬", "2024-02-T3", "2025-02-T2"),
    ("2026-01-T1", "2026-01-T1", "ten_days", "2026年1月上旬", "2025-01-T1", "2025-12-T3"),
    ("2026-03-B1", "2026-03-B1", "half_month", "2026年3月上半月", "2025-03-B1", "2026-02-B2"),
    ("2026-12-B2", "2026-12-B2", "half_month", "2026年12月下半月", "2025-12-B2", "2026-12-B1"),
    ("2026-Q1", "2026-01..2026-03", "quarter", "2026年1—3月", "2025-01..2025-03", "2025-10..2025-12"),
    ("2026-H1", "2026-01..2026-06", "half_year", "2026年1—6月", "2025-01..2025-06", "2025-07..2025-12"),
    ("2026", "2026", "year", "2026年", "2025", "2025"),
    ("2024..2026", "2024..2026", "years", "2024—2026年", "2021..2023", "2021..2023"),
    ("2022..2026", "2022..2026", "years", "2022—2026年", "2017..2021", "2017..2021"),
    ("30d@2026-03-01", "2026-01-31..2026-03-01", "days", "2026年1月31日—3月1日", "2025-01-31..2025-03-01", "2026-01-01..2026-01-30"),
    ("12m@2026-02", "2025-03..2026-02", "months", "2025年3月—2026年2月", "2024-03..2025-02", None),
    ("36m@2026-12", "2024..2026", "years", "2024—2026年", "2021..2023", "2021..2023"),
    ("ytd@2024-02-29", "2024-01..2024-02", "months", "2024年1—2月", "2023-01..2023-02", None),
    ("ytd@2026-W47", "2026-01-01..2026-11-22", "days", "2026年1月1日—11月22日", "2025-01-01..2025-11-22", None),
])  # fmt: skip
def test_each_way_to_write_a_period(written, token, kind, title, last_year, previous):
    period = Period.parse(written)
    assert (period.token, period.kind) == (token, kind)
    assert Period.parse(period.token) == period
    assert period.last_year().token == last_year
    if previous:
        assert period.previous().token == previous
    assert period.title == title


@pytest.mark.parametrize("wrong", [
    "2026-13", "2026-02-29", "2026-W54", "2025-W53", "2026-W00", "2026-Q5", "2026-H3", "2026-02-T4", "2026-02-B3", "2026-11-20T25", "0d@2026",
    "9999d@2026-01-01", "999m@2026-01", "d@2026", "x@2026", "-3d@2026", "30d@", "@", "2026-11-20T14..x", "2026-11..2026-10", "1989", "2201",
    "٢٠٢٦", "2026-1１", "heating", "2026-11-20T14:30",
])  # fmt: skip
def test_what_is_no_period_is_refused_with_the_ways_to_write_one(wrong):
    with pytest.raises(BadPeriod, match="时段"):
        Period.parse(wrong)


@given(st.dates(date(1995, 1, 1), date(2150, 12, 31)), st.integers(0, 900))
def test_any_days_are_read_back_and_their_last_year_is_one_year_back(start, more):
    period = Period(start, start + timedelta(days=more))
    assert Period.parse(period.token) == period
    before = period.last_year()
    assert before.end < period.end
    assert before.start.year in (start.year - 1, start.year - (period.end.year - start.year + 1))
    assert period.previous().end == start - timedelta(days=1)
    assert period.title
    assert period.short


@given(st.datetimes(datetime(1995, 1, 1), datetime(2150, 1, 1)))
def test_an_hour_is_named_by_its_end(at):
    at = at.replace(minute=0, second=0, microsecond=0)
    period = Period.hour_of(at)
    assert datetime.combine(period.start, datetime.min.time()) + timedelta(hours=period.hour) == at
    assert Period.parse(period.token) == period


def test_seasons_are_declared():
    winter = queries.period("heating-2025")
    assert (winter.start, winter.end, winter.title) == (date(2025, 11, 15), date(2026, 3, 15), "2025—2026年采暖期")
    assert queries.period("flood-2026").title == "2026年汛期"
    assert winter.last_year().start == date(2024, 11, 15)
    with pytest.raises(BadPeriod):
        queries.period("summer-2025")


@given(st.sampled_from([2000, 2004, 2024, 2028, 2096]), st.integers(0, 400), st.integers(0, 40))
def test_a_span_about_a_leap_day_keeps_its_ends_and_loses_one_day_at_most(year, before, after):
    leap = date(year, 2, 29)
    period = Period(leap - timedelta(days=before), leap + timedelta(days=after))
    then = period.last_year()
    assert abs(then.n_days - period.n_days) <= (1 if period.kind != "years" else 366)
    if period.kind not in ("years", "ten_days", "half_month") and not period.is_whole_months and period.n_days > 1:
        keep = {(2, 29): {(2, 28), (3, 1)}}
        for now, was in ((period.start, then.start), (period.end, then.end)):
            assert (was.month, was.day) in keep.get((now.month, now.day), {(now.month, now.day)})
    if period.is_whole_months:
        assert then.is_whole_months


@given(st.sampled_from(["month", "quarter", "half_year", "year", "ten_days", "half_month", "week", "day"]), st.dates(date(1996, 1, 1), date(2099, 12, 31)))
def test_spans_of_a_kind_follow_each_other_without_gap_or_overlap(kind, day):
    """从任一天所在的一段起，上期的上期……首尾相接，种类不变。"""
    make = {
        "month": lambda d: Period.month(d.year, d.month), "day": Period.day,
        "quarter": lambda d: Period.months(d.year, (d.month - 1) // 3 * 3 + 1, (d.month - 1) // 3 * 3 + 3),
        "half_year": lambda d: Period.months(d.year, 1 if d.month < 7 else 7, 6 if d.month < 7 else 12),
        "year": lambda d: Period.year(d.year), "ten_days": lambda d: Period.ten_days(d.year, d.month, min(3, (d.day + 9) // 10)),
        "half_month": lambda d: Period.half_month(d.year, d.month, 1 if d.day < 16 else 2),
        "week": lambda d: Period.week(*d.isocalendar()[:2]),
    }  # fmt: skip
    period = make[kind](day)
    assert period.start <= day <= period.end
    for _ in range(30):
        before = period.previous()
        assert before.end + timedelta(days=1) == period.start
        assert before == make[kind](before.start)
        period = before
