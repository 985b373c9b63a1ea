"""What a mark would change (标记的影响): valid hours, day means, the month's mean, and the order of the stations."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np

from qingshan import standards
from qingshan.bureau.monitor import stores
from qingshan.bureau.monitor.models import Mark
from qingshan.bureau.monitor.observed import HOUR, Observed, observe
from qingshan.bureau.sites.models import Station
from qingshan.methods import air
from qingshan.stats import rounding
from qingshan.terms import items


def effect_of(mark: Mark) -> dict:
    """Counts before and after, by item: {hours, items: [...], ranks: [...], moves}.

    moves : whether the order of the network's stations of that level by the month's mean changes: such a mark needs two reviewers.
    """
    station, hours = mark.station, mark.hours()
    if not hours:
        return {"hours": 0, "items": [], "ranks": [], "moves": False}
    peers = list(Station.objects.in_use(hours[0].date()).filter(network=station.network, level=station.level))
    if station.pk not in {p.pk for p in peers}:
        peers.append(station)
    start, end = _months(hours[0], hours[-1])
    there = observe(stores.lake(), [p.code for p in peers], start, end)
    covered = np.zeros(there[station.code].size, bool)
    covered[[int((t - start) / HOUR) for t in hours]] = True
    found, ranks, day = [], [], start.date()
    for item in mark.covered:
        mine = there[station.code]
        if item not in mine.values:
            continue
        was = mine.valid(item)
        becomes = np.where(covered, mine.values[item] if mark.kind == Mark.Kind.VALID else np.nan, was)
        changed = int((np.isnan(was) != np.isnan(becomes)).sum())
        days = _valid_days(was, day) - _valid_days(becomes, day)
        found.append({"item": item, "hours": changed, "days": days, "was": _mean(item, was), "becomes": _mean(item, becomes)})
        before, after = _order(item, peers, there), _order(item, peers, there, {station.code: becomes})
        if before != after:
            ranks.append({"item": item, "was": before.index(station.code) + 1, "becomes": after.index(station.code) + 1, "of": len(before)})
    return {"hours": len(hours), "items": found, "ranks": ranks, "moves": bool(ranks), "from": start.date().isoformat()}


def _months(first: datetime, last: datetime) -> tuple[datetime, datetime]:
    """First and last hour label of the calendar months of the interval."""
    begin = (first - timedelta(seconds=1)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    after = ((last - timedelta(seconds=1)).replace(day=1) + timedelta(days=32)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return begin + HOUR, after


def _valid_days(hours: np.ndarray, day: date) -> int:
    """Days with enough valid hours (GB 3095 表4)."""
    whole = hours[: hours.size // 24 * 24].reshape(-1, 24)
    need = air.validity_rule(standards.get("GB 3095", at=day), "PM2.5", "24h").at_least
    return int(((~np.isnan(whole)).sum(axis=1) >= need).sum())


def _mean(item: str, hours: np.ndarray) -> float | None:
    if np.isnan(hours).all():
        return None
    decimals = items.get(item).decimals + 1
    return float(rounding.steps(float(np.nanmean(hours)), decimals)) / 10**decimals


def _order(item: str, peers: list[Station], there: dict[str, Observed], other: dict[str, np.ndarray] | None = None) -> list[str]:
    """Station codes by the mean of their valid hours, the lowest first; the station's own stays in the list even without a value."""
    means = {}
    for peer in peers:
        if item in there[peer.code].values:
            hours = (other or {}).get(peer.code, there[peer.code].valid(item))
            mean = _mean(item, hours)
            means[peer.code] = np.inf if mean is None else mean
    return sorted(means, key=lambda code: (means[code], code))
