"""Ways to narrow the ledger's list and to look at it: by tag, group and battle; as board and as calendar (台账的看法)."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from qingshan.bureau.base import packs
from qingshan.bureau.base.typed import number
from qingshan.bureau.ledger.models import SavedFilter, Task, TaskTag, WorkGroup

if TYPE_CHECKING:
    from qingshan.bureau.base.models import Person
    from qingshan.bureau.ledger.models.task import TaskQuerySet
    from qingshan.bureau.ledger.queries import Row

COLUMNS = {"doing": "进行中", "reported": "已报完成", "closed": "已销号"}
MOST_CARDS = 60


def marked(found: TaskQuerySet, tag: str, team: str, battle: str, on: date) -> TaskQuerySet:
    """The tasks with a tag, of a group, or of a battle; a name nobody declares finds nothing."""
    if tag == "none":
        found = found.filter(tags=None)
    for one in tag.split("+") if tag and tag != "none" else ():
        found = found.filter(pk__in=TaskTag.objects.filter(tag=one).values("task"))
    if team == "none":
        found = found.filter(groups=None)
    elif (group := number(team)) is not None:
        found = found.filter(pk__in=Task.groups.through.objects.filter(workgroup=group).values("task"))
    if battle:
        declared = packs.all("battles", on).get(battle)
        found = found.filter(_picked(declared.pick)) if declared else found.none()  # type: ignore[attr-defined]
    return found


def _picked(pick) -> Q:
    chosen = Q(indicator__in=pick.indicators)
    for word in pick.topics:
        chosen |= Q(topic__contains=word)
    if pick.tags:
        chosen |= Q(pk__in=TaskTag.objects.filter(tag__in=pick.tags).values("task"))
    return chosen & Q(parent=None)


@dataclass
class Lane:
    """One column of the board: a state or a light, its rows, and how many more there are than are shown."""

    key: str
    title: str
    rows: list[Row] = field(default_factory=list)
    more: int = 0

    @property
    def n(self) -> int:
        return len(self.rows) + self.more


def board(rows: Iterable[Row], by: str) -> list[Lane]:
    """Rows in lanes by state (moves are actions) or by light (judged, not moved)."""
    from_light = {"red": "滞后", "amber": "偏紧", "none": "未开始", "green": "按序时", "blue": "已销号"}
    lanes = {key: Lane(key, title) for key, title in (from_light if by == "light" else COLUMNS).items()}
    for row in rows:
        lane = lanes.get(row.light.colour if by == "light" else row.task.state)
        if lane is None:
            continue
        if len(lane.rows) < MOST_CARDS:
            lane.rows.append(row)
        else:
            lane.more += 1
    return list(lanes.values())


@dataclass
class Day:
    """One day of the calendar with the rows that end on it."""

    on: date
    is_month: bool
    is_today: bool
    rows: list[Row] = field(default_factory=list)

    @property
    def is_rest(self) -> bool:
        return self.on.weekday() >= 5


@dataclass
class Month:
    """One month of deadlines: its weeks, and the months beside it."""

    first: date
    weeks: list[list[Day]]
    n: int

    @property
    def title(self) -> str:
        return f"{self.first.year}年{self.first.month}月"

    @property
    def before(self) -> str:
        return f"{self.first - timedelta(days=1):%Y-%m}"

    @property
    def after(self) -> str:
        return f"{self.first + timedelta(days=32):%Y-%m}"


def month_of(key: str, year: int, on: date) -> date:
    """The first day of the month an address names (2026-11); else of this month, or of the year's last where the year is over."""
    try:
        found = date.fromisoformat(f"{key}-01")
    except ValueError:
        found = on.replace(day=1) if on.year == year else date(year, 12 if year < on.year else 1, 1)
    return found if 2000 <= found.year <= 2100 else on.replace(day=1)


def calendar(rows: Iterable[Row], first: date, on: date) -> Month:
    """The month's weeks, Monday to Sunday, each day with the rows that end on it, the late first."""
    days = {day: Day(day, day.month == first.month, day == on) for day in Calendar().itermonthdates(first.year, first.month)}
    n = 0
    for row in rows:
        day = days.get(row.task.deadline)
        if day is not None:
            day.rows.append(row)
            n += day.is_month
    for day in days.values():
        day.rows.sort(key=lambda row: (not row.light.late, row.task.number))
    listed = list(days.values())
    return Month(first, [listed[i : i + 7] for i in range(0, len(listed), 7)], n)


def filters_of(person: Person) -> list[SavedFilter]:
    """A person's own saved filters, then those that colleagues of the unit share."""
    mine = Q(person=person)
    if person.organisation_id:
        mine |= Q(organisation=person.organisation_id)
    found = list(SavedFilter.objects.filter(mine).select_related("person"))
    return sorted(found, key=lambda one: (one.person_id != person.pk, one.title))


def years(person: Person) -> list[int]:
    """The years that have rows this person sees."""
    return sorted(Task.objects.within(person).live().order_by().values_list("year", flat=True).distinct())


def groups(on: date) -> list[WorkGroup]:
    """Groups and teams that exist on a day."""
    return list(WorkGroup.objects.standing(on))
