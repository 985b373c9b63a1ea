"""What comes in just now (实时报文): the frames after a place in the journal, and the alarms that are going on."""

from __future__ import annotations

import json

from django.urls import reverse

from qingshan.bureau.base.models import Person
from qingshan.bureau.monitor import levels, stores
from qingshan.bureau.monitor.queries.alarms import alarms
from qingshan.bureau.sites import queries as sites
from qingshan.gateway import record
from qingshan.gateway.journal import StoredFrame
from qingshan.hj212 import codes
from qingshan.terms import items

MOST = 200
"""frames told at once; of more, the newest"""
SHOWN, ALARMS = 4, 12


def live(person: Person, after: int) -> dict:
    """{last, skipped, frames, alarms}: frames with an id above `after`, oldest first, of devices this person may see; −1: the newest."""
    reader = stores.reader()
    last = reader.last()
    start = max(last - MOST, 0) if after < 0 or after > last else max(after, last - MOST)
    names = {d.mn: d.station.name if d.station else "" for d in sites.devices(person)}
    whole = person.scope_areas() is None
    found = [f for f in reader.frames(after=start, limit=MOST) if whole or f.mn in names]
    going = alarms(person).filter(ended_at=None)
    return {
        "last": last, "skipped": start - after if 0 <= after < start else 0, "frames": [_frame(f, names) for f in found],
        "n_alarms": going.count(), "alarms": [_alarm(a) for a in going.order_by("-raised")[:ALARMS]],
    }  # fmt: skip


def _frame(frame: StoredFrame, names: dict[str, str]) -> dict:
    values = []
    for code, parts in list(json.loads(frame.items or "{}").items())[:SHOWN]:
        item = items.find_code(code)
        text = parts.get("Avg") or parts.get("Rtd")
        if text is not None:
            values.append(f"{(item.symbol if item and not item.symbol.startswith('flue_') else item.name if item else code)} {text}")
    return {
        "id": frame.id, "at": frame.received[11:19], "mn": frame.mn, "station": names.get(frame.mn, ""),
        "command": codes.COMMANDS.get(frame.cn, frame.cn), "ok": frame.verdict == "ok",
        "verdict": record.VERDICTS.get(frame.verdict, frame.verdict), "values": "，".join(values),
        "url": reverse("monitor:frame", args=[frame.id]),
    }  # fmt: skip


def _alarm(alarm) -> dict:
    said = f"{levels.item_words(alarm)} {levels.of_alarm(alarm, alarm.peak)}" if alarm.item else alarm.title
    return {
        "id": alarm.pk, "url": reverse("monitor:alarm", args=[alarm.pk]), "words": f"{alarm.station.name} {said}",
        "since": levels.span_words(alarm, alarm.opened_at), "order": alarm.case.state_words if alarm.case else "",
    }  # fmt: skip
