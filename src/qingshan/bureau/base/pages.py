"""The base's entries in the page frame."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse

from qingshan.bureau.base import frame
from qingshan.bureau.base.models import Organisation, Person

frame.nav("settings", "区域与单位", "base:places", order=90)
frame.nav("settings", "人员与权限", "base:people", order=91, may="base.manage_person")
frame.nav("settings", "声明", "base:declarations", order=92)
frame.nav("settings", "操作记录", "base:audit", order=93, may="base.view_audit")
frame.nav("settings", "数据存证", "base:trail", order=94, may="base.view_audit")


def _people(person: Person, text: str, limit: int) -> list[frame.Hit]:
    if not person.has_perm("base.manage_person"):
        return []
    found = Person.objects.within(person).filter(Q(name__icontains=text) | Q(username__icontains=text)).select_related("organisation")
    return [frame.Hit(str(p), reverse("base:person", args=[p.pk]), "人员", str(p.organisation or "")) for p in found[:limit]]


def _organisations(person: Person, text: str, limit: int) -> list[frame.Hit]:
    found = Organisation.objects.within(person).filter(Q(name__icontains=text) | Q(short__icontains=text))
    return [frame.Hit(o.name, reverse("base:places") + f"#organisation-{o.pk}", "单位", o.get_kind_display()) for o in found[:limit]]


frame.search("人员", _people)
frame.search("单位", _organisations)
