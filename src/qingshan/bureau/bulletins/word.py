"""A document as Word (docx) in the layout of its house style; the default house style is GB/T 9704—2012."""

from __future__ import annotations

import io

from docx import Document as Docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from .document import Block, Document, Run, pieces
from .house import HouseStyle, Page, Wide

ALIGN = {"left": WD_ALIGN_PARAGRAPH.LEFT, "center": WD_ALIGN_PARAGRAPH.CENTER, "right": WD_ALIGN_PARAGRAPH.RIGHT,
         "justify": WD_ALIGN_PARAGRAPH.JUSTIFY}  # fmt: skip
# 各元素在架构中的后继，插入时据以定位
AFTER_GRID = (
    "w:spacing",
    "w:ind",
    "w:contextualSpacing",
    "w:mirrorIndents",
    "w:jc",
    "w:textAlignment",
    "w:outlineLvl",
    "w:rPr",
    "w:sectPr",
)
AFTER_BORDERS = (
    "w:shd",
    "w:tabs",
    "w:suppressAutoHyphens",
    "w:kinsoku",
    "w:wordWrap",
    "w:autoSpaceDE",
    "w:autoSpaceDN",
    "w:snapToGrid",
    *AFTER_GRID,
)
AFTER_SPACING = ("w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:highlight", "w:u", "w:vertAlign", "w:lang")
AFTER_PLACE = ("w:tblOverlap", "w:tblW", "w:jc", "w:tblInd", "w:tblBorders", "w:tblLayout", "w:tblCellMar", "w:tblLook")


def write(document: Document, style: HouseStyle) -> bytes:
    """The docx file as bytes; the same document and style give the same content."""
    return _Writer(document, style).bytes()


class _Writer:
    def __init__(self, document: Document, style: HouseStyle):
        self.document, self.style = document, style
        self.docx = Docx()
        self.section = self.docx.sections[0]
        self.is_wide = False
        self.spaced = (style.body, *style.heading)
        self._page()
        self._base_font()
        self._alternatives()

    def bytes(self) -> bytes:
        self._head()
        self._body()
        self._signature()
        self._annexes()
        self._colophon()
        self._page_numbers()
        core = self.docx.core_properties
        core.title, core.author, core.language = "".join(self.document.title), self.document.issuer, "zh-CN"
        core.comments = "".join(self.document.provenance)[:250]
        out = io.BytesIO()
        self.docx.save(out)
        return out.getvalue()

    # ── page and type ──
    def _paper(self, section, page: Page | Wide) -> None:
        section.orientation = WD_ORIENT.LANDSCAPE if page.width > page.height else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Mm(page.width), Mm(page.height)
        section.top_margin, section.bottom_margin = Mm(page.top), Mm(page.bottom)
        section.left_margin, section.right_margin = Mm(page.left), Mm(page.right)

    def _turn(self, is_wide: bool) -> bool:
        """Go on to a landscape sheet, or back to the portrait page; whether a new section, and so a new page, begins."""
        if is_wide == self.is_wide:
            return False
        self.is_wide = is_wide
        section = self.docx.add_section(WD_SECTION.NEW_PAGE)
        self._paper(section, self.style.wide if is_wide and self.style.wide else self.style.page)
        end = self.docx.paragraphs[-1]  # holds the break: no line of its own, or a full page would be followed by an empty one
        end.paragraph_format.line_spacing_rule, end.paragraph_format.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(1)
        _off_grid(end)
        return True

    def _page(self) -> None:
        page, section = self.style.page, self.section
        self._paper(section, page)
        section.footer_distance = Mm(page.bottom - page.number_drop - 4.9)  # its baseline box is a line of 4号
        section.header_distance = Mm(15)
        grid = section._sectPr.find(qn("w:docGrid"))
        if grid is None:
            grid = OxmlElement("w:docGrid")
            section._sectPr.append(grid)
        grid.set(qn("w:type"), "lines")  # 字距写在各段文字上：网格的字距各家软件算法不一
        grid.set(qn("w:linePitch"), str(round(self.style.pitch * 20)))

    def _base_font(self) -> None:
        normal = self.docx.styles["Normal"]
        normal.font.size = Pt(self.style.body.size)
        self._fonts(normal.element.get_or_add_rPr(), self.style.body.fonts[0])
        _insert(normal.element.get_or_add_rPr(), "w:lang", (), val="en-US", eastAsia="zh-CN")
        form = normal.paragraph_format
        form.space_before = form.space_after = Pt(0)
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(self.style.pitch)
        form.widow_control = False

    def _alternatives(self) -> None:
        """What may stand in where a font is absent (替代字体), in the font table."""
        part = next(rel.target_part for rel in self.docx.part.rels.values() if rel.reltype.endswith("/fontTable"))
        faces = (self.style.head.face, self.style.headline, *self.spaced, self.style.number)
        entries = {face.fonts[0]: ",".join(face.fonts[1:]) for face in faces}
        lines = "".join(
            f'<w:font w:name="{name}"><w:altName w:val="{others}"/><w:charset w:val="86"/></w:font>' for name, others in entries.items()
        )
        part._blob = part.blob.replace(b"</w:fonts>", lines.encode() + b"</w:fonts>")

    def _fonts(self, properties, east_asian: str) -> None:
        fonts = properties.get_or_add_rFonts()
        for side in ("w:ascii", "w:hAnsi", "w:cs"):
            fonts.set(qn(side), self.style.latin[0])
        fonts.set(qn("w:eastAsia"), east_asian)
        fonts.set(qn("w:hint"), "eastAsia")

    def _run(self, paragraph, text: str, face, *, colour: str = "", size: float | None = None) -> None:
        for piece, low in pieces(text):
            run = paragraph.add_run(piece)
            self._fonts(run._r.get_or_add_rPr(), face.fonts[0])
            run.font.size = Pt(size or face.size)
            run.font.subscript = low or None
            if face in self.spaced:
                _insert(
                    run._r.get_or_add_rPr(), "w:spacing", AFTER_SPACING, val=str(round((self.style.char_pitch - self.style.body.size) * 20))
                )
            if colour:
                run.font.color.rgb = RGBColor.from_string(colour)

    def _paragraph(
        self, text: str = "", face=None, *, align="justify", indent: float = 0, container=None, pitch=None, colour="", size=None
    ):
        face = face or self.style.body
        paragraph = (container or self.docx).add_paragraph()
        form = paragraph.paragraph_format
        paragraph.alignment = ALIGN[align]
        form.first_line_indent = Pt(indent * face.size) if indent else None
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(pitch or self.style.pitch)
        if pitch:
            _off_grid(paragraph)
        if text:
            self._run(paragraph, text, face, colour=colour, size=size)
        return paragraph

    # ── parts, from the top ──
    def _head(self) -> None:
        head, document = self.style.head, self.document
        if document.mark:
            self._paragraph(document.mark, self.style.small, align="right", pitch=self.style.small.size * 1.5)
        size = head.size_for(document.issuer, self.style.text_width)
        top = self._paragraph(document.issuer, head.face, align="center", colour=head.colour, size=size, pitch=size * 1.25)
        top.paragraph_format.space_before = Mm(head.drop) - (Pt(self.style.small.size * 1.5) if document.mark else 0)
        for _ in range(head.number_gap):
            self._paragraph()
        line = self._paragraph(document.number, align="center")
        self._border(line, "bottom", head.rule, head.colour, space=11)  # 4 mm under the number
        for _ in range(head.title_gap):
            self._paragraph()
        for text in document.title:
            self._paragraph(text, self.style.headline, align="center", pitch=self.style.headline.size * 1.5)
        self._paragraph()
        self._paragraph(document.addressee)

    def _body(self) -> None:
        for block in self.document.blocks:
            self._block(block)
        self._turn(False)
        if self.document.annexes:
            self._paragraph()
            for i, annex in enumerate(self.document.annexes, 1):
                lead = "附件：" if i == 1 else "　　　"
                count = f"{i}. " if len(self.document.annexes) > 1 else ""
                self._paragraph(f"{lead}{count}{annex.title}", indent=2)

    def _block(self, block: Block) -> None:
        self._turn(block.kind == "table" and self.style.is_wide(len(block.columns)))
        if block.kind == "table":
            self._table(block)
        elif block.kind == "heading":
            self._paragraph(block.text, self.style.heading[block.level - 1], indent=2).paragraph_format.keep_with_next = True
        elif block.kind == "note":
            self._paragraph(block.text, self.style.small, indent=2, pitch=self.style.small.size * 1.5)
        else:
            self._paragraph(block.text, indent=2)

    def _signature(self) -> None:
        """署名 and date, never alone on a page: what stands before goes with them."""
        if not self.document.signature:
            return
        for paragraph in self.docx.paragraphs[-3:]:
            paragraph.paragraph_format.keep_with_next = True
            paragraph.paragraph_format.keep_together = True
        start = len(self.docx.paragraphs)
        body = self.style.body.size
        for _ in range(2):
            self._paragraph()
        day_width, sign_width = _width(self.document.day), _width(self.document.signature)
        right = max(0.0, 4 - (sign_width - day_width) / 2)  # centred over the date, which stands four characters in
        self._paragraph(self.document.signature, align="right").paragraph_format.right_indent = Pt(right * body)
        self._paragraph(self.document.day, align="right").paragraph_format.right_indent = Pt(4 * body)
        for paragraph in self.docx.paragraphs[start:-1]:
            paragraph.paragraph_format.keep_with_next = True

    def _annexes(self) -> None:
        for i, annex in enumerate(self.document.annexes, 1):
            count = str(i) if len(self.document.annexes) > 1 else ""
            turned = self._turn(self.style.is_wide(len(annex.columns)))
            first = self._paragraph(f"附件{count}", self.style.heading[0], align="left")
            first.paragraph_format.page_break_before = not turned
            self._paragraph()
            self._paragraph(annex.title, self.style.headline, align="center", pitch=self.style.headline.size * 1.5)
            self._paragraph(pitch=10)
            self._table(annex)
        self._turn(False)
        if self.document.provenance:
            self._paragraph(pitch=8)
            pitch = self.style.small.size * 1.5
            for i, line in enumerate(self.document.provenance):
                self._paragraph(("数据说明：" if i == 0 else "") + line, self.style.small, indent=2, pitch=pitch)

    def _table(self, block: Block) -> None:
        face, size = self.style.table, len(block.columns)
        table = self.docx.add_table(rows=1, cols=size)
        table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
        total = sum(block.widths) or size
        wide = self.style.wide if self.is_wide else None
        width_mm = wide.text_width_mm if wide else self.style.text_width_mm
        widths = [Mm(width_mm * w / total) for w in (block.widths or (1,) * size)]
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        self._cells(table.rows[0], [Run(c) for c in block.columns], widths, self.style.table_head, face)
        _margins(table._tbl.tblPr, 40)
        _repeat(table.rows[0])
        for row in block.rows:
            self._cells(table.add_row(), row, widths, face, face)
        for row in table.rows:
            _keep_whole(row)
        for line in block.notes:
            self._paragraph(line, self.style.small, indent=2, pitch=self.style.small.size * 1.5)

    def _cells(self, row, runs, widths, face, body_face) -> None:
        row.height = Pt(body_face.size * 1.7)
        for cell, run, width in zip(row.cells, runs, widths, strict=True):
            cell.width = width
            cell.vertical_alignment = 1
            paragraph = cell.paragraphs[0]
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            form = paragraph.paragraph_format
            form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(face.size * 1.4)
            _off_grid(paragraph)
            self._run(paragraph, run.text, face)

    def _colophon(self) -> None:
        """版记: at the foot of the last page, as a table that floats to the bottom margin."""
        document, face = self.document, self.style.colophon
        lines = [f"抄送：{document.copies}。"] if document.copies else []
        table = self.docx.add_table(rows=len(lines) + 1, cols=2)
        table.autofit = False
        properties = table._tbl.tblPr
        _insert(properties, "w:tblpPr", AFTER_PLACE, leftFromText="0", rightFromText="0", vertAnchor="margin", horzAnchor="margin",
                tblpXSpec="center", tblpYSpec="bottom")  # fmt: skip
        _table_borders(properties, self.style.colophon_rule)
        half = Mm(self.style.text_width_mm / 2)
        for row in table.rows:
            _keep_whole(row)
        for i, text in enumerate(lines):
            cell = table.rows[i].cells[0].merge(table.rows[i].cells[1])
            self._colophon_text(cell, text, face, "left")
            cell.paragraphs[0].paragraph_format.keep_with_next = True
        last = table.rows[-1].cells
        self._colophon_text(last[0], document.printer, face, "left")
        self._colophon_text(last[1], f"{document.printed}印发", face, "right")
        for cell in last:
            cell.width = half
        self._paragraph(pitch=1)

    def _colophon_text(self, cell, text, face, side) -> None:
        paragraph = cell.paragraphs[0]
        paragraph.alignment = ALIGN[side]
        form = paragraph.paragraph_format
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(face.size * 1.6)
        setattr(form, f"{side}_indent", Pt(face.size))
        _off_grid(paragraph)
        self._run(paragraph, text, face)

    def _page_numbers(self) -> None:
        self.docx.settings.odd_and_even_pages_header_footer = True
        first = self.docx.sections[0]  # the later sections go on with its footers
        for footer, side in ((first.footer, "right"), (first.even_page_footer, "left")):
            footer.is_linked_to_previous = False
            paragraph = footer.paragraphs[0]
            paragraph.alignment = ALIGN[side]
            setattr(paragraph.paragraph_format, f"{side}_indent", Pt(self.style.number.size))
            self._run(paragraph, "— ", self.style.number)
            _field(paragraph, "PAGE", self)
            self._run(paragraph, " —", self.style.number)
        first.start_type = WD_SECTION.NEW_PAGE

    def _border(self, paragraph, side: str, width_mm: float, colour: str, *, space: int = 1) -> None:
        borders = OxmlElement("w:pBdr")
        line = OxmlElement(f"w:{side}")
        for key, value in (("val", "single"), ("sz", str(round(width_mm / 25.4 * 72 * 8))), ("space", str(space)), ("color", colour)):
            line.set(qn(f"w:{key}"), value)
        borders.append(line)
        paragraph._p.get_or_add_pPr().insert_element_before(borders, *AFTER_BORDERS)


def _width(text: str) -> float:
    """Width in characters: a digit or a letter is half a character wide."""
    return sum(0.5 if ch.isascii() else 1.0 for ch in text)


def _off_grid(paragraph) -> None:
    _insert(paragraph._p.get_or_add_pPr(), "w:snapToGrid", AFTER_GRID, val="0")


def _repeat(row) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _keep_whole(row) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _table_borders(properties, rules: tuple[float, float]) -> None:
    thick, thin = rules
    borders = OxmlElement("w:tblBorders")
    for side, width in (("top", thick), ("bottom", thick), ("insideH", thin)):
        line = OxmlElement(f"w:{side}")
        for key, value in (("val", "single"), ("sz", str(max(2, round(width / 25.4 * 72 * 8)))), ("space", "0"), ("color", "000000")):
            line.set(qn(f"w:{key}"), value)
        borders.append(line)
    properties.insert_element_before(borders, "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")


def _margins(properties, twips: int) -> None:
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        element = OxmlElement(f"w:{side}")
        element.set(qn("w:w"), str(twips))
        element.set(qn("w:type"), "dxa")
        margins.append(element)
    properties.insert_element_before(margins, "w:tblLook")


def _insert(parent, name: str, successors: tuple[str, ...], **attributes: str) -> None:
    """A child at its place in the schema's order, which Word insists on."""
    element = OxmlElement(name)
    for key, value in attributes.items():
        element.set(qn(f"w:{key}"), value)
    parent.insert_element_before(element, *successors)


def _field(paragraph, code: str, writer: _Writer) -> None:
    run = paragraph.add_run()
    writer._fonts(run._r.get_or_add_rPr(), writer.style.number.fonts[0])
    run.font.size = Pt(writer.style.number.size)
    for kind, text in (("begin", ""), ("", code), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)
