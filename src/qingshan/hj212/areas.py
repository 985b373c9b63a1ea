"""The data area (数据区, CP): items of ``code-suffix=text``, and keys without a code."""

from __future__ import annotations

import re

from qingshan.hj212.codes import suffix
from qingshan.hj212.layouts import Contents, Items, Layout, find_layout

_NAMES: dict[str, tuple[str, str]] = {}  # "a34004-Avg" → ("a34004", "Avg"); devices send few different ones
_NAMES_KEPT = 20_000
_ALIKE = 4  # layouts remembered under one header: a device may leave factors out now and then


def read_area(cp: str, layouts: list[Layout]) -> Contents:
    """Params (keys without a code) and items (code → suffix → text) of a data area.

    `layouts` are those last seen under the same header, the newest first; a new one joins them.
    """
    params: dict[str, str] = {}
    items: Items = {}
    if "/" in cp and "//" in cp:  # one character is found much faster than two
        _read_logged(cp, params, items)
        return params, items
    pairs = cp.replace(",", ";")
    for layout in layouts:
        found = layout.match(pairs)
        if found is not None:
            return layout.fill(*found.groups())
    keys = _read_pairs(pairs.removesuffix(";"), params, items)
    new = find_layout(tuple(keys), [_name(key) for key in keys])
    if new:
        layouts[:] = [new, *layouts[: _ALIKE - 1]]
    return params, items


def _read_pairs(pairs: str, params: dict[str, str], items: Items) -> list[str]:
    """Pair by pair, whatever the keys; returns them, none where one or its value is missing."""
    keys = []
    for pair in pairs.split(";"):
        key, equals, value = pair.partition("=")
        keys.append(key if equals else "")
        if equals and key:
            code, kind = _name(key)
            (items.setdefault(code, {}) if code else params)[kind] = value
    return keys if all(keys) else []


def _name(key: str) -> tuple[str, str]:
    """Code and suffix of a key, the suffix in the standard's spelling; ``("", key)`` where it has no code."""
    known = _NAMES.get(key)
    if known is None:
        code, dash, kind = key.strip().partition("-")
        known = (code, suffix(kind)) if dash and kind else ("", code)
        if len(_NAMES) < _NAMES_KEPT and len(key) < 40:
            _NAMES[key] = known
    return known


_LOGGED = re.compile(r"\s*([^=;,]+)=(//.*?//|[^;,]*)")


def _read_logged(area: str, params: dict[str, str], items: Items) -> None:
    """A log text between double slashes may itself hold commas and semicolons (CN 3020)."""
    for key, value in _LOGGED.findall(area):
        code, kind = _name(key)
        (items.setdefault(code, {}) if code else params)[kind] = value
