"""Questions about alarms."""

from __future__ import annotations

from qingshan.bureau.base.models import Person
from qingshan.bureau.monitor.models import Alarm


def alarms(person: Person):
    """Alarms this person may see, newest first, with what a row shows."""
    return (
        Alarm.objects.within(person)
        .select_related("station", "station__area", "case", "case__responsible", "region", "clue", "verdict_by")
        .defer("station__area__geometry")
    )


def alarms_of(case):
    """The alarms a case was opened for."""
    return Alarm.objects.filter(case=case).select_related("station").prefetch_related("rows")
