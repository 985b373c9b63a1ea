"""Periods are opened by their rhythm, or by hand (开期). Asked again, nothing is opened twice; what was missed is made good."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Max

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.permissions import need, need_whole
from qingshan.bureau.cases.clocks import Calendar
from qingshan.bureau.cases.queries import calendar
from qingshan.bureau.returns import spans
from qingshan.bureau.returns.actions.rotas import WHOLE
from qingshan.bureau.returns.models import Line, Period, PeriodStep, Rota
from qingshan.bureau.returns.queries import rotas

LONGEST = timedelta(days=400)
BY_HAND = "E-"


def open_due() -> str:
    """Open every period whose time has come, and put tasks that came later into those still running; the worker's duty."""
    now, opened, added = clock.now(), 0, 0
    days = calendar()
    for rota in Rota.objects.filter(began__lte=now.date() + LONGEST):
        opened += len(_open_rota(rota, now, days))
    for period in Period.objects.filter(frozen_at=None, due_at__gte=now).select_related("rota"):
        added += _refill(period.pk)
    return "，".join(said for n, said in ((opened, f"开期 {opened} 个"), (added, f"补进填报 {added} 项")) if n)


def _open_rota(rota: Rota, now: datetime, days: Calendar) -> list[Period]:
    """The rota's missing periods up to now, in order, so that their numbers follow the time."""
    rhythm = rota.declared(now.date())
    if rhythm is None or rhythm.every == "event":
        return []
    last = rota.periods.exclude(key__startswith=BY_HAND).order_by("-last").first()
    found, begun = [], last.last + spans.ONE_DAY if last else rota.began
    there = set(rota.periods.values_list("key", flat=True))
    for span in spans.spans(rhythm.every, begun, rhythm.week_starts):
        if span.first > now.date() or (rota.stopped and span.last > rota.stopped):
            break
        if spans.opens_on(rhythm, span, days) > now.date():
            break
        if span.key not in there and (period := _open(rota.pk, span, now, days)):
            found.append(period)
    return found


@transaction.atomic
def _open(
    rota_id: int, span: spans.Span, now: datetime, days: Calendar, by: Person | None = None, due_at=None, note: str = ""
) -> Period | None:
    """One period with its lines, under the lock of its rota; None where nothing is owed or it is there already."""
    rota = Rota.objects.select_for_update().get(pk=rota_id)
    if rota.periods.filter(key=span.key).exists():
        return None
    owed = rotas.owed(rota, span.first, span.last)
    if not owed:
        return None
    rhythm = rota.declared(span.last)
    due_day = spans.shifted(span.last, rhythm.due, days)
    due_at = due_at or datetime.combine(due_day, rhythm.time)
    freeze_at = None
    if rhythm.freeze is not None:
        since = max(due_at, now).date()  # a period opened late leaves its units the same time
        freeze_at = datetime.combine(spans.shifted(since, rhythm.freeze, days), rhythm.time)
    notes = [note, "" if due_at > now else f"平台停机，{now:%Y-%m-%d} 补开", rotas.calendar_note(due_at.date())]
    period = Period.objects.create(
        rota=rota, rhythm=rota.rhythm, key=span.key, year=span.year, title=span.title, first=span.first, last=span.last,
        number=(rota.periods.filter(year=span.year).aggregate(n=Max("number"))["n"] or 0) + 1,
        opened_at=now, due_at=due_at, freeze_at=freeze_at, note="；".join(filter(None, notes))[:200],
    )  # fmt: skip
    Line.objects.bulk_create(Line(period=period, task=task, organisation_id=unit) for task, unit in owed)
    PeriodStep.objects.create(period=period, act=PeriodStep.Act.OPEN, at=now, by=by, reason=period.note)
    audit.record(by, "开期", period, None, {"due_at": audit.plain(due_at), "lines": len(owed)}, basis=rhythm.title)
    return period


@transaction.atomic
def _refill(period_id: int) -> int:
    """Lines for tasks that came into the ledger after the period was opened."""
    period = Period.objects.select_for_update().select_related("rota").get(pk=period_id)
    if period.is_frozen or (period.rota.stopped and period.rota.stopped < period.first):
        return 0
    there = set(period.lines.values_list("task_id", "organisation_id"))
    new = [(task, unit) for task, unit in rotas.owed(period.rota, period.first, period.last) if (task.pk, unit) not in there]
    Line.objects.bulk_create((Line(period=period, task=task, organisation_id=unit) for task, unit in new), ignore_conflicts=True)
    if new:
        audit.record(None, "补进填报", period, None, {"lines": len(new)})
    return len(new)


def open_by_hand(rota_id: int, *, by: Person, title: str, first: date, last: date, due_at: datetime | None = None, reason: str) -> Period:
    """Open a period outside the rhythm (遇事调度、加密调度), for a written reason."""
    need(by, "returns.manage_rota", "开期需要“安排填报节奏、指定信息员”权限")
    need_whole(by, WHOLE)
    rota, now = Rota.objects.get(pk=rota_id), clock.now()
    if not title.strip() or not reason.strip():
        raise Refused("请写这一期的名称和调度的理由", field="title" if not title.strip() else "reason", status=422)
    if last < first or last - first > LONGEST:
        raise Refused(f"起止日不对：{first} 至 {last}", field="first", status=422)
    if due_at is not None and due_at <= now:
        raise Refused("截止时间已经过去，请重选", field="due", status=422)
    rhythm = rota.declared(last)
    if rhythm is None:
        raise Refused(f"节奏“{rota.rhythm}”已不在制度包里，请先停止“{rota}”，另作安排")
    number = rota.periods.filter(key__startswith=BY_HAND).count() + 1
    days = calendar()
    if due_at is None:
        due_at = datetime.combine(spans.shifted(max(last, now.date()), rhythm.due, days), rhythm.time)
    span = spans.Span(f"{BY_HAND}{number}-{last:%Y%m%d}", last.year, title.strip()[:50], first, last)
    period = _open(rota.pk, span, now, days, by, due_at, reason.strip())
    if period is None:
        raise Refused(f"“{rota}”在 {first} 至 {last} 之间没有进行中的任务，不用开期")
    return period
