"""Pages of indicators: definitions, the source card of a value, town ranking, runs, deducted days."""

from __future__ import annotations

from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qingshan.bureau.base.models import Area
from qingshan.bureau.indicators import actions, assessments, pages, queries, sheets
from qingshan.bureau.indicators.assessments import Unknown
from qingshan.bureau.indicators.forms import DeductionForm
from qingshan.bureau.indicators.models import AssessmentRun, Deduction, Ranking
from qingshan.bureau.indicators.periods import BadPeriod, Period
from qingshan.bureau.sites.models import Station

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _period(text: str, default: Period) -> Period:
    try:
        return Period.parse(text) if text else default
    except BadPeriod as error:
        raise Http404(str(error)) from None


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
    period = _period(request.GET.get("span", ""), queries.year_to_date())
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


@login_required
@require_GET
def ranking(request: HttpRequest) -> HttpResponse:
    """The ranking of towns: as published, or as the data stand for who may see that (镇街排名)."""
    name = request.GET.get("scheme") or queries.schemes()[0].name
    try:
        scheme = queries.scheme(name)
    except LookupError:
        raise Http404(f"没有排名方案“{name}”") from None
    return render(
        request, "indicators/ranking.html", pages.ranking(request, scheme, _period(request.GET.get("period", ""), pages.month(request)))
    )


@login_required
@require_GET
def ranking_sheet(request: HttpRequest) -> HttpResponse:
    """The ranking as Excel, with its rules and run (导出 Excel)."""
    try:
        scheme = queries.scheme(request.GET.get("scheme") or queries.schemes()[0].name)
    except LookupError as error:
        raise Http404(str(error)) from None
    period = _period(request.GET.get("period", ""), pages.month(request))
    shown = pages.table(request, scheme, period)
    if shown is None:
        raise Http404(f"{period.title}的排名还没有发布")
    data = sheets.ranking(scheme, queries.indicator(scheme.indicator), period, shown)
    answer = HttpResponse(data, content_type=SHEET)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{scheme.title}（{period.title}）.xlsx')}"
    return answer


@login_required
@require_POST
def publish_ranking(request: HttpRequest) -> HttpResponse:
    """Publish a ranking."""
    period = _period(request.POST.get("period", ""), pages.month(request))
    scheme = request.POST.get("scheme", "")
    made = actions.publish_ranking(scheme, period, by=request.user, basis=request.POST.get("basis", ""))
    messages.success(request, f"已发布{period.title}排名（第{made.version}版），镇街现在可以看到")
    return redirect(f"{reverse('indicators:ranking')}?scheme={scheme}&period={period.token}")


@login_required
@require_POST
def check_ranking(request: HttpRequest, pk: int) -> HttpResponse:
    """Compute a published ranking once more (复算一遍)."""
    found = get_object_or_404(Ranking, pk=pk)
    check = actions.check_ranking(pk, by=request.user)
    if "HX-Request" in request.headers:
        return render(request, "indicators/parts/check.html", {"check": check})
    messages.success(request, "复算结果与发布时一致" if check.same else "复算结果与发布时不一致，请查看评价批次")
    return redirect(f"{reverse('indicators:ranking')}?scheme={found.scheme}&period={found.period}")


@login_required
@require_http_methods(["GET", "POST"])
def deductions(request: HttpRequest) -> HttpResponse:
    """Days left out of particulate values, on whose word (沙尘剔除)."""
    if request.user.scope_areas() is not None:
        raise Http404
    form = DeductionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        actions.deduct_day(by=request.user, day=said["day"], symbols=tuple(said["symbols"]), basis=said["basis"])
        messages.success(request, f"已登记 {said['day']} 沙尘剔除")
        return redirect("indicators:deductions")
    context = {"form": form, "rows": queries.deductions(), "may": request.user.has_perm("indicators.deduct_day")}
    return render(request, "indicators/deductions.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def withdraw_deduction(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a deduction back."""
    if request.user.scope_areas() is not None:
        raise Http404
    get_object_or_404(Deduction, pk=pk)
    actions.withdraw_deduction(pk, by=request.user, basis=request.POST.get("basis", ""))
    messages.success(request, "已撤销，之后的计算不再剔除这一天")
    return redirect("indicators:deductions")
