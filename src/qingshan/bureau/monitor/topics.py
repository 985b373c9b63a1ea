"""What a bureau declares about MQTT topics (MQTT 主题): where station, time and values stand in the messages of one kind of sender."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from qingshan.bureau.base.packs import Declaration, kinds
from qingshan.bureau.monitor.pushed import LABELS, read_row
from qingshan.gateway.doors.delivery import Line
from qingshan.terms import items

MOST = 1000  # rows in one message


class Unreadable(ValueError):
    """A message that is not what its topic's declaration says; the sentence says what is wrong."""


@kinds.add("topics")
class Topic(Declaration):
    """Messages on the topics of a filter (MQTT 主题). Without `items` a message is one row, or rows, as the HTTP door takes them."""

    words: ClassVar[str] = "MQTT 主题"

    topic: str = Field(min_length=1, max_length=200)
    """filter to subscribe to, with + and #"""
    level: int = Field(0, ge=0, le=20)
    """level of the topic that names the station, the first is 1; 0 where the message names it"""
    station: str = "station"
    """where the message names the station, keys joined by a point"""
    stations: dict[str, str] = Field(default_factory=dict)
    """name in topic or message → code of the station; only these where there are any"""
    kind: Literal["hour", "minute", "now"] = "now"
    """what a value stands for"""
    label: Literal["", "start", "end"] = ""
    """which end of the period the time names; needed for hour and minute"""
    time: str = "time"
    """where the time stands"""
    clock: Literal["iso", "seconds", "milliseconds"] = "iso"
    """how the time is written: ISO 8601, or since 1970 UTC"""
    zone: str = Field("", pattern=r"^([+-](0\d|1[0-4]):[0-5]\d)?$")
    """offset of times that carry none; where empty they must carry one"""
    items: dict[str, str] = Field(default_factory=dict)
    """where a value stands → item"""
    units: dict[str, str] = Field(default_factory=dict)
    """item → unit it is sent in; the item's own where not named"""
    flags: dict[str, str] = Field(default_factory=dict)
    """item → where its flag stands"""

    @model_validator(mode="after")
    def _sense(self):
        if self.items and self.kind != "now" and self.label not in LABELS:
            raise ValueError("小时、分钟值须写 label：时间标的是时段起点（start）还是终点（end）")
        parts = self.topic.split("/")
        if any(("#" in p and (p != "#" or i + 1 < len(parts))) or ("+" in p and p != "+") for i, p in enumerate(parts)):
            raise ValueError(f"topic“{self.topic}”不是正确的 MQTT 主题过滤")
        wrong = [i for i in self.items.values() if items.find_code(i) is None and i not in items.symbols()]
        if wrong:
            raise ValueError(f"没有监测项目“{wrong[0]}”")
        return self

    def read(self, topic: str, payload: bytes, media: dict[str, str], now: datetime) -> tuple[list[Line], list[str]]:
        """The lines of a message and what of it is wrong, in sentences. Raises Unreadable where nothing can be made of it.

        `media` is code → medium of the stations there are.
        """
        try:
            said = json.loads(payload)
        except (ValueError, RecursionError):
            raise Unreadable("消息不是 JSON") from None
        rows = said.get("observations", [said]) if isinstance(said, dict) else said
        if not isinstance(rows, list) or not 1 <= len(rows) <= MOST:
            raise Unreadable(f"消息应是一个对象，或 1—{MOST} 个对象的数组")
        lines, faults = [], []
        for number, row in enumerate(rows, 1):
            try:
                line, wrong = read_row(self._row(topic, row), media, now)
            except Unreadable as no:
                line, wrong = None, [("", str(no))]
            faults += [f"第 {number} 个对象 {field}：{words}" for field, words in wrong]
            if line:
                lines.append(Line(line.station, line.kind, line.time, line.items, payload.decode("utf-8", "backslashreplace")))
        if not lines:
            raise Unreadable("；".join(faults[:5]) or "没有数值")
        return lines, faults

    def _row(self, topic: str, said: Any) -> Any:
        """One object of a message as a row of the HTTP door."""
        if not isinstance(said, dict):
            raise Unreadable("应为对象")
        name = self._level(topic) if self.level else _at(said, self.station)
        if isinstance(name, (int, str)) and not isinstance(name, bool):
            name = str(name)
        code = self.stations.get(name, None if self.stations else name) if isinstance(name, str) else None
        if code is None:
            raise Unreadable(f"没有声明站点“{str(name)[:40]}”（stations）")
        if not self.items:
            return {**said, "station": code}
        values = {}
        for path, item in self.items.items():
            value = _at(said, path)
            if value is not None:
                flag = _at(said, self.flags[item]) if item in self.flags else None
                values[item] = {"value": _number(value), **({"unit": self.units[item]} if item in self.units else {}),
                                **({"flag": str(flag)} if flag else {})}  # fmt: skip
        return {"station": code, "kind": self.kind, "label": self.label, "time": self._time(_at(said, self.time)), "items": values}

    def _level(self, topic: str) -> str | None:
        parts = topic.split("/")
        return parts[self.level - 1] if self.level <= len(parts) else None

    def _time(self, said: Any) -> str:
        if self.clock != "iso":
            scale = 1000 if self.clock == "milliseconds" else 1
            try:
                return datetime.fromtimestamp(float(said) / scale, UTC).replace(microsecond=0).isoformat()
            except (TypeError, ValueError, OverflowError, OSError):
                raise Unreadable(f"时间“{str(said)[:40]}”不是 1970 年以来的{'毫秒' if scale > 1 else '秒'}数") from None
        try:
            at = datetime.fromisoformat(said)
        except (TypeError, ValueError):
            raise Unreadable(f"“{str(said)[:40]}”不是时间") from None
        if at.tzinfo is None:
            if not self.zone:
                raise Unreadable("时间没有时区；请让对方写明，或在声明里写 zone")
            sign = -1 if self.zone[0] == "-" else 1
            at = at.replace(tzinfo=timezone(sign * timedelta(hours=int(self.zone[1:3]), minutes=int(self.zone[4:]))))
        return at.replace(microsecond=0).isoformat()


def _number(said: Any) -> Any:
    """Numbers sent as text are read; anything else is left for the row's check to name."""
    if isinstance(said, str):
        try:
            return float(said)
        except ValueError:
            return said
    return said


def _at(said: Any, path: str) -> Any:
    for key in path.split("."):
        if not isinstance(said, dict):
            return None
        said = said.get(key)
    return said
