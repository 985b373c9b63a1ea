"""Questions about alarms."""

from __future__ import annotations

from qingshan.bureau.base.models import Person
from qingshan.bureau.monitor.models import Alarm


def alarms(person: Person):
    """Alarms this person may see, newest first, with what a row shows."""
    place = ("station", "station__area", "station__network", "station__outlet")
    found = Alarm.objects.within(person).select_related(*place, "case", "case__responsible", "region", "clue", "verdict_by")
    return found.defer("station__area__geometry")


def alarms_of(case):
    """The alarms a case was opened for."""
    return Alarm.objects.filter(case=case).select_related("station__network").prefetch_related("rows")
