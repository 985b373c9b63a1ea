"""Files to text (文档取文字): what kind a file is comes from its bytes, never from its name alone; hostile files are refused."""

from __future__ import annotations

import re

from qingshan.plans.documents import docx, html, pdf, text
from qingshan.plans.documents.document import Document, DocumentRefused

__all__ = ["Document", "DocumentRefused", "text_of"]

MOST_BYTES = 20 * 1024 * 1024
IMAGES = {b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"II*\x00": "TIFF", b"MM\x00*": "TIFF", b"GIF8": "GIF", b"BM": "BMP"}
_TAG = re.compile(r"<(?:!doctype html|html|head|body|div|p|table|meta|br)\b[^<>]{0,400}>", re.IGNORECASE)


def text_of(name: str, data: bytes) -> Document:
    """Text of a file, as people read it.

    ``name`` is used in messages and to tell HTML from text where the bytes leave it open.
    A UTF-8 text file comes back character for character (byte order mark and newlines untouched), so offsets are offsets into the file.
    Raises ``DocumentRefused`` with a sentence that says what is wrong and what to do.
    """
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise DocumentRefused(f"“{name}”是空文件：请检查是否选错文件，或原文件是否未保存")
    if len(data) > MOST_BYTES:
        raise DocumentRefused(f"“{name}”有 {len(data) / 1048576:.1f} MB，超过上限 20 MB：请去掉图片或分成几个文件再上传")
    if b"%PDF-" in data[:1024]:
        return pdf.read(name, data)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return docx.read(name, data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise DocumentRefused(_ole(name, data))
    if data.lstrip()[:5] == b"{\\rtf":
        raise DocumentRefused(f"“{name}”是 RTF 文件：请用 Word 或 WPS 另存为 docx 再上传")
    for head, kind in IMAGES.items():
        if data.startswith(head):
            raise DocumentRefused(f"“{name}”是图片（{kind}），没有可读的文字：请上传文字版文件，或先做文字识别（OCR）再上传")
    words = text.decode(name, data)
    if not words.strip().strip("\ufeff\u200b\x00"):
        raise DocumentRefused(f"“{name}”里没有文字，只有空白：请检查是否选错文件，或原文件是否未保存")
    if (name.lower().endswith((".html", ".htm")) and "<" in words) or len(_TAG.findall(words[:20000])) >= 3:
        return html.read(name, data)
    return Document(words, "txt", ())


def _ole(name: str, data: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return f"“{name}”设了打开密码：请去掉密码后另存再上传"
    return f"“{name}”是旧版 Word（doc）或 WPS 文件：请用 Word 或 WPS 另存为 docx 再上传"
