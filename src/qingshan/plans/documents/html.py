"""Web pages to text: scripts, styles and hidden matter dropped, a block a line, a table row a line with tabs between cells."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from qingshan.plans.documents import text
from qingshan.plans.documents.document import Document, DocumentRefused

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
_SPACE = re.compile(r"[ \t\r\f\v\u00a0]*\n[ \t\r\f\v\u00a0]*|[ \r\f\v\u00a0]{2,}")
_CHARSET = re.compile(rb"charset\s{0,3}=\s{0,3}[\"']?\s{0,3}([A-Za-z0-9_-]{2,20})", re.IGNORECASE)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._dropped: list[str] = []
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._dropped:
            if tag in DROP and tag not in VOID:
                self._dropped.append(tag)
            return
        if tag in DROP:
            self._dropped.append(tag)
        elif tag in ("td", "th"):
            self._cells += 1
            self.out.append("\t" if self._in_row() else "")
        elif tag == "br":
            self.out.append(" " if self._cells else "\n")
        elif tag == "tr":
            self._cells = 0
            self.out.append("\n")
        elif tag in BLOCK:
            self.out.append(" " if self._cells else "\n")

    def _in_row(self) -> bool:
        return self._cells > 1

    def handle_endtag(self, tag: str) -> None:
        if self._dropped:
            if tag == self._dropped[-1]:
                self._dropped.pop()
            elif tag == "body" or tag == "html":
                self._dropped.clear()
            return
        if tag == "tr":
            self._cells = 0
        if tag in BLOCK and not self._cells:
            self.out.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._dropped:
            self.out.append(re.sub(r"[\r\n\t]+", " ", data))


def read(name: str, data: bytes) -> Document:
    """Text of a web page; its site wrapper stays, the reader knows it for what it is."""
    page = _Page()
    page.feed(_decoded(name, data))
    page.close()
    words = "".join(page.out)
    words = re.sub(r" ?\t ?", "\t", words)
    words = _SPACE.sub(lambda m: "\n" if "\n" in m[0] else " ", words)
    words = re.sub(r"\n{3,}", "\n\n", words).strip("\n ")
    if not words.strip():
        raise DocumentRefused(f"网页“{name}”里没有文字：正文可能由脚本生成，请在浏览器里全选复制，存为文本再上传")
    return Document(words, "html", ())


def _decoded(name: str, data: bytes) -> str:
    said = _CHARSET.search(data[:4096])
    if said and said[1].lower() in (b"gb2312", b"gbk", b"gb18030"):
        try:
            return data.decode("gb18030")
        except UnicodeDecodeError:
            pass
    return text.decode(name, data)
