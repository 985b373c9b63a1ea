"""The bureau's clock and its people as they were (当时、当事人), for telling what has been done so far."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from qingshan.bureau.base import audit
from qingshan.bureau.base.models import Person


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """The bureau's clock stands at `moment` inside."""
    before = os.environ.get("QINGSHAN_NOW")
    os.environ["QINGSHAN_NOW"] = moment.isoformat()
    try:
        yield
    finally:
        if before is None:
            del os.environ["QINGSHAN_NOW"]
        else:
            os.environ["QINGSHAN_NOW"] = before


@contextmanager
def person(login: str, moment: datetime) -> Iterator[Person]:
    """Inside, `login` acts at `moment`; the trail says it is the demonstration's doing."""
    who = Person.objects.get(username=login)
    with at(moment), audit.source(who, "演示"):
        yield who
