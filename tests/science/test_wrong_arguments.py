"""Every public function of the science answers junk in words: TypeError, ValueError or LookupError that names function and argument.

The functions are found by walking the packages, so a new one is swept without being listed here.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import warnings
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.science.test_referee_input import CALLS

from qingshan import methods, outlook, quality, standards, stats
from qingshan.methods import air, groundwater
from qingshan.methods import surface_water as water
from qingshan.outlook import budget
from qingshan.stats import clock
from qingshan.stats.columns import numbers
from qingshan.terms import arguments

WORDS = re.compile("[\u4e00-\u9fff]")
JUNK: dict[str, Any] = {
    "None": None, "object": object(), "complex": 1j, "mapping": {"甲": 1}, "set": {1.0}, "text": "ND", "texts": ["<0.01", "ND"],
    "bools": [True, False], "empty": [], "ragged": [[1.0, 2.0], [3.0]], "objects": [object()], "bytes": b"1.0", "number": -1.0,
    "inf": [float("inf")], "NaT": np.array(["NaT", "2026-01-01"], "M8[D]"), "zoned": [datetime(2026, 1, 1, tzinfo=UTC)], "list": ["PM2.5"],
    "function": len, "deep": np.zeros((2, 0, 3)), "decimal": Decimal("NaN"),
}  # fmt: skip


def _modules(package: ModuleType) -> list[ModuleType]:
    found = [importlib.import_module(m.name) for m in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
    return [m for m in found if not m.__name__.endswith((".page", "__main__"))]


FUNCTIONS: dict[str, Callable[..., Any]] = {
    f"{m.__name__.removeprefix('qingshan.')}.{name}": thing
    for package in (methods, stats, outlook, quality)
    for m in _modules(package)
    for name, thing in sorted(vars(m).items())
    if not name.startswith("_") and inspect.isfunction(thing) and thing.__module__ == m.__name__
} | {f"standards.{f.__name__}": f for f in (standards.get, standards.spans, standards.editions)}


def _needed(function: Callable[..., Any]) -> list[inspect.Parameter]:
    return [
        p for p in inspect.signature(function).parameters.values()
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]  # fmt: skip


def _answer(function: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]) -> Exception | None:
    """The error of a call; None where it gave an answer. Any other exception is a failure of the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = function(*args, **named)
            if inspect.isgenerator(found):
                list(found)
        except (TypeError, ValueError, LookupError) as error:
            return error
    return None


def test_the_sweep_sees_the_science() -> None:
    assert len(FUNCTIONS) > 300
    assert {"methods.air.index.iaqi", "outlook.budget.mean", "stats.rose.rose", "standards.spans"} <= set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_junk_is_answered_in_words(name: str) -> None:
    function = FUNCTIONS[name]
    for kind, junk in JUNK.items():
        args = tuple(junk for p in _needed(function) if p.kind is not p.KEYWORD_ONLY)
        named = {p.name: junk for p in _needed(function) if p.kind is p.KEYWORD_ONLY}
        error = _answer(function, args, named)
        if error is not None:
            assert WORDS.search(str(error)), (kind, error)
            assert type(error) not in (KeyError, IndexError), (kind, error)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_call_without_its_arguments_says_which_are_missing(name: str) -> None:
    function, needed = FUNCTIONS[name], _needed(FUNCTIONS[name])
    if needed:
        with pytest.raises(TypeError, match=rf"{function.__name__}：缺参数 {'、'.join(p.name for p in needed)}"):
            list(function()) if inspect.isgeneratorfunction(inspect.unwrap(function)) else function()


def _is_floats(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(type(v) is float for v in value)


def _with(place: int | str, other: Any, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if isinstance(place, str):
        return args, {**named, place: other}
    return (*args[:place], other, *args[place + 1 :]), named


@pytest.mark.parametrize("name", CALLS)
def test_what_is_no_number_is_never_taken_for_one(name: str) -> None:
    """A right call with one argument replaced: text, truth, time, object where floats belong; None for an edition, a list for a name."""
    call, args, named = CALLS[name]
    for place, value in [*enumerate(args), *named.items()]:
        wrong: list[Any] = []
        if _is_floats(value):
            n = len(value)
            wrong = [["<0.01"] * n, [True] * n, np.array([True] * n, object), np.array(["2026-01-01"] * n, "M8[D]"), [1j] * n, [object()] * n]
            wrong += [{"甲": 1.0}, {1.0}, object(), b"1", iter(value), len]
        elif isinstance(value, dict) and value:
            wrong = ([] if place == "below" else [{}]) + [["PM2.5"], "PM2.5", 3.0, {3: [1.0]}, {k: ["ND"] for k in value}, {k: [True] for k in value}]
        elif isinstance(value, standards.Edition):
            wrong = [None, "2012", value.code, {}, 3]
        elif isinstance(value, str):
            wrong = [None, 3, "瞎写", object(), {}]
        for other in wrong:
            error = _answer(call, *_with(place, other, args, named))
            assert error is not None, (place, other)
            assert WORDS.search(str(error)), (place, other, error)
            assert type(error) not in (KeyError, IndexError), (place, other, error)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(FUNCTIONS)), st.data())
def test_mixed_junk_is_answered_in_words(name: str, data: st.DataObject) -> None:
    function = FUNCTIONS[name]
    drawn = {p.name: data.draw(st.sampled_from(sorted(JUNK))) for p in _needed(function)}
    args = tuple(JUNK[drawn[p.name]] for p in _needed(function) if p.kind is not p.KEYWORD_ONLY)
    named = {p.name: JUNK[drawn[p.name]] for p in _needed(function) if p.kind is p.KEYWORD_ONLY}
    error = _answer(function, args, named)
    assert error is None or (WORDS.search(str(error)) and type(error) not in (KeyError, IndexError))


def test_the_words_name_the_argument_and_what_was_given() -> None:
    std = standards.get("HJ 633", edition="2026")
    with pytest.raises(TypeError, match="iaqi：参数 std 须为标准的一版（Edition），得到 None（NoneType）"):
        air.iaqi(None, "PM2.5", "24h", [1.0])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"iaqi：参数 item 须为文字，得到 \['PM2.5'\]（list）"):
        air.iaqi(std, ["PM2.5"], "24h", [1.0])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="classes：参数 samples 须为按名称给的一组"):
        groundwater.classes(standards.get("GB/T 14848", edition="2017"), None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="get：参数 at 须为日期（date）或不给，得到 '2026-03-01'"):
        standards.get("HJ 633", at="2026-03-01")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="mean：缺参数 left"):
        budget.mean(35, 0, 3500, 100)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="得到是否（bool），须为数值"):
        numbers([True, False])
    with pytest.raises(ValueError, match=r"得到是否|不是数值"):
        numbers(np.array([1.0, True], object))


def test_days_are_days() -> None:
    assert arguments.moments(["2026-03-01", None, "NaT"], "D", "日期").astype(str).tolist() == ["2026-03-01", "NaT", "NaT"]
    assert clock.day_of(["2026-03-01T00:00"]).astype(str).tolist() == ["2026-02-28"]
    assert arguments.moments([date(2026, 3, 1)], "D", "日期").tolist() == [date(2026, 3, 1)]
    with pytest.raises(TypeError, match="数字不当日期"):
        clock.day_of([20260301])
    for zoned in ("2026-03-01T08:00+08:00", "2026-03-01 08:00Z", datetime(2026, 3, 1, tzinfo=UTC)):
        with pytest.raises(ValueError, match="带时区；请先换成当地时间"):
            clock.day_of([zoned])
    with pytest.raises(ValueError, match="读不懂"):
        clock.day_of(["明天"])


def test_an_edition_before_it_existed_and_a_section_without_water() -> None:
    with pytest.raises(standards.NotInForce, match="HJ 633 在 2005-01-01 没有现行版本；已有"):
        standards.get("HJ 633", at=date(2005, 1, 1))
    rule = standards.get("地表水环境质量评价办法", edition="2011")
    with pytest.raises(ValueError, match=r"没有水体类型：.*不作默认"):
        water.evaluate(standards.get("GB 3838", edition="2002"), rule, water.basis(rule, "21"), {"TP": [0.1]}, water=None, rounding=None)
