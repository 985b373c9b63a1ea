"""Exceedances of outlets (排放口超标): alarms of limits, by the firm they speak of."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet

from qingshan.bureau.base import packs
from qingshan.bureau.monitor.models import Alarm, Verdict
from qingshan.bureau.sites.models import OUTLETS


def limit_rules() -> list[str]:
    """Rules that say a limit itself is passed: no warning before it, and no hour where the medium is held by the day."""
    by_day = {medium for r in packs.all("rollups").values() if r.judged == "day" for medium in r.media}
    return [
        name
        for name, rule in packs.all("alarms").items()
        if rule.limit is not None and rule.limit.times >= 1 and not (rule.limit.of == "hour" and rule.medium in by_day)
    ]


def alarms(first: date, last: date) -> QuerySet[Alarm]:
    """Alarms of outlets beyond their limits on any of the days, whatever they turned out to be; labels are the ends of hours and days."""
    start, end = datetime.combine(first, time()), datetime.combine(last, time()) + timedelta(days=1)
    found = Alarm.objects.filter(station__network__medium__in=OUTLETS, rule__in=limit_rules())
    return found.filter(opened_at__lte=end, last_at__gt=start).select_related("station__outlet").order_by("opened_at")


def words(alarm: Alarm) -> str:
    """What an alarm turned out to be; 未定性 where nobody has said."""
    return Verdict(alarm.verdict).label if alarm.verdict else "未定性"
