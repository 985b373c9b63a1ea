"""Bytes to characters: UTF-8, UTF-16, GB 18030 (GBK is within it) and Big5; the last two are told apart by the characters they give."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qingshan.plans.documents.document import DocumentRefused

# Frequent in any Chinese paper, simplified or traditional; bytes read by the wrong code give few of them.
_FREQUENT = frozenset(
    "的一是在和年及工作为為环環境生态態保护護治理污染水大气氣加强強推进進完成市县縣区區局镇鎮"
    "对對与與不到以上下各项項，。、：；（）“”"
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def decode(name: str, data: bytes) -> str:
    """Characters of a text file, newlines untouched; anything that is not text is refused."""
    for words in _tries(data):
        bad = len(_CONTROL.findall(words))
        if bad * 100 <= len(words):
            return words
    raise DocumentRefused(f"“{name}”不是文字文件（二进制内容或不认识的编码）：请上传 docx、PDF、网页或 UTF-8、GBK、Big5 文本")


def _tries(data: bytes) -> Iterator[str]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield from _one(data, "utf-16")
    yield from _one(data, "utf-8")
    for codec, zeros in (("utf-16-le", data[1:4000:2]), ("utf-16-be", data[:4000:2])):
        if len(data) % 2 == 0 and zeros.count(0) * 20 > len(zeros):
            yield from _one(data, codec)
    double = [words for codec in ("gb18030", "big5hkscs") for words in _one(data, codec)]
    yield from sorted(double, key=_frequent, reverse=True)  # of equals the first, GB 18030


def _frequent(words: str) -> float:
    """Share of frequent characters in the opening, ASCII letters aside."""
    said = [c for c in words[:4000] if ord(c) > 127]
    return sum(c in _FREQUENT for c in said) / len(said) if said else 0.0


def _one(data: bytes, codec: str) -> Iterator[str]:
    try:
        yield data.decode(codec)
    except UnicodeDecodeError:
        return
