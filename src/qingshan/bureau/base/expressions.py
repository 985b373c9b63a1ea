"""Arithmetic on names (算式): parsed once, never handed to Python's own evaluator.

Numbers, names, ``+ - * /``, brackets, a sign, ``min``, ``max``, ``abs``, and ``last_year(name)``: the name's value of last year's same
period. Computed in exact fractions, so a reader's calculator
agrees to the last decimal.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from qingshan.terms.registry import unknown

FUNCTIONS = {"min": min, "max": max, "abs": abs}
LAST_YEAR = "last_year"
LONGEST = 400
DEEPEST = 30


class BadExpression(ValueError):
    """An expression that cannot be used; the message says where and what is allowed."""


class ByZero(ArithmeticError):
    """A denominator that came to nothing; says which, as it is written."""


@dataclass(frozen=True)
class Expression:
    """An expression and the names it asks for, in order of appearance; of last year as ``last_year(name)``."""

    text: str
    names: tuple[str, ...]
    tree: ast.expr

    def value(self, values: Mapping[str, Fraction]) -> Fraction:
        """Its value with each name's; raises ByZero."""
        return _value(self.tree, values)


def parse(text: str) -> Expression:
    """An expression out of its text; BadExpression for anything that is not arithmetic on names."""
    if len(text) > LONGEST:
        raise BadExpression(f"算式超过 {LONGEST} 个字符，请拆成几个口径")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise BadExpression(f"算式“{text}”不完整或写错了，例如 100 * closed / (opened - void)") from None
    _check(tree)
    names = tuple(dict.fromkeys(_names(tree)))
    if not names:
        raise BadExpression(f"算式“{text}”里没有一个口径名")
    return Expression(text.strip(), names, tree)


def _check(node: ast.expr, depth: int = 0) -> None:
    if depth > DEEPEST:
        raise BadExpression(f"算式的括号超过 {DEEPEST} 层，请拆成几个口径")
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div):
        below = [node.left, node.right]
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        below = [node.operand]
    elif (isinstance(node, ast.Constant) and type(node.value) in (int, float) and abs(node.value) < 1e15) or isinstance(node, ast.Name):
        return
    elif _is_last_year(node):
        if len(node.args) != 1 or not isinstance(node.args[0], ast.Name) or node.keywords:
            raise BadExpression(f"{LAST_YEAR} 只取一个口径名，例如 {LAST_YEAR}(co2_intensity)")
        return
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args and not node.keywords:
        if node.func.id not in FUNCTIONS:
            raise BadExpression(unknown("算式函数", node.func.id, [*FUNCTIONS, LAST_YEAR]))
        if node.func.id == "abs" and len(node.args) != 1:
            raise BadExpression("abs 只取一个数")
        below = node.args
    else:
        raise BadExpression(f"算式里不能写“{ast.unparse(node)[:60]}”；只有数、口径名、+ − * / 和括号、min、max、abs")
    for one in below:
        _check(one, depth + 1)


def _is_last_year(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == LAST_YEAR


def split(name: str) -> tuple[str, bool]:
    """The indicator a name asks for, and whether it is that of last year."""
    is_before = name.startswith(LAST_YEAR + "(")
    return (name[len(LAST_YEAR) + 1 : -1], True) if is_before else (name, False)


def _names(node: ast.expr) -> Iterator[str]:
    """Names as they are read, left to right."""
    if _is_last_year(node):
        yield ast.unparse(node)
        return
    if isinstance(node, ast.Name):
        yield node.id
    below = [node.left, node.right] if isinstance(node, ast.BinOp) else [node.operand] if isinstance(node, ast.UnaryOp) else []
    for one in node.args if isinstance(node, ast.Call) else below:
        yield from _names(one)


def _value(node: ast.expr, values: Mapping[str, Fraction]) -> Fraction:
    if isinstance(node, ast.Constant):
        return Fraction(str(node.value))
    if isinstance(node, ast.Name):
        return values[node.id]
    if _is_last_year(node):
        return values[ast.unparse(node)]
    if isinstance(node, ast.UnaryOp):
        below = _value(node.operand, values)
        return -below if isinstance(node.op, ast.USub) else below
    if isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Name)
        said = [_value(a, values) for a in node.args]
        return said[0] if len(said) == 1 and node.func.id != "abs" else FUNCTIONS[node.func.id](*said)
    assert isinstance(node, ast.BinOp)
    left, right = _value(node.left, values), _value(node.right, values)
    if isinstance(node.op, ast.Div):
        if right == 0:
            raise ByZero(ast.unparse(node.right))
        return left / right
    return {ast.Add: left + right, ast.Sub: left - right, ast.Mult: left * right}[type(node.op)]
