"""Where every unit of a scheme stands in a period (计分与名次): item values, points, extras, grades, money, places."""

from __future__ import annotations

import math
from functools import cached_property, partial

import numpy as np

from qingshan.bureau.indicators.cells import EMPTY, cell
from qingshan.bureau.indicators.inputs import Given, Inputs
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.scheme_items import Bands, ByPlace, Deduct, Efficacy, Item, Linear, Points
from qingshan.bureau.indicators.schemes import Scheme
from qingshan.bureau.indicators.subjects import described, subject
from qingshan.bureau.indicators.units import Unit, marks, months_of, units
from qingshan.bureau.indicators.values import SHORT, rounded
from qingshan.methods import scoring

ABOVE = 0


class Standing:
    """A scheme's outcome in one period. Arrays (n_units,), item arrays (n_items, n_units).

    `compared`: with last year's same span beside every value, which a page shows; else only where points depend on it.
    """

    def __init__(self, inputs: Inputs, scheme: Scheme, period: Period, *, compared: bool = True):
        self.inputs, self.scheme, self.period = inputs, scheme, period
        self.units = units(inputs, scheme, period)
        self.marks = marks(scheme, self.units)
        others = partial(score_of, inputs)
        self.cells = tuple(
            tuple(
                cell(inputs, scheme, item, unit, period, others, compared=compared) if self.marks[i, k] > 0 else EMPTY
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


def score_of(inputs: Inputs, item: Item, unit: Unit, span: Period) -> tuple[list[float], int, str]:
    """What a unit scored under another scheme, by month or span; how many of them there are; why there is none."""
    other = inputs.schemes[item.scheme]
    spans = [span] if other.rhythm != "month" or span.is_month else months_of(span)
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
    return got, len(spans), why


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
        return months_of(self.period.to_date())

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

