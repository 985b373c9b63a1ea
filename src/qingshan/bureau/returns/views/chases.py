"""Reminders given, and units that have not reported (催报、未报单位)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from qingshan.bureau.base import clock, packs
from qingshan.bureau.base.models import Organisation
from qingshan.bureau.cases.queries import calendar
from qingshan.bureau.returns.actions.chasing import level_of
from qingshan.bureau.returns.models import Chase
from qingshan.bureau.returns.models.rota import units_of
from qingshan.bureau.returns.queries import rotas, summary


@login_required
@require_GET
def chases(request: HttpRequest) -> HttpResponse:
    """The list of units that owe returns, how loudly they are chased, and every reminder given."""
    person, now = request.user, clock.now()
    silent = summary.silent(now)
    if person.scope_areas() is not None:
        silent = {unit: owed for unit, owed in silent.items() if unit in units_of(person)}
    days, units, named = calendar(), Organisation.objects.in_bulk(silent), rotas.reporters(silent)
    last: dict[int, Chase] = {}
    for chase in Chase.objects.filter(organisation__in=silent).order_by("on"):
        last[chase.organisation_id] = chase
    levels = dict(Chase.Level.choices)
    rows = []
    for unit, owed in silent.items():
        level = max(level_of(period, now, days) for period, _ in owed)
        rows.append({
            "unit": units[unit], "owed": owed, "n": sum(n for _, n in owed), "level": level, "words": levels.get(level, "未到提醒日"),
            "light": {0: "none", 1: "none", 2: "amber"}.get(level, "red"), "last": last.get(unit), "named": named.get(unit, []),
        })  # fmt: skip
    rows.sort(key=lambda row: (-row["level"], row["unit"].kind, row["unit"].name))
    found = Chase.objects.within(person).select_related("organisation", "by").prefetch_related("people")
    context = {
        "rows": rows,
        "listed": [row for row in rows if row["level"] >= Chase.Level.LISTED],
        "page": Paginator(found, 60).get_page(request.GET.get("page")),
        "rhythms": packs.all("rhythms", at=now.date()).values(),
    }
    return render(request, "returns/chases.html", context)
