"""The facts the checks look at, and what they find (不严不实)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time

from django.db.models import F, Max, Q, QuerySet

from qingshan.bureau.base import packs
from qingshan.bureau.base.models import Attachment, Organisation, Person
from qingshan.bureau.cases.models import Case
from qingshan.bureau.ledger import queries as ledger
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.returns.declared import DoubtRule, checks
from qingshan.bureau.returns.doubts import Doubt, Facts
from qingshan.bureau.returns.models import DoubtSeen, Figure, Line, Rota, Shot
from qingshan.bureau.returns.queries import rotas, summary

WORKFLOW = "inspection_order"


def rules(on: date) -> list[DoubtRule]:
    """The rules in force, the grave first."""
    return sorted(packs.all("doubts", at=on).values(), key=lambda rule: (rule.light != "red", rule.name))


def watched(on: date) -> QuerySet[Task]:
    """Tasks under a live rota: those the machine may write orders for."""
    live = rotas.live_rotas(on)
    plans = live.exclude(plan=None).values("plan")
    chosen = Rota.tasks.through.objects.filter(rota__in=live).values("task")
    return Task.objects.live().filter(Q(plan__in=plans) | Q(pk__in=chosen), kind=Task.Kind.TASK)


def facts(tasks: QuerySet[Task], now: datetime) -> Facts:
    """Everything the checks ask, in as many questions however many tasks there are."""
    on = now.date()
    found = list(tasks.select_related("plan", "area").defer("plan__text", "plan__paragraphs").prefetch_related("leads", "coops"))
    ids = [task.pk for task in found]
    rows = ledger.judged_rows(found, on)
    blocked = set(
        Line.objects.filter(task__in=ids, how=Line.How.BLOCKED, period__frozen_at=None)
        .exclude(sent_at=None)
        .values_list("task_id", flat=True)
    )
    for row in rows:
        row.blocked = row.task.pk in blocked
    known = Facts(on, rows, {row.task.pk: summary.combine(row.signals, on) for row in rows})
    known.proofs = _grouped(
        (int(pk), (sha256, name))
        for pk, sha256, name in Attachment.objects.filter(owner_type="ledger.task", owner_id__in=[str(pk) for pk in ids])
        .values_list("owner_id", "sha256", "name")
    )  # fmt: skip
    known.frozen = _grouped(
        ((f.line.task_id, f.line.organisation_id), (f.period.name, _corrected(f)))
        for f in Figure.objects.filter(line__task__in=ids).exclude(period__frozen_at=None).select_related("line", "period")
        .prefetch_related("corrections").order_by("period__last", "period_id")
        if f.edition == f.period.edition
    )  # fmt: skip
    owing = Line.objects.filter(task__in=ids, sent_at=None, period__due_at__lt=now, task__state=Task.State.DOING).select_related("period")
    sent = Line.objects.filter(task__in=ids).exclude(sent_at=None).values("task_id", "organisation_id").annotate(last=Max("period__last"))
    heard = {(row["task_id"], row["organisation_id"]): row["last"] for row in sent.order_by()}
    known.silent = _grouped(
        ((line.task_id, line.organisation_id), (line.period.name, line.period.due_at)) for line in owing.order_by("period__last")
        if line.period.last > heard.get((line.task_id, line.organisation_id), date.min)
    )  # fmt: skip
    shots = Shot.objects.filter(sending__line__task__in=ids, sending__at=F("sending__line__sent_at")).exclude(mismatch="").order_by("pk")
    known.shots = _grouped(shots.values_list("sending__line__task_id", "mismatch"))
    units = {unit for _, unit in (*known.frozen, *known.silent)}
    known.units = Organisation.objects.in_bulk(units)
    return known


def _grouped(pairs) -> dict:
    found = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return dict(found)


def _corrected(figure: Figure):
    said = [c.value for c in figure.corrections.all() if c.value is not None]
    return said[-1] if said else figure.value


def found(known: Facts) -> list[Doubt]:
    """What the rules in force find in the facts."""
    return [doubt for rule in rules(known.on) for doubt in checks[rule.check](rule, known)]


def of(person: Person, now: datetime) -> list[Doubt]:
    """The weak points a person sees: of this year's tasks within their scope."""
    tasks = Task.objects.within(person).live().filter(year=now.year, kind=Task.Kind.TASK)
    return found(facts(tasks, now))


PACE = ("task_late", "task_overdue")
"""checks that say late, not weak; the light of time says so already"""


def standing(on: date) -> dict[int, dict[str, str]]:
    """Weak points that stand, by task: the rule's title and the words when last seen; the ledger shows them beside the lights."""
    titles = {rule.name: rule.title for rule in rules(on) if rule.check not in PACE}
    found: dict[int, dict[str, str]] = {}
    for rule, task, words in DoubtSeen.objects.filter(rule__in=titles, gone=None).values_list("rule", "task", "words"):
        found.setdefault(task, {})[titles[rule]] = words
    return found


def origin(rule: str, task_id: int) -> str:
    """What an order is about; the cases engine keeps one open case for it."""
    return f"doubt:{rule}:{task_id}"


def open_orders(person: Person | None = None) -> dict[str, Case]:
    """Open inspection orders by what they are about."""
    cases = Case.objects.filter(workflow=WORKFLOW, closed_at=None)
    if person is not None:
        cases = cases.filter(pk__in=Case.objects.within(person).values("pk"))
    return {case.origin: case for case in cases}


def between(first: date, last: date) -> tuple[datetime, datetime]:
    """The moments of a span of days, both ends included."""
    return datetime.combine(first, time.min), datetime.combine(last, time.max)
