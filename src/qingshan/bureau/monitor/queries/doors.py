"""How the doors other than HJ 212 stand (别的入口): inbox, folders, MQTT, forwarding, from what each writes down itself."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from qingshan.bureau.base import packs
from qingshan.bureau.monitor import drops
from qingshan.bureau.monitor.drops import Drop
from qingshan.gateway.doors import forward
from qingshan.gateway.doors.delivery import BEIJING
from qingshan.gateway.doors.inbox import Bad, Inbox

SHOWN = 50
LATE = timedelta(minutes=2)


@dataclass(frozen=True)
class Kept:
    """A file a folder keeps, and whether it was in order."""

    part: str
    name: str
    shown: str
    at: datetime


@dataclass(frozen=True)
class Folder:
    """A declared folder: what waits, what was kept last."""

    drop: Drop
    path: Path
    waiting: int
    kept: list[Kept]

    @property
    def faulty(self) -> int:
        return sum(k.part == drops.FAULTY for k in self.kept)


@dataclass(frozen=True)
class Doors:
    """Everything the page shows."""

    waiting: int
    oldest: datetime | None
    is_late: bool
    bad: list[Bad]
    n_bad: int
    folders: list[Folder]
    mqtt: dict
    targets: list[dict]
    trouble: list[str] = field(default_factory=list)


def doors(at: datetime) -> Doors:
    """How they stand now."""
    data = Path(settings.DATA_FOLDER)
    inbox = Inbox(data)
    waiting, bad = inbox.waiting(), inbox.aside()
    since = inbox.oldest()
    oldest = datetime.fromtimestamp(since, BEIJING).replace(tzinfo=None) if since else None
    trouble = []
    try:
        targets = forward.standing(data)
    except forward.ForwardError as wrong:
        targets, trouble = [], [str(wrong)]
    folders = [_folder(d) for d in packs.all("drops", at=at.date()).values()]
    is_late = since is not None and time.time() - since > LATE.total_seconds()
    return Doors(len(waiting), oldest, is_late, bad[:SHOWN], len(bad), folders, _mqtt(data, at), targets, trouble)


def _folder(drop: Drop) -> Folder:
    here = drops.folder(drop)
    kept = []
    for part in (drops.DONE, drops.FAULTY):
        for path in (here / part).glob("*") if (here / part).is_dir() else ():
            if not path.name.endswith(drops.ANSWER):
                kept.append(Kept(part, path.name, path.name[25:], datetime.strptime(path.name[:15], "%Y%m%d-%H%M%S")))
    waiting = sum(1 for p in here.iterdir() if p.is_file()) if here.is_dir() else 0
    return Folder(drop, here, waiting, sorted(kept, key=lambda k: k.at, reverse=True)[:SHOWN])


def _mqtt(data: Path, at: datetime) -> dict:
    if not (data / "mqtt.toml").exists():
        return {}
    try:
        said = json.loads((data / "mqtt-status.json").read_text(encoding="utf-8"))
        silent = at - datetime.fromisoformat(said["at"]) > LATE
    except (OSError, ValueError, KeyError):
        return {"broker": "", "connected": False, "error": "MQTT 入口没有在运行"}
    return said | ({"connected": False, "error": "MQTT 入口没有在运行"} if silent else {})
