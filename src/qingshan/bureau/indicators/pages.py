"""What the pages of indicators show, put together from queries (页面内容)."""

from __future__ import annotations

import math
import re
from urllib.parse import urlencode

from django.urls import reverse

from qingshan.bureau.base import countable
from qingshan.bureau.base.models import Attachment, Person
from qingshan.bureau.indicators import goals, queries
from qingshan.bureau.indicators.assessments import Assessment, Place
from qingshan.bureau.indicators.declared import Indicator
from qingshan.bureau.indicators.declared_sources import KINDS
from qingshan.bureau.indicators.methods import methods
from qingshan.bureau.indicators.models import AssessmentRun, Report
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.reporting import EVERY
from qingshan.bureau.indicators.values import Value
from qingshan.terms.items import MEDIA

MEASURES = {
    "count": "条数", "sum": "合计", "mean": "平均", "ratio": "占比", "share": "数量占比", "coverage": "覆盖率", "closed": "已销号数",
    "closed_ratio": "销号率", "on_time_ratio": "按期率", "kept": "做到率",
}  # fmt: skip


def method_words(indicator: Indicator) -> str:
    """How the number comes about, in words: 日统计值的百分位数（第90百分位）; 登记册“监测站点”的占比; an expression as written."""
    source = indicator.source
    if source.kind == "observations":
        said = methods[source.method].words
        return f"{said}（第{source.percent}百分位）" if source.percent else said
    if source.kind == "formula":
        names = {i.name: i.short for i in queries.indicators()} | {"last_year": "去年同期"}
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
        "may_budget": goals.may(indicator), "who": area.name if area else names[station].name, "period": value.period,
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
    shown = queries.inputs_for(value, person)
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
