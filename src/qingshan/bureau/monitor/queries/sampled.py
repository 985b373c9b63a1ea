"""Stations that are sampled by hand (断面、测点): what was last found at each, and one station's samples."""

from __future__ import annotations

from datetime import date
from typing import Any

from qingshan.bureau.base.models import Area, Person
from qingshan.bureau.monitor import stores
from qingshan.bureau.sites import queries as sites
from qingshan.bureau.sites.models import OUTLETS, Station
from qingshan.terms import items

SHOWN = 24
"""samples of one station on its page, newest first"""


def others(person: Person) -> dict[str, str]:
    """Media other than air that have stations this person may see: value → words."""
    rows = sites.stations(person).exclude(network__medium__in=("air", *OUTLETS)).values_list("network__medium", flat=True).distinct()
    words = dict(Station._meta.get_field("network").related_model._meta.get_field("medium").choices)
    return {medium: words[medium] for medium in words if medium in set(rows)}


def rows(person: Person, medium: str, day: date, area: Area | None = None) -> list[tuple[Station, Any]]:
    """Stations of a medium in use, each with the time it was last sampled."""
    found = sites.stations(person).in_use(day).filter(network__medium=medium)
    if area is not None and area.level != Area.Level.DISTRICT:
        found = found.filter(area__in=Area.objects.below({area.pk}))
    there = list(found.order_by("code"))
    last: dict[str, Any] = {}
    table = stores.lake().samples([s.code for s in there], None, day)
    for code, at in zip(table["station"].to_pylist(), table["time"].to_pylist()):
        last[code] = max(at, last.get(code, at))
    return [(s, last.get(s.code)) for s in there]


def table_of(station: Station, day: date) -> tuple[list, list[tuple[Any, list[str]]]]:
    """One station's items and its latest samples with their values as written: <0.001 below the detection limit."""
    medium = station.network.medium
    by_time: dict[Any, dict[str, str]] = {}
    for row in stores.lake().samples([station.code], None, day).to_pylist():
        by_time.setdefault(row["time"], {})[row["item"]] = f"{row['censor']}{row['value']:.10g}"
    seen = {symbol for values in by_time.values() for symbol in values}
    columns = [item for item in items.of_medium(medium) if item.symbol in seen]
    newest = sorted(by_time, reverse=True)[:SHOWN]
    return columns, [(at, [by_time[at].get(c.symbol, "—") for c in columns]) for at in newest]
