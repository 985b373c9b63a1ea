"""Changes to people (人员): adding, changing, disabling, passwords and roles."""

from __future__ import annotations

import secrets

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import LoginFailure, Organisation, Person
from qingshan.bureau.base.permissions import need

FIELDS = ("username", "name", "organisation", "post", "phone", "is_active")
MAY = ("base.manage_person", "维护人员需要“维护人员与权限”权限")
LETTERS = "abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKMNPQRSTUVWXYZ", "23456789"


def fresh_password() -> str:
    """Twelve characters that are hard to guess and not mistaken for one another when read out."""
    while True:
        password = "".join(secrets.choice("".join(LETTERS)) for _ in range(12))
        if all(any(c in kind for c in password) for kind in LETTERS):
            return password


@transaction.atomic
def keep_person(
    pk: int | None, *, by: Person, username: str, name: str, organisation: Organisation | None, post: str, phone: str, roles: list[str]
) -> tuple[Person, str]:
    """Add a person, or change one; a new one comes with a password to hand over once, which must be changed at first sign-in."""
    need(by, *MAY)
    if Person.objects.filter(username__iexact=username).exclude(pk=pk).exists():
        raise Refused(f"账号“{username}”已有人使用", field="username")
    person = Person.objects.select_for_update().get(pk=pk) if pk else Person()
    _not_above(by, person)
    before = _said(person) if pk else None
    person.username, person.name, person.organisation, person.post, person.phone = username, name, organisation, post, phone
    password = ""
    if not pk:
        password = fresh_password()
        person.set_password(password)
        person.must_change_password = True
    person.save()
    _give_roles(person, roles, by)
    audit.record(by, "更改人员" if pk else "新增人员", person, before, _said(person))
    return person, password


def _give_roles(person: Person, roles: list[str], by: Person) -> None:
    wanted = set(roles)
    if person.pk == by.pk and wanted != set(person.groups.values_list("name", flat=True)):
        raise Refused("不能更改自己的角色，请另一位系统管理员办理", field="roles")
    groups = list(Group.objects.filter(name__in=wanted))
    if len(groups) != len(wanted):
        raise Refused(f"没有角色：{'、'.join(sorted(wanted - {g.name for g in groups}))}", field="roles")
    person.groups.set(groups)


def _said(person: Person) -> dict:
    return {**audit.snapshot(person, *FIELDS), "roles": sorted(person.groups.values_list("name", flat=True))}


def _not_above(by: Person, person: Person) -> None:
    if person.is_superuser and not by.is_superuser:
        raise Refused(f"“{person}”是超级管理员，只能由超级管理员维护")


@transaction.atomic
def set_active(pk: int, *, by: Person, active: bool, basis: str = "") -> Person:
    """Disable a person (停用) and end their sessions, or enable them again; people are never deleted."""
    need(by, *MAY)
    person = Person.objects.select_for_update().get(pk=pk)
    _not_above(by, person)
    if person.pk == by.pk:
        raise Refused("不能停用自己")
    if person.is_active == active:
        raise Refused(f"“{person}”已是{'在用' if active else '停用'}状态")
    before = audit.snapshot(person, "is_active")
    person.is_active = active
    person.save(update_fields=["is_active"])
    if not active:
        _end_sessions(person)
    audit.record(by, "启用人员" if active else "停用人员", person, before, audit.snapshot(person, "is_active"), basis)
    return person


@transaction.atomic
def reset_password(pk: int, *, by: Person) -> tuple[Person, str]:
    """A new password to hand over once (重设口令); ends the person's sessions and lifts the lock."""
    need(by, *MAY)
    person = Person.objects.select_for_update().get(pk=pk)
    _not_above(by, person)
    if person.pk == by.pk:
        raise Refused("自己的口令请在“更改口令”里改")
    password = fresh_password()
    person.set_password(password)
    person.must_change_password = True
    person.save(update_fields=["password", "must_change_password"])
    _unlock(person)
    _end_sessions(person)
    audit.record(by, "重设口令", person)
    return person, password


@transaction.atomic
def change_password(person: Person, password: str) -> None:
    """One's own new password."""
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Refused("；".join(error.messages), field="new") from None
    person.set_password(password)
    person.must_change_password = False
    person.password_changed = clock.now()
    person.save(update_fields=["password", "must_change_password", "password_changed"])
    _unlock(person)
    audit.record(person, "更改口令", person)


def _unlock(person: Person) -> None:
    LoginFailure.objects.filter(username=person.username.lower()).delete()


def _end_sessions(person: Person) -> None:
    for session in Session.objects.all().iterator():
        if session.get_decoded().get("_auth_user_id") == str(person.pk):
            session.delete()
