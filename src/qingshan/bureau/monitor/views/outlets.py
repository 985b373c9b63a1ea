"""Outlets of pollution sources: their list with rates, and one outlet's page (排放口)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from urllib.parse import quote

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from qingshan.bureau.base import clock, frame
from qingshan.bureau.monitor import bounds, outlet_series, outlet_sheets, queries
from qingshan.bureau.monitor.models import Latest
from qingshan.bureau.monitor.queries import differences
from qingshan.bureau.monitor.queries import outlets as of
from qingshan.bureau.sites.models import Station

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DAY = timedelta(days=1)
DAYS_SHOWN = timedelta(days=8)


def month_of(request: HttpRequest, today: date) -> tuple[date, date]:
    """First and last whole day of the month asked for (``?month=2026-11``); the month of yesterday where none is."""
    text = request.GET.get("month", "")
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        first = (today - DAY).replace(day=1)
    if not date(2000, 1, 1) <= first < today:
        first = (today - DAY).replace(day=1)
    return first, min((first + timedelta(days=32)).replace(day=1), today) - DAY


@login_required
@require_safe
def outlets(request: HttpRequest) -> HttpResponse:
    """All outlets: rates of yesterday and of the month, days over and invalid."""
    now = clock.now()
    first, last = month_of(request, now.date())
    text, medium = (request.GET.get(k, "").strip()[:40] for k in ("q", "medium"))
    found = list(of.stations(request.user, last, frame.area_of(request)).select_related("hour"))
    total = len(found)
    if text:
        found = [s for s in found if text in f"{s.name}{s.code}{s.outlet.firm}{s.area.name}"]
    if medium:
        found = [s for s in found if s.network.medium == medium]
    rows = []
    for row in of.rates(found, first, last):
        states = [d.state for d in row.of.calendar()]
        rows.append((row, row.days[-1][1], {name: states.count(name) for name in of.STATES}))
    months = [(m.strftime("%Y-%m"), f"{m.year}年{m.month}月") for m in _months(now.date())]
    context = {
        "rows": rows, "total": total, "first": first, "last": last, "search": text, "clear": bool(text or medium),
        "choices": [
            ("month", "月份", months, first.strftime("%Y-%m")),
            ("medium", "要素", [("wastewater", "废水"), ("flue", "废气")], medium),
        ],
        "may_manage": request.user.has_perm("sites.manage_station"), "month": first.strftime("%Y-%m"),
    }  # fmt: skip
    return render(request, "monitor/outlets.html", context)


def _months(today: date) -> list[date]:
    found, at = [], (today - DAY).replace(day=1)
    for _ in range(13):
        found.append(at)
        at = (at - DAY).replace(day=1)
    return found


@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The month's rates as Excel."""
    first, last = month_of(request, clock.today())
    rows = of.rates(list(of.stations(request.user, last, frame.area_of(request))), first, last)
    name = quote(f"传输有效率{first:%Y-%m}.xlsx")
    return HttpResponse(
        outlet_sheets.rates(rows, first, last), content_type=XLSX, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    )


def item_of(request: HttpRequest, station: Station) -> str:
    """The item of the page: the one asked for, else the first with a limit."""
    item = request.GET.get("item", "")
    if item in station.measured:
        return item
    limits = bounds.on(station, clock.today())
    found = [i for i in station.measured if i in limits]
    medium = station.network.medium
    return next((i for i in found if bounds.about_item(i, medium).unit), [*found, station.measured[0]][0])


def page(request: HttpRequest, station: Station) -> HttpResponse:
    """One outlet (一口一档), or one section with an automatic station: now, series with limits, calendar, rates, emissions, marks.

    The caller has checked who sees it.
    """
    now = clock.now()
    item, year = item_of(request, station), frame.period_of(request).start.year
    first = max(date(year, 1, 1), station.since or date(year, 1, 1))
    last = min(date(year, 12, 31), now.date() - DAY)
    about, shown = None, {}
    if last >= first:
        one = of.of_days([station], first - of.BACK * DAY, last)[station.code]
        about = outlet_series.about(one, first, last)
        shown = {"from": max(first, last - timedelta(days=60)), "to": last}
    limits = {i: row | {"words": _limit_words(row)} for i, row in bounds.on(station, now.date()).items()}
    medium, outlet = station.network.medium, getattr(station, "outlet", None)
    besides = [
        (bounds.about_item(i, medium).name, words, f"{row['high']:g} {bounds.scale(i, medium, kind)[1]}", row["basis"])
        for kind, words in (("day", "日均"), ("rate", "排放速率")) for i, row in bounds.on(station, now.date(), kind).items()
    ]  # fmt: skip
    links = {r.mn: r for r in queries.links(request.user, now)}
    latest = {v.item: v for v in Latest.objects.filter(station=station, kind="hour")}
    context = {
        "differences": differences.of_station(station, now),
        "station": station, "outlet": outlet, "item": item, "name": bounds.about_item(item, medium).name, "besides": besides,
        "unit": bounds.about_item(item, medium).unit,
        "year": year, "first": first, "last": last, "shown": shown, "about": about, "now": now,
        "picks": [(i, bounds.about_item(i, medium).name) for i in _picks(station, latest)],
        "values": [
            (bounds.about_item(i, medium), latest.get(i), limits.get(i)) for i in _picks(station, latest) if i in limits or i in latest
        ],
        "hours_from": (now - DAYS_SHOWN).date(), "devices": [links[d.mn] for d in station.devices.all() if d.mn in links],
        "marks": list(queries.marks_over(station, now - timedelta(days=30), now + timedelta(days=92)).order_by("-start")[:6]),
        "alarms": list(queries.alarms(request.user).filter(station=station)[:6]),
        "source": of.source_of(request.user, outlet) if outlet else None,
        "may_mark": request.user.has_perm("monitor.file_mark"), "may_manage": request.user.has_perm("sites.manage_station"),
    }  # fmt: skip
    return render(request, "monitor/outlet.html", context)


def _limit_words(row: dict) -> str:
    high, low = row["high"], row["low"]
    return f"≥ {low:g}" if high is None else f"{high:g}" if low is None else f"{low:g}—{high:g}"


def _picks(station: Station, latest: dict) -> list[str]:
    """Items shown: the plan's, or of a section without a plan those that came."""
    return list(station.measured) if station.is_outlet or station.items else [i for i in station.measured if i in latest]


def series_json(request: HttpRequest, station: Station) -> JsonResponse:
    """An outlet's series in the form of a station's: ``?item=COD&window=day|hour&start=&end=``."""
    try:
        start, end = (date.fromisoformat(request.GET[k]) for k in ("start", "end"))
        if end < start or (end - start).days > 400:
            raise ValueError
    except (KeyError, ValueError):
        words = "时段写法不对：start、end 须是 2026-01-31 这样的日期，不超过 400 天"
        return JsonResponse({"error": words}, status=400, json_dumps_params={"ensure_ascii": False})
    item, now = item_of(request, station), clock.now()
    if request.GET.get("window") == "hour":
        until = min(datetime.combine(end, datetime.min.time()) + DAY, now.replace(minute=0, second=0, microsecond=0))
        data = outlet_series.hours(station, item, start, until)
    else:
        data = outlet_series.days(station, item, start, min(end, now.date() - DAY) if start < now.date() else end)
    return JsonResponse(data, json_dumps_params={"ensure_ascii": False})
