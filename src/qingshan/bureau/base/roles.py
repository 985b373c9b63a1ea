"""Roles declared in packs, brought into the database (角色同步)."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from qingshan.bureau.base import audit, packs
from qingshan.bureau.base.declared import Role
from qingshan.terms.registry import unknown


def declared() -> list[Role]:
    """The roles in force, as declared."""
    return list(packs.all("roles").values())


def title(name: str) -> str:
    """The Chinese title of a role, or its name where no pack declares it any more."""
    return getattr(packs.all("roles").get(name), "title", name)


@transaction.atomic
def sync() -> list[str]:
    """Make groups and their permissions agree with the packs; says what changed, nothing where nothing did."""
    there = {f"{p.content_type.app_label}.{p.codename}": p for p in Permission.objects.select_related("content_type")}
    lines = [
        f"角色“{role.title}”：{unknown('权限', name, [n for n in there if n.split('.')[0] == name.split('.')[0]] or there)}"
        for role in declared()
        for name in role.permissions
        if name not in there
    ]
    if lines:
        raise packs.PackFaults(lines)
    changed = []
    for role in declared():
        group, new = Group.objects.get_or_create(name=role.name)
        before = {f"{p.content_type.app_label}.{p.codename}" for p in group.permissions.select_related("content_type")}
        if new or before != set(role.permissions):
            group.permissions.set([there[name] for name in role.permissions])
            was, now = ({"permissions": sorted(names)} for names in (before, role.permissions))
            audit.record(None, "同步角色", group, was, now, basis=role.basis)
            changed.append(role.title)
    return changed


def words(permissions: tuple[str, ...]) -> list[str]:
    """The permissions' own words (任务销号), in the order given."""
    named = {f"{p.content_type.app_label}.{p.codename}": p.name for p in Permission.objects.select_related("content_type")}
    return [named.get(name, name) for name in permissions]
