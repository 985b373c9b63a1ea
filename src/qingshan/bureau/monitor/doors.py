"""What came by a door other than HJ 212 (别的入口): the station itself stands as the device, and values are in the item's own unit."""

from __future__ import annotations

from qingshan.bureau.base.models import Person
from qingshan.bureau.sites.models import Device, Station
from qingshan.gateway.doors.delivery import NOTE, STATION
from qingshan.terms import items


class _OwnUnits(dict):
    """Every factor in the unit of its item: a door converts before it delivers."""

    def get(self, code, default=None):
        item = items.find_code(code)
        return item.unit if item else default


def came_by_door(row) -> bool:
    """Whether a frame or reading of the journal came by a door; only the inbox writes the note."""
    return NOTE in row.notes.split(",")


def is_feigned(reading) -> bool:
    """Whether a packet on a TCP link calls itself a station, which only a door may."""
    return reading.mn.startswith(STATION) and not came_by_door(reading)


def origin(reading) -> str:
    """What the observation store keeps as the origin of an hour."""
    return f"{'door' if came_by_door(reading) else 'frame'}:{reading.frame}"


def profiles(mns: set[str]) -> dict[str, Device]:
    """``@code`` → how the station's own deliveries are read."""
    codes = [mn.removeprefix(STATION) for mn in mns if mn.startswith(STATION)]
    if not codes:
        return {}
    return {STATION + s.code: _device(s) for s in Station.objects.filter(code__in=codes)}


def profile_for(person: Person, frame) -> Device | None:
    """The same for one frame, where its station is within the person's scope."""
    if not came_by_door(frame):
        return None
    station = Station.objects.within(person).filter(code=frame.mn.removeprefix(STATION)).first()
    return _device(station) if station else None


def _device(station: Station) -> Device:
    return Device(mn=STATION + station.code, station=station, label=Device.Label.START, minutes=1, admitted=True, units=_OwnUnits())
