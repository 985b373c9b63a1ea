"""Who asks (身份): a signed-in session, or a token in ``Authorization: Bearer qs_…``."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest
from ninja.security import HttpBearer

from qingshan.bureau.api.actions import PREFIX, PUSH_PREFIX, digest
from qingshan.bureau.api.models import PushToken, Token
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


class PushBearer(HttpBearer):
    """The push token of an integrator; it signs nobody in, and its own door is the only one it opens."""

    def authenticate(self, request: HttpRequest, token: str) -> PushToken | None:
        if not token.startswith(PUSH_PREFIX):
            return None
        now = clock.now()
        found = PushToken.objects.select_related("organisation").filter(digest=digest(token)).first()
        if found is None or not found.holds(now):
            return None
        if found.used is None or now - found.used > timedelta(minutes=1):
            PushToken.objects.filter(pk=found.pk).update(used=now)
        return found


ways = [Bearer(), session]
