"""Forwarding (一点多发): frames of the journal sent on to other platforms over TCP, byte for byte as they were received.

A target has its own state in its own file, its own link and its own pace; one that is down holds nobody up. With ``wait`` a frame counts as
delivered when its 9014 has come; without, when the link has stayed up for ``hold`` seconds after it was written. Either way what was not
delivered is sent again: at least once, so a frame may come twice after a break, and none is missing.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
import tomllib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from pathlib import Path

from qingshan import hj212
from qingshan.gateway.doors.delivery import NOTE
from qingshan.gateway.doors.inbox import flush
from qingshan.gateway.journal import Reader, StoredFrame
from qingshan.gateway.record import now

log = logging.getLogger("qingshan.gateway")
FILE, FOLDER = "forward.toml", "forward"
COMMANDS = ("2011", "2021", "2031", "2041", "2051", "2061")
AT_ONCE = 500
LONGEST = 300.0


class ForwardError(ValueError):
    """A fault in the file of targets, in words."""


@dataclass(frozen=True)
class Target:
    """One platform frames are sent on to; an entry of ``forward.toml``."""

    name: str
    host: str
    port: int
    devices: tuple[str, ...] = ("*",)
    """MN, with * and ?"""
    commands: tuple[str, ...] = COMMANDS
    wait: bool = True
    """the platform answers 9014"""
    answer_s: float = 10.0
    """[s] an answer may take"""
    window: int = 20
    """frames under way at once"""
    rate: float = 50.0
    """frames a second at most"""
    newest: bool = False
    """after a break the new first, what was missed beside it"""
    begin: str = "now"
    """where a new target starts: now, or first (the whole journal)"""
    hold: float = 30.0
    """[s] without answers: how long the link must stay up before a frame counts as delivered"""
    on: bool = True

    def takes(self, frame: StoredFrame) -> bool:
        """Whether the frame is sent to it: a good packet from a device, of a command and device asked for."""
        return (
            frame.verdict == "ok" and frame.cn in self.commands and NOTE not in frame.notes.split(",")
            and any(fnmatchcase(frame.mn, wanted) for wanted in self.devices)
        )  # fmt: skip


def targets(path: Path) -> list[Target]:
    """The targets declared in a file, none where there is none; raises ForwardError."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ForwardError(f"{path} 读不懂：{error}") from None
    strange = set(content) - {"target"}
    if strange or not isinstance(content.get("target", []), list):
        raise ForwardError(f"{path}：只能写 [[target]]，不认识“{'、'.join(sorted(strange)) or 'target'}”")
    found = [_target(path, number, entry) for number, entry in enumerate(content.get("target", []), 1)]
    names = [t.name for t in found]
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice:
        raise ForwardError(f"{path}：目标“{twice}”写了两次")
    return found


def _target(path: Path, number: int, entry: dict) -> Target:
    here = f"{path} 第 {number} 个目标"
    known = {f.name: f for f in fields(Target)}
    strange = set(entry) - set(known)
    if strange:
        raise ForwardError(f"{here}：没有键“{sorted(strange)[0]}”；已有：{'、'.join(known)}")
    missing = [n for n in ("name", "host", "port") if n not in entry]
    if missing:
        raise ForwardError(f"{here}：缺少 {'、'.join(missing)}")
    said = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
    kinds = {"str": str, "int": int, "bool": bool, "float": (int, float), "tuple[str, ...]": tuple}
    for key, value in said.items():
        if not isinstance(value, kinds[str(known[key].type)]) or (isinstance(value, bool) and known[key].type != "bool"):
            raise ForwardError(f"{here}：{key} = {value!r} 类型不对")
    one = Target(**said)
    if not one.name or one.name.startswith(".") or not one.name.replace("_", "").replace("-", "").replace(".", "").isalnum():
        raise ForwardError(f"{here}：name “{one.name}”只能用文字、数字、- 和 _")
    if not (1 <= one.port <= 65535 and 1 <= one.window <= 1000 and 0 < one.rate <= 10_000 and one.answer_s > 0 and one.hold >= 0):
        raise ForwardError(f"{here}：port、window、rate、answer_s、hold 有一个超出范围")
    if one.begin not in ("now", "first"):
        raise ForwardError(f"{here}：begin 只能是 now 或 first")
    return one


@dataclass
class State:
    """How far one target is: every frame up to `live` is delivered, but for those of the `gaps` (first, last), both included."""

    live: int = 0
    gaps: list[list[int]] = field(default_factory=list)

    def behind(self, last: int) -> int:
        """Frames of the journal not yet looked at."""
        return max(0, last - self.live) + sum(b - a + 1 for a, b in self.gaps)


class Forwarder:
    """Sends to one target, from a journal on disk."""

    def __init__(self, data: Path, target: Target) -> None:
        self.target, self.reader = target, Reader(data)
        self.path = data / FOLDER / f"{target.name}.json"
        self.state = State()
        self.delivered = 0
        self.connected, self.error, self.last_sent, self.delivered_at = False, "", "", ""
        self._kept = 0.0
        self._allowed, self._at = 1.0, time.monotonic()

    def open(self) -> None:
        """Where it stood; a state that cannot be read stops this target and says so rather than sending everything again."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            said = json.loads(self.path.read_text(encoding="utf-8"))
            self.state = State(int(said["live"]), [[int(a), int(b)] for a, b in said["gaps"]])
            self.delivered, self.delivered_at = int(said.get("delivered", 0)), str(said.get("delivered_at", ""))
        except FileNotFoundError:
            self.state = State(self.reader.last() if self.target.begin == "now" else 0)
            self.keep()
        except (ValueError, KeyError, TypeError) as error:
            raise ForwardError(f"{self.path} 读不懂（{error}）；请从备份恢复，或删去它并在 forward.toml 写明 begin") from None

    def keep(self) -> None:
        """The state and how it stands, whole or not at all."""
        last = self.reader.last()
        said = {
            "live": self.state.live, "gaps": self.state.gaps, "delivered": self.delivered, "delivered_at": self.delivered_at,
            "at": now().isoformat(timespec="seconds"), "to": f"{self.target.host}:{self.target.port}", "connected": self.connected,
            "error": self.error, "behind": self.state.behind(last), "last": last, "last_sent": self.last_sent,
        }  # fmt: skip
        part = self.path.with_suffix(".part")
        with part.open("w", encoding="utf-8") as file:
            json.dump(said, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.path)
        flush(self.path.parent)
        self._kept = time.monotonic()

    async def run(self) -> None:
        """For ever: connect, send, wait longer after each failure."""
        pause = 1.0
        await asyncio.to_thread(self.open)
        while True:
            began = time.monotonic()
            try:
                await self._session()
            except (TimeoutError, OSError, EOFError) as problem:
                self.connected = False
                self.error = f"{now():%m-%d %H:%M:%S} {_words(problem)}"
                log.warning("转发 %s：%s；%.0f 秒后再连", self.target.name, self.error, pause)
                await self._keep()
            if time.monotonic() - began > 60:
                pause = 1.0
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST)

    async def _keep(self) -> None:
        try:
            await asyncio.to_thread(self.keep)
        except OSError as problem:
            log.error("转发 %s：进度写不下：%s", self.target.name, problem)

    async def _session(self) -> None:
        stream, writer = await asyncio.wait_for(asyncio.open_connection(self.target.host, self.target.port), 15)
        self.connected = True
        last = await asyncio.to_thread(self.reader.last)
        if self.target.newest and last > self.state.live:
            self.state.gaps.append([self.state.live + 1, last])
            self.state.live = last
            await self._keep()
        link = _Link(self.target, stream, writer, self.state.live)
        try:
            while True:
                moved = await self._live(link)
                if not moved and self.state.gaps:
                    moved = await self._gap(link)
                link.check()
                if self._ripen(link) or moved or time.monotonic() - self._kept > 10:
                    await self._keep()
                if not moved:
                    await asyncio.sleep(0.5)
        except asyncio.CancelledError:
            self.connected = False
            try:
                self.keep()  # at once: nothing more runs after this
            except OSError as problem:
                log.error("转发 %s：进度写不下：%s", self.target.name, problem)
            raise
        finally:
            self.connected = False
            link.close()

    async def _live(self, link: _Link) -> int:
        frames = await asyncio.to_thread(self.reader.frames, link.live, AT_ONCE)
        if frames:
            await self._send(link, frames, is_gap=False)
        return len(frames)

    async def _gap(self, link: _Link) -> int:
        """The newest gap's next stretch, a short one so that live frames never wait long."""
        first, last = self.state.gaps[-1]
        if link.gap is None or not first - 1 <= link.gap <= last:
            link.gap = first - 1
        if link.gap == last:
            return 0  # all of it is written, and waits to count
        frames = [f for f in await asyncio.to_thread(self.reader.frames, link.gap, self.target.window) if f.id <= last]
        if frames:
            await self._send(link, frames, is_gap=True)
        else:
            self._deliver(link, [], last, is_gap=True)
        return 1

    async def _send(self, link: _Link, frames: Sequence[StoredFrame], is_gap: bool) -> None:
        """Send those the target takes, in order, `window` at a time; the state moves only over what counts as delivered."""
        at = 0
        while at < len(frames):
            group: list[StoredFrame] = []
            end = at
            while end < len(frames) and len(group) < self.target.window:
                if self.target.takes(frames[end]):
                    group.append(frames[end])
                end += 1
            for frame in group:
                await self._pace()
                await link.send(frame)
                self.last_sent = frame.received
            if group and self.target.wait:
                await link.answers()
            self._deliver(link, group, frames[end - 1].id, is_gap)
            at = end
            if time.monotonic() - self._kept > 1:
                await self._keep()

    def _deliver(self, link: _Link, group: Sequence[StoredFrame], upto: int, is_gap: bool) -> None:
        """Written up to `upto`; delivered now where answers came, else once the link has stayed up long enough."""
        if is_gap:
            link.gap = upto
        else:
            link.live = upto
        link.written.append((time.monotonic(), len(group), upto, is_gap))
        self._ripen(link)

    def _ripen(self, link: _Link) -> bool:
        """Move the state over what counts as delivered by now."""
        ripe = time.monotonic() - (0 if self.target.wait else self.target.hold)
        moved = False
        while link.written and link.written[0][0] <= ripe:
            _, count, upto, is_gap = link.written.popleft()
            if is_gap:
                gap = self.state.gaps[-1]
                gap[0] = upto + 1
                if gap[0] > gap[1]:
                    self.state.gaps.pop()
            else:
                self.state.live = upto
            if count:
                self.delivered += count
                self.delivered_at, self.error = now().isoformat(timespec="seconds"), ""
            moved = True
        return moved

    async def _pace(self) -> None:
        present = time.monotonic()
        self._allowed = min(self.target.rate / 10 + 1, self._allowed + (present - self._at) * self.target.rate)
        self._at = present
        if self._allowed < 1:
            await asyncio.sleep((1 - self._allowed) / self.target.rate)
            self._at = time.monotonic()
            self._allowed = 1.0
        self._allowed -= 1


class _Link:
    """One connection to a target: frames out, 9014 in."""

    def __init__(self, target: Target, stream: asyncio.StreamReader, writer: asyncio.StreamWriter, live: int) -> None:
        self.target, self.writer = target, writer
        self.live = live
        self.gap: int | None = None  # written up to here, delivered or not
        self.written: deque[tuple[float, int, int, bool]] = deque()
        """(when, frames, up to, of a gap), not yet counted as delivered"""
        self._waiting: set[tuple[str, str]] = set()
        self._answered = asyncio.Event()
        self._listener = asyncio.create_task(self._listen(stream))

    async def send(self, frame: StoredFrame) -> None:
        self.check()
        if self.target.wait:
            message = hj212.parse(hj212.Framer().feed(frame.raw + b"\r\n")[0])
            if message.wants_reply and message.qn:
                self._waiting.add((message.mn, message.qn))
        self.writer.write(frame.raw + b"\r\n")
        await asyncio.wait_for(self.writer.drain(), 30)

    async def answers(self) -> None:
        """Until every frame sent that asks for an answer has it; raises where one does not come."""
        end = time.monotonic() + self.target.answer_s
        while self._waiting:
            self.check()
            if time.monotonic() > end:
                raise TimeoutError(f"{self.target.answer_s:g} 秒没有应答（9014），还差 {len(self._waiting)} 个")
            self._answered.clear()
            try:
                await asyncio.wait_for(self._answered.wait(), 0.5)
            except TimeoutError:
                pass
        self.check()

    def check(self) -> None:
        """Raises where the link has ended."""
        if self._listener.done():
            problem = None if self._listener.cancelled() else self._listener.exception()
            raise problem if isinstance(problem, OSError) else ConnectionError("对方断开了连接")

    def close(self) -> None:
        self._listener.cancel()
        self.writer.close()

    async def _listen(self, stream: asyncio.StreamReader) -> None:
        framer = hj212.Framer()
        try:
            while data := await stream.read(65536):
                for frame in framer.feed(data):
                    message = hj212.parse(frame)
                    if message.cn == "9014":
                        self._waiting.discard((message.mn, message.qn))
                        self._answered.set()
        finally:
            self._answered.set()


def _words(problem: BaseException) -> str:
    if isinstance(problem, TimeoutError):
        return str(problem) or "连接超时"
    if isinstance(problem, ConnectionRefusedError):
        return "对方没有监听"
    return str(problem) or type(problem).__name__


class Forwarding:
    """All targets of a data folder, taken up anew when ``forward.toml`` changes."""

    def __init__(self, data: Path, every: float = 5.0) -> None:
        self.data, self.every = Path(data), every
        self._tasks: dict[Target, asyncio.Task[None]] = {}
        self._stamp: tuple[int, int] | None = None
        self._watcher: asyncio.Task[None] | None = None

    def start(self) -> Forwarding:
        self._watcher = asyncio.create_task(self._watch())
        return self

    async def close(self) -> None:
        tasks = [t for t in (self._watcher, *self._tasks.values()) if t]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            self.refresh()
            await asyncio.sleep(self.every)

    def refresh(self) -> None:
        """Take up what is declared; a faulty file leaves what runs."""
        path = self.data / FILE
        stamp = (path.stat().st_mtime_ns, path.stat().st_size) if path.exists() else None
        for target, task in list(self._tasks.items()):
            if task.done() and not task.cancelled():
                log.error("转发 %s 停了：%s", target.name, task.exception())
                del self._tasks[target]
                self._stamp = None
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            wanted = [t for t in targets(path) if t.on]
        except ForwardError as error:
            log.error("%s；沿用先前的转发", error)
            return
        for target in [t for t in self._tasks if t not in wanted]:
            self._tasks.pop(target).cancel()
        for target in wanted:
            if target not in self._tasks:
                self._tasks[target] = asyncio.create_task(Forwarder(self.data, target).run())


def standing(data: Path) -> list[dict]:
    """How every target stands, for the page: what is declared with what its state file says. Raises ForwardError."""
    found = []
    for target in targets(data / FILE):
        try:
            said = json.loads((data / FOLDER / f"{target.name}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            said = {}
        found.append({**said, "name": target.name, "to": f"{target.host}:{target.port}", "on": target.on, "wait": target.wait})
    return found
