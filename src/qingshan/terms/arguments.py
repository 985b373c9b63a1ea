"""Wrong arguments are answered in words (参数有误): which one, what it must be, what was given; never by an error from deep inside.

A module of the science ends with ``arguments.guard(__name__)``. Its public functions then look at what they are given by their own
annotations, and an error in a foreign tongue that comes out of them is told with the arguments it came from. Values are not read
here: shapes, ranges and units are the function's own affair.
"""

from __future__ import annotations

import inspect
import re
import sys
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import is_dataclass
from datetime import date
from functools import wraps
from numbers import Integral, Real
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

P = ParamSpec("P")
R = TypeVar("R")
Check = tuple[Callable[[Any], bool], str]
"""what holds of a right argument, and what it must be, in words"""

_OURS = re.compile("[\u4e00-\u9fff]")
_ZONED = re.compile(r"\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})$")
_FOREIGN = (AttributeError, LookupError, TypeError, ValueError, ArithmeticError, AssertionError)


def moments(values: ArrayLike, unit: str, what: str) -> NDArray[np.datetime64]:
    """Days or times as a column of datetime64 in a unit (日期、时间), NaT missing.

    Numbers are refused, for 1 is no day; and so are times that name a zone, for the series here have the clock of their place.
    """
    column = np.asarray(values)
    if column.dtype.kind == "M":
        return column.astype(f"datetime64[{unit}]")
    if column.dtype.kind not in "UO" and column.size:
        raise TypeError(f"{what}须为日期或时间，得到 {column.dtype}（如 {column.ravel()[0]!r}）；数字不当日期")
    for value in column.ravel().tolist():
        zoned = getattr(value, "tzinfo", None) is not None or (isinstance(value, str) and _ZONED.search(value))
        if zoned:
            raise ValueError(f"{what} {value} 带时区；请先换成当地时间，去掉时区再给")
        if not (value is None or isinstance(value, (str, date, np.datetime64)) or type(value).__name__ == "NaTType" or value != value):
            raise TypeError(f"{what}须为日期或时间，得到 {_shown(value)}")
    try:
        return np.array([None if v is None or v != v else v for v in column.ravel().tolist()], f"datetime64[{unit}]").reshape(column.shape)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{what}读不懂（{error}）；写成 2026-03-01 或 2026-03-01T08:00") from None


def guard(module: str, *, but: Iterable[Callable[..., Any]] = ()) -> None:
    """Make every public function defined in a module :func:`answered`; `but`: those that look at all their arguments themselves."""
    space = vars(sys.modules[module])
    for name, thing in list(space.items()):
        if not name.startswith("_") and inspect.isfunction(thing) and thing.__module__ == module:
            space[name] = answered(thing, looked_at=thing in but)


def answered(function: Callable[P, R], *, looked_at: bool = False) -> Callable[P, R]:
    """The function with its arguments looked at by their annotations, and every error in words: TypeError, ValueError or LookupError."""
    named: dict[str, Check] = {}
    placed: list[tuple[int, str, Check]] = []
    known = looked_at

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        nonlocal known
        if not known:
            _learn(function, named, placed)
            known = True
        n = len(args)
        for at, name, check in placed:
            if at >= n:
                break
            if not check[0](args[at]):
                raise _wrong(function, name, check[1], args[at])
        for name, value in kwargs.items():
            if name in named and not named[name][0](value):
                raise _wrong(function, name, named[name][1], value)
        try:
            return function(*args, **kwargs)
        except _FOREIGN as error:
            if _OURS.search(str(error)):
                raise
            raise _told(function, error, args, kwargs) from error

    return call


def _learn(function: Callable[..., Any], named: dict[str, Check], placed: list[tuple[int, str, Check]]) -> None:
    try:
        hints = typing.get_type_hints(function)
    except (NameError, TypeError):  # 注解里有只供检查的名字
        hints = {}
    for at, (name, parameter) in enumerate(inspect.signature(function).parameters.items()):
        found = check_of(hints[name]) if name in hints else None
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            break
        if found is not None:
            named[name] = found
            if parameter.kind is not parameter.KEYWORD_ONLY:
                placed.append((at, name, found))


def check_of(hint: Any) -> Check | None:
    """What an annotation asks of a value; None where it asks nothing that can be seen from outside."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return _any_of(typing.get_args(hint))
    origin = typing.get_origin(hint) or hint
    if origin in _PLAIN:
        return _PLAIN[origin]
    if origin is np.ndarray:
        return _column, "一列数值（数组或列表）"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return lambda v: isinstance(v, Mapping), "按名称给的一组（映射，如 {\"PM2.5\": [...]}）"
    if origin is Callable or origin is typing.get_origin(Callable[[], Any]):
        return callable, "函数"
    if isinstance(origin, type) and issubclass(origin, Iterable) and not is_dataclass(origin):
        return lambda v: isinstance(v, Iterable) and not isinstance(v, bytes), "一列（列表或元组）"
    if isinstance(origin, type) and is_dataclass(origin):
        return lambda v: isinstance(v, origin), _title(origin)
    return None


_ANY_COLUMN = frozenset(typing.get_args(ArrayLike))


def _any_of(hints: tuple[Any, ...]) -> Check | None:
    if set(hints) >= _ANY_COLUMN:
        rest = tuple(h for h in hints if h not in _ANY_COLUMN)
        checks: list[Check | None] = [(_column, "一列值（数组、列表或单个值）"), *map(check_of, rest)]
    else:
        checks = [check_of(h) for h in hints]
    if any(c is None for c in checks):
        return None
    found = [c for c in checks if c is not None]
    words = "或".join(dict.fromkeys(c[1] for c in found))
    if len(found) == 1:
        return found[0]
    return (lambda v: any(c[0](v) for c in found)), words


def _column(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.kind not in "cV"
    if value is None or isinstance(value, (str, Real)):
        return True
    if isinstance(value, (Mapping, set, frozenset, bytes, complex, type)) or callable(value):
        return False
    return hasattr(value, "__array__") or hasattr(value, "__float__") or (hasattr(value, "__len__") and hasattr(value, "__iter__")) or (
        isinstance(value, date)
    )


def _title(kind: type) -> str:
    """A class by its Chinese name, which stands in brackets in the first line of what is written of it."""
    said = re.search("[(（]([^()（）]*[\u4e00-\u9fff][^()（）]*)[)）]", (kind.__doc__ or "").partition("\n")[0])
    return f"{said[1]}（{kind.__name__}）" if said else kind.__name__


def _single(value: Any, kind: type) -> bool:
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    return isinstance(value, kind) and not isinstance(value, (bool, np.bool_))


_PLAIN: dict[Any, Check] = {
    str: (lambda v: type(v) is str or isinstance(v, str), "文字"),
    bool: (lambda v: isinstance(v, (bool, np.bool_)), "是否（True、False）"),
    int: (lambda v: type(v) is int or _single(v, Integral) or (_single(v, Real) and float(v).is_integer()), "整数"),
    float: (lambda v: type(v) is float or _single(v, Real) or hasattr(v, "as_tuple"), "数值"),
    date: (lambda v: isinstance(v, date) and v == v, "日期（date）"),
    type(None): (lambda v: v is None, "不给"),
}


def _wrong(function: Callable[..., Any], name: str, wanted: str, value: Any) -> TypeError:
    return TypeError(f"{function.__name__}：参数 {name} 须为{wanted}，得到 {_shown(value)}")


def _told(function: Callable[..., Any], error: Exception, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Exception:
    names = [*inspect.signature(function).parameters]
    given = [*zip(names, args), *kwargs.items()]
    said = "、".join(f"{name} 为 {_shown(value)}" for name, value in given) or "没有给参数"
    lacking = [p.name for p in inspect.signature(function).parameters.values() if _needed(p) and p.name not in dict(given)]
    words = f"{function.__name__}：{f'缺参数 {chr(12289).join(lacking)}；' if lacking else '参数不合用，未作计算；'}{said}"
    words += f"。请核对名称、类型与形状（{type(error).__name__}：{error}）"
    kind = LookupError if isinstance(error, LookupError) else TypeError if isinstance(error, (TypeError, AttributeError)) else ValueError
    return kind(words)


def _needed(parameter: inspect.Parameter) -> bool:
    return parameter.default is parameter.empty and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)


def _shown(value: Any) -> str:
    text = str(value) if is_dataclass(value) and not isinstance(value, type) and "__str__" in type(value).__dict__ else repr(value)
    text = " ".join(text.split())
    return f"{text[:40]}…（{type(value).__name__}）" if len(text) > 40 else f"{text}（{type(value).__name__}）"
