"""Two plans side by side (计划对照): what is new, dropped, raised, lowered, unchanged; what cannot be told apart is left to a person."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qingshan.plans.promises import Promise, compared, identity, name_of, periods_meet, which

WORDS = {
    "raised": "提高", "lowered": "降低", "changed": "有变化", "new": "新增", "dropped": "不再提", "unclear": "对应不明", "same": "不变",
}  # fmt: skip
NEAR = 0.5
"""the least likeness of verb and object at which two tasks are taken for one"""
CLEAR = 0.06
"""by how much the best must lead the second; nearer is a tie, and a tie is refused"""
VERB = 0.2
"""the share of the verb in the likeness"""


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
            out.append(Row(kind, "unclear", None, p, f"上一份里有 {len(rivals)} 条同样相近，平台不替人选", 0.0, tuple(rivals)))
        else:
            out.append(Row(kind, "new", None, p))
    return out + [Row(kind, "dropped", p, None) for i, p in enumerate(a) if i not in taken]


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


def _alike(a: Sequence[Promise], b: Sequence[Promise]) -> tuple[Pairs, dict[int, list[int]]]:
    """Pairs that are each other's clear best by verb and object, and for the others those that tie."""
    likes = _likeness(a, b)
    forward: dict[int, list[tuple[float, int]]] = defaultdict(list)
    backward: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for (i, j), like in likes.items():
        forward[j].append((like, i))
        backward[i].append((like, j))
    pairs: Pairs = {}
    ties: dict[int, list[int]] = {}
    for j, found in forward.items():
        best = _best(found)
        if len(best) > 1:
            ties[j] = best
        elif _best(backward[best[0]]) == [j]:
            pairs[j] = (best[0], max(found)[0])
    return pairs, ties


def _best(found: list[tuple[float, int]]) -> list[int]:
    """The best, and with it all that do not clearly stand behind it; word for word beats all."""
    top = max(found)[0]
    return sorted(n for like, n in found if like == top or (top < 1 and like > top - CLEAR))


def _likeness(a: Sequence[Promise], b: Sequence[Promise]) -> dict[tuple[int, int], float]:
    """Likeness of each pair that has any to speak of: shared pairs of characters of the object, and the verb."""
    grams_a, grams_b = [_grams(p) for p in a], [_grams(p) for p in b]
    where: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for i, grams in enumerate(grams_a):
        for gram, n in grams.items():
            where[gram].append((i, n))
    out: dict[tuple[int, int], float] = {}
    for j, grams in enumerate(grams_b):
        shared: Counter[int] = Counter()
        for gram, n in grams.items():
            for i, m in where[gram]:
                shared[i] += min(n, m)
        size = sum(grams.values())
        for i, n in shared.items():
            dice = 2 * n / (size + sum(grams_a[i].values()))
            like = (1 - VERB) * dice + VERB * _verbs(a[i].verb, b[j].verb) if a[i].kind == "task" else dice
            if like >= NEAR:
                out[i, j] = round(like, 6)
    return out


def _grams(p: Promise) -> Counter[str]:
    said = f"^{name_of(p)}$"
    return Counter(said[k : k + 2] for k in range(len(said) - 1))


def _verbs(a: str, b: str) -> float:
    if a == b:
        return 1.0
    mine, other = set(a), set(b)
    return len(mine & other) / max(len(mine | other), 1)
