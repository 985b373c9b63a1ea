"""What the pages of indicators show, put together from queries (页面内容)."""

from __future__ import annotations

import math
from urllib.parse import urlencode

from django.urls import reverse

from qingshan.bureau.base.models import Person
from qingshan.bureau.indicators import queries
from qingshan.bureau.indicators.assessments import Assessment, Place
from qingshan.bureau.indicators.declared import Indicator
from qingshan.bureau.indicators.methods import methods
from qingshan.bureau.indicators.models import AssessmentRun
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.values import Value


def method_words(indicator: Indicator) -> str:
    """The method in words with its parameter: 日统计值的百分位数（第90百分位）."""
    said = methods[indicator.source.method].words
    return f"{said}（第{indicator.source.percent}百分位）" if indicator.source.percent else said


def source(name: str, period: Period, *, area: str = "", station: str = "") -> str:
    """Address of a value's source card (来源)."""
    said = {"span": period.token} | ({"area": area} if area else {}) | ({"station": station} if station else {})
    return f"{reverse('indicators:card', args=[name])}?{urlencode(said)}"


def card(value: Value, held: Assessment, area: Place | None, station: str, run: AssessmentRun) -> dict:
    """A value with all it came from."""
    part = held.series(value.indicator, area=area, station=station).cut(value.period)
    wanted = len(value.indicator.items)
    possible = int(part.possible.sum() * wanted)
    got = int(sum(part.hours[item].sum() for item in value.indicator.items))
    names = {s.code: s for s in held.sites}
    return {
        "value": value, "indicator": value.indicator, "method": method_words(value.indicator), "run": run,
        "who": area.name if area else names[station].name, "period": value.period, "stations": [names[c] for c in value.stations],
        "hours": got, "missing": possible - got, "possible": possible, "then": value.last_year, "left_out": _by_reason(value.left_out),
        "parts": [(item, rankings_figure(part_value)) for item, part_value in value.parts.items()],
        "here": source(value.name, value.period, area=area.code if area else "", station=station),
    }  # fmt: skip


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
