"""The cockpit (驾驶舱): targets, air now, map, ranking, alarms, task lights; each panel only what the person may see."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from qingshan.bureau.base import clock, frame
from qingshan.bureau.base.models import Area
from qingshan.bureau.cases import queries as cases
from qingshan.bureau.indicators import assessments, bottom_lines, hourly, queries, ranking_pages, targets
from qingshan.bureau.indicators import queries as indicators
from qingshan.bureau.indicators.assessments import Unknown
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.rankings import Table
from qingshan.bureau.ledger import queries as ledger
from qingshan.bureau.monitor import queries as monitor
from qingshan.bureau.sites.models import Station
from qingshan.outlook import budget

CARDS = 5
GROUPS = 5
DAYS = 7


@login_required
@require_GET
def cockpit(request: HttpRequest) -> HttpResponse:
    """The start page."""
    with assessments.steady():
        return render(request, "web/cockpit.html", _context(request))


def _context(request: HttpRequest) -> dict:
    person, now = request.user, clock.now()
    day = now.date()
    has_data = assessments.has_data()
    context = {
        "now": now, "day": day, "elapsed": (day - date(day.year, 1, 1)).days, "left": budget.days_left(day), "has_data": has_data,
        "share": round(100 * (day - date(day.year, 1, 1)).days / budget.days_in_year(day.year), 1),
        "cards": [_card(row) for row in _targets(person, day)], "stations": Station.objects.within(person).ambient().count(),
        "bureau": person.scope_areas() is None, "groups": _groups(person, day), "has_areas": Area.objects.exists(),
    }  # fmt: skip
    if context["bureau"] and context["has_areas"]:
        context["bottom_lines"] = bottom_lines.standings(day)
    context["lamps"] = Counter(light for group in context["groups"] for light, n in group["counts"].items() for _ in range(n))
    context["total"] = sum(context["lamps"].values())
    context["clashes"] = sum(group["clashes"] for group in context["groups"])
    if has_data:
        context |= _air(request, now)
        context |= _ranking(request)
    context |= _alarms(person, now)
    context["nets"] = monitor.station_counts(monitor.now_rows(person, now)) if context["stations"] else None
    return context


def _targets(person, day: date) -> list:
    """The year's targets with their lights; measured ones first, at most five."""
    rows = ledger.judged_rows(list(ledger.targets(person, day.year).prefetch_related("leads", "coops")), day)
    rows.sort(key=lambda r: (r.measure is None or r.measure.value is None, r.task.number))
    once = {(r.task.indicator or r.task.title, r.task.area_id): r for r in reversed(rows)}
    return [r for r in rows if once[r.task.indicator or r.task.title, r.task.area_id] is r][:CARDS]


@dataclass(frozen=True)
class Spark:
    """A sparkline in a box of 82 × 34: the line so far, the goal, the end point."""

    line: str
    goal: float | None
    x: float
    y: float


def _card(row) -> dict:
    task, measure = row.task, row.measure
    spark = None
    indicator = indicators.indicator(task.indicator) if task.indicator and measure else None
    if measure and measure.value is not None and indicator and indicator.medium == "air":
        period = Period.year_to(measure.on)
        held = queries.assessment(period)
        try:
            place = held.place(task.area_id) if task.area_id else held.district
            spark = _spark(targets.trend(held, task.indicator, place, period), None if task.value is None else float(task.value), period)
        except Unknown:
            spark = None
    card = {"row": row, "task": task, "measure": measure, "light": row.light, "spark": spark, "indicator": indicator}
    return card | _chance(task, measure)


def _chance(task, measure) -> dict:
    """The chance of a card's target where it is at hand; the page asks for the others one by one."""
    if measure is None or measure.value is None or not targets.may_tell(task):
        return {}
    return {"may_tell": True, "chance": targets.chance(task, clock.today(), at_hand=True)}


def _spark(values: list, goal: float | None, period: Period) -> Spark | None:
    """The last three quarters of the line decide the scale: the first weeks of a running mean jump about."""
    points = [(i, v) for i, v in enumerate(values) if v is not None]
    if len(points) < 8:
        return None
    steady = [v for _, v in points[len(points) // 4 :]] + ([goal] if goal is not None else [])
    low, high = min(steady), max(steady)
    span = (high - low) or 1
    low, high = low - 0.12 * span, high + 0.12 * span
    year = budget.days_in_year(period.start.year)

    def at(i: int, v: float) -> tuple[float, float]:
        return round(82 * (i + 1) / year, 1), round(34 - 34 * (min(max(v, low), high) - low) / (high - low), 1)

    placed = [at(i, v) for i, v in points[:: max(1, len(points) // 120)]]
    last = at(*points[-1])
    line = " ".join(f"{x} {y}" for x, y in [*placed, last])
    return Spark(line, None if goal is None else at(0, goal)[1], *last)


def _air(request: HttpRequest, now) -> dict:
    """The last hour and the last seven whole days of the area in the frame."""
    period = queries.year_to_date()
    held = queries.assessment(period)
    area = frame.area_of(request)
    try:
        place = held.place(area.pk) if area and area.level != Area.Level.VILLAGE else held.district
    except Unknown as error:
        return {"trouble": str(error)}
    week = Period(period.end - timedelta(days=DAYS - 1), period.end)
    days = hourly.last_days(held, place, week) if week.start >= held.span.start else []
    return {"hour": hourly.now(place, held.sites, now), **_bars(days), "place": place, "until": period.end}


SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")  # 图中的下标用字符
BASE, TALL = 84, 66


def _bars(days: list) -> dict:
    """The week as bars on a scale that holds its highest day, with where an index of 100 lies."""
    scale = TALL / max([150, *(d.aqi for d in days if d.aqi is not None)])
    bars = []
    for i, d in enumerate(days):
        height, x = round((d.aqi or 0) * scale, 1), 30 + i * 40
        primary = d.primary.translate(SUBSCRIPTS)
        bars.append({"day": d, "height": height, "x": x, "mid": x + 9, "y": round(BASE - height, 1), "top": round(BASE - height - 4, 1),
                     "primary": primary})  # fmt: skip
    return {"week": bars, "hundred": round(BASE - 100 * scale, 1), "hundred_text": round(BASE - 100 * scale + 4, 1)}


def _ranking(request: HttpRequest) -> dict:
    """The last published ranking; the bureau sees last month's trial where none is published."""
    scheme = indicators.schemes()[0]
    found = indicators.published(scheme.name)
    mine = set(Area.objects.within(request.user).values_list("code", flat=True))
    period = Period.parse(found.period) if found else ranking_pages.month(request, scheme)
    if found:
        table, state = Table.from_data(found.table), "已发布"
    elif indicators.may_see_drafts(request.user):
        try:
            table, state = indicators.ranking(scheme.name, period)[0], "试算，未发布"
        except Unknown:
            return {}
    else:
        return {"scheme": scheme}
    lines = [ranking_pages.line(row, table, period, scheme, mine) for row in (*table.rows, *table.out)]
    return {"scheme": scheme, "ranking": lines, "ranking_period": period, "ranking_state": state, "ranking_out": table.out,
            "ranking_code": indicators.subject(scheme)}  # fmt: skip


def _alarms(person, now) -> dict:
    found = monitor.alarms(person)
    today = found.filter(raised__date=now.date()).count()
    rows = sorted(found[:40], key=lambda a: (a.ended_at is not None, -a.raised.timestamp()))[:5]
    return {"alarms": rows, "alarms_today": today, "waiting": cases.waiting_receipt(person).count()}


def _groups(person, day: date) -> list[dict]:
    """Lights by section of the plan, the fullest sections first."""
    rows = [row for row in ledger.rows(person, ledger.Filters(), day, day.year) if row.task.parent_id is None]
    found = []
    for section in ledger.sections(rows, "topic"):
        counts = Counter(row.light.colour for row in section.rows)
        clashes = sum(bool(r.light.clash) for r in section.rows)
        found.append({"title": section.title, "counts": counts, "n": len(section.rows), "clashes": clashes})
    found.sort(key=lambda g: -g["n"])
    kept, rest = found[:GROUPS], found[GROUPS:]
    if rest:
        counts = sum((g["counts"] for g in rest), Counter())
        clashes, n = sum(g["clashes"] for g in rest), sum(g["n"] for g in rest)
        kept.append({"title": f"其他 {len(rest)} 章", "counts": counts, "n": n, "clashes": clashes})
    return kept
