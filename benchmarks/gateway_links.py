"""A thousand live links, alone and beside a back-fill: memory of the gateway, latency of live packets, what the journal holds.

    python benchmarks/gateway_links.py [frames] [links] [seconds]          # 20,000 back-filled frames, 1,000 links, 10 s alone

Each live link sends one real-time packet a second. The back-fill comes over eight links of its own, fifty packets in flight
each: 69 % hours not seen before, 1 % other values for an hour sent before, 30 % packets sent before, byte for byte. The issue
asks for two million: pass 2000000. Every hour must be there once, every other value as version 2, every repeat counted.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from gateway_ack import STAMPS, area, serve
from qingshan import hj212
from qingshan.gateway.journal import Reader

FILLERS, WINDOW = 8, 50
FIRST = datetime(1990, 1, 1)


class Line(asyncio.Protocol):
    """Counts answers by their line ends."""

    def __init__(self) -> None:
        self.flying: list[float] = []
        self.latencies: list[float] = []

    def connection_made(self, transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        count, present = data.count(b"\n"), time.perf_counter()
        self.latencies += [present - begun for begun in self.flying[:count]]
        del self.flying[:count]
        self.answered()

    def answered(self) -> None:
        pass


class Live(Line):
    """One device that reports every second."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number, self.sent, self.area = number, 0, area(number)

    def send(self) -> None:
        stamp = STAMPS[self.sent]
        self.sent += 1
        head = b"QN=%s000;ST=22;CN=2011;PW=123456;MN=%024d;Flag=5;CP=&&DataTime=" % (stamp, self.number)
        self.flying.append(time.perf_counter())
        self.transport.write(framed(head + stamp + self.area))


class Fill(Line):
    """One device that sends its past as fast as it is answered."""

    def __init__(self, number: int, count: int) -> None:
        super().__init__()
        self.packets = past(number, count)
        self.over = asyncio.get_running_loop().create_future()

    def connection_made(self, transport) -> None:
        super().connection_made(transport)
        self.answered()

    def answered(self) -> None:
        out = []
        while len(self.flying) < WINDOW and (packet := next(self.packets, None)) is not None:
            out.append(packet)
            self.flying.append(time.perf_counter())
        self.transport.write(b"".join(out))
        if not self.flying and not self.over.done():
            self.over.set_result(None)


def framed(segment: bytes) -> bytes:
    return b"##%04d%s%04X\r\n" % (len(segment), segment, hj212.crc.crc(segment))


def kind(n: int) -> str:
    """Of a hundred packets in turn: the first 69 new, one other value, thirty repeats."""
    return "new" if n % 100 < 69 else "other" if n % 100 == 69 else "repeat"


def past(number: int, count: int) -> Iterator[bytes]:
    """Hours of device 9000 + `number`."""
    hour, block = 0, []
    for n in range(count):
        if kind(n) == "new":
            block.append(upload(number, hour, n, hour))
            hour += 1
            yield block[-1]
        elif kind(n) == "other":
            yield upload(number, hour - 69, n, hour + 1000)
        else:
            yield block[n % 100 - 35]
        if n % 100 == 99:
            block = []


def upload(number: int, hour: int, n: int, seed: int) -> bytes:
    at = f"{FIRST + timedelta(hours=hour):%Y%m%d%H%M%S}".encode()
    qn = f"{datetime(2026, 1, 1) + timedelta(seconds=n):%Y%m%d%H%M%S}000".encode()
    head = b"QN=%s;ST=22;CN=2061;PW=123456;MN=%024d;Flag=5;CP=&&DataTime=" % (qn, 9000 + number)
    return framed(head + at + area(seed).replace(b"-Rtd", b"-Avg"))


async def beat(lines: list[Live], until) -> None:
    """Each line once a second, spread over it."""
    loop, begun, n = asyncio.get_running_loop(), time.perf_counter(), 0
    while not until():
        due = begun + n / len(lines)
        if due > time.perf_counter():
            await asyncio.sleep(due - time.perf_counter())
        elif n % 64 == 0:
            await asyncio.sleep(0)
        lines[n % len(lines)].send()
        n += 1
    await asyncio.sleep(0)
    deadline = loop.time() + 30
    while any(line.flying for line in lines) and loop.time() < deadline:
        await asyncio.sleep(0.02)


async def play(port: int, frames: int, links: int, seconds: float) -> int:
    loop = asyncio.get_running_loop()
    lines = [Live(n) for n in range(links)]
    for line in lines:
        await loop.create_connection(lambda line=line: line, "127.0.0.1", port)
    begun = time.perf_counter()
    await beat(lines, lambda: time.perf_counter() - begun > seconds)
    tell(f"{links} live links alone", lines)
    fills = [Fill(n, frames // FILLERS) for n in range(FILLERS)]
    begun = time.perf_counter()
    for fill in fills:
        await loop.create_connection(lambda fill=fill: fill, "127.0.0.1", port)
    await beat(lines, lambda: all(fill.over.done() for fill in fills))
    spent = time.perf_counter() - begun
    tell(f"{links} live links beside the back-fill", lines)
    tell(f"back-fill of {frames // FILLERS * FILLERS:,} frames, {frames / spent:,.0f} frames/s", fills)
    return sum(line.sent for line in lines)


def tell(name: str, lines: list) -> None:
    latencies = sorted(latency for line in lines for latency in line.latencies)
    for line in lines:
        line.latencies = []
    p50, p99, most = (latencies[min(len(latencies) - 1, int(len(latencies) * share))] * 1000 for share in (0.5, 0.99, 1))
    print(f"  {name}: {len(latencies):,} answers, p50 {p50:.0f} ms, p99 {p99:.0f} ms, longest {most:.0f} ms", flush=True)


def check(folder: str, live: int, frames: int) -> None:
    every = [kind(n) for _ in range(FILLERS) for n in range(frames // FILLERS)]
    reader = Reader(folder)
    stored = dict(reader._rows("SELECT cn || ' ' || version, count(*) FROM frame GROUP BY cn, version"))
    wanted = {"2011 1": live, "2061 1": every.count("new"), "2061 2": every.count("other")}
    repeats = reader._rows("SELECT count(*) FROM repeat")[0][0]
    assert (stored, repeats) == (wanted, every.count("repeat")), (stored, wanted, repeats)
    assert reader.verify().is_whole
    print(f"  journal: {sum(stored.values()):,} frames, {every.count('other'):,} as version 2, {repeats:,} repeats; the chain is whole")


def main() -> None:
    frames, links, seconds = (int(a) for a in (*sys.argv[1:], *("20000", "1000", "10")[len(sys.argv) - 1 :])[:3])
    print(f"{os.cpu_count()} cores, load average {' '.join(f'{load:.2f}' for load in os.getloadavg())}")
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        here, there = context.Pipe()
        server = context.Process(target=serve, args=(folder, there))
        server.start()
        live = asyncio.run(play(here.recv(), frames, links, seconds))
        here.send("stop")
        peak, *_ = here.recv()
        server.join()
        print(f"  gateway: {peak:.0f} MiB at its most")
        check(folder, live, frames)


if __name__ == "__main__":
    main()
