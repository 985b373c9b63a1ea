"""Areas with an outline (范围): which one a place lies in on a day, what lies inside one, how large it is."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry import shape

from qingshan.bureau.base import linked
from qingshan.bureau.base.models import Person
from qingshan.bureau.registers import queries
from qingshan.bureau.registers.declared import Register
from qingshan.bureau.registers.models import Entry
from qingshan.bureau.sites import geojson
from qingshan.bureau.sites import queries as sites

EARTH = 6371.0088
"""mean radius [km]"""
NEAR = 500
"""metres around a place within which entries are named"""
LONGEST = 300
"""things named of an area"""


class OutlinesRefused(ValueError):
    """A file whose areas cannot be given to entries; the message says which and why."""


def matched(of: Register, data: bytes, person: Person) -> dict[int, dict]:
    """Entry → geometry of a GeoJSON file; each area goes by its code, else its name. OutlinesRefused names those that fit none."""
    try:
        drawn = geojson.read(data)
    except geojson.GeometryRefused as no:
        raise OutlinesRefused(str(no)) from None
    there = list(queries.entries(of, person).filter(archived=False).values_list("pk", "key", "name"))
    by_key, by_name = {key: pk for pk, key, _ in there}, {}
    for pk, _, name in there:
        by_name.setdefault(name, []).append(pk)
    found: dict[int, dict] = {}
    strange = []
    for outline in drawn:
        named = by_name.get(outline.name, [])
        pk = by_key.get(outline.code) or (named[0] if len(named) == 1 else None)
        if pk is None or pk in found:
            strange.append(f"“{outline.code or outline.name}”{'写了两次' if pk in found else ''}")
        else:
            found[pk] = outline.geometry
    if strange:
        how = f"（按 code 对{of.key.title}，或按 name 对名称）"
        raise OutlinesRefused(f"这些范围对不上{of.title}的条目{how}：{'、'.join(strange[:10])}。请先登记条目，或改文件里的编号")
    return found


@dataclass(frozen=True)
class Held:
    """An area a place lies in, as it stood on the day: its register, entry, fields and state then, and entries that belong to it."""

    of: Register
    pk: int
    key: str
    name: str
    state: str
    values: dict
    since: dt.date
    version: int
    belonging: Sequence[tuple[Register, list[Entry]]]


def at(person: Person, lon: float, lat: float, day: dt.date) -> list[Held]:
    """The areas of all registers a person may open in which a place lay on a day; those on its edge too."""
    place = shapely.Point(lon, lat)
    found = []
    for of in queries.registers(person):
        if of.shape != "area":
            continue
        mine = set(queries.entries(of, person).values_list("pk", flat=True))
        for pk, said in queries.standing(of, day):
            if pk in mine and said.get("geometry") and shape(said["geometry"]).covers(place):
                found.append(_held(of, pk, said, day, person))
    return sorted(found, key=lambda h: (h.of.title, h.key))


def _held(of: Register, pk: int, said: dict, day: dt.date, person: Person) -> Held:
    entry = Entry.objects.get(pk=pk)
    change = entry.changes.filter(day__lte=day).order_by("day", "version").last()
    values = {f.name: said["values"].get(f.name) for f in of.field}
    name = str(values.get(of.heading.name) or entry.key)
    return Held(of, pk, entry.key, name, said["state"], values, change.day, change.version, belonging(of, entry, person))


def belonging(of: Register, entry: Entry, person: Person) -> list[tuple[Register, list[Entry]]]:
    """Entries of other registers that name this one by its number, register by register."""
    found = []
    for other in queries.registers(person):
        names = [f.name for f in other.field if f.entry_of == of.name]
        there: list[Entry] = []
        for name in names:
            there += queries.entries(other, person).filter(archived=False, **{f"values__{name}": entry.key}).order_by("key")[:LONGEST]
        if there:
            found.append((other, there))
    return found


def near(person: Person, lon: float, lat: float, metres: float = NEAR) -> list[tuple[Register, Entry, int]]:
    """Point entries within so many metres of a place, nearest first."""
    up = metres / 111_195
    along = up / max(0.01, math.cos(math.radians(lat)))
    known = {of.name: of for of in queries.registers(person) if of.shape == "point"}
    box = {"lon__range": (lon - along, lon + along), "lat__range": (lat - up, lat + up)}
    there = Entry.objects.within(person).filter(register__in=known, archived=False, **box).select_related("area").defer("area__geometry")
    measured = [(known[e.register], e, round(distance(lon, lat, e.lon, e.lat))) for e in there]
    return sorted((m for m in measured if m[2] <= metres), key=lambda m: m[2])


def distance(lon: float, lat: float, lon2: float, lat2: float) -> float:
    """Great-circle distance [m]."""
    a, b = math.radians(lat), math.radians(lat2)
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon) / 2) ** 2
    return 2000 * EARTH * math.asin(min(1, math.sqrt(h)))


@dataclass(frozen=True)
class Inside:
    """What lies in an area: entries by register, stations, open cases."""

    entries: Sequence[tuple[Register, list[Entry]]]
    stations: Sequence
    cases: Sequence[linked.Line]


def inside(geometry: dict, person: Person) -> Inside:
    """What of all a person may see lies within an outline now."""
    outline = shape(geometry)
    shapely.prepare(outline)
    west, south, east, north = outline.bounds

    def contains(lon: float, lat: float) -> bool:
        return bool(outline.covers(shapely.Point(lon, lat)))

    known = {of.name: of for of in queries.registers(person) if of.shape == "point"}
    box = {"lon__range": (west, east), "lat__range": (south, north)}
    there = Entry.objects.within(person).filter(register__in=known, archived=False, **box).select_related("area").defer("area__geometry")
    by_register: dict[str, list[Entry]] = {}
    for entry in there.order_by("register", "key"):
        if contains(entry.lon, entry.lat):
            by_register.setdefault(entry.register, []).append(entry)
    stations = [s for s in sites.stations(person).filter(**box) if contains(s.lon, s.lat)]
    cases = [line for room in linked.placed for line in linked.placed[room](person, outline.bounds, contains)]
    return Inside([(known[name], found) for name, found in by_register.items()], stations, cases)


def square_km(geometry: dict) -> float:
    """The area of an outline on the sphere [km²]."""
    parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return sum(_ring(rings[0]) - sum(_ring(hole) for hole in rings[1:]) for rings in parts)


def _ring(points: Sequence[Sequence[float]]) -> float:
    total = 0.0
    for (lon, lat, *_), (lon2, lat2, *_) in zip(points, [*points[1:], points[0]], strict=True):
        total += math.radians(lon2 - lon) * (2 + math.sin(math.radians(lat)) + math.sin(math.radians(lat2)))
    return abs(total) * EARTH**2 / 2
