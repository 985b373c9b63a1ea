"""What meetings tell of a firm: meetings, visits and talks whose title, subject or minutes hold its name."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q
from django.urls import reverse

from qingshan.bureau.base import linked
from qingshan.bureau.base.models import Person
from qingshan.bureau.meetings.models import Meeting


def lines(person: Person, references: Sequence[str], name: str) -> list[linked.Line]:
    """Those the person sees, the newest."""
    if not name:
        return []
    found = Meeting.objects.within(person).filter(Q(title__contains=name) | Q(subject__contains=name) | Q(text__contains=name))
    return [
        linked.Line(m.starts_at.date(), "会议走访", m.title, reverse("meetings:meeting", args=[m.pk]), m.get_state_display())
        for m in found.order_by("-starts_at")[:100]
    ]


linked.files.add("meetings")(lines)
