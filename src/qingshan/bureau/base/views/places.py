"""Areas and organisations: two trees, and the drawer or page that changes one."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from qingshan.bureau.base import queries
from qingshan.bureau.base.actions import places
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.forms import AreaForm, OrganisationForm
from qingshan.bureau.base.models import Area, Organisation
from qingshan.bureau.base.permissions import need


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """区域与单位."""
    context = {
        "areas": queries.areas(request.user),
        "organisations": queries.organisations(request.user),
        "may": request.user.has_perm("base.manage_area"),
        "first": not Area.objects.exists(),
    }
    return render(request, "base/places.html", context)


@login_required
def area(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add or change an area."""
    need(request.user, *places.MAY)
    thing = get_object_or_404(Area, pk=pk) if pk else None
    first = {"level": "town", "parent": request.GET.get("parent")}
    if thing:
        first = {name: getattr(thing, name) for name in ("code", "name", "level", "parent")} | {"aliases": "、".join(thing.aliases)}
    return _edit(request, AreaForm, places.keep_area, thing, first, "区划")


@login_required
def organisation(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add or change an organisation."""
    need(request.user, *places.MAY)
    thing = get_object_or_404(Organisation, pk=pk) if pk else None
    first = {"parent": request.GET.get("parent")}
    if thing:
        first = {name: getattr(thing, name) for name in places.ORGANISATION_FIELDS}
    return _edit(request, OrganisationForm, places.keep_organisation, thing, first, "单位")


def _edit(request: HttpRequest, form_class, action, thing, first: dict, word: str) -> HttpResponse:
    form = form_class(request.POST or None, initial=first)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                kept = action(thing.pk if thing else None, by=request.user, **form.cleaned_data)
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            else:
                messages.success(request, f"已{'更改' if thing else '新增'}{word}“{kept}”")
                return redirect("base:places")
    context = {"form": form, "thing": thing, "title": f"{'更改' if thing else '新增'}{word}", "back": "base:places"}
    return render(request, "base/edit.html", context, status=status)
