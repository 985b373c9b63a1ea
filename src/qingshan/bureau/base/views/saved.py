"""Keeping and dropping ways of looking at a list (保存的视图)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from qingshan.bureau.base.actions import saved
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import SavedView


def _back(request: HttpRequest) -> HttpResponse:
    back = request.POST.get("back", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "/")


@login_required
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep what a list shows now."""
    said = request.POST
    try:
        found = saved.save_view(
            said.get("page", ""), said.get("title", ""), said.get("query", ""), by=request.user, share=said.get("share") == "1"
        )
        messages.success(request, f"已存为“{found}”" + ("，本单位的人也能用" if found.organisation_id else ""))
    except Refused as no:
        messages.error(request, no.message)
    return _back(request)


@login_required
@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove one of one's views."""
    get_object_or_404(SavedView, pk=pk, person=request.user)
    saved.drop_view(pk, by=request.user)
    messages.success(request, "已删去这个视图，条目不受影响")
    return _back(request)
