"""The live page (实时): frames as they come, alarms as they open."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from qingshan.bureau.monitor.queries import live as queries


@login_required
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    return render(request, "monitor/live.html", {"most": queries.MOST})


@login_required
@require_safe
def live_json(request: HttpRequest) -> JsonResponse:
    """What came after ``?after=frame``."""
    text = request.GET.get("after", "")
    after = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1
    return JsonResponse(queries.live(request.user, after), json_dumps_params={"ensure_ascii": False})
