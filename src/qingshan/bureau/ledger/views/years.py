"""Plans and years side by side, and which task of one plan comes from which of another (文件对照、对应)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from qingshan.bureau.base import clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.permissions import need
from qingshan.bureau.base.typed import number
from qingshan.bureau.ledger import actions, listing, queries, similar
from qingshan.bureau.ledger.models import Plan, Task


@dataclass
class Column:
    """One plan of one year (or the rows of a year that stand in no plan), counted."""

    year: int
    plan: Plan | None
    rows: list[queries.Row] = field(default_factory=list)

    @property
    def lights(self) -> Counter:
        return Counter(row.light.colour for row in self.rows)

    @property
    def n_targets(self) -> int:
        return sum(row.task.is_target for row in self.rows)

    @property
    def n_linked(self) -> int:
        return sum(row.task.origin_id is not None for row in self.rows)

    @property
    def n_carried(self) -> int:
        return sum(row.task.carried_from_id is not None for row in self.rows)

    @property
    def closed(self) -> int:
        return round(100 * self.lights["blue"] / len(self.rows)) if self.rows else 0


@login_required
@require_GET
def beside(request: HttpRequest) -> HttpResponse:
    """Plans and years side by side: what each holds and how it stands."""
    person, on = request.user, clock.today()
    years = listing.years(person)
    wanted = {year for text in request.GET.getlist("year") if (year := number(text)) in years} or set(years[-3:])
    columns: dict[tuple[int, int], Column] = {}
    for year in sorted(wanted):
        for row in queries.rows(person, queries.Filters(), on, year):
            if row.task.parent_id is None:
                columns.setdefault((year, row.task.plan_id or 0), Column(year, row.task.plan)).rows.append(row)
    shown = [columns[key] for key in sorted(columns, key=lambda key: (-key[0], key[1] == 0, key[1]))]
    return render(request, "ledger/beside.html", {"columns": shown, "years": years, "wanted": wanted, "lights": queries.LIGHTS})


@login_required
def links(request: HttpRequest) -> HttpResponse:
    """Propose, for the rows of one plan, the rows of another that they come from; a person ticks those that are right."""
    need(request.user, "ledger.edit_task", "对应任务需要“新增、调整任务”权限")
    person = request.user
    plans = list(Plan.objects.within(person).defer("text", "paragraphs").filter(tasks__isnull=False).distinct())
    data = request.POST if request.method == "POST" else request.GET
    mine = next((plan for plan in plans if plan.pk == number(data.get("plan"))), None)
    to = next((plan for plan in plans if plan.pk == number(data.get("to"))), None)
    if request.method == "POST" and mine and to:
        return _link(request, mine, to)
    context: dict = {"plans": plans, "mine": mine, "to": to}
    if mine and to and mine != to:

        def rows(plan):
            found = (
                Task.objects.within(person)
                .live()
                .whole()
                .filter(plan=plan)
                .select_related("parent", "origin", "origin__parent")
                .order_by("number")
            )
            return list(found)

        here, there = rows(mine), rows(to)
        pairs = {pair.task.pk: pair for pair in similar.propose([task for task in here if task.origin_id is None], there)}
        context |= {
            "rows": [(task, pairs.get(task.pk)) for task in here], "there": there,
            "n_linked": sum(task.origin_id is not None for task in here), "n_proposed": len(pairs),
        }  # fmt: skip
    return render(request, "ledger/links.html", context)


def _link(request: HttpRequest, mine: Plan, to: Plan) -> HttpResponse:
    pairs = {
        task: origin
        for key in request.POST.getlist("task")
        if (task := number(key)) is not None and (origin := number(request.POST.get(f"origin_{task}"))) is not None
    }
    try:
        messages.success(request, f"已对应 {len(actions.link_tasks(pairs, by=request.user, basis=f'与《{to.title}》对照'))} 项")
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect(f"{reverse('ledger:links')}?plan={mine.pk}&to={to.pk}")
