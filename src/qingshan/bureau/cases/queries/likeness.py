"""Cases that seem to be about one thing (疑似重复): by place, time and words; a person decides."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet

from qingshan.bureau.base import packs
from qingshan.bureau.cases.declared import CaseRules, Same
from qingshan.bureau.cases.models import Case
from qingshan.bureau.cases.queries.lists import versions

EMPTY = re.compile(
    r"[\s、，。；：！？“”（）()《》.,;:!?\-—]"
    r"|反映|投诉|举报|来电人|市民|群众|希望|处理|要求|部门|相关|尽快|核实|问题|情况|的"
)
MOST = 400
"""cases compared on the page of doubles, the newest"""
DEGREE = 111_195.0
"""metres of one degree of latitude"""


@dataclass(frozen=True)
class Likeness:
    """Two cases and why they seem to be one."""

    case: Case
    other: Case
    reasons: tuple[str, ...]
    share: float


def rules() -> CaseRules:
    """The rules in force for cases of all sorts."""
    return packs.get("case_rules", "case_rules")


def metres(a: Case, b: Case) -> float | None:
    """How far apart two cases lie [m]; None where one has no coordinates."""
    return apart(a.lon, a.lat, b.lon, b.lat)


def apart(lon: float | None, lat: float | None, lon2: float | None, lat2: float | None) -> float | None:
    """The distance of two points near each other [m]; None where one is not known."""
    if lon is None or lat is None or lon2 is None or lat2 is None:
        return None
    east = (lon - lon2) * math.cos(math.radians((lat + lat2) / 2))
    return math.hypot(east, lat - lat2) * DEGREE


def pairs(text: str) -> frozenset[str]:
    """The pairs of characters of a text, without words every complaint has."""
    plain = EMPTY.sub("", text)
    return frozenset(plain[i : i + 2] for i in range(len(plain) - 1))


def share(a: frozenset[str], b: frozenset[str]) -> float:
    """Dice's coefficient, 0 to 1."""
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


def said(case: Case) -> frozenset[str]:
    return pairs(f"{case.title}{case.summary}")


def mergeable() -> list[str]:
    return sorted({flow.name for flow in versions() if flow.merge})


def _like(case: Case, other: Case, words: frozenset[str], others: frozenset[str], rule: Same) -> Likeness | None:
    alike = share(words, others)
    if alike < rule.share or abs(case.opened_at - other.opened_at) > timedelta(days=rule.days):
        return None
    far = metres(case, other)
    near = far is not None and far <= rule.metres
    same_place = bool(case.place) and share(pairs(case.place), pairs(other.place)) >= 0.8
    if (far is not None and not near) or alike < (rule.share if near or same_place else 2 * rule.share):
        return None
    days = abs(case.opened_at - other.opened_at).days
    reasons = [f"用词相近 {alike:.0%}", f"相隔 {days} 天" if days else "同一天"]
    reasons += [f"相距 {far:.0f} 米"] if near else ["地点写法相同"] if same_place else []
    return Likeness(case, other, tuple(reasons), round(alike, 2))


def _candidates(found: QuerySet[Case]) -> QuerySet[Case]:
    return found.filter(closed_at=None, main=None, workflow__in=mergeable())


def doubles_of(case: Case, found: QuerySet[Case]) -> list[Likeness]:
    """Open cases among `found` that seem to be the same as this one, the likest first."""
    if case.is_closed or case.main_id or case.workflow not in mergeable():
        return []
    rule = rules().same
    span = timedelta(days=rule.days)
    near = Q(area=case.area_id)
    if case.lat is not None and case.lon is not None:
        reach = rule.metres / DEGREE
        wide = reach / max(0.1, math.cos(math.radians(case.lat)))
        near |= Q(lat__range=(case.lat - reach, case.lat + reach), lon__range=(case.lon - wide, case.lon + wide))
    others = _candidates(found).filter(near, opened_at__range=(case.opened_at - span, case.opened_at + span)).exclude(pk=case.pk)[:MOST]
    words = said(case)
    likes = [like for other in others if (like := _like(case, other, words, said(other), rule))]
    return sorted(likes, key=lambda one: (-one.share, one.other.number))[:10]


def doubles(found: QuerySet[Case]) -> list[Likeness]:
    """Pairs among the newest open cases that seem to be one, the likest first."""
    rule, newest = rules().same, list(_candidates(found).order_by("-opened_at", "-id")[:MOST])
    words = [said(case) for case in newest]
    likes = []
    for i, case in enumerate(newest):
        for j in range(i + 1, len(newest)):
            other = newest[j]
            if case.opened_at - other.opened_at > timedelta(days=rule.days):
                break
            if like := _like(case, other, words[i], words[j], rule):
                likes.append(like)
    return sorted(likes, key=lambda one: (-one.share, one.case.number))[:200]
