"""Reading notices: one's own, and how deliveries stand."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from qingshan.bureau.base import packs
from qingshan.bureau.base.models import Person
from qingshan.bureau.notices.models import Delivery, Preference, Receipt, Robot


def mine(person: Person, *, unread: bool = False, kind: str = "") -> QuerySet[Receipt]:
    """One's own copies, newest first."""
    found = Receipt.objects.filter(person=person).select_related("notice").order_by("-notice__at", "-notice_id")
    if unread:
        found = found.filter(read_at=None)
    return found.filter(notice__kind=kind) if kind else found


def n_unread(person: Person) -> int:
    return Receipt.objects.filter(person=person, read_at=None).count()


def choices(person: Person) -> list[tuple]:
    """(kind, whether one has it by e-mail) of every kind that may come so."""
    said = dict(Preference.objects.filter(person=person).values_list("kind", "mail"))
    return [(kind, said.get(kind.name, True)) for kind in packs.all("notices").values() if "mail" in kind.by]


def robots() -> QuerySet[Robot]:
    """All robots, with how much each has sent and failed to send."""
    sent, failed = (Count("deliveries", filter=Q(deliveries__state=state)) for state in (Delivery.State.SENT, Delivery.State.FAILED))
    return Robot.objects.select_related("organisation").annotate(sent=sent, failed=failed)


def failed() -> QuerySet[Delivery]:
    return Delivery.objects.filter(state=Delivery.State.FAILED).select_related("notice", "robot", "person").order_by("-done_at")


def waiting() -> int:
    return Delivery.objects.filter(state__in=(Delivery.State.WAITING, Delivery.State.SENDING)).count()
