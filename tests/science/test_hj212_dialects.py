"""Each deviation of real devices is named from one packet, recognised within 20, and never by a noisy line."""

import random

import pytest

from qingshan import hj212
from qingshan.hj212 import dialects
from qingshan.hj212.crc import crc, modbus

MN = "010000A8900016F000169DC0"
HEAD = f"ST=22;CN=2051;PW=123456;MN={MN};Flag=5;"
AREA = "DataTime=20261122080000;a34004-Avg=35.2,a34004-Flag=N"


def packet(head=f"QN=20261122080000000;{HEAD}", area=AREA, code=None, length=None) -> bytes:
    segment = f"{head}CP=&&{area}&&".encode()
    sent = f"{crc(segment):04X}" if code is None else code(segment)
    return b"##" + (length or f"{len(segment):04d}").encode() + segment + sent.encode()


def swapped(value: int) -> str:
    return f"{(value & 255) << 8 | value >> 8:04X}"


def lower(segment: bytes) -> str:
    return f"{crc(segment):04x}"


CASES = {
    "crc_modbus": packet(code=lambda s: f"{modbus(s):04X}"),
    "crc_modbus_swapped": packet(code=lambda s: swapped(modbus(s))),
    "crc_swapped": packet(code=lambda s: swapped(crc(s))),
    "crc_zero": packet(code=lambda s: "0000"),
    "crc_lower": packet(area=AREA + ";a34002-Avg=1,a34002-Flag=N", code=lower),
    "length_fault": packet(length="0131"),
    "three_digits": packet(length=f"{len(packet()) - 10:03d}"),
    "over_1024": packet(area=AREA + "".join(f";a{n:05d}-Avg=1,a{n:05d}-Flag=N" for n in range(50))),
    "no_qn": packet(head=HEAD),
    "qn_inside": packet(head=HEAD, area="QN=20261122080000000;" + AREA),
    "no_flag": packet(head=f"QN=20261122080000000;ST=22;CN=2051;PW=123456;MN={MN};"),
    "system_form": packet(head=f"QN=20261122080000000;ST=101;CN=2051;PW=123456;MN={MN};Flag=5;"),
    "mn_form": packet(head="QN=20261122080000000;ST=22;CN=2051;PW=123456;MN=DEV_7;Flag=5;"),
    "padded_parts": packet(head=f"QN=20261122080000000;ST=22;CN=2051;PW=123456;MN={MN};Flag=7;PNO=0002;PNUM=0002;"),
    "split_unmarked": packet(head=f"QN=20261122080000000;ST=22;CN=2051;PW=123456;MN={MN};Flag=5;PNUM=2;PNO=1;"),
    "header_comma": packet(head=f"QN=20261122080000000;ST=22;CN=2051;PW=123456;,MN={MN};Flag=5;"),
    "header_case": packet(head=f"QN=20261122080000000;ST=22;CN=2051;PW=123456;MN={MN};FLAG=5;"),
    "header_strange": packet(head=f"QN=20261122080000000;ST=22;CN=2051;PW=123456;MN={MN};IMEI=86;Flag=5;"),
    "flag_first": packet(area="DataTime=20261122080000;a34004-Flag=N,a34004-Avg=35.2"),
    "suffix_twice": packet(area="DataTime=20261122080000;LA-Rtd-Rtd=52.1,LA-Flag=N"),
    "suffix_unknown": packet(area="DataTime=20261122080000;LA-td=52.1,LA-Flag=N"),
    "suffix_case": packet(area="DataTime=20261122080000;a34004-avg=35.2,a34004-Flag=N"),
    "code_form": packet(area="DataTime=20261122080000;LAMPBLACK-Avg=1.2,LAMPBLACK-Flag=N"),
    "trailing_mark": packet(area=AREA + ";"),
    "spaces": packet(area="DataTime=20261122080000; a34004-Avg=35.2,a34004-Flag=N"),
    "no_item_flag": packet(area="DataTime=20261122080000;a34004-Avg=35.2"),
    "flag_case": packet(area="DataTime=20261122080000;a34004-Avg=35.2,a34004-Flag=d"),
    "time_digits": packet(area="DataTime=20261122080000000;a34004-Avg=35.2,a34004-Flag=N"),
    "comma_times": packet(area="BeginTime=20261122080000,EndTime=20261122090000"),
    "no_items": packet(area="DataTime=20261122080000"),
}


def seen(raw: bytes) -> tuple[str, tuple[str, ...]]:
    frame = hj212.frame_of(raw)
    message = hj212.parse(frame)
    return dialects.algorithm(frame, message), dialects.signs(frame, message)


def test_a_packet_as_the_standard_has_it_shows_no_sign():
    assert seen(packet()) == ("annex", ())


@pytest.mark.parametrize("sign", CASES)
def test_a_deviation_is_named_from_one_packet(sign):
    assert sign in seen(CASES[sign])[1]


@pytest.mark.parametrize("sign", CASES)
def test_a_dialect_is_recognised_within_twenty_packets(sign):
    habits, chance = dialects.Habits(), random.Random(sign)
    began = None
    for n in range(1, 21):
        raw = bytearray(CASES[sign])
        if chance.random() < 0.05:
            raw[len(raw) // 2] ^= 4
        if (sign, "begins") in habits.take("2051", *seen(bytes(raw))):
            began = n
    assert began is not None
    assert began <= 20


def test_bit_errors_of_one_percent_never_switch_a_dialect():
    """Every bit of the packet wrong with 1 % in one packet of three, and one of a hundred in the rest: nothing is believed of it."""
    chance, habits, changes = random.Random(212), dialects.Habits(), []
    good = packet()
    for n in range(3000):
        raw = bytearray(good)
        for at in range(6, len(raw)):
            if chance.random() < (0.01 if n % 3 == 0 else 0.0001):
                raw[at] ^= 1 << chance.randrange(8)
        changes += habits.take("2051", *seen(bytes(raw)))
    assert changes == []
    assert habits.code == "annex"


def test_a_change_of_check_code_is_noticed_and_one_odd_packet_is_not():
    habits = dialects.Habits()
    for _ in range(10):
        habits.take("2051", *seen(packet()))
    assert habits.take("2051", *seen(CASES["crc_modbus"])) == []
    assert habits.take("2051", *seen(packet())) == []
    changes = [c for _ in range(8) for c in habits.take("2051", *seen(CASES["crc_modbus"]))]
    assert changes == [("crc_modbus", "begins")]


def test_a_habit_ends_after_twenty_packets_without_it():
    habits = dialects.Habits()
    for _ in range(8):
        habits.take("2051", *seen(CASES["no_item_flag"]))
    assert habits.spoken == {"no_item_flag"}
    changes = [c for _ in range(20) for c in habits.take("2051", *seen(packet()))]
    assert changes == [("no_item_flag", "ends")]
    assert habits.spoken == set()
