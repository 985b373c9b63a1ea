"""Two plans side by side: the page and its Excel sheet (计划对照)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.permissions import need
from qingshan.bureau.base.typed import number
from qingshan.bureau.ledger import comparison, reading
from qingshan.bureau.ledger.models import Plan
from qingshan.bureau.ledger.views.sheets import XLSX
from qingshan.plans.compare import WORDS, Comparison
from qingshan.plans.compare import compare as laid
from qingshan.plans.promises import Promise

MOST = 400
"""lines shown at once"""


def _pair(request: HttpRequest) -> tuple[list[Plan], Plan | None, Plan | None]:
    """The plans to choose from and the two that are asked for: the newest and the one before it where none is named."""
    need(request.user, "ledger.review_plan", "对照两份计划需要“核对识读结果”权限")
    there = list(Plan.objects.within(request.user).defer("text", "paragraphs").order_by("-year", "-issued", "-pk"))
    by_id = {p.pk: p for p in there}
    after = by_id.get(number(request.GET.get("after")) or 0)
    before = by_id.get(number(request.GET.get("before")) or 0)
    if after is None:
        after = next((p for p in there if p != before), None)
    if before is None and after is not None:
        older = [p for p in there if p != after]
        before = next((p for p in older if p.pk == after.replaces_id), None) or next((p for p in older if p.year < after.year), None)
        before = before or next(iter(older), None)
    return there, before, after


def _compared(before: Plan, after: Plan) -> Comparison:
    return laid(reading.promises(before), reading.promises(after), (before.year, after.year))


@login_required
@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """What the later plan adds, drops, raises and lowers; each line leads to both texts."""
    there, before, after = _pair(request)
    found = _compared(before, after) if before and after and before != after else None
    change, kind = request.GET.get("change", ""), request.GET.get("kind", "")
    rows = [r for r in found.rows if change in ("", r.change) and kind in ("", r.kind)] if found else []
    if change == "" and found:
        rows = [r for r in rows if r.change != "same"]
    return render(request, "ledger/compare.html", {
        "plans": there, "before": before, "after": after, "rows": rows[:MOST], "n_rows": len(rows), "most": MOST,
        "change": change, "kind": kind, "kinds": comparison.KINDS.items(),
        "counts": [(key, WORDS[key], n) for key, n in found.counts.items()] if found else [],
        "words": WORDS, "same_plan": bool(before and before == after),
    })  # fmt: skip


@login_required
@require_GET
def sheet(request: HttpRequest) -> HttpResponse:
    """The comparison as an Excel sheet."""
    _, before, after = _pair(request)
    if before is None or after is None or before == after:
        raise Refused("要对照的两份计划没有选全，请回到对照页选两份不同的文件", status=404)
    data = comparison.write(_compared(before, after), _side(before), _side(after))
    name = f"计划对照 {before.year}-{after.year}.xlsx"
    return HttpResponse(data, content_type=XLSX, headers={"Content-Disposition": content_disposition_header(True, name)})


def _side(plan: Plan) -> comparison.Side:
    def place(p: Promise) -> str:
        return reading.place(plan, p.start, p.end)

    return comparison.Side(plan.title, place)
