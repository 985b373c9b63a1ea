"""Leaders' visits to townships: who has whom in charge, where one has been, where not yet this year (包片走访、街镇全覆盖)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from qingshan.bureau.base import clock
from qingshan.bureau.base.models import Area, Person
from qingshan.bureau.meetings.declared import MeetingKind
from qingshan.bureau.meetings.models import Charge, Decision, Meeting
from qingshan.bureau.meetings.queries import decisions
from qingshan.bureau.meetings.queries.register import DONE, kinds


@dataclass
class Township:
    """One township's year: its leader in charge, visits done and planned, problems found and solved."""

    area: Area
    charge: Charge | None = None
    done: list[Meeting] = field(default_factory=list)
    planned: list[Meeting] = field(default_factory=list)
    counted: dict[str, int] = field(default_factory=dict)
    problems: int = 0
    solved: int = 0
    late: int = 0
    lacks: list[str] = field(default_factory=list)

    @property
    def light(self) -> str:
        return "green" if not self.lacks else "amber" if self.planned else "red"


def visit_kinds(on: date) -> list[MeetingKind]:
    return [k for k in kinds(on) if k.form == "visit"]


def coverage(person: Person, year: int) -> list[Township]:
    """Every township in scope, those not visited first."""
    on = clock.today()
    declared = visit_kinds(on)
    towns = {a.pk: Township(a) for a in Area.objects.within(person).filter(level=Area.Level.TOWN).defer("geometry").order_by("code")}
    for charge in Charge.objects.filter(until=None, area__in=towns).select_related("leader"):
        towns[charge.area_id].charge = charge
    made = Meeting.objects.within(person).filter(year=year, area__in=towns, kind__in=[k.name for k in declared])
    for meeting in made.exclude(state=Meeting.State.CANCELLED).select_related("leader").defer("text").order_by("starts_at"):
        town = towns[meeting.area_id]
        if meeting.state in DONE:
            town.done.append(meeting)
            town.counted[meeting.kind] = town.counted.get(meeting.kind, 0) + 1
        else:
            town.planned.append(meeting)
    _problems(person, towns, year)
    for town in towns.values():
        town.lacks = [f"{k.title}还差 {k.cover - n} 次" for k in declared if k.cover > (n := town.counted.get(k.name, 0))]
    order = {"red": 0, "amber": 1, "green": 2}
    return sorted(towns.values(), key=lambda t: (order[t.light], t.area.code))


def _problems(person: Person, towns: dict[int, Township], year: int) -> None:
    found = decisions.visible(person).filter(meeting__area__in=towns, meeting__year=year).exclude(state=Decision.State.LEFT)
    for row in decisions.judged(list(decisions.whole(found)), clock.now()):
        town = towns[row.decision.meeting.area_id]
        town.problems += 1
        town.solved += row.is_done
        town.late += row.is_late
