"""Cases on the map (事项图层)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from qingshan.bureau.base import clock, packs
from qingshan.bureau.cases import queries
from qingshan.bureau.cases.views.lists import RUNGS, TABS, VIEWS, chosen_tab, narrowed


@login_required
@require_safe
def layer(request: HttpRequest) -> HttpResponse:
    """The cases of a list on the map, narrowed as the list is."""
    _, choices, clear = narrowed(request)
    flow = packs.all("cases").get(request.GET.get("workflow", ""))
    context = {
        "tabs": TABS, "tab": chosen_tab(request), "views": VIEWS, "choices": choices, "clear": clear,
        "called": flow.noun if flow else "事项", "flow": flow, "search": request.GET.get("q", "").strip()[:60],
    }  # fmt: skip
    return render(request, "cases/map.html", context)


@login_required
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """Boundaries, legend and points of the layer."""
    now, person = clock.now(), request.user
    found = queries.tab(narrowed(request)[0], chosen_tab(request), now, person)
    return JsonResponse(queries.layer(found, person, now), json_dumps_params={"ensure_ascii": False, "separators": (",", ":")})


@login_required
@require_safe
def card(request: HttpRequest, pk: int) -> HttpResponse:
    """What is written on a point when it is opened."""
    case = get_object_or_404(queries.visible(request.user), pk=pk)
    context = {"case": case, "clock": queries.clock_of(case, clock.now()), "rung": RUNGS.get(case.rung, "")}
    return render(request, "cases/dot.html", context)
