"""Lists of cases: table, board, calendar, doubles, results (事项列表)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from qingshan.bureau.base import clock, frame, packs
from qingshan.bureau.base import queries as base
from qingshan.bureau.base.models import Area, Organisation
from qingshan.bureau.base.permissions import need
from qingshan.bureau.base.typed import number
from qingshan.bureau.cases import panels, queries
from qingshan.bureau.cases.models import Case
from qingshan.bureau.cases.views import bulk

PAGE = 50
TABS = (("open", "办理中"), ("mine", "待我办"), ("red", "逾期"), ("amber", "将到期"), ("closed", "已办完"), ("all", "全部"))
VIEWS = (("table", "列表"), ("board", "看板"), ("calendar", "日历"))
RUNGS = {"remind": "已提醒", "supervise": "已督办", "interview": "建议约谈", "interviewed": "已约谈"}

ONLY = {
    "problem": ("并案算一件", Q(main=None)), "again": ("重启过的", Q(round__gt=1)),
    "asked": ("申请延期的", Q(asked__isnull=False, closed_at=None)), "guessed": ("期限待核的", Q(guessed=True, closed_at=None)),
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A case as one line or card."""

    case: Case
    noun: str
    clock: queries.Clock
    mine: str  # what the person can do next, "" for nothing
    rung: str


def narrowed(request: HttpRequest) -> tuple[QuerySet[Case], list, bool]:
    """The cases the address asks for; the filters as they stand; whether any is set."""
    person = request.user
    found = queries.visible(person)
    area = frame.area_of(request)
    if area is not None and area.level != Area.Level.DISTRICT:
        found = found.filter(area__in=Area.objects.below({area.pk}))
    text, workflow = request.GET.get("q", "").strip()[:60], request.GET.get("workflow", "")
    unit, only, state = number(request.GET.get("unit")), request.GET.get("only", ""), request.GET.get("state", "")
    if text:
        found = queries.holding(found, text)
    if workflow:
        found = found.filter(workflow=workflow)
    if unit:
        found = found.filter(responsible=unit)
    if only in RUNGS:
        found = found.filter(rung=only, closed_at=None)
    elif only in ONLY:
        found = found.filter(ONLY[only][1])
    if state and workflow:
        found = found.filter(state=state)
    flows = packs.all("cases")
    units = Organisation.objects.filter(pk__in=Case.objects.within(person).values("responsible")).order_by("kind", "name")
    choices = [
        ("workflow", "流程", [(w.name, w.title) for w in flows.values()], workflow),
        *([("state", "状态", list(flows[workflow].state.items()), state)] if workflow in flows else []),
        ("unit", "责任单位", [(u.pk, str(u)) for u in units], unit or ""),
        ("only", "只看", [*RUNGS.items(), *((key, words) for key, (words, _) in ONLY.items())], only),
    ]
    return found, choices, bool(text or any(value for *_, value in choices))


def chosen_tab(request: HttpRequest) -> str:
    tab = request.GET.get("tab", "open")
    return tab if tab in dict(TABS) else "open"


@login_required
@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """The cases this person may see, by tab, as a table, a board of states or a calendar of limits."""
    now, person = clock.now(), request.user
    found, choices, clear = narrowed(request)
    counts = queries.counts(found, now, person)
    tab = chosen_tab(request)
    shown = queries.tab(found, tab, now, person)
    view = request.GET.get("view") if request.GET.get("view") in dict(VIEWS) else "table"
    tabs = {"open": "open", "mine": "mine", "red": "red", "amber": "amber", "closed": "blue", "all": "all"}

    def rows(cases: list[Case]) -> list[Row]:
        return [Row(c, c.noun, queries.clock_of(c, now), queries.next_title(c, person), RUNGS.get(c.rung, "")) for c in cases]

    page = Paginator(shown, PAGE)
    page.__dict__["count"] = counts[tabs[tab]]  # asked already, with the others
    chosen = page.get_page(request.GET.get("page"))
    chosen.object_list = rows(list(chosen.object_list)) if view == "table" else list(chosen.object_list[:1])
    first = _month(request.GET.get("month", ""), now.date())
    flow = packs.all("cases").get(request.GET.get("workflow", ""))
    context = {
        "tabs": [(key, words, counts[tabs[key]]) for key, words in TABS],
        "tab": tab, "view": view, "views": VIEWS, "page": chosen, "search": request.GET.get("q", "").strip()[:60], "choices": choices,
        "clear": clear, "columns": panels.board(shown, rows) if view == "board" else [], "counts": counts,
        "weeks": panels.month(shown, first, rows) if view == "calendar" else [], "first": first, "today": now.date(),
        "earlier": f"{first - timedelta(days=1):%Y-%m}", "later": f"{first + timedelta(days=32):%Y-%m}",
        "may_open": person.has_perm("cases.dispatch_case"), "flow": flow, "called": flow.noun if flow else "事项",
        "bulk": bulk.offered(person, flow),
        "again": request.get_full_path(), "views_page": "cases:orders", "saved": base.views_of(person, "cases:orders"),
    }  # fmt: skip
    return render(request, "cases/orders.html", context)


def _month(text: str, today: date) -> date:
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return found if 2000 <= found.year <= 2100 else today.replace(day=1)


@login_required
@require_safe
def doubles(request: HttpRequest) -> HttpResponse:
    """Open cases that seem to be about one thing, pair by pair."""
    need(request.user, "cases.dispatch_case", "看疑似重复需要“交办事项”权限")
    likes = queries.doubles(queries.visible(request.user))
    return render(request, "cases/doubles.html", {"likes": likes, "rule": packs.get("case_rules", "case_rules").same})


@login_required
@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """What was handed over, done and late in the period; units ranked where they have enough cases; places that come back."""
    now, person, period = clock.now(), request.user, frame.period_of(request)
    found = queries.visible(person)
    area = frame.area_of(request)
    if area is not None and area.level != Area.Level.DISTRICT:
        found = found.filter(area__in=Area.objects.below({area.pk}))
    workflow = request.GET.get("workflow", "")
    if workflow:
        found = found.filter(workflow=workflow)
    opened = found.filter(opened_at__range=(datetime.combine(period.start, time.min), datetime.combine(period.end, time.max)))
    placed, few, least = queries.league(opened, now)
    flows = packs.all("cases")
    context = {
        "period": period, "kinds": queries.handled_by_kind(opened, now), "placed": placed, "few": few, "least": least,
        "places": queries.repeat_places(found, now), "rule": packs.get("case_rules", "case_rules").repeat,
        "choices": [("workflow", "流程", [(w.name, w.title) for w in flows.values()], workflow)], "clear": bool(workflow),
    }  # fmt: skip
    return render(request, "cases/results.html", context)
