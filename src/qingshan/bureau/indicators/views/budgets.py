"""The remaining budget of a target: page of one target, what-if, list of the year's targets (目标倒算)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from qingshan.bureau.base import clock, packs
from qingshan.bureau.base.models import Area
from qingshan.bureau.indicators import (
    actions,
    assessments,
    budget_charts,
    budget_units,
    budgets,
    chances,
    goals,
    pages,
    queries,
    section_budgets,
    targets,
)
from qingshan.bureau.indicators.assessments import Assessment, Place, Unknown
from qingshan.bureau.indicators.chances import WhatIf
from qingshan.bureau.indicators.declared import Indicator
from qingshan.bureau.indicators.goals import CannotTell
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.values import figure
from qingshan.bureau.ledger import queries as ledger
from qingshan.bureau.ledger.models import Task
from qingshan.outlook import budget as room


@dataclass(frozen=True)
class Asked:
    """What an address asks for, checked: indicator, area, target; and the ledger row it is of."""

    indicator: Indicator
    held: Assessment
    area: Place
    period: Period
    operator: str
    target: float | None
    task: Task | None

    @property
    def target_text(self) -> str:
        """The target as a form field holds it; empty without one."""
        return "" if self.target is None else f"{Decimal(str(self.target)).normalize():f}"

    @property
    def here(self) -> str:
        said = {"area": self.area.code} | ({"target": self.target_text, "operator": self.operator} if self.target is not None else {})
        said |= {"task": str(self.task.pk)} if self.task else {}
        return f"{reverse('indicators:budget', args=[self.indicator.name])}?{urlencode(said)}"


@login_required
@require_GET
def budget(request: HttpRequest, name: str) -> HttpResponse:
    """One target: where it stands, what is left, the chance, the towns' parts, what if. By htmx only the what-if."""
    indicator = _indicator(name)
    context = {"indicator": indicator, "areas": _areas(request), "least": -chances.MOST_CHANGE, "most": chances.MOST_CHANGE}
    if not assessments.has_data() and not section_budgets.applies(indicator):
        return render(request, "indicators/budget.html", {**context, "empty": "还没有监测数据。接入站点或导入历史数据后，这里倒算余量。"})
    with assessments.steady():
        try:
            asked = _asked(request, indicator)
        except Unknown as error:
            return render(request, "indicators/budget.html", {**context, "empty": str(error)})
        context |= {"asked": asked, "here": asked.here, "area": asked.area, "period": asked.period, "task": asked.task}
        context["decimals"] = indicator.decimals
        try:
            aim = goals.goal(indicator, asked.operator, asked.target)
            context["goal"] = aim
            if "HX-Request" in request.headers and request.GET.get("part") == "whatif":
                return render(request, "indicators/parts/whatif.html", context | _what_if(request, asked, aim))
            if section_budgets.applies(indicator):
                return render(request, "indicators/budget_sections.html", context | _sections(request, asked, aim))
            found = budgets.remaining(asked.held, aim, asked.area, asked.period)
        except CannotTell as error:
            return render(request, "indicators/budget.html", {**context, "trouble": str(error)})
        context |= _page(request, asked, found) | _what_if(request, asked, aim)
        context["run"] = actions.record_run(asked.held)
    return render(request, "indicators/budget.html", context)


@login_required
@require_GET
def budget_list(request: HttpRequest) -> HttpResponse:
    """The year's targets with what is left of each (目标倒算)."""
    day = clock.today()
    with assessments.steady():
        rows = ledger.judged_rows(list(ledger.targets(request.user, day.year).prefetch_related("leads", "coops")), day)
        declared = packs.all("indicators")
        lines = [{"row": row, "task": row.task, "m": row.measure, "may": _may(row.task)} for row in rows]
    tasks = [t for t in ledger_counts(request, day) if not t.is_target]
    return render(request, "indicators/budgets.html", {"lines": lines, "tasks": tasks, "day": day, "free": _free(declared)})


@login_required
@require_GET
def task_budget(request: HttpRequest, pk: int) -> HttpResponse:
    """The budget of one ledger row: a measured one on its indicator's page, an amount of work here (件数、次数倒算)."""
    task = get_object_or_404(Task.objects.within(request.user).live(), pk=pk)
    declared = packs.all("indicators")
    if task.indicator in declared and goals.may(declared[task.indicator]):
        return redirect(f"{reverse('indicators:budget', args=[task.indicator])}?task={task.pk}")
    return render(request, "indicators/budget_task.html", {"task": task, **_amount(task, clock.today())})


def ledger_counts(request: HttpRequest, day: date) -> list[Task]:
    """Rows of work counted in a number, which have a budget of their own."""
    rows = Task.objects.within(request.user).live().filter(year=day.year, check_kind=Task.Check.QUANTIFIED, operator=">=")
    return list(rows.exclude(value=None).order_by("number"))


@login_required
@require_GET
def task_chance(request: HttpRequest, pk: int) -> HttpResponse:
    """The chance of one ledger target in words, for a card (卡片上的把握)."""
    task = get_object_or_404(Task.objects.within(request.user).live(), pk=pk)
    with assessments.steady():
        return render(request, "indicators/parts/chance.html", {"chance": targets.chance(task, clock.today())})


def _amount(task: Task, day: date) -> dict:
    """What is left of a sum: done so far as verified, else as reported; months left to its deadline."""
    if task.value is None:
        return {"trouble": "这项任务没有写数量，不能倒算。请在台账里补上数值"}
    if task.operator not in (*goals.AT_LEAST, *goals.AT_MOST):
        return {"trouble": "数量要写成“不少于”“多于”“不高于”“低于”一个数才能倒算"}
    measured = targets.measure(task, day)
    measured = measured if measured and measured.value is not None else None
    done = Decimal(str(measured.value)) if measured else task.verified if task.verified is not None else task.reported
    if done is None:
        return {"trouble": "还没有反馈或核实过数量。有第一次反馈后，这里倒算每月还要完成多少"}
    days = max(task.days_left(day), 0)
    weeks, months = math.ceil(days / 7), (task.deadline.year - day.year) * 12 + task.deadline.month - day.month + 1 if days else 0
    capped = task.operator in goals.AT_MOST
    whole = task.value == task.value.to_integral_value()
    goal = float(task.value) if task.operator in (">=", "<=") else room.edge(float(task.value), 0 if whole else 4, task.operator)
    tell = room.at_most if capped else room.at_least
    by = {"月": tell(goal, done, months), "周": tell(goal, done, weeks)}
    found = by["月"]
    since = max((day - task.begins).days, 1)
    pace = float(done) / since * days
    rest = float(found.rest)
    return {
        "done": done, "days": days, "verdict": room.WORDS[str(found.verdict)], "capped": capped, "rest": Decimal(str(round(rest, 4))),
        "verified": task.verified is not None, "measured": measured,
        "each": [(unit, _each(float(b.each), capped)) for unit, b in by.items() if b.each == b.each],
        "pace": round(pace, 1), "lands": round(float(done) + pace, 1), "makes": (pace <= rest) if capped else (pace >= rest),
    }  # fmt: skip


def _may(task: Task) -> bool:
    """Whether a row can be worked back from: a number, and a side."""
    return task.value is not None and task.operator in (*goals.AT_MOST, *goals.AT_LEAST)


def _each(amount: float, capped: bool) -> int:
    """Whole things a month or week: at least so many, or at most."""
    return math.floor(amount + 1e-9) if capped else math.ceil(amount - 1e-9)


def _indicator(name: str) -> Indicator:
    try:
        return queries.indicator(name)
    except LookupError:
        raise Http404(f"没有指标口径“{name}”") from None


def _free(declared) -> list[Indicator]:
    """Indicators a target can be tried on."""
    return [i for i in sorted(declared.values(), key=lambda i: i.code) if goals.may(i)]


def _areas(request: HttpRequest) -> list[Area]:
    district = list(Area.objects.filter(level=Area.Level.DISTRICT)[:1])
    towns = Area.objects.within(request.user).filter(level=Area.Level.TOWN).order_by("code")
    return [*district, *towns]


def _asked(request: HttpRequest, indicator: Indicator) -> Asked:
    task = None
    if said := request.GET.get("task", ""):
        task = get_object_or_404(Task.objects.within(request.user).live(), pk=said if said.isdecimal() and len(said) < 12 else 0)
        if task.indicator != indicator.name:
            raise Http404("这项任务不是这个指标的目标")
    last = _last(request, task)
    period = Period.year_to(last)
    held = queries.assessment(period)
    code = request.GET.get("area", "")
    if not code and task and task.area_id:
        area = held.place(task.area_id)
    elif code in ("", held.district.code):
        area = held.district
    else:
        area = held.place(get_object_or_404(Area.objects.within(request.user), code=code))
    operator, target = _target(request, indicator, task, area)
    return Asked(indicator, held, area, period, operator, target, task)


def _last(request: HttpRequest, task: Task | None) -> date:
    """The last day that counts: that of the data, or an earlier one asked for."""
    last = assessments.last_day()
    if task and task.year < last.year:
        last = date(task.year, 12, 31)
    if said := request.GET.get("on", ""):
        try:
            asked = date.fromisoformat(said)
        except ValueError:
            raise Http404("日期要写成 2026-09-30") from None
        span = assessments.lake().span()
        first = span[0].date() if span else asked
        if asked < first:
            raise Unknown(f"{asked} 还没有数据：数据从 {first} 开始")
        last = min(last, asked)
    return last


def _target(request: HttpRequest, indicator: Indicator, task: Task | None, area: Place) -> tuple[str, float | None]:
    """The target typed in the address, else the ledger row's, else that of the ledger for this indicator and area."""
    said = request.GET.get("target", "").strip()
    operator = request.GET.get("operator", "")
    if said:
        try:
            value = float(said)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise Unknown(f"目标“{said[:20]}”不是数，请写成 35 或 33.5")
        return operator or (task.operator if task else "") or goals.default_operator(indicator), value
    if task:
        return task.operator, None if task.value is None else float(task.value)
    year = assessments.last_day().year
    rows = ledger.targets(request.user, year).filter(indicator=indicator.name).exclude(value=None)
    found = rows.filter(area_id=area.id).first() or (rows.filter(area=None).first() if area.level == Area.Level.DISTRICT else None)
    return (found.operator, float(found.value)) if found else (operator or goals.default_operator(indicator), None)


def _page(request: HttpRequest, asked: Asked, found: budgets.Budget) -> dict:
    indicator, decimals = asked.indicator, asked.indicator.decimals
    own = request.GET.get("by") == "own"
    units, without, over = budget_units.towns(asked.held, found.goal, asked.area, asked.period, own=own)
    if not own and len(units) < 2 and asked.area.level == Area.Level.DISTRICT:
        others = budget_units.towns(asked.held, found.goal, asked.area, asked.period, own=True)
        if len(others[0]) > len(units):
            (units, without, over), own = others, True
    mine = set(Area.objects.within(request.user).values_list("code", flat=True))
    everyone, most = queries.may_see_drafts(request.user), max((abs(u.gap) for u in units), default=0.0)
    source = pages.source(indicator.name, asked.period, area=asked.area.code)
    gap = found.value.value - found.goal.fit
    return {
        "found": found, "source": source, "light": _light(found),
        "months": budget_charts.months(found), "chance": found.chance, "reason": found.reason, "then": found.value.last_year,
        "band": budget_charts.band(found.chance, found.goal.value, found.value.value, decimals),
        "gap": _gap(gap, decimals, indicator.unit),
        "units": [_unit(u, asked, mine, most) for u in units if everyone or u.place.code in mine], "hidden": not everyone and bool(units),
        "without": without, "own": own, "total": _total(units, over, found) if units and everyone else None, "draws": chances.DRAWS,
    }  # fmt: skip


def _sections(request: HttpRequest, asked: Asked, aim: goals.Goal) -> dict:
    """The page of a share of sections: the share, and each section's months left."""
    value = asked.held.value(asked.indicator.name, area=asked.area, period=asked.period)
    found = section_budgets.told(asked.held, aim, asked.area, asked.period)
    if found is None:
        raise CannotTell(f"{asked.area.name}没有可倒算的断面：没有登记断面，或断面还没有采样数据")
    lights = {room.MET: "green", room.MISSED: "red", room.IMPOSSIBLE: "red"}
    rows = []
    mine = request.user.scope_areas()
    shown = [s for s in found.sections if mine is None or s.area in mine]
    for s in sorted(shown, key=lambda s: (bool(s.reason), min((i.room for i in s.items), default=math.inf))):
        tight = any(i.room < 1 for i in s.items)
        light = "none" if s.reason else lights.get(s.verdict, "amber" if tight else "green")
        word = "不评" if s.reason else room.WORDS[s.verdict] if s.verdict != room.OPEN else "偏紧" if tight else "有余地"
        rows.append((s, light, word, [s.reason] if s.reason else [i.words for i in s.tight]))
    meets = value.value is not None and (value.value >= aim.fit if asked.indicator.better == "higher" else value.value <= aim.fit)
    light = lights.get(found.verdict, "green" if meets else "amber"), room.WORDS[found.verdict]
    source = pages.source(asked.indicator.name, asked.period, area=asked.area.code)
    middle = found.chance.middle if found.chance else math.nan
    now = middle if value.value is None else value.value
    return {
        "found": found, "rows": rows, "value": value, "light": light, "source": source, "hidden": len(found.sections) - len(shown),
        "band": budget_charts.band(found.chance, aim.value, now, asked.indicator.decimals), "draws": chances.DRAWS,
    }  # fmt: skip


def _gap(gap: float, decimals: int, unit: str) -> str:
    if abs(gap) < 1e-9:
        return "与目标持平"
    return f"{'高于' if gap > 0 else '低于'}目标 {figure(abs(gap), decimals)} {unit}".rstrip()


def _light(found: budgets.Budget) -> tuple[str, str]:
    """The light of a target with its word: by what is certain, else by the chance."""
    if found.verdict in (room.IMPOSSIBLE, room.MISSED):
        return "red", room.WORDS[found.verdict]
    if found.verdict == room.MET:
        return "green", room.WORDS[found.verdict]
    if found.chance is None or found.chance.probability != found.chance.probability:
        return "none", room.WORDS[found.verdict]
    return chances.odds(found.chance.probability)


def _unit(unit: budget_units.Unit, asked: Asked, mine: set[str], most: float) -> dict:
    """A town's row as printed; its mean opens to its source where the two are one number, in scope."""
    indicator, place = asked.indicator, unit.place
    own = figure(unit.own, indicator.decimals)
    value = asked.held.value(indicator.name, area=place, period=asked.period, comparison=False)
    link = pages.source(indicator.name, asked.period, area=place.code) if place.code in mine and value.text == own else ""
    return {
        "unit": unit, "source": link, "own": own, "weight": figure(100 * unit.weight, 1), "gap": _signed(unit.gap),
        "to_target": figure(10 * unit.to_target, 1), "to_mean": figure(10 * unit.to_mean, 1), "raises": unit.gap > 0,
        "bar": round(100 * abs(unit.gap) / most, 1) if most else 0,
    }  # fmt: skip


def _total(units: list[budget_units.Unit], over: float, found: budgets.Budget) -> dict:
    """The last rows: the parts' sum, what rounding of days leaves over, the district's distance unrounded."""
    gap = sum(u.gap for u in units)
    exact = round(10 * (found.value.exact - found.goal.value), 1)
    return {"gap": _signed(round(gap, 1)), "over": _signed(round(exact - gap, 1)), "district": _signed(exact), "weight": "100.0"}


def _signed(number: float) -> str:
    return "0.0" if abs(number) < 0.05 else ("+" if number > 0 else "") + figure(number, 1)


def _what_if(request: HttpRequest, asked: Asked, aim: goals.Goal) -> dict:
    """The what-if as asked for, and what comes of it."""
    said = request.GET
    try:
        change = float(said.get("change", "0") or 0)
    except ValueError:
        change = 0.0
    change = min(max(change, -chances.MOST_CHANGE), chances.MOST_CHANGE) if math.isfinite(change) else 0.0
    choices = budget_units.stations(asked.held, asked.indicator, asked.area)
    without = said.get("without", "")
    without = without if without in dict(choices) and len(choices) > 1 else ""
    if_ = WhatIf(change, bool(said.get("dust")), bool(said.get("heavy")), without)
    context = {"if": if_, "choices": choices if len(choices) > 1 else [], "dust_matters": asked.indicator.dust != "exclude"}
    if not if_.is_any:
        return context
    try:
        then, why, needed = chances.told(asked.held, aim, asked.area, asked.period, if_)
        before, _, _ = chances.told(asked.held, aim, asked.area, asked.period)
    except CannotTell as error:
        return context | {"if_trouble": str(error)}
    if then is None:
        return context | {"if_trouble": why}
    return context | {
        "then_chance": then, "before_chance": before, "if_needed": needed,
        "then_band": budget_charts.band(then, aim.value, then.middle, asked.indicator.decimals),
    }  # fmt: skip
