"""Many cases at once (批量办理): each is its own action; what could not be done is said, case by case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.cases.actions.proofs import add_proof
from qingshan.bureau.cases.actions.steps import take_step
from qingshan.bureau.cases.models import Case

MOST = 200
"""cases at once"""


@dataclass
class Outcome:
    """How many were done, and a sentence for each that was not."""

    done: int = 0
    refused: list[str] = field(default_factory=list)


def _each(numbers: Iterable[str], act: Callable[[str], object]) -> Outcome:
    numbers = list(dict.fromkeys(numbers))
    if not numbers:
        raise Refused("请先勾选要办的事项")
    if len(numbers) > MOST:
        raise Refused(f"一次最多办 {MOST} 件，选了 {len(numbers)} 件")
    outcome = Outcome()
    for number in numbers:
        try:
            act(number)
            outcome.done += 1
        except (Refused, PermissionDenied, LookupError) as no:
            outcome.refused.append(f"{number}：{no}")
        except Case.DoesNotExist:
            outcome.refused.append(f"{number}：没有这件事项")
    return outcome


def step_many(
    numbers: Iterable[str], name: str, *, by: Person, note: str = "", answers: dict[str, str] | None = None
) -> Outcome:
    """Take the same step in each."""
    return _each(numbers, lambda number: take_step(number, name, by=by, note=note, answers=answers))


def prove_many(
    numbers: Iterable[str], kind: str, upload=None, *, by: Person, details: Mapping[str, str] | None = None
) -> Outcome:
    """Give the same proof to each: one publication or one document for a whole list."""
    return _each(numbers, lambda number: add_proof(number, kind, upload, by=by, details=details))
