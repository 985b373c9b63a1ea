"""What cases tell of things in other rooms: open findings of an entry, lines in the file of a firm, a new finding."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from qingshan.bureau.base import linked
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.cases import actions, queries
from qingshan.bureau.cases.models import Case

FINDING = "entry_finding"


def open_findings(references: Sequence[str]) -> Mapping[str, int]:
    """Findings not closed yet, by what they were found at."""
    found = Case.objects.filter(closed_at=None, origin__in=references)
    return dict(found.order_by().values("origin").annotate(n=Count("pk")).values_list("origin", "n"))


def lines(person: Person, references: Sequence[str], name: str) -> list[linked.Line]:
    """Cases that came from these things, or whose title, place or named firm holds the firm's whole name."""
    named = _names(name) if name else Q(pk__in=[])
    found = Case.objects.within(person).filter(Q(origin__in=references) | named).order_by("-opened_at")[:200]
    return [linked.Line(_day(c.opened_at), c.noun, c.title, reverse("cases:order", args=[c.number]), c.state_words) for c in found]


def _names(name: str) -> Q:
    found = Q(title__contains=name) | Q(place__contains=name)
    for flow in {flow.name: flow for flow in queries.versions() if flow.firm}.values():
        found |= Q(workflow=flow.name, **{f"facts__{flow.firm}__icontains": name})
    return found


def open_finding(reference: str, *, by: Person, workflow: str = FINDING, **said) -> str:
    """Open an inspection finding at a thing; Refused while one of the same thing is open, so that nothing written is lost."""
    there = Case.objects.filter(origin=reference, closed_at=None).first()
    if there:
        raise Refused(f"这里已有未销号的检查发现 {there.number}；新发现请写进该件，或等它销号后再开", field="summary")
    case = actions.open_case(workflow, by=by, origin=reference, **said)
    return reverse("cases:order", args=[case.number])


def placed(person: Person, box: tuple[float, float, float, float], contains: Callable[[float, float], bool]) -> list[linked.Line]:
    """Open cases within an outline."""
    west, south, east, north = box
    there = Case.objects.within(person).filter(closed_at=None, lon__range=(west, east), lat__range=(south, north)).order_by("-opened_at")
    return [
        linked.Line(_day(c.opened_at), c.declared.title, c.title, reverse("cases:order", args=[c.number]), c.state_words)
        for c in there if contains(c.lon, c.lat)
    ]  # fmt: skip


def _day(at):
    return (timezone.localtime(at) if timezone.is_aware(at) else at).date()


linked.counts.add("open_findings")(linked.Count("未销号的检查发现", open_findings))
linked.files.add("cases")(lines)
linked.placed.add("cases")(placed)
linked.workdays.add("cases")(lambda: queries.calendar().is_workday)
linked.findings.add("inspection")(open_finding)
