"""Ranking of towns by a declared scheme (镇街排名), from one assessment."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, fields

from qingshan.bureau.base import packs
from qingshan.bureau.indicators.assessments import Assessment, Place
from qingshan.bureau.indicators.declared import Scheme
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.values import SHORT, Value
from qingshan.stats import ranking


@dataclass(frozen=True)
class Row:
    """One unit's line. `rank` 0: not ranked, and `reason` says why."""

    area: int
    code: str
    name: str
    rank: int
    tied: bool
    text: str
    value: float | None
    change: str
    rising: bool
    movement: int | None
    to_date: str
    to_date_rank: int
    capture: str
    valid: int
    reason: str = ""


@dataclass(frozen=True)
class Table:
    """A ranking: rows in order of rank, then those that take no part."""

    scheme: str
    indicator: str
    period: str
    rows: tuple[Row, ...]
    out: tuple[Row, ...]
    mean: float | None
    mean_text: str
    ranked_before: int
    note: str = ""

    @property
    def result_hash(self) -> str:
        """Of every figure and name in it, in order (结果指纹)."""
        return hashlib.sha256(json.dumps(asdict(self), ensure_ascii=False, sort_keys=True).encode()).hexdigest()

    def as_data(self) -> dict:
        return asdict(self)

    @classmethod
    def from_data(cls, data: dict) -> Table:
        values = {f.name: data[f.name] for f in fields(cls)}
        values["rows"] = tuple(Row(**row) for row in values["rows"])
        values["out"] = tuple(Row(**row) for row in values["out"])
        return cls(**values)


def compute(assessment: Assessment, scheme: Scheme, period: Period) -> Table:
    """The ranking of one period, with last month's movement, last year's change and the year to date."""
    indicator = packs.get("indicators", scheme.indicator)
    towns = assessment.towns
    values = {t.id: assessment.value(scheme.indicator, area=t, period=period) for t in towns}
    running = {t.id: assessment.value(scheme.indicator, area=t, period=period.to_date(), comparison=False) for t in towns}
    places, running_places = _places(scheme, indicator.better, towns, values), _places(scheme, indicator.better, towns, running)
    moved, before = _movement(assessment, scheme, indicator.better, towns, values, period)
    rows = [_row(scheme, t, values[t.id], running[t.id], places, running_places, moved) for t in towns]
    mean = assessment.value(scheme.indicator, area=assessment.district, period=period, comparison=False)
    crossing = next((v.last_year.note for v in values.values() if v.last_year and v.last_year.note), "")
    ranked = sorted((r for r in rows if r.rank), key=lambda r: (r.rank, r.code))
    apart = tuple(sorted((r for r in rows if not r.rank), key=lambda r: r.code))
    return Table(scheme.name, scheme.indicator, period.token, tuple(ranked), apart, mean.value, mean.text, before, crossing)


def reason(scheme: Scheme, value: Value) -> str:
    """Why a unit takes no part (不参与排名的原因); empty where it does."""
    if not math.isnan(value.capture) and value.capture < scheme.capture:
        return f"捕集率 {value.capture_text}%，低于 {scheme.capture:g}%" + (f"；{value.reason}" if value.reason else "")
    return value.reason


def _key(scheme: Scheme, value: Value) -> float:
    if reason(scheme, value) or value.value is None:
        return math.nan
    return value.value if scheme.compare == "published" else value.exact


def _places(scheme: Scheme, better: str, towns: tuple[Place, ...], values: dict[int, Value]) -> dict[int, int]:
    keys = [_key(scheme, values[t.id]) for t in towns]
    return {t.id: int(place) for t, place in zip(towns, ranking.rank(keys, descending=better == "higher") if towns else (), strict=True)}


def _movement(assessment, scheme, better, towns, values, period) -> tuple[dict[int, int], int]:
    """Places gained since the period before, counted among the units present in both; and how many those are."""
    before = period.previous()
    if before.start < assessment.span.start:
        return {}, 0
    earlier = {t.id: assessment.value(scheme.indicator, area=t, period=before, comparison=False) for t in towns}
    both = tuple(t for t in towns if not math.isnan(_key(scheme, values[t.id])) and not math.isnan(_key(scheme, earlier[t.id])))
    now, then = _places(scheme, better, both, values), _places(scheme, better, both, earlier)
    return {t.id: then[t.id] - now[t.id] for t in both}, len(both)


def _row(scheme, town: Place, value: Value, running: Value, places, running_places, moved) -> Row:
    why, then = reason(scheme, value), value.last_year
    rank = places[town.id]
    tied = bool(rank) and list(places.values()).count(rank) > 1
    rising = bool(then and then.change is not None and then.change > 0)
    text = value.text if value.is_valid else (value.computed or SHORT)
    return Row(
        town.id, town.code, town.name, rank, tied, text, value.value, then.text if then and not why else "—", rising and not why,
        moved.get(town.id), running.text if running.is_valid else "—", running_places[town.id], value.capture_text, value.valid, why,
    )  # fmt: skip


def history(assessment: Assessment, scheme: Scheme, period: Period) -> dict[str, list[int | None]]:
    """Places by month of the period's year up to it (各月位次), by unit; None where it took no part."""
    better = packs.get("indicators", scheme.indicator).better
    months = [Period.month(period.end.year, m) for m in range(1, period.end.month + 1)]
    lines: dict[str, list[int | None]] = {t.name: [] for t in assessment.towns}
    for month in months:
        cut = Period(month.start, min(month.end, period.end))
        values = {t.id: assessment.value(scheme.indicator, area=t, period=cut, comparison=False) for t in assessment.towns}
        places = _places(scheme, better, assessment.towns, values)
        for t in assessment.towns:
            lines[t.name].append(places[t.id] or None)
    return lines
