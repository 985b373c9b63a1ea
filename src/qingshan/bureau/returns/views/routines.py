"""Recurring duties week by week, with the record each left (例行工作)."""

from __future__ import annotations

import secrets

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.base import clock, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Attachment
from qingshan.bureau.base.permissions import need
from qingshan.bureau.base.typed import number
from qingshan.bureau.returns import actions
from qingshan.bureau.returns.actions.routines import KEEP
from qingshan.bureau.returns.models import Occasion
from qingshan.bureau.returns.queries import weeks

SHOWN = 12


def _show(request: HttpRequest, wrong: Refused | None = None, pk: int = 0) -> HttpResponse:
    person, now = request.user, clock.now()
    if person.scope_areas() is not None:
        raise PermissionDenied("例行工作由区级各科室办理")
    many = min(max(number(request.GET.get("many")) or SHOWN, 1), 200)
    occasions = list(weeks.latest(many))
    proofs: dict[str, list[Attachment]] = {}
    owned = Attachment.objects.filter(owner_type=Occasion._meta.label_lower, owner_id__in=[str(o.pk) for o in occasions])
    for attachment in owned:
        proofs.setdefault(attachment.owner_id, []).append(attachment)
    for occasion in occasions:
        occasion.proofs = proofs.get(str(occasion.pk), [])
    context = {
        "rows": weeks.table(occasions, now),
        "routines": sorted(packs.all("routines", at=now.date()).values(), key=lambda r: r.order),
        "may": person.has_perm("returns.keep_routine"),
        "now": now,
        "token": secrets.token_hex(12),
        "wrong": wrong,
        "wrong_pk": pk,
        "typed": request.POST if wrong else {},
        "more": many * 2 if len({(o.first, o.last) for o in occasions}) >= many else None,
    }
    return render(request, "returns/routines.html", context, status=wrong.status if wrong else 200)


@login_required
@require_GET
def routines(request: HttpRequest) -> HttpResponse:
    """Each week with its patrol, dispatch and bulletin: who did it, what came of it, what the platform saw in that week."""
    return _show(request)


@login_required
@require_POST
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the record of one turn."""
    need(request.user, "returns.keep_routine", KEEP)
    occasion = get_object_or_404(Occasion, pk=pk)
    post = request.POST
    answers = {key.removeprefix("ask-"): value for key, value in post.items() if key.startswith("ask-")}
    try:
        actions.record_occasion(
            pk, by=request.user, words=post.get("words", ""), outcome=post.get("outcome", ""), answers=answers,
            files=request.FILES.getlist("files"), token=post.get("token", ""),
        )  # fmt: skip
    except Refused as refused:
        return _show(request, refused, pk)
    messages.success(request, f"{occasion}已记录")
    return redirect("returns:routines")


@login_required
@require_POST
def skip(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that a turn was not held, and why."""
    need(request.user, "returns.keep_routine", KEEP)
    occasion = get_object_or_404(Occasion, pk=pk)
    try:
        actions.skip_occasion(pk, by=request.user, reason=request.POST.get("reason", ""))
    except Refused as refused:
        return _show(request, refused, pk)
    messages.success(request, f"{occasion}记为未开展")
    return redirect("returns:routines")
