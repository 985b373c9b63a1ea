"""Leads of one series (单列线索): each check at the thresholds of its item."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from qingshan.quality import digits, limits, repeats, series, values
from qingshan.quality.declared import Thresholds
from qingshan.quality.findings import Finding, graded, lead
from qingshan.stats import plausibility
from qingshan.stats.columns import Flags, Numbers
from qingshan.terms import arguments, items


def _grouped(check: str, at: Thresholds, flags: Flags, column: Numbers, said: str, *, of: Numbers) -> Iterator[Finding]:
    """Flags less than a day apart as one lead; `of` is what the words quote the worst of."""
    for start, stop in series.spans(flags, gap=24).tolist():
        count = int(flags[start:stop].sum())
        shown = of[start:stop][flags[start:stop]]
        worst = float(shown[np.argmax(np.abs(np.nan_to_num(shown)))])
        words = said.format(n=count, worst=round(worst, 6))
        yield lead(check, at.item, start, stop, graded(count, 3, 12), words, {"count": count, "worst": worst}, {at.item: column})


def range_leads(at: Thresholds, column: Numbers) -> Iterator[Finding]:
    """Values that cannot be, by the ranges of ``terms`` (超出可能的范围)."""
    told = np.where(np.isfinite(column), np.clip(column, -series.LARGEST, series.LARGEST), column)
    for doubt in plausibility.check(at.item, at.medium, told):
        if doubt.kind in ("negative", "beyond", "infinite", "sentinel"):
            flags = np.zeros(column.size, bool)
            flags[doubt.places] = True
            shown = series.clean(column)
            for start, stop in series.spans(flags, gap=24).tolist():
                count = int(flags[start:stop].sum())
                yield lead("range", at.item, start, stop, 2 if doubt.refuse else 1, doubt.words, {"count": count}, {at.item: shown})


def step_leads(at: Thresholds, column: Numbers) -> Iterator[Finding]:
    """Changes within an hour beyond the threshold (突变)."""
    flags, change = values.steps(column, at.step), np.diff(column, prepend=column[:1])
    return _grouped("step", at, flags, column, f"{{n}} 处一小时内变化超过 {at.step:g}，最大的 {{worst:+g}}", of=change)


def spike_leads(at: Thresholds, column: Numbers) -> Iterator[Finding]:
    """Single values apart from both beside them (尖峰); the fall after a spike is no second one."""
    flags = values.spikes(column, at.spike, times=at.spike_times)
    flags[1:] &= ~flags[:-1] | (column[1:] > column[:-1])
    return _grouped("spike", at, flags, column, f"{{n}} 处偏离前后均值超过 {at.spike:g}，最甚的值为 {{worst:g}}", of=column)


def flat_leads(at: Thresholds, column: Numbers) -> Iterator[Finding]:
    """Long runs of one value (恒值), longer than the share of unchanged hours of the series makes likely."""
    if column.size <= at.flat_hours:
        return
    flags = values.flat_line(np.where(column <= at.floor, np.nan, column), at.flat_hours - 1, series.half_step(column))
    if not flags.any():
        return
    still = np.abs(np.diff(column)) < series.half_step(column)
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


def weak_leads(at: Thresholds, column: Numbers) -> Iterator[Finding]:
    """Windows that move far less than the series' windows do (波动过小), measured against their own level, yet are no flat line."""
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


def repeat_leads(at: Thresholds, column: Numbers) -> Iterator[Finding]:
    """Blocks that stand earlier in the series (自身重复段)."""
    live = np.where(column <= at.floor, np.nan, column)
    for found in repeats.repeats(live, least=int(at.repeat_hours), evidence=at.repeat_odds):
        said = f"第 {found.start}～{found.stop - 1} 小时的 {found.stop - found.start} 个值在第 {found.again} 小时起逐个重现"
        figures = {"hours": found.stop - found.start, "from": found.start, "odds": found.evidence}
        length = found.stop - found.start
        yield lead("repeat", at.item, found.again, found.again + length, graded(found.evidence, 12, 24), said, figures, {at.item: column})


def coarse_leads(at: Thresholds, column: Numbers) -> Iterator[Finding]:
    """Stretches in a coarser scale (分度变粗)."""
    for found in digits.coarser(np.where(column <= at.floor, np.nan, column), width=int(at.coarse_hours), least=int(at.coarse_least)):
        said = f"这 {found.stop - found.start} 小时都是 {found.step:g} 的整倍数，其余按 {found.usual:g}"
        figures = {"step": found.step, "usual": found.usual}
        strength = graded((found.stop - found.start) / at.coarse_hours, 3, 8)
        yield lead("coarse", at.item, found.start, found.stop, strength, said, figures, {at.item: column})


def digit_leads(at: Thresholds, column: Numbers) -> Iterator[Finding]:
    """Last digits that are not evenly spread (末位数字)."""
    live = np.where(column <= at.floor, np.nan, column)
    for start, stop in series.windows(column.size, int(at.digit_hours)):
        found = digits.last_digit(live[start:stop], least=int(at.digit_least), span=at.digit_span)
        if found.effect >= at.digit_effect:
            top = int(np.argmax(found.counts))
            figures = {"chi2": found.chi2, "effect": found.effect, "digit": top, "count": int(found.counts[top])}
            said = f"{int(found.counts.sum())} 个值末位不匀，最多的 {top} 有 {int(found.counts[top])} 个（χ²/n = {found.effect:.2f}）"
            yield lead("digit", at.item, start, stop, graded(found.effect, 0.6, 1.5), said, figures, {"counts": found.counts.astype(float)})


def clip_leads(at: Thresholds, column: Numbers) -> Iterator[Finding]:
    """Pile-ups at the highest value of a month, in several runs (封顶)."""
    step = series.digit_step(column)
    for start, stop in series.windows(column.size, int(at.clip_hours)):
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


LEADS = (step_leads, spike_leads, flat_leads, weak_leads, repeat_leads, coarse_leads, digit_leads, clip_leads)
"""all but the range, which sees the values that cannot be"""

arguments.guard(__name__)
