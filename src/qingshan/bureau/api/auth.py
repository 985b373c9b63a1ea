"""Who asks (身份): a signed-in session, or a token in ``Authorization: Bearer qs_…``."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest
from ninja.security import HttpBearer

from qingshan.bureau.api.actions import PREFIX, digest
from qingshan.bureau.api.models import Token
from qingshan.bureau.base import clock
from qingshan.bureau.base.models import Person


def session(request: HttpRequest) -> Person | None:
    """The person of the session."""
    return request.user if request.user.is_authenticated else None


class Bearer(HttpBearer):
    """The person of a token; from then on the request is theirs."""

    def authenticate(self, request: HttpRequest, token: str) -> Person | None:
        if not token.startswith(PREFIX):
            return None
        now = clock.now()
        found = Token.objects.select_related("person", "person__organisation").filter(digest=digest(token)).first()
        if found is None or not found.holds(now) or not found.person.has_perm("api.hold_token"):
            return None
        if found.used is None or now - found.used > timedelta(minutes=1):
            Token.objects.filter(pk=found.pk).update(used=now)
        request.user = found.person
        return found.person


ways = [Bearer(), session]
