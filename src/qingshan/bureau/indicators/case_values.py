"""An indicator of the area a case lies in, day by day or month by month (事项取数)."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta

from qingshan.bureau.cases.measures import Value, providers
from qingshan.bureau.indicators import queries
from qingshan.bureau.indicators.periods import Period


@providers.add("indicators")
def measured(case, gauge, first: date, last: date) -> list[Value] | None:
    """Its valid values in a span of days; a month counts once it is over. None where no indicator is asked for."""
    if not gauge.indicator:
        return None
    values = []
    for period in _periods(gauge, first, last):
        found = queries.value(gauge.indicator, area=case.area, period=period, comparison=False)
        if found.value is not None and not math.isnan(found.value):
            values.append(Value(datetime.combine(period.start, time()), float(found.value), found.text))
    return values


def _periods(gauge, first: date, last: date) -> list[Period]:
    if gauge.statistic == "day":
        return [Period.day(first + timedelta(days=i)) for i in range((last - first).days + 1)]
    months, day = [], first.replace(day=1)
    while (period := Period.month(day.year, day.month)).end <= last:
        months.append(period)
        day = period.end + timedelta(days=1)
    return months
