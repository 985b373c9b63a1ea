"""Periods at the edges of the calendar: week 53, leap years, year ends, holidays and days worked instead."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingshan.bureau.cases.clocks import Calendar
from qingshan.bureau.cases.clocks import spans as days_of
from qingshan.bureau.returns import spans
from qingshan.bureau.returns.declared import Offset, Rhythm

EVERY = ("week", "ten_days", "half_month", "month", "quarter", "half_year", "year")
CHINA = Calendar(
    days_of(["2026-01-01/2026-01-03", "2026-02-15/2026-02-23", "2026-10-01/2026-10-07"]),
    days_of(["2026-01-04", "2026-02-14", "2026-02-28", "2026-09-20", "2026-10-10"]),
)


@pytest.mark.parametrize(
    "every, day, key, first, last",
    [
        ("week", date(2026, 12, 31), "2026-W53", date(2026, 12, 28), date(2027, 1, 3)),
        ("week", date(2027, 1, 1), "2026-W53", date(2026, 12, 28), date(2027, 1, 3)),
        ("week", date(2027, 1, 4), "2027-W01", date(2027, 1, 4), date(2027, 1, 10)),
        ("week", date(2025, 12, 29), "2026-W01", date(2025, 12, 29), date(2026, 1, 4)),
        ("ten_days", date(2028, 2, 29), "2028-02-T3", date(2028, 2, 21), date(2028, 2, 29)),
        ("ten_days", date(2026, 2, 28), "2026-02-T3", date(2026, 2, 21), date(2026, 2, 28)),
        ("ten_days", date(2026, 1, 31), "2026-01-T3", date(2026, 1, 21), date(2026, 1, 31)),
        ("half_month", date(2028, 2, 16), "2028-02-H2", date(2028, 2, 16), date(2028, 2, 29)),
        ("month", date(2028, 2, 29), "2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("quarter", date(2026, 12, 31), "2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("half_year", date(2026, 6, 30), "2026-S1", date(2026, 1, 1), date(2026, 6, 30)),
        ("year", date(2028, 2, 29), "2028", date(2028, 1, 1), date(2028, 12, 31)),
    ],
)
def test_a_day_lies_in_its_span(every, day, key, first, last):
    span = spans.span_of(every, day)
    assert (span.key, span.first, span.last) == (key, first, last)


@given(st.sampled_from(EVERY), st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 7))
def test_spans_tile_the_calendar_without_gap_or_overlap(every, day, starts):
    found = list(islice(spans.spans(every, day, starts), 60))
    assert found[0].first <= day <= found[0].last
    assert all(b.first == a.last + timedelta(days=1) for a, b in pairwise(found))
    assert len({s.key for s in found}) == len(found)
    assert [s.key for s in found] == sorted(s.key for s in found)
    assert all(spans.span_of(every, d, starts) == s for s in found for d in (s.first, s.last))


@given(st.dates(date(2000, 1, 1), date(2090, 12, 31)))
def test_weeks_from_monday_are_those_of_iso_8601(day):
    span = spans.span_of("week", day)
    assert span.key == "{}-W{:02}".format(*day.isocalendar()[:2])


@pytest.mark.parametrize(
    "day, offset, due",
    [
        (date(2026, 9, 30), {"workdays": 3}, date(2026, 10, 10)),  # 8, 9 and Saturday the 10th, which is worked
        (date(2025, 12, 31), {"workdays": 1}, date(2026, 1, 4)),  # Sunday, worked in place of the 2nd
        (date(2026, 2, 14), {"workdays": 1}, date(2026, 2, 24)),
        (date(2026, 9, 30), {"days": 1}, date(2026, 10, 8)),  # falls on a holiday: the next working day
        (date(2026, 9, 30), {"days": 1, "roll": "stay"}, date(2026, 10, 1)),
        (date(2026, 10, 8), {"days": -1, "roll": "before"}, date(2026, 9, 30)),
        (date(2026, 10, 10), {"workdays": 0}, date(2026, 10, 10)),
        (date(2026, 10, 11), {"workdays": 0}, date(2026, 10, 10)),
        (date(2026, 11, 29), {"workdays": -2}, date(2026, 11, 26)),
        (date(2028, 2, 29), {"workdays": 1}, date(2028, 3, 1)),
    ],
)
def test_days_are_counted_with_holidays_and_days_worked_instead(day, offset, due):
    assert spans.shifted(day, Offset(**offset), CHINA) == due


def test_a_period_never_opens_before_it_begins():
    rhythm = Rhythm(name="x", title="x", every="week", opens={"days": -20}, due={"workdays": 1})
    span = spans.span_of("week", date(2026, 11, 25))
    assert spans.opens_on(rhythm, span, CHINA) == span.first


def test_working_days_between_two_days():
    friday, sunday, monday = date(2026, 11, 27), date(2026, 11, 29), date(2026, 11, 30)
    assert [spans.workdays_from(friday, d, CHINA) for d in (friday, sunday, monday)] == [0, 0, 1]
    assert spans.workdays_from(monday, friday, CHINA) == -1


@pytest.mark.parametrize(
    "keys, said",
    [
        ({"due": {}}, "恰好写 days、workdays 之一"),
        ({"due": {"days": 1, "workdays": 1}}, "恰好写 days、workdays 之一"),
        ({"due": {"days": 1}, "chase": {"leader": 3, "listed": 1}}, "早于 leader"),
        ({"due": {"days": 1}, "week_starts": 5, "every": "month"}, "只用于"),
    ],
)
def test_a_faulty_rhythm_is_refused(keys, said):
    with pytest.raises(ValueError, match=said):
        Rhythm(**{"name": "x", "title": "x", "every": "week", **keys})
