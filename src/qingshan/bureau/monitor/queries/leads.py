"""Questions about leads and marks (线索、标记)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from qingshan.bureau.base.models import Person
from qingshan.bureau.monitor.models import Lead, Mark
from qingshan.bureau.sites.models import Station


def leads(person: Person):
    """Leads this person may see: those who review them, within their scope. The watched unit is not told."""
    if not person.has_perm("monitor.review_lead"):
        return Lead.objects.none()
    return Lead.objects.within(person).select_related("station", "station__area", "case", "by").defer("station__area__geometry")


def marks(person: Person):
    """Marks of stations this person may see."""
    return Mark.objects.within(person).select_related("station", "station__area", "by", "lead").defer("station__area__geometry")


def marks_over(station: Station, start: datetime, end: datetime):
    """Marks in force or waiting that touch the interval."""
    return station.marks.filter(start__lt=end, end__gt=start, state__in=(Mark.State.IN_FORCE, Mark.State.FILED)).order_by("start")


def waiting_marks(person: Person):
    """Marks this person could review now: not their own, not yet agreed to by them."""
    if not person.has_perm("monitor.review_mark"):
        return Mark.objects.none()
    found = marks(person).filter(state=Mark.State.FILED)
    return found.exclude(by=person).exclude(Q(reviews__by=person) & Q(reviews__step="agree"))
