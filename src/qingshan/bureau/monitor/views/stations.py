"""Map, stations list, one station (一张图、站点、一站一档)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from qingshan.bureau.base import clock, frame
from qingshan.bureau.monitor import queries, series
from qingshan.bureau.monitor.levels import hour_words, shown
from qingshan.bureau.monitor.models import Hour, Latest
from qingshan.bureau.monitor.neighbours import Neighbour, near
from qingshan.bureau.monitor.queries import differences, sampled
from qingshan.bureau.monitor.views import outlets
from qingshan.bureau.sites.models import Level, Station
from qingshan.terms import items

DAYS_SHOWN = timedelta(days=8)


@login_required
@require_safe
def map_page(request: HttpRequest) -> HttpResponse:
    """The map: towns, stations by level and network, and the same as a list."""
    now = clock.now()
    rows = queries.now_rows(request.user, now)
    data = queries.map_data(request.user, now)
    context = {
        "rows": sorted(rows, key=lambda r: (not r.alarms, r.is_stale, -(r.aqi or 0))),
        "counts": queries.station_counts(rows),
        "has_towns": bool(data["towns"]),
        "now": now,
    }
    return render(request, "monitor/map.html", context)


@login_required
@require_safe
def map_json(request: HttpRequest) -> HttpResponse:
    return JsonResponse(queries.map_data(request.user, clock.now()), json_dumps_params={"ensure_ascii": False})


@login_required
@require_safe
def stations(request: HttpRequest) -> HttpResponse:
    """All stations with what they show now."""
    now, media, medium = clock.now(), sampled.others(request.user), request.GET.get("medium", "")
    if medium in media:
        there = sampled.rows(request.user, medium, now.date(), frame.area_of(request))
        return render(request, "monitor/sampled_list.html", {"rows": there, "medium": medium, "media": media, "words": media[medium]})
    rows = queries.now_rows(request.user, now, frame.area_of(request))
    text, level, state = (request.GET.get(k, "").strip()[:40] for k in ("q", "level", "state"))
    total = len(rows)
    states = {
        "green": sum(r.state[0] == "green" for r in rows),
        "amber": sum(r.state[0] == "amber" for r in rows),
        "bad": sum(r.state[0] in ("red", "none") for r in rows),
    }
    if text:
        rows = [r for r in rows if text.lower() in f"{r.station.name}{r.station.code}{r.station.area.name}".lower()]
    if level in Level.values:
        rows = [r for r in rows if r.station.level == level]
    if state:
        rows = [r for r in rows if r.state[0] == state or (state == "bad" and r.state[0] in ("red", "none"))]
    context = {
        "rows": rows, "total": total, "items": items.AIR, "search": text, "states": states, "state": state,
        "choices": [("level", "级别", Level.choices, level)], "clear": bool(text or level or state), "now": now,
        "may_manage": request.user.has_perm("sites.manage_station"), "media": media,
    }  # fmt: skip
    return render(request, "monitor/stations.html", context)


def _station(request: HttpRequest, code: str) -> Station:
    return get_object_or_404(Station.objects.within(request.user).select_related("area", "network", "responsible"), code=code)


def _item(request: HttpRequest, station: Station) -> str:
    item = request.GET.get("item", "")
    if station.is_outlet or station.network.medium == "water":
        return outlets.item_of(request, station)
    return item if item in station.measured else ("PM2.5" if station.measures("PM2.5") else station.measured[0])


@login_required
@require_safe
def station(request: HttpRequest, code: str) -> HttpResponse:
    """One station's file (一站一档): now, series, calendar, quality, sources."""
    found, now = _station(request, code), clock.now()
    if found.is_outlet or (found.network.medium == "water" and (found.devices.exists() or hasattr(found, "hour"))):
        return outlets.page(request, found)
    if found.network.medium != "air":
        columns, samples = sampled.table_of(found, now.date())
        context = {
            "station": found, "columns": columns, "samples": samples, "words": found.network.get_medium_display(),
            "may_manage": request.user.has_perm("sites.manage_station"),
        }  # fmt: skip
        return render(request, "monitor/sampled.html", context)
    item = _item(request, found)
    period = frame.period_of(request)
    year = period.start.year
    row = queries.now_of(found, now)
    end = min(date(year, 12, 31), now.date() - timedelta(days=1))
    start = max(date(year, 1, 1), found.since or date(year, 1, 1))
    quality = series.quality(found, start, end) if end >= start else None
    mine = next((q for q in quality["items"] if q["item"] == item), None) if quality else None
    short = series.short_months(mine["months"], end) if mine and item != "CO" else []
    trace = queries.hour_trace(found, row.hour.time, item) if row.hour else None
    links = {r.mn: r for r in queries.links(request.user, now)}
    context = {
        "differences": differences.of_station(found, now),
        "station": found, "row": row, "item": item, "window": "day" if request.GET.get("window") != "hour" else "hour",
        "year": year, "start": start, "end": max(start, end), "hours_from": (now - DAYS_SHOWN).date(), "hours_to": now.date(),
        "mean": series.year_statistic(found, item, start, end) if end >= start else None,
        "quality": quality, "quality_rows": quality["items"] if quality else [], "mine": mine,
        "short": short, "calendar": series.calendar(found, year, now.date()),
        "trace": trace, "chain": queries.chain_of(trace) if trace else [], "now": now,
        "value": shown(item, row.hour.values.get(item)) if row.hour else "缺测",
        "hour_words": hour_words(row.hour.time) if row.hour else "",
        "devices": [links[d.mn] for d in found.devices.all() if d.mn in links],
        "alarms": list(queries.alarms(request.user).filter(station=found)[:6]),
        "marks": list(queries.marks_over(found, now - timedelta(days=30), now).order_by("-start")[:6]),
        "leads": list(queries.leads(request.user).filter(station=found)[:6]), "near": _near(request, found, row.hour, item),
        "may_mark": request.user.has_perm("monitor.file_mark"),
        "latest": Latest.objects.filter(station=found, item=item).exclude(kind="hour").order_by("-at").first(),
        "may_manage": request.user.has_perm("sites.manage_station"),
    }  # fmt: skip
    return render(request, "monitor/station.html", context)


def _near(request: HttpRequest, station: Station, hour: Hour | None, item: str) -> list[tuple[Neighbour, str]]:
    """The nearest stations the person may see, with what their last hour says where it is the same hour."""
    if hour is None:
        return []
    others = Station.objects.within(request.user).filter(network__medium="air").exclude(lon=None).select_related("hour")
    found = []
    for one in near(station, others, 15, 5):
        theirs = getattr(one.station, "hour", None)
        value = theirs.values.get(item) if theirs and theirs.time == hour.time else None
        found.append((one, shown(item, value)))
    return found


@login_required
@require_safe
def series_json(request: HttpRequest, code: str) -> HttpResponse:
    """A chart's series: ``?item=PM2.5&window=day|hour&start=&end=``."""
    found = _station(request, code)
    item = _item(request, found)
    if found.is_outlet or found.network.medium == "water":
        return outlets.series_json(request, found)
    try:
        if request.GET.get("window") == "hour":
            start, end = (datetime.combine(date.fromisoformat(request.GET[k]), datetime.min.time()) for k in ("start", "end"))
            data = series.hours(
                found,
                item,
                start + timedelta(hours=1),
                min(end + timedelta(days=1), clock.now().replace(minute=0, second=0, microsecond=0)),
            )
        else:
            start_day, end_day = (date.fromisoformat(request.GET[k]) for k in ("start", "end"))
            if end_day < start_day or (end_day - start_day).days > 800:
                raise ValueError
            data = series.days(found, item, start_day, end_day)
    except (KeyError, ValueError):
        return JsonResponse(
            {"error": "时段写法不对：start、end 须是 2026-01-31 这样的日期，不超过 800 天"},
            status=400,
            json_dumps_params={"ensure_ascii": False},
        )
    return JsonResponse(data, json_dumps_params={"ensure_ascii": False})


@login_required
@require_safe
def hour(request: HttpRequest, code: str, at: str) -> HttpResponse:
    """One hour's item with its versions and frames; as a card where the page asks for one."""
    found = _station(request, code)
    try:
        time = datetime.strptime(at, "%Y%m%d%H")
    except ValueError:
        raise Http404 from None
    item = _item(request, found)
    trace = queries.hour_trace(found, time, item)
    context = {"station": found, "item": item, "trace": trace, "chain": queries.chain_of(trace), "hour_words": hour_words(time), "at": at}
    return render(request, "monitor/parts/hour_card.html" if request.headers.get("QS-Card") else "monitor/hour.html", context)
