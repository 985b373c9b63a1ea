"""Text with figures in it (引用): ``{pm}`` is a value, ``{pm:change}`` the sentence of its change."""

from __future__ import annotations

import re

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)(?::([a-z_]+))?\}")
FIELDS = {"": "数值", "change": "同比说法", "then": "去年同期数值", "valid": "有效天数", "capture": "捕集率"}


def placeholders(text: str) -> list[tuple[str, str]]:
    """Every ``{name}`` or ``{name:field}`` of a text, in order."""
    return [(found[1], found[2] or "") for found in PLACEHOLDER.finditer(text)]


def split(text: str) -> list[tuple[str, tuple[str, str] | None]]:
    """The text in pieces: plain ones, and placeholders as ``(name, field)``."""
    out: list[tuple[str, tuple[str, str] | None]] = []
    at = 0
    for found in PLACEHOLDER.finditer(text):
        if found.start() > at:
            out.append((text[at : found.start()], None))
        out.append((found[0], (found[1], found[2] or "")))
        at = found.end()
    if at < len(text):
        out.append((text[at:], None))
    return out
