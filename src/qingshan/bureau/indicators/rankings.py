"""The table of a scheme (排名表、成绩表): rows in order of place with what stands beside them, from one set of inputs."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, fields

import numpy as np

from qingshan.bureau.indicators.assessments import Assessment
from qingshan.bureau.indicators.inputs import Inputs, gather
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.schemes import Scheme
from qingshan.bureau.indicators.standings import Standing, stand
from qingshan.bureau.indicators.subjects import subject
from qingshan.bureau.indicators.units import Unit
from qingshan.bureau.indicators.values import SHORT, Value, figure, rounded, signed
from qingshan.methods import scoring

LATER = ("group", "grade", "parts", "extra", "money", "vetoed", "goal")
"""fields that came after the first tables were published: left out where empty, so that those keep their fingerprint"""


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
    group: str = ""
    grade: str = ""
    parts: tuple[dict, ...] = ()
    """of each item: name, title, value in words, points, full marks, whether a rule filled a gap"""
    extra: float = 0.0
    money: tuple[dict, ...] = ()
    vetoed: str = ""


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
    goal: tuple[dict, ...] = ()
    """places to hold and whether they are"""

    @property
    def result_hash(self) -> str:
        """Of every figure and name in it, in order (结果指纹)."""
        return hashlib.sha256(json.dumps(self.as_data(), ensure_ascii=False, sort_keys=True).encode()).hexdigest()

    def as_data(self) -> dict:
        said = _kept(asdict(self))
        said["rows"], said["out"] = ([_kept(row) for row in said[part]] for part in ("rows", "out"))
        return said

    @classmethod
    def from_data(cls, data: dict) -> Table:
        values = {f.name: data[f.name] for f in fields(cls) if f.name in data}
        values["rows"] = tuple(_row_of(row) for row in values["rows"])
        values["out"] = tuple(_row_of(row) for row in values["out"])
        values["goal"] = tuple(values.get("goal", ()))
        return cls(**values)

    @property
    def is_scored(self) -> bool:
        return any(row.parts for row in (*self.rows, *self.out))


def _kept(said: dict) -> dict:
    return {key: value for key, value in said.items() if key not in LATER or value}


def _row_of(data: dict) -> Row:
    return Row(**{key: tuple(value) if isinstance(value, list) else value for key, value in data.items()})


def compute(assessment: Assessment | None, scheme: Scheme, period: Period, inputs: Inputs | None = None) -> Table:
    """The table of one period, with the movement since the one before, last year's change and the year to date."""
    given = inputs or gather(scheme, assessment)
    now = stand(given, scheme, period)
    before = _before(given, scheme, period)
    running = _running(given, scheme, period)
    moved, ranked_before = _movement(now, before)
    rows = [_row(now, k, before, running, moved) for k in range(len(now.units))]
    ranked = sorted((r for r in rows if r.rank), key=lambda r: (_group_at(scheme, r), r.rank, r.code, r.name))
    apart = tuple(sorted((r for r in rows if not r.rank), key=lambda r: (r.code, r.name)))
    mean, mean_text = _mean(given, now)
    notes = dict.fromkeys(c.note for row in now.cells for c in row if c.note and c.found is not None)
    return Table(
        scheme.name, scheme.indicator, period.token, tuple(ranked), apart, mean, mean_text, ranked_before, next(iter(notes), ""),
        tuple(_goals(given, now)),
    )  # fmt: skip


def _group_at(scheme: Scheme, row: Row) -> int:
    if scheme.within != "group":
        return 0
    return next((i for i, g in enumerate(scheme.group) if g.title == row.group), len(scheme.group))


def previous(scheme: Scheme, period: Period) -> Period:
    """The period of the scheme's rhythm just before (上期)."""
    if scheme.rhythm == "year" and period.is_year:
        return Period.year(period.start.year - 1)
    if scheme.rhythm == "quarter" and period.is_whole_months and period.n_days > 31:
        year, month = (period.start.year, period.start.month - 3) if period.start.month > 3 else (period.start.year - 1, 10)
        return Period.months(year, month, month + 2)
    return period.previous()


def _before(inputs: Inputs, scheme: Scheme, period: Period) -> Standing | None:
    earlier = previous(scheme, period)
    if inputs.held is not None and earlier.start < inputs.held.span.start:
        return None
    if scheme.accumulate and earlier.start.year != period.start.year:
        return None  # a new year's table begins from nothing
    return stand(inputs, scheme, earlier, compared=False)


def _running(inputs: Inputs, scheme: Scheme, period: Period) -> Standing | None:
    """The year to date beside the period; of a league table, the month by itself."""
    if scheme.accumulate:
        return Standing(inputs, scheme, period, compared=False)
    if not scheme.is_plain or scheme.rhythm == "year":
        return None
    return stand(inputs, scheme, period.to_date(), compared=False)


def _movement(now: Standing, before: Standing | None) -> tuple[dict[str, int], int]:
    """Places gained since the period before, counted among the units present in both; and how many those are."""
    if before is None:
        return {}, 0
    then = {u.code: float(k) for u, k in zip(before.units, before.key, strict=True)}
    earlier = [then.get(u.code, math.nan) for u in now.units]
    both = [not (math.isnan(a) or math.isnan(b)) for a, b in zip(now.key, earlier, strict=True)]
    new = now.placed(_only(now.key, both))
    old = now.placed(_only(earlier, both))
    return {u.code: int(old[k] - new[k]) for k, u in enumerate(now.units) if both[k]}, sum(both)


def _only(keys, keep) -> np.ndarray:
    return np.where(keep, np.asarray(keys, float), np.nan)


def _row(now: Standing, k: int, before: Standing | None, running: Standing | None, moved: dict[str, int]) -> Row:
    unit, scheme, what = now.units[k], now.scheme, subject(now.scheme)
    rank, why = int(now.places[k]), now.reason(k)
    if not rank and not why:
        why = "没有归入任何一个考核分组"
    pool = [u for p in now.pools if p[k] for u in p.nonzero()[0]]
    tied = bool(rank) and sum(int(now.places[u]) == rank for u in pool) > 1
    value, text = float(now.key[k]), ""
    cell = now.cells[0][k]
    if scheme.is_plain:
        text, value = cell.text, cell.value
    else:
        text = figure(value, what.decimals) if value == value else SHORT
    change, rising = _change(now, k, before, why)
    to_date, to_date_rank = _to_date(running, unit)
    captures = [(c.capture, c.capture_text) for row in now.cells if not math.isnan((c := row[k]).capture)]
    valid = max((row[k].valid for row in now.cells), default=0)
    return Row(
        unit.place.id if unit.place else 0, unit.code, unit.name, rank, tied, text, None if value != value else value, change, rising,
        moved.get(unit.code), to_date, to_date_rank, min(captures, default=(0.0, "—"))[1], valid, why,
        unit.group.title if unit.group else "", now.grades[k], () if scheme.is_plain else parts(now, k), float(now.extras[k]),
        tuple({"title": t, "amount": a, "unit": u} for t, a, u in now.money_of(k)), "、".join(t for t, _ in now.vetoes[k]),
    )  # fmt: skip


def parts(now: Standing, k: int) -> tuple[dict, ...]:
    """What each item gives a unit (分项得分)."""
    out = []
    for i, item in enumerate(now.scheme.item):
        if now.marks[i, k] <= 0:
            continue
        c, got = now.cells[i][k], float(now.scores.points[i, k])
        out.append({
            "name": item.name, "text": c.text if not c.reason else "—", "taken": c.taken_text if item.take.kind != "value" else "",
            "points": None if got != got else got, "marks": round(float(now.scores.marks[i, k]), 6),
            "filled": bool(now.scores.filled[i, k]), "reason": c.reason,
        })  # fmt: skip
    return tuple(out)


def _change(now: Standing, k: int, before: Standing | None, why: str) -> tuple[str, bool]:
    """Last year's change of a plain value; of a score, that since the period before."""
    cell = now.cells[0][k]
    if why:
        return "—", False
    if now.scheme.is_plain and cell.found is not None:
        then = cell.found.last_year
        return (then.text, bool(then.change is not None and then.change > 0)) if then else ("—", False)
    if now.scheme.is_plain:
        rate = float(scoring.change_rate([cell.value], [cell.before])[0])
        return ("—", False) if rate != rate else ("0.0" if rate == 0 else signed(rate, 1), rate > 0)
    if before is None:
        return "—", False
    j = next((j for j, u in enumerate(before.units) if u.code == now.units[k].code), None)
    if j is None or before.key[j] != before.key[j]:
        return "—", False
    gap = rounded(float(now.key[k] - before.key[j]), now.scheme.decimals)
    return ("0" if gap == 0 else signed(gap, now.scheme.decimals)), False


def _to_date(running: Standing | None, unit: Unit) -> tuple[str, int]:
    if running is None:
        return "—", 0
    k = next((k for k, u in enumerate(running.units) if u.code == unit.code), None)
    if k is None:
        return "—", 0
    if running.scheme.is_plain:
        c = running.cells[0][k]
        valid = c.found.is_valid if c.found is not None else not c.reason
        return (c.text if valid else "—"), int(running.places[k])
    score = float(running.score[k])
    at = running.placed(running.score)
    return (figure(score, running.scheme.decimals) if score == score else "—"), int(at[k])


def _mean(inputs: Inputs, now: Standing) -> tuple[float | None, str]:
    """The district's own value beside a plain ranking of its areas; else the mean of the ranked."""
    scheme = now.scheme
    if scheme.indicator and inputs.held is not None and now.units and now.units[0].place is not None:
        value: Value = inputs.held.value(scheme.indicator, area=inputs.held.district, period=now.period, comparison=False)
        return value.value, value.text
    there = [float(k) for k, at in zip(now.key, now.places, strict=True) if at]
    if not there:
        return None, "—"
    decimals = subject(scheme).decimals
    mean = rounded(math.fsum(there) / len(there), decimals)
    return mean, figure(mean, decimals)


def _goals(inputs: Inputs, now: Standing) -> list[dict]:
    """Places to hold (位次目标) and how near each unit is to losing them."""
    own = {p.name for p in inputs.places.values()}
    ranked = int((now.places > 0).sum())
    out = []
    for goal in now.scheme.goal:
        for k, unit in enumerate(now.units):
            if unit.name not in (goal.units or own):
                continue
            at = int(now.places[k])
            if not at:
                out.append({"title": goal.title, "unit": unit.name, "state": "none", "words": now.reason(k)})
                continue
            limit = goal.top if goal.top is not None else ranked - (goal.not_last or 0)
            left = limit - at
            state = "red" if left < 0 else "amber" if left < goal.warn else "green"
            said = f"前 {goal.top}" if goal.top is not None else f"不进后 {goal.not_last}"
            words = f"第 {at} 位（共 {ranked}），{said}，" + (f"还差 {-left} 位" if left < 0 else f"余 {left} 位")
            out.append({"title": goal.title, "unit": unit.name, "state": state, "words": words})
    order = {"red": 0, "amber": 1, "none": 2, "green": 3}
    return sorted(out, key=lambda g: (order[g["state"]], g["title"], g["unit"]))


def history(assessment: Assessment | None, scheme: Scheme, period: Period, inputs: Inputs | None = None) -> dict[str, list[int | None]]:
    """Places by month of the period's year up to it (各月位次), by unit; None where it took no part."""
    given = inputs or gather(scheme, assessment)
    months = [Period.month(period.end.year, m) for m in range(1, period.end.month + 1)]
    lines: dict[str, list[int | None]] = {u.name: [] for u in stand(given, scheme, period, compared=False).units}
    for month in months:
        once = stand(given, scheme, Period(month.start, min(month.end, period.end)), compared=False)
        at = {u.name: int(p) for u, p in zip(once.units, once.places, strict=True)}
        for name, line in lines.items():
            line.append(at.get(name) or None)
    return lines
