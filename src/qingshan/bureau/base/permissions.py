"""Asking for a permission (权限) in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied

if TYPE_CHECKING:
    from qingshan.bureau.base.models import Person


def need(person: Person, permission: str, sentence: str) -> None:
    """Go on only where `person` holds `permission` (``app.codename``); else PermissionDenied with `sentence`."""
    if not person.is_active or not person.has_perm(permission):
        raise PermissionDenied(sentence)


def need_whole(person: Person, sentence: str) -> None:
    """Go on only where `person` works for the whole bureau: what is the district's is not changed from one unit or town."""
    if person.scope_areas() is not None:
        raise PermissionDenied(sentence)
