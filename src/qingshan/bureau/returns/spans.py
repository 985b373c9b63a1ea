"""Spans of time a return is about (报送期): weeks, ten days, months …, and days counted from their ends. Pure: no clock, no database."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from qingshan.bureau.cases.clocks import Calendar
from qingshan.bureau.returns.declared import Offset, Rhythm

ONE_DAY = timedelta(days=1)
TEN_DAYS = ("上旬", "中旬", "下旬")
HALVES = ("上半", "下半")
QUARTERS = "一二三四"


@dataclass(frozen=True)
class Span:
    """One period: both days included; `key` sorts within its kind, `year` is the one its number counts in."""

    key: str
    year: int
    title: str
    first: date
    last: date


def span_of(every: str, day: date, week_starts: int = 1) -> Span:
    """The span of that kind in which `day` lies."""
    year, month = day.year, day.month
    if every == "week":
        return _week(day, week_starts)
    if every == "ten_days":
        part = min((day.day - 1) // 10, 2)
        last = 10 * (part + 1) if part < 2 else monthrange(year, month)[1]
        return Span(
            f"{year}-{month:02}-T{part + 1}", year, f"{month}月{TEN_DAYS[part]}", day.replace(day=10 * part + 1), day.replace(day=last)
        )
    if every == "half_month":
        part = 0 if day.day <= 15 else 1
        first, last = (1, 15) if part == 0 else (16, monthrange(year, month)[1])
        return Span(f"{year}-{month:02}-H{part + 1}", year, f"{month}月{HALVES[part]}月", day.replace(day=first), day.replace(day=last))
    months = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
    if every not in months:
        raise ValueError(f"“{every}”没有固定的起止")
    size = months[every]
    part = (month - 1) // size
    first = date(year, part * size + 1, 1)
    last = date(year, (part + 1) * size, monthrange(year, (part + 1) * size)[1])
    if every == "month":
        return Span(f"{year}-{month:02}", year, f"{month}月", first, last)
    if every == "quarter":
        return Span(f"{year}-Q{part + 1}", year, f"{QUARTERS[part]}季度", first, last)
    if every == "half_year":
        return Span(f"{year}-S{part + 1}", year, f"{HALVES[part]}年", first, last)
    return Span(f"{year}", year, "全年", first, last)


def _week(day: date, starts: int) -> Span:
    """Weeks count in the year of their fourth day; from Monday that is ISO 8601, with its week 53."""
    first = day - timedelta(days=(day.isoweekday() - starts) % 7)
    middle = first + timedelta(days=3)
    number = (middle.timetuple().tm_yday - 1) // 7 + 1
    last = first + timedelta(days=6)
    return Span(f"{middle.year}-W{number:02}", middle.year, f"第{number}周，{_short(first)}–{_short(last)}", first, last)


def _short(day: date) -> str:
    return f"{day.month}月{day.day}日"


def spans(every: str, since: date, week_starts: int = 1) -> Iterator[Span]:
    """Spans one after another, from the one in which `since` lies; without end."""
    span = span_of(every, since, week_starts)
    while True:
        yield span
        span = span_of(every, span.last + ONE_DAY, week_starts)


def shifted(day: date, offset: Offset, calendar: Calendar) -> date:
    """`day` moved by an offset. Working days count from the next day on; 0 working days is the last working day up to `day`."""
    if offset.workdays is None:
        moved = day + timedelta(days=offset.days or 0)
        if offset.roll != "stay":
            step = ONE_DAY if offset.roll == "next" else -ONE_DAY
            while not calendar.is_workday(moved):
                moved += step
        return moved
    step, left = (ONE_DAY, offset.workdays) if offset.workdays > 0 else (-ONE_DAY, -offset.workdays)
    if left == 0:
        while not calendar.is_workday(day):
            day -= ONE_DAY
    while left:
        day += step
        left -= calendar.is_workday(day)
    return day


def opens_on(rhythm: Rhythm, span: Span, calendar: Calendar) -> date:
    """The day on which a period is opened for filling in; never before it begins."""
    return span.first if rhythm.opens is None else max(span.first, shifted(span.last, rhythm.opens, calendar))


def workdays_from(due: date, on: date, calendar: Calendar) -> int:
    """Working days from `due` to `on`: above zero after it, below zero before it; a day off counts as the working day before."""
    sign, first, last = (1, due, on) if on >= due else (-1, on, due)
    count = 0
    while first < last:
        first += ONE_DAY
        count += calendar.is_workday(first)
    return sign * count
