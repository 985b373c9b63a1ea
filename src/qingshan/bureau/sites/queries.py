"""Questions about stations and devices (站点查询)."""

from __future__ import annotations

from typing import Any

from qingshan.bureau.base.models import Area, Organisation, Person
from qingshan.bureau.sites.models import Boundary, Device, Station


def stations(person: Person):
    """Stations this person may see, with what their rows show."""
    return Station.objects.within(person).select_related("network", "area", "responsible", "outlet").prefetch_related("devices")


def responsible_for(station: Station) -> Organisation | None:
    """The unit that answers for a station: its own, else the town of its area, else of the areas above."""
    if station.responsible_id:
        return station.responsible
    area: Area | None = station.area
    while area is not None:
        found = Organisation.objects.filter(area=area, kind=Organisation.Kind.TOWN).order_by("pk").first()
        if found:
            return found
        area = area.parent
    return Organisation.objects.filter(kind=Organisation.Kind.BUREAU).order_by("pk").first()


def devices(person: Person):
    """Devices of stations this person may see; those of no station only for the whole bureau."""
    found = Device.objects.select_related("station", "station__area", "station__network")
    return found if person.scope_areas() is None else found.filter(station__in=Station.objects.within(person))


def latest_boundary() -> Boundary | None:
    return Boundary.objects.first()


def ground(person: Person) -> dict[str, Any]:
    """What a layer is drawn on: boundaries of the areas a person sees, and whose they are."""
    areas = list(Area.objects.within(person).exclude(geometry=None))
    return {
        "towns": [{"name": a.name, "geometry": a.geometry} for a in areas if a.level == Area.Level.TOWN],
        "districts": [{"name": a.name, "geometry": a.geometry} for a in areas if a.level == Area.Level.DISTRICT],
        "credit": _credit(),
    }


def _credit() -> str:
    boundary = latest_boundary()
    if boundary is None:
        return ""
    number = f"审图号 {boundary.review_number}" if boundary.review_number else "无审图号，限内部使用"
    return f"区划：{boundary.source}　{number}" if boundary.source else number
