"""How firm a scheme's order is given the hours and days that are missing (位次有多稳): gaps drawn again, seeded."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

import numpy as np

from qingshan.bureau.base import clock, packs
from qingshan.bureau.indicators import doubts
from qingshan.bureau.indicators.cells import as_taken
from qingshan.bureau.indicators.inputs import Given, Inputs
from qingshan.bureau.indicators.methods import column, methods
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.scheme_items import Item
from qingshan.bureau.indicators.schemes import Scheme
from qingshan.bureau.indicators.series import IN_FORCE, Series
from qingshan.bureau.indicators.standings import Standing, stand
from qingshan.bureau.indicators.units import Unit
from qingshan.bureau.indicators.values import rounded
from qingshan.methods import scoring

SEED = 20260301
SLOW_DRAWS = 40
"""draws of a method that has to look at every day again (percentiles, index days)"""
_kept: OrderedDict[tuple, Firm] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class Firm:
    """What the draws say of a table: by unit code the places seen and the share at the published one."""

    draws: int
    seed: int
    gaps: int
    """station-days of the units that are missing and were drawn again"""
    units: dict[str, dict]
    items: list[dict]
    """of every item which doubt was considered and which was not"""

    def as_data(self) -> dict:
        return {"draws": self.draws, "seed": self.seed, "gaps": self.gaps, "units": self.units, "items": self.items}


def firm(inputs: Inputs, scheme: Scheme, period: Period) -> Firm:
    """Draw the gaps of every unit again and see where each then stands; kept for the same inputs."""
    held, asked = inputs.held, doubts.waiting(scheme, period.token)
    key = (held.identity if held else "", scheme.model_dump_json(), period.token, hash(inputs.given), hash(asked), clock.today())
    with _lock:
        if key in _kept:
            return _kept[key]
    made = _drawn(inputs, scheme, period, asked)
    with _lock:
        _kept[key] = made
        while len(_kept) > 64:
            _kept.popitem(last=False)
    return made


def _drawn(inputs: Inputs, scheme: Scheme, period: Period, asked: tuple[Given, ...]) -> Firm:
    now = stand(inputs, scheme, period)
    items = [i for i, item in enumerate(scheme.item) if item.indicator and doubts.drawn(packs.get("indicators", item.indicator))]
    slow = any(packs.get("indicators", scheme.item[i].indicator).source.method != "mean" for i in items)
    draws = (min(scheme.draws, SLOW_DRAWS) if slow else scheme.draws) if items and not scheme.accumulate else 0
    gaps: dict[str, int] = {}
    taken = np.repeat(now.taken[None, :, :], draws, axis=0)
    for i in items if draws else ():
        for k, unit in enumerate(now.units):
            if unit.place is None or now.cells[i][k].taken != now.cells[i][k].taken:
                continue
            values, holes = _values(inputs, scheme, scheme.item[i], unit, period, draws, SEED + 1009 * i + k)
            gaps[scheme.item[i].name] = gaps.get(scheme.item[i].name, 0) + holes
            if values is not None:
                taken[:, i, k] = as_taken(scheme.item[i], now.cells[i][k].before, values)
    keys = np.array([_key(now, row) for row in taken]).reshape(draws, len(now.units))
    found = scoring.firmness(np.where(now.places > 0, now.key, np.nan), keys, now.better, seed=SEED, ties=scheme.ties)
    units = {}
    for k, unit in enumerate(now.units):
        if not now.places[k]:
            continue
        holds = float(found.holds_ahead[k])
        units[unit.code] = {
            "name": unit.name, "place": int(now.places[k]), "best": int(found.best[k]), "worst": int(found.worst[k]),
            "same": round(float(found.same[k]), 4), "ahead": None if math.isnan(holds) else round(holds, 4),
        }  # fmt: skip
    if scheme.within == "group":
        _by_group(now, keys, units, scheme)
    low, high, open_ = doubts.ranges(now, asked)
    doubts.widened(units, low, high, now)
    return Firm(draws, SEED, sum(gaps.values()), units, doubts.considered(now, gaps, open_, len(units)))


def _by_group(now: Standing, keys: np.ndarray, units: dict, scheme: Scheme) -> None:
    for pool in now.pools:
        at = np.flatnonzero(pool & (now.places > 0))
        if at.size == 0:
            continue
        found = scoring.firmness(now.key[at], keys[:, at], now.better, seed=SEED, ties=scheme.ties)
        for j, k in enumerate(at):
            holds = float(found.holds_ahead[j])
            units[now.units[k].code] |= {
                "best": int(found.best[j]), "worst": int(found.worst[j]), "same": round(float(found.same[j]), 4),
                "ahead": None if math.isnan(holds) else round(holds, 4),
            }  # fmt: skip


def _key(now: Standing, taken: np.ndarray) -> np.ndarray:
    if now.scheme.is_plain:
        return taken[0]
    if now.scheme.accumulate:
        return now.key
    return np.maximum(now.scored(taken).total + now.extras, 0.0)


def _values(
    inputs: Inputs, scheme: Scheme, item: Item, unit: Unit, period: Period, draws: int, seed: int
) -> tuple[np.ndarray | None, int]:
    """An indicator's value in each draw, and how many days were missing; None where nothing is, or nothing can be drawn."""
    held, indicator = inputs.held, packs.get("indicators", item.indicator)
    if scheme.dust != "definition":
        indicator = indicator.model_copy(update={"dust": scheme.dust})
    span = period.to_date() if item.span == "to_date" else period
    part = held.series(indicator, area=unit.place, period=span).cut(span)
    columns = [column(x) for x in indicator.items]
    deducted = _deducted(held, indicator, unit, part)
    gone = np.array([np.isnan(part.conc[c]) for c in columns]) & (part.possible > 0) & ~deducted
    holes = int(gone.any(axis=0).sum())
    if holes == 0 or indicator.source.method == "capture_rate":
        return None, 0
    donors = np.flatnonzero(~np.isnan([part.conc[c] for c in columns]).any(axis=0) & ~deducted)
    if donors.size == 0:
        return None, holes
    conc = {c: np.where(deducted, np.nan, part.conc[c]) for c in columns}
    if indicator.source.method == "mean":
        return scoring.filled_means(conc[columns[0]][None, :], gone, indicator.decimals, draws=draws, seed=seed)[:, 0], holes
    random = np.random.default_rng(seed)
    method, out = methods[indicator.source.method], np.empty(draws)
    for d in range(draws):
        taken = random.choice(donors, part.days.size)
        filled = {**part.conc, **{c: np.where(g, conc[c][taken], conc[c]) for c, g in zip(columns, gone, strict=True)}}
        out[d] = rounded(method.run(replace(part, conc=filled), indicator, IN_FORCE).exact, indicator.decimals)
    return out, holes


def _deducted(held, indicator, unit: Unit, part: Series) -> np.ndarray:
    """Days on record as sand and dust, which are no gaps."""
    if indicator.dust != "exclude":
        return np.zeros(part.days.shape, bool)
    days = [day for day, _, area in held.deductions if area is None or area == unit.place.id]
    return np.isin(part.days, np.array(days, "datetime64[D]"))


def sentences(said: dict, title: str) -> list[tuple[str, str]]:
    """The draws in words with their chance (把握), the shaky ones first; never 0 % or 100 %."""
    if not said or not said.get("units"):
        return []
    rows = sorted(said["units"].values(), key=lambda u: (u["same"], -_span(u), u["place"]))
    lines = []
    for u in rows:
        where = f"在第 {u['best']}—{u['worst']} 位之间" if u["best"] != u["worst"] else f"各次都是第 {u['place']} 位"
        if _span(u):
            where += f"；补齐、确认后可在第 {u['open'][0]}—{u['open'][1]} 位"
        lines.append((f"{u['name']} 第 {u['place']} 位，{where}", chance(u["same"])))
    return lines


def _span(unit: dict) -> int:
    """How many places what is open may move a unit over, beyond what the draws have seen."""
    first, last = unit.get("open") or (unit["best"], unit["worst"])
    return last - first - (unit["worst"] - unit["best"])


def chance(share: float) -> str:
    """A share of draws as people may read it: 不足 1%, 99% 以上."""
    if share < 0.01:
        return "不足 1%"
    return "99% 以上" if share > 0.99 else f"{round(100 * share)}%"
