"""The ranking of towns: page, sheet, publishing, checking."""

from __future__ import annotations

from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.indicators import actions, pages, queries, sheets
from qingshan.bureau.indicators.models import Ranking
from qingshan.bureau.indicators.views.periods import period_of

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
        request, "indicators/ranking.html", pages.ranking(request, scheme, period_of(request.GET.get("period", ""), pages.month(request)))
    )


@login_required
@require_GET
def ranking_sheet(request: HttpRequest) -> HttpResponse:
    """The ranking as Excel, with its rules and run (导出 Excel)."""
    try:
        scheme = queries.scheme(request.GET.get("scheme") or queries.schemes()[0].name)
    except LookupError as error:
        raise Http404(str(error)) from None
    period = period_of(request.GET.get("period", ""), pages.month(request))
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
    period = period_of(request.POST.get("period", ""), pages.month(request))
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
