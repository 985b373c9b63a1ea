"""Layouts of data areas: a device sends the same keys in the same order all day, only the values differ.

The keys of one area make a pattern whose groups are the values, so the next area like it is read in one match. The pattern
fits only areas that reading pair by pair would give the same keys: both ways have the same result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import groupby

Items = dict[str, dict[str, str]]  # code → suffix → text
_Words = tuple[str, ...]
_Fill = Callable[[Items, _Words, _Words, Iterator[str]], None]
_KEPT, _LONGEST = 500, 200  # layouts, keys of one: a pattern takes up to 5 ms to make, all that a hostile device can buy is 2.5 s
_LAYOUTS: dict[_Words, Layout] = {}


class Layout:
    """The keys of a data area, in order: names of parameters, then runs of codes that have the same suffixes."""

    __slots__ = ("_match", "_params", "_runs")

    def __init__(self, keys: _Words, names: list[tuple[str, str]]) -> None:
        self._match = re.compile(";".join(f"{re.escape(key)}=([^;]*+)" for key in keys) + ";?").fullmatch
        rows = [(code, tuple(kind for _, kind in group)) for code, group in groupby(names, key=lambda name: name[0])]
        self._params = () if rows[0][0] else rows.pop(0)[1]
        self._runs: list[tuple[_Fill, _Words, _Words]] = []
        for kinds, alike in groupby(rows, key=lambda row: row[1]):
            self._runs.append((_FILLS.get(len(kinds), _fill_any), tuple(code for code, _ in alike), kinds))

    def read(self, pairs: str, params: dict[str, str], items: Items) -> bool:
        """Fill `params` and `items` from pairs that have these keys; False, and nothing filled, where they have others."""
        found = self._match(pairs)
        if found is None:
            return False
        values = iter(found.groups())
        for name in self._params:
            params[name] = next(values)
        for fill, codes, kinds in self._runs:
            fill(items, codes, kinds, values)
        return True


def _fill_one(items: Items, codes: _Words, kinds: _Words, values: Iterator[str]) -> None:
    (a,) = kinds
    for code, w in zip(codes, values):
        items[code] = {a: w}


def _fill_two(items: Items, codes: _Words, kinds: _Words, values: Iterator[str]) -> None:
    a, b = kinds
    for code, w, x in zip(codes, values, values):  # codes first: where they end, no value is lost
        items[code] = {a: w, b: x}


def _fill_three(items: Items, codes: _Words, kinds: _Words, values: Iterator[str]) -> None:
    a, b, c = kinds
    for code, w, x, y in zip(codes, values, values, values):
        items[code] = {a: w, b: x, c: y}


def _fill_four(items: Items, codes: _Words, kinds: _Words, values: Iterator[str]) -> None:
    a, b, c, d = kinds
    for code, w, x, y, z in zip(codes, values, values, values, values):
        items[code] = {a: w, b: x, c: y, d: z}


def _fill_any(items: Items, codes: _Words, kinds: _Words, values: Iterator[str]) -> None:
    for code in codes:
        items[code] = dict(zip(kinds, values))


_FILLS: dict[int, _Fill] = {1: _fill_one, 2: _fill_two, 3: _fill_three, 4: _fill_four}


def find_layout(keys: _Words, names: list[tuple[str, str]]) -> Layout | None:
    """The layout of an area from its keys as sent and what each names; None where it is irregular or no more are kept.

    Regular: parameters first, each code in one place, nothing twice.
    """
    known = _LAYOUTS.get(keys)
    if known is None and 0 < len(keys) <= _LONGEST and len(_LAYOUTS) < _KEPT:
        codes = [code for code, _ in groupby(names, key=lambda name: name[0])]
        if len(set(codes)) == len(codes) and len(set(names)) == len(names) and "" not in codes[1:]:
            known = _LAYOUTS[keys] = Layout(keys, names)
    return known
