"""What the gateway decides about one packet before it is written: verdict, notes, content digest, answer."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from qingshan import hj212
from qingshan.gateway.devices import Device
from qingshan.hj212.codes import PERIODS
from qingshan.hj212.messages import MODBUS

BEIJING = timezone(timedelta(hours=8))
NOTES = {
    **hj212.NOTES,
    "backfill": "补传（RF=1）",
    "late": "数据时间早于接收时间一天以上",
    "clock": "现场机时钟偏差超过 10 分钟",
    "future": "数据时间晚于接收时间",
    "bad_time": "数据时间不是时间",
    "password": "访问密码与登记的不符",
    "changed": "同一时刻的数据与先前收到的不同，作为新版本保存",
    "door": "由 HJ 212 以外的入口送来",
    "modbus": "校验码按 MODBUS 算法，按策略接受",
}
VERDICTS = {**hj212.VERDICTS, "unknown_device": "设备未登记，报文留存，数据未采用"}
_CLOCK = timedelta(minutes=10)
_LATE = timedelta(days=1)


def now() -> datetime:
    """Beijing time without zone, as observations carry it."""
    return datetime.now(BEIJING).replace(tzinfo=None)


@dataclass(slots=True, eq=False)
class Record:
    """One packet on its way to the journal; ``token`` is the link it came over, ``answer`` what goes back after the commit."""

    received: str
    peer: str
    raw: bytes
    verdict: str
    mn: str = ""
    st: str = ""
    cn: str = ""
    qn: str = ""
    data_time: str | None = None
    pno: int = 0
    notes: str = ""
    items: str | None = None
    digest: bytes | None = None
    answer: bytes = b""
    token: object = None
    version: int = 1
    frame: int = 0
    repeated: bool = False
    is_identified: bool = False  # the check code confirms who sent it


_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def evaluate(frame: hj212.Frame, device: Device | None, message: hj212.Message, at: datetime, received: str, peer: str) -> Record:
    """The record of a packet from a device (None: not admitted), received `at`."""
    record = Record(received, peer, frame.raw, message.verdict, message.mn, message.st, message.cn, message.qn)
    notes = list(message.notes)
    usable = record.is_identified = message.verdict == "ok"
    if message.verdict in MODBUS and device is not None and device.accepts_modbus:
        usable = record.is_identified = True
        notes.append("modbus")
    if usable and device is None:
        record.verdict, usable = "unknown_device", False
    moment = message.data_time
    if moment is not None:
        record.data_time = moment.isoformat()
    elif "DataTime" in message.params:
        notes.append("bad_time")
    if usable or record.verdict == "unknown_device":
        record.pno = message.pno or 0
        if moment is not None and message.items:
            record.digest = hashlib.blake2b(message.cp.encode(), digest_size=12).digest()
    if usable:
        if message.items:
            record.items = _dumps(message.items)
        if device is not None and device.password and device.password != message.pw:
            notes.append("password")
        if message.rf:
            notes.append("backfill")
        _judge_clock(message, moment, at, notes)
        if message.wants_reply and (message.cn[:1] in "123" or message.is_notice):
            record.answer = hj212.acknowledge(message)
    record.notes = ",".join(notes)
    return record


def _judge_clock(message: hj212.Message, moment: datetime | None, at: datetime, notes: list[str]) -> None:
    sent = hj212.moment(message.qn)
    if sent is not None and abs(sent - at) > _CLOCK:
        notes.append("clock")
    if moment is None:
        return
    if moment - at > _CLOCK:
        notes.append("future")
    elif at - moment > _LATE + timedelta(seconds=PERIODS.get(message.cn, 0)):
        notes.append("late")
