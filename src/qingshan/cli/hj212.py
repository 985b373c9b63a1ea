"""``qingshan hj212 parse FILE``: one JSON line a packet, with an honest verdict."""

from __future__ import annotations

import argparse
import codecs
import collections
import json
import sys
from collections.abc import Iterator
from typing import BinaryIO

from qingshan import hj212
from qingshan.hj212 import codes, sm4

CHUNK = 64 * 1024
LONGEST_LINE = 256 * 1024


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="parse")
    parse = actions.add_parser("parse", help="解析报文：文本文件（一行一个报文）或原始字节流，每个报文输出一行 JSON")
    parse.add_argument("file", help="文件；- 为标准输入")
    parse.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="KEY",
        help="SM4 密钥，16 个字符或 32 位十六进制，可多次给出；缺省为标准附录 A.2 示例的密钥",
    )
    parse.add_argument("--text", choices=("auto", "yes", "no"), default="auto", help="按行读（yes）或按字节流读（no），缺省自动判断")


def run(options: argparse.Namespace) -> int:
    try:
        keys = [_key(text) for text in options.key] or [sm4.ANNEX_KEY]
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        source = sys.stdin.buffer if options.file == "-" else open(options.file, "rb")  # noqa: SIM115
    except OSError as error:
        print(f"打不开 {options.file}：{error.strerror}", file=sys.stderr)
        return 2
    tally: collections.Counter[str] = collections.Counter()
    with source:
        try:
            for number, (place, frame) in enumerate(_frames(source, options.text), 1):
                message = hj212.parse(frame, keys)
                tally[message.verdict] += 1
                print(json.dumps({"n": number, **place, **described(frame, message)}, ensure_ascii=False))
        except IsADirectoryError:
            print(f"{options.file} 是目录，请给出文件", file=sys.stderr)
            return 2
        except BrokenPipeError:
            return 0
    if not tally:
        print(f"{options.file}：没有内容", file=sys.stderr)
    else:
        print("，".join(f"{verdict} {count}" for verdict, count in tally.most_common()) + f"；共 {tally.total()}", file=sys.stderr)
    return 0


def _key(text: str) -> bytes:
    for candidate in (lambda: bytes.fromhex(text), lambda: text.encode()):
        try:
            key = candidate()
        except ValueError:
            continue
        if len(key) == sm4.BLOCK:
            return key
    raise ValueError(f"密钥“{text}”应为 16 个字符或 32 位十六进制")


def _frames(source: BinaryIO, text: str) -> Iterator[tuple[dict[str, int], hj212.Frame]]:
    head = source.read(CHUNK)
    if text == "yes" or (text == "auto" and _is_text(head)):
        for number, line in enumerate(_lines(head, source), 1):
            line = line.strip()
            if not line or line.startswith(b"# "):
                continue
            framer = hj212.Framer()
            found = framer.feed(line + b"\r\n") + framer.flush()
            packets = [frame for frame in found if frame.fault != "noise"]
            for frame in packets or found:
                yield {"line": number}, frame
        return
    framer = hj212.Framer()
    while head:
        for frame in framer.feed(head):
            yield {}, frame
        head = source.read(CHUNK)
    for frame in framer.flush():
        yield {}, frame


def _lines(head: bytes, source: BinaryIO) -> Iterator[bytes]:
    rest = head
    while rest:
        *lines, rest = rest.split(b"\n")
        yield from lines
        more = source.read(CHUNK)
        if not more or len(rest) > LONGEST_LINE:
            yield rest
            rest = b""
        rest += more


def _is_text(head: bytes) -> bool:
    if any(byte < 0x20 and byte not in b"\t\r\n" for byte in head):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def described(frame: hj212.Frame, message: hj212.Message) -> dict[str, object]:
    """One packet for the output; what cannot be read is left out."""
    out: dict[str, object] = {"verdict": message.verdict, "reason": message.reason or hj212.VERDICTS[message.verdict]}
    if message.notes:
        out["notes"] = {note: hj212.NOTES[note] for note in message.notes}
    if frame.declared >= 0:
        out["length"] = {"declared": frame.declared, "actual": len(frame.segment)}
    if frame.sent >= 0:
        out["crc"] = {"sent": f"{frame.sent:04X}", "computed": f"{frame.computed:04X}"}
    else:
        out["bytes"] = len(frame.raw)
    if message.mn or message.cn:
        out["version"] = message.version
    for name in ("qn", "st", "cn", "pw", "mn", "flag", "pnum", "pno"):
        value = getattr(message, name)
        if value not in ("", None):
            out[name] = value
    if message.rf:
        out["rf"] = True
    if message.cn in codes.COMMANDS:
        out["command"] = codes.COMMANDS[message.cn]
    if message.st in codes.SYSTEMS:
        out["system"] = codes.SYSTEMS[message.st]
    if message.data_time:
        out["data_time"] = message.data_time.isoformat()
    for name in ("params", "items", "others"):
        if getattr(message, name):
            out[name] = getattr(message, name)
    return out
