"""How the rules do (规则成效): how much of what was judged was real, how fast people answered, which level would have served better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min

from qingshan.bureau.base import packs
from qingshan.bureau.base.models import Person
from qingshan.bureau.cases.clocks import span_words
from qingshan.bureau.cases.models import CaseEvent
from qingshan.bureau.monitor import levels
from qingshan.bureau.monitor.declared import Rule
from qingshan.bureau.monitor.models import Alarm, Verdict
from qingshan.bureau.monitor.queries.alarms import seen

TRUE = (Verdict.SOURCE, Verdict.REGIONAL)
LEAST = 10  # judged alarms before a level is proposed
KEPT = 0.9  # of the real ones a proposed level must keep


@dataclass(frozen=True)
class Standing:
    """One rule over a period."""

    rule: Rule
    count: int
    open: int
    counts: dict[str, int]
    """by verdict; "" is not judged yet"""
    precision: float | None
    """[%] real or regional of those judged"""
    noticed: timedelta | None
    """median from the end of the hour to the alarm"""
    signed: timedelta | None
    """median from the order to its receipt"""
    closed: timedelta | None
    """median from the order to its close"""
    escalated: int
    proposal: str

    @property
    def cells(self) -> list[tuple[str, int]]:
        return [(label, self.counts.get(value, 0)) for value, label in Verdict.choices]

    @property
    def noticed_words(self) -> str:
        return _words(self.noticed)

    @property
    def signed_words(self) -> str:
        return _words(self.signed)

    @property
    def closed_words(self) -> str:
        return _words(self.closed)

    @property
    def unjudged(self) -> int:
        return self.counts.get("", 0)


def _words(span: timedelta | None) -> str:
    return "—" if span is None else span_words(span)


def standings(person: Person, start: datetime, end: datetime) -> list[Standing]:
    """Every declared rule with its alarms of the period within the person's scope."""
    alarms = list(seen(person).filter(opened_at__gte=start, opened_at__lte=end).select_related("case"))
    cases = {a.case_id for a in alarms if a.case_id and not a.region_id}
    signed = dict(
        CaseEvent.objects.filter(case__in=cases).exclude(step="open").values_list("case").annotate(at=Min("at")).values_list("case", "at")
    )
    by_rule: dict[str, list[Alarm]] = {}
    for alarm in alarms:
        by_rule.setdefault(alarm.rule, []).append(alarm)
    return [_standing(rule, by_rule.get(name, []), signed) for name, rule in packs.all("alarms").items()]


def _standing(rule: Rule, alarms: list[Alarm], signed: dict[int, datetime]) -> Standing:
    counts: dict[str, int] = {}
    for alarm in alarms:
        if alarm.verdict or alarm.ended_at:
            counts[alarm.verdict] = counts.get(alarm.verdict, 0) + 1
    judged = [a for a in alarms if a.verdict]
    true = sum(a.verdict in TRUE for a in judged)
    orders = [a.case for a in alarms if a.case and not a.region_id]
    return Standing(
        rule, len(alarms), sum(a.is_open for a in alarms), counts, 100 * true / len(judged) if judged else None,
        median([a.raised - a.opened_at for a in alarms if a.hours == 1 or rule.consecutive == 1]),
        median([signed[c.pk] - c.opened_at for c in orders if c.pk in signed]),
        median([c.closed_at - c.opened_at for c in orders if c.closed_at]), sum(a.escalated_at is not None for a in alarms),
        propose(rule, judged),
    )  # fmt: skip


def median(spans: Sequence[timedelta]) -> timedelta | None:
    there = sorted(s for s in spans if s >= timedelta(0))
    return there[len(there) // 2] if there else None


def propose(rule: Rule, judged: Sequence[Alarm]) -> str:
    """A level that would have dropped most false alarms and kept nine of ten real ones, in words; by the peaks of what was judged."""
    if rule.limit is not None and judged:
        wrong = sum(a.verdict not in TRUE for a in judged)
        words = f"限值由许可证、标准定，不建议改；误报和设备问题 {wrong} 条，可改连续几个时段（consecutive）"
        return words if wrong * 4 > len(judged) else ""
    if rule.above is None or len(rule.conditions) > 1:
        return ""
    if len(judged) < LEAST:
        return f"已定性 {len(judged)} 条，不足 {LEAST} 条，不作建议" if judged else ""
    real = sorted(a.peak for a in judged if a.verdict in TRUE)
    wrong = [a.peak for a in judged if a.verdict not in TRUE]
    if not wrong:
        return "已定性的全部属实，报警值不必调高"
    if not real:
        return "已定性的没有一条属实：请核对规则是否还有用"
    most = None
    for level in sorted({p for p in wrong if p > judged[0].threshold}):
        kept = sum(p > level for p in real) / len(real)
        if kept < KEPT:
            break
        most = (level, kept, sum(p <= level for p in wrong))
    if most is None or most[2] * 4 < len(wrong):
        return "误报与属实的峰值分不开，调高报警值不合算；可改用“高于周边”或连续小时"
    level, kept, dropped = most
    words = levels.shown(rule.item, level)
    return f"报警值调到 {words} {levels.unit(rule.item)}：误报和设备问题 {len(wrong)} 条中少报 {dropped} 条，属实的保留 {kept:.0%}"
