"""Rotas and reporters: what is reported by which rhythm, who reports for a unit (填报安排、信息员)."""

from __future__ import annotations

from datetime import date, datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.base import clock, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Organisation, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.base.typed import number, numbers
from qingshan.bureau.ledger.models import Plan, Task
from qingshan.bureau.returns import actions
from qingshan.bureau.returns.actions.rotas import MANAGE
from qingshan.bureau.returns.models import Reporter, Rota


def _show(request: HttpRequest, wrong: Refused | None = None, form: str = "") -> HttpResponse:
    person, today = request.user, clock.today()
    need(person, "returns.manage_rota", MANAGE)
    reporters: dict[int, list[Reporter]] = {}
    for row in Reporter.objects.filter(until=None).select_related("person", "organisation"):
        reporters.setdefault(row.organisation_id, []).append(row)
    units = Organisation.objects.exclude(kind=Organisation.Kind.FIRM)
    context = {
        "rotas": Rota.objects.annotate(n_periods=Count("periods", distinct=True), n_tasks=Count("tasks", distinct=True)).select_related(
            "plan", "by"
        ),
        "rhythms": packs.all("rhythms", at=today).values(),
        "plans": Plan.objects.within(person).only("pk", "title", "year"),
        "tasks": Task.objects.within(person).going().filter(kind=Task.Kind.TASK, year=today.year).only("pk", "number", "title", "plan_id"),
        "units": [(unit, reporters.get(unit.pk, [])) for unit in units],
        "people": Person.objects.filter(is_active=True).exclude(organisation=None).select_related("organisation"),
        "duties": Reporter.Duty.choices,
        "whos": Rota.Who.choices,
        "today": today,
        "wrong": wrong,
        "form": form,
        "typed": request.POST if wrong else {},
    }
    return render(request, "returns/rotas.html", context, status=wrong.status if wrong else 200)


@login_required
@require_GET
def rotas(request: HttpRequest) -> HttpResponse:
    """Rotas, rhythms, reporters."""
    return _show(request)


def _acted(request: HttpRequest, form: str, act, done) -> HttpResponse:
    try:
        result = act()
    except Refused as refused:
        return _show(request, refused, form)
    messages.success(request, done(result))
    return redirect("returns:rotas")


def day(text: str | None, field: str) -> date | None:
    """A day out of a form; None where the field is empty."""
    if not (text or "").strip():
        return None
    try:
        return date.fromisoformat(str(text).strip())
    except ValueError:
        raise Refused(f"日期写成“{str(text)[:20]}”，应如 2026-11-27", field=field, status=422) from None


@login_required
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """Give a plan or chosen tasks a rhythm."""
    post = request.POST

    def act():
        return actions.make_rota(
            by=request.user, title=post.get("title", ""), rhythm=post.get("rhythm", ""), plan_id=number(post.get("plan")),
            task_ids=numbers(post.getlist("task")), who=post.get("who", "leads"), began=day(post.get("began"), "began"),
            basis=post.get("basis", ""),
        )  # fmt: skip

    return _acted(request, "new", act, lambda rota: f"已安排“{rota}”，到时自动开期")


@login_required
@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Open no further periods."""
    need(request.user, "returns.manage_rota", MANAGE)
    get_object_or_404(Rota, pk=pk)
    return _acted(
        request,
        f"stop-{pk}",
        lambda: actions.stop_rota(pk, by=request.user, reason=request.POST.get("reason", "")),
        lambda rota: f"“{rota}”已停止",
    )


@login_required
@require_POST
def open_period(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a period by hand."""
    need(request.user, "returns.manage_rota", MANAGE)
    get_object_or_404(Rota, pk=pk)
    post = request.POST

    def act():
        first, last = day(post.get("first"), "first"), day(post.get("last"), "last")
        if first is None or last is None:
            raise Refused("请填起止日", field="first", status=422)
        due_at = None
        if post.get("due", "").strip():
            try:
                due_at = datetime.fromisoformat(post["due"].strip()).replace(tzinfo=None)
            except ValueError:
                raise Refused("截止时间写得不对，应如 2026-11-27 17:30", field="due", status=422) from None
        return actions.open_by_hand(
            pk, by=request.user, title=post.get("title", ""), first=first, last=last, due_at=due_at, reason=post.get("reason", "")
        )

    return _acted(request, f"open-{pk}", act, lambda period: f"已开{period.name}")


@login_required
@require_POST
def name_reporter(request: HttpRequest) -> HttpResponse:
    """Name a reporter, deputy or leader for a unit."""
    post = request.POST

    def act():
        return actions.name_reporter(
            by=request.user,
            organisation_id=number(post.get("organisation")) or 0,
            person_id=number(post.get("person")) or 0,
            duty=post.get("duty", ""),
        )

    return _acted(request, "reporter", act, lambda row: f"{row}")


@login_required
@require_POST
def end_reporter(request: HttpRequest, pk: int) -> HttpResponse:
    """A reporter's duty ends."""
    need(request.user, "returns.manage_rota", MANAGE)
    get_object_or_404(Reporter, pk=pk)
    return _acted(request, "reporter", lambda: actions.end_reporter(pk, by=request.user), lambda row: f"{row}已卸任")
