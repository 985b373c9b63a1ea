"""A delivery (来件): observations that came by another door, on their way to the journal, each with the text it was read from.

One delivery is a list of records of stations; what identifies it (``delivery``) is chosen by the door so that the same thing sent
again has the same: an idempotency key, the digest of a file, the digest of a message. A file of the inbox is JSON, a head line and
then a line a record.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta, timezone
from typing import Any

from qingshan.gateway.record import Record
from qingshan.gateway.record import now as beijing_now

KINDS = {"hour": "2061", "minute": "2051", "now": "2011"}
"""what a value stands for → the command under which HJ 212 would send it"""
STATION = "@"
"""``@1009A`` stands where a device's MN would: the station itself reports"""
DOORS = {"http": "接口推送", "file": "文件夹", "mqtt": "MQTT"}
NOTE = "door"
"""the note of frames that came by a door: only the inbox writes it, so no packet on a TCP link can pass for one"""
BEIJING = timezone(timedelta(hours=8))
MOST = 5_000  # records of one delivery
MAX_BYTES = 32 * 2**20
AHEAD = timedelta(minutes=10)
_ID = re.compile(r"[0-9a-f]{16}\Z")
_CODE = re.compile(r"[A-Za-z0-9]{1,20}\Z")


class Faulty(ValueError):
    """A delivery that cannot be taken; the message says what is wrong, in words."""


@dataclass(frozen=True)
class Line:
    """The values of one station, kind and period."""

    station: str
    kind: str
    time: str
    """start of the period, Beijing time without zone, YYYY-MM-DDTHH:MM:SS"""
    items: dict[str, dict[str, str]]
    """factor code → Avg or Rtd, and Flag; in the item's own unit"""
    raw: str
    """what it was read from, as it was received"""


@dataclass(frozen=True)
class Delivery:
    """Lines that came together."""

    door: str
    source: str
    """who sent it, for people: a token's name, a file's, a topic"""
    delivery: str
    """16 hexadecimal digits; the same thing again has the same"""
    lines: list[Line] = field(default_factory=list)
    received: str = field(default_factory=lambda: beijing_now().isoformat(timespec="microseconds"))


def identity(*parts: str | bytes) -> str:
    """What identifies a delivery by its parts."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:16]


def encode(delivery: Delivery) -> bytes:
    """The bytes of an inbox file."""
    check(delivery)
    head = {f.name: getattr(delivery, f.name) for f in fields(Delivery) if f.name != "lines"}
    rows = [head, *map(asdict, delivery.lines)]
    return "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows).encode()


def decode(data: bytes) -> Delivery:
    """The delivery of an inbox file; raises Faulty."""
    if len(data) > MAX_BYTES:
        raise Faulty(f"来件有 {len(data) / 2**20:.0f} MB，超过 {MAX_BYTES // 2**20} MB；请拆开再送")
    try:
        rows = [json.loads(line) for line in data.decode("utf-8").split("\n") if line]
        if not rows:
            raise Faulty("来件是空的")
        lines = [_known(Line, row, n) for n, row in enumerate(rows[1:], 2)]
        delivery = _known(Delivery, {**rows[0], "lines": lines} if isinstance(rows[0], dict) else rows[0], 1)
        check(delivery)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise Faulty(f"来件不是规整的 JSON 行（{error}）") from None
    except TypeError:  # a list where a word should stand
        raise Faulty("来件里有类型不对的值；请用平台的入口送") from None
    return delivery


def _known(kind: type, row: Any, number: int) -> Any:
    if not isinstance(row, dict):
        raise Faulty(f"第 {number} 行不是对象")
    names = {f.name for f in fields(kind)}
    if set(row) != names:
        said = sorted(set(row) ^ names)[0]
        raise Faulty(f"第 {number} 行{'缺少' if said in names else '不该有'}“{said}”")
    return kind(**row)


def check(delivery: Delivery) -> None:
    """Whether everything of a delivery may go into the journal; raises Faulty with the line."""
    if delivery.door not in DOORS:
        raise Faulty(f"没有入口“{delivery.door}”；已有：{'、'.join(DOORS)}")
    if not isinstance(delivery.delivery, str) or not _ID.match(delivery.delivery):
        raise Faulty("来件编号应为 16 位十六进制")
    if not isinstance(delivery.source, str) or not 0 < len(delivery.source) <= 200:
        raise Faulty("来件没有写明来源")
    if _moment(delivery.received) is None:
        raise Faulty("来件的接收时间不是时间")
    if not delivery.lines:
        raise Faulty("来件里没有数据")
    if len(delivery.lines) > MOST:
        raise Faulty(f"来件有 {len(delivery.lines)} 行，超过 {MOST} 行；请拆开再送")
    for number, line in enumerate(delivery.lines, 2):
        said = _wrong(line)
        if said:
            raise Faulty(f"第 {number} 行：{said}")


def _wrong(line: Line) -> str:
    if not isinstance(line.station, str) or not 0 < len(line.station) <= 40:
        return "没有站点编号"
    if line.kind not in KINDS:
        return f"没有数据种类“{line.kind}”；已有：{'、'.join(KINDS)}"
    if _moment(line.time) is None:
        return f"“{line.time}”不是时间；应为 2026-11-20T13:00:00"
    if not isinstance(line.raw, str):
        return "没有原文"
    if not isinstance(line.items, dict) or not line.items:
        return "没有数值"
    known = {"Rtd", "Flag"} if line.kind == "now" else {"Avg", "Flag"}
    for code, parts in line.items.items():
        if not _CODE.match(code) or not isinstance(parts, dict) or not set(parts) <= known or not set(parts) - {"Flag"}:
            return f"因子“{code}”的写法不对"
        if not all(isinstance(text, str) and len(text) <= 64 for text in parts.values()):
            return f"因子“{code}”的值应为文字"
    return ""


def _moment(text: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is None else None


def records(delivery: Delivery, token: object = None) -> list[Record]:
    """The journal's records of a delivery. Its identity stands before the text, so the journal knows a line that comes again."""
    peer = f"{delivery.door}:{delivery.source}"
    return [_record(delivery, line, peer, token) for line in delivery.lines]


def _record(delivery: Delivery, line: Line, peer: str, token: object) -> Record:
    items = json.dumps(line.items, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    raw = f"{delivery.delivery} {line.raw}".encode("utf-8", "surrogatepass")
    return Record(
        delivery.received, peer, raw, "ok", mn=STATION + line.station, cn=KINDS[line.kind], qn=delivery.delivery, data_time=line.time,
        notes=NOTE, items=items, digest=hashlib.blake2b(items.encode(), digest_size=12).digest(), token=token,
    )  # fmt: skip


def value_text(value: float) -> str:
    """A number as text that reads back as the same number."""
    return repr(float(value)).removesuffix(".0")
