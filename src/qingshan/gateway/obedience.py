"""A simulated data logger that carries out commands (受控的模拟数采仪), refuses them, or stays silent: for trying the desk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from qingshan import hj212
from qingshan.gateway.simulator import Clock

_STEPS = {"2051": timedelta(minutes=1), "2061": timedelta(hours=1), "2031": timedelta(days=1)}


class Logger:
    """State of one device and its answer to each command.

    ``manner``: ``"obeys"``, ``"refuses"`` (QnRtn 2), ``"fails"`` (ExeRtn 3), ``"silent"``, ``"forgets"`` (9011 and no 9012),
    ``"deaf once"`` (silent to the first sending of a request).
    """

    def __init__(self, mn: str, manner: str = "obeys", *, pw: str = "123456", version: str = "2017", key: bytes | None = None) -> None:
        self.mn, self.manner, self.pw, self.version = mn, manner, pw, version
        self.keys: list[bytes] = [key] if key else []
        self.rtd, self.minutes, self.over, self.count = 30, 10, 10, 3
        self.period = ("000000", "4")
        self.told: dict[str, str] = {}
        self.clock = Clock(datetime(2026, 11, 22, 9))
        self.heard: list[hj212.Message] = []
        self._deaf: set[str] = set()

    def answer(self, message: hj212.Message) -> list[bytes]:
        """What goes back on a command."""
        self.heard.append(message)
        if message.cn in ("2012", "2022"):
            return [hj212.answer(message, "9013")]
        if self.manner == "silent" or (self.manner == "deaf once" and message.qn not in self._deaf):
            self._deaf.add(message.qn)
            return []
        if message.pw != self.pw:
            return [hj212.answer(message, "9011", "QnRtn=3")]
        if message.mn != self.mn:
            return [hj212.answer(message, "9011", "QnRtn=4")]
        if self.manner == "refuses":
            return [hj212.answer(message, "9011", "QnRtn=2")]
        out = [hj212.answer(message, "9011", "QnRtn=1")]
        if self.manner == "forgets":
            return out
        if self.manner == "fails":
            return [*out, hj212.answer(message, "9012", "ExeRtn=3")]
        data = list(self._carry_out(message))
        empty = message.cn in _STEPS and not data
        return [*out, *data, hj212.answer(message, "9012", "ExeRtn=100" if empty else "ExeRtn=1")]

    def _carry_out(self, message: hj212.Message) -> Iterator[bytes]:
        said = message.params
        match message.cn:
            case "1011":
                yield self._data(message, f"SystemTime={self.clock.next()[:14]}")
            case "1012":
                at = hj212.moment(said["SystemTime"])
                assert at is not None
                self.clock = Clock(at)
            case "1000":
                self.over, self.count = int(said["OverTime"]), int(said["ReCount"])
            case "1061":
                yield self._data(message, f"RtdInterval={self.rtd}")
            case "1062":
                self.rtd = int(said["RtdInterval"])
            case "1063":
                yield self._data(message, f"MinInterval={self.minutes}")
            case "1064":
                self.minutes = int(said["MinInterval"])
            case "1072":
                self.pw = said["NewPW"]
            case "1002":
                self.mn = said["MN"]
            case "1014":
                self.keys = [said["NewSK"].encode(), *self.keys[:1]]
            case "3015":
                yield self._data(message, "DataTime=20261122090000;VaseNo=3")
            case "3016":
                self.period = (said["CstartTime"], said["Ctime"])
            case "3017":
                yield self._data(message, f"PolId={said['PolId']},CstartTime={self.period[0]},Ctime={self.period[1]}")
            case "3018":
                yield self._data(message, f"PolId={said['PolId']},Stime=30")
            case "3020" if said["InfoId"] == "i11001":
                for minute, words in enumerate(("开机；自检", "更换试剂")):
                    yield self._data(message, f"DataTime=202611220800{minute:02d};PolId={said['PolId']},i11001-Info=//{words}//")
            case "3020":
                yield self._data(message, f"DataTime=20261122080000;{said['InfoId']}-Info={self.told.get(said['InfoId'], '0')}")
            case "3021":
                self.told[said["InfoId"]] = message.items[said["InfoId"]]["Info"]
            case "2021":
                yield self._data(message, "DataTime=20261122090000;SB1-RS=1")
            case "3019":
                yield self._data(message, "w01018-SN=SIM0212")
            case "2011":
                yield self._data(message, "DataTime=20261122090000;a34004-Rtd=35.2,a34004-Flag=N")
            case cn if cn in _STEPS:
                yield from self._history(message, _STEPS[cn])

    def _history(self, message: hj212.Message, step: timedelta) -> Iterator[bytes]:
        first, last = hj212.moment(message.params["BeginTime"]), hj212.moment(message.params["EndTime"])
        assert first is not None
        assert last is not None
        while first <= last:
            yield self._data(message, hj212.area(first, {"a34004": {"Avg": f"{30 + first.hour}", "Flag": "N"}}))
            first += step

    def _data(self, message: hj212.Message, area: str) -> bytes:
        key = self.keys[0] if self.keys else None
        return hj212.build(message.cn, self.mn, area, qn=message.qn, pw=self.pw, version=self.version, key=key)
