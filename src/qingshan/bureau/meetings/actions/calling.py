"""A meeting is prepared, its notice sent, moved, called off, and each of these taken back (召集)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.urls import reverse

from qingshan.bureau.base import audit, clock, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area, Organisation, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.meetings.declared import MeetingKind
from qingshan.bureau.meetings.models import Attendee, Meeting, MeetingStep
from qingshan.bureau.notices import actions as notices

CALL = "召集会议需要“召集会议、发通知”权限"
WATCHED = ("kind", "title", "state", "starts_at", "place", "chair", "leader", "area", "subject", "number", "issue")
FIRST, LAST = 2000, 2100


def locked(pk: int, by: Person) -> Meeting:
    """The meeting, locked, where the person may see it."""
    return Meeting.objects.within(by).select_for_update(of=("self",)).get(pk=pk)


def step(meeting: Meeting, by: Person, act: str, was: str, words: str = "", **data) -> MeetingStep:
    """Add a step to the meeting's record."""
    return MeetingStep.objects.create(
        meeting=meeting, act=act, was=was, became=meeting.state, words=words[:500], data=audit.plain(data), by=by, at=clock.now()
    )


def kind_of(name: str, on: datetime) -> MeetingKind:
    """The kind in force on a day."""
    declared = packs.all("meetings", at=on.date()).get(name)
    if declared is None:
        raise Refused("请选会议种类", field="kind", status=422)
    return declared


def give_number(meeting: Meeting) -> None:
    """The meeting gets its place in the year: the first notice is the first meeting. The kind's earlier rows are the lock."""
    if meeting.number is not None:
        return
    same = Meeting.objects.select_for_update().filter(kind=meeting.kind, year=meeting.year)
    list(same.values_list("pk", flat=True))
    meeting.number = (same.aggregate(last=Max("number"))["last"] or 0) + 1


def _moment(starts_at: datetime | None) -> datetime:
    if starts_at is None:
        raise Refused("请填时间", field="starts_at", status=422)
    if not FIRST <= starts_at.year <= LAST:
        raise Refused(f"时间 {starts_at:%Y-%m-%d} 不对，请重填", field="starts_at", status=422)
    return starts_at.replace(second=0, microsecond=0)


@transaction.atomic
def make_meeting(
    *, by: Person, kind: str, starts_at: datetime | None, title: str = "", place: str = "", chair: str = "", subject: str = "",
    demands: str = "", leader_id: int | None = None, area_id: int | None = None, unit_ids: list[int] | tuple[int, ...] = (),
    observer_ids: list[int] | tuple[int, ...] = (),
) -> Meeting:  # fmt: skip
    """Prepare a meeting, a visit, a talk, or enter an instruction (筹备). An instruction and a visit already made need no notice."""
    need(by, "meetings.call_meeting", CALL)
    starts_at = _moment(starts_at)
    declared = kind_of(kind, starts_at)
    leader = Person.objects.within(by).filter(pk=leader_id, is_active=True).first() if leader_id else None
    area = Area.objects.filter(pk=area_id, level=Area.Level.TOWN).defer("geometry").first() if area_id else None
    title = " ".join(title.split())
    if declared.form == "visit" and area is None:
        raise Refused("请选到哪个镇街", field="area", status=422)
    if declared.form in ("visit", "instruction") and leader is None and not chair.strip():
        raise Refused(f"请选{'带队' if declared.form == 'visit' else '批示'}领导，或写明是谁", field="leader", status=422)
    if declared.form == "meeting" and not place.strip():
        raise Refused("请填地点", field="place", status=422)
    meeting = Meeting(
        kind=kind, title=title[:120] or _title(declared, starts_at, area, leader or chair.strip()), year=starts_at.year,
        starts_at=starts_at, place=place.strip()[:120],
        chair=(chair.strip() or (str(leader) if leader else declared.chair))[:60], leader=leader, area=area,
        subject=" ".join(subject.split())[:300], demands=demands.strip()[:500], by=by, made_at=clock.now(),
    )  # fmt: skip
    if declared.form == "instruction":
        meeting.state, meeting.held_at = Meeting.State.HELD, clock.now()
        meeting.save()
        give_number(meeting)
    meeting.save()
    units = list(unit_ids)
    if area is not None:
        units += Organisation.objects.filter(kind=Organisation.Kind.TOWN, area=area).values_list("pk", flat=True)
    _call(meeting, units, observer_ids)
    step(meeting, by, "登记批示" if declared.form == "instruction" else "筹备", "", units=len(set(units)))
    audit.record(by, "登记批示" if declared.form == "instruction" else "筹备会议", meeting, None, audit.snapshot(meeting, *WATCHED))
    return meeting


def _title(declared: MeetingKind, at: datetime, area: Area | None, leader) -> str:
    if declared.form == "visit":
        return f"{leader}到{area}{declared.title}"
    if declared.form == "instruction":
        return f"{leader}批示（{at.month}月{at.day}日）"
    return f"{at.month}月{at.day}日{declared.title}"


def _call(meeting: Meeting, units, observers) -> None:
    """Put units on the list; a firm is no member of a meeting, but may be talked to."""
    wanted = dict.fromkeys(units, False) | {pk: True for pk in observers if pk not in set(units)}
    there = {a.organisation_id: a for a in meeting.attendees.all()}
    for unit in Organisation.objects.filter(pk__in=wanted):
        row = there.pop(unit.pk, None)
        if row is None:
            Attendee.objects.create(meeting=meeting, organisation=unit, observes=wanted[unit.pk])
        elif row.dropped or row.observes != wanted[unit.pk]:
            row.dropped, row.observes = False, wanted[unit.pk]
            row.save(update_fields=["dropped", "observes"])
    for row in there.values():
        if not row.dropped:
            row.dropped = True
            row.save(update_fields=["dropped"])


@transaction.atomic
def call_units(pk: int, *, by: Person, unit_ids: list[int], observer_ids: list[int] = ()) -> Meeting:
    """Change who is called, before the meeting was held; a unit taken off keeps its row and what it answered."""
    need(by, "meetings.call_meeting", CALL)
    meeting = locked(pk, by)
    if not meeting.is_open:
        raise Refused(f"“{meeting}”{meeting.get_state_display()}，不能再改参会单位")
    before = [str(a.organisation) for a in standing(meeting)]
    _call(meeting, unit_ids, observer_ids)
    after = [str(a.organisation) for a in standing(meeting)]
    if before != after:
        step(meeting, by, "调整参会单位", meeting.state, added=sorted(set(after) - set(before)), dropped=sorted(set(before) - set(after)))
        audit.record(by, "调整参会单位", meeting, {"units": before}, {"units": after})
    return meeting


def standing(meeting: Meeting) -> list[Attendee]:
    """The units that are called, as the list now stands."""
    return list(meeting.attendees.filter(dropped=False).select_related("organisation"))


@transaction.atomic
def send_notice(pk: int, *, by: Person) -> Meeting:
    """Send the notice (发通知): the units see the meeting and are asked for a receipt; the meeting gets its number."""
    need(by, "meetings.call_meeting", CALL)
    meeting = locked(pk, by)
    if meeting.state != Meeting.State.DRAFT:
        raise Refused(f"“{meeting}”当前为“{meeting.get_state_display()}”，通知已经发过了")
    if not standing(meeting):
        raise Refused("还没有参会单位，先选单位再发通知", field="units", status=422)
    before, was = audit.snapshot(meeting, *WATCHED), meeting.state
    give_number(meeting)
    meeting.state, meeting.called_at = Meeting.State.CALLED, clock.now()
    meeting.save()
    step(meeting, by, "发通知", was, units=len(standing(meeting)))
    audit.record(by, "发会议通知", meeting, before, audit.snapshot(meeting, *WATCHED))
    tell(meeting, by, "会议通知")
    return meeting


def tell(meeting: Meeting, by: Person, what: str, reason: str = "") -> None:
    """A notice to the units that are called."""
    text = "，".join(filter(None, [f"{meeting.starts_at:%m-%d %H:%M}", meeting.place, reason]))
    url = reverse("meetings:meeting", args=[meeting.pk])
    notices.send("meeting", title=f"{what}：{meeting}", text=text, url=url, to=[row.organisation_id for row in standing(meeting)], but=by)


@transaction.atomic
def take_back_notice(pk: int, *, by: Person, reason: str) -> Meeting:
    """Back to preparing (撤回通知): the units no longer see it; the number stays with the meeting."""
    return _back(pk, by, "撤回通知", Meeting.State.CALLED, Meeting.State.DRAFT, reason)


@transaction.atomic
def postpone_meeting(pk: int, *, by: Person, starts_at: datetime | None, reason: str, place: str = "") -> Meeting:
    """Move a meeting (改期): a new time, or a new place; units that had answered are asked again."""
    need(by, "meetings.call_meeting", CALL)
    meeting = locked(pk, by)
    if not meeting.is_open:
        raise Refused(f"“{meeting}”{meeting.get_state_display()}，不能改期")
    if not reason.strip():
        raise Refused("请写改期的原因", field="reason", status=422)
    starts_at = _moment(starts_at)
    if starts_at.year != meeting.year:
        raise Refused(f"改到 {starts_at.year} 年请另建一次会议：次序按年编", field="starts_at", status=422)
    if starts_at == meeting.starts_at and (not place.strip() or place.strip() == meeting.place):
        raise Refused("时间和地点都没有变", field="starts_at", status=422)
    before = audit.snapshot(meeting, *WATCHED)
    old = {"from": meeting.starts_at, "to": starts_at, "place": [meeting.place, place.strip()[:120] or meeting.place]}
    meeting.starts_at, meeting.place = starts_at, place.strip()[:120] or meeting.place
    meeting.save()
    asked = 0
    for row in standing(meeting):
        if row.answer:
            row.answer, row.answered_at, row.answered_by = "", None, None
            row.save(update_fields=["answer", "answered_at", "answered_by"])
            asked += 1
    step(meeting, by, "改期", meeting.state, reason.strip(), asked_again=asked, **old)
    audit.record(by, "会议改期", meeting, before, audit.snapshot(meeting, *WATCHED), basis=reason.strip())
    if meeting.called_at:
        tell(meeting, by, "会议改期", reason.strip())
    return meeting


@transaction.atomic
def cancel_meeting(pk: int, *, by: Person, reason: str) -> Meeting:
    """Call a meeting off (取消); it stays in the register with the reason."""
    need(by, "meetings.call_meeting", CALL)
    meeting = locked(pk, by)
    if not meeting.is_open:
        raise Refused(f"“{meeting}”{meeting.get_state_display()}，不能取消")
    return _moved(meeting, by, "取消", Meeting.State.CANCELLED, reason)


@transaction.atomic
def restore_meeting(pk: int, *, by: Person, reason: str) -> Meeting:
    """Take a cancellation back (恢复召开): the meeting is again what it was."""
    need(by, "meetings.call_meeting", CALL)
    meeting = locked(pk, by)
    if meeting.state != Meeting.State.CANCELLED:
        raise Refused(f"“{meeting}”当前为“{meeting.get_state_display()}”，没有取消过")
    return _moved(meeting, by, "恢复召开", Meeting.State.CALLED if meeting.called_at else Meeting.State.DRAFT, reason)


def _back(pk: int, by: Person, act: str, from_: str, to: str, reason: str) -> Meeting:
    need(by, "meetings.call_meeting", CALL)
    meeting = locked(pk, by)
    if meeting.state != from_:
        raise Refused(f"“{meeting}”当前为“{meeting.get_state_display()}”，不能{act}")
    meeting.called_at = None
    return _moved(meeting, by, act, to, reason)


def _moved(meeting: Meeting, by: Person, act: str, to: str, reason: str) -> Meeting:
    """Move the meeting to a state, for a written reason."""
    if not reason.strip():
        raise Refused(f"请写{act}的原因", field="reason", status=422)
    was = meeting.state
    before = {**audit.snapshot(meeting, *WATCHED), "state": was}
    meeting.state = to
    meeting.save()
    step(meeting, by, act, was, reason.strip())
    audit.record(by, act, meeting, before, audit.snapshot(meeting, *WATCHED), basis=reason.strip())
    if Meeting.State.CALLED in (was, to):
        tell(meeting, by, f"会议{act}", reason.strip())
    return meeting
