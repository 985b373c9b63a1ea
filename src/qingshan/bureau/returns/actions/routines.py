"""Recurring duties of people open again each week and are closed by a record (周巡查、周调度、周通报)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from qingshan.bureau.base import attachments, audit, clock, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.base.typed import number
from qingshan.bureau.cases.queries import calendar
from qingshan.bureau.returns import spans
from qingshan.bureau.returns.models import Occasion

KEEP = "记录例行工作需要“记录例行工作”权限"


def open_occasions() -> str:
    """Open every duty whose turn has come, and those missed while the platform was off; the worker's duty, safe to repeat."""
    now, opened, days = clock.now(), 0, calendar()
    for routine in packs.all("routines", at=now.date()).values():
        rhythm = packs.get("rhythms", routine.rhythm, at=now.date())
        last = Occasion.objects.filter(routine=routine.name).order_by("-first").first()
        since = last.last + spans.ONE_DAY if last else now.date()
        for span in spans.spans(rhythm.every, since, rhythm.week_starts):
            if span.first > now.date():
                break
            due = datetime.combine(spans.shifted(span.last, rhythm.due, days), rhythm.time)
            with transaction.atomic():
                occasion, new = Occasion.objects.get_or_create(
                    routine=routine.name, key=span.key,
                    defaults={
                        "title": f"{span.year}年{span.title}", "first": span.first, "last": span.last, "due_at": due, "opened_at": now,
                    },
                )  # fmt: skip
                if new:
                    audit.record(None, "开出例行工作", occasion, None, {"due_at": audit.plain(due)})
                    opened += 1
    return f"开出例行工作 {opened} 次" if opened else ""


@transaction.atomic
def record_occasion(
    pk: int, *, by: Person, words: str, outcome: str, answers: dict[str, str] | None = None, files=(), token: str = ""
) -> Occasion:
    """Close a turn with its record: what was done, what came of it; the same token twice is one record."""
    need(by, "returns.keep_routine", KEEP)
    occasion = Occasion.objects.select_for_update().get(pk=pk)
    if occasion.done_at or occasion.skipped:
        if token and token == occasion.token:
            return occasion
        raise Refused(f"{occasion}已由{occasion.done_by}记录，不能再改；有补充请记在下一次")
    if clock.today() < occasion.first:
        raise Refused(f"{occasion}还没有开始")
    for name, value, ask in (("words", words, "请写办了什么"), ("outcome", outcome, "请写结果怎样：发现什么、怎么处理的")):
        if not value.strip():
            raise Refused(ask, field=name, status=422)
    said = _answers(occasion, answers or {})
    for file in list(files)[:9]:
        attachments.keep(file, by, owner=occasion)
    occasion.words, occasion.outcome, occasion.answers = words.strip()[:2000], outcome.strip()[:2000], said
    occasion.done_at, occasion.done_by, occasion.token = clock.now(), by, token[:60]
    occasion.save()
    audit.record(by, "记录例行工作", occasion, None, {"words": occasion.words, "outcome": occasion.outcome, **said})
    return occasion


def _answers(occasion: Occasion, given: dict[str, str]) -> dict[str, str]:
    """What the record says, by the words asked; numbers checked."""
    said = {}
    for ask in occasion.declared.ask if occasion.declared else ():
        value = str(given.get(ask.name, "")).strip()[:100]
        if not value:
            if ask.required:
                raise Refused(f"请填“{ask.title}”", field=ask.name, status=422)
            continue
        if ask.number:
            count = number(value)
            if count is None or count > 10**9:
                raise Refused(f"“{ask.title}”写成“{value[:20]}”，请填整数", field=ask.name, status=422)
            value = f"{count} {ask.unit}".strip()
        said[ask.title] = value
    return said


@transaction.atomic
def skip_occasion(pk: int, *, by: Person, reason: str) -> Occasion:
    """Say that a turn was not held, and why; the record stays."""
    need(by, "returns.keep_routine", KEEP)
    occasion = Occasion.objects.select_for_update().get(pk=pk)
    if occasion.done_at or occasion.skipped:
        raise Refused(f"{occasion}已有记录")
    if not reason.strip():
        raise Refused("请写未开展的原因", field="reason", status=422)
    occasion.skipped, occasion.done_by, occasion.done_at = reason.strip()[:300], by, clock.now()
    occasion.save(update_fields=["skipped", "done_by", "done_at"])
    audit.record(by, "例行工作未开展", occasion, None, {"reason": occasion.skipped})
    return occasion
