"""What devices say differently from what their finer values make (汇总不符)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from qingshan.bureau.monitor import bounds
from qingshan.bureau.monitor.models import Difference
from qingshan.bureau.sites.models import Station

SHOWN = 8
RECENT = timedelta(days=7)


@dataclass(frozen=True)
class Row:
    """One difference as the pages show it."""

    time: datetime
    get_kind_display: str
    name: str
    said: float | None
    said_flag: str
    said_words: str
    made: float | None
    made_flag: str
    made_words: str


def of_station(station: Station, now: datetime) -> list[Row]:
    """The latest of a station within the week."""
    found = Difference.objects.filter(station=station, time__gte=now - RECENT)[:SHOWN]
    return [_row(station, d) for d in found]


def _row(station: Station, d: Difference) -> Row:
    about = bounds.about_item(d.item.removesuffix("_zs"), station.network.medium)
    name = d.item if station.network.medium == "air" else about.name

    def words(value: float | None) -> str:
        return "" if value is None else f"{value:.{about.decimals + 1}f}"

    made_flag = "" if d.made_flag == "-" else d.made_flag
    return Row(d.time, d.get_kind_display(), name, d.said, d.said_flag, words(d.said), d.made, made_flag, words(d.made))
