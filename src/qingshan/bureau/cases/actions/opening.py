"""Cases are opened: one by one, by a rule, or from the rows of a sheet (交办)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import IntegrityError, transaction

from qingshan.bureau.base import audit, clock, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area, Organisation, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.cases import queries
from qingshan.bureau.cases.actions import marks
from qingshan.bureau.cases.declared import Workflow
from qingshan.bureau.cases.models import Case, CaseEvent

PERMISSION, SENTENCE = "cases.dispatch_case", "交办需要“交办事项”权限"


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
    content: str = "",
    outside: str = "",
    facts: Mapping[str, object] | None = None,
    term_at: datetime | None = None,
    basis: str = "",
) -> Case:
    """Open a case and hand it to the responsible organisation (交办).

    With an `origin` ("alarm:12") the same open case is returned when asked again, so a repeat opens nothing.
    `by` None is the platform itself, by a declared rule named in `basis`. `facts` are what the workflow asks at the opening;
    `term_at` is the day set for this case, where the declared term does not hold.
    """
    if by is not None:
        need(by, PERMISSION, SENTENCE)
    if origin:
        there = Case.objects.filter(origin=origin, closed_at=None).first()
        if there:
            return there
    now = clock.now()
    try:
        declared: Workflow = packs.get("cases", workflow, at=now.date())
    except LookupError as no:
        raise Refused(str(no), field="workflow") from None
    title = title.strip()
    if not title:
        raise Refused("请填写事项名称", field="title")
    if term_at and term_at <= now:
        raise Refused(f"办结期限 {term_at:%Y-%m-%d} 已过，请改期限", field="term_at")
    term_at = term_at or queries.term(declared, now)
    due = queries.due(declared, declared.first, now, term_at)
    case = _numbered(
        declared, workflow=workflow, edition=declared.edition, title=title[:120], state=declared.first, area=area,
        responsible=responsible, station=station, origin=origin, place=place.strip()[:120], lon=lon, lat=lat,
        summary=summary.strip()[:300], content=content.strip()[:20_000], outside=outside.strip()[:60],
        facts=read_facts(declared, facts or {}), opened_at=now, entered_at=now, term_at=term_at, due_at=due.due_at,
        warn_at=due.warn_at, guessed=due.guessed,
    )  # fmt: skip
    if not case.events.exists():
        marks.log(case, CaseEvent.Kind.OPEN, "交办", by=by, at=now, was="", note=basis)
        shown = audit.snapshot(case, "number", "title", "state", "responsible", "origin", "outside", "due_at", "term_at")
        audit.record(by, "交办事项", case, None, shown, basis)
    return case


def read_facts(declared: Workflow, given: Mapping[str, object]) -> dict[str, str]:
    """What the workflow asks at the opening, each checked; others are left out."""
    said = {}
    for ask in declared.field:
        try:
            said[ask.name] = ask.read(given.get(ask.name))
        except ValueError as no:
            raise Refused(str(no), field=ask.name) from None
    return {name: value for name, value in said.items() if value}


def _numbered(declared: Workflow, **fields) -> Case:
    """The case under the next free number of its year: BJ-2026-0017."""
    year = fields["opened_at"].year
    stem = f"{declared.prefix}-{year}-"
    for _ in range(20):
        numbers = Case.objects.filter(number__startswith=stem).order_by("-opened_at", "-id").values_list("number", flat=True)[:50]
        last = max((int(number.rsplit("-", 1)[1]) for number in numbers), default=0)
        try:
            with transaction.atomic():
                return Case.objects.create(number=f"{stem}{last + 1:04d}", **fields)
        except IntegrityError:
            if Case.objects.filter(origin=fields["origin"], closed_at=None).exclude(origin="").exists():
                return Case.objects.get(origin=fields["origin"], closed_at=None)
    raise Refused("编号正忙，请再试一次", status=503)


@transaction.atomic
def open_rows(workflow: str, rows: Iterable, *, by: Person, basis: str = "", upload: str = "") -> tuple[list[Case], int]:
    """Open a case for each checked row of a sheet (导入); a row whose outside number is there already opens nothing.

    `upload` names this upload of it: a row confirmed once opens nothing when it is confirmed again.
    """
    need(by, PERMISSION, SENTENCE)
    opened, same = [], 0
    for row in rows:
        if row.outside and Case.objects.filter(workflow=workflow, outside=row.outside).exists():
            same += 1
            continue
        origin = f"sheet:{upload}:{row.number}" if upload else ""
        if origin and Case.objects.filter(origin=origin).exists():
            same += 1
            continue
        opened.append(
            open_case(
                workflow, title=row.title, area=row.area, responsible=row.responsible, by=by, place=row.place, lon=row.lon, lat=row.lat,
                summary=row.summary, content=row.content, outside=row.outside, facts=row.facts, term_at=row.term_at, basis=basis,
                origin=origin,
            )
        )  # fmt: skip
    return opened, same
