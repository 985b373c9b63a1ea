"""States with gates, entries picked by rule, numbers that follow, amounts booked: as declarations, and refused where they make no sense."""

from __future__ import annotations

import datetime as dt

import pytest
from pydantic import ValidationError

from qingshan.bureau.registers import figured, gates, rules
from qingshan.bureau.registers.declared import Register

ON = dt.date(2026, 11, 20)
PLAIN = {
    "name": "r", "title": "册", "state": {"open": "在办", "done": "办结"},
    "field": [
        {"name": "no", "title": "编号", "key": True}, {"name": "a", "title": "甲", "type": "number"}, {"name": "b", "title": "乙", "type": "number"},
        {"name": "on", "title": "日期", "type": "date"}, {"name": "ok", "title": "好", "type": "flag"},
    ],
}  # fmt: skip


def register(**more) -> Register:
    return Register.model_validate(PLAIN | more)


def weekday(day: dt.date) -> bool:
    return day.weekday() < 5


def test_numbers_that_follow():
    def made(values, **said):
        return figured.figured(figured.Figure.model_validate({"name": "x", "title": "算"} | said), values, lambda: weekday)

    days = {"a": "2026-11-06", "b": "2026-11-16"}  # Friday to Monday week
    assert made(days, days=["a", "b"]) == 10
    assert made(days, days=["a", "b"], workdays=True) == 6
    assert made({"a": "2026-11-16", "b": "2026-11-06"}, days=["a", "b"], workdays=True) == -10
    assert made({"a": 10, "b": 2.5}, formula="a - b") == 7.5
    assert made({"a": 10}, formula="a - b") is None
    assert made({"a": 1, "b": 4}, formula="100 * a / b") == 25
    assert made({"a": 1, "b": 0}, formula="100 * a / b") is None
    assert made({"a": True, "b": False}, score={"a": 20, "b": 5}) == 20
    assert made({"a": False}, score={"a": 20, "b": 5}) == 0
    assert made({}, score={"a": 20}) is None


def test_one_number_may_rest_on_another_and_lists_on_both():
    of = register(
        figure=[{"name": "left", "title": "余", "formula": "a - b"}, {"name": "share", "title": "比", "formula": "100 * left / a"}],
        shortlist=[{"name": "low", "title": "低", "when": [{"field": "share", "at_most": 50, "words": "不到一半"}]}],
    )
    assert of.figures({"a": 10, "b": 4}) == {"left": 6, "share": 60}
    assert of.lists(of.said("open", {"a": 10, "b": 5}), ON) == {"low": True}
    assert of.lists(of.said("open", {"a": 10}), ON) == {"low": False}
    assert of.inputs("low") == {"a", "b"}


def test_conditions_know_their_edges_and_what_is_empty():
    def holds(value, **said):
        return rules.holds(rules.Condition.model_validate({"field": "a", "words": "话"} | said), {"a": value}, {}, ON)

    assert [holds(v, at_least=2000) for v in (1999.99, 2000, None)] == [False, True, False]
    assert [holds(v, at_least=99.5, at_most=100.5) for v in (99.4, 99.5, 100.5, 100.6)] == [False, True, True, False]
    assert [holds(v, empty=True) for v in (None, "", "有", False, 0)] == [True, True, False, False, False]
    assert holds("有", empty=False)


def test_a_gate_says_all_that_is_missing():
    gate = gates.Gate.model_validate({
        "to": ["done"], "from": ["open"], "needs": ["on", "a"], "must": [{"field": "ok", "is": [True], "words": "已拆除"}],
    })  # fmt: skip
    titles, states = {"on": "日期", "a": "甲"}, PLAIN["state"] | {"new": "新"}

    def lacking(was, **said):
        return gates.lacking([gate], titles, states, was, said, ON)

    assert lacking("open", state="done", on="2026-01-01", a=1, ok=True) == []
    assert lacking("open", state="open") == []
    assert lacking("open", state="done", a=0, ok=False) == ["没有填日期", "没有做到：已拆除"]
    assert lacking("new", state="done", on="2026-01-01", a=1, ok=True) == ["须先是“在办”，现在是“新”"]
    assert lacking("", state="done", on="2026-01-01", a=1, ok=True) == []  # entered as it already stands
    assert lacking("done", state="done", on="2026-01-01", a=1, ok=True) == []


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"gate": [{"to": ["gone"], "needs": ["a"]}]}, "gone"),
        ({"gate": [{"to": ["done"], "needs": ["c"]}]}, "c"),
        ({"gate": [{"to": ["done"]}]}, "至少写一个"),
        ({"figure": [{"name": "x", "title": "算", "days": ["a", "on"]}]}, "类型不对"),
        ({"figure": [{"name": "x", "title": "算", "formula": "a + b", "days": ["on", "on"]}]}, "写一种"),
        ({"figure": [{"name": "a", "title": "算", "formula": "b"}]}, "同名"),
        ({"shortlist": [{"name": "x", "title": "单", "when": [{"field": "a", "older": 3, "words": "旧"}]}]}, "older 只用于日期"),
        ({"shortlist": [{"name": "x", "title": "单", "when": [{"count": "open_findings", "words": "有"}]}]}, "不能用 count"),
        ({"book": [{"title": "量", "field": "on", "in": ["done"], "of": "q", "total": "t"}]}, "不是数"),
    ],
)
def test_what_makes_no_sense_is_refused(more, words):
    with pytest.raises(ValidationError, match=words):
        register(**more)
