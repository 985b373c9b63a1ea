"""What the ledger adds to the frame's search and to a person's own work: sentences of plans, groups and duties, what waits."""

from __future__ import annotations

from django.db.models import Count, Q
from django.urls import reverse

from qingshan.bureau.base import clock
from qingshan.bureau.base.frame import Hit, Waiting
from qingshan.bureau.base.models import Person
from qingshan.bureau.ledger import queries
from qingshan.bureau.ledger.models import Duty, Finding, Plan, WorkGroup

AROUND = 36
"""characters shown before and after the words that were found"""


def sentences(person: Person, text: str, limit: int) -> list[Hit]:
    """Places in the plans a person may read whose own words hold the text, each leading to its place in the original."""
    hits: list[Hit] = []
    for plan in Plan.objects.within(person).filter(text__icontains=text).distinct().only("pk", "title", "text"):
        low, word = plan.text.lower(), text.lower()
        places = list(plan.findings.order_by("start").values_list("pk", "start", "end"))
        at = low.find(word)
        while at >= 0 and len(hits) < limit:
            finding = next((pk for pk, start, end in places if start <= at < end), None)
            begin, end = max(plan.text.rfind("\n", 0, at) + 1, at - AROUND), at + len(text) + AROUND
            said = plan.text[begin:end].split("\n")[0].strip()
            place = f"?at={finding}" if finding else ""
            hits.append(Hit(said, f"{reverse('ledger:plan', args=[plan.pk])}{place}", "计划原文", f"《{plan.title}》"))
            at = low.find(word, end)
        if len(hits) >= limit:
            break
    return hits


def structure(person: Person, text: str, limit: int) -> list[Hit]:
    """Groups by name, duty or member, and lines of the lists of duties."""
    groups = WorkGroup.objects.filter(Q(name__icontains=text) | Q(duty__icontains=text) | Q(seats__person__name__icontains=text)).distinct()
    hits = [Hit(one.name, reverse("ledger:group", args=[one.pk]), one.get_kind_display(), one.duty[:60]) for one in groups[:limit]]
    duties = Duty.objects.filter(Q(text__icontains=text) | Q(words__icontains=text), dropped=False).select_related("unit", "edition")
    page = reverse("ledger:duties")
    hits += [Hit(one.text, f"{page}?edition={one.edition_id}", "职责", f"{one.unit}，《{one.edition}》") for one in duties[:limit]]
    return hits[:limit]


def tasks(person: Person) -> list[Waiting]:
    """Returns owed, reminders unanswered, completions to check."""
    return [
        Waiting(task.title, reverse("ledger:task", args=[task.pk]), why, task.deadline, task.topic)
        for why, task in queries.waiting(person, clock.today())
    ]


def findings(person: Person) -> list[Waiting]:
    """Plans with places nobody has reviewed yet, for those who review."""
    if not person.has_perm("ledger.review_plan"):
        return []
    open_ones = Q(findings__kind__in=[Finding.Kind.TARGET, Finding.Kind.TASK], findings__state=Finding.State.PENDING)
    plans = Plan.objects.within(person).annotate(n=Count("findings", open_ones, distinct=True)).filter(n__gt=0).only("pk", "title")
    return [Waiting(one.title, reverse("ledger:plan", args=[one.pk]), "待核对", None, f"还有 {one.n} 处没有核对") for one in plans]
