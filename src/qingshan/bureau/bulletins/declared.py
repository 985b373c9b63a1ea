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


TASK_COLUMNS = {
    "number": "序号",
    "title": "任务",
    "unit": "牵头单位",
    "goal": "要求",
    "value": "进展",
    "light": "亮灯",
    "source": "依据",
    "deadline": "期限",
    "left": "时限",
    "why": "说明",
}
UNIT_COLUMNS = {
    "number": "序号",
    "unit": "牵头单位",
    "all": "任务数",
    "closed": "已销号",
    "green": "按序时",
    "amber": "偏紧",
    "red": "滞后",
    "none": "未开始",
    "clash": "数未达",
    "silent": "未反馈",
    "rate": "销号率\n（%）",
}
CASE_COLUMNS = {"number": "编号", "sort": "类别", "title": "事项", "unit": "责任单位", "state": "状态", "due": "期限", "place": "地点"}
COLUMNS = {"table": TABLE_COLUMNS, "tasks": TASK_COLUMNS, "units": UNIT_COLUMNS, "cases": CASE_COLUMNS}
RHYTHMS = {"week": "周", "ten_days": "旬", "month": "月", "quarter": "季", "event": "次"}
WORDS = ("month", "months", "period", "year", "district", "count", "day", "area")


class Pick(Part):
    """Which rows of the ledger (选取任务): all that are given hold together."""

    kind: Literal["task", "target", ""] = ""
    lights: tuple[Literal["red", "amber", "green", "blue", "none"], ...] = ()
    only: Literal["clash", "silent", "soon", "overdue", ""] = ""
    """数未达、应反馈未反馈、30 天内到期、逾期"""


class Figure(Part):
    """A number for the whole district: out of an indicator, in the bulletin's period or the year to date; or a count of ledger rows."""

    indicator: str = ""
    span: Literal["month", "to_date"] = "month"
    tasks: Pick | None = None
    share: bool = False
    """of ledger rows: their percentage of all rows of the kind"""

    @model_validator(mode="after")
    def _has_one_source(self) -> Figure:
        if bool(self.indicator) == (self.tasks is not None):
            raise ValueError("一个数写 indicator（指标）或 tasks（台账），二者取一")
        return self


class Block(Part):
    """One typed block (段)."""

    kind: Literal["heading", "paragraph", "editions", "ranked", "reasons", "written", "table", "tasks", "units", "cases"]
    name: str = ""
    """of a written block, under which its text is kept; of any other the place in the outline"""
    level: Literal[1, 2] = 1
    text: str = ""
    prompt: str = ""
    """of a written block without text: what its author must write before the issue is passed on"""
    scheme: str = ""
    take: Literal["top", "bottom", ""] = ""
    tasks: Pick = Pick()
    """of a block of ledger rows or of units: which rows"""
    empty: str = "无。"
    """of a list without rows: what stands in its place"""
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
        if self.kind in COLUMNS:
            if not self.columns:
                raise ValueError(f"{self.kind} 段要写明 columns（表列）：{'、'.join(COLUMNS[self.kind])}")
            for column in self.columns:
                if column not in COLUMNS[self.kind]:
                    raise ValueError(unknown("表列", column, COLUMNS[self.kind]))
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
    number_form: str = "{series}〔{year}〕{number}号"
    """how a number is printed; 专报 count in issues: 第{number}期"""
    every: Literal["week", "ten_days", "month", "quarter", "event"] = "month"
    """for which periods it is made; event: whenever there is something to say, for the year to date"""
    per: Literal["town", ""] = ""
    """town: one issue for each township, of its own rows"""
    heading: tuple[str, ...] = Field(min_length=1)
    addressee: str
    signature: str
    copies: str = ""
    printer: str
    figures: dict[str, Figure] = {}
    block: tuple[Block, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _placeholders_have_figures(self) -> Template:
        for i, block in enumerate(self.block, 1):
            for name, part in placeholders(block.text):
                if name in WORDS:
                    continue
                if name not in self.figures:
                    raise ValueError(f"block[{i}]：{unknown('引用的数', name, [*self.figures, *WORDS])}")
                if self.figures[name].tasks is not None and part:
                    raise ValueError(f"block[{i}]：{{{name}:{part}}} 是台账的数，没有“{FIELDS.get(part, part)}”")
                if part not in FIELDS:
                    raise ValueError(f"block[{i}]：{unknown('引用方式', part, FIELDS)}")
        return self

    @model_validator(mode="after")
    def _number_can_be_read(self) -> Template:
        try:
            said = self.number_form.format(series=self.series, year=2026, number=16)
        except (KeyError, IndexError, ValueError):
            said = ""
        if "16" not in said:
            raise ValueError(f"number_form“{self.number_form}”不对；可用 {{series}}、{{year}}、{{number}}，须有 {{number}}")
        return self

    @property
    def is_measured(self) -> bool:
        """Whether it needs observations: figures out of indicators, or rankings."""
        return any(f.indicator for f in self.figures.values()) or any(b.scheme for b in self.block)

    @property
    def is_of_ledger(self) -> bool:
        return any(f.tasks for f in self.figures.values()) or any(b.kind in ("tasks", "units", "cases") for b in self.block)

    def faults(self, catalogue) -> list[str]:
        lines = [catalogue.missing("indicators", f.indicator) for f in self.figures.values() if f.indicator]
        lines += [catalogue.missing("schemes", b.scheme) for b in self.block if b.scheme]
        lines.append(catalogue.missing("house_styles", self.style))
        return [line for line in lines if line]
