"""The register of meetings, what one must attend, and calling a new one (会议)."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from qingshan.bureau.base import clock, frame
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area, Organisation, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.base.typed import number, numbers
from qingshan.bureau.ledger import forms
from qingshan.bureau.meetings import actions
from qingshan.bureau.meetings.actions.calling import CALL
from qingshan.bureau.meetings.declared import FORMS
from qingshan.bureau.meetings.models import Meeting
from qingshan.bureau.meetings.queries import register

PER_PAGE = 40


@login_required
@require_GET
def meetings(request: HttpRequest) -> HttpResponse:
    """Meetings of the year; for units first what they are called to, for the bureau how the year's rhythm is kept."""
    person, now = request.user, clock.now()
    year = frame.period_of(request).start.year
    declared = register.kinds(now.date())
    found = register.meetings(person, request.GET, year)
    whole = person.scope_areas() is None
    context = {
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "mine": register.to_attend(person, now),
        "may_answer": person.has_perm("meetings.answer_notice"),
        "beats": register.beats(now.date()) if whole and year == now.year else [],
        "choices": [
            ("kind", "种类", [(k.name, k.title) for k in declared], request.GET.get("kind", "")),
            ("state", "状态", Meeting.State.choices, request.GET.get("state", "")),
        ],
        "search": request.GET.get("q", ""),
        "clear": any(request.GET.get(n) for n in ("kind", "state", "q")),
        "may_call": person.has_perm("meetings.call_meeting"),
        "whole": whole,
        "year": year,
        "now": now,
    }
    return render(request, "meetings/meetings.html", context)


def moment(text: str | None, field: str = "starts_at") -> datetime | None:
    """A moment out of a form; None where the field is empty."""
    if not (text or "").strip():
        return None
    try:
        return datetime.fromisoformat(str(text).strip()[:16])
    except ValueError:
        raise Refused(f"时间写成“{str(text)[:20]}”，应如 2026-11-27T09:00", field=field, status=422) from None


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Call a meeting, plan a visit or enter an instruction, of the kind ``?kind=``."""
    person, now = request.user, clock.now()
    need(person, "meetings.call_meeting", CALL)
    post = request.POST
    declared = register.kinds(now.date())
    name = post.get("kind") or request.GET.get("kind", "")
    kind = next((k for k in declared if k.name == name), declared[0] if declared else None)
    wrong = None
    if request.method == "POST":
        try:
            made = actions.make_meeting(
                by=person, kind=name, starts_at=moment(post.get("starts_at")), title=post.get("title", ""), place=post.get("place", ""),
                chair=post.get("chair", ""), subject=post.get("subject", ""), demands=post.get("demands", ""),
                leader_id=number(post.get("leader")), area_id=number(post.get("area")), unit_ids=numbers(post.getlist("leads")),
                observer_ids=numbers(post.getlist("coops")),
            )  # fmt: skip
        except Refused as refused:
            wrong = refused
        else:
            if post.get("send") and made.state == Meeting.State.DRAFT and made.attendees.exists():
                actions.send_notice(made.pk, by=person)
                messages.success(request, f"“{made}”已建，通知已发 {made.attendees.count()} 个单位")
            else:
                messages.success(request, f"“{made}”已建")
            return redirect("meetings:meeting", made.pk)
    units = {u.pk: u.kind for u in Organisation.objects.exclude(kind=Organisation.Kind.FIRM)}
    chosen = numbers(post.getlist("leads")) if wrong else [pk for pk, k in units.items() if kind and k in kind.attend]
    context = {
        **forms.options(),
        "kinds": declared,
        "kind": kind,
        "forms": FORMS,
        "leads": chosen,
        "coops": numbers(post.getlist("coops")) if wrong else [],
        "leaders": Person.objects.within(person).filter(is_active=True, groups__name="leader").order_by("name"),
        "towns": Area.objects.within(person).filter(level=Area.Level.TOWN).defer("geometry").order_by("code"),
        "typed": post if wrong else {"area": request.GET.get("area", ""), "leader": request.GET.get("leader", "")},
        "wrong": wrong,
    }  # fmt: skip
    return render(request, "meetings/new.html", context, status=wrong.status if wrong else 200)
