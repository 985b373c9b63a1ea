"""Where a row of the ledger comes from when it is no plan's sentence (出处): a room above says so here.

A room registers in its ``AppConfig.ready``::

    @sources.sources.add("meetings")
    def of_task(task, person) -> Source | None: …
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from qingshan.terms.registry import Registry


@dataclass(frozen=True)
class Source:
    """A sentence elsewhere: what it stands in, the page that opens at it ("" where the person may not), the words in their place."""

    title: str
    url: str
    before: str
    words: str
    after: str


sources: Registry[Callable[[Any, Any], Source | None]] = Registry("任务出处")


def of(task, person) -> Source | None:
    """The first source a room knows for the row."""
    return next((found for name in sources if (found := sources[name](task, person))), None)
