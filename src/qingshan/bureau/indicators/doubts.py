"""What beside missing days might move places (位次的其他不确定): values not confirmed or not there, and what is taken as it stands."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from qingshan.bureau.base import clock, packs
from qingshan.bureau.indicators.cells import as_taken
from qingshan.bureau.indicators.declared import Indicator
from qingshan.bureau.indicators.inputs import Given
from qingshan.bureau.indicators.methods import methods
from qingshan.bureau.indicators.models import Entry, Report
from qingshan.bureau.indicators.scheme_items import Item
from qingshan.bureau.indicators.schemes import Scheme
from qingshan.bureau.indicators.standings import Accumulated, Standing
from qingshan.bureau.indicators.subjects import described
from qingshan.bureau.indicators.values import rounded
from qingshan.methods import scoring


def drawn(indicator: Indicator) -> bool:
    """Whether an indicator's missing days can be drawn again: one made of station days."""
    source = indicator.source
    return source.kind == "observations" and methods[source.method].grain == "days" and source.method != "capture_rate"


def waiting(scheme: Scheme, token: str) -> tuple[Given, ...]:
    """Values that wait for a second person and would count once confirmed (待确认): entries, and reports of indicators."""
    found: list[Given] = []
    if any(item.entered for item in scheme.item):
        rows = Entry.objects.filter(scheme=scheme.name, period=token, state=Entry.State.WAITING).order_by("pk")
        found += [Given(e.pk, f"{scheme.name}.{e.item}", e.unit, e.code, token, _number(e.value), e.basis) for e in rows]
    names = {i.indicator for i in scheme.item if i.indicator and packs.get("indicators", i.indicator).source.kind == "reported"}
    if names:
        rows = Report.objects.filter(indicator__in=names, period=token, state=Report.State.WAITING).select_related("area").order_by("pk")
        found += [Given(r.pk, r.indicator, r.area.name, r.area.code, token, float(r.value), r.note) for r in rows]
    return tuple(found)


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def ranges(now: Standing, asked: Iterable[Given]) -> tuple[np.ndarray, np.ndarray, dict[str, list[int]]]:
    """Lowest and highest key of each unit over what is open, and by item how many units (missing, waiting).

    A missing value may turn out to be anything from the worst to the best; a waiting one may be confirmed or sent back. One unit
    is moved at a time, the others as they stand.
    """
    low, high = now.key.astype(float).copy(), now.key.astype(float).copy()
    open_: dict[str, list[int]] = {item.name: [0, 0] for item in now.scheme.item}
    if isinstance(now, Accumulated):
        return low, high, open_
    said = {(g.source, g.code or g.unit): g.value for g in asked}
    for k, unit in enumerate(now.units):
        if not now.places[k]:
            continue
        worst, best, moved = now.shares(now.taken), now.shares(now.taken), False
        for i, item in enumerate(now.scheme.item):
            if now.marks[i, k] <= 0:
                continue
            source = item.indicator or f"{now.scheme.name}.{item.name}"
            key = next((key for key in ((source, unit.code), (source, unit.name)) if key in said), None)
            ends = [worst[i, k]]
            if key is not None:
                ends.append(_share(now, i, k, said[key]))
                open_[item.name][1] += 1
            if any(math.isnan(end) for end in ends):
                open_[item.name][0] += key is None
                ends = [end for end in ends if end == end] + [_least(item), 1.0]
            worst[i, k], best[i, k] = min(ends), max(ends)
            moved = moved or worst[i, k] < best[i, k]
        if moved and not now.scheme.is_plain:
            here = [float(now.total_of(share)[k]) for share in (worst, best)]
            low[k], high[k] = min(*here, low[k]), max(*here, high[k])
        elif moved:
            low[k], high[k] = min(worst[0, k], best[0, k]), max(worst[0, k], best[0, k])
    return low, high, open_


def _share(now: Standing, i: int, k: int, value: float) -> float:
    """The share of its marks an item would reach with another value; NaN where that takes a value back."""
    if value != value:
        return math.nan
    item = now.scheme.item[i]
    taken = now.taken.copy()
    number = rounded(value, described(item)[3])
    taken[i, k] = as_taken(item, now.cells[i][k].before, np.array([number]))[0]
    return float(now.shares(taken)[i, k])


def _least(item: Item) -> float:
    """The least share of its marks an item can give."""
    t = item.transform
    if t.kind == "bands":
        return min(step.points for step in t.step) / item.weight
    if t.kind == "efficacy":
        return 0.0 if item.ratchet else t.base / 100
    return min(getattr(t, "floor", 0.0), 0.0 if item.ratchet else math.inf) / item.weight


def considered(now: Standing, gaps: dict[str, int], open_: dict[str, list[int]], ranked: int) -> list[dict]:
    """Of every item, which doubt was considered and which was not, in words."""
    apart = len(now.units) - ranked
    rows = [{"title": described(item)[0], **_said(now, item, gaps.get(item.name), open_[item.name])} for item in now.scheme.item]
    if apart:
        rows.append({"title": f"没有参加排名的 {apart} 个", "counted": False, "words": "补上数据后会进入排名，没有考虑"})
    return rows


def _said(now: Standing, item: Item, gaps: int | None, open_: list[int]) -> dict:
    missing, asked = open_
    if isinstance(now, Accumulated):
        return {"counted": False, "words": "逐月累计，各月的缺测没有重抽，按现值"}
    counted = [f"{asked} 个待确认的数按确认、退回两种情形排过"] if asked else []
    counted += [f"{missing} 个缺的数按从最差到最好排过"] if missing else []
    if item.indicator:
        indicator = packs.get("indicators", item.indicator)
        if drawn(indicator):
            if now.scheme.draws == 0:
                return {"counted": False, "words": "方案不要求重抽缺测日（draws = 0），按现值"}
            return {"counted": True, "words": f"缺测 {gaps} 站日已重抽" if gaps else "没有缺测"}
        if indicator.source.kind == "reported":
            return {"counted": True, "words": "；".join(counted) or "都已确认"}
        return {"counted": False, "words": "；".join([*counted, _as_it_stands(indicator, now)])}
    if item.entered:
        return {"counted": True, "words": "；".join(counted) or "都已填报、没有待确认"}
    if item.figures:
        return {"counted": bool(missing), "words": "；".join([*counted, "按导入的数，发布单位的误差没有考虑"])}
    other = packs.get("schemes", item.scheme).title
    return {"counted": False, "words": "；".join([*counted, f"取自“{other}”的得分，按现值，其中的缺测没有考虑"])}


def _as_it_stands(indicator: Indicator, now: Standing) -> str:
    kind = indicator.source.kind
    if kind == "formula":
        return "由算式得出，其中各口径的缺测没有考虑"
    if kind == "observations":
        return "按采样或小时逐次评价，缺的批次没有重抽" if methods[indicator.source.method].grain == "samples" else "是捕集率，没有缺测之说"
    if now.period.end >= clock.today():
        return "时段还没有结束，以后登记的会改变这个数，没有考虑"
    return "按现有登记统计，漏登、补登没有考虑"


def widened(places: dict, low: np.ndarray, high: np.ndarray, now: Standing) -> None:
    """Put the range of places that what is open allows beside what the draws have seen."""
    for pool in now.pools:
        at = np.flatnonzero(pool & (now.places > 0))
        if at.size == 0 or np.array_equal(low[at], high[at]):
            continue
        best, worst = scoring.bounds(low[at], high[at], now.better)
        for j, k in enumerate(at):
            said = places[now.units[k].code]
            said["open"] = [min(int(best[j]), said["best"]), max(int(worst[j]), said["worst"])]
