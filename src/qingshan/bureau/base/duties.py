"""Recurring duties of the platform (例行作业): a room below the worker puts its own here; the worker takes them over at start.

An app registers in its ``AppConfig.ready``::

    from qingshan.bureau.base import duties
    duties.register("returns.open", "按节奏开期", 900, actions.open_due)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from qingshan.terms.registry import Registry


@dataclass(frozen=True)
class Duty:
    """A function without arguments, run every so many seconds, not before hour `after`; safe to run again at any time."""

    name: str
    title: str
    every: int
    run: Callable[[], object]
    after: int = 0


duties: Registry[Duty] = Registry("例行作业")


def register(name: str, title: str, every: int, run: Callable[[], object], after: int = 0) -> None:
    """Add a duty; called in ``AppConfig.ready``."""
    duties.add(name)(Duty(name, title, every, run, after))
