"""Web pages to text: scripts, styles and hidden matter dropped, a block a line, a table row a line with tabs between cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from qingshan.plans.documents import text
from qingshan.plans.documents.document import Document, DocumentRefused
from qingshan.plans.documents.sheet import Sheet

DROP = {"script", "style", "noscript", "template", "iframe", "object", "svg", "select", "textarea", "head"}
VOID = {"br", "hr", "img", "input", "meta", "link", "area", "base", "col", "embed", "source", "track", "wbr"}
BLOCK = {
    "p",
    "div",
    "li",
    "ul",
    "ol",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "section",
    "article",
    "header",
    "footer",
    "nav",
    "tr",
    "table",
    "title",
    "dd",
    "dt",
    "dl",
    "blockquote",
    "pre",
    "form",
    "tbody",
    "thead",
    "aside",
    "main",
    "figure",
    "figcaption",
    "body",
    "center",
}
_CHARSET = re.compile(rb"charset\s{0,3}=\s{0,3}[\"']?\s{0,3}([A-Za-z0-9_-]{2,20})", re.IGNORECASE)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.sheet = Sheet()
        self.frames = self.scripts = 0
        self._words: list[str] = []
        self._dropped: list[str] = []
        self._span = 1
        self._covers: list[dict[int, int]] = []  # open tables: how many rows a column is still covered by a cell above
        self._column = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.frames += tag in ("iframe", "frame")
        self.scripts += tag == "script"
        if self._dropped:
            if tag in DROP and tag not in VOID:
                self._dropped.append(tag)
            return
        if tag in DROP:
            self._dropped.append(tag)
        elif tag == "br":
            self._words.append("\n")
        elif tag in BLOCK or tag in ("td", "th"):
            self._flush()
        if tag == "table":
            self.sheet.table()
            self._covers.append({})
        elif tag == "tr":
            self.sheet.row()
            self._column = 0
        elif tag in ("td", "th"):
            self._cell(dict(attrs))

    def _cell(self, attrs: dict[str, str | None]) -> None:
        self._end_cell()
        covers = self._covers[-1] if self._covers else {}
        while covers.get(self._column, 0) > 0:  # a cell above reaches down here
            covers[self._column] -= 1
            self.sheet.cell()
            self.sheet.end_cell(1, True)
            self._column += 1
        self._span, rows = (max(1, min(_int(attrs.get(key)), 64)) for key in ("colspan", "rowspan"))
        for k in range(self._column, self._column + self._span):
            covers[k] = rows - 1
        self._column += self._span
        self.sheet.cell()

    def _end_cell(self) -> None:
        self._flush()
        self.sheet.end_cell(self._span)
        self._span = 1

    def handle_endtag(self, tag: str) -> None:
        if self._dropped:
            if tag == self._dropped[-1]:
                self._dropped.pop()
            elif tag == "body" or tag == "html":
                self._dropped.clear()
            return
        if tag in ("td", "th"):
            self._end_cell()
        elif tag in BLOCK:
            self._flush()
        if tag == "tr":
            self.sheet.end_row()
        elif tag == "table":
            self.sheet.end_table()
            if self._covers:
                self._covers.pop()

    def handle_data(self, data: str) -> None:
        if not self._dropped:
            self._words.append(re.sub(r"[\r\n\t]+", " ", data))

    def _flush(self) -> None:
        words, self._words = "".join(self._words), []
        for line in words.split("\n"):
            if line.strip(_BLANK):
                self.sheet.line(re.sub(r"[ \f\v\u00a0]{2,}", " ", line.strip(_BLANK)))

    def lines(self) -> list[str]:
        self._flush()
        return self.sheet.close()


_BLANK = " \t\r\f\v\u00a0\u3000"


def _int(said: str | None) -> int:
    return int(said) if said and said.isdecimal() and len(said) < 4 else 1


def read(name: str, data: bytes) -> Document:
    """Text of a web page; its site wrapper stays, the reader knows it for what it is."""
    page = _Page()
    page.feed(_decoded(name, data))
    page.close()
    words = "\n".join(page.lines())
    if not words.strip():
        if page.frames:
            raise DocumentRefused(f"网页“{name}”是框架页，正文在框架里：请在框架里点右键“在新标签页中打开框架”，另存正文那一页再上传")
        raise DocumentRefused(f"网页“{name}”里没有文字：正文可能由脚本生成，请在浏览器里全选复制，存为文本再上传")
    return Document(words, "html", tuple(_warnings(page, words)))


def _warnings(page: _Page, words: str) -> Iterator[str]:
    if page.frames:
        yield f"网页里嵌有 {page.frames} 个框架：框架里的内容没有读入，正文若在框架里，请另存那一页再上传"
    if page.scripts and len(words) < 200:
        yield "网页的文字很少，正文可能由脚本生成：请在浏览器里全选复制，存为文本再上传"


def _decoded(name: str, data: bytes) -> str:
    said = _CHARSET.search(data[:4096])
    if said and said[1].lower() in (b"gb2312", b"gbk", b"gb18030"):
        try:
            return data.decode("gb18030")
        except UnicodeDecodeError:
            pass
    return text.decode(name, data)
