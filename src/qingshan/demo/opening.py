"""Opens the whole demonstration: places and people, the year's air, the plan, what has been done with it so far."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path

from django.db import transaction

from qingshan.bureau.base import clock
from qingshan.demo import cases, district, history, pack, registers, samples, story
from qingshan.lake import Lake

LIVE_HOURS = 6


def open_all(data: Path) -> dict:
    """Returns what the supervisor prints and the devices remember; an opening that fails leaves the database empty."""
    now = clock.now()
    opened = now.replace(minute=0, second=0, microsecond=0)
    until = opened - timedelta(hours=LIVE_HOURS)
    password = f"Qingchuan-{secrets.randbelow(900000) + 100000}"
    lake = Lake(data / "lake")
    history.fill(lake, until, opened)
    with transaction.atomic():
        district.open_district(password)
        registers.fill(opened.date())
        samples.fill(opened)
        story.tell(lake, opened)
        cases.tell(opened)
    told = pack.district()
    return {
        "district": told["name"],
        "notice": told["notice"],
        "password": password,
        "people": [{"login": p["login"], "name": p["name"], "post": p["post"]} for p in told["person"] if not p.get("quiet")],
        "opened": opened.isoformat(),
        "history_until": until.isoformat(),
    }
