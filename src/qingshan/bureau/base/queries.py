"""Questions about people, organisations and the trail."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.contrib.auth.models import Group
from django.db.models import Count, Q, QuerySet

from qingshan.bureau.base.models import Area, AuditEvent, Organisation, Person, SavedView
from qingshan.bureau.base.typed import number


@dataclass
class Branch:
    """One thing of a tree with what stands under it."""

    thing: Area | Organisation
    depth: int
    branches: list[Branch] = field(default_factory=list)


def tree(things: list) -> list[Branch]:
    """Rows of a tree in reading order, each with its depth; a row whose parent is not among them is a root."""
    by_pk = {one.pk: Branch(one, 0) for one in things}
    roots = []
    for branch in by_pk.values():
        above = by_pk.get(branch.thing.parent_id)
        (above.branches if above else roots).append(branch)
    return list(_walk(roots, 0))


def _walk(branches: list[Branch], depth: int):
    for branch in branches:
        branch.depth = depth
        yield branch
        yield from _walk(branch.branches, depth + 1)


def areas(person: Person) -> list[Branch]:
    """The areas a person sees, as a tree, with how many organisations lie in each."""
    return tree(list(Area.objects.within(person).defer("geometry").annotate(units=Count("organisations")).order_by("code")))


def organisations(person: Person) -> list[Branch]:
    """The organisations a person sees, as a tree, with how many people each has in use."""
    order = {kind: place for place, kind in enumerate(Organisation.Kind.values)}
    found = Organisation.objects.within(person).select_related("area").annotate(heads=Count("people", filter=Q(people__is_active=True)))
    return tree(sorted(found, key=lambda o: (order[o.kind], o.area.code if o.area else "", o.pk)))


def people(person: Person, text: str = "", organisation: str = "", role: str = "", state: str = "") -> QuerySet[Person]:
    """People within scope, narrowed by what was typed or chosen."""
    found = Person.objects.within(person).select_related("organisation").prefetch_related("groups")
    if text:
        found = found.filter(Q(name__icontains=text) | Q(username__icontains=text) | Q(phone__icontains=text) | Q(post__icontains=text))
    if (unit := number(organisation)) is not None:
        found = found.filter(organisation=unit)
    if role:
        found = found.filter(groups__name=role)
    if state in ("active", "disabled"):
        found = found.filter(is_active=state == "active")
    return found


def role_counts() -> dict[str, int]:
    """Role name → people in use who hold it."""
    return dict(Group.objects.annotate(n=Count("user", filter=Q(user__is_active=True))).values_list("name", "n"))


def events(text: str = "", action: str = "", kind: str = "", since: date | None = None, until: date | None = None) -> QuerySet[AuditEvent]:
    """The trail, newest first, narrowed by who or what, action, kind of thing, and days."""
    found = AuditEvent.objects.select_related("by")
    if text:
        found = found.filter(Q(by_name__icontains=text) | Q(object_name__icontains=text) | Q(address__startswith=text))
    if action:
        found = found.filter(action=action)
    if kind:
        found = found.filter(object_type=kind)
    if since:
        found = found.filter(at__gte=since)
    if until:
        found = found.filter(at__lt=until + timedelta(days=1))
    return found


def event_choices() -> tuple[list[str], list[str]]:
    """Actions and kinds of thing the trail holds."""
    actions = AuditEvent.objects.order_by("action").values_list("action", flat=True).distinct()
    kinds = AuditEvent.objects.exclude(object_type="").order_by("object_type").values_list("object_type", flat=True).distinct()
    return list(actions), list(kinds)


def views_of(person: Person, page: str) -> list[SavedView]:
    """A person's own views of a list, then those that colleagues of the unit share."""
    mine = Q(person=person)
    if person.organisation_id:
        mine |= Q(organisation=person.organisation_id)
    found = SavedView.objects.filter(mine, page=page).select_related("person")
    return sorted(found, key=lambda one: (one.person_id != person.pk, one.title))
