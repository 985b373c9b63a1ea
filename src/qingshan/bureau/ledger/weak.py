"""Weak points of rows that others have found (不严不实): a hook filled from the floors above.

An app above registers a function in its ``AppConfig.ready``::

    from qingshan.bureau.ledger import weak
    weak.provider.add("returns")(standing)        # standing(on) -> {task: {title: words}}
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from qingshan.terms.registry import Registry

provider: Registry[Callable[[date], dict[int, dict[str, str]]]] = Registry("不严不实")


def standing(on: date) -> dict[int, dict[str, str]]:
    """What stands against each task on a day: by task, the title of the weak point and its words."""
    found: dict[int, dict[str, str]] = {}
    for name in provider:
        for task, points in provider[name](on).items():
            found.setdefault(task, {}).update(points)
    return found
