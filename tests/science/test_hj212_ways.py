"""Two ways, one result: what is known of a device's header and layout makes reading fast, and never changes what is read."""

import random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from qingshan import hj212
from qingshan.hj212 import areas, frames, headers, layouts, sm4
from qingshan.hj212.crc import crc

HEAD = "QN=20261122090000000;ST=22;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=5;"
HEADS = st.sampled_from([
    HEAD, HEAD.replace("090000000", "090030123"), HEAD[21:], HEAD.replace("Flag=5;", "Flag=7;PNUM=2;PNO=1;"), HEAD.replace("Flag=5;", ""),
    HEAD.replace("Flag=5", "PNUM=2;PNO=01"), HEAD.replace("MN=", ",MN="), HEAD.replace("QN=", "Q="), HEAD[21:] + HEAD[:21], ";" + HEAD[21:],
    HEAD.replace("QN=2", "QN=22"), HEAD.replace("QN=20261122090000000", "QN=２０２６１１２２０９０００００００"), HEAD + "CP=1;", HEAD + "RF=1;",
    HEAD + "QN=20260101000000000;", HEAD[:20] + HEAD[21:], HEAD + "XCP=;", HEAD + "A=&&;", "", ";",
])  # fmt: skip
MARKS = st.sampled_from([";", ";", ",", ",", "=", "&", "&&", "//", "/", " ", "\n", ""])
KEYS = st.sampled_from(
    ["DataTime=", "a34004-Rtd=", "a34004-Flag=", "a34002-rtd=", "a34002-Flag=", "B01-Cou=", "B01-Min=", "QN=", "-=", "="]
)
VALUES = st.sampled_from(["20261122090000", "35.2", "1", "N", "-0.04", "", "甲", "=", "//x,y=1//", "a34004-Rtd", " "])
PAIRS = st.tuples(KEYS, VALUES, MARKS).map("".join)
AREAS = st.lists(PAIRS, max_size=7).map("".join)
OPENINGS, ENDS = (
    st.sampled_from(["CP=&&", "CP=&&", "CP=&&", "CP=", "&&", "CP=&"]),
    st.sampled_from(["&&", "&&", "&&", "&&&", ";&&", "&", ""]),
)
SEGMENTS = st.tuples(HEADS, OPENINGS, AREAS, ENDS).map("".join)


def framed(segment: bytes) -> hj212.Frame:
    return hj212.Frame(segment, segment, len(segment), 4, 1, 1, "")


def contents(message: hj212.Message) -> dict:
    return {name: getattr(message, name) for name in hj212.Message.__slots__}


def forget() -> None:
    for known in (headers.KNOWN, layouts._LAYOUTS, areas._NAMES):
        known.clear()


def read_slowly(segment: bytes) -> dict:
    forget()
    return contents(hj212.parse(framed(segment)))


def check(segments: list[bytes]) -> None:
    slowly = [read_slowly(segment) for segment in segments]
    forget()
    for _ in range(3):
        assert [contents(hj212.parse(framed(segment))) for segment in segments] == slowly


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(SEGMENTS, min_size=1, max_size=6))
@example([HEAD + "CP=&&a1-Rtd=1,a1-Flag=N&&", HEAD + "CP=&&a1-Rtd=//2,a1-Flag=N//&&"])
@example([HEAD + "CP=&&a1-Rtd=1&&", HEAD + "CP=&&a1-Rtd=1;&&", HEAD + "CP=&&a1-Rtd=1,&&", HEAD + "CP=&&a1-Rtd=1;;&&"])
@example([HEAD + "CP=&&a1-Rtd=1;a2-Rtd=2&&", HEAD + "CP=&&a1-Rtd=1=a2-Rtd;2&&"])
@example([HEAD + "CP=1;CP=&&a1-Rtd=1&&"] * 2)
def test_any_segment(segments):
    check([segment.encode() for segment in segments])


@settings(max_examples=200, deadline=None)
@given(AREAS, st.lists(VALUES, min_size=8, max_size=8), HEADS)
def test_the_same_keys_with_other_values(area, values, head):
    pairs = area.split("=")
    other = "=".join(values[n % 8] + pair[len(pair) // 2 :] if n else pair for n, pair in enumerate(pairs))
    check([f"{head}CP=&&{text}&&".encode() for text in (area, other, area)])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=40), st.lists(st.sampled_from([b";", b",", b"=", b"&&"]), max_size=4))
def test_bytes_that_are_no_utf_8(noise, marks):
    segment = HEAD.encode() + b"CP=&&DataTime=20261122090000;i1-Info=" + b"".join(marks).join([noise, noise]) + b"&&"
    check([segment, HEAD.encode() + b"CP=&&DataTime=20261122090000;i1-Info=1&&", segment])


def frames_of(stream: bytes, cuts: list[int]) -> list[tuple]:
    framer, out, at = hj212.Framer(), [], 0
    for place in [*sorted(cuts), len(stream)]:
        out += framer.feed(stream[at:place])
        at = place
    return [tuple(getattr(frame, name) for name in hj212.Frame.__slots__) for frame in out + framer.flush()]


def packet(segment: bytes, rule: int) -> bytes:
    code = b"%04x" % crc(segment) if rule == 1 else b"%04X" % (crc(segment) ^ (rule == 2))
    return b"##%04d%s%s" % (len(segment) + (rule == 3), segment, code)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(SEGMENTS.map(str.encode), st.integers(0, 4), st.sampled_from([b"\r\n", b"", b"\n", b"\r\n\r\n", b"noise", b"##0101QN="])),
        max_size=6,
    ),
    st.lists(st.integers(0, 600), max_size=3),
)
def test_framing_with_and_without_the_short_cut(parts, cuts):
    stream = b"".join(packet(segment, rule) + tail for segment, rule, tail in parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frames, "_BEGINNINGS", {})
        slowly = frames_of(stream, cuts)
    assert frames_of(stream, cuts) == slowly


def test_the_corpus(shared):
    lines = (shared / "data" / "hj212" / "packets.txt").read_text(encoding="utf-8").splitlines()
    corpus = [hj212.frame_of(line.encode()) for line in lines if line.startswith("##")]
    chance = random.Random(212)

    def read(frame: hj212.Frame) -> dict:
        return contents(hj212.parse(frame, [sm4.ANNEX_KEY]))

    slowly = {}
    for frame in corpus:
        forget()
        slowly[frame.raw] = read(frame)
    forget()
    for _ in range(4):
        chance.shuffle(corpus)
        for frame in corpus:
            assert read(frame) == slowly[frame.raw]


def test_what_is_remembered_is_limited():
    forget()
    for n in range(layouts._KEPT + 50):
        hj212.parse(framed(f"{HEAD}CP=&&x{n}-Rtd=1;DataTime{n}=2&&".encode()))
        hj212.parse(framed(f"{HEAD}CP=&&x{n}-Rtd=1&&".encode()))
    assert len(layouts._LAYOUTS) == layouts._KEPT
    assert [len(header.layouts) for header in headers.KNOWN.values()] == [areas._ALIKE]
    hj212.parse(framed((HEAD + "CP=&&" + ";".join(f"x{n}-Rtd=1" for n in range(layouts._LONGEST + 1)) + "&&").encode()))
    hj212.parse(framed(f"{HEAD}{'x' * 400}=1;CP=&&a-Rtd=1&&".encode()))
    assert (len(headers.KNOWN), len(layouts._LAYOUTS)) == (1, layouts._KEPT)
    forget()
