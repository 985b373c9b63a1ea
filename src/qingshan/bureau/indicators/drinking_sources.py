"""Indicators of surface drinking-water sources (集中式饮用水水源口径): compliance by count and by intake volume."""

from __future__ import annotations

import math

import numpy as np

from qingshan import standards
from qingshan.bureau.indicators import sampling
from qingshan.bureau.indicators.methods import Raw
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.sampling import Samples
from qingshan.methods import drinking_source as drinking
from qingshan.terms import items

NO_BODY = "没有登记水体类型（河流或湖库），总磷限值不同，判不了达标；请在站点页补上"


def _rates(samples: Samples, period: Period, by_volume: bool) -> Raw:
    rule, std = standards.get("集中式饮用水水源达标评价", at=period.end), standards.get("GB 3838", at=period.end)
    size = len(samples.codes)
    if not samples.roster:
        return Raw(math.nan, np.zeros(size, bool), reason="没有水源名单，无从知道哪些点位是水源")
    limited = {r["item"] for t in rule.table("surface")["tables"] for r in std.table(t)["row"]}
    months = samples.time.astype("datetime64[M]")
    spans = sorted(set(months.tolist()))
    met, told = np.zeros((len(spans), size), bool), np.zeros((len(spans), size), bool)
    words: list[list[str]] = [[] for _ in samples.codes]
    absent: set[str] = set()
    for k, month in enumerate(spans):
        part = samples.where(months == np.datetime64(month, "M"))
        values, below = part.columns()
        for body in drinking.WATER:
            rows = np.array([i for i, b in enumerate(samples.body) if b == body], int)
            mine = {i: v[rows] for i, v in values.items() if i in limited and not np.isnan(v[rows]).all()}
            if not mine:
                continue
            found = drinking.surface_source(rule, std, body, mine, below={i: below[i][rows] for i in mine})
            met[k, rows], told[k, rows] = found.compliant, found.judged
            absent |= set(found.absent)
            for i, ok, over in zip(rows, found.judged, found.exceeding()):
                words[i] += [f"{month.month}月 {f'超标 {over}' if over else '达标'}"] if ok else []
    said = tuple(
        (c, "；".join(w) if w else "没有采样数据" if b else NO_BODY) for c, w, b in zip(samples.codes, words, samples.body)
    )  # fmt: skip
    has = told.any(axis=0)
    if not has.any():
        return Raw(math.nan, has, (std, rule), inputs=said, reason="名单上的水源没有可评价的采样数据")
    volumes = np.array([math.nan if w is None else w for w in samples.weight])
    lacking = [c for c, w, ok in zip(samples.names, samples.weight, has) if ok and w is None]
    if by_volume and lacking:
        return Raw(math.nan, has, (std, rule), inputs=said, reason=f"名单里 {'、'.join(lacking)} 没有写 weight（取水量）")
    found = drinking.source_rates(rule, met, np.where(np.isnan(volumes), 0, volumes), told)
    gone = [c for c, ok in zip(samples.names, has) if not ok]
    notes = [f"{'、'.join(gone)}没有监测结果，不参加"] if gone else []
    if absent:
        names = "、".join(sorted(items.get(i, "water").name for i in absent))
        notes.append(f"项目不全，缺：{names}")
    return Raw(found.year_volume_rate if by_volume else found.year_count_rate, has, (std, rule), inputs=said, notes=tuple(notes))


def count_rate(samples: Samples, indicator, editions, period: Period) -> Raw:
    """Source-months that comply over those monitored (水源达标率，按个次) [%]. GB 3838—2002 5.3."""
    return _rates(samples, period, False)


def volume_rate(samples: Samples, indicator, editions, period: Period) -> Raw:
    """Intake of complying source-months over that of all monitored (水量达标率) [%]; the volumes stand in the list."""
    return _rates(samples, period, True)


sampling.add("water.source_rate", count_rate, "达标的水源月次占监测月次的百分比", medium="water", needs=("roster",))
sampling.add("water.source_volume_rate", volume_rate, "达标水源的取水量占监测水源取水量的百分比", medium="water", needs=("roster",))
