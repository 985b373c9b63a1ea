"""Recording a change (操作记录): called by every action, inside its transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.db import models, transaction

from qingshan import seals
from qingshan.bureau.base import clock
from qingshan.bureau.base.models import AuditEvent, AuditHead, Person


@dataclass(frozen=True)
class Source:
    """Where a change comes from: the signed-in person and the address of the request, or a command's name."""

    person: Person | None = None
    address: str = ""


NOWHERE = Source()
_source: ContextVar[Source] = ContextVar("source", default=NOWHERE)


@contextmanager
def source(person: Person | None, address: str) -> Iterator[None]:
    """What is recorded inside comes from `person` at `address`; the web middleware and commands open it."""
    token = _source.set(Source(person, address))
    try:
        yield
    finally:
        _source.reset(token)


def plain(value: Any) -> Any:
    """A value as it stands in the trail: JSON, numbers exact, things by name and number."""
    if value is None or isinstance(value, bool | int | str):
        return value.replace("\x00", "") if isinstance(value, str) else value
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds" if not value.microsecond else "microseconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, models.Model):
        return f"{value}（{value.pk}）"
    if isinstance(value, models.QuerySet | models.Manager):
        return sorted(str(plain(one)) for one in value.all())
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in (sorted(value, key=str) if isinstance(value, set | frozenset) else value)]
    return str(value)


def snapshot(obj: models.Model, *fields: str) -> dict[str, Any]:
    """The named fields of `obj` as plain values, for `before` and `after`; all concrete fields where none is named."""
    if not fields:
        fields = tuple(f.name for f in obj._meta.concrete_fields if f.name not in ("id", "password", "last_login"))
    return {name: plain(getattr(obj, name)) for name in fields}


@transaction.atomic
def record(
    by: Person | None, action: str, obj: models.Model | str, before: dict | None = None, after: dict | None = None, basis: str = ""
) -> AuditEvent:
    """Add one event to the trail and seal it; only what differs between `before` and `after` is kept.

    `by` None is the machine itself (a command, a schedule); `obj` may be a string where there is no row.
    """
    if before is not None and after is not None:
        keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
        before, after = ({key: side[key] for key in keys if key in side} for side in (before, after))
    where = _source.get()
    is_row = isinstance(obj, models.Model)
    head = AuditHead.objects.select_for_update().get_or_create(pk=1)[0]
    event = AuditEvent(
        at=clock.now(),
        by=by,
        by_name=str(by) if by else "系统",
        address=where.address,
        action=action,
        object_type=obj._meta.label_lower if is_row else "",
        object_id=str(obj.pk) if is_row else "",
        object_name=str(obj)[:200],
        before=plain(before),
        after=plain(after),
        basis=basis[:200],
    )
    event.seal = seals.link(bytes.fromhex(head.seal), event.payload()).hex()
    event.save()
    AuditHead.objects.filter(pk=1).update(count=head.count + 1, seal=event.seal)
    return event


@dataclass(frozen=True)
class Verdict:
    """The state of the trail: `is_whole`, how many rows agree, and a sentence that says so."""

    is_whole: bool
    count: int
    sentence: str


def verify() -> Verdict:
    """Check every seal in order, then that the end of the chain is where it was left."""
    rows = AuditEvent.objects.order_by("pk")
    ids: list[int] = []

    def entries() -> Iterator[tuple[bytes, bytes]]:
        for event in rows.iterator(chunk_size=2000):
            ids.append(event.pk)
            yield event.payload(), bytes.fromhex(event.seal)

    found = seals.verify(entries())
    head = AuditHead.objects.filter(pk=1).first()
    if not found.is_whole:
        return Verdict(False, found.count, f"操作记录第 {ids[-1]} 号与封印不符：它或它之前的记录被改动过；此前 {found.count} 条完好")
    count, seal = (head.count, head.seal) if head else (0, "")
    if count != found.count or seal != found.head.hex():
        return Verdict(False, found.count, f"操作记录应有 {count} 条，现有 {found.count} 条：末尾有记录被删除")
    return Verdict(True, found.count, f"操作记录 {found.count} 条，封印完好，末端 {found.head.hex()[:16] or '（空）'}")
