"""What every change of a case does alike: lock it, keep how it stood, add the event, seal the trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from qingshan.bureau.base import audit
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Organisation, Person
from qingshan.bureau.cases import queries
from qingshan.bureau.cases.actions import telling
from qingshan.bureau.cases.models import Case, CaseEvent, Proof

MOMENTS = ("entered_at", "due_at", "warn_at", "term_at", "closed_at")
PLAIN = ("state", "answers", "guessed", "round", "rung", "asked", "extended")
FIELDS = (*PLAIN, *MOMENTS, "responsible")
SHOWN = ("state", "responsible", "entered_at", "due_at", "term_at", "closed_at", "round", "asked", "answers")


def locked(number: str, by: Person) -> Case:
    """The case, held until the end of the transaction; another bureau's does not exist."""
    case = Case.objects.within(by).select_for_update().get(number=number)
    if case.declared.is_lost:
        raise Refused(f"{number} 的办理流程“{case.workflow}”找不到声明，请系统管理员把声明文件放回制度包后再办")
    return case


def as_it_stands(case: Case) -> dict[str, Any]:
    """What a reverse step needs to put back."""
    moments = {name: value.isoformat() if (value := getattr(case, name)) else None for name in MOMENTS}
    plain = {name: getattr(case, name) for name in PLAIN}
    return {**plain, **moments, "responsible": case.responsible_id, "helpers": sorted(case.helpers.values_list("pk", flat=True))}


def put_back(case: Case, before: dict[str, Any]) -> None:
    for name in PLAIN:
        setattr(case, name, before[name])
    for name in MOMENTS:
        setattr(case, name, datetime.fromisoformat(before[name]) if before[name] else None)
    case.responsible_id = before["responsible"]
    case.helpers.set(before["helpers"])


def set_due(case: Case, start: datetime) -> None:
    """The limit of the state just entered."""
    found = queries.due(case.declared, case.state, start, case.term_at)
    case.due_at, case.warn_at, case.guessed = found.due_at, found.warn_at, found.guessed


def use_proofs(case: Case) -> None:
    """What a step relied on stays: the case's own proofs, and those lent by the case it was merged into."""
    case.proofs.filter(withdrawn=None).update(used=True)
    if case.main_id:
        lent = [proof.pk for proof in queries.standing_proofs(case) if proof.case_id != case.pk]
        Proof.objects.filter(pk__in=lent).update(used=True)


def next_round(case: Case) -> int:
    """The round of a case that opens again: no proof given before counts in it."""
    return 1 + max([case.round, *case.proofs.values_list("round", flat=True)])


def unit_of(person: Person | None) -> str:
    return str(person.organisation) if person and person.organisation_id else ""


def log(
    case: Case, kind: str, title: str, *, by: Person | None, at: datetime, was: str, note: str = "", before: dict | None = None, **more
) -> CaseEvent:
    """Add to what happened to the case, and tell the units concerned."""
    event = CaseEvent.objects.create(
        case=case, kind=kind, step=more.pop("step", kind), title=title, was=was, became=case.state, by=by, organisation=unit_of(by), at=at,
        note=note[:2000], before=before, **more,
    )  # fmt: skip
    telling.tell(case, event)
    return event


def keep(case: Case, *fields: str) -> Case:
    """Save what changed; a second open case about the same thing is refused."""
    case.version = F("version") + 1
    try:
        with transaction.atomic():
            case.save(update_fields=[*(fields or FIELDS), "version"])
    except IntegrityError:
        other = Case.objects.filter(origin=case.origin, closed_at=None).exclude(pk=case.pk).first()
        raise Refused(f"同一来源已有未办结的 {other.number if other else '事项'}，不能再开这一件；请在那一件里办") from None
    case.refresh_from_db()
    return case


def sealed(by: Person | None, action: str, case: Case, before: dict, note: str = "") -> None:
    audit.record(by, action, case, before, audit.snapshot(case, *SHOWN), note)


def must_say(note: str, action: str, field: str = "reason") -> str:
    """The reason, which has to be there."""
    if not (note := note.strip()):
        raise Refused(f"{action}须写明理由", field=field)
    return note


def told(organisations: list[Organisation]) -> str:
    return "、".join(map(str, organisations))
