"""A document as PDF by typst, from the same content and house style as Word."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import typst

from .document import Block, Document, pieces
from .house import HouseStyle

SOURCE = Path(__file__).parent / "templates" / "bulletins" / "notice.typ"


class NoChineseFont(RuntimeError):
    """No font on this machine can write the document; boxes instead of 汉字 are never printed."""


@cache
def _families(folders: tuple[str, ...]) -> frozenset[str]:
    return frozenset(typst.Fonts(font_paths=list(folders)).families())


def write(document: Document, style: HouseStyle, *, font_folders: tuple[str, ...] = ()) -> bytes:
    """The PDF file as bytes. NoChineseFont where none of the body's fonts is installed."""
    known = {name.lower() for name in _families(font_folders)}
    for face in (style.body, style.headline):
        if not any(name.lower() in known for name in face.fonts):
            raise NoChineseFont(
                f"没有生成 PDF：这台机器上没有版式“{style.name}”可用的中文字体（{'、'.join(face.fonts)}）。"
                "请安装其中一种（Debian：apt install fonts-noto-cjk），或把字体文件放进数据目录的 fonts 文件夹；Word 文件不受影响。"
            )
    inputs = {
        "document": json.dumps(_content(document, style), ensure_ascii=False),
        "style": json.dumps(_style(style, known), ensure_ascii=False),
    }
    return typst.compile(str(SOURCE), sys_inputs=inputs, font_paths=list(font_folders))


def substitute(style: HouseStyle, font_folders: tuple[str, ...] = ()) -> str:
    """What to tell people of the fonts of the PDF: empty where the body's own is there, else what stands in, or that none is."""
    known = {name.lower() for name in _families(font_folders)}
    there = [name for name in style.body.fonts if name.lower() in known]
    if not there:
        return "这台机器没有中文字体，不能生成 PDF；Word 不受影响"
    return "" if there[0] in style.body.fonts[:3] else f"PDF 正文以“{there[0]}”代替{style.body.fonts[0]}"


def _style(style: HouseStyle, known: set[str]) -> dict:
    data = style.model_dump(mode="json")
    data["pitch"], data["char_pitch"] = style.pitch, style.char_pitch

    def present(face: dict) -> dict:
        there = [name for name in face["fonts"] if name.lower() in known]
        return {**face, "fonts": there or face["fonts"]}

    for part in ("headline", "body", "table", "table_head", "small", "colophon", "number"):
        data[part] = present(data[part])
    data["heading"] = [present(face) for face in data["heading"]]
    data["head"]["face"] = present(data["head"]["face"])
    data["latin"] = [name for name in data["latin"] if name.lower() in known]
    return data


def _content(document: Document, style: HouseStyle) -> dict:
    return {
        **{
            name: getattr(document, name)
            for name in ("issuer", "number", "title", "addressee", "signature", "day", "copies", "printer", "printed", "mark")
        },
        "head_size": style.head.size_for(document.issuer, style.text_width),
        "title_pieces": [_pieces(line) for line in document.title],
        "blocks": [_block(block, style) for block in document.blocks],
        "annexes": [_block(block, style) for block in document.annexes],
        "provenance": document.provenance,
        "provenance_pieces": [_pieces(("数据说明：" if i == 0 else "") + line) for i, line in enumerate(document.provenance)],
    }


def _block(block: Block, style: HouseStyle) -> dict:
    return {
        "kind": block.kind,
        "wide": style.is_wide(len(block.columns)),
        "level": block.level,
        "text": _pieces(block.text),
        "title": _pieces(block.title),
        "columns": [_pieces(c) for c in block.columns],
        "widths": list(block.widths or (1,) * len(block.columns)),
        "rows": [[_pieces(cell.text) for cell in row] for row in block.rows],
        "notes": [_pieces(note) for note in block.notes],
    }


def _pieces(text: str) -> list[dict]:
    return [{"text": piece, "low": low} for piece, low in pieces(text)]
