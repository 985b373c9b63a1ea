"""Tasks of two plans that seem to be one (任务对应的提议): by the words they share, figures and units included; a person decides."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from qingshan.bureau.ledger.models import Task

LEAST = 0.45
"""shared pairs of characters below which two titles are not proposed as one task"""
EMPTY = re.compile(r"[\s、，。；：“”（）()《》\d.%％]|深化|推进|开展|完成|加强|持续|全面|进一步|建设|工作")


@dataclass(frozen=True)
class Pair:
    """A task and the one it seems to come from, with how much of their words they share."""

    task: Task
    origin: Task
    share: float

    @property
    def reason(self) -> str:
        same = (
            [f"数值都是 {self.task.goal}{self.task.unit}"] if self.task.value is not None and _figures_agree(self.task, self.origin) else []
        )
        return "；".join([f"名称相近 {self.share:.0%}", *same])


def propose(tasks: Iterable[Task], origins: Iterable[Task]) -> list[Pair]:
    """For each task the most similar origin, where any is similar enough; one origin may stand for several tasks."""
    known = [(origin, _pairs(origin.title)) for origin in origins]
    found = []
    for task in tasks:
        words = _pairs(task.title)
        scored = [(share(words, other) + (0.05 if _figures_agree(task, origin) else 0), origin.pk, origin) for origin, other in known]
        best = max(scored, default=None, key=lambda one: (one[0], -one[1]))
        if best is not None and best[0] >= LEAST:
            found.append(Pair(task, best[2], min(1.0, round(best[0], 2))))
    return found


def share(a: set[str], b: set[str]) -> float:
    """Dice's coefficient of two sets of pairs of characters, 0 to 1."""
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


def _pairs(title: str) -> set[str]:
    plain = EMPTY.sub("", title)
    return {plain[i : i + 2] for i in range(len(plain) - 1)}


def _figures_agree(a: Task, b: Task) -> bool:
    return a.value is not None and a.value == b.value and a.unit == b.unit
