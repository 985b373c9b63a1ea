"""How alike two entries are (疑似重复): credit code, number, name, address, distance; blocked first, so that 50,000 take seconds.

Knows no database. Weights are a person's rule of thumb for the order of a list, not a probability; a person decides each pair.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from qingshan.terms import credit

FORM = re.compile(r"(股份有限公司|有限责任公司|有限公司|\(集团\)|集团)")
EMPTY = re.compile(r"[\s()\[\]【】〔〕<>《》“”\"'·,、。.;:，；：\-—_/]")
SERIAL = re.compile(r"[0-9一二三四五六七八九十甲乙丙丁东西南北上中下A-Z]")
"""what tells 1号锅炉 from 2号锅炉"""
DEGREE = 111_195.0
"""metres of one degree of latitude"""
NEAR, NEARBY, FAR = 100.0, 500.0, 3000.0
CELL = NEAR / DEGREE * 1.2
ENOUGH = 50
LIKELY = 85
WIDE, WINDOW = 40, 20
"""a block with more entries is compared in order of name, each with the next `WINDOW`"""
COMMON = 8
"""a name that more entries of a register have says little"""


@dataclass(frozen=True)
class Said:
    """What an entry says that is compared; `names` and `address` as they are written."""

    pk: int
    register: str
    key: str
    name: str
    """the entry's own"""
    code: str = ""
    firm: str = ""
    """the firm's name; empty where the register knows no firm"""
    address: str = ""
    lon: float | None = None
    lat: float | None = None
    version: int = 1
    area: int | None = None
    """where it lies; two places of one name in different areas are two places"""


@dataclass(frozen=True)
class Pair:
    """Two entries that seem to be one, why, and how strongly."""

    first: int
    second: int
    registers: tuple[str, str]
    score: int
    reasons: tuple[str, ...]

    @property
    def within(self) -> bool:
        """Whether both stand in one register."""
        return self.registers[0] == self.registers[1]

    @property
    def is_likely(self) -> bool:
        return self.score >= LIKELY


def plain(text: str) -> str:
    """Text as it is compared: half-width, upper case, without brackets, blanks and marks."""
    return EMPTY.sub("", unicodedata.normalize("NFKC", text or "").upper())


def core(name: str, places: Sequence[str] = ()) -> str:
    """A firm's name without its legal form, brackets and the district in front (青川区甲（集团）有限公司 → 甲)."""
    said = plain(FORM.sub("", unicodedata.normalize("NFKC", name or "")))
    for place in places:
        if said.startswith(place) and len(said) > len(place) + 1:
            return said[len(place) :]
    return said


def address(text: str, places: Sequence[str] = ()) -> str:
    """An address from below the district on, without marks."""
    said = plain(text)
    for place in places:
        before, _, after = said.partition(place)
        if after and len(before) <= 8:
            return after
    return said


def distance(a: Said, b: Said) -> float | None:
    """How far apart [m]; None where one has no coordinates."""
    if a.lon is None or a.lat is None or b.lon is None or b.lat is None:
        return None
    return math.hypot((a.lon - b.lon) * math.cos(math.radians((a.lat + b.lat) / 2)), a.lat - b.lat) * DEGREE


def share(a: str, b: str) -> float:
    """Dice's coefficient of the pairs of characters, 0 to 1."""
    one, two = ({text[i : i + 2] for i in range(len(text) - 1)} for text in (a, b))
    return 2 * len(one & two) / (len(one) + len(two)) if one and two else 0.0


def is_one_off(a: str, b: str) -> bool:
    """Whether two texts differ in one character written, left out, or two exchanged."""
    if a == b or abs(len(a) - len(b)) > 1:
        return False
    i = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    if len(a) == len(b):
        return a[i + 1 :] == b[i + 1 :] or (a[i : i + 2] == b[i : i + 2][::-1] and a[i + 2 :] == b[i + 2 :])
    return a[i + 1 :] == b[i:] if len(a) > len(b) else a[i:] == b[i + 1 :]


@dataclass
class Comparison:
    """Entries made ready to be compared, and how often each name stands in its register."""

    entries: Sequence[Said]
    places: tuple[str, ...] = ()
    wide: int = field(default=0, init=False)
    """blocks that were compared only in part"""

    def __post_init__(self) -> None:
        self.places = tuple(sorted((plain(p) for p in self.places), key=len, reverse=True))
        self._core = [core(e.name, self.places) for e in self.entries]
        self._firm = [core(e.firm, self.places) if e.firm else "" for e in self.entries]
        self._address = [address(e.address, self.places) if e.address else "" for e in self.entries]
        self._common = Counter(zip((e.register for e in self.entries), self._core))

    def pairs(self) -> list[Pair]:
        """All pairs that seem to be one, the likest first."""
        met: set[tuple[int, int]] = set()
        found = []
        for i, j in self._meetings():
            if i == j or (pair := (min(i, j), max(i, j))) in met:
                continue
            met.add(pair)
            if like := self._like(*pair):
                found.append(like)
        return sorted(found, key=lambda p: (-p.score, p.first, p.second))

    def _meetings(self) -> Iterator[tuple[int, int]]:
        blocks: dict[tuple, list[int]] = defaultdict(list)
        cells: dict[tuple, list[int]] = defaultdict(list)
        for i, entry in enumerate(self.entries):
            for block in self._blocks(i, entry):
                blocks[block].append(i)
            if entry.lon is not None and entry.lat is not None:
                cells[(entry.register, int(entry.lon // CELL), int(entry.lat // CELL))].append(i)
        for members in blocks.values():
            yield from self._met(members)
        for (register, x, y), members in cells.items():
            yield from self._met(members)
            for dx, dy in ((1, 0), (0, 1), (1, 1), (1, -1)):
                beside = cells.get((register, x + dx, y + dy))
                if beside:
                    yield from ((i, j) for i in members[:WIDE] for j in beside[:WIDE])

    def _blocks(self, i: int, entry: Said) -> Iterator[tuple]:
        of, name, firm = entry.register, self._core[i], self._firm[i]
        yield of, "key", credit.plain(entry.key)
        if entry.code:
            yield of, "code", entry.code
        if self._address[i]:
            yield of, "address", self._address[i]
        if name:
            yield of, "name", name
            yield from ((of, "near", name[:k] + name[k + 1 :]) for k in range(len(name)) if len(name) > 3)
            if len(name) > 3:
                yield of, "near", name
        if len(firm) > 2:
            yield "", "name", firm

    def _met(self, members: list[int]) -> Iterator[tuple[int, int]]:
        if len(members) < 2:
            return
        reach = len(members)
        if reach > WIDE:
            self.wide += 1
            members, reach = sorted(members, key=lambda i: (self._core[i], self.entries[i].key)), WINDOW
        for n, i in enumerate(members):
            yield from ((i, j) for j in members[n + 1 : n + 1 + reach])

    def _like(self, i: int, j: int) -> Pair | None:
        a, b = self.entries[i], self.entries[j]
        like = self._within(i, j) if a.register == b.register else self._across(i, j)
        if like is None or like[0] < ENOUGH:
            return None
        a, b = sorted((a, b), key=lambda e: e.pk)
        return Pair(a.pk, b.pk, (a.register, b.register), *like)

    def _within(self, i: int, j: int) -> tuple[int, tuple[str, ...]] | None:
        """The same thing entered twice."""
        a, b = self.entries[i], self.entries[j]
        told = [self._name(i, j), _key(a, b), _code(a, b)]
        if None in told or not any(told):
            return None
        return _sum([*told, self._where(i, j), _place(a, b)])

    def _across(self, i: int, j: int) -> tuple[int, tuple[str, ...]] | None:
        """The same firm in two registers; the same code says so without anyone's word."""
        a, b = self.entries[i], self.entries[j]
        if a.code and b.code:
            if self._firm[i] != self._firm[j] or not is_one_off(a.code, b.code):
                return None
            return 80, ("主体名称相同", "信用代码只差一位，可能抄错")
        if not self._firm[i] or self._firm[i] != self._firm[j]:
            return None
        words = "主体名称相同" if plain(a.firm) == plain(b.firm) else "主体名称除公司形式、地名外相同"
        blank = "两边都没有信用代码" if not a.code and not b.code else "有一边没有信用代码"
        return _sum([(60, words), (0, blank), self._where(i, j), _place(a, b)])

    def _name(self, i: int, j: int) -> tuple[int, str] | tuple[()] | None:
        """None where the names number two things: 1号锅炉, 2号锅炉."""
        one, two = self._core[i], self._core[j]
        if not one or not two:
            return ()
        if one == two:
            common = self._common[(self.entries[i].register, one)] > COMMON
            same = plain(self.entries[i].name) == plain(self.entries[j].name)
            words = "名称相同" if same else "名称除公司形式、地名外相同"
            a, b = self.entries[i], self.entries[j]
            if not a.firm and not b.firm and None not in (a.area, b.area) and a.area != b.area:
                return (15, f"{words}，不在一处")
            return (15, f"{words}（常见名称）") if common else (55 if same else 50, words)
        if SERIAL.findall(one) != SERIAL.findall(two):
            return None if SERIAL.sub("", one) == SERIAL.sub("", two) else ()
        if len(one) > 3 and len(two) > 3 and is_one_off(one, two):
            return 30, "名称只差一个字"
        alike = share(one, two)
        return (25, f"名称相近 {alike:.0%}") if alike >= 0.6 else ()

    def _where(self, i: int, j: int) -> tuple[int, str] | tuple[()]:
        one, two = self._address[i], self._address[j]
        if not one or not two:
            return ()
        if one == two:
            return 25, "地址相同"
        alike = share(one, two)
        return (15, f"地址相近 {alike:.0%}") if alike >= 0.8 and re.findall(r"\d+", one) == re.findall(r"\d+", two) else ()


def _sum(told: Iterable[tuple]) -> tuple[int, tuple[str, ...]]:
    there = [t for t in told if t]
    return sum(t[0] for t in there), tuple(t[1] for t in there)


def _key(a: Said, b: Said) -> tuple[int, str] | tuple[()]:
    return (60, "编号除全半角、空格、横线外相同") if credit.plain(a.key) == credit.plain(b.key) else ()


def _code(a: Said, b: Said) -> tuple[int, str] | tuple[()] | None:
    """None where two codes say that they are not the same."""
    if not a.code or not b.code:
        return ()
    if a.code == b.code:
        return 40, "信用代码相同"
    return (20, "信用代码只差一位，可能抄错") if is_one_off(a.code, b.code) else None


def _place(a: Said, b: Said) -> tuple[int, str] | tuple[()]:
    far = distance(a, b)
    if far is None or NEARBY < far <= FAR:
        return ()
    if far > FAR:
        return -30, f"但相距 {far / 1000:.1f} 公里"
    return (25 if far <= NEAR else 10), f"相距 {far:.0f} 米"
