"""Alarms: list and one alarm with its hours and order."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from qingshan.bureau.base import clock, frame, packs
from qingshan.bureau.base.models import Area
from qingshan.bureau.cases import queries as cases
from qingshan.bureau.monitor import queries, series
from qingshan.bureau.monitor.levels import shown
from qingshan.bureau.monitor.models import Alarm

TABS = (("open", "持续中"), ("ended", "已回落"), ("all", "全部"))


@login_required
@require_safe
def alarms(request: HttpRequest) -> HttpResponse:
    now, person = clock.now(), request.user
    found = queries.alarms(person)
    area = frame.area_of(request)
    if area is not None and area.level != Area.Level.DISTRICT:
        found = found.filter(station__area__in=Area.objects.below({area.pk}))
    item = request.GET.get("item", "")
    if item:
        found = found.filter(item=item)
    counts = {"open": found.filter(ended_at=None).count(), "all": found.count()}
    counts["ended"] = counts["all"] - counts["open"]
    tab = request.GET.get("tab", "all")
    tab = tab if tab in counts else "all"
    shown_rows = found.filter(ended_at=None) if tab == "open" else found.exclude(ended_at=None) if tab == "ended" else found
    page = Paginator(shown_rows, 50).get_page(request.GET.get("page"))
    rules = packs.all("alarms", at=now.date())
    context = {
        "rows": [_row(a, now) for a in page], "page": page, "tabs": [(k, w, counts[k]) for k, w in TABS], "tab": tab,
        "choices": [("item", "项目", [(r.item, r.item) for r in rules.values()], item)], "clear": bool(item), "rules": rules.values(),
    }  # fmt: skip
    return render(request, "monitor/alarms.html", context)


def _row(alarm: Alarm, now) -> dict:
    case = alarm.case
    return {
        "alarm": alarm,
        "peak": shown(alarm.item, alarm.peak),
        "clock": cases.clock_of(case, now) if case else None,
        "waits": cases.waits_for(case) if case else "",
    }


@login_required
@require_safe
def alarm(request: HttpRequest, pk: int) -> HttpResponse:
    """One episode: why, its hours with their frames, its order."""
    found = get_object_or_404(queries.alarms(request.user), pk=pk)
    rule = packs.all("alarms").get(found.rule)
    row = _row(found, clock.now())
    hours = [{"time": r.time, "value": shown(found.item, r.value), "key": f"{r.time:%Y%m%d%H}"} for r in found.rows.all()]
    others = (
        queries.alarms(request.user)
        .filter(item=found.item, opened_at__gte=found.opened_at - timedelta(hours=6), opened_at__lte=found.last_at + timedelta(hours=6))
        .exclude(pk=pk)
    )
    return render(request, "monitor/alarm.html", {"alarm": found, "rule": rule, "row": row, "hours": hours, "others": others[:8]})


@login_required
@require_safe
def alarm_json(request: HttpRequest, pk: int) -> HttpResponse:
    """The episode's hours with a day around it, with its level."""
    found = get_object_or_404(queries.alarms(request.user), pk=pk)
    end = min((found.ended_at or found.last_at) + timedelta(hours=12), clock.now().replace(minute=0, second=0, microsecond=0))
    data = series.hours(found.station, found.item, found.opened_at - timedelta(hours=24), max(end, found.last_at))
    data["level"] = {"value": found.threshold, "text": f"报警值 {found.threshold:g}"}
    data["episode"] = [found.opened_at.isoformat(), (found.ended_at or found.last_at).isoformat()]
    return JsonResponse(data, json_dumps_params={"ensure_ascii": False})
