"""Cases on the map (事项图层): the cases of a list as points, coloured by the light of their limit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from qingshan.bureau.base.models import Person
from qingshan.bureau.cases.models import Case
from qingshan.bureau.sites import queries as sites

LEGEND = {"red": "逾期", "amber": "将到期", "green": "期限内", "none": "没有期限", "blue": "已办完"}


def layer(found: QuerySet[Case], person: Person, now: datetime) -> dict[str, Any]:
    """What the map draws: boundaries, a legend with counts, and points ``[case, longitude, latitude, place in the legend]``."""
    places, counts, points = list(LEGEND), dict.fromkeys(LEGEND, 0), []
    plain = found.order_by("pk").select_related(None).prefetch_related(None)
    rows = plain.exclude(lon=None).exclude(lat=None).values_list("pk", "lon", "lat", "closed_at", "due_at", "warn_at")
    for pk, lon, lat, closed, due, warn in rows.iterator(chunk_size=5000):
        light = _light(closed, due, warn, now)
        counts[light] += 1
        points.append((pk, round(lon, 5), round(lat, 5), places.index(light)))
    return sites.ground(person) | {
        "legend": [{"words": words, "light": light, "n": counts[light]} for light, words in LEGEND.items()],
        "points": points,
        "areas": [],
        "unplaced": plain.count() - len(points),
    }


def _light(closed: datetime | None, due: datetime | None, warn: datetime | None, now: datetime) -> str:
    """The light of :func:`lists.lit`, reckoned for one row."""
    if closed:
        return "blue"
    if due is None:
        return "none"
    if due < now:
        return "red"
    return "amber" if warn and warn <= now else "green"
