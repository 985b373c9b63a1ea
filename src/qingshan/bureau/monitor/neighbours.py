"""Stations around a station (周边站点): distance and direction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qingshan.bureau.sites.models import Station
from qingshan.stats import bearing


@dataclass(frozen=True)
class Neighbour:
    """A station nearby."""

    station: Station
    km: float
    degrees: float
    """direction in which it lies [°]"""

    @property
    def direction(self) -> str:
        return bearing.point(self.degrees)


def near(station: Station, stations: Iterable[Station], radius: float, most: int | None = None) -> list[Neighbour]:
    """Other stations with a place within `radius` [km], the nearest first; none for a station without a place."""
    if station.lon is None or station.lat is None:
        return []
    there = [s for s in stations if s.pk != station.pk and s.lon is not None and s.lat is not None]
    if not there:
        return []
    lons, lats = [s.lon for s in there], [s.lat for s in there]
    km = bearing.distance(station.lon, station.lat, lons, lats).tolist()
    degrees = bearing.bearing(station.lon, station.lat, lons, lats).tolist()
    found = sorted((Neighbour(s, k, d) for s, k, d in zip(there, km, degrees) if k <= radius), key=lambda n: n.km)
    return found[:most]
