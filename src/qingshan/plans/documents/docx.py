"""Word documents (docx) to text: paragraphs with their automatic numbers, tables a row a line, in the order of the document.

Only three parts of the archive are opened, each to a limit; macros, embedded files and outside links are never touched; a DTD is refused.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

from qingshan.plans.documents.document import Document, DocumentRefused

MOST_ENTRIES = 5_000
MOST_PART = 60 * 1024 * 1024
MOST_TOTAL = 400 * 1024 * 1024
MOST_RATIO = 250
MOST_DEPTH = 200
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main "
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main "
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006 "
DIGITS = "零一二三四五六七八九"


def read(name: str, data: bytes) -> Document:
    """Text of a docx; tracked deletions are left out, insertions kept."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError, EOFError, NotImplementedError) as error:
        raise DocumentRefused(f"“{name}”已损坏，不是完整的 docx：请用 Word 或 WPS 打开后另存再上传") from error
    names = {e.filename for e in entries}
    if "word/document.xml" not in names:
        raise DocumentRefused(f"“{name}”{_other(names)}：请上传 docx、PDF、网页或文本")
    total = sum(e.file_size for e in entries)
    if len(entries) > MOST_ENTRIES or total > MOST_TOTAL or total > MOST_RATIO * max(len(data), 4096):
        raise DocumentRefused(
            f"“{name}”的压缩内容异常（{len(entries)} 项，展开 {total // 1048576} MB），可能是压缩炸弹，已拒绝：请用 Word 另存一份再上传"
        )
    numbering = _Numbering()
    for part, reader in (("word/styles.xml", numbering.styles), ("word/numbering.xml", numbering.numbers)):
        if part in names:
            _parse(name, archive, part, reader)
    body = _Body(numbering)
    _parse(name, archive, "word/document.xml", body.handler())
    words = "\n".join(body.lines).strip("\n")
    if not words.strip():
        raise DocumentRefused(f"“{name}”里没有文字：内容可能是图片，请上传文字版，或先做文字识别（OCR）再上传")
    warnings = []
    if body.deleted:
        warnings.append("文档带有修订痕迹：已删除的内容没有读入，插入的内容按已接受读入")
    if "word/vbaProject.bin" in names:
        warnings.append("文档带有宏：宏没有运行，也没有读入")
    return Document(words, "docx", tuple(warnings))


def _other(names: set[str]) -> str:
    if "xl/workbook.xml" in names:
        return "是 Excel 工作簿，不是 Word 文档（台账请从“导入”上传）"
    if "ppt/presentation.xml" in names:
        return "是演示文稿，不是 Word 文档"
    return "是压缩包，不是 Word 文档"


@dataclass
class Handler:
    """What to do at the start of an element, at its end and with its characters."""

    start: Callable[[str, dict[str, str]], None]
    end: Callable[[str], None] = lambda tag: None
    words: Callable[[str], None] = lambda words: None


def _parse(name: str, archive: zipfile.ZipFile, part: str, handler: Handler | Callable[[str, dict[str, str]], None]) -> None:
    rules = handler if isinstance(handler, Handler) else Handler(handler)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MOST_DEPTH:
            raise DocumentRefused(f"“{name}”的结构嵌套过深，已拒绝：请用 Word 另存一份再上传")
        rules.start(tag.replace(STRICT, W), {k.replace(STRICT, W): v for k, v in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        rules.end(tag.replace(STRICT, W))

    def doctype(*_: object) -> None:
        raise DocumentRefused(f"“{name}”含有文档类型定义（DTD），正常的 docx 没有，已拒绝：请用 Word 另存一份再上传")

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, rules.words
    parser.StartDoctypeDeclHandler = doctype
    size = 0
    try:
        with archive.open(part) as stream:
            while chunk := stream.read(1 << 16):
                size += len(chunk)
                if size > MOST_PART:
                    raise DocumentRefused(f"“{name}”的正文展开后超过 {MOST_PART // 1048576} MB，已拒绝：请用 Word 另存一份再上传")
                parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (zipfile.BadZipFile, expat.ExpatError, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        if isinstance(error, DocumentRefused):
            raise
        raise DocumentRefused(f"“{name}”已损坏（{part} 读不完整）：请用 Word 或 WPS 打开后另存再上传") from error
    except RuntimeError as error:  # zipfile's word for an encrypted entry
        raise DocumentRefused(f"“{name}”设了密码：请去掉密码后另存再上传") from error


@dataclass
class _Level:
    form: str = "decimal"
    text: str = ""
    start: int = 1


@dataclass
class _Numbering:
    """Automatic numbers (自动编号): w:num → w:abstractNum → level; styles may carry them."""

    abstract: dict[str, dict[int, _Level]] = field(default_factory=dict)
    of: dict[str, str] = field(default_factory=dict)
    by_style: dict[str, tuple[str, int]] = field(default_factory=dict)
    based: dict[str, str] = field(default_factory=dict)
    counts: dict[str, list[int]] = field(default_factory=dict)
    _now: str = ""
    _level: int = 0

    def numbers(self, tag: str, a: dict[str, str]) -> None:
        value = a.get(W + "val", "")
        if tag == W + "abstractNum":
            self._now = a.get(W + "abstractNumId", "")
            self.abstract[self._now] = {}
        elif tag == W + "num":
            self._now = a.get(W + "numId", "")
        elif tag == W + "abstractNumId":
            self.of[self._now] = value
        elif tag == W + "lvl" and self._now in self.abstract:
            self._level = _int(a.get(W + "ilvl", "0"))
            self.abstract[self._now][self._level] = _Level()
        elif self._now in self.abstract and self._level in self.abstract[self._now]:
            level = self.abstract[self._now][self._level]
            if tag == W + "numFmt":
                level.form = value
            elif tag == W + "lvlText":
                level.text = value
            elif tag == W + "start":
                level.start = _int(value)

    def styles(self, tag: str, a: dict[str, str]) -> None:
        value = a.get(W + "val", "")
        if tag == W + "style":
            self._now, self._level = a.get(W + "styleId", ""), 0
        elif tag == W + "basedOn":
            self.based[self._now] = value
        elif tag == W + "ilvl":
            self._level = _int(value)
            if self._now in self.by_style:
                self.by_style[self._now] = (self.by_style[self._now][0], self._level)
        elif tag == W + "numId":
            self.by_style[self._now] = (value, self._level)

    def of_style(self, style: str) -> tuple[str, int] | None:
        for _ in range(10):
            if style in self.by_style:
                return self.by_style[style]
            style = self.based.get(style, "")
        return None

    def label(self, number: str, level: int) -> str:
        levels = self.abstract.get(self.of.get(number, ""), {})
        if level not in levels or not 0 <= level < 9:
            return ""
        counts = self.counts.setdefault(self.of[number], [0] * 9)
        counts[level] += 1
        counts[level + 1 :] = [0] * (8 - level)
        words = levels[level].text
        for k in range(level + 1):
            at = levels.get(k, _Level())
            words = words.replace(f"%{k + 1}", _numeral(max(1, counts[k]) + at.start - 1, at.form))
        return "" if levels[level].form in ("bullet", "none") else words


def _int(words: str) -> int:
    return int(words) if words.isdecimal() and len(words) < 6 else 0


def _numeral(n: int, form: str) -> str:
    if form in (
        "chineseCounting",
        "chineseCountingThousand",
        "chineseLegalSimplified",
        "japaneseCounting",
        "ideographDigital",
        "taiwaneseCountingThousand",
    ):
        if n < 10:
            return DIGITS[n]
        if n < 100:
            return ("" if n < 20 else DIGITS[n // 10]) + "十" + ("" if n % 10 == 0 else DIGITS[n % 10])
    if form == "decimalEnclosedCircle" and 1 <= n <= 20:
        return chr(0x2460 + n - 1)
    if form in ("upperLetter", "lowerLetter") and 1 <= n <= 26:
        return chr((65 if form == "upperLetter" else 97) + n - 1)
    return str(n)


class _Body:
    """Walks word/document.xml once; one line a paragraph, one line a table row."""

    def __init__(self, numbering: _Numbering):
        self.lines: list[str] = []
        self.deleted = False
        self._numbering = numbering
        self._words: list[str] = []
        self._in_text = False
        self._hidden = 0  # inside a deletion, a move's origin or a fallback
        self._tables: list[list[str]] = []  # open tables: the cells of the open row
        self._number: tuple[str, int] | None = None
        self._style = ""

    def handler(self) -> Handler:
        return Handler(self._start, self._end, self._characters)

    def _start(self, tag: str, a: dict[str, str]) -> None:
        if tag in (W + "del", W + "moveFrom", MC + "Fallback"):
            self._hidden += 1
            self.deleted = self.deleted or tag != MC + "Fallback"
        elif tag == W + "t":
            self._in_text = True
        elif tag in (W + "tab", W + "noBreakHyphen", W + "br", W + "cr"):
            if not self._hidden:
                self._words.append("-" if tag == W + "noBreakHyphen" else "\n" if tag != W + "tab" and not self._tables else " ")
        elif tag == W + "pStyle":
            self._style = a.get(W + "val", "")
        elif tag == W + "ilvl":
            self._number = ((self._number or ("", 0))[0], _int(a.get(W + "val", "0")))
        elif tag == W + "numId":
            self._number = (a.get(W + "val", ""), (self._number or ("", 0))[1])
        elif tag == W + "tbl":
            self._tables.append([])
        elif tag == W + "tr" and len(self._tables) == 1:
            self._tables[-1] = []
        elif tag == W + "tc" and len(self._tables) == 1:
            self._tables[-1].append("")

    def _end(self, tag: str) -> None:
        if tag in (W + "del", W + "moveFrom", MC + "Fallback"):
            self._hidden -= 1
        elif tag == W + "t":
            self._in_text = False
        elif tag == W + "p":
            self._paragraph()
        elif tag == W + "tr" and len(self._tables) == 1:
            self.lines.append("\t".join(self._tables[-1]))
        elif tag == W + "tbl":
            self._tables.pop()

    def _characters(self, words: str) -> None:
        if self._in_text and not self._hidden:
            self._words.append(words)

    def _paragraph(self) -> None:
        words, self._words = "".join(self._words).strip(), []
        number = self._number or self._numbering.of_style(self._style)
        self._number, self._style = None, ""
        if words and number:
            words = self._numbering.label(*number) + words
        if not self._tables:
            self.lines.append(words)
        elif words and self._tables[0]:
            cell = self._tables[0][-1]
            self._tables[0][-1] = f"{cell} {words}" if cell else words
