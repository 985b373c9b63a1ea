"""SM3 (GB/T 32905—2016), where the interpreter's own library has none."""

from __future__ import annotations

import struct

_IV = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)
_ALL = 0xFFFFFFFF


def digest(data: bytes) -> bytes:
    """The 32 bytes of SM3 over `data`."""
    padded = data + b"\x80" + b"\x00" * ((55 - len(data)) % 64) + struct.pack(">Q", len(data) * 8)
    state: tuple[int, ...] = _IV
    for at in range(0, len(padded), 64):
        state = tuple(a ^ b for a, b in zip(_compress(state, padded[at : at + 64]), state, strict=True))
    return struct.pack(">8I", *state)


def _turn(x: int, n: int) -> int:
    n %= 32
    return (x << n | x >> (32 - n)) & _ALL if n else x


def _compress(state: tuple[int, ...], block: bytes) -> tuple[int, ...]:
    """CF of 5.3.3; the words are expanded by 5.3.2."""
    w = list(struct.unpack(">16I", block))
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ _turn(w[j - 3], 15)
        w.append(x ^ _turn(x, 15) ^ _turn(x, 23) ^ _turn(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        ss1 = _turn(_turn(a, 12) + e + _turn(0x79CC4519 if j < 16 else 0x7A879D8A, j) & _ALL, 7)
        ff, gg = (a ^ b ^ c, e ^ f ^ g) if j < 16 else (a & b | a & c | b & c, e & f | ~e & g)
        tt1 = ff + d + (ss1 ^ _turn(a, 12)) + (w[j] ^ w[j + 4]) & _ALL
        tt2 = gg + h + ss1 + w[j] & _ALL
        a, b, c, d, e, f, g, h = tt1, a, _turn(b, 9), c, tt2 ^ _turn(tt2, 9) ^ _turn(tt2, 17), e, _turn(f, 19), g
    return a, b, c, d, e, f, g, h
