"""A register on the map (登记册图层): the entries of a list as points, coloured by grade, by the light of their date, or by state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from qingshan.bureau.base import linked
from qingshan.bureau.base.models import Person
from qingshan.bureau.registers import queries, rules
from qingshan.bureau.registers.agenda import reference
from qingshan.bureau.registers.declared import Register
from qingshan.bureau.registers.models import Entry
from qingshan.bureau.sites import queries as sites

WAYS = {"grade": "等级", "light": "期限", "state": "状态"}
LIGHTS = {"red": "逾期", "amber": "临近", "green": "未到", "none": "没有期限"}
TONES = ("blue", "green", "amber", "red", "none")
"""colours of states, in the order declared"""
CHUNK = 5000


def ways(of: Register) -> dict[str, str]:
    """By what a register's points may be coloured."""
    there = {"grade": of.grade is not None, "light": of.light is not None, "state": bool(of.state)}
    return {way: (of.grade.title if way == "grade" and of.grade else words) for way, words in WAYS.items() if there[way]}


def layer(of: Register, found: QuerySet[Entry], person: Person, on: dt.date, way: str) -> dict[str, Any]:
    """What the map draws: boundaries, a legend with counts, and points ``[entry, longitude, latitude, place in the legend]``.

    Points carry no field: what is written there is asked for when one is opened.
    """
    way = way if way in ways(of) else next(iter(ways(of)), "")
    legend = _legend(of, way)
    places = {key: n for n, (key, *_) in enumerate(legend)}
    counts = [0] * len(legend)
    points = []
    placed = found.exclude(lon=None).select_related(None).order_by("pk").values_list("pk", "lon", "lat", "state", "values")
    for pk, lon, lat, key in _coloured(of, way, placed, on):
        at = places.get(key, len(legend) - 1)
        counts[at] += 1
        points.append((pk, round(lon, 5), round(lat, 5), at))
    return sites.ground(person) | {
        "legend": [{"words": words, "light": light, "n": n} for (_, words, light), n in zip(legend, counts, strict=True)],
        "points": points,
        "areas": [],
        "unplaced": found.filter(lon=None).count(),
    }


def areas(of: Register, found: QuerySet[Entry], person: Person, day: dt.date, way: str) -> dict[str, Any]:
    """The same of a register of areas: the outlines as they stood at the end of a day, ``{"pk", "name", "at", "geometry"}``."""
    way = way if way in ways(of) else next(iter(ways(of)), "")
    legend = _legend(of, way)
    places = {key: n for n, (key, *_) in enumerate(legend)}
    counts, drawn, without = [0] * len(legend), [], 0
    mine = set(found.values_list("pk", flat=True))
    for pk, said in queries.standing(of, day):
        if pk not in mine:
            continue
        if not said.get("geometry"):
            without += 1
            continue
        key = next(_keys(of, way, [(pk, None, None, said["state"], said["values"])], day))[3]
        at = places.get(key, len(legend) - 1)
        counts[at] += 1
        drawn.append({"pk": pk, "name": str(said["values"].get(of.heading.name) or ""), "at": at, "geometry": said["geometry"]})
    return sites.ground(person) | {
        "legend": [{"words": words, "light": light, "n": n} for (_, words, light), n in zip(legend, counts, strict=True)],
        "points": [],
        "areas": drawn,
        "unplaced": without,
    }


def _legend(of: Register, way: str) -> list[tuple[str, str, str]]:
    """(key, words, light); the last takes what fits nowhere else."""
    if way == "grade" and of.grade:
        return [*((b.word, b.word, b.light) for b in of.grade.band), ("待定", "待定", "none")]
    if way == "light":
        return [(light, words, light) for light, words in LIGHTS.items()]
    if way == "state":
        return [*((key, words, TONES[n % len(TONES)]) for n, (key, words) in enumerate(of.state.items())), ("", "其他", "none")]
    return [("", "在册", "blue")]


def _coloured(of: Register, way: str, rows: Iterable[tuple], on: dt.date) -> Iterable[tuple[int, float, float, str]]:
    """Entry, place and its key in the legend; linked counts are asked for some thousands at a time."""
    some: list[tuple] = []
    for row in rows.iterator(chunk_size=CHUNK):
        some.append(row)
        if len(some) == CHUNK:
            yield from _keys(of, way, some, on)
            some = []
    yield from _keys(of, way, some, on)


def _keys(of: Register, way: str, rows: list[tuple], on: dt.date) -> Iterable[tuple[int, float, float, str]]:
    counted = {}
    if way == "grade" and of.grade and rows:
        names = {c.count for c in of.grade.conditions if c.count}
        counted = {name: linked.counts[name].of([reference(pk) for pk, *_ in rows]) for name in names}
    for pk, lon, lat, state, values in rows:
        if way == "grade" and of.grade:
            counts = {name: n.get(reference(pk), 0) for name, n in counted.items()}
            yield pk, lon, lat, rules.graded(of.grade, of.said(state, values), counts, on).word
        elif way == "light":
            yield pk, lon, lat, of.light_of(state, values, on)[0]
        else:
            yield pk, lon, lat, state if way == "state" else ""
