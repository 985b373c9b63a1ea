"""What a frame says (报文): header, parameters, items, and an honest verdict on how far to trust it.

Tolerant where real devices deviate, strict in what it calls good: ``verdict == "ok"`` means that the check code of
Annex A fits the data segment, in clear or after decryption. Everything else is kept and named.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from qingshan.hj212 import sm4
from qingshan.hj212.areas import read_area
from qingshan.hj212.codes import NOTICES
from qingshan.hj212.crc import crc, is_possible, modbus
from qingshan.hj212.frames import Frame, Framer
from qingshan.hj212.headers import KNOWN, NO_HEADER, Header, read_header

VERDICTS = {
    "ok": "合格：校验码与数据段相符",
    "modbus_crc": "校验码按 MODBUS 算法得出（高字节在前），与数据段相符",
    "modbus_crc_swapped": "校验码按 MODBUS 算法得出（低字节在前），与数据段相符",
    "bad_crc": "校验码不符：内容在算出校验码之后有过改动，或传输出错",
    "foreign_crc": "校验码不在 HJ 212 算法可能得出的 256 个值之内，也不是 MODBUS：出自别的算法",
    "bad_length": "长度字段与数据段不符，且没有校验码能确认的结尾",
    "sealed": "数据区已加密，没有能解开它的密钥",
    "torn": "报文不完整",
    "noise": "不是 HJ 212 报文",
}
NOTES = {
    "length_fault": "长度字段与数据段字节数不符",
    "three_digits": "长度字段只有三位",
    "over_1024": "数据段超过 1024 字节",
    "decrypted": "数据区以现用密钥解密",
    "previous_key": "数据区以上一密钥解密",
    "printed_cipher": "密文以标准印刷形式 {0x..} 发送",
    "not_utf8": "有非 UTF-8 字节，按 GB 18030 读",
    "split_unmarked": "有包号而 Flag 未标明拆分",
    "no_data_area": "没有 CP 数据区",
}
MODBUS = frozenset({"modbus_crc", "modbus_crc_swapped"})

_blank = object.__new__
_DIGITS = re.compile(r"\d{14}")


class Message:
    """One packet, read. Texts are as sent.

    ``qn, st, cn, pw, mn, flag, pnum, pno, rf`` the header (``flag``, ``pnum``, ``pno`` None where absent); ``cp`` the data area in clear;
    ``items`` code → suffix → text; ``params`` the keys without a code (DataTime, QnRtn …); ``others`` strange header fields;
    ``verdict`` one of `VERDICTS` with its ``reason`` in words; ``notes`` of `NOTES`.
    """

    __slots__ = ("cn", "cp", "flag", "items", "mn", "notes", "others", "params", "pno", "pnum", "pw", "qn", "reason", "rf", "st", "verdict")

    def __init__(self, verdict: str, qn: str = "", header: Header = NO_HEADER, cp: str = "", notes: tuple[str, ...] = ()) -> None:
        self.verdict = verdict
        self.qn = qn
        self.cp = cp
        self.notes = notes
        self.st, self.cn, self.pw, self.mn, self.flag, self.pnum, self.pno, self.rf, self.others = header.fields
        self.reason = ""
        self.params: dict[str, str] = {}
        self.items: dict[str, dict[str, str]] = {}

    def __repr__(self) -> str:
        return f"Message({self.verdict}, mn={self.mn!r}, cn={self.cn!r}, params={self.params}, items={self.items})"

    @property
    def is_trusted(self) -> bool:
        """Whether the check code of the standard confirms the content."""
        return self.verdict == "ok"

    @property
    def version(self) -> str:
        """What the Flag says: ``"2005"`` (no flag, or 0), ``"2017"``, ``"2025"``. A hint only: some 2020 devices send 9."""
        return {0: "2005", 1: "2017", 2: "2025"}.get((self.flag or 0) >> 2, "")

    @property
    def wants_reply(self) -> bool:
        """Flag bit 0."""
        return bool(self.flag and self.flag & 1)

    @property
    def is_notice(self) -> bool:
        """Whether the answer is 9013 instead of 9014."""
        return self.cn in NOTICES

    @property
    def data_time(self) -> datetime | None:
        """DataTime as labelled by the device: the START of a 2031, 2041, 2051 or 2061 period, else the moment of reading."""
        return moment(self.params.get("DataTime", ""))


def moment(text: str) -> datetime | None:
    """The first 14 digits of a DataTime, QN or SystemTime as a naive datetime (Beijing time); None where they are none."""
    return _moment(text[:14])


@lru_cache(4096)  # many devices speak of the same second
def _moment(digits: str) -> datetime | None:
    if not _DIGITS.fullmatch(digits):
        return None
    try:
        return datetime.fromisoformat(f"{digits[:8]}T{digits[8:]}")
    except ValueError:
        return None


def parse(frame: Frame | bytes, keys: Sequence[bytes] = ()) -> Message:
    """Read one frame (解析); `keys` are the SM4 keys of the device, the current one first, then the previous one.

    Never raises on what a device may send: a frame that cannot be trusted has another verdict than ``"ok"``,
    the reason in words, and whatever could be read.
    """
    if isinstance(frame, bytes):
        frame = frame_of(frame)
    if frame.computed == frame.sent >= 0:
        message = _read(frame.segment, "ok")
        if frame.fault or frame.digits != 4 or len(frame.segment) > 1024:
            message.notes += _length_notes(frame, frame.segment)
        return message
    return _explain(frame, keys)


def frame_of(raw: bytes) -> Frame:
    """The one frame in `raw` (a line, a stored frame): the first that is not noise, else the noise."""
    framer = Framer(limit=max(len(raw) + 1, 64))
    frames = framer.feed(raw) + framer.flush()
    for frame in frames:
        if frame.fault != "noise":
            return frame
    return frames[0] if frames else Frame(raw, b"", -1, 0, -1, -1, "noise")


def _read(segment: bytes, verdict: str) -> Message:
    try:
        text = segment.decode()
    except UnicodeDecodeError:
        return _read_slowly(segment.decode("gb18030", "replace"), verdict, ("not_utf8",))
    end = text.find("&&", 20)
    header = KNOWN.get(text[20:end])
    qn, cp = text[3:20], text[end + 2 : -2]
    if header is None or not cp or text[:3] != "QN=" or text[-2:] != "&&" or not (qn.isdigit() and qn.isascii()):
        return _read_slowly(text, verdict)
    message = _blank(Message)  # as __init__ does, without the call: this is the way of nearly all packets
    message.verdict = verdict
    message.reason = ""
    message.qn = qn
    message.st, message.cn, message.pw, message.mn, message.flag, message.pnum, message.pno, message.rf, message.others = header.fields
    message.cp = cp
    message.notes = header.notes
    message.params, message.items = read_area(cp, header.layouts)
    return message


def _read_slowly(text: str, verdict: str, notes: tuple[str, ...] = ()) -> Message:
    qn, header, cp = read_header(text)
    message = Message(verdict, qn, header, cp, notes + header.notes)
    if cp:
        message.params, message.items = read_area(cp, header.layouts)
        if not qn:
            message.qn = message.params.get("QN", "")
    return message


def _length_notes(frame: Frame, segment: bytes) -> tuple[str, ...]:
    notes = []
    if frame.declared != len(segment):
        notes.append("length_fault")
    if frame.digits == 3:
        notes.append("three_digits")
    if len(segment) > 1024:
        notes.append("over_1024")
    return tuple(notes)


def _explain(frame: Frame, keys: Sequence[bytes]) -> Message:
    if frame.fault == "noise":
        message = Message("noise")
        message.reason = f"{VERDICTS['noise']}，{len(frame.raw)} 字节"
        return message
    if frame.fault == "torn" or frame.sent < 0:
        message = _read(frame.segment, "torn")
        message.reason = f"{VERDICTS['torn']}：长度字段为 {frame.declared}，只有 {len(frame.segment)} 字节"
        message.notes = ()
        return message
    opened = _decrypt(frame, keys)
    if opened is not None:
        return opened
    verdict, reason = _fault(frame)
    message = _read(frame.segment, verdict)
    message.reason = reason
    message.notes = tuple(n for n in message.notes if n != "not_utf8" or verdict != "sealed") + _length_notes(frame, frame.segment)
    if verdict == "sealed":
        message.params, message.items, message.cp = {}, {}, ""
    return message


def _decrypt(frame: Frame, keys: Sequence[bytes]) -> Message | None:
    tried: list[tuple[bytes, tuple[str, ...]]] = []
    if sm4.is_covered(_command(frame.segment)):
        tried.append((frame.segment, ()))
    raw = sm4.unprint(frame.segment)
    if raw is not None:
        tried.append((raw, ("printed_cipher",)))
    for segment, how in tried:
        for number, key in enumerate(keys):
            clear = sm4.decrypt(segment, key)
            if crc(clear) == frame.sent and not sm4.looks_encrypted(clear):
                message = _read(clear, "ok")
                message.notes += ("decrypted" if number == 0 else "previous_key", *how, *_length_notes(frame, clear))
                return message
    return None


def _command(segment: bytes) -> str:
    found = re.search(rb"(?:^|;)CN=(\d{4})", segment[:200])
    return found[1].decode() if found else ""


def _fault(frame: Frame) -> tuple[str, str]:
    segment, sent = frame.segment, frame.sent
    other = modbus(segment)
    if sent == other:
        return "modbus_crc", VERDICTS["modbus_crc"]
    if sent == (other & 0xFF) << 8 | other >> 8:
        return "modbus_crc_swapped", VERDICTS["modbus_crc_swapped"]
    if sm4.looks_encrypted(segment):
        return "sealed", VERDICTS["sealed"]
    differs = f"应为 {frame.computed:04X}，收到 {sent:04X}"
    length = f"长度字段为 {frame.declared}，数据段有 {len(segment)} 字节" if frame.declared != len(segment) else ""
    if not is_possible(sent):
        return "foreign_crc", "；".join(filter(None, (VERDICTS["foreign_crc"], differs, length)))
    if length:
        return "bad_length", f"{VERDICTS['bad_length']}：{length}；校验码{differs}"
    longer = re.sub(rb"(DataTime=\d{14})(?=[;,&])", rb"\g<1>000", segment)
    if longer != segment and crc(longer) == sent:
        return "bad_crc", f"{VERDICTS['bad_crc']}：{differs}；与 DataTime 带毫秒“000”的原文相符，算出校验码之后删去了末三位"
    return "bad_crc", f"{VERDICTS['bad_crc']}：{differs}"
