"""Pages of the orders: list and board, one order, its steps and proofs (处置单)."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from qingshan.bureau.base import clock, frame, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area
from qingshan.bureau.cases import actions, panels, queries
from qingshan.bureau.cases.models import Case, Proof

PAGE = 50
TABS = (("open", "办理中"), ("mine", "待我办"), ("red", "逾期"), ("amber", "将到期"), ("closed", "已办完"), ("all", "全部"))


@dataclass(frozen=True)
class Row:
    """A case as one line or card."""

    case: Case
    clock: queries.Clock
    mine: str  # what the person can do next, "" for nothing


def _rows(cases, person, now) -> list[Row]:
    return [Row(c, queries.clock_of(c, now), queries.next_title(c, person)) for c in cases]


@login_required
@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """The orders this person may see, by tab, as a table or a board of states."""
    now, person = clock.now(), request.user
    found = queries.visible(person)
    area = frame.area_of(request)
    if area is not None and area.level != Area.Level.DISTRICT:
        found = found.filter(area__in=Area.objects.below({area.pk}))
    text, workflow = request.GET.get("q", "").strip()[:60], request.GET.get("workflow", "")
    if text:
        found = queries.holding(found, text)
    if workflow:
        found = found.filter(workflow=workflow)
    rows = _rows(found, person, now)
    groups = {
        "open": [r for r in rows if not r.case.is_closed],
        "mine": [r for r in rows if r.mine],
        "red": [r for r in rows if r.clock.light == "red"],
        "amber": [r for r in rows if r.clock.light == "amber"],
        "closed": [r for r in rows if r.case.is_closed],
        "all": rows,
    }
    tab = request.GET.get("tab", "open")
    tab = tab if tab in groups else "open"
    shown = sorted(groups[tab], key=lambda r: (r.case.is_closed, -r.case.opened_at.timestamp() if r.case.is_closed else _urgency(r)))
    view = "board" if request.GET.get("view") == "board" else "table"
    workflows = packs.all("cases")
    context = {
        "tabs": [(key, words, len(groups[key])) for key, words in TABS],
        "tab": tab,
        "view": view,
        "page": Paginator(shown, PAGE).get_page(request.GET.get("page")),
        "search": text,
        "choices": [("workflow", "流程", [(w.name, w.title) for w in workflows.values()], workflow)] if len(workflows) > 1 else [],
        "clear": bool(text or workflow),
        "columns": panels.board(shown) if view == "board" else [],
        "counts": {light: sum(r.clock.light == light for r in rows) for light in queries.LIGHTS},
    }
    return render(request, "cases/orders.html", context)


def _urgency(row: Row) -> float:
    return row.case.due_at.timestamp() if row.case.due_at else float("inf")


def _page(request: HttpRequest, case: Case, status: int = 200, wrong: Refused | None = None, step: str = "") -> HttpResponse:
    now, person = clock.now(), request.user
    offers = queries.offers(case, person)
    proofs = queries.standing_proofs(case)
    declared = case.declared
    events = list(case.events.select_related("by"))
    context = {
        "case": case,
        "declared": declared,
        "clock": queries.clock_of(case, now),
        "whole": queries.whole_span(case, now),
        "stages": queries.stages(case),
        "events": panels.timeline(events, proofs),
        "offers": [o for o in offers if not o.step.back],
        "returns": [o for o in offers if o.step.back],
        "may_prove": queries.may_prove(case, person),
        "slots": panels.slots(case, proofs),
        "plain": len(offers) == 1 and not (offers[0].step.ask or offers[0].step.reason or offers[0].needs or offers[0].step.back),
        "waits_for": queries.waits_for(case),
        "wrong": wrong,
        "wrong_step": step,
        "typed": request.POST if wrong else {},
        "panels": [panel for make in panels.more.values() if (panel := make(case, person))],
        "me": person.pk,
    }
    return render(request, "cases/order.html", context, status=status)


@login_required
@require_safe
def order(request: HttpRequest, number: str) -> HttpResponse:
    return _page(request, get_object_or_404(queries.visible(request.user), number=number))


@login_required
@require_POST
def step(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """Take one step; what is wrong comes back on the page with everything typed still there."""
    case = get_object_or_404(queries.visible(request.user), number=number)
    try:
        declared = case.declared.find_step(name)
        case = actions.take_step(number, name, by=request.user, note=request.POST.get("note", ""), answers=request.POST.dict())
    except LookupError:
        raise Refused(f"没有“{name[:20]}”这一步", status=404) from None
    except Refused as no:
        return _page(request, case, 422, no, name)
    messages.success(request, f"{case.number} “{declared.title}”已办，现为“{case.state_words}”")
    return redirect("cases:order", number)


@login_required
@require_POST
def prove(request: HttpRequest, number: str) -> HttpResponse:
    """Give one or more proofs of a kind."""
    case = get_object_or_404(queries.visible(request.user), number=number)
    files = request.FILES.getlist("file")
    if not files:
        return _page(request, case, 422, Refused("没有选照片或文件", field="file"), "prove")
    try:
        for upload in files[:10]:
            actions.add_proof(number, request.POST.get("kind", ""), upload, by=request.user, place=request.POST.get("place", ""))
    except Refused as no:
        return _page(request, case, 422, no, "prove")
    messages.success(request, f"已交 {len(files[:10])} 份{case.declared.proof[request.POST['kind']]}")
    return redirect(reverse("cases:order", args=[number]) + "#proofs")


@login_required
@require_POST
def withdraw(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    case = get_object_or_404(queries.visible(request.user), number=number)
    get_object_or_404(Proof, case=case, pk=pk, withdrawn=None)
    actions.withdraw_proof(number, pk, by=request.user)
    messages.success(request, "已收回一份佐证")
    return redirect(reverse("cases:order", args=[number]) + "#proofs")
