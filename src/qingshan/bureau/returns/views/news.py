"""Information filed and taken up, counted by unit (信息报送)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.base import frame
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Organisation
from qingshan.bureau.base.permissions import need
from qingshan.bureau.base.typed import number
from qingshan.bureau.returns import actions
from qingshan.bureau.returns.models import Item
from qingshan.bureau.returns.models.rota import units_of
from qingshan.bureau.returns.views.rotas import day


@login_required
@require_GET
def news(request: HttpRequest) -> HttpResponse:
    """Items of the period, and how many each unit filed and had adopted."""
    person, period = request.user, frame.period_of(request)
    found = Item.objects.within(person).filter(filed_on__range=(period.start, period.end)).select_related("organisation", "filed_by")
    counted = (
        found.order_by().values("organisation__name", "organisation__short")
        .annotate(
            n=Count("pk"),
            adopted=Count("pk", ~Q(adopted_level="")),
            above=Count("pk", Q(adopted_level__in=["city", "province", "nation"])),
        )
        .order_by("-adopted", "-n", "organisation__name")
    )  # fmt: skip
    context = {
        "page": Paginator(found, 50).get_page(request.GET.get("page")),
        "counted": counted,
        "units": Organisation.objects.filter(pk__in=units_of(person)),
        "may_file": person.has_perm("returns.send_return"),
        "may_adopt": person.has_perm("returns.adopt_item"),
        "levels": Item.Level.choices,
        "period": period,
    }
    return render(request, "returns/news.html", context)


def _back(request: HttpRequest, act) -> HttpResponse:
    try:
        messages.success(request, act())
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("returns:news")


@login_required
@require_POST
def file_item(request: HttpRequest) -> HttpResponse:
    """File one item."""
    post = request.POST

    def act() -> str:
        made = actions.file_item(
            by=request.user,
            organisation_id=number(post.get("organisation")) or 0,
            title=post.get("title", ""),
            file=request.FILES.get("file"),
        )
        return f"已报“{made}”"

    return _back(request, act)


@login_required
@require_POST
def adopt(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down that an item was taken up."""
    need(request.user, "returns.adopt_item", "登记采用需要“登记信息采用”权限")
    get_object_or_404(Item.objects.within(request.user), pk=pk)
    post = request.POST

    def act() -> str:
        item = actions.adopt_item(
            pk, by=request.user, level=post.get("level", ""), where=post.get("where", ""), on=day(post.get("on"), "on")
        )
        return f"已登记“{item}”{item.get_adopted_level_display()}采用"

    return _back(request, act)
