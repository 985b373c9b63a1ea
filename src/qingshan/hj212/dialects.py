"""How a device deviates from the standard (方言): signs of one packet, and what many packets of one device confirm.

A sign is a fact about a packet. A device *speaks* a dialect only once ``CONFIRM`` packets in a row of one command bear the sign;
it has dropped it after ``DROP`` packets without. Packets whose check code fits nothing say nothing about habits, so a noisy
line never changes what is believed of a device.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from qingshan.hj212.codes import SUFFIXES
from qingshan.hj212.frames import Frame
from qingshan.hj212.messages import Message

CONFIRM = 8  # packets in a row that make a habit
DROP = 20  # packets in a row without it that end one

SIGNS = {
    "crc_modbus": "校验码用 CRC-16/MODBUS，高字节在前",
    "crc_modbus_swapped": "校验码用 CRC-16/MODBUS，低字节在前",
    "crc_swapped": "校验码高低字节颠倒",
    "crc_zero": "校验码恒为 0000（没有校验）",
    "crc_lower": "校验码用小写",
    "length_fault": "长度字段与数据段字节数不符",
    "three_digits": "长度字段只有三位",
    "over_1024": "数据段超过 1024 字节",
    "no_qn": "没有 QN",
    "qn_inside": "QN 写在数据区里",
    "no_flag": "没有 Flag（2005 版的写法）",
    "system_form": "ST 不是两位",
    "mn_form": "MN 不是 14 位或 24 位的编码",
    "padded_parts": "包号补零，或 PNO 写在 PNUM 前",
    "split_unmarked": "有包号而 Flag 未标明拆分",
    "header_comma": "报头里用逗号分隔",
    "header_case": "报头字段名大小写不合",
    "header_strange": "报头里有标准没有的字段",
    "no_data_area": "没有 CP 数据区",
    "flag_first": "数据标记写在数值前面",
    "suffix_twice": "后缀写了两遍（如 Rtd-Rtd）",
    "suffix_unknown": "后缀不在标准内（如 td）",
    "suffix_case": "后缀大小写不合",
    "code_form": "因子编码不合编码规则",
    "trailing_mark": "数据区末尾多分号或逗号",
    "spaces": "分隔符旁有空格",
    "no_item_flag": "数值都没有数据标记",
    "flag_case": "数据标记用小写",
    "time_digits": "DataTime 不是 14 位（如带毫秒）",
    "comma_times": "BeginTime 与 EndTime 之间用逗号",
    "no_items": "数据报文里没有因子",
    "printed_cipher": "密文以印刷形式 {0x..} 发送",
    "not_utf8": "中文不是 UTF-8（按 GB 18030 读）",
}
CHECK_CODES = ("crc_modbus", "crc_modbus_swapped", "crc_swapped", "crc_zero")  # by themselves no proof of the content
ACCEPTED = frozenset({"crc_modbus", "crc_modbus_swapped"})  # unless the bureau decides otherwise; crc_swapped and crc_zero are not

_HEAD = re.compile(r"\b(QN|ST|CN|PW|MN|FLAG|PNUM|PNO|RF)\s*=([^;,&]*)", re.IGNORECASE)
_RIGHT = {"QN", "ST", "CN", "PW", "MN", "Flag", "PNUM", "PNO", "RF"}
_CODE = re.compile(r"[a-z]\d{5}|[a-z]\d{2}[a-z0-9]{3}|[0-9A-Z]\d{1,2}|SB\w{1,6}|[a-z]\d{4}[0-9a-z]|L[0-9A-Za-z]{1,3}|LA|Ld|Ln|xxx|PolId")
_SPELLED = {name.lower(): name for name in SUFFIXES}
_PLAIN_MN = re.compile(r"[0-9A-Za-z]{14}|[0-9A-Za-z]{24}")


def algorithm(frame: Frame, message: Message) -> str:
    """How the check code was made: ``"annex"`` or one of `CHECK_CODES`; ``""`` where nothing explains it."""
    if message.verdict == "ok":
        return "annex"
    if message.verdict in ("modbus_crc", "modbus_crc_swapped"):
        return "crc_modbus" if message.verdict == "modbus_crc" else "crc_modbus_swapped"
    if frame.sent < 0 or frame.fault in ("torn", "noise", "open") or message.verdict == "sealed":
        return ""
    if frame.sent == (frame.computed & 0xFF) << 8 | frame.computed >> 8:
        return "crc_swapped"
    return "crc_zero" if frame.sent == 0 else ""


def signs(frame: Frame, message: Message) -> tuple[str, ...]:
    """The deviations one packet shows, in the order of `SIGNS`; none for a packet that cannot be trusted at all."""
    how = algorithm(frame, message)
    if not how:
        return ()
    found = {note for note in message.notes if note in SIGNS}
    if how != "annex":
        found.add(how)
    tail = frame.raw[-4:]
    if tail != tail.upper():
        found.add("crc_lower")
    head, mark, area = frame.segment.partition(b"CP=")
    qn, _, rest = head.decode("utf-8", "replace").partition(";")
    found |= _head_signs(rest if qn.startswith("QN=") else f"{qn};{rest}", qn.startswith("QN="))
    if mark:
        clear = message.cp if message.cp or b"&&&&" in area else ""
        found |= _area_signs(clear, message)
    if "no_flag" in found and message.flag is not None:
        found.discard("no_flag")
    return tuple(name for name in SIGNS if name in found)


@lru_cache(8192)  # a device says the same header all day
def _head_signs(head: str, has_qn: bool) -> frozenset[str]:
    found = set() if has_qn else {"no_qn"}
    parts = {name: value.strip() for name, value in _HEAD.findall(head)}
    names = {name.upper() for name in parts}
    if "QN" in names:
        found.discard("no_qn")
    if any(name not in _RIGHT for name in parts):
        found.add("header_case")
    said = {name.upper(): value for name, value in parts.items()}
    if "FLAG" not in names:
        found.add("no_flag")
    if len(said.get("ST", "22")) != 2:
        found.add("system_form")
    if not _PLAIN_MN.fullmatch(said.get("MN", "")):
        found.add("mn_form")
    if "," in head:
        found.add("header_comma")
    if any(said.get(n, "")[:1] == "0" for n in ("PNUM", "PNO")) or 0 <= head.find("PNO=") < head.find("PNUM="):
        found.add("padded_parts")
    if any(p.strip() and p.partition("=")[0].strip().upper() not in names for p in re.split("[;,]|&&", head)):
        found.add("header_strange")
    return frozenset(found)


def _area_signs(cp: str, message: Message) -> set[str]:
    found: set[str] = set()
    is_data = message.cn in ("2011", "2051", "2061", "2031", "2013")
    if not cp:
        return {"no_items"} if is_data and not message.wants_reply and message.flag is None else found
    if "//" in cp:  # log texts hold anything
        return found
    if cp[-1] in ";,":
        found.add("trailing_mark")
    if "; " in cp or ", " in cp or " =" in cp:
        found.add("spaces")
    if cp.find("BeginTime=") >= 0 and re.search(r"BeginTime=\d+,\s*EndTime", cp):
        found.add("comma_times")
    if "QN" in message.params:
        found.add("qn_inside")
    time = message.params.get("DataTime")
    if time is not None and len(time) != 14:
        found.add("time_digits")
    found |= _key_signs(tuple(pair.partition("=")[0].strip() for pair in cp.replace(",", ";").split(";")))
    if is_data:
        if not message.items and "DataTime" in message.params:
            found.add("no_items")
        flags = [values["Flag"] for values in message.items.values() if "Flag" in values]
        if message.items and not flags:
            found.add("no_item_flag")
        if any(flag.islower() for flag in flags):
            found.add("flag_case")
    return found


@lru_cache(8192)
def _key_signs(keys: tuple[str, ...]) -> frozenset[str]:
    found: set[str] = set()
    flagged: set[str] = set()
    for key in keys:
        code, dash, kind = key.partition("-")
        if not dash:
            continue
        if not _CODE.fullmatch(code):
            found.add("code_form")
        if "-" in kind:
            found.add("suffix_twice")
        elif kind.lower() not in _SPELLED:
            found.add("suffix_unknown")
        elif kind not in SUFFIXES:
            found.add("suffix_case")
        if kind == "Flag":
            flagged.add(code)
        elif code in flagged and kind in ("Rtd", "Avg"):
            found.add("flag_first")
    return frozenset(found)


@dataclass
class Habits:
    """What is believed of one device: ``code`` how it makes check codes ("" not yet known), ``spoken`` the other signs it keeps to."""

    code: str = ""
    spoken: set[str] = field(default_factory=set)
    _code_run: tuple[str, int] = ("", 0)
    _with: dict[tuple[str, str], int] = field(default_factory=dict)
    _without: dict[tuple[str, str], int] = field(default_factory=dict)

    def take(self, cn: str, how: str, seen: Iterable[str]) -> list[tuple[str, str]]:
        """One packet of command `cn` whose check code was made by `how`; returns what changed: (sign, "begins" or "ends")."""
        if not how:
            return []
        changed: list[tuple[str, str]] = []
        name, run = self._code_run
        self._code_run = (how, run + 1 if name == how else 1)
        if how != self.code and self._code_run[1] >= CONFIRM:
            if self.code not in ("", "annex"):
                changed.append((self.code, "ends"))
            if how != "annex":
                changed.append((how, "begins"))
            self.code = how
        here = {sign for sign in seen if sign not in CHECK_CODES}
        for sign in here:
            line = (cn, sign)
            self._without.pop(line, None)
            self._with[line] = self._with.get(line, 0) + 1
            if self._with[line] >= CONFIRM and sign not in self.spoken:
                self.spoken.add(sign)
                changed.append((sign, "begins"))
        if self._with or self.spoken:
            changed += self._miss(cn, here)
        return changed

    def _miss(self, cn: str, here: set[str]) -> list[tuple[str, str]]:
        changed = []
        for line in [x for x in self._with if x[0] == cn and x[1] not in here]:
            if line[1] not in self.spoken:
                del self._with[line]  # a run must be unbroken
                continue
            self._without[line] = self._without.get(line, 0) + 1
            if self._without[line] >= DROP:
                del self._with[line], self._without[line]
                if not any(other[1] == line[1] for other in self._with):
                    self.spoken.discard(line[1])
                    changed.append((line[1], "ends"))
        return changed
