"""What was kept and not used is used once the policy, the key or the admission allows it; nothing is doubled, nothing newer displaced."""

import asyncio
from datetime import datetime

import pytest
from tests.gateway import test_commands as desk_play
from tests.gateway.conftest import MN
from tests.gateway.test_policy import play, spoiled, swapped

from qingshan.gateway import notebook
from qingshan.gateway.devices import Device
from qingshan.gateway.journal import Journal
from qingshan.gateway.rereading import reread
from qingshan.hj212.crc import crc, modbus

KEY = b"0123456789abcdef"


def again(bench, device: Device, since=None) -> str:
    journal = Journal(bench.folder)
    try:
        return reread(journal, device, since).words
    finally:
        journal.close()


def used(bench) -> list[tuple[str, str]]:
    return [(r.data_time, r.text) for r in bench.reader.readings()]


@pytest.mark.parametrize(
    ("raw", "before", "after"),
    [
        (lambda b: b.hour(), None, Device(MN)),
        (lambda b: spoiled(b.hour(), swapped), Device(MN), Device(MN, accepts=frozenset({"crc_swapped"}))),
        (lambda b: spoiled(b.hour(), modbus), Device(MN, accepts_modbus=False), Device(MN)),
        (lambda b: b.hour(), Device(MN, password="other1", refuses=frozenset({"password"})), Device(MN, password="123456")),
        (lambda b: b.hour(version="2025", key=KEY), Device(MN), Device(MN, keys=(KEY,))),
    ],
    ids=["admitted", "policy", "modbus", "password", "key"],
)
def test_what_was_not_used_is_used_once(bench, raw, before, after):
    sent = raw(bench)
    heard, (old,) = play(bench, before, sent)
    assert (heard, used(bench), old.items) == ([], [], None)
    if before:
        assert again(bench, before) == "重读 1 包：仍不采用 1 包"
    assert again(bench, after) == "重读 1 包：采用 1 包"
    first, new = bench.reader.frames()
    assert first == old  # the journal is added to, never changed
    assert (new.raw, new.peer, new.version) == (sent.rstrip(), f"reread:{old.id}", 1)
    assert "reread" in new.notes.split(",")
    assert used(bench) == [("2026-11-22T08:00:00", "35.2")]
    assert again(bench, after) == "重读 1 包：设备已补传或已重读 1 包"
    assert len(bench.reader.frames()) == 2
    assert bench.reader.verify().is_whole


def test_what_the_device_sent_since_stands(bench):
    play(bench, None, bench.hour(35.2), bench.hour(36.5, datetime(2026, 11, 22, 9)))
    play(bench, Device(MN), bench.hour(40.1))
    last = bench.reader.links()
    assert again(bench, Device(MN)) == "重读 2 包：采用 1 包，设备已补传或已重读 1 包"
    assert used(bench) == [("2026-11-22T08:00:00", "40.1"), ("2026-11-22T09:00:00", "36.5")]
    assert bench.reader.links() == last  # nothing about the device's last state


def test_only_since_a_moment_and_only_this_device_and_never_what_is_broken(bench):
    other = "010000A8900016F000169DC1"
    play(bench, None, bench.hour(), bench.hour(mn=other), spoiled(bench.hour(2.0), lambda s: crc(s) ^ 0x0100))
    assert again(bench, Device(MN), datetime(2999, 1, 1)) == "没有未采用的数据报文"
    assert again(bench, Device(MN)).startswith("重读 2 包：采用 1 包")
    assert [r.mn for r in bench.reader.readings()] == [MN]


def test_asked_at_the_desk_while_the_gateway_runs(bench):
    play(bench, None, *(bench.hour(n, datetime(2026, 11, 20, n % 24)) for n in range(24)))

    async def conversation():
        async with desk_play.floor(bench) as here:
            here.keeper.rereads = lambda device, since: reread(here.gateway.journal, device, since)
            here.ask(desk_play.order("reread"))
            outcome = await here.outcome()
            line = await here.gateway.dial()
            line.send(bench.hour())
            assert len(await line.hear()) == 1  # and live links go on
            return outcome, here.gateway.pending

    outcome, pending = asyncio.run(conversation())
    assert (outcome.state, outcome.words, pending) == ("done", "重读 24 包：采用 24 包", 0)
    assert notebook.DeskReader(bench.folder).progress(["1"])["1"].trail[0][1] == "从流水重读"
    assert len(bench.reader.readings()) == 25
