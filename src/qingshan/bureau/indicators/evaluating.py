"""Values that are not made of station days: an hour, samples, rows that are counted, reports, formulas (各种来源的求值)."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlencode

import numpy as np
from django.urls import reverse

from qingshan import standards
from qingshan.bureau.base import expressions
from qingshan.bureau.indicators import counting, rosters, sampling, versions
from qingshan.bureau.indicators.methods import Raw, exact_mean, methods
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.places import Place, Unknown
from qingshan.bureau.indicators.reporting import Reports, together
from qingshan.bureau.indicators.stores import lake, page
from qingshan.bureau.indicators.values import SHORT, Input, Value, made, rounded
from qingshan.methods.air.period import sites_share
from qingshan.terms import items

if TYPE_CHECKING:
    from qingshan.bureau.indicators.assessments import Assessment
    from qingshan.bureau.indicators.declared_rosters import Roster


def hour(held: Assessment, indicator, place, station, period: Period) -> Value:
    """The mean of an hour over an area's stations; no other statistic has one."""
    source = indicator.source
    if source.method != "mean":
        return replace(made(indicator, period, math.nan, "这个口径按日评价，没有小时值"), run=held.identity)
    sites, left = ((held.codes[station],), {}) if station in held.codes else held.counted(indicator, place) if place else ((), {})
    at = datetime.combine(period.start, datetime.min.time()) + timedelta(hours=period.hour)
    used = [s for s in sites if (s.since or date.min) <= period.start <= (s.until or date.max)]
    table = lake().hours([s.code for s in used], at, at, [source.item], as_of=held.run.sequence)
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
        run=held.identity,
    )  # fmt: skip


def sampled(
    held: Assessment, indicator, place, station, period: Period, editions, only, roster: Roster | Literal["now"] | None = "now"
) -> Value:
    """The value of an area's or one station's samples, by the indicator's method; what takes no part is named with its reason.

    `roster`: the list as a run kept it, None where it had none; by default the one in force now.
    """
    source, method = indicator.source, methods[indicator.source.method]
    roster = rosters.of(indicator, period) if roster == "now" else roster
    if station:
        if station not in {s.code for m in (source.medium, *source.also) for s in held.of_medium(m)}:
            raise Unknown(f"没有站点“{station}”")
        sites, left = (held.codes[station],), {}
    elif roster:
        sites, left = rosters.sites(roster, held, indicator, place)
    else:
        sites, left = held.counted(indicator, place)
        if only is None and (other := rosters.beside(indicator, period)):
            others = {row.code for row in other.station}
            left |= {s.name: f"在“{other.title}”上，另有口径" for s in sites if s.code in others}
            sites = tuple(s for s in sites if s.code not in others)
    sites = tuple(s for s in sites if only is None or s.code in only)
    in_use = tuple(s for s in sites if (s.since or date.min) <= period.end and (s.until or date.max) >= period.start)
    used = sites if roster else in_use
    left |= {s.name: f"{period.title}不在用" for s in sites if s not in used}
    title = roster.title if roster and not station else ""
    outside = _outside_plan(held, indicator, used) if not station and not roster else set()
    left |= {s.name: f"监测项目里没有{_names(indicator)}" for s in used if s in outside}
    used = tuple(s for s in used if s not in outside)
    part = sampling.build(held.samples(source.medium), used, period, title)
    if source.also:
        part = replace(part, further={m: sampling.build(held.samples(m), used, period, title) for m in source.also})
    rows = part.size + sum(more.size for more in part.further.values())
    if method.looks_back:
        back = Period(date(period.end.year - 1, 1, 1), period.end)
        part = replace(part, history=sampling.build(held.samples(source.medium), used, back, title))
    if not used:
        return stamped(held, made(indicator, period, math.nan, "没有参加评价的站点", left_out=left))
    try:
        raw = method.run(part, indicator, editions, period)
        exact, reason = raw.exact, raw.reason
    except (LookupError, ValueError) as error:
        raw, exact, reason = Raw(math.nan, np.zeros(len(used), bool)), math.nan, str(error)
    rate = sampling.capture(part, used, period, source.every, indicator.items, raw.due)
    stations = tuple(s.code for s, ok in zip(used, raw.valid) if ok)
    said = dict(raw.inputs)
    left |= {s.name: said.get(s.code) or f"{period.title}没有可评价的采样数据" for s, ok in zip(used, raw.valid) if not ok}
    decided = bool(title) and source.absent in ("kept", "last")  # the list's policy says what absent stations do
    if not reason and not decided and not math.isnan(rate) and rate < 100 * indicator.validity.share:
        reason = f"采样完成 {rounded(rate, 1):.1f}%，低于 {indicator.validity.share:.0%}"
    inputs = tuple(Input(s.name, said.get(s.code, ""), f"/stations/{s.code}/", s.area, bool(ok)) for s, ok in zip(used, raw.valid))
    read_nowhere = [f"{e}：{m}" for e in raw.editions for m in e.verify]
    marks = tuple(dict.fromkeys([*indicator.verify, *(roster.verify if roster else ()), *read_nowhere]))
    basis = {"kind": "samples", "stations": [s.code for s in used], "hash": sampling.input_hash(part), "rows": rows,
             "unit": station or place.code, "only": sorted(only) if only else None}  # fmt: skip
    if roster:
        basis["roster"] = roster.model_dump(mode="json", by_alias=True)
    notes = raw.notes
    if source.roster and not roster:
        said = f"{period.end.year}年没有“{rosters.title(source.roster)}”名单，按登记在用的点位计，没有结果的不进分母"
        notes = notes if raw.reason else (said, *notes)
    return stamped(held, 
        made(indicator, period, exact, reason, capture=rate, valid=rows, stations=stations, left_out=left, verify=marks,
             editions=tuple(dict.fromkeys(map(str, raw.editions))), parts=raw.parts, inputs=inputs, basis=basis, notes=notes)
    )  # fmt: skip


def _outside_plan(held: Assessment, indicator, sites) -> set:
    """Stations whose plan has none of the items asked for and that were never sampled for them: they owe no sample."""
    if not indicator.items:
        return set()
    table = held.samples(indicator.source.medium)
    sampled_too = {c for c, i in zip(table["station"].to_pylist(), table["item"].to_pylist()) if i in indicator.items}
    return {s for s in sites if s.plan and not set(s.plan) & set(indicator.items) and s.code not in sampled_too}


def _names(indicator) -> str:
    return "、".join(items.get(i, indicator.medium).name for i in indicator.items)


def counted(held: Assessment, indicator, place: Place, period: Period) -> Value:
    """The value of rows, reports or a formula of one area."""
    source = indicator.source
    if source.kind == "formula":
        return computed(held, indicator, place, period)
    if source.kind == "reported":
        pieces, reason = page().setdefault(("reports", id(held)), Reports(held.places)).pieces(indicator, place, period)
        exact = math.nan if reason else together(source, pieces)
        inputs = tuple(
            Input(title, text, f"{reverse('indicators:reports')}?indicator={indicator.name}#report-{pk}", area)
            for pk, area, title, text in pieces
        )
        basis = {"kind": "reports", "unit": place.code, "pieces": pieces, "hash": digest(pieces), "rows": len(pieces), "reason": reason}
        return made(indicator, period, exact, reason, valid=len(pieces), inputs=inputs, basis=basis)
    rows = page().setdefault(("rows", id(held)), counting.Source(held.places)).rows(source, place, period)
    exact, reason = counting.tally(source, rows)
    inputs = tuple(Input(c.title, "，".join(filter(None, [c.amount, c.said])), c.url, c.area, c.part) for c in rows.counted)
    data = rows.as_data()
    basis = {"kind": "rows", "unit": place.code, **data, "hash": digest(data), "n": len(rows.counted)}
    return made(indicator, period, exact, reason, valid=len(rows.counted), inputs=inputs, basis=basis)


def computed(held: Assessment, indicator, place: Place, period: Period) -> Value:
    """The value of a formula, with its parts of the same area and period."""
    source = indicator.source
    expression = expressions.parse(source.expression)
    parts = {}
    for name in expression.names:
        base, is_before = expressions.split(name)
        span = period.last_year() if is_before else period
        parts[name] = held.value(base, area=place, period=span, comparison=False)
    inputs = tuple(
        Input(
            f"{v.indicator.code} {v.indicator.title}" + (f"（{v.period.title}）" if v.period != period else ""),
            f"{v.text} {v.unit}".strip() if v.is_valid else v.text,
            f"{reverse('indicators:card', args=[v.name])}?{urlencode({'span': v.period.token, 'area': place.code})}",
            counted=v.is_valid,
        )
        for name, v in parts.items()
    )
    said = {name: repr(v.exact if source.of == "exact" else v.value) if v.is_valid else None for name, v in parts.items()}
    lacking = [
        f"“{v.indicator.title}”{v.period.title + '：' if v.period != period else ''}{v.reason or SHORT}"
        for v in parts.values()
        if not v.is_valid
    ]
    exact, reason = formula(source.expression, said) if not lacking else (math.nan, "；".join(lacking))
    rates = [v.capture for v in parts.values() if not math.isnan(v.capture)]
    basis = {
        "kind": "formula",
        "unit": place.code,
        "parts": said,
        "runs": {n: v.run for n, v in parts.items()},
        "hash": digest(said),
        "reason": reason,
    }
    return made(
        indicator, period, exact, reason, capture=min(rates, default=math.nan), valid=sum(v.is_valid for v in parts.values()),
        editions=tuple(dict.fromkeys(e for v in parts.values() for e in v.editions)), inputs=inputs, basis=basis,
        verify=tuple(dict.fromkeys([*indicator.verify, *(m for v in parts.values() for m in v.verify)])),
    )  # fmt: skip


def stamped(held: Assessment, value: Value) -> Value:
    """The value with the identity of what it was made from."""
    if not value.basis:
        return replace(value, run=held.identity)
    said = [
        value.indicator.model_dump_json(),
        value.period.token,
        value.basis["unit"],
        value.basis["hash"],
        *value.editions,
        versions.code_version(),
    ]
    return replace(value, run=hashlib.sha256("\n".join(said).encode()).hexdigest())


def formula(expression: str, parts: dict[str, str | None]) -> tuple[float, str]:
    """The value of an expression with its parts as written, and why there is none."""
    try:
        return float(expressions.parse(expression).value({n: Fraction(t) for n, t in parts.items() if t is not None})), ""
    except expressions.ByZero as zero:
        return math.nan, f"分母“{zero}”为 0，无从计算"
    except OverflowError:
        return math.nan, "算出的数太大，请核对算式"


def digest(data) -> str:
    """SHA-256 of plain values."""
    return hashlib.sha256(json.dumps(data, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
