"""Telling units and people (发消息): called by the actions of other rooms, inside their transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q

from qingshan.bureau.base import clock, packs
from qingshan.bureau.base.models import Organisation, Person
from qingshan.bureau.notices.declared import NoticeKind
from qingshan.bureau.notices.models import Delivery, Notice, Post, Preference, Receipt, Robot


@transaction.atomic
def send(
    kind: str, *, title: str, text: str = "", url: str = "", to: Iterable[Organisation | int] = (), people: Iterable[Person] = (),
    but: Person | None = None, key: str = "",
) -> Notice | None:  # fmt: skip
    """Tell the people of units, and others by name; None where it was said before (same `key`), or the bureau has no such kind.

    Parameters
    ----------
    url : the page it leads to, from ``/``
    to : organisations or their ids; of their people those the kind's permission names
    but : who did it and need not be told
    """
    now = clock.now()
    declared: NoticeKind | None = packs.all("notices", at=now.date()).get(kind)
    if declared is None or (key and Notice.objects.filter(key=key).exists()):
        return None
    units = {unit if isinstance(unit, int) else unit.pk for unit in to}
    notice = Notice.objects.create(kind=kind, title=title[:120], text=text[:500], url=url[:200], key=key[:80], at=now)
    told = _people(declared, units, people, but)
    Receipt.objects.bulk_create([Receipt(notice=notice, person=person) for person in told])
    due_at = _due(declared, now)
    mails = _wanting_mail(declared, told) if "mail" in declared.by else []
    robots = _listening(kind, units) if "robot" in declared.by else []
    Delivery.objects.bulk_create(
        [Delivery(notice=notice, carrier="mail", person=person, due_at=due_at) for person in mails]
        + [Delivery(notice=notice, carrier="robot", robot=robot, due_at=due_at) for robot in robots]
    )
    return notice


def _people(declared: NoticeKind, units: set[int], named: Iterable[Person], but: Person | None) -> list[Person]:
    """The units' active people who hold the kind's permission, and those named; each once."""
    found = {person.pk: person for person in named if person.is_active}
    if units:
        there = Person.objects.filter(is_active=True, organisation__in=units)
        if declared.permission:
            app, code = declared.permission.split(".")
            held = Group.objects.filter(permissions__content_type__app_label=app, permissions__codename=code)
            there = there.filter(groups__in=held.values("pk")).distinct()
        found |= {person.pk: person for person in there}
    if but is not None:
        found.pop(but.pk, None)
    return list(found.values())


def _wanting_mail(declared: NoticeKind, told: list[Person]) -> list[Person]:
    """Those with an address who did not choose otherwise; nobody while mail is not set up."""
    reachable = [person for person in told if person.email]
    if not reachable or not Post.objects.filter(active=True).exists():
        return []
    refused = set(Preference.objects.filter(kind=declared.name, person__in=reachable, mail=False).values_list("person", flat=True))
    return [person for person in reachable if person.pk not in refused]


def _listening(kind: str, units: set[int]) -> list[Robot]:
    """Robots that asked for this kind, of these units or of the whole bureau."""
    there = Robot.objects.filter(Q(organisation=None) | Q(organisation__in=units), active=True)
    return [robot for robot in there if kind in robot.kinds]


def _due(declared: NoticeKind, now: datetime) -> datetime:
    wakes = declared.wakes(now.time())
    if wakes is None:
        return now
    day = now.date() if now.time() < wakes else now.date() + timedelta(days=1)
    return datetime.combine(day, wakes)
