"""The bureau's clock (局内时钟): naive Beijing time; ``QINGSHAN_NOW`` stops it for tests and the demonstration."""

from __future__ import annotations

import os
from datetime import date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """This moment in the area's clock time, without zone."""
    fixed = os.environ.get("QINGSHAN_NOW")
    if fixed:
        return datetime.fromisoformat(fixed)
    return datetime.now(ZONE).replace(tzinfo=None)


def today() -> date:
    """The current day of the area's clock."""
    return now().date()
