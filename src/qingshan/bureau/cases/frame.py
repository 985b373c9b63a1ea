"""Entries of the cases in the page frame."""

from __future__ import annotations

from django.urls import reverse

from qingshan.bureau.base import clock, frame
from qingshan.bureau.cases import queries

frame.nav("cases", "处置单", "cases:orders", order=20, count=lambda p: queries.visible(p).filter(closed_at=None).count(), phone="i-task")
frame.count("work", "待办处置单", "cases:orders", lambda p: len(queries.my_work(p, clock.now())))
frame.count("alarms", "待签收", "cases:orders", lambda p: queries.waiting_receipt(p).count())


def find(person, text: str, limit: int) -> list[frame.Hit]:
    """Cases whose number or title holds the text."""
    found = queries.holding(queries.visible(person), text)[:limit]
    return [frame.Hit(c.title, reverse("cases:order", args=[c.number]), "处置单", f"{c.number} {c.state_words}") for c in found]


frame.search("处置单", find)


def waiting(person) -> list[frame.Waiting]:
    """Cases in which the person can take the next step."""
    found = queries.my_work(person, clock.now())
    return [
        frame.Waiting(c.title, reverse("cases:order", args=[c.number]), c.state_words, c.due_at.date() if c.due_at else None, c.number)
        for c in found
    ]


frame.work("处置单", waiting)
