"""Named battles with their scores, and tasks by pairs of tags (战役、标签)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from qingshan.bureau.base import clock, frame, packs
from qingshan.bureau.ledger import battles as scores
from qingshan.bureau.ledger import queries, tags


@login_required
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Each battle's score with how it comes about; below it the tags of two schemes, pair by pair."""
    person, on = request.user, clock.today()
    year = frame.period_of(request).start.year
    found = list(queries.tasks(person, queries.Filters(), on, year).whole().prefetch_related("leads", "coops", "tags"))
    rows = queries.judged_rows(found, on)
    schemes = {one.name: one for one in tags.schemes(on)}
    used = sorted(schemes.values(), key=lambda one: -sum(tag.tag.startswith(f"{one.name}.") for row in rows for tag in row.task.tags.all()))
    across = schemes.get(request.GET.get("across", "")) or next(iter(used), None)
    down = schemes.get(request.GET.get("down", "")) or next((one for one in used if one != across), across)
    fought = sorted((scores.score(one, rows) for one in packs.all("battles", on).values()), key=lambda one: -len(one.rows))
    return render(request, "ledger/battles.html", {
        "year": year, "on": on, "scores": fought,
        "schemes": list(schemes.values()), "across": across, "down": down,
        "pairs": tags.pairs(rows, across, down) if across and down else None, "n": len(rows),
    })  # fmt: skip
