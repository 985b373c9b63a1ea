"""Indicators of groundwater and sea water (地下水、海水口径): shares of wells, wells worse than last year, good coastal waters by area."""

from __future__ import annotations

import math

import numpy as np

from qingshan import standards
from qingshan.bureau.indicators import denominators, sampling
from qingshan.bureau.indicators.methods import Raw
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.sampling import Samples
from qingshan.methods import groundwater, sea
from qingshan.methods.single_factor import Classes
from qingshan.standards import Edition
from qingshan.terms.registry import unknown

NOT_SAMPLED = "没有采样数据"


def well_classes(words) -> list[int]:
    """Words of groundwater classes as 1 … 5; ValueError with the known ones."""
    strange = [w for w in words if w not in groundwater.LABELS[1:]]
    if strange:
        raise ValueError(f"grade：{unknown('地下水类别', strange[0], groundwater.LABELS[1:])}")
    return [groundwater.LABELS.index(w) for w in words]


def judged_items(std: Edition) -> set[str]:
    """Items with limits in the tables of GB/T 14848."""
    return {r["item"] for t in groundwater.tables(std) for r in std.table(t)["row"]}


def _described(samples: Samples, found: Classes | None, overall: np.ndarray) -> list[str]:
    counts = np.bincount(samples.station, minlength=len(samples.codes))
    words = []
    for i, cls in enumerate(overall):
        if not cls or found is None:
            words.append(NOT_SAMPLED if not counts[i] else "没有可评价的项目，或检出限高于限值、判不了类别")
            continue
        blame = [name for name, worst in zip(found.names, found.worst[:, i]) if worst]
        words.append(f"{found.labels[cls]}（{counts[i]} 次采样，定类项目 {'、'.join(blame[:5])}）")
    return words


def wells(samples: Samples, period: Period, by: Edition | None = None) -> tuple[np.ndarray, list[str], Edition]:
    """Class of each well, 0 none, by the mean of its samples; in words; the edition: of the period, or the one given."""
    std = by or standards.get("GB/T 14848", at=period.end)
    values, below = samples.columns()
    known = judged_items(std)
    values = {i: v for i, v in values.items() if i in known and not np.isnan(v).all()}
    if not values:
        none = np.zeros(len(samples.codes), int)
        return none, _described(samples, None, none), std
    found = groundwater.classes(std, values, below={i: below[i] for i in values}, units_checked=sampling.CHECKED)
    overall = np.asarray(found.overall, int)
    return overall, _described(samples, found, overall), std


def well_share(samples: Samples, indicator, editions, period: Period) -> Raw:
    """Wells of the classes that count over all that have a class (地下水点位类别比例) [%]. GB/T 14848—2017 6.3."""
    overall, words, std = wells(samples, period)
    has = overall > 0
    base = denominators.denominator(samples.roster, indicator.source.absent, samples.names, has)
    n = int(base.counts.sum())
    share = 100 * int(np.isin(overall, well_classes(indicator.source.grade)).sum()) / n if has.any() else math.nan
    parts = {w: float((overall == c).sum()) for c, w in enumerate(groundwater.LABELS) if c} if has.any() else {}
    said = tuple(zip(samples.codes, words))
    return Raw(math.nan if base.reason else share, has, (std,), parts, inputs=said, reason=base.reason, notes=base.notes)


def worse_wells(samples: Samples, indicator, editions, period: Period) -> Raw:
    """How many wells are of a worse class than in the same span of last year (地下水水质变差点位数); only wells with both years."""
    overall, words, std = wells(samples, period)
    before = period.last_year()
    past = samples.history or samples
    days = past.time.astype("datetime64[D]")
    then, then_words, _ = wells(past.where((days >= np.datetime64(before.start)) & (days <= np.datetime64(before.end))), before, std)
    change = groundwater.well_change(std, then, overall)
    said = change.words()
    inputs = tuple(
        (c, f"{n}；上年同期 {t}{f'；{w}' if both else '，无从比较'}")
        for c, n, t, w, both in zip(samples.codes, words, then_words, said, change.compared)
    )
    if not change.compared.any():
        return Raw(math.nan, change.compared, (std,), inputs=inputs, reason="没有一个点位两年都有类别，无从比较")
    lone = [c for c, both in zip(samples.names, change.compared) if not both]
    notes = (f"{'、'.join(lone[:12])}缺一年的类别，没有参加比较",) if lone else ()
    if (ruled := standards.get("GB/T 14848", at=before.end)) is not std:
        notes = (f"上年同期按 {std} 回算，当时施行的是 {ruled}", *notes)
    parts = {"好转": float(change.better), "不变": float(change.same), "变差": float(change.worse)}
    return Raw(float(change.worse), change.compared, (std,), parts, inputs=inputs, notes=notes)


def good_area_share(samples: Samples, indicator, editions, period: Period) -> Raw:
    """Area of class 一、二 over all listed area that has a class (近岸海域优良水质面积比例) [%]: each survey, several by their mean."""
    none = np.zeros(len(samples.codes), bool)
    bare = [c for c, w in zip(samples.names, samples.weight) if not w]
    if not samples.roster or bare:
        said = f"名单里 {'、'.join(bare)} 没有写代表面积" if samples.roster else "没有海域单元名单，无从知道各点位代表的面积"
        return Raw(math.nan, none, reason=said)
    std, rule = standards.get("GB 3097", at=period.end), standards.get("近岸海域水质评价", at=period.end)
    table = rule.table("share")
    months = samples.time.astype("datetime64[M]").astype(int) % 12 + 1
    overall: dict[str, np.ndarray] = {}
    words: list[list[str]] = [[] for _ in samples.codes]
    for survey, which in zip(table["surveys"], table["months"], strict=True):
        part = samples.where(np.isin(months, which))
        if not part.size:
            continue
        values, below = part.columns()
        values = {i: v for i, v in values.items() if not np.isnan(v).all()}
        nitrogen = {"NO3-N", "NO2-N", "NH4-N"}
        for item in nitrogen & set(values):  # 求和以前按检出限一半
            values[item] = np.where(below[item], values[item] / 2, values[item])
        limits = {i: below[i] for i in values if i not in nitrogen and i not in ("temperature", "salinity")}
        found = sea.classes(std, values, below=limits, units_checked=sampling.CHECKED)
        overall[survey] = np.asarray(found.overall, int)
        for i, text in enumerate(_described(part, found, overall[survey])):
            words[i].append(f"{survey} {text}")
    inputs = tuple((c, "；".join(w) or NOT_SAMPLED) for c, w in zip(samples.codes, words))
    if not overall:
        return Raw(math.nan, none, (std, rule), inputs=inputs, reason="时段内没有春、夏、秋任何一期的监测")
    shares = sea.area_shares(rule, overall, [float(w or 0) for w in samples.weight])
    has = np.logical_or.reduce([v > 0 for v in overall.values()])
    if period.kind == "year" and shares.missing:
        return Raw(math.nan, has, (std, rule), inputs=inputs, reason=f"年度取三期平均，缺 {'、'.join(shares.missing)}")
    exact = shares.by_class[:, : int(table["good"])].sum(axis=1)
    notes = tuple(f"{s} {g:.1f}%，评价面积占 {c:.1f}%" for s, g, c in zip(shares.surveys, shares.good, shares.covered))
    return Raw(float(np.nanmean(exact)), has, (std, rule), inputs=inputs, notes=notes)


sampling.add("groundwater.class_share", well_share, "指定类别的点位占有类别点位的百分比", medium="groundwater", needs=("grade",))
sampling.add("groundwater.worse_wells", worse_wells, "类别比上年同期差的点位个数", medium="groundwater", looks_back=True)
sampling.add("sea.good_area_share", good_area_share, "第一、二类水质面积占评价面积的百分比", medium="sea", needs=("roster",))
