"""What a bureau declares here: templates of bulletins (通报模板); house styles stand in ``house``."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from qingshan.bureau.base.packs import Declaration, kinds
from qingshan.bureau.base.packs.declared import Part
from qingshan.bureau.bulletins.phrases import FIELDS, placeholders
from qingshan.terms.registry import unknown

TABLE_COLUMNS = {
    "rank": "位次",
    "name": "镇街",
    "value": "",
    "change": "同比（%）",
    "movement": "位次变化",
    "to_date": "累计",
    "to_date_rank": "累计位次",
    "capture": "捕集率（%）",
}


class Figure(Part):
    """A number out of an indicator, for the whole district, in the bulletin's month or the year to date."""

    indicator: str
    span: Literal["month", "to_date"] = "month"


class Block(Part):
    """One typed block (段): heading, paragraph, editions, ranked, table or written."""

    kind: Literal["heading", "paragraph", "editions", "ranked", "reasons", "written", "table"]
    name: str = ""
    """of a written block, under which its text is kept; of any other the place in the outline"""
    level: Literal[1, 2] = 1
    text: str = ""
    prompt: str = ""
    """of a written block without text: what its author must write before the issue is passed on"""
    scheme: str = ""
    take: Literal["top", "bottom", ""] = ""
    columns: tuple[str, ...] = ()
    widths: tuple[float, ...] = ()
    annex: bool = False

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Block:
        if self.kind in ("ranked", "table", "reasons") and not self.scheme:
            raise ValueError(f"{self.kind} 段要写明 scheme（排名方案）")
        if self.kind == "ranked" and not self.take:
            raise ValueError("ranked 段要写明 take = “top”或“bottom”")
        if self.kind == "written" and not self.name:
            raise ValueError("written 段要有 name，起草人写的文字按它保存")
        if self.kind == "table":
            for column in self.columns:
                if column not in TABLE_COLUMNS:
                    raise ValueError(unknown("表列", column, TABLE_COLUMNS))
            if self.widths and len(self.widths) != len(self.columns):
                raise ValueError(f"widths 有 {len(self.widths)} 个，columns 有 {len(self.columns)} 列")
        return self


@kinds.add("bulletins")
class Template(Declaration):
    """A bulletin's template (通报模板): head, typed blocks bound to indicators and rankings, colophon."""

    words: ClassVar[str] = "通报模板"

    style: str = "gb_t_9704"
    issuer: str
    """may hold {district}"""
    series: str
    """代字 of the document number: 青环通"""
    heading: tuple[str, ...] = Field(min_length=1)
    addressee: str
    signature: str
    copies: str = ""
    printer: str
    figures: dict[str, Figure]
    block: tuple[Block, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _placeholders_have_figures(self) -> Template:
        for i, block in enumerate(self.block, 1):
            for name, part in placeholders(block.text):
                if name in ("month", "months", "year", "district", "count"):
                    continue
                if name not in self.figures:
                    raise ValueError(f"block[{i}]：{unknown('引用的数', name, [*self.figures, 'month', 'months', 'year', 'district'])}")
                if part not in FIELDS:
                    raise ValueError(f"block[{i}]：{unknown('引用方式', part, FIELDS)}")
        return self

    def faults(self, catalogue) -> list[str]:
        lines = [catalogue.missing("indicators", f.indicator) for f in self.figures.values()]
        lines += [catalogue.missing("schemes", b.scheme) for b in self.block if b.scheme]
        lines.append(catalogue.missing("house_styles", self.style))
        return [line for line in lines if line]
