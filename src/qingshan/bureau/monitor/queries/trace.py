"""Where a number comes from: hour → versions → frames → seal (溯源)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from qingshan.bureau.base.models import Person
from qingshan.bureau.monitor import doors, levels, readings, stores
from qingshan.bureau.monitor.models import Held
from qingshan.bureau.sites import queries as sites
from qingshan.bureau.sites.models import Device, Station
from qingshan.gateway import record
from qingshan.gateway.journal import StoredFrame
from qingshan.hj212 import codes
from qingshan.terms import items


@dataclass(frozen=True)
class Version:
    """One thing that was said about an hour's item: by which frame, import or correction."""

    received: datetime
    value: str
    flag: str
    words: str
    frame: int | None
    mark: int | None
    is_present: bool

    @property
    def status(self) -> str:
        """Why the value counts or does not, in words."""
        if not self.flag:
            return "有效，参与评价"
        who = f"第 {self.mark} 号数据标记" if self.mark else "人工剔除" if self.flag == "X" else "设备标记"
        return f"{who} {self.flag}（{FLAGS.get(self.flag, '不认识的标记')}），不参与评价"


FLAGS = {**readings.FLAGS, "X": "审核无效"}


@dataclass(frozen=True)
class Trace:
    """An hour's item with everything ever said about it, newest first."""

    station: Station
    time: datetime
    item: str
    value: str
    unit: str
    versions: list[Version]


def hour_trace(station: Station, time: datetime, item: str) -> Trace:
    """All versions of one item of one hour, the newest on top; the newest that speaks of it is the present one."""
    said = []
    for row in stores.lake().versions(station.code, time):
        flags = dict(part.split(":", 1) for part in (row.get("flags") or "").split(";") if ":" in part)
        if row.get(item) is None and item not in flags:
            continue
        said.append((row, flags.get(item, "")))
    versions = []
    for i, (row, flag) in enumerate(reversed(said)):
        origin = row.get("origin") or ""
        flag = "" if readings.is_valid(flag) else flag
        value = levels.shown(item, row.get(item))
        versions.append(Version(row["received"], value, flag, _origin_words(origin), _frame_of(origin), _mark_of(origin), i == 0))
    present = versions[0] if versions else None
    value = "缺测" if present is None else present.value if not present.flag else f"无效（{FLAGS.get(present.flag, present.flag)}）"
    return Trace(station, time, item, value, items.get(item).unit, versions)


def _frame_of(origin: str) -> int | None:
    head, _, rest = origin.partition(":")
    if head not in ("frame", "frames", "door"):
        return None
    number = rest.split("-")[0]
    return int(number) if number.isdecimal() else None


def _mark_of(origin: str) -> int | None:
    head, _, rest = origin.partition(":")
    return int(rest) if head == "mark" and rest.isdecimal() else None


def _origin_words(origin: str) -> str:
    head, _, rest = origin.partition(":")
    if head == "frame":
        return f"HJ 212 小时报文，第 {rest} 帧"
    if head == "frames":
        return f"由分钟值合成（不少于 45 分钟），第 {rest.replace('-', '—')} 帧"
    words = {
        "door": f"由其他入口送来，流水第 {rest} 帧",
        "mark": f"数据标记第 {rest} 号", "unmark": f"撤销数据标记第 {rest} 号", "import": f"导入记录 {rest}",
        "basis": f"更正，依据：{rest}",
    }  # fmt: skip
    return words.get(head, origin or "来源未记")


def chain_of(trace: Trace) -> list[tuple[str, str, str]]:
    """The source chain as (title, note, address)."""
    from django.urls import reverse

    steps = [(f"小时均值 {trace.value}", f"{levels.hour_words(trace.time)}，{trace.unit}，时标为时段终点", "")]
    for version in trace.versions[:3]:
        note = f"{version.received:%m-%d %H:%M:%S} 收到，{version.status}"
        steps.append((version.words, note, reverse("monitor:frame", args=[version.frame]) if version.frame else ""))
    return steps


@dataclass(frozen=True)
class FrameView:
    """A raw frame as people read it."""

    frame: StoredFrame
    text: str
    verdict: str
    notes: list[str]
    command: str
    device: Device | None
    values: list[tuple[str, str, str, str, str]]  # code, item, suffix, text, flag words
    previous: str
    seal: str


def frame_for(person: Person, number: int) -> FrameView:
    """One frame, if its device's station is within the person's scope; raises LookupError otherwise."""
    frame = stores.reader().frame(number)
    device = doors.profile_for(person, frame) or sites.devices(person).filter(mn=frame.mn).first()
    if device is None and person.scope_areas() is not None:
        raise LookupError(f"流水中没有报文 {number}")
    values = []
    for code, parts in json.loads(frame.items or "{}").items():
        item = items.find_code(code)
        flag = parts.get("Flag", "")
        for suffix, text in parts.items():
            if suffix != "Flag":
                values.append((code, item.symbol if item else "未知因子", suffix, text, f"{flag} {readings.FLAGS.get(flag, '')}".strip()))
    before = stores.reader().frames(after=number - 2, limit=1)
    previous = before[0].chain.hex() if before and before[0].id == number - 1 else ""
    return FrameView(
        frame=frame,
        text=frame.raw.decode("utf-8" if doors.came_by_door(frame) else "ascii", "backslashreplace").strip(),
        verdict=record.VERDICTS.get(frame.verdict, frame.verdict),
        notes=[record.NOTES.get(n, n) for n in frame.notes.split(",") if n],
        command=codes.COMMANDS.get(frame.cn, frame.cn),
        device=device,
        values=values,
        previous=previous,
        seal=frame.chain.hex(),
    )


@dataclass(frozen=True)
class LinkRow:
    """A device as the links page lists it."""

    mn: str
    device: Device | None
    link: object | None
    received: datetime | None
    light: str
    words: str
    notes: list[str]
    held: int

    @property
    def drift(self) -> str:
        return "时钟偏差超过 10 分钟" if self.link and "clock" in self.link.notes else ""


def links(person: Person, at: datetime) -> list[LinkRow]:
    """Every device that reported or is registered: those waiting for admission first, then the silent."""
    seen = {link.mn: link for link in stores.reader().links()}
    known = {d.mn: d for d in sites.devices(person)}
    whole = person.scope_areas() is None
    held: dict[str, int] = {}
    for mn, count in Held.objects.values_list("mn", "count"):
        held[mn] = held.get(mn, 0) + count
    rows = []
    for mn in sorted({*known, *(seen if whole else ())}):
        link, device = seen.get(mn), known.get(mn)
        received = datetime.fromisoformat(link.received) if link else None
        light, words, rank = _standing(device, received, at)
        notes = [record.NOTES.get(n, n) for n in link.notes.split(",") if n] if link else []
        rows.append((rank, LinkRow(mn, device, link, received, light, words, notes, held.get(mn, 0))))
    return [row for _, row in sorted(rows, key=lambda r: (r[0], r[1].mn))]


def _standing(device: Device | None, received: datetime | None, at: datetime) -> tuple[str, str, int]:
    if device is None or not device.admitted:
        return "amber", "待准入", 0
    if received is None:
        return "none", "未上报", 2
    minutes = int((at - received).total_seconds() // 60)
    if minutes > 120:
        return "red", f"中断 {minutes // 60} 小时" if minutes < 2880 else f"中断 {minutes // 1440} 天", 1
    return "green", "在线", 3
