"""Visits to townships: coverage of the year, who has whom in charge (包片走访)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.base import clock, frame
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.base.typed import number, numbers
from qingshan.bureau.meetings import actions
from qingshan.bureau.meetings.actions.charges import CHARGE
from qingshan.bureau.meetings.models import Charge
from qingshan.bureau.meetings.queries import visits as questions


def _show(request: HttpRequest, wrong: Refused | None = None) -> HttpResponse:
    person = request.user
    year = frame.period_of(request).start.year
    towns = questions.coverage(person, year)
    kinds = questions.visit_kinds(clock.today())
    whole = person.scope_areas() is None
    context = {
        "towns": towns,
        "kinds": kinds,
        "covers": [k for k in kinds if k.cover],
        "n_done": sum(not t.lacks for t in towns),
        "n_visits": sum(len(t.done) for t in towns),
        "problems": sum(t.problems for t in towns),
        "solved": sum(t.solved for t in towns),
        "may_call": person.has_perm("meetings.call_meeting") and whole,
        "leaders": Person.objects.within(person).filter(is_active=True, groups__name="leader").order_by("name") if whole else [],
        "year": year,
        "wrong": wrong,
    }
    return render(request, "meetings/visits.html", context, status=wrong.status if wrong else 200)


@login_required
@require_GET
def visits(request: HttpRequest) -> HttpResponse:
    """Every township with its leader, visits and problems; those not visited first."""
    return _show(request)


@login_required
@require_POST
def take_charge(request: HttpRequest) -> HttpResponse:
    """Give townships to a leader."""
    need(request.user, "meetings.call_meeting", CHARGE)
    try:
        made = actions.take_charge(
            by=request.user, leader_id=number(request.POST.get("leader")) or 0, area_ids=numbers(request.POST.getlist("area"))
        )
    except Refused as refused:
        return _show(request, refused)
    messages.success(request, f"已安排包片 {len(made)} 个镇街" if made else "包片没有变化")
    return redirect("meetings:visits")


@login_required
@require_POST
def end_charge(request: HttpRequest, pk: int) -> HttpResponse:
    """A leader's charge ends."""
    need(request.user, "meetings.call_meeting", CHARGE)
    get_object_or_404(Charge, pk=pk)
    actions.end_charge(pk, by=request.user)
    messages.success(request, "包片已结束")
    return redirect("meetings:visits")
