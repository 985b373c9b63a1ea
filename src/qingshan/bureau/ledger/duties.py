"""Which unit a list of duties proposes for a task, and why (按责任清单提出牵头单位): it proposes, a person decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from qingshan.bureau.base.models import Organisation
from qingshan.bureau.ledger.models import Duty, DutyList, Task

MOST = 3
IN_TOPIC = 0.5
"""a word found only in the section's heading says less than one in the task's own words"""


@dataclass(frozen=True)
class Proposal:
    """A unit proposed as lead, the line of the list it rests on, and the words of the task that led there."""

    unit: Organisation
    duty: Duty
    found: tuple[str, ...]
    score: float

    @property
    def reason(self) -> str:
        """One sentence a person can check."""
        said = "、".join(f"“{word}”" for word in self.found)
        return f"含{said}；《{self.duty.edition.title}》第 {self.duty.number} 项“{self.duty.text[:40]}”由{self.unit}负责"


def of(tasks: Iterable[Task], on: date) -> dict[int, list[Proposal]]:
    """Proposals for each task, by its id; the edition in force on the day is read once. No edition, no proposals."""
    edition = DutyList.on(on)
    if edition is None:
        return {}
    duties = list(edition.duties.filter(dropped=False).select_related("unit", "edition"))
    return {task.pk: propose(task.title, task.topic, duties) for task in tasks}


def propose(title: str, topic: str, duties: Iterable[Duty]) -> list[Proposal]:
    """The best lines of a list for a task's words, one a unit; longer words weigh more, and a tie is left to the list's order."""
    best: dict[int, Proposal] = {}
    for duty in duties:
        here = [word for word in duty.cues if word in title]
        above = [word for word in duty.cues if word not in title and word in topic]
        score = sum(len(word) for word in here) + IN_TOPIC * sum(len(word) for word in above)
        known = best.get(duty.unit_id)
        if score and (known is None or score > known.score):
            best[duty.unit_id] = Proposal(duty.unit, duty, tuple(here + above), score)
    return sorted(best.values(), key=lambda one: (-one.score, one.duty.number))[:MOST]
