"""Definitions, the source card of a value, runs."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from qingshan.bureau.base.models import Area
from qingshan.bureau.indicators import actions, assessments, pages, queries
from qingshan.bureau.indicators.assessments import Unknown
from qingshan.bureau.indicators.models import AssessmentRun
from qingshan.bureau.indicators.views.periods import period_of
from qingshan.bureau.sites.models import Station


@login_required
@require_GET
def definitions(request: HttpRequest) -> HttpResponse:
    """Every definition with its number, words, edition, marks and the district's value this year (指标口径)."""
    rows, span = [], None
    if assessments.has_data():
        span = queries.year_to_date()
        held = queries.assessment(span)
    for indicator in queries.indicators():
        value = None
        if span:
            try:
                value = held.value(indicator.name, area=held.district, period=span)
            except Unknown:
                span = None
        rows.append({"indicator": indicator, "value": value, "method": pages.method_words(indicator)})
    return render(request, "indicators/definitions.html", {"rows": rows, "span": span})


@login_required
@require_GET
def card(request: HttpRequest, name: str) -> HttpResponse:
    """Where one value comes from (来源): definition, editions, run, inputs, stations left out. A card or a whole page."""
    try:
        indicator = queries.indicator(name)
    except LookupError:
        raise Http404(f"没有指标口径“{name}”") from None
    if not assessments.has_data():
        return render(request, "indicators/card_empty.html", {"indicator": indicator})
    period = period_of(request.GET.get("span", ""), queries.year_to_date())
    code, station = request.GET.get("area", ""), request.GET.get("station", "")
    try:
        held = queries.assessment(period)
        area = None
        if station:
            get_object_or_404(Station.objects.within(request.user), code=station)
        elif code in ("", held.district.code):
            area = held.district
        else:
            area = held.place(get_object_or_404(Area.objects.within(request.user), code=code))
        value = held.value(name, area=area, station=station, period=period)
    except Unknown as error:
        raise Http404(str(error)) from None
    context = pages.card(value, held, area, station, actions.record_run(held))
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
