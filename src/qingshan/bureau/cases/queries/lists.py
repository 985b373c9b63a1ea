"""Which cases a list shows (事项列表): asked of the database, however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from qingshan.bureau.base import packs
from qingshan.bureau.base.models import Person
from qingshan.bureau.cases.declared import Workflow, actors
from qingshan.bureau.cases.models import Case
from qingshan.bureau.cases.queries.standing import LIGHTS, suits

SORTED = {"due": ("due_at", "id"), "new": ("-opened_at", "-id"), "closed": ("-closed_at", "-id")}


def versions(kind: str = "cases") -> Iterator[Workflow]:
    """Every version of every declared workflow, the old ones too: cases of theirs may still be open."""
    for name in packs.found().items.get(kind, {}):
        yield from packs.editions(kind, name)


def by(flow: Workflow) -> Q:
    """The cases that go by this version of a workflow."""
    return Q(workflow=flow.name, edition=flow.edition) if len(editions(flow)) > 1 else Q(workflow=flow.name)


def editions(flow: Workflow) -> set[int]:
    """Those of this workflow, itself among them."""
    return {one.edition for one in packs.editions("cases", flow.name)}


def visible(person: Person, workflow: str = "") -> QuerySet[Case]:
    """Cases this person may see."""
    found = Case.objects.within(person).select_related("area", "responsible", "station").prefetch_related("helpers")
    return found.filter(workflow=workflow) if workflow else found


def holding(found: QuerySet[Case], text: str) -> QuerySet[Case]:
    """Those whose number, title or place holds the text."""
    return found.filter(Q(title__icontains=text) | Q(number__icontains=text) | Q(place__icontains=text) | Q(outside__icontains=text))


def lit(light: str, now: datetime) -> Q:
    """The cases that show a light."""
    going = Q(closed_at=None)
    return {
        "blue": ~going,
        "red": going & Q(due_at__lt=now),
        "amber": going & Q(due_at__gte=now, warn_at__lte=now),
        "green": going & Q(due_at__gte=now, warn_at__gt=now),
    }[light]


def theirs(person: Person) -> Q:
    """Open cases that wait for this person: for a step that leads on, no return and no end that is no 销号."""
    places: dict[str, dict[str, list[Workflow]]] = {}
    for flow in versions():
        for step in flow.step:
            states = [] if step.back or step.to in flow.void else [s for s in step.start if s not in flow.final]
            if states and suits(step, person) and person.has_perm(actors[step.by].permission):
                for state in states:
                    places.setdefault(step.by, {}).setdefault(state, []).append(flow)
    wanted = Q(pk__in=[])
    for who, there in places.items():  # the condition of an actor once, however many workflows name it
        wanted |= _standing(there) & actors[who].among(person)
    return Q(closed_at=None) & wanted


def waiting_receipt(person: Person) -> QuerySet[Case]:
    """Cases not yet signed for: those in the first state of their workflow."""
    firsts: dict[str, list[Workflow]] = {}
    for flow in versions():
        firsts.setdefault(flow.first, []).append(flow)
    return Case.objects.within(person).filter(_standing(firsts), closed_at=None)


def _standing(places: dict[str, list[Workflow]]) -> Q:
    """The cases in a state of one of its workflows."""
    found = Q(pk__in=[])
    for state, flows in places.items():
        alone = sorted({flow.name for flow in flows if len(editions(flow)) == 1})
        here = Q(workflow__in=alone)
        for flow in (f for f in flows if f.name not in alone):
            here |= by(flow)
        found |= Q(state=state) & here
    return found


def my_work(person: Person, at: datetime | None = None) -> QuerySet[Case]:
    """Open cases that wait for this person, the most urgent first."""
    return visible(person).filter(theirs(person)).order_by("due_at", "id")


def n_mine(person: Person) -> int:
    return Case.objects.within(person).filter(theirs(person)).count()


def counts(found: QuerySet[Case], now: datetime, person: Person | None = None) -> dict[str, int]:
    """How many cases show each light, are open, and are the person's to act on; one question."""
    wanted = {light: Count("pk", filter=lit(light, now)) for light in LIGHTS}
    wanted |= {"open": Count("pk", filter=Q(closed_at=None)), "all": Count("pk")}
    if person is not None:
        wanted["mine"] = Count("pk", filter=theirs(person))
    return found.order_by().select_related(None).prefetch_related(None).aggregate(**wanted)


def tab(found: QuerySet[Case], name: str, now: datetime, person: Person) -> QuerySet[Case]:
    """One tab of the list, in its order."""
    chosen = {"mine": theirs(person), "red": lit("red", now), "amber": lit("amber", now), "closed": ~Q(closed_at=None), "all": Q()}
    order = {"closed": "closed", "all": "new"}.get(name, "due")
    return found.filter(chosen.get(name, Q(closed_at=None))).order_by(*SORTED[order])


def due_between(found: QuerySet[Case], first: datetime, last: datetime) -> QuerySet[Case]:
    """Open cases whose limit runs out in a span."""
    return found.filter(closed_at=None, due_at__gte=first, due_at__lt=last).order_by("due_at", "id")


def recent(days: int, now: datetime) -> QuerySet[Case]:
    """Cases opened in the last so many days."""
    return Case.objects.filter(opened_at__gte=now - timedelta(days=days))
