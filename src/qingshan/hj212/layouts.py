"""Layouts of data areas: a device sends the same keys in the same order all day, only the values differ.

The keys of one area make a pattern whose groups are the values, and a function that puts the values in their places, so the
next area like it is read in one match and one call. The pattern fits only areas that reading pair by pair would give the same
keys: both ways have the same result.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from types import CodeType, FunctionType

Items = dict[str, dict[str, str]]  # code → suffix → text
Contents = tuple[dict[str, str], Items]  # keys without a code, and items
_KEPT, _LONGEST = 500, 200  # layouts, keys of one: one takes up to 9 ms to make, all that a hostile device can buy is 4.5 s
_LAYOUTS: dict[tuple[str, ...], Layout] = {}


class Layout:
    """The keys of a data area, in order.

    ``match`` takes an area with ``;`` between all pairs and gives their values as groups, None where the keys are others;
    ``fill`` makes the contents of the values.
    """

    __slots__ = ("fill", "match")

    def __init__(self, keys: Sequence[str], names: Sequence[tuple[str, str]]) -> None:
        self.match = re.compile(";".join(f"{re.escape(key)}=([^;]*+)" for key in keys) + ";?").fullmatch
        self.fill = _filler(names)


def _filler(names: Sequence[tuple[str, str]]) -> Callable[..., Contents]:
    """``lambda v0, v1, v2: ({"DataTime": v0}, {"a34004": {"Avg": v1, "Flag": v2}})`` for names ``(code or "", suffix or key)``.

    Built as a tree, not as text: what a device sends gets in as constants only.
    """
    values = [f"v{n}" for n in range(len(names))]
    params: list[tuple[str, ast.expr]] = []
    items: dict[str, list[tuple[str, ast.expr]]] = {}
    for (code, kind), value in zip(names, values):
        (items.setdefault(code, []) if code else params).append((kind, ast.Name(value, ast.Load())))
    both: list[ast.expr] = [_display(params), _display([(code, _display(kinds)) for code, kinds in items.items()])]
    arguments = ast.arguments(posonlyargs=[], args=[ast.arg(value) for value in values], kwonlyargs=[], kw_defaults=[], defaults=[])
    tree = ast.Expression(ast.Lambda(arguments, ast.Tuple(both, ast.Load())))
    made = compile(ast.fix_missing_locations(tree), "<layout>", "eval")
    return FunctionType(next(const for const in made.co_consts if isinstance(const, CodeType)), {})


def _display(pairs: Sequence[tuple[str, ast.expr]]) -> ast.Dict:
    return ast.Dict([ast.Constant(key) for key, _ in pairs], [value for _, value in pairs])


def find_layout(keys: tuple[str, ...], names: list[tuple[str, str]]) -> Layout | None:
    """The layout of an area from its keys as sent and what each names; None where it has none or no more are kept."""
    known = _LAYOUTS.get(keys)
    if known is None and 0 < len(keys) <= _LONGEST and len(_LAYOUTS) < _KEPT:
        known = _LAYOUTS[keys] = Layout(keys, names)
    return known
