"""What bulletins add to the frame's search and to a person's own work."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from django.urls import reverse

from qingshan.bureau.base.frame import Hit, Waiting
from qingshan.bureau.base.models import Person
from qingshan.bureau.bulletins.models import Issue


def search(person: Person, text: str, limit: int) -> list[Hit]:
    """Issues whose title, number or hand-written paragraphs hold the text; drafts only for the bureau."""
    light = Issue.objects.within(person).only("title", "series", "number_form", "year", "number", "written", "state", "period")
    found = (one for one in light.iterator() if any(text.lower() in said.lower() for said in _words(one)))
    return [Hit(one.title, reverse("bulletins:issue", args=[one.pk]), "通报", _about(one)) for one in islice(found, limit)]


def _about(one: Issue) -> str:
    return "，".join(filter(None, [one.document_number, one.get_state_display(), one.period]))


def _words(one: Issue) -> Iterator[str]:
    """What an issue is known by; what people wrote lies in JSON, which a database does not search alike."""
    yield from (one.title, one.series, one.document_number, f"第{one.number}期" if one.number else "")
    yield from (str(said) for said in one.written.values())


def waiting(person: Person) -> list[Waiting]:
    """Issues that wait for the person's signature."""
    if not person.has_perm("bulletins.sign_issue"):
        return []
    found = Issue.objects.within(person).filter(state=Issue.State.NUMBERED).select_related("by")
    return [Waiting(one.title, reverse("bulletins:issue", args=[one.pk]), "待签发", None, f"{one.by}起草") for one in found]
