"""All checks of one place over its hours (逐站筛查), at the shipped thresholds: leads in the order of the checks, then of time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from qingshan.quality import digits, habits, limits, places, repeats, series, values
from qingshan.quality.declared import Thresholds, checks, place_medium, thresholds
from qingshan.quality.findings import Finding, graded, lead
from qingshan.stats import plausibility
from qingshan.stats.columns import Flags, Numbers, numbers, truths
from qingshan.terms import arguments, items
from qingshan.terms.bounds import bounds
from qingshan.terms.registry import unknown


@dataclass(frozen=True)
class Place:
    """One station or outlet over an hour axis (一个点位的逐时资料). What is not given is not checked."""

    kind: str
    """``air``, ``outlet``, ``water``"""
    columns: Mapping[str, ArrayLike]
    """values by item, of equal length, one an hour, in the unit of the item; NaN missing"""
    limits: Mapping[str, float] = field(default_factory=dict)
    """discharge limits by item"""
    others: Mapping[str, ArrayLike] = field(default_factory=dict)
    """places around by item, rows are places"""
    upstream: Mapping[str, ArrayLike] = field(default_factory=dict)
    """the place upstream by item"""
    lag: int = 0
    """hours from upstream"""
    marked: ArrayLike | None = None
    """hours marked invalid, in maintenance or calibration"""
    stopped: ArrayLike | None = None
    """hours marked stopped"""
    calibrations: Sequence[int] | None = None
    """hours in which calibrations or changes of parameters begin"""
    visits: Sequence[int] | None = None
    """hours of inspections"""
    flow: ArrayLike | None = None
    production: ArrayLike | None = None
    """power of production [kW]"""
    treatment: ArrayLike | None = None
    """power of treatment [kW]"""
    first_hour: int = 0
    """hour of the week of the first hour, Monday 00 being 0"""


def screen(place: Place, *, only: Sequence[str] = (), **other: float) -> list[Finding]:
    """Every check the place has data for (筛查).

    Parameters
    ----------
    only : names of checks; all where empty
    other : thresholds of this bureau in place of the shipped ones, by name
    """
    if wrong := [name for name in only if name not in checks()]:
        raise LookupError(unknown("质控检查", wrong[0], checks()))
    medium = place_medium(place.kind)
    columns = {item: series.clean(column, items.get(item, medium).name) for item, column in place.columns.items()}
    if len({c.size for c in columns.values()}) > 1:
        raise ValueError(f"各列须等长：{'、'.join(f'{k} {v.size} 个' for k, v in columns.items())}")
    found: list[Finding] = []
    for item, column in columns.items():
        at = _with(thresholds(place.kind, item), other)
        # 物理上不可能的值只报一次，不再让别的检查重复说
        sound = np.where(plausibility.impossible(item, medium, column), np.nan, column)
        found += _range(at, numbers(place.columns[item], item))
        live = np.where(_invalid(place, sound.size), np.nan, sound)
        for check in (_step, _spike, _flat, _weak, _repeat, _coarse, _digit, _clip):
            found += check(at, live)
        found += _against(place, at, live)
        found += _people(place, at, sound)
    if columns:
        found += _order(place, columns, other)
        found += _works(place, next(iter(columns.values())).size, _with(thresholds(place.kind, next(iter(columns))), other))
    order = {name: k for k, name in enumerate(checks())}
    return sorted((f for f in found if not only or f.check in only), key=lambda f: (order[f.check], f.item, f.start))


def _invalid(place: Place, size: int) -> Flags:
    """Hours that are marked or stopped: their values are no measurements, and only the checks of marks look at them."""
    out = np.zeros(size, bool)
    for marks in (place.marked, place.stopped):
        if marks is not None:
            given = truths(marks, "标记").ravel()
            if given.size != size:
                raise ValueError(f"标记与数据须等长，得到 {given.size} 与 {size}")
            out |= given
    return out


def _with(at: Thresholds, other: Mapping[str, float]) -> Thresholds:
    if wrong := [name for name in other if not hasattr(at, name) or name in ("item", "medium")]:
        raise LookupError(unknown("阈值", wrong[0], [k for k in vars(at) if k not in ("item", "medium")]))
    return replace(at, **other)  # type: ignore[arg-type]


def _grouped(check: str, at: Thresholds, flags: Flags, column: Numbers, said: str) -> Iterator[Finding]:
    for start, stop in series.spans(flags, gap=24).tolist():
        count = int(flags[start:stop].sum())
        shown = column[start:stop][flags[start:stop]]
        worst = float(shown[np.argmax(np.abs(np.nan_to_num(shown)))])
        words = said.format(n=count, worst=worst)
        yield lead(check, at.item, start, stop, graded(count, 3, 12), words, {"count": count, "worst": worst}, {at.item: column})


def _range(at: Thresholds, column: Numbers) -> Iterator[Finding]:
    told = np.where(np.isfinite(column), np.clip(column, -series.LARGEST, series.LARGEST), column)
    for doubt in plausibility.check(at.item, at.medium, told):
        if doubt.kind in ("negative", "beyond", "infinite", "sentinel"):
            flags = np.zeros(column.size, bool)
            flags[doubt.places] = True
            shown = series.clean(column)
            for start, stop in series.spans(flags, gap=24).tolist():
                count = int(flags[start:stop].sum())
                yield lead("range", at.item, start, stop, 2 if doubt.refuse else 1, doubt.words, {"count": count}, {at.item: shown})


def _step(at: Thresholds, column: Numbers) -> Iterator[Finding]:
    return _grouped("step", at, values.steps(column, at.step), column, f"{{n}} 处一小时内变化超过 {at.step:g}（到 {{worst:g}}）")


def _spike(at: Thresholds, column: Numbers) -> Iterator[Finding]:
    flags = values.spikes(column, at.spike, times=at.spike_times)
    flags[1:] &= ~flags[:-1] | (column[1:] > column[:-1])
    return _grouped("spike", at, flags, column, f"{{n}} 处偏离前后均值超过 {at.spike:g}（{{worst:g}}）")


def _tolerance(column: Numbers) -> float:
    step = series.digit_step(column)
    return 1e-9 if np.isnan(step) else step / 2


def _flat(at: Thresholds, column: Numbers) -> Iterator[Finding]:
    """Long runs of one value, longer than the share of unchanged hours of the series makes likely."""
    if column.size <= at.flat_hours:
        return
    flags = values.flat_line(np.where(column <= at.floor, np.nan, column), at.flat_hours - 1, _tolerance(column))
    if not flags.any():
        return
    still = np.abs(np.diff(column)) < _tolerance(column)
    known = ~np.isnan(np.diff(column))
    for last, stop in series.spans(flags, gap=1).tolist():
        start = max(last - at.flat_hours + 1, 0)
        inside = np.zeros(still.size, bool)
        inside[start : stop - 1] = True
        usual = max(int((still & ~inside).sum()), 1) / max(int((known & ~inside).sum()), 1)
        odds = -int((still & inside).sum()) * np.log10(min(usual, 0.999)) - np.log10(column.size)
        if odds >= at.flat_odds and np.count_nonzero(~np.isnan(column[start:stop])) >= at.flat_hours:
            value = float(np.nanmedian(column[start:stop]))
            said = f"{items.get(at.item, at.medium).name}连续 {stop - start} 小时为 {value:g}"
            figures = {"hours": stop - start, "value": value, "odds": float(odds)}
            yield lead("flat", at.item, start, stop, graded(odds, 12, 24), said, figures, {at.item: column})


def _weak(at: Thresholds, column: Numbers) -> Iterator[Finding]:
    """Windows that move far less than the series' windows do, measured against their own level, yet are no flat line."""
    width = int(at.weak_hours)
    n = column.size // width
    if n < 8:
        return
    table = column[: n * width].reshape(n, width)
    full = (~np.isnan(table)).sum(axis=1) >= width // 2
    level, move = np.full(n, np.nan), np.full(n, np.nan)
    if full.sum() < 8:
        return
    level[full], move[full] = np.nanmedian(table[full], axis=1), np.nanstd(table[full], axis=1)
    usual = float(np.nanmedian(move[full] / np.maximum(level[full], at.offset)))
    flags = np.nan_to_num(move, nan=np.inf) < at.weak_share * usual * np.maximum(np.nan_to_num(level), at.offset)
    flags &= np.nan_to_num(level) > at.floor
    for first, last in series.spans(flags).tolist():
        start, stop = first * width, last * width
        part = float(np.nanmax(move[first:last]))
        figures = {"std": part, "usual": usual}
        said = f"{items.get(at.item, at.medium).name}{stop - start} 小时标准差 {part:.3g}，相对波动不到平常的 {at.weak_share:.0%}"
        yield lead("weak", at.item, start, stop, graded(last - first, 2, 4), said, figures, {at.item: column})


def _repeat(at: Thresholds, column: Numbers) -> Iterator[Finding]:
    live = np.where(column <= at.floor, np.nan, column)
    for found in repeats.repeats(live, least=int(at.repeat_hours), evidence=at.repeat_odds):
        said = f"第 {found.start}～{found.stop - 1} 小时的 {found.stop - found.start} 个值在第 {found.again} 小时起逐个重现"
        figures = {"hours": found.stop - found.start, "from": found.start, "odds": found.evidence}
        length = found.stop - found.start
        yield lead("repeat", at.item, found.again, found.again + length, graded(found.evidence, 12, 24), said, figures, {at.item: column})


def _coarse(at: Thresholds, column: Numbers) -> Iterator[Finding]:
    for found in digits.coarser(np.where(column <= at.floor, np.nan, column), width=int(at.coarse_hours), least=int(at.coarse_least)):
        said = f"这 {found.stop - found.start} 小时都是 {found.step:g} 的整倍数，其余按 {found.usual:g}"
        figures = {"step": found.step, "usual": found.usual}
        strength = graded((found.stop - found.start) / at.coarse_hours, 3, 8)
        yield lead("coarse", at.item, found.start, found.stop, strength, said, figures, {at.item: column})


def _digit(at: Thresholds, column: Numbers) -> Iterator[Finding]:
    live = np.where(column <= at.floor, np.nan, column)
    for start, stop in _windows(column.size, int(at.digit_hours)):
        found = digits.last_digit(live[start:stop], least=int(at.digit_least), span=at.digit_span)
        if found.effect >= at.digit_effect:
            top = int(np.argmax(found.counts))
            figures = {"chi2": found.chi2, "effect": found.effect, "digit": top, "count": int(found.counts[top])}
            said = f"{int(found.counts.sum())} 个值末位不匀，最多的 {top} 有 {int(found.counts[top])} 个（χ²/n = {found.effect:.2f}）"
            yield lead("digit", at.item, start, stop, graded(found.effect, 0.6, 1.5), said, figures, {"counts": found.counts.astype(float)})


def _windows(size: int, width: int) -> list[tuple[int, int]]:
    return [(a, min(a + width, size)) for a in range(0, size, width)]


def _clip(at: Thresholds, column: Numbers) -> Iterator[Finding]:
    step = series.digit_step(column)
    for start, stop in _windows(column.size, int(at.clip_hours)):
        part = column[start:stop]
        found = limits.clipping(part)
        if found.count < max(at.clip_least, at.clip_times * found.near) or np.isnan(step) or found.top <= at.floor:
            continue
        where = np.flatnonzero(part == found.top)
        runs = len(series.spans(part == found.top))
        if runs >= 3 and found.top - float(np.nanmedian(part)) >= at.clip_steps * step:
            said = f"{found.count} 个值正好等于最高值 {found.top:g}，其下一成范围内只有 {found.near} 个"
            figures = {"top": found.top, "count": found.count, "near": found.near}
            first, last = start + int(where[0]), start + int(where[-1]) + 1
            yield lead("clip", at.item, first, last, graded(found.count, 24, 72), said, figures, {at.item: column})


def _against(place: Place, at: Thresholds, column: Numbers) -> Iterator[Finding]:
    """A limit, the neighbours, the place upstream."""
    if (limit := place.limits.get(at.item)) is not None:
        for start, stop in _windows(column.size, int(at.hug_hours)):
            hug = limits.hugging(column[start:stop], limit)
            if hug.under >= at.hug_least and hug.share >= at.hug_share and -hug.odds >= at.hug_odds:
                said = f"0.9～1 倍限值 {limit:g} 内有 {hug.under} 个，其上 1～1.1 倍只有 {hug.over} 个，平滑分布应约 {hug.expected:.0f} 个"
                figures = {"under": hug.under, "over": hug.over, "expected": hug.expected, "odds": -hug.odds}
                yield lead("hug", at.item, start, stop, graded(-hug.odds, 12, 24), said, figures, {at.item: column})
    for row in np.atleast_2d(np.asarray(place.others.get(at.item, np.empty((0, 0))))):
        for block in repeats.copies(np.where(column <= at.floor, np.nan, column), row, least=int(at.repeat_hours), evidence=at.repeat_odds):
            length = block.stop - block.start
            said = f"{length} 个值与周边另一点位第 {block.again} 小时起逐个相同"
            figures = {"hours": length, "from": block.again, "odds": block.evidence}
            yield lead("copy", at.item, block.start, block.stop, graded(block.evidence, 12, 24), said, figures, {at.item: column})
    beside = {"neighbour": places.ring(place.others[at.item])} if at.item in place.others else {}
    if at.item in place.upstream:
        beside["upstream"] = series.clean(place.upstream[at.item])
    for check, other in beside.items():
        found = places.shifts(
            column, other, days=int(at.shift_days), least=at.shift_least, score=at.shift_score, offset=at.offset,
            lag=place.lag if check == "upstream" else 0,
        )  # fmt: skip
        for shift in found:
            whom = "周边中位数" if check == "neighbour" else "上游"
            said = f"与{whom}之比在这几日变为原来的 {np.exp(shift.change):.2f} 倍并保持，为平日变化的 {shift.score:.1f} 倍"
            figures = {"ratio": float(np.exp(shift.change)), "score": shift.score}
            yield lead(check, at.item, shift.at, shift.stop, graded(shift.score, 9, 14), said, figures, {at.item: column, "others": other})


def _people(place: Place, at: Thresholds, column: Numbers) -> Iterator[Finding]:
    """Marks, calibrations and inspections against the values of an item."""
    limit, name = place.limits.get(at.item), items.get(at.item, at.medium).name
    if limit is not None and place.marked is not None:
        hidden = habits.covered(column, limit, place.marked)
        if -hidden.odds >= at.mark_odds:
            said = f"{name}超过 {limit:g} 的 {hidden.over} 小时中 {hidden.covered} 小时有标记，而标记只占全部的 {hidden.marked:.1%}"
            figures = {"over": hidden.over, "covered": hidden.covered, "odds": -hidden.odds}
            for start, stop in [(int(hidden.places[0]), int(hidden.places[-1]) + 1)]:
                yield lead("mark", at.item, start, stop, graded(-hidden.odds, 8, 16), said, figures, {at.item: column})
    if limit is not None and place.calibrations is not None and len(place.calibrations):
        timely = habits.acts_after_rises(np.asarray(place.calibrations, float), column, at.adjust_level * limit, hours=int(at.adjust_hours))
        if -timely.odds >= at.adjust_odds and timely.after >= 4:
            said = f"{timely.acts} 次校准或改参数有 {timely.after} 次在{name}升到限值 {at.adjust_level:g} 倍后 {at.adjust_hours} 小时内"
            figures = {"acts": timely.acts, "after": timely.after, "odds": -timely.odds}
            first, last = int(timely.places[0]), int(timely.places[-1]) + 1
            yield lead("adjust", at.item, first, last, graded(-timely.odds, 8, 16), said, figures, {at.item: column})
    if place.visits is not None and len(place.visits):
        effect = habits.visit_effect(column, np.asarray(place.visits, float), hours=int(at.visit_hours), offset=at.offset)
        if effect.visits >= 3 and effect.change <= -at.visit_change and effect.score <= -at.visit_score:
            said = f"{effect.visits} 次检查前后 {at.visit_hours} 小时{name}平均为平时的 {np.exp(effect.change):.0%}，前后回升"
            figures = {"ratio": float(np.exp(effect.change)), "score": effect.score, "visits": effect.visits}
            first, last = int(min(place.visits)), int(max(place.visits)) + 1
            yield lead("visit", at.item, first, last, graded(-effect.score, 6, 9), said, figures, {at.item: column})


def _order(place: Place, columns: Mapping[str, Numbers], other: Mapping[str, float]) -> Iterator[Finding]:
    for part, whole, words in bounds(place_medium(place.kind)).part:
        if part in columns and whole in columns:
            at = _with(thresholds(place.kind, part), other)
            flags = places.reversed_order(columns[part], columns[whole], share=at.order_share, least=at.order_least)
            for start, stop in series.spans(flags).tolist():
                if stop - start >= at.order_hours:
                    said = f"{words}：连续 {stop - start} 小时，超出仪器误差"
                    shown = {part: columns[part], whole: columns[whole]}
                    yield lead("order", part, start, stop, graded(stop - start, 12, 24), said, {"hours": stop - start}, shown)


def _works(place: Place, size: int, at: Thresholds) -> Iterator[Finding]:
    """What concerns the whole place: marks, calibrations, power, flow."""
    if place.marked is not None:
        begun = series.spans(place.marked)[:, 0]
        day, hour, count, odds = habits.same_hour(np.datetime64("1970-01-05", "h") + (begun + place.first_hour).astype("m8[h]"))
        if count >= at.habit_least and -odds >= at.habit_odds:
            said = f"{begun.size} 次标记有 {count} 次始于星期{'一二三四五六日'[day]} {hour} 时"
            yield lead("habit", "", int(begun[0]), int(begun[-1]) + 1, graded(-odds, 16, 32), said, {"count": count, "odds": -odds}, {})
    if place.calibrations is not None:
        at_hours = np.unique(np.asarray(place.calibrations, np.int64))
        edges = np.concatenate([[0], at_hours, [size]])
        for k in np.flatnonzero(np.diff(edges) > 24 * at.calibrate_days).tolist():
            gap = int(edges[k + 1] - edges[k])
            said = f"{gap / 24:.1f} 天没有校准，规定不超过 {at.calibrate_days:g} 天"
            strength = graded(gap / (24 * at.calibrate_days), 2, 4)
            yield lead("calibrate", "", int(edges[k]), int(edges[k + 1]), strength, said, {"days": gap / 24}, {})
    if place.production is not None and place.treatment is not None:
        off = habits.treatment_off(place.production, place.treatment, running=at.running_kw, off=at.off_kw, hours=int(at.power_hours))
        for start, stop in off.tolist():
            shown = {"production": place.production, "treatment": place.treatment}
            said = f"生产用电而治污设施 {stop - start} 小时不用电"
            yield lead("treatment", "", start, stop, graded(stop - start, 12, 48), said, {"hours": stop - start}, shown)
    if place.production is not None and place.flow is not None:
        usual = _usual(place.flow)
        idle = habits.discharge_without_power(place.flow, place.production, least=usual, off=at.off_kw, hours=int(at.power_hours))
        for start, stop in idle.tolist():
            said = f"生产用电为零的 {stop - start} 小时里流量如常"
            shown = {"production": place.production, "flow": place.flow}
            yield lead("idle", "", start, stop, graded(stop - start, 12, 48), said, {"hours": stop - start}, shown)
    if place.stopped is not None and place.flow is not None:
        tolerance = _tolerance(series.clean(place.flow))
        live = habits.stopped_but_live(place.flow, place.stopped, hours=int(at.stopped_hours), tolerance=tolerance)
        for start, stop in live.tolist():
            said = f"标为停运的 {stop - start} 小时里流量仍在变化"
            yield lead("stopped", "", start, stop, graded(stop - start, 12, 48), said, {"hours": stop - start}, {"flow": place.flow})


def _usual(flow: ArrayLike) -> float:
    """Half of the usual flow: less may be seepage."""
    column = series.clean(flow, "流量")
    there = column[column > 0]
    return 0.5 * float(np.median(there)) if there.size else 0.0


arguments.guard(__name__)
