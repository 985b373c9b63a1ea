"""Indicators of the acoustic environment (声环境口径): point-times of functional areas, mean level of a region."""

from __future__ import annotations

import numpy as np

from qingshan import standards
from qingshan.bureau.indicators import denominators, sampling
from qingshan.bureau.indicators.methods import Raw
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.sampling import Samples
from qingshan.methods import noise

NO_AREA = "没有登记声功能区类别；请在站点页补上"


def functional_ratio(samples: Samples, indicator, editions, period: Period) -> Raw:
    """Point-times that comply over all point-times (功能区声环境质量达标率) [%], by day with Ld, at night with Ln. HJ 640—2012 6.4."""
    gb3096, hj640 = standards.get("GB 3096", at=period.end), standards.get("HJ 640", at=period.end)
    item = indicator.source.item
    values = samples.values.get(item, np.full(samples.size, np.nan))
    named = np.array([bool(samples.target[i]) for i in samples.station], bool)
    keep = named & ~np.isnan(values)
    counts = np.bincount(samples.station[keep], minlength=len(samples.codes))
    bare = [NO_AREA if not t else "没有数据" for t in samples.target]
    if not keep.any():
        return Raw(float("nan"), counts > 0, (gb3096, hj640), inputs=tuple(zip(samples.codes, bare)))
    areas = np.array([samples.target[i] for i in samples.station[keep]], object)
    when = "night" if item == "Ln" else "day"
    judged = noise.meets(gb3096, areas, when, values[keep])
    met = np.bincount(samples.station[keep][judged.met], minlength=len(samples.codes))
    words = [f"{samples.target[i]} 类区，{m}/{n} 点次达标" if n else bare[i] for i, (m, n) in enumerate(zip(met, counts))]
    ratio = 100 * int(judged.met.sum()) / int(judged.judged.sum())
    areas = np.array([bool(t) for t in samples.target])
    return Raw(ratio, counts > 0, (gb3096, hj640), inputs=tuple(zip(samples.codes, words)), due=areas)


def _by_day(samples: Samples, item: str, period: Period) -> tuple[Samples, tuple[str, ...]]:
    """The samples of `Leq` taken by day, and what was left out, in words; one with a date only is taken for one of the day."""
    if item != "Leq":
        return samples, ()
    times = noise.period(standards.get("GB 3096", at=period.end))
    clock = samples.time - samples.time.astype("datetime64[D]")
    hours = clock.astype("timedelta64[s]").astype(int) / 3600
    day = (hours == 0) | ((hours >= times.day_from) & (hours < times.day_to))
    night = int((~day).sum())
    said = (f"{night} 次采样在夜间（{times.day_to}:00—{times.day_from}:00），不参加昼间平均",) if night else ()
    return samples.where(day), said


def _who(samples: Samples, indicator, has: np.ndarray) -> tuple[str, tuple[str, ...]]:
    """Why there is no value, and who of the year's list is absent."""
    base = denominators.denominator(samples.roster, indicator.source.absent, samples.names, has)
    return base.reason, base.notes


def _graded(hj640, subject: str, item: str, mean: float) -> str:
    grade = noise.grade(hj640, subject, "night" if item == "Ln" else "day", [mean])
    return f"{noise.SUBJECTS[subject]}“{noise.grade_words(hj640, subject, grade)[0]}”"


def region_mean(samples: Samples, indicator, editions, period: Period) -> Raw:
    """Arithmetic mean of the points' levels by day (区域平均等效声级) [dB(A)]. HJ 640—2012 4.4."""
    hj640, item = standards.get("HJ 640", at=period.end), indicator.source.item
    part, notes = _by_day(samples, item, period)
    means = sampling.station_means(part, item, "limit")
    has = ~np.isnan(means)
    words = tuple((c, f"{m:.1f} dB(A)" if ok else "没有数据") for c, m, ok in zip(samples.codes, means, has))
    if not has.any():
        return Raw(float("nan"), has, (hj640,), inputs=words, notes=notes)
    reason, absent = _who(samples, indicator, has)
    found = noise.region_mean(hj640, means[has])
    return Raw(
        float("nan") if reason else found, has, (hj640,), inputs=words, reason=reason,
        notes=(_graded(hj640, "region", item, found), *absent, *notes),
    )  # fmt: skip


def road_mean(samples: Samples, indicator, editions, period: Period) -> Raw:
    """Mean of road sections' levels weighted by length (道路交通噪声平均值) [dB(A)]. HJ 640—2012 5.4."""
    hj640, item = standards.get("HJ 640", at=period.end), indicator.source.item
    part, notes = _by_day(samples, item, period)
    means = sampling.station_means(part, item, "limit")
    has = ~np.isnan(means)
    bare = [c for c, w, ok in zip(samples.names, samples.weight, has) if ok and not w]
    rows = zip(samples.codes, means, samples.weight, has)
    words = tuple((c, f"{m:.1f} dB(A)，{w:g} km" if ok and w else "没有数据") for c, m, w, ok in rows)
    if not samples.roster or bare:
        said = f"名单里 {'、'.join(bare)} 没有写路段长度" if samples.roster else "没有道路路段名单，无从知道路段长度"
        return Raw(float("nan"), has, (hj640,), inputs=words, reason=said)
    if not has.any():
        return Raw(float("nan"), has, (hj640,), inputs=words, notes=notes)
    reason, absent = _who(samples, indicator, has)
    found = noise.road_mean(hj640, means, np.array([float(w or 1) for w in samples.weight]))
    said = f"{_graded(hj640, 'road', item, found.mean)}；超标路段长度占 {found.exceeding_share:.1f}%"
    return Raw(
        float("nan") if reason else found.mean, has, (hj640,), inputs=words, reason=reason, notes=(said, *absent, *notes)
    )  # fmt: skip


sampling.add("noise.road_mean", road_mean, "路段等效声级按长度的加权平均", medium="noise", needs_item=True, needs=("roster",))
sampling.add("noise.functional_ratio", functional_ratio, "达标点次占全部点次的百分比", medium="noise", needs_item=True)
sampling.add("noise.region_mean", region_mean, "测点等效声级的算术平均", medium="noise", needs_item=True)
