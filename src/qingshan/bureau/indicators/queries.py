"""Questions about values, rankings and runs (指标查询). Cockpit, ranking, bulletin and ledger all ask here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from qingshan.bureau.base import packs
from qingshan.bureau.base.models import Person
from qingshan.bureau.indicators import assessments, rankings
from qingshan.bureau.indicators.assessments import Assessment
from qingshan.bureau.indicators.declared import Indicator, Scheme
from qingshan.bureau.indicators.models import AssessmentRun, Deduction, Ranking
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.values import Value


def indicators() -> list[Indicator]:
    """Every declared indicator, by its number (口径号)."""
    return sorted(packs.all("indicators").values(), key=lambda i: i.code)


def indicator(name: str) -> Indicator:
    return packs.get("indicators", name)


def schemes() -> list[Scheme]:
    return sorted(packs.all("schemes").values(), key=lambda s: s.name, reverse=True)


def scheme(name: str) -> Scheme:
    return packs.get("schemes", name)


def assessment(period: Period) -> Assessment:
    """What a period's values come from."""
    return assessments.of(period)


def value(name: str, *, area=None, station: str = "", period: Period, comparison: bool = True) -> Value:
    """One value of one area or station in a period, with last year's same span (指标值)."""
    with assessments.steady():
        return assessments.of(period).value(name, area=area, station=station, period=period, comparison=comparison)


def values(name: str, areas: Iterable, period: Period, *, comparison: bool = True) -> dict[int, Value]:
    """One indicator of several areas, by area id; the number of database queries does not grow with the areas."""
    with assessments.steady():
        held = assessments.of(period)
        return {getattr(a, "pk", None) or a.id: held.value(name, area=a, period=period, comparison=comparison) for a in areas}


def year_to_date(on: date | None = None) -> Period:
    """From 1 January to the last whole day of data, not after `on` (年初至今)."""
    last = assessments.last_day()
    return Period.year_to(min(last, on) if on else last)


def run_of(held: Assessment) -> AssessmentRun | None:
    """The run on record that made these values; None where nobody has needed it on record yet."""
    return AssessmentRun.objects.filter(identity=held.identity).first()


def ranking(scheme_name: str, period: Period, *, as_of: int | None = None) -> tuple[rankings.Table, Assessment]:
    """The ranking of a period as the data stand (试算), or as they stood at a run's sequence (`as_of`)."""
    held = assessments.of(period, as_of=as_of)
    return rankings.compute(held, scheme(scheme_name), period), held


def published(scheme_name: str, period: Period | None = None) -> Ranking | None:
    """The latest published ranking of a period, or of any."""
    found = Ranking.objects.filter(scheme=scheme_name).select_related("run", "by")
    return (found.filter(period=period.token) if period else found).order_by("-period", "-version").first()


def published_periods(scheme_name: str) -> list[Period]:
    tokens = Ranking.objects.filter(scheme=scheme_name).values_list("period", flat=True).distinct()
    return sorted((Period.parse(token) for token in tokens), reverse=True)


def may_see_drafts(person: Person) -> bool:
    """Trial figures of a ranking are for the bureau; what is published is for everyone who signs in."""
    return person.scope_areas() is None


def deductions(period: Period | None = None):
    found = Deduction.objects.filter(withdrawn=None).select_related("by", "area").order_by("-day")
    return found.filter(day__gte=period.start, day__lte=period.end) if period else found
