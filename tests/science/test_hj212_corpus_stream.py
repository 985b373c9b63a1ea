"""Every good packet of the corpus comes out of a stream: glued, with noise between, cut at every byte."""

import random
from itertools import pairwise

import pytest

from qingshan import hj212
from qingshan.hj212 import sm4

KEYS = [sm4.ANNEX_KEY, bytes.fromhex("0123456789abcdeffedcba9876543210")]


JUDGED: dict[tuple[bytes, bytes], bool] = {}


def is_good(frame: hj212.Frame) -> bool:
    known = (frame.raw, frame.segment)
    if known not in JUDGED:
        JUDGED[known] = hj212.parse(frame, KEYS).verdict == "ok"
    return JUDGED[known]


def good(frames) -> list[bytes]:
    return [frame.raw for frame in frames if is_good(frame)]


def fed(*parts: bytes) -> list[hj212.Frame]:
    framer = hj212.Framer()
    return [frame for part in parts for frame in framer.feed(part)] + framer.flush()


@pytest.fixture(scope="module")
def packets(shared) -> list[bytes]:
    """The good packets, and one whose ciphertext holds ``##`` and one that holds CR LF."""
    lines = (shared / "data" / "hj212" / "packets.txt").read_text(encoding="utf-8").splitlines()
    frames = [hj212.frame_of(line.encode()) for line in lines if line.startswith("##")]
    corpus = [frame.raw for frame in frames if is_good(frame)]
    made = [ciphertext_with(mark) for mark in (b"##", b"\r\n")]
    assert len(corpus) > 100
    return [corpus[0], *made, *corpus[1:]]


def ciphertext_with(mark: bytes) -> bytes:
    for n in range(200_000):
        raw = hj212.build(
            "2061",
            "0" * 24,
            f"DataTime=20261122080000;a34004-Avg={n / 10},a34004-Flag=N",
            qn="20261122090000000",
            version="2025",
            key=KEYS[1],
        )
        if mark in raw[90:-8]:
            return raw.rstrip(b"\r\n")
    raise AssertionError


def test_glued_and_in_one_piece(packets):
    assert good(fed(b"".join(packets))) == packets
    assert good(fed(b"\r\n".join(packets))) == packets


def test_byte_by_byte(packets):
    stream = b"".join(packets)
    assert good(fed(*(stream[n : n + 1] for n in range(len(stream))))) == packets


def test_cut_at_every_byte_between_others(packets):
    before, after = packets[0], packets[3]
    for n, raw in enumerate(packets):
        stream, wanted = before + raw + after, [before, raw, after]
        for place in range(len(before), len(before) + len(raw) + 1):
            assert good(fed(stream[:place], stream[place:])) == wanted, (n, place)


@pytest.mark.parametrize("seed", range(3))
def test_with_noise_between_and_cut_anywhere(packets, seed):
    chance = random.Random(seed)
    noises = [b"\xff\xfe", b"##", b"##12", b"&&", b"#", b"\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"**"]
    stream = b"".join(
        raw + b"\r\n" + chance.choice([*noises, chance.randbytes(chance.randrange(60)).replace(b"#", b"-")]) for raw in packets
    )
    places = [0, *sorted(chance.randrange(len(stream)) for _ in range(400)), len(stream)]
    assert good(fed(*(stream[a:b] for a, b in pairwise(places)))) == packets
