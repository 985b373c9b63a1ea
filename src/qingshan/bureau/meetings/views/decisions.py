"""All decisions of all meetings and instructions, with their lights (议定事项)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from qingshan.bureau.base import clock
from qingshan.bureau.base.models import Organisation
from qingshan.bureau.meetings.queries import decisions as questions
from qingshan.bureau.meetings.queries import register

PER_PAGE = 60


@login_required
@require_GET
def decisions(request: HttpRequest) -> HttpResponse:
    """The list, the late first."""
    person, on, query = request.user, clock.today(), request.GET
    tab = query.get("tab", "open").replace("all", "")
    tab = tab if tab in questions.TABS else "open"
    found = questions.rows(person, query, on)
    counted = questions.counts(found)
    whole = person.scope_areas() is None
    units = Organisation.objects.exclude(kind=Organisation.Kind.FIRM).order_by("kind", "pk") if whole else []
    context = {
        "page": Paginator(questions.narrowed(found, tab), PER_PAGE).get_page(query.get("page")),
        "tabs": [(name, words, counted[name]) for name, words in questions.TABS.items()],
        "tab": tab,
        "choices": [
            ("kind", "来源", [(k.name, k.title) for k in register.kinds(on)], query.get("kind", "")),
            *([("unit", "责任单位", [(str(u.pk), str(u)) for u in units], query.get("unit", ""))] if whole else []),
            ("year", "年度", [(str(y), f"{y}年") for y in (on.year, on.year - 1)], query.get("year", str(on.year))),
        ],
        "search": query.get("q", ""),
        "clear": any(query.get(n) for n in ("kind", "unit", "q")),
        "whole": whole,
    }
    return render(request, "meetings/decisions.html", context)
