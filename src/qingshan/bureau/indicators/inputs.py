"""What a scheme is computed from (输入): an assessment, entries, figures, units and declarations; now, or as frozen at publication."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from qingshan.bureau.base import packs
from qingshan.bureau.base.models import Organisation
from qingshan.bureau.indicators import assessments
from qingshan.bureau.indicators.assessments import Assessment, Place, Site
from qingshan.bureau.indicators.models import Entry, ImportedFigure
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.schemes import FigureSet, Scheme
from qingshan.lake import assess


@dataclass(frozen=True)
class Given:
    """One value entered or imported: for a unit in a period, on whose word."""

    id: int
    source: str
    """scheme and item of an entry (``scheme.item``), or the series of a figure"""
    unit: str
    code: str
    period: str
    value: float
    basis: str


@dataclass
class Inputs:
    """All a standing needs, and which of the given values it used."""

    held: Assessment | None
    places: dict[int, Place]
    schemes: dict[str, Scheme]
    sets: dict[str, FigureSet]
    given: tuple[Given, ...]
    departments: tuple[tuple[str, str], ...]
    as_of: datetime | None = None
    used: set[Given] = field(default_factory=set)
    stood: dict = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_place: dict[tuple[str, str, str], Given] = {}
        self._by_code: dict[tuple[str, str, str], Given] = {}
        self._named: dict[tuple[str, str], dict[str, str]] = {}
        for one in self.given:  # the later one counts
            self._by_place[one.source, one.period, one.unit] = one
            if one.code:
                self._by_code[one.source, one.period, one.code] = one
            self._named.setdefault((one.source, one.period), {})[one.unit] = one.code or one.unit

    def find(self, source: str, period: str, name: str, code: str) -> Given | None:
        """The value given for a unit, by its name or its code; None where there is none or it was withdrawn."""
        found = self._by_code.get((source, period, code)) or self._by_place.get((source, period, name))
        if found is None or (found.code and code and found.code != code):  # another village of the same name
            return None
        self.used.add(found)
        return None if math.isnan(found.value) else found

    def named(self, source: str, period: str) -> dict[str, str]:
        """Name → code of the units a source has in a period."""
        return self._named.get((source, period), {})

    def history(self, source: str, name: str, code: str, before: str) -> list[Given]:
        """What a source says of a unit in earlier years: the same month, the same span or the whole year (历年同期)."""
        found = {p for s, p, _ in self._by_place if s == source and p[4:] == before[4:] and p < before}
        return [one for p in sorted(found) if (one := self.find(source, p, name, code))]

    def areas(self, level: str) -> list[Place]:
        return sorted((p for p in self.places.values() if p.level == level), key=lambda p: p.code)

    def frozen(self) -> dict:
        """All of it as plain values, to be kept with a publication (发布时固定)."""
        held = self.held
        return {
            "schemes": {name: s.model_dump(mode="json", by_alias=True) for name, s in self.schemes.items()},
            "figures": {name: s.model_dump(mode="json", by_alias=True) for name, s in self.sets.items()},
            "given": [{**asdict(g), "value": None if math.isnan(g.value) else g.value} for g in sorted(self.used, key=_order)],
            "departments": [list(d) for d in self.departments],
            "places": [{**asdict(p), "inside": sorted(p.inside)} for p in self.places.values()],
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "sequence": held.run.sequence if held else None,
            "span": held.span.token if held else None,
            "sites": [_site_data(s) for s in held.sites] if held else [],
            "deductions": [[day, list(columns), area] for day, columns, area in held.deductions] if held else [],
        }

    @classmethod
    def thawed(cls, said: dict) -> Inputs:
        """As they were at publication: hours as stored then, everything else as kept."""
        places = {p["id"]: Place(p["id"], p["code"], p["name"], p["level"], frozenset(p["inside"])) for p in said["places"]}
        held = None
        as_of = datetime.fromisoformat(said["as_of"]) if said["as_of"] else None
        if said["span"]:
            span = Period.parse(said["span"])
            sites = tuple(Site(**_site_values(s)) for s in said["sites"])
            deductions = tuple((day, tuple(columns), area) for day, columns, area in said["deductions"])
            run = assess(assessments.lake(), span.start, span.end, stations=[s.code for s in sites], as_of=as_of or said["sequence"])
            held = Assessment(span, sites, places, deductions, run)
        given = tuple(Given(**{**g, "value": math.nan if g["value"] is None else g["value"]}) for g in said["given"])
        schemes = {name: Scheme.model_validate(s) for name, s in said["schemes"].items()}
        sets = {name: FigureSet.model_validate(s) for name, s in said["figures"].items()}
        return cls(held, places, schemes, sets, given, tuple((c, n) for c, n in said["departments"]), as_of)


def _site_data(site: Site) -> dict:
    said = asdict(site)
    return {key: value.isoformat() if key in ("since", "until") and value else value for key, value in said.items()}


def _site_values(said: dict) -> dict:
    days = {key: datetime.fromisoformat(said[key]).date() if said[key] else None for key in ("since", "until")}
    return {key: tuple(value) if isinstance(value, list) else value for key, value in said.items()} | days


def _order(given: Given) -> tuple:
    return given.source, given.period, given.unit, given.id


def input_hash(frozen: dict) -> str:
    """Of all that is kept (输入指纹)."""
    return hashlib.sha256(json.dumps(frozen, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def cutoff_of(scheme: Scheme, period: Period) -> datetime | None:
    """Until when data received count (数据截止); None where the scheme sets no time."""
    if scheme.cutoff is None:
        return None
    midnight = datetime.combine(period.end, datetime.min.time())
    return midnight + timedelta(days=scheme.cutoff.days, hours=scheme.cutoff.hour)


def with_others(scheme: Scheme) -> dict[str, Scheme]:
    """A scheme and those whose scores it takes, however deep."""
    found = {scheme.name: scheme}
    edge = [scheme]
    while edge:
        for item in edge.pop().item:
            if item.scheme and item.scheme not in found:
                found[item.scheme] = packs.get("schemes", item.scheme)
                edge.append(found[item.scheme])
    return found


def observes(scheme: Scheme) -> bool:
    """Whether anything of it comes from observations, directly or by another scheme's score."""
    return any(item.indicator for one in with_others(scheme).values() for item in one.item)


def gather(scheme: Scheme, held: Assessment | None, *, as_of: datetime | None = None) -> Inputs:
    """What there is now for a scheme; with `as_of`, only what people had entered and imported by then."""
    schemes = with_others(scheme)
    series = {i.figures for s in schemes.values() for i in s.item if i.figures}
    series |= {i.ratchet.figures for s in schemes.values() for i in s.item if i.ratchet and i.ratchet.figures}
    sets = {name: packs.get("figures", name) for name in sorted(series)}
    places = held.places if held is not None else assessments.all_places()
    departments = Organisation.objects.filter(kind=Organisation.Kind.DEPARTMENT).order_by("name")
    return Inputs(
        held, places, schemes, sets, (*_entries(schemes, as_of), *_figures(series, as_of)),
        tuple((f"org{o.pk}", str(o)) for o in departments), as_of,
    )  # fmt: skip


def _entries(schemes: Iterable[str], as_of: datetime | None) -> Iterable[Given]:
    rows = Entry.objects.filter(scheme__in=list(schemes), state=Entry.State.CONFIRMED).order_by("pk")
    rows = rows.filter(at__lte=as_of) if as_of else rows
    for pk, scheme, item, unit, code, period, value, basis in rows.values_list(
        "pk", "scheme", "item", "unit", "code", "period", "value", "basis"
    ):
        yield Given(pk, f"{scheme}.{item}", unit, code, period, math.nan if value is None else value, basis)


def _figures(series: Iterable[str], as_of: datetime | None) -> Iterable[Given]:
    rows = ImportedFigure.objects.filter(series__in=list(series)).order_by("pk")
    rows = rows.filter(at__lte=as_of) if as_of else rows
    for pk, name, unit, code, period, value, source, issued in rows.values_list(
        "pk", "series", "unit", "code", "period", "value", "source", "issued"
    ):
        yield Given(pk, name, unit, code, period, value, f"{source}，{issued}")
