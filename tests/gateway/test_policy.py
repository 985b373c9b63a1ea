"""What deviates is used or refused as the bureau set it for the device; what is refused is kept all the same."""

import asyncio

import pytest
from tests.gateway.conftest import MN

from qingshan import hj212
from qingshan.gateway.devices import Device
from qingshan.gateway.server import Limits
from qingshan.hj212.crc import crc, modbus


def spoiled(raw: bytes, how) -> bytes:
    segment = raw[6:-6]
    return raw[:-6] + b"%04X\r\n" % how(segment)


def swapped(segment: bytes) -> int:
    code = crc(segment)
    return (code & 255) << 8 | code >> 8


def play(bench, device: Device, *parts: bytes, limits=None):
    async def conversation():
        async with bench.gateway(lambda mn, peer: device, limits) as gateway:
            line = await gateway.dial()
            line.send(*parts)
            return await line.hear(len(parts), within=1.0)

    heard = asyncio.run(conversation())
    return heard, bench.reader.frames()


@pytest.mark.parametrize(
    ("how", "device", "verdict", "used"),
    [
        (modbus, Device(MN), "modbus_crc", True),
        (modbus, Device(MN, accepts_modbus=False), "modbus_crc", False),
        (modbus, Device(MN, refuses=frozenset({"crc_modbus"})), "modbus_crc", False),
        (swapped, Device(MN), "foreign_crc", False),
        (swapped, Device(MN, accepts=frozenset({"crc_swapped"})), "by_policy", True),
        (lambda s: 0, Device(MN), "bad_crc", False),
        (lambda s: 0, Device(MN, accepts=frozenset({"crc_zero"})), "by_policy", True),
        (crc, Device(MN, password="123456"), "ok", True),
        (crc, Device(MN, password="other1"), "ok", True),
        (crc, Device(MN, password="other1", refuses=frozenset({"password"})), "wrong_password", False),
        (crc, Device(MN, refuses=frozenset({"no_flag"})), "ok", True),
    ],
)
def test_the_policy_decides(bench, how, device, verdict, used):
    heard, (frame,) = play(bench, device, spoiled(bench.hour(), how))
    assert (frame.verdict, frame.items is not None, len(heard)) == (verdict, used, used)
    assert bool(device.password and device.password != "123456") == ("password" in frame.notes)


def test_a_refused_sign_is_named_and_the_frame_kept(bench):
    raw = hj212.build("2061", MN, "DataTime=20261122080000;a34004-Avg=1", qn=bench.clock.next())
    heard, (frame,) = play(bench, Device(MN, refuses=frozenset({"no_item_flag"})), raw, raw)
    assert (heard, frame.verdict, frame.items, frame.notes) == ([], "refused", None, "refused:no_item_flag")
    (link,) = bench.reader.links()
    assert (link.frames, link.refused, link.repeats) == (1, 2, 1)  # a repeat of what is refused is refused too


def test_a_link_past_its_rate_is_read_more_slowly_and_loses_nothing(bench):
    parts = [bench.hour(n) for n in range(60)]
    heard, frames = play(bench, Device(MN), *parts[:30], limits=Limits(rate=200.0, burst=10))
    assert len(heard) == len(frames) == 30
