"""What the gateway decides about one packet before it is written: verdict, notes, content digest, answer."""

from __future__ import annotations

import hashlib
import json
import json.encoder
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from qingshan import hj212
from qingshan.gateway import policy
from qingshan.gateway.devices import Device
from qingshan.hj212 import dialects
from qingshan.hj212.codes import PERIODS
from qingshan.hj212.crc import crc
from qingshan.hj212.messages import MODBUS

BEIJING = timezone(timedelta(hours=8))
REREAD = "reread"
NOTES = {
    **hj212.NOTES,
    "backfill": "补传（RF=1）",
    "late": "数据时间早于接收时间一天以上",
    "clock": "现场机时钟偏差超过 10 分钟",
    "future": "数据时间晚于接收时间",
    "bad_time": "数据时间不是时间",
    "password": "访问密码与登记的不符",
    "changed": "同一时刻的数据与先前收到的不同，作为新版本保存",
    REREAD: "先前收到而未采用，重读后采用",
    "door": "由 HJ 212 以外的入口送来",
    "modbus": "校验码按 MODBUS 算法，按策略接受",
    "crc_swapped": "校验码高低字节颠倒，按策略接受",
    "crc_zero": "没有校验码（0000），按策略接受",
    **{f"refused:{sign}": f"按策略拒收：{words}" for sign, words in dialects.SIGNS.items()},
}
VERDICTS = {
    **hj212.VERDICTS,
    "unknown_device": "设备未登记，报文留存，数据未采用",
    "by_policy": "校验码证明不了内容，按设备策略采用",
    "refused": "按设备策略拒收，报文留存，数据未采用",
    "wrong_password": "访问密码与登记的不符，按设备策略拒收，报文留存，数据未采用",
}
REFUSED = frozenset({"unknown_device", "refused", "wrong_password"})  # who sent it is known, its data are not used
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
    is_unread: bool = False  # only its header was looked at; `read` gives the whole


def _encoder() -> Callable[[object], str]:
    """JSON without blanks; the C encoder is made once, not for each packet as ``JSONEncoder.encode`` does."""
    plain = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
    make = json.encoder.c_make_encoder
    if make is None:
        return plain.encode
    fast = make(None, plain.default, json.encoder.encode_basestring, None, ":", ",", False, False, True)
    return lambda content: "".join(fast(content, 0))


_dumps = _encoder()


def evaluate(frame: hj212.Frame, device: Device | None, message: hj212.Message, at: datetime, received: str, peer: str) -> Record:
    """The record of a packet from a device (None: not admitted), received `at`, with its answer."""
    record, usable = _describe(frame, device, message, at, received, peer)
    if usable and message.wants_reply and (message.cn[:1] in "123" or message.is_notice):
        record.answer = hj212.acknowledge(message)
    return record


def read(record: Record) -> Record:
    """The whole of a record of which only the header was looked at: a good upload of an admitted device, nothing to object."""
    segment, code = record.raw[6:-4], int(record.raw[-4:], 16)
    frame = hj212.Frame(record.raw, segment, len(segment), 4, code, code, "")  # found right when it came
    message = hj212.parse(frame)
    at = datetime.fromisoformat(record.received)
    return _describe(frame, Device(message.mn), message, at, record.received, record.peer)[0]


def _describe(
    frame: hj212.Frame, device: Device | None, message: hj212.Message, at: datetime, received: str, peer: str
) -> tuple[Record, bool]:
    """The record without its answer, and whether its content may be used."""
    record = Record(received, peer, frame.raw, message.verdict, message.mn, message.st, message.cn, message.qn)
    notes = list(message.notes)
    usable = record.is_identified = message.verdict == "ok"
    if device is None:
        record.verdict, usable = ("unknown_device", False) if usable else (message.verdict, False)
    elif not usable or device.refuses or device.password:
        record.verdict = policy.rule(device, frame, message, notes)
        usable = record.verdict in ("ok", "by_policy") or (record.verdict in MODBUS and "modbus" in notes)
        record.is_identified |= usable
    moment = message.data_time
    if moment is not None:
        record.data_time = moment.isoformat()
    elif "DataTime" in message.params:
        notes.append("bad_time")
    if usable or record.verdict in REFUSED:
        record.pno = message.pno or 0
        if moment is not None and message.items:
            record.digest = hashlib.blake2b(message.cp.encode(), digest_size=12).digest()
    if usable:
        if message.items:
            record.items = _dumps(message.items)
        if message.rf:
            notes.append("backfill")
        _judge_clock(message, moment, at, notes)
    record.notes = ",".join(notes)
    return record, usable


class Head:
    """The header of an upload seen and judged before: the next packet with it from the same device needs no other look.

    ``device`` is whom it was judged for: another policy, another device object.
    """

    __slots__ = ("_answer", "_length", "cn", "device", "mn", "st", "times")

    def __init__(self, device: Device, message: hj212.Message) -> None:
        self.device, self.times = device, 0
        self.mn, self.st, self.cn = message.mn, message.st, message.cn
        answer = hj212.acknowledge(message) if message.wants_reply else b""
        self._length, self._answer = answer[:6], answer[26:-6]

    def answer(self, qn: bytes) -> bytes:
        """What goes back for the packet with this QN; empty where the device wants nothing."""
        if not self._answer:
            return b""
        segment = b"QN=" + qn + self._answer
        return b"%s%s%04X\r\n" % (self._length, segment, crc(segment))


def head_of(frame: hj212.Frame, device: Device | None, message: hj212.Message, record: Record) -> tuple[bytes, Head] | None:
    """What makes the next packet of a device's kind known at a glance: good data uploads, and nothing about them to object."""
    parts = header_bytes(frame)
    if parts is None or device is None or message.verdict != "ok" or message.cn[:1] != "2" or "password" in record.notes:
        return None
    if record.verdict != "ok" or device.refuses:  # a policy looks at every packet whole
        return None
    qn, rest = parts
    odd = not rest.isascii() or b"&" in rest or b"QN=" in rest or rest.find(b"CP=") != len(rest) - 3
    return None if odd or message.qn.encode() != qn else (rest, Head(device, message))


def header_bytes(frame: hj212.Frame) -> tuple[bytes, bytes] | None:
    """QN, and what stands between it and the data area, of a frame whose check code fits and whose length is right."""
    segment = frame.segment
    if frame.fault or frame.sent != frame.computed or segment[:3] != b"QN=" or frame.digits != 4 or segment[20:21] != b";":
        return None
    qn = segment[3:20]
    end = segment.find(b"&&", 20)
    return (qn, segment[20:end]) if end > 0 and qn.isdigit() else None


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
