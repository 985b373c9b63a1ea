"""A finding of an inspection at an entry (检查发现): it opens as a case and counts for the entry's grade while it is open."""

from __future__ import annotations

from collections.abc import Sequence

from qingshan.bureau.base import linked
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Organisation, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.registers import agenda, queries
from qingshan.bureau.registers.models import Entry


def open_finding(entry_id: int, summary: str, *, responsible: Organisation, by: Person, clauses: Sequence[int] = ()) -> str:
    """Write down what was found at an entry and hand it to who must put it right; where the case opens. Needs “交办事项”.

    `clauses` are entries of the register's check-list, as in force today; each is named in the case with its version.
    """
    need(by, "cases.dispatch_case", "登记检查发现需要“交办事项”权限")
    entry = Entry.objects.within(by).select_related("area").get(pk=entry_id)
    of = queries.register(entry.register)
    if not queries.may_see(by, of):
        raise Entry.DoesNotExist
    if not summary.strip():
        raise Refused("请写明发现了什么", field="summary")
    if entry.archived:
        raise Refused(f"“{entry}”已移出登记册，先恢复再登记检查发现")
    there = {c.pk: c for c in agenda.clauses(of)}
    if strange := [pk for pk in clauses if pk not in there]:
        raise Refused(f"检查条款 {strange[0]} 现在不在用，请刷新后再选", field="clauses")
    told = summary.strip()
    if clauses:
        told += "。不符合：" + "；".join(f"{c.key} {c.name}（第{c.version}版）" for c in (there[pk] for pk in clauses))
    return linked.findings["inspection"](
        agenda.reference(entry), workflow=of.finding, by=by, title=f"{entry.name}：{summary.strip()}"[:120], area=entry.area,
        responsible=responsible, place=entry.name[:120], lon=entry.lon, lat=entry.lat, summary=told, basis=f"{of.title} {entry.key}",
    )  # fmt: skip
