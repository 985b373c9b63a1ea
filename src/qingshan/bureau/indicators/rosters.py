"""The year's lists of stations (考核名单): which is in force, its stations as an assessment knows them.

A list registered on the page counts before one that a pack declares for the same year.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from qingshan.bureau.base import packs
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.places import Place, Site
from qingshan.bureau.indicators.roster_versions import RosterVersion
from qingshan.bureau.indicators.stores import page

if TYPE_CHECKING:
    from qingshan.bureau.indicators.assessments import Assessment
    from qingshan.bureau.indicators.declared_rosters import Roster


def of(indicator, period: Period) -> Roster | None:
    """The list in force on the period's last day; None where the indicator names none or nobody has drawn one up for that day."""
    name = indicator.source.roster
    return in_force(name, period.end) if name else None


def beside(indicator, period: Period) -> Roster | None:
    """The list whose stations are another indicator's, where this one has no list of its own."""
    apart = indicator.source.apart
    return in_force(apart, period.end) if apart and of(indicator, period) is None else None


def in_force(name: str, day: date) -> Roster | None:
    """The list of that name on a day: as registered, else as a pack declares it."""
    found = registered().get((name, day.year))
    return found.declared if found else packs.all("rosters", at=day).get(name)


def title(name: str) -> str:
    """What people call a list."""
    kind = packs.all("roster_kinds").get(name)
    return kind.title if kind else name


def registered() -> dict[tuple[str, int], RosterVersion]:
    """By list and year the version that counts; asked for once a page."""
    seen = page()
    if "rosters" not in seen:
        found = RosterVersion.objects.filter(withdrawn=None).order_by("version")
        seen["rosters"] = {(r.roster, r.year): r for r in found}
    return seen["rosters"]


def sites(roster: Roster, held: Assessment, indicator, place: Place) -> tuple[tuple[Site, ...], dict[str, str]]:
    """The stations of a list that lie in an area, with the list's targets, rivers and weights, and those that do not count, with why.

    Levels matter only where the indicator declares its own. A station that is not registered lies in the district and is absent.
    """
    found, left = [], {}
    whole = place.level == "district"
    levels = (indicator.sites.district if whole else indicator.sites.town) if "sites" in indicator.model_fields_set else None
    known = {s.code: s for medium in {roster.medium, *indicator.source.also} for s in held.of_medium(medium)}
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
