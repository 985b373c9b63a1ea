"""Forwarding to another platform: byte for byte, at least once, nothing missing whatever breaks; the pace and the order asked for."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import datetime, timedelta

import pytest

from qingshan import hj212
from qingshan.gateway.devices import everyone
from qingshan.gateway.doors import forward
from qingshan.gateway.doors.forward import Forwarder, ForwardError, Forwarding, Target
from qingshan.gateway.journal import Journal
from qingshan.gateway.record import evaluate
from qingshan.gateway.simulator import record

T = datetime(2026, 11, 22, 9)


def frames(n: int, start: int = 0, mn: str = "A" * 24) -> list[bytes]:
    return [record(mn, T + timedelta(hours=i), {"a34004": i}, qn=T + timedelta(seconds=i)).rstrip() for i in range(start, start + n)]


def store(folder, raws: list[bytes], verdict: str = "") -> None:
    journal = Journal(folder)
    out = []
    for raw in raws:
        frame = hj212.Framer().feed(raw + b"\r\n")[0]
        out.append(evaluate(frame, everyone("", ""), hj212.parse(frame), T, T.isoformat(), "127.0.0.1:1"))
    journal.submit(out)
    journal.close()


class Platform:
    """A receiver on a port of its own that can die, hang, and come back."""

    def __init__(self, answers: bool = True) -> None:
        self.got: list[bytes] = []
        self.at: list[float] = []
        self.answers, self.server, self.port, self.die_after = answers, None, 0, None
        self.writers: set[asyncio.StreamWriter] = set()

    async def up(self):
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def down(self):
        self.server.close()
        for writer in list(self.writers):
            writer.transport.abort()

    async def _serve(self, reader, writer):
        self.writers.add(writer)
        framer = hj212.Framer()
        try:
            while data := await reader.read(65536):
                for frame in framer.feed(data):
                    if self.die_after is not None and len(self.got) >= self.die_after:
                        self.die_after = None
                        await self.down()
                        return
                    self.got.append(frame.raw)
                    self.at.append(time.monotonic())
                    if self.answers:
                        writer.write(hj212.acknowledge(hj212.parse(frame)))
        except ConnectionError:
            pass
        finally:
            self.writers.discard(writer)
            writer.close()


async def until(condition, within: float = 10.0):
    end = time.monotonic() + within
    while time.monotonic() < end and not condition():
        await asyncio.sleep(0.02)
    assert condition()


def declare(folder, platform: Platform, more: str = "", rate: int = 10000) -> None:
    (folder / "forward.toml").write_text(
        f'[[target]]\nname = "市平台"\nhost = "127.0.0.1"\nport = {platform.port}\nbegin = "first"\nrate = {rate}\n{more}', "utf-8"
    )


def state(folder) -> dict:
    return json.loads((folder / "forward" / "市平台.json").read_text("utf-8"))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Connecting again is tried at once."""
    monkeypatch.setattr(forward, "LONGEST", 0.1)


def test_a_receiver_that_dies_and_comes_back_gets_every_frame(tmp_path):
    raws = frames(300)
    store(tmp_path, raws[:200])

    async def play():
        platform = await Platform().up()
        platform.die_after = 57
        declare(tmp_path, platform, "window = 10\n")
        forwarding = Forwarding(tmp_path, every=0.1).start()
        await until(lambda: platform.die_after is None)
        store(tmp_path, raws[200:])  # frames come in meanwhile
        await asyncio.sleep(0.2)
        await platform.up()
        await until(lambda: len(set(platform.got)) == 300)
        await until(lambda: state(tmp_path)["behind"] == 0)
        await forwarding.close()
        await platform.down()
        return platform.got

    got = asyncio.run(play())
    assert list(dict.fromkeys(got)) == raws  # byte for byte, in order
    assert len(got) - 300 <= 10  # a break repeats one window at most
    assert state(tmp_path)["delivered"] == 300


def test_what_was_delivered_is_not_sent_again_after_a_restart(tmp_path):
    store(tmp_path, frames(30))

    async def play(platform, count):
        declare(tmp_path, platform)
        forwarding = Forwarding(tmp_path, every=0.1).start()
        await until(lambda: len(platform.got) >= count)
        await asyncio.sleep(0.1)
        await forwarding.close()

    async def both():
        platform = await Platform().up()
        await play(platform, 30)
        store(tmp_path, frames(5, 30))
        await play(platform, 35)
        assert len(platform.got) == 35
        await platform.down()

    asyncio.run(both())


def test_without_answers_a_frame_counts_once_the_link_has_stayed_up(tmp_path):
    raws = frames(60)
    store(tmp_path, raws)

    async def play():
        platform = await Platform(answers=False).up()
        platform.die_after = 40
        declare(tmp_path, platform, "wait = false\nhold = 0.6\n")
        forwarding = Forwarding(tmp_path, every=0.1).start()
        await until(lambda: platform.die_after is None)
        await platform.up()
        await until(lambda: len(set(platform.got)) == 60)
        assert state(tmp_path)["behind"] > 0
        await until(lambda: state(tmp_path)["behind"] == 0)
        await forwarding.close()
        await platform.down()
        return platform.got

    got = asyncio.run(play())
    assert set(got) == set(raws)
    assert len(got) == 100  # the 40 before the break came again: at least once


def test_a_target_that_does_not_answer_is_said_and_nothing_moves(tmp_path):
    store(tmp_path, frames(5))

    async def play():
        platform = await Platform(answers=False).up()
        declare(tmp_path, platform, "answer_s = 0.3\n")
        forwarding = Forwarding(tmp_path, every=0.1).start()
        await until(lambda: (tmp_path / "forward" / "市平台.json").exists() and "没有应答" in state(tmp_path)["error"])
        await forwarding.close()
        await platform.down()

    asyncio.run(play())
    assert (state(tmp_path)["live"], state(tmp_path)["behind"]) == (0, 5)


def test_after_a_break_the_new_comes_first_where_asked(tmp_path):
    store(tmp_path, frames(100))

    async def play():
        platform = await Platform().up()
        declare(tmp_path, platform, "newest = true\nwindow = 5\n", rate=150)
        forwarding = Forwarding(tmp_path, every=0.1).start()
        await until(lambda: len(platform.got) > 10)
        store(tmp_path, frames(3, 100))
        await until(lambda: len(platform.got) == 103)
        await until(lambda: state(tmp_path)["behind"] == 0)
        await forwarding.close()
        await platform.down()
        return platform.got

    got = asyncio.run(play())
    new = frames(3, 100)
    assert max(got.index(raw) for raw in new) < 90
    assert sorted(got) == sorted(frames(103))


def test_the_pace_is_bounded(tmp_path):
    store(tmp_path, frames(60))

    async def play():
        platform = await Platform().up()
        declare(tmp_path, platform, rate=50)
        forwarding = Forwarding(tmp_path, every=0.1).start()
        await until(lambda: len(platform.got) == 60)
        await forwarding.close()
        await platform.down()
        return platform.at

    at = asyncio.run(play())
    assert at[-1] - at[0] > 0.9


def test_one_target_down_holds_nobody_up(tmp_path):
    store(tmp_path, frames(20))

    async def play():
        platform = await Platform().up()
        declare(tmp_path, platform, '[[target]]\nname = "down"\nhost = "127.0.0.1"\nport = 9\nbegin = "first"\n')
        forwarding = Forwarding(tmp_path, every=0.1).start()
        await until(lambda: len(platform.got) == 20)
        await until(lambda: any("没有监听" in t.get("error", "") for t in forward.standing(tmp_path)))
        await forwarding.close()
        await platform.down()

    asyncio.run(play())
    one, other = forward.standing(tmp_path)
    assert (one["behind"], other["behind"], other["connected"]) == (0, 20, False)


def test_only_good_packets_of_the_devices_asked_for(tmp_path):
    target = Target("x", "h", 1, devices=("A*",))
    store(tmp_path, [*frames(1), *frames(1, mn="B" * 24), frames(1, 5)[0][:-4] + b"0000", *frames(1, 9)])
    there = Forwarder(tmp_path, target).reader.frames()
    assert [target.takes(f) for f in there] == [True, False, False, True]


@pytest.mark.parametrize("text, words", [
    ("[[target]]\nname = 'a'\nhost = 'h'\n", "缺少 port"), ("[[target]]\nname = 'a'\nhost = 'h'\nport = 'x'\n", "类型"),
    ("[[target]]\nname = '../a'\nhost = 'h'\nport = 1\n", "name"), ("[[target]]\nname = 'a'\nhost = 'h'\nport = 1\nspeed = 1\n", "speed"),
    ("targets = 1", "targets"), ("[[target]]\nname = 'a'\nhost = 'h'\nport = 1\nbegin = 'x'\n", "begin"), ("=", "读不懂"),
    ("[[target]]\nname = 'a'\nhost = 'h'\nport = 1\n" * 2, "两次"),
])  # fmt: skip
def test_a_faulty_file_says_what_is_wrong(tmp_path, text, words):
    (tmp_path / "forward.toml").write_text(text, "utf-8")
    with pytest.raises(ForwardError, match=words):
        forward.targets(tmp_path / "forward.toml")


def test_a_state_that_cannot_be_read_stops_and_sends_nothing_twice(tmp_path):
    (tmp_path / "forward").mkdir()
    (tmp_path / "forward" / "x.json").write_text("{", "utf-8")
    with pytest.raises(ForwardError, match="读不懂"):
        Forwarder(tmp_path, Target("x", "h", 1)).open()
