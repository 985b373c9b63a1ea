"""Kinds of declaration that belong to the base: roles (角色), how records are sealed (存证)."""

from __future__ import annotations

from typing import ClassVar, Literal

from qingshan.bureau.base.packs.declared import Declaration, kinds


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
