"""Hands for tests of declared registers: an entry with every required field filled, other fields as said; a value as a page shows it."""

from __future__ import annotations

import datetime as dt
from itertools import count

from qingshan.bureau.indicators import queries as indicators
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.registers import actions, queries
from qingshan.bureau.registers.models import Entry

TODAY = dt.date(2026, 11, 20)
YEAR = Period.year_to(TODAY)
_numbers = count(1)


def said_of(name: str, /, **said) -> dict:
    """Every required field with something it takes, but for those said."""
    of = queries.register(name)
    values = {}
    for f in of.field:
        if f.required and f.name not in said:
            number = {"number": f.low or 1, "integer": int(f.low or 1), "date": "2026-03-01", "flag": "否"}
            values[f.name] = next(iter(f.choices)) if f.choices else number.get(f.type, f"{f.title}{next(_numbers)}")
    return values | said


def put(name: str, by, area, /, *, state: str = "", day: dt.date = dt.date(2026, 1, 10), lon=None, lat=None, **said) -> Entry:
    """Enter one through the action of the form."""
    return actions.add_entry(queries.register(name), said_of(name, **said), area=area, by=by, state=state, day=day, lon=lon, lat=lat)


def form_of(entry: Entry, **more) -> dict:
    """An entry as its form sends it."""
    words = {True: "是", False: "否"}
    said = {
        name: words.get(value, value) if isinstance(value, bool) else value for name, value in entry.values.items() if value is not None
    }
    return said | {"area": entry.area_id, "day": str(TODAY), "version": entry.version} | more


def change(entry: Entry, by, /, *, state: str = "", day: dt.date = TODAY, **said) -> Entry:
    """Change some fields of one, or its state."""
    entry.refresh_from_db()
    return actions.change_entry(entry.pk, entry.values | said, by=by, area=entry.area, state=state, lon=entry.lon, lat=entry.lat, day=day)


def shown(indicator: str, area, period: Period | str = YEAR) -> str:
    """An indicator's value as pages show it; empty where there is none."""
    found = indicators.value(indicator, area=area, period=Period.parse(period) if isinstance(period, str) else period)
    return found.text.replace("\u2009", "") if found.value is not None else ""
