"""Questions about values, rankings and runs (指标查询). Cockpit, ranking, bulletin and ledger all ask here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from django.db.models import Count, Max, Min

from qingshan.bureau.base import clock, countable, packs
from qingshan.bureau.base.models import Area, Organisation, Person
from qingshan.bureau.indicators import assessments, inputs, rankings, rosters, subjects
from qingshan.bureau.indicators.assessments import Assessment, Place
from qingshan.bureau.indicators.declared import Indicator
from qingshan.bureau.indicators.declared_rosters import Roster, RosterKind
from qingshan.bureau.indicators.methods import methods
from qingshan.bureau.indicators.models import AssessmentRun, Deduction, Entry, ImportedFigure, Ranking, Report, RosterVersion
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.schemes import Scheme
from qingshan.bureau.indicators.subjects import Subject
from qingshan.bureau.indicators.values import Input, Value


def indicators() -> list[Indicator]:
    """Every declared indicator, by its number (口径号)."""
    return sorted(packs.all("indicators").values(), key=lambda i: int(i.code.removeprefix("KQ-")))


def indicator(name: str) -> Indicator:
    return packs.get("indicators", name)


def schemes() -> list[Scheme]:
    """Schemes in force today, in their own order; the first is the cockpit's."""
    return sorted(packs.all("schemes", at=clock.today()).values(), key=lambda s: (s.order, s.name))


def scheme(name: str, at: date | None = None) -> Scheme:
    """A scheme as declared, by its version in force on a day."""
    return packs.get("schemes", name, at=at)


RHYTHMS = {"month": "月", "quarter": "季", "year": "年"}


def fits(said: Scheme, period: Period) -> bool:
    """Whether a period is one of the scheme's rhythm (月、季、年)."""
    quarter = period.is_whole_months and period.start.month % 3 == 1 and 89 < period.n_days < 93
    return {"month": period.is_month, "quarter": quarter, "year": period.is_year}[said.rhythm]


def entered(said: Scheme, person: Person | None = None) -> dict[str, str]:
    """What people enter for a scheme: items, extras and vetoes, by name with their titles; of a township only what it may enter."""
    if person is not None and person.scope_areas() is not None:
        is_town = person.organisation is not None and person.organisation.kind == Organisation.Kind.TOWN
        return {i.name: i.title for i in said.item if is_town and "town" in i.by}
    rows = [(i.name, i.title) for i in said.item if i.entered]
    return dict([*rows, *((b.name, b.title) for b in said.bonus), *((v.name, v.title) for v in said.veto)])


def subject(said: Scheme) -> Subject:
    """What a scheme's order rests on, as pages and documents name it (排名依据)."""
    return subjects.subject(said)


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


def is_ready(indicator: Indicator) -> bool:
    """Whether a value can be asked for at all: one of station days needs hours in the store."""
    source = indicator.source
    return source.kind != "observations" or methods[source.method].grain == "samples" or assessments.has_data()


def place(held: Assessment, person: Person, code: str) -> Place:
    """An area by its code within a person's scope; empty or the district's own for the district, which everyone sees.

    ``group:name`` is a declared group, for who sees the whole bureau. Raises `assessments.Unknown`.
    """
    if code in ("", held.district.code):
        return held.district
    if code.startswith("group:"):
        if person.scope_areas() is not None:
            raise assessments.Unknown(f"没有区域“{code}”")
        return held.group(code.removeprefix("group:"))
    found = Area.objects.within(person).filter(code=code).first()
    if found is None:
        raise assessments.Unknown(f"没有区域“{code}”，或不在你的可见范围")
    return held.place(found.pk)


def season(name: str, year: int) -> Period:
    """A declared season that begins in `year` (采暖期、汛期)."""
    declared = packs.get("seasons", name)
    wraps = declared.last < declared.first
    start, end = _month_day(year, declared.first), _month_day(year + wraps, declared.last)
    return replace(Period(start, end), label=f"{year}—{year + 1}年{declared.title}" if wraps else f"{year}年{declared.title}")


def period(text: str) -> Period:
    """A period as written, or a declared season with the year it begins in: ``heating-2025``."""
    name, _, year = text.strip().rpartition("-")
    if name in packs.all("seasons") and year.isdigit() and 1990 <= int(year) <= 2200:
        return season(name, int(year))
    return Period.parse(text)


def _month_day(year: int, text: str) -> date:
    """A day of a year; 29 February is the 28th where there is none."""
    try:
        return date.fromisoformat(f"{year}-{text}")
    except ValueError:
        return date(year, 2, 28)


def year_to_date(on: date | None = None) -> Period:
    """From 1 January to the last whole day of data, not after `on` (年初至今)."""
    last = assessments.last_day()
    return Period.year_to(min(last, on) if on else last)


def run_of(held: Assessment, value: Value | None = None) -> AssessmentRun | None:
    """The run on record that made these values; None where nobody has needed it on record yet."""
    return AssessmentRun.objects.filter(identity=value.run if value is not None and value.basis else held.identity).first()


def ranking(scheme_name: str, period: Period, *, as_of: int | None = None) -> tuple[rankings.Table, Assessment]:
    """The ranking of a period as the data stand (试算), or as they stood at a run's sequence (`as_of`)."""
    said = scheme(scheme_name, period.end)
    held = assessed(said, period, as_of=as_of)
    return rankings.compute(held, said, period), held


def observes(said: Scheme) -> bool:
    """Whether something of a scheme is measured and can be asked for: samples need no hours of the air in the store."""
    if assessments.has_data():
        return inputs.observes(said)
    measured = [indicator(i.indicator) for one in inputs.with_others(said).values() for i in one.item if i.indicator]
    return any(i.source.kind == "observations" and is_ready(i) for i in measured)


def assessed(said: Scheme, period: Period, *, as_of: int | None = None) -> Assessment | None:
    """The assessment a scheme's period rests on, with data received until its cut-off; None where nothing has been observed."""
    if not observes(said):
        return None
    until = inputs.cutoff_of(said, period)
    return assessments.of(period, as_of=until if until is not None and until < clock.now() else as_of)


def published(scheme_name: str, period: Period | None = None) -> Ranking | None:
    """The latest published ranking of a period, or of any."""
    found = Ranking.objects.filter(scheme=scheme_name, state=Ranking.State.PUBLISHED).select_related("run", "by")
    return (found.filter(period=period.token) if period else found).order_by("-period", "-version").first()


def published_periods(scheme_name: str) -> list[Period]:
    tokens = Ranking.objects.filter(scheme=scheme_name, state=Ranking.State.PUBLISHED).values_list("period", flat=True).distinct()
    return sorted((Period.parse(token) for token in tokens), reverse=True)


def versions(scheme_name: str, period: Period) -> list[Ranking]:
    """Every published version of a period, newest first (历次)."""
    found = Ranking.objects.filter(scheme=scheme_name, period=period.token, state=Ranking.State.PUBLISHED)
    return list(found.select_related("by", "confirmed_by").order_by("-version"))


def proposed(scheme_name: str, period: Period) -> Ranking | None:
    """What waits for a second person (待复核)."""
    return Ranking.objects.filter(scheme=scheme_name, period=period.token, state=Ranking.State.PROPOSED).select_related("by").first()


def fillable(person: Person) -> list[Scheme]:
    """Schemes in force for which this person enters something: the bureau all, a township those of its villages."""
    return [s for s in schemes() if entered(s, person)]


def entries(said: Scheme, period: Period, person: Person):
    """What has been entered for a scheme's period, the last first (填报记录); to a township what concerns its own villages."""
    found = Entry.objects.filter(scheme=said.name, period=period.token)
    if person.scope_areas() is not None:
        own = Area.objects.within(person).filter(level=said.units.kind).values_list("code", flat=True)
        found = found.filter(item__in=entered(said, person), code__in=own)
    return found.select_related("by", "organisation", "decided_by").order_by("-pk")


def waiting_entries(person: Person):
    """What townships have entered and this person may confirm, the oldest first (待确认)."""
    if person.scope_areas() is not None or not person.has_perm("indicators.confirm_score"):
        return Entry.objects.none()
    found = Entry.objects.filter(state=Entry.State.WAITING).exclude(by=person)
    return found.select_related("by", "organisation", "decided_by").order_by("pk")


def imported_sets() -> list[dict]:
    """Every declared set of figures with what has been imported of it (外来数据)."""
    rows = ImportedFigure.objects.values("series").annotate(n=Count("pk"), first=Min("period"), last=Max("period"), at=Max("at"))
    by_name = {r["series"]: r for r in rows}
    return [{"name": name, "set": s, "there": by_name.get(name)} for name, s in sorted(packs.all("figures").items())]


def strange_units(series: str) -> list[str]:
    """Names in the last import of a set that are no area of this district: other districts' units, or misspelt ones."""
    last = ImportedFigure.objects.filter(series=series).last()
    if last is None:
        return []
    rows = ImportedFigure.objects.filter(series=series, at=last.at, code="").order_by("pk").values_list("unit", flat=True)
    return list(dict.fromkeys(rows))


def may_see_drafts(person: Person) -> bool:
    """Trial figures of a ranking are for the bureau; what is published is for everyone who signs in."""
    return person.scope_areas() is None


def deductions(period: Period | None = None):
    found = Deduction.objects.filter(withdrawn=None).select_related("by", "area").order_by("-day")
    return found.filter(day__gte=period.start, day__lte=period.end) if period else found


def inputs_for(value: Value, person: Person) -> list[Input]:
    """What a value was made of, as far as a person may be shown it: rows of the own area, of registers and fields open to them."""
    source, areas = value.indicator.source, person.scope_areas()
    if source.kind == "register":
        there = countable.known()[source.register_name]
        if not (there.may_see(person) and there.shows(person, set(source.columns()))):
            return []
    return [i for i in value.inputs if areas is None or i.area in areas or source.kind == "formula"]


def reportable(person: Person) -> list[Indicator]:
    """The reported indicators this person's unit reports."""
    kind = person.organisation.kind if person.organisation else ""
    unit = "bureau" if person.scope_areas() is None else kind
    return [i for i in indicators() if i.source.kind == "reported" and unit in i.source.by]


def report_areas(person: Person, indicator: Indicator):
    """The areas for which this person may report it: a town its own, a department the district, the bureau any of them."""
    if person.scope_areas() is None or (person.organisation and person.organisation.kind == "town"):
        return Area.objects.within(person).exclude(level=Area.Level.VILLAGE)
    return Area.objects.filter(level=Area.Level.DISTRICT)


def reports(person: Person, name: str = ""):
    """Reports this person may see, newest first."""
    found = Report.objects.within(person).select_related("area", "by", "organisation", "decided_by").defer("area__geometry")
    return found.filter(indicator=name) if name else found


def roster_kinds() -> list[RosterKind]:
    """The lists that are drawn up every year, as declared."""
    return sorted(packs.all("roster_kinds").values(), key=lambda k: k.name)


def rosters_of(name: str, year: int) -> list[RosterVersion]:
    """Every version of one year's list, newest first, with those withdrawn."""
    return list(RosterVersion.objects.filter(roster=name, year=year).select_related("by").order_by("-version"))


def roster(name: str, year: int) -> Roster | None:
    """The list of a year that counts, registered or of a pack: on its last day, else on its first."""
    return rosters.in_force(name, date(year, 12, 31)) or rosters.in_force(name, date(year, 1, 1))


def users_of(name: str) -> list[Indicator]:
    """The indicators that rest on a list."""
    return [i for i in indicators() if i.source.roster == name]
