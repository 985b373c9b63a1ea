"""Spans of whole days (时段): their names in Chinese, and the same span of last year (同比)."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np


class BadPeriod(ValueError):
    """A period that cannot be read; the message says how to write one."""


HOW = "时段写法：2026（年）、2026-10（月）、2026-Q3（季）、2026-10-01（日）、2026-01..2026-10（起止月）、2026-01-01..2026-11-19（起止日）"
LAST_YEARS = (1990, 2200)


@dataclass(frozen=True, order=True)
class Period:
    """Days from `start` to `end`, both in it (含首尾)."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise BadPeriod(f"时段的终点 {self.end} 早于起点 {self.start}。{HOW}")

    @classmethod
    def day(cls, day: date) -> Period:
        return cls(day, day)

    @classmethod
    def month(cls, year: int, month: int) -> Period:
        return cls(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))

    @classmethod
    def months(cls, year: int, first: int, last: int) -> Period:
        return cls(date(year, first, 1), cls.month(year, last).end)

    @classmethod
    def year(cls, year: int) -> Period:
        return cls(date(year, 1, 1), date(year, 12, 31))

    @classmethod
    def year_to(cls, day: date) -> Period:
        """From 1 January to `day` (年初至今)."""
        return cls(date(day.year, 1, 1), day)

    @classmethod
    def parse(cls, text: str) -> Period:
        """A period as a person or an address writes it; refuses anything else with the ways to write one."""
        text = text.strip().replace("_", "..")
        try:
            if ".." in text:
                first, last = (cls.parse(part) for part in text.split("..", 1))
                return cls(first.start, last.end)
            if found := re.fullmatch(r"(\d{4})-Q([1-4])", text):
                year, quarter = int(found[1]), int(found[2])
                return cls.months(_year(year), quarter * 3 - 2, quarter * 3)
            parts = [int(part) for part in text.split("-")]
            _year(parts[0])
            if re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", text):
                return cls.day(date(*parts))
            if re.fullmatch(r"\d{4}-\d{1,2}", text):
                return cls.month(*parts)
            if re.fullmatch(r"\d{4}", text):
                return cls.year(parts[0])
        except BadPeriod:
            raise
        except (ValueError, calendar.IllegalMonthError):
            pass
        raise BadPeriod(f"看不懂时段“{text[:40]}”。{HOW}")

    @property
    def n_days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def days(self) -> np.ndarray:
        """Its days as ``datetime64[D]``."""
        return np.arange(np.datetime64(self.start), np.datetime64(self.end) + 1)

    @property
    def is_whole_months(self) -> bool:
        return self.start.day == 1 and (self.end + timedelta(days=1)).day == 1

    @property
    def is_month(self) -> bool:
        return self.is_whole_months and (self.start.year, self.start.month) == (self.end.year, self.end.month)

    @property
    def is_year(self) -> bool:
        return self.is_whole_months and self.start.month == 1 and self.end.month == 12 and self.start.year == self.end.year

    @property
    def token(self) -> str:
        """As `parse` reads it back: the form kept in addresses and records."""
        if self.n_days == 1:
            return f"{self.start:%Y-%m-%d}"
        if self.is_year:
            return f"{self.start:%Y}"
        if self.is_month:
            return f"{self.start:%Y-%m}"
        if self.is_whole_months:
            return f"{self.start:%Y-%m}..{self.end:%Y-%m}"
        return f"{self.start:%Y-%m-%d}..{self.end:%Y-%m-%d}"

    @property
    def title(self) -> str:
        """In Chinese as documents write it: 2026年10月, 2026年1—10月, 2026年1月1日—11月19日."""
        return f"{self.start.year}年" + self.short if not self.is_year else f"{self.start.year}年"

    @property
    def short(self) -> str:
        """Without the first year: 10月, 1—10月, 全年, 11月3日."""
        a, b = self.start, self.end
        if self.n_days == 1:
            return f"{a.month}月{a.day}日"
        if self.is_year:
            return "全年"
        if self.is_month:
            return f"{a.month}月"
        same_year = a.year == b.year
        if self.is_whole_months:
            return f"{a.month}—{b.month}月" if same_year else f"{a.month}月—{b.year}年{b.month}月"
        until = f"{b.month}月{b.day}日" if same_year else f"{b.year}年{b.month}月{b.day}日"
        return f"{a.month}月{a.day}日—{until}"

    def last_year(self) -> Period:
        """The same span of last year (同期).

        Whole months compare with whole months, so February takes all its days on either side; other ends keep month and
        day, and 29 February, which last year has not, becomes 28 February as an end and 1 March as a start.
        """
        start = _back(self.start, leap_to=1)
        if self.is_whole_months:
            return Period(start, Period.month(self.end.year - 1, self.end.month).end)
        end = _back(self.end, leap_to=-1)
        return Period(start, max(start, end)) if self.n_days > 1 else Period(end, end)

    def previous(self) -> Period:
        """The span of the same kind just before (上期): the month before a month, else as many days before."""
        if self.is_month:
            last = self.start - timedelta(days=1)
            return Period.month(last.year, last.month)
        return Period(self.start - timedelta(days=self.n_days), self.start - timedelta(days=1))

    def to_date(self) -> Period:
        """From 1 January of its end's year to its end (累计)."""
        return Period.year_to(self.end)

    def __str__(self) -> str:
        return self.title


def _back(day: date, *, leap_to: int) -> date:
    if (day.month, day.day) == (2, 29):
        return date(day.year - 1, 2, 28) if leap_to < 0 else date(day.year - 1, 3, 1)
    return day.replace(year=day.year - 1)


def _year(year: int) -> int:
    if not LAST_YEARS[0] <= year <= LAST_YEARS[1]:
        raise BadPeriod(f"年份 {year} 不在 {LAST_YEARS[0]}—{LAST_YEARS[1]} 之间。{HOW}")
    return year
