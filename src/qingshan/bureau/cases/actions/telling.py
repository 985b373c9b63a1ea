"""Who is told of what happened to a case (告知): the unit that must act, and those that help."""

from __future__ import annotations

from django.urls import reverse

from qingshan.bureau.cases.models import Case, CaseEvent
from qingshan.bureau.notices import actions as notices

Kind = CaseEvent.Kind
KINDS = {Kind.OPEN: "case_handed", Kind.TRANSFER: "case_handed", Kind.REOPEN: "case_handed", Kind.JOIN: "case_handed"}
RUNGS = ("remind", "supervise", "interview")


def tell(case: Case, event: CaseEvent) -> None:
    """A notice of an event the unit must know of; of its own steps it is not told."""
    kind = KINDS.get(event.kind)
    if event.kind == Kind.NOTE and event.step in RUNGS:
        kind = "case_late"
    elif event.kind == Kind.STEP and event.by is not None and event.by.organisation_id != case.responsible_id:
        kind = "case_step"
    if kind is None:
        return
    helpers = list(case.helpers.values_list("pk", flat=True))
    due = f"期限 {case.due_at:%m-%d %H:%M}" if case.due_at and not case.is_closed else ""
    title = f"{event.title}：{case.noun} {case.number} {case.title}"
    notices.send(
        kind, title=title, text="，".join(filter(None, [case.state_words, due, event.note[:200]])),
        url=reverse("cases:order", args=[case.number]), to=helpers if event.kind == Kind.JOIN else [case.responsible_id, *helpers],
        but=event.by, key=f"case_event:{event.pk}",
    )  # fmt: skip
