"""Adding an entry, changing it, taking it out of the register and putting it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.registers import firms, queries, sight
from qingshan.bureau.registers.declared import Register
from qingshan.bureau.registers.models import Change, Entry
from qingshan.bureau.registers.values import Wrong, computed, lacking, stored
from qingshan.terms.registry import unknown

PERMISSION = "registers.edit_entry"
SENTENCE = "维护登记册需要“维护登记册”权限"


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
    if of.numbering and not str(values.get(of.key.name) or "").strip():
        values = {**values, of.key.name: next_number(of, day or clock.today())}
    kept = computed(of, checked(sight.as_seen(of, by), values))
    key = str(kept[of.key.name])
    if Entry.objects.filter(register=of.name, key=key).exists():
        raise Refused(f"{of.title}里已有{of.key.title}“{key}”，不能重复；已移出的请恢复，不要另建", field=of.key.name)
    entry = Entry(register=of.name, key=key, version=0)
    _set(entry, of, kept, area, state or of.start, lon, lat)
    try:
        with transaction.atomic():
            entry.save()
    except IntegrityError:
        raise Refused(f"{of.key.title}“{key}”刚刚被别人用了，请再存一次", field=of.key.name) from None
    return _record(entry, of, by, "登记条目", day, basis, None)


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
    kept = computed(of, {name: value for name, value in entry.values.items() if name not in hers} | checked(seen, values))
    if str(kept[of.key.name]) != entry.key:
        raise Refused(f"{of.key.title}不能改：历次变更按它存放", field=of.key.name)
    before = standing(entry)
    _set(entry, of, kept, area, state or entry.state, lon, lat)
    _is_open(of, before, entry, basis)
    if standing(entry) == before:
        return entry
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
    return _record(entry, queries.register(entry.register), by, "恢复条目", day, basis, before)


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


def next_number(of: Register, day: dt.date) -> str:
    """The number after the largest given by the register's numbering; those taken out keep theirs."""
    before = of.numbering.replace("{year}", str(day.year)).removesuffix("{n}")
    # the year's head may not be read and extended by two at once
    given = Entry.objects.select_for_update().filter(register=of.name, key__startswith=before).values_list("key", flat=True)
    ends = [int(key[len(before) :]) for key in given if key[len(before) :].isdecimal()]
    return f"{before}{max(ends, default=0) + 1:04d}"


def checked(of: Register, values: dict[str, Any]) -> dict[str, Any]:
    """All fields as they are kept; Refused names the field that takes no such value."""
    strange = sorted(set(values) - {f.name for f in of.field})
    if strange:
        raise Refused(unknown(f"{of.title}的字段", strange[0], [f.name for f in of.field]))
    kept = {}
    for field in of.field:
        try:
            kept[field.name] = None if field.compute else stored(field, values.get(field.name))
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
    return {
        "area": entry.area_id, "state": entry.state, "values": dict(entry.values), "lon": entry.lon, "lat": entry.lat,
        "archived": entry.archived,
    }  # fmt: skip


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
    if missing := lacking(of, state, kept):
        raise Refused(f"改为“{of.state[state]}”先要填：{'、'.join(f.title for f in missing)}", field=missing[0].name)
    if (lon is None) != (lat is None):
        raise Refused("经度、纬度要一起填", field="lat" if lat is None else "lon")
    if lon is not None and not (73 <= lon <= 136 and 3 <= lat <= 54):
        raise Refused(f"经度 {lon:g}、纬度 {lat:g} 不在境内，可能颠倒了", field="lon")
    entry.area, entry.state, entry.values, entry.lon, entry.lat = area, state, kept, lon, lat
    entry.name = str(kept[of.heading.name] or entry.key)[:200]
    entry.firm_code, entry.firm_name = firms.code_of(of, kept), firms.name_of(of, kept)


def _record(entry: Entry, of: Register, by: Person | None, words: str, day: dt.date | None, basis: str, before: dict | None) -> Entry:
    entry.version += 1
    entry.save()
    after = standing(entry)
    Change.objects.create(
        entry=entry, version=entry.version, day=day or clock.today(), at=clock.now(), by=by, basis=basis.strip()[:200], after=after
    )
    told = (sight.sealed(of, entry.pk, side) for side in (before, after))
    audit.record(by, f"{words}（{of.title}）", entry, *told, basis.strip())
    return entry
