"""Reading one's notices and choosing which come by e-mail (看消息)."""

from __future__ import annotations

import re

from django.db import transaction

from qingshan.bureau.base import audit, clock, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.notices.models import Notice, Preference, Receipt

ADDRESS = re.compile(r"[^@\s<>,;\"]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def read(pk: int, *, by: Person) -> Notice:
    """Mark one's own copy as read; another's does not exist."""
    receipt = Receipt.objects.select_related("notice").get(notice=pk, person=by)
    if receipt.read_at is None:
        Receipt.objects.filter(pk=receipt.pk).update(read_at=clock.now())
    return receipt.notice


def read_all(*, by: Person) -> int:
    """Mark all of one's own copies as read; says how many."""
    return Receipt.objects.filter(person=by, read_at=None).update(read_at=clock.now())


@transaction.atomic
def choose(*, by: Person, email: str, mail: set[str]) -> None:
    """One's own address, and the kinds one wants by e-mail (消息偏好)."""
    email = email.strip()
    if email and not ADDRESS.fullmatch(email):
        raise Refused(f"邮箱写成“{email}”，应像 name@example.cn", field="email", status=422)
    before = audit.snapshot(by, "email")
    Person.objects.filter(pk=by.pk).update(email=email)
    by.email = email
    for kind in packs.all("notices").values():
        if "mail" in kind.by:
            Preference.objects.update_or_create(person=by, kind=kind.name, defaults={"mail": kind.name in mail})
    audit.record(by, "更改消息偏好", by, before | {"mail": None}, audit.snapshot(by, "email") | {"mail": sorted(mail)})
