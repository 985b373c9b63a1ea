"""A meeting is held, its minutes entered and read, signed, and each of these taken back (召开、纪要)."""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max

from qingshan.bureau.base import attachments, audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.ledger.units import Directory
from qingshan.bureau.meetings import reading
from qingshan.bureau.meetings.actions.calling import CALL, WATCHED, give_number, locked, standing, step
from qingshan.bureau.meetings.models import Decision, Meeting
from qingshan.plans import documents

KEEP = "录入纪要需要“录入纪要、核对议定事项”权限"
SIGN = "签发纪要需要“签发会议纪要”权限"


@transaction.atomic
def hold_meeting(pk: int, *, by: Person, came: list[int] | None = None) -> Meeting:
    """Write down that the meeting took place and which units came (记到会); `came` are rows of units; None leaves that open."""
    need(by, "meetings.call_meeting", CALL)
    meeting = locked(pk, by)
    if meeting.state == Meeting.State.CANCELLED:
        raise Refused(f"“{meeting}”已取消；确实开了的，先恢复召开")
    if meeting.state == Meeting.State.CLOSED:
        raise Refused(f"“{meeting}”的纪要已签发，到会情况不能再改；确需更正先撤回签发")
    if clock.now() < meeting.starts_at:
        raise Refused(f"“{meeting}”{meeting.starts_at:%m月%d日 %H:%M} 才召开；提前开了的请先改期")
    return _held(meeting, by, came)


def _held(meeting: Meeting, by: Person, came: list[int] | None) -> Meeting:
    before, was = audit.snapshot(meeting, *WATCHED), meeting.state
    rows = standing(meeting)
    if came is not None:
        for row in rows:
            if row.came != (row.pk in came):
                row.came = row.pk in came
                row.save(update_fields=["came"])
    give_number(meeting)
    meeting.state, meeting.held_at = Meeting.State.HELD, meeting.held_at or clock.now()
    meeting.save()
    there = [str(row.organisation) for row in rows if row.came]
    step(meeting, by, "记到会", was, f"到会 {len(there)} 个单位，应到 {len(rows)} 个" if came is not None and rows else "")
    audit.record(by, "记到会", meeting, before, {**audit.snapshot(meeting, *WATCHED), "came": there})
    return meeting


@transaction.atomic
def enter_minutes(pk: int, *, by: Person, text: str = "", upload: UploadedFile | None = None) -> Meeting:
    """Enter the minutes, pasted or as a file (docx, txt, pdf), and read the decisions out of them (录入纪要).

    Before anything was accepted they may be entered anew: the old words and what was read from them stay on record.
    """
    need(by, "meetings.keep_minutes", KEEP)
    meeting = locked(pk, by)
    if meeting.state in (Meeting.State.CANCELLED, Meeting.State.CLOSED):
        raise Refused(f"“{meeting}”{meeting.get_state_display()}，不能录入纪要")
    if meeting.state != Meeting.State.HELD and clock.now() < meeting.starts_at:
        raise Refused(f"“{meeting}”{meeting.starts_at:%m月%d日 %H:%M} 才召开，还没有纪要可录；提前开了的请先改期")
    done = meeting.decisions.standing().exclude(state=Decision.State.PENDING).first()
    if done:
        raise Refused(f"“{done}”{done.get_state_display()}，纪要不能整篇重录；漏了的请在原文里选中补录，改了的先逐项退回")
    original = None
    if upload is not None:
        original = attachments.keep(upload, by, kinds=("document",))
        try:
            text = documents.text_of(original.name, attachments.read(original)).text
        except documents.DocumentRefused as refused:
            raise Refused(str(refused), field="file", status=422) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip("\n")
    if not text.strip():
        raise Refused("请粘贴纪要，或选一个文件", field="text", status=422)
    if len(text) > reading.LONGEST:
        raise Refused(f"纪要有 {len(text)} 字，至多 {reading.LONGEST} 字，请分次录入", field="text", status=422)
    if meeting.state != Meeting.State.HELD:
        _held(meeting, by, None)
    before = {"text": meeting.text, "decisions": [d.text for d in meeting.decisions.standing()]}
    meeting.decisions.standing().update(retired=True)
    meeting.text, meeting.entered_at = text, clock.now()
    meeting.original = original or (meeting.original if before["text"] == text else None)
    meeting.save()
    read = reading.read(meeting)
    directory = Directory()
    Decision.objects.bulk_create(
        Decision(
            meeting=meeting, start=found.start, end=found.end, text=found.text, path=list(found.heading_path), read=reading.plain(found),
            fields=reading.fields_of(meeting, found, directory),
        )
        for found in read.decisions
    )  # fmt: skip
    again = bool(before["text"])
    words = f"{len(text)} 字，识读{meeting.decided} {len(read.decisions)} 项"
    made = step(meeting, by, "重录纪要" if again else "录入纪要", meeting.state, words)
    if original is not None:
        attachments.give(original, made)  # who may read the minutes may read it, not all who were called
    audit.record(by, "重录纪要" if again else "录入纪要", meeting, before if again else None,
                 {"text": text, "decisions": [d.text for d in read.decisions]})  # fmt: skip
    return meeting


@transaction.atomic
def sign_minutes(pk: int, *, by: Person) -> Meeting:
    """Sign the minutes (签发纪要): they get their issue number and the units may read them; every decision was looked at before."""
    need(by, "meetings.sign_minutes", SIGN)
    meeting = locked(pk, by)
    if meeting.state != Meeting.State.HELD:
        raise Refused(f"“{meeting}”当前为“{meeting.get_state_display()}”，不能签发纪要")
    if not meeting.text:
        raise Refused("还没有录入纪要", field="text", status=422)
    left = meeting.decisions.standing().filter(state=Decision.State.PENDING).count()
    if left:
        raise Refused(f"还有 {left} 项{meeting.decided}没有核对，逐项核对后再签发")
    before, was = audit.snapshot(meeting, *WATCHED), meeting.state
    if meeting.issue is None:
        same = Meeting.objects.select_for_update().filter(kind=meeting.kind, year=meeting.year)
        list(same.values_list("pk", flat=True))
        meeting.issue = (same.aggregate(last=Max("issue"))["last"] or 0) + 1
    meeting.state, meeting.signed_at, meeting.signer = Meeting.State.CLOSED, clock.now(), by
    meeting.save()
    step(meeting, by, "签发纪要", was, meeting.issue_words)
    audit.record(by, "签发会议纪要", meeting, before, audit.snapshot(meeting, *WATCHED))
    return meeting


@transaction.atomic
def reopen_meeting(pk: int, *, by: Person, reason: str) -> Meeting:
    """Take the signature back (撤回签发): the minutes may be corrected and are signed again under the same number."""
    need(by, "meetings.sign_minutes", SIGN)
    meeting = locked(pk, by)
    if meeting.state != Meeting.State.CLOSED:
        raise Refused(f"“{meeting}”当前为“{meeting.get_state_display()}”，没有签发过")
    if not reason.strip():
        raise Refused("请写撤回签发的原因", field="reason", status=422)
    before, was = audit.snapshot(meeting, *WATCHED), meeting.state
    meeting.state, meeting.signed_at, meeting.signer = Meeting.State.HELD, None, None
    meeting.save()
    step(meeting, by, "撤回签发", was, reason.strip())
    audit.record(by, "撤回签发纪要", meeting, before, audit.snapshot(meeting, *WATCHED), basis=reason.strip())
    return meeting
