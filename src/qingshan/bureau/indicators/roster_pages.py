"""What the pages of the year's lists show (考核名单页面)."""

from __future__ import annotations

from qingshan.bureau.base import clock, packs
from qingshan.bureau.base.models import Person
from qingshan.bureau.indicators import queries, rosters
from qingshan.bureau.indicators.declared_rosters import Roster, Rostered, RosterKind
from qingshan.bureau.indicators.roster_sheets import Known, Line, columns
from qingshan.bureau.sites.models import Station
from qingshan.terms.items import MEDIA


def known(person: Person) -> list[Known]:
    """Registered stations of every medium."""
    rows = Station.objects.within(person).values_list("code", "name", "network__medium", "area__name")
    return [Known(*row) for row in rows]


def years() -> list[int]:
    """Years one may look at: those with a list, this year and the next."""
    this = clock.today().year
    lists = [v.declaration for versions in packs.found().items.get("rosters", {}).values() for v in versions]
    declared = {day.year for one in lists if (day := one.until or one.since)}
    return sorted({y for _, y in rosters.registered()} | declared | {this - 1, this, this + 1}, reverse=True)


def overview(year: int) -> list[dict]:
    """Every list with what stands for the year, and lists only a pack knows."""
    kinds = queries.roster_kinds()
    rows = []
    for kind in kinds:
        version = rosters.registered().get((kind.name, year))
        found = version.declared if version else queries.roster(kind.name, year)
        rows.append({
            "kind": kind, "version": version, "found": found, "users": queries.users_of(kind.name),
            "media": "、".join(MEDIA[m] for m in kind.media),
        })  # fmt: skip
    named = {k.name for k in kinds}
    for name in sorted(set(packs.found().items.get("rosters", {})) - named):
        if found := queries.roster(name, year):
            rows.append({"kind": None, "version": None, "found": found, "users": queries.users_of(name), "media": MEDIA[found.medium]})
    return rows


def one(kind: RosterKind, year: int, person: Person) -> dict:
    """One year's list: its stations as registered, its versions, what differs from the year before."""
    versions = queries.rosters_of(kind.name, year)
    found, before = queries.roster(kind.name, year), queries.roster(kind.name, year - 1)
    stations = {s.code: s for s in known(person)}
    lines = [{"row": r, "station": stations.get(r.code)} for r in found.station] if found else []
    for version, older in zip(versions, [*versions[1:], None], strict=False):
        version.what = changes(older.declared if older else None, version.declared)
    return {
        "kind": kind, "year": year, "found": found, "versions": versions, "lines": lines, "columns": columns(kind).items(),
        "current": next((v for v in versions if v.withdrawn is None), None), "users": queries.users_of(kind.name),
        "total": sum(r.weight or 0 for r in found.station) if found and "weight" in kind.column else None,
        "unknown": [line for line in lines if line["station"] is None],
        "since_last": changes(before, found) if found and before else "", "before": before,
    }  # fmt: skip


def changes(older: Roster | None, newer: Roster) -> str:
    """``增 2：…；减 1：…；改 3`` between two lists; empty where there is no older one."""
    if older is None:
        return ""
    was, now = ({r.code: r for r in one.station} for one in (older, newer))
    said = [
        ("增", [c for c in now if c not in was]), ("减", [c for c in was if c not in now]),
        ("改", [c for c in now if c in was and was[c] != now[c]]),
    ]  # fmt: skip
    words = [f"{word} {len(codes)}：{'、'.join(codes[:8])}{'等' if len(codes) > 8 else ''}" for word, codes in said if codes]
    return "；".join(words) or "没有变化"


def preview(kind: RosterKind, lines: list[Line], current: Roster | None) -> dict:
    """What a sheet would make of the list: rows new, changed and the same, and stations that would go."""
    was: dict[str, Rostered] = {r.code: r for r in current.station} if current else {}
    now = {line.row.code for line in lines}

    def against(row: Rostered) -> str:
        return "新增" if row.code not in was else "不变" if was[row.code] == row else "改动"

    return {
        "lines": [{"line": line, "was": against(line.row)} for line in lines],
        "gone": [r for c, r in was.items() if c not in now], "columns": columns(kind).items(),
    }  # fmt: skip
