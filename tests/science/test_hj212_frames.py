"""Framing by length: good packets come out whatever surrounds them and wherever the stream is cut."""

import random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from qingshan import hj212
from qingshan.hj212 import sm4
from qingshan.hj212.crc import crc
from qingshan.hj212.frames import LIMIT

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
MN = "010000A8900016F000169DC0"
QN = "20261122090000000"


def packet(segment: str, digits: str | None = None) -> bytes:
    data = segment.encode()
    return b"##" + (digits or f"{len(data):04d}").encode() + data + b"%04X" % crc(data)


def hour(value: float, version: str = "2017", key: bytes | None = None, **options) -> bytes:
    area = f"DataTime=20261122080000;a34004-Avg={value},a34004-Flag=N"
    return hj212.build("2061", MN, area, qn=QN, version=version, key=key, **options).rstrip(b"\r\n")


def with_a_mark_inside_ciphertext() -> bytes:
    """An encrypted packet whose ciphertext holds ``##``, as any bytes may stand there."""
    packets = (hour(value / 10, "2025", KEY) for value in range(200_000))
    return next(raw for raw in packets if b"##" in raw[100:-8])


CIPHER = with_a_mark_inside_ciphertext()
GOOD = [
    hour(35.2),
    packet(f"QN={QN};ST=91;CN=9014;PW=123456;MN={MN};Flag=4;CP=&&&&"),
    CIPHER,
    packet("ST=32;CN=2011;PW=123456;MN=LD130133000015;CP=&&DataTime=20160824003817;011-Rtd=231.0,011-Flag=N&&"),
    packet(f"QN={QN};ST=31;CN=3020;PW=123456;MN={MN};Flag=5;CP=&&DataTime=20261122090000;i11001-Info=//日志，校准完成//&&"),
    hour(80.25),
]


def cut(stream: bytes, *places: int) -> list[hj212.Frame]:
    framer, out, at = hj212.Framer(), [], 0
    for place in (*places, len(stream)):
        out += framer.feed(stream[at:place])
        at = place
    return out + framer.flush()


def good(frames) -> list[bytes]:
    return [frame.raw for frame in frames if hj212.parse(frame, [KEY]).verdict == "ok"]


def test_ciphertext_really_holds_the_mark():
    assert b"##" in CIPHER[8:]
    assert hj212.parse(CIPHER, [KEY]).items["a34004"]["Flag"] == "N"


@pytest.mark.parametrize("between", [b"\r\n", b"", b"**\r\n", b"\r\nwww.example.invalid\r\n", b"\0\xff#", b"##12", b"##", b"#"], ids=repr)
def test_packets_come_out_wherever_the_stream_is_cut(between):
    stream = between.join(GOOD) + between
    for place in range(len(stream) + 1):
        assert good(cut(stream, place)) == GOOD, place


def test_packets_come_out_byte_by_byte():
    stream = b"\r\n".join(GOOD)
    assert good(cut(stream, *range(1, len(stream)))) == GOOD


@pytest.mark.parametrize("place", range(3, len(GOOD[0]) - 1))
def test_a_torn_packet_costs_no_other(place):
    assert good(cut(GOOD[0][:place] + GOOD[5] + b"\r\n" + GOOD[1])) == [GOOD[5], GOOD[1]]


@pytest.mark.parametrize("place", range(3, len(GOOD[0]) - 1))
def test_the_packet_behind_a_torn_one_does_not_wait_for_more(place):
    framer = hj212.Framer()
    assert good(framer.feed(GOOD[0][:place]) + framer.feed(GOOD[5] + b"\r\n")) == [GOOD[5]]
    assert framer.waiting == 0


@pytest.mark.parametrize("off", [-9, -1, 1, 2, 6, 60, 4000])
def test_a_wrong_length_is_found_out_by_the_check_code(off):
    segment = GOOD[0][6:-4].decode()
    wrong = packet(segment, f"{len(segment) + off:04d}")
    frames = cut(GOOD[1] + wrong + b"\r\n" + GOOD[5])
    assert good(frames) == [GOOD[1], wrong, GOOD[5]]
    assert hj212.parse(frames[1]).notes == ("length_fault",)


def test_three_digits_of_length_are_read():
    segment = GOOD[0][6:-4].decode()
    message = hj212.parse(packet(segment, f"{len(segment):03d}"))
    assert (message.verdict, message.notes) == ("ok", ("three_digits",))


def test_a_segment_over_1024_bytes_is_taken_with_a_note():
    items = {f"a{n:05d}": {"Rtd": "1.0"} for n in range(90)}
    message = hj212.parse(hj212.build("2011", MN, hj212.area(None, items), qn=QN))
    assert (message.verdict, message.notes, len(message.items)) == ("ok", ("over_1024",), 90)


def test_the_opening_of_the_data_area_is_no_end():
    """``CP=&&a340`` looks like an end with a check code; a length that leads there is wrong."""
    segment = GOOD[0][6:-4].decode()
    place = segment.index("CP=&&") + 5
    wrong = packet(segment.replace("DataTime=20261122080000;", ""), f"{place:04d}")
    assert wrong[6 + place : 10 + place] == b"a340"
    assert good(cut(wrong + b"\r\n" + GOOD[5])) == [wrong, GOOD[5]]


def test_garbage_does_not_pile_up():
    framer = hj212.Framer()
    noise = random.Random(1).randbytes(1 << 20).replace(b"##", b"#-")
    frames = [frame for at in range(0, len(noise), 4096) for frame in framer.feed(noise[at : at + 4096])]
    assert {frame.fault for frame in frames} == {"noise"}
    assert sum(len(frame.raw) for frame in frames) >= len(noise) - 64
    assert framer.waiting < 8
    assert good(framer.feed(GOOD[0])) == [GOOD[0]]


@pytest.mark.parametrize("hostile", [b"##9999A", b"##9999QN=&&0000\r\n", b"##0001A" * 9, b"&&ABCD\r\n##9998Q", b"####"])
def test_hostile_headers_do_not_pile_up(hostile):
    framer = hj212.Framer()
    for _ in range(400):
        framer.feed(hostile + b"x" * 500)
    assert framer.waiting <= LIMIT + 1000
    frames = framer.feed(GOOD[0] + b"\r\n") + framer.feed(GOOD[5] + b"\r\n") + framer.flush()
    assert good(frames) == [GOOD[0], GOOD[5]]


pieces = st.one_of(
    st.sampled_from(GOOD),
    st.binary(max_size=40),
    st.sampled_from([b"\r\n", b"##", b"##0101", b"&&1C80", b"**", GOOD[0][:50], GOOD[2][:-3]]),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(pieces, max_size=12), st.randoms(use_true_random=False))
@example([b"##0101", GOOD[0]], random.Random(0))
def test_any_mixture_is_cut_without_an_error_and_invents_nothing(parts, chance):
    stream = b"".join(parts)
    places = sorted(chance.randrange(len(stream) + 1) for _ in range(chance.randrange(6))) if stream else []
    frames = cut(stream, *places)
    for frame in frames:
        assert frame.raw in stream
        hj212.parse(frame, [KEY])
    known = {hj212.parse(raw, [KEY]).cp for raw in GOOD}
    assert {hj212.parse(frame, [KEY]).cp for frame in frames if hj212.parse(frame, [KEY]).verdict == "ok"} <= known


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(GOOD), st.binary(max_size=30).filter(lambda b: b"#" not in b)), max_size=8), st.randoms())
def test_all_good_packets_come_out_of_noise(parts, chance):
    stream = b"".join(noise + raw + b"\r\n" for raw, noise in parts)
    places = sorted(chance.randrange(len(stream) + 1) for _ in range(4)) if stream else []
    assert good(cut(stream, *places)) == [raw for raw, _ in parts]


def test_a_clear_packet_passes_a_receiver_with_keys():
    assert hj212.parse(GOOD[0], [KEY, sm4.ANNEX_KEY]).verdict == "ok"


def printed_cipher(length: int | None) -> bytes:
    """A packet with its ciphertext as the annex prints it; `length` None: that of the raw ciphertext, as such software writes."""
    segment = f"QN={QN};ST=22;CN=2011;PW=123456;MN={MN};Flag=9;CP=&&DataTime=20261122090000;a34004-Rtd=35.2,a34004-Flag=N&&".encode()
    wire, start = sm4.encrypt(segment, KEY), segment.index(b"CP=&&") + 5
    blocks = (len(segment) - 2 - start) // 16 * 16
    shown = b"{" + b",".join(b"0x%02X" % byte for byte in wire[start : start + blocks]) + b"}"
    return b"##%04d%s%s%s%04X" % (length or len(segment), wire[:start], shown, wire[start + blocks :], crc(segment))


@pytest.mark.parametrize("length", [None, 90, 200, 9999])
@pytest.mark.parametrize("noise", [b"www.cmsoft.cn", b" \r\n", b"ABCD", b"\xff\xfe", b"#", b"12##", b"&&0000"])
def test_a_wrong_length_and_noise_right_behind_lose_no_packet(length, noise):
    plain = hour(35.2).replace(b"##0", b"##1", 1)
    stream = printed_cipher(length) + noise + plain + noise + GOOD[0] + noise
    for cut in range(0, len(stream), 3):
        framer = hj212.Framer()
        messages = [hj212.parse(frame, [KEY]) for frame in framer.feed(stream[:cut]) + framer.feed(stream[cut:]) + framer.flush()]
        good = [m.items["a34004"] for m in messages if m.is_trusted]
        assert good == [{"Rtd": "35.2", "Flag": "N"}, {"Avg": "35.2", "Flag": "N"}, {"Avg": "35.2", "Flag": "N"}], cut
