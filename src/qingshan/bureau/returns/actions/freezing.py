"""A period's figures are frozen, thawed by a recorded reverse step, or corrected beside (定格、解冻、更正)."""

from __future__ import annotations

import hashlib
import json

from django.db import transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.permissions import need, need_whole
from qingshan.bureau.ledger import fields as rules
from qingshan.bureau.ledger.actions.tasks import WATCHED, keep
from qingshan.bureau.ledger.models import Task, TaskEvent, TaskReturn
from qingshan.bureau.returns.actions.rotas import WHOLE
from qingshan.bureau.returns.models import Correction, Figure, Line, Period, PeriodStep
from qingshan.bureau.returns.models.rota import units_of
from qingshan.bureau.returns.queries import summary

FREEZE = "定格需要“定格、解冻报送期”权限"


@transaction.atomic
def freeze_period(period_id: int, *, by: Person | None = None, reason: str = "") -> Period:
    """Freeze every line as it stands, the silent ones too; from then on the figures never change. `by` None is the rhythm itself."""
    if by is not None:
        need(by, "returns.freeze_period", FREEZE)
        need_whole(by, WHOLE)
    period = Period.objects.select_for_update().select_related("rota").get(pk=period_id)
    now = clock.now()
    if period.is_frozen:
        raise Refused(f"{period}已于 {period.frozen_at:%Y-%m-%d %H:%M} 定格")
    lines = list(
        Line.objects.filter(period=period)
        .select_related("task", "organisation")
        .prefetch_related("task__leads", "task__coops")
        .order_by("pk")
    )
    owed = sum(line.sent_at is None and line.task.state == Task.State.DOING for line in lines)
    if now < period.due_at and owed:
        raise Refused(f"{period}到 {period.due_at:%m月%d日 %H:%M} 才截止，还有 {owed} 项未报，不能定格")
    edition = period.edition + 1
    figures = _figures(period, lines, edition)
    Figure.objects.bulk_create(figures)
    step = PeriodStep.objects.create(
        period=period, act=PeriodStep.Act.FREEZE, at=now, by=by, reason=reason.strip()[:300], edition=edition, sha256=fingerprint(figures)
    )
    period.frozen_at, period.edition = now, edition
    period.save(update_fields=["frozen_at", "edition"])
    audit.record(
        by, "定格", period, None, {"edition": edition, "sha256": step.sha256, "lines": len(lines), "silent": owed}, basis=step.reason
    )
    return period


def _figures(period: Period, lines: list[Line], edition: int) -> list[Figure]:
    found = summary.judged(lines, min(clock.today(), period.last))
    figures = []
    for line in lines:
        row, signals, light = found[line.pk]
        shown = {key: getattr(signals, key) for key in ("time", "data", "report")} | {"all": light}
        measure = row.measure
        measured = f"{measure.text or measure.value}{measure.unit}" if measure is not None and measure.value is not None else ""
        figures.append(
            Figure(
                period=period, edition=edition, line=line, task_title=line.task.title, unit_name=str(line.organisation), value=line.value,
                words=line.words, how=line.how if line.sent_at else "", sent_at=line.sent_at, is_late=line.is_late, measured=measured[:120],
                lights={key: [s.colour, s.words, s.why] for key, s in shown.items()},
            )
        )  # fmt: skip
    return figures


def fingerprint(figures) -> str:
    """The fingerprint of frozen figures: of their content, in the order of their lines."""
    rows = [
        [
            f.line_id, f.task_title, f.unit_name, "" if f.value is None else f"{f.value.normalize():f}", f.words, f.how,
            "" if f.sent_at is None else f.sent_at.isoformat(timespec="seconds"), bool(f.is_late), f.measured, f.lights,
        ]
        for f in sorted(figures, key=lambda f: f.line_id)
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def is_whole(period: Period, edition: int | None = None) -> bool:
    """Whether the frozen figures of an edition still have the fingerprint written down when they were frozen."""
    edition = edition or period.edition
    step = PeriodStep.objects.get(period=period, act=PeriodStep.Act.FREEZE, edition=edition)
    return fingerprint(Figure.objects.filter(period=period, edition=edition)) == step.sha256


def freeze_due() -> str:
    """Freeze what the rhythm says is to be frozen by now; the worker's duty."""
    now = clock.now()
    due = list(
        Period.objects.filter(frozen_at=None, freeze_at__lte=now, due_at__lt=now).order_by("due_at", "pk").values_list("pk", flat=True)
    )
    for pk in due:
        freeze_period(pk, reason="到自动定格时间")
    return f"定格 {len(due)} 期" if due else ""


@transaction.atomic
def thaw_period(period_id: int, *, by: Person, reason: str) -> Period:
    """Take the freezing back, with a reason: units may send again, the earlier figures stay as that edition; frozen again by hand only."""
    need(by, "returns.freeze_period", "解冻需要“定格、解冻报送期”权限")
    need_whole(by, WHOLE)
    period = Period.objects.select_for_update().select_related("rota").get(pk=period_id)
    if not period.is_frozen:
        raise Refused(f"{period}没有定格，不用解冻")
    if not reason.strip():
        raise Refused("请写解冻的理由（谁批准、为什么）", field="reason", status=422)
    PeriodStep.objects.create(
        period=period, act=PeriodStep.Act.THAW, at=clock.now(), by=by, reason=reason.strip()[:300], edition=period.edition
    )
    before = audit.snapshot(period, "frozen_at", "freeze_at")
    period.frozen_at = period.freeze_at = None
    period.save(update_fields=["frozen_at", "freeze_at"])
    audit.record(by, "解冻", period, before, audit.snapshot(period, "frozen_at", "freeze_at"), basis=reason.strip())
    return period


@transaction.atomic
def correct_figure(figure_id: int, *, by: Person, reason: str, value=None, words: str = "") -> Correction:
    """Write a later truth beside a frozen figure, which stays; the ledger takes the corrected figure over."""
    if not by.has_perm("returns.freeze_period"):
        need(by, "returns.send_return", "更正需要“报送进展”权限")
    figure = Figure.objects.select_related("line__task", "line__organisation", "period__rota").get(pk=figure_id)
    Line.objects.within(by).get(pk=figure.line_id)
    period, line = Period.objects.select_for_update().get(pk=figure.period_id), figure.line
    if line.organisation_id in units_of(by):
        need(by, "returns.send_return", "更正需要“报送进展”权限")
    else:
        need(by, "returns.freeze_period", "替别的单位更正需要“定格、解冻报送期”权限")
    if not period.is_frozen or figure.edition != period.edition:
        raise Refused("这一期没有定格，直接重报即可，不用更正")
    number = rules.number(value, line.task.unit)[0]
    if number is not None and number < 0:
        raise Refused("累计完成不能是负数", field="value", status=422)
    words = words.replace("\x00", "").strip()[:2000]
    if number is None and not words:
        raise Refused("请填更正后的数，或更正后的进展", field="value", status=422)
    if not reason.strip():
        raise Refused("请写更正的理由", field="reason", status=422)
    correction = Correction.objects.create(figure=figure, value=number, words=words, reason=reason.strip()[:300], at=clock.now(), by=by)
    was = {"value": audit.plain(figure.value), "words": figure.words}
    audit.record(
        by, "更正定格数", period, was, {"value": audit.plain(number), "words": words, "task": figure.task_title}, basis=correction.reason
    )
    _tell_ledger(correction, line)
    return correction


def _tell_ledger(correction: Correction, line: Line) -> None:
    """The ledger's figure follows where this unit alone leads the task and nothing newer was reported."""
    task = Task.objects.select_for_update().get(pk=line.task_id)
    newer = Line.objects.filter(task=task, organisation=line.organisation, period__last__gt=correction.figure.period.last).exclude(
        sent_at=None
    )
    if correction.value is None or not task.is_going or newer.exists() or [u.pk for u in task.leads.all()] != [line.organisation_id]:
        return
    before, said = audit.snapshot(task, *WATCHED, "reported", "verified"), f"更正{correction.figure.period.name}：{correction.reason}"
    returned = TaskReturn.objects.create(
        task=task, at=correction.at, by=correction.by, organisation=line.organisation, value=correction.value, words=said,
        token=f"correction-{correction.pk}",
    )  # fmt: skip
    task.reported, task.last_return, task.last_return_by = correction.value, correction.at, correction.by
    keep(task, correction.by, TaskEvent.Act.RETURN, before, words=said, data={"value": str(correction.value)}, returned=returned)
