"""Why a unit stands where it does (为什么是第几): what each item costs, who its neighbours are, what would gain one place."""

from __future__ import annotations

import math

import numpy as np

from qingshan.bureau.indicators.firm import firm
from qingshan.bureau.indicators.inputs import Inputs
from qingshan.bureau.indicators.losses import trim, words
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.scheme_items import Item
from qingshan.bureau.indicators.schemes import Scheme
from qingshan.bureau.indicators.standings import Accumulated, Standing, stand
from qingshan.bureau.indicators.subjects import described, subject
from qingshan.bureau.indicators.values import figure, rounded
from qingshan.methods import scoring

MOST = 5000
CLOSEST = 5
def detail(inputs: Inputs, scheme: Scheme, period: Period) -> dict:
    """What every unit is told, and how firm the order is; as kept with a publication."""
    now = stand(inputs, scheme, period)
    said = firm(inputs, scheme, period).as_data() | {"near": near(now)}
    return {"units": {u.code: unit(now, k) for k, u in enumerate(now.units)}, "firm": said}


def near(now: Standing, most: int = CLOSEST) -> list[dict]:
    """The neighbours that stand closest to each other, with what would swap them (最接近的几对)."""
    pairs = [(k, _near(now, k)[0]) for k in range(len(now.units))]
    close = sorted((abs(float(now.key[k] - now.key[j])), int(now.places[k]), k, j) for k, j in pairs if j is not None)[:most]
    rows = []
    for _, place, k, j in close:
        said = _neighbour(now, k, j)
        if said is not None:
            rows.append({"ahead": said["name"], "ahead_place": said["place"], "behind": now.units[k].name, "behind_place": place,
                         "text": said["text"], "swap": _swap(now, k, j)})  # fmt: skip
    return rows


def _swap(now: Standing, k: int, ahead: int) -> str:
    """The one item that would have to change least, in steps of its last digit, for the two to swap."""
    found: list[tuple[float, str]] = []
    for i, item in enumerate(now.scheme.item):
        title, unit_words, _, decimals = described(item)
        if now.scheme.is_plain:
            return f"{now.units[k].name}{_plain_gain(now, k, ahead, unit_words, decimals)}"
        if now.marks[i, k] > 0 and (need := _need(now, i, k, ahead, decimals)) is not None:
            found.append((need[0] / need[1], f"{now.units[k].name}{title}{_better(item, need[0], unit_words)}即超过"))
    return min(found)[1] if found else ""


def unit(now: Standing, k: int) -> dict:
    """One unit's own explanation: items with words, neighbours, what would gain a place, extras, vetoes, money."""
    near = _near(now, k)
    return {
        "name": now.units[k].name, "place": int(now.places[k]), "score": _plain(now.key[k]), "reason": now.reason(k),
        "ahead": _neighbour(now, k, near[0]), "behind": _neighbour(now, k, near[1]), "items": _items(now, k, near[0]),
        "extras": [{"title": t, "points": p, "basis": b} for t, p, b in now.extras_of(k)],
        "vetoes": [{"title": t, "basis": b} for t, b in now.vetoes[k]],
        "money": [{"title": t, "amount": a, "unit": u} for t, a, u in now.money_of(k)], "grade": now.grades[k],
        "tied": _tied(now, k), "sum": _sum(now, k), "sum_is": "mean" if now.scheme.accumulate == "mean" else "sum",
    }  # fmt: skip


def _tied(now: Standing, k: int) -> list[str]:
    """Who shares the place."""
    if not now.places[k]:
        return []
    pool = next(p for p in now.pools if p[k])
    return [u.name for j, u in enumerate(now.units) if j != k and pool[j] and now.places[j] == now.places[k]]


def _sum(now: Standing, k: int) -> list[dict]:
    """What the score is added up from, each part as it is printed: together they are the score to the last digit (合计)."""
    if now.scheme.is_plain or now.key[k] != now.key[k]:
        return []
    if isinstance(now, Accumulated):
        return [{"title": title, "points": points} for title, points in now.months_of(k)]
    rows = [(described(item)[0], float(now.scores.points[i, k])) for i, item in enumerate(now.scheme.item) if now.marks[i, k] > 0]
    extras = [(title, points) for title, points, _ in now.extras_of(k)]
    over = rounded(sum(p for _, p in extras) - float(now.extras[k]), now.scheme.decimals)
    rows += [*extras, *([(f"加分合计至多 {trim(now.scheme.bonus_cap)} 分", -over)] if over else [])]
    short = rounded(float(now.score[k]) - math.fsum(p for _, p in rows), now.scheme.decimals)
    rows += [("合计低于 0，按 0 分计", short)] if short else []
    return [{"title": title, "points": points} for title, points in rows if points == points]


def _near(now: Standing, k: int) -> tuple[int | None, int | None]:
    """The unit just before and the one just behind, in the same pool."""
    pool = next((p for p in now.pools if p[k]), None)
    if pool is None or not now.places[k]:
        return None, None
    at = np.flatnonzero(pool)
    found = scoring.neighbours(now.key[at], now.places[at])
    j = int(np.flatnonzero(at == k)[0])
    ahead, behind = int(found.ahead[j]), int(found.behind[j])
    return int(at[ahead]) if ahead >= 0 else None, int(at[behind]) if behind >= 0 else None


def _neighbour(now: Standing, k: int, j: int | None) -> dict | None:
    if j is None:
        return None
    what = subject(now.scheme)
    gap = rounded(abs(float(now.key[k] - now.key[j])), what.decimals)
    text = figure(gap, what.decimals) + what.unit
    if gap == 0 and now.scheme.second:
        second = next(item for item in now.scheme.item if item.name == now.scheme.second)
        text += f"，同分再比{described(second)[0]}"
    return {"name": now.units[j].name, "place": int(now.places[j]), "gap": gap, "text": text}


def _items(now: Standing, k: int, ahead: int | None) -> list[dict]:
    rows = []
    for i, item in enumerate(now.scheme.item):
        if now.marks[i, k] <= 0:
            continue
        title, unit_words, better, decimals = described(item)
        c = now.cells[i][k]
        row = {"name": item.name, "title": title, "text": c.text, "unit": unit_words, "taken": c.taken_text, "reason": c.reason,
               "note": c.note, "source": c.source, "better": better, "code": now.units[k].code, "indicator": item.indicator}  # fmt: skip
        if now.scheme.is_plain:
            rows.append(row | {"gain": _plain_gain(now, k, ahead, unit_words, decimals)})
            continue
        got, full = float(now.scores.points[i, k]), rounded(float(now.scores.marks[i, k]), now.scheme.decimals)
        lost = rounded(full - got, now.scheme.decimals) if got == got else math.nan
        row |= {"points": _plain(got), "marks": full, "marks_text": trim(full, now.scheme.decimals),
                "lost": _plain(lost), "filled": bool(now.scores.filled[i, k]),
                "words": words(now, i, k, title, unit_words, lost), "against": _against(now, i, k, ahead),
                "gain": _gain(now, i, k, ahead, unit_words, decimals)}  # fmt: skip
        rows.append(row)
    return sorted(rows, key=lambda r: -(r.get("lost") or 0))


def _against(now: Standing, i: int, k: int, ahead: int | None) -> str:
    """The item against the neighbour before (与前一名比)."""
    if ahead is None:
        return ""
    mine, theirs = float(now.scores.points[i, k]), float(now.scores.points[i, ahead])
    if mine != mine or theirs != theirs:
        return ""
    gap = rounded(theirs - mine, now.scheme.decimals)
    if gap == 0:
        return f"与前一名{now.units[ahead].name}同分"
    return f"比前一名{now.units[ahead].name}{'少' if gap > 0 else '多'} {trim(abs(gap), now.scheme.decimals)} 分"


def _need(now: Standing, i: int, k: int, ahead: int, decimals: int) -> tuple[float, float] | None:
    """How much better this item alone must be to pass the neighbour before, and in which steps; None where it cannot."""
    item = now.scheme.item[i]
    if isinstance(now, Accumulated) or item.scheme or now.taken[i, k] != now.taken[i, k]:
        return None
    better = described(item)[2]
    step = 10.0 ** -(1 if item.take.kind in ("change", "ratio") else decimals)

    def margin(value: float) -> float:
        taken = now.taken.copy()
        taken[i, k] = value
        whole = np.maximum(now.scored(taken).total + now.extras, 0.0)
        return float(whole[k] - whole[ahead])

    need = scoring.smallest_change(margin, float(now.taken[i, k]), step=step, better=better, beyond=0.0, most=MOST)
    if need is None or need == 0 or (better == "lower" and item.take.kind == "value" and need > now.taken[i, k]):
        return None
    return need, step


def _better(item: Item, need: float, unit_words: str) -> str:
    said = "%" if item.take.kind in ("change", "ratio") else unit_words
    return f"再{'低' if described(item)[2] == 'lower' else '高'} {trim(need)}{' ' + said if said else ''}"


def _gain(now: Standing, i: int, k: int, ahead: int | None, unit_words: str, decimals: int) -> str:
    """How much better this item alone must be to pass the neighbour before (还差多少可前进一位)."""
    need = _need(now, i, k, ahead, decimals) if ahead is not None else None
    if need is None or ahead is None:
        return ""
    what = _better(now.scheme.item[i], need[0], unit_words)
    return f"只看这一项，{what}可超过{now.units[ahead].name}，升至第 {int(now.places[ahead])} 位"


def _plain_gain(now: Standing, k: int, ahead: int | None, unit_words: str, decimals: int) -> str:
    if ahead is None:
        return ""
    gap = rounded(abs(float(now.key[k] - now.key[ahead])), decimals)
    what = f"{'低' if now.better == 'lower' else '高'} {figure(gap, decimals)}{' ' + unit_words if unit_words else ''}"
    return f"再{what}，与{now.units[ahead].name}并列第 {int(now.places[ahead])}"


def _plain(number: float) -> float | None:
    return None if number != number else float(number)
