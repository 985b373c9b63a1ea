"""Units file information; what the upper level used is written down (信息报送、采用)."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from qingshan.bureau.base import attachments, audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Organisation, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.returns.models import Item
from qingshan.bureau.returns.models.rota import units_of


@transaction.atomic
def file_item(*, by: Person, organisation_id: int, title: str, file=None) -> Item:
    """File one piece of information for a unit; the same title of a unit twice on one day is one."""
    need(by, "returns.send_return", "报送信息需要“报送进展”权限")
    if organisation_id not in units_of(by):
        raise Refused("只能替本单位或您任信息员的单位报送信息", field="organisation", status=403)
    title = " ".join(title.split())[:120]
    if not title:
        raise Refused("请写信息题目", field="title", status=422)
    unit = Organisation.objects.select_for_update().get(pk=organisation_id)
    there = Item.objects.filter(organisation=unit, title=title, filed_on=clock.today()).first()
    if there:
        return there
    item = Item.objects.create(organisation=unit, title=title, filed_on=clock.today(), filed_by=by)
    if file is not None:
        attachments.keep(file, by, kinds=("document", "image"), owner=item)
    audit.record(by, "报送信息", item, None, {"organisation": str(unit), "title": title})
    return item


@transaction.atomic
def adopt_item(pk: int, *, by: Person, level: str, where: str, on: date | None = None) -> Item:
    """Write down that an upper level took the item up."""
    need(by, "returns.adopt_item", "登记采用需要“登记信息采用”权限")
    item = Item.objects.within(by).select_for_update().get(pk=pk)
    if level not in Item.Level.values:
        raise Refused("请选采用级别", field="level", status=422)
    on = on or clock.today()
    if not item.filed_on <= on <= clock.today():
        raise Refused(f"采用日期 {on} 应在 {item.filed_on} 到今天之间", field="on", status=422)
    before = audit.snapshot(item, "adopted_on", "adopted_level", "adopted_where")
    item.adopted_on, item.adopted_level, item.adopted_where = on, level, where.strip()[:80]
    item.save(update_fields=["adopted_on", "adopted_level", "adopted_where"])
    audit.record(by, "登记采用", item, before, audit.snapshot(item, "adopted_on", "adopted_level", "adopted_where"))
    return item
