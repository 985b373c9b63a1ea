"""Kinds of declaration that belong to the base: roles (角色), seals (存证), who must agree before publication (发布规则)."""

from __future__ import annotations

from typing import ClassVar, Literal

from qingshan.bureau.base.packs.declared import Declaration, kinds
from qingshan.terms.registry import unknown


@kinds.add("roles")
class Role(Declaration):
    """A role: what its holders may do, as permissions ``app.codename``; kept as a Django group of the same name."""

    words: ClassVar[str] = "角色"

    duties: str = ""
    """what its holders do, in one line"""
    permissions: tuple[str, ...] = ()
    """what they may, as `app.codename`"""


@kinds.add("seals")
class SealRule(Declaration):
    """How records are sealed (存证): the hash function of entries made while it is in force."""

    words: ClassVar[str] = "存证"

    method: Literal["sha256", "sm3"]
    """`sha256` (FIPS 180-4) or `sm3` (GB/T 32905—2016)"""


COMPOSED = ("registers", "cases")
"""kinds that are composed by form"""


@kinds.add("publishing")
class Publishing(Declaration):
    """Whether what is composed by form needs a second person's word before it is published (发布规则)."""

    words: ClassVar[str] = "发布规则"

    second: dict[str, tuple[str, ...]] = {}
    """kind (`registers`, `cases`) = roles of which another person must approve; an empty list: any other who may compose it;
    of a kind not named here nobody else is asked"""

    def faults(self, catalogue) -> list[str]:
        roles = catalogue.items.get("roles", {})
        lines = [f"second：{unknown('种类', kind, COMPOSED)}" for kind in self.second if kind not in COMPOSED]
        return lines + [
            f"second.{kind}：{unknown('角色', r, roles)}" for kind, names in self.second.items() for r in names if r not in roles
        ]
