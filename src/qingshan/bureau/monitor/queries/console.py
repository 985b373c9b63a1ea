"""One device as its operator sees it (设备台): dialect with evidence, clock, keys, units, commands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from qingshan.bureau.monitor import readings, stores
from qingshan.bureau.monitor.models import DeviceCommand, DevicePolicy
from qingshan.bureau.sites.models import Device
from qingshan.gateway import commands, policy
from qingshan.gateway.journal import StoredFrame, number_of
from qingshan.gateway.notebook import Progress
from qingshan.hj212 import dialects
from qingshan.terms import items

ROTATES = 90  # [d] HJ 212—2025, second-hand: how long a key is used
ASTRAY_S = 600
LAST = 60  # frames from which units are judged


@dataclass(frozen=True)
class SignRow:
    """One deviation: how often, whether the device keeps to it, what is done with it, and a frame that shows it."""

    name: str
    words: str
    count: int
    share: float | None
    last: str
    is_spoken: bool
    is_refused: bool
    example: str


@dataclass(frozen=True)
class UnitRow:
    """One factor: what the device sends, what unit is set, what its size suggests, and what that makes of the last value."""

    code: str
    symbol: str
    raw: list[str]
    unit: str
    suggestion: str
    becomes: list[tuple[str, str]]
    """(unit, what the last value would be [the item's own unit])"""
    own: str

    @property
    def differs(self) -> bool:
        return bool(self.suggestion) and bool(self.unit) and self.unit != self.suggestion


@dataclass(frozen=True)
class KeyRow:
    """One SM4 key, without the key."""

    words: str
    created: datetime | None
    since: datetime
    age: int
    is_due: bool


def rules_of(mn: str) -> DevicePolicy:
    """The device's policy, or the defaults."""
    return DevicePolicy.objects.filter(mn=mn).select_related("by").first() or DevicePolicy(mn=mn)


def sign_rows(mn: str, rules: DevicePolicy) -> list[SignRow]:
    """Deviations seen of the device, the most frequent first; those ruled on without being seen come last."""
    desk = stores.desk()
    state = desk.device(mn)
    spoken = {*state.get("spoken", ()), state.get("code", "")}
    examined = state.get("examined", 0)
    rows, seen = [], set()
    for sign in desk.signs(mn):
        seen.add(sign.sign)
        rows.append(
            SignRow(
                sign.sign,
                dialects.SIGNS.get(sign.sign, sign.sign),
                sign.count,
                100 * sign.count / examined if examined else None,
                sign.last[:19].replace("T", " "),
                sign.sign in spoken,
                is_refused(sign.sign, rules),
                shown(sign.example),
            )
        )
    wanted = [*(s for s in policy.RULED if s in {*rules.refuses, *rules.accepts} and s not in seen)]
    wanted += [] if policy.PASSWORD in wanted else [policy.PASSWORD]
    rows += [SignRow(s, policy.RULED[s], 0, None, "", False, is_refused(s, rules), "") for s in wanted]
    return rows


def is_refused(sign: str, rules: DevicePolicy) -> bool:
    """Whether packets with this sign are refused."""
    return sign in rules.refuses or (sign in ("crc_swapped", "crc_zero") and sign not in rules.accepts)


def shown(raw: bytes) -> str:
    """Bytes of a frame for reading; what is no text is escaped, a password is not shown."""
    text = raw.decode("utf-8", "backslashreplace")
    head, mark, rest = text.partition("PW=")
    return head + mark + "******" + rest[len(rest.partition(";")[0]) :] if mark else text


def unit_rows(device: Device | None, frames: list[StoredFrame]) -> list[UnitRow]:
    """Units by factor, from the last frames that carry values."""
    found: dict[str, list[str]] = {}
    for frame in frames:
        for code, values in json.loads(frame.items or "{}").items():
            text = values.get("Avg") or values.get("Rtd")
            if text is not None:
                found.setdefault(code, []).append(text)
    rows = []
    for code, texts in sorted(found.items()):
        item = items.find_code(code)
        if item is None:
            rows.append(UnitRow(code, "编码表中没有", texts[:3], "", "", [], ""))
            continue
        numbers = [n for n in map(number_of, texts) if n is not None]
        unit = (device.units if device else {}).get(code, "")
        becomes = [(u, f"{readings.convert(numbers[0], u, item):.4g}") for u in readings.units(item)] if numbers else []
        rows.append(UnitRow(code, item.symbol, texts[:3], unit, readings.suggest_unit(item, numbers), becomes, item.unit))
    return rows


def key_rows(mn: str, now: datetime) -> list[KeyRow]:
    """The keys' ages; the current one is due after 90 days."""
    words = {"current": "现用", "previous": "上一", "candidate": "已下发，待确认"}
    rows = []
    for key in stores.desk().sm4_keys(mn):
        created = _moment(key.created)
        age = (now - (created or datetime.fromisoformat(key.since))).days
        rows.append(KeyRow(words[key.slot], created, datetime.fromisoformat(key.since), age, key.slot == "current" and age >= ROTATES))
    return rows


def due_keys(now: datetime) -> set[str]:
    """Devices whose current key is past its 90 days."""
    found = set()
    for key in stores.desk().sm4_keys():
        if key.slot == "current" and (now - (_moment(key.created) or datetime.fromisoformat(key.since))).days >= ROTATES:
            found.add(key.mn)
    return found


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text[:14], "%Y%m%d%H%M%S")
    except ValueError:
        return None


def commands_of(mn: str) -> list[tuple[DeviceCommand, Progress | None]]:
    """The last commands to a device, each as the gateway last told of it; the caller has checked that the person sees the device."""
    rows = list(DeviceCommand.objects.filter(mn=mn).select_related("by")[:30])
    said = stores.desk().progress(r.token for r in rows)
    for row in rows:
        if row.is_open and row.token in said:  # the worker writes it down within seconds
            told = said[row.token]
            row.state, row.words = told.state, told.words
            row.ended_at = datetime.fromisoformat(told.changed) if told.state in commands.ENDED else None
    return [(row, said.get(row.token)) for row in rows]
