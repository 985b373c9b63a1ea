"""A data logger (数采仪) in software: sends packets, waits for 9014, sends again as HJ 212—2017 6.7 says."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from qingshan import hj212

TIMEOUT_S = 10.0  # HJ 212—2017 6.7.2: default
RETRIES = 3


class Clock:
    """QNs in order, never the same twice: YYYYMMDDhhmmsszzz from a moment on, a millisecond apart where they crowd."""

    def __init__(self, start: datetime) -> None:
        self._last = start.replace(microsecond=start.microsecond // 1000 * 1000) - timedelta(milliseconds=1)

    def next(self, at: datetime | None = None) -> str:
        """A QN at `at`, or right after the last one."""
        following = self._last + timedelta(milliseconds=1)
        self._last = max(at.replace(microsecond=at.microsecond // 1000 * 1000), following) if at else following
        return hj212.stamp(self._last)


def record(
    mn: str,
    start: datetime,
    values: Mapping[str, float | None],
    *,
    qn: str | datetime,
    cn: str = "2061",
    st: str = "22",
    pw: str = "123456",
    flags: Mapping[str, str] | None = None,
    decimals: Mapping[str, int] | int = 3,
    version: str = "2017",
    rf: bool = False,
    key: bytes | None = None,
) -> bytes:
    """One upload of means from item code → value; `start` is the START of the period (hour 2061, minute 2051, day 2031).

    A value None is left out. The suffix is Avg, or Rtd for 2011. Values are written in the unit agreed for the device
    (air here: µg/m³, CO mg/m³), without trailing zeros, at most `decimals` of them.
    """
    kind = "Rtd" if cn == "2011" else "Avg"
    flags = flags or {}
    items = {
        code: {kind: _text(value, decimals if isinstance(decimals, int) else decimals.get(code, 3)), "Flag": flags.get(code, "N")}
        for code, value in values.items()
        if value is not None
    }
    return hj212.build(cn, mn, hj212.area(start, items), qn=qn, st=st, pw=pw, version=version, rf=rf, key=key)


def hour_record(mn: str, start: datetime, values: Mapping[str, float | None], *, qn: str | datetime, **options: object) -> bytes:
    """One hour's means (2061): `record` with its defaults; `start` is the START of the hour."""
    return record(mn, start, values, qn=qn, **options)  # type: ignore[arg-type]


def _text(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class NotAcknowledged(ConnectionError):
    """A packet was sent as often as the standard says and never answered; ``frame`` is that packet, ``acknowledged`` those before it."""

    def __init__(self, words: str, frame: bytes, acknowledged: int) -> None:
        super().__init__(words)
        self.frame, self.acknowledged = frame, acknowledged


class Station:
    """One device's link to a platform; use with ``async with``.

    ``upload`` sends packets with at most `window` unanswered, in order, and sends again after `timeout_s`, `retries` times.
    Commands of the platform (1012 set time …) are answered 9011 and 9012, or as `obey` says (`gateway.obedience.Logger`); `keys` are
    its SM4 keys.
    """

    def __init__(
        self, host: str, port: int, mn: str = "", *, timeout_s: float = TIMEOUT_S, retries: int = RETRIES,
        obey: Callable[[hj212.Message], list[bytes]] | None = None, keys: Callable[[], Sequence[bytes]] = tuple,
    ) -> None:  # fmt: skip
        self.host, self.port, self.mn = host, port, mn
        self.timeout_s, self.retries = timeout_s, retries
        self.acknowledged = self.resent = 0
        self._obey, self._keys = obey, keys
        self.commands: list[hj212.Message] = []
        self._answers: dict[str, asyncio.Future[str]] = {}
        self._reader: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Station:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def connect(self) -> None:
        """Dial; raises OSError where nobody listens."""
        stream, self._writer = await asyncio.open_connection(self.host, self.port)
        self._reader = asyncio.create_task(self._listen(stream))

    @property
    def is_connected(self) -> bool:
        return self._writer is not None and self._reader is not None and not self._reader.done()

    async def close(self) -> None:
        """Hang up."""
        if self._reader:
            self._reader.cancel()
        if self._writer:
            self._writer.close()
            try:
                await self._writer.wait_closed()
            except (OSError, asyncio.CancelledError):
                pass
        self._writer = None

    def write(self, data: bytes) -> None:
        """Bytes as they are, unanswered: for faults."""
        if self._writer is None:
            raise ConnectionError(f"未连接 {self.host}:{self.port}")
        self._writer.write(data)

    async def _listen(self, stream: asyncio.StreamReader) -> None:
        framer = hj212.Framer()
        try:
            while data := await stream.read(65536):
                for frame in framer.feed(data):
                    self._hear(hj212.parse(frame, self._keys()))
        except OSError:
            pass
        for future in self._answers.values():
            if not future.done():
                future.set_result("closed")

    def _hear(self, message: hj212.Message) -> None:
        if not message.is_trusted:
            return
        if message.cn in ("9013", "9014"):
            future = self._answers.get(message.qn)
            if future is not None and not future.done():
                future.set_result(message.cn)
        else:
            self.commands.append(message)
            if self._obey is not None:
                for packet in self._obey(message):
                    self.write(packet)
            elif message.wants_reply:
                self.write(hj212.answer(message, "9011", "QnRtn=1") + hj212.answer(message, "9012", "ExeRtn=1"))

    async def upload(self, frames: Iterable[bytes], window: int = 1) -> int:
        """Send all, wait for each answer; returns how many were acknowledged, raises `NotAcknowledged` at the first that never is."""
        loop = asyncio.get_running_loop()
        flying: OrderedDict[str, tuple[bytes, asyncio.Future[str]]] = OrderedDict()
        source: Iterator[bytes] = iter(frames)
        done = 0
        more = True
        while more or flying:
            while more and len(flying) < window:
                frame = next(source, None)
                if frame is None:
                    more = False
                    break
                qn = _qn(frame)
                future: asyncio.Future[str] = loop.create_future()
                self._answers[qn] = future
                flying[qn] = (frame, future)
                self.write(frame)
            if not flying:
                break
            if self._writer is not None:
                await self._writer.drain()
            qn, (frame, future) = next(iter(flying.items()))
            await self._await(frame, future, done)
            del flying[qn], self._answers[qn]
            done += 1
            self.acknowledged += 1
        return done

    async def _await(self, frame: bytes, future: asyncio.Future[str], done: int) -> None:
        for attempt in range(self.retries + 1):
            try:
                answer = await asyncio.wait_for(asyncio.shield(future), self.timeout_s)
            except TimeoutError:
                if attempt < self.retries:
                    self.resent += 1
                    self.write(frame)
                continue
            if answer == "closed":
                raise NotAcknowledged(f"{self.host}:{self.port} 断开了连接，{done} 个报文已应答", frame, done)
            return
        raise NotAcknowledged(f"{self.host}:{self.port} 未应答，已发 {self.retries + 1} 次，{done} 个报文已应答", frame, done)


def _qn(frame: bytes) -> str:
    at = frame.find(b"QN=")
    return frame[at + 3 : at + 20].decode("ascii", "replace")


async def send(
    host: str, port: int, mn: str, frames: Iterable[bytes], window: int = 20, timeout_s: float = TIMEOUT_S, retries: int = RETRIES
) -> int:
    """Send packets over one link and wait for every 9014; returns how many were acknowledged.

    Each frame needs a QN of its own (`Clock`). A broken link is dialled again and goes on with the packet that was not
    acknowledged, `retries` times; then `NotAcknowledged`.
    """
    left = list(frames)
    total = 0
    for attempt in range(retries + 1):
        station = Station(host, port, mn, timeout_s=timeout_s, retries=retries)
        try:
            async with station:
                total += await station.upload(left, window)
                return total
        except (NotAcknowledged, OSError):
            left = left[station.acknowledged :]
            total += station.acknowledged
            if attempt == retries:
                raise
            await asyncio.sleep(min(0.2 * 2**attempt, timeout_s))
    return total
