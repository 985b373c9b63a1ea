"""Alarms: list and one alarm with its hours and order."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from qingshan.bureau.base import clock, frame, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area
from qingshan.bureau.cases import queries as cases
from qingshan.bureau.monitor import bounds, levels, outlet_series, queries, series
from qingshan.bureau.monitor.actions import alarms as actions
from qingshan.bureau.monitor.models import Alarm, Verdict
from qingshan.bureau.monitor.queries import causes, outlets, record

TABS = (("open", "持续中"), ("unjudged", "待定性"), ("ended", "已回落"), ("all", "全部"))


@login_required
@require_safe
def alarms(request: HttpRequest) -> HttpResponse:
    now, person = clock.now(), request.user
    found = queries.alarms(person)
    area = frame.area_of(request)
    if area is not None and area.level != Area.Level.DISTRICT:
        found = found.filter(station__area__in=Area.objects.below({area.pk}))
    item, rule = request.GET.get("item", ""), request.GET.get("rule", "")
    if item:
        found = found.filter(item=item)
    if rule:
        found = found.filter(rule=rule)
    unjudged = found.filter(verdict="").exclude(ended_at=None)
    counts = {"open": found.filter(ended_at=None).count(), "unjudged": unjudged.count(), "all": found.count()}
    counts["ended"] = counts["all"] - counts["open"]
    tab = request.GET.get("tab", "all")
    tab = tab if tab in counts else "all"
    shown_rows = {"open": found.filter(ended_at=None), "ended": found.exclude(ended_at=None), "unjudged": unjudged}.get(tab, found)
    page = Paginator(shown_rows, 50).get_page(request.GET.get("page"))
    rules = packs.all("alarms", at=now.date())
    context = {
        "rows": [_row(a, now) for a in page], "page": page, "tabs": [(k, w, counts[k]) for k, w in TABS], "tab": tab,
        "choices": [
            ("item", "项目", [(i, bounds.any_item(i)) for i in _items(found, rules.values())], item),
            ("rule", "规则", [(r.name, f"{r.item_words} {r.title}") for r in rules.values()], rule),
        ],
        "clear": bool(item or rule), "rules": rules.values(), "may_judge": person.has_perm("monitor.judge_alarm"),
    }  # fmt: skip
    return render(request, "monitor/alarms.html", context)


def _items(found, rules) -> list[str]:
    """Items of the rules, and of the alarms there are."""
    of_alarms = found.order_by("item").values_list("item", flat=True).distinct()
    return [i for i in dict.fromkeys((*(r.item for r in rules), *of_alarms)) if i]


def _row(alarm: Alarm, now) -> dict:
    case = alarm.case
    return {
        "alarm": alarm,
        "peak": levels.of_alarm(alarm, alarm.peak), "unit": levels.unit_of(alarm) if alarm.item else "", "item": levels.item_words(alarm),
        "clock": cases.clock_of(case, now) if case else None,
        "waits": cases.waits_for(case) if case else "",
    }


@login_required
@require_http_methods(["GET", "POST"])
def alarm(request: HttpRequest, pk: int) -> HttpResponse:
    """One episode: why, its hours with their frames, what could be behind it, its order, and what it turned out to be."""
    found = get_object_or_404(queries.alarms(request.user), pk=pk)
    error = None
    if request.method == "POST":
        try:
            actions.judge(pk, request.POST.get("verdict", ""), by=request.user, note=request.POST.get("note", ""))
            messages.success(request, "已定性，计入规则成效")
            return redirect("monitor:alarm", pk)
        except Refused as no:
            error = no
    rule = packs.all("alarms").get(found.rule)
    hours = [
        {"time": levels.span_words(found, r.time), "value": levels.of_alarm(found, r.value), "key": f"{r.time:%Y%m%d%H}"}
        for r in found.rows.all()
    ]
    others = (
        queries.alarms(request.user)
        .filter(item=found.item, opened_at__gte=found.opened_at - timedelta(hours=6), opened_at__lte=found.last_at + timedelta(hours=6))
        .exclude(pk=pk)
    )
    around, wind = causes.beside(found, request.user), causes.wind_of(found)
    span = (found.opened_at - timedelta(hours=24), found.last_at)
    marks = list(queries.marks_over(found.station, *span))
    leads = queries.leads(request.user).filter(station=found.station, item__in=(found.item, ""), start__lte=span[1], stop__gte=span[0])
    leads = list(leads[:6])
    context = {
        "reasons": causes.hours_of(found), "siblings": causes.siblings(found, request.user), "limits": _limits(found),
        "source": outlets.source_of(request.user, found.station.outlet) if found.station.is_outlet else None,
        "alarm": found, "rule": rule, "row": _row(found, clock.now()), "hours": hours,
        "others": [(o, levels.of_alarm(o, o.peak)) for o in others[:8]], "around": around, "wind": wind,
        "candidates": causes.candidates(found, request.user, wind), "past": causes.past_cases(found, request.user)[:6], "marks": marks,
        "leads": leads, "leaning": causes.leaning(found, around, found.region_id is not None, bool(marks or leads)),
        "verdicts": Verdict.choices, "may_judge": request.user.has_perm("monitor.judge_alarm"), "error": error,
        "said": request.POST.get("verdict", ""), "note": request.POST.get("note", ""),
    }  # fmt: skip
    return render(request, "monitor/alarm.html", context, status=error.status if error else 200)


def _limits(alarm: Alarm) -> list[dict]:
    """What is limited at an outlet or section on the day of the alarm, with its clause."""
    station, day, found = alarm.station, alarm.opened_at.date(), []
    for of, words in (("", ""), ("day", "日均"), ("rate", "排放速率")):
        for item, row in bounds.on(station, day, of).items():
            if not station.is_outlet and item != alarm.item:
                continue
            high, low = row["high"], row["low"]
            said = f"不低于 {low:g}" if high is None else f"{high:g}" if low is None else f"{low:g}—{high:g}"
            _, unit = bounds.scale(item, station.network.medium, "rate" if of == "rate" else "hour")
            name = bounds.about_item(item, station.network.medium).name
            mine = item == alarm.item and (of == "rate") == (alarm.of == "rate")
            found.append({"name": f"{name} {words}".strip(), "words": said, "unit": unit, "basis": row["basis"], "mine": mine})
    return found


@login_required
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """How the rules did over the period: precision, times, proposals."""
    period = frame.period_of(request)
    start = datetime.combine(period.start, time.min)
    rows = record.standings(request.user, start, datetime.combine(period.end, time.max))
    return render(request, "monitor/rules.html", {"rows": rows, "period": period, "verdicts": Verdict.choices})


@login_required
@require_safe
def alarm_json(request: HttpRequest, pk: int) -> HttpResponse:
    """The episode's hours with a day around it, with its level."""
    found = get_object_or_404(queries.alarms(request.user), pk=pk)
    end = min((found.ended_at or found.last_at) + timedelta(hours=12), clock.now().replace(minute=0, second=0, microsecond=0))
    if not found.item:
        return JsonResponse({"error": "断线、传输率报警没有曲线"}, status=404, json_dumps_params={"ensure_ascii": False})
    if found.station.network.medium != "air":
        return _outlet_json(found)
    data = series.hours(found.station, found.item, found.opened_at - timedelta(hours=24), max(end, found.last_at))
    data["level"] = {"value": found.threshold, "text": f"报警值 {found.threshold:g}"}
    data["episode"] = [found.opened_at.isoformat(), (found.ended_at or found.last_at).isoformat()]
    return JsonResponse(data, json_dumps_params={"ensure_ascii": False})


def _outlet_json(alarm: Alarm) -> JsonResponse:
    """As above, of an outlet or a section: hours as held against the limit, or days."""
    now, last = clock.now(), alarm.ended_at or alarm.last_at
    if alarm.of == "day":
        first = (alarm.opened_at - timedelta(days=15)).date()
        end = min((last + timedelta(days=3)).date(), now.date() - timedelta(days=1))
        data = outlet_series.days(alarm.station, alarm.item, first, max(end, (last - timedelta(seconds=1)).date()))
        episode = [(t - timedelta(seconds=1)).date().isoformat() for t in (alarm.opened_at, last)]
    else:
        until = min(last + timedelta(hours=12), now.replace(minute=0, second=0, microsecond=0))
        first = (alarm.opened_at - timedelta(hours=24)).date()
        data = outlet_series.hours(alarm.station, alarm.item, first, max(until, last), alarm.of)
        episode = [alarm.opened_at.isoformat(), last.isoformat()]
    data |= {
        "level": {"value": alarm.threshold, "text": f"{'下限' if alarm.low else '限值'} {alarm.threshold:g}", "low": alarm.low},
        "episode": episode, "daily": alarm.of == "day",
    }  # fmt: skip
    return JsonResponse(data, json_dumps_params={"ensure_ascii": False})
