"""What every declaration (声明) has; each app adds its kinds to ``kinds``.

A kind is a frozen pydantic model that refuses unknown keys::

    @kinds.add("cases")
    class Workflow(Declaration):
        state: dict[str, str]
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from qingshan.terms.registry import Registry

if TYPE_CHECKING:
    from qingshan.bureau.base.packs.catalogue import Catalogue

kinds: Registry[type[Declaration]] = Registry("制度种类")


class Faults(ValueError):
    """Several faults of one declaration, each with its place in it: ``(("step", 2), "…")``."""

    def __init__(self, found: list[tuple[tuple, str]]):
        super().__init__("；".join(words for _, words in found))
        self.found = found


class Part(BaseModel):
    """A table inside a declaration (field, step, weight …): frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, use_attribute_docstrings=True)


class Declaration(Part):
    """One declared thing: name, title, legal basis, days in force, what is unverified, and what it replaces."""

    words: ClassVar[str] = "声明"

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    """the file's name begins with it; other declarations and stored records refer to it"""
    title: str = Field(min_length=1)
    """as people read it"""
    basis: str = ""
    """the document it rests on, with its clause"""
    verify: tuple[str, ...] = ()
    """what nobody has checked against the source yet; shown as 待核"""
    since: dt.date | None = Field(None, alias="from")
    """first day in force"""
    until: dt.date | None = Field(None, alias="to")
    """last day in force"""
    overrides: str = ""
    """the pack whose declaration of this name it replaces"""
    edition: int = Field(0, ge=0)
    """of one kept version by version: the highest in a pack is in force, what was begun by an earlier one goes on by it"""

    def faults(self, catalogue: Catalogue) -> list[str]:
        """Names of others this declaration uses and nobody declares; checked once all packs are read."""
        return []

    def in_force(self, day: dt.date | None) -> bool:
        """True on `day` (both ends included); without a day, always."""
        return day is None or ((self.since is None or self.since <= day) and (self.until is None or day <= self.until))
