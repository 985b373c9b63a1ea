"""What filling in costs the units (减负): forms, fields, fields asked twice, what was filled in for them, how long it took."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median

from qingshan.bureau.base.frame import Period as Month
from qingshan.bureau.base.models import Organisation, Person
from qingshan.bureau.returns.models import Line, Sending
from qingshan.bureau.returns.queries import due
from qingshan.bureau.returns.queries.weak import between

BLANK = re.compile(r"[\s“”\"《》、，。,.（）()]|\d")


@dataclass
class Double:
    """One number asked for in several places of one unit."""

    unit: Organisation
    title: str
    places: list[str]
    merged: bool

    @property
    def words(self) -> str:
        return f"同一数在 {len(self.places)} 处要填" + ("，已合并：填一次，处处都有" if self.merged else "，建议合并")


@dataclass
class Load:
    """The burden of one unit in a month."""

    unit: Organisation
    forms: set[int] = field(default_factory=set)
    fields: int = 0
    double: int = 0
    sent: int = 0
    offered: int = 0
    kept: int = 0
    figures: int = 0
    hours: list[float] = field(default_factory=list)
    seconds: list[int] = field(default_factory=list)

    @property
    def n_forms(self) -> int:
        return len(self.forms)

    @property
    def offered_share(self) -> int | None:
        """Percent of the figures sent that were filled in beforehand."""
        return round(100 * self.offered / self.figures) if self.figures else None

    @property
    def kept_share(self) -> int | None:
        """Percent of the figures filled in beforehand that were sent unchanged."""
        return round(100 * self.kept / self.offered) if self.offered else None

    @property
    def open_to_send(self) -> str:
        """The middle span from opening to sending, in words."""
        if not self.hours:
            return "—"
        hours = median(self.hours)
        return f"{hours / 24:.1f} 天" if hours >= 48 else f"{hours:.1f} 小时"

    @property
    def minutes(self) -> str:
        """The middle time a form stood open until it was sent."""
        return f"{median(self.seconds) / 60:.1f} 分钟" if self.seconds else "—"


@dataclass
class Burden:
    loads: list[Load]
    doubles: list[Double]


def of(person: Person, month: Month) -> Burden:
    """The burden of every unit the person sees, by lines due in the span."""
    start, end = between(month.start, month.end)
    lines = list(
        Line.objects.within(person).filter(period__due_at__range=(start, end))
        .select_related("period__rota", "task", "organisation").order_by("organisation__kind", "organisation__name", "task__number")
    )  # fmt: skip
    loads: dict[int, Load] = {}
    for line in lines:
        load = loads.setdefault(line.organisation_id, Load(line.organisation))
        load.forms.add(line.period_id)
        load.fields += 2 if due.wants_value(line.task) else 1
    first: dict[int, Sending] = {}
    for sending in Sending.objects.filter(line__in=[line.pk for line in lines]).order_by("at", "pk"):
        first.setdefault(sending.line_id, sending)
    for line in lines:
        if line.pk in first:
            _count(loads[line.organisation_id], line, first[line.pk])
    doubles = _doubles(lines)
    for one in doubles:
        loads[one.unit.pk].double += len(one.places) - 1
    return Burden(list(loads.values()), doubles)


def _count(load: Load, line: Line, sending: Sending) -> None:
    load.sent += 1
    if sending.copied_from_id:
        load.figures += sending.value is not None
        load.offered += sending.value is not None
        load.kept += sending.value is not None
        return
    if sending.value is not None:
        load.figures += 1
        if sending.offered is not None:
            load.offered += 1
            load.kept += sending.offered == sending.value
    load.hours.append(max(0.0, (sending.at - line.period.opened_at).total_seconds() / 3600))
    if sending.seconds is not None:
        load.seconds.append(sending.seconds)


def _doubles(lines: list[Line]) -> list[Double]:
    """Numbers a unit is asked for more than once as of one day: a task in several rotas, or one indicator in several tasks."""
    groups: dict[tuple, list[Line]] = defaultdict(list)
    for line in lines:
        if due.wants_value(line.task):
            what = line.task.indicator or f"{BLANK.sub('', line.task.title)}·{line.task.unit}"
            groups[line.organisation_id, what, line.period.last].append(line)
    found = []
    for same in groups.values():
        if len(same) > 1:
            merged = len({line.task_id for line in same}) == 1
            places = [f"{line.period.rota.title}{line.period.title}" + ("" if merged else f"“{line.task.title[:24]}”") for line in same]
            found.append(Double(same[0].organisation, same[0].task.title, places, merged))
    return sorted(found, key=lambda d: (-len(d.places), d.unit.name))
