"""Why a unit stands where it does (为什么是第几): what each item costs, who its neighbours are, what would gain one place."""

from __future__ import annotations

import math

import numpy as np

from qingshan.bureau.indicators.firm import firm
from qingshan.bureau.indicators.inputs import Inputs
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.schemes import Bands, ByPlace, Deduct, Efficacy, Item, Linear, Points, Scheme, Step
from qingshan.bureau.indicators.standings import Accumulated, Standing, described, stand, subject
from qingshan.bureau.indicators.values import figure, rounded
from qingshan.methods import scoring

MOST = 5000
LACKS = {
    "zero": "缺项计零分",
    "mean": "缺项按其他单位平均得分率计",
    "last": "缺项按其他单位最低得分率计",
    "reweigh": "缺项的分值分给其余各项",
}


def detail(inputs: Inputs, scheme: Scheme, period: Period) -> dict:
    """What every unit is told, and how firm the order is; as kept with a publication."""
    now = stand(inputs, scheme, period)
    said = firm(inputs, scheme, period).as_data()
    return {"units": {u.code: unit(now, k) for k, u in enumerate(now.units)}, "firm": said}


def unit(now: Standing, k: int) -> dict:
    """One unit's own explanation: items with words, neighbours, what would gain a place, extras, vetoes, money."""
    near = _near(now, k)
    return {
        "name": now.units[k].name, "place": int(now.places[k]), "score": _plain(now.key[k]), "reason": now.reason(k),
        "ahead": _neighbour(now, k, near[0]), "behind": _neighbour(now, k, near[1]), "items": _items(now, k, near[0]),
        "extras": [{"title": t, "points": p, "basis": b} for t, p, b in now.extras_of(k)],
        "vetoes": [{"title": t, "basis": b} for t, b in now.vetoes[k]],
        "money": [{"title": t, "amount": a, "unit": u} for t, a, u in now.money_of(k)], "grade": now.grades[k],
    }  # fmt: skip


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
    return {"name": now.units[j].name, "place": int(now.places[j]), "gap": gap, "text": figure(gap, what.decimals) + what.unit}


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
        got, full = float(now.scores.points[i, k]), float(now.scores.marks[i, k])
        lost = rounded(full - got, now.scheme.decimals) if got == got else math.nan
        row |= {"points": _plain(got), "marks": round(full, 6), "lost": _plain(lost), "filled": bool(now.scores.filled[i, k]),
                "words": _words(now, i, k, title, unit_words, lost), "against": _against(now, i, k, ahead),
                "gain": _gain(now, i, k, ahead, unit_words, decimals)}  # fmt: skip
        rows.append(row)
    return sorted(rows, key=lambda r: -(r.get("lost") or 0))


def _words(now: Standing, i: int, k: int, title: str, unit_words: str, lost: float) -> str:
    """``PM2.5 扣 1.6 分：41.2 μg/m³，…`` (失分说明)."""
    item, c = now.scheme.item[i], now.cells[i][k]
    decimals = now.scheme.decimals
    if c.reason:
        rule = LACKS.get(now.scheme.missing, "不计总分")
        return f"{title} {c.reason}，{rule}" + (f"，扣 {trim(lost, decimals)} 分" if lost == lost and lost > 0 else "")
    head = f"{title} 扣 {trim(lost, decimals)} 分" if lost > 0 else f"{title} 不失分"
    value = c.text + (f" {unit_words}" if unit_words else "")
    taken = f"（{c.taken_text}）" if item.take.kind != "value" else ""
    return f"{head}：{value}{taken}；{rule_words(item)}{_ratchet_words(now, i, k)}"


def rule_words(item: Item) -> str:
    """How an item's value becomes points, in words (计分方法)."""
    t, full = item.transform, f"{item.weight:g}"
    if isinstance(t, Linear):
        return f"{trim(t.full_at)} 得满分 {full} 分，{trim(t.zero_at)} 得 0 分，其间按线性"
    if isinstance(t, Efficacy):
        ends = f"满意值{_end(t.best, '最好')}、不允许值{_end(t.worst, '最差')}"
        return f"功效系数法，{ends}，基础分占 {t.base:g}%"
    if isinstance(t, Bands):
        return "分档：" + "，".join(_step_words(s, previous) for s, previous in zip(t.step, (None, *t.step), strict=False))
    if isinstance(t, Deduct):
        part = {"": "", "up": "，不足一个单位按一个计", "down": "，不足一个单位不计"}[t.whole]
        side = "高于" if described(item)[2] == "lower" else "低于"
        return f"{side} {trim(t.allowed)} 后每 {trim(t.per)} 扣 {trim(t.points)} 分，扣至 {trim(t.floor)} 分为止{part}"
    if isinstance(t, ByPlace):
        if t.table:
            return f"按位次：第 1 至 {len(t.table)} 位得 {'、'.join(trim(p) for p in t.table)} 分，其后 {trim(t.floor)} 分"
        return f"按位次：第 1 位 {full} 分，每降一位减 {trim(t.step)} 分，最低 {trim(t.floor)} 分"
    if isinstance(t, Points):
        return f"直接计分，最高 {full} 分"
    return "按数值直接排名"


def _end(number: float | None, which: str) -> str:
    return f"取各单位{which}" if number is None else f" {trim(number)}"


def _step_words(step: Step, previous: Step | None) -> str:
    if step.upto is not None:
        return f"不大于 {trim(step.upto)} 得 {trim(step.points)} 分"
    head = f"大于 {trim(previous.upto)} " if previous and previous.upto is not None else ""
    return f"{head}得 {trim(step.points)} 分"


def _ratchet_words(now: Standing, i: int, k: int) -> str:
    r, c = now.scheme.item[i].ratchet, now.cells[i][k]
    if r is None:
        return ""
    base = c.before if r.against == "last_year" else c.best
    if base != base:
        return "；没有可比的往年数据，不计退步扣分"
    better, decimals = described(now.scheme.item[i])[2:]
    whose = "去年同期" if r.against == "last_year" else "历年最好"
    worse = c.taken - base if better == "lower" else base - c.taken
    return f"；{whose} {figure(base, decimals)}，" + ("没有退步" if worse <= r.allowed else "比它差，另扣退步分")


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


def _gain(now: Standing, i: int, k: int, ahead: int | None, unit_words: str, decimals: int) -> str:
    """How much better this item alone must be to pass the neighbour before (还差多少可前进一位)."""
    item = now.scheme.item[i]
    if ahead is None or isinstance(now, Accumulated) or item.scheme or now.taken[i, k] != now.taken[i, k]:
        return ""
    better = described(item)[2]
    step = 10.0 ** -(1 if item.take.kind in ("change", "ratio") else decimals)

    def margin(value: float) -> float:
        taken = now.taken.copy()
        taken[i, k] = value
        whole = np.maximum(now.scored(taken).total + now.extras, 0.0)
        return float(whole[k] - whole[ahead])

    need = scoring.smallest_change(margin, float(now.taken[i, k]), step=step, better=better, beyond=0.0, most=MOST)
    if need is None or need == 0 or (better == "lower" and item.take.kind == "value" and need > now.taken[i, k]):
        return ""
    said = "%" if item.take.kind in ("change", "ratio") else unit_words
    what = f"{'低' if better == 'lower' else '高'} {trim(need)}{' ' + said if said else ''}"
    return f"只看这一项，再{what}可超过{now.units[ahead].name}，升至第 {int(now.places[ahead])} 位"


def _plain_gain(now: Standing, k: int, ahead: int | None, unit_words: str, decimals: int) -> str:
    if ahead is None:
        return ""
    gap = rounded(abs(float(now.key[k] - now.key[ahead])), decimals)
    what = f"{'低' if now.better == 'lower' else '高'} {figure(gap, decimals)}{' ' + unit_words if unit_words else ''}"
    return f"再{what}，与{now.units[ahead].name}并列第 {int(now.places[ahead])}"


def trim(number: float | None, decimals: int = 4) -> str:
    """A number without needless zeros: 1.60 → 1.6."""
    if number is None or number != number:
        return "—"
    text = figure(number, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _plain(number: float) -> float | None:
    return None if number != number else float(number)
