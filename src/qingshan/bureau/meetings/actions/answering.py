"""A unit answers the notice: it comes, or asks for leave (回执、请假)."""

from __future__ import annotations

from django.db import transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.meetings.actions.calling import locked, step
from qingshan.bureau.meetings.models import Attendee, Meeting

FIELDS = ("answer", "who", "phone", "reason")


@transaction.atomic
def answer_notice(
    attendee_id: int, *, by: Person, answer: str, who: str = "", phone: str = "", reason: str = ""
) -> Attendee:
    """Say who comes, or why nobody can (回执); until the meeting was held it may be changed, each answer is on record."""
    need(by, "meetings.answer_notice", "会议回执需要“会议回执、请假”权限")
    called = Attendee.objects.filter(pk=attendee_id, organisation__in=by.scope_organisations_ids(), dropped=False)
    row = called.select_for_update(of=("self",)).select_related("organisation").get()
    meeting = locked(row.meeting_id, by)
    if meeting.state != Meeting.State.CALLED:
        raise Refused(f"“{meeting}”{meeting.get_state_display()}，不用再回执")
    if answer not in (Attendee.Answer.COMES, Attendee.Answer.LEAVE):
        raise Refused("请选“参加”或“请假”", field="answer", status=422)
    who, reason = " ".join(who.split()), " ".join(reason.split())
    if answer == Attendee.Answer.COMES and not who:
        raise Refused("请填参会人", field="who", status=422)
    if answer == Attendee.Answer.LEAVE and not reason:
        raise Refused("请写请假事由", field="reason", status=422)
    before = audit.snapshot(row, *FIELDS)
    row.answer, row.who, row.phone = answer, who[:60], "".join(phone.split())[:20]
    row.reason = reason[:200] if answer == Attendee.Answer.LEAVE else ""
    row.answered_at, row.answered_by = clock.now(), by
    row.save()
    words = f"{row.organisation}{'：' + row.who if row.who else ''}{'，' + row.reason if row.reason else ''}"
    step(meeting, by, "请假" if answer == Attendee.Answer.LEAVE else "回执", meeting.state, words)
    audit.record(by, "会议请假" if answer == Attendee.Answer.LEAVE else "会议回执", row, before, audit.snapshot(row, *FIELDS))
    return row
