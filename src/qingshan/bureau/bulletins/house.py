"""The house style of official documents (公文版式), a declaration: paper, type sizes, rules, places."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from qingshan.bureau.base.packs import Declaration, kinds
from qingshan.bureau.base.packs.declared import Part


class Face(Part):
    """A typeface and its size [pt]; Word names the first font, the others stand in for it in that order."""

    fonts: tuple[str, ...] = Field(min_length=1)
    size: float = Field(gt=0)
    bold: bool = False
    """bold where a stand-in is used: 小标宋 is heavy by itself"""


class Page(Part):
    """Paper and margins [mm]."""

    width: float
    height: float
    top: float
    bottom: float
    left: float
    right: float
    number_drop: float


class Wide(Part):
    """The sheet of a table with many columns (横排表): paper and margins [mm]; `columns` is how many the portrait page still holds."""

    columns: int = Field(gt=0)
    width: float
    height: float
    top: float
    bottom: float
    left: float
    right: float

    @property
    def text_width_mm(self) -> float:
        return self.width - self.left - self.right


class Head(Part):
    """The red head (版头) [mm; gaps in lines]."""

    colour: str
    drop: float
    number_gap: int
    title_gap: int
    rule: float
    largest: float
    face: Face

    def size_for(self, issuer: str, width: float) -> float:
        """The largest size [pt] at which the issuer's name stands on one line of `width` [pt]."""
        return min(self.largest, int(width / max(1, len(issuer)) * 2) / 2)


@kinds.add("house_styles")
class HouseStyle(Declaration):
    """One house style: page, grid and the faces of every part."""

    words: ClassVar[str] = "公文版式"

    lines: int
    chars: int
    latin: tuple[str, ...]
    colophon_rule: tuple[float, float]
    page: Page
    wide: Wide | None = None
    """without it every table stands on the portrait page"""
    head: Head
    headline: Face
    body: Face
    heading: tuple[Face, ...]
    table: Face
    table_head: Face
    small: Face
    colophon: Face
    number: Face

    def is_wide(self, columns: int) -> bool:
        """Whether a table of so many columns goes on a landscape sheet."""
        return self.wide is not None and columns > self.wide.columns

    @property
    def text_width_mm(self) -> float:
        return self.page.width - self.page.left - self.page.right

    @property
    def text_width(self) -> float:
        """Width of the type area (版心) [pt]."""
        return self.text_width_mm / 25.4 * 72

    @property
    def pitch(self) -> float:
        """From line to line [pt]: the height of the type area over its lines."""
        return (self.page.height - self.page.top - self.page.bottom) / 25.4 * 72 / self.lines

    @property
    def char_pitch(self) -> float:
        """From character to character [pt]."""
        return self.text_width / self.chars
