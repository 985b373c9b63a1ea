"""Making the numbers of a run again (复算): from what its record kept and what the store knew at its sequence number."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, replace
from datetime import date

from qingshan.bureau.indicators import assessments, counting, evaluating, versions
from qingshan.bureau.indicators.assessments import Assessment, Place, Site
from qingshan.bureau.indicators.declared import Indicator
from qingshan.bureau.indicators.declared_rosters import Roster
from qingshan.bureau.indicators.models import AssessmentRun
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.reporting import together
from qingshan.bureau.indicators.values import Value, made
from qingshan.lake import assess


@dataclass(frozen=True)
class Outcome:
    """What came of a recomputation: whether it is the same, and if not, what changed in the words a person can act on."""

    same: bool
    result_hash: str
    words: str
    held: Assessment | None = None
    value: Value | None = None


def result_hash(value: Value) -> str:
    """Of one value: published, unrounded, reason, editions (结果指纹)."""
    said = [value.name, value.period.token, value.value, repr(value.exact), value.text, value.reason, list(value.editions)]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def about(held: Assessment) -> dict:
    """The stations, areas and deducted days of an assessment, as plain values."""
    return {"sites": _sites(held.sites), "places": _places(held), "deductions": [[d, list(c), a] for d, c, a in held.deductions]}


def about_value(held: Assessment, value: Value) -> dict:
    """The definition of one value and all it was made of."""
    more = {"sites": _sites(held.others), "places": _places(held)} if value.basis["kind"] == "samples" else {}
    return {"declared": value.indicator.model_dump(mode="json", by_alias=True), "period": value.period.token, "input": value.basis, **more}


def _sites(sites) -> list[dict]:
    return [asdict(s) | {"since": s.since and s.since.isoformat(), "until": s.until and s.until.isoformat()} for s in sites]


def _places(held: Assessment) -> list[list]:
    return [[p.id, p.code, p.name, p.level, sorted(p.inside)] for p in held.places.values()]


def again(run: AssessmentRun) -> Outcome:
    """Compute a run once more and say whether it gave the same."""
    if run.kind == "days":
        held = _held(run)
        same = held.result_hash == run.result_hash and held.run.input_hash == run.input_hash
        return Outcome(same, held.result_hash, _words(run, same, held.run.input_hash, held.run.code_version), held)
    value = _value(run)
    found = result_hash(value)
    same = found == run.result_hash
    return Outcome(same, found, _words(run, same, value.basis.get("hash", run.input_hash), versions.code_version()), value=value)


def _words(run: AssessmentRun, same: bool, input_hash: str, code: str) -> str:
    if same:
        return "结果一致"
    if input_hash != run.input_hash:
        return "结果不一致：输入不同，数据目录里缺少当时的数据版本"
    if code != run.code_version:
        return f"结果不一致：程序或标准数据已换版，当时为 {run.code_version}，现在为 {code}"
    return "结果不一致，请查看口径声明与站点登记是否改动"


def _held(run: AssessmentRun) -> Assessment:
    """The assessment of a run, its stations and areas as they were."""
    kept = run.about
    if not kept:  # recorded before runs kept their stations: those of today under the same codes
        now = assessments.of(Period(date(run.start.year + 1, 1, 1), run.end), as_of=run.sequence)
        return Assessment(now.span, tuple(s for s in now.sites if s.code in run.stations), now.places, now.deductions, now.run, now.others)
    made_of = tuple(_site(s) for s in kept["sites"])
    places = {row[0]: Place(row[0], row[1], row[2], row[3], frozenset(row[4])) for row in kept["places"]}
    deductions = tuple((d, tuple(c), a) for d, c, a in kept.get("deductions", ()))
    air, others = tuple(s for s in made_of if s.medium == "air"), tuple(s for s in made_of if s.medium != "air")
    span = Period(run.start, run.end) if run.kind == "days" else Period(date(run.start.year - 1, 1, 1), run.end)
    found = assess(assessments.lake(), span.start, span.end, stations=[s.code for s in air], as_of=run.sequence)
    return Assessment(span, air, places, deductions, found, others)


def _site(said: dict) -> Site:
    days = {name: date.fromisoformat(said[name]) if said[name] else None for name in ("since", "until")}
    return Site(**(said | days | {"unplanned": tuple(said["unplanned"]), "plan": tuple(said.get("plan", ()))}))


def _value(run: AssessmentRun) -> Value:
    indicator, period = Indicator.model_validate(run.about["declared"]), Period.parse(run.about["period"])
    kept = run.about["input"]
    if run.kind == "samples":
        held = _held(run)
        unit, roster = kept["unit"], Roster.model_validate(kept["roster"]) if kept.get("roster") else None
        place = next((p for p in held.places.values() if p.code == unit), None)
        only = frozenset(kept["stations"])
        if place is None:
            station = unit if unit in held.codes else ""
            if not station:
                place = Place(-1, unit, unit, "group", frozenset(held.places), only)
            return evaluating.sampled(held, indicator, place, station, period, assessments.IN_FORCE, None, roster)
        return evaluating.sampled(held, indicator, place, "", period, assessments.IN_FORCE, only, roster)
    if run.kind == "rows":
        exact, reason = counting.tally(indicator.source, counting.Rows.from_data(kept))
    elif run.kind == "reports":
        reason = kept["reason"]
        exact = math.nan if reason else together(indicator.source, kept["pieces"])
    else:
        lacking = [n for n, text in kept["parts"].items() if text is None]
        exact, reason = (math.nan, kept["reason"]) if lacking else evaluating.formula(indicator.source.expression, kept["parts"])
    value = made(indicator, period, exact, reason, editions=tuple(run.editions), basis=kept)
    return replace(value, run=run.identity)
