"""Pages of areas: outlines in and out as GeoJSON, and what applies at a place (范围、查一个点)."""

from __future__ import annotations

import datetime as dt
import json
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from qingshan.bureau.base import clock
from qingshan.bureau.base.permissions import need
from qingshan.bureau.registers import actions, outlines, queries
from qingshan.bureau.registers.actions.entries import PERMISSION, SENTENCE
from qingshan.bureau.registers.declared import Register
from qingshan.bureau.registers.forms import OutlineForm
from qingshan.bureau.registers.values import shown
from qingshan.bureau.registers.views import opened


def of_areas(request: HttpRequest, name: str) -> Register:
    of = opened(request, name)
    if of.shape != "area":
        raise Http404(f"“{of.title}”没有声明为范围（shape = area）")
    return of


def asked_day(request: HttpRequest) -> dt.date:
    """The day in the address (``on``), else today."""
    try:
        return dt.date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return clock.today()


@login_required
@require_http_methods(["GET", "POST"])
def outline(request: HttpRequest, name: str) -> HttpResponse:
    """Give entries their outlines from a file, all or none."""
    of = of_areas(request, name)
    need(request.user, PERMISSION, SENTENCE)
    form = OutlineForm(request.POST or None, request.FILES or None, initial={"day": clock.today()})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            drawn = outlines.matched(of, said["file"].read(), request.user)
        except outlines.OutlinesRefused as no:
            form.add_error("file", str(no))
        else:
            n = actions.set_outlines(of, drawn, by=request.user, day=said["day"], basis=said["basis"])
            messages.success(request, f"已划定 {n} 个范围，{len(drawn) - n} 个与现在的相同")
            return redirect("registers:map", of.name)
    return render(request, "registers/outline.html", {"of": of, "form": form}, status=422 if form.errors else 200)


@login_required
@require_GET
def outline_file(request: HttpRequest, name: str) -> HttpResponse:
    """The outlines as they stood on a day, as GeoJSON."""
    of, day = of_areas(request, name), asked_day(request)
    mine = dict(queries.entries(of, request.user).values_list("pk", "key"))
    features = []
    for pk, said in queries.standing(of, day):
        if pk in mine and said.get("geometry"):
            named = {"code": mine[pk], "name": str(said["values"].get(of.heading.name) or mine[pk])}
            features.append({"type": "Feature", "properties": named, "geometry": said["geometry"]})
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'{of.title}_{day}.geojson')}"}
    return HttpResponse(text, content_type="application/geo+json", headers=headers)


def _cells(of: Register, values: dict, named: str = "") -> list[tuple]:
    """The fields beside number and name, as people read them; without the one that names an entry of the register `named`."""
    asked = (f for f in of.field if not f.key and not f.heading and not (named and f.entry_of == named))
    return [(f, shown(f, values.get(f.name))) for f in asked]


@login_required
@require_GET
def at(request: HttpRequest) -> HttpResponse:
    """What applies at a place on a day: the areas it lies in, their rules, and the entries around it."""
    day, place, wrong = asked_day(request), None, ""
    if request.GET.get("lon") or request.GET.get("lat"):
        try:
            lon, lat = float(request.GET.get("lon", "")), float(request.GET.get("lat", ""))
            place = (lon, lat) if 73 <= lon <= 136 and 3 <= lat <= 54 else None
        except ValueError:
            pass
        wrong = "" if place else "经度须在 73—136、纬度须在 3—54 之间，单位是度；可能颠倒了"
    held = outlines.at(request.user, *place, day) if place else []
    rows = [
        {
            "held": h, "state": h.of.state.get(h.state, h.state), "cells": _cells(h.of, h.values),
            "belonging": [(other, [(e, _cells(other, e.values, h.of.name)) for e in there]) for other, there in h.belonging],
        }
        for h in held
    ]  # fmt: skip
    context = {
        "rows": rows, "near": outlines.near(request.user, *place)[:100] if place else [], "place": place, "wrong": wrong, "day": day,
        "lon": request.GET.get("lon", ""), "lat": request.GET.get("lat", ""), "metres": outlines.NEAR,
        "layers": [of for of in queries.registers(request.user) if of.shape == "area"],
    }  # fmt: skip
    return render(request, "registers/at.html", context, status=422 if wrong else 200)
