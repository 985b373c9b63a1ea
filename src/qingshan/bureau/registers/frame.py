"""What registers add to the page frame: a line in the nav and the search."""

from __future__ import annotations

from django.urls import reverse

from qingshan.bureau.base import frame
from qingshan.bureau.base.models import Person
from qingshan.bureau.registers import queries


def found(person: Person, text: str, limit: int) -> list[frame.Hit]:
    """Entries whose number or name holds the text."""
    hits: list[frame.Hit] = []
    for of in queries.registers(person):
        for entry in queries.search(queries.entries(of, person).filter(archived=False), text)[: limit - len(hits)]:
            hits.append(frame.Hit(entry.name, reverse("registers:entry", args=[of.name, entry.pk]), of.title, f"{entry.key} {entry.area}"))
        if len(hits) >= limit:
            break
    return hits


frame.nav("registers", "登记册", "registers:registers", order=10, prefix="/registers/", alone=True)
frame.search("登记册", found)
