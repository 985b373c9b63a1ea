"""What registers add to the page frame: a line in the nav and the search."""

from __future__ import annotations

from django.urls import reverse

from qingshan.bureau.base import composed, frame
from qingshan.bureau.base.models import Person
from qingshan.bureau.registers import queries
from qingshan.bureau.registers.actions.composing import COMPOSER
from qingshan.bureau.registers.models import Entry


def found(person: Person, text: str, limit: int) -> list[frame.Hit]:
    """Entries whose number or name holds the text."""
    titles = {of.name: of.title for of in queries.registers(person)}
    there = Entry.objects.within(person).filter(register__in=titles, archived=False).select_related("area").defer("area__geometry")
    return [
        frame.Hit(e.name, reverse("registers:entry", args=[e.register, e.pk]), titles[e.register], f"{e.key} {e.area}")
        for e in queries.search(there, text)[:limit]
    ]


frame.nav("registers", "登记册", "registers:registers", order=10, prefix="/registers/", alone=True)
frame.search("登记册", found)
frame.work("登记册审定", lambda person: composed.waiting(COMPOSER, person))
