"""Weak work and the inspection orders it led to (不严不实、督查单)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.base import clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.permissions import need
from qingshan.bureau.base.typed import number
from qingshan.bureau.cases import queries as cases
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.returns import actions
from qingshan.bureau.returns.models import DoubtSeen
from qingshan.bureau.returns.queries import summary, weak


@login_required
@require_GET
def doubts(request: HttpRequest) -> HttpResponse:
    """Weak points by rule, each with the three lights of its task and the order it led to."""
    person, now = request.user, clock.now()
    known = weak.facts(Task.objects.within(person).live().filter(year=now.year, kind=Task.Kind.TASK), now)
    found, rows = weak.found(known), {row.task.pk: row for row in known.rows}
    orders = weak.open_orders(person)
    since = {(seen.rule, seen.task_id): seen.since for seen in DoubtSeen.objects.filter(gone=None)}
    rules = weak.rules(now.date())
    chosen = request.GET.get("rule", "")
    groups = []
    for rule in rules:
        mine = [doubt for doubt in found if doubt.rule.name == rule.name]
        lines = [
            {
                "doubt": doubt, "three": list(rows[doubt.task.pk].signals), "light": known.joined[doubt.task.pk],
                "order": orders.get(weak.origin(*doubt.key)), "since": since.get(doubt.key),
            }
            for doubt in mine
        ]  # fmt: skip
        groups.append({"rule": rule, "n": len(mine), "lines": lines})
    context = {
        "groups": groups,
        "shown": [g for g in groups if (g["rule"].name == chosen if chosen else g["n"])],
        "chosen": chosen,
        "n": len(found),
        "n_tasks": len({doubt.task.pk for doubt in found}),
        "may_issue": person.has_perm("returns.issue_order") and person.has_perm("cases.dispatch_case"),
        "rule_title": summary.RULE,
    }
    return render(request, "returns/doubts.html", context)


@login_required
@require_POST
def issue(request: HttpRequest) -> HttpResponse:
    """Write an inspection order by hand."""
    need(request.user, "returns.issue_order", "开督查通知单需要“开督查通知单”权限")
    task_id = number(request.POST.get("task"))
    task = get_object_or_404(Task.objects.within(request.user), pk=task_id or 0)
    try:
        case = actions.issue_order(request.POST.get("rule", "")[:60], task.pk, by=request.user, words=request.POST.get("words", "")[:200])
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("returns:doubts")
    messages.success(request, f"督查单 {case.number} 已发{case.responsible}")
    return redirect(reverse("cases:order", args=[case.number]))


@login_required
@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    """Inspection orders a person sees: receipt, reply due, reply, closing."""
    person, now = request.user, clock.now()
    found = cases.visible(person, weak.WORKFLOW).order_by("-opened_at")
    rows = [{"case": case, "clock": cases.clock_of(case, now), "mine": cases.next_title(case, person)} for case in found]
    groups = {
        "open": [r for r in rows if not r["case"].is_closed], "mine": [r for r in rows if r["mine"]],
        "red": [r for r in rows if r["clock"].late], "closed": [r for r in rows if r["case"].is_closed],
    }  # fmt: skip
    tab = request.GET.get("tab", "open")
    tab = tab if tab in groups else "open"
    titles = (("open", "办理中"), ("mine", "待我办"), ("red", "逾期"), ("closed", "已办结"))
    context = {
        "tabs": [(key, title, len(groups[key])) for key, title in titles],
        "tab": tab,
        "page": Paginator(groups[tab], 50).get_page(request.GET.get("page")),
    }
    return render(request, "returns/orders.html", context)
