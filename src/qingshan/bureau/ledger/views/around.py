"""What stands around one task: its parts, where it came from and went, its tags and groups, what is proposed for it."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.base import packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.base.typed import number
from qingshan.bureau.ledger import actions, duties, forms, listing, queries, similar, tags
from qingshan.bureau.ledger.models import Task, WorkGroup

EDIT = "需要“新增、调整任务”权限"


def context(task: Task, person: Person, on: date) -> dict:
    """For the task page; what may be edited only for those who may edit."""
    may_edit = person.has_perm("ledger.edit_task") and task.is_going
    titles = tags.titles(on)
    has = [one.tag for one in task.tags.all()]
    near = (
        Task.objects.within(person)
        .live()
        .filter(Q(origin=task) | Q(carried_from=task))
        .select_related("parent", "plan")
        .order_by("year", "number")
    )
    visible = set(
        Task.objects.within(person)
        .filter(pk__in=[pk for pk in (task.parent_id, task.origin_id, task.carried_from_id) if pk])
        .values_list("pk", flat=True)
    )
    found = {
        "parts": parts_of(task, person, on),
        "tagged": [(one, titles.get(one.tag, one.tag)) for one in task.tags.all()],
        "groups": list(task.groups.all()),
        "parent": task.parent if task.parent_id in visible else None,
        "origin": task.origin if task.origin_id in visible else None,
        "carried_from": task.carried_from if task.carried_from_id in visible else None,
        "derived": [one for one in near if one.origin_id == task.pk],
        "carried": next((one for one in near if one.carried_from_id == task.pk), None),
    }
    if may_edit:
        standing = listing.groups(on)
        said = f"{task.title} {task.topic}"
        found |= {
            "proposed_tags": tags.proposed(task, has, on),
            "tag_choices": tags.choices(on),
            "teams": [group for group in standing if group not in found["groups"]],
            "proposed_groups": [
                (group, word)
                for group in standing
                if group not in found["groups"] and (word := next((w for w in group.cues if w in said), ""))
            ],
            "proposals": [] if task.leads.all() else duties.of([task], on).get(task.pk, []),
            "no_leads": not task.leads.all(),
            "may_split": task.parent_id is None and not task.is_target,
            "stages": _stages(task, on) if not found["parts"] else [],
        }
    return found


def parts_of(task: Task, person: Person, on: date) -> list[queries.Row]:
    """The task's parts that the person sees, judged."""
    if task.parent_id is not None:
        return []
    found = Task.objects.within(person).live().filter(parent=task).select_related("parent").prefetch_related("leads", "coops")
    return queries.judged_rows(list(found.order_by("number", "pk")), on)


def _stages(task: Task, on: date) -> list:
    """Declared stages, those that the task's words hint at first."""
    return sorted(packs.all("stages", on).values(), key=lambda one: (not any(word in task.title for word in one.hints), one.title))


def _task(request: HttpRequest, pk: int) -> Task:
    return get_object_or_404(Task.objects.within(request.user), pk=pk)


def _done(request: HttpRequest, pk: int, act) -> HttpResponse:
    """Run an action of the task page and say what came of it."""
    _task(request, pk)
    try:
        messages.success(request, act())
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("ledger:task", pk)


@login_required
def part(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a part, in a drawer."""
    need(request.user, "ledger.edit_task", "分解任务" + EDIT)
    whole = _task(request, pk)
    shown: dict = {"deadline": whole.deadline.isoformat(), "leads": [], "coops": [], "weight": "1"}
    error = None
    if request.method == "POST":
        typed = forms.posted(request.POST)
        try:
            made = actions.add_part(pk, by=request.user, fields=typed)
            messages.success(request, f"已新增子任务 {made.label}")
            if request.headers.get("HX-Request"):
                return HttpResponse(status=204, headers={"HX-Redirect": f"/ledger/{pk}/#parts"})
            return redirect("ledger:task", pk)
        except Refused as refused:
            error, shown = refused, shown | typed
    return render(
        request,
        "ledger/parts/part_form.html",
        {"task": whole, "f": shown, "error": error, **forms.options()},
        status=error.status if error else 200,
    )


@login_required
@require_POST
def stages(request: HttpRequest, pk: int) -> HttpResponse:
    """Split a task into declared stages."""
    return _done(
        request, pk, lambda: f"已分解为 {len(actions.split_by_stages(pk, request.POST.get('stages', ''), by=request.user))} 个阶段"
    )


@login_required
@require_POST
def propose_lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the lead unit that the list of duties proposes."""
    duty = number(request.POST.get("duty")) or 0
    return _done(
        request, pk, lambda: f"牵头单位定为{'、'.join(map(str, actions.take_proposal(pk, duty, by=request.user).leads.all()))}，依据已写明"
    )


@login_required
@require_POST
def tag(request: HttpRequest, pk: int) -> HttpResponse:
    """Set a tag on this task, or take it off."""
    off, key = request.POST.get("off") == "1", request.POST.get("tag", "")
    return _done(
        request,
        pk,
        lambda: "标签已改" if actions.tag_tasks([pk], key, by=request.user, words=request.POST.get("words", ""), off=off) else "没有变",
    )


@login_required
@require_POST
def route(request: HttpRequest, pk: int) -> HttpResponse:
    """Put this task into a group, or take it out."""
    off, group = request.POST.get("off") == "1", number(request.POST.get("team")) or 0
    get_object_or_404(WorkGroup, pk=group)
    return _done(request, pk, lambda: "归组已改" if actions.route_tasks([pk], group, by=request.user, out=off) else "没有变")


@login_required
@require_GET
def origins(request: HttpRequest, pk: int) -> HttpResponse:
    """Tasks of other plans that this one may come from, found by words, in a drawer."""
    need(request.user, "ledger.edit_task", "对应任务" + EDIT)
    task, q = _task(request, pk), request.GET.get("q", "").strip()[:60]
    found = Task.objects.within(request.user).live().whole().exclude(pk=pk).filter(year__gte=task.year - 2, year__lte=task.year)
    found = found.exclude(plan=task.plan) if task.plan_id else found.exclude(plan=None)
    if q:
        chosen = list(found.filter(title__icontains=q).select_related("plan", "parent")[:20])
    else:
        from_words = similar.propose([task], found.select_related("plan", "parent").defer("plan__text", "plan__paragraphs"))
        chosen = [pair.origin for pair in from_words]
    return render(request, "ledger/parts/origins.html", {"task": task, "found": chosen, "q": q})


@login_required
@require_POST
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which task this one comes from, or that it comes from none."""
    origin = number(request.POST.get("origin"))
    if origin is not None:
        _task(request, origin)
    return _done(request, pk, lambda: "对应已改" if actions.link_tasks({pk: origin}, by=request.user) else "没有变")


@login_required
@require_POST
def undo_carry(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the carry-over that made this task back."""
    return _done(request, pk, lambda: f"已撤回结转：{actions.undo_carry(pk, by=request.user, basis=request.POST.get('words', ''))}")
