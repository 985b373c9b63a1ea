"""One assessment held ready (一次评价): the days table of a span, the stations and areas, the days deducted.

Every value on every page and in every document of that span comes out of it, so it is the same number everywhere. Observations of
other media and samples are read at the same sequence number of the store; rows that are counted are read once a page.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np
from django.conf import settings

from qingshan import standards
from qingshan.bureau.base import clock, packs
from qingshan.bureau.base.models import Area
from qingshan.bureau.indicators import evaluating, rosters
from qingshan.bureau.indicators.declared import LEVELS, Indicator
from qingshan.bureau.indicators.declared_sources import KINDS, Observations
from qingshan.bureau.indicators.methods import column, methods
from qingshan.bureau.indicators.models import Deduction
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.places import Place, Site, Unknown
from qingshan.bureau.indicators.series import COLUMNS, IN_FORCE, ITEM_OF, DayTable, Editions, Series
from qingshan.bureau.indicators.stores import forget, lake, page, steady
from qingshan.bureau.indicators.values import Comparison, Value, change_of, compare, evaluate, made
from qingshan.bureau.sites.models import Level, Station
from qingshan.lake import LakeRefused, assess
from qingshan.lake.assessment import in_force_from
from qingshan.terms.items import AIR

__all__ = ["AGAIN", "Assessment", "Place", "Site", "Unknown", "clear", "has_data", "lake", "last_day", "of", "steady"]

IN_FORCE_FROM = in_force_from()
AGAIN = Editions("2026")
KEPT = 12


class Assessment:
    """Values of one span of days, computed once and kept."""

    def __init__(
        self, span: Period, sites: tuple[Site, ...], places: dict[int, Place], deductions: tuple, run, others: tuple[Site, ...] = ()
    ):
        self.span, self.sites, self.places, self.deductions, self.run = span, sites, places, deductions, run
        self.others = others
        """stations of other media"""
        self.table = DayTable.build(run.days, span, {s.code: (s.since, s.until) for s in sites})
        self._tables: dict[tuple, DayTable] = {}
        self._samples: dict[tuple, object] = {}
        self._series: dict[tuple, Series] = {}
        self._values: dict[tuple, Value] = {}

    @cached_property
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
    def codes(self) -> dict[str, Site]:
        """Every station of every medium by its code."""
        return {s.code: s for s in (*self.sites, *self.others)}

    def of_medium(self, medium: str) -> tuple[Site, ...]:
        return self.sites if medium == "air" else tuple(s for s in self.others if s.medium == medium)

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
        if isinstance(area, Place) and area.level == "group":
            return area
        found = self.places.get(getattr(area, "pk", getattr(area, "id", area)))
        if found is None:
            raise Unknown(f"没有区域“{area}”")
        return found

    def group(self, name: str) -> Place:
        """A declared group of areas or stations (流域、片区) as a place."""
        try:
            declared = packs.get("groups", name)
        except LookupError as error:
            raise Unknown(str(error)) from None
        by_code = {p.code: p for p in self.places.values()}
        strange = [c for c in declared.areas if c not in by_code] + [c for c in declared.stations if c not in self.codes]
        if strange:
            raise Unknown(f"分组“{declared.title}”里的 {'、'.join(strange[:5])} 没有登记为区划或站点")
        inside = frozenset().union(*(by_code[c].inside for c in declared.areas)) if declared.areas else frozenset(self.places)
        number = -1 - sorted(packs.all("groups")).index(name)
        return Place(number, f"group:{name}", declared.title, "group", inside, frozenset(declared.stations) or None)

    def counted(self, indicator: Indicator, place: Place) -> tuple[tuple[Site, ...], dict[str, str]]:
        """The stations of an area that count for it by their level, and those that do not, with why."""
        levels = indicator.sites.district if place.level in (Area.Level.DISTRICT, "group") else indicator.sites.town
        mine = [s for s in self.of_medium(indicator.medium) if s.area in place.inside]
        if place.stations is not None:
            mine, levels = [s for s in mine if s.code in place.stations], LEVELS
        whose = "镇街" if place.level in (Area.Level.TOWN, Area.Level.VILLAGE) else "全区"
        left = {s.name: f"{Level(s.level).label}不参加{whose}评价" for s in mine if s.level not in levels}
        return tuple(s for s in mine if s.level in levels), left

    def days_of(self, indicator: Indicator) -> DayTable | None:
        """The days table an indicator works on: the six items' of the run, or one of its own item; None where it is not of days."""
        source = indicator.source
        if not isinstance(source, Observations) or methods[source.method].grain != "days":
            return None
        if source.medium == "air" and (not source.item or source.item in AIR):
            return self.table
        key = (source.medium, source.item, source.hours)
        if key not in self._tables:
            sites = self.of_medium(source.medium)
            hours = lake().hours([s.code for s in sites], self.span.start, self.span.end, [source.item], as_of=self.run.sequence)
            least = source.hours
            if source.medium == "air":
                least = max((r["at_least"] for r in _day_rules(source.item, self.span.end)), default=source.hours)
            used = {s.code: (s.since, s.until) for s in sites}
            self._tables[key] = DayTable.of_hours(hours, self.span, used, source.item, source.medium, least)
        return self._tables[key]

    def series(
        self, indicator: Indicator, *, area: Place | None = None, station: str = "", period: Period | None = None,
        only: frozenset[str] | None = None,
    ) -> Series:  # fmt: skip
        """One unit's days. An area takes the stations whose level counts for it and that are in use in the period."""
        table = self.days_of(indicator)
        if table is None:
            return _nothing(self.table.days)
        key = id(table)
        if station:
            if station not in table.stations:
                raise Unknown(f"没有站点“{station}”")
            return replace(self._kept(("station", key, station), lambda: table.station(station)), unplanned=self.unplanned((station,)))
        assert area is not None
        sites, left = self.counted(indicator, area)
        counted = tuple(s.code for s in sites if only is None or s.code in only)
        empty = _nothing(table.days, table.conc)
        series = self._kept(("area", key, counted), lambda: table.area(counted) if counted else empty)
        names = {s.code: s.name for s in sites}
        if period is not None:
            rows = (table.days >= np.datetime64(period.start)) & (table.days <= np.datetime64(period.end))
            for code in counted:
                i = table.stations.index(code)
                if not table.in_use[i][rows].any():
                    left[names[code]] = f"{period.title}不在用"
                elif all(np.isnan(table.conc[column(item)][i][rows]).all() for item in indicator.items):
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
        named = area.code if isinstance(area, Place) and area.level == "group" else getattr(area, "pk", getattr(area, "id", area))
        indicator = packs.get("indicators", name)
        both = (period, period.last_year()) if indicator.source.roster or indicator.source.apart else ()
        lists = tuple(found(indicator, p) for p in both for found in (rosters.of, rosters.beside))
        key = (name, named, station, period, comparison, editions.named, lists)
        held = self._values if indicator.source.kind == "observations" else page().setdefault(self, {})
        if key not in held:
            held[key] = self._value(name, area, station, period, comparison, editions)
        return held[key]

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
            made = compare(indicator, now, then)
        else:
            again = (self._one(indicator, place, station, now.period, AGAIN), self._one(indicator, place, station, before, AGAIN))
            made = compare(indicator, now, then, again, again[0].edition)
        return self._comparable(indicator, place, made, now, then) if place is not None and indicator.medium else made

    def _comparable(self, indicator, place, made: Comparison, now: Value, then: Value) -> Comparison:
        """Where the stations of the two sides differ (迁站、增减站), say so and give both by the stations they share (可比站点)."""
        here, there = set(now.stations), set(then.stations)
        if here == there or not here or not there:
            return made
        names = {s.code: s.name for s in self.codes.values()}
        said = [
            f"{word}{'、'.join(sorted(names[c] for c in codes))}"
            for word, codes in (("本期有而同期没有：", here - there), ("同期有而本期没有：", there - here))
            if codes
        ]
        note = f"两侧站点不同（{'；'.join(said)}）"
        both = frozenset(here & there)
        if not both:
            return replace(made, note="；".join(filter(None, [made.note, f"{note}，没有可比站点"])))
        sides = [self._one(indicator, place, "", p, IN_FORCE, both) for p in (now.period, then.period)]
        words = change_of(indicator, *sides)[1]
        note += f"；只按共有的 {len(both)} 个站：本期 {sides[0].text}，同期 {sides[1].text}，{words}"
        note = "；".join(filter(None, [made.note, note]))
        return replace(made, note=note, now_same=sides[0], then_same=sides[1], words_same=words)

    def _one(self, indicator, place, station, period, editions, only: frozenset[str] | None = None) -> Value:
        source = indicator.source
        if period.hour and self.days_of(indicator) is None:
            return replace(made(indicator, period, math.nan, "这个口径没有小时值，最短按日取"), run=self.identity)
        if not isinstance(source, Observations):
            if station:
                return evaluating.stamped(self, made(indicator, period, math.nan, f"{KINDS[source.kind]}没有单个站点的值"))
            return evaluating.stamped(self, evaluating.counted(self, indicator, place, period))
        if methods[source.method].grain == "samples":
            return evaluating.sampled(self, indicator, place, station, period, editions, only)
        if period.hour:
            try:
                return evaluating.hour(self, indicator, place, station, period)
            except standards.NotInForce as error:
                return replace(made(indicator, period, math.nan, str(error)), run=self.identity)
        series = self.series(indicator, area=place, station=station, period=period, only=only)
        dust = tuple((day, columns) for day, columns, area in self.deductions if area is None or place is None or place.id == area)
        try:
            value = evaluate(indicator, series, period, editions=editions, dust=dust)
        except standards.NotInForce as error:
            value = made(indicator, period, math.nan, str(error), stations=series.used)
        return replace(value, run=self.identity)

    def samples(self, medium: str):
        """Every sample of one medium within the span, as known at the run's sequence."""
        if medium not in self._samples:
            codes = [s.code for s in self.of_medium(medium)]
            self._samples[medium] = lake().samples(codes, self.span.start, self.span.end, as_of=self.run.sequence)
        return self._samples[medium]

    def _kept(self, key, make) -> Series:
        if key not in self._series:
            self._series[key] = make()
        return self._series[key]


def _nothing(days: np.ndarray, columns: Collection[str] = COLUMNS) -> Series:
    empty = np.full(days.shape, np.nan)
    none = np.zeros(days.shape)
    return Series(days, dict.fromkeys(columns, empty), dict.fromkeys({ITEM_OF.get(c, c) for c in columns}, none), none, ())


def _day_rules(item: str, day: date) -> list[dict]:
    """Rows of GB 3095 that say how many hours a day's mean of the item needs."""
    rows = standards.get("GB 3095", at=max(day, IN_FORCE_FROM)).table("validity")["row"]
    return [r for r in rows if r["window"] == "24h" and item in (r["item"] if isinstance(r["item"], list | tuple) else [r["item"]])]


# ── where they come from ──
_held: OrderedDict[tuple, Assessment] = OrderedDict()
_lock = threading.Lock()


def last_day() -> date:
    """The last whole day of data: yesterday, or earlier where the store ends earlier."""
    yesterday = clock.today() - timedelta(days=1)
    span = _span()
    if not span:
        return yesterday
    whole = (span[1] - timedelta(days=1)).date()
    return min(yesterday, whole)


def has_data() -> bool:
    return _span() is not None


def _span() -> tuple[datetime, datetime] | None:
    """First and last hour of the store, asked for once a page."""
    seen = page()
    if "span" not in seen:
        seen["span"] = lake().span()
    return seen["span"]


def of(period: Period, *, as_of: int | None = None) -> Assessment:
    """The assessment a period's values come from: from 1 January of the year before it, or before its last year's, to its end."""
    span = Period(date(min(period.start.year - 1, period.last_year().start.year), 1, 1), period.end)
    seen = page()
    if (span, as_of) not in seen:
        seen[span, as_of] = _assess(span, as_of)
    return seen[span, as_of]


def _assess(span: Period, as_of: int | None) -> Assessment:
    stations = Station.objects.select_related("network").order_by("code")
    every = tuple(_site(s) for s in stations)
    sites, others = tuple(s for s in every if s.medium == "air"), tuple(s for s in every if s.medium != "air")
    places = _places()
    rows = Deduction.objects.filter(withdrawn=None, day__gte=span.start, day__lte=span.end).values_list("day", "items", "area_id")
    deductions = tuple((day.isoformat(), tuple(column(item) for item in items), area) for day, items, area in rows)
    store = lake()
    key = (str(settings.DATA_FOLDER), store.state(), as_of, span, every, tuple(places.values()), deductions)
    with _lock:
        if key in _held:
            _held.move_to_end(key)
            return _held[key]
    try:
        run = assess(store, span.start, span.end, stations=[s.code for s in sites], as_of=as_of)
    except standards.NotInForce:  # before any edition: nothing of the air, but rows and reports there may be
        run = replace(assess(store, IN_FORCE_FROM, IN_FORCE_FROM, stations=[], as_of=as_of), start=span.start, end=span.end)
    except LakeRefused as error:
        raise Unknown(str(error)) from None
    made = Assessment(span, sites, places, deductions, run, others)
    with _lock:
        _held[key] = made
        while len(_held) > KEPT:
            _held.popitem(last=False)
    return made


def _site(s: Station) -> Site:
    unplanned = s.unplanned if s.network.medium == "air" else ()
    return Site(s.code, s.name, s.level, s.area_id, s.since, s.until, unplanned, s.network.medium, s.body, s.target, tuple(s.items))


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
    forget()


def all_places() -> dict[int, Place]:
    """Every area as assessments know it, where there is no assessment to ask."""
    return _places()
