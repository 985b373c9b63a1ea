"""One case: its page, its steps, proofs and everything else that may be done with it (一案一档)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from qingshan.bureau.base import clock, typed
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Organisation
from qingshan.bureau.cases import actions, panels, queries, sheets
from qingshan.bureau.cases.declared import actors
from qingshan.bureau.cases.models import Case, Proof
from qingshan.bureau.cases.views.lists import RUNGS


def _page(request: HttpRequest, case: Case, status: int = 200, wrong: Refused | None = None, step: str = "") -> HttpResponse:
    now, person = clock.now(), request.user
    proofs = queries.proofs_of(case)
    there = queries.proven(case, now, proofs)
    offers = queries.offers(case, person, now, proofs)
    declared = case.declared
    events = list(case.events.select_related("by"))
    sources = list(case.sources.select_related("responsible").order_by("opened_at", "id"))
    allowed = {name for name in queries.TITLES if queries.permits(name, case, person)}
    office = not case.is_closed and "merge" in allowed
    last = queries.reversible(case) if "undo" in allowed else None
    context = {
        "case": case,
        "declared": declared,
        "clock": queries.clock_of(case, now),
        "whole": queries.whole_span(case, now),
        "stages": queries.stages(case),
        "events": panels.timeline(events, proofs),
        "offers": [o for o in offers if not o.step.back and o.step.to not in declared.void],
        "returns": [o for o in offers if o.step.back or o.step.to in declared.void],
        "may_prove": queries.may_prove(case, person),
        "may_recheck": not case.is_closed and actors["verifier"](case, person),
        "slots": panels.slots(case, proofs, there),
        "plain": len(offers) == 1 and not (offers[0].step.ask or offers[0].step.reason or offers[0].needs or offers[0].step.back),
        "waits_for": queries.waits_for(case),
        "wrong": wrong,
        "wrong_step": step,
        "typed": request.POST if wrong else {},
        "panels": [panel for make in panels.more.values() if (panel := make(case, person))],
        "me": person.pk,
        "quarters": queries.quarters(case, there),
        "facts": sheets.secret_free(declared, case.facts, person),
        "unpublished": queries.unpublished(case.entered_at, case.due_at) if case.guessed else "",
        "sources": [(one, queries.clock_of(one, now)) for one in sources],
        "likes": queries.doubles_of(case, queries.visible(person)) if office else [],
        "allowed": allowed,
        "last": last,
        "units": list(Organisation.objects.order_by("kind", "name")) if office else [],
        "helping": {h.pk for h in case.helpers.all()},
        "rung": RUNGS.get(case.rung, ""),
        "today": now.date(),
        "ending": declared.ending,
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
    messages.success(request, f"{case.noun} {case.number} “{declared.title}”已办，现为“{case.state_words}”")
    return redirect("cases:order", number)


@login_required
@require_POST
def prove(request: HttpRequest, number: str) -> HttpResponse:
    """Give one or more proofs of a kind: files, or what a kind without a file says."""
    case = get_object_or_404(queries.visible(request.user), number=number)
    files, kind, place = request.FILES.getlist("file"), request.POST.get("kind", ""), request.POST.get("place", "")
    wanted = case.declared.proof.get(kind)
    if not files and (wanted is None or wanted.type in ("file", "photo")):
        return _page(request, case, 422, Refused("没有选照片或文件", field="file"), "prove")
    try:
        for upload in files[:10] or [None]:
            actions.add_proof(number, kind, upload, by=request.user, place=place, details=request.POST.dict())
    except Refused as no:
        return _page(request, case, 422, no, f"prove-{kind}" if wanted and wanted.type not in ("file", "photo") else "prove")
    messages.success(request, f"已交 {len(files[:10]) or 1} 份{case.declared.proof[kind].title}")
    return redirect(reverse("cases:order", args=[number]) + "#proofs")


@login_required
@require_POST
def withdraw(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    case = get_object_or_404(queries.visible(request.user), number=number)
    get_object_or_404(Proof, case=case, pk=pk, withdrawn=None)
    actions.withdraw_proof(number, pk, by=request.user)
    messages.success(request, "已收回一份佐证")
    return redirect(reverse("cases:order", args=[number]) + "#proofs")


@login_required
@require_POST
def act(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """What may be done beside the declared steps; what is wrong comes back on the page with everything typed still there."""
    case = get_object_or_404(queries.visible(request.user), number=number)
    if name not in queries.TITLES:
        raise Http404(f"没有操作“{name[:20]}”")
    said, by, reason = request.POST, request.user, request.POST.get("reason", "")
    unit = Organisation.objects.filter(pk=typed.number(said.get("to")) or 0).first()
    span = typed.number(said.get("span")) or 0
    try:
        if name == "transfer":
            if unit is None:
                raise Refused("请选择转给哪个单位", field="to")
            actions.transfer(number, unit, by=by, reason=reason)
        elif name == "join":
            helpers = Organisation.objects.filter(pk__in=typed.numbers(said.getlist("helper")))
            actions.join(number, helpers, by=by, reason=reason)
        elif name == "merge":
            actions.merge(number, said.get("into", "").strip(), by=by, reason=reason)
        elif name in ("ask_extension", "extend"):
            getattr(actions, name)(number, span, by=by, reason=reason)
        else:
            getattr(actions, name)(number, by=by, reason=reason)
    except Refused as no:
        return _page(request, case, 422, no, name)
    messages.success(request, f"{case.noun} {case.number} {queries.TITLES[name]}已记下")
    return redirect("cases:order", number)
