"""When a case is due: the limit of its state, the term of the whole, and whether the calendar was known (期限)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from qingshan.bureau.base import packs
from qingshan.bureau.cases import clocks
from qingshan.bureau.cases.declared import Limit, Workflow

AMBER = 0.75
"""share of a limit used when its light turns"""


def calendar() -> clocks.Calendar:
    """The working calendar of all declared years together."""
    years = list(packs.all("holidays").values())
    hours = tuple(_span(h) for h in years[-1].hours) if years else clocks.Calendar().hours
    return clocks.Calendar(
        clocks.spans(t for y in years for t in y.off),
        clocks.spans(t for y in years for t in y.work),
        hours,
        frozenset(y.of for y in years),
    )


def _span(text: str) -> tuple[time, time]:
    begin, end = text.split("-")
    return time.fromisoformat(begin), time.fromisoformat(end)


@dataclass(frozen=True)
class Due:
    """The moments of a limit: when it runs out, when its light turns, and whether days of an unpublished year were reckoned."""

    due_at: datetime | None = None
    warn_at: datetime | None = None
    guessed: bool = False


def term(declared: Workflow, opened_at: datetime) -> datetime | None:
    return clocks.due(declared.term, opened_at, calendar()) if declared.term else None


def due(declared: Workflow, state: str, start: datetime, term_at: datetime | None) -> Due:
    """What a state entered at `start` has until: its own limit or the term of the whole, whichever is first; ends have none."""
    if state in declared.final:
        return Due()
    limit, days = declared.limit.get(state), calendar()
    ends = [clocks.due(limit, start, days)] if limit else []
    if term_at:
        ends.append(term_at)
    return until(start, min(ends), _guessed(limit, start, days) or _guessed(declared.term, start, days, term_at)) if ends else Due()


def until(start: datetime, end: datetime, guessed: bool = False) -> Due:
    return Due(end, start + (end - start) * AMBER if end > start else end, guessed)


def _guessed(limit: Limit | None, start: datetime, days: clocks.Calendar, end: datetime | None = None) -> bool:
    if limit is None or not clocks.needs_calendar(limit):
        return False
    return bool(days.guesses(start, end or clocks.due(limit, start, days)))


def put_off(end: datetime, span: int, in_workdays: bool) -> datetime:
    """A limit put off by days or working days; it keeps its hour."""
    if in_workdays:
        return datetime.combine(calendar().add_workdays(end, span).date(), end.time())
    return end + timedelta(days=span)


def unpublished(start: datetime, end: datetime | None) -> str:
    """What to say beside a limit that was reckoned over a year whose holidays are not published; else ""."""
    years = calendar().guesses(start, end) if end else ()
    return f"{'、'.join(map(str, years))} 年放假安排还没有录入，按周一至周五推算；公布录入后自动重算" if years else ""
