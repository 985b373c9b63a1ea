"""The words of minutes turned into decisions with the fields of a ledger row (纪要识读)."""

from __future__ import annotations

import re
from datetime import date, datetime

from qingshan.bureau.base.models import Organisation
from qingshan.bureau.cases.queries import calendar
from qingshan.bureau.ledger.units import Directory
from qingshan.bureau.meetings.models import Meeting
from qingshan.plans import minutes

RHYTHMS = {"daily": "week", "weekly": "week", "ten_day": "ten_days", "monthly": "month", "quarterly": "quarter"}
CHECKS = ("quantified", "milestone", "ongoing", "recurring", "conditional", "implement_doc")
LONGEST = 100_000
"""characters of one set of minutes"""


def read(meeting: Meeting) -> minutes.Minutes:
    """What the reader makes of the meeting's words; an instruction is an order throughout."""
    return minutes.read(meeting.text, on=meeting.starts_at.date(), firm=meeting.form in ("instruction", "talk"))


def fields_of(meeting: Meeting, found: minutes.Decision, directory: Directory) -> dict:
    """The fields of a row of the ledger; a visit's or talk's own unit stands in where the sentence names none."""
    leads, coops = directory.match(_plain(found.lead_units)), directory.match(_plain(found.coop_units))
    own = []
    if not leads.found and not found.lead_units and not found.people and meeting.form in ("visit", "talk"):
        units = [a.organisation for a in meeting.attendees.filter(dropped=False, observes=False).select_related("organisation")]
        own = units if len(units) == 1 else [u for u in units if meeting.area_id and u.area_id == meeting.area_id]
    quantity = found.quantity
    return {
        "title": _title(found.text), "leads": [u.pk for u in (leads.found or own)],
        "coops": [u.pk for u in coops.found if u not in leads.found],
        "units_text": "、".join([*leads.missing, *coops.missing, *found.people])[:200], "deadline": _day(found, meeting.starts_at) or "",
        "deadline_text": found.deadline_text or "", "rhythm": RHYTHMS.get(found.recurrence or "", "month"),
        "check": found.check if found.check in CHECKS else "milestone", "value": quantity.value if quantity else None,
        "unit": (quantity.unit or "") if quantity else "", "operator": (quantity.operator or "") if quantity else "",
    }  # fmt: skip


def _plain(names: tuple[str, ...]) -> list[str]:
    """石门镇党委政府 is 石门镇."""
    return [re.sub(r"(?:党委、?政府|党工委、?办事处|党委|党工委)$", "", name) or name for name in names]


def _day(found: minutes.Decision, start: datetime) -> str | None:
    if found.workdays:
        return calendar().add_workdays(start, found.workdays).date().isoformat()
    return found.deadline


def _title(text: str) -> str:
    return re.sub(r"\s+", "", text).strip("，。；、")[:300]


def read_span(meeting: Meeting, start: int, end: int, directory: Directory) -> tuple[dict, dict]:
    """What the reader makes of a place a person marked: ``(read, fields)``; the words themselves where it finds nothing."""
    text = meeting.text[start:end]
    found = minutes.read(text, on=meeting.starts_at.date(), firm=True).decisions
    if found:
        fields = fields_of(meeting, found[0], directory)
        return plain(found[0]), {**fields, "title": _title(text)}
    blank = dict.fromkeys(("deadline", "deadline_text", "units_text", "unit", "operator"), "")
    return {}, {"title": _title(text), "leads": [], "coops": [], "value": None, "rhythm": "month", "check": "milestone", **blank}


def plain(found: minutes.Decision) -> dict:
    """The finding as it is kept."""
    return {
        "verb": found.verb, "object": found.object, "lead_units": list(found.lead_units), "coop_units": list(found.coop_units),
        "people": list(found.people), "deadline": found.deadline, "deadline_text": found.deadline_text, "workdays": found.workdays,
        "recurrence": found.recurrence, "said": found.said, "lacks": list(found.lacks),
    }  # fmt: skip


def units_named(pks: list[int]) -> list[Organisation]:
    return list(Organisation.objects.filter(pk__in=pks))


def year_end(day: date) -> str:
    return date(day.year, 12, 31).isoformat()
