"""Samples of one unit's stations as columns (采样数据): what methods of sections, wells, points and dust cylinders work on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from qingshan import standards
from qingshan.bureau.indicators.methods import Method, Raw, methods
from qingshan.bureau.indicators.periods import Period
from qingshan.methods import surface_water as water

CHECKED = True
"""Units are checked where samples come in, column by column and with a person who answers; a few stations' means say less."""


@dataclass(frozen=True)
class Samples:
    """Samples of some stations, one row a station and time of sampling. Every array (n,)."""

    codes: tuple[str, ...]
    """the stations in use, whether sampled or not"""
    station: np.ndarray
    """index into `codes`"""
    time: np.ndarray
    """datetime64[s]"""
    values: Mapping[str, np.ndarray]
    """by item, in the item's unit; NaN where the sample does not speak of it; the limit where it stayed below"""
    below: Mapping[str, np.ndarray]
    """by item, whether the value is a detection limit not reached"""
    body: tuple[str, ...] = ()
    """by station, what kind of water it is: river, lake, or "" where nobody said"""
    target: tuple[str, ...] = ()
    """by station, the class it has to reach or the functional area it lies in; "" where nobody said"""
    river: tuple[str, ...] = ()
    weight: tuple[float | None, ...] = ()
    """by station, what the year's list says: its river; how much it stands for"""
    names: tuple[str, ...] = ()
    roster: str = ""
    """the year's list the stations are of; "" where none is in force"""
    further: Mapping[str, Samples] = field(default_factory=dict)
    """by medium, the same stations' samples of another medium (水源里的井); items and units are that medium's own"""
    history: Samples | None = None
    """the same stations' samples since 1 January of the year before, for methods that look back"""

    @property
    def size(self) -> int:
        return self.station.size

    @property
    def items(self) -> tuple[str, ...]:
        return tuple(self.values)

    def of(self, item: str, stands: str = "half") -> np.ndarray:
        """One item's values with what stands for those below the limit: half, limit, zero or missing."""
        values = self.values.get(item, np.full(self.size, np.nan))
        below = self.below.get(item, np.zeros(self.size, bool))
        factor = {"half": 0.5, "limit": 1.0, "zero": 0.0, "missing": np.nan}[stands]
        return np.where(below, values * factor, values)

    def slots(self, every: str) -> np.ndarray:
        """By row, which span of sampling it belongs to: its month or quarter as a number."""
        months = self.time.astype("datetime64[M]").astype(int)
        return months // 3 if every == "quarter" else months

    def where(self, rows: np.ndarray) -> Samples:
        pick = {k: v[rows] for k, v in self.values.items()}, {k: v[rows] for k, v in self.below.items()}
        return replace(self, station=self.station[rows], time=self.time[rows], values=pick[0], below=pick[1])

    def columns(self) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """By item, each station's mean (n_stations,), and whether every value of it stayed below a detection limit (then the largest
        limit stands); where only some did, those enter with half the limit."""
        means, flags = {}, {}
        for item in self.items:
            means[item], flags[item] = np.full(len(self.codes), np.nan), np.zeros(len(self.codes), bool)
            for i in range(len(self.codes)):
                mine = (self.station == i) & ~np.isnan(self.values[item])
                if mine.any() and self.below[item][mine].all():
                    means[item][i], flags[item][i] = self.values[item][mine].max(), True
                elif mine.any():
                    entered = np.where(self.below[item][mine], self.values[item][mine] / 2, self.values[item][mine])
                    exact = float(np.rint(entered * 1e9).sum()) / int(mine.sum()) / 1e9
                    means[item][i] = float(water.ph_mean(entered, -1)) if item == "pH" else exact
        return means, flags


def build(table: pa.Table, sites, period: Period, roster: str = "") -> Samples:
    """Long rows of the store as columns, for the sites named and the days of the period they are in use."""
    codes = tuple(s.code for s in sites)
    place = {code: i for i, code in enumerate(codes)}
    start, end = np.datetime64(period.start), np.datetime64(period.end)
    station = np.array([place.get(c, -1) for c in table["station"].to_pylist()], int)
    time = np.asarray(table["time"].to_numpy(zero_copy_only=False)).astype("datetime64[s]")
    days = time.astype("datetime64[D]")
    keep = (station >= 0) & (days >= start) & (days <= end)
    for i, site in enumerate(sites):
        outside = (days < np.datetime64(site.since)) if site.since else np.zeros(days.shape, bool)
        if site.until:
            outside |= days > np.datetime64(site.until)
        keep &= ~((station == i) & outside)
    rows = np.flatnonzero(keep)
    item = np.array(table["item"].to_pylist(), object)[rows]
    value = np.asarray(table["value"].to_numpy(zero_copy_only=False), float)[rows]
    below = np.array([c == "<" for c in table["censor"].to_pylist()], bool)[rows]
    keys = np.stack([station[rows], time[rows].astype("int64")], axis=1) if rows.size else np.zeros((0, 2), "int64")
    unique, at = np.unique(keys, axis=0, return_inverse=True) if rows.size else (keys, np.zeros(0, int))
    at = at.ravel()
    values: dict[str, np.ndarray] = {}
    censored: dict[str, np.ndarray] = {}
    for name in sorted(set(item.tolist())):
        mine = item == name
        values[name], censored[name] = np.full(len(unique), np.nan), np.zeros(len(unique), bool)
        values[name][at[mine]] = value[mine]
        censored[name][at[mine]] = below[mine]
    return Samples(
        codes, unique[:, 0].astype(int), unique[:, 1].astype("datetime64[s]"), values, censored,
        tuple(s.body for s in sites), tuple(s.target for s in sites), tuple(s.river for s in sites), tuple(s.weight for s in sites),
        tuple(s.name for s in sites), roster,
    )  # fmt: skip


def input_hash(samples: Samples) -> str:
    """SHA-256 over the stations and every value that went in."""
    total = hashlib.sha256(repr((samples.codes, samples.body, samples.target, samples.river, samples.weight, samples.roster)).encode())
    total.update(samples.station.astype("<i8").tobytes() + samples.time.astype("<i8").tobytes())
    for name in samples.items:
        total.update(name.encode() + samples.values[name].astype("<f8").tobytes() + samples.below[name].tobytes())
    for medium, more in samples.further.items():
        total.update(medium.encode() + input_hash(more).encode())
    if samples.history is not None:
        total.update(input_hash(samples.history).encode())
    return total.hexdigest()


def capture(samples: Samples, sites, period: Period, every: str, wanted: tuple[str, ...], of: np.ndarray | None = None) -> float:
    """Samples taken over samples due [%]: each station once a month or quarter it is in use; NaN where no rhythm is declared.

    `of`: the stations it is asked of; None for all.
    """
    if not every:
        return float("nan")
    due = taken = 0
    has = np.zeros(samples.size, bool) if wanted else np.ones(samples.size, bool)
    for name in wanted:
        has |= ~np.isnan(samples.values.get(name, np.full(samples.size, np.nan)))
    slots = samples.slots(every)
    for i, site in enumerate(sites):
        first, last = max(period.start, site.since or period.start), min(period.end, site.until or period.end)
        if first > last or (of is not None and not of[i]):
            continue
        months = np.arange(np.datetime64(first, "M"), np.datetime64(last, "M") + 1).astype(int)
        there = set((months // 3 if every == "quarter" else months).tolist())
        due += len(there)
        taken += len(there & set(slots[(samples.station == i) & has].tolist()))
    return 100 * taken / due if due else float("nan")


# ── methods of any medium ──
def station_means(samples: Samples, item: str, stands: str, decimals: int = 12) -> np.ndarray:
    """Mean of each station's samples (n_stations,); NaN without any. From whole steps, so no sum drifts."""
    values = samples.of(item, stands)
    out = np.full(len(samples.codes), np.nan)
    for i in range(len(samples.codes)):
        mine = values[(samples.station == i) & ~np.isnan(values)]
        if mine.size:
            out[i] = float(np.rint(mine * 1e9).sum()) / mine.size / 1e9
    return out


def _words(samples: Samples, figures: np.ndarray, counts: np.ndarray) -> tuple[tuple[str, str], ...]:
    return tuple((c, f"{f:.6g}（{n} 次）") for c, f, n in zip(samples.codes, figures, counts) if not np.isnan(f))


def _editions(indicator, period: Period) -> tuple[standards.Edition, ...]:
    return (standards.get(indicator.source.standard, at=period.end),) if indicator.source.standard else ()


def _counts(samples: Samples, item: str) -> np.ndarray:
    has = ~np.isnan(samples.of(item, "limit"))
    return np.bincount(samples.station[has], minlength=len(samples.codes))


def sample_mean(samples: Samples, indicator, editions, period: Period) -> Raw:
    """Mean over stations of each station's mean of its samples (采样均值)."""
    item = indicator.source.item
    means = station_means(samples, item, indicator.source.below)
    valid = ~np.isnan(means)
    exact = float(np.rint(means[valid] * 1e9).sum()) / valid.sum() / 1e9 if valid.any() else float("nan")
    return Raw(exact, valid, _editions(indicator, period), inputs=_words(samples, means, _counts(samples, item)))


def sample_compliance(samples: Samples, indicator, editions, period: Period) -> Raw:
    """Share of samples whose value is not above the declared limit (样品达标率) [%]; below the detection limit complies."""
    item, limit = indicator.source.item, indicator.source.limit
    values, below = samples.of(item, "limit"), samples.below.get(item, np.zeros(samples.size, bool))
    has = ~np.isnan(values)
    undecided = has & below & (values > limit)
    good = has & (values <= limit)
    counts, fine = _counts(samples, item), np.bincount(samples.station[good], minlength=len(samples.codes))
    inputs = tuple((c, f"{f}/{n} 次达标") for c, f, n in zip(samples.codes, fine, counts) if n)
    if undecided.any():
        return Raw(float("nan"), counts > 0, inputs=inputs, reason=f"{int(undecided.sum())} 个样品的检出限高于限值 {limit:g}，判不了达标")
    exact = 100 * int(good.sum()) / int(has.sum()) if has.any() else float("nan")
    return Raw(exact, counts > 0, _editions(indicator, period), inputs=inputs)


def sample_count(samples: Samples, indicator, editions, period: Period) -> Raw:
    """How many samples were taken (采样次数)."""
    counts = np.bincount(samples.station, minlength=len(samples.codes))
    return Raw(float(samples.size), counts > 0, inputs=tuple((c, f"{n} 次") for c, n in zip(samples.codes, counts) if n))


def add(name: str, run, words: str, **more) -> None:
    """Register a method on samples: ``run(samples, indicator, editions, period) -> Raw``. One medium's methods are some lines."""
    methods.add(name)(Method(run, words, **({"grain": "samples", "any_standard": True, "medium": ""} | more)))


add("sample_mean", sample_mean, "各点位采样均值的算术平均", needs_item=True)
add("sample_compliance", sample_compliance, "达标样品占全部样品的百分比", needs_item=True, needs=("limit",))
add("sample_count", sample_count, "采样次数之和")
