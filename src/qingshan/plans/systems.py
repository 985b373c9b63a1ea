"""Named systems, schemes and ways of working of a document (体系、机制): every one once, with all the places it is named."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qingshan.plans import verbs
from qingshan.plans.outline import Block
from qingshan.plans.reading import System
from qingshan.plans.words import any_of, words

_W = words("systems")
_AFTER = rf"(?={_W['after']['words']})"
HEADS = [(kind, re.compile(rf"(?:{said}){_AFTER}")) for kind, said in _W["head"].items()]
_ANY_HEAD = re.compile(rf"(?:{'|'.join(_W['head'].values())}){_AFTER}")
_FIXED = {name: kind for kind, said in _W["fixed"].items() for name in said.split()}
_FIXED_ANY = re.compile(any_of(_FIXED))
_NOT, _BARE = re.compile(rf"(?:{_W['not']['words']})"), re.compile(rf"(?:{_W['not']['bare']})")
_QUOTED = re.compile(r"[“\"](?P<name>[^“”\"]{2,24})[”\"](?P<head>[\u4e00-\u9fff]{0,8}?(?:" + "|".join(_W["head"].values()) + r"))?")
_PAPER = re.compile(r"《(?P<name>[^《》]{3,60})》")
_LEFT = re.compile(  # what stands before a name and is no part of it
    r".*(?:[、,;。:!?()《》“”\"]|以及|(?<!联)和(?!谐|平)|与(?!会)|及(?!以|时|其)|的|等|将|对|以|把|向|为|由|在|按照|根据|通过|纳入)"
)
_MARK = re.compile(r"(?:\d{1,2}[.、]|[一二三四五六七八九十]{1,2}是|是)")
_FIVE_YEAR = re.compile(r"[“\"]十[三四五六七]五[”\"][^、,。;:的]{0,16}?(?:规划|计划)")
SHORTEST, LONGEST = 2, 26


@dataclass(slots=True)
class _Name:
    kind: str
    places: list[tuple[int, int, int, tuple[str, ...]]]  # start, end, paragraph, headings


class Systems:
    """Gathers names block by block."""

    def __init__(self, source: str):
        self._source = source
        self._found: dict[str, _Name] = {}

    def take(self, block: Block, number: int) -> None:
        """Names that stand in a block."""
        lines = block.cells if block.kind == "table" else [block.line]
        for line in lines:
            taken: list[tuple[int, int]] = []
            for i, j, name, kind in _names(line.s):
                if any(a < j and i < b for a, b in taken):
                    continue
                taken.append((i, j))
                start, end = line.span(i, j)
                self._found.setdefault(name, _Name(kind, [])).places.append((start, end, number, block.path))

    def all(self) -> tuple[System, ...]:
        """Every name at its first place, in the order of the document."""
        out = []
        for name, held in self._found.items():
            start, end, number, path = held.places[0]
            mentions = tuple((p[0], p[1]) for p in held.places)
            out.append(System(start, end, self._source[start:end], number, path, name, held.kind, mentions))
        return tuple(sorted(out, key=lambda s: (s.start, s.end)))


def _names(s: str) -> list[tuple[int, int, str, str]]:
    """Runs of a line that name a system, the surest first: papers, quoted names, phrases by their head, fixed terms."""
    out: list[tuple[int, int, str, str]] = []
    for m in _PAPER.finditer(s):
        out.append((*m.span("name"), m["name"], _kind_of(m["name"], "plan_doc")))
    out += [(*m.span(), m[0], "plan_doc") for m in _FIVE_YEAR.finditer(s)]
    for m in _QUOTED.finditer(s):
        if _NOT.fullmatch(m["name"]) or re.search(r"[,。;!?]", m["name"]):
            continue
        kind = _FIXED.get(m["name"]) or _kind_of(m["name"] + (m["head"] or ""), "scheme")
        out.append((*m.span("name"), m["name"], kind))
    for m in _ANY_HEAD.finditer(s):
        begin = max(0, m.start() - LONGEST)
        left = _LEFT.match(s[begin : m.start()])
        i = begin + left.end() if left else begin
        i += _verb_off(s[i : m.end()], max(len(m[0]) + SHORTEST, 4) if len(m[0]) < 4 else len(m[0]))
        name = s[i : m.end()]
        if (m.start() - i >= SHORTEST or len(m[0]) >= 4) and len(name) <= LONGEST and not _BARE.fullmatch(name) and not _NOT.search(name):
            out.append((i, m.end(), name, _kind_of(name, "mechanism")))
    for m in _FIXED_ANY.finditer(s):
        out.append((*m.span(), m[0], _FIXED[m[0]]))
    return out


def _kind_of(name: str, otherwise: str) -> str:
    return next((kind for kind, head in HEADS for m in [head.search(name)] if m and m.end() >= len(name)), otherwise)


def _verb_off(said: str, least: int) -> int:
    """How much of a phrase is marks, openers, adverbs and verbs: 建立健全 of 建立健全联动机制; ``least`` characters stay."""
    k = m.end() if (m := _MARK.match(said)) else 0
    k += verbs.strip(said[k:])
    for _ in range(3):
        m = verbs.OPENS.match(said, k)
        if not m or m.end() > len(said) - least or verbs.CLASS_NAME.match(said[k:]):
            break
        k = m.end()
        k += verbs.strip(said[k:])
    return k
