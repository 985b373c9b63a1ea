"""Rows of a checked sheet into a register."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.registers import queries
from qingshan.bureau.registers.actions.entries import PERMISSION, SENTENCE, add_entry, change_entry
from qingshan.bureau.registers.declared import Register
from qingshan.bureau.registers.models import Entry
from qingshan.bureau.registers.sheets import Row


@transaction.atomic
def store_rows(of: Register, rows: list[Row], *, by: Person, day: dt.date | None = None, basis: str = "") -> tuple[int, int, int]:
    """Enter new rows and change those there are (导入条目); how many were added, changed, left as they were."""
    need(by, PERMISSION, SENTENCE)
    if not queries.may_see(by, of):
        raise Refused(f"没有登记册“{of.title}”，或不由你单位维护", status=404)
    there = {e.key: e for e in Entry.objects.within(by).filter(register=of.name, key__in=[r.key for r in rows])}
    added = changed = same = 0
    for row in rows:
        said = {"area": row.area, "state": row.state, "lon": row.lon, "lat": row.lat, "day": day, "basis": basis, "by": by}
        found = there.get(row.key) if row.key else None
        try:
            after = change_entry(found.pk, row.values, **said) if found else add_entry(of, row.values, **said)
        except Refused as no:
            raise Refused(
                f"第 {row.number} 行（{row.key or '没有编号'}）：{no}；一行都没有导入", field=no.field, status=no.status
            ) from None
        if found is None:
            added += 1
        else:
            changed, same = (changed + 1, same) if after.version != found.version else (changed, same + 1)
    return added, changed, same
