"""One assessment held ready (一次评价): the days table of a span, the stations and areas, the days deducted.

Every value on every page and in every document of that span comes out of it, so it is the same number everywhere.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from django.conf import settings

from qingshan.bureau.base import clock, packs
from qingshan.bureau.base.models import Area
from qingshan.bureau.indicators.declared import Indicator
from qingshan.bureau.indicators.methods import column
from qingshan.bureau.indicators.models import Deduction
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.series import COLUMNS, IN_FORCE, DayTable, Editions, Series
from qingshan.bureau.indicators.values import Comparison, Value, compare, evaluate
from qingshan.bureau.sites.models import Level, Station
from qingshan.lake import Lake, assess
from qingshan.terms.items import AIR

AGAIN = Editions("2026")
KEPT = 12


@dataclass(frozen=True)
class Site:
    """A station as an assessment knows it."""

    code: str
    name: str
    level: str
    area: int
    since: date | None
    until: date | None
    unplanned: tuple[str, ...] = ()
    """items its monitoring plan leaves out"""


@dataclass(frozen=True)
class Place:
    """An area and the areas in it."""

    id: int
    code: str
    name: str
    level: str
    inside: frozenset[int]


class Unknown(LookupError):
    """An area, station or indicator that is not there."""


class Assessment:
    """Values of one span of days, computed once and kept."""

    def __init__(self, span: Period, sites: tuple[Site, ...], places: dict[int, Place], deductions: tuple, run):
        self.span, self.sites, self.places, self.deductions, self.run = span, sites, places, deductions, run
        self.table = DayTable.build(run.days, span, {s.code: (s.since, s.until) for s in sites})
        self._series: dict[tuple, Series] = {}
        self._values: dict[tuple, Value] = {}

    @property
    def identity(self) -> str:
        """What these numbers were computed from, in one hash: inputs, code, editions, stations in use, deductions."""
        said = [self.run.input_hash, self.run.code_version, *self.run.editions, self.span.token]
        said += [repr(s) for s in self.sites] + [repr(d) for d in self.deductions]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()

    @cached_property
    def result_hash(self) -> str:
        """Of every daily statistic used, in order (结果指纹)."""
        out = hashlib.sha256("\n".join(self.table.stations).encode())
        for name in COLUMNS:
            out.update(np.ascontiguousarray(self.table.conc[name]).tobytes())
        return out.hexdigest()

    @cached_property
    def district(self) -> Place:
        for place in self.places.values():
            if place.level == Area.Level.DISTRICT:
                return place
        raise Unknown("还没有建立区级区划。请先在“设置—区域与单位”里新增本区")

    @cached_property
    def towns(self) -> tuple[Place, ...]:
        return tuple(sorted((p for p in self.places.values() if p.level == Area.Level.TOWN), key=lambda p: p.code))

    def place(self, area) -> Place:
        found = self.places.get(getattr(area, "pk", getattr(area, "id", area)))
        if found is None:
            raise Unknown(f"没有区域“{area}”")
        return found

    def series(self, indicator: Indicator, *, area: Place | None = None, station: str = "", period: Period | None = None) -> Series:
        """One unit's days. An area takes the stations whose level counts for it and that are in use in the period."""
        if station:
            if station not in self.table.stations:
                raise Unknown(f"没有站点“{station}”")
            return replace(self._kept(("station", station), lambda: self.table.station(station)), unplanned=self.unplanned((station,)))
        assert area is not None
        levels = indicator.sites.district if area.level == Area.Level.DISTRICT else indicator.sites.town
        mine = [s for s in self.sites if s.area in area.inside]
        counted = tuple(s.code for s in mine if s.level in levels)
        series = self._kept(("area", counted), lambda: self.table.area(counted) if counted else _nothing(self.table.days))
        whose = "全区" if area.level == Area.Level.DISTRICT else "镇街"
        left = {s.name: f"{Level(s.level).label}不参加{whose}评价" for s in mine if s.level not in levels}
        names = {s.code: s.name for s in self.sites}
        if period is not None:
            for code in counted:
                rows = (self.table.days >= np.datetime64(period.start)) & (self.table.days <= np.datetime64(period.end))
                i = self.table.stations.index(code)
                if not self.table.in_use[i][rows].any():
                    left[names[code]] = f"{period.title}不在用"
                elif all(np.isnan(self.table.conc[column(item)][i][rows]).all() for item in indicator.items):
                    left[names[code]] = f"{period.title}没有有效日值"
            series = replace(series, used=tuple(code for code in counted if names[code] not in left))
        return replace(series, left_out=left, unplanned=self.unplanned(counted))

    def unplanned(self, codes: Collection[str]) -> tuple[str, ...]:
        """Items that none of the stations plans to measure: that they are missing holds no AQI back (HJ 633—2026 5.3.2)."""
        plans = [s.unplanned for s in self.sites if s.code in codes]
        return tuple(item for item in AIR if plans and all(item in plan for plan in plans))

    def value(
        self, name: str, *, area=None, station: str = "", period: Period, comparison: bool = True, editions: Editions = IN_FORCE
    ) -> Value:
        """One value (指标值); with `comparison`, last year's same span beside it, under both editions where it crosses a change."""
        key = (name, getattr(area, "pk", getattr(area, "id", area)), station, period, comparison, editions.named)
        if key not in self._values:
            self._values[key] = self._value(name, area, station, period, comparison, editions)
        return self._values[key]

    def _value(self, name, area, station, period, comparison, editions) -> Value:
        indicator = packs.get("indicators", name, at=None)
        place = self.place(area) if area is not None else None
        now = self._one(indicator, place, station, period, editions)
        if not comparison:
            return now
        before = period.last_year()
        if before.start < self.span.start:
            return now
        return replace(now, last_year=self._comparison(indicator, place, station, now, before))

    def _comparison(self, indicator, place, station, now: Value, before: Period) -> Comparison:
        then = self._one(indicator, place, station, before, IN_FORCE)
        if not indicator.is_sensitive or set(now.editions) == set(then.editions):
            return compare(indicator, now, then)
        again = (self._one(indicator, place, station, now.period, AGAIN), self._one(indicator, place, station, before, AGAIN))
        return compare(indicator, now, then, again, again[0].edition)

    def _one(self, indicator, place, station, period, editions) -> Value:
        series = self.series(indicator, area=place, station=station, period=period)
        dust = tuple((day, columns) for day, columns, area in self.deductions if area is None or place is None or place.id == area)
        return replace(evaluate(indicator, series, period, editions=editions, dust=dust), run=self.identity)

    def _kept(self, key, make) -> Series:
        if key not in self._series:
            self._series[key] = make()
        return self._series[key]


def _nothing(days: np.ndarray) -> Series:
    empty = np.full(days.shape, np.nan)
    none = np.zeros(days.shape)
    return Series(days, dict.fromkeys(COLUMNS, empty), dict.fromkeys(("SO2", "NO2", "CO", "O3", "PM10", "PM2.5"), none), none, ())


# ── where they come from ──
_lakes: dict[str, Lake] = {}
_held: OrderedDict[tuple, Assessment] = OrderedDict()
_lock = threading.Lock()
_steady: ContextVar[dict | None] = ContextVar("steady", default=None)


def lake() -> Lake:
    """The observation store of this installation."""
    folder = str(settings.DATA_FOLDER / "lake")
    if folder not in _lakes:
        _lakes[folder] = Lake(folder)
    return _lakes[folder]


def last_day() -> date:
    """The last whole day of data: yesterday, or earlier where the store ends earlier."""
    yesterday = clock.today() - timedelta(days=1)
    span = lake().span()
    if not span:
        return yesterday
    whole = (span[1] - timedelta(days=1)).date()
    return min(yesterday, whole)


def has_data() -> bool:
    return lake().span() is not None


@contextmanager
def steady() -> Iterator[None]:
    """Within one page the same span is asked for once, so all its numbers come from one state of the data."""
    token = _steady.set({})
    try:
        yield
    finally:
        _steady.reset(token)


def of(period: Period, *, as_of: int | None = None) -> Assessment:
    """The assessment a period's values come from: from 1 January of the year before to the period's end."""
    span = Period(date(period.start.year - 1, 1, 1), period.end)
    seen = _steady.get()
    if seen is None:
        return _assess(span, as_of)
    if (span, as_of) not in seen:
        seen[span, as_of] = _assess(span, as_of)
    return seen[span, as_of]


def _assess(span: Period, as_of: int | None) -> Assessment:
    stations = Station.objects.filter(network__medium="air").order_by("code")
    sites = tuple(Site(s.code, s.name, s.level, s.area_id, s.since, s.until, s.unplanned) for s in stations)
    places = _places()
    rows = Deduction.objects.filter(withdrawn=None, day__gte=span.start, day__lte=span.end).values_list("day", "items", "area_id")
    deductions = tuple((day.isoformat(), tuple(column(item) for item in items), area) for day, items, area in rows)
    store = lake()
    key = (str(settings.DATA_FOLDER), store.state(), as_of, span, sites, tuple(places.values()), deductions)
    with _lock:
        if key in _held:
            _held.move_to_end(key)
            return _held[key]
    run = assess(store, span.start, span.end, stations=[s.code for s in sites], as_of=as_of)
    made = Assessment(span, sites, places, deductions, run)
    with _lock:
        _held[key] = made
        while len(_held) > KEPT:
            _held.popitem(last=False)
    return made


def _places() -> dict[int, Place]:
    rows = list(Area.objects.values_list("id", "code", "name", "level", "parent_id"))
    children: dict[int | None, list[int]] = {}
    for row in rows:
        children.setdefault(row[4], []).append(row[0])

    def inside(root: int) -> frozenset[int]:
        found, edge = {root}, [root]
        while edge:
            edge = [child for parent in edge for child in children.get(parent, ()) if child not in found]
            found.update(edge)
        return frozenset(found)

    return {row[0]: Place(row[0], row[1], row[2], row[3], inside(row[0])) for row in rows}


def clear() -> None:
    """Forget what is held; for tests and after a restore."""
    with _lock:
        _held.clear()
        _lakes.clear()


def all_places() -> dict[int, Place]:
    """Every area as assessments know it, where there is no assessment to ask."""
    return _places()
