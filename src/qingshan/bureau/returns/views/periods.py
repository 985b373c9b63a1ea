"""Periods: the list, one period put together, freezing, thawing, chasing, correcting, the sheet (报送汇总)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.base import clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.typed import number, numbers
from qingshan.bureau.returns import actions, sheets
from qingshan.bureau.returns.actions.freezing import is_whole
from qingshan.bureau.returns.models import Figure, Line, Period, PeriodStep
from qingshan.bureau.returns.models.rota import units_of
from qingshan.bureau.returns.queries import rotas, summary

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PER_PAGE = 40


@login_required
@require_GET
def periods(request: HttpRequest) -> HttpResponse:
    """All periods, the open ones first."""
    found = sorted(summary.periods(request.user), key=lambda p: (p.is_frozen, -p.last.toordinal(), -p.pk))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "returns/periods.html", {"page": page, "now": clock.now(), "is_bureau": request.user.scope_areas() is None})


def _period(request: HttpRequest, pk: int) -> Period:
    return get_object_or_404(Period.objects.within(request.user).select_related("rota"), pk=pk)


def _show(request: HttpRequest, period: Period, wrong: Refused | None = None, form: str = "") -> HttpResponse:
    person, now = request.user, clock.now()
    lines = summary.lines_of(period, person)
    units = summary.units(lines)
    named = rotas.reporters({u.organisation.pk for u in units})
    mine = units_of(person)
    is_bureau = person.scope_areas() is None
    context = {
        "period": period,
        "now": now,
        "units": [
            (u, u.light(period, now), u.words(period, now), [r for r in named.get(u.organisation.pk, ()) if r.duty != "leader"])
            for u in units
        ],
        "shown": summary.shown(period, lines),
        "n_owed": sum(u.owed for u in units),
        "n_silent": sum(u.owed > 0 for u in units),
        "n_sent": sum(u.sent for u in units),
        "n_late": sum(u.late for u in units),
        "steps": PeriodStep.objects.filter(period=period).select_related("by"),
        "is_whole": is_whole(period) if period.is_frozen and is_bureau else None,
        "may_freeze": person.has_perm("returns.freeze_period"),
        "may_chase": person.has_perm("returns.chase_unit") and not period.is_frozen and is_bureau,
        "mine": mine,
        "wrong": wrong,
        "form": form,
        "typed": request.POST if wrong else {},
    }
    return render(request, "returns/period.html", context, status=wrong.status if wrong else 200)


@login_required
@require_GET
def period(request: HttpRequest, pk: int) -> HttpResponse:
    """One period: who has reported, who has not, every line with its lights."""
    return _show(request, _period(request, pk))


def _acted(request: HttpRequest, pk: int, form: str, act, done) -> HttpResponse:
    found = _period(request, pk)
    try:
        result = act()
    except Refused as refused:
        return _show(request, _period(request, found.pk), refused, form)
    messages.success(request, done(result))
    return redirect("returns:period", pk)


@login_required
@require_POST
def freeze(request: HttpRequest, pk: int) -> HttpResponse:
    """Freeze the figures."""
    return _acted(
        request, pk, "freeze", lambda: actions.freeze_period(pk, by=request.user, reason=request.POST.get("reason", "")),
        lambda p: f"{p.name}已定格，数不再变",
    )  # fmt: skip


@login_required
@require_POST
def thaw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the freezing back, with a reason."""
    return _acted(
        request, pk, "thaw", lambda: actions.thaw_period(pk, by=request.user, reason=request.POST.get("reason", "")),
        lambda p: f"{p.name}已解冻，原定格数留存；补报后请再定格",
    )  # fmt: skip


@login_required
@require_POST
def chase(request: HttpRequest, pk: int) -> HttpResponse:
    """Chase the chosen units."""
    units = numbers(request.POST.getlist("unit"))
    return _acted(
        request, pk, "chase", lambda: actions.chase_units(pk, by=request.user, unit_ids=units, words=request.POST.get("words", "")),
        lambda made: f"已催 {len(made)} 个单位",
    )  # fmt: skip


@login_required
@require_POST
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a correction beside a frozen figure."""
    figure = get_object_or_404(Figure.objects.filter(line__in=Line.objects.within(request.user).values("pk")), pk=pk)
    post = request.POST

    def act():
        return actions.correct_figure(
            pk, by=request.user, value=post.get("value", "").strip(), words=post.get("words", ""), reason=post.get("reason", "")
        )

    return _acted(request, figure.period_id, f"correct-{number(str(pk))}", act, lambda c: "已记更正，原定格数不变，两数并列")


@login_required
@require_GET
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """The period as an Excel sheet: the frozen figures with their corrections, or how it stands now."""
    found = _period(request, pk)
    shown = summary.shown(found, summary.lines_of(found, request.user))
    state = "定格" if found.is_frozen else "未定格"
    name = f"{found.rota.title}{found.name}{state}.xlsx"
    data = sheets.write(found, shown, clock.now(), str(request.user))
    return HttpResponse(data, content_type=XLSX, headers={"Content-Disposition": content_disposition_header(True, name)})
