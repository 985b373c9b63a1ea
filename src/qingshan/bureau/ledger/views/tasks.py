"""The ledger's list, one's own tasks, the task page and what is done there."""

from __future__ import annotations

import secrets

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.base import attachments, clock, frame
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.permissions import need
from qingshan.bureau.base.typed import number, numbers
from qingshan.bureau.ledger import actions, family, fields, forms, queries, sources
from qingshan.bureau.ledger.actions.returns import may_report, may_return, missing_to_close
from qingshan.bureau.ledger.lights import elapsed
from qingshan.bureau.ledger.models import Plan, Task
from qingshan.bureau.ledger.views import around, looks

PER_PAGE = 60
SORTS = {"deadline": "期限", "light": "亮灯", "pace": "欠账"}


@login_required
@require_GET
def tasks(request: HttpRequest) -> HttpResponse:
    """The ledger (任务台账): filters, tabs by light, sections, pages."""
    person, on, filters = request.user, clock.today(), queries.Filters.read(request.GET)
    year = frame.period_of(request).start.year
    judged = queries.rows(person, filters, on, year)
    queries.add_signs(judged, on)
    counts = queries.tab_counts([row for row in judged if row.task.parent_id is None])
    chosen = family.in_order(queries.narrowed(judged, filters))
    if filters.group == "unit":
        chosen.sort(key=lambda row: row.leads or "~")
    page = Paginator(chosen, PER_PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list) if filters.view not in looks.VIEWS else []
    queries.add_evidence(shown)
    options = queries.choices(person, year)
    months = [("past", "已过期限"), *((f"m{m}", f"{m}月") for m in range(1, 13))]
    selects = [
        ("plan", "文件", options["plan"], filters.plan), ("kind", "类别", Task.Kind.choices, filters.kind),
        ("unit", "单位", options["unit"], filters.unit), ("topic", "章节", options["topic"], filters.topic),
        ("due", "期限", months, filters.due),
    ]  # fmt: skip
    plans = [title for key, title in options["plan"] if key != "none"]
    return render(
        request,
        "ledger/tasks.html",
        {
            "filters": filters,
            "counts": counts,
            "tabs": _tabs(counts, filters),
            "sections": queries.sections(shown, filters.group),
            "page": page,
            "selects": selects,
            "year": year,
            "n_all": Task.objects.within(person).live().whole().filter(year=year).count(),
            "plans": plans,
            "on": on,
            "year_due": round(elapsed(on.replace(month=1, day=1), on.replace(month=12, day=31), on), 1) if on.year == year else None,
            "units": forms.options()["unit_groups"] if person.has_perm("ledger.edit_task") else [],
            "sorts": SORTS,
            "may_bulk": any(person.has_perm(p) for p in ("ledger.remind_task", "ledger.edit_task")),
            "scheme": queries.scheme(on),
            **looks.context(request, person, filters, chosen, year, on),
        },
    )


def _tabs(counts: dict[str, int], filters: queries.Filters) -> list[dict]:
    none_set = not filters.light and filters.tab not in queries.TABS
    tabs = [{"title": "全部", "n": counts["all"], "param": "", "value": "", "on": none_set}]
    tabs += [
        {"title": title, "n": counts[colour], "param": "light", "value": colour, "light": colour, "on": filters.light == colour}
        for colour, title in queries.LIGHTS.items()
    ]  # fmt: skip
    words = {"weak": "不严不实", "clash": queries.CLASH, "due_return": "应反馈", "soon": "三十天内到期"}
    return tabs + [
        {"title": words[t], "n": counts[t], "param": "tab", "value": t, "on": filters.tab == t and not filters.light}
        for t in queries.TABS
        if t != "clash" or filters.tab == t
    ]


@login_required
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """What this person's unit has to do, nearest first (我的任务); for the office, what waits to be checked."""
    person, on = request.user, clock.today()
    show = request.GET.get("show", "todo")
    reasons = {task.pk: reason for reason, task in queries.waiting(person, on)}
    own = queries.led_by(person).live()
    if person.has_perm("ledger.close_task"):
        own = (own | Task.objects.within(person).filter(state=Task.State.REPORTED)).distinct()
    lists = {
        "todo": own.filter(state=Task.State.DOING) | own.filter(pk__in=reasons),
        "reported": own.filter(state=Task.State.REPORTED).exclude(pk__in=reasons),
        "closed": own.filter(state=Task.State.CLOSED),
    }
    show = show if show in lists else "todo"
    chosen = lists[show].distinct().select_related("plan", "finding", "last_return_by", "parent").defer("plan__text")
    chosen = chosen.prefetch_related("leads", "coops")
    rows = sorted(queries.judged_rows(list(chosen), on), key=lambda row: (row.task.pk not in reasons, row.task.deadline, row.task.number))
    queries.add_evidence(rows)
    queries.add_signs(rows, on)
    groups: dict[str, list] = {}
    for row in rows:
        days = row.task.days_left(on)
        key = (
            reasons.get(row.task.pk)
            if reasons.get(row.task.pk) in ("待核查销号", "被催办")
            else (
                "已逾期"
                if days < 0
                else "今天到期"
                if days == 0
                else "七天内到期"
                if days <= 7
                else "应反馈"
                if row.task.pk in reasons
                else "以后到期"
            )
        )
        groups.setdefault(key if show == "todo" else "", []).append(row)
    order = ["待核查销号", "被催办", "已逾期", "今天到期", "七天内到期", "应反馈", "以后到期", ""]
    counts = [("todo", "待办"), ("reported", "已报完成"), ("closed", "已销号")]
    return render(request, "ledger/mine.html", {
        "groups": [(key, groups[key]) for key in order if key in groups], "show": show,
        "segments": [(key, title, lists[key].distinct().count()) for key, title in counts], "reasons": reasons,
    })  # fmt: skip


def _task(request: HttpRequest, pk: int) -> Task:
    found = Task.objects.within(request.user)
    found = found.select_related("plan", "finding", "area", "last_return_by", "parent", "origin", "carried_from")
    found = found.prefetch_related("leads", "coops", "groups", "tags")
    return get_object_or_404(found, pk=pk)


def _show(request: HttpRequest, task: Task, error: Refused | None = None, form: str = "", typed=None) -> HttpResponse:
    person, on = request.user, clock.today()
    row = queries.judged_rows([task], on)[0]
    queries.add_signs([row], on)
    quote = None
    if task.finding_id and task.plan in Plan.objects.within(person):
        text, start, end = task.plan.text, task.finding.start, task.finding.end
        quote = {
            "before": text[max(0, start - 40) : start].rsplit("\n", 1)[-1],
            "words": text[start:end],
            "after": text[end : end + 40].split("\n", 1)[0],
        }
    context = {
        "task": task,
        "row": row,
        "light": row.light,
        "quote": quote,
        "source": None if quote else sources.of(task, person),
        "events": task.events.select_related("by__organisation", "returned").prefetch_related("returned__evidence"),
        "evidence": attachments.of(task),
        "may_return": task.is_going and person.has_perm("ledger.return_task") and may_return(task, person),
        "may_report": may_report(task, person),
        "may_close": person.has_perm("ledger.close_task"),
        "may_edit": person.has_perm("ledger.edit_task") and task.is_going,
        "may_remind": person.has_perm("ledger.remind_task") and task.is_going,
        "missing": missing_to_close(task) if person.has_perm("ledger.close_task") else [],
        "error": error,
        "form": form,
        "typed": typed or {},
        "token": (typed or {}).get("token") or secrets.token_hex(12),
        "scheme": queries.scheme(on),
        "on": on,
        **around.context(task, person, on),
    }
    return render(request, "ledger/task.html", context, status=error.status if error else 200)


@login_required
@require_GET
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """One task: its source, light, returns, evidence and what can be done now."""
    return _show(request, _task(request, pk))


@login_required
@require_GET
def card(request: HttpRequest, pk: int) -> HttpResponse:
    """The source card of a row's figure: who said it and when (来源)."""
    on = clock.today()
    row = queries.judged_rows([_task(request, pk)], on)[0]
    queries.add_signs([row], on)
    returns = row.task.returns.select_related("by", "organisation")[:3]
    return render(request, "ledger/parts/source.html", {"row": row, "task": row.task, "light": row.light, "returns": returns})


def _acted(request: HttpRequest, pk: int, form: str, act, done: str) -> HttpResponse:
    """Run an action of the task page; what is refused comes back with the form filled."""
    found = _task(request, pk)
    try:
        act()
    except Refused as refused:
        return _show(
            request, _task(request, found.pk), refused, form, request.POST.dict() | {"n_files": len(request.FILES.getlist("files"))}
        )
    messages.success(request, done)
    return back(request) if request.POST.get("back") else redirect("ledger:task", found.pk)


@login_required
@require_POST
def give_return(request: HttpRequest, pk: int) -> HttpResponse:
    """A unit returns progress."""
    how = request.POST.get("how", "")
    words = {"done": "已报完成，等待核查销号", "blocked": "已报办不了，督办会来核实"}.get(how, "已反馈")
    return _acted(
        request,
        pk,
        "return",
        lambda: actions.return_task(
            pk,
            by=request.user,
            words=request.POST.get("words", ""),
            value=request.POST.get("value"),
            done=how == "done",
            blocked=how == "blocked",
            files=request.FILES.getlist("files"),
            token=request.POST.get("token", "")[:40],
        ),
        words,
    )


@login_required
@require_POST
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    """The office writes down what it counted."""
    post = request.POST
    return _acted(
        request,
        pk,
        "verify",
        lambda: actions.verify_task(pk, by=request.user, value=post.get("value"), basis=post.get("basis", "")),
        "已记核实数",
    )


@login_required
@require_POST
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a reported task back."""
    return _acted(
        request,
        pk,
        "check",
        lambda: actions.send_back_task(pk, by=request.user, reason=request.POST.get("words", "")),
        "已退回，单位会收到理由",
    )


@login_required
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a task after its evidence was checked."""
    return _acted(request, pk, "check", lambda: actions.close_task(pk, by=request.user, basis=request.POST.get("words", "")), "已销号")


@login_required
@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a closed or withdrawn task up again."""
    return _acted(
        request, pk, "reopen", lambda: actions.reopen_task(pk, by=request.user, reason=request.POST.get("words", "")), "已恢复办理"
    )


@login_required
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw a row."""
    return _acted(
        request, pk, "cancel", lambda: actions.cancel_task(pk, by=request.user, basis=request.POST.get("words", "")), "已撤销，历史仍在"
    )


@login_required
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Adjust a row, in a form of its own page."""
    need(request.user, "ledger.edit_task", "调整任务需要“新增、调整任务”权限")
    found = _task(request, pk)
    shown = {name: actions.tasks.field_of(found, name) for name in actions.tasks.EDITABLE}
    shown["value"] = forms.shown_value(found.value, found.value_text)
    version, error = found.version, None
    if request.method == "POST":
        typed = forms.posted(request.POST)
        sent = number(request.POST.get("version"))
        version = found.version if sent is None else sent
        try:
            actions.edit_task(pk, by=request.user, fields=typed, basis=request.POST.get("reason", ""), version=version)
            messages.success(request, "已调整")
            return redirect("ledger:task", pk)
        except Refused as refused:
            error, shown = refused, shown | typed | {"reason": request.POST.get("reason", "")}
    context = {"task": found, "f": shown, "error": error, "version": version, **forms.options()}
    return render(request, "ledger/edit.html", context, status=error.status if error else 200)


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Add a task or target that stands in no plan."""
    need(request.user, "ledger.edit_task", "新增任务需要“新增、调整任务”权限")
    year = frame.period_of(request).start.year
    shown: dict = {"deadline": f"{year}-12-31", "check": "milestone", "rhythm": "month", "leads": [], "coops": [], "kind": "task"}
    error = None
    if request.method == "POST":
        typed = forms.posted(request.POST) | {"basis": request.POST.get("reason", "")}
        kind = request.POST.get("kind", "task")
        plan_id = number(request.POST.get("plan"))
        try:
            made = actions.add_task(
                by=request.user, kind=kind, fields=typed, year=year, plan_id=plan_id
            )
            messages.success(request, "已新增")
            return redirect("ledger:task", made.pk)
        except Refused as refused:
            error, shown = refused, shown | typed | {"kind": kind, "reason": request.POST.get("reason", "")}
    context = {"f": shown, "error": error, "task": None, "year": year, **forms.options()}
    return render(request, "ledger/edit.html", context, status=error.status if error else 200)


def back(request: HttpRequest) -> HttpResponse:
    """Back to the list as it was filtered, never to another site."""
    to = request.POST.get("back", "")
    return redirect(to if url_has_allowed_host_and_scheme(to, None) and to.startswith("/ledger/") else reverse("ledger:tasks"))


def ids(request: HttpRequest) -> list[int]:
    """The rows that were ticked."""
    return numbers(request.POST.getlist("task"))[:2000]


def bulk(request: HttpRequest, act) -> HttpResponse:
    """Run an action on the chosen rows and go back to the list with what it said."""
    try:
        messages.success(request, act())
    except Refused as refused:
        messages.error(request, refused.message)
    return back(request)


@login_required
@require_POST
def remind(request: HttpRequest) -> HttpResponse:
    """Chase the units of the chosen rows."""
    return bulk(
        request, lambda: f"已催办 {len(actions.remind_tasks(ids(request), by=request.user, words=request.POST.get('words', '')))} 项"
    )


@login_required
@require_POST
def move(request: HttpRequest) -> HttpResponse:
    """Move the deadline of the chosen rows."""
    need(request.user, "ledger.edit_task", "调整期限需要“新增、调整任务”权限")

    def act() -> str:
        day = fields.deadline_of(request.POST.get("deadline", ""), clock.today().year)
        moved = actions.move_deadlines(ids(request), by=request.user, deadline=day, basis=request.POST.get("move_reason", ""))
        return f"已调整 {len(moved)} 项期限"

    return bulk(request, act)


@login_required
@require_POST
def reassign(request: HttpRequest) -> HttpResponse:
    """Give the chosen rows to another lead unit."""
    leads = numbers(request.POST.getlist("unit"))

    def act() -> str:
        moved = actions.reassign_tasks(ids(request), by=request.user, leads=leads, basis=request.POST.get("reassign_reason", ""))
        return f"已转派 {len(moved)} 项"

    return bulk(request, act)
