"""HJ 212 parse, packets a second and core: ours against a plain table-CRC parser, same packets, same run, same fields.

    python benchmarks/hj212_parse.py [packets.txt]

The plain parser is what one writes from the standard: the table form of Annex A's check code, ``split`` and nested
dicts. A third, slow reader (bit-by-bit check code) is the referee: both must agree with it field by field. Without a file
of real packets, made ones are used: 13 factors with Min, Avg, Max and Flag, and answers between them.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from qingshan import hj212
from qingshan.hj212.crc import TABLE

FACTORS = ("a21026", "a21004", "a21005", "a05024", "a34002", "a34004", "a01001", "a01002", "a01006", "a01007", "a01008", "a34001", "a21003")
ROUNDS, WARM, TURNS = 9, 2, 20


def made() -> list[bytes]:
    """Uploads of air stations: real-time with Rtd and Flag, minutes and hours with Min, Avg, Max and Flag."""
    chance, at = random.Random(212), datetime(2026, 11, 22)
    out = []
    for n in range(200):
        at += timedelta(seconds=30)
        kinds = ("Rtd",) if n % 3 == 0 else ("Min", "Avg", "Max")
        items = {
            code: {**{kind: f"{chance.uniform(0, 200):.{chance.randrange(1, 4)}f}" for kind in kinds}, "Flag": "N"} for code in FACTORS
        }
        qn = hj212.stamp(at)
        out.append(hj212.build("2011" if n % 3 == 0 else "2051", f"{n % 20:024d}", hj212.area(at, items), qn=qn).rstrip())
    return out


def real(path: Path) -> list[bytes]:
    """Data uploads of a corpus that a plain parser can read: four digits of length, nothing encrypted, good check code."""
    lines = [line.encode() for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("##")]
    good = [raw for raw in lines if raw[2:6].isdigit() and b"{0x" not in raw and not raw.endswith(b"**")]
    good = [
        raw
        for raw in good
        if b";CN=2" in raw and len(raw) == int(raw[2:6]) + 10 and referee(raw)[0] and b",MN" not in raw and b"CP=&&" in raw
    ]
    return [raw for raw in good if referee(raw)[2]]


def referee(raw: bytes) -> tuple[bool, dict[str, str], dict[str, dict[str, str]]]:
    """Slow and simple: check code bit by bit, one character class at a time."""
    segment, register = raw[6:-4], 0xFFFF
    for byte in segment:
        register = (register >> 8) ^ byte
        for _ in range(8):
            register = (register >> 1) ^ 0xA001 if register & 1 else register >> 1
    return (register == int(raw[-4:], 16), *fields(segment.decode()))


def plain(raw: bytes) -> tuple[bool, dict[str, str], dict[str, dict[str, str]]]:
    """What one writes from the standard: table check code, split, nested dicts."""
    segment, register = raw[6:-4], 0xFFFF
    for byte in segment:
        register = TABLE[(register >> 8) ^ byte]
    return (register == int(raw[-4:], 16), *fields(segment.decode()))


def fields(text: str) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    head, _, area = text.partition("CP=&&")
    header: dict[str, str] = {}
    for part in head.split(";"):
        if part:
            key, _, value = part.partition("=")
            header[key] = value
    items: dict[str, dict[str, str]] = {}
    for item in area.rpartition("&&")[0].split(";"):
        for pair in item.split(","):
            key, equals, value = pair.strip().partition("=")
            if equals:
                code, _, kind = key.partition("-")
                items.setdefault(code, {})[kind] = value
    return header, items


def agree(packets: list[bytes]) -> int:
    """Compare ours and the plain one with the referee; returns how many values were compared."""
    compared = 0
    for raw in packets:
        good, header, items = referee(raw)
        message = hj212.parse(raw)
        assert plain(raw) == (good, header, items), raw
        assert (message.verdict == "ok") == good, raw
        for name in ("QN", "ST", "CN", "PW", "MN"):
            assert getattr(message, name.lower()) == header.get(name, ""), raw
        assert message.flag == (int(header["Flag"]) if "Flag" in header else None), raw
        expected = {code: {k: v for k, v in kinds.items() if k} for code, kinds in items.items()}
        mine = {code: dict(kinds) for code, kinds in message.items.items()} | {key: {"": value} for key, value in message.params.items()}
        assert {c: {hj212.codes.suffix(k): v for k, v in kinds.items()} for c, kinds in items.items()} == mine, (raw, expected)
        compared += sum(map(len, items.values()))
    return compared


def ours(packets: list[bytes]) -> None:
    """Framing too, from reads of sixteen packets as a busy server gets them."""
    feed, parse = hj212.Framer().feed, hj212.parse
    for at in range(0, len(packets), 16):
        for frame in feed(b"\r\n".join(packets[at : at + 16])):
            parse(frame)


def theirs(packets: list[bytes]) -> None:
    for raw in packets:
        plain(raw)


def rates(packets: list[bytes]) -> tuple[float, float]:
    """Packets a second of processor time of both; they take turns every few milliseconds, so the machine's moods hit both."""
    spent = [0.0, 0.0]
    for _ in range(TURNS):
        for side, run in enumerate((ours, theirs)):
            begun = time.process_time()
            run(packets)
            spent[side] += time.process_time() - begun
    return TURNS * len(packets) / spent[0], TURNS * len(packets) / spent[1]


def main() -> None:
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(os.environ.get("QINGSHAN_SHARED", "../shared")) / "data/hj212/packets.txt"
    sets = {"made uploads": made()}
    if given.is_file():
        sets["corpus uploads"] = real(given)
    for name, packets in sets.items():
        compared = agree(packets)
        mean = sum(map(len, packets)) / len(packets)
        both = [rates(packets) for _ in range(WARM + ROUNDS)][WARM:]
        mine, other = (statistics.median(side) for side in zip(*both))
        ratios = sorted(a / b for a, b in both)
        print(
            f"{name}: {len(packets)} packets, mean {mean:.0f} B, {compared} values equal to the referee's\n"
            f"  plain table-CRC parser   {other:>10,.0f} packets/s\n"
            f"  qingshan.hj212           {mine:>10,.0f} packets/s   (framing, check code, verdict, fields)\n"
            f"  ratio                    {statistics.median(ratios):>10.2f}      ({ratios[0]:.2f} … {ratios[-1]:.2f} over {ROUNDS} rounds)"
        )


if __name__ == "__main__":
    main()
