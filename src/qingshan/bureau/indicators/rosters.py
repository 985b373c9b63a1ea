"""The year's lists of stations (考核名单): which is in force, its stations as an assessment knows them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qingshan.bureau.base import packs
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.places import Place, Site

if TYPE_CHECKING:
    from qingshan.bureau.indicators.assessments import Assessment
    from qingshan.bureau.indicators.declared import Roster


def of(indicator, period: Period) -> Roster | None:
    """The list in force on the period's last day; None where the indicator names none or nobody has declared it for that day."""
    name = indicator.source.roster
    return packs.all("rosters", at=period.end).get(name) if name else None


def sites(roster: Roster, held: Assessment, indicator, place: Place) -> tuple[tuple[Site, ...], dict[str, str]]:
    """The stations of a list that lie in an area, with the list's targets, rivers and weights, and those that do not count, with why.

    Levels matter only where the indicator declares its own. A station that is not registered lies in the district and is absent.
    """
    found, left = [], {}
    whole = place.level == "district"
    levels = (indicator.sites.district if whole else indicator.sites.town) if "sites" in indicator.model_fields_set else None
    known = {s.code: s for s in held.of_medium(roster.medium)}
    for row in roster.station:
        site = known.get(row.code)
        if site is None:
            if not whole:
                continue
            site = Site(row.code, row.title or row.code, "", place.id, None, None, medium=roster.medium)
        elif site.area not in place.inside or (place.stations is not None and site.code not in place.stations):
            continue
        if levels is not None and site.level not in levels:
            left[site.name] = "在名单上，级别不属本口径"
            continue
        found.append(replace(site, target=row.target or site.target, river=row.river, weight=row.weight))
    left |= {s.name: f"不在“{roster.title}”上" for s in known.values() if s.area in place.inside and s.code not in _codes(roster)}
    return tuple(found), left


def _codes(roster: Roster) -> set[str]:
    return {row.code for row in roster.station}
