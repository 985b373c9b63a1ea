"""A table of many columns stands on a landscape A3 sheet within the portrait A4 document, in Word and in PDF, and the text goes on behind it."""

from __future__ import annotations

import io
from dataclasses import replace

import pypdfium2
import pytest
from docx import Document as Docx
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn

from qingshan.bureau.base import packs
from qingshan.bureau.bulletins import pdf, word
from qingshan.bureau.bulletins.document import Block, Document, Run
from qingshan.bureau.bulletins.house import HouseStyle

A4, A3 = (210, 297), (420, 297)


def table(columns: int, rows: int = 3, title: str = "任务清单") -> Block:
    heads = tuple(f"第{n}栏" for n in range(1, columns + 1))
    lines = tuple(tuple(Run(f"{row}行{n}栏") for n in range(1, columns + 1)) for row in range(1, rows + 1))
    return Block("table", title=title, columns=heads, widths=tuple([1.0] * columns), rows=lines, notes=("注：口径见数据说明。",))


def text(words: str) -> Block:
    return Block("paragraph", runs=(Run(words),))


def document(blocks: tuple[Block, ...], annexes: tuple[Block, ...] = ()) -> Document:
    return Document(
        issuer="青川区生态环境局", number="青环通〔2026〕1号", title=("关于任务进展的通报",), addressee="各镇街：", blocks=blocks, annexes=annexes,
        signature="青川区生态环境局", day="2026年11月20日", copies="区委办公室", printer="青川区生态环境局办公室", printed="2026年11月20日",
        provenance=("由平台生成。",),
    )  # fmt: skip


@pytest.fixture
def style(db) -> HouseStyle:
    return packs.get("house_styles", "gb_t_9704")


def sections(data: bytes) -> list[tuple[tuple[int, int], bool, list[str]]]:
    """Paper [mm], whether landscape, and the words of each section's paragraphs and tables' first cells, in order."""
    read = Docx(io.BytesIO(data))
    body, out, said = read.element.body, [], []
    for element in body.iterchildren():
        if element.tag == qn("w:tbl"):
            said.append("表：" + "".join(t.text or "" for t in next(element.iter(qn("w:tc"))).iter(qn("w:t"))))
        elif element.tag == qn("w:p"):
            said.append("".join(t.text or "" for t in element.iter(qn("w:t"))))
            if element.find(qn("w:pPr")) is not None and element.find(qn("w:pPr")).find(qn("w:sectPr")) is not None:
                out.append(said)
                said = []
    papers = [((round(s.page_width.mm), round(s.page_height.mm)), s.orientation == WD_ORIENT.LANDSCAPE) for s in read.sections]
    return [(*paper, words) for paper, words in zip(papers, [*out, said], strict=True)]


def test_a_wide_table_has_its_own_section_and_the_text_goes_on_upright(style):
    data = word.write(document((text("前文。"), table(14), text("后文。"), table(5))), style)
    found = sections(data)
    assert [(paper, landscape) for paper, landscape, _ in found] == [(A4, False), (A3, True), (A4, False)]
    assert "前文。" in found[0][2]
    assert "表：第1栏" in found[1][2]
    assert "注：口径见数据说明。" in found[1][2]
    assert {"后文。", "表：第1栏", "2026年11月20日"} <= set(found[2][2])
    read = Docx(io.BytesIO(data))
    wide = next(t for t in read.tables if len(t.columns) == 14)
    assert abs(sum(c.width.mm for c in wide.columns) - (420 - 28 - 26)) < 1, "表占满横排的版心"
    assert all(s.footer.is_linked_to_previous for s in list(read.sections)[1:]), "页码接着编、位置不变"
    assert [round(s.footer_distance.mm, 1) for s in read.sections] == [round(read.sections[0].footer_distance.mm, 1)] * 3
    empty = [p for p in read.paragraphs if p._p.pPr is not None and p._p.pPr.sectPr is not None]
    assert all(p.paragraph_format.line_spacing.pt == 1 for p in empty), "分节的空段不占一行"


def test_wide_annexes_follow_each_other_on_landscape_sheets_and_the_colophon_is_upright(style):
    annexes = (table(6, title="甲"), table(12, title="乙"), table(14, title="丙"), table(6, title="丁"))
    found = sections(word.write(document((text("正文。"),), annexes), style))
    assert [paper for paper, _, _ in found] == [A4, A3, A4]
    assert [w for w in found[1][2] if w in ("附件2", "附件3", "附件4")] == ["附件2", "附件3"]
    assert "附件4" in found[2][2]
    read = Docx(io.BytesIO(word.write(document((text("正文。"),), annexes), style)))
    breaks = {p.text: bool(p.paragraph_format.page_break_before) for p in read.paragraphs if p.text.startswith("附件") and len(p.text) == 3}
    assert breaks == {"附件1": True, "附件2": False, "附件3": True, "附件4": False}, "新的一节已换页，不再空一页"
    last = sections(word.write(document((text("正文。"),), (table(14),)), style))
    assert [paper for paper, _, _ in last] == [A4, A3, A4]
    assert any("抄送" in w for w in last[2][2])


def test_a_bureau_s_style_without_a_wide_sheet_keeps_every_table_upright(style):
    plain = style.model_copy(update={"wide": None})
    assert [paper for paper, _, _ in sections(word.write(document((table(14),)), plain))] == [A4]
    assert not style.is_wide(9)


def test_the_pdf_turns_its_sheets_alike(style):
    try:
        data = pdf.write(document((text("前文。"), table(14, rows=60), text("后文。")), (table(12),)), style)
    except pdf.NoChineseFont:
        pytest.skip("没有中文字体")
    read = pypdfium2.PdfDocument(data)
    sizes = [tuple(round(x / 72 * 25.4) for x in page.get_size()) for page in read]
    assert sizes[0] == A4
    assert sizes[1] == sizes[2] == A3, "表长的接着用横排"
    after = next(n for n, size in enumerate(sizes) if n > 1 and size == A4)
    assert "后文" in read[after].get_textpage().get_text_bounded()
    assert A3 in sizes[after:]
    assert sizes[-1] == A4
    words = [page.get_textpage().get_text_bounded() for page in read]
    assert all(f"— {n} —" in said.replace("\r\n", " ") or f"—{n}—" in "".join(said.split()) for n, said in enumerate(words, 1))


def test_the_same_document_gives_the_same_sections_from_kept_data(style):
    made = document((text("前文。"), table(14)))
    assert sections(word.write(Document.from_data(made.as_data()), style)) == sections(word.write(replace(made), style))
