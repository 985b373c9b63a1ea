"""The desk of the gateway (设备台): what is known of each device beyond its data, and the commands on their way to it.

It listens to every judged packet, learns dialects, clock and hardware, keeps the SM4 keys, and plays the exchanges of `commands`
over the devices' own links. It is told what to do by ``orders.sqlite3`` and answers in ``desk.sqlite3`` (`notebook`).
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from qingshan import hj212
from qingshan.gateway import commands
from qingshan.gateway.commands import Exchange
from qingshan.gateway.devices import Admit, Device, everyone
from qingshan.gateway.keyring import KeyLost, Keyring, new_key
from qingshan.gateway.notebook import DeskReader, Notebook, Order, OrderReader
from qingshan.gateway.record import REFUSED, Record, now
from qingshan.gateway.rereading import NotWritten, Outcome
from qingshan.gateway.server import Link
from qingshan.hj212 import dialects

log = logging.getLogger("qingshan.gateway")

TICK_S, FLUSH_S = 0.2, 2.0
CLOSELY = 64  # packets of a device looked at one by one, at first and after anything odd; then one in sixteen
MOST = 20_000  # devices followed
EXAMPLE = 2048  # bytes of an example frame
_QUIET = ((), ("decrypted",))
ASTRAY = timedelta(minutes=10)  # of a device's clock
SETS_AGAIN = timedelta(hours=6)


@dataclass
class Seen:
    """What is known of one device since it was first heard; `body` is what pages read."""

    habits: dialects.Habits = field(default_factory=dialects.Habits)
    heard: int = 0
    closely: int = CLOSELY
    examined: int = 0
    bad: int = 0
    wrong_passwords: int = 0
    versions: dict[str, int] = field(default_factory=dict)
    st: str = "22"
    pw: str = ""
    version: str = "2017"
    is_sealed: bool = False
    clock_s: float | None = None
    clock_at: str = ""
    astray: int = 0
    set_at: datetime = datetime(1, 1, 1)
    hardware: dict[str, str] = field(default_factory=dict)
    hardware_at: str = ""
    peer: str = ""
    beat_at: str = ""
    counts: dict[str, list] = field(default_factory=dict)  # sign → [count since the last flush, first, last, example]
    is_fresh: bool = True

    def body(self) -> str:
        """JSON for the notebook; no password."""
        return json.dumps(
            {
                "code": self.habits.code, "spoken": sorted(self.habits.spoken), "heard": self.heard, "examined": self.examined,
                "bad": self.bad, "wrong_passwords": self.wrong_passwords, "versions": self.versions, "st": self.st, "version": self.version,
                "is_sealed": self.is_sealed, "clock_s": self.clock_s, "clock_at": self.clock_at, "hardware": self.hardware,
                "hardware_at": self.hardware_at, "peer": self.peer, "beat_at": self.beat_at,
            },
            ensure_ascii=False,
        )  # fmt: skip

    @classmethod
    def of(cls, body: dict) -> Seen:
        """As the notebook left it."""
        seen = cls(dialects.Habits(body.get("code", ""), set(body.get("spoken", ()))))
        for name in ("heard", "examined", "bad", "wrong_passwords", "versions", "st", "version", "is_sealed", "clock_s", "clock_at",
                     "hardware", "hardware_at", "peer", "beat_at"):  # fmt: skip
            if name in body:
                setattr(seen, name, body[name])
        return seen


class Desk:
    """One gateway's desk: an `Admit` for the server and its `Listener`."""

    def __init__(self, folder: Path, register: Admit | None = None) -> None:
        self.folder = Path(folder)
        self._register: Admit = register or everyone
        self._keyring = Keyring(self.folder)
        self._notebook = Notebook(self.folder)
        self._reader = DeskReader(self.folder)
        self._orders = OrderReader(self.folder)
        self._seen = {mn: Seen.of(body) for mn, body in self._reader.devices().items()}
        self._changes: list[tuple[str, str, str, str]] = []
        self._profiles: dict[str, tuple[dict, str]] = {}  # mn → (body, password)
        self._keys: dict[str, dict[str, bytes]] = {}
        self._made: dict[str, tuple[Device, Device]] = {}
        self._where: dict[str, Link] = {}
        self._exchanges: dict[str, Exchange] = {}
        self._flying: dict[str, Exchange] = {}  # QN → exchange
        self._known: set[str] = set()
        self._last_qn = ""
        self.rereads: Callable[[Device, datetime | None], Outcome] | None = None
        """judges a device's unused frames again, in a thread; set by whoever has the journal"""
        self._tasks: set[asyncio.Task[None]] = set()
        self._load_keys()
        self._recover()
        self._read_orders()

    # who may report, and how

    def __call__(self, mn: str, peer: str) -> Device | None:
        """The device with the bureau's profile and its keys laid over the register's entry."""
        base = self._register(mn, peer)
        if base is None or (mn not in self._profiles and mn not in self._keys):
            return base
        made = self._made.get(mn)
        if made is None or made[0] is not base:
            made = self._made[mn] = (base, self._overlay(base))
        return made[1]

    def _overlay(self, base: Device) -> Device:
        body, password = self._profiles.get(base.mn, ({}, ""))
        held = self._keys.get(base.mn, {})
        keys = tuple(held[slot] for slot in ("current", "previous", "candidate") if slot in held)
        return replace(
            base,
            password=password or base.password,
            keys=keys or base.keys,
            refuses=frozenset(body.get("refuses", base.refuses)),
            accepts=frozenset(body.get("accepts", base.accepts)),
        )

    def _load_keys(self) -> None:
        self._keys = {}
        for key in self._reader.sm4_keys():
            try:
                self._keys.setdefault(key.mn, {})[key.slot] = self._keyring.open(key.sealed, key.mn)
            except KeyLost as error:
                log.error("%s", error)
        self._made.clear()

    # what is heard

    def attends(self, mn: str) -> bool:
        """Whether every packet of a device is to be heard just now, uploads like the last one too."""
        seen = self._seen.get(mn)
        return seen is None or bool(seen.closely) or any(e.mn == mn for e in self._flying.values())

    def hear(self, link: Link, frame: hj212.Frame, message: hj212.Message, record: Record) -> None:
        """One judged packet; cheap, for most packets only a few counts."""
        mn = message.mn
        seen = self._seen.get(mn)
        if seen is None:
            if not mn or len(self._seen) >= MOST or not (record.is_identified or dialects.algorithm(frame, message)):
                return
            seen = self._seen[mn] = Seen()
        seen.is_fresh = True
        seen.heard += 1
        if record.verdict == "wrong_password":
            seen.wrong_passwords += 1
        if record.is_identified and record.verdict not in REFUSED:
            self._where[mn] = link
            self._follow(seen, link, message, record)
        elif not record.is_identified:
            seen.bad += 1
        thinned = seen.heard & 15 and not link.sampled
        if seen.closely or not thinned or message.verdict != "ok" or message.notes not in _QUIET or seen.habits.code != "annex":
            self._examine(mn, seen, frame, message, record.received)

    def _follow(self, seen: Seen, link: Link, message: hj212.Message, record: Record) -> None:
        seen.peer, seen.pw = link.peer, message.pw
        if message.st and message.st != "91":
            seen.st = message.st
        if message.version:
            seen.version = message.version
            seen.versions[message.version] = seen.versions.get(message.version, 0) + 1
        if "decrypted" in message.notes or "previous_key" in message.notes:
            seen.is_sealed = True
            self._settle_candidate(message, record)
        cn = message.cn
        exchange = self._flying.get(message.qn)
        if exchange is not None and exchange.mn == message.mn:
            if exchange.hear(message, now()):
                self._after(exchange)
            return
        if cn == "9015":
            seen.beat_at = record.received
        elif cn == "1001":
            found = {f"{code}-{kind}": text[:60] for code, kinds in message.items.items() for kind, text in kinds.items()}
            seen.hardware, seen.hardware_at = dict(list({**found, **message.params}.items())[:12]), record.received
        elif cn == "1014":
            self._renew(message.mn, now())
        if cn in ("2011", "9015", "1013") and not message.rf:
            self._judge_clock(message, seen, record)

    def _judge_clock(self, message: hj212.Message, seen: Seen, record: Record) -> None:
        sent = hj212.moment(message.qn)
        if sent is None:
            return
        apart = sent - datetime.fromisoformat(record.received)
        seen.clock_s, seen.clock_at = round(apart.total_seconds(), 1), record.received
        seen.astray = seen.astray + 1 if abs(apart) > ASTRAY else 0
        if seen.astray >= 3 and self._profiles.get(message.mn, ({}, ""))[0].get("sets_time") and now() - seen.set_at > SETS_AGAIN:
            seen.set_at = now()
            self._ask_itself(message.mn, "set_time", now())

    def _examine(self, mn: str, seen: Seen, frame: hj212.Frame, message: hj212.Message, received: str) -> None:
        how = dialects.algorithm(frame, message)
        signs = dialects.signs(frame, message) if how else ()
        seen.examined += 1
        seen.closely = max(0, seen.closely - 1)
        for sign in signs:
            count = seen.counts.get(sign)
            if count is None:
                seen.counts[sign] = [1, received, received, frame.raw[:EXAMPLE]]
            else:
                count[0] += 1
                count[2], count[3] = received, frame.raw[:EXAMPLE]
        if set(signs) - seen.habits.spoken:
            seen.closely = CLOSELY
        for sign, what in seen.habits.take(message.cn, how, signs):
            seen.closely = CLOSELY
            self._changes.append((mn, received[:19], sign, what))
            log.info("%s：%s“%s”", mn, "此后" if what == "begins" else "不再", dialects.SIGNS[sign])

    def left(self, link: Link) -> None:
        """A link has ended: what it carried is decided or waits for the next one."""
        for mn in [m for m, where in self._where.items() if where is link]:
            del self._where[mn]
            for exchange in [e for e in self._flying.values() if e.mn == mn]:
                exchange.interrupt(now(), "连接断开")
                self._after(exchange)

    # commands

    def _recover(self) -> None:
        """After a stop: what was on its way then cannot be followed any more."""
        rows = self._reader.rows("SELECT id, mn, state, trail FROM progress")
        lost = []
        for number, mn, state, trail in rows:
            if state in commands.ENDED:
                self._known.add(number)
            elif state != "waiting" or number.startswith("auto-"):
                exchange = Exchange(number, mn, next(iter(commands.KINDS.values())), {}, commands.NEVER, trail=json.loads(trail))
                exchange.state, exchange.words = "interrupted", "网关重启，结果不明；需要时请再下一次"
                exchange.trail.append((now().isoformat(timespec="seconds"), exchange.words))
                lost.append(exchange)
                self._known.add(number)
        if lost:
            self._notebook.keep(lost, at=now())

    def _read_orders(self) -> None:
        if not self._orders.has_changed():
            return
        self._profiles = {}
        for mn, body, sealed in self._orders.profiles():
            try:
                self._profiles[mn] = (json.loads(body), self._keyring.open(sealed, mn).decode() if sealed else "")
            except (KeyLost, ValueError) as error:
                log.error("%s", error)
        self._made.clear()
        for order in self._orders.orders((now() - timedelta(days=1)).isoformat(timespec="seconds")):
            exchange = self._exchanges.get(order.id)
            if exchange is not None and order.cancelled and exchange.state == "waiting":
                exchange.cancel(now())
            elif exchange is None and order.id not in self._known:
                self._take(order)

    def _take(self, order: Order) -> None:
        self._known.add(order.id)
        kind = commands.KINDS.get(order.kind)
        if kind is None:
            log.error("不认识的命令“%s”，已略过", order.kind)
            return
        exchange = Exchange(
            order.id,
            order.mn,
            kind,
            json.loads(order.params),
            datetime.fromisoformat(order.expires),
            order.timeout_s,
            order.retries,
            order.wait_s,
        )
        self._exchanges[order.id] = exchange
        try:
            if order.sealed:
                exchange.params |= json.loads(self._keyring.open(order.sealed, order.mn))
        except KeyLost as error:
            exchange.fail(str(error), now())
        if order.cancelled and not exchange.is_ended:
            exchange.cancel(now())

    def _ask_itself(self, mn: str, name: str, at: datetime) -> None:
        """A command of the gateway's own accord, where the bureau has allowed it."""
        if any(e.mn == mn and e.kind.name == name and not e.is_ended for e in self._exchanges.values()):
            return
        kind = commands.KINDS[name]
        number = f"auto-{name}-{mn}-{hj212.stamp(at)}"
        self._exchanges[number] = Exchange(number, mn, kind, {}, at + timedelta(minutes=30), wait_s=kind.wait_s)

    def _renew(self, mn: str, at: datetime) -> None:
        """A device asks for a new key (1014)."""
        if "current" in self._keys.get(mn, {}):
            self._ask_itself(mn, "new_key", at)
        else:
            log.warning("%s 请求更换密钥（1014），但没有录入现用密钥，不能加密下发", mn)

    def step(self, at: datetime) -> None:
        """Whatever is due now: new orders, requests to send or to send again, ends by time."""
        self._read_orders()
        busy = {e.mn for e in self._flying.values() if e.state in ("sent", "accepted")}
        for exchange in list(self._exchanges.values()):
            if exchange.state == "waiting" and exchange.mn not in busy:
                if exchange.kind.name == "install_key":
                    self._install(exchange, at)
                elif exchange.kind.name == "reread":
                    self._reread(exchange, at)
                elif (link := self._where.get(exchange.mn)) is not None and not link.transport.is_closing():
                    self._begin(exchange, link, at)
                    busy.add(exchange.mn)
            if not exchange.is_ended and exchange.tick(at) == "resend":
                link = self._where.get(exchange.mn)
                if link is not None:
                    link.transport.write(exchange.send(exchange.wire, exchange.qn, at))
            if exchange.is_ended:
                self._after(exchange)

    def _begin(self, exchange: Exchange, link: Link, at: datetime) -> None:
        if not exchange.wire or exchange.kind.name == "set_time":
            if exchange.kind.name == "new_key" and not self._offer_key(exchange, at):
                return
            exchange.qn = self._qn(at)
            exchange.wire = self._packet(exchange, at)
        self._flying[exchange.qn] = exchange
        link.transport.write(exchange.send(exchange.wire, exchange.qn, at))

    def _packet(self, exchange: Exchange, at: datetime) -> bytes:
        mn, kind = exchange.mn, exchange.kind
        seen = self._seen.get(mn) or Seen()
        body, password = self._profiles.get(mn, ({}, ""))
        version = body.get("version") or seen.version
        key = self._keys.get(mn, {}).get("current") if seen.is_sealed or kind.name == "new_key" else None
        return hj212.build(
            kind.cn, mn, exchange.area(at), qn=exchange.qn, st=seen.st, pw=password or seen.pw or "123456",
            version=version if version in ("2017", "2025") else "2017", key=key,
        )  # fmt: skip

    def _offer_key(self, exchange: Exchange, at: datetime) -> bool:
        """The key to send, on disk before it goes out; one that was sent and not confirmed is sent again."""
        mn = exchange.mn
        held = self._keys.get(mn, {})
        if "current" not in held:
            exchange.fail("没有现用密钥，新密钥不能明文下发；请先录入", at)
            return False
        key = held.get("candidate") or new_key()
        stamp = f"{at:%Y%m%d%H%M%S}"
        self._notebook.put_candidate(mn, self._keyring.seal(key, mn), stamp, at.isoformat(timespec="seconds"))
        self._load_keys()
        exchange.params = {"SKCreateTime": stamp, "NewSK": key.decode()}
        return True

    def _install(self, exchange: Exchange, at: datetime) -> None:
        key = bytes.fromhex(exchange.params["key"])
        created = exchange.params.get("created") or f"{at:%Y%m%d%H%M%S}"
        self._notebook.put_key(exchange.mn, self._keyring.seal(key, exchange.mn), created, at.isoformat(timespec="seconds"))
        self._load_keys()
        exchange.finish("密钥已录入，原来的现用密钥留作上一密钥", at)

    def _reread(self, exchange: Exchange, at: datetime) -> None:
        device = self(exchange.mn, "")
        if device is None:
            exchange.fail("设备还没有准入，先准入再重读", at)
        elif self.rereads is None:
            exchange.fail("网关没有流水可读", at)
        else:
            exchange.work("从流水重读", at)
            task = asyncio.get_running_loop().create_task(self._follow_rereading(exchange, device, self.rereads))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _follow_rereading(self, exchange: Exchange, device: Device, rereads: Callable[[Device, datetime | None], Outcome]) -> None:
        try:
            outcome = await asyncio.to_thread(rereads, device, hj212.moment(exchange.params.get("BeginTime", "")))
        except (NotWritten, sqlite3.Error, OSError) as error:
            log.error("重读 %s：%s", exchange.mn, error)
            exchange.fail(str(error), now())
        else:
            exchange.finish(outcome.words, now())

    def _confirm(self, mn: str, at: datetime) -> None:
        """The device uses the key that was sent: it becomes the current one."""
        for key in self._reader.sm4_keys(mn):
            if key.slot == "candidate":
                self._notebook.put_key(mn, key.sealed, key.created, at.isoformat(timespec="seconds"))
        self._load_keys()

    def _settle_candidate(self, message: hj212.Message, record: Record) -> None:
        """A packet in the new key proves that the device took it, though its answer was lost."""
        candidate = self._keys.get(message.mn, {}).get("candidate")
        if candidate is not None and "previous_key" in message.notes and hj212.parse(record.raw, [candidate]).verdict == "ok":
            self._confirm(message.mn, now())

    def _after(self, exchange: Exchange) -> None:
        """Written down at the next flush; what has ended leaves the desk then."""
        if exchange.state == "waiting" or exchange.is_ended:
            self._flying.pop(exchange.qn, None)
        if exchange.kind.name == "new_key" and exchange.state == "done" and "candidate" in self._keys.get(exchange.mn, {}):
            self._confirm(exchange.mn, now())

    def _qn(self, at: datetime) -> str:
        qn = hj212.stamp(at)
        while qn <= self._last_qn:
            at += timedelta(milliseconds=1)
            qn = hj212.stamp(at)
        self._last_qn = qn
        return qn

    # on paper

    def gather(self, at: datetime) -> dict:
        """What is new since the last time, for `Notebook.keep`; what has ended is let go."""
        fresh = [(mn, seen) for mn, seen in self._seen.items() if seen.is_fresh]
        signs = [(mn, sign, *count) for mn, seen in fresh for sign, count in seen.counts.items()]
        exchanges = [replace(e, data=dict(e.data), trail=list(e.trail)) for e in self._exchanges.values()]
        for _, seen in fresh:
            seen.is_fresh = False
            seen.counts = {}
        changes, self._changes = self._changes, []
        self._exchanges = {number: e for number, e in self._exchanges.items() if not e.is_ended}
        return {"exchanges": exchanges, "devices": [(mn, s.body()) for mn, s in fresh], "signs": signs, "changes": changes, "at": at}

    def flush(self) -> None:
        """Write everything down now."""
        self._notebook.keep(**self.gather(now()))

    async def run(self) -> None:
        """Until cancelled. A disk that fails costs counts, never data: the journal does not depend on it."""
        loop = asyncio.get_running_loop()
        flushed = loop.time()
        while True:
            await asyncio.sleep(TICK_S)
            try:
                self.step(now())
                if loop.time() - flushed > FLUSH_S or any(e.is_ended for e in self._exchanges.values()):
                    flushed = loop.time()
                    await asyncio.to_thread(self._notebook.keep, **self.gather(now()))
            except (sqlite3.Error, OSError) as error:
                log.error("设备台没有写成：%s", error)
                await asyncio.sleep(5)

    def close(self) -> None:
        """What is on its way is left to be found interrupted; the rest is written down."""
        try:
            self.flush()
        except sqlite3.Error as error:
            log.error("设备台没有写成：%s", error)
        self._notebook.close()
