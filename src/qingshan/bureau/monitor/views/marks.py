"""Marks on data: list, filing one, reviewing it (数据标记与审核)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.permissions import need
from qingshan.bureau.monitor import queries
from qingshan.bureau.monitor.actions import marks as actions
from qingshan.bureau.monitor.forms import MarkForm
from qingshan.bureau.monitor.models import Mark

TABS = ((Mark.State.FILED, "待审核"), (Mark.State.IN_FORCE, "生效"), (Mark.State.REFUSED, "未同意"), (Mark.State.WITHDRAWN, "已撤销"))


@login_required
@require_safe
def marks(request: HttpRequest) -> HttpResponse:
    found = queries.marks(request.user)
    source, text = (request.GET.get(k, "").strip()[:40] for k in ("source", "q"))
    if source in Mark.Source.values:
        found = found.filter(source=source)
    if text:
        found = found.filter(station__name__icontains=text)
    counts = {state: found.filter(state=state).count() for state in Mark.State.values}
    tab = request.GET.get("tab", Mark.State.FILED if counts[Mark.State.FILED] else Mark.State.IN_FORCE)
    tab = tab if tab in counts else Mark.State.IN_FORCE
    context = {
        "page": Paginator(found.filter(state=tab), 50).get_page(request.GET.get("page")), "tabs": [(k, w, counts[k]) for k, w in TABS],
        "tab": tab, "search": text, "clear": bool(source or text), "choices": [("source", "来源", Mark.Source.choices, source)],
        "may_file": request.user.has_perm("monitor.file_mark"),
    }  # fmt: skip
    return render(request, "monitor/marks.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new_mark(request: HttpRequest) -> HttpResponse:
    """File a mark; from a lead or a station the interval is filled in."""
    need(request.user, "monitor.file_mark", "登记数据标记需要“登记数据标记”权限")
    initial = {k: request.GET[k] for k in ("station", "kind", "start", "end", "items", "lead") if request.GET.get(k)}
    form = MarkForm(request.POST or None, request.FILES or None, person=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            mark = actions.file_mark(
                said["station"].code, said["kind"], said["start"], said["end"], by=request.user, reason=said["reason"],
                items=tuple(said["items"]), evidence=said["evidence"], lead=said["lead"],
            )  # fmt: skip
        except Refused as no:
            form.add_error(no.field if no.field in form.fields else None, no.message)
        else:
            messages.success(request, f"已登记，待{'两人' if mark.reviewers == 2 else '另一人'}审核；审核以前数值照常参与评价")
            return redirect("monitor:mark", mark.pk)
    return render(request, "monitor/mark_new.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def mark(request: HttpRequest, pk: int) -> HttpResponse:
    """One mark: what it says, what it changes, who agreed."""
    found = get_object_or_404(queries.marks(request.user), pk=pk)
    error = None
    if request.method == "POST":
        note = request.POST.get("note", "")
        act = {"agree": actions.agree, "refuse": actions.refuse, "withdraw": actions.withdraw}.get(request.POST.get("act", ""))
        try:
            if act is None:
                raise Refused("没有这一步；可办：同意、不同意、撤销", status=400)
            done = act(pk, by=request.user, note=note)
            messages.success(request, f"已记下，这条标记现在{done.get_state_display()}")
            return redirect("monitor:mark", pk)
        except Refused as no:
            error = no
    reviews = list(found.reviews.select_related("by"))
    person = request.user
    is_mine = found.by_id == person.pk
    may_review = found.state == Mark.State.FILED and person.has_perm("monitor.review_mark") and not is_mine
    context = {
        "mark": found, "effects": found.effect.get("items", []), "reviews": reviews, "error": error,
        "said": request.POST.get("note", ""), "agreed": sum(r.step == "agree" for r in reviews),
        "may_review": may_review and not any(r.by_id == person.pk for r in reviews),
        "may_withdraw": found.source == Mark.Source.PERSON
        and (
            (found.state == Mark.State.FILED and is_mine)
            or (found.state == Mark.State.IN_FORCE and not is_mine and person.has_perm("monitor.review_mark"))
        ),
    }  # fmt: skip
    return render(request, "monitor/mark.html", context, status=error.status if error else 200)
