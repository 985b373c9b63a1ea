"""What filling in costs each unit in a month (减负)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from qingshan.bureau.base import clock, frame
from qingshan.bureau.returns.queries import burden as queries


@login_required
@require_GET
def burden(request: HttpRequest) -> HttpResponse:
    """Forms, fields, duplicates, what was filled in beforehand, how long it took; by unit, for one month."""
    try:
        month = frame.period(request.GET.get("month", ""))
    except ValueError:
        month = frame.period(f"{clock.today():%Y-%m}")
    found = queries.of(request.user, month)
    sent = [load for load in found.loads if load.figures]
    offered, figures = sum(load.offered for load in sent), sum(load.figures for load in sent)
    context = {
        "month": month,
        "months": [one for one in frame.periods() if len(one.key) == 7],
        "loads": found.loads,
        "doubles": found.doubles,
        "n_fields": sum(load.fields for load in found.loads),
        "n_double": sum(load.double for load in found.loads),
        "share": round(100 * offered / figures) if figures else None,
    }
    return render(request, "returns/burden.html", context)
