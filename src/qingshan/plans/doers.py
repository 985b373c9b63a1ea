"""Who is to act (责任单位), where a sentence of minutes or of an instruction names them before the verb."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qingshan.plans import duties, times, verbs
from qingshan.plans.words import any_of, listed

_OFFICE = tuple(listed("minutes", "office"))
_STOP = "(?:" + "|".join(listed("minutes", "stop")) + r"|\d{1,2}月|\d{4}年)"
_NAME = re.compile(rf"(?:(?!{_STOP})[\u4e00-\u9fff]){{1,28}}(?:\([^()]{{1,16}}\))?")
_NEXT = re.compile(
    rf"(?:{any_of(listed('minutes', 'modal'))}|(?:20\d\d年)?\d{{1,2}}月|\d{{1,3}}(?:个工作)?日|本周|下周|本月|下月|年底|月底|年内|立即)"
)
_HEAD = re.compile(r"^(?:请|由|责成|要求|安排|委托|交由|对此,?|同时,?|其中,?)?")
_GOES_ON = re.compile(rf"(?:{verbs.OPENS.pattern})?(?:大|中|支|总)?(?:[部处科站队局办所组]|中心|小组|专班|委员会)")
_DUTY = re.compile(
    r"(?:要|须|应当?|必须|需|务必|分别|具体|共同|主要|统一|统筹|同步|继续|抓紧|尽快|立即)*"
    r"(?:牵头(?:负责|组织|抓好)?|负责(?!人)|组织实施|落实)?"
)
_TOGETHER = re.compile(r"会同|联合")
_BEHIND_OPENS = re.compile(r"(?:此项工作|该项工作|以上工作|上述工作|具体)?(?:请|责成|交)?由?")
_BEHIND = re.compile(
    r"等?(?:按(?:照)?职责(?:分工)?)?(?:分别|共同|具体|牵头)?(?:负责(?:落实|实施)?|牵头(?:落实|实施)?|抓好落实|组织实施|落实)$"
)
_HELP = re.compile(
    r"等?(?:要|应|须)?(?:按(?:照)?(?:各自)?职责(?:分工)?|予以|积极|主动|全力|做好|共同){0,3}"
    r"(?:配合|协助|参与|支持|指导)(?:做好|落实|实施|工作|相关工作|抓好){0,2}$"
)
_PERSON = re.compile(
    r"(?P<name>[\u4e00-\u9fff]{2,3})(?:同志|副?[区县市局镇乡处科]长|副?主任|副?书记|副?总)(?=负责|牵头|统筹|包|抓|要|$)"
)
LONGEST = 140  # characters of a list of units


@dataclass(frozen=True, slots=True)
class Doer:
    """Who acts; ``end`` is where the rest of the clause begins."""

    end: int
    lead: tuple[str, ...]
    coop: tuple[str, ...]
    people: tuple[str, ...]


def at_head(c: str) -> Doer | None:
    """区住建委会同区城管委12月5日前…, 请区水务局…, 各镇街要…: the units before the act."""
    opens = _BEHIND_OPENS.match(c)
    behind = _BEHIND.search(c, max(0, len(c) - 24))
    if opens and behind and _are_units(c[opens.end() : behind.start()]):
        return Doer(len(c), duties.units(c[opens.end() : behind.start()]), (), ())
    start = _HEAD.match(c)
    begins = start.end() if start else 0
    end = _names_end(c, begins)
    return _doer(c, end, duties.units(c[begins:end])) if end else _person(c, begins)


def _are_units(said: str) -> bool:
    """Whether the words are names of units and nothing else."""
    if not 2 <= len(said) <= LONGEST:
        return False
    names = duties.units(said)
    return bool(names) and all(_NAME.fullmatch(n) and n.split("(")[0].endswith(_OFFICE) for n in names)


def _names_end(c: str, begins: int) -> int:
    """Where the names of units that begin here end: the first possible end that an act follows; 0 for none."""
    if c[begins : begins + 1] in tuple("报经送呈"):
        return 0
    for k in range(begins + 2, min(len(c), begins + LONGEST)):
        if c.endswith((*_OFFICE, ")", "等"), begins, k) and _acts(c[k:]) and _are_units(c[begins:k]):
            return k
    return 0


def _acts(rest: str) -> bool:
    """What follows a name says that it is to do something; not what is its own (区水务局的), nor that the name goes on (宣传部)."""
    if _GOES_ON.match(rest):
        return False
    return bool(_NEXT.match(rest) or verbs.OPENS.match(rest) or (times.LEAD.match(rest) and times.CERTAIN.search(rest[:14])))


def _doer(c: str, end: int, lead: tuple[str, ...]) -> Doer:
    coop, end = _with(c, end)
    duty = _DUTY.match(c, end)
    more, end = _with(c, duty.end() if duty else end)
    return Doer(end, lead, coop + more, ())


def _with(c: str, at: int) -> tuple[tuple[str, ...], int]:
    """会同区城管委、各镇街 at a place: the units, and where they end."""
    m = _TOGETHER.match(c, at)
    if m is None:
        return (), at
    end = _names_end(c, m.end()) or (len(c) if _are_units(c[m.end() :]) else 0)
    return (duties.units(c[m.end() : end]), end) if end else ((), at)


def by_whom(c: str) -> Doer | None:
    """…由区城管委负责, within the clause; the rest is what stands before and behind."""
    for m in re.finditer("由", c):
        end = _names_end(c, m.end()) or (len(c) if _are_units(c[m.end() :]) else 0)
        if end:
            return _doer(c, end, duties.units(c[m.end() : end]))
    return None


def helping(c: str) -> tuple[str, ...]:
    """The units of a clause that says no more than who helps: 区城管委配合."""
    m = _HELP.search(c, max(0, len(c) - 30))
    return duties.units(c[: m.start()]) if m and _are_units(c[: m.start()]) else ()


def together(c: str) -> tuple[str, ...]:
    """The units of 会同区城管委 at the head of a clause."""
    return _with(c, 0)[0]


def without_helpers(c: str) -> str:
    """The clause without 会同区城管委 at its head."""
    _, end = _with(c, 0)
    return c[end:]


def _person(c: str, begins: int) -> Doer | None:
    m = _PERSON.match(c, begins)
    if m is None:
        return None
    duty = _DUTY.match(c, m.end())
    return Doer(duty.end() if duty else m.end(), (), (), (m["name"],))
