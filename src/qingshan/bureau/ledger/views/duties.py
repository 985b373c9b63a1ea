"""The list of duties, edition by edition, and what words propose for tasks that lack it (责任清单、待认领)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.base import clock, frame
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.permissions import need
from qingshan.bureau.base.typed import number
from qingshan.bureau.ledger import actions, duties, fields, forms, listing, tags
from qingshan.bureau.ledger.actions.groups import MANAGE
from qingshan.bureau.ledger.models import Duty, DutyList, Task, WorkGroup

PER_PAGE = 100


def _edition(request: HttpRequest) -> DutyList | None:
    wanted = number(request.GET.get("edition") or request.POST.get("edition"))
    return get_object_or_404(DutyList, pk=wanted) if wanted is not None else DutyList.on(clock.today()) or DutyList.objects.first()


@login_required
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """One edition of the list, the one in force where none is asked for."""
    edition, on, q = _edition(request), clock.today(), request.GET.get("q", "").strip()[:60]
    found = edition.duties.select_related("unit") if edition else Duty.objects.none()
    for word in q.split()[:4]:
        found = found.filter(text__icontains=word) | found.filter(words__icontains=word) | found.filter(unit__name__icontains=word)
    shown = Paginator(found.distinct(), PER_PAGE).get_page(request.GET.get("page"))
    is_open = edition is not None and (edition.ends is None or edition.ends >= on)
    return render(request, "ledger/duties.html", {
        "edition": edition, "editions": DutyList.objects.all(), "page": shown, "q": q, "on": on, "is_open": is_open,
        "in_force": edition is not None and DutyList.on(on) == edition,
    })  # fmt: skip


@login_required
@require_POST
def edition(request: HttpRequest) -> HttpResponse:
    """Begin a new edition."""
    need(request.user, "ledger.manage_groups", MANAGE)
    post = request.POST
    try:
        begins = fields.deadline_of(post.get("begins", ""), clock.today().year, "begins")
        made = actions.open_edition(
            by=request.user, title=post.get("title", ""), begins=begins, basis=post.get("basis", ""), copy=post.get("copy") == "1"
        )
        messages.success(request, f"已新建“{made}”，{made.begins} 起施行")
        return redirect(f"{reverse('ledger:duties')}?edition={made.pk}")
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("ledger:duties")


@login_required
def edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Write or change a line, in a drawer."""
    need(request.user, "ledger.manage_groups", MANAGE)
    duty = get_object_or_404(Duty.objects.select_related("edition"), pk=pk) if pk else None
    edition_ = duty.edition if duty else _edition(request)
    if edition_ is None:
        messages.error(request, "还没有责任清单，请先新建一版")
        return redirect("ledger:duties")
    shown: dict = (
        {"text": duty.text, "words": duty.words, "unit": duty.unit_id, "basis": duty.basis, "version": duty.version} if duty else {}
    )
    error = None
    if request.method == "POST":
        typed = {name: request.POST.get(name, "") for name in ("text", "words", "basis")} | {"unit": number(request.POST.get("unit"))}
        version = number(request.POST.get("version")) if duty else None
        try:
            actions.save_duty(pk, by=request.user, fields=typed, edition_id=edition_.pk, version=version)
            messages.success(request, "已保存")
            to = f"{reverse('ledger:duties')}?edition={edition_.pk}"
            return HttpResponse(status=204, headers={"HX-Redirect": to}) if request.headers.get("HX-Request") else redirect(to)
        except Refused as refused:
            error, shown = refused, shown | typed
    context = {"duty": duty, "edition": edition_, "f": shown, "error": error, **forms.options()}
    return render(request, "ledger/parts/duty_form.html", context, status=error.status if error else 200)


@login_required
@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Strike a line out, or take it back."""
    need(request.user, "ledger.manage_groups", MANAGE)
    get_object_or_404(Duty, pk=pk)
    back = request.POST.get("back") == "1"
    try:
        duty = actions.drop_duty(pk, by=request.user, back=back)
        messages.success(request, f"第 {duty.number} 项已{'恢复' if back else '删去'}")
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect(f"{reverse('ledger:duties')}?edition={Duty.objects.values_list('edition', flat=True).get(pk=pk)}")


@login_required
def proposals(request: HttpRequest) -> HttpResponse:
    """What words propose for tasks that lack a lead unit, tags or a group; nothing is set before a person ticks it (待认领)."""
    need(request.user, "ledger.edit_task", "看提议需要“新增、调整任务”权限")
    if request.method == "POST":
        return _take(request)
    on, year = clock.today(), frame.period_of(request).start.year
    going = Task.objects.within(request.user).going().filter(year=year).prefetch_related("tags", "groups", "leads").select_related("parent")
    tasks = list(going.order_by("number", "pk"))
    bare = [task for task in tasks if not task.leads.all()]
    leads = duties.of(bare, on)
    groups = listing.groups(on)
    return render(request, "ledger/proposals.html", {
        "year": year, "leads": [(task, leads.get(task.pk, [])) for task in bare], "edition": DutyList.on(on),
        "tags": [(task, one) for task in tasks for one in tags.proposed(task, [tag.tag for tag in task.tags.all()], on)],
        "groups": [
            (task, group, word) for task in tasks if task.parent_id is None for group in groups
            if group not in task.groups.all() and (word := next((w for w in group.cues if w in f"{task.title} {task.topic}"), ""))
        ],
    })  # fmt: skip


def _take(request: HttpRequest) -> HttpResponse:
    """Take the ticked proposals; each is `task:what`, and each says so in the task's history."""
    done, refused = 0, []
    for kind, act in (("lead", _lead), ("tag", _tag), ("group", _group)):
        for said in request.POST.getlist(kind)[:2000]:
            key, _, what = said.partition(":")
            if (pk := number(key)) is None:
                continue
            try:
                done += act(request, pk, what)
            except (Refused, Task.DoesNotExist, WorkGroup.DoesNotExist) as no:
                refused.append(no.message if isinstance(no, Refused) else "有一项已不在您的可见范围内")
    if done:
        messages.success(request, f"已采纳 {done} 条提议，理由写入经过")
    for words in refused[:3]:
        messages.error(request, words)
    if not done and not refused:
        messages.error(request, "还没有选提议，请先打勾")
    return redirect("ledger:proposals")


def _lead(request: HttpRequest, pk: int, what: str) -> int:
    actions.take_proposal(pk, number(what) or 0, by=request.user)
    return 1


def _tag(request: HttpRequest, pk: int, what: str) -> int:
    key, _, word = what.partition(":")
    return actions.tag_tasks([pk], key, by=request.user, words=word)


def _group(request: HttpRequest, pk: int, what: str) -> int:
    return actions.route_tasks([pk], number(what) or 0, by=request.user)
