"""Adding an entry, changing it, taking it out of the register and putting it back."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Length

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.registers import firms, gates, queries, sight
from qingshan.bureau.registers.declared import Register
from qingshan.bureau.registers.models import Change, Entry
from qingshan.bureau.registers.values import Wrong, stored
from qingshan.terms.registry import unknown

PERMISSION = "registers.edit_entry"
SENTENCE = "维护登记册需要“维护登记册”权限"
TRIES = 20
"""how often a number given by itself is tried anew where others take it first"""


@transaction.atomic
def add_entry(
    of: Register, values: dict[str, Any], *, area: Area, by: Person | None, state: str = "", lon: float | None = None,
    lat: float | None = None, day: dt.date | None = None, basis: str = "",
) -> Entry:  # fmt: skip
    """Enter one thing (登记条目), valid from `day`; `by` None is a set-up command. A number already taken is refused."""
    _may(by, area)
    if by is not None and not queries.may_see(by, of):
        raise Refused(f"没有登记册“{of.title}”，或不由你单位维护", status=404)
    of = queries.register(of.name)
    own = of.numbering and not str(values.get(of.key.name) or "").strip()
    for _ in range(TRIES if own else 1):
        if own:
            values = {**values, of.key.name: next_number(of, area, day or clock.today())}
        kept = checked(sight.as_seen(of, by), values)
        key = str(kept[of.key.name])
        if _is_taken(of, key):
            raise Refused(f"{of.title}里已有{of.key.title}“{key}”，不能重复；已移出的请恢复，不要另建", field=of.key.name)
        entry = Entry(register=of.name, key=key, version=0)
        _set(entry, of, kept, area, state or of.start, lon, lat)
        _passes(entry, of, "", day or clock.today())
        try:
            with transaction.atomic():
                entry.save()
        except IntegrityError:  # somebody took the number meanwhile: the next one, where it is ours to give
            continue
        return _record(entry, of, by, "登记条目", day, basis, None)
    if own:
        raise Refused("自动编号正忙，请再存一次", status=503)
    raise Refused(f"{of.key.title}“{key}”刚刚被别人用了，请再存一次", field=of.key.name)


@transaction.atomic
def change_entry(
    entry_id: int, values: dict[str, Any], *, by: Person, area: Area, state: str = "", lon: float | None = None, lat: float | None = None,
    day: dt.date | None = None, basis: str = "", version: int | None = None,
) -> Entry:  # fmt: skip
    """Change an entry (变更条目) from `day` on; refused where somebody changed it since `version` was read."""
    entry = _locked(entry_id, by)
    _may(by, area)
    if version is not None and version != entry.version:
        raise Refused(f"“{entry}”在您打开之后又被人改过（现为第{entry.version}版），请刷新后再改")
    of = queries.register(entry.register)
    seen = sight.as_seen(of, by)
    hers = {f.name for f in seen.field}
    kept = {name: value for name, value in entry.values.items() if name not in hers} | checked(seen, values)
    if str(kept[of.key.name]) != entry.key:
        raise Refused(f"{of.key.title}不能改：历次变更按它存放", field=of.key.name)
    before = standing(entry)
    _set(entry, of, kept, area, state or entry.state, lon, lat)
    _is_open(of, before, entry, basis)
    if standing(entry) == before:
        return entry
    _passes(entry, of, before["state"], day or clock.today())
    return _record(entry, of, by, "变更条目", day, basis, before)


@transaction.atomic
def archive_entry(entry_id: int, *, by: Person, basis: str, day: dt.date | None = None) -> Entry:
    """Take an entry out of the register (移出登记册); it is never deleted, and its past counts as it did."""
    entry = _locked(entry_id, by)
    if entry.archived:
        raise Refused(f"“{entry}”已经移出")
    if not basis.strip():
        raise Refused("请写明移出的原因", field="basis")
    before = standing(entry)
    entry.archived = True
    return _record(entry, queries.register(entry.register), by, "移出条目", day, basis, before)


@transaction.atomic
def restore_entry(entry_id: int, *, by: Person, basis: str, day: dt.date | None = None) -> Entry:
    """Put an entry back into the register (恢复条目)."""
    entry = _locked(entry_id, by)
    if not entry.archived:
        raise Refused(f"“{entry}”没有移出，不需要恢复")
    if entry.into_id:
        raise Refused(f"“{entry}”已并入“{entry.into}”；要分开，请在“重复”页撤回那次合并")
    before = standing(entry)
    entry.archived = False
    of = queries.register(entry.register)
    for book in of.book:  # what it had booked may have been given to others meanwhile
        _not_overdrawn(entry, of, book)
    return _record(entry, of, by, "恢复条目", day, basis, before)


@transaction.atomic
def set_outlines(of: Register, drawn: Mapping[int, dict], *, by: Person, day: dt.date | None = None, basis: str) -> int:
    """Give entries their outlines (划定范围) from a day on: entry → geometry; how many differed. Those before stay in the changes."""
    need(by, PERMISSION, SENTENCE)
    if of.shape != "area":
        raise Refused(f"“{of.title}”没有声明为范围（shape = area）")
    if not basis.strip():
        raise Refused("请写明依据（批复、公告的文号）", field="basis")
    n = 0
    for pk, geometry in drawn.items():
        entry = _locked(pk, by)
        _may(by, entry.area)
        if entry.register != of.name or entry.archived:
            raise Refused(f"“{entry}”不在册")
        if entry.geometry == geometry:
            continue
        before = standing(entry)
        entry.geometry = geometry
        _record(entry, of, by, "划定范围", day, basis, before)
        n += 1
    return n


MOST = 500
"""entries at once"""


@transaction.atomic
def archive_many(of: Register, chosen: list[int], *, by: Person, basis: str, day: dt.date | None = None) -> int:
    """Take many entries of a register out for one reason (批量移出); all or none."""
    return _many(of, chosen, by, basis, day, archive_entry)


@transaction.atomic
def restore_many(of: Register, chosen: list[int], *, by: Person, basis: str, day: dt.date | None = None) -> int:
    """Put many entries of a register back for one reason (批量恢复); all or none."""
    return _many(of, chosen, by, basis, day, restore_entry)


def _many(of: Register, chosen: list[int], by: Person, basis: str, day: dt.date | None, act: Callable[..., Entry]) -> int:
    need(by, PERMISSION, SENTENCE)
    chosen = sorted(set(chosen))
    if not chosen:
        raise Refused("请先勾选条目")
    if len(chosen) > MOST:
        raise Refused(f"一次最多 {MOST} 条，选了 {len(chosen)} 条")
    if not basis.strip():
        raise Refused("请写明原因", field="basis")
    if queries.entries(of, by).filter(pk__in=chosen).count() != len(chosen):
        raise Refused("选中的条目里有找不到的，请刷新后再选", status=404)
    for pk in chosen:
        act(pk, by=by, basis=basis, day=day)
    return len(chosen)


def _is_taken(of: Register, key: str) -> bool:
    return Entry.objects.filter(register=of.name, key=key).exists()


def next_number(of: Register, area: Area, day: dt.date) -> str:
    """The number after the largest given by the register's numbering; those taken out keep theirs."""
    before = head(of, area, day)
    given = Entry.objects.filter(register=of.name, key__startswith=before).annotate(long=Length("key")).order_by("-long", "-key")
    ends = [int(key[len(before) :]) for key in given.values_list("key", flat=True)[:50] if key[len(before) :].isdecimal()]
    if not ends and given.count() > 50:  # many written by hand under the same head
        ends = [int(key[len(before) :]) for key in given.values_list("key", flat=True) if key[len(before) :].isdecimal()]
    return f"{before}{max(ends, default=0) + 1:04d}"


def head(of: Register, area: Area, day: dt.date) -> str:
    """What stands before the running number: the town an entry lies in (its district, where it lies in none) and the year."""
    while area.level == Area.Level.VILLAGE and area.parent is not None:
        area = area.parent
    said = {"{town}": area.name, "{街镇}": area.name, "{year}": str(day.year), "{年}": str(day.year), "{n}": "", "{序号}": ""}
    return re.sub(r"\{[^{}]+\}", lambda found: said[found[0]], of.numbering)


def checked(of: Register, values: dict[str, Any]) -> dict[str, Any]:
    """All fields as they are kept; Refused names the field that takes no such value."""
    strange = sorted(set(values) - {f.name for f in of.field})
    if strange:
        raise Refused(unknown(f"{of.title}的字段", strange[0], [f.name for f in of.field]))
    kept = {}
    for field in of.field:
        try:
            kept[field.name] = stored(field, values.get(field.name))
        except Wrong as no:
            raise Refused(f"{field.title}：{no}", field=field.name) from None
    return kept


def _is_open(of: Register, before: dict[str, Any], entry: Entry, basis: str) -> None:
    """Refuse a change of what is locked; out of a locked state only with the reason."""
    if before["state"] not in of.locked or standing(entry) == before:
        return
    words = of.state[before["state"]]
    if entry.state in of.locked and {**before, "state": ""} != {**standing(entry), "state": ""}:
        open_states = "、".join(word for state, word in of.state.items() if state not in of.locked)
        raise Refused(f"“{entry}”已是“{words}”，内容不能再改；确有错的先退回（{open_states}）并写明依据，改好再办", field="state")
    if entry.state not in of.locked and not basis.strip():
        raise Refused(f"“{entry}”已是“{words}”，退回请写明依据", field="basis")


def standing(entry: Entry) -> dict[str, Any]:
    """An entry as a change keeps it."""
    said = {
        "area": entry.area_id, "state": entry.state, "values": dict(entry.values), "lon": entry.lon, "lat": entry.lat,
        "archived": entry.archived,
    }  # fmt: skip
    return said | ({"geometry": entry.geometry} if entry.geometry else {})


def _may(by: Person | None, area: Area) -> None:
    if by is None:
        return
    need(by, PERMISSION, SENTENCE)
    scope = by.scope_areas()
    if scope is not None and area.pk not in scope:
        raise Refused(f"“{area}”不在您的范围内", field="area")


def _locked(entry_id: int, by: Person) -> Entry:
    need(by, PERMISSION, SENTENCE)
    entry = Entry.objects.within(by).select_for_update().get(pk=entry_id)
    if not queries.may_see(by, queries.register(entry.register)):
        raise Entry.DoesNotExist
    return entry


def _set(entry: Entry, of: Register, kept: dict, area: Area, state: str, lon: float | None, lat: float | None) -> None:
    if state and state not in of.state:
        raise Refused(unknown(f"{of.title}的状态", state, of.state.values()), field="state")
    if (lon is None) != (lat is None):
        raise Refused("经度、纬度要一起填", field="lat" if lat is None else "lon")
    if lon is not None and not (73 <= lon <= 136 and 3 <= lat <= 54):
        raise Refused(f"经度 {lon:g}、纬度 {lat:g} 不在境内，可能颠倒了", field="lon")
    entry.area, entry.state, entry.values, entry.lon, entry.lat = area, state, kept, lon, lat
    entry.name = str(kept[of.heading.name] or entry.key)[:200]
    entry.firm_code, entry.firm_name = firms.code_of(of, kept), firms.name_of(of, kept)


def _outlined(said: dict[str, Any] | None) -> dict[str, Any] | None:
    """An entry as the audit trail keeps it: of an outline only its digest, the outline itself is in the change."""
    if said is None or "geometry" not in said:
        return said
    digest = hashlib.sha256(json.dumps(said["geometry"], sort_keys=True).encode()).hexdigest()
    return {**said, "geometry": f"sha256:{digest[:16]}"}


def _passes(entry: Entry, of: Register, was: str, day: dt.date) -> None:
    """Refused where the entry may not take its state: a gate not passed, an entry named that is not there, a quota overdrawn."""
    titles = {f.name: f.title for f in of.field}
    lines = gates.lacking(of.gate, titles, of.state, was, of.said(entry.state, entry.values), day)
    if lines:
        state = f"不能定为“{of.state.get(entry.state, entry.state)}”：" if entry.state else ""
        raise Refused(state + "；".join(lines), field="state")
    for field in of.field:
        named = entry.values.get(field.name)
        if field.entry_of and named:
            there = queries.register(field.entry_of)
            if not Entry.objects.filter(register=there.name, key=named, archived=False).exists():
                raise Refused(f"{field.title}：{there.title}里没有编号“{named[:40]}”，先在那里登记", field=field.name)
    for book in of.book:
        _not_overdrawn(entry, of, book)


def _not_overdrawn(entry: Entry, of: Register, book: gates.Book) -> None:
    """What entries in these states take together stays within the total (额度)."""
    wanted = entry.values.get(book.field)
    if entry.state not in book.in_ or not wanted:
        return
    holder = queries.register(book.of)
    totals = Entry.objects.select_for_update().filter(register=holder.name, archived=False)  # two approvals at once wait for each other
    totals = totals.filter(state__in=book.of_in) if book.of_in else totals
    there = sum(values.get(book.total) or 0 for values in totals.values_list("values", flat=True))
    others = Entry.objects.filter(register=of.name, archived=False, state__in=book.in_).exclude(pk=entry.pk)
    taken = sum(values.get(book.field) or 0 for values in others.values_list("values", flat=True))
    if taken + wanted > there + 1e-9:
        left, unit = there - taken, of.get(book.field).unit
        words = f"{book.title}额度不足：共 {there:g}，已占 {taken:g}，余 {left:g}，本项要 {wanted:g} {unit}"
        raise Refused(words.rstrip(), field=book.field)


def _record(entry: Entry, of: Register, by: Person | None, words: str, day: dt.date | None, basis: str, before: dict | None) -> Entry:
    entry.version += 1
    entry.save()
    after = standing(entry)
    Change.objects.create(
        entry=entry, version=entry.version, day=day or clock.today(), at=clock.now(), by=by, basis=basis.strip()[:200], after=after
    )
    told = (_outlined(sight.sealed(of, entry.pk, side)) for side in (before, after))
    audit.record(by, f"{words}（{of.title}）", entry, *told, basis.strip())
    return entry
