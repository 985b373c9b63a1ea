"""HJ 212 parse, packets a second and core: ours against a plain table-CRC parser, same bytes, same run, same fields.

    python benchmarks/hj212_parse.py [packets.txt]

The plain parser is what a competent programmer writes from the standard: frames by the length field, the table form of Annex
A's check code, ``split`` and nested dicts. Both get the same reads of sixteen packets, as from a busy socket, and both give
header, parameters and items. A third, slow reader (bit-by-bit check code) is the referee: both agree with it field by field.
Without a file of real packets, made ones are used. In the corpus nearly every packet is of another make, so what is known of
one layout serves one packet a turn; a bureau's devices send a few layouts all day, as the made ones do. Processor time of the
best of many turns; the two take turns every few milliseconds on one core, so the machine's moods hit both.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from qingshan import hj212
from qingshan.hj212.crc import TABLE

FACTORS = ("a21026", "a21004", "a21005", "a05024", "a34002", "a34004", "a01001", "a01002", "a01006", "a01007", "a01008", "a34001", "a21003")
TURNS, WARM, READ = 200, 20, 16
NAMES = ("QN", "ST", "CN", "PW", "MN")
Fields = tuple[dict[str, object], dict[str, str], dict[str, dict[str, str]]]


def made(factors: int = 13, summaries: bool = True) -> list[bytes]:
    """Uploads of 20 air stations: real-time with Rtd and Flag; with `summaries` two in three are of minutes with Min, Avg, Max, Flag."""
    chance, at = random.Random(212), datetime(2026, 11, 22)
    out = []
    for n in range(200):
        at += timedelta(seconds=30)
        real_time = n % 3 == 0 or not summaries
        kinds = ("Rtd",) if real_time else ("Min", "Avg", "Max")
        items = {
            code: {**{kind: f"{chance.uniform(0, 200):.{chance.randrange(1, 4)}f}" for kind in kinds}, "Flag": "N"}
            for code in FACTORS[:factors]
        }
        qn = hj212.stamp(at)
        out.append(hj212.build("2011" if real_time else "2051", f"{n % 20:024d}", hj212.area(at, items), qn=qn).rstrip())
    return out


def real(path: Path) -> list[bytes]:
    """Data uploads of a corpus that a plain parser can read: four digits of length, nothing encrypted, good check code."""
    lines = [line.encode() for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("##")]
    good = [raw for raw in lines if raw[2:6].isdigit() and b"{0x" not in raw and not raw.endswith(b"**")]
    good = [raw for raw in good if b";CN=2" in raw and b",MN" not in raw and b"CP=&&" in raw and len(raw) == int(raw[2:6]) + 10]
    return [raw for raw in good if bitwise(raw[6:-4]) == int(raw[-4:], 16)]


def bitwise(segment: bytes) -> int:
    """Annex A as printed: the referee's check code."""
    register = 0xFFFF
    for byte in segment:
        register = (register >> 8) ^ byte
        for _ in range(8):
            register = (register >> 1) ^ 0xA001 if register & 1 else register >> 1
    return register


def plain(data: bytes) -> Iterator[tuple[bool, Fields]]:
    """What one writes from the standard: frames by length, table check code, split, nested dicts."""
    table, at = TABLE, 0
    while at < len(data):
        end = at + 6 + int(data[at + 2 : at + 6])
        segment, register = data[at + 6 : end], 0xFFFF
        for byte in segment:
            register = table[(register >> 8) ^ byte]
        yield register == int(data[end : end + 4], 16), fields(segment.decode())
        at = end + 6  # CR LF


def fields(text: str) -> Fields:
    head, _, area = text.partition("CP=&&")
    header: dict[str, object] = {}
    for part in head.split(";"):
        if part:
            key, _, value = part.partition("=")
            header[key] = int(value) if key in ("Flag", "PNUM", "PNO") else value
    params: dict[str, str] = {}
    items: dict[str, dict[str, str]] = {}
    for item in area.removesuffix("&&").split(";"):
        for pair in item.split(","):
            key, equals, value = pair.partition("=")
            if equals:
                code, dash, kind = key.strip().partition("-")
                if not dash:
                    params[code] = value
                elif code in items:
                    items[code][kind] = value
                else:
                    items[code] = {kind: value}
    return header, params, items


def ours(data: bytes) -> Iterator[hj212.Message]:
    yield from map(hj212.parse, hj212.Framer().feed(data))


def reads(packets: list[bytes]) -> list[bytes]:
    """The packets as they come from a socket."""
    return [b"".join(raw + b"\r\n" for raw in packets[at : at + READ]) for at in range(0, len(packets), READ)]


def agree(packets: list[bytes]) -> int:
    """Compare ours, first and again, and the plain one with the referee; returns how many values were compared."""
    expected = [(bitwise(raw[6:-4]) == int(raw[-4:], 16), fields(raw[6:-4].decode())) for raw in packets]
    assert [read for data in reads(packets) for read in plain(data)] == expected
    for _ in range(2):
        messages = [message for data in reads(packets) for message in ours(data)]
        assert len(messages) == len(expected)
        for message, (good, (header, params, items)) in zip(messages, expected):
            assert (message.verdict == "ok") == good
            assert [getattr(message, name.lower()) for name in NAMES] == [header.get(name, "") for name in NAMES]
            assert (message.flag, message.pnum, message.pno) == (header.get("Flag"), header.get("PNUM"), header.get("PNO"))
            assert message.params == params
            spelled = {code: {hj212.codes.suffix(kind): text for kind, text in kinds.items()} for code, kinds in items.items()}
            assert message.items == spelled, message
    return sum(len(params) + sum(map(len, items.values())) for _, (_, params, items) in expected)


def spent(run, data: list[bytes]) -> float:
    begun = time.process_time()
    for part in data:
        for _ in run(part):
            pass
    return time.process_time() - begun


def main() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(os.environ.get("QINGSHAN_SHARED", "../shared")) / "data/hj212/packets.txt"
    sets = {"made uploads, real-time and minutes": made(), "made uploads, real-time of 9 factors": made(9, summaries=False)}
    sets["made uploads, real-time of 5 factors"] = made(5, summaries=False)
    if given.is_file():
        sets["corpus uploads"] = corpus = real(given)
        sets["corpus uploads of 200 B and more"] = [raw for raw in corpus if len(raw) >= 200]
    print(f"one core, load average {' '.join(f'{load:.2f}' for load in os.getloadavg())}, best of {TURNS} turns")
    for name, packets in sets.items():
        compared, data = agree(packets), reads(packets)
        turns = [(spent(ours, data), spent(plain, data)) for _ in range(WARM + TURNS)][WARM:]
        mine, other = (len(packets) / min(side) for side in zip(*turns))
        ratios = sorted(b / a for a, b in turns)
        print(
            f"{name}: {len(packets)} packets, mean {statistics.mean(map(len, packets)):.0f} B, {compared} values equal to the referee's\n"
            f"  plain table-CRC parser   {other:>10,.0f} packets/s\n"
            f"  qingshan.hj212           {mine:>10,.0f} packets/s   (both: framing, check code, header, parameters, items)\n"
            f"  ratio                    {mine / other:>10.2f}      (median of the turns {statistics.median(ratios):.2f},"
            f" middle half {ratios[TURNS // 4]:.2f} … {ratios[3 * TURNS // 4]:.2f})"
        )


if __name__ == "__main__":
    main()
