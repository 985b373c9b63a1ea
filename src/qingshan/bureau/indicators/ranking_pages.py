"""What the pages of rankings show (排名、成绩、单位页面内容)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from qingshan.bureau.base import clock, frame
from qingshan.bureau.base.models import Area, Person
from qingshan.bureau.indicators import assessments, explanations, queries, rankings
from qingshan.bureau.indicators.assessments import Unknown
from qingshan.bureau.indicators.firm import firm, sentences
from qingshan.bureau.indicators.inputs import Inputs, cutoff_of, gather
from qingshan.bureau.indicators.models import Entry, ImportedFigure, Ranking
from qingshan.bureau.indicators.pages import source
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.rankings import Row, Table
from qingshan.bureau.indicators.schemes import Scheme
from qingshan.bureau.indicators.standings import stand
from qingshan.bureau.indicators.subjects import described
from qingshan.methods import scoring

SHOWN_FIRM = 6


def month(request: HttpRequest, scheme: Scheme | None = None) -> Period:
    """The period a ranking page opens on: the frame's month, where it is one, else the last whole one; a year for a yearly scheme."""
    chosen = frame.period_of(request)
    if len(chosen.key) == 7 and "period" in request.GET:
        return Period.parse(chosen.key)
    last = assessments.last_day() if assessments.has_data() else clock.today()
    if scheme is not None and scheme.rhythm == "year":
        return Period.year(last.year) if Period.year(last.year).end <= last else Period.year(last.year - 1)
    if scheme is not None and scheme.rhythm == "quarter":
        first = (last.month - 1) // 3 * 3 + 1
        this = Period.months(last.year, first, first + 2)
        return this if this.end <= last else rankings.previous(scheme, this)
    this = Period.month(last.year, last.month)
    return this if this.end <= last else this.previous()


@dataclass(frozen=True)
class Shown:
    """A table as a page shows it: with the publication it is, or the inputs of the trial."""

    table: Table
    published: Ranking | None
    given: Inputs | None

    @property
    def held(self):
        return self.given.held if self.given else None

    @property
    def is_trial(self) -> bool:
        return self.published is None


def table(request: HttpRequest, scheme: Scheme, period: Period) -> Shown | None:
    """What this person may see of a ranking: as published; the bureau also the trial where there is none, or by ``?trial=1``."""
    found = queries.published(scheme.name, period)
    drafts = queries.may_see_drafts(request.user)
    if found and not (drafts and request.GET.get("trial")):
        return Shown(Table.from_data(found.table), found, None)
    if not drafts:
        return None
    given = trial(scheme, period)
    return Shown(rankings.compute(given.held, scheme, period, given), None, given)


def trial(scheme: Scheme, period: Period) -> Inputs:
    """What there is now for a scheme's period (试算)."""
    until = cutoff_of(scheme, period)
    return gather(scheme, queries.assessed(scheme, period), as_of=until if until and until < clock.now() else None)


def ranking(request: HttpRequest, scheme: Scheme, period: Period) -> dict:
    """The ranking page."""
    what = queries.subject(scheme)
    context = {
        "scheme": scheme, "schemes": queries.schemes(), "indicator": what, "period": period, "has_data": _has_data(scheme),
        "months": _months(request.user, scheme), "drafts": queries.may_see_drafts(request.user), "selected": request.GET.get("town", ""),
        "until": cutoff_of(scheme, period), "ties": scoring.TIES[scheme.ties], "missing": scoring.MISSING[scheme.missing],
        "dust": {"exclude": "沙尘日一律剔除", "keep": "沙尘日一律计入"}.get(scheme.dust, "沙尘日按各指标口径"),
    }  # fmt: skip
    try:
        shown = table(request, scheme, period) if context["has_data"] else None
    except Unknown as error:
        return {**context, "trouble": str(error)}
    if shown is None:
        return {**context, "latest": queries.published(scheme.name)}
    mine = own(request.user)
    found = shown.published
    run = found.run if found else queries.run_of(shown.held) if shown.held else None
    identity = run or (shown.held.run if shown.held else None)
    context |= {
        "shown": shown, "table": shown.table, "rows": [line(row, shown.table, period, scheme, mine) for row in shown.table.rows],
        "out": [line(r, shown.table, period, scheme, mine) for r in shown.table.out], "last_from": len(shown.table.rows) - scheme.marked,
        "published": found, "district": shown.table.mean_text, "check": found.checks.first() if found else None,
        "versions": queries.versions(scheme.name, period), "proposed": queries.proposed(scheme.name, period),
        "may_publish": request.user.has_perm("indicators.publish_ranking") and period.end < clock.today(), "run": run,
        "previous": rankings.previous(scheme, period), "to_date": period.to_date(), "lines": _lines(request, scheme, period, shown),
        "stations": len([s for s in shown.held.sites if s.level != "micro"]) if shown.held else len(run.stations) if run else 0,
        "result": _short(shown.table.result_hash), "input": _short(_input_hash(found, identity)),
        "data_version": identity.sequence if identity else "—", "scored": not scheme.is_plain, "columns": columns(scheme),
        "firm": firm_of(shown, scheme, period) if found else {}, "ask_firm": not found,
        "has_money": any(r.money for r in shown.table.rows),
        "has_extra": any(r.extra for r in (*shown.table.rows, *shown.table.out)), "goals": shown.table.goal,
        "accumulated": bool(scheme.accumulate), "given": len(found.inputs.get("given", ())) if found else len(shown.given.used),
    }  # fmt: skip
    context["has_own"] = any(r["own"] for r in context["rows"])
    if request.GET.get("own"):
        context["rows"] = [r for r in context["rows"] if r["own"]]
    return context


def _input_hash(found: Ranking | None, identity) -> str:
    kept = found.inputs.get("hash", "") if found else ""
    return kept or (identity.input_hash if identity else "")


def _has_data(scheme: Scheme) -> bool:
    """Whether there is anything this scheme could be computed from."""
    if queries.observes(scheme):
        return True
    series = [i.figures for i in scheme.item if i.figures]
    entries = Entry.objects.filter(scheme=scheme.name)
    figures = ImportedFigure.objects.filter(series__in=series)
    return figures.exists() or entries.exists() or Ranking.objects.filter(scheme=scheme.name).exists()


def firm_of(shown: Shown, scheme: Scheme, period: Period) -> dict:
    """How firm the order is: as kept with the publication, else drawn now."""
    said = shown.published.detail.get("firm") if shown.published else None
    if said is None and shown.given is not None:
        said = firm(shown.given, scheme, period).as_data() | {"near": explanations.near(stand(shown.given, scheme, period))}
    if not said:
        return {}
    lines = sentences(said, scheme.units.title)
    shaky = [words for words in lines if words[1] != "99% 以上" or "补齐" in words[0]]
    items = said.get("items") or ()
    return said | {
        "lines": shaky[:SHOWN_FIRM], "more": max(len(shaky) - SHOWN_FIRM, 0), "steady": len(lines) - len(shaky),
        "asked": bool(said["draws"] or items), "counted": [i for i in items if i["counted"]],
        "left": [i for i in items if not i["counted"]],
    }  # fmt: skip


def columns(scheme: Scheme) -> list[dict]:
    """A scored table's items: title and full marks."""
    if scheme.is_plain:
        return []
    return [{"name": i.name, "title": described(i)[0], "weight": i.weight, "unit": described(i)[1]} for i in scheme.item]


def _short(text: str) -> str:
    return f"{text[:4]} {text[4:8]}"


def own(person: Person) -> set[str]:
    """Codes of the units whose own detail this person may open: areas in scope, the person's own department."""
    found = set(Area.objects.within(person).values_list("code", flat=True))
    return found | ({f"org{person.organisation_id}"} if person.organisation_id else set())


def may_open(person: Person, code: str) -> bool:
    """Whether a person may open a unit's own explanation (towns: their own)."""
    return queries.may_see_drafts(person) or code in own(person)


def line(row: Row, shown: Table, period: Period, scheme: Scheme, mine: set[str]) -> dict:
    values = [r.value for r in (*shown.rows, *shown.out) if r.value is not None]
    top = max(values, default=0) * 1.2 or 1
    link = source(shown.indicator, period, area=row.code) if row.code in mine and shown.indicator else ""
    parts = {p["name"]: p for p in row.parts}
    bar, mean = (round(100 * max(number or 0, 0) / top, 1) for number in (row.value, shown.mean))
    return {
        "row": row, "source": link, "bar": bar, "mean": mean,
        "last": bool(row.rank) and row.rank > len(shown.rows) - scheme.marked, "top": bool(row.rank) and row.rank <= scheme.marked,
        "move": "same" if row.movement == 0 else "up" if (row.movement or 0) > 0 else "down", "steps": abs(row.movement or 0),
        "unit": unit_url(scheme, period, row.code), "opens": row.code in mine,
        "own": scheme.units.kind == "named" and row.code in mine, "parts": [parts.get(i.name) for i in scheme.item],
    }  # fmt: skip


def unit_url(scheme: Scheme, period: Period, code: str) -> str:
    return f"{reverse('indicators:ranking_unit')}?{urlencode({'scheme': scheme.name, 'period': period.token, 'unit': code})}"


def _months(person: Person, scheme: Scheme) -> list[Period]:
    """Periods to choose from: published ones; for the bureau all of the scheme's rhythm that have data, newest first."""
    if not queries.may_see_drafts(person):
        return queries.published_periods(scheme.name)
    today = clock.today()
    if scheme.rhythm == "year":
        return [Period.year(y) for y in range(today.year, today.year - 5, -1)]
    if scheme.rhythm == "quarter":
        first = (today.month - 1) // 3 * 3 + 1
        found = [Period.months(today.year, first, first + 2)]
        while len(found) < 8:
            found.append(rankings.previous(scheme, found[-1]))
        return found
    first, last = today.replace(day=1), today
    if assessments.has_data():
        first, last = assessments.lake().span()[0], assessments.last_day()
    elif scheme.units.kind != "named":
        return []
    months, at = [], Period.month(last.year, last.month)
    while (at.end >= datetime(first.year, first.month, 1).date() or not assessments.has_data()) and len(months) < 24:
        months.append(at)
        at = at.previous()
    return months


def _lines(request: HttpRequest, scheme: Scheme, period: Period, shown: Shown) -> dict:
    """Places by month for the chart: for the bureau from the data, for others from what was published."""
    lines, months = _history(request, scheme, period, shown)
    ranked = [r.name for r in shown.table.rows]
    wanted = request.GET.get("town", "")
    hot = wanted if wanted in ranked else ranked[-1] if ranked else ""
    moved = max((r for r in shown.table.rows if r.name != hot), key=lambda r: r.movement or 0, default=None)
    count = len(lines)
    if count > 40:  # a whole city: this district's own, and the one looked at
        own_names = set(Area.objects.within(request.user).values_list("name", flat=True))
        hot = wanted if wanted in ranked else next((n for n in reversed(ranked) if n in own_names), "")
        lines = {n: v for n, v in lines.items() if n in own_names or n == hot}
        moved = None
    return {
        "count": count,
        "months": months,
        "lines": {n: v for n, v in lines.items() if any(v)},
        "hot": hot,
        "second": moved.name if moved and moved.movement else "",
    }


def _history(request: HttpRequest, scheme: Scheme, period: Period, shown: Shown) -> tuple[dict, list[str]]:
    if scheme.rhythm == "month" and (shown.given is not None or queries.may_see_drafts(request.user)):
        given = shown.given or trial(scheme, period)
        lines = rankings.history(given.held, scheme, period, given)
        return lines, [f"{m}月" for m in range(1, period.end.month + 1)]
    past = [p for p in queries.published_periods(scheme.name) if p.start.year == period.start.year and p <= period][::-1]
    tables = [Table.from_data(queries.published(scheme.name, p).table) for p in past]
    names = [r.name for r in (*shown.table.rows, *shown.table.out)]
    lines = {n: [next((r.rank or None for r in t.rows if r.name == n), None) for t in tables] for n in names}
    return lines, [p.short for p in past]


# ── a unit's own page ──
def unit(request: HttpRequest, scheme: Scheme, period: Period, code: str) -> dict | None:
    """Why a unit stands where it does, as published; the bureau also the trial. None where this person may not, or there is none."""
    if not may_open(request.user, code):
        return None
    shown = table(request, scheme, period)
    if shown is None:
        return None
    row = next((r for r in (*shown.table.rows, *shown.table.out) if r.code == code), None)
    if row is None:
        return None
    said = shown.published.detail.get("units", {}).get(code) if shown.published else None
    if said is None and shown.given is not None:
        now = stand(shown.given, scheme, period)
        k = next(k for k, u in enumerate(now.units) if u.code == code)
        said = explanations.unit(now, k)
    firm_said = (firm_of(shown, scheme, period) or {}).get("units", {}).get(code)
    lines, months = _history(request, scheme, period, shown)
    items = [i | {"link": source(i["indicator"], period, area=code) if i.get("indicator") and code in own(request.user) else ""}
             for i in (said or {}).get("items", ())]  # fmt: skip
    back = urlencode({"scheme": scheme.name, "period": period.token})
    return {
        "scheme": scheme, "period": period, "row": row, "said": said or {}, "items": items, "shown": shown,
        "indicator": queries.subject(scheme),
        "firm": firm_said, "published": shown.published, "history": list(zip(months, lines.get(row.name, ()), strict=False)),
        "count": len([r for r in shown.table.rows if r.group == row.group]), "scored": not scheme.is_plain,
        "missing": scoring.MISSING[scheme.missing], "back": f"{reverse('indicators:ranking')}?{back}",
    }  # fmt: skip
