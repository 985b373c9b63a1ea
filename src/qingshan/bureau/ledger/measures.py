"""Values that others measure for a row of the ledger (取数): a hook filled from the floors above.

An app above registers a function in its ``AppConfig.ready``::

    from qingshan.bureau.ledger import measures
    measures.provider.add("indicators")(measure)        # measure(task, on) -> Measure | None
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from qingshan.terms.registry import Registry

if TYPE_CHECKING:
    from qingshan.bureau.ledger.models import Task


@dataclass(frozen=True)
class Measure:
    """What a measurement says of a target or task on one day.

    `value` in `unit`; `light` and `words` judge it ("amber", "偏紧"); `gap` says the distance to the goal. `done` and `due` are the
    percentages of the pace bar (share used or reached, share expected by now); both None where no proportion makes sense. `capped` is
    true where the bar is a budget that is used up. `budget` are the sentences of what remains (余量), `last_year` the same period a
    year ago, `url` the page where the number opens, `reason` why there is no value, `on` the last day of data, `verify` what is unread,
    `notes` what a reader has to know beside the number.
    """

    value: float | None
    unit: str = ""
    light: str = "none"
    words: str = ""
    gap: str = ""
    text: str = ""
    on: date | None = None
    done: float | None = None
    due: float | None = None
    capped: bool = False
    budget: tuple[str, ...] = ()
    last_year: str = ""
    url: str = ""
    reason: str = ""
    edition: str = ""
    verify: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


provider: Registry[Callable[[Task, date], Measure | None]] = Registry("台账取数")


def of(tasks: Iterable[Task], on: date) -> dict[int, Measure]:
    """The measure of each task that has one, by its id; the first provider that answers counts."""
    sources = [provider[name] for name in provider]
    found = {}
    for task in tasks:
        for source in sources:
            measure = source(task, on)
            if measure is not None:
                found[task.pk] = measure
                break
    return found
