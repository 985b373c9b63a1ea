"""What changes a case: open, take a step, give or take back a proof (事项办理)."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F

from qingshan.bureau.base import attachments, audit, clock, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area, Organisation, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.cases import clocks, queries
from qingshan.bureau.cases.declared import Step, Workflow
from qingshan.bureau.cases.models import Case, CaseEvent, Proof

MAX_PROOFS = 30
_FIELDS = ("state", "entered_at", "due_at", "closed_at", "answers")


@transaction.atomic
def open_case(
    workflow: str,
    *,
    title: str,
    area: Area,
    responsible: Organisation,
    by: Person | None = None,
    origin: str = "",
    station=None,
    place: str = "",
    lon: float | None = None,
    lat: float | None = None,
    summary: str = "",
    basis: str = "",
) -> Case:
    """Open a case and hand it to the responsible organisation (交办).

    With an `origin` ("alarm:12") the same open case is returned when asked again, so a repeat opens nothing.
    `by` None is the platform itself, by a declared rule named in `basis`.
    """
    if by is not None:
        need(by, "cases.dispatch_case", "交办需要“交办事项”权限")
    if origin:
        there = Case.objects.filter(origin=origin, closed_at=None).first()
        if there:
            return there
    now = clock.now()
    declared: Workflow = packs.get("cases", workflow, at=now.date())
    case = _numbered(
        declared, workflow=workflow, title=title[:120], state=declared.first, area=area, responsible=responsible, station=station,
        origin=origin, place=place[:120], lon=lon, lat=lat, summary=summary[:300], opened_at=now, entered_at=now,
        due_at=_due(declared, declared.first, now),
    )  # fmt: skip
    CaseEvent.objects.create(case=case, step="open", title="交办", became=case.state, by=by, organisation=_unit(by), at=now, note=basis)
    audit.record(by, "交办事项", case, None, audit.snapshot(case, "number", "title", "state", "responsible", "origin", "due_at"), basis)
    return case


def _numbered(declared: Workflow, **fields) -> Case:
    """The case under the next free number of its year: BJ-2026-0017."""
    year = fields["opened_at"].year
    stem = f"{declared.prefix}-{year}-"
    for _ in range(20):
        last = Case.objects.filter(number__startswith=stem).order_by("-number").values_list("number", flat=True).first()
        number = f"{stem}{int(last.rsplit('-', 1)[1]) + 1 if last else 1:04d}"
        try:
            with transaction.atomic():
                return Case.objects.create(number=number, **fields)
        except IntegrityError:
            if Case.objects.filter(origin=fields["origin"], closed_at=None).exclude(origin="").exists():
                return Case.objects.get(origin=fields["origin"], closed_at=None)
    raise Refused("编号正忙，请再试一次", status=503)


@transaction.atomic
def take_step(number: str, name: str, *, by: Person, note: str = "", answers: dict[str, str] | None = None) -> Case:
    """Take one declared step: right state, right person, every proof, condition, answer and reason there; then move."""
    case = Case.objects.within(by).select_for_update().get(number=number)
    declared = case.declared
    step = declared.find_step(name)
    if case.state not in step.start:
        raise Refused(f"{case.number} 当前为“{case.state_words}”，不能{step.title}；请刷新后再看")
    if not queries.may(case, step, by):
        raise PermissionDenied(f"{step.title}须由{_who(case, step)}办理")
    missing = queries.lacks(case, step)
    if missing:
        raise Refused(f"不能{step.title}：{'、'.join(missing)}")
    note = note.strip()
    if step.reason and not note:
        raise Refused(f"{step.title}须写明意见", field="note")
    said = _answers(step, answers or {})
    now = clock.now()
    before = audit.snapshot(case, *_FIELDS)
    event = CaseEvent.objects.create(
        case=case, step=step.name, title=step.title, was=case.state, became=step.to, by=by, organisation=_unit(by), at=now,
        due_at=case.due_at, note=note[:2000],
        answers={a.title: a.choices.get(said[a.name], said[a.name]) for a in step.ask if said.get(a.name)},
    )  # fmt: skip
    case.proofs.filter(withdrawn=None).update(used=True)
    case.state, case.entered_at, case.due_at = step.to, now, _due(declared, step.to, now)
    case.closed_at = now if step.to in declared.final else None
    case.answers = {**case.answers, **said}
    case.version = F("version") + 1
    case.save(update_fields=[*_FIELDS, "version"])
    case.refresh_from_db()
    audit.record(by, step.title, case, before, audit.snapshot(case, *_FIELDS), event.note)
    return case


def _answers(step: Step, given: dict[str, str]) -> dict[str, str]:
    """Answers to what the step asks, each checked; others are left out."""
    said = {}
    for ask in step.ask:
        value = str(given.get(ask.name, "")).strip()
        if not value and ask.required:
            raise Refused(f"请{'选择' if ask.choices else '填写'}“{ask.title}”", field=ask.name)
        if value and ask.choices and value not in ask.choices:
            raise Refused(f"“{ask.title}”没有这一项：{value[:20]}", field=ask.name)
        said[ask.name] = value[:2000]
    return said


@transaction.atomic
def add_proof(number: str, kind: str, upload, *, by: Person, place: str = "") -> Proof:
    """Keep a piece of evidence: by the responsible unit or a verifier, while the case is open."""
    case = Case.objects.within(by).select_for_update().get(number=number)
    declared = case.declared
    if kind not in declared.proof:
        raise Refused(f"没有佐证“{kind[:20]}”；可交：{'、'.join(declared.proof.values())}")
    if case.is_closed:
        raise Refused(f"{case.number} {case.state_words}，不能再交佐证")
    if not queries.may_prove(case, by):
        raise PermissionDenied("只有责任单位和正在核查的人可以交佐证")
    if case.proofs.filter(withdrawn=None).count() >= MAX_PROOFS:
        raise Refused(f"一件事项最多 {MAX_PROOFS} 份佐证，请先收回不用的")
    kinds = ("image",) if kind in declared.photo else ("image", "document", "sheet")
    attachment = attachments.keep(upload, by, kinds=kinds, owner=case)
    proof = Proof.objects.create(case=case, kind=kind, attachment=attachment, by=by, at=clock.now(), place=place[:120])
    audit.record(by, "交佐证", case, None, {"kind": declared.proof[kind], "sha256": attachment.sha256, "name": attachment.name})
    return proof


@transaction.atomic
def withdraw_proof(number: str, proof_id: int, *, by: Person) -> Proof:
    """Take back one's own proof before any step relied on it; the file stays in the trail."""
    case = Case.objects.within(by).select_for_update().get(number=number)
    proof = case.proofs.get(pk=proof_id, withdrawn=None)
    if proof.by_id != by.pk:
        raise PermissionDenied("只能收回自己交的佐证")
    if proof.used:
        raise Refused("这份佐证已随步骤提交，不能收回；可以再补交一份")
    proof.withdrawn = clock.now()
    proof.save(update_fields=["withdrawn"])
    audit.record(by, "收回佐证", case, {"sha256": proof.attachment.sha256}, {"withdrawn": str(proof.withdrawn)})
    return proof


def _due(declared: Workflow, state: str, start):
    limit = declared.limit.get(state)
    return clocks.due(limit, start, queries.calendar()) if limit and state not in declared.final else None


def _unit(person: Person | None) -> str:
    return str(person.organisation) if person and person.organisation_id else ""


def _who(case: Case, step: Step) -> str:
    return {"responsible": f"责任单位“{case.responsible}”", "verifier": "责任单位以外有“核查销号”权限的人"}.get(
        step.by, "有“交办事项”权限的人"
    )
