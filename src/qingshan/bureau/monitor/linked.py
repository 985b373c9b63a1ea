"""What monitoring tells of a firm: stations that bear its name or stand at it, with the last values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Q
from django.urls import reverse

from qingshan.bureau.base import clock, linked
from qingshan.bureau.base.models import Person
from qingshan.bureau.monitor import exceedances, levels
from qingshan.bureau.monitor.queries.alarms import alarms
from qingshan.bureau.registers.models import Entry
from qingshan.bureau.sites import queries as sites
from qingshan.terms import items

EXCEEDANCES = 100
SHOWN = 4
"""items of a station's last hour"""


def lines(person: Person, references: Sequence[str], name: str) -> list[linked.Line]:
    """Stations whose name or address holds the firm's name, each on the day of its last hour."""
    if not name:
        return []
    found = sites.stations(person).filter(Q(name__contains=name) | Q(address__contains=name)).select_related("hour")[:50]
    return [_line(station, getattr(station, "hour", None)) for station in found]


def _line(station, hour) -> linked.Line:
    url = reverse("monitor:station", args=[station.code])
    if hour is None:
        return linked.Line(station.since or clock.today(), "监测站点", station.name, url, "还没有数据")
    values = "，".join(f"{item} {levels.shown(item, value)} {items.get(item).unit}" for item, value in list(hour.values.items())[:SHOWN])
    return linked.Line(hour.time.date(), "监测站点", station.name, url, f"{hour.time:%H时}：{values}")


def exceeded(person: Person, references: Sequence[str], name: str) -> list[linked.Line]:
    """Alarms of a firm's outlets beyond their limits, by credit code or name, each with what it turned out to be."""
    numbers = [r.removeprefix("entry:") for r in references if r.startswith("entry:")]
    codes = set(Entry.objects.filter(pk__in=numbers).exclude(firm_code="").values_list("firm_code", flat=True))
    whose = Q(station__outlet__credit_code__in=codes) | (Q(station__outlet__firm=name) if name else Q(pk=None))
    found = alarms(person).filter(whose, rule__in=exceedances.limit_rules())[:EXCEEDANCES]
    return [_exceedance(alarm) for alarm in found]


def _exceedance(alarm) -> linked.Line:
    about = items.get(alarm.item, alarm.station.network.medium)
    words = f"{about.name} 峰值 {alarm.peak_words}，{alarm.clause}；{exceedances.words(alarm)}"
    day = (alarm.opened_at - timedelta(seconds=1)).date()
    return linked.Line(day, "排放口超标", f"{alarm.station.name} {alarm.title}", reverse("monitor:alarm", args=[alarm.pk]), words)


linked.files.add("stations")(lines)
linked.files.add("exceedances")(exceeded)
