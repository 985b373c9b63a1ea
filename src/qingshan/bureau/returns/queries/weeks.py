"""Recurring duties side by side, span by span, with what the platform itself saw in each span (例行工作)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime

from qingshan.bureau.base import packs
from qingshan.bureau.cases.models import Case
from qingshan.bureau.returns.models import Chase, Occasion, PeriodStep, Sending
from qingshan.bureau.returns.queries.weak import WORKFLOW, between


@dataclass
class Week:
    """One span with its duties and the platform's own counts."""

    title: str
    first: date
    last: date
    occasions: list[Occasion] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)


def latest(many: int):
    """The occasions of the latest `many` spans."""
    firsts = list(Occasion.objects.order_by("-first").values_list("first", flat=True).distinct()[:many])
    return Occasion.objects.filter(first__gte=firsts[-1]).select_related("done_by__organisation") if firsts else Occasion.objects.none()


def state(occasion: Occasion, now: datetime) -> tuple[str, str]:
    """Light and word of one turn."""
    if occasion.skipped:
        return "amber", "未开展"
    if occasion.done_at:
        return ("amber", "逾期补记") if occasion.is_late else ("green", "已办")
    return ("red", "逾期未记") if now > occasion.due_at else ("none", "待办")


def table(occasions: list[Occasion], now: datetime) -> list[Week]:
    """Spans, newest first; each duty in its declared place."""
    order = {routine.name: routine.order for routine in packs.all("routines").values()}
    weeks: dict[tuple[date, date], Week] = {}
    for occasion in occasions:
        occasion.light, occasion.state_words = state(occasion, now)
        weeks.setdefault((occasion.first, occasion.last), Week(occasion.title, occasion.first, occasion.last)).occasions.append(occasion)
    found = sorted(weeks.values(), key=lambda w: (w.first, w.last), reverse=True)
    for week in found:
        week.occasions.sort(key=lambda o: (order.get(o.routine, 99), o.routine))
    if found:
        _count(found)
    return found


def _count(found: list[Week]) -> None:
    """What the platform saw in each span: returns, reminders, frozen periods, inspection orders."""
    start, end = between(min(w.first for w in found), max(w.last for w in found))
    seen = {
        "收到填报 {} 项": Sending.objects.filter(at__range=(start, end), copied_from=None).values_list("at", flat=True),
        "催报 {} 次": Chase.objects.filter(at__range=(start, end)).values_list("at", flat=True),
        "定格 {} 期": PeriodStep.objects.filter(at__range=(start, end), act=PeriodStep.Act.FREEZE).values_list("at", flat=True),
        "开督查单 {} 件": Case.objects.filter(opened_at__range=(start, end), workflow=WORKFLOW).values_list("opened_at", flat=True),
    }
    for words, moments in seen.items():
        days = Counter(moment.date() for moment in moments)
        for week in found:
            n = sum(count for day, count in days.items() if week.first <= day <= week.last)
            if n:
                week.facts.append(words.format(n))
