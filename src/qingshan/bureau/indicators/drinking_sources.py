"""Indicators of centralised drinking-water sources (集中式饮用水水源口径): compliance by count and by intake volume.

A list may hold surface sources and wells; each is judged by the standard of its own water.
"""

from __future__ import annotations

import math

import numpy as np

from qingshan import standards
from qingshan.bureau.indicators import sampling
from qingshan.bureau.indicators.methods import Raw
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.sampling import Samples
from qingshan.bureau.indicators.wells_and_sea import judged_items
from qingshan.methods import drinking_source as drinking
from qingshan.methods import groundwater
from qingshan.standards import Edition
from qingshan.terms import items

NO_BODY = "没有登记水体类型（河流或湖库），总磷限值不同，判不了达标；请在站点页补上"


class _Months:
    """Every month of every source: whether it could be judged, whether it complies, and what people read of it."""

    def __init__(self, samples: Samples, spans: list):
        self.spans, size = spans, len(samples.codes)
        self.met, self.told = np.zeros((len(spans), size), bool), np.zeros((len(spans), size), bool)
        self.words: list[list[tuple[int, str]]] = [[] for _ in samples.codes]

    def put(self, k: int, rows, met, told, over) -> None:
        self.met[k, rows] |= told & met
        self.told[k, rows] |= told
        for i, ok, said in zip(rows, told, over, strict=True):
            self.words[i] += [(k, f"{self.spans[k].month}月 {f'超标 {said}' if said else '达标'}")] if ok else []


def _surface(samples: Samples, found: _Months, rule: Edition, std: Edition) -> set[str]:
    """Judge the surface sources; the items of the required tables that nobody sent."""
    limited = {r["item"] for t in rule.table("surface")["tables"] for r in std.table(t)["row"]}
    absent: set[str] = set()
    for k, part in _by_month(samples, found.spans):
        values, below = part.columns()
        for body in drinking.WATER:
            rows = np.array([i for i, b in enumerate(samples.body) if b == body], int)
            mine = {i: v[rows] for i, v in values.items() if i in limited and not np.isnan(v[rows]).all()}
            if not mine:
                continue
            one = drinking.surface_source(rule, std, body, mine, below={i: below[i][rows] for i in mine})
            found.put(k, rows, one.compliant, one.judged, one.exceeding())
            absent |= set(one.absent)
    return absent


def _wells(samples: Samples, found: _Months, rule: Edition, std: Edition) -> None:
    """Judge the wells by class Ⅲ of GB/T 14848, every item given."""
    known, aim = judged_items(std), int(rule.table("groundwater")["class"])
    for k, part in _by_month(samples, found.spans):
        values, below = part.columns()
        rows = np.unique(part.station)
        mine = {i: v[rows] for i, v in values.items() if i in known and not np.isnan(v[rows]).all()}
        if not mine:
            continue
        one = groundwater.classes(std, mine, target=aim, below={i: below[i][rows] for i in mine}, units_checked=sampling.CHECKED)
        met, told = drinking.groundwater_source(rule, one)
        found.put(k, rows, met, told, one.exceeding())


def _by_month(samples: Samples, spans: list):
    months = samples.time.astype("datetime64[M]")
    for k, month in enumerate(spans):
        part = samples.where(months == np.datetime64(month, "M"))
        if part.size:
            yield k, part


def _rates(samples: Samples, period: Period, by_volume: bool) -> Raw:
    rule, std = standards.get("集中式饮用水水源达标评价", at=period.end), standards.get("GB 3838", at=period.end)
    wells = samples.further.get("groundwater")
    if not samples.roster:
        return Raw(math.nan, np.zeros(len(samples.codes), bool), reason="没有水源名单，无从知道哪些点位是水源")
    both = (samples, *samples.further.values())
    found = _Months(samples, sorted({m for one in both for m in one.time.astype("datetime64[M]").tolist()}))
    absent = _surface(samples, found, rule, std) if samples.size else set()
    editions: tuple[Edition, ...] = (std, rule) if samples.size or wells is None else (rule,)
    if wells is not None and wells.size:
        ground = standards.get("GB/T 14848", at=period.end)
        _wells(wells, found, rule, ground)
        editions = (*editions[:-1], ground, rule)
    sampled = set(samples.station.tolist())
    said = tuple(
        (c, "；".join(w for _, w in sorted(words)) or (NO_BODY if i in sampled and not samples.body[i] else "没有可评价的采样数据"))
        for i, (c, words) in enumerate(zip(samples.codes, found.words))
    )
    has = found.told.any(axis=0)
    if not has.any():
        return Raw(math.nan, has, editions, inputs=said, reason="名单上的水源没有可评价的采样数据")
    volumes = np.array([math.nan if w is None else w for w in samples.weight])
    lacking = [c for c, w, ok in zip(samples.names, samples.weight, has) if ok and w is None]
    if by_volume and lacking:
        return Raw(math.nan, has, editions, inputs=said, reason=f"名单里 {'、'.join(lacking)} 没有写取水量")
    rates = drinking.source_rates(rule, found.met, np.where(np.isnan(volumes), 0, volumes), found.told)
    gone = [c for c, ok in zip(samples.names, has) if not ok]
    notes = [f"{'、'.join(gone)}没有监测结果，不参加"] if gone else []
    if absent:
        names = "、".join(sorted(items.get(i, "water").name for i in absent))
        notes.append(f"地表水源项目不全，缺：{names}")
    return Raw(rates.year_volume_rate if by_volume else rates.year_count_rate, has, editions, inputs=said, notes=tuple(notes))


def count_rate(samples: Samples, indicator, editions, period: Period) -> Raw:
    """Source-months that comply over those monitored (水源达标率，按个次) [%]. GB 3838—2002 5.3; GB/T 14848—2017 Ⅲ类."""
    return _rates(samples, period, False)


def volume_rate(samples: Samples, indicator, editions, period: Period) -> Raw:
    """Intake of complying source-months over that of all monitored (水量达标率) [%]; the volumes stand in the list."""
    return _rates(samples, period, True)


MORE = {"medium": "water", "also": ("groundwater",), "needs": ("roster",)}
sampling.add("water.source_rate", count_rate, "达标的水源月次占监测月次的百分比", **MORE)
sampling.add("water.source_volume_rate", volume_rate, "达标水源的取水量占监测水源取水量的百分比", **MORE)
