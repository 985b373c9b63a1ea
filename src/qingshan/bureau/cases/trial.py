"""A workflow tried before it is published (试走一遍): a case that is nowhere kept goes through it, on the working calendar."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from qingshan.bureau.cases.declared import Step, Workflow

MOST = 60
"""steps of one trial"""


@dataclass(frozen=True)
class Passed:
    """One step as it was taken: when, after how long, past its limit or not."""

    step: Step
    was: str
    became: str
    at: datetime
    late: bool


@dataclass
class Trial:
    """How far the trial has come."""

    flow: Workflow
    state: str
    at: datetime
    due_at: datetime | None
    term_at: datetime | None
    passed: list[Passed] = field(default_factory=list)
    refused: str = ""
    """why the last step asked for was not taken"""

    @property
    def is_over(self) -> bool:
        return self.state in self.flow.final

    @property
    def title(self) -> str:
        return self.flow.state[self.state]

    @property
    def unseen(self) -> list[Step]:
        """Steps not taken yet."""
        names = {one.step.name for one in self.passed}
        return [step for step in self.flow.step if step.name not in names]

    def steps(self, have: Collection[str]) -> list[tuple[Step, list[str]]]:
        """The steps from here, each with the titles of the proofs it still lacks."""
        return [] if self.is_over else [(step, missing(self.flow, step, have)) for step in self.flow.steps_from(self.state)]


def missing(flow: Workflow, step: Step, have: Collection[str]) -> list[str]:
    """Titles of the proofs a step needs that are not there."""
    return [flow.proof[name].title for name in flow.needs_of(step) if name not in have]


def walk(
    flow: Workflow,
    way: Iterable[tuple[str, int]],
    have: Collection[str],
    start: datetime,
    term_at: datetime | None,
    due: Callable[..., Any],
) -> Trial:
    """Go `way`, (step, days waited before it), with the proofs `have`; stops before a step that may not be taken and says why.

    `due(flow, state, at, term_at)` gives the limit of a state, ``.due_at``.
    """
    trial = Trial(flow, flow.first, start, due(flow, flow.first, start, term_at).due_at, term_at)
    for name, wait in list(way)[:MOST]:
        step = next((s for s in flow.steps_from(trial.state) if s.name == name), None)
        if step is None:
            trial.refused = f"“{trial.title}”没有这一步"
            break
        if lacking := missing(flow, step, have):
            trial.refused = f"不能{step.title}：缺{'、'.join(lacking)}"
            break
        at = trial.at + timedelta(days=max(0, min(wait, 3660)))
        late = trial.due_at is not None and at > trial.due_at
        trial.passed.append(Passed(step, trial.title, flow.state[step.to], at, late))
        trial.state, trial.at = step.to, at
        trial.due_at = due(flow, step.to, at, term_at).due_at
    return trial
