"""Ways to look at the ledger: table, board, calendar; saved filters; what the bulk bar offers (台账的看法)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.base import packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.ledger import actions, listing, queries, tags
from qingshan.bureau.ledger.actions.returns import may_report, missing_to_close
from qingshan.bureau.ledger.models import SavedFilter, Task

VIEWS = {"board": "看板", "calendar": "月历"}


def context(request: HttpRequest, person: Person, filters: queries.Filters, rows: list[queries.Row], year: int, on: date) -> dict:
    """What the list's page shows beside its table."""
    teams = listing.groups(on)
    saved = listing.filters_of(person)
    here = request.GET.urlencode()
    found = {
        "years": listing.years(person),
        "more": [
            ("tag", "标签", [("none", "没有标签"), *tags.titles(on).items()], filters.tag),
            ("team", "小组", [*((str(group.pk), group.name) for group in teams), ("none", "没有归组")], filters.team),
            ("battle", "战役", [(name, one.title) for name, one in packs.all("battles", on).items()], filters.battle),
            ("by", "判定", [("数据", "数据"), ("反馈", "反馈")], filters.by),
        ],
        "n_more": sum(bool(value) for value in (filters.tag, filters.team, filters.battle, filters.by)),
        "tag_choices": tags.choices(on),
        "teams": teams,
        "saved": [(one, f"{reverse('ledger:tasks')}?{one.query}", one.query == here) for one in saved],
        "groupings": [("topic", "章节"), ("unit", "单位"), ("month", "期限")],
        "views": [("", "表格"), *VIEWS.items()],
        "n_parts": sum(row.task.parent_id is not None for row in rows),
    }
    if filters.view == "board":
        by = "light" if request.GET.get("lanes") == "light" else "state"
        found |= {"lanes": listing.board(rows, by), "lanes_by": by}
    elif filters.view == "calendar":
        first = listing.month_of(request.GET.get("month", ""), year, on)
        found |= {"month": listing.calendar(rows, first, on), "weekdays": "一二三四五六日"}
    return found


@dataclass(frozen=True)
class Shift:
    """A move of a card from one lane to another: the action behind it, what it asks for, or why it cannot be."""

    title: str
    url: str = ""
    asks: str = ""
    hint: str = ""
    button: str = ""
    danger: bool = False
    why: tuple[str, ...] = ()


def shift_of(task: Task, to: str, person: Person) -> Shift:
    """What moving a task to a lane means: closing, sending back, taking up again, reporting; each is the existing action."""
    way = (task.state, to)
    if way == (Task.State.DOING, Task.State.REPORTED):
        why = () if may_report(task, person) and person.has_perm("ledger.return_task") else ("只有牵头单位能报完成，报完成须附佐证",)
        return Shift("报完成", url="" if why else reverse("ledger:task", args=[task.pk]) + "#return", button="去填反馈、附佐证", why=why)
    if to == Task.State.CLOSED:
        return _held(
            Shift("销号", reverse("ledger:close", args=[task.pk]), "销号依据", "如 现场核查单 2026-17", "销号"),
            person,
            missing_to_close(task),
        )
    if way == (Task.State.REPORTED, Task.State.DOING):
        return _held(Shift("退回", reverse("ledger:send_back", args=[task.pk]), "退回的理由", "哪里没做到、要补什么", "退回", True), person)
    if way == (Task.State.CLOSED, Task.State.DOING):
        return _held(Shift("恢复办理", reverse("ledger:reopen", args=[task.pk]), "理由", "如 回头看发现反弹", "恢复办理"), person)
    names = dict(Task.State.choices)
    return Shift("移动", why=(f"“{names.get(task.state, '')}”不能直接移到“{names.get(to, to)}”",))


def _held(shift: Shift, person: Person, missing: list[str] | None = None) -> Shift:
    why = [] if person.has_perm("ledger.close_task") else ["这一步需要“任务销号”权限，由督办人员办"]
    why += missing or []
    return Shift(shift.title, why=tuple(why)) if why else shift


@login_required
@require_GET
def shift(request: HttpRequest, pk: int, to: str) -> HttpResponse:
    """The drawer that opens where a card is dropped on a lane, by mouse or by keyboard."""
    task = get_object_or_404(Task.objects.within(request.user).select_related("parent"), pk=pk)
    back = request.GET.get("back", "")
    return render(request, "ledger/parts/shift.html", {"task": task, "shift": shift_of(task, to, request.user), "back": back})


@login_required
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep what the list shows now as one of one's filters."""
    query = request.POST.get("query", "")
    try:
        found = actions.save_filter(
            by=request.user, title=request.POST.get("title", ""), query=query, share=request.POST.get("share") == "1"
        )
        messages.success(request, f"已存为“{found}”" + ("，本单位的人也能用" if found.organisation_id else ""))
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect(f"{reverse('ledger:tasks')}?{query.lstrip('?')}")


@login_required
@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove one of one's filters."""
    get_object_or_404(SavedFilter, pk=pk, person=request.user)
    actions.drop_filter(pk, by=request.user)
    messages.success(request, "已删去这个常用筛选")
    return redirect("ledger:tasks")
