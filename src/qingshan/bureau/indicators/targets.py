"""What a measured target says of itself (目标取数): value, gap, pace, what is left of the year, last year's same days."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np

from qingshan.bureau.base import clock, countable, packs
from qingshan.bureau.indicators import assessments, budgets, chances, goals, pages, queries, section_budgets
from qingshan.bureau.indicators.assessments import Assessment, Unknown
from qingshan.bureau.indicators.declared import Indicator
from qingshan.bureau.indicators.goals import CannotTell
from qingshan.bureau.indicators.methods import column, methods
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.reporting import span_of
from qingshan.bureau.indicators.values import Value, figure, rounded
from qingshan.bureau.ledger.measures import Measure
from qingshan.outlook import budget

FAST = 5.0
"""percentage points ahead of the seasonal share at which a budget is used too fast to be amber"""


@dataclass(frozen=True)
class Pace:
    """The bar of a target: percent done or used, percent by now, whether it is a budget; and what is left, in words."""

    done: float | None
    due: float | None
    capped: bool
    left: tuple[str, ...]
    verdict: str


def measure(task, on: date) -> Measure | None:
    """The measure of one ledger row on a day; None where no declared indicator is linked to it."""
    if not task.indicator or task.indicator not in packs.all("indicators"):
        return None
    indicator: Indicator = packs.get("indicators", task.indicator)
    if not queries.is_ready(indicator):
        return Measure(None, indicator.unit, reason="还没有监测数据")
    last = assessments.last_day() if _is_daily(indicator) else clock.today()
    end = min(last, on, date(task.year, 12, 31))
    if end.year < task.year:
        return Measure(None, indicator.unit, reason=f"{task.year}年还没有{'监测' if indicator.medium else ''}数据")
    if indicator.source.kind == "register" and not countable.known()[indicator.source.register_name].rows(end):
        return Measure(None, indicator.unit, reason=f"登记册“{countable.known()[indicator.source.register_name].title}”还没有条目")
    try:
        held, area, value = _latest(task, indicator, end)
    except Unknown as error:
        return Measure(None, indicator.unit, reason=str(error))
    period, end = value.period, value.period.end
    url = pages.source(task.indicator, period, area=area.code)
    if value.value is None:
        return Measure(
            None, indicator.unit, words="数据不足", reason=value.reason, url=url, on=end, edition=value.edition, verify=value.verify,
            notes=value.notes,
        )  # fmt: skip
    goal = None if task.value is None else float(task.value)
    pace = _pace(task, indicator, held, area, value, period, goal)
    light, words = _light(task, indicator, value, goal, pace)
    then = value.last_year
    before = f"同期 {then.then.text}" if then and then.then.value is not None else ""
    if then and then.crosses and then.then_again.value is not None:
        before = f"同期 {then.then.text}，回算 {then.then_again.text}"
    return Measure(
        value.value, indicator.unit, light, words, _gap(task, indicator, value, goal), value.text, end, pace.done, pace.due, pace.capped,
        pace.left, before, url, "", value.edition, value.verify, value.notes,
    )  # fmt: skip


@dataclass(frozen=True)
class Odds:
    """The chance of a target for a card (达成把握): words, light, the year's end as it may come out; or why there is none."""

    words: str = ""
    light: str = "none"
    band: str = ""
    reason: str = ""


def may_tell(task) -> bool:
    """Whether a chance of it can be asked for: a target with a number, of an indicator that is worked back from."""
    declared = packs.all("indicators")
    if task.value is None or task.indicator not in declared or not goals.may(declared[task.indicator]):
        return False
    try:
        goals.goal(declared[task.indicator], task.operator, float(task.value))
    except CannotTell:
        return False
    return True


def chance(task, on: date, *, at_hand: bool = False) -> Odds | None:
    """The chance of a ledger target on a day; None where it is not asked of such a target, or, `at_hand`, still to be worked out."""
    if not may_tell(task):
        return None
    indicator: Indicator = packs.get("indicators", task.indicator)
    if not queries.is_ready(indicator):
        return Odds(reason="还没有监测数据")
    end = min(assessments.last_day() if _is_daily(indicator) else clock.today(), on, date(task.year, 12, 31))
    if end.year < task.year:
        return Odds(reason=f"{task.year}年还没有监测数据")
    try:
        held, area, value = _latest(task, indicator, end)
    except Unknown as error:
        return Odds(reason=str(error))
    if value.value is None:
        return Odds(reason=value.reason or "数据不足")
    aim = goals.goal(indicator, task.operator, float(task.value))
    by_sections = section_budgets.applies(indicator)
    asked = held, aim, area, value.period
    if at_hand and chances.kept((section_budgets if by_sections else chances).told_key(*asked)) is None:
        return None
    if by_sections:
        room = section_budgets.told(*asked)
        found, reason = (room.chance, room.reason) if room else (None, "没有可倒算的断面")
    else:
        found, reason, _ = chances.told(*asked)
    if found is None:
        return Odds(reason=reason or "年度已结束")
    light, word = chances.odds(found.probability)
    ends = "–".join(figure(v, indicator.decimals) for v in (found.low, found.high))
    return Odds(f"{found.words}，{word}", light, f"{ends} {indicator.unit}".strip())


def _latest(task, indicator: Indicator, end: date):
    """The year's value to date; of reports that are added up, to the end of the last span that is reported without a gap."""
    source, ends = indicator.source, [end]
    if source.kind == "reported" and source.over != "last":
        days = {span_of(source.every, date(task.year, month, 1)).end for month in range(1, 13)}
        ends = sorted((d for d in days if d <= end), reverse=True) or [end]
    first = None
    for day in ends:
        period = Period.year_to(day)
        held = _held(indicator, period)
        area = held.place(task.area_id) if task.area_id else held.district
        value = held.value(task.indicator, area=area, period=period)
        first = first or (held, area, value)
        if value.is_valid:
            return held, area, value
    return first


def _held(indicator: Indicator, period: Period) -> Assessment:
    """The assessment asked: for what is not measured, the one the pages have at hand."""
    if indicator.source.kind == "observations" or not assessments.has_data():
        return assessments.of(period)
    return assessments.of(Period.year_to(min(period.end, assessments.last_day())))


def _is_daily(indicator: Indicator) -> bool:
    """Whether its values are made of station days, which end with the last whole day of the store."""
    return indicator.source.kind == "observations" and methods[indicator.source.method].grain == "days"


def _adds_up(indicator: Indicator) -> bool:
    """Whether its value grows through the year towards the goal: amounts reported, cases counted."""
    source = indicator.source
    return (source.kind == "reported" and source.over == "sum") or (source.kind == "cases" and source.measure in ("count", "closed", "sum"))


def _pace(task, indicator, held, area, value: Value, period: Period, goal: float | None) -> Pace:
    left, year = budget.days_left(period.end), budget.days_in_year(period.end.year)
    share = round(100 * period.n_days / year, 1)
    none = Pace(None, share, False, (), "open")
    if goal is None or goal <= 0:
        return none
    if indicator.source.kind != "observations":
        return _amount_pace(task, indicator, value, goal, period) or _sum_pace(task, indicator, value, goal, share) or none
    if not _is_daily(indicator) and not section_budgets.applies(indicator):
        return none
    try:
        aim = goals.goal(indicator, task.operator, goal)
    except CannotTell as error:
        said = str(error) if task.operator in (*goals.AT_MOST, *goals.AT_LEAST) else ""
        return Pace(None, share, False, (said,) if said else (), "open")
    method = indicator.source.method
    if section_budgets.applies(indicator):
        room = section_budgets.of(held, indicator, area, period, aim.fit)
        return Pace(None, share, False, room.lines[1:2], room.verdict) if room else none
    if method == "mean":
        found = budget.mean(aim.fit, indicator.decimals, round(value.exact * value.valid, 4), value.valid, left)
        done, due = 100 * value.exact * value.valid / (goal * (value.valid + left)), _seasonal(held, area, indicator, period, "sum")
        shown = float(found.shown)
        words = f"后 {left} 天日均 ≤ {figure(shown, indicator.decimals)}" if shown == shown else budget.WORDS[str(found.verdict)]
        return Pace(round(done, 1), due if due is not None else share, True, (words,), str(found.verdict))
    if method == "percentile":
        return _percentile_pace(held, aim, area, period, left, share)
    if method == "composite_index":
        return Pace(None, share, True, budgets.composite_words(held, aim, area, period), "open")
    if method in ("good_days", "good_day_ratio"):
        good, valid = held.value("good_days", area=area, period=period, comparison=False), value.valid
        if good.value is None:
            return none
        if method == "good_days":
            days, allowed = budget.good_days(int(aim.fit), int(good.value), left), year - goal
        else:
            days, allowed = budget.good_ratio(aim.fit, indicator.decimals, int(good.value), valid, left), (valid + left) * (1 - goal / 100)
        bad, due = valid - good.value, _seasonal(held, area, indicator, period, "bad")
        afford = int(days.affordable)
        words = f"可再超标 {afford} 天" if afford >= 0 else f"超标已多 {-afford} 天"
        done = 100.0 if allowed <= 0 else 100 * bad / allowed
        return Pace(round(done, 1), due if due is not None else share, True, (words,), str(days.verdict))
    days = budget.heavy_days(int(aim.fit), int(value.value), left)
    afford = int(days.affordable)
    words = f"可再出现 {afford} 天" if afford >= 0 else f"已多 {-afford} 天"
    due = _seasonal(held, area, indicator, period, "heavy")
    return Pace(round(100 * value.value / goal, 1), share if due is None else due, True, (words,), str(days.verdict))


def _amount_pace(task, indicator: Indicator, value: Value, goal: float, period: Period) -> Pace | None:
    """The bar of an amount that grows to its goal by the deadline (件数、数量): how much is done, what each month left must bring."""
    if not pace_counts(indicator) or task.operator not in goals.AT_LEAST:
        return None
    begun, deadline = task.begins or date(task.year, 1, 1), task.deadline or date(task.year, 12, 31)
    due = min(max(100 * (period.end - begun).days / max((deadline - begun).days, 1), 0.0), 100.0)
    months = (deadline.year - period.end.year) * 12 + deadline.month - period.end.month + (period.end < deadline)
    found = budget.at_least(budget.edge(goal, indicator.decimals, task.operator), value.value, max(months, 0))
    lacking = max(goal - value.value, 0.0)
    words = f"还差 {figure(lacking, indicator.decimals)} {indicator.unit}"
    each = float(found.each)
    if lacking and months > 0 and each == each:
        words += f"，余下 {months} 个月每月至少 {math.ceil(each - 1e-9) if not indicator.decimals else figure(each, indicator.decimals)}"
    return Pace(round(min(100 * value.value / goal, 100.0), 1), round(due, 1), False, (words,) if lacking else (), str(found.verdict))


def _sum_pace(task, indicator: Indicator, value: Value, goal: float, share: float) -> Pace | None:
    """The bar of an amount that may not grow beyond its goal, or whose direction says nothing of the work."""
    if not _adds_up(indicator) or task.operator not in (*goals.AT_MOST, *goals.AT_LEAST):
        return None
    return Pace(round(100 * value.exact / goal, 1), share, task.operator in goals.AT_MOST, (), "open")


def _percentile_pace(held: Assessment, aim: goals.Goal, area, period: Period, left: int, share: float) -> Pace:
    """The bar of a percentile: the high days so far, of those the year may have."""
    room = budgets.percentile_room(held, aim, area, period, left)
    words, may = budgets.percentile_words(room, aim.fit, aim.indicator.decimals), room.above + max(room.affordable, 0)
    due = _seasonal(held, area, aim.indicator, period, "high", aim.fit)
    done = 100 * room.above / may if may else 100.0 if room.affordable < 0 else 0.0
    return Pace(round(done, 1), share if due is None else due, True, (words,), room.verdict)


def _seasonal(held: Assessment, area, indicator: Indicator, period: Period, what: str, bar: float = 0.0) -> float | None:
    """Share of last year's whole that had come by this day [%] (往年同期份额); None without a whole last year."""
    before = Period.year(period.start.year - 1)
    series = held.series(indicator, area=area).cut(before)
    same = Period(before.start, period.last_year().end)
    rows = series.days <= np.datetime64(same.end)
    if what in ("sum", "high"):
        values = series.conc[column(indicator.source.item)]
        daily, valid = np.nan_to_num(values), ~np.isnan(values)
        daily = daily if what == "sum" else (daily > bar).astype(float)
    else:
        aqi, _ = series.report(assessments.AGAIN)
        valid = ~np.isnan(aqi)
        daily = np.where(valid, aqi > (200 if what == "heavy" else 100), False).astype(float)
    total = float(daily.sum())
    if valid.sum() < 0.75 * series.days.size or total <= 0:
        return None
    return round(100 * float(daily[rows].sum()) / total, 1)


def _light(task, indicator: Indicator, value: Value, goal: float | None, pace: Pace) -> tuple[str, str]:
    if goal is None:
        return "none", "不评"
    if pace.verdict in (budget.MISSED, budget.IMPOSSIBLE):
        return "red", budget.WORDS[pace.verdict]
    if pace.verdict == budget.MET:
        return "green", "已达到"
    if pace.capped and pace.done is not None and pace.due is not None:
        ahead = pace.done - pace.due
        return ("green", "按序时") if ahead <= 0 else ("amber", "偏紧") if ahead <= FAST else ("red", "超进度")
    if not pace.capped and pace.done is not None and pace.due is not None:
        behind = pace.due - pace.done
        return ("green", "按序时") if behind <= 0 else ("amber", "偏慢") if behind <= FAST else ("red", "滞后")
    return ("green", "达标") if task.meets(value.value) else ("red", "未达标")


def _gap(task, indicator: Indicator, value: Value, goal: float | None) -> str:
    if goal is None or value.value is None:
        return ""
    gap = rounded(value.value - goal, indicator.decimals)
    if indicator.source.method == "good_days":
        return f"还需 {figure(-gap, 0)} 天" if gap < 0 else "已满足"
    if gap == 0:
        return "与目标持平"
    if pace_counts(indicator):
        return f"{'还差' if gap < 0 else '超出'} {figure(abs(gap), indicator.decimals)} {indicator.unit}"
    return f"{'高于' if gap > 0 else '低于'}目标 {figure(abs(gap), indicator.decimals)}"


def pace_counts(indicator: Indicator) -> bool:
    """Whether its target is an amount to be done: it counts rows, and more is better."""
    return indicator.source.kind != "observations" and indicator.unit != "%" and indicator.better == "higher"


def trend(held: Assessment, name: str, area, period: Period) -> list[float | None]:
    """The value as it stood at the end of each day of the period (逐日累计), for a sparkline; None before there is one."""
    indicator: Indicator = packs.get("indicators", name)
    if held.days_of(indicator) is None:
        return []
    series = held.series(indicator, area=area).cut(period)
    method = indicator.source.method
    if method == "mean":
        values = series.conc[column(indicator.source.item)]
        count = np.cumsum(~np.isnan(values))
        with np.errstate(invalid="ignore", divide="ignore"):
            out = np.cumsum(np.nan_to_num(values)) / count
    elif method in ("good_days", "heavy_days", "good_day_ratio"):
        aqi, _ = series.report()
        hit = (aqi <= 100) if method != "heavy_days" else (aqi > 200)
        out = np.cumsum(hit).astype(float)
        if method == "good_day_ratio":
            with np.errstate(invalid="ignore", divide="ignore"):
                out = 100 * out / np.cumsum(~np.isnan(aqi))
    else:
        return []
    return [None if v != v else round(float(v), 2) for v in out]
