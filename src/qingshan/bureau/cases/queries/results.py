"""What handling came to (办理成效): by kind and unit, and the places that come back."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Count, F, Q, QuerySet

from qingshan.bureau.base import packs
from qingshan.bureau.base.models import Organisation
from qingshan.bureau.cases.models import Case, CaseEvent
from qingshan.bureau.cases.queries.likeness import DEGREE, apart, rules


@dataclass(frozen=True)
class Handled:
    """How many cases of one kind were handed over, are done, go on, are late; `rate` [%] is None where there are none."""

    title: str
    workflow: str
    total: int
    done: int
    late: int

    @property
    def going(self) -> int:
        return self.total - self.done

    @property
    def rate(self) -> float | None:
        return 100 * self.done / self.total if self.total else None


def handled_by_kind(found: QuerySet[Case], now: datetime) -> list[Handled]:
    """One line a workflow that has cases among `found`; merged ones count, each as the source it is."""
    titles = {flow.name: flow.title for flow in packs.all("cases").values()}
    rows = (
        found.order_by().select_related(None).prefetch_related(None).values("workflow")
        .annotate(
            total=Count("pk"), done=Count("pk", filter=~Q(closed_at=None)),
            late=Count("pk", filter=Q(closed_at=None, due_at__lt=now)),
        )
    )  # fmt: skip
    lines = [Handled(titles.get(r["workflow"], r["workflow"]), r["workflow"], r["total"], r["done"], r["late"]) for r in rows]
    return sorted(lines, key=lambda one: (-one.total, one.title))


@dataclass(frozen=True)
class Placed:
    """A unit in the league: cases, those closed, those never late, median days to the end, those opened again; `place` None: not ranked."""

    unit: str
    total: int
    done: int
    in_time: int
    days: float | None
    again: int
    place: int | None

    @property
    def score(self) -> float:
        """Share that is not late, the same number the rank goes by [%]."""
        return 100 * self.in_time / self.total


def league(found: QuerySet[Case], now: datetime) -> tuple[list[Placed], list[Placed], int]:
    """Units by the share of cases without a step past its limit; units with fewer than `least` cases stand apart. Ties share a place."""
    least = rules().league_least
    plain = found.order_by().select_related(None).prefetch_related(None)
    steps = CaseEvent.objects.filter(case__in=plain.values("pk"), kind=CaseEvent.Kind.STEP, at__gt=F("due_at")).order_by()
    late = set(steps.values_list("case", flat=True))
    names = {o.pk: str(o) for o in Organisation.objects.filter(pk__in=plain.values("responsible"))}
    units: dict[str, list] = defaultdict(list)
    fields = ("pk", "responsible", "opened_at", "closed_at", "due_at", "round")
    for pk, unit, opened, closed, due, again in plain.values_list(*fields).iterator(chunk_size=5000):
        units[names[unit]].append((opened, closed, due, pk in late, again))
    lines = [_line(unit, rows, now) for unit, rows in units.items()]
    enough = [one for one in lines if one.total >= least]
    ranked = sorted(enough, key=lambda one: (-one.score, one.days if one.days is not None else math.inf, one.unit))
    placed: list[Placed] = []
    for i, one in enumerate(ranked):
        tied = placed and placed[-1].score == one.score and placed[-1].days == one.days
        placed.append(Placed(**{**one.__dict__, "place": placed[-1].place if tied else i + 1}))
    return placed, sorted((one for one in lines if one.total < least), key=lambda one: one.unit), least


def _line(unit: str, rows: list, now: datetime) -> Placed:
    spans = [(closed - opened).total_seconds() / 86400 for opened, closed, *_ in rows if closed]
    in_time = sum(not (was_late or (closed is None and due and due < now)) for _, closed, due, was_late, _ in rows)
    days = round(median(spans), 1) if spans else None
    return Placed(unit, len(rows), len(spans), in_time, days, sum(r[-1] > 1 for r in rows), None)


@dataclass
class Place:
    """A place that comes back: its cases, the newest first."""

    name: str
    cases: list[Case]


@dataclass
class _Spot:
    """Where a place lies, and the keys of its cases."""

    lon: float | None
    lat: float | None
    name: str
    keys: list[int]


STEP = 0.004
"""degrees: a cell wider than any declared distance likely to be called one place"""
ROW = 1_000_000
"""cells are numbered: so many to the east of each other"""
NEAR = (0, *(i * ROW + j for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)))
"""a cell itself, then the eight around it"""
FIELDS = ("pk", "lon", "lat", "place", "area", "area__name")


def repeat_places(found: QuerySet[Case], now: datetime, most: int = 50) -> list[Place]:
    """Places with so many cases in so many days; merged ones are one. Near by metres, or by the same words where nobody measured."""
    rule = rules().repeat
    plain = found.order_by("-opened_at", "-id").select_related(None).prefetch_related(None)
    recent = plain.filter(opened_at__gte=now - timedelta(days=rule.days), main=None).exclude(place="", lat=None)
    cells: dict[tuple | int, list[_Spot]] = defaultdict(list)
    for pk, lon, lat, words, area, area_name in recent.values_list(*FIELDS).iterator(chunk_size=5000):
        if lon is None or lat is None:
            here, around = ("words", area, re.sub(r"\W", "", words)), (0,)
        else:
            here, around = int(lon / STEP) * ROW + int(lat / STEP), NEAR
        spot = _there(cells, here, around, lon, lat, rule.metres)
        if spot is None:
            cells[here].append(_Spot(lon, lat, words or area_name, [pk]))
        else:
            spot.keys.append(pk)
    spots = [s for some in cells.values() for s in some if len(s.keys) >= rule.least]
    spots = sorted(spots, key=lambda s: (-len(s.keys), s.name))[:most]
    cases = {case.pk: case for case in Case.objects.filter(pk__in=[pk for s in spots for pk in s.keys])}
    return [Place(s.name, [cases[pk] for pk in s.keys]) for s in spots]


def _there(cells: dict, here: tuple | int, around: tuple[int, ...], lon: float | None, lat: float | None, most: int) -> _Spot | None:
    """The first spot, in one's own cell and then those around it, that is near enough."""
    if lon is None or lat is None:
        return next(iter(cells.get(here, ())), None)
    north = 1.001 * most / DEGREE  # farther than this needs no reckoning
    for step in around:
        for spot in cells.get(here + step, ()):
            if abs(lat - spot.lat) <= north and apart(lon, lat, spot.lon, spot.lat) <= most:
                return spot
    return None
