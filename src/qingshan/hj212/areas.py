"""The data area (数据区, CP): items of ``code-suffix=text``, and keys without a code.

A device sends the same keys in the same order with other values all day. An area whose separators and keys were all seen
before is therefore filled in by that layout, without looking at the keys again; any other is read pair by pair.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from qingshan.hj212.codes import suffix

_KEYS: dict[str, tuple[str, str]] = {}  # "a34004-Avg" → ("a34004", "Avg"); devices send few different ones
_KEYS_KEPT = 20_000


def read_area(cp: str, params: dict[str, str], items: dict[str, dict[str, str]]) -> None:
    """Fill `params` (keys without a code) and `items` (code → suffix → text) from a data area."""
    area = cp.removesuffix(";")
    if "//" in area:
        _read_logged(area, params, items)
        return
    parts = area.replace(",", ";").replace("=", ";").split(";")
    shape = area.encode().translate(None, _NO_MARKS)
    keys = parts[::2]
    for known, runs in _LAYOUTS.get(shape, ()):
        if known == keys:
            for fill, rows in runs:
                fill(items, parts, rows)
            if "" in items:
                params.update(items.pop(""))
            return
    _read_pairs(area, params, items)
    _remember(shape, keys)


_Row = tuple[str, tuple[str, ...], int]  # code, kinds, where the first value stands
_Fill = Callable[[dict[str, dict[str, str]], list[str], list[Any]], None]
_NO_MARKS = bytes(set(range(256)) - set(b";,="))  # what is left shows how a data area is divided
_LAYOUTS: dict[bytes, list[tuple[list[str], list[tuple[_Fill, list[Any]]]]]] = {}
_LAYOUTS_KEPT, _LAYOUTS_ALIKE, _MARKS_KEPT = 2000, 16, 600


def _fill_one(items: dict[str, dict[str, str]], parts: list[str], rows: list[Any]) -> None:
    for code, a, at in rows:
        items[code] = {a: parts[at]}


def _fill_two(items: dict[str, dict[str, str]], parts: list[str], rows: list[Any]) -> None:
    for code, a, b, at in rows:
        items[code] = {a: parts[at], b: parts[at + 2]}


def _fill_three(items: dict[str, dict[str, str]], parts: list[str], rows: list[Any]) -> None:
    for code, a, b, c, at in rows:
        items[code] = {a: parts[at], b: parts[at + 2], c: parts[at + 4]}


def _fill_four(items: dict[str, dict[str, str]], parts: list[str], rows: list[Any]) -> None:
    for code, a, b, c, d, at in rows:
        items[code] = {a: parts[at], b: parts[at + 2], c: parts[at + 4], d: parts[at + 6]}


def _fill_any(items: dict[str, dict[str, str]], parts: list[str], rows: list[Any]) -> None:
    for code, kinds, at in rows:
        items[code] = dict(zip(kinds, parts[at : at + 2 * len(kinds) : 2]))


_FILLS: tuple[_Fill, ...] = (_fill_any, _fill_one, _fill_two, _fill_three, _fill_four)


def _remember(shape: bytes, keys: list[str]) -> None:
    """Keep a regular layout: pairs of one key and one value, the keys without a code first, each code in one place."""
    regular = len(shape) % 2 == 1 and not shape[::2].strip(b"=") and b"=" not in shape[1::2] and all(keys)
    if not regular or len(shape) > _MARKS_KEPT or (shape not in _LAYOUTS and len(_LAYOUTS) >= _LAYOUTS_KEPT):
        return
    names = [_split_key(key) for key in keys]
    rows: list[_Row] = []
    for number, (code, kind) in enumerate(names):
        if rows and rows[-1][0] == code:
            rows[-1] = (code, (*rows[-1][1], kind), rows[-1][2])
        else:
            rows.append((code, (kind,), 2 * number + 1))
    codes = [code for code, _, _ in rows]
    alike = _LAYOUTS.setdefault(shape, [])
    if len(set(codes)) == len(codes) and len(set(names)) == len(names) and "" not in codes[1:] and len(alike) < _LAYOUTS_ALIKE:
        alike.append((keys, _runs(rows)))


def _runs(rows: list[_Row]) -> list[tuple[_Fill, list[Any]]]:
    """Rows of one width together, each run with the function that fills it."""
    runs: list[tuple[_Fill, list[Any]]] = []
    for code, kinds, at in rows:
        fill = _FILLS[len(kinds)] if len(kinds) < len(_FILLS) else _fill_any
        if not runs or runs[-1][0] is not fill:
            runs.append((fill, []))
        runs[-1][1].append((code, kinds, at) if fill is _fill_any else (code, *kinds, at))
    return runs


def _read_pairs(area: str, params: dict[str, str], items: dict[str, dict[str, str]]) -> None:
    last, item = "", params
    for pair in area.replace(",", ";").split(";"):
        key, equals, value = pair.partition("=")
        if not equals or not key:
            continue
        try:
            code, kind = _KEYS[key]
        except KeyError:
            code, kind = _split_key(key)
        if code != last:
            last = code
            item = items.setdefault(code, {}) if code else params
        item[kind] = value


def _split_key(key: str) -> tuple[str, str]:
    code, dash, kind = key.strip().partition("-")
    answer = (code, suffix(kind)) if dash and kind else ("", code)
    if len(_KEYS) < _KEYS_KEPT and len(key) < 40:
        _KEYS[key] = answer
    return answer


_LOGGED = re.compile(r"\s*([^=;,]+)=(//.*?//|[^;,]*)")


def _read_logged(area: str, params: dict[str, str], items: dict[str, dict[str, str]]) -> None:
    """A log text between double slashes may itself hold commas and semicolons (CN 3020)."""
    for key, value in _LOGGED.findall(area):
        code, kind = _split_key(key)
        if code:
            items.setdefault(code, {})[kind] = value
        else:
            params[kind] = value
