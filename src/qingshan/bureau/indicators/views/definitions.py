"""Definitions, the source card of a value, runs."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from qingshan.bureau.indicators import actions, assessments, pages, queries
from qingshan.bureau.indicators.assessments import Unknown
from qingshan.bureau.indicators.declared_sources import KINDS
from qingshan.bureau.indicators.models import AssessmentRun
from qingshan.bureau.indicators.views.periods import period_of
from qingshan.bureau.sites.models import Station

SHOWN = 60
"""definitions on one page, each with its value"""


@login_required
@require_GET
def definitions(request: HttpRequest) -> HttpResponse:
    """Every definition with its number, words, edition, marks and the district's value this year; narrowed by what is sought (指标口径)."""
    text, head, kind = (request.GET.get(key, "")[:60].strip() for key in ("q", "head", "source"))
    every = queries.indicators()
    heads = sorted({h for i in every for h in pages.belongs(i)}, key=lambda h: -sum(h in pages.belongs(i) for i in every))
    wanted = [
        i for i in every
        if (not head or head in pages.belongs(i)) and (not kind or i.source.kind == kind)
        and all(word.lower() in f"{i.code}{i.name}{i.title}{i.definition}{i.basis}".lower() for word in text.split()[:5])
    ]  # fmt: skip
    page = Paginator(wanted, SHOWN).get_page(request.GET.get("page"))
    rows, span = [], queries.year_to_date()
    with assessments.steady():
        held = queries.assessment(span)
        for indicator in page:
            value = None
            if queries.is_ready(indicator):
                try:
                    value = held.value(indicator.name, area=held.district, period=span)
                except Unknown:
                    span = None
                    break
            rows.append({"indicator": indicator, "value": value, "method": pages.method_words(indicator)})
        if span is None:
            rows = [{"indicator": i, "value": None, "method": pages.method_words(i)} for i in page]
    context = {
        "rows": rows, "page": page, "span": span, "search": text, "total": len(every), "clear": bool(text or head or kind),
        "choices": [("head", "类别", [(h, h) for h in heads], head), ("source", "来源", list(KINDS.items()), kind)],
    }  # fmt: skip
    return render(request, "indicators/definitions.html", context)


@login_required
@require_GET
def card(request: HttpRequest, name: str) -> HttpResponse:
    """Where one value comes from (来源): definition, editions, run, inputs, stations left out. A card or a whole page."""
    try:
        indicator = queries.indicator(name)
    except LookupError:
        raise Http404(f"没有指标口径“{name}”") from None
    if not queries.is_ready(indicator):
        return render(request, "indicators/card_empty.html", {"indicator": indicator})
    period = period_of(request.GET.get("span", ""), queries.year_to_date())
    code, station = request.GET.get("area", ""), request.GET.get("station", "")
    try:
        with assessments.steady():
            held = queries.assessment(period)
            area = None if station else queries.place(held, request.user, code)
            if station:
                get_object_or_404(Station.objects.within(request.user), code=station)
            value = held.value(name, area=area, station=station, period=period)
            run = actions.record_run(held, value)
            context = pages.card(value, held, area, station, run, request.user)
    except Unknown as error:
        raise Http404(str(error)) from None
    partial = "QS-Card" in request.headers
    return render(request, "indicators/card.html" if partial else "indicators/source.html", context)


@login_required
@require_GET
def run(request: HttpRequest, number: str) -> HttpResponse:
    """One assessment run: what it read, by which editions and code (评价批次)."""
    found = get_object_or_404(AssessmentRun, number=number)
    return render(
        request, "indicators/run.html", {"run": found, "rankings": found.rankings.all(), "issues": pages.issues(found, request.user)}
    )
