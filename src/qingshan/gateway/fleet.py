"""Many simulated air devices against one gateway, with the faults that real ones have."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from datetime import datetime, timedelta

from qingshan import hj212
from qingshan.gateway.air import DECIMALS, Air, mean
from qingshan.gateway.record import now
from qingshan.gateway.simulator import Clock, NotAcknowledged, Station, record

NOISE = (b"www.example.invalid\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\x00\xff\xfe##12", b"AT+CSQ\r\n")
BACKLOG = 20_000


class Fleet:
    """`devices` devices, each sending real-time data (2011) every `interval` seconds, minute (2051) and hour (2061) means as they close."""

    def __init__(
        self, host: str, port: int, devices: int, interval: float, count: int | None = None, seed: int = 212, faults: bool = False
    ) -> None:
        self.host, self.port, self.interval, self.count = host, port, interval, count
        self.players = [Player(self, number, seed, faults) for number in range(devices)]
        self.began = now()

    async def play(self) -> None:
        """Until each has sent `count` times, or for ever."""
        await asyncio.gather(*(player.play() for player in self.players))

    @property
    def acknowledged(self) -> int:
        return sum(player.acknowledged for player in self.players)

    @property
    def unacknowledged(self) -> int:
        return sum(len(player.backlog) + player.lost for player in self.players)

    def told(self) -> str:
        """What happened, in one line."""
        players = self.players
        return (
            f"{len(players)} 台设备：已应答 {self.acknowledged} 个报文，未应答 {self.unacknowledged} 个，"
            f"重发 {sum(p.resent for p in players)} 次，断线 {sum(p.dropped for p in players)} 次，"
            f"有意出错 {sum(p.faulted for p in players)} 次，用时 {(now() - self.began).total_seconds():.1f} 秒"
        )


class Player:
    """One device: makes its packets, keeps what was not acknowledged, sends the newest first and then the backlog."""

    def __init__(self, fleet: Fleet, number: int, seed: int, faults: bool) -> None:
        self.fleet = fleet
        self.mn = f"QS{seed % 10**6:06d}{number:016d}"
        self.air = Air(seed * 100_003 + number)
        self.backlog: deque[bytes] = deque(maxlen=BACKLOG)
        self.acknowledged = self.resent = self.dropped = self.faulted = self.lost = 0
        self._chance = random.Random(seed + number) if faults else None  # noqa: S311 - not for secrets
        self._station: Station | None = None
        self._minute: tuple[datetime, list[dict[str, float]]] | None = None
        self._hour: tuple[datetime, list[dict[str, float]]] | None = None

    async def play(self) -> None:
        """Send until the count is reached, then the backlog once more."""
        fleet = self.fleet
        hurried = fleet.interval < 1
        at = now().replace(microsecond=0)
        if hurried:
            at -= timedelta(seconds=fleet.count or 86400)
        clock, tick = Clock(now()), 0
        start = asyncio.get_running_loop().time() + (0 if hurried else random.Random(self.mn).uniform(0, min(fleet.interval, 5)))  # noqa: S311
        try:
            while fleet.count is None or tick < fleet.count:
                due = start + tick * fleet.interval
                await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
                moment = at + timedelta(seconds=tick) if hurried else now().replace(microsecond=0)
                await self._send(self._packets(moment, clock))
                tick += 1
            await self._send([])
        finally:
            if self._station:
                await self._station.close()

    def _packets(self, moment: datetime, clock: Clock) -> list[bytes]:
        """Real-time data of this moment, and the means of the minute and hour that have just closed."""
        sample = self.air.at(moment)
        packets = [record(self.mn, moment, sample, qn=clock.next(now()), cn="2011", decimals=DECIMALS)]
        for cn, span in (("2051", "_minute"), ("2061", "_hour")):
            begins = moment.replace(second=0) if cn == "2051" else moment.replace(second=0, minute=0)
            held = getattr(self, span)
            if held is None and cn == "2061":  # what the device has from before this simulation began
                earlier = begins - timedelta(hours=1)
                held = (earlier, [self.air.at(earlier + timedelta(minutes=minute)) for minute in range(0, 60, 5)])
            if held is not None and held[0] != begins:
                packets.append(record(self.mn, held[0], mean(held[1]), qn=clock.next(now()), cn=cn, decimals=DECIMALS))
                held = None
            start, samples = held or (begins, [])
            samples.append(sample)
            setattr(self, span, (start, samples))
        return packets

    async def _send(self, packets: list[bytes]) -> None:
        """Newest first, then what waits; whatever is not acknowledged waits."""
        left = packets + list(self.backlog)
        self.lost += max(0, len(left) - BACKLOG)
        self.backlog.clear()
        try:
            station = await self._connected()
            for frame in list(left):
                if self._chance and self._chance.random() < 0.1:
                    await self._misbehave(station, frame)
                    station = await self._connected()
                await station.upload([frame])
                left.pop(0)
                self.acknowledged += 1
        except (NotAcknowledged, OSError):
            self.dropped += 1
            if self._station:
                await self._station.close()
            self._station = None
            self.backlog.extend(left[-BACKLOG:])
        finally:
            if self._station:
                self.resent += self._station.resent
                self._station.resent = 0

    async def _connected(self) -> Station:
        if self._station is None or not self._station.is_connected:
            self._station = Station(self.fleet.host, self.fleet.port, self.mn)
            await self._station.connect()
        return self._station

    async def _misbehave(self, station: Station, frame: bytes) -> None:
        """One fault that real devices show; the packet itself is sent properly afterwards."""
        assert self._chance is not None
        self.faulted += 1
        what = self._chance.choice(("torn", "crc", "noise", "repeat", "glued", "length", "dropped"))
        cut = self._chance.randrange(10, len(frame) - 8)
        wrong = b"%04X" % (int(frame[-6:-2], 16) ^ 0x0102)
        beat = hj212.build("9015", self.mn, qn=hj212.stamp(now()), reply=False).rstrip()
        station.write(
            {
                "torn": frame[:cut],
                "crc": frame[:-6] + wrong + b"\r\n",
                "noise": self._chance.choice(NOISE),
                "repeat": frame,
                "glued": beat + beat,
                "length": b"##%04d" % (int(frame[2:6]) + 7) + frame[6:],
                "dropped": frame[:cut],
            }[what]
        )
        if what == "dropped":
            await station.close()
            self.dropped += 1
