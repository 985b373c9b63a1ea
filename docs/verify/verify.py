"""独立核验：python3 verify.py 存证.jsonl [--data 备份目录] [--root 2026-11-18=9f3c…]

只用 Python 标准库，不用平台的代码。先按条目重算封印和摘要；给了目录的，再核对报文流水和每个存证过的文件。
第一条对不上的，说出是哪一条，以状态 1 结束。规则见 docs/trail.md。
"""

import argparse
import hashlib
import json
import sqlite3
import struct
import sys
from pathlib import Path


def sm3(data):
    """GB/T 32905—2016."""
    try:
        return hashlib.new("sm3", data).digest()
    except ValueError:
        pass
    turn = lambda x, n: ((x << n % 32) | (x >> (32 - n % 32))) & 0xFFFFFFFF  # noqa: E731
    state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    data += b"\x80" + b"\0" * ((55 - len(data)) % 64) + struct.pack(">Q", len(data) * 8)
    for at in range(0, len(data), 64):
        w = list(struct.unpack(">16I", data[at : at + 64]))
        for j in range(16, 68):
            x = w[j - 16] ^ w[j - 9] ^ turn(w[j - 3], 15)
            w.append(x ^ turn(x, 15) ^ turn(x, 23) ^ turn(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = state
        for j in range(64):
            s1 = turn((turn(a, 12) + e + turn(0x79CC4519 if j < 16 else 0x7A879D8A, j)) & 0xFFFFFFFF, 7)
            ff, gg = (a ^ b ^ c, e ^ f ^ g) if j < 16 else ((a & b) | (a & c) | (b & c), (e & f) | (~e & g))
            t1 = (ff + d + (s1 ^ turn(a, 12)) + (w[j] ^ w[j + 4])) & 0xFFFFFFFF
            t2 = (gg + h + s1 + w[j]) & 0xFFFFFFFF
            a, b, c, d, e, f, g, h = t1, a, turn(b, 9), c, t2 ^ turn(t2, 9) ^ turn(t2, 17), e, turn(f, 19), g
        state = [x ^ y for x, y in zip(state, (a, b, c, d, e, f, g, h))]
    return struct.pack(">8I", *state)


METHODS = {"sha256": lambda data: hashlib.sha256(data).digest(), "sm3": sm3}


def link(last, payload, method="sha256"):
    return METHODS[method](len(last).to_bytes(4, "big") + last + payload)


def entries(path, roots):
    """Every entry of the export in order; stops with SystemExit at the first that does not fit."""
    last, ends = b"", {}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                e = json.loads(line)
                said = [e["number"], e["at"], e["stream"], e["key"], e["method"], e["digest"]]
                payload = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
                last = link(last, payload, e["method"])
                fits = e["number"] == number and last.hex() == e["seal"]
                content = e["content"] is not None and METHODS[e["method"]](e["content"].encode()).hex() == e["digest"]
            except (ValueError, KeyError, TypeError, AttributeError):
                sys.exit(f"第 {number} 条读不出来：它被改动过")
            if not fits:
                sys.exit(f"第 {number} 条与封印不符：它被改动过，或它之前的条目被删除")
            if not content:
                sys.exit(f"第 {number} 条（{e['stream']} {e['key']}）的记录与封印不符或不见了")
            ends[e["at"][:10]] = e["seal"]
            yield e
    for day, _, root in (text.partition("=") for text in roots):
        before = [d for d in ends if d <= day]
        if not before or ends[max(before)] != root.lower():
            sys.exit(f"{day} 的存证根与所给的不同")


def journal(path, anchors, repeated):
    """Every frame of the journal and every repeat, and that those sealed in the trail still carry those seals."""
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    last, number, what = b"", 0, "报文"
    columns = "id,received,peer,mn,st,cn,data_time,pno,verdict,notes,version,items,digest,raw,chain"
    try:
        rule = db.execute("SELECT min(first) FROM chain_rule").fetchone()[0]
        for number, row in enumerate(db.execute(f"SELECT {columns} FROM frame ORDER BY id"), 1):  # noqa: S608
            *said, digest, raw, seal = row
            text = "\x1f".join(map(str, said)).encode("utf-8", "surrogatepass")
            last = link(last, len(raw).to_bytes(4, "big") + raw + (digest or b"") + b"\x1f" + text if row[0] >= rule else raw)
            if row[0] != number or last != seal or anchors.get(number, last.hex()) != last.hex():
                sys.exit(f"报文 {number} 与封印不符：它被改动过，或它之前的报文被删除")
        if max(anchors, default=0) > number:
            sys.exit(f"报文 {number + 1} 起被删除")
        frames, number, last, what = number, 0, b"", "重复报文记录"
        sealed = "SELECT rowid, frame, received, peer, chain FROM repeat ORDER BY rowid"
        for number, *said, seal in db.execute(sealed) if repeated else ():
            if seal is not None or last:
                last = link(last, "\x1f".join(map(str, said)).encode("utf-8", "surrogatepass"))
                if last != seal or repeated.get(number, last.hex()) != last.hex():
                    sys.exit(f"重复报文记录 {number} 与封印不符：它被改动过，或它之前的被删除")
        if max(repeated, default=0) > number:
            sys.exit(f"重复报文记录 {number + 1} 起被删除")
    except (sqlite3.DatabaseError, TypeError, AttributeError) as error:
        sys.exit(f"{what} {number} 或其后一条读不出来：被改动或损坏（{error}）")
    return frames


def main():
    parser = argparse.ArgumentParser(description="独立核验存证")
    parser.add_argument("export")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--root", action="append", default=[])
    options = parser.parse_args()
    count, frames, files, anchors, repeated = 0, 0, 0, {}, {}
    for e in entries(options.export, options.root):
        count += 1
        if e["stream"] == "frames":
            anchors[int(e["key"])] = e["content"]
        if e["stream"] == "repeats":
            repeated[int(e["key"])] = e["content"]
        if e["stream"] == "files" and options.data:
            path, files = options.data / e["key"], files + 1
            data = path.read_bytes() if path.is_file() else b""
            if f"{len(data)} {hashlib.sha256(data).hexdigest()}" != e["content"]:
                sys.exit(f"第 {count} 条：文件 {e['key']} 被改动或不见了")
    if options.data and (options.data / "journal.sqlite3").exists():
        frames = journal(options.data / "journal.sqlite3", anchors, repeated)
    print(f"存证 {count} 条、报文 {frames} 个、文件 {files} 个，全部相符")


if __name__ == "__main__":
    main()
