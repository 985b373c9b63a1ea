"""Hours and days of the station a case is about (事项取数): what its measured proofs and relapse rules ask."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta

from qingshan.bureau.cases.measures import Value, providers
from qingshan.bureau.monitor import stores
from qingshan.bureau.monitor.levels import shown
from qingshan.stats import rounding
from qingshan.terms import items

LEAST_HOURS = 20
"""valid hours of a day's mean (GB 3095—2026 表4)"""


@providers.add("monitor")
def values(case, gauge, first: date, last: date) -> list[Value] | None:
    """Valid hours, or days of at least 20 valid hours, of the case's station; None where it has none or nobody asks for an item."""
    if not gauge.item or case.station_id is None:
        return None
    start, end = datetime.combine(first, time(1)), datetime.combine(last, time()) + timedelta(days=1)
    table = stores.lake().hours(stations=[case.station.code], start=start, end=end, items=(gauge.item,))
    hours = [(row["time"], row[gauge.item]) for row in table.to_pylist() if row[gauge.item] is not None]
    if gauge.statistic == "hour":
        return [Value(at, value, shown(gauge.item, value)) for at, value in hours]
    days: dict[date, list[float]] = defaultdict(list)
    for at, value in hours:
        days[(at - timedelta(seconds=1)).date()].append(value)
    decimals = items.get(gauge.item).decimals
    means = {day: float(rounding.mean(found, decimals)) for day, found in days.items() if len(found) >= LEAST_HOURS}
    return [Value(datetime.combine(day, time()), mean, shown(gauge.item, mean)) for day, mean in means.items()]
