"""What every entry of a register must have in another one, so often in a span (应有尽有): which have it, and which have not."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field as Key
from pydantic import model_validator

from qingshan.bureau.base import countable
from qingshan.bureau.base.packs.declared import Part

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
WORDS = {"month": "本月", "quarter": "本季", "half_year": "本半年", "year": "本年"}


class Must(Part):
    """What every entry must have in another register: at least so many rows of its own in each span (每家每年至少一次)."""

    name: str = Key(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    """by which an indicator asks for the share that has it"""
    title: str = Key(min_length=1)
    """what must be there: 实战演练"""
    register_name: str = Key(alias="register")
    """the other register; cases of a workflow as ``case_`` and its name"""
    by: str
    """its field that names the entry"""
    own: str = ""
    """the field here it is compared with; the entry's number where empty"""
    dated: str = ""
    """its date field: only rows of the span count; empty: all there are"""
    every: Literal["month", "quarter", "half_year", "year"] = "year"
    least: int = Key(1, ge=0, le=400)
    most: int | None = Key(None, ge=0, le=400)
    """and not more than so many (0: 不能有)"""
    where: dict[str, tuple[str | bool, ...]] = {}
    """only rows there whose fields (or ``state``) have one of these values"""
    in_: tuple[str, ...] = Key((), alias="in")
    """states here in which it is asked; empty: all"""

    def first(self, day: dt.date) -> dt.date:
        """First day of the span in which a day lies."""
        size = MONTHS[self.every]
        return dt.date(day.year, (day.month - 1) // size * size + 1, 1)

    @property
    def words(self) -> str:
        """The duty in words: 本年实战演练至少 1 次."""
        span = WORDS[self.every] if self.dated else ""
        most = "" if self.most is None else f"不超过 {self.most} 次" if self.most else "不能有"
        least = f"至少 {self.least} 次" if self.least else ""
        return f"{span}{self.title}{'，'.join(filter(None, (least, most)))}"

    def holds(self, n: int) -> bool:
        """Whether so many are what is asked."""
        return self.least <= n and (self.most is None or n <= self.most)

    @model_validator(mode="after")
    def _asks_something(self) -> Must:
        if not self.least and self.most is None:
            raise ValueError(f"must“{self.title}”：least = 0 时要写 most")
        return self


def faults(must: Must, catalogue) -> list[str]:
    """What is wrong with the other register and its fields, one sentence each."""
    columns = {must.by: (), **({must.dated: ()} if must.dated else {}), **must.where}
    types = {must.dated: "date"} if must.dated else {}
    return [f"must“{must.title}”：{said}" for said in countable.faults(catalogue, must.register_name, columns, types)]
