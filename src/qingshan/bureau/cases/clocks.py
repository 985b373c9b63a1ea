"""Working time: when a limit of work hours or work days runs out (工作日历)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """Working days and hours: Monday to Friday but for `off`, and `work` besides.

    hours : spans of the working day, in order
    """

    off: frozenset[date] = frozenset()
    work: frozenset[date] = frozenset()
    hours: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(13, 30), time(17, 30)))
    years: frozenset[int] = frozenset()
    """years whose holidays are published"""

    def guesses(self, start: datetime, end: datetime) -> tuple[int, ...]:
        """Years between two moments whose holidays are not published: there only weekends are known."""
        return tuple(year for year in range(start.year, end.year + 1) if year not in self.years)

    def is_workday(self, day: date) -> bool:
        return day in self.work or (day.weekday() < 5 and day not in self.off)

    def add_workhours(self, start: datetime, hours: float) -> datetime:
        """The moment when `hours` [h] of working time have passed since `start`."""
        left, day = timedelta(hours=hours), start.date()
        while True:
            if self.is_workday(day):
                for begin, end in self.hours:
                    begin_at = max(datetime.combine(day, begin), start)
                    room = datetime.combine(day, end) - begin_at
                    if room >= left and room > timedelta(0):
                        return begin_at + left
                    left -= max(room, timedelta(0))
            day += ONE_DAY

    def add_workdays(self, start: datetime, days: int) -> datetime:
        """End of the `days`-th working day after the day of `start` (the first day does not count: 民法典 201 条)."""
        day = start.date()
        while days:
            day += ONE_DAY
            days -= self.is_workday(day)
        return datetime.combine(day, self.hours[-1][1])


def spans(texts) -> frozenset[date]:
    """Days of ``"2026-01-01"`` and ``"2026-01-01/2026-01-03"``."""
    days = set()
    for text in texts:
        first, _, last = text.partition("/")
        day, end = date.fromisoformat(first), date.fromisoformat(last or first)
        while day <= end:
            days.add(day)
            day += ONE_DAY
    return frozenset(days)


def due(limit, start: datetime, calendar: Calendar) -> datetime:
    """When a declared limit that starts at `start` runs out."""
    if limit.hours:
        return start + timedelta(hours=limit.hours)
    if limit.days:  # ends with its last day
        last = start.date() + ONE_DAY * limit.days
        while limit.roll and not calendar.is_workday(last):
            last += ONE_DAY
        return datetime.combine(last, time(23, 59, 59))
    if limit.workhours:
        return calendar.add_workhours(start, limit.workhours)
    return calendar.add_workdays(start, limit.workdays)


def needs_calendar(limit) -> bool:
    """Whether a limit depends on which days are worked."""
    return bool(limit.workdays or limit.workhours or limit.roll)


def late_workdays(due_at: datetime, at: datetime, calendar: Calendar) -> int:
    """Working days that have begun since a limit ran out."""
    day, count = due_at.date(), 0
    while day < at.date():
        day += ONE_DAY
        count += calendar.is_workday(day)
    return count


def span_words(span: timedelta) -> str:
    """A span as people say it: 2 天, 3 小时 20 分, 15 分钟."""
    minutes = int(abs(span).total_seconds() // 60)
    if minutes >= 2 * 1440:
        return f"{minutes // 1440} 天"
    if minutes >= 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours} 小时 {rest} 分" if rest and hours < 24 else f"{hours} 小时"
    return f"{minutes} 分钟"
