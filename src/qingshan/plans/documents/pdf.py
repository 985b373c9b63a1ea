"""PDF to text: characters only, a scanned page has none and is said so; broken lines are joined, tables keep their columns."""

from __future__ import annotations

import re
from collections import Counter

import pypdfium2

from qingshan.plans.documents import aligned, ruling
from qingshan.plans.documents.document import Document, DocumentRefused

MOST_PAGES = 600
MOST_CHARACTERS = 3_000_000
MOST_ON_PAGE = 20_000
_PAGE_NUMBER = re.compile(r"^[\s\-—–－·]{0,4}(?:第\s{0,2})?\d{1,4}(?:\s{0,2}页)?(?:\s{0,2}[/／]\s{0,2}\d{1,4})?[\s\-—–－·]{0,4}$")
_NUMBERED = re.compile(
    r"^\s{0,8}(?:[一二三四五六七八九十百]{1,4}[、.．]|第[一二三四五六七八九十百\d]{1,4}[章节条部]|[（(][一二三四五六七八九十百\d]{1,4}[)）]|"
    r"\d{1,3}[、.．](?!\d)|[①-⑳●■◆])"
)
_ENDS = "。！？；：.!?;:”」）)"


def read(name: str, data: bytes) -> Document:
    """Text of a PDF; a sentence broken by lines or by a page comes back whole."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "assword" in str(error):
            raise DocumentRefused(f"PDF“{name}”有打开密码：请去掉密码后再上传") from error
        raise DocumentRefused(f"PDF“{name}”已损坏，打不开：请重新导出再上传") from error
    try:
        pages = len(document)
        if pages > MOST_PAGES:
            raise DocumentRefused(f"PDF“{name}”有 {pages} 页，超过上限 {MOST_PAGES} 页：请只上传计划正文")
        lines: list[list[str]] = []
        bare: list[int] = []
        size, carried = 0, None
        for number in range(pages):
            words, carried = _page(document, number, carried)
            size += len(words)
            if size > MOST_CHARACTERS:
                raise DocumentRefused(f"PDF“{name}”的文字超过 {MOST_CHARACTERS} 字：请只上传计划正文")
            if len(words.strip()) < 5:
                bare.append(number + 1)
            lines.append([line for line in words.splitlines() if line.strip() and not _PAGE_NUMBER.match(line)])
    finally:
        document.close()
    if len(bare) == pages:
        raise DocumentRefused(f"PDF“{name}”是扫描件，{pages} 页都没有文字层：请上传文字版，或先做文字识别（OCR）再上传")
    warnings: tuple[str, ...] = ()
    if bare:
        some = "、".join(map(str, bare[:10])) + ("等" if len(bare) > 10 else "")
        warnings = (f"第 {some} 页没有文字（可能是扫描页或空白页），这些页的内容没有读到",)
    return Document(joined(_without_edges(lines)), "pdf", warnings)


def _page(document: pypdfium2.PdfDocument, number: int, carried: aligned.Carried | None) -> tuple[str, aligned.Carried | None]:
    """A page's text, the rows of its tables as lines with tabs; a table without upright rules may go on to the next page."""
    left: aligned.Carried | None = None
    try:
        page = document[number]
        try:
            layer = page.get_textpage()
            few = layer.count_chars() <= MOST_ON_PAGE
            found: list[ruling.Table] | list[aligned.Table] = ruling.tables(page) if few else []
            words: str = layer.get_text_bounded() if not found else ""
            if few and not found and aligned.may_hold(words, carried):
                found, left = aligned.tables(layer, ruling.levels(page), carried)
            if found:
                words = ruling.text(layer, found)
            layer.close()
        finally:
            page.close()
    except pypdfium2.PdfiumError:
        return "", None
    return words.replace("\ufffe", "").replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n"), left


def _without_edges(pages: list[list[str]]) -> list[str]:
    """All lines; a running header or footer (页眉、页脚) stays where it stands first."""
    edges = Counter(key for page in pages for key in {_edge(line) for line in page[:2] + page[-2:]})
    running = {key for key, times in edges.items() if key and times >= 4 and times * 2 > len(pages)}
    out: list[str] = []
    seen: set[str] = set()
    for page in pages:
        for n, line in enumerate(page):
            key = _edge(line)
            if key in running and (n < 2 or n >= len(page) - 2):
                if key in seen:
                    continue
                seen.add(key)
            out.append(line)
    return out


def _edge(line: str) -> str:
    return re.sub(r"第\s*\d+\s*页|[-–—]\s*\d+\s*[-–—]|\s", "", line) if len(line) <= 60 else ""


def joined(lines: list[str]) -> str:
    """Lines as paragraphs: a full line that ends in mid-sentence goes on in the next one, unless that one opens a numbered item."""
    if not any(line.strip() for line in lines):
        return ""
    widths = sorted(len(line.strip()) for line in lines if line.strip() and "\t" not in line) or [0]
    full = max(20, widths[int(len(widths) * 0.9)] * 0.8)
    out: list[str] = []
    open_ = False
    for line in lines:
        words = line.strip()
        if not words:
            continue
        if "\t" in line:  # a row of a table
            row, above = line.strip("\r\n"), out[-1] if out else ""
            if row.startswith(aligned.GOES_ON):
                row = row.removeprefix(aligned.GOES_ON)
                if above.count("\t") == row.count("\t"):
                    row = "\t".join(a + b for a, b in zip(out.pop().split("\t"), row.split("\t"), strict=True))
            out.append(row)
            open_ = False
            continue
        if open_ and not _NUMBERED.match(words):
            glue = " " if out[-1][-1:].isascii() and words[:1].isascii() and out[-1][-1:].isalnum() and words[:1].isalnum() else ""
            out[-1] += glue + words
        else:
            out.append(words)
        open_ = len(words) >= full and words[-1] not in _ENDS
    return "\n".join(out)
