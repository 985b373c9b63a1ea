"""Packets to send (组包): requests, uploads, answers. QN is an argument: nothing here reads a clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from qingshan.hj212 import sm4
from qingshan.hj212.crc import crc
from qingshan.hj212.messages import Message

LONGEST_AREA = 950  # bytes of CP, 表 2
FLAG = {"2005": 0, "2017": 4, "2025": 8}


def stamp(at: datetime) -> str:
    """QN of a moment: YYYYMMDDhhmmsszzz."""
    return at.strftime("%Y%m%d%H%M%S") + f"{at.microsecond // 1000:03d}"


def frame(segment: bytes, key: bytes | None = None) -> bytes:
    """A data segment as sent: ``##``, length, segment (its data area encrypted where a key is given), check code, CR LF."""
    wire = sm4.encrypt(segment, key) if key else segment
    return b"##%04d%s%04X\r\n" % (len(segment), wire, crc(segment))


def build(
    cn: str,
    mn: str,
    cp: str = "",
    *,
    qn: str | datetime,
    st: str = "22",
    pw: str = "123456",
    version: str = "2017",
    reply: bool = True,
    pnum: int | None = None,
    pno: int | None = None,
    rf: bool = False,
    key: bytes | None = None,
) -> bytes:
    """One packet of any command; `cp` is the data area, `key` an SM4 key for 2025.

    >>> build("1062", "010000A8900016F000169DC0", "RtdInterval=30", qn="20160801085857223", st="32", pw="100000")[-6:]
    b'1C80\\r\\n'
    """
    flag = FLAG[version] | (2 if pnum else 0) | (1 if reply else 0)
    parts = [f"QN={stamp(qn) if isinstance(qn, datetime) else qn};ST={st};CN={cn};PW={pw};MN={mn};Flag={flag};"]
    if pnum:
        parts.append(f"PNUM={pnum};PNO={pno};")
    if rf:
        parts.append("RF=1;")
    parts.append(f"CP=&&{cp}&&")
    segment = "".join(parts).encode()
    if len(segment) > 9999:
        raise ValueError(f"数据段 {len(segment)} 字节，长度字段最多写 9999；请用 split 拆分")
    return frame(segment, key if sm4.is_covered(cn) else None)


def area(data_time: datetime | None, items: Mapping[str, Mapping[str, str]]) -> str:
    """A data area (数据区) from item code → suffix → text: ``DataTime=…;a34004-Avg=35.2,a34004-Flag=N;…``."""
    groups = [f"DataTime={data_time:%Y%m%d%H%M%S}"] if data_time else []
    groups += [",".join(f"{code}-{kind}={text}" for kind, text in values.items()) for code, values in items.items()]
    return ";".join(groups)


def split(data_time: datetime | None, items: Mapping[str, Mapping[str, str]], longest: int = LONGEST_AREA) -> Iterator[str]:
    """Data areas of at most `longest` bytes, each with the DataTime, items never cut (拆分包, 附录 C.49)."""
    held: dict[str, Mapping[str, str]] = {}
    for code, values in items.items():
        if held and len(area(data_time, {**held, code: values}).encode()) > longest:
            yield area(data_time, held)
            held = {}
        held[code] = values
    yield area(data_time, held)


def packets(
    cn: str, mn: str, data_time: datetime, items: Mapping[str, Mapping[str, str]], qns: Iterable[str], **options: object
) -> list[bytes]:
    """One upload as one packet, or as sub-packets each with a QN of its own where it is too long."""
    areas, names = list(split(data_time, items)), iter(qns)
    if len(areas) == 1:
        return [build(cn, mn, areas[0], qn=next(names), **options)]  # type: ignore[arg-type]
    return [build(cn, mn, cp, qn=next(names), pnum=len(areas), pno=n, **options) for n, cp in enumerate(areas, 1)]  # type: ignore[arg-type]


def answer(message: Message, cn: str, cp: str = "") -> bytes:
    """An answer to a message: ST=91, same QN, PW and MN, Flag 4 (8 where the message speaks 2025); 9011, 9012, 9013, 9014."""
    flag = 8 if (message.flag or 0) >> 2 == 2 else 4
    segment = f"QN={message.qn};ST=91;CN={cn};PW={message.pw};MN={message.mn};Flag={flag};CP=&&{cp}&&".encode()
    return b"##%04d%s%04X\r\n" % (len(segment), segment, crc(segment))


def acknowledge(message: Message) -> bytes:
    """Data answer 9014, or notice answer 9013 where the message is a notice."""
    return answer(message, "9013" if message.is_notice else "9014")
