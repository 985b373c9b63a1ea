"""The HJ 212 server (网关): bytes from devices into the journal, answers after the commit.

A link is never trusted with memory: what waits for the rest of a frame is capped by the framer, what waits for the disk by
``Limits.waiting``, what waits to be read by the peer by asyncio's write buffer; past a cap the link is no longer read.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from qingshan import hj212
from qingshan.gateway.devices import Admit, Device, everyone
from qingshan.gateway.journal import Journal
from qingshan.gateway.record import Head, Record, evaluate, head_of, header_bytes, now

log = logging.getLogger("qingshan.gateway")
_HEADS = 200  # kinds of upload remembered for a link
_SAMPLE = 16  # of uploads like the one before, every how many is looked at whole for the listener


@dataclass(frozen=True)
class Limits:
    """Caps of one gateway; seconds, bytes, counts."""

    links: int = 2000
    idle_s: float = 900.0  # a link that sends nothing this long is closed
    torn_s: float = 30.0  # a frame whose rest does not come is written down as torn
    waiting: int = 20_000  # records on their way to the disk, over all links
    noise_kept: int = 4096  # bytes that are no HJ 212, kept per link
    noise: int = 64 * 1024  # past this, and more noise than packets, the link is closed
    bad: int = 200  # faulty packets a link may send beyond its good ones
    rate: float = 2000.0  # packets a second a link may send for long; past it the link is read more slowly, nothing is lost
    burst: int = 20_000  # packets a link may send at once before that


class Listener(Protocol):
    """Who follows the devices themselves (`gateway.desk.Desk`), beside the journal."""

    def hear(self, link: Link, frame: hj212.Frame, message: hj212.Message, record: Record) -> None:
        """A packet was judged."""

    def attends(self, mn: str) -> bool:
        """Whether it wants to hear every packet of a device just now; else one in `_SAMPLE` of those like the last is enough."""

    def left(self, link: Link) -> None:
        """A link has ended."""


class Link(asyncio.Protocol):
    """One TCP link."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.framer = hj212.Framer()
        self.keys: Sequence[bytes] = ()
        self.peer = ""
        self.noise = self.noise_kept = self.good = self.bad = 0
        self.is_open = False
        self._reasons: set[str] = set()
        self._heads: dict[bytes, Head] = {}
        self.allowance, self.counted = float(gateway.limits.burst), 0.0
        self.sampled = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        peer = transport.get_extra_info("peername") or ("?", 0)
        self.peer = f"{peer[0]}:{peer[1]}"
        self.heard = self.gateway.loop.time()
        if not self.gateway.enter(self):
            transport.abort()
            return
        self.is_open = True

    def connection_lost(self, exc: Exception | None) -> None:
        if self.is_open:
            self.is_open = False
            self._take(self.framer.flush())
        self.gateway.links.discard(self)
        if self.gateway.listener:
            self.gateway.listener.left(self)

    def data_received(self, data: bytes) -> None:
        self.heard = self.gateway.loop.time()
        self._take(self.framer.feed(data))

    def settle(self) -> None:
        """The rest of a torn frame has not come."""
        self._take(self.framer.flush())

    def _take(self, frames: list[hj212.Frame]) -> None:
        if not frames:
            return
        at = now()
        received = at.isoformat(timespec="microseconds")
        records = []
        for frame in frames:
            if frame.fault == "noise":
                self._hear_noise(frame, received, records)
            else:
                records.append(self._glance(frame, received) or self._judge(frame, at, received))
        self.gateway.submit(self, records)
        limits = self.gateway.limits
        self.allowance = min(limits.burst, self.allowance + (self.heard - self.counted) * limits.rate) - len(frames)
        self.counted = self.heard
        if self.allowance < 0 and self.is_open:
            self.hold("rate")
            self.gateway.loop.call_later(-self.allowance / limits.rate, self.release, "rate")
        noisy = self.noise > limits.noise and self.noise > 400 * self.good
        if self.is_open and (noisy or self.bad > limits.bad + self.good):
            log.warning("%s：多为无效字节（%d 字节、%d 个坏包），断开", self.peer, self.noise, self.bad)
            self.transport.close()

    def _hear_noise(self, frame: hj212.Frame, received: str, records: list[Record]) -> None:
        kept = frame.raw[: max(0, self.gateway.limits.noise_kept - self.noise_kept)]
        self.noise += len(frame.raw)
        self.noise_kept += len(kept)
        if kept:
            records.append(Record(received, self.peer, kept, "noise", token=self))

    def _glance(self, frame: hj212.Frame, received: str) -> Record | None:
        """The record of an upload like one judged before, its data area left for the journal to read; None for any other."""
        parts = header_bytes(frame)
        head = self._heads.get(parts[1]) if parts else None
        if head is None or self.gateway.admit(head.mn, self.peer) is not head.device:
            return None
        listener = self.gateway.listener
        if listener:
            head.times += 1
            self.sampled = head.times % _SAMPLE == 0
            if self.sampled or listener.attends(head.mn):
                return None
        assert parts is not None
        self.good += 1
        record = Record(received, self.peer, frame.raw, "ok", head.mn, head.st, head.cn)
        record.answer = head.answer(parts[0])
        record.token = self
        record.is_identified = record.is_unread = True
        return record

    def _judge(self, frame: hj212.Frame, at: datetime, received: str) -> Record:
        message = hj212.parse(frame, self.keys)
        device: Device | None = None
        if message.mn:
            device = self.gateway.admit(message.mn, self.peer)
            if device is not None and device.keys != self.keys:
                self.keys = device.keys
                if not message.is_trusted and self.keys:
                    message = hj212.parse(frame, self.keys)
        record = evaluate(frame, device, message, at, received, self.peer)
        record.token = self
        if record.verdict in ("ok", "unknown_device", "refused") or record.items is not None:
            self.good += 1
        else:
            self.bad += 1
        head = head_of(frame, device, message, record)
        if head and len(self._heads) < _HEADS:
            self._heads[head[0]] = head[1]
        if message.cn == "1013" and record.answer:
            record.answer += _set_time(message, at)
        if self.gateway.listener:
            self.gateway.listener.hear(self, frame, message, record)
        return record

    def pause_writing(self) -> None:
        self.hold("peer")

    def resume_writing(self) -> None:
        self.release("peer")

    def hold(self, reason: str) -> None:
        """Stop reading this link, for a reason that ends."""
        if not self._reasons and not self.transport.is_closing():
            self.transport.pause_reading()
        self._reasons.add(reason)

    def release(self, reason: str) -> None:
        """The reason has ended."""
        if reason in self._reasons:
            self._reasons.discard(reason)
            if not self._reasons and not self.transport.is_closing():
                self.transport.resume_reading()


def _set_time(message: hj212.Message, at: datetime) -> bytes:
    """1012 after the 9013 to a device that asked for the time (1013)."""
    which = f"PolId={message.params['PolId']};" if message.params.get("PolId") else ""
    version = message.version if message.version in ("2017", "2025") else "2017"
    return hj212.build(
        "1012", message.mn, f"{which}SystemTime={at:%Y%m%d%H%M%S}", qn=at, st=message.st or "22", pw=message.pw, version=version
    )


class Gateway:
    """All links of one server and its journal."""

    def __init__(self, journal: Journal, admit: Admit | None = None, limits: Limits | None = None) -> None:
        self.journal = journal
        self.admit: Admit = admit or everyone
        self.limits = limits or Limits()
        self.links: set[Link] = set()
        self.listener: Listener | None = None
        self.pending = 0
        self.refused = 0
        self._held: set[Link] = set()
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.Task[None] | None = None

    async def start(self, host: str, port: int) -> Gateway:
        """Listen; ``port`` 0 takes a free one, then ``self.port`` says which."""
        self.loop = asyncio.get_running_loop()
        self.journal.done = self._done
        self._server = await self.loop.create_server(lambda: Link(self), host, port, backlog=1024)
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._sweeper = asyncio.create_task(self._sweep())
        return self

    async def close(self) -> None:
        """Stop listening, write and answer what has come in, close all links."""
        if self._server:
            self._server.close()
        if self._sweeper:
            self._sweeper.cancel()
        for link in list(self.links):
            link.hold("closing")
        deadline = self.loop.time() + 10
        while self.pending and self.loop.time() < deadline:
            await asyncio.sleep(0.01)
        for link in list(self.links):
            link.transport.close()
        while self.links and self.loop.time() < deadline:
            await asyncio.sleep(0.01)

    def enter(self, link: Link) -> bool:
        """Take a new link in, unless there are too many."""
        if len(self.links) >= self.limits.links:
            self.refused += 1
            if self.refused & (self.refused - 1) == 0:
                log.warning("连接已满（%d），拒绝 %s（累计 %d 次）", self.limits.links, link.peer, self.refused)
            return False
        self.links.add(link)
        return True

    def submit(self, link: Link, records: list[Record]) -> None:
        """Hand a link's records to the journal; past the cap the link waits for the disk."""
        if not records:
            return
        self.pending += len(records)
        self.journal.submit(records)
        if self.pending > self.limits.waiting and link.is_open:
            link.hold("disk")
            self._held.add(link)

    def _done(self, records: list[Record], error: Exception | None) -> None:
        try:
            self.loop.call_soon_threadsafe(self._answer, records, error)
        except RuntimeError:  # the loop has ended: nothing more can be answered
            pass

    def _answer(self, records: list[Record], error: Exception | None) -> None:
        self.pending -= len(records)
        if error is None:
            answers: dict[Link, list[bytes]] = {}
            for record in records:
                if record.answer:
                    answers.setdefault(record.token, []).append(record.answer)  # type: ignore[arg-type]
            for link, parts in answers.items():
                if not link.transport.is_closing():
                    link.transport.write(b"".join(parts) if len(parts) > 1 else parts[0])
        if self._held and self.pending < self.limits.waiting // 2:
            for link in self._held:
                link.release("disk")
            self._held.clear()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(min(5.0, self.limits.torn_s / 2, self.limits.idle_s / 2))
            present = self.loop.time()
            for link in list(self.links):
                if present - link.heard > self.limits.idle_s:
                    log.info("%s：%.0f 秒无数据，断开", link.peer, self.limits.idle_s)
                    link.transport.close()
                elif link.framer.waiting and present - link.heard > self.limits.torn_s:
                    link.settle()


async def serve(
    journal: Journal, host: str = "127.0.0.1", port: int = 9212, admit: Admit | None = None, limits: Limits | None = None
) -> Gateway:
    """Start a gateway on a journal; the caller closes the gateway first, then the journal."""
    return await Gateway(journal, admit, limits).start(host, port)
