"""Entries of meetings in the page frame, who may read their papers, and the way back from a task or case to the sentence."""

from __future__ import annotations

from django.urls import reverse

from qingshan.bureau.base import attachments, clock, frame
from qingshan.bureau.cases import panels
from qingshan.bureau.ledger import sources
from qingshan.bureau.meetings import spans
from qingshan.bureau.meetings.models import Decision, Meeting
from qingshan.bureau.meetings.queries import decisions, register


def answers(person) -> bool:
    """Whether the person answers notices for some unit."""
    return person.has_perm("meetings.answer_notice") and person.organisation_id is not None


frame.nav("returns", "会议", "meetings:meetings", order=40, prefix="/meetings/")
frame.nav("returns", "议定事项", "meetings:decisions", order=41, prefix="/meetings/decisions/")
frame.nav("returns", "包片走访", "meetings:visits", order=42, prefix="/meetings/visits/")
frame.count("work", "会议待办", "meetings:meetings", register.n_waiting, may=answers)


@attachments.owners.add("meetings.meeting")
def reads_paper(person, owner_id: str) -> bool:
    return Meeting.objects.within(person).filter(pk=owner_id).exists()


@attachments.owners.add("meetings.meetingstep")
def reads_original(person, owner_id: str) -> bool:
    """The file the minutes came in: the bureau, the units once the minutes were signed."""
    found = Meeting.objects.within(person).filter(steps=owner_id)
    return (found if person.scope_areas() is None else found.filter(state=Meeting.State.CLOSED)).exists()


def find(person, text: str, limit: int) -> list[frame.Hit]:
    """Meetings by name, subject and, for the bureau, their minutes."""
    found = register.search(person, text, limit)
    urls = (reverse("meetings:meeting", args=[m.pk]) for m in found)
    return [
        frame.Hit(str(m), url, "会议", f"{m.kind_title}，{m.get_state_display()}，{m.starts_at:%Y-%m-%d}")
        for m, url in zip(found, urls, strict=True)
    ]


frame.search("会议", find)


def find_decisions(person, text: str, limit: int) -> list[frame.Hit]:
    """Decisions of meetings and instructions by their words, each leading to where it is followed."""
    return [
        frame.Hit(str(row.decision), row.url, "议定事项", "，".join(filter(None, [str(row.decision.meeting), row.words, row.followed])))
        for row in decisions.search(person, text, limit)
    ]


frame.search("议定事项", find_decisions)


def waiting(person) -> list[frame.Waiting]:
    """Notices to answer; for the office decisions to review and minutes that are due."""
    found = []
    if answers(person):
        for row in register.awaiting(person).select_related("meeting", "organisation").defer("meeting__text"):
            url = reverse("meetings:meeting", args=[row.meeting_id])
            found.append(frame.Waiting(str(row.meeting), url, "待回执", row.meeting.starts_at.date(), f"{row.organisation}"))
    if person.has_perm("meetings.keep_minutes"):
        for meeting in decisions.n_pending(person):
            url = reverse("meetings:minutes", args=[meeting.pk])
            found.append(frame.Waiting(str(meeting), url, "待核对", meeting.starts_at.date(), f"{meeting.n} 项{meeting.decided}"))
        for meeting in Meeting.objects.within(person).filter(state=Meeting.State.HELD, text="", by=person):
            if due := register.minutes_due(meeting):
                found.append(frame.Waiting(str(meeting), reverse("meetings:meeting", args=[meeting.pk]), "待录纪要", due))
    return found


frame.work("会议", waiting)


def _source(decision: Decision, person) -> sources.Source | None:
    """The sentence a decision stands for; its surroundings only for who may read the minutes."""
    meeting = decision.meeting
    may_open = Meeting.objects.within(person).filter(pk=meeting.pk).exists()
    may_read = person.scope_areas() is None or (may_open and meeting.state == Meeting.State.CLOSED)
    quoted = spans.quote(decision, meeting.text, 40 if may_read else 0)
    what = "、".join(filter(None, [meeting.order_words, f"{clock_day(meeting)}"]))
    url = f"{reverse('meetings:minutes', args=[meeting.pk])}#decision-{decision.pk}" if may_read else ""
    return sources.Source(f"{meeting}（{what}）", url, quoted["before"], quoted["words"], quoted["after"])


def clock_day(meeting: Meeting) -> str:
    day = meeting.starts_at.date()
    return f"{day.month}月{day.day}日" if day.year == clock.today().year else f"{day.year}年{day.month}月{day.day}日"


@sources.sources.add("meetings")
def of_task(task, person) -> sources.Source | None:
    decision = Decision.objects.filter(task=task.pk).select_related("meeting").first()
    return _source(decision, person) if decision else None


def decision_panel(case, person) -> panels.Panel | None:
    """What a case out of a meeting or an instruction rests on: the sentence, and where it stands."""
    if not case.origin.startswith("decision:"):
        return None
    decision = Decision.objects.filter(pk=case.origin.split(":")[1]).select_related("meeting").first()
    if decision is None:
        return None
    context = {"source": _source(decision, person), "deadline": decision.fields.get("deadline")}
    return panels.Panel("meetings/parts/source_panel.html", context)


panels.more["meetings"] = decision_panel
