"""What the pages of indicators show, put together from queries (页面内容)."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from qingshan.bureau.base import clock, countable, frame
from qingshan.bureau.base.models import Area, Attachment, Person
from qingshan.bureau.indicators import assessments, queries, rankings
from qingshan.bureau.indicators.assessments import Assessment, Place, Unknown
from qingshan.bureau.indicators.declared import Indicator, Scheme
from qingshan.bureau.indicators.declared_sources import KINDS
from qingshan.bureau.indicators.methods import methods
from qingshan.bureau.indicators.models import AssessmentRun, Ranking, Report
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.rankings import Row, Table
from qingshan.bureau.indicators.reporting import EVERY
from qingshan.bureau.indicators.values import Value
from qingshan.terms.items import MEDIA

MEASURES = {
    "count": "行数", "sum": "合计", "ratio": "占比", "share": "数量占比", "coverage": "覆盖率", "closed": "已销号数",
    "closed_ratio": "销号率", "on_time_ratio": "按期率",
}  # fmt: skip


def method_words(indicator: Indicator) -> str:
    """How the number comes about, in words: 日统计值的百分位数（第90百分位）; 登记册“监测站点”的占比; an expression as written."""
    source = indicator.source
    if source.kind == "observations":
        said = methods[source.method].words
        return f"{said}（第{source.percent}百分位）" if source.percent else said
    if source.kind == "formula":
        names = {i.name: i.short for i in queries.indicators()}
        return re.sub(r"[a-z][a-z0-9_]*", lambda m: names.get(m[0], m[0]), source.expression).replace("*", "×").replace("/", "÷")
    if source.kind == "reported":
        return f"每{EVERY[source.every]}由单位填报" + ("，第二人确认" if source.confirm else "")
    if source.kind == "register":
        known = countable.known()
        return f"登记册“{known[source.register_name].title}”的{MEASURES[source.measure]}"
    return f"{KINDS[source.kind]}的{MEASURES[source.measure]}"


def belongs(indicator: Indicator) -> tuple[str, ...]:
    """Under which heads it stands on the page of definitions: as declared, else by its medium or source."""
    return indicator.groups or ((MEDIA.get(indicator.medium, indicator.medium),) if indicator.medium else (KINDS[indicator.source.kind],))


def source(name: str, period: Period, *, area: str = "", station: str = "") -> str:
    """Address of a value's source card (来源)."""
    said = {"span": period.token} | ({"area": area} if area else {}) | ({"station": station} if station else {})
    return f"{reverse('indicators:card', args=[name])}?{urlencode(said)}"


SHOWN = 200


def card(value: Value, held: Assessment, area: Place | None, station: str, run: AssessmentRun, person: Person) -> dict:
    """A value with all it came from; rows outside the person's scope are counted, not shown."""
    indicator = value.indicator
    names = held.codes
    context = {
        "value": value, "indicator": indicator, "method": method_words(indicator), "run": run, "kind": indicator.source.kind,
        "who": area.name if area else names[station].name, "period": value.period,
        "stations": [names[c] for c in value.stations if c in names],
        "then": value.last_year, "left_out": _by_reason(value.left_out), "source_words": KINDS[indicator.source.kind],
        "parts": [(k, rankings_figure(v) if indicator.medium == "air" else f"{v:g}") for k, v in value.parts.items()],
        "hourly": bool(value.period.hour), "station": station, "area_code": area.code if area else "",
        "here": source(value.name, value.period, area=area.code if area else "", station=station),
    }  # fmt: skip
    if held.days_of(indicator) is not None and not value.period.hour:
        part = held.series(indicator, area=area, station=station).cut(value.period)
        possible = int(part.possible.sum() * len(indicator.items))
        got = int(sum(part.hours[item].sum() for item in indicator.items))
        return context | {"by_days": True, "hours": got, "missing": possible - got, "possible": possible}
    areas = person.scope_areas()
    shown = [i for i in value.inputs if areas is None or i.area in areas or indicator.source.kind == "formula"]
    return context | {"inputs": shown[:SHOWN], "more": len(shown) - len(shown[:SHOWN]), "hidden": len(value.inputs) - len(shown)}


def report_rows(found, person: Person) -> list[dict]:
    """Reports with their definition, evidence, and whether this person may decide them."""
    named = {i.name: i for i in queries.indicators()}
    may = person.has_perm("indicators.confirm_value")
    files: dict[str, list] = {}
    for one in Attachment.objects.filter(owner_type="indicators.report", owner_id__in=[str(r.pk) for r in found]).select_related("by"):
        files.setdefault(one.owner_id, []).append(one)
    return [
        {
            "report": r, "indicator": named.get(r.indicator), "period": Period.parse(r.period), "files": files.get(str(r.pk), []),
            "decide": may and r.state == Report.State.WAITING and r.by_id != person.pk, "value": format(r.value.normalize(), "f"),
        }
        for r in found
    ]  # fmt: skip


def _by_reason(left_out: dict[str, str]) -> dict[str, list[str]]:
    """Reason → the stations it holds for."""
    found: dict[str, list[str]] = {}
    for name, why in left_out.items():
        found.setdefault(why, []).append(name)
    return found


def rankings_figure(number: float) -> str:
    return "—" if math.isnan(number) else f"{number:.3f}"


def issues(run: AssessmentRun, person: Person) -> list:
    """Bulletins that name this run and that the person may see."""
    return [i for i in run.issues.all() if i.is_frozen or queries.may_see_drafts(person)]


def month(request: HttpRequest) -> Period:
    """The month a ranking page opens on: the frame's, where it is one, else the last whole month of data."""
    chosen = frame.period_of(request)
    if len(chosen.key) == 7 and "period" in request.GET:
        return Period.parse(chosen.key)
    last = assessments.last_day() if assessments.has_data() else clock.today()
    this = Period.month(last.year, last.month)
    return this if this.end <= last else this.previous()


@dataclass(frozen=True)
class Shown:
    """A ranking as a page shows it: the table, and either the publication it is or the trial's assessment."""

    table: Table
    published: Ranking | None
    held: Assessment | None

    @property
    def is_trial(self) -> bool:
        return self.published is None


def table(request: HttpRequest, scheme: Scheme, period: Period) -> Shown | None:
    """What this person may see of a ranking: as published; the bureau also the trial where there is none, or by ``?trial=1``."""
    found = queries.published(scheme.name, period)
    drafts = queries.may_see_drafts(request.user)
    if found and not (drafts and request.GET.get("trial")):
        return Shown(Table.from_data(found.table), found, None)
    if not drafts or not assessments.has_data():
        return None
    made, held = queries.ranking(scheme.name, period)
    return Shown(made, None, held)


def ranking(request: HttpRequest, scheme: Scheme, period: Period) -> dict:
    """The ranking page."""
    indicator = queries.indicator(scheme.indicator)
    context = {
        "scheme": scheme, "schemes": queries.schemes(), "indicator": indicator, "period": period, "has_data": assessments.has_data(),
        "months": _months(request.user, scheme), "drafts": queries.may_see_drafts(request.user), "selected": request.GET.get("town", ""),
    }  # fmt: skip
    try:
        shown = table(request, scheme, period)
    except Unknown as error:
        return {**context, "trouble": str(error)}
    if shown is None:
        return {**context, "latest": queries.published(scheme.name)}
    mine = set(Area.objects.within(request.user).values_list("code", flat=True))
    rows = [line(row, shown.table, period, scheme, mine) for row in shown.table.rows]
    published = shown.published
    context |= {
        "shown": shown, "table": shown.table, "rows": rows, "out": [line(r, shown.table, period, scheme, mine) for r in shown.table.out],
        "last_from": len(shown.table.rows) - scheme.marked, "published": published, "district": _district(shown, period, scheme),
        "check": published.checks.first() if published else None, "versions": _versions(scheme, period),
        "may_publish": request.user.has_perm("indicators.publish_ranking") and period.end < clock.today(),
        "run": published.run if published else queries.run_of(shown.held), "previous": period.previous(), "to_date": period.to_date(),
        "stations": len({s.code for s in shown.held.sites if s.level != "micro"}) if shown.held else len(published.run.stations),
        "lines": _lines(request, scheme, period, shown), "result": f"{shown.table.result_hash[:4]} {shown.table.result_hash[4:8]}",
        "input": _short(published.run.input_hash if published else shown.held.run.input_hash),
        "data_version": published.run.sequence if published else shown.held.run.sequence,
    }  # fmt: skip
    return context


def _short(text: str) -> str:
    return f"{text[:4]} {text[4:8]}"


def line(row: Row, shown: Table, period: Period, scheme: Scheme, mine: set[str]) -> dict:
    top = max((r.value or 0 for r in (*shown.rows, *shown.out)), default=0) * 1.2 or 1
    link = source(shown.indicator, period, area=row.code) if row.code in mine else ""
    return {
        "row": row, "source": link, "bar": round(100 * (row.value or 0) / top, 1), "mean": round(100 * (shown.mean or 0) / top, 1),
        "last": bool(row.rank) and row.rank > len(shown.rows) - scheme.marked, "top": bool(row.rank) and row.rank <= scheme.marked,
        "move": "same" if row.movement == 0 else "up" if (row.movement or 0) > 0 else "down", "steps": abs(row.movement or 0),
    }  # fmt: skip


def _district(shown: Shown, period: Period, scheme: Scheme) -> str:
    return shown.table.mean_text


def _versions(scheme: Scheme, period: Period) -> list[Ranking]:
    return list(Ranking.objects.filter(scheme=scheme.name, period=period.token).order_by("-version"))


def _months(person: Person, scheme: Scheme) -> list[Period]:
    """Months to choose from: published ones; for the bureau all that have data, newest first."""
    if not queries.may_see_drafts(person):
        return queries.published_periods(scheme.name)
    if not assessments.has_data():
        return []
    first = assessments.lake().span()[0]
    last = assessments.last_day()
    months, at = [], Period.month(last.year, last.month)
    while at.end >= datetime(first.year, first.month, 1).date() and len(months) < 24:
        months.append(at)
        at = at.previous()
    return months


def _lines(request: HttpRequest, scheme: Scheme, period: Period, shown: Shown) -> dict:
    """Places by month for the chart: for the bureau from the data, for others from what was published."""
    if shown.held is not None or queries.may_see_drafts(request.user):
        held = shown.held or queries.assessment(period)
        lines = rankings.history(held, scheme, period)
        months = [f"{m}月" for m in range(1, period.end.month + 1)]
    else:
        past = [p for p in queries.published_periods(scheme.name) if p.start.year == period.start.year and p <= period][::-1]
        tables = [Table.from_data(queries.published(scheme.name, p).table) for p in past]
        names = [r.name for r in (*shown.table.rows, *shown.table.out)]
        lines = {n: [next((r.rank for r in t.rows if r.name == n), None) for t in tables] for n in names}
        months = [p.short for p in past]
    ranked = [r.name for r in shown.table.rows]
    wanted = request.GET.get("town", "")
    hot = wanted if wanted in ranked else ranked[-1] if ranked else ""
    moved = max((r for r in shown.table.rows if r.name != hot), key=lambda r: r.movement or 0, default=None)
    return {
        "months": months,
        "lines": {n: v for n, v in lines.items() if any(v)},
        "hot": hot,
        "second": moved.name if moved and moved.movement else "",
    }
