"""The register of meetings: filters, what waits, how the year's rhythm is kept (会议登记)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet

from qingshan.bureau.base import packs
from qingshan.bureau.base.models import Person
from qingshan.bureau.cases.queries import calendar
from qingshan.bureau.meetings.declared import KNOWN, MeetingKind
from qingshan.bureau.meetings.models import Attendee, Decision, Meeting

DONE = (Meeting.State.HELD, Meeting.State.CLOSED)


def kinds(on: date) -> list[MeetingKind]:
    """The kinds in force on a day, in their order."""
    return sorted(packs.all("meetings", at=on).values(), key=lambda k: (k.order, k.name))


def meetings(person: Person, query: Mapping[str, str], year: int) -> QuerySet[Meeting]:
    """The meetings of a year a person sees, narrowed by kind, state and words; with counts of units and decisions."""
    found = Meeting.objects.within(person).filter(year=year).select_related("area", "leader").defer("text", "area__geometry")
    if kind := query.get("kind", ""):
        found = found.filter(kind=kind[:60])
    state = query.get("state", "")
    if state in Meeting.State.values:
        found = found.filter(state=state)
    for word in query.get("q", "").split()[:5]:
        found = found.filter(Q(title__icontains=word) | Q(subject__icontains=word) | Q(place__icontains=word))
    called, stands = Q(attendees__dropped=False), Q(decisions__retired=False)
    return found.annotate(
        n_units=Count("attendees", called, distinct=True),
        n_answered=Count("attendees", called & ~Q(attendees__answer=""), distinct=True),
        n_came=Count("attendees", called & Q(attendees__came=True), distinct=True),
        n_decided=Count("decisions", stands, distinct=True),
        n_pending=Count("decisions", stands & Q(decisions__state=Decision.State.PENDING), distinct=True),
    ).order_by("-starts_at", "-pk")


def awaiting(person: Person) -> QuerySet[Attendee]:
    """Notices the person's units have not answered."""
    return Attendee.objects.filter(
        organisation__in=person.scope_organisations_ids(), dropped=False, answer="", meeting__state=Meeting.State.CALLED
    )


def n_waiting(person: Person) -> int:
    """Meetings that wait for the person, in one question: a notice to answer, or, for who keeps the minutes, decisions to look at."""
    waits = Q(pk__in=awaiting(person).values("meeting"))
    if person.has_perm("meetings.keep_minutes"):
        pending = Decision.objects.standing().filter(state=Decision.State.PENDING, meeting__state=Meeting.State.HELD)
        waits |= Q(pk__in=pending.values("meeting"))
    return Meeting.objects.filter(waits).count()


def to_attend(person: Person, now: datetime) -> list[Attendee]:
    """Meetings the person's units are called to, the next first; those of today stay until the day is over."""
    found = Attendee.objects.filter(
        organisation__in=person.scope_organisations_ids(), dropped=False, meeting__state=Meeting.State.CALLED,
        meeting__starts_at__gte=datetime.combine(now.date(), datetime.min.time()),
    )  # fmt: skip
    return list(found.select_related("meeting", "organisation").defer("meeting__text").order_by("meeting__starts_at", "pk"))


@dataclass
class Beat:
    """How one kind stands this year: held, called for by its rhythm up to today, spans without one, and last year's count by this day."""

    kind: MeetingKind
    held: int = 0
    ahead: int = 0
    last_year: int = 0
    missed: list[str] = field(default_factory=list)

    @property
    def light(self) -> str:
        if not self.kind.in_a_year:
            return "none"
        return "red" if self.missed else "green"

    @property
    def missed_words(self) -> str:
        """上半年没有开; of many spans the first, the last and how many."""
        if self.kind.least:
            return f"{self.missed[0]}，已开 {self.held} 次" if self.missed else ""
        few = self.missed if len(self.missed) < 4 else [f"{self.missed[0]}至{self.missed[-1]}中有 {len(self.missed)} 期"]
        return f"{'、'.join(few)}没有开"


def beats(on: date) -> list[Beat]:
    """Each kind's year: two questions whatever the number of kinds and meetings."""
    found = {k.name: Beat(k) for k in kinds(on)}
    days: dict[str, list[date]] = {}
    rows = Meeting.objects.filter(year__in=[on.year, on.year - 1]).exclude(state=Meeting.State.CANCELLED)
    for kind, state, starts_at in rows.values_list("kind", "state", "starts_at"):
        beat, day = found.get(kind), starts_at.date()
        if beat is None:
            continue
        if day.year < on.year:
            beat.last_year += state in DONE and (day.month, day.day) <= (on.month, on.day)
        elif state in DONE:
            beat.held += 1
            days.setdefault(kind, []).append(day)
        else:
            beat.ahead += 1
    for name, beat in found.items():
        beat.missed = _missed(beat.kind, days.get(name, []), on)
    return list(found.values())


def _missed(kind: MeetingKind, days: list[date], on: date) -> list[str]:
    """Spans of the rhythm that are over without a meeting; of a number in a year, how many are behind."""
    if kind.least:
        due = kind.least * on.timetuple().tm_yday // 366
        return [f"按序时应开 {due} 次"] if len(days) < due else []
    spans = {"month": 12, "quarter": 4, "half_year": 2}.get(kind.every)
    if spans is None:
        return []
    size, there = 12 // spans, {(d.month - 1) * spans // 12 for d in days}
    over = (on.month - 1) // size  # spans wholly behind us
    words = {"month": "{}月", "quarter": "{}季度", "half_year": "{}半年"}[kind.every]
    names = ["上", "下"] if kind.every == "half_year" else [str(n + 1) for n in range(spans)]
    return [words.format(names[n]) for n in range(over) if n not in there]


def minutes_due(meeting: Meeting) -> date | None:
    """The day by which the minutes should be there."""
    declared = meeting.declared
    if declared is None or meeting.state != Meeting.State.HELD or meeting.text or not declared.minutes:
        return None
    return calendar().add_workdays(meeting.starts_at, declared.minutes).date()


@dataclass(frozen=True)
class PaperRow:
    """One paper a meeting needs, and whether it is there."""

    name: str
    title: str
    is_known: bool
    there: bool
    words: str
    papers: tuple
    late: bool


def papers(meeting: Meeting, attendees: list[Attendee], agenda: list, now: datetime) -> list[PaperRow]:
    """What the kind asks for, with what is there; the platform knows of notice, agenda, attendance and minutes by itself."""
    declared = meeting.declared
    given: dict[str, list] = {}
    for paper in meeting.papers.select_related("attachment__by"):
        given.setdefault(paper.name, []).append(paper)
    has = {
        "notice": meeting.called_at is not None, "agenda": bool(agenda), "attendance": any(a.came is not None for a in attendees),
        "minutes": bool(meeting.text),
    }  # fmt: skip
    rows = []
    for one in declared.paper if declared else ():
        files = tuple(given.pop(one.name, ()))
        there = has[one.known] if one.known else bool(files)
        over = meeting.held_at is not None or now > meeting.starts_at
        late = one.required and not there and meeting.state not in ("cancelled", "draft") and (over or not one.after) and (
            over if one.after else True
        )
        rows.append(PaperRow(one.name, one.title, bool(one.known), there, KNOWN.get(one.known, ""), files, late))
    if others := [p for some in given.values() for p in some]:
        rows.append(PaperRow("other", "其他材料", False, True, "", tuple(others), False))
    return rows


def notice_short(meeting: Meeting, now: datetime) -> int | None:
    """Days by which the notice is later than the kind asks; None where it is in time."""
    declared = meeting.declared
    if declared is None or not declared.notice or meeting.state not in (Meeting.State.DRAFT, Meeting.State.CALLED):
        return None
    sent = meeting.called_at or now
    short = declared.notice - (meeting.starts_at.date() - sent.date()) // timedelta(days=1)
    return short if short > 0 else None


def search(person: Person, text: str, limit: int) -> QuerySet[Meeting]:
    """Meetings whose name or subject holds the text; the minutes only for the bureau."""
    where = Q(title__icontains=text) | Q(subject__icontains=text)
    if person.scope_areas() is None:
        where |= Q(text__icontains=text)
    return Meeting.objects.within(person).filter(where).defer("text")[:limit]
