"""One assessment held ready (一次评价): the days table of a span, the stations and areas, the days deducted.

Every value on every page and in every document of that span comes out of it, so it is the same number everywhere. Observations of
other media and samples are read at the same sequence number of the store; rows that are counted are read once a page.
"""

from __future__ import annotations

import hashlib
import json
import math
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cached_property
from urllib.parse import urlencode

import numpy as np
from django.conf import settings
from django.urls import reverse

from qingshan import standards
from qingshan.bureau.base import clock, packs
from qingshan.bureau.base.models import Area
from qingshan.bureau.indicators import counting, expressions, sampling, versions
from qingshan.bureau.indicators.declared import LEVELS, Indicator
from qingshan.bureau.indicators.declared_sources import KINDS, Observations
from qingshan.bureau.indicators.methods import Raw, column, exact_mean, methods
from qingshan.bureau.indicators.models import Deduction
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.reporting import Reports, together
from qingshan.bureau.indicators.series import COLUMNS, IN_FORCE, ITEM_OF, DayTable, Editions, Series
from qingshan.bureau.indicators.values import SHORT, Comparison, Input, Value, change_of, compare, evaluate, made, rounded
from qingshan.bureau.sites.models import Level, Station
from qingshan.lake import Lake, assess
from qingshan.lake.assessment import in_force_from
from qingshan.methods.air.period import sites_share
from qingshan.terms.items import AIR

IN_FORCE_FROM = in_force_from()
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
    medium: str = "air"
    body: str = ""
    """what kind of water it is: river, lake"""
    target: str = ""
    """the class it has to reach, or its functional area"""


@dataclass(frozen=True)
class Place:
    """An area and the areas in it."""

    id: int
    code: str
    name: str
    level: str
    inside: frozenset[int]
    stations: frozenset[str] | None = None
    """of a group that names stations: only these"""


class Unknown(LookupError):
    """An area, station or indicator that is not there."""


class Assessment:
    """Values of one span of days, computed once and kept."""

    def __init__(self, span: Period, sites: tuple[Site, ...], places: dict[int, Place], deductions: tuple, run, others: tuple[Site, ...] = ()):
        self.span, self.sites, self.places, self.deductions, self.run = span, sites, places, deductions, run
        self.others = others
        """stations of other media"""
        self.table = DayTable.build(run.days, span, {s.code: (s.since, s.until) for s in sites})
        self._tables: dict[tuple, DayTable] = {}
        self._samples: dict[tuple, object] = {}
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
        key = (name, named, station, period, comparison, editions.named)
        held = self._values if packs.get("indicators", name).source.kind == "observations" else _page().setdefault(self, {})
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
        said = [f"{word}{'、'.join(sorted(names[c] for c in codes))}" for word, codes in (("本期有而同期没有：", here - there), ("同期有而本期没有：", there - here)) if codes]
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
        if not isinstance(source, Observations):
            if station:
                return self._stamped(made(indicator, period, math.nan, f"{KINDS[source.kind]}没有单个站点的值"))
            return self._stamped(self._counted(indicator, place, period))
        if period.hour:
            return self._hour(indicator, place, station, period)
        if methods[source.method].grain == "samples":
            return self._sampled(indicator, place, station, period, editions, only)
        series = self.series(indicator, area=place, station=station, period=period, only=only)
        dust = tuple((day, columns) for day, columns, area in self.deductions if area is None or place is None or place.id == area)
        return replace(evaluate(indicator, series, period, editions=editions, dust=dust), run=self.identity)

    # ── one hour ──
    def _hour(self, indicator, place, station, period: Period) -> Value:
        """The mean of an hour over an area's stations; no other statistic has one."""
        source = indicator.source
        if source.method != "mean":
            return replace(made(indicator, period, math.nan, "这个口径按日评价，没有小时值"), run=self.identity)
        sites, left = ((self.codes[station],), {}) if station in self.codes else self.counted(indicator, place) if place else ((), {})
        at = datetime.combine(period.start, datetime.min.time()) + timedelta(hours=period.hour)
        used = [s for s in sites if (s.since or date.min) <= period.start <= (s.until or date.max)]
        table = lake().hours([s.code for s in used], at, at, [source.item], as_of=self.run.sequence)
        values = np.asarray(table.column(source.item).to_numpy(zero_copy_only=False), float)
        has = dict(zip(table.column("station").to_pylist(), values))
        good = {c: float(v) for c, v in has.items() if not np.isnan(v)}
        left |= {s.name: "这个小时没有有效值" for s in used if s.code not in good}
        edition = standards.get("HJ 663", at=period.end) if source.medium == "air" else None
        need = max(1, math.ceil(round((sites_share(edition, len(used)) if edition else 0.5) * len(used), 6))) if used else 1
        exact = exact_mean(np.array(list(good.values()))) if good else math.nan
        reason = "没有参加评价的站点" if not used else f"有效站点 {len(good)} 个，应不少于 {need} 个" if len(good) < need else ""
        return replace(
            made(indicator, period, exact, reason, capture=100 * len(good) / len(used) if used else math.nan, valid=len(good),
                 stations=tuple(sorted(good)), left_out=left, editions=(str(edition),) if edition else ()),
            run=self.identity,
        )  # fmt: skip

    # ── samples ──
    def samples(self, medium: str):
        """Every sample of one medium within the span, as known at the run's sequence."""
        if medium not in self._samples:
            codes = [s.code for s in self.of_medium(medium)]
            self._samples[medium] = lake().samples(codes, self.span.start, self.span.end, as_of=self.run.sequence)
        return self._samples[medium]

    def _sampled(self, indicator, place, station, period: Period, editions, only) -> Value:
        source, method = indicator.source, methods[indicator.source.method]
        if station:
            if station not in {s.code for s in self.of_medium(source.medium)}:
                raise Unknown(f"没有站点“{station}”")
            sites, left = (self.codes[station],), {}
        else:
            sites, left = self.counted(indicator, place)
        sites = tuple(s for s in sites if only is None or s.code in only)
        used = tuple(s for s in sites if (s.since or date.min) <= period.end and (s.until or date.max) >= period.start)
        left |= {s.name: f"{period.title}不在用" for s in sites if s not in used}
        part = sampling.build(self.samples(source.medium), used, period)
        if method.looks_back:
            back = Period(date(period.end.year - 1, 1, 1), period.end)
            part = replace(part, history=sampling.build(self.samples(source.medium), used, back))
        if not used:
            return self._stamped(made(indicator, period, math.nan, "没有参加评价的站点", left_out=left))
        try:
            raw = method.run(part, indicator, editions, period)
            exact, reason = raw.exact, raw.reason
        except (LookupError, ValueError) as error:
            raw, exact, reason = Raw(math.nan, np.zeros(len(used), bool)), math.nan, str(error)
        rate = sampling.capture(part, used, period, source.every, indicator.items)
        stations = tuple(s.code for s, ok in zip(used, raw.valid) if ok)
        said = dict(raw.inputs)
        left |= {s.name: said.get(s.code) or f"{period.title}没有可评价的采样数据" for s, ok in zip(used, raw.valid) if not ok}
        if not reason and not math.isnan(rate) and rate < 100 * indicator.validity.share:
            reason = f"采样完成 {rounded(rate, 1):.1f}%，低于 {indicator.validity.share:.0%}"
        inputs = tuple(Input(s.name, said.get(s.code, ""), f"/stations/{s.code}/", s.area, bool(ok)) for s, ok in zip(used, raw.valid))
        marks = tuple(dict.fromkeys([*indicator.verify, *(f"{e}：{m}" for e in raw.editions for m in e.verify)]))
        basis = {"kind": "samples", "stations": [s.code for s in used], "hash": sampling.input_hash(part), "rows": part.size,
                 "unit": station or place.code, "only": sorted(only) if only else None}  # fmt: skip
        return self._stamped(
            made(indicator, period, exact, reason, capture=rate, valid=part.size, stations=stations, left_out=left, verify=marks,
                 editions=tuple(dict.fromkeys(map(str, raw.editions))), parts=raw.parts, inputs=inputs, basis=basis)
        )  # fmt: skip

    # ── rows, reports, formulas ──
    def _counted(self, indicator, place: Place, period: Period) -> Value:
        source = indicator.source
        if source.kind == "formula":
            return self._formula(indicator, place, period)
        if source.kind == "reported":
            pieces, reason = _page().setdefault(("reports", id(self)), Reports(self.places)).pieces(indicator, place, period)
            exact = math.nan if reason else together(source, pieces)
            inputs = tuple(Input(title, text, f"{reverse('indicators:reports')}?indicator={indicator.name}#report-{pk}", area) for pk, area, title, text in pieces)
            basis = {"kind": "reports", "unit": place.code, "pieces": pieces, "hash": _hash(pieces), "rows": len(pieces), "reason": reason}
            return made(indicator, period, exact, reason, valid=len(pieces), inputs=inputs, basis=basis)
        rows = _page().setdefault(("rows", id(self)), counting.Source(self.places)).rows(source, place, period)
        exact, reason = counting.tally(source, rows)
        inputs = tuple(Input(c.title, c.said or c.amount, c.url, c.area, c.part) for c in rows.counted)
        data = rows.as_data()
        basis = {"kind": "rows", "unit": place.code, **data, "hash": _hash(data), "n": len(rows.counted)}
        return made(indicator, period, exact, reason, valid=len(rows.counted), inputs=inputs, basis=basis)

    def _formula(self, indicator, place: Place, period: Period) -> Value:
        source = indicator.source
        expression = expressions.parse(source.expression)
        parts = {name: self.value(name, area=place, period=period, comparison=False) for name in expression.names}
        inputs = tuple(
            Input(f"{v.indicator.code} {v.indicator.title}", f"{v.text} {v.unit}".strip(), f"{reverse('indicators:card', args=[name])}?{urlencode({'span': period.token, 'area': place.code})}")
            for name, v in parts.items()
        )
        said = {name: repr(v.exact if source.of == "exact" else v.value) if v.is_valid else None for name, v in parts.items()}
        lacking = [f"“{v.indicator.title}”{v.reason or SHORT}" for v in parts.values() if not v.is_valid]
        exact, reason = formula(source.expression, said) if not lacking else (math.nan, "；".join(lacking))
        rates = [v.capture for v in parts.values() if not math.isnan(v.capture)]
        basis = {"kind": "formula", "unit": place.code, "parts": said, "runs": {n: v.run for n, v in parts.items()}, "hash": _hash(said), "reason": reason}
        return made(
            indicator, period, exact, reason, capture=min(rates, default=math.nan), valid=sum(v.is_valid for v in parts.values()),
            editions=tuple(dict.fromkeys(e for v in parts.values() for e in v.editions)), inputs=inputs, basis=basis,
            verify=tuple(dict.fromkeys([*indicator.verify, *(m for v in parts.values() for m in v.verify)])),
        )  # fmt: skip

    def _stamped(self, value: Value) -> Value:
        """The value with the identity of what it was made from."""
        if not value.basis:
            return replace(value, run=self.identity)
        said = [value.indicator.model_dump_json(), value.period.token, value.basis["unit"], value.basis["hash"], *value.editions, versions.code_version()]
        return replace(value, run=hashlib.sha256("\n".join(said).encode()).hexdigest())

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


def formula(expression: str, parts: dict[str, str | None]) -> tuple[float, str]:
    """The value of an expression with its parts as written, and why there is none."""
    try:
        return float(expressions.parse(expression).value({n: Fraction(t) for n, t in parts.items() if t is not None})), ""
    except expressions.ByZero as zero:
        return math.nan, f"分母“{zero}”为 0，无从计算"
    except OverflowError:
        return math.nan, "算出的数太大，请核对算式"


def _hash(data) -> str:
    return hashlib.sha256(json.dumps(data, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


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
    if _steady.get() is not None:
        yield
        return
    token = _steady.set({})
    try:
        yield
    finally:
        _steady.reset(token)


def _page() -> dict:
    """What is remembered for the page being made; of its own where no page is (`steady`)."""
    seen = _steady.get()
    return {} if seen is None else seen


def of(period: Period, *, as_of: int | None = None) -> Assessment:
    """The assessment a period's values come from: from 1 January of the year before it, or before its last year's, to its end."""
    span = Period(date(min(period.start.year - 1, period.last_year().start.year), 1, 1), period.end)
    seen = _steady.get()
    if seen is None:
        return _assess(span, as_of)
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
    run = assess(store, span.start, span.end, stations=[s.code for s in sites], as_of=as_of)
    made = Assessment(span, sites, places, deductions, run, others)
    with _lock:
        _held[key] = made
        while len(_held) > KEPT:
            _held.popitem(last=False)
    return made


def _site(s: Station) -> Site:
    unplanned = s.unplanned if s.network.medium == "air" else ()
    return Site(s.code, s.name, s.level, s.area_id, s.since, s.until, unplanned, s.network.medium, s.body, s.target)


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
