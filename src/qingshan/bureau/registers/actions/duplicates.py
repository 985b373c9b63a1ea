"""What a person says of two entries that seem to be one: merge them, link them as one firm, keep them apart; and the way back."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.registers import queries
from qingshan.bureau.registers.actions.entries import PERMISSION, SENTENCE, archive_entry, change_entry, restore_entry
from qingshan.bureau.registers.models import Entry, Verdict

PLACE = "place"
STATE = "state"
"""names of the choice of place (area and coordinates) and of state, beside the fields'"""


@transaction.atomic
def merge_entries(
    entry_id: int, other_id: int, *, by: Person, reason: str, taken: set[str] | None = None, versions: tuple[int, int] | None = None,
    day: dt.date | None = None,
) -> Verdict:  # fmt: skip
    """Merge an entry into another of its register (合并): the other one is taken out and points to the one kept.

    `taken` names the fields, ``state`` and ``place`` that the kept entry takes from the other; `versions` are those that were compared.
    """
    kept, gone = _two(entry_id, other_id, by)
    if kept.register != gone.register:
        raise Refused("两条在不同的登记册里，各记各的事，不能合并；是同一家的，请选“同一主体，都保留”")
    if kept.archived or gone.archived:
        raise Refused(f"“{kept if kept.archived else gone}”已移出登记册，不能合并")
    if versions is not None and versions != (kept.version, gone.version):
        raise Refused("对照以后有人改过其中一条，请刷新后再看")
    _reason(reason)
    of, wanted = queries.register(kept.register), taken or set()
    values, before = dict(kept.values), {}
    for field in of.field:
        if field.name in wanted and not field.key and kept.values.get(field.name) != gone.values.get(field.name):
            before[field.name] = [kept.values.get(field.name), gone.values.get(field.name)]
            values[field.name] = gone.values.get(field.name)
    state, place = kept.state, kept
    if STATE in wanted and kept.state != gone.state:
        before[STATE], state = [kept.state, gone.state], gone.state
    if PLACE in wanted and _place(kept) != _place(gone):
        before[PLACE], place = [_place(kept), _place(gone)], gone
    words = f"{gone.key} 并入本条：{reason.strip()}"
    if before:
        change_entry(kept.pk, values, by=by, area=place.area, state=state, lon=place.lon, lat=place.lat, day=day, basis=words)
    archive_entry(gone.pk, by=by, basis=f"与 {kept.key} 重复，并入该条：{reason.strip()}", day=day)
    Entry.objects.filter(pk=gone.pk).update(into=kept)
    return _say(kept, gone, Verdict.Kind.MERGED, by, reason, kept=kept, taken=before)


@transaction.atomic
def link_entries(entry_id: int, other_id: int, *, by: Person, reason: str) -> Verdict:
    """Say that two entries belong to one firm and both stay (同一主体)."""
    one, two = _two(entry_id, other_id, by)
    _reason(reason)
    return _say(one, two, Verdict.Kind.LINKED, by, reason)


@transaction.atomic
def keep_apart(entry_id: int, other_id: int, *, by: Person, reason: str) -> Verdict:
    """Say that two entries are not the same (不是同一个); they are not proposed again."""
    one, two = _two(entry_id, other_id, by)
    _reason(reason)
    return _say(one, two, Verdict.Kind.APART, by, reason)


@transaction.atomic
def take_back(verdict_id: int, *, by: Person, reason: str, day: dt.date | None = None) -> Verdict:
    """Take a word back (撤回判断): the entry merged away comes back, the kept one gives back what nobody changed since."""
    need(by, PERMISSION, SENTENCE)
    verdict = Verdict.objects.select_for_update().get(pk=verdict_id)
    _two(verdict.first_id, verdict.second_id, by)
    if verdict.undone_at:
        raise Refused("这个判断已经撤回")
    _reason(reason)
    if verdict.kind == Verdict.Kind.MERGED:
        _part(verdict, by, reason, day)
    verdict.undone_at, verdict.undone_by, verdict.undone_reason = clock.now(), by, reason.strip()[:200]
    verdict.save(update_fields=["undone_at", "undone_by", "undone_reason"])
    audit.record(by, f"撤回重复判断（{verdict.get_kind_display()}）", verdict, basis=reason.strip())
    return verdict


def _part(verdict: Verdict, by: Person, reason: str, day: dt.date | None) -> None:
    gone_id = verdict.second_id if verdict.kept_id == verdict.first_id else verdict.first_id
    kept = Entry.objects.select_related("area").get(pk=verdict.kept_id)
    if kept.archived:
        where = f"，它已并入“{kept.into}”，请先撤回那次合并" if kept.into_id else "，请先恢复"
        raise Refused(f"“{kept}”不在册{where}")
    Entry.objects.filter(pk=gone_id).update(into=None)
    restore_entry(gone_id, by=by, basis=f"撤回与 {kept.key} 的合并：{reason.strip()}", day=day)
    values, state, area, lon, lat = dict(kept.values), kept.state, kept.area, kept.lon, kept.lat
    for name, (was, took) in verdict.taken.items():
        if name == STATE:
            state = was if state == took else state
        elif name == PLACE:
            if _place(kept) == took:
                area, lon, lat = type(area).objects.get(pk=was[0]), was[1], was[2]
        elif values.get(name) == took:
            values[name] = was
    if verdict.taken:
        change_entry(kept.pk, values, by=by, area=area, state=state, lon=lon, lat=lat, day=day, basis=f"撤回合并：{reason.strip()}")


def _place(entry: Entry) -> list:
    return [entry.area_id, entry.lon, entry.lat]


def _two(entry_id: int, other_id: int, by: Person) -> tuple[Entry, Entry]:
    need(by, PERMISSION, SENTENCE)
    if entry_id == other_id:
        raise Refused("是同一条，不用比")
    there = {e.pk: e for e in Entry.objects.within(by).filter(pk__in=(entry_id, other_id)).order_by("pk").select_for_update()}
    for pk in (entry_id, other_id):
        if pk not in there or not queries.may_see(by, queries.register(there[pk].register)):
            raise Entry.DoesNotExist
    return there[entry_id], there[other_id]


def _reason(reason: str) -> None:
    if not reason.strip():
        raise Refused("请写明理由", field="reason")


def _say(one: Entry, two: Entry, kind: str, by: Person, reason: str, **more) -> Verdict:
    first, second = sorted((one, two), key=lambda e: e.pk)
    there = Verdict.objects.filter(Q(first=first, second=second), undone_at=None).first()
    if there:
        raise Refused(f"这两条已判为“{there.get_kind_display()}”（{there.by}，{there.at:%Y-%m-%d}）；要改判，请先撤回")
    made = Verdict.objects.create(first=first, second=second, kind=kind, by=by, at=clock.now(), reason=reason.strip()[:200], **more)
    audit.record(by, f"重复判断：{made.get_kind_display()}", made, None, {"taken": more.get("taken", {})}, reason.strip())
    return made
