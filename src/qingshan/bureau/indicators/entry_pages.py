"""What the page of entries shows (填报页面内容): rows with their evidence, what waits for the bureau, what is still to be filled in."""

from __future__ import annotations

from django.http import HttpRequest

from qingshan.bureau.base import clock, packs
from qingshan.bureau.base.models import Area, Attachment, Person
from qingshan.bureau.indicators import queries, ranking_pages
from qingshan.bureau.indicators.models import Entry
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.schemes import Scheme
from qingshan.bureau.indicators.units import units

SHOWN = 300
MARKS = {
    Entry.State.WAITING: "amber",
    Entry.State.CONFIRMED: "green",
    Entry.State.REFUSED: "red",
    Entry.State.TAKEN_BACK: "none",
}


def page(request: HttpRequest, scheme: Scheme, period: Period, form: dict) -> dict:
    """The entries of one scheme's period, as far as they are this person's."""
    person, items = request.user, queries.entered(scheme, request.user)
    found = list(queries.entries(scheme, period, person)[:SHOWN])
    waiting = list(queries.waiting_entries(person)[:SHOWN])
    files = _files([*found, *waiting])
    is_bureau = queries.may_see_drafts(person)
    villages = _villages(person) if scheme.units.kind == "village" else []
    return {
        "scheme": scheme, "period": period, "ready": queries.fillable(person), "items": items, "form": form,
        "may": person.has_perm("indicators.enter_score"), "is_bureau": is_bureau, "shown": SHOWN,
        "rows": [_row(e, items.get(e.item, e.item), files, person) for e in found],
        "waiting": [_row(e, _title(e), files, person) for e in waiting],
        "units": [(v.name, v.code) for v in villages] or [(u.name, "") for u in units(ranking_pages.trial(scheme, period), scheme, period)],
        "progress": _progress(scheme, items, villages, found) if is_bureau and villages else [],
        "sheet": _sheet(items, villages, found) if not is_bureau else [], "months": _months(scheme),
    }  # fmt: skip


def _row(entry: Entry, title: str, files: dict[str, list], person: Person) -> dict:
    may = person.has_perm("indicators.confirm_score") and person.scope_areas() is None
    return {
        "entry": entry, "title": title, "light": MARKS[Entry.State(entry.state)], "files": files.get(str(entry.pk), []),
        "decide": may and entry.state == Entry.State.WAITING and entry.by_id != person.pk, "period": Period.parse(entry.period),
    }  # fmt: skip


def _files(entries: list[Entry]) -> dict[str, list]:
    found: dict[str, list] = {}
    wanted = [str(e.pk) for e in entries]
    for one in Attachment.objects.filter(owner_type="indicators.entry", owner_id__in=wanted).select_related("by") if wanted else ():
        found.setdefault(one.owner_id, []).append(one)
    return found


def _title(entry: Entry) -> str:
    scheme = packs.all("schemes").get(entry.scheme)
    return f"{scheme.title}　{queries.entered(scheme).get(entry.item, entry.item)}" if scheme else entry.item


def _villages(person: Person) -> list[Area]:
    return list(Area.objects.within(person).filter(level="village").select_related("parent").defer("geometry", "parent__geometry"))


def _last(found: list[Entry]) -> dict[tuple[str, str], Entry]:
    """By unit code and item the last row that was not taken back."""
    out: dict[tuple[str, str], Entry] = {}
    for entry in reversed(found):  # newest first
        if entry.state != Entry.State.TAKEN_BACK:
            out[entry.code, entry.item] = entry
    return out


def _sheet(items: dict[str, str], villages: list[Area], found: list[Entry]) -> list[dict]:
    """A township's villages with what has been entered for each item, and what has not."""
    last = _last(found)
    rows = []
    for village in sorted(villages, key=lambda v: v.code):
        cells = [last.get((village.code, item)) for item in items]
        rows.append({"unit": village.name, "code": village.code, "cells": [
            {"item": item, "entry": e if e is not None and (e.value is not None or e.state == Entry.State.WAITING) else None,
             "light": MARKS[Entry.State(e.state)] if e is not None else ""} for item, e in zip(items, cells, strict=True)
        ]})  # fmt: skip
    return rows


def _progress(scheme: Scheme, items: dict[str, str], villages: list[Area], found: list[Entry]) -> list[dict]:
    """How far each township is with its villages: wanted, counted, waiting, sent back, not entered."""
    wanted = {i.name for i in scheme.item if "town" in i.by}
    if not wanted:
        return []
    last, towns = _last(found), {}
    for village in villages:
        line = towns.setdefault(str(village.parent), {"all": 0, "confirmed": 0, "waiting": 0, "refused": 0})
        for item in wanted & set(items):
            line["all"] += 1
            entry = last.get((village.code, item))
            if entry is not None and (entry.value is not None or entry.state == Entry.State.WAITING):
                line[entry.state] += 1
    return [{"town": t, **n, "none": n["all"] - n["confirmed"] - n["waiting"] - n["refused"]} for t, n in towns.items()]


def _months(scheme: Scheme) -> list[Period]:
    """Periods people may enter for, the newest first."""
    today, found = clock.today(), []
    at = Period.year(today.year) if scheme.rhythm == "year" else Period.month(today.year, today.month)
    if scheme.rhythm == "quarter":
        first = (today.month - 1) // 3 * 3 + 1
        at = Period.months(today.year, first, first + 2)
    while len(found) < (3 if scheme.rhythm == "year" else 13):
        found.append(at)
        at = ranking_pages.rankings.previous(scheme, at)
    return found
