"""What handling came to (办理成效): by kind and by unit, counted by the database."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, F, FloatField, Func, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from qingshan.bureau.base import packs
from qingshan.bureau.base.models import Organisation
from qingshan.bureau.cases.models import Case, CaseEvent
from qingshan.bureau.cases.queries.likeness import rules


@dataclass(frozen=True)
class Handled:
    """How many cases of one kind were handed over, are done, go on, are late; `rate` [%] is None where there are none."""

    title: str
    workflow: str
    total: int
    done: int
    late: int

    @property
    def going(self) -> int:
        return self.total - self.done

    @property
    def rate(self) -> float | None:
        return 100 * self.done / self.total if self.total else None


def handled_by_kind(found: QuerySet[Case], now: datetime) -> list[Handled]:
    """One line a workflow that has cases among `found`; merged ones count, each as the source it is."""
    titles = {flow.name: flow.title for flow in packs.all("cases").values()}
    rows = (
        found.order_by().select_related(None).prefetch_related(None).values("workflow")
        .annotate(
            total=Count("pk"), done=Count("pk", filter=~Q(closed_at=None)),
            late=Count("pk", filter=Q(closed_at=None, due_at__lt=now)),
        )
    )  # fmt: skip
    lines = [Handled(titles.get(r["workflow"], r["workflow"]), r["workflow"], r["total"], r["done"], r["late"]) for r in rows]
    return sorted(lines, key=lambda one: (-one.total, one.title))


@dataclass(frozen=True)
class Placed:
    """A unit in the league: cases, those closed, those never late, median days to the end, those opened again; `place` None: not ranked."""

    unit: str
    total: int
    done: int
    in_time: int
    days: float | None
    again: int
    place: int | None

    @property
    def score(self) -> float:
        """Share that is not late, the same number the rank goes by [%]."""
        return 100 * self.in_time / self.total


def league(found: QuerySet[Case], now: datetime) -> tuple[list[Placed], list[Placed], int]:
    """Units by the share of cases without a step past its limit; units with fewer than `least` cases stand apart. Ties share a place."""
    least, lines = rules().league_least, _by_unit(found, now)
    enough = [one for one in lines if one.total >= least]
    ranked = sorted(enough, key=lambda one: (-one.score, one.days if one.days is not None else math.inf, one.unit))
    placed: list[Placed] = []
    for i, one in enumerate(ranked):
        tied = placed and placed[-1].score == one.score and placed[-1].days == one.days
        placed.append(replace(one, place=placed[-1].place if tied else i + 1))
    return placed, sorted((one for one in lines if one.total < least), key=lambda one: one.unit), least


def _by_unit(found: QuerySet[Case], now: datetime) -> list[Placed]:
    """One line a unit, counted by the database; places are not given yet."""
    plain = found.order_by().select_related(None).prefetch_related(None)
    steps = CaseEvent.objects.filter(kind=CaseEvent.Kind.STEP, at__gt=F("due_at")).order_by().values("case")
    late = Q(pk__in=steps) | Q(closed_at=None, due_at__isnull=False, due_at__lt=now)
    rows = plain.values("responsible").annotate(
        total=Count("pk"), done=Count("closed_at"), late=Count("pk", filter=late), again=Count("pk", filter=Q(round__gt=1))
    )
    days = _median_days(plain)
    names = {o.pk: str(o) for o in Organisation.objects.filter(pk__in=plain.values("responsible"))}
    return [
        Placed(names[r["responsible"]], r["total"], r["done"], r["total"] - r["late"], days.get(r["responsible"]), r["again"], None)
        for r in rows
    ]  # fmt: skip


class Days(Func):
    """Days of the first moment after the second, reckoned by the database itself."""

    output_field = FloatField()
    arity = 2

    def as_sqlite(self, compiler, connection, **more):
        return self.as_sql(compiler, connection, template="(julianday(%(expressions)s))", arg_joiner=") - julianday(")

    def as_postgresql(self, compiler, connection, **more):
        return self.as_sql(compiler, connection, template="(EXTRACT(EPOCH FROM (%(expressions)s)) / 86400.0)", arg_joiner=" - ")


def _median_days(plain: QuerySet[Case]) -> dict[int, float]:
    """Unit → median days from the opening to the end: the database ranks the spans and gives the one or two in the middle."""
    span = Days("closed_at", "opened_at")
    ranked = plain.exclude(closed_at=None).annotate(
        span=span, nth=Window(RowNumber(), partition_by="responsible", order_by=[span.asc(), F("pk").asc()]),
        n=Window(Count("pk"), partition_by="responsible"),
    )  # fmt: skip
    middle = ranked.filter(nth__gte=F("n") / 2.0, nth__lte=F("n") / 2.0 + 1.0).values_list("responsible", "span")
    found: dict[int, list[float]] = defaultdict(list)
    for unit, said in middle:
        found[unit].append(said)
    return {unit: round(sum(some) / len(some), 1) for unit, some in found.items()}
