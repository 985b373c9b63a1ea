"""Questions about cases: what waits, what is late, what a step still lacks (事项查询)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import Q, QuerySet

from qingshan.bureau.base import packs
from qingshan.bureau.base.models import Person
from qingshan.bureau.cases import clocks
from qingshan.bureau.cases.declared import Step, Workflow, actors, checks
from qingshan.bureau.cases.models import Case, Proof

LIGHTS = ("red", "amber", "green", "blue")


def calendar() -> clocks.Calendar:
    """The working calendar of all declared years together."""
    years = list(packs.all("holidays").values())
    hours = tuple(_span(h) for h in years[-1].hours) if years else clocks.Calendar().hours
    return clocks.Calendar(
        clocks.spans(t for y in years for t in y.off),
        clocks.spans(t for y in years for t in y.work),
        hours,
    )


def _span(text: str) -> tuple[time, time]:
    begin, end = text.split("-")
    return time.fromisoformat(begin), time.fromisoformat(end)


@dataclass(frozen=True)
class Clock:
    """How a case stands in time: the light, its word, and how much of the limit is used (%)."""

    light: str
    words: str
    used: int
    late: bool


def clock_of(case: Case, at: datetime) -> Clock:
    """Light of the present state's limit: green, amber in its last quarter, red past it, blue once closed."""
    if case.is_closed:
        return Clock("blue", case.state_words, 100, False)
    if case.due_at is None:
        return Clock("none", "无期限", 0, False)
    whole = (case.due_at - case.entered_at).total_seconds() or 1
    used = max(0, round(100 * (at - case.entered_at).total_seconds() / whole))
    left = clocks.span_words(case.due_at - at)
    if at > case.due_at:
        return Clock("red", f"逾期 {left}", used, True)
    return Clock("amber" if used >= 75 else "green", f"剩 {left}", used, False)


def standing_proofs(case: Case) -> list[Proof]:
    """Proofs that count: those not taken back."""
    return [p for p in case.proofs.select_related("attachment", "by") if p.withdrawn is None]


@dataclass(frozen=True)
class Offer:
    """A step as it stands before one person: what it still lacks, in words; empty means it can be taken."""

    step: Step
    lacks: tuple[str, ...]
    needs: tuple[tuple[str, str, bool], ...]  # (proof name, title, there)


def lacks(case: Case, step: Step) -> list[str]:
    """Proofs and conditions the step still lacks; what its form asks is checked when it is taken."""
    declared = case.declared
    there = {p.kind for p in standing_proofs(case)}
    missing = [f"缺{declared.proof[name]}" for name in step.needs if name not in there]
    return missing + [said for said in (checks[name](case) for name in step.checks) if said]


def may(case: Case, step: Step, person: Person) -> bool:
    return person.is_active and actors[step.by](case, person)


def offers(case: Case, person: Person) -> list[Offer]:
    """Steps from the present state that this person may take."""
    there = {p.kind for p in standing_proofs(case)}
    titles = case.declared.proof
    return [
        Offer(step, tuple(lacks(case, step)), tuple((n, titles[n], n in there) for n in step.needs))
        for step in case.declared.steps_from(case.state)
        if may(case, step, person)
    ]


@dataclass(frozen=True)
class Stage:
    """One dot of the step line."""

    number: int
    title: str
    mark: str  # done | now | todo
    note: str


def stages(case: Case) -> list[Stage]:
    """The step line: every state on the straight way, with when it was passed or its limit."""
    declared: Workflow = case.declared
    line = declared.line()
    here = line.index(case.state) if case.state in line else 0
    left = {}
    for event in case.events.all():
        if event.was in line and event.became in line and line.index(event.became) > line.index(event.was):
            left[event.was] = event
    found = [Stage(1, "交办", "done", _short(case.opened_at))]
    for i, state in enumerate(line[:-1]):
        step = declared.forward(state)
        limit = declared.limit.get(state)
        event = left.get(state)
        if i < here and event:
            note = _short(event.at) + ("，超时" if event.was_late else "")
            found.append(Stage(i + 2, step.title, "done", note))
        elif i == here and not case.is_closed:
            found.append(Stage(i + 2, step.title, "now", f"限 {limit.words}" if limit else "进行中"))
        else:
            found.append(Stage(i + 2, step.title, "todo", f"限 {limit.words}" if limit else "—"))
    return found


def _short(at: datetime) -> str:
    return f"{at.month}月{at.day}日 {at:%H:%M}"


def may_prove(case: Case, person: Person) -> bool:
    """Whether this person gives proofs now: the responsible unit until the end, others while a step is theirs."""
    if case.is_closed:
        return False
    steps = case.declared.steps_from(case.state)
    return any(may(case, s, person) for s in (*steps, *(s for s in case.declared.step if s.by == "responsible")))


def next_title(case: Case, person: Person) -> str:
    """What this person can do next with the case; "" for nothing."""
    return (
        "" if case.is_closed else next((s.title for s in case.declared.steps_from(case.state) if not s.back and may(case, s, person)), "")
    )


def waits_for(case: Case) -> str:
    """For whom the case waits, in words."""
    step = None if case.is_closed else case.declared.forward(case.state)
    if step is None:
        return ""
    who = {"responsible": str(case.responsible), "verifier": "核查人", "office": "交办单位"}.get(step.by, step.by)
    return f"待{who}{step.title}"


def whole_span(case: Case, at: datetime) -> str:
    """How long the case has been, or took."""
    return clocks.span_words((case.closed_at or at) - case.opened_at)


def holding(found: QuerySet[Case], text: str) -> QuerySet[Case]:
    """Those whose number, title or place holds the text."""
    return found.filter(Q(title__icontains=text) | Q(number__icontains=text) | Q(place__icontains=text))


def visible(person: Person, workflow: str = "") -> QuerySet[Case]:
    """Cases this person may see."""
    found = Case.objects.within(person).select_related("area", "responsible", "station")
    return found.filter(workflow=workflow) if workflow else found


def waiting_receipt(person: Person) -> QuerySet[Case]:
    """Cases not yet signed for: those in the first state of their workflow."""
    firsts = {w.name: w.first for w in packs.all("cases").values()}
    found = visible(person).filter(closed_at=None)
    return found.filter(
        pk__in=[c.pk for c in found.select_related(None).only("pk", "state", "workflow") if firsts.get(c.workflow) == c.state]
    )


def my_work(person: Person, at: datetime) -> list[Case]:
    """Open cases in which this person can take a step now, the most urgent first."""
    open_cases = visible(person).filter(closed_at=None).order_by("due_at")
    return [c for c in open_cases if any(may(c, s, person) for s in c.declared.steps_from(c.state))]


def counts(cases, at: datetime) -> dict[str, int]:
    """How many cases show each light."""
    seen = Counter(clock_of(c, at).light for c in cases)
    return {light: seen.get(light, 0) for light in LIGHTS}
