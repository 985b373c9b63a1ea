"""One item of one unit (分项数值): its value from where the scheme says, what is taken of it, and why there is none."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from qingshan.bureau.base import packs
from qingshan.bureau.indicators.assessments import AGAIN, Assessment, Place
from qingshan.bureau.indicators.inputs import Inputs
from qingshan.bureau.indicators.methods import methods
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.scheme_items import Item
from qingshan.bureau.indicators.schemes import Scheme
from qingshan.bureau.indicators.series import IN_FORCE, Editions
from qingshan.bureau.indicators.subjects import described
from qingshan.bureau.indicators.units import Unit, months_of
from qingshan.bureau.indicators.values import SHORT, Value, compare, evaluate, figure, rounded
from qingshan.methods import scoring

NO_ENTRY = "还没有填报"
Scores = Callable[[Item, Unit, Period], tuple[list[float], int, str]]
"""what a unit scored under another scheme: by month or span, how many of them there are, and why there is none"""


@dataclass(frozen=True)
class Cell:
    """One item of one unit: its value, the number that enters the points, and where it came from."""

    value: float = math.nan
    text: str = "—"
    taken: float = math.nan
    taken_text: str = ""
    exact: float = math.nan
    capture: float = math.nan
    capture_text: str = "—"
    valid: int = 0
    reason: str = ""
    note: str = ""
    before: float = math.nan
    best: float = math.nan
    source: str = ""
    found: Value | None = None


EMPTY = Cell()


def cell(
    inputs: Inputs, scheme: Scheme, item: Item, unit: Unit, period: Period, score_of: Scores, *, compared: bool = True
) -> Cell:  # fmt: skip
    """An item of a unit, with the number that enters its points and, where there is none, why."""
    span = period.to_date() if item.span == "to_date" else period
    counts = item.take.kind in ("change", "difference") or (item.ratchet is not None and item.ratchet.against == "last_year")
    now = _looked_up(inputs, scheme, item, unit, span, score_of, compared=compared or counts)
    if counts or (compared and scheme.is_plain and not item.indicator):
        now = _beside_last_year(inputs, scheme, item, unit, span, score_of, now)
    if item.ratchet and item.ratchet.against == "best":
        better = described(item)[2]
        past = [g.value for g in inputs.history(item.ratchet.figures, unit.name, unit.code, span.token)]
        now = replace(now, best=(min(past) if better == "lower" else max(past)) if past else math.nan)
    return _taken(item, now)


def as_taken(item: Item, before: float, values: np.ndarray) -> np.ndarray:
    """The numbers that enter the points for other values of an item, against the same last year."""
    if item.take.kind == "change":
        return scoring.change_rate(values, np.full(values.shape, before))
    if item.take.kind == "difference":
        return np.round(values - before, described(item)[3])
    if item.take.kind == "ratio":
        return scoring.ratio(values, np.full(values.shape, item.take.target))
    return values


def _taken(item: Item, now: Cell) -> Cell:
    if now.reason or now.value != now.value:
        return replace(now, taken=math.nan, reason=now.reason or SHORT)
    kind = item.take.kind
    if kind == "value":
        return replace(now, taken=now.value, taken_text=now.text)
    if kind == "ratio":
        taken = float(scoring.ratio([now.value], [item.take.target])[0])
        return replace(now, taken=taken, taken_text=f"{figure(taken, 1)}%")
    if kind == "change":
        taken = float(scoring.change_rate([now.value], [now.before])[0])
        text = f"同比{figure(taken, 1)}%"
    else:
        decimals = described(item)[3]
        taken = rounded(now.value - now.before, decimals) if now.before == now.before else math.nan
        text = f"同比{figure(taken, decimals)}"
    if taken != taken:
        return replace(now, reason="没有去年同期数据，不能算同比")
    return replace(now, taken=taken, taken_text=text)


def _beside_last_year(inputs: Inputs, scheme: Scheme, item: Item, unit: Unit, span: Period, score_of: Scores, now: Cell) -> Cell:
    """With last year's same span; where a change of edition lies between, both sides by one edition (回算)."""
    then = now.found.last_year if now.found else None
    if now.found is not None:
        if then is None:
            return now
        if then.crosses and then.now_again is not None and then.then_again is not None:
            again, before = then.now_again, then.then_again
            if again.value is None or before.value is None:
                return replace(now, note=then.note)
            return replace(now, value=again.value, text=again.text, before=before.value, note=then.note)
        return replace(now, before=math.nan if then.then.value is None else then.then.value)
    before = _looked_up(inputs, scheme, item, unit, span.last_year(), score_of)
    return replace(now, before=math.nan if before.reason else before.value)


def _looked_up(
    inputs: Inputs, scheme: Scheme, item: Item, unit: Unit, span: Period, score_of: Scores, *, compared: bool = False
) -> Cell:  # fmt: skip
    if item.indicator:
        return _observed(inputs, scheme, item, unit, span, compared=compared)
    if item.scheme:
        got, wanted, why = score_of(item, unit, span)
        return _together(item, got, wanted, why, described(item)[3])
    return _given(inputs, scheme, item, unit, span)


def _observed(inputs: Inputs, scheme: Scheme, item: Item, unit: Unit, span: Period, *, compared: bool) -> Cell:
    if unit.place is None:
        return Cell(reason="不是本区区划，没有监测值")
    if inputs.held is None or span.start < inputs.held.span.start:
        return Cell(reason="没有监测数据")
    found = value_of(inputs.held, item.indicator, unit.place, span, scheme.dust, compared=compared)
    why = found.reason
    if not math.isnan(found.capture) and found.capture < scheme.capture:
        why = f"捕集率 {found.capture_text}%，低于 {scheme.capture:g}%" + (f"；{found.reason}" if found.reason else "")
    text = found.text if found.is_valid else (found.computed or SHORT)
    value = math.nan if found.value is None else found.value
    return Cell(value, text, exact=found.exact, capture=found.capture, capture_text=found.capture_text, valid=found.valid, reason=why,
                note=found.last_year.note if found.last_year else "", found=found)  # fmt: skip


def value_of(held: Assessment, name: str, place: Place, span: Period, dust: str, *, compared: bool = True) -> Value:
    """An area's value, with sand and dust days treated as a scheme says (沙尘口径)."""
    indicator = packs.get("indicators", name)
    source = indicator.source
    by_days = source.kind == "observations" and methods[source.method].grain == "days"
    if dust in ("definition", indicator.dust) or not by_days:
        return held.value(name, area=place, period=span, comparison=compared)
    said = indicator.model_copy(update={"dust": dust})
    days = tuple((day, columns) for day, columns, area in held.deductions if area is None or area == place.id)

    def at(when: Period, editions: Editions = IN_FORCE) -> Value:
        return evaluate(said, held.series(said, area=place, period=when), when, editions=editions, dust=days)

    now, before = at(span), span.last_year()
    if not compared or before.start < held.span.start:
        return now
    then = at(before)
    if not said.is_sensitive or set(now.editions) == set(then.editions):
        return replace(now, last_year=compare(said, now, then))
    again = (at(span, AGAIN), at(before, AGAIN))
    return replace(now, last_year=compare(said, now, then, again, again[0].edition))


def _given(inputs: Inputs, scheme: Scheme, item: Item, unit: Unit, span: Period) -> Cell:
    source = item.figures or f"{scheme.name}.{item.name}"
    decimals = described(item)[3]
    exact = inputs.find(source, span.token, unit.name, unit.code)
    if exact is not None:
        value = rounded(exact.value, decimals)
        return Cell(value, figure(value, decimals), exact=exact.value, capture_text="", valid=1, source=exact.basis)
    missing = NO_ENTRY if item.entered else "没有导入这一时段的数据"
    months = months_of(span)
    if len(months) < 2:
        return Cell(reason=missing)
    found = [g for m in months if (g := inputs.find(source, m.token, unit.name, unit.code)) is not None]
    made = _together(item, [g.value for g in found], len(months), missing, decimals)
    return replace(made, source="；".join(dict.fromkeys(g.basis for g in found))[:200])


def _together(item: Item, got: list[float], wanted: int, why: str, decimals: int) -> Cell:
    """Months as one value: their mean, sum or the last; one that lacks months says so."""
    if not got:
        return Cell(reason=why or SHORT)
    number = got[-1] if item.over == "last" else math.fsum(got) / (1 if item.over == "sum" else len(got))
    value = rounded(number, decimals)
    note = f"{wanted} 个月里有 {len(got)} 个月" if len(got) < wanted else ""
    return Cell(value, figure(value, decimals), exact=number, capture_text="", valid=len(got), note=note)
