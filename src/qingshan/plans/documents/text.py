"""Bytes to characters: UTF-8, UTF-16 and GB 18030 (GBK is within it)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qingshan.plans.documents.document import DocumentRefused

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def decode(name: str, data: bytes) -> str:
    """Characters of a text file, newlines untouched; anything that is not text is refused."""
    for words in _tries(data):
        bad = len(_CONTROL.findall(words))
        if bad * 100 <= len(words):
            return words
    raise DocumentRefused(f"“{name}”不是文字文件（二进制内容或不认识的编码）：请上传 docx、PDF、网页或 UTF-8、GBK 文本")


def _tries(data: bytes) -> Iterator[str]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield from _one(data, "utf-16")
    yield from _one(data, "utf-8")
    for codec, zeros in (("utf-16-le", data[1:4000:2]), ("utf-16-be", data[:4000:2])):
        if len(data) % 2 == 0 and zeros.count(0) * 20 > len(zeros):
            yield from _one(data, codec)
    yield from _one(data, "gb18030")


def _one(data: bytes, codec: str) -> Iterator[str]:
    try:
        yield data.decode(codec)
    except UnicodeDecodeError:
        return
