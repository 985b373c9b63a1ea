"""Indicators of surface water (地表水口径): classes of sections over a period, and what shares they make."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from qingshan import standards
from qingshan.bureau.indicators import sampling
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
    found = water.evaluate(std, rule, basis, mine, water=np.array([samples.body[i] for i in rows], object), rounding=rounding)
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


def class_share(samples: Samples, indicator, editions, period: Period) -> Raw:
    """Sections of the classes that count over all that have a class (断面类别比例) [%]."""
    judged = judge(samples, indicator, period)
    wanted = water.read_classes(list(indicator.source.grade))
    has = judged.classes > 0
    share = 100 * int(np.isin(judged.classes, wanted).sum()) / int(has.sum()) if has.any() else math.nan
    parts = {str(w): float((judged.classes == c).sum()) for c, w in enumerate(water.class_words(np.arange(7))) if c}
    return Raw(share, has, judged.editions, parts if has.any() else {}, inputs=_inputs(samples, judged))


def target_ratio(samples: Samples, indicator, editions, period: Period) -> Raw:
    """Sections that meet their target class over all that have a class and a target (断面达标率) [%]."""
    judged = judge(samples, indicator, period)
    goals = np.asarray(water.read_classes(list(samples.target)), int)
    met = water.meets_target(judged.classes, goals)
    has = ~np.isnan(met)
    words = [
        NO_TARGET if c and not g else f"{w}；目标 {samples.target[i]}，{'达标' if met[i] else '不达标'}" if has[i] else w
        for i, (c, g, w) in enumerate(zip(judged.classes, goals, judged.words))
    ]
    ratio = 100 * float(np.nansum(met)) / int(has.sum()) if has.any() else math.nan
    return Raw(ratio, has, judged.editions, inputs=tuple(zip(samples.codes, words)))


def trophic_index(samples: Samples, indicator, editions, period: Period) -> Raw:
    """TLI(Σ) of a lake (综合营养状态指数): mean concentrations of its points first, then the index; river sections take no part."""
    rule = standards.get(TROPHIC, at=period.end)
    lakes = np.array([b == "lake" for b in samples.body], bool)
    part = samples.where(lakes[samples.station]) if samples.size else samples
    columns = {item: np.array([water.item_mean(item, part.values[item], part.below[item])[0]]) for item in part.items}
    columns = {item: v for item, v in columns.items() if item in water.parameters(rule)}
    if not columns:
        return Raw(math.nan, np.zeros(len(samples.codes), bool), (rule,), reason="没有湖库点位的透明度、叶绿素等数据")
    found = water.trophic(rule, columns)
    has = np.isin(np.arange(len(samples.codes)), part.station)
    total = float(np.ravel(found.total)[0])
    inputs = tuple((c, "湖库点位" if has[i] else "") for i, c in enumerate(samples.codes))
    return Raw(total, has, (rule,), reason="" if total == total else str(np.ravel(found.reason())[0]), inputs=inputs)


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
sampling.add("water.trophic_index", trophic_index, "湖库综合营养状态指数 TLI(Σ)", medium="water")
