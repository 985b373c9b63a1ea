"""kill -9 at any moment: nothing acknowledged is lost, nothing comes twice. Real processes, real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from qingshan.gateway.journal import Journal, Reader
from qingshan.gateway.simulator import Clock, NotAcknowledged, Station, hour_record
from qingshan.gateway.spool import FOLDER

START = datetime(2020, 1, 1)


def start(folder) -> tuple[subprocess.Popen, int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "qingshan.cli.main", "gateway", "--data", str(folder), "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    told = process.stdout.readline()
    return process, int(re.search(r"127\.0\.0\.1:(\d+)", told)[1])


async def feed(port: int, device: int, waiting: list[int], acknowledged: set[tuple[int, int]], clock: Clock, window: int) -> None:
    """Send hours of one device until the link breaks; `waiting` keeps what was not answered, to be sent again after the crash."""
    station = Station("127.0.0.1", port, f"{device:024d}", timeout_s=3, retries=0)
    sent = list(waiting)
    try:
        async with station:
            await station.upload((packet(device, hour, clock) for hour in sent), window=window)
    except (NotAcknowledged, OSError):
        pass
    for hour in sent[: station.acknowledged]:
        acknowledged.add((device, hour))
        waiting.remove(hour)


def packet(device: int, hour: int, clock: Clock) -> bytes:
    return hour_record(f"{device:024d}", START + timedelta(hours=hour), {"a34004": float(hour % 97), "a34002": 1.5}, qn=clock.next())


async def one_round(
    port: int, process: subprocess.Popen, waiting: list[list[int]], acknowledged: set, clock: Clock, after: float, window: int
) -> None:
    async def kill() -> None:
        await asyncio.sleep(after)
        process.kill()

    await asyncio.gather(kill(), *(feed(port, device, left, acknowledged, clock, window) for device, left in enumerate(waiting)))


def crash(folder, rounds: int, seed: int) -> None:
    chance, clock = random.Random(seed), Clock(datetime(2026, 11, 22))
    acknowledged: set[tuple[int, int]] = set()
    following, waiting = 0, [[] for _ in range(8)]
    spooled = 0
    for number in range(rounds):
        for left in waiting:
            left += range(following, following + 3000)
        following += 3000
        process, port = start(folder)
        try:
            asyncio.run(one_round(port, process, waiting, acknowledged, clock, chance.uniform(0.02, 0.6), (20, 300)[number % 2]))
        finally:
            with contextlib.suppress(OSError):
                process.kill()
            process.wait()
            process.stdout.close()
        spooled += any(path.stat().st_size for path in (folder / FOLDER).iterdir())
    Journal(folder).close()  # what lay in the spool at the last crash
    stored = [
        (int(mn), round((datetime.fromisoformat(at) - START) / timedelta(hours=1)), version)
        for mn, at, version in Reader(folder)._rows("SELECT mn, data_time, version FROM frame WHERE verdict = 'ok'")
    ]
    assert acknowledged
    assert spooled  # some rounds ended with packets on disk that were not in the journal yet
    assert acknowledged - {(mn, hour) for mn, hour, _ in stored} == set()
    assert len(stored) == len({(mn, hour) for mn, hour, _ in stored})
    assert {version for *_, version in stored} == {1}
    readings = Reader(folder).readings(limit=10**9)
    assert len(readings) == 2 * len(stored)
    assert Reader(folder).verify().is_whole


def test_kill_9_loses_nothing_acknowledged_and_doubles_nothing(tmp_path):
    crash(tmp_path, rounds=4, seed=1)


@pytest.mark.slow
def test_kill_9_a_hundred_times(tmp_path):
    crash(tmp_path, rounds=100, seed=2)
