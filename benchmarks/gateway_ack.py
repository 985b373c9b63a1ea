"""Durable acknowledged packets a second: the gateway with its journal, against the same gateway storing nothing, same run.

    python benchmarks/gateway_ack.py [links] [window] [seconds]            # 200 links × 20 in flight, 6 s each

Server and load are processes of their own, over loopback. A packet carries 13 factors with Rtd and Flag; the answer 9014
is written once the packet is flushed to disk: at this rate in the spool, which the journal (``synchronous=FULL``) takes in when
the rush is over; how fast, is printed too, and every packet acknowledged must be there once.
Rounds alternate; latency is from writing a packet to its answer.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from qingshan import hj212
from qingshan.gateway.journal import Journal, Reader
from qingshan.gateway.record import Record
from qingshan.gateway.server import Gateway

FACTORS = ("a21026", "a21004", "a21005", "a05024", "a34002", "a34004", "a01001", "a01002", "a01006", "a01007", "a01008", "a34001", "a21003")
ROUNDS = 3


STAMPS = [f"{datetime(2026, 1, 1) + timedelta(seconds=n):%Y%m%d%H%M%S}".encode() for n in range(20_000)]


def area(seed: int) -> bytes:
    """Thirteen factors with other values for each seed, after the DataTime."""
    values = [f"{(seed * 7 + n * 31) % 1999 / 10}" for n in range(13)]
    return "".join(f";{code}-Rtd={value},{code}-Flag=N" for code, value in zip(FACTORS, values)).encode() + b"&&"


class Nowhere:
    """Takes records as the journal does and reports them as done, storing nothing."""

    def __init__(self) -> None:
        self.done = None

    def submit(self, records: list[Record]) -> None:
        asyncio.get_running_loop().call_soon(self.done, records, None)

    def close(self) -> None:
        pass


def serve(folder: str | None, ready) -> None:
    async def run() -> None:
        journal = Journal(Path(folder)) if folder else Nowhere()
        gateway = await Gateway(journal).start("127.0.0.1", 0)
        begun = time.process_time()
        ready.send(gateway.port)
        while not ready.poll():
            await asyncio.sleep(0.05)
        worked = time.process_time() - begun
        await gateway.close()
        left, before, closing = getattr(journal, "backlog", 0), getattr(journal, "stored", 0), time.perf_counter()
        journal.close()
        spent = time.perf_counter() - closing
        ready.send((peak_mib(), worked, left, spent, (getattr(journal, "stored", 0) - before) / spent))

    asyncio.run(run())


def peak_mib() -> float:
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))


class Load(asyncio.Protocol):
    """One device with `window` packets in flight; only its times differ from packet to packet, so that the load stays cheap."""

    def __init__(self, number: int, window: int, latencies: list[float], ends: float) -> None:
        self.window, self.latencies, self.ends = window, latencies, ends
        self.head = b"000;ST=22;CN=2011;PW=123456;MN=%024d;Flag=5;CP=&&DataTime=" % number
        self.areas = [area(number * 7 + n) for n in range(8)]
        self.answered = self.sent = 0
        self.flying: list[float] = []
        self.rest = b""
        self.over = asyncio.get_running_loop().create_future()

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.fill()

    def fill(self) -> None:
        present = time.perf_counter()
        if present >= self.ends:
            if not self.flying and not self.over.done():
                self.over.set_result(None)
            return
        out = []
        while len(self.flying) < self.window:
            out.append(self.packet())
            self.flying.append(present)
        self.transport.write(b"".join(out))

    def packet(self) -> bytes:
        stamp = STAMPS[self.sent]
        segment = b"".join((b"QN=", stamp, self.head, stamp, self.areas[self.sent % 8]))
        self.sent += 1
        return b"##%04d%s%04X\r\n" % (len(segment), segment, hj212.crc.crc(segment))

    def data_received(self, data: bytes) -> None:
        data = self.rest + data
        count = data.count(b"\r\n")
        self.rest = data[data.rfind(b"\r\n") + 2 :]
        present = time.perf_counter()
        self.latencies += [present - begun for begun in self.flying[:count]]
        del self.flying[:count]
        self.answered += count
        self.fill()


async def drive(port: int, links: int, window: int, seconds: float) -> tuple[int, float, list[float]]:
    loop, latencies = asyncio.get_running_loop(), []
    begun = time.perf_counter()
    loads = [Load(n, window, latencies, begun + seconds) for n in range(links)]
    for load in loads:
        await loop.create_connection(lambda load=load: load, "127.0.0.1", port)
    await asyncio.wait_for(asyncio.gather(*(load.over for load in loads)), seconds + 60)
    spent = time.perf_counter() - begun
    for load in loads:
        load.transport.close()
    return sum(load.answered for load in loads), spent, latencies


def once(durable: bool, links: int, window: int, seconds: float) -> dict[str, float]:
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        here, there = context.Pipe()
        server = context.Process(target=serve, args=(folder if durable else None, there))
        server.start()
        port, begun = here.recv(), time.process_time()
        answered, spent, latencies = asyncio.run(drive(port, links, window, seconds))
        mine = time.process_time() - begun
        here.send("stop")
        peak, worked, left, settling, settled = here.recv()
        server.join()
        if durable:
            stored = Reader(folder)._rows("SELECT count(*), count(DISTINCT mn || data_time) FROM frame")[0]
            assert stored == (answered, answered), f"acknowledged {answered}, stored {stored}"
    latencies.sort()
    return {
        "rate": answered / spent,
        "p50": latencies[len(latencies) // 2] * 1000,
        "p99": latencies[len(latencies) * 99 // 100] * 1000,
        "peak": peak,
        "cost": worked / answered * 1e6,
        "load": mine / answered * 1e6,
        "left": left / 2**20,
        "settling": settling,
        "settled": settled,
    }


def flush_ms() -> float:
    """How long this disk takes to flush 4 KiB; a cache that lies shows here."""
    with tempfile.NamedTemporaryFile() as file:
        times = []
        for _ in range(50):
            file.write(b"x" * 4096)
            file.flush()
            begun = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1000


def main() -> None:
    links, window = (int(text) for text in (*sys.argv[1:3], "200", "20")[:2]) if len(sys.argv) > 2 else (200, 20)
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 6.0
    print(
        f"{links} links × {window} in flight, 13 factors a packet, {os.cpu_count()} cores,"
        f" load average {' '.join(f'{load:.2f}' for load in os.getloadavg())}, fsync {flush_ms():.2f} ms"
    )
    rounds = [(once(True, links, window, seconds), once(False, links, window, seconds)) for _ in range(ROUNDS)]
    for name, side in (("durable", 0), ("not storing", 1)):
        middle = {key: statistics.median(pair[side][key] for pair in rounds) for key in rounds[0][side]}
        print(
            f"  {name:12} {middle['rate']:>8,.0f} packets/s {13 * middle['rate']:>10,.0f} values/s   "
            f"p50 {middle['p50']:.0f} ms  p99 {middle['p99']:.0f} ms  "
            f"server {middle['cost']:.0f} µs of processor a packet, {middle['peak']:.0f} MiB, load {middle['load']:.0f} µs"
        )
        if middle["left"]:
            print(
                f"  {'':12} {middle['left']:>8.0f} MiB in the spool at the end, among the frames {middle['settling']:.1f} s later:"
                f" {middle['settled']:,.0f} packets/s settled"
            )
    ratios = sorted(durable["rate"] / plain["rate"] for durable, plain in rounds)
    print(f"  ratio        {statistics.median(ratios):.2f}   ({ratios[0]:.2f} … {ratios[-1]:.2f} over {ROUNDS} rounds)")


if __name__ == "__main__":
    main()
