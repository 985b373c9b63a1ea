"""Series and sums of an outlet's page (排放口曲线、日历、排放量)."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

import numpy as np

from qingshan.bureau.monitor import bounds, readings
from qingshan.bureau.monitor.queries.outlets import CONVERTED, FLOW, STATES, Counts, OutletDays, of_days
from qingshan.bureau.sites.models import Station
from qingshan.terms import items

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
RECENT = 14
"""days of emissions listed one by one"""


def limit_steps(station: Station, item: str, first: date, after: date, of: str = "") -> list[dict]:
    """Steps of an item's upper limit over the days, each from its day on; of a section the bound of its target class, lower for oxygen."""
    if not station.is_outlet:
        row = bounds.on(station, first).get(item)
        if row is None:
            return []
        value = row["low"] if row["high"] is None else row["high"]
        return [{"from": first.isoformat(), "to": after.isoformat(), "value": value, "text": f"目标 {value:g}（{row['basis']}）"}]
    limits = [r for r in station.outlet.limits if r["item"] == item and r.get("of", "") == of]
    rows = sorted(limits, key=lambda r: r["since"])
    steps = []
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        begin = max(row["since"], first.isoformat())
        end = following["since"] if following else after.isoformat()
        if row["high"] is not None and begin < end:
            basis = f"（{row['basis']}）" if row["basis"] else ""
            steps.append({"from": begin, "to": end, "value": row["high"], "text": f"限值 {row['high']:g}{basis}"})
    return steps


def days(station: Station, item: str, start: date, end: date) -> dict:
    """Day means with limits and gaps, in the form of :func:`series.days`."""
    one = of_days([station], start, end)[station.code]
    means, found = one.means(item), one.days(item)
    points = [[one.day(k).isoformat(), None if np.isnan(v) else round(float(v), 4), int(found.valid[k])] for k, v in enumerate(means)]
    converted = one.is_converted(item)
    return {
        "item": item, "unit": bounds.about_item(item, one.medium).unit, "points": points,
        "limits": limit_steps(station, item, start, end + DAY),
        "gaps": [], "editions": [], "start": start.isoformat(), "end": end.isoformat(), "name": "折算日均" if converted else "日均",
        "over": "，限值 ",
        "verify": list(one.declared.verify),
    }  # fmt: skip


def hours(station: Station, item: str, start: date, until: datetime, of: str = "hour") -> dict:
    """Hours with flag and gap, in the form of :func:`series.hours`; of flue gas as converted, or of the emission rate."""
    last = max((until - timedelta(seconds=1)).date(), start)
    one = of_days([station], start, last)[station.code]
    values, (said, flags) = one.held(item, of), one.hours(item)
    size = min(one.observed.size, int((until - datetime.combine(start, datetime.min.time())) / HOUR))
    points = []
    for k in range(size):
        there = not np.isnan(said[k]) or flags[k] != "N"
        value = None if np.isnan(values[k]) else round(float(values[k]), 4)
        points.append([one.observed.time(k).isoformat(), value, ("" if flags[k] == "N" else str(flags[k])) if there else "-"])
    limits = limit_steps(station, item, start, last + DAY, "rate" if of == "rate" else "")
    return {
        "item": item, "unit": bounds.scale(item, one.medium, of)[1], "points": points, "limits": limits,
        "flags": readings.FLAGS | {"X": "审核无效"}, "editions": [], "start": start.isoformat(), "end": until.isoformat(),
    }  # fmt: skip


def about(one: OutletDays, first: date, last: date) -> dict:
    """What the page says of the days from `first` to `last`: calendar, rates, emissions."""
    skip = (first - one.first).days
    calendar, counts = one.calendar()[skip:], one.counts()[skip:]
    month = [c for k, c in enumerate(counts) if (first + k * DAY).strftime("%Y-%m") == last.strftime("%Y-%m")]
    medium = one.medium
    emitted = {}
    for item in items.symbols(medium):
        if items.get(item, medium).unit in ("mg/L", "mg/m³") and (found := one.emissions(item, first)):
            emitted[item] = found
    names = [items.get(i, medium).name for i in emitted]
    recent = []
    for k in range(max(0, (last - first).days - RECENT + 1), (last - first).days + 1)[::-1]:
        mine = [rows[k] for rows in emitted.values()]
        why = "；".join(f"{name}：{m.lack_words}" for name, m in zip(names, mine, strict=True) if m.lacking)
        recent.append({"day": first + k * DAY, "masses": mine, "rates": counts[k], "state": calendar[k], "why": why})
    return {
        "year": _year(calendar), "counts": Counter(d.state for d in calendar), "states": STATES, "yesterday": counts[-1],
        "month": sum(month, Counts()), "names": names, "recent": recent,
        "rules": sorted({m.rule for one in recent for m in one["masses"] if m.rule}), "flows": FLOW.get(medium, "") in one.observed.values,
        "totals": [
            {
                "name": name, "kg": sum(m.kg for m in rows), "replaced": sum(m.replaced for m in rows),
                "lacking": sum(m.lacking > 0 for m in rows),
            }
            for name, rows in zip(names, emitted.values(), strict=True)
        ],
        "period": "小时" if one.rule.period == "hour" else "日", "verify": one.declared.verify, "basis": one.declared.basis,
        "mismatch": _mismatch(one, skip),
    }  # fmt: skip


def _mismatch(one: OutletDays, skip: int) -> int:
    """Hours whose converted value as the device says it differs from ours by more than 5 %."""
    if one.outlet is None or one.outlet.oxygen is None:
        return 0
    found = 0
    for item in list(one.observed.values):
        if item.endswith(CONVERTED):
            plain = item.removesuffix(CONVERTED)
            said, own = one.observed.values[item][skip * 24 :], one.own(plain)[skip * 24 :]
            there = ~np.isnan(said) & ~np.isnan(own)
            found += int((np.abs(said - own)[there] > 0.05 * np.abs(own)[there]).sum())
    return found


def _year(calendar: list) -> dict:
    """Months of cells as the template draws them."""
    months, at = [], None
    for one in calendar:
        if at != one.day.month:
            at = one.day.month
            months.append({"title": f"{at}月", "y": 16 + len(months) * 15, "ty": 27.4 + len(months) * 15, "cells": []})
        months[-1]["cells"].append({"x": 30 + (one.day.day - 1) * 11.4, "state": one.state, "words": one.words})
    ticks = [{"x": 30 + (d - 1) * 11.4 + 5.7, "d": d} for d in (1, 5, 10, 15, 20, 25, 30)]
    return {"months": months, "ticks": ticks, "height": 16 + len(months) * 15 + 2}
