"""Who does it (牵头、责任、配合单位), where the text names them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from qingshan.plans import clauses

_LEAD = r"(?:主要)?(?:牵头|责任|承办|主办|主责|实施|负责|落实)(?:单位|部门|科室|股室)"
_COOP = r"(?:配合|参与|参加|协办|协助|协同|支持|其他责任|联系)(?:单位|部门|科室|股室)"
_FIELD = re.compile(rf"(?P<lead>{_LEAD})|(?P<coop>{_COOP})|(?P<other>责任(?:人|领导)|分管领导|牵头领导|完成时限|完成时间|时限)")
_NOTE = re.compile(rf"[(\[]?(?:{_LEAD}|{_COOP})[::为]")
_INLINE = re.compile(r"由(?P<lead>[^,;。由]{2,40}?)(?:负责)?牵头(?:[,、]?(?P<coop>[^,;。]{2,60}?)(?:等)?(?:配合|参与|协助))?")
_SUBJECT = re.compile(
    r"^(?P<units>.{2,60}?(?:部门|局|办公室|办|委员会|委|支队|大队|中心|集团|公司|政府|镇街|街道|各镇|各街道|各乡镇))(?:等(?:部门|单位))?$"
)
_NAMES = r"(?:[^(),;。]|\([^()]{1,12}\)){1,60}?"
_OFFICE = r"(?:局|办|委|部|部门|支队|大队|中心|政府|管委会|公司|集团|街道|各?乡镇|镇街|单位|分局|办事处)(?:\([^()]{1,8}\))?"
_BEHIND = re.compile(  # 市局牵头,市水务局配合。 as a sentence, or in brackets
    rf"(?:(?<=[。;])|^|(?<=[(\[]))(?:(?P<lead>{_NAMES}{_OFFICE})(?:(?:负责)?牵头(?:督导|组织|实施|落实|负责)?|负责(?=[,;][^。;]{{2,120}}(?:配合|参与|协助)))(?:[,;、](?P<coop>(?:[^()\];。]|\([^()]{{1,12}}\)){{2,120}}?)(?:等)?(?:按(?:照)?职责分工)?(?:分别|共同)?(?:配合|参与|协助|负责)(?:落实|实施)?)?"
    rf"|(?P<all>{_NAMES}{_OFFICE})(?:等)?(?:按(?:照)?(?:各自)?职责(?:分工)?)?(?:分别|共同|具体)?负责)(?=[。)\]]|$)"
)
_DONE_TO = re.compile(r"(?:与|同|和|将|把|对|向|督促|指导|推动|协调|组织|支持|鼓励|配合|联合|会同|要求|责令)")
_SHARED = re.compile(
    r"\((?:(?P<lead>[^(),;。]{2,60}?)牵头[,;、]?(?P<coop>[^();。]{2,80}?)(?:等)?(?:按(?:照)?职责分工)?(?:配合|参与|协助|负责)|(?P<all>[^();。]{2,120}?)(?:等)?按(?:照)?职责分工(?:共同|分别)?负责)\)"
)
_SPLIT = re.compile(  # 发展和改革局 is one name: 和 parts only what ends as a unit does;
    r"[、,;/\s]|以及|(?<=[局委办部厅镇乡院会处司站队])[和及与]|(?<=镇街|街道|政府|公司|集团|中心|单位|部门|园区|社区)[和及与]"
)


_HELD = "\ue001"


@dataclass(frozen=True, slots=True)
class Duty:
    """A note of units at ``i:j`` of a line."""

    i: int
    j: int
    lead: tuple[str, ...]
    coop: tuple[str, ...]


def units(said: str) -> tuple[str, ...]:
    """Names in a list of units, in order, each once."""
    said = said.strip(" :,;。[]、")
    out: list[str] = []
    held = re.sub(r"\([^()]{1,30}\)", lambda m: m[0].replace("、", _HELD), said)  # 县(市、区)政府 is one
    for name in _SPLIT.split(held):
        name = name.replace(_HELD, "、")
        name = re.sub(r"等?(?:按(?:照)?职责分工)?(?:共同|分别)?(?:配合|参与|协助|负责|落实|实施)+$", "", name.strip(" :,;。[]"))
        name = re.sub(r"等(?:有关|相关)?(?:部门|单位)?$", "", name)
        if re.search(r"(?:[年月日底]|季度)(?:之)?前|完成$|^20\d\d年", name):
            continue
        name = name.strip("()") if name.count("(") != name.count(")") else name
        if 2 <= len(name) <= 30 and name not in out:
            out.append(name)
    return tuple(out)


def notes(s: str) -> list[Duty]:
    """Notes such as (牵头单位:区局;配合单位:区住建委) in a line."""
    out = [Duty(m.start(), m.end(), units(m["lead"] or m["all"]), units(m["coop"] or "")) for m in _SHARED.finditer(s)]
    for m in _BEHIND.finditer(s):
        i = m.start() - (s[m.start() - 1 : m.start()] in ("(", "["))
        j = m.end() + (s[m.end() : m.end() + 1] in (")", "]"))
        if not any(d.i < j and i < d.j for d in out):
            out.append(Duty(i, j, units(m["lead"] or m["all"]), units(m["coop"] or "")))
    k = 0
    while note := _NOTE.search(s, k):
        start = note.start()
        if s[start] in "([":
            close = clauses.pairs(s).get(start, -1)
            end = close + 1 if close > 0 else len(s)
        else:
            stop = re.search(r"[。)]", re.sub(r"\([^()]{1,20}\)", lambda m: clauses.BLANK * len(m[0]), s[start:]))  # 各镇(街道)
            end = start + stop.start() if stop else len(s)
        out.append(_duty(s, start, end))
        k = max(end, note.end())
    partner = clauses.pairs(s)
    return sorted((replace(d, j=max(d.j, partner.get(d.i, 0) + 1)) for d in out), key=lambda d: d.i)


def _duty(s: str, start: int, end: int) -> Duty:
    marks = list(_FIELD.finditer(s, start, end))
    lead: tuple[str, ...] = ()
    coop: tuple[str, ...] = ()
    for n, m in enumerate(marks):
        said = s[m.end() : marks[n + 1].start() if n + 1 < len(marks) else end].lstrip(":为")
        if m["lead"]:
            if lead and "责任" in m[0]:
                coop += units(said)
            else:
                lead += units(said)
        elif m["coop"]:
            coop += units(said)
    return Duty(start, end, lead, coop)


def inline(clause: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """由A牵头,B配合 within a sentence."""
    m = _INLINE.search(clause)
    return (units(m["lead"]), units(m["coop"] or "")) if m else ((), ())


def subject(before: str) -> tuple[str, ...]:
    """Units that stand as the subject before the verb."""
    m = None if _DONE_TO.match(before) else _SUBJECT.match(before)
    return units(re.sub(r"等(?:部门|单位)$|部门$", "", before)) if m else ()
