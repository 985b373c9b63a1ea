"""What is measured for a case (实测): values by day, hour or month, asked of the floors above, and what they say of a limit.

An app above registers a function in its ``AppConfig.ready``::

    from qingshan.bureau.cases import measures
    measures.providers.add("monitor")(values)        # values(case, gauge, first, last) -> list[Value] | None
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from qingshan.terms.registry import Registry

if TYPE_CHECKING:
    from qingshan.bureau.cases.declared import Gauge
    from qingshan.bureau.cases.models import Case


@dataclass(frozen=True)
class Value:
    """One valid value: the moment its hour ends, or midnight of its day or of its month's first day."""

    at: datetime
    value: float
    text: str = ""

    @property
    def day(self) -> date:
        return self.at.date()


providers: Registry[Callable[[Case, Gauge, date, date], list[Value] | None]] = Registry("事项取数")


def values(case: Case, gauge: Gauge, first: date, last: date) -> list[Value]:
    """Valid values of a span of days, in order; none where nobody measures this for the case."""
    for name in providers:
        found = providers[name](case, gauge, first, last)
        if found is not None:
            return sorted(found, key=lambda v: v.at)
    return []


@dataclass(frozen=True)
class Stretch:
    """The unbroken run of days within the limit that ends yesterday."""

    good: int
    since: date | None
    until: date
    words: str


def stretch(case: Case, gauge: Gauge, wanted: int, today: date) -> Stretch:
    """How many days in a row, up to yesterday, had valid values all within the limit; looks back `wanted` days."""
    until = today - timedelta(days=1)
    by_day: dict[date, list[Value]] = {}
    for value in values(case, gauge, until - timedelta(days=wanted - 1), until):
        by_day.setdefault(value.day, []).append(value)
    day, good, stop = until, 0, ""
    while good < wanted:
        found = by_day.get(day)
        if not found:
            stop = f"{day.month}月{day.day}日没有有效数据"
            break
        bad = next((v for v in found if gauge.is_bad(v.value)), None)
        if bad is not None:
            stop = f"{day.month}月{day.day}日为 {bad.text or f'{bad.value:g}'}"
            break
        good, day = good + 1, day - timedelta(days=1)
    since = until - timedelta(days=good - 1) if good else None
    words = f"{gauge.words}，连续达标 {good} / {wanted} 天" + (f"（{stop}）" if stop else "")
    return Stretch(good, since, until, words)


def bad_run(found: list[Value], gauge: Gauge, times: int, within: int) -> list[Value]:
    """The first `times` bad values that lie in one span of `within` days; empty where there are none."""
    bad = [v for v in found if gauge.is_bad(v.value)]
    for i in range(len(bad) - times + 1):
        run = bad[i : i + times]
        if run[-1].at - run[0].at < timedelta(days=within):
            return run
    return []
