"""What a bureau declares about meetings: their kinds, who convenes and attends, how often in a year, what papers they need (会议种类)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from qingshan.bureau.base.packs import Declaration, kinds
from qingshan.bureau.base.packs.declared import Part

FORMS = {"meeting": "会议", "visit": "走访调研", "talk": "约谈", "instruction": "批示"}
IN_A_YEAR = {"week": 52, "month": 12, "quarter": 4, "half_year": 2, "year": 1, "event": 0}
EVERY = {"week": "每周", "month": "每月", "quarter": "每季", "half_year": "每半年", "year": "每年", "event": "遇事"}
KNOWN = {"notice": "已发通知", "agenda": "已列议程", "attendance": "已记到会", "minutes": "已录纪要"}


class Paper(Part):
    """One paper a meeting of this kind needs (会议材料)."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")
    title: str
    known: Literal["notice", "agenda", "attendance", "minutes", ""] = ""
    """the platform itself knows whether it is there; empty: a file is uploaded"""
    after: bool = False
    """needed once the meeting was held, not before"""
    required: bool = True


@kinds.add("meetings")
class MeetingKind(Declaration):
    """One kind of meeting, visit, talk or instruction (会议种类)."""

    words: ClassVar[str] = "会议种类"

    form: Literal["meeting", "visit", "talk", "instruction"] = "meeting"
    """meeting: units are called; visit: a leader goes to a township; talk: a unit is called to account; instruction: written by a leader"""
    order: int = 50
    """its place in lists, low first"""
    convener: str = ""
    """who convenes it, in words"""
    chair: str = ""
    """who is in the chair, in words"""
    attend: tuple[Literal["bureau", "office", "department", "committee", "town"], ...] = ()
    """kinds of units that are called unless others are chosen"""
    every: Literal["week", "month", "quarter", "half_year", "year", "event"] = "event"
    """its rhythm"""
    least: int = Field(0, ge=0, le=400)
    """how often in a year at least; 0: as the rhythm says"""
    cover: int = Field(0, ge=0, le=60)
    """of visits: how often in a year each township must be visited (街镇全覆盖); 0: no such rule"""
    notice: int = Field(0, ge=0, le=60)
    """[d] the notice should be sent before the meeting"""
    minutes: int = Field(5, ge=0, le=60)
    """[working days] after the meeting its minutes are due"""
    paper: tuple[Paper, ...] = ()
    decided: str = "议定事项"
    """what is read out of its minutes: 议定事项, 发现问题, 批示事项"""
    becomes: Literal["task", "case"] = "task"
    """what an accepted decision becomes unless the reviewer chooses the other: a row of the ledger, or a case followed step by step"""
    workflow: str = "meeting_decision"
    """the workflow of a decision that becomes a case"""
    opening: str = ""
    """of the notice, how it begins; may hold {title}, {day}, {subject}"""

    @model_validator(mode="after")
    def _cover_is_of_visits(self):
        if self.cover and self.form != "visit":
            raise ValueError('cover（街镇全覆盖）只用于 form = "visit"')
        try:
            self.opening.format(title="", day="", subject="")
        except (KeyError, IndexError, ValueError):
            raise ValueError(f"opening“{self.opening[:30]}”不对；可用 {{title}}、{{day}}、{{subject}}") from None
        return self

    def faults(self, catalogue) -> list[str]:
        missing = catalogue.missing("cases", self.workflow)
        return [f"workflow：{missing}"] if missing else []

    @property
    def in_a_year(self) -> int:
        """How often in a year at least."""
        return self.least or IN_A_YEAR[self.every]

    @property
    def rhythm_words(self) -> str:
        """每月，全年至少 12 次."""
        words = [EVERY[self.every]] if self.every != "event" or not self.in_a_year else []
        words += [f"全年至少 {self.in_a_year} 次"] if self.in_a_year else []
        return "，".join(words + ([f"每个镇街至少 {self.cover} 次"] if self.cover else []))

    @property
    def calls_units(self) -> bool:
        """Whether a notice goes to units."""
        return self.form in ("meeting", "talk", "visit")
