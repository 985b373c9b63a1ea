"""Changes to people (人员)."""

from __future__ import annotations

from django.db import transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.models import LoginFailure, Person


@transaction.atomic
def change_password(person: Person, password: str) -> None:
    """One's own new password, already checked against the rules."""
    person.set_password(password)
    person.must_change_password = False
    person.password_changed = clock.now()
    person.save(update_fields=["password", "must_change_password", "password_changed"])
    LoginFailure.objects.filter(username=person.username.lower()).delete()
    audit.record(person, "更改口令", person)
