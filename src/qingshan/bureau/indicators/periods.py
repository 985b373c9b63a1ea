"""Spans of days, or one hour (时段): their names in Chinese, and the same span of last year (同比).

A period is its days: however it was written, the same days are the same period, with one token and one title.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np


class BadPeriod(ValueError):
    """A period that cannot be read; the message says how to write one."""


HOW = (
    "时段写法：2026（年）、2026-10（月）、2026-Q3（季）、2026-H1（半年）、2026-10-01（日）、2026-10-01T14（时）、2026-W40（周）、"
    "2026-10-T1（上旬，T2 中旬，T3 下旬）、2026-10-B1（上半月，B2 下半月）、2026-01..2026-10（起止月）、2026-01-01..2026-11-19（起止日）、"
    "2024..2026（多年）、30d@2026-11-19（到某日的最近 30 天）、12m@2026-10（到某月的最近 12 个月）、ytd@2026-11-19（年初至某日）"
)
LAST_YEARS = (1990, 2200)
TEN_DAYS = {1: (1, 10), 2: (11, 20), 3: (21, 31)}
TEN_WORDS = {1: "上旬", 2: "中旬", 3: "下旬"}
LONGEST = 366 * 10
"""days: a period that is asked for is no longer"""


@dataclass(frozen=True, order=True)
class Period:
    """Days from `start` to `end`, both in it (含首尾); or the one hour of `start` that ends at `hour` (1–24)."""

    start: date
    end: date
    hour: int = 0
    """0: whole days; 14: the hour from 13:00 to 14:00, as GB 3095 labels hours by their end"""
    label: str = field(default="", compare=False)
    """its own name where a bureau has one (采暖期)"""

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise BadPeriod(f"时段的终点 {self.end} 早于起点 {self.start}。{HOW}")
        if self.hour and (self.start != self.end or not 1 <= self.hour <= 24):
            raise BadPeriod(f"小时 {self.hour} 不在 1—24 之间，或不在一天之内。{HOW}")

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
    def years(cls, first: int, last: int) -> Period:
        return cls(date(first, 1, 1), date(last, 12, 31))

    @classmethod
    def week(cls, year: int, number: int) -> Period:
        """A week by ISO 8601: Monday to Sunday, the first holds 4 January (周)."""
        start = date.fromisocalendar(year, number, 1)
        return cls(start, start + timedelta(days=6))

    @classmethod
    def ten_days(cls, year: int, month: int, part: int) -> Period:
        """One third of a month: 1–10, 11–20, 21 to its end (上、中、下旬)."""
        first, last = TEN_DAYS[part]
        return cls(date(year, month, first), date(year, month, min(last, calendar.monthrange(year, month)[1])))

    @classmethod
    def half_month(cls, year: int, month: int, part: int) -> Period:
        """1–15, or 16 to the month's end (上、下半月)."""
        return cls(date(year, month, 1), date(year, month, 15)) if part == 1 else cls(date(year, month, 16), cls.month(year, month).end)

    @classmethod
    def last_days(cls, count: int, end: date) -> Period:
        """The last `count` days up to `end` (滚动 N 天)."""
        if not 1 <= count <= LONGEST:
            raise BadPeriod(f"滚动时段 {count} 天不在 1—{LONGEST} 之间。{HOW}")
        return cls(end - timedelta(days=count - 1), end)

    @classmethod
    def last_months(cls, count: int, year: int, month: int) -> Period:
        """The last `count` whole months up to that month (滚动 N 个月)."""
        if not 1 <= count <= LONGEST // 31:
            raise BadPeriod(f"滚动时段 {count} 个月不在 1—{LONGEST // 31} 之间。{HOW}")
        first = year * 12 + month - count
        return cls(date(first // 12, first % 12 + 1, 1), cls.month(year, month).end)

    @classmethod
    def hour_of(cls, at: datetime) -> Period:
        """The hour a label names: 00:00 is the 24th hour of the day before."""
        return cls(*(at.date() - timedelta(days=1),) * 2, 24) if at.hour == 0 else cls(at.date(), at.date(), at.hour)

    @classmethod
    def year_to(cls, day: date) -> Period:
        """From 1 January to `day` (年初至今)."""
        return cls(date(day.year, 1, 1), day)

    @classmethod
    def parse(cls, text: str) -> Period:
        """A period as a person or an address writes it; refuses anything else with the ways to write one."""
        found = cls._read(text)
        if found.n_days > LONGEST:
            raise BadPeriod(f"时段“{text[:40]}”超过 10 年，请分几段取。{HOW}")
        return found

    @classmethod
    def _read(cls, text: str) -> Period:
        text = text.strip().replace("_", "..")
        try:
            if ".." in text:
                first, last = (cls._read(part) for part in text.split("..", 1))
                return cls(first.start, last.end)
            if "@" in text:
                return cls._moving(*text.split("@", 1))
            for pattern, make in _WRITTEN:
                if found := re.fullmatch(pattern, text, re.IGNORECASE | re.ASCII):
                    said = [int(part) for part in found.groups()]
                    _year(said[0])
                    return make(cls, *said)
        except BadPeriod:
            raise
        except (ValueError, OverflowError, calendar.IllegalMonthError):
            pass
        raise BadPeriod(f"看不懂时段“{text[:40]}”。{HOW}")

    @classmethod
    def _moving(cls, head: str, tail: str) -> Period:
        until = cls._read(tail)
        if head.lower() == "ytd":
            return cls.year_to(until.end)
        count, unit = int(head[:-1]), head[-1:].lower()
        if unit not in ("d", "m") or not head[:-1].isascii() or not head[:-1].isdigit():
            raise BadPeriod(f"看不懂时段“{head[:20]}@{tail[:20]}”。{HOW}")
        return cls.last_days(count, until.end) if unit == "d" else cls.last_months(count, until.end.year, until.end.month)

    @property
    def kind(self) -> str:
        """What its days are: hour day week ten_days half_month month quarter half_year year years months days."""
        a, b = self.start, self.end
        if self.hour or a == b:
            return "hour" if self.hour else "day"
        if self.is_whole_months:
            count = (b.year - a.year) * 12 + b.month - a.month + 1
            aligned = {1: "month", 3: "quarter", 6: "half_year", 12: "year"}
            if count in aligned and (a.month - 1) % count == 0:
                return aligned[count]
            return "years" if count % 12 == 0 and a.month == 1 else "months"
        if (a.year, a.month) == (b.year, b.month):
            last = calendar.monthrange(a.year, a.month)[1]
            if any((a.day, b.day) == (first, min(until, last)) for first, until in TEN_DAYS.values()):
                return "ten_days"
            if (a.day, b.day) in ((1, 15), (16, last)):
                return "half_month"
        return "week" if a.isoweekday() == 1 and self.n_days == 7 else "days"

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
        kind, a, b = self.kind, self.start, self.end
        if kind == "hour":
            return f"{a:%Y-%m-%d}T{self.hour:02d}"
        if kind == "day":
            return f"{a:%Y-%m-%d}"
        if kind == "week":
            return "{}-W{:02d}".format(*a.isocalendar()[:2])
        if kind == "ten_days":
            return f"{a:%Y-%m}-T{(a.day + 9) // 10}"
        if kind == "half_month":
            return f"{a:%Y-%m}-B{1 if a.day == 1 else 2}"
        if kind in ("year", "years"):
            return f"{a:%Y}" if kind == "year" else f"{a:%Y}..{b:%Y}"
        if kind == "month":
            return f"{a:%Y-%m}"
        if self.is_whole_months:
            return f"{a:%Y-%m}..{b:%Y-%m}"
        return f"{a:%Y-%m-%d}..{b:%Y-%m-%d}"

    @property
    def title(self) -> str:
        """In Chinese as documents write it: 2026年10月, 2026年1—10月, 2026年1月1日—11月19日, 2026年第47周（11月16日—22日）."""
        if self.label:
            return self.label
        kind = self.kind
        if kind == "year":
            return f"{self.start.year}年"
        if kind == "years":
            return f"{self.start.year}—{self.end.year}年"
        if kind == "week":
            return f"{self.start.isocalendar().year}年{self.short}"
        return f"{self.start.year}年" + self.short

    @property
    def short(self) -> str:
        """Without the first year: 10月, 1—10月, 全年, 11月3日, 11月上旬, 第47周（11月16日—22日）."""
        kind, a, b = self.kind, self.start, self.end
        if kind == "hour":
            return f"{a.month}月{a.day}日{self.hour}时"
        if kind == "day":
            return f"{a.month}月{a.day}日"
        if kind == "year":
            return "全年"
        if kind == "years":
            return f"至{b.year}年"
        if kind == "month":
            return f"{a.month}月"
        if kind == "ten_days":
            return f"{a.month}月{TEN_WORDS[(a.day + 9) // 10]}"
        if kind == "half_month":
            return f"{a.month}月{'上' if a.day == 1 else '下'}半月"
        same_year = a.year == b.year
        if self.is_whole_months:
            return f"{a.month}—{b.month}月" if same_year else f"{a.month}月—{b.year}年{b.month}月"
        until = f"{b.month}月{b.day}日" if same_year else f"{b.year}年{b.month}月{b.day}日"
        if kind == "week":
            number = a.isocalendar().week
            until = f"{b.day}日" if a.month == b.month else until
            return f"第{number}周（{a.month}月{a.day}日—{until}）"
        return f"{a.month}月{a.day}日—{until}"

    def last_year(self) -> Period:
        """The same span of last year (同期).

        Whole months compare with whole months, so February takes all its days on either side, and several years with as many
        years before; other ends keep month and day, and 29 February, which last year has not, becomes 28 February as an end and
        1 March as a start. A ten-day or half-month span that ends its month ends last year's too; a week keeps its dates.
        """
        kind = self.kind
        if kind == "years":
            count = self.end.year - self.start.year + 1
            return Period.years(self.start.year - count, self.end.year - count)
        if kind == "hour":
            return Period(*(_back(self.start, leap_to=-1),) * 2, self.hour)
        if kind == "ten_days":
            return Period.ten_days(self.start.year - 1, self.start.month, (self.start.day + 9) // 10)
        if kind == "half_month":
            return Period.half_month(self.start.year - 1, self.start.month, 1 if self.start.day == 1 else 2)
        start = _back(self.start, leap_to=1)
        if self.is_whole_months:
            return Period(start, Period.month(self.end.year - 1, self.end.month).end)
        end = _back(self.end, leap_to=-1)
        return Period(start, max(start, end)) if self.n_days > 1 else Period(end, end)

    def previous(self) -> Period:
        """The span of the same kind just before (上期): the month before a month, the week before a week; else as many days before."""
        kind, before = self.kind, self.start - timedelta(days=1)
        if kind == "hour":
            return Period(before, before, 24) if self.hour == 1 else Period(self.start, self.start, self.hour - 1)
        if kind == "month":
            return Period.month(before.year, before.month)
        if kind in ("quarter", "half_year", "year", "years"):
            count = (self.end.year - self.start.year) * 12 + self.end.month - self.start.month + 1
            return Period.last_months(count, before.year, before.month)
        if kind == "ten_days":
            return Period.ten_days(before.year, before.month, min(3, (before.day + 9) // 10))
        if kind == "half_month":
            return Period.half_month(before.year, before.month, 1 if before.day == 15 else 2)
        return Period(self.start - timedelta(days=self.n_days), before)

    def to_date(self) -> Period:
        """From 1 January of its end's year to its end (累计)."""
        return Period.year_to(self.end)

    def __str__(self) -> str:
        return self.title


_WRITTEN = (
    (r"(\d{4})", Period.year.__func__),
    (r"(\d{4})-(\d{1,2})", Period.month.__func__),
    (r"(\d{4})-(\d{1,2})-(\d{1,2})", lambda cls, y, m, d: cls.day(date(y, m, d))),
    (r"(\d{4})-(\d{1,2})-(\d{1,2})T(\d{1,2})(?::00)?", lambda cls, y, m, d, h: _hour(cls, date(y, m, d), h)),
    (r"(\d{4})-Q([1-4])", lambda cls, y, q: cls.months(y, q * 3 - 2, q * 3)),
    (r"(\d{4})-H([12])", lambda cls, y, h: cls.months(y, h * 6 - 5, h * 6)),
    (r"(\d{4})-W(\d{1,2})", Period.week.__func__),
    (r"(\d{4})-(\d{1,2})-T([123])", Period.ten_days.__func__),
    (r"(\d{4})-(\d{1,2})-B([12])", Period.half_month.__func__),
)
"""How a period may be written, and what is made of it."""


def _hour(cls, day: date, hour: int) -> Period:
    return cls.hour_of(datetime(day.year, day.month, day.day)) if hour == 0 else cls(day, day, hour)


def _back(day: date, *, leap_to: int) -> date:
    if (day.month, day.day) == (2, 29):
        return date(day.year - 1, 2, 28) if leap_to < 0 else date(day.year - 1, 3, 1)
    return day.replace(year=day.year - 1)


def _year(year: int) -> int:
    if not LAST_YEARS[0] <= year <= LAST_YEARS[1]:
        raise BadPeriod(f"年份 {year} 不在 {LAST_YEARS[0]}—{LAST_YEARS[1]} 之间。{HOW}")
    return year
