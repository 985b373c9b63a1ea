"""Changes to areas and organisations (区域与单位)."""

from __future__ import annotations

from django.db import transaction

from qingshan.bureau.base import audit
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area, Organisation, Person
from qingshan.bureau.base.permissions import need

AREA_FIELDS = ("code", "name", "level", "parent", "aliases")
ORGANISATION_FIELDS = ("name", "short", "kind", "parent", "area")
ABOVE = {Area.Level.DISTRICT: None, Area.Level.TOWN: Area.Level.DISTRICT, Area.Level.VILLAGE: Area.Level.TOWN}
MAY = ("base.manage_area", "维护区域与单位需要“维护区域与单位”权限")


@transaction.atomic
def keep_area(
    pk: int | None, *, by: Person, code: str, name: str, level: str, parent: Area | None, aliases: list[str], geometry: dict | None = None
) -> Area:
    """Add an area, or change one. A town lies in a district, a village in a town; codes and names in use are refused."""
    need(by, *MAY)
    area = Area.objects.select_for_update().get(pk=pk) if pk else Area()
    before = audit.snapshot(area, *AREA_FIELDS) if pk else None
    wanted = ABOVE[Area.Level(level)]
    if (parent.level if parent else None) != wanted:
        where = f"{Area.Level(wanted).label}级区划" if wanted else "空"
        raise Refused(f"{Area.Level(level).label}的上级应是{where}，现为{parent or '空'}", field="parent")
    if pk and level != area.level and area.children.exists():
        raise Refused(f"“{area}”下面还有区划，不能改级别", field="level")
    if Area.objects.filter(code=code).exclude(pk=pk).exists():
        raise Refused(f"代码 {code} 已由“{Area.objects.get(code=code)}”使用", field="code")
    others = Area.objects.filter(parent=parent).exclude(pk=pk)
    for word in (name, *aliases):
        taken = others.named(word).first()
        if taken:
            raise Refused(f"“{word}”已是“{taken}”的名称或别名", field="name" if word == name else "aliases")
    area.code, area.name, area.level, area.parent, area.aliases = code, name, level, parent, aliases
    if geometry is not None:
        area.geometry = geometry
    area.save()
    audit.record(by, "更改区划" if pk else "新增区划", area, before, audit.snapshot(area, *AREA_FIELDS))
    return area


@transaction.atomic
def keep_organisation(
    pk: int | None, *, by: Person, name: str, short: str, kind: str, parent: Organisation | None, area: Area | None
) -> Organisation:
    """Add an organisation, or change one; a town needs its area, an office its bureau, and nothing stands under itself."""
    need(by, *MAY)
    unit = Organisation.objects.select_for_update().get(pk=pk) if pk else Organisation()
    before = audit.snapshot(unit, *ORGANISATION_FIELDS) if pk else None
    if kind == Organisation.Kind.TOWN and (area is None or area.level == Area.Level.DISTRICT):
        raise Refused("镇街单位须选它所在的镇街，可见范围由此而定", field="area")
    if kind == Organisation.Kind.OFFICE and parent is None:
        raise Refused("科室、队所须选上级单位", field="parent")
    above = parent
    while above is not None:
        if pk and above.pk == pk:
            raise Refused("上级单位不能是它自己或它的下级", field="parent")
        above = above.parent
    if Organisation.objects.filter(name=name).exclude(pk=pk).exists():
        raise Refused(f"已有单位“{name}”", field="name")
    unit.name, unit.short, unit.kind, unit.parent, unit.area = name, short, kind, parent, area
    unit.save()
    audit.record(by, "更改单位" if pk else "新增单位", unit, before, audit.snapshot(unit, *ORGANISATION_FIELDS))
    return unit
