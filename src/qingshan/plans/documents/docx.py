"""Word documents (docx) to text: paragraphs with their automatic numbers, tables a row a line, in the order of the document.

Only the parts that hold text (document, styles, numbers, notes, headers, footers) are opened, each to a limit; macros, embedded files
and outside links are never touched; a DTD is refused.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from qingshan.plans.documents.document import Document, DocumentRefused
from qingshan.plans.documents.sheet import Sheet

MOST_ENTRIES = 5_000
MOST_PART = 60 * 1024 * 1024
MOST_TOTAL = 400 * 1024 * 1024
MOST_RATIO = 250
MOST_DEPTH = 200
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main "
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main "
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006 "
_PAGE_NUMBER = re.compile(r"^[\s\-—–·第共页/0-9]*$")
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
    body = _Body(numbering, _notes(name, archive, names))
    _parse(name, archive, "word/document.xml", body.handler())
    above, below = (_edges(name, archive, names, kind) for kind in ("header", "footer"))
    words = "\n".join([*above, *body.sheet.close(), *below]).strip("\n")
    if not words.strip():
        raise DocumentRefused(f"“{name}”里没有文字：内容可能是图片，请上传文字版，或先做文字识别（OCR）再上传")
    return Document(words, "docx", tuple(_warnings(body, names)))


def _warnings(body: _Body, names: set[str]) -> Iterator[str]:
    """What was left out of the text, said so that nothing is lost silently."""
    if body.deleted:
        yield "文档带有修订痕迹：已删除的内容没有读入，插入的内容按已接受读入"
    if "word/vbaProject.bin" in names:
        yield "文档带有宏：宏没有运行，也没有读入"
    if "word/comments.xml" in names:
        yield "文档带有批注：批注没有读入"
    if body.pictures:
        yield f"文档里有 {body.pictures} 张图片：图片里的文字没有读入"
    if body.objects:
        yield f"文档里嵌有 {body.objects} 个其他文件（表格、公式等）：没有读入，有任务的请粘贴成文字"


def _notes(name: str, archive: zipfile.ZipFile, names: set[str]) -> dict[str, str]:
    """Footnotes and endnotes (脚注、尾注) by the letter of their kind and their number."""
    notes = _Notes()
    for kind in ("footnotes", "endnotes"):
        if f"word/{kind}.xml" in names:
            _parse(name, archive, f"word/{kind}.xml", Handler(notes.start, notes.end, notes.characters))
    return notes.found


def _edges(name: str, archive: zipfile.ZipFile, names: set[str], kind: str) -> list[str]:
    """Lines of the page headers or footers (页眉、页脚), each once, page numbers left out."""
    out: list[str] = []
    for part in sorted(n for n in names if n.startswith(f"word/{kind}") and n.endswith(".xml"))[:20]:
        edge = _Body(_Numbering())
        _parse(name, archive, part, edge.handler())
        out += [w for w in edge.sheet.close() if w.strip() and not _PAGE_NUMBER.match(w) and w not in out]
    return out


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
class _Notes:
    """Walks footnotes.xml or endnotes.xml."""

    found: dict[str, str] = field(default_factory=dict)
    _now: str = ""
    _words: list[str] = field(default_factory=list)
    _in_text: bool = False

    def start(self, tag: str, a: dict[str, str]) -> None:
        if tag in (W + "footnote", W + "endnote"):
            self._now, self._words = tag.removeprefix(W)[:1] + a.get(W + "id", ""), []
        self._in_text = self._in_text or tag == W + "t"

    def end(self, tag: str) -> None:
        if tag == W + "t":
            self._in_text = False
        elif tag in (W + "footnote", W + "endnote") and (said := "".join(self._words).strip()):
            self.found[self._now] = said.rstrip("。")

    def characters(self, words: str) -> None:
        if self._in_text:
            self._words.append(words)


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


_DRAWN = "http://schemas.openxmlformats.org/drawingml/2006/picture pic"
_OLD_DRAWN = "urn:schemas-microsoft-com:vml imagedata"


@dataclass
class _Paragraph:
    """A paragraph being read; a text box inside it opens another."""

    words: list[str] = field(default_factory=list)
    number: tuple[str, int] | None = None
    style: str = ""


class _Body:
    """Walks a part once; one line a paragraph, one line a table row; text boxes behind the paragraph they hang on, notes in brackets."""

    def __init__(self, numbering: _Numbering, notes: dict[str, str] | None = None):
        self.sheet = Sheet()
        self.deleted = False
        self.pictures = self.objects = 0
        self._numbering = numbering
        self._notes = notes or {}
        self._open: list[_Paragraph] = []
        self._boxes: list[list[str]] = []  # texts of the boxes that hang on the open paragraph
        self._in_text = False
        self._hidden = 0  # inside a deletion, a move's origin or a fallback
        self._span, self._covered = 1, False

    def handler(self) -> Handler:
        return Handler(self._start, self._end, self._characters)

    def _start(self, tag: str, a: dict[str, str]) -> None:
        if tag in (W + "del", W + "moveFrom", MC + "Fallback"):
            self._hidden += 1
            self.deleted = self.deleted or tag != MC + "Fallback"
        elif tag == W + "t":
            self._in_text = True
        elif tag == W + "p":
            self._open.append(_Paragraph())
        elif tag == W + "txbxContent":
            self._boxes.append([])
        elif tag in (_DRAWN, _OLD_DRAWN):
            self.pictures += not self._hidden
        elif tag in (W + "object", W + "altChunk"):
            self.objects += 1
        elif tag == W + "tbl":
            self.sheet.table()
        elif tag == W + "tr":
            self.sheet.row()
        elif tag == W + "tc":
            self.sheet.cell()
            self._span, self._covered = 1, False
        elif tag == W + "gridSpan":
            self._span = max(1, _int(a.get(W + "val", "1")))
        elif tag == W + "vMerge":
            self._covered = a.get(W + "val", "continue") != "restart"
        elif self._open:
            self._inside(tag, a, self._open[-1])

    def _inside(self, tag: str, a: dict[str, str], p: _Paragraph) -> None:
        if tag in (W + "tab", W + "noBreakHyphen", W + "br", W + "cr"):
            if not self._hidden:
                p.words.append("-" if tag == W + "noBreakHyphen" else "\n" if tag != W + "tab" and not self.sheet.in_cell else " ")
        elif tag in (W + "footnoteReference", W + "endnoteReference"):
            note = self._notes.get(tag.removeprefix(W)[:1] + a.get(W + "id", ""))
            if note and not self._hidden:
                p.words.append(f"（注：{note}）")
        elif tag == W + "pStyle":
            p.style = a.get(W + "val", "")
        elif tag == W + "ilvl":
            p.number = ((p.number or ("", 0))[0], _int(a.get(W + "val", "0")))
        elif tag == W + "numId":
            p.number = (a.get(W + "val", ""), (p.number or ("", 0))[1])

    def _end(self, tag: str) -> None:
        if tag in (W + "del", W + "moveFrom", MC + "Fallback"):
            self._hidden -= 1
        elif tag == W + "t":
            self._in_text = False
        elif tag == W + "p" and self._open:
            self._paragraph(self._open.pop())
        elif tag == W + "txbxContent" and self._boxes:
            if len(self._boxes) > 1:
                self._boxes[-2].extend(self._boxes.pop())
            elif not self._open:
                self._flush()
        elif tag == W + "tc":
            self.sheet.end_cell(self._span, self._covered)
            self._span, self._covered = 1, False
        elif tag == W + "tr":
            self.sheet.end_row()
        elif tag == W + "tbl":
            self.sheet.end_table()

    def _characters(self, words: str) -> None:
        if self._in_text and not self._hidden and self._open:
            self._open[-1].words.append(words)

    def _paragraph(self, p: _Paragraph) -> None:
        words = "".join(p.words).strip()
        number = p.number or self._numbering.of_style(p.style)
        if words and number:
            words = self._numbering.label(*number) + words
        if self._open and self._boxes:  # inside a text box
            if words:
                self._boxes[-1].append(words)
            return
        self.sheet.line(words)
        self._flush()

    def _flush(self) -> None:
        for box in self._boxes:
            for words in box:
                self.sheet.line(words)
        self._boxes = []
