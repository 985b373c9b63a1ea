"""A campaign against the way from bytes to values (模糊测试): no crash, no wrong value, nothing invented.

    python tests/gateway/fuzz.py [seconds] [--atheris]      # 60 s; hypothesis, or coverage-guided where atheris is installed

Conversations of good uploads with noise, spoiled and torn packets between are cut anywhere. Every good upload must come out,
in order, with exactly the values it was made of, and nothing else may be called good; the look at the header alone must agree
with the full reading, and what the spool gives back with what it was given. Bytes without any plan must not crash anything.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

if "--atheris" in sys.argv:
    import atheris

    with atheris.instrument_imports(include=["qingshan.hj212", "qingshan.gateway"]):
        import qingshan.gateway.record
        import qingshan.hj212  # noqa: F401

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from qingshan import hj212
from qingshan.gateway.devices import Device
from qingshan.gateway.record import Head, Record, evaluate, head_of, header_bytes, read
from qingshan.gateway.spool import Position, Spool
from qingshan.hj212 import sm4

AT = datetime(2026, 11, 22, 9)
RECEIVED = AT.isoformat(timespec="microseconds")
CODES = ("a34004", "a34002", "a21026", "w01018", "e30101", "B01")
KINDS = ("Rtd", "Avg", "Min", "Max", "Cou", "Flag", "ZsAvg")
VALUES = st.one_of(st.sampled_from(["35.2", "-0.04", "0", "N", "", "1e3", "甲"]), st.decimals(0, 10**6, places=2).map(str))
ITEMS = st.dictionaries(
    st.sampled_from(CODES), st.dictionaries(st.sampled_from(KINDS), VALUES, min_size=1, max_size=4), min_size=1, max_size=5
)
Items = dict[str, dict[str, str]]


@st.composite
def uploads(draw) -> tuple[bytes, Items, datetime]:
    """One good upload, what it says and when."""
    items, at = draw(ITEMS), AT - timedelta(minutes=draw(st.integers(0, 60 * 24 * 40)))
    version = draw(st.sampled_from(["2005", "2017", "2025"]))
    key = draw(st.sampled_from([None, sm4.ANNEX_KEY])) if version == "2025" else None
    options = {"pnum": 3, "pno": draw(st.integers(1, 3))} if draw(st.booleans()) else {}
    raw = hj212.build(
        draw(st.sampled_from(["2011", "2051", "2061", "2031"])), draw(st.sampled_from(["A" * 24, "0" * 24, "MN1"])), hj212.area(at, items),
        qn=at, version=version, reply=draw(st.booleans()), rf=draw(st.booleans()), key=key, **options,
    )  # fmt: skip
    return raw, items, at


NOISE = st.one_of(
    st.binary(max_size=40).map(lambda b: b.replace(b"#", b"-")),
    st.sampled_from([b"", b"", b"\r\n", b"**\r\n", b"&&1C80\r\n", b"GET / HTTP/1.1\r\n\r\n"]),
)
CONVERSATIONS = st.lists(st.tuples(uploads(), NOISE, st.booleans()), min_size=1, max_size=8)


def look(frame: hj212.Frame, heads: dict[bytes, Head], device: Device) -> Record:
    """As the gateway does: a glance where the header is known, else the full look; both must say the same."""
    message = hj212.parse(frame, [sm4.ANNEX_KEY])
    record = evaluate(frame, device if message.mn else None, message, AT, RECEIVED, "peer")
    parts = header_bytes(frame)
    head = heads.get(parts[1]) if parts else None
    if head is not None and parts is not None:
        glanced = read(Record(RECEIVED, "peer", frame.raw, "ok", is_identified=True, is_unread=True))
        glanced.answer = head.answer(parts[0])
        assert [getattr(glanced, n) for n in Record.__slots__] == [getattr(record, n) for n in Record.__slots__]
    found = head_of(frame, device if message.mn else None, message, record)
    if found:
        heads[found[0]] = found[1]
    return record


def cut(stream: bytes, places: Sequence[int]) -> list[hj212.Frame]:
    framer, out, at = hj212.Framer(), [], 0
    for place in [*sorted(places), len(stream)]:
        out += framer.feed(stream[at:place])
        at = max(at, place)
    return out + framer.flush()


def converse(conversation, places: Sequence[int]) -> None:
    """Every good upload comes out with its values; a spoiled one is never called good."""
    stream, wanted = b"", []
    for (raw, items, at), noise, is_spoiled in conversation:
        if is_spoiled:  # one byte of the data area: the check code must tell (it sees every change of a single byte)
            middle = raw.index(b"CP=&&") + 8
            raw = raw[:middle] + bytes([raw[middle] ^ 1]) + raw[middle + 1 :]
        else:
            wanted.append((items, at))
        stream += raw + noise + b"\r\n"
    heads: dict[bytes, Head] = {}
    device = Device("any")
    records = [look(frame, heads, device) for frame in cut(stream, places)]
    got = [hj212.parse(record.raw, [sm4.ANNEX_KEY]) for record in records if record.verdict == "ok"]
    assert [(m.items, m.data_time) for m in got] == [(items, at.replace(microsecond=0)) for items, at in wanted]
    with tempfile.TemporaryDirectory() as folder:
        spool = Spool(Path(folder), Position(0, 0))
        spool.append(records)
        again, _ = spool.take(len(records) + 1)
        spool.close()
    for before, after in zip(records, again, strict=True):
        assert (before.raw, before.verdict, before.items, before.notes) == (after.raw, after.verdict, after.items, after.notes)


def survive(data: bytes) -> None:
    """Bytes without a plan: no crash, nothing that was not there, no more waiting than allowed."""
    places = [data[0], data[0] * 3] if data else []
    heads: dict[bytes, Head] = {}
    for frame in cut(data, places):
        assert frame.raw in data
        look(frame, heads, Device("any"))


def campaign(seconds: float, begin: int = 0, examples: int = 300) -> int:
    """Run until the time is over; returns how many conversations and byte strings were tried."""
    end, tried, number = time.monotonic() + seconds, 0, begin
    options = settings(
        max_examples=examples, deadline=None, database=None, phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck)
    )
    places = st.lists(st.integers(0, 3000), max_size=6)
    while tried == 0 or time.monotonic() < end:
        seed(number)(options(given(CONVERSATIONS, places)(converse)))()
        seed(number)(options(given(st.binary(max_size=400))(survive)))()
        number, tried = number + 1, tried + 2 * examples
    return tried


def guided(seconds: float) -> None:
    """Coverage-guided: atheris finds the bytes."""
    good = hj212.build("2061", "0" * 24, "DataTime=20261122080000;a34004-Avg=35.2,a34004-Flag=N", qn=AT)

    def one(data: bytes) -> None:
        survive(data)
        spoiled = bytearray(good)
        for n in range(0, len(data) - 1, 2):
            spoiled[data[n] % len(spoiled)] = data[n + 1]
        survive(bytes(spoiled))

    atheris.Setup([sys.argv[0], f"-max_total_time={int(seconds)}", "-max_len=400"], one)
    atheris.Fuzz()


def main() -> None:
    numbers = [word for word in sys.argv[1:] if not word.startswith("-")]
    seconds = float(numbers[0]) if numbers else 60.0
    if "--atheris" in sys.argv:
        guided(seconds)
    else:
        print(f"{campaign(seconds, begin=int(time.time())):,} conversations and byte strings, no crash, no wrong value")


if __name__ == "__main__":
    main()
