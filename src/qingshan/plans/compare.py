"""Two plans side by side (计划对照): what is new, dropped, raised, lowered, unchanged; what cannot be told apart is left to a person."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qingshan.plans.promises import Promise, compared, identity, name_of, periods_meet, which, wording

WORDS = {
    "raised": "提高", "lowered": "降低", "changed": "有变化", "new": "新增", "dropped": "不再提", "unclear": "对应不明", "same": "不变",
}  # fmt: skip
NEAR = 0.5
"""the least likeness of verb and object at which two tasks are taken for one"""
CLEAR = 0.06
"""by how much the best must lead the second; nearer is a tie, and a tie is refused"""
VERB = 0.2
"""the share of the verb in the likeness"""
COMMON = 120
"""promises that share a pair of characters, above which the pair says nothing of who belongs to whom"""
NAMED = 5
"""rivals that an unclear line names"""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison. ``change`` is a key of WORDS; of an unclear one ``rivals`` are those it might belong to."""

    kind: str
    change: str
    before: Promise | None
    after: Promise | None
    words: str = ""
    likeness: float = 1.0
    rivals: tuple[Promise, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """All lines, in the order of the later plan, what it dropped at its former place's end."""

    rows: tuple[Row, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many lines of each change, in the order of WORDS."""
        found = Counter(r.change for r in self.rows)
        return {key: found[key] for key in WORDS}


def compare(before: Iterable[Promise], after: Iterable[Promise], years: tuple[int | None, int | None] = (None, None)) -> Comparison:
    """Lay two plans side by side. ``years`` are the plans' own: a target for the plan's year meets the other's for its year."""
    shift = years[1] - years[0] if years[0] and years[1] else 0
    old, new = list(before), list(after)
    rows: list[Row] = []
    for kind in ("target", "task"):
        a, b = [p for p in old if p.kind == kind], [p for p in new if p.kind == kind]
        rows += _rows(kind, a, b, *(_targets(a, b, shift) if kind == "target" else _alike(a, b)), shift)
    return Comparison(tuple(sorted(rows, key=_place)))


def _place(row: Row) -> tuple[str, bool, int]:
    shown = row.after or row.before
    return (row.kind, row.after is None, shown.start if shown else 0)


MAYBE = "可能就是后一份里对应不明的某一条"
Pairs = dict[int, tuple[int, float]]  # place in the later plan → place in the earlier one, likeness


def _rows(kind: str, a: Sequence[Promise], b: Sequence[Promise], pairs: Pairs, ties: dict[int, list[int]], shift: int) -> list[Row]:
    out = []
    taken = {i for i, _ in pairs.values()}
    for j, p in enumerate(b):
        if j in pairs:
            i, like = pairs[j]
            change = compared(a[i], p, shift)
            out.append(Row(kind, change.way, a[i], p, change.words, like))
        elif j in ties and (rivals := [a[i] for i in ties[j] if i not in taken]):
            out.append(Row(kind, "unclear", None, p, f"上一份里有 {len(rivals)} 条同样相近，平台不替人选", 0.0, tuple(rivals[:NAMED])))
        else:
            out.append(Row(kind, "new", None, p))
    open_ = {i for j, rivals in ties.items() if j not in pairs for i in rivals}
    left = [(i, p) for i, p in enumerate(a) if i not in taken]
    return out + [Row(kind, "unclear", p, None, MAYBE) if i in open_ else Row(kind, "dropped", p, None) for i, p in left]


def _targets(a: Sequence[Promise], b: Sequence[Promise], shift: int) -> tuple[Pairs, dict[int, list[int]]]:
    """The same indicator, area and period; what remains, by its words."""
    places: dict[object, list[int]] = defaultdict(list)
    for i, p in enumerate(a):
        places[identity(p)].append(i)
    pairs: Pairs = {}
    ties: dict[int, list[int]] = {}
    asked: dict[object, list[int]] = defaultdict(list)
    for j, p in enumerate(b):
        asked[identity(p)].append(j)
    for mine, js in asked.items():
        for j in js:
            fits = [i for i in places[mine] if periods_meet(a[i], b[j], shift)]
            same = [i for i in fits if a[i].operator == b[j].operator] if len(fits) > 1 else fits
            rivals = [k for k in js if k != j and any(periods_meet(a[i], b[k], shift) and a[i].operator == b[k].operator for i in same)]
            if len(same) == 1 and not (rivals and b[j].operator != a[same[0]].operator) and same[0] not in {i for i, _ in pairs.values()}:
                pairs[j] = (same[0], 1.0)
            elif len(fits) > 1:
                ties[j] = fits
    rest_a = [i for i in range(len(a)) if i not in {i for i, _ in pairs.values()}]
    rest_b = [j for j in range(len(b)) if j not in pairs and j not in ties]
    more, _ = _alike([a[i] for i in rest_a], [b[j] for j in rest_b])
    for j, (i, like) in more.items():
        p, q = a[rest_a[i]], b[rest_b[j]]
        if periods_meet(p, q, shift) and which(p) == which(q) and (p.key is None or q.key is None or p.key == q.key):
            pairs[rest_b[j]] = (rest_a[i], like)
    return pairs, ties


Key = tuple[str, str]  # verb and name: who has both in common is the same to us


def _alike(a: Sequence[Promise], b: Sequence[Promise]) -> tuple[Pairs, dict[int, list[int]]]:
    """Pairs that are each other's clear best by verb and object, and for the others those that tie."""
    old, new = _by_key(a), _by_key(b)
    pairs: Pairs = {}
    ties: dict[int, list[int]] = {}
    for key in old.keys() & new.keys():
        same = _word_for_word(a, b, old[key], new[key])
        rest_a, rest_b = [i for i in old[key] if i not in same.values()], [j for j in new[key] if j not in same]
        if len(rest_a) == len(rest_b) == 1:
            same[rest_b[0]] = rest_a[0]
        elif rest_a:
            ties |= dict.fromkeys(rest_b, rest_a)
        pairs |= {j: (i, 1.0) for j, i in same.items()}
    likes = _likeness([k for k in old if k not in new], [k for k in new if k not in old])
    forward: dict[Key, list[tuple[float, Key]]] = defaultdict(list)
    backward: dict[Key, list[tuple[float, Key]]] = defaultdict(list)
    for (mine, theirs), like in likes.items():
        forward[theirs].append((like, mine))
        backward[mine].append((like, theirs))
    for key, found in forward.items():
        best = _best(found)
        members = [i for k in best for i in old[k]]
        if len(members) > 1:
            ties |= dict.fromkeys(new[key], members)
        elif len(new[key]) == 1 and _best(backward[best[0]]) == [key]:
            pairs[new[key][0]] = (members[0], max(found)[0])
    return pairs, ties


def _word_for_word(a: Sequence[Promise], b: Sequence[Promise], old: list[int], new: list[int]) -> dict[int, int]:
    """Of several of one name, those that say the very same, figures and all, and say it once on either side."""
    there, here = Counter(wording(a[i].text) for i in old), Counter(wording(b[j].text) for j in new)
    place = {wording(a[i].text): i for i in old}
    return {j: place[said] for j in new if there[said := wording(b[j].text)] == here[said] == 1}


def _by_key(promises: Sequence[Promise]) -> dict[Key, list[int]]:
    found: dict[Key, list[int]] = defaultdict(list)
    for n, p in enumerate(promises):
        found[p.verb, name_of(p)].append(n)
    return dict(found)


def _best(found: list[tuple[float, Key]]) -> list[Key]:
    """The best, and with it all that do not clearly stand behind it."""
    top = max(found)[0]
    return sorted(key for like, key in found if like > top - CLEAR)


def _likeness(a: Sequence[Key], b: Sequence[Key]) -> dict[tuple[Key, Key], float]:
    """Likeness of each pair that has any to speak of: shared pairs of characters of the name, and the verb."""
    grams_a = [_grams(name) for _, name in a]
    where: dict[str, list[int]] = defaultdict(list)
    for i, grams in enumerate(grams_a):
        for gram in grams:
            where[gram].append(i)
    out: dict[tuple[Key, Key], float] = {}
    for theirs in b:
        grams = _grams(theirs[1])
        near = {i for gram in grams if len(where.get(gram, ())) <= COMMON for i in where.get(gram, ())}
        for i in near:
            shared = (grams & grams_a[i]).total()
            dice = 2 * shared / (grams.total() + grams_a[i].total())
            like = (1 - VERB) * dice + VERB * _verbs(a[i][0], theirs[0]) if theirs[0] or a[i][0] else dice
            if like >= NEAR:
                out[a[i], theirs] = round(like, 6)
    return out


def _grams(name: str) -> Counter[str]:
    said = f"^{name}$"
    return Counter(said[k : k + 2] for k in range(len(said) - 1))


def _verbs(a: str, b: str) -> float:
    if a == b:
        return 1.0
    mine, other = set(a), set(b)
    return len(mine & other) / max(len(mine | other), 1)
