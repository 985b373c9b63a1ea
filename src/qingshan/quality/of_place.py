"""Leads of a place (点位线索): against limits, neighbours, upstream, people's acts, power and flow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import ArrayLike

from qingshan.quality import habits, limits, places, repeats, series
from qingshan.quality.declared import Thresholds, place_medium
from qingshan.quality.findings import Finding, graded, lead
from qingshan.quality.place import Place
from qingshan.stats.columns import Numbers
from qingshan.terms import arguments, items
from qingshan.terms.bounds import bounds


def against_others(place: Place, at: Thresholds, column: Numbers) -> Iterator[Finding]:
    """A limit, the neighbours, the place upstream."""
    if (limit := place.limits.get(at.item)) is not None:
        for start, stop in series.windows(column.size, int(at.hug_hours)):
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


def against_people(place: Place, at: Thresholds, column: Numbers) -> Iterator[Finding]:
    """Marks, calibrations and inspections against the values of an item."""
    limit, name = place.limits.get(at.item), items.get(at.item, at.medium).name
    if limit is not None and place.marked is not None:
        hidden = habits.covered(column, limit, place.marked)
        if -hidden.odds >= at.mark_odds:
            said = f"{name}超过 {limit:g} 的 {hidden.over} 小时中 {hidden.covered} 小时有标记，而标记只占全部的 {hidden.marked:.1%}"
            figures = {"over": hidden.over, "covered": hidden.covered, "odds": -hidden.odds}
            first, last = int(hidden.places[0]), int(hidden.places[-1]) + 1
            yield lead("mark", at.item, first, last, graded(-hidden.odds, 8, 16), said, figures, {at.item: column})
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


def order_leads(place: Place, columns: Mapping[str, Numbers], at: Mapping[str, Thresholds]) -> Iterator[Finding]:
    """Parts larger than their wholes for hours (部分大于整体)."""
    for part, whole, words in bounds(place_medium(place.kind)).part:
        if part in columns and whole in columns:
            of = at[part]
            flags = places.reversed_order(columns[part], columns[whole], share=of.order_share, least=of.order_least)
            for start, stop in series.spans(flags).tolist():
                if stop - start >= of.order_hours:
                    said = f"{words}：连续 {stop - start} 小时，超出仪器误差"
                    shown = {part: columns[part], whole: columns[whole]}
                    yield lead("order", part, start, stop, graded(stop - start, 12, 24), said, {"hours": stop - start}, shown)


def works_leads(place: Place, size: int, at: Thresholds) -> Iterator[Finding]:
    """What concerns the whole place: marks, calibrations, power, flow."""
    if place.marked is not None:
        begun = series.spans(place.marked)[:, 0]
        day, hour, count, odds = habits.same_hour(np.datetime64("1970-01-05", "h") + (begun + place.first_hour).astype("m8[h]"))
        if count >= at.habit_least and -odds >= at.habit_odds:
            said = f"{begun.size} 次标记有 {count} 次始于星期{'一二三四五六日'[day]} {hour} 时"
            yield lead("habit", "", int(begun[0]), int(begun[-1]) + 1, graded(-odds, 16, 32), said, {"count": count, "odds": -odds}, {})
    if place.calibrations is not None:
        for start, stop in habits.rare_calibrations(place.calibrations, size, most_days=at.calibrate_days).tolist():
            gap = (stop - start) / 24
            said = f"{gap:.1f} 天没有校准，规定不超过 {at.calibrate_days:g} 天"
            yield lead("calibrate", "", start, stop, graded(gap / at.calibrate_days, 2, 4), said, {"days": gap}, {})
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
        tolerance = series.half_step(place.flow)
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
