"""Questions about stations and devices (站点查询)."""

from __future__ import annotations

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
