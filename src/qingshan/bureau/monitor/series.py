"""Series for charts and the calendar: hours with flags, days with limits and editions (序列)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np

from qingshan import lake, standards
from qingshan.bureau.monitor import levels, readings, stores
from qingshan.bureau.sites.models import Station
from qingshan.methods import air
from qingshan.terms import items

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MAX_HOURS = timedelta(days=62)


def hours(station: Station, item: str, start: datetime, end: datetime) -> dict:
    """Hours of an item with value, flag and gaps: {points: [[time, value|null, flag]], limits, editions, unit}."""
    end = min(end, start + MAX_HOURS)
    found: dict[datetime, tuple[float | None, str]] = {}
    table = stores.lake().rows([station.code], start, end)
    if item in table.column_names:
        order = [(c, "ascending") for c in ("received", "sequence") if c in table.column_names]
        for row in table.sort_by(order).to_pylist():
            flags = dict(p.split(":", 1) for p in (row.get("flags") or "").split(";") if ":" in p)
            if row[item] is not None or item in flags:
                flag = flags.get(item, "")
                found[row["time"]] = (row[item], "" if readings.is_valid(flag) else flag)
    points, at = [], start
    while at <= end:
        value, flag = found.get(at, (None, ""))
        points.append([at.isoformat(), None if value is None or flag else round(value, 4), flag if at in found else "-"])
        at += HOUR
    days = np.arange(np.datetime64(start.date()), np.datetime64(end.date()) + 1)
    return {
        "item": item, "unit": items.get(item).unit, "points": points, "limits": _limits(item, "1h", days), "editions": _editions(days),
        "flags": readings.FLAGS | {"X": "审核无效"}, "start": start.isoformat(), "end": end.isoformat(),
    }  # fmt: skip


def _assess(station: Station, start: date, end: date) -> lake.Run:
    """The days of one station by its own monitoring plan."""
    return lake.assess(stores.lake(), start, end, stations=[station.code], unplanned={station.code: station.unplanned})


def days(station: Station, item: str, start: date, end: date) -> dict:
    """Day values of an item with limits by edition: {points: [[day, value|null, hours]], limits, editions, gaps, unit, run}."""
    run = _assess(station, start, end)
    column = "O3_8h" if item == "O3" else item
    rows = {r["day"]: r for r in run.days.to_pylist()}
    points, at = [], start
    while at <= end:
        row = rows.get(at)
        value = row[column] if row else None
        hours_there = row.get(f"n_{column}") if row else 0
        points.append([at.isoformat(), value, hours_there or 0])
        at += DAY
    span = np.arange(np.datetime64(start), np.datetime64(end) + 1)
    window = "8h" if item == "O3" else "24h"
    return {
        "item": item, "unit": items.get(item).unit, "points": points, "limits": _limits(item, window, span), "editions": _editions(span),
        "gaps": _gaps(points), "run": run.identity, "verify": list(run.verify), "start": start.isoformat(), "end": end.isoformat(),
        "name": "日最大 8 小时" if item == "O3" else "日均",
    }  # fmt: skip


def _gaps(points: list) -> list[dict]:
    """Runs of days without a valid value, three or more, but not those after the last one."""
    valid = [i for i, p in enumerate(points) if p[1] is not None]
    if not valid:
        return []
    gaps, begin = [], None
    for i in range(valid[0], valid[-1] + 1):
        if points[i][1] is None:
            begin = i if begin is None else begin
        elif begin is not None:
            if i - begin >= 3:
                had = max(p[2] for p in points[begin:i])
                gaps.append({"from": points[begin][0], "to": points[i][0], "text": f"{'无效' if had else '缺测'} {i - begin} 天"})
            begin = None
    return gaps


def _limits(item: str, window: str, span: np.ndarray) -> list[dict]:
    """Steps of the limit over the days: class 2 of GB 3095 in the phase of each."""
    steps = []
    for std, phase, mask in standards.spans("GB 3095", span):
        try:
            value = air.limit(std, item, window, phase=phase.id)
        except LookupError:  # no limit for this window (PM has none for 1 h)
            continue
        inside = span[mask]
        words = "，过渡" if phase.id == "transition" else ""
        step = {"from": str(inside[0]), "to": str(inside[-1] + 1), "value": value, "text": f"二级 {value:g}（{std.edition} 版表1{words}）"}
        if steps and steps[-1]["value"] == value and steps[-1]["to"] == step["from"]:
            steps[-1] = {**steps[-1], "to": step["to"], "text": step["text"]}
        else:
            steps.append(step)
    return steps


def _editions(span: np.ndarray) -> list[dict]:
    """Days within the span on which another edition begins."""
    marks, last = [], None
    for std, _phase, mask in standards.spans("GB 3095", span):
        inside = span[mask]
        if last is not None and str(std) != last:
            day = inside[0].astype(date)
            marks.append({"day": str(inside[0]), "text": f"{day.month}月{day.day}日 起执行 {std}"})
        last = str(std)
    return marks


def calendar(station: Station, year: int, today: date) -> dict:
    """A year of daily AQI as months of cells: {months: [{title, cells: [{level, words}]}], counts}."""
    end = min(date(year, 12, 31), today - DAY)
    rows = {}
    if end >= date(year, 1, 1):
        run = _assess(station, date(year, 1, 1), end)
        rows = {r["day"]: r for r in run.days.to_pylist()}
    months = []
    counts: dict[int, int] = {}
    invalid = 0
    for month in range(1, (end.month if end >= date(year, 1, 1) else 0) + 1):
        cells = []
        at = date(year, month, 1)
        while at.month == month and at <= end:
            row = rows.get(at)
            level = int(row["level"]) if row and row["level"] else 0
            aqi = row["aqi"] if row else None
            if level:
                counts[level] = counts.get(level, 0) + 1
                words = f"{at.month}月{at.day}日 AQI {int(aqi)}" + (f"，{row['primary'].replace(',', '、')}" if row["primary"] else "")
            else:
                invalid += 1
                words = f"{at.month}月{at.day}日 {'不足以评价（NA）' if row else '缺测'}"
            cells.append({"x": 30 + (at.day - 1) * 11.4, "level": level, "words": words})
            at += DAY
        months.append({"title": f"{month}月", "y": 16 + (month - 1) * 15, "ty": 27.4 + (month - 1) * 15, "cells": cells})
    ticks = [{"x": 30 + (d - 1) * 11.4 + 5.7, "d": d} for d in (1, 5, 10, 15, 20, 25, 30)]
    changed = year == 2026 and end >= date(2026, 3, 1)
    return {
        "year": year, "months": months, "counts": counts, "invalid": invalid, "ticks": ticks, "height": 16 + len(months) * 15 + 2,
        "edition_y": 45 if changed else None, "end": end,
    }  # fmt: skip


def quality(station: Station, start: date, end: date) -> dict:
    """Capture of the period: valid hours of each item of the plan, valid days, and whether the year can still be valid."""
    run = _assess(station, start, end)
    rows = run.days.to_pylist()
    n_days = (end - start).days + 1
    found = []
    for item in station.measured:
        column = "O3_8h" if item == "O3" else item
        n_hours = sum(r.get(f"n_{item}") or 0 for r in rows) if f"n_{item}" in run.days.column_names else 0
        n_valid = sum(r[column] is not None for r in rows)
        by_month: dict[int, int] = {}
        for r in rows:
            if r[column] is not None:
                by_month[r["day"].month] = by_month.get(r["day"].month, 0) + 1
        found.append(
            {
                "item": item,
                "hours": n_hours,
                "rate": 100 * n_hours / (24 * n_days) if n_days > 0 else 0,
                "days": n_valid,
                "months": by_month,
            }
        )
    return {"days": n_days, "items": found, "run": run.identity, "table_version": run.table_version, "end": end}


STATISTIC = {"CO": ("P95", "今年第 95 百分位数"), "O3": ("P90", "今年 8 小时第 90 百分位数")}


def year_statistic(station: Station, item: str, start: date, end: date) -> tuple[str, str]:
    """(title, value) of the item's statistic of the year so far from its valid days. HJ 663 表1."""
    name, title = STATISTIC.get(item, ("mean", "今年平均"))
    run = _assess(station, start, end)
    column = "O3_8h" if item == "O3" else item
    days = np.array([np.nan if v is None else v for v in run.days.column(column).to_pylist()], float)
    if not np.isfinite(days).any():
        return title, "缺测"
    decimals = 1 if name == "mean" and item != "CO" else items.get(item).decimals
    value = air.statistic(standards.get("HJ 663", at=end), item, name, days, decimals=decimals)
    return title, f"{float(value):.{decimals}f}"


def short_months(months: dict[int, int], end: date) -> list[str]:
    """Months already over with fewer valid days than the year's mean needs (GB 3095 表4: 27, February 25)."""
    return [f"{m}月仅 {months.get(m, 0)} 天" for m in range(1, end.month) if months.get(m, 0) < (25 if m == 2 else 27)]


def shown(item: str, value) -> str:
    return levels.shown(item, value)
