"""Questions about alarms."""

from __future__ import annotations

from qingshan.bureau.base import packs
from qingshan.bureau.base.models import Person
from qingshan.bureau.monitor.models import Alarm


def alarms(person: Person):
    """Alarms this person may see, newest first, with what a row shows."""
    place = ("station", "station__area", "station__network", "station__outlet")
    found = seen(person).select_related(*place, "case", "case__responsible", "region", "clue", "verdict_by")
    return found.defer("station__area__geometry")


def seen(person: Person):
    """Alarms within the person's scope; those of quality leads only for those who review leads: the watched unit is not told."""
    found = Alarm.objects.within(person)
    if person.has_perm("monitor.review_lead"):
        return found
    return found.exclude(rule__in=[name for name, rule in packs.all("alarms").items() if rule.is_finding])


def alarms_of(case):
    """The alarms a case was opened for."""
    return Alarm.objects.filter(case=case).select_related("station__network").prefetch_related("rows")
