"""SM4 of HJ 212—2025: the data area only, ECB, whole blocks, the tail of fewer than 16 bytes stays clear.

The ciphertext travels as raw bytes; what the annex prints as ``{0xE4,0x3E,…}`` some software really sends.
"""

from __future__ import annotations

import re

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 16
ANNEX_KEY = b"0" * BLOCK  # the key of the examples in 附录 A.2, no one's secret
_OPEN, _CLOSE = b"CP=&&", b"&&"
_PRINTED = re.compile(rb"\{((?:0[xX][0-9A-Fa-f]{2},?)+)\}")


def is_covered(cn: str) -> bool:
    """Whether a command's data area may be encrypted: 2000–2999, 1014, 3020 (HJ 212—2025 附录 A.2)."""
    return cn in ("1014", "3020") or (len(cn) == 4 and cn[0] == "2" and cn.isdigit())


def _area(segment: bytes) -> tuple[int, int] | None:
    start, end = segment.find(_OPEN), len(segment) - len(_CLOSE)
    if start < 0 or not segment.endswith(_CLOSE) or start + len(_OPEN) > end:
        return None
    return start + len(_OPEN), end


def _whole_blocks(key: bytes, text: bytes, *, decrypt: bool) -> bytes:
    size = len(text) - len(text) % BLOCK
    cipher = Cipher(algorithms.SM4(key), modes.ECB())  # noqa: S305 - the standard prescribes ECB
    work = cipher.decryptor() if decrypt else cipher.encryptor()
    return work.update(text[:size]) + work.finalize() + text[size:]


def encrypt(segment: bytes, key: bytes) -> bytes:
    """A data segment with its data area encrypted; length and check code stay those of the clear segment."""
    area = _area(segment)
    if area is None:
        return segment
    start, end = area
    return segment[:start] + _whole_blocks(key, segment[start:end], decrypt=False) + segment[end:]


def decrypt(segment: bytes, key: bytes) -> bytes:
    """A data segment with its data area in clear; a wrong key gives other bytes, which the check code tells."""
    area = _area(segment)
    if area is None:
        return segment
    start, end = area
    return segment[:start] + _whole_blocks(key, segment[start:end], decrypt=True) + segment[end:]


def unprint(segment: bytes) -> bytes | None:
    """The raw segment behind one that carries the annex's printed form ``{0x..,…}``; None where there is none."""
    area = _area(segment)
    found = _PRINTED.match(segment, area[0]) if area else None
    if found is None:
        return None
    raw = bytes(int(part, 16) for part in found[1].rstrip(b",").split(b","))
    return segment[: found.start()] + raw + segment[found.end() :]


def looks_encrypted(segment: bytes) -> bool:
    """Whether the data area holds bytes that no clear data area has."""
    area = _area(segment)
    if area is None:
        return False
    text = segment[area[0] : area[1]]
    if _PRINTED.match(text):
        return True
    if any(byte < 0x20 and byte not in b"\t\r\n" for byte in text):
        return True
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return b"=" not in text
    return False
