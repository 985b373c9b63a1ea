"""Places that come back (重复发生的地点): near each other by metres, or by the same words where nobody measured."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Count, QuerySet

from qingshan.bureau.cases.models import Case
from qingshan.bureau.cases.queries.likeness import DEGREE, apart, rules

ROW = 10_000_000
"""cells are numbered: so many to the north of each other"""
AROUND = tuple(i * ROW + j for i in (-1, 0, 1) for j in (-1, 0, 1))
"""a cell and the eight around it"""


@dataclass
class Place:
    """A place that comes back: its cases, the newest first."""

    name: str
    cases: list[Case]


def repeat_places(found: QuerySet[Case], now: datetime, most: int = 50) -> list[Place]:
    """Places with so many cases in so many days, those with the most cases first, then the newest; merged ones are one."""
    rule = rules().repeat
    plain = found.order_by().select_related(None).prefetch_related(None)
    recent = plain.filter(opened_at__gte=now - timedelta(days=rule.days), main=None)
    spots = [*_near(recent, rule.metres), *_same_words(recent, rule.least)]
    spots = sorted((keys for keys in spots if len(keys) >= rule.least), key=lambda keys: (-len(keys), -keys[0]))[:most]
    wanted = [pk for keys in spots for pk in keys]
    cases = {case.pk: case for case in Case.objects.filter(pk__in=wanted).select_related("area").defer("content", "area__geometry")}
    return [Place(cases[keys[0]].place or cases[keys[0]].area.name, [cases[pk] for pk in keys]) for keys in spots]


def _near(recent: QuerySet[Case], metres: int) -> list[list[int]]:
    """Keys of cases by spot: each joins the nearest spot whose newest case lies within the distance, else begins one."""
    rows = list(recent.exclude(lon=None).exclude(lat=None).order_by("-id").values_list("pk", "lon", "lat").iterator(chunk_size=10_000))
    if not rows:
        return []
    keys, lons, lats = (np.array(column) for column in zip(*rows, strict=True))
    north = 1.001 * metres / DEGREE
    east = north / max(0.1, math.cos(math.radians(float(np.abs(lats).max()))))
    cells = np.floor(lats / north).astype(np.int64) * ROW + np.floor(lons / east).astype(np.int64)
    together = np.flatnonzero(_has_company(cells))
    spots: dict[int, list[tuple[float, float, list[int]]]] = defaultdict(list)
    for key, cell, lon, lat in zip(*(column[together].tolist() for column in (keys, cells, lons, lats)), strict=True):
        there = [
            (far, members) for step in AROUND for at_lon, at_lat, members in spots.get(cell + step, ())
            if abs(lat - at_lat) <= north and (far := apart(lon, lat, at_lon, at_lat)) <= metres
        ]  # fmt: skip
        if there:
            min(there, key=lambda one: one[0])[1].append(key)
        else:
            spots[cell].append((lon, lat, [key]))
    return [members for some in spots.values() for *_, members in some]


def _has_company(cells: np.ndarray) -> np.ndarray:
    """Which cases have another in their own cell or the eight around it; the others need no reckoning."""
    there, counts = np.unique(cells, return_counts=True)
    total = np.zeros(cells.shape, np.int64)
    for step in AROUND:
        at = np.minimum(np.searchsorted(there, cells + step), there.size - 1)
        total += np.where(there[at] == cells + step, counts[at], 0)
    return total > 1


def _same_words(recent: QuerySet[Case], least: int) -> list[list[int]]:
    """Keys of cases without coordinates that name the same place of the same area, the newest first."""
    written = recent.filter(lat=None).exclude(place="")
    groups: dict[tuple[int, str], list[str]] = defaultdict(list)
    counts: dict[tuple[int, str], int] = defaultdict(int)
    for area, place, n in written.values_list("area", "place").annotate(n=Count("pk")):
        at = area, re.sub(r"\W", "", place)
        groups[at].append(place)
        counts[at] += n
    wanted = {(area, place): (area, said) for (area, said), places in groups.items() if counts[area, said] >= least for place in places}
    found: dict[tuple[int, str], list[int]] = defaultdict(list)
    if wanted:
        rows = written.filter(area__in={area for area, _ in wanted}, place__in={place for _, place in wanted})
        for pk, area, place in rows.order_by("-id").values_list("pk", "area", "place"):
            if (area, place) in wanted:
                found[wanted[area, place]].append(pk)
    return list(found.values())
