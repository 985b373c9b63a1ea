"""Groups, work teams and their members (专项小组、专班)."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.base import clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.base.typed import number
from qingshan.bureau.ledger import actions, fields, forms, queries
from qingshan.bureau.ledger.actions.groups import MANAGE
from qingshan.bureau.ledger.models import Seat, Task, WorkGroup

TEXTS = ("name", "kind", "committee", "duty", "words", "begins", "ends", "basis")


@login_required
@require_GET
def groups(request: HttpRequest) -> HttpResponse:
    """All groups: the office, the groups, the teams that run and those that are over."""
    on = clock.today()
    visible = Task.objects.within(request.user).live().filter(parent=None)
    found = WorkGroup.objects.select_related("lead").prefetch_related("seats__organisation", "seats__person")
    found = found.annotate(
        n_tasks=Count("tasks", Q(tasks__in=visible), distinct=True),
        n_closed=Count("tasks", Q(tasks__in=visible, tasks__state=Task.State.CLOSED), distinct=True),
    )
    blocks = [(label, [g for g in found if g.kind == kind and g.stands(on)]) for kind, label in WorkGroup.Kind.choices]
    blocks.append(("已到期", [g for g in found if not g.stands(on)]))
    return render(request, "ledger/groups.html", {"blocks": [(label, some) for label, some in blocks if some], "on": on, "n": len(found)})


@login_required
@require_GET
def group(request: HttpRequest, pk: int) -> HttpResponse:
    """One group: its duty, members, and the tasks the person sees, with their lights."""
    found, on = get_object_or_404(WorkGroup.objects.select_related("lead"), pk=pk), clock.today()
    tasks = (
        Task.objects.within(request.user)
        .live()
        .filter(groups=found)
        .select_related("parent", "plan")
        .defer("plan__text", "plan__paragraphs")
    )
    seats = list(found.seats.select_related("organisation", "person"))
    elsewhere = Seat.objects.filter(person__in=[s.person_id for s in seats if s.person_id]).exclude(group=found).select_related("group")
    people = Person.objects.filter(is_active=True, organisation__isnull=False)
    return render(request, "ledger/group.html", {
        "group": found, "on": on, "rows": queries.judged_rows(list(tasks.prefetch_related("leads", "coops")), on),
        "stands": found.stands(on),
        "seats": [
            (one, one.holds(on), [str(s.group) for s in elsewhere if one.person_id and s.person_id == one.person_id]) for one in seats
        ],
        "people": people.select_related("organisation").order_by("organisation__name", "name"),
        "posts": Seat.Post.choices, **(forms.options() if request.user.has_perm("ledger.manage_groups") else {}),
    })  # fmt: skip


@login_required
def edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Set a group up, or change it."""
    need(request.user, "ledger.manage_groups", MANAGE)
    found = get_object_or_404(WorkGroup, pk=pk) if pk else None
    shown: dict = (
        {name: getattr(found, name) or "" for name in (*TEXTS, "version")} | {"lead": found.lead_id}
        if found
        else {"kind": request.GET.get("kind", "group")}
    )
    error = None
    if request.method == "POST":
        typed = {name: request.POST[name] for name in TEXTS if name in request.POST} | {"lead": number(request.POST.get("lead"))}
        try:
            saved = actions.save_group(pk, by=request.user, fields=typed, version=number(request.POST.get("version")) if pk else None)
            messages.success(request, f"已保存“{saved}”")
            return redirect("ledger:group", saved.pk)
        except Refused as refused:
            error, shown = refused, shown | typed
    context = {"group": found, "f": shown, "error": error, "kinds": WorkGroup.Kind.choices, **forms.options()}
    return render(request, "ledger/group_edit.html", context, status=error.status if error else 200)


def _day(text: str) -> date | None:
    return fields.deadline_of(text, clock.today().year, "begins") if text.strip() else None


@login_required
@require_POST
def seat(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a unit or a person a place in the group."""
    need(request.user, "ledger.manage_groups", MANAGE)
    get_object_or_404(WorkGroup, pk=pk)
    post = request.POST
    try:
        who = Person.objects.filter(pk=number(post.get("person")) or 0).first()
        unit = who.organisation_id if who else number(post.get("organisation"))
        made = actions.seat(
            pk, by=request.user, organisation=unit or 0, person=who.pk if who else None, post=post.get("post", "member"),
            begins=_day(post.get("begins", "")), ends=_day(post.get("ends", "")),
        )  # fmt: skip
        messages.success(request, f"{made}已入组")
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("ledger:group", pk)


@login_required
@require_POST
def unseat(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a unit or a person out of its group."""
    need(request.user, "ledger.manage_groups", MANAGE)
    get_object_or_404(Seat, pk=pk)
    found = actions.unseat(pk, by=request.user)
    messages.success(request, "已出组")
    return redirect("ledger:group", found.pk)
