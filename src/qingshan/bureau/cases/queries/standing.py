"""How one case stands: its clock, what a step still lacks, who may take it (事项现状)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from qingshan.bureau.base.models import Person
from qingshan.bureau.cases import clocks
from qingshan.bureau.cases.declared import FOUR, Step, Workflow, actors, checks
from qingshan.bureau.cases.models import Case, CaseEvent, Proof

LIGHTS = ("red", "amber", "green", "blue")


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


def proofs_of(case: Case) -> list[Proof]:
    """Proofs not taken back, of kinds still declared; those of the case it was merged into serve it as well."""
    whose = [case.pk, case.main_id] if case.main_id else [case.pk]
    found = Proof.objects.filter(case__in=whose, withdrawn=None).select_related("attachment", "by", "case").order_by("at", "id")
    known = case.declared.proof
    return [p for p in found if (p.kind in known if p.case_id == case.pk else _serves(case, p))]


def _serves(case: Case, proof: Proof) -> bool:
    """Whether a proof of the case it was merged into counts: of the same kind and type, and not one it must have of its own."""
    wanted, given = case.declared.proof.get(proof.kind), proof.case.declared.proof.get(proof.kind)
    return wanted is not None and given is not None and wanted.type == given.type and wanted.type != "visit" and not wanted.own


def standing_proofs(case: Case, proofs: list[Proof] | None = None) -> list[Proof]:
    """Proofs that count now: not taken back, and of this round where the case was opened again."""
    found = proofs_of(case) if proofs is None else proofs
    return [p for p in found if p.round == (case.round if p.case_id == case.pk else p.case.round)]


def falls_short(case: Case, proof: Proof, on) -> str:
    """Why a proof that is there does not count yet; empty when it does."""
    wanted = case.declared.proof[proof.kind]
    if wanted.type in ("recheck", "visit") and not proof.details.get("passed"):
        return "未通过" if wanted.type == "recheck" else "不满意"
    if wanted.type == "recheck" and proof.by.organisation_id in {case.responsible_id, *(h.pk for h in case.helpers.all())}:
        return "复核的人现在属于整改单位，须另由别的单位复核"
    if wanted.type == "link" and wanted.days:
        ready = datetime.fromisoformat(proof.details["day"]).date() + timedelta(days=wanted.days)
        if ready > on:
            return f"公示满 {wanted.days} 天的日子是 {ready.month}月{ready.day}日"
    return ""


JUDGED = {"recheck": "复核", "visit": "回访", "measured": "取数", "link": "公开"}
"""proofs that judge the work: once it is sent back they are wanted anew"""


def sent_back(case: Case) -> dict[int, datetime]:
    """Case, and the one it was merged into → when it was last sent back by those who judge it, where that still stands."""
    found: dict[int, datetime] = {}
    for one in (case, case.main) if case.main_id else (case,):
        names = [s.name for s in one.declared.step if s.back and s.by in ("verifier", "office")]
        if names:
            events = one.events.filter(kind=CaseEvent.Kind.STEP, step__in=names, undone_by=None).order_by("-at", "-id")
            if at := events.values_list("at", flat=True).first():
                found[one.pk] = at
    return found


def proven(case: Case, at: datetime, proofs: list[Proof] | None = None) -> dict[str, str]:
    """Each kind of proof that is there, with why it does not count yet ("" when it counts); the last re-check or visit decides."""
    said: dict[str, str] = {}
    back: dict[int, datetime] | None = None
    for proof in standing_proofs(case, proofs):
        short, type_ = falls_short(case, proof, at.date()), case.declared.proof[proof.kind].type
        if type_ in JUDGED:
            back = sent_back(case) if back is None else back
            if any(proof.at < back[pk] for pk in {case.pk, proof.case_id} if pk in back):
                short = short or f"退回以后须重新{JUDGED[type_]}"
        if case.declared.proof[proof.kind].type in ("recheck", "visit") or not (proof.kind in said and not said[proof.kind]):
            said[proof.kind] = short
    return said


@dataclass(frozen=True)
class Offer:
    """A step as it stands before one person: what it still lacks, in words; empty means it can be taken."""

    step: Step
    lacks: tuple[str, ...]
    needs: tuple[tuple[str, str, bool], ...]  # (proof name, title, there)


def lacks(case: Case, step: Step, at: datetime, there: dict[str, str] | None = None) -> list[str]:
    """Proofs and conditions the step still lacks; what its form asks is checked when it is taken."""
    declared = case.declared
    there = proven(case, at) if there is None else there
    missing = [
        f"缺{declared.proof[name].title}" if name not in there else f"{declared.proof[name].title}：{there[name]}"
        for name in declared.needs_of(step) if there.get(name, "缺")
    ]  # fmt: skip
    if step.to in declared.final:
        going = [c.number for c in case.sources.filter(closed_at=None)] if case.pk else []
        missing += [f"并入的{'、'.join(going)}还没有办结"] if going else []
    return missing + [said for said in (checks[name](case) for name in step.checks) if said]


def may(case: Case, step: Step, person: Person) -> bool:
    """Whether the step is this person's to take."""
    if not person.is_active or not actors[step.by](case, person):
        return False
    return suits(step, person)


def suits(step: Step, person: Person) -> bool:
    """Whether the person has the role and the kind of unit a step asks for besides."""
    if step.units and (person.organisation is None or person.organisation.kind not in step.units):
        return False
    return not step.roles or bool(set(step.roles) & roles_of(person))


def roles_of(person: Person) -> set[str]:
    if not hasattr(person, "_roles"):
        person._roles = set(person.groups.values_list("name", flat=True))
    return person._roles


def offers(case: Case, person: Person, at: datetime, proofs: list[Proof] | None = None) -> list[Offer]:
    """Steps from the present state that this person may take."""
    there, declared = proven(case, at, proofs), case.declared
    return [
        Offer(
            step, tuple(lacks(case, step, at, there)),
            tuple((n, declared.proof[n].title, not there.get(n, "缺")) for n in declared.needs_of(step)),
        )
        for step in declared.steps_from(case.state)
        if may(case, step, person)
    ]  # fmt: skip


@dataclass(frozen=True)
class Quarter:
    """One of 四个不放过: its proofs with whether each is there, and whether all are."""

    title: str
    proofs: tuple[tuple[str, bool, str], ...]

    @property
    def is_met(self) -> bool:
        return all(there for _, there, _ in self.proofs)


def quarters(case: Case, there: dict[str, str]) -> list[Quarter]:
    """四个不放过 as they stand; none where the workflow does not ask for them."""
    declared = case.declared
    return [
        Quarter(words, tuple((declared.proof[p].title, not there.get(p, "缺"), there.get(p, "")) for p in declared.four[key]))
        for key, words in FOUR.items() if key in declared.four
    ]  # fmt: skip


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
        if event.kind != CaseEvent.Kind.STEP or event.was not in line or event.became not in line:
            continue
        if line.index(event.became) > line.index(event.was):
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


def is_reported(case: Case, kind: str) -> bool:
    """Whether those who solve it have said that it is done: no step of theirs lies ahead, or the next step wants this proof."""
    declared, state = case.declared, case.state
    if any(kind in declared.needs_of(step) for step in declared.steps_from(state)):
        return True
    for _ in declared.state:
        step = declared.forward(state)
        if step is None:
            return True
        if step.by in ("responsible", "handler"):
            return False
        state = step.to
    return True


def may_prove(case: Case, person: Person) -> bool:
    """Whether this person gives proofs now: the responsible unit until the end, others while a step is theirs."""
    if case.is_closed:
        return False
    steps = case.declared.steps_from(case.state)
    return any(may(case, s, person) for s in (*steps, *(s for s in case.declared.step if s.by in ("responsible", "handler"))))


def next_title(case: Case, person: Person) -> str:
    """What this person can do next with the case; "" for nothing."""
    if case.is_closed:
        return ""
    declared = case.declared
    steps = (s for s in declared.steps_from(case.state) if not s.back and s.to not in declared.void)
    return next((s.title for s in steps if may(case, s, person)), "")


def waits_for(case: Case) -> str:
    """For whom the case waits, in words."""
    step = None if case.is_closed else case.declared.forward(case.state)
    if step is None:
        return ""
    who = {"responsible": str(case.responsible), "handler": str(case.responsible), "verifier": "核查人", "office": "交办单位"}
    return f"待{who.get(step.by, step.by)}{step.title}"


def whole_span(case: Case, at: datetime) -> str:
    """How long the case has been, or took."""
    return clocks.span_words((case.closed_at or at) - case.opened_at)


def reversible(case: Case) -> CaseEvent | None:
    """The last thing done that still stands and could be taken back; merging is taken back by parting."""
    gone = set(case.events.exclude(undoes=None).values_list("undoes", flat=True))
    past = case.events.exclude(kind__in=(CaseEvent.Kind.NOTE, CaseEvent.Kind.UNDO, CaseEvent.Kind.PART)).exclude(pk__in=gone)
    last = past.order_by("-at", "-id").first()
    return last if last and last.before is not None else None
