"""The ledger as a bulletin prints it (台账入文): counts, lists of rows, units and cases on one day, of the district or of one township."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import Q

from qingshan.bureau.base.models import Area, Organisation
from qingshan.bureau.bulletins.declared import Pick
from qingshan.bureau.cases.models import Case
from qingshan.bureau.ledger import queries
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.ledger.queries import LIGHTS, Row

NOT_COUNTED = "—"


@dataclass(frozen=True)
class Standing:
    """How the rows of one lead unit stand (一个单位的任务)."""

    unit: str
    rows: tuple[Row, ...]

    def text(self, column: str) -> str:
        if column == "rate":
            return share(self.count("closed"), len(self.rows))
        return str(len(self.rows) if column == "all" else self.count(column))

    def count(self, column: str) -> int:
        if column == "closed":
            return sum(row.light.colour == "blue" for row in self.rows)
        return sum(row.light.colour == column if column in LIGHTS else holds(row, column) for row in self.rows)


class Ledger:
    """Rows and cases as they stand on a day; of a township only what it leads, helps with or what concerns it."""

    def __init__(self, on: date, area: Area | None = None):
        self.on, self.area = on, area

    @cached_property
    def rows(self) -> list[Row]:
        found = Task.objects.live().filter(year=self.on.year).order_by("number", "pk")
        if not self.area:
            found = found.whole()
        else:
            mine = Organisation.objects.filter(area=self.area).values("pk")
            found = found.filter(pk__in=Task.objects.filter(Q(leads__in=mine) | Q(coops__in=mine) | Q(area=self.area)).values("pk"))
        return queries.judged_rows(list(found.select_related("area").prefetch_related("leads", "coops")), self.on)

    def picked(self, pick: Pick) -> list[Row]:
        return [
            row for row in self.rows
            if (not pick.kind or row.task.kind == pick.kind) and (not pick.lights or row.light.colour in pick.lights)
            and (not pick.only or holds(row, pick.only))
        ]  # fmt: skip

    def figure(self, pick: Pick, as_share: bool) -> str:
        found = len(self.picked(pick))
        return share(found, len(self.picked(Pick(kind=pick.kind)))) if as_share else str(found)

    def standings(self, pick: Pick) -> list[Standing]:
        """By lead unit, who has most behind first; rows that nobody leads stand last."""
        units: dict[str, list[Row]] = {}
        for row in self.picked(pick):
            for name in [str(unit) for unit in row.task.leads.all()] or [""]:
                units.setdefault(name, []).append(row)
        found = [Standing(name or "未定牵头单位", tuple(rows)) for name, rows in units.items()]
        return sorted(found, key=lambda s: (s.unit == "未定牵头单位", -s.count("red"), -s.count("amber"), s.unit))

    @cached_property
    def cases(self) -> list[Case]:
        found = Case.objects.filter(closed_at=None).select_related("responsible", "area").order_by("due_at", "pk")
        return list(found.filter(area__in=Area.objects.all().below([self.area.pk])) if self.area else found)


def holds(row: Row, only: str) -> bool:
    if only == "clash":
        return bool(row.light.clash)
    if only == "silent":
        return queries.is_return_due(row.task, row.on)
    days = row.task.days_left(row.on)
    return row.task.is_going and (days < 0 if only == "overdue" else 0 <= days <= 30)


def picked_words(pick: Pick) -> str:
    """What is picked, in words: “滞后任务”."""
    only = {"clash": "数未达", "silent": "应反馈未反馈", "soon": "30 天内到期", "overdue": "逾期"}.get(pick.only, "")
    return "、".join(LIGHTS[light] for light in pick.lights) + only + {"task": "任务", "target": "目标", "": "任务和目标"}[pick.kind]


def picked_query(pick: Pick) -> dict[str, str]:
    """The ledger's own filters for it, as far as its page has them."""
    tab = {"silent": {"tab": "due_return"}, "overdue": {"due": "past"}}.get(pick.only, {"tab": pick.only} if pick.only else {})
    return {**({"kind": pick.kind} if pick.kind else {}), **({"light": pick.lights[0]} if len(pick.lights) == 1 else {}), **tab}


def share(part: int, whole: int) -> str:
    """Percentage with one decimal; a dash of nothing."""
    return f"{100 * part / whole:.1f}" if whole else NOT_COUNTED


def task_text(row: Row, column: str) -> str:
    """A cell of a list of rows."""
    task, light = row.task, row.light
    return {
        "title": task.title, "unit": row.leads or "未定牵头单位", "goal": f"{task.goal}{task.unit}" or NOT_COUNTED,
        "value": (f"{light.value}{task.unit}" if light.value else "") or _share_done(row) or NOT_COUNTED,
        "light": LIGHTS.get(light.colour, ""), "source": light.source or NOT_COUNTED,
        "deadline": f"{task.deadline.month}月{task.deadline.day}日", "left": row.left, "why": _why(row),
    }[column]  # fmt: skip


def _share_done(row: Row) -> str:
    return f"{row.light.done:g}%" if row.light.done is not None else ""


def _why(row: Row) -> str:
    light = row.light
    said = [light.clash or light.words, light.why if light.why != light.clash else ""]
    return "，".join(dict.fromkeys(filter(None, said)))


def case_text(case: Case, column: str, on: date) -> str:
    """A cell of a list of cases; the limit says where it is past."""
    due = case.due_at.date() if case.due_at else None
    late = "（逾期）" if due and due < on else ""
    return {
        "number": case.number, "sort": case.noun, "title": case.title, "unit": str(case.responsible), "state": case.state_words,
        "due": f"{due.month}月{due.day}日{late}" if due else "无期限", "place": case.place or str(case.area),
    }[column]  # fmt: skip
