"""The light of a task at, just under and just over each threshold of the scheme."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from pydantic import ValidationError

from qingshan.bureau.base import packs
from qingshan.bureau.ledger import declared
from qingshan.bureau.ledger.lights import elapsed, judge
from qingshan.bureau.ledger.measures import Measure
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.ledger.models.task import figure

ON = date(2026, 11, 19)  # 323 of 365 days: 88.5 %


def task(**more) -> Task:
    said = {
        "title": "x",
        "year": 2026,
        "begins": date(2026, 1, 1),
        "deadline": date(2026, 12, 31),
        "operator": ">=",
        "value": Decimal(1000),
    }
    if "reported" in more:
        said["last_return"] = datetime(2026, 11, 18)
    return Task(**said | more)


def test_time_elapsed_counts_both_ends():
    assert elapsed(date(2026, 1, 1), date(2026, 12, 31), date(2025, 12, 31)) == 0
    assert round(elapsed(date(2026, 1, 1), date(2026, 12, 31), ON), 1) == 88.5
    assert elapsed(date(2026, 1, 1), date(2026, 12, 31), date(2026, 12, 31)) == 100
    assert elapsed(date(2026, 1, 1), date(2026, 6, 30), ON) == 100


@pytest.mark.parametrize(
    "reported, colour, words",
    [
        (885, "green", "按序时"),
        (865, "green", "按序时"),
        (864, "amber", "偏紧"),
        (805, "amber", "偏紧"),
        (804, "red", "滞后"),
        (1000, "green", "已达到"),
    ],
)
def test_a_quantity_against_the_time_elapsed(scheme, reported, colour, words):
    light = judge(task(reported=Decimal(reported)), scheme, ON)
    assert (light.colour, light.words, light.source, light.due) == (colour, words, "反馈", 88.5)


@pytest.mark.parametrize(
    "more, colour, words",
    [
        ({"value": None, "deadline": date(2026, 11, 18)}, "red", "逾期 1 天"),
        ({"value": None, "deadline": ON}, "amber", "剩 0 天"),
        ({"value": None, "deadline": date(2026, 12, 4)}, "amber", "剩 15 天"),
        ({"value": None, "deadline": date(2026, 12, 5)}, "amber", "322 天未反馈"),
        ({"value": None, "state": "reported"}, "green", "已报完成"),
        ({"state": "closed"}, "blue", "已销号"),
        ({"state": "cancelled"}, "none", "已撤销"),
        ({"value": None, "begins": date(2026, 11, 15)}, "none", "未开始"),
        ({"kind": "target", "value": Decimal(32), "operator": "<="}, "none", "未取数"),
        ({"value": None, "last_return": datetime(2026, 10, 10)}, "green", "推进中"),
        ({"value": None, "last_return": datetime(2026, 10, 9)}, "amber", "41 天未反馈"),
    ],
)
def test_what_has_no_quantity_goes_by_days(scheme, more, colour, words):
    light = judge(task(**more), scheme, ON)
    assert light.colour == colour
    if words:
        assert light.words == words


def test_measured_stands_above_reported(scheme):
    light = judge(task(reported=Decimal(1000)), scheme, ON, Measure(900, light="green", words="按序时"))
    assert (light.words, light.clash) == ("数未达", "单位报 1\u2009000，实测 900")
    assert judge(task(reported=Decimal(900)), scheme, ON, Measure(950, light="green", words="好", done=95, due=88)).words == "好"
    late = judge(task(deadline=date(2026, 6, 30)), scheme, ON, Measure(950, light="green", words="好"))
    assert (late.colour, late.words) == ("red", "逾期 142 天")


@pytest.mark.parametrize(
    "operator, goal, value, meets",
    [
        ("<=", 32, 32, True),
        ("<=", 32, 32.1, False),
        ("<", 32, 32, False),
        (">=", 300, 300, True),
        (">=", 300, 299.9, False),
        ("=", 0, 0, True),
        ("=", 0, 1, False),
        ("=", 11, 12, True),
        (">", 100, 100, False),
        ("approx", 95, 94, False),
        (">=", 300, None, False),
    ],
)
def test_meeting_a_figure(operator, goal, value, meets):
    assert task(operator=operator, value=Decimal(goal)).meets(value) is meets


@pytest.mark.parametrize(
    "value, said",
    [(Decimal("2412.0000"), "2\u2009412"), (Decimal("31.40"), "31.4"), (Decimal("-0.5"), "−0.5"), (Decimal(300), "300"), (None, "")],
)
def test_a_figure_for_people(value, said):
    assert figure(value) == said


def test_the_scheme_is_a_declaration_that_explains_its_faults(bureau):
    assert packs.get("lights", "task_pace").red_behind == 8
    with pytest.raises(ValidationError, match="小于 amber_behind"):
        declared.LightScheme(name="x", title="x", amber_behind=9, red_behind=8, due_soon=1, starting=1)
    with pytest.raises(ValidationError, match="没有反馈节奏"):
        declared.LightScheme(name="x", title="x", amber_behind=1, red_behind=8, due_soon=1, starting=1, silent={"yearly": 3})
