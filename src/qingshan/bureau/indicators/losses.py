"""What an item costs a unit, in words (失分说明): the value, the rule, what falling back cost, the marks it counts with."""

from __future__ import annotations

from qingshan.bureau.indicators.scheme_items import Bands, ByPlace, Deduct, Efficacy, Item, Linear, Points, Step
from qingshan.bureau.indicators.standings import Standing
from qingshan.bureau.indicators.subjects import described
from qingshan.bureau.indicators.values import figure, rounded

LACKS = {
    "zero": "缺项计零分",
    "mean": "缺项按其他单位平均得分率计",
    "last": "缺项按其他单位最低得分率计",
    "reweigh": "缺项的分值分给其余各项",
}


def words(now: Standing, i: int, k: int, title: str, unit_words: str, lost: float) -> str:
    """``PM2.5 扣 1.6 分：41.2 μg/m³，…`` (失分说明)."""
    item, c = now.scheme.item[i], now.cells[i][k]
    decimals = now.scheme.decimals
    if c.reason:
        rule = LACKS.get(now.scheme.missing, "不计总分")
        got = float(now.scores.points[i, k])
        filled = f"，得 {trim(got, decimals)} 分" if now.scheme.missing in ("mean", "last") and got == got else ""
        return f"{title} {c.reason}，{rule}{filled}" + (f"，扣 {trim(lost, decimals)} 分" if lost == lost and lost > 0 else "")
    head = f"{title} 扣 {trim(lost, decimals)} 分" if lost > 0 else f"{title} 不失分"
    value = c.text + (f" {unit_words}" if unit_words else "")
    taken = f"（{c.taken_text}）" if item.take.kind != "value" else ""
    return f"{head}：{value}{taken}；{rule_words(item)}{_ratchet_words(now, i, k)}{_scaled_words(now, i, k)}"


def _scaled_words(now: Standing, i: int, k: int) -> str:
    """Where an item counts with other marks than those its rule is written in."""
    own, full = now.scheme.item[i].weight, float(now.scores.marks[i, k])
    return "" if abs(own - full) < 1e-9 else f"；按该项 {trim(own)} 分计出后折算为满分 {trim(full)} 分"


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
    worse = rounded(c.taken - base if better == "lower" else base - c.taken, decimals)
    if worse <= 0:
        return f"；{whose} {figure(base, decimals)}，没有退步"
    if worse <= r.allowed:
        return f"；{whose} {figure(base, decimals)}，退步 {trim(worse)}，在容许的 {trim(r.allowed)} 以内"
    lost = float(now.fallen_back[i, k])
    cap = f"（至多扣 {trim(r.cap)} 分）" if r.cap is not None else ""
    return f"；{whose} {figure(base, decimals)}，退步 {trim(worse)}，其中退步扣 {trim(lost, now.scheme.decimals)} 分{cap}"


def trim(number: float | None, decimals: int = 4) -> str:
    """A number without needless zeros: 1.60 → 1.6."""
    if number is None or number != number:
        return "—"
    text = figure(number, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text
