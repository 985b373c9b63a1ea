"""Commands to devices (反控): what may be asked, and the exchange of one asking. HJ 212—2017 6.6, 附录 C.

An exchange is pure: it is told what came and what time it is, and says what to send. Request → 9011 QnRtn → data → 9012 ExeRtn;
a notice is answered 9013. Without 9011 in time it is sent again, `retries` times; without 9012 it has not been carried out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from qingshan import hj212

REPLY = {
    "1": "准备执行请求", "2": "请求被拒绝", "3": "访问密码错误", "4": "MN 错误", "5": "ST 错误", "6": "Flag 错误", "7": "QN 错误",
    "8": "CN 错误", "9": "校验码错误", "100": "未知错误",
}  # fmt: skip
RESULT = {
    "1": "执行成功", "2": "执行失败，原因不明", "3": "执行条件不具备，不能执行", "4": "通讯超时", "5": "系统繁忙，不能执行",
    "6": "系统故障", "100": "没有数据",
}  # fmt: skip
STATES = {
    "waiting": "等待设备上线", "sent": "已下发，等待设备应答", "accepted": "设备已受理，执行中", "done": "执行成功", "refused": "设备拒绝",
    "failed": "执行失败", "silent": "设备无应答", "unfinished": "已受理，未报执行结果", "expired": "设备未上线，已过期",
    "cancelled": "已撤回", "interrupted": "连接或网关中断，结果不明", "faulty": "不能下发",
}  # fmt: skip
ENDED = frozenset({"done", "refused", "failed", "silent", "unfinished", "expired", "cancelled", "interrupted", "faulty"})
TIMEOUT_S, RETRIES = 10.0, 3  # HJ 212—2017 6.7.2
NEVER = datetime(9999, 1, 1)
SECRETS = frozenset({"NewSK", "SK", "NewPW", "PW"})  # never kept, never shown
_INFO_ID = re.compile(r"i[0-9]{5}").fullmatch
_KEPT = ("SN", "Info", "RS", "RT")  # what a device says of itself, kept with the exchange
MAX_DATA = 12  # texts a device sends back that are kept with the exchange


@dataclass(frozen=True)
class Field:
    """One parameter of a command: its key in the data area, words, kind, bounds or choices.

    ``kind``: ``"int"``, ``"time"`` (a moment), ``"clock"`` (a time of day), ``"info"`` (code of a device's information), ``"text"``.
    """

    key: str
    title: str
    kind: str = "text"
    low: int = 0
    high: int = 0
    choices: tuple[str, ...] = ()
    required: bool = True
    is_secret: bool = False
    hint: str = ""


POL = Field("PolId", "因子编码", required=False, hint="如 w01018；空着为现场机本身")
_FACTOR = Field("PolId", "因子编码", hint="如 w01018")
_INFO = Field("InfoId", "信息编码", "info", hint="附录 B 的现场端信息，如 i12001 工作状态、i13004 量程")
_SPAN = (Field("BeginTime", "起", "time"), Field("EndTime", "止", "time"))


@dataclass(frozen=True)
class Kind:
    """One command: its code, words, parameters; ``wait_s`` [s] how long the device may take; ``verify`` where its text was not read."""

    name: str
    cn: str
    title: str
    fields: tuple[Field, ...] = ()
    wait_s: float = 60.0
    is_notice: bool = False
    verify: bool = False
    is_inner: bool = False  # not offered as a plain command
    always: tuple[tuple[str, str], ...] = ()  # parameters that are not asked


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("get_time", "1011", "提取现场机时间", (POL,)),
        Kind("set_time", "1012", "设置现场机时间", (POL,)),
        Kind("set_timeout", "1000", "设置超时与重发次数",
             (Field("OverTime", "超时（秒）", "int", 1, 99), Field("ReCount", "重发次数", "int", 1, 99))),
        Kind("get_rtd", "1061", "提取实时数据间隔"),
        Kind("set_rtd", "1062", "设置实时数据间隔", (Field("RtdInterval", "间隔（秒）", "int", 30, 3600),)),
        Kind("get_minute", "1063", "提取分钟数据间隔"),
        Kind("set_minute", "1064", "设置分钟数据间隔",
             (Field("MinInterval", "间隔（分钟）", choices=("1", "2", "3", "4", "5", "6", "10", "12", "15", "20", "30")),)),
        Kind("set_password", "1072", "设置访问密码", (Field("NewPW", "新密码", is_secret=True, hint="6 位字母或数字"),)),
        Kind("real_on", "2011", "取实时数据", wait_s=90),
        Kind("real_off", "2012", "停止察看实时数据", is_notice=True),
        Kind("state_on", "2021", "取设备运行状态", wait_s=90),
        Kind("state_off", "2022", "停止察看设备运行状态", is_notice=True),
        Kind("fill_minute", "2051", "补传分钟数据", _SPAN, wait_s=1800),
        Kind("fill_hour", "2061", "补传小时数据", _SPAN, wait_s=1800),
        Kind("fill_day", "2031", "补传日数据", _SPAN, wait_s=1800),
        Kind("fill_run", "2041", "补传设备运行时间", _SPAN, wait_s=1800),
        Kind("fill_raw", "2013", "补传原始周期数据", _SPAN, wait_s=1800, verify=True),
        Kind("fill_noise", "2052", "补传噪声单次数据", _SPAN, wait_s=1800, verify=True),
        Kind("fill_check", "2062", "补传自动标样核查数据", _SPAN, wait_s=1800, verify=True),
        Kind("calibrate", "3011", "零点、量程校准", (Field("PolId", "因子编码"),), wait_s=1800),
        Kind("sample", "3012", "即时采样", (POL,), wait_s=1800),
        Kind("clean", "3013", "清洗、反吹", (POL,), wait_s=1800),
        Kind("compare", "3014", "比对采样", (_FACTOR,), wait_s=1800),
        Kind("retain", "3015", "超标留样", wait_s=600),
        Kind("set_period", "3016", "设置采样时间周期",
             (_FACTOR, Field("CstartTime", "首次采样", "clock", hint="一天中的时刻，如 00:00"),
              Field("Ctime", "周期（小时）", "int", 1, 24))),
        Kind("get_period", "3017", "提取采样时间周期", (_FACTOR,)),
        Kind("get_lag", "3018", "提取出样时间", (_FACTOR,)),
        Kind("identify", "3019", "提取设备唯一标识", (POL,)),
        Kind("get_info", "3020", "提取现场机状态、参数", (POL, _INFO)),
        Kind("get_log", "3020", "提取现场机日志", (POL, *_SPAN), wait_s=600, always=(("InfoId", "i11001"),)),
        Kind("set_info", "3021", "设置现场机参数", (_FACTOR, _INFO, Field("Info", "参数值"))),
        Kind("retain_now", "3022", "即时留样", (POL,), wait_s=600, verify=True),
        Kind("check", "3024", "启动标样核查", (_FACTOR,), wait_s=3600, verify=True),
        Kind("set_mn", "1002", "设置入网编码 MN",
             (Field("MN", "新 MN", hint="24 位 0—9、A—F"),), verify=True),
        Kind("new_key", "1014", "更换 SM4 密钥", verify=True, is_inner=True),
        Kind("install_key", "", "录入 SM4 密钥", is_inner=True),
        Kind("reread", "", "重读未采用的报文", (Field("BeginTime", "自", "time", required=False, hint="空着为全部"),), is_inner=True),
    )
}  # fmt: skip


class BadOrder(ValueError):
    """A command that cannot be asked so, in words."""

    def __init__(self, key: str, words: str) -> None:
        super().__init__(words)
        self.key = key


def checked(kind: Kind, said: Mapping[str, str]) -> dict[str, str]:
    """Parameters as they go into the data area, in the order of the standard; raises BadOrder.

    Times are ``YYYYMMDDhhmmss`` or ISO, the first before the last.
    """
    strange = set(said) - {f.key for f in kind.fields}
    if strange:
        raise BadOrder("", f"“{kind.title}”没有参数“{sorted(strange)[0]}”；可写：{'、'.join(f.key for f in kind.fields) or '无'}")
    out: dict[str, str] = {}
    for one in kind.fields:
        text = str(said.get(one.key) or "").strip()
        if not text:
            if one.required:
                raise BadOrder(one.key, f"请填写{one.title}")
            continue
        out[one.key] = _checked(one, text)
    if out.get("BeginTime", "") > out.get("EndTime", ""):
        raise BadOrder("EndTime", "止的时间早于起的时间")
    return out


def _checked(one: Field, text: str) -> str:
    if one.choices and text not in one.choices:
        raise BadOrder(one.key, f"{one.title}只能是 {'、'.join(one.choices)}")
    if one.kind == "int" and not (text.isascii() and text.isdigit() and one.low <= int(text) <= one.high):
        raise BadOrder(one.key, f"{one.title}应为 {one.low}—{one.high} 的整数")
    if one.kind == "clock":
        digits = text.replace(":", "").ljust(6, "0")
        if hj212.moment(f"20000101{digits}") is None or len(digits) != 6:
            raise BadOrder(one.key, f"{one.title}的时刻“{text}”读不懂，请写如 08:00")
        return digits
    if one.kind == "info" and not _INFO_ID(text):
        raise BadOrder(one.key, f"{one.title}应为 i 和五位数字，如 i13004")
    if one.kind == "time":
        digits = "".join(c for c in text if c.isdigit())
        at = hj212.moment(digits.ljust(14, "0"))
        if at is None:
            raise BadOrder(one.key, f"{one.title}的时间“{text}”读不懂，请写如 2026-11-22 08:00")
        return f"{at:%Y%m%d%H%M%S}"
    if any(c in text for c in ";,&=#") or not text.isascii() or not text.isprintable():
        raise BadOrder(one.key, f"{one.title}只能用字母、数字和 - _ .")
    if one.key == "NewPW" and not (len(text) == 6 and text.isalnum()):
        raise BadOrder(one.key, "新密码应为 6 位字母或数字")
    if one.key == "MN" and not (len(text) == 24 and set(text) <= set("0123456789ABCDEF")):
        raise BadOrder(one.key, "新 MN 应为 24 位，只用 0—9 和大写 A—F")
    return str(int(text)) if one.kind == "int" else text


@dataclass
class Exchange:
    """One asking of one device.

    ``id`` the order's; ``params`` checked; ``expires`` until when it may wait for the device; times are Beijing time.
    ``state`` of `STATES`; ``words`` the outcome in words; ``trail`` (time, sentence) for people, secrets left out;
    ``data`` what the device sent back; ``frames`` how many data packets came, ``first``, ``last`` their DataTime.
    """

    id: str
    mn: str
    kind: Kind
    params: dict[str, str]
    expires: datetime
    timeout_s: float = TIMEOUT_S
    retries: int = RETRIES
    wait_s: float = 60.0
    state: str = "waiting"
    words: str = ""
    qn: str = ""
    attempts: int = 0
    frames: int = 0
    first: str = ""
    last: str = ""
    data: dict[str, str] = field(default_factory=dict)
    trail: list[tuple[str, str]] = field(default_factory=list)
    due: datetime = NEVER
    wire: bytes = b""

    @property
    def is_ended(self) -> bool:
        return self.state in ENDED

    def area(self, at: datetime) -> str:
        """The data area; a time to set is the moment it is sent, history is ``BeginTime=…;EndTime=…``, a parameter ``i13004-Info=…``."""
        asked = dict(self.params)
        first = {"PolId": asked.pop("PolId")} if "PolId" in asked else {}
        names = {"Info": f"{asked.get('InfoId')}-Info"}
        parts = [f"{names.get(key, key)}={text}" for key, text in (first | dict(self.kind.always) | asked).items()]
        if self.kind.name == "set_time":
            parts.append(f"SystemTime={at:%Y%m%d%H%M%S}")
        return ";".join(parts)

    def send(self, wire: bytes, qn: str, at: datetime) -> bytes:
        """The packet goes out, for the first time or again; a request sent again keeps its QN."""
        self.wire, self.qn = wire, qn
        self.attempts += 1
        self.state, self.due = "sent", at + timedelta(seconds=self.timeout_s)
        self._note(at, f"下发 {self.kind.cn}" if self.attempts == 1 else f"第 {self.attempts} 次下发")
        return wire

    def hear(self, message: hj212.Message, at: datetime) -> bool:
        """A packet with this exchange's QN; whether it said anything new."""
        if self.is_ended or self.state == "waiting":
            return False
        if message.cn == "9013" and self.kind.is_notice:
            return self._end("done", "设备已收到通知", at)
        if message.cn == "9011":
            return self._accept(message.params.get("QnRtn", ""), at)
        if message.cn == "9012":
            code = _number(message.params.get("ExeRtn", ""))
            words = RESULT.get(code, f"返回码 {code or '缺失'}，标准中没有")
            return self._end("done" if code == "1" else "failed", self._told(words), at)
        if message.cn == self.kind.cn:
            self._take(message, at)
            return True
        return False

    def _accept(self, code: str, at: datetime) -> bool:
        code = _number(code)
        if code == "1":
            if self.state == "accepted":
                return False
            self.state, self.due = "accepted", at + timedelta(seconds=self.wait_s)
            self._note(at, f"设备应答：{REPLY['1']}")
            return True
        return self._end("refused", REPLY.get(code, f"返回码 {code or '缺失'}，标准中没有"), at)

    def _take(self, message: hj212.Message, at: datetime) -> None:
        """Data: the device works on it, so its time begins anew; 9011 is implied where it was lost."""
        self.frames += 1
        time = message.params.get("DataTime", "")[:14]
        if time:
            self.first, self.last = min(self.first or time, time), max(self.last, time)
        said = {key: text for key, text in message.params.items() if key != "DataTime" and key not in SECRETS}
        said |= {f"{code}-{suffix}": values[suffix] for code, values in message.items.items() for suffix in _KEPT if suffix in values}
        for key, text in said.items():
            if key in self.data and self.data[key] != text[:60] and time:  # a log comes line by line
                key = f"{key} {_shown(time)}"
            if len(self.data) < MAX_DATA:
                self.data[key] = text[:60]
        if self.state == "sent" or self.frames == 1:
            self._note(at, "设备送来数据")
        self.state, self.due = "accepted", at + timedelta(seconds=self.wait_s)

    def tick(self, at: datetime) -> str:
        """What time asks for: ``"resend"``, or ``""``; may end the exchange."""
        if self.state == "waiting":
            if at >= self.expires:
                self._end("expired", "设备一直没有上线", at)
        elif at >= self.due:
            if self.state == "sent" and self.attempts <= self.retries:
                return "resend"
            if self.state == "sent":
                self._end("silent", f"下发 {self.attempts} 次，每次等 {self.timeout_s:g} 秒，设备都没有应答", at)
            elif self.state == "accepted":
                self._end("unfinished", self._told(f"设备受理后 {self.wait_s:g} 秒没有报结果"), at)
        return ""

    def cancel(self, at: datetime) -> None:
        """Taken back before it went out."""
        self._end("cancelled", "下发前撤回", at)

    def interrupt(self, at: datetime, why: str) -> None:
        """The link is gone: an unanswered request waits for the next one, an accepted one cannot be followed further."""
        if self.state == "sent":
            self.state, self.due, self.attempts = "waiting", NEVER, 0  # the same QN again: the device can tell
            self._note(at, f"{why}，等待设备再上线")
        elif self.state == "accepted":
            self._end("interrupted", self._told(f"受理后{why}，执行结果不明"), at)

    def fail(self, words: str, at: datetime) -> None:
        """It cannot be sent at all."""
        self._end("faulty", words, at)

    def work(self, words: str, at: datetime) -> None:
        """The gateway works on it, without the device."""
        self.state, self.due = "accepted", NEVER
        self._note(at, words)

    def finish(self, words: str, at: datetime) -> None:
        """It is done without the device."""
        self._end("done", words, at)

    def _told(self, words: str) -> str:
        if not self.frames:
            return words
        span = f"，{_shown(self.first)}—{_shown(self.last)}" if self.first else ""
        return f"{words}；收到数据 {self.frames} 包{span}"

    def _end(self, state: str, words: str, at: datetime) -> bool:
        self.state, self.words, self.due = state, words, NEVER
        self._note(at, words)
        return True

    def _note(self, at: datetime, words: str) -> None:
        if len(self.trail) < 40:
            self.trail.append((at.isoformat(timespec="seconds"), words))


def _number(code: str) -> str:
    """A result code without padding."""
    return str(int(code)) if code.isascii() and code.isdigit() else code


def _shown(time: str) -> str:
    at = hj212.moment(time)
    return f"{at:%m-%d %H:%M}" if at else time
