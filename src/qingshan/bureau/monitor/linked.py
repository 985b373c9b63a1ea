"""What monitoring tells of a firm: stations that bear its name or stand at it, with the last values."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q
from django.urls import reverse

from qingshan.bureau.base import clock, linked
from qingshan.bureau.base.models import Person
from qingshan.bureau.monitor import levels
from qingshan.bureau.sites import queries as sites
from qingshan.terms import items

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


linked.files.add("stations")(lines)
