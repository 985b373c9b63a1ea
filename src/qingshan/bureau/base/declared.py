"""Kinds of declaration that belong to the base: roles (角色)."""

from __future__ import annotations

from typing import ClassVar

from qingshan.bureau.base.packs.declared import Declaration, kinds


@kinds.add("roles")
class Role(Declaration):
    """A role: what its holders may do, as permissions ``app.codename``; kept as a Django group of the same name."""

    words: ClassVar[str] = "角色"

    duties: str = ""
    """what its holders do, in one line"""
    permissions: tuple[str, ...] = ()
    """what they may, as `app.codename`"""
