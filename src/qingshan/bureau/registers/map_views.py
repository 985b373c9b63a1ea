"""Pages of the map layer of a register (登记册图层)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from qingshan.bureau.base import clock
from qingshan.bureau.registers import agenda, listing, plotted, queries
from qingshan.bureau.registers.declared import Register
from qingshan.bureau.registers.outline_pages import asked_day
from qingshan.bureau.registers.values import shown
from qingshan.bureau.registers.views import COLUMNS, opened


def _placed(request: HttpRequest, name: str) -> Register:
    of = opened(request, name)
    if of.shape == "none":
        raise Http404(f"“{of.title}”没有声明上图（shape = point 或 area）")
    return of


@login_required
@require_safe
def layer(request: HttpRequest, name: str) -> HttpResponse:
    """The entries of a list on the map."""
    of = _placed(request, name)
    ways, asked = plotted.ways(of), request.GET.copy()
    by = asked.pop("by", [""])[-1]
    context = {
        "of": of, "ways": ways, "by": by if by in ways else next(iter(ways), ""), "asked": asked.urlencode(),
        "search": request.GET.get("q", ""), "choices": listing.choices(request, of), "clear": bool(asked), "on": request.GET.get("on", ""),
    }  # fmt: skip
    return render(request, "registers/map.html", context)


@login_required
@require_safe
def data(request: HttpRequest, name: str) -> HttpResponse:
    """Boundaries, legend and points of the layer."""
    of = _placed(request, name)
    if of.shape == "area":
        found = plotted.areas(of, listing.narrowed(request, of), request.user, asked_day(request), request.GET.get("by", ""))
    else:
        found = plotted.layer(of, listing.narrowed(request, of), request.user, clock.today(), request.GET.get("by", ""))
    return JsonResponse(found, json_dumps_params={"ensure_ascii": False, "separators": (",", ":")})


@login_required
@require_safe
def card(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """What is written on a point when it is opened: the fields this person sees."""
    of = _placed(request, name)
    entry = get_object_or_404(queries.entries(of, request.user), pk=pk)
    light, words = of.light_of(entry.state, entry.values, clock.today())
    fields = [f for f in of.field if not f.key and not f.heading][:COLUMNS]
    context = {
        "of": of, "entry": entry, "cells": [(f, shown(f, entry.values.get(f.name))) for f in fields], "light": light, "words": words,
        "state": of.state.get(entry.state, entry.state), "grade": agenda.grades(of, [entry], clock.today()).get(pk),
    }  # fmt: skip
    return render(request, "registers/parts/card.html", context)
