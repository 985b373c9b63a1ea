"""The observation store of this installation, and what is remembered for the page being made (一页之内)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings

from qingshan.lake import Lake

_lakes: dict[str, Lake] = {}
_steady: ContextVar[dict | None] = ContextVar("steady", default=None)


def lake() -> Lake:
    """The observation store of this installation."""
    folder = str(settings.DATA_FOLDER / "lake")
    if folder not in _lakes:
        _lakes[folder] = Lake(folder)
    return _lakes[folder]


@contextmanager
def steady() -> Iterator[None]:
    """Within one page the same span is asked for once, so all its numbers come from one state of the data."""
    if _steady.get() is not None:
        yield
        return
    token = _steady.set({})
    try:
        yield
    finally:
        _steady.reset(token)


def page() -> dict:
    """What is remembered for the page being made; of its own where no page is (`steady`)."""
    seen = _steady.get()
    return {} if seen is None else seen


def forget() -> None:
    """Open the store anew at the next question."""
    _lakes.clear()
