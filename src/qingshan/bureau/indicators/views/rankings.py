"""Rankings and results: page, a unit's own page, sheet, publishing, confirming, checking."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.indicators import actions, assessments, queries, ranking_pages, sheets
from qingshan.bureau.indicators.models import Ranking
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.schemes import Scheme
from qingshan.bureau.indicators.views.periods import period_of

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def asked(request: HttpRequest, said=None) -> tuple[Scheme, Period]:
    """The scheme and period of an address; the scheme by its version in force at the period's end."""
    said = request.GET if said is None else said
    name = said.get("scheme") or queries.schemes()[0].name
    try:
        scheme = queries.scheme(name)
        period = period_of(said.get("period", ""), ranking_pages.month(request, scheme))
        return queries.scheme(name, period.end), period
    except LookupError as error:
        raise Http404(str(error)) from None


@login_required
@require_GET
def ranking(request: HttpRequest) -> HttpResponse:
    """A ranking: as published, or as the data stand for who may see that (排名)."""
    scheme, period = asked(request)
    with assessments.steady():
        return render(request, "indicators/ranking.html", ranking_pages.ranking(request, scheme, period))


@login_required
@require_GET
def unit(request: HttpRequest) -> HttpResponse:
    """Why one unit stands where it does (我们镇为什么第几): the bureau any, a town its own."""
    scheme, period = asked(request)
    code = request.GET.get("unit", "")
    with assessments.steady():
        context = ranking_pages.unit(request, scheme, period, code)
        if context is None:
            raise Http404(f"没有可看的“{code}”{period.title}成绩")
        return render(request, "indicators/unit.html", context)


@login_required
@require_GET
def firm(request: HttpRequest) -> HttpResponse:
    """How firm a trial's order is: drawn when it is looked at, for who may see the trial (位次有多稳)."""
    scheme, period = asked(request)
    shown = ranking_pages.table(request, scheme, period)
    if shown is None:
        raise Http404(f"{period.title}的排名还没有发布")
    return render(request, "indicators/parts/firm.html", {"firm": ranking_pages.firm_of(shown, scheme, period), "scheme": scheme})


@login_required
@require_GET
def ranking_sheet(request: HttpRequest) -> HttpResponse:
    """The ranking as Excel, with its rules and run (导出 Excel)."""
    scheme, period = asked(request)
    shown = ranking_pages.table(request, scheme, period)
    if shown is None:
        raise Http404(f"{period.title}的排名还没有发布")
    codes = None if queries.may_see_drafts(request.user) else ranking_pages.own(request.user)
    data = sheets.ranking(scheme, queries.subject(scheme), period, shown, codes)
    answer = HttpResponse(data, content_type=SHEET)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{scheme.title}（{period.title}）.xlsx')}"
    return answer


@login_required
@require_POST
def publish_ranking(request: HttpRequest) -> HttpResponse:
    """Publish a ranking, or propose it where its scheme wants two people."""
    period = period_of(request.POST.get("period", ""), ranking_pages.month(request))
    scheme = request.POST.get("scheme", "")
    made = actions.publish_ranking(scheme, period, by=request.user, basis=request.POST.get("basis", ""))
    if made.state == Ranking.State.PROPOSED:
        messages.success(request, f"已提交{period.title}成绩（第{made.version}版），等另一人复核后发布")
    else:
        messages.success(request, f"已发布{period.title}排名（第{made.version}版），镇街现在可以看到")
    return redirect(address(made))


@login_required
@require_POST
def confirm_ranking(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person publishes what one proposed."""
    get_object_or_404(Ranking, pk=pk)
    made = actions.confirm_ranking(pk, by=request.user)
    messages.success(request, f"已复核发布{made.number or made}")
    return redirect(address(made))


@login_required
@require_POST
def refuse_ranking(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person sends it back."""
    get_object_or_404(Ranking, pk=pk)
    made = actions.refuse_ranking(pk, by=request.user, basis=request.POST.get("basis", ""))
    messages.success(request, "已退回，提交人可以改后再提交")
    return redirect(address(made))


@login_required
@require_POST
def check_ranking(request: HttpRequest, pk: int) -> HttpResponse:
    """Compute a published ranking once more (复算一遍)."""
    found = get_object_or_404(Ranking, pk=pk)
    if found.state != Ranking.State.PUBLISHED and not queries.may_see_drafts(request.user):
        raise Http404
    check = actions.check_ranking(pk, by=request.user)
    if "HX-Request" in request.headers:
        return render(request, "indicators/parts/check.html", {"check": check})
    messages.success(request, "复算结果与发布时一致" if check.same else "复算结果与发布时不一致，请查看评价批次")
    return redirect(address(found))


def address(found: Ranking) -> str:
    return f"{reverse('indicators:ranking')}?{urlencode({'scheme': found.scheme, 'period': found.period})}"
