"""Indicators of surface water (地表水口径): classes of sections over a period, and what shares they make."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from qingshan import standards
from qingshan.bureau.indicators import denominators, sampling
from qingshan.bureau.indicators.methods import Raw
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.sampling import Samples
from qingshan.methods import surface_water as water
from qingshan.standards import Edition

STANDARD = "GB 3838"
RULE = "地表水环境质量评价办法"
PLAN = "十四五国家地表水监测及评价方案"
ROUNDING = "地表水监测数据修约"
TROPHIC = "湖泊（水库）富营养化评价方法及分级技术规定"
NO_BODY = "没有登记水体类型（河流或湖库），判不了类别；请在站点页补上"
NO_TARGET = "没有登记目标类别；请在站点页补上"


def classes(words) -> np.ndarray:
    """Words of classes as 1 … 6; ValueError with the known ones."""
    try:
        return np.asarray(water.read_classes(list(words)), int)
    except LookupError as error:
        raise ValueError(f"grade：{error}") from None


@dataclass(frozen=True)
class Judged:
    """Class of each station over a period: 1 … 6, 0 none with its reason; the words stand on the page beside the station."""

    classes: np.ndarray
    words: tuple[str, ...]
    editions: tuple[Edition, ...]


def monthly(samples: Samples, period: Period) -> dict[str, np.ndarray]:
    """By item, (n_stations, n_months): the mean of a month's samples; a value below its detection limit enters with half of it."""
    months = np.arange(np.datetime64(period.start, "M"), np.datetime64(period.end, "M") + 1)
    column = samples.time.astype("datetime64[M]").astype(int) - months[0].astype(int)
    size, n = months.size, len(samples.codes)
    key = samples.station * size + column
    order = np.argsort(key, kind="stable")
    first = np.searchsorted(key[order], key[order])
    place = np.arange(key.size) - first
    deep = int(place.max()) + 1 if key.size else 1
    out = {}
    for item in samples.items:
        cells, marks = np.full((n * size, deep), np.nan), np.zeros((n * size, deep), bool)
        cells[key[order], place], marks[key[order], place] = samples.values[item][order], samples.below[item][order]
        out[item] = water.item_mean(item, cells, marks)[0].reshape(n, size)
    return out


def means(samples: Samples, rule: Edition, period: Period) -> tuple[dict[str, np.ndarray], int]:
    """By item, (n_stations,): the value a period is judged by, and the least number of months it needs.

    A month by its own mean; a quarter and a year by the mean of their months, with as many as the rule asks; other spans of months by
    half of them, as 6 of 12.
    """
    by_month = monthly(samples, period)
    count = next(iter(by_month.values())).shape[1] if by_month else 0
    if count <= 1:
        return {item: cell[:, 0] for item, cell in by_month.items()}, 1
    kind = {"quarter": "quarter", "year": "year"}.get(period.kind)
    if kind:
        found = water.period_means(rule, by_month, kind)
        return dict(found.mean), found.need
    need, out = math.ceil(count / 2), {}
    for item, cell in by_month.items():
        mean, n = water.item_mean(item, cell)
        out[item] = np.where(n >= need, mean, np.nan)
    return out, need


def basis_of(
    samples: Samples, indicator, period: Period, std: Edition, rule: Edition, rows: np.ndarray
) -> tuple[water.Basis, list[Edition]]:
    """The items judged: declared by name, or named one by one; the X of 5+X out of last year's and this year's samples."""
    source = indicator.source
    if source.items:
        return water.chosen(source.items), []
    if source.basis == "5+X":
        plan = standards.get(PLAN, at=period.end)
        past = samples.history or samples
        keep = np.isin(past.station, rows)
        place = {int(i): k for k, i in enumerate(rows)}
        goals = np.asarray(water.read_classes([samples.target[i] for i in rows]), int)
        body = np.array([samples.body[i] for i in past.station[keep]], object)
        known = {i: np.where(past.below[i][keep], past.values[i][keep] / 2, past.values[i][keep]) for i in past.items if i in _known(std)}
        extra = {}
        if keep.any() and known:
            section = np.array([place[int(i)] for i in past.station[keep]], int)
            extra = water.extra_items(std, plan, known, section=section, sections=rows.size, target=goals, water=body)
        return water.basis(plan, "5+X", extra), [plan]
    return water.basis(rule, source.basis or "21"), []


def _known(std: Edition) -> set[str]:
    """Items that have limits."""
    return {row["item"] for row in std.table("limit")["row"]}


def judge(samples: Samples, indicator, period: Period) -> Judged:
    """Class of each station over the period, with why one has none."""
    std, rule = standards.get(STANDARD, at=period.end), standards.get(RULE, at=period.end)
    rounding = standards.get(ROUNDING, at=period.end)
    size = len(samples.codes)
    classes, words = np.zeros(size, int), ["没有采样数据"] * size
    sampled = set(samples.station.tolist())
    for i in range(size):
        if i in sampled and not samples.body[i]:
            words[i] = NO_BODY
    rows = np.array([i for i in range(size) if i in sampled and samples.body[i]], int)
    if not rows.size:
        return Judged(classes, tuple(words), (std, rule, rounding))
    values, need = means(samples, rule, period)
    basis, more = basis_of(samples, indicator, period, std, rule, rows)
    mine = {item: v[rows] for item, v in values.items() if item in basis.items or item == "temperature"}
    if not mine:
        return Judged(classes, tuple(words), (std, rule, rounding, *more))
    bodies = np.array([samples.body[i] for i in rows], object)
    found = water.evaluate(std, rule, basis, mine, water=bodies, rounding=rounding, units_checked=sampling.CHECKED)
    named, blame, reason = water.class_words(found.water_class), water.main_words(found, rule), found.reason()
    months = np.bincount(samples.station, minlength=size)
    for k, i in enumerate(rows):
        classes[i] = int(found.water_class[k])
        why = f"；主要污染指标 {blame[k]}" if blame[k] else ""
        lacking = f"{reason[k]}" + (f"（有效月数少于 {need} 个的项目按缺项计）" if need > 1 else "")
        words[i] = f"{named[k]}类（{basis.title}，{months[i]} 次采样{why}）" if classes[i] else lacking
    return Judged(classes, tuple(words), (std, rule, rounding, *more))


def _inputs(samples: Samples, judged: Judged) -> tuple[tuple[str, str], ...]:
    return tuple(zip(samples.codes, judged.words))


def settled(samples: Samples, indicator, period: Period) -> tuple[Judged, np.ndarray, denominators.Denominator]:
    """Classes with the latest one in place of an absent section's where the policy says so, and the denominator."""
    judged = judge(samples, indicator, period)
    has, absent = judged.classes > 0, indicator.source.absent
    classes, words = judged.classes.copy(), list(judged.words)
    if samples.roster and absent == "last" and samples.history is not None:
        past = samples.history
        months = past.time.astype("datetime64[M]")
        for month in sorted({m for m in months.tolist() if m < period.start.replace(day=1)}, reverse=True):
            if (classes > 0).all():
                break
            then = judge(past.where(months == np.datetime64(month, "M")), indicator, Period.month(month.year, month.month))
            for i in np.flatnonzero((classes == 0) & (then.classes > 0)):
                classes[i], words[i] = then.classes[i], f"{words[i]}；沿用{month.year}年{month.month}月：{then.words[i]}"
    base = denominators.denominator(samples.roster, absent, samples.names, has, classes > 0)
    return Judged(judged.classes, tuple(words), judged.editions), classes, base


def class_share(samples: Samples, indicator, editions, period: Period) -> Raw:
    """Sections of the classes that count over all that have a class (断面类别比例) [%]."""
    judged, classes, base = settled(samples, indicator, period)
    wanted = water.read_classes(list(indicator.source.grade))
    has, n = judged.classes > 0, int(base.counts.sum())
    share = 100 * int((np.isin(classes, wanted) & base.counts).sum()) / n if has.any() else math.nan
    parts = {str(w): float((classes == c).sum()) for c, w in enumerate(water.class_words(np.arange(7))) if c}
    return Raw(
        math.nan if base.reason else share, has, judged.editions, parts if has.any() else {}, inputs=_inputs(samples, judged),
        reason=base.reason, notes=base.notes,
    )  # fmt: skip


def target_ratio(samples: Samples, indicator, editions, period: Period) -> Raw:
    """Sections that meet their target class over all that have a class and a target (断面达标率) [%]."""
    judged, met, has, base, words = _met(samples, indicator, period)
    ratio = 100 * float(np.nansum(np.where(base.counts, met, 0))) / int(base.counts.sum()) if has.any() else math.nan
    return Raw(
        math.nan if base.reason else ratio, has, judged.editions, inputs=tuple(zip(samples.codes, words)), reason=base.reason,
        notes=base.notes,
    )  # fmt: skip


def _met(samples: Samples, indicator, period: Period):
    """Judged, whether each section meets its target (1, 0, NaN), which of them by their own samples, the denominator, words."""
    judged, classes, base = settled(samples, indicator, period)
    goals = np.asarray(water.read_classes(list(samples.target)), int)
    met = water.meets_target(classes, goals)
    has = ~np.isnan(met) & (judged.classes > 0)
    words = [
        NO_TARGET if c and not g else f"{w}；目标 {samples.target[i]}，{'达标' if met[i] else '不达标'}" if not np.isnan(met[i]) else w
        for i, (c, g, w) in enumerate(zip(classes, goals, judged.words))
    ]
    bare = [c for c, g in zip(samples.names, goals) if not g]
    if bare and samples.roster:  # a section without a target can neither meet nor fail
        base = replace(base, counts=base.counts & (goals > 0), notes=(*base.notes, f"{'、'.join(bare)}没有目标类别，不进分母"))
    return judged, met, has, base, words


def river_ratio(samples: Samples, indicator, editions, period: Period) -> Raw:
    """Rivers all of whose listed sections meet their targets, over the list's rivers (河流达标率) [%]."""
    if not samples.roster or not all(samples.river):
        bare = "、".join(c for c, r in zip(samples.names, samples.river) if not r)
        said = f"考核名单里 {bare} 没有写所在河流" if samples.roster else "没有考核名单，无从知道断面属于哪条河流"
        return Raw(math.nan, np.zeros(len(samples.codes), bool), reason=said)
    judged, met, has, _, words = _met(samples, indicator, period)
    rivers = water.rivers_meet(list(samples.river), met)
    state = np.array(list(rivers.values()))
    base = denominators.denominator(samples.roster, indicator.source.absent, list(rivers), ~np.isnan(state))
    ratio = 100 * float((state[base.counts] == 1).sum()) / int(base.counts.sum()) if has.any() and base.counts.any() else math.nan
    said = {n: "有断面没有结果" if np.isnan(v) else "达标" if v else "不达标" for n, v in rivers.items()}
    inputs = tuple((c, f"{r}（{said[r]}）：{w}") for c, r, w in zip(samples.codes, samples.river, words))
    return Raw(
        math.nan if base.reason else ratio, has, judged.editions, {n: v for n, v in rivers.items() if v == v}, inputs=inputs,
        reason=base.reason, notes=tuple(n.replace(f"“{samples.roster}”", f"“{samples.roster}”河流 ", 1) for n in base.notes),
    )  # fmt: skip


def kept_ratio(samples: Samples, indicator, editions, period: Period) -> Raw:
    """Sections that met their target in every month of the period (逐月稳定达标，保持) [%]; without a month's data not proven."""
    if not period.is_whole_months:
        return Raw(math.nan, np.zeros(len(samples.codes), bool), reason="按月判定保持，时段须由整月组成")
    months = _months(period)
    goals = np.asarray(water.read_classes(list(samples.target)), int)
    rows, found = samples.time.astype("datetime64[M]"), []
    used: tuple[Edition, ...] = ()
    for month in months:
        judged = judge(samples.where(rows == np.datetime64(month.start, "M")), indicator, month)
        found.append(water.meets_target(judged.classes, goals))
        used = tuple(dict.fromkeys([*used, *judged.editions]))
    kept = water.stays(np.array(found).T)
    has = ~np.isnan(kept.kept) & (goals > 0)
    words = [
        NO_TARGET if not goals[i]
        else f"{months[kept.first_break[i]].title}起不达标" if kept.kept[i] == 0
        else f"{kept.without[i]} 个月没有结果，不能证明保持" if np.isnan(kept.kept[i])
        else f"{len(months)} 个月逐月达标"
        for i in range(len(samples.codes))
    ]  # fmt: skip
    base = denominators.denominator(samples.roster, indicator.source.absent, samples.names, has)
    ratio = 100 * float((kept.kept[base.counts] == 1).sum()) / int(base.counts.sum()) if base.counts.any() else math.nan
    return Raw(
        math.nan if base.reason else ratio, has, used, inputs=tuple(zip(samples.codes, words)), reason=base.reason, notes=base.notes
    )


def _months(period: Period) -> list[Period]:
    first, last = period.start, period.end
    return [
        Period.month(y, m)
        for y in range(first.year, last.year + 1)
        for m in range(1, 13)
        if (first.year, first.month) <= (y, m) <= (last.year, last.month)
    ]


def trophic_index(samples: Samples, indicator, editions, period: Period) -> Raw:
    """TLI(Σ) of a lake (综合营养状态指数): mean concentrations of its points first, then the index; river sections take no part."""
    rule = standards.get(TROPHIC, at=period.end)
    lakes = np.array([b == "lake" for b in samples.body], bool)
    part = samples.where(lakes[samples.station]) if samples.size else samples
    columns = {item: np.array([water.item_mean(item, part.values[item], part.below[item])[0]]) for item in part.items}
    columns = {item: v for item, v in columns.items() if item in water.parameters(rule)}
    if not columns:
        return Raw(math.nan, np.zeros(len(samples.codes), bool), (rule,), reason="没有湖库点位的透明度、叶绿素等数据")
    found = water.trophic(rule, columns, units_checked=sampling.CHECKED)
    has = np.isin(np.arange(len(samples.codes)), part.station)
    words = [
        "湖库点位" if has[i] else "没有采样数据" if body == "lake" else "河流断面不参加" if body else NO_BODY
        for i, body in enumerate(samples.body)
    ]
    total, said = float(np.ravel(found.total)[0]), str(np.ravel(found.reason())[0])
    level = "" if math.isnan(total) else str(np.ravel(water.tli_words(rule, found.grade))[0])
    parts = {item: round(float(np.ravel(v)[0]), 2) for item, v in found.index.items()}
    return Raw(
        total, has, (rule,), parts, inputs=tuple(zip(samples.codes, words)), reason=said, notes=(f"营养状态：{level}",) if level else ()
    )


sampling.add(
    "water.class_share",
    class_share,
    "指定类别的断面占有类别断面的百分比",
    medium="water",
    needs=("grade",),
    looks_back=True,
    is_sensitive=False,
)
sampling.add("water.target_ratio", target_ratio, "达到目标类别的断面占有目标断面的百分比", medium="water", looks_back=True)
sampling.add("water.river_ratio", river_ratio, "断面全部达标的河流占名单河流的百分比", medium="water", looks_back=True, needs=("roster",))
sampling.add("water.kept_ratio", kept_ratio, "逐月都达标的断面占有目标断面的百分比", medium="water", looks_back=True)
sampling.add("water.trophic_index", trophic_index, "湖库综合营养状态指数 TLI(Σ)", medium="water")
