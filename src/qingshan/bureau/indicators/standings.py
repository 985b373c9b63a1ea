"""Where every unit of a scheme stands in a period (计分与名次): item values, points, extras, grades, money, places."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from qingshan.bureau.base import packs
from qingshan.bureau.indicators.assessments import AGAIN, Assessment, Place
from qingshan.bureau.indicators.inputs import Given, Inputs
from qingshan.bureau.indicators.methods import methods
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.schemes import Bands, ByPlace, Deduct, Efficacy, Group, Item, Linear, Points, Scheme
from qingshan.bureau.indicators.series import IN_FORCE, Editions
from qingshan.bureau.indicators.values import SHORT, Value, compare, evaluate, figure, rounded
from qingshan.methods import scoring

NO_ENTRY = "还没有填报"
ABOVE = 0


@dataclass(frozen=True)
class Unit:
    """One that is scored: an area, a department, or a name."""

    code: str
    name: str
    place: Place | None = None
    group: Group | None = None


@dataclass(frozen=True)
class Subject:
    """What the order rests on (排名依据), as pages and documents name it."""

    name: str
    code: str
    title: str
    short: str
    unit: str
    better: str
    decimals: int
    change: str = "difference"
    definition: str = ""
    basis: str = ""
    verify: tuple[str, ...] = ()
    since_version: int = 1
    change_words: str = "较上期"
    is_sensitive: bool = False


def subject(scheme: Scheme) -> Subject:
    """The indicator or figure a plain scheme ranks, or the score of any other."""
    item = scheme.item[0]
    if not scheme.is_plain:
        words = "累计积分" if scheme.accumulate else "得分"
        return Subject("", "", scheme.title, words, "分", "higher", scheme.decimals, basis=scheme.basis, verify=scheme.verify)
    if item.indicator:
        i = packs.get("indicators", item.indicator)
        return Subject(
            i.name, i.code, i.title, i.short, i.unit, i.better, i.decimals, i.change, i.definition, i.basis, i.verify, i.since_version,
            "同比", i.is_sensitive,
        )  # fmt: skip
    title, unit, better, decimals = described(item)
    return Subject("", "", title, title, unit, better, decimals, "percent", basis=scheme.basis, verify=scheme.verify, change_words="同比")


def described(item: Item) -> tuple[str, str, str, int]:
    """An item's title, unit, direction and decimals: its own, or its source's."""
    title, unit, better, decimals = item.title, item.unit, item.better, item.decimals
    if item.indicator:
        said = packs.get("indicators", item.indicator)
        return title or said.short, unit or said.unit, better or said.better, said.decimals if decimals is None else decimals
    if item.figures:
        said = packs.get("figures", item.figures)
        return title or said.title, unit or said.unit, better or said.better, said.decimals if decimals is None else decimals
    if item.scheme:
        said = packs.get("schemes", item.scheme)
        return title or said.title, unit or "分", better or "higher", said.decimals if decimals is None else decimals
    return title, unit, better or "higher", 1 if decimals is None else decimals


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


class Standing:
    """A scheme's outcome in one period. Arrays (n_units,), item arrays (n_items, n_units).

    `compared`: with last year's same span beside every value, which a page shows; else only where points depend on it.
    """

    def __init__(self, inputs: Inputs, scheme: Scheme, period: Period, *, compared: bool = True):
        self.inputs, self.scheme, self.period = inputs, scheme, period
        self.units = units(inputs, scheme, period)
        self.marks = marks(scheme, self.units)
        self.cells = tuple(
            tuple(
                cell(inputs, scheme, item, unit, period, compared=compared) if self.marks[i, k] > 0 else EMPTY
                for k, unit in enumerate(self.units)
            )
            for i, item in enumerate(scheme.item)
        )
        self.taken = np.array([[c.taken for c in row] for row in self.cells], float).reshape(self.marks.shape)

    # ── score ──
    @cached_property
    def scores(self) -> scoring.Scores:
        return self.scored(self.taken)

    def scored(self, taken: np.ndarray) -> scoring.Scores:
        """Item points and totals for these numbers in place of the units' own (also asked: what if)."""
        return self._weighed(self.shares(taken))

    def _weighed(self, share: np.ndarray) -> scoring.Scores:
        return scoring.weigh(share, self.marks, missing=self.scheme.missing, decimals=self.scheme.decimals)

    def total_of(self, share: np.ndarray) -> np.ndarray:
        """Totals with extras for these shares of the items' marks, not below 0."""
        return np.maximum(self._weighed(share).total + self.extras, 0.0)

    def shares(self, taken: np.ndarray) -> np.ndarray:
        """Share of each item's marks reached; of a plain scheme, which has none, the numbers themselves."""
        share = self._shares(taken)
        for i, item in enumerate(self.scheme.item):
            if item.ratchet is not None:
                share[i] = self._held_to(item, i, taken[i], share[i])
        return share

    def _shares(self, taken: np.ndarray) -> np.ndarray:
        """Share of each item's marks reached, before anything is lost for being worse than before."""
        share = np.full(taken.shape, np.nan)
        for i, item in enumerate(self.scheme.item):
            for pool in self.pools:
                mine = pool & (self.marks[i] > 0)
                share[i, mine] = points(item, taken[i, mine], self.scheme) / (item.weight or 1.0)
        return share

    def _held_to(self, item: Item, i: int, taken: np.ndarray, share: np.ndarray) -> np.ndarray:
        """Shares less what falling back costs, down to 0; one already below 0 stays as it is."""
        r = item.ratchet
        base = np.array([c.before if r.against == "last_year" else c.best for c in self.cells[i]], float)
        cap = math.inf if r.cap is None else r.cap
        lost = scoring.ratchet(taken, base, points=r.points, per=r.per, allowed=r.allowed, cap=cap, better=described(item)[2])
        return np.where(np.isnan(share), np.nan, np.minimum(share, np.maximum(share - lost / item.weight, 0.0)))

    @cached_property
    def fallen_back(self) -> np.ndarray:
        """Points each item costs each unit for being worse than before, in the marks it counts with (退步扣分)."""
        share = self._shares(self.taken)
        lost = np.zeros(share.shape)
        for i, item in enumerate(self.scheme.item):
            if item.ratchet is not None:
                lost[i] = (share[i] - self._held_to(item, i, self.taken[i], share[i])) * self.scores.marks[i]
        return lost

    @cached_property
    def pools(self) -> tuple[np.ndarray, ...]:
        """Units compared with each other: all, or each group's."""
        if self.scheme.within == "all":
            return (np.ones(len(self.units), bool),)
        return tuple(np.array([u.group is g for u in self.units], bool) for g in self.scheme.group)

    @cached_property
    def extras(self) -> np.ndarray:
        """Bonus and deduction points of each unit, within the caps (加减分)."""
        total = np.zeros(len(self.units))
        for k, unit in enumerate(self.units):
            gained = [self._extra(b, unit)[0] for b in self.scheme.bonus]
            plus = sum(p for p in gained if p > 0)
            if self.scheme.bonus_cap is not None:
                plus = min(plus, self.scheme.bonus_cap)
            total[k] = plus + sum(p for p in gained if p < 0)
        return total

    def _extra(self, extra, unit: Unit) -> tuple[float, Given | None]:
        found = self._given(extra.name, unit)
        if found is None:
            return 0.0, None
        size = min(abs(extra.points) * max(found.value, 0.0), extra.cap)
        return rounded(math.copysign(size, extra.points), self.scheme.decimals), found

    def extras_of(self, k: int) -> list[tuple[str, float, str]]:
        """(title, points, basis) of what a unit has beside its items."""
        said = [(b.title, *self._extra(b, self.units[k])) for b in self.scheme.bonus]
        return [(title, p, found.basis) for title, p, found in said if found is not None]

    def _given(self, name: str, unit: Unit) -> Given | None:
        return self.inputs.find(f"{self.scheme.name}.{name}", self.period.token, unit.name, unit.code)

    @cached_property
    def vetoes(self) -> list[list[tuple[str, str]]]:
        """(title, basis) of what bars each unit (一票否决)."""
        out = []
        for unit in self.units:
            found = [(v.title, self._given(v.name, unit)) for v in self.scheme.veto]
            out.append([(title, one.basis) for title, one in found if one is not None and one.value > ABOVE])
        return out

    @cached_property
    def score(self) -> np.ndarray:
        """The total with extras, not below 0 (总分); NaN where there is none."""
        whole = np.maximum(self.scores.total + self.extras, 0.0)
        return np.array([rounded(s, self.scheme.decimals) if s == s else math.nan for s in whole], float)

    # ── order ──
    @cached_property
    def key(self) -> np.ndarray:
        """What decides the place: the value of a plain scheme, the score of any other."""
        if not self.scheme.is_plain:
            return self.score
        if self.scheme.compare == "published":
            return np.array([c.taken for c in self.cells[0]], float)
        return np.array([c.exact if c.taken == c.taken else math.nan for c in self.cells[0]], float)

    @property
    def better(self) -> str:
        return subject(self.scheme).better

    def placed(self, key: np.ndarray) -> np.ndarray:
        """Places by a key among the units of each pool; a second item breaks ties where the scheme says so."""
        out = np.zeros(len(self.units), int)
        for pool in self.pools:
            keys, ways = [key[pool]], [self.better]
            if self.scheme.second:
                i = next(i for i, item in enumerate(self.scheme.item) if item.name == self.scheme.second)
                second = np.nan_to_num(self.taken[i, pool], nan=math.inf)  # missing: behind those who have it
                keys.append(np.where(np.isinf(second) & (described(self.scheme.item[i])[2] == "higher"), -1e300, np.minimum(second, 1e300)))
                ways.append(described(self.scheme.item[i])[2])
            out[pool] = scoring.places(*keys, better=ways, ties=self.scheme.ties)
        return out

    @cached_property
    def places(self) -> np.ndarray:
        return self.placed(self.key)

    @cached_property
    def grades(self) -> list[str]:
        """By group where places are; equal scores have one grade."""
        out = [""] * len(self.units)
        for pool in self.pools if self.scheme.grade else ():
            at = np.flatnonzero(pool)
            found = scoring.grades(self.score[at], self.scheme.grade_table(), [bool(self.vetoes[k]) for k in at])
            for k, name in zip(at, found, strict=True):
                out[k] = name
        return out

    def money_of(self, k: int) -> list[tuple[str, float, str]]:
        """(title, amount, unit of money) for a unit; nothing for one that takes no part."""
        if not self.places[k]:
            return []
        said = []
        for m in self.scheme.money:
            amount = self._amount(m, k)
            if amount:
                said.append((m.title, rounded(amount, 4), m.unit))
        return said

    def _amount(self, m, k: int) -> float:
        cap = math.inf if m.cap is None else m.cap
        if m.by == "score":
            return float(scoring.money([self.score[k]], start=m.start, per=m.per, amount=m.amount, better="higher", cap=cap)[0])
        if m.by == "item":
            i = next(i for i, item in enumerate(self.scheme.item) if item.name == m.item)
            way = described(self.scheme.item[i])[2]
            found = float(scoring.money([self.taken[i, k]], start=m.start, per=m.per, amount=m.amount, better=way, cap=cap)[0])
            return found if found == found else 0.0
        if m.by == "grade":
            return m.grades.get(self.grades[k], 0.0)
        at = int(self.places[k]) - 1
        if m.by == "last":
            pool = next(p for p in self.pools if p[k])
            behind = int((self.places[pool] > self.places[k]).sum())
            at = behind
        return m.amounts[at] if at < len(m.amounts) else 0.0

    # ── why not ──
    def reason(self, k: int) -> str:
        """Why a unit takes no part; "" where it does."""
        if self.scheme.group and self.units[k].group is None:
            return "没有归入任何一个考核分组"
        if self.key[k] == self.key[k]:
            return ""
        said = [
            (c.reason, described(item)[0])
            for item, row, m in zip(self.scheme.item, self.cells, self.marks, strict=True)
            if m[k] > 0 and (c := row[k]).taken != c.taken
        ]
        if self.scheme.is_plain:
            return said[0][0] if said else SHORT
        return "；".join(f"{title}：{why or SHORT}" for why, title in said) or "没有可计分的项"


def units(inputs: Inputs, scheme: Scheme, period: Period) -> tuple[Unit, ...]:
    """Who is scored, in the order of their codes."""
    said = scheme.units
    if said.kind in ("town", "village"):
        found = [Unit(p.code, p.name, p) for p in inputs.areas(said.kind)]
    elif said.kind == "department":
        found = [Unit(code, name) for code, name in inputs.departments]
    else:
        names: dict[str, str] = {}
        for item in scheme.item:
            for token in _tokens(period):
                names |= inputs.named(item.figures if item.figures else f"{scheme.name}.{item.name}", token)
        for extra in (*scheme.bonus, *scheme.veto):
            names |= inputs.named(f"{scheme.name}.{extra.name}", period.token)
        found = [Unit(code, name) for name, code in names.items()]
    if said.only:
        found = [u for u in found if u.name in said.only or u.code in said.only]
    found = [u for u in found if u.name not in said.without and u.code not in said.without]
    return tuple(sorted((replace(u, group=scheme.group_of(u.name, u.code)) for u in found), key=lambda u: (u.code, u.name)))


def marks(scheme: Scheme, who: tuple[Unit, ...]) -> np.ndarray:
    """Full marks by item and unit: the items' own, or those of the unit's group; a plain scheme counts its value as one."""
    if scheme.is_plain:
        return np.ones((1, len(who)))
    out = np.zeros((len(scheme.item), len(who)))
    for k, unit in enumerate(who):
        for i, item in enumerate(scheme.item):
            out[i, k] = item.weight if not scheme.group else unit.group.weights.get(item.name, 0.0) if unit.group else 0.0
    if scheme.weights == "normalised" and who:
        there = out.sum(axis=0) > 0
        out[:, there] = scoring.normalised(out[:, there], scheme.full)
    return out


def points(item: Item, taken: np.ndarray, scheme: Scheme) -> np.ndarray:
    """An item's points in its own full marks."""
    t, full, better = item.transform, item.weight, described(item)[2]
    if isinstance(t, Linear):
        return scoring.linear(taken, t.zero_at, t.full_at, full)
    if isinstance(t, Efficacy):
        return scoring.efficacy(taken, better, worst=t.worst, best=t.best, base=t.base / 100 * full, full=full)
    if isinstance(t, Bands):
        return scoring.bands(taken, t.table())
    if isinstance(t, Deduct):
        return scoring.deduct(
            taken, allowed=t.allowed, per=t.per, points=t.points, full=full, floor=t.floor, better=better, whole=t.whole
        )
    if isinstance(t, ByPlace):
        at = scoring.places(taken, better=better, ties=scheme.ties)
        return scoring.rank_points(at, full=full, step=t.step, floor=t.floor, table=t.table)
    if isinstance(t, Points):
        return np.clip(taken, t.floor, full)
    return np.asarray(taken, float)


# ── an item's value ──
def cell(inputs: Inputs, scheme: Scheme, item: Item, unit: Unit, period: Period, *, compared: bool = True) -> Cell:
    """An item of a unit, with the number that enters its points and, where there is none, why."""
    span = period.to_date() if item.span == "to_date" else period
    counts = item.take.kind in ("change", "difference") or (item.ratchet is not None and item.ratchet.against == "last_year")
    now = _looked_up(inputs, scheme, item, unit, span, compared=compared or counts)
    if counts or (compared and scheme.is_plain and not item.indicator):
        now = _beside_last_year(inputs, scheme, item, unit, span, now)
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


def _beside_last_year(inputs: Inputs, scheme: Scheme, item: Item, unit: Unit, span: Period, now: Cell) -> Cell:
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
    before = _looked_up(inputs, scheme, item, unit, span.last_year())
    return replace(now, before=math.nan if before.reason else before.value)


def _looked_up(inputs: Inputs, scheme: Scheme, item: Item, unit: Unit, span: Period, *, compared: bool = False) -> Cell:
    if item.indicator:
        return _observed(inputs, scheme, item, unit, span, compared=compared)
    if item.scheme:
        return _other_score(inputs, item, unit, span)
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


def _other_score(inputs: Inputs, item: Item, unit: Unit, span: Period) -> Cell:
    other = inputs.schemes[item.scheme]
    spans = [span] if other.rhythm != "month" or span.is_month else _months(span)
    got, why = [], ""
    for one in spans:
        standing = stand(inputs, other, one, compared=False)
        k = next((k for k, u in enumerate(standing.units) if u.code == unit.code or u.name == unit.name), None)
        if k is None:
            why = f"“{other.title}”里没有这个单位"
        elif standing.reason(k):
            why = standing.reason(k)
        else:
            got.append(float(standing.key[k]))
    return _together(item, got, len(spans), why, described(item)[3])


def _given(inputs: Inputs, scheme: Scheme, item: Item, unit: Unit, span: Period) -> Cell:
    source = item.figures or f"{scheme.name}.{item.name}"
    decimals = described(item)[3]
    exact = inputs.find(source, span.token, unit.name, unit.code)
    if exact is not None:
        value = rounded(exact.value, decimals)
        return Cell(value, figure(value, decimals), exact=exact.value, capture_text="", valid=1, source=exact.basis)
    missing = NO_ENTRY if item.entered else "没有导入这一时段的数据"
    months = _months(span)
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


def _months(span: Period) -> list[Period]:
    out, at = [], Period.month(span.start.year, span.start.month)
    while at.start <= span.end:
        out.append(at)
        at = Period.month(at.start.year + at.start.month // 12, at.start.month % 12 + 1)
    return out


def _tokens(period: Period) -> list[str]:
    return list(dict.fromkeys([period.token, *(m.token for m in _months(period))]))


def stand(inputs: Inputs, scheme: Scheme, period: Period, *, compared: bool = True) -> Standing:
    """A scheme's outcome in a period, made once for these inputs; without `compared` one made with it does as well."""
    key = (scheme.name, period.token)
    if not compared and (*key, True) in inputs.stood:
        compared = True
    if (*key, compared) not in inputs.stood:
        kind = Accumulated if scheme.accumulate else Standing
        inputs.stood[*key, compared] = kind(inputs, scheme, period, compared=compared)
    return inputs.stood[*key, compared]


class Accumulated(Standing):
    """A league table (赛马积分): the points of every month from January to the period's, together."""

    @cached_property
    def months(self) -> list[Period]:
        return _months(self.period.to_date())

    def months_of(self, k: int) -> list[tuple[str, float]]:
        """What each month gave a unit; months it took no part in are left out."""
        return [(m.title, float(row[k])) for m, row in zip(self.months, self.by_month, strict=True) if row[k] == row[k]]

    @cached_property
    def by_month(self) -> np.ndarray:
        """Scores of the months (n_months, n_units); NaN where a unit took no part."""
        rows = []
        for month in self.months:
            once = Standing(self.inputs, self.scheme, month, compared=False)
            at = {u.code: float(s) for u, s in zip(once.units, once.score, strict=True)}
            rows.append([at.get(u.code, math.nan) for u in self.units])
        return np.array(rows, float).reshape(len(rows), len(self.units))

    @cached_property
    def key(self) -> np.ndarray:
        there = ~np.isnan(self.by_month)
        total = np.where(there, self.by_month, 0.0).sum(axis=0)
        count = there.sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            whole = total if self.scheme.accumulate == "sum" else total / count
        return np.array([rounded(w, self.scheme.decimals) if c else math.nan for w, c in zip(whole, count, strict=True)], float)

