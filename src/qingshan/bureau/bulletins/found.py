"""What bulletins add to the frame's search and to a person's own work."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse

from qingshan.bureau.base.frame import Hit, Waiting
from qingshan.bureau.base.models import Person
from qingshan.bureau.bulletins.models import Issue


def search(person: Person, text: str, limit: int) -> list[Hit]:
    """Issues whose title, series or hand-written paragraphs hold the text; drafts only for the bureau."""
    found = Issue.objects.within(person).filter(Q(title__icontains=text) | Q(series__icontains=text) | Q(written__icontains=text))
    return [
        Hit(one.title, reverse("bulletins:issue", args=[one.pk]), "通报", f"{one.get_state_display()}，{one.period}")
        for one in found[:limit]
    ]


def waiting(person: Person) -> list[Waiting]:
    """Issues that wait for the person's signature."""
    if not person.has_perm("bulletins.sign_issue"):
        return []
    found = Issue.objects.within(person).filter(state=Issue.State.NUMBERED).select_related("by")
    return [Waiting(one.title, reverse("bulletins:issue", args=[one.pk]), "待签发", None, f"{one.by}起草") for one in found]
