"""Values that units report (单位填报): which reports speak for a period, and what they come to together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction

from qingshan.bureau.indicators.declared_sources import Reported
from qingshan.bureau.indicators.models import Report
from qingshan.bureau.indicators.periods import Period

EVERY = {"week": "周", "month": "月", "quarter": "季", "half_year": "半年", "year": "年"}


def span_of(every: str, day: date) -> Period:
    """The span of that rhythm that holds the day."""
    if every == "week":
        year, week, _ = day.isocalendar()
        return Period.week(year, week)
    size = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}[every]
    first = (day.month - 1) // size * size + 1
    return Period.months(day.year, first, first + size - 1)


def spans(every: str, period: Period) -> list[Period] | None:
    """The spans a period is made of; None where it does not begin and end with them."""
    found, at = [], period.start
    while at <= period.end:
        span = span_of(every, at)
        if span.start != at or span.end > period.end:
            return None
        found.append(span)
        at = span.end + timedelta(days=1)
    return found


class Reports:
    """All reports that count, asked for once a page."""

    def __init__(self, places):
        self.places = places
        self._kept: dict[tuple[str, int, str], Report] | None = None

    def counted(self) -> dict[tuple[str, int, str], Report]:
        """By indicator, area and period, the last confirmed version."""
        if self._kept is None:
            found = Report.objects.filter(state=Report.State.CONFIRMED).order_by("version").select_related("area").defer("area__geometry")
            self._kept = {(r.indicator, r.area_id, r.period): r for r in found}
        return self._kept

    def pieces(self, indicator, place, period: Period) -> tuple[list[list], str]:
        """The reports that make a value: [[id, area name, period title, value text], …], and why there is no value."""
        source: Reported = indicator.source
        wanted = spans(source.every, period)
        if wanted is None:
            if source.over != "last":
                return [], f"按{EVERY[source.every]}填报，{period.title}不由整{EVERY[source.every]}组成"
            wanted = list(_inside(source.every, period))
        if source.over == "last":
            wanted = wanted[::-1]
        own = self._of(indicator.name, place.id, wanted, source)
        if own[1] == "" or source.up == "own" or place.level == "town":
            return own
        towns = [p for p in self.places.values() if p.level == "town" and p.id in place.inside]
        rows: list[list] = []
        lacking = []
        for town in towns:
            pieces, reason = self._of(indicator.name, town.id, wanted, source)
            rows += pieces
            if reason:
                lacking.append(town.name)
        if lacking or not towns:
            return rows, f"{'、'.join(lacking[:5])}{'等' if len(lacking) > 5 else ''}还没有填报或没有确认" if towns else own[1]
        return rows, ""

    def _of(self, name: str, area: int, wanted: Iterable[Period], source: Reported) -> tuple[list[list], str]:
        counted = self.counted()
        if source.over == "last":
            found = next((counted[name, area, s.token] for s in wanted if (name, area, s.token) in counted), None)
            return ([_row(found)], "") if found else ([], "还没有已确认的填报")
        rows = [counted[name, area, s.token] for s in wanted if (name, area, s.token) in counted]
        missing = [s.title for s in wanted if (name, area, s.token) not in counted]
        said = f"{'、'.join(missing[:4])}{'等' if len(missing) > 4 else ''}还没有填报或没有确认"
        return [_row(r) for r in rows], said if missing else ""


def _inside(every: str, period: Period) -> Iterable[Period]:
    """The spans that end within the period, after the last one that ended before it."""
    at = span_of(every, span_of(every, period.start).start - timedelta(days=1))
    while at.end <= period.end:
        yield at
        at = span_of(every, at.end + timedelta(days=1))


def _row(report: Report) -> list:
    return [report.pk, report.area_id, f"{report.area.name} {Period.parse(report.period).title}", format(report.value, "f")]


def together(source: Reported, pieces: list[list]) -> float:
    """What the pieces come to: within an area by `over`, across areas by `up`."""
    areas: dict[int, list[Fraction]] = {}
    for _, area, _, text in pieces:
        areas.setdefault(area, []).append(Fraction(text))
    each = [sum(v) / (len(v) if source.over == "mean" else 1) for v in areas.values()]
    return float(sum(each) / (len(each) if source.up == "mean" else 1))
